//! What conditions are worth in the live world: Kleene's three values, no symbols, nothing hypothetical.
//!
//! Paper: figure 5 (positive, negative and numeric conditions against the real-time state).
//!
//! In: a conjunct or condition and what its names are bound to. Out: a [`Truth`], and the facts that were looked at.
//! Unknown is not false: a value that nobody has read leaves a condition unknown unless the rest decides it.
//! Not here: fetching what is unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use samos_model::{
    Atom, Condition, Conjunct, Decimal, Iri, Literal, Name, Observation, Operation, Path, Root,
    Sign, Term, Truth, Value, Values, World,
};

use crate::wording;

mod comparing;

pub use comparing::equal;

/// What the names in a condition stand for. A name bound to no value at all leaves out what names it; a name that is
/// not bound is unknown.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bindings {
    /// The subject; `None` for a condition that has none, such as a goal's.
    pub subject: Option<Iri>,
    /// Values by parameter.
    pub arguments: BTreeMap<Name, Vec<Value>>,
    /// Values by outcome, once there are any.
    pub outcomes: BTreeMap<Name, Vec<Value>>,
}

impl Bindings {
    /// The bindings of a request. Optional parameters without a value are bound to none.
    #[must_use = "this makes a value and changes nothing"]
    pub fn new(
        operation: &Operation,
        subject: &Iri,
        arguments: &BTreeMap<Name, Vec<Value>>,
    ) -> Self {
        let mut arguments = arguments.clone();
        for parameter in &operation.parameters {
            if !parameter.mandatory {
                arguments.entry(parameter.name.clone()).or_default();
            }
        }
        Self {
            subject: Some(subject.clone()),
            arguments,
            outcomes: BTreeMap::new(),
        }
    }

    /// The same with what an operation gave back.
    #[must_use = "this returns new bindings"]
    pub fn with_outcomes(mut self, outcomes: BTreeMap<Name, Vec<Value>>) -> Self {
        self.outcomes = outcomes;
        self
    }

    /// The values of a parameter or outcome; `None` when it is not bound.
    #[must_use = "reading has no other effect"]
    pub fn values_of(&self, name: &Name) -> Option<&[Value]> {
        self.arguments
            .get(name)
            .or_else(|| self.outcomes.get(name))
            .map(Vec::as_slice)
    }
}

/// A fact that a condition looks at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Looked {
    /// Whose property.
    pub entity: Iri,
    /// Which property.
    pub property: Iri,
    /// What is known of it.
    pub values: Values,
    /// When and by what it was observed.
    pub observation: Option<Observation>,
}

