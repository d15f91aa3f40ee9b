//! Binds a step's subject and parameters to things, and says what does not fit.
//!
//! Paper: section "Request parameter".
//!
//! In: an operation, the plan's values for it, a view of the state. Out: a scope, or problems.
//! A literal for a class-typed parameter is the individual with that key, or stands for one that is not known yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use samos_model::codes::checking as codes;
use samos_model::operation::DefaultValue;
use samos_model::plan::{Argument, PlanValue};
use samos_model::{Iri, Literal, Name, Operation, Parameter, Truth, Value};

use crate::report::Problem;
use crate::scope::{Scope, Variable};
use crate::state::View;
use crate::thing::{Owners, Symbol, Thing};

/// What stood at paths of steps before they ran, by step and path.
pub(crate) type Before = BTreeMap<(u32, String), Arc<[Thing]>>;

/// Where the values of a plan come from.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The step that uses them; 0 for the goal.
    pub(crate) step: u32,
    pub(crate) givens: &'a BTreeMap<Iri, Symbol>,
    /// `None` where no such value may stand.
    pub(crate) before: Option<&'a Before>,
}

/// One operation to be asked, as a plan writes it: a step, or the undo of one.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The step it belongs to.
    pub(crate) step: u32,
    pub(crate) operation: &'a Operation,
    pub(crate) subject: &'a PlanValue,
    pub(crate) arguments: &'a BTreeMap<Name, Argument>,
    /// Its symbols are named by this number.
    pub(crate) symbols: u32,
    pub(crate) source: Source<'a>,
}

/// The name of a parameter in messages, or the subject's.
const SUBJECT: &str = "subject";

impl Source<'_> {
    pub(crate) fn problem(
        &self,
        code: &'static str,
        about: &str,
        message: String,
        help: impl Into<String>,
    ) -> Problem {
        let message = match self.step {
            0 => format!("the goal: {message}"),
            step => format!("step {step}: {message}"),
        };
        Problem::new(code, self.step, about, message, help)
    }

    /// The things a plan's value stands for now.
    pub(crate) fn things(
        &self,
        view: View<'_>,
        about: &str,
        value: &PlanValue,
    ) -> Result<Vec<Thing>, Problem> {
        match value {
            PlanValue::Given { given } => match self.givens.get(given) {
                Some(symbol) => Ok(vec![Thing::Symbol(*symbol)]),
                None => Err(self.problem(
                    codes::GIVEN,
                    about,
                    format!(
                        "`{about}` is a given `{}`, which the goal does not list",
                        view.world.compact(given)
                    ),
                    "list it among the goal's givens, or use a value that is there",
                )),
            },
            PlanValue::From { from } => {
                let key = (from.step, from.outcome.clone());
                let Some(things) = view.state.outcomes.get(&key) else {
                    return Err(self.problem(
                        codes::OUTCOME,
                        about,
                        format!("step {} gives no `{}`", from.step, from.outcome),
                        "name an outcome of that step's operation",
                    ));
                };
                let Some(index) = from.index else {
                    return Ok(things.to_vec());
                };
                let at = usize::try_from(index).ok().and_then(|at| things.get(at));
                at.map(|thing| vec![thing.clone()]).ok_or_else(|| {
                    self.problem(
                        codes::INDEX,
                        about,
                        format!(
                            "step {} gives {} of `{}`, none at index {index}",
                            from.step,
                            things.len(),
                            from.outcome
                        ),
                        "indices count from 0",
                    )
                })
            }
            PlanValue::Before { before } => {
                let known = self.before.and_then(|known| {
                    let key = (before.step, before.path.clone());
                    known.get(&key)
                });
                known.map(|things| things.to_vec()).ok_or_else(|| {
                    self.problem(
                        codes::BEFORE,
                        about,
                        format!(
                            "`{about}` is what stood at `{}` before step {}, which cannot be said here",
                            before.path, before.step
                        ),
                        "only an undo may name what stood at a path before its own or an earlier step",
                    )
                })
            }
            PlanValue::Entity { .. } | PlanValue::Literal { .. } => {
                let value = value.as_known();
                let thing = value.map(|value| Thing::of_value(view.world, &value));
                Ok(thing.into_iter().collect())
            }
        }
    }
}

