//! Any world and goal as a planning problem in PDDL, and a plan of it as the text that plan validators read.
//!
//! A property is a predicate over a thing and a value; a property whose only literal is `true` is one over a thing;
//! what belongs to the one individual of a service loses that argument, and so does an action asked of it. What is
//! unknown counts as absent. Things that are created come from a pool. Where STRIPS has no words, an operation is left
//! out with a warning, and what is left of the goal is an error.

mod formulas;
mod kinds;
mod lines;
mod mentions;

use std::collections::{BTreeMap, BTreeSet};

use samos_model::codes::import as codes;
use samos_model::plan::{PlanValue, Step};
use samos_model::text::Root;
use samos_model::{Condition, Finding, Iri, Kind, Literal, Operation, Plan, Value, World};

use formulas::{Clause, Known, Scope};
use kinds::Kinds;
use lines::Labels;

/// Things that may be created of each kind, when not said otherwise.
const POOL: usize = 3;

/// A planning problem.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The domain file.
    pub domain: String,
    /// The problem file.
    pub problem: String,
    /// What was left out.
    pub warnings: Vec<Finding>,
    actions: BTreeMap<Iri, Shape>,
    names: BTreeMap<Value, String>,
    pools: BTreeMap<Iri, Vec<String>>,
}

/// What the arguments of an action are.
#[derive(Clone, Debug)]
struct Shape {
    name: String,
    arguments: Vec<Slot>,
}

#[derive(Clone, Debug)]
enum Slot {
    Subject,
    Parameter(String),
    Outcome(String, Iri),
}

/// The world as PDDL writes it.
struct Estate<'w> {
    world: &'w dyn World,
    labels: Labels,
    /// Properties that occur, and whether they are `true` or nothing.
    properties: BTreeMap<Iri, bool>,
    /// Services with one individual: their argument goes without saying.
    alone: BTreeMap<Iri, Iri>,
    warnings: Vec<Finding>,
}

/// Writes a world and a goal.
///
/// # Errors
/// When the goal cannot be said.
pub fn export(world: &dyn World, goal: &Condition) -> Result<Exported, Vec<Finding>> {
    let operations: Vec<&Operation> = world
        .operations()
        .iter()
        .filter(|operation| {
            operation.kind == Kind::Manipulation
                && !world.entities_of(&operation.subject).is_empty()
        })
        .collect();
    let (mentioned, mut things) = mentions::mentioned(&operations, goal);
    let mut out = Estate {
        world,
        labels: Labels::default(),
        properties: BTreeMap::new(),
        alone: BTreeMap::new(),
        warnings: Vec::new(),
    };
    out.single(&operations);
    for property in mentioned {
        let is_flag = out.may_be_flag(&property)
            && !mentions::is_more_than_true(&operations, goal, &property);
        out.properties.insert(property, is_flag);
    }
    let mut kinds = Kinds::new(world);
    let entities = world.entities_of(&Iri::from("https://w3id.org/samos#Entity"));
    things.extend(entities.into_iter().map(Value::Entity));
    for operation in &operations {
        kinds.add(&operation.subject);
        for parameter in &operation.parameters {
            kinds.add(&parameter.of_type);
        }
        for outcome in &operation.outcomes {
            kinds.add(&outcome.of_type);
        }
    }
    let facts = out.facts(&mut things);
    let pools = out.pools(&operations, &mut kinds);
    kinds.settle();
    for thing in &things {
        out.labels.object(thing);
    }
    let mut actions = BTreeMap::new();
    let mut texts = Vec::new();
    let scale = scale(&operations);
    for operation in &operations {
        match out.action(operation, &mut kinds, &pools, scale) {
            Ok((text, shape)) => {
                actions.insert(operation.iri.clone(), shape);
                texts.push(text);
            }
            Err(reason) => out.warnings.push(Finding::warning(
                codes::CANNOT_EXPORT,
                format!("`{}` is left out: {reason}", world.compact(&operation.iri)),
                "plans that need it will not be found",
            )),
        }
    }
    let mut scope = Scope::default();
    let wanted = out.condition(goal, &mut scope).map_err(|reason| {
        vec![Finding::error(
            codes::CANNOT_EXPORT,
            format!("the goal cannot be said in PDDL: {reason}"),
            "ask for what a value is, contains or has, without order and sums",
        )]
    })?;
    let constants = lines::constants(&mut out, &things, &texts);
    let domain = lines::domain(
        &mut out,
        &kinds,
        &texts,
        (&things, &constants),
        scale.is_some(),
    );
    let said = lines::Said {
        things: &things,
        constants: &constants,
        facts: &facts,
        pools: &pools,
        goal: &wanted,
        is_priced: scale.is_some(),
    };
    let problem = lines::problem(&mut out, &kinds, &said);
    let names = things
        .iter()
        .map(|thing| (thing.clone(), out.labels.object(thing)))
        .collect();
    Ok(Exported {
        domain,
        problem,
        warnings: out.warnings,
        actions,
        names,
        pools,
    })
}