/// What one top-level conjunct is worth. It must hold for each element of the multiple names in it.
#[must_use = "judging has no other effect"]
pub fn truth(world: &dyn World, conjunct: &Conjunct, bindings: &Bindings) -> Truth {
    let mut result = Truth::True;
    for_each_element(conjunct, bindings, &mut |elements| {
        let scope = Scope::new(world, bindings, elements);
        result = result.and(scope.conjunct(conjunct));
        if result == Truth::False {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    result
}

/// What a whole condition is worth.
#[must_use = "judging has no other effect"]
pub fn condition_truth(world: &dyn World, condition: &Condition, bindings: &Bindings) -> Truth {
    let parts = condition.conjuncts.iter();
    parts.fold(Truth::True, |all, conjunct| {
        all.and(truth(world, conjunct, bindings))
    })
}

/// The values at a path; those of every element where its root is multiple.
#[must_use = "reading has no other effect"]
pub fn values_at(world: &dyn World, path: &Path, bindings: &Bindings) -> Values {
    Scope::new(world, bindings, BTreeMap::new()).path(path)
}

/// The facts that a conjunct looks at, each once, in order. With `only_unknown`, those left unknown in the parts of the
/// conjunct that are themselves unknown: what would have to be read to decide it.
#[must_use = "reading has no other effect"]
pub fn looked_at(
    world: &dyn World,
    conjunct: &Conjunct,
    bindings: &Bindings,
    only_unknown: bool,
) -> Vec<Looked> {
    let mut facts = BTreeMap::new();
    for_each_element(conjunct, bindings, &mut |elements| {
        let scope = Scope::new(world, bindings, elements);
        scope.look(conjunct, only_unknown, &mut facts);
        ControlFlow::Continue(())
    });
    facts.into_values().collect()
}

/// The facts that following a path looks at, each once, in order.
#[must_use = "reading has no other effect"]
pub fn looked_along(world: &dyn World, path: &Path, bindings: &Bindings) -> Vec<Looked> {
    let mut facts = BTreeMap::new();
    Scope::new(world, bindings, BTreeMap::new()).look_along(path, false, &mut facts);
    facts.into_values().collect()
}

/// Every parameter, outcome or wanted thing that a conjunct names.
#[must_use = "reading has no other effect"]
pub fn names_in(conjunct: &Conjunct) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    for_each_path(conjunct, &mut |path, _| {
        if let Root::Variable(name) = &path.root {
            names.insert(name.clone());
        }
    });
    names
}

/// The paths that a conjunct looks along, and of each whether what stands at its end is asked what it is.
#[must_use = "reading has no other effect"]
pub fn paths_in(conjunct: &Conjunct) -> Vec<(&Path, bool)> {
    match conjunct {
        Conjunct::Not(inner) => paths_in(inner),
        Conjunct::Either(alternatives) => alternatives
            .iter()
            .flat_map(|alternative| alternative.conjuncts.iter().flat_map(paths_in))
            .collect(),
        leaf => {
            let mut paths = Vec::new();
            let is_asked = matches!(leaf, Conjunct::Is { .. });
            for_each_path(leaf, &mut |path, _| paths.push((path, is_asked)));
            paths
        }
    }
}

/// Calls for each choice of one element of every name in the conjunct, unless one of them has none. A bare name
/// inside `count` means all its elements and is not chosen from.
fn for_each_element<'a>(
    conjunct: &'a Conjunct,
    bindings: &'a Bindings,
    then: &mut dyn FnMut(BTreeMap<&'a Name, &'a Value>) -> ControlFlow<()>,
) {
    let mut left_out = false;
    let mut chosen: BTreeMap<&Name, &[Value]> = BTreeMap::new();
    for_each_path(conjunct, &mut |path, counted| {
        let Root::Variable(name) = &path.root else {
            return;
        };
        match bindings.values_of(name) {
            Some([]) => left_out = true,
            Some(values) if !(counted && path.properties.is_empty()) => {
                chosen.insert(name, values);
            }
            _ => {}
        }
    });
    if !left_out {
        let names: Vec<_> = chosen.into_iter().collect();
        let _ = choose(&names, &mut BTreeMap::new(), then);
    }
}

fn choose<'a>(
    names: &[(&'a Name, &'a [Value])],
    elements: &mut BTreeMap<&'a Name, &'a Value>,
    then: &mut dyn FnMut(BTreeMap<&'a Name, &'a Value>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let Some(((name, values), rest)) = names.split_first() else {
        return then(elements.clone());
    };
    for value in *values {
        elements.insert(name, value);
        choose(rest, elements, then)?;
    }
    ControlFlow::Continue(())
}

/// Calls for every path of a conjunct, and says whether it stands inside `count`.
fn for_each_path<'a>(conjunct: &'a Conjunct, then: &mut dyn FnMut(&'a Path, bool)) {
    let atom = |atom: &'a Atom, then: &mut dyn FnMut(&'a Path, bool)| match atom {
        Atom::Literal(_) => {}
        Atom::Path(path) => then(path, false),
        Atom::Count(path) => then(path, true),
    };
    match conjunct {
        Conjunct::Compare { left, right, .. } => {
            left.atoms()
                .chain(right.atoms())
                .for_each(|one| atom(one, then));
        }
        Conjunct::Is { path, .. } | Conjunct::Exists { path } => then(path, false),
        Conjunct::In { path, values } => {
            then(path, false);
            values.iter().for_each(|one| atom(one, then));
        }
        Conjunct::Contains { path, value } => {
            then(path, false);
            atom(value, then);
        }
        Conjunct::Not(inner) => for_each_path(inner, then),
        Conjunct::Either(alternatives) => {
            for alternative in alternatives {
                for inner in &alternative.conjuncts {
                    for_each_path(inner, then);
                }
            }
        }
    }
}