impl Call<'_> {
    fn problem(
        &self,
        code: &'static str,
        about: &str,
        message: String,
        help: impl Into<String>,
    ) -> Problem {
        self.source.problem(code, about, message, help)
    }

    /// The scope in which the operation's texts are read, without its outcomes.
    ///
    /// # Errors
    /// Everything that does not fit.
    pub(crate) fn bind(&self, view: View<'_>) -> Result<Scope, Vec<Problem>> {
        let mut problems = Vec::new();
        let subject = match self.subject_of(view) {
            Ok(subject) => Some(subject),
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        let owners = subject.as_ref().map(|subject| view.owners(subject));
        let mut scope = Scope {
            subject,
            owners: owners.unwrap_or_default(),
            variables: BTreeMap::new(),
        };
        for parameter in &self.operation.parameters {
            match self.variable(view, parameter, &scope.owners) {
                Ok(variable) => {
                    scope.variables.insert(parameter.name.clone(), variable);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            Ok(scope)
        } else {
            Err(problems)
        }
    }

    fn subject_of(&self, view: View<'_>) -> Result<Thing, Problem> {
        let things = self.source.things(view, SUBJECT, self.subject)?;
        let [subject] = things.as_slice() else {
            return Err(self.problem(
                codes::CARDINALITY,
                SUBJECT,
                format!("the subject is {} things", things.len()),
                "a step has one subject; name one by its index",
            ));
        };
        let subject = self.by_key(
            view,
            subject.clone(),
            &self.operation.subject,
            &Owners::default(),
        );
        self.present(view, SUBJECT, &subject)?;
        if view.accepts(self.operation, &subject) {
            return Ok(subject);
        }
        if let Some(problem) = self.unknown_entity(view, SUBJECT, &subject) {
            return Err(problem);
        }
        let world = view.world;
        let class = world.compact(&self.operation.subject);
        let provider = self.operation.provider.as_ref();
        let provider = provider.map_or(String::new(), |it| format!(" of `{}`", world.compact(it)));
        Err(self.problem(
            codes::SUBJECT,
            SUBJECT,
            format!(
                "`{}` cannot be asked of {}",
                world.compact(&self.operation.iri),
                view.describe(&subject)
            ),
            format!("it is asked of a `{class}`{provider}"),
        ))
    }

    fn variable(
        &self,
        view: View<'_>,
        parameter: &Parameter,
        owners: &Owners,
    ) -> Result<Variable, Problem> {
        let name = parameter.name.as_str();
        let mut things = Vec::new();
        if let Some(argument) = self.arguments.get(&parameter.name) {
            for value in argument.values() {
                things.extend(self.source.things(view, name, value)?);
            }
            if !parameter.multiple && things.len() != 1 {
                return Err(self.problem(
                    codes::CARDINALITY,
                    name,
                    format!("`{name}` has {} values, but takes one", things.len()),
                    "give exactly one value; name one of several by its index",
                ));
            }
        }
        let defaulted = things.is_empty();
        if defaulted {
            things.extend(match &parameter.default {
                None => None,
                Some(DefaultValue::Literal(literal)) => Some(Thing::Literal(literal.clone())),
                Some(DefaultValue::Individual(iri)) => {
                    Some(Thing::of_value(view.world, &Value::Entity(iri.clone())))
                }
            });
        }
        if things.is_empty() && parameter.mandatory {
            let of_type = view.world.compact(&parameter.of_type);
            return Err(self.problem(
                codes::MISSING,
                name,
                format!("`{name}` has no value, but is mandatory"),
                format!("give it a `{of_type}`"),
            ));
        }
        if things.is_empty() {
            return Ok(Variable::not_given(parameter.multiple));
        }
        let mut fitting = Vec::with_capacity(things.len());
        for thing in things {
            let thing = self.by_key(view, thing, &parameter.of_type, owners);
            self.present(view, name, &thing)?;
            // What the specification itself gives was looked at when it was loaded.
            if !defaulted {
                self.fits(view, parameter, &thing)?;
            }
            fitting.push(thing);
        }
        Ok(Variable::new(fitting, parameter.multiple))
    }

    /// A literal where a class is asked for: the individual with that key, or a literal that stands for it.
    fn by_key(&self, view: View<'_>, thing: Thing, class: &Iri, owners: &Owners) -> Thing {
        let world = view.world;
        let Thing::Literal(literal) = &thing else {
            return thing;
        };
        if !world.is_class(class) {
            return thing;
        }
        let own_class = world.is_class(&literal.datatype);
        if own_class && !world.is_subtype(&literal.datatype, class) {
            return thing;
        }
        let class = if own_class { &literal.datatype } else { class };
        if world.key_of(class).is_none() {
            return thing;
        }
        let account = match &owners.account {
            Some(Thing::Entity(account)) => Some(account),
            _ => None,
        };
        let plain = if own_class {
            Literal::string(literal.lexical.clone())
        } else {
            literal.clone()
        };
        match world.entity_by_key(class, &plain, account) {
            Some(entity) => Thing::Entity(world.canonical(&entity)),
            None => Thing::Literal(Literal::new(literal.lexical.clone(), class.clone())),
        }
    }

    fn present(&self, view: View<'_>, about: &str, thing: &Thing) -> Result<(), Problem> {
        if !view.is_deleted(thing) {
            return Ok(());
        }
        Err(self.problem(
            codes::DELETED,
            about,
            format!(
                "`{about}` is {}, which an earlier step deleted",
                view.describe(thing)
            ),
            "order the steps otherwise, or choose another thing",
        ))
    }

    fn unknown_entity(&self, view: View<'_>, about: &str, thing: &Thing) -> Option<Problem> {
        match thing {
            Thing::Entity(entity) if !view.world.is_entity(entity) => Some(self.problem(
                codes::ENTITY,
                about,
                format!(
                    "`{about}` is {}, which the world does not have",
                    view.describe(thing)
                ),
                "load the facts that describe it, or correct the name",
            )),
            _ => None,
        }
    }

    fn fits(&self, view: View<'_>, parameter: &Parameter, thing: &Thing) -> Result<(), Problem> {
        let (name, world) = (parameter.name.as_str(), view.world);
        let wanted = &parameter.of_type;
        if view.is_of(thing, wanted) != Truth::True {
            if let Some(problem) = self.unknown_entity(view, name, thing) {
                return Err(problem);
            }
            return Err(self.problem(
                codes::TYPE,
                name,
                format!(
                    "{} does not fit `{name}: {}`",
                    view.describe(thing),
                    world.compact(wanted)
                ),
                format!(
                    "give a value of `{}` or of a type below it",
                    world.compact(wanted)
                ),
            ));
        }
        let Thing::Literal(literal) = thing else {
            return Ok(());
        };
        for datatype in [wanted, &literal.datatype] {
            self.passes(view, name, literal, datatype)?;
        }
        Ok(())
    }

    /// Does a literal pass a datatype, or as a key, the datatype of that key?
    fn passes(
        &self,
        view: View<'_>,
        about: &str,
        literal: &Literal,
        datatype: &Iri,
    ) -> Result<(), Problem> {
        let world = view.world;
        let checked = if world.is_class(datatype) {
            let key = world.key_of(datatype);
            let schema = key.as_ref().and_then(|key| world.property(key));
            let mut ranges = schema.into_iter().flat_map(|schema| &schema.ranges);
            ranges.try_for_each(|range| {
                let key = Literal::new(literal.lexical.clone(), range.clone());
                world.check_literal(&key, range)
            })
        } else {
            world.check_literal(literal, datatype)
        };
        checked.map_err(|problem| {
            let message = format!("`{about}`: {}", problem.message);
            self.problem(codes::LITERAL, about, message, problem.expected)
        })
    }
}