impl Exported {
    /// A plan for the same world as the text that validators read: an action a line, in an order that it allows.
    ///
    /// # Errors
    /// When a step is of an operation that was left out, or uses what has no name here.
    pub fn plan_text(&self, plan: &Plan) -> Result<String, Vec<Finding>> {
        let mut made: BTreeMap<(u32, String), String> = BTreeMap::new();
        let mut taken: BTreeMap<&Iri, usize> = BTreeMap::new();
        let mut lines = String::new();
        for step in &plan.steps {
            if step.kind == Kind::Information {
                continue;
            }
            let Some(shape) = self.actions.get(&step.operation) else {
                return Err(vec![missing(
                    step,
                    "its operation was left out of the PDDL",
                )]);
            };
            let mut words = vec![shape.name.clone()];
            for slot in &shape.arguments {
                let word = match slot {
                    Slot::Subject => self.word(&step.subject, &made),
                    Slot::Parameter(name) => step
                        .arguments
                        .iter()
                        .find(|(other, _)| other.as_str() == name)
                        .and_then(|(_, argument)| match argument.values() {
                            [only] => self.word(only, &made),
                            _ => None,
                        }),
                    Slot::Outcome(name, of_type) => {
                        let next = taken.entry(of_type).or_default();
                        let word = self
                            .pools
                            .get(of_type)
                            .and_then(|pool| pool.get(*next))
                            .cloned();
                        *next += 1;
                        if let Some(word) = &word {
                            made.insert((step.id, name.clone()), word.clone());
                        }
                        word
                    }
                };
                words.push(word.ok_or_else(|| {
                    vec![missing(
                        step,
                        "one of its arguments has no name in the PDDL",
                    )]
                })?);
            }
            lines.push_str(&format!("({})\n", words.join(" ")));
        }
        Ok(lines)
    }

    fn word(&self, value: &PlanValue, made: &BTreeMap<(u32, String), String>) -> Option<String> {
        if let PlanValue::From { from } = value {
            return made
                .get(&(from.step, from.outcome.as_str().to_owned()))
                .cloned();
        }
        self.names.get(&value.as_known()?).cloned()
    }
}

fn missing(step: &Step, why: &str) -> Finding {
    Finding::error(
        codes::CANNOT_EXPORT,
        format!("step {} cannot be said in PDDL: {why}", step.id),
        "plan a goal that needs only what PDDL can say",
    )
}

/// By how much costs are multiplied, as planners want whole numbers; none where nothing has a cost.
fn scale(operations: &[&Operation]) -> Option<f64> {
    let costs: Vec<f64> = operations
        .iter()
        .filter_map(|operation| operation.cost)
        .collect();
    if costs.is_empty() {
        return None;
    }
    let whole = |factor: f64| {
        costs
            .iter()
            .all(|cost| (cost * factor).fract().abs() < 1e-9)
    };
    Some(
        [1.0, 10.0, 100.0, 1_000.0]
            .into_iter()
            .find(|factor| whole(*factor))
            .unwrap_or(10_000.0),
    )
}