/// One choice of elements, under which a conjunct is evaluated.
pub(crate) struct Scope<'a> {
    world: &'a dyn World,
    bindings: &'a Bindings,
    elements: BTreeMap<&'a Name, &'a Value>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(
        world: &'a dyn World,
        bindings: &'a Bindings,
        elements: BTreeMap<&'a Name, &'a Value>,
    ) -> Self {
        Self {
            world,
            bindings,
            elements,
        }
    }

    fn conjunct(&self, conjunct: &Conjunct) -> Truth {
        match conjunct {
            Conjunct::Compare {
                left,
                comparison,
                right,
            } => comparing::compare(self.world, &self.term(left), *comparison, &self.term(right)),
            Conjunct::Is { path, of_type } => {
                comparing::any(&self.path(path), |value| self.is(value, of_type))
            }
            Conjunct::In { path, values } => {
                let left = self.path(path);
                values.iter().fold(Truth::False, |found, value| {
                    found.or(comparing::same(self.world, &left, &self.atom(value)))
                })
            }
            Conjunct::Contains { path, value } => {
                comparing::same(self.world, &self.path(path), &self.atom(value))
            }
            Conjunct::Exists { path } => comparing::any(&self.path(path), |_| Truth::True),
            Conjunct::Not(inner) => !self.conjunct(inner),
            Conjunct::Either(alternatives) => alternatives
                .iter()
                .map(|alternative| self.condition(alternative))
                .fold(Truth::False, Truth::or),
        }
    }

    fn condition(&self, condition: &Condition) -> Truth {
        let parts = condition.conjuncts.iter();
        parts.fold(Truth::True, |all, inner| all.and(self.conjunct(inner)))
    }

    fn is(&self, value: &Value, of_type: &Iri) -> Truth {
        Truth::from(match value {
            Value::Entity(entity) => self.world.has_type(entity, of_type),
            Value::Literal(literal) => self.world.is_subtype(&literal.datatype, of_type),
        })
    }

    /// The values of a term; a sum's are the sums of every choice of its summands' numbers.
    pub(crate) fn term(&self, term: &Term) -> Values {
        let mut sum = self.atom(&term.first);
        for (sign, atom) in &term.rest {
            let next = self.atom(atom);
            let mut members = BTreeSet::new();
            for left in numbers(&sum) {
                for right in numbers(&next) {
                    let result = match sign {
                        Sign::Plus => left.checked_add(right),
                        Sign::Minus => left.checked_sub(right),
                    };
                    members.extend(result.map(number));
                }
            }
            sum = Values {
                members,
                absent: BTreeSet::new(),
                complete: sum.complete && next.complete,
            };
        }
        sum
    }

    fn atom(&self, atom: &Atom) -> Values {
        match atom {
            Atom::Literal(literal) => Values::known([Value::Literal(literal.clone())]),
            Atom::Path(path) => self.path(path),
            Atom::Count(path) => {
                let counted = match (&path.root, path.properties.is_empty()) {
                    (Root::Variable(name), true) => self.all_of(name),
                    _ => self.path(path),
                };
                if counted.complete {
                    Values::known([number(Decimal::from(counted.members.len()))])
                } else {
                    Values::unknown()
                }
            }
        }
    }

    pub(crate) fn path(&self, path: &Path) -> Values {
        let start = self.root(&path.root);
        path.properties.iter().fold(start, |reached, property| {
            let exactly_one = reached.complete && reached.members.len() == 1;
            let mut next = Values::known([]);
            next.complete = reached.complete;
            for entity in reached.members.iter().filter_map(Value::as_entity) {
                let values = self.world.values(entity, property);
                next.complete &= values.complete;
                next.members.extend(values.members);
                if exactly_one {
                    next.absent = values.absent;
                }
            }
            next
        })
    }

    fn root(&self, root: &Root) -> Values {
        let known = |entity: Option<Iri>| match entity {
            Some(entity) => Values::known([Value::Entity(self.world.canonical(&entity))]),
            None => Values::unknown(),
        };
        let subject = self.bindings.subject.as_ref();
        match root {
            Root::Subject => known(subject.cloned()),
            Root::Account => known(subject.and_then(|subject| self.world.account_of(subject))),
            Root::Service => known(subject.and_then(|subject| self.world.service_of(subject))),
            Root::Provider => known(subject.and_then(|subject| self.world.provider_of(subject))),
            Root::Individual(individual) => known(Some(individual.clone())),
            Root::Variable(name) => match self.elements.get(name) {
                Some(value) => Values::known([(*value).clone()]),
                None => self.all_of(name),
            },
        }
    }

    fn all_of(&self, name: &Name) -> Values {
        match self.bindings.values_of(name) {
            Some(values) => Values::known(values.iter().cloned()),
            None => Values::unknown(),
        }
    }

    fn look(
        &self,
        conjunct: &Conjunct,
        only_unknown: bool,
        facts: &mut BTreeMap<(Iri, Iri), Looked>,
    ) {
        if only_unknown && self.conjunct(conjunct) != Truth::Unknown {
            return;
        }
        match conjunct {
            Conjunct::Not(inner) => self.look(inner, only_unknown, facts),
            Conjunct::Either(alternatives) => {
                for alternative in alternatives {
                    for inner in &alternative.conjuncts {
                        self.look(inner, only_unknown, facts);
                    }
                }
            }
            leaf => for_each_path(leaf, &mut |path, _| {
                self.look_along(path, only_unknown, facts);
            }),
        }
    }

    fn look_along(
        &self,
        path: &Path,
        only_unknown: bool,
        facts: &mut BTreeMap<(Iri, Iri), Looked>,
    ) {
        let mut reached = self.root(&path.root).members;
        for property in &path.properties {
            let mut next = BTreeSet::new();
            for entity in reached.iter().filter_map(Value::as_entity) {
                let values = self.world.values(entity, property);
                next.extend(values.members.iter().cloned());
                if !(only_unknown && values.complete) {
                    let key = (entity.clone(), property.clone());
                    facts.entry(key).or_insert_with(|| Looked {
                        entity: entity.clone(),
                        property: property.clone(),
                        values,
                        observation: self.world.observation(entity, property),
                    });
                }
            }
            reached = next;
        }
    }
}

impl Looked {
    /// The fact in words: what it is, and when and by what it was observed.
    #[must_use = "this makes a text and changes nothing"]
    pub fn in_words(&self, world: &dyn World) -> String {
        let holds = if self.values.complete || !self.values.members.is_empty() {
            let some = if self.values.complete {
                ""
            } else {
                "among others "
            };
            format!("is {some}{}", wording::values(world, &self.values.members))
        } else {
            "is not known".to_owned()
        };
        let seen = match &self.observation {
            Some(observation) => format!(
                " (observed {} by {})",
                observation.at,
                world.compact(&Iri::from(observation.source.as_str()))
            ),
            None => String::new(),
        };
        format!(
            "`{}` of `{}` {holds}{seen}",
            self.property.local(),
            world.compact(&self.entity)
        )
    }
}

fn numbers(values: &Values) -> impl Iterator<Item = Decimal> {
    values
        .members
        .iter()
        .filter_map(|value| value.as_literal().and_then(Literal::number))
}

/// A number as a literal: an integer where it is one.
pub(crate) fn number(number: Decimal) -> Value {
    let number = number.normalize();
    let datatype = if number.is_integer() {
        samos_model::vocabulary::xsd::INTEGER
    } else {
        samos_model::vocabulary::xsd::DECIMAL
    };
    Value::Literal(Literal::new(number.to_string(), datatype))
}