impl Estate<'_> {
    /// Which services have one individual that nothing creates.
    fn single(&mut self, operations: &[&Operation]) {
        let service = Iri::from(samos_model::vocabulary::samos::SERVICE);
        for operation in operations {
            if let [only] = self.world.entities_of(&operation.subject).as_slice()
                && self.world.is_subtype(&operation.subject, &service)
                && self.world.accepts(operation, only)
            {
                self.alone.insert(operation.subject.clone(), only.clone());
            }
        }
    }

    /// Is the property `true` or nothing?
    fn is_flag(&self, property: &Iri) -> bool {
        self.properties.get(property).copied().unwrap_or(false)
    }

    /// Has the property no value but `true` in the world?
    fn may_be_flag(&self, property: &Iri) -> bool {
        let boolean = Iri::from(samos_model::vocabulary::xsd::BOOLEAN);
        let is_boolean = self.world.property(property).is_some_and(|schema| {
            schema.functional && !schema.object && schema.ranges.contains(&boolean)
        });
        is_boolean
            && self
                .world
                .holders(property, &Value::Literal(Literal::boolean(false)))
                .is_empty()
    }

    /// The one individual that a property belongs to, where that goes without saying.
    fn sole_holder(&self, property: &Iri) -> Option<&Iri> {
        let schema = self.world.property(property)?;
        schema
            .domains
            .iter()
            .find_map(|domain| self.alone.get(domain))
    }

    /// `(p x v)`, `(p x)`, `(p v)` or `(p)`.
    fn atom(&mut self, property: &Iri, owner: &str, value: Option<&str>) -> String {
        let mut words = vec![self.labels.predicate(property)];
        if self.sole_holder(property).is_none() {
            words.push(owner.to_owned());
        }
        if let Some(value) = value.filter(|_| !self.is_flag(property)) {
            words.push(value.to_owned());
        }
        format!("({})", words.join(" "))
    }

    /// What holds at the start; values that are found join the things.
    fn facts(&mut self, things: &mut BTreeSet<Value>) -> Vec<(Iri, Value, Value)> {
        let mut facts = Vec::new();
        let owners: Vec<Value> = things.iter().cloned().collect();
        let mut unknown: BTreeMap<Iri, usize> = BTreeMap::new();
        for owner in owners {
            let Value::Entity(entity) = &owner else {
                continue;
            };
            for property in self.properties.keys() {
                let applies = self.world.property(property).is_some_and(|schema| {
                    schema
                        .domains
                        .iter()
                        .all(|domain| self.world.has_type(entity, domain))
                });
                if !applies {
                    continue;
                }
                let values = self.world.values(entity, property);
                if !values.complete && values.members.is_empty() {
                    *unknown.entry(property.clone()).or_default() += 1;
                }
                for value in values.members {
                    things.insert(value.clone());
                    facts.push((property.clone(), owner.clone(), value));
                }
            }
        }
        for (property, count) in unknown {
            self.warnings.push(Finding::warning(
                codes::NOT_EXPORTED,
                format!(
                    "`{}` is unknown of {count} things and written as absent",
                    self.world.compact(&property)
                ),
                "read it first, or close the property",
            ));
        }
        facts
    }

    /// For each type that something creates, the things that may come to be.
    fn pools(
        &mut self,
        operations: &[&Operation],
        kinds: &mut Kinds<'_>,
    ) -> BTreeMap<Iri, Vec<String>> {
        let mut pools = BTreeMap::new();
        for operation in operations {
            for outcome in operation
                .outcomes
                .iter()
                .filter(|outcome| operation.creates(outcome.name.as_str()))
            {
                if !pools.contains_key(&outcome.of_type) {
                    let names: Vec<String> = (1..=POOL)
                        .map(|number| {
                            self.labels
                                .fresh(&format!("new-{}-{number}", outcome.of_type.local()))
                        })
                        .collect();
                    kinds.pool(&outcome.of_type, &names);
                    pools.insert(outcome.of_type.clone(), names);
                }
            }
        }
        pools
    }

    fn action(
        &mut self,
        operation: &Operation,
        kinds: &mut Kinds<'_>,
        pools: &BTreeMap<Iri, Vec<String>>,
        scale: Option<f64>,
    ) -> Result<(String, Shape), String> {
        let mut scope = Scope::default();
        let mut listed: Vec<(String, Iri)> = Vec::new();
        let mut arguments = Vec::new();
        let mut conditions = Vec::new();
        if let Some(only) = self.alone.get(&operation.subject).cloned() {
            let word = self.labels.object(&Value::Entity(only));
            scope.bind(Root::Subject, word);
        } else {
            let word = scope.variable("subject");
            scope.bind(Root::Subject, word.clone());
            listed.push((word, operation.subject.clone()));
            arguments.push(Slot::Subject);
            let all = self.world.entities_of(&operation.subject);
            if !all.iter().all(|one| self.world.accepts(operation, one)) {
                return Err("some things of its subject's type are of another provider".to_owned());
            }
        }
        for parameter in &operation.parameters {
            if !parameter.mandatory || parameter.default.is_some() {
                continue; // what names it is left out
            }
            let word = scope.variable(parameter.name.as_str());
            scope.bind(Root::Variable(parameter.name.clone()), word.clone());
            listed.push((word, parameter.of_type.clone()));
            arguments.push(Slot::Parameter(parameter.name.as_str().to_owned()));
        }
        let mut effects: Vec<String> = Vec::new();
        for outcome in operation
            .outcomes
            .iter()
            .filter(|outcome| operation.creates(outcome.name.as_str()))
        {
            let word = scope.variable(outcome.name.as_str());
            scope.bind(Root::Variable(outcome.name.clone()), word.clone());
            listed.push((word.clone(), outcome.of_type.clone()));
            arguments.push(Slot::Outcome(
                outcome.name.as_str().to_owned(),
                outcome.of_type.clone(),
            ));
            conditions.push(format!("(not (made {word}))"));
            effects.push(format!("(made {word})"));
        }
        for (word, of_type) in &listed {
            let pooled = pools
                .keys()
                .any(|pool| self.world.is_subtype(pool, of_type));
            if pooled && !conditions.contains(&format!("(not (made {word}))")) {
                conditions.push(format!("(made {word})"));
            }
        }
        let (condition, single) = self.precondition(operation, &mut scope)?;
        conditions.extend(condition);
        let mut more = self.effects(operation, &mut scope, &single)?;
        effects.append(&mut more);
        if let (Some(factor), Some(cost)) = (scale, operation.cost) {
            effects.push(format!(
                "(increase (total-cost) {})",
                (cost * factor).round()
            ));
        }
        for (word, of_type) in &listed {
            if let Some(test) = kinds.test(of_type, word, &mut self.labels) {
                conditions.push(test);
            }
        }
        let name = self.labels.action(&operation.iri);
        let parameters: Vec<String> = listed
            .iter()
            .map(|(word, of_type)| format!("{word}{}", kinds.typed(of_type)))
            .collect();
        let text = format!(
            "  (:action {name}\n    :parameters ({})\n    :precondition (and{})\n    :effect (and{}))\n",
            parameters.join(" "),
            lines::lined(&conditions),
            lines::lined(&effects)
        );
        Ok((text, Shape { name, arguments }))
    }

    /// The precondition's parts, and for each `owner.property` the value it is known to have.
    fn precondition(
        &mut self,
        operation: &Operation,
        scope: &mut Scope,
    ) -> Result<(Vec<String>, Known), String> {
        let mut parts = Vec::new();
        let mut single = Known::new();
        for conjunct in &operation.precondition.conjuncts {
            if scope.names_nothing(conjunct) {
                continue;
            }
            let part = self.conjunct(conjunct, scope)?;
            if let Clause::Fact {
                property,
                owner,
                value,
                ..
            } = &part
            {
                single.insert((owner.clone(), property.clone()), value.clone());
            }
            parts.push(part.text());
        }
        Ok((parts, single))
    }
}
