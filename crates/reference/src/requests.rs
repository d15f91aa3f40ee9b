//! Everything that can be asked in a state: all subjects, all combinations of arguments from what is at hand.
//!
//! In: a state and the values at hand. Out: calls, in order. Deliberately without any relevance.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::vocabulary::samos;
use samos_model::{Iri, Name, Operation, Parameter};

use crate::evaluation::{State, Thing, fits, is_accepted};

/// An operation bound to a subject and arguments, in a hypothetical state.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Call {
    /// The operation.
    pub operation: Iri,
    /// What it is asked of.
    pub subject: Thing,
    /// The values by parameter; those not given are not there.
    pub arguments: BTreeMap<Name, Vec<Thing>>,
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}({}",
            crate::estate::short(&self.operation),
            self.subject
        )?;
        for (name, values) in &self.arguments {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            write!(f, ", {name}={}", values.join("+"))?;
        }
        f.write_str(")")
    }
}

/// The most values that a multiple parameter is tried with at once.
const MOST_TOGETHER: usize = 2;

/// All entities of the world that an operation can name.
#[must_use = "reading has no other effect"]
pub fn known_entities(state: &State<'_>) -> BTreeSet<Thing> {
    let classes = [samos::SERVICE, samos::SERVICE_INSTANCE, samos::ASPECT];
    let entities = classes
        .into_iter()
        .flat_map(|class| state.world.entities_of(&Iri::from(class)));
    entities.map(Thing::Entity).collect()
}

/// All calls that are well formed, whether or not their precondition holds.
#[must_use = "this makes values and changes nothing"]
pub fn calls(state: &State<'_>, at_hand: &BTreeSet<Thing>) -> Vec<Call> {
    let mut all = Vec::new();
    for operation in state.world.operations() {
        for subject in at_hand
            .iter()
            .filter(|subject| is_accepted(state, operation, subject))
        {
            all.extend(calls_on(state, operation, subject, at_hand));
        }
    }
    all
}

/// All calls of that operation on that subject.
#[must_use = "this makes values and changes nothing"]
pub fn calls_on(
    state: &State<'_>,
    operation: &Operation,
    subject: &Thing,
    at_hand: &BTreeSet<Thing>,
) -> Vec<Call> {
    let mut bindings: Vec<BTreeMap<Name, Vec<Thing>>> = vec![BTreeMap::new()];
    for parameter in &operation.parameters {
        let choices = choices(state, parameter, at_hand);
        let mut next = Vec::new();
        for binding in &bindings {
            for choice in &choices {
                let mut own = binding.clone();
                if !choice.is_empty() {
                    own.insert(parameter.name.clone(), choice.clone());
                }
                next.push(own);
            }
        }
        bindings = next;
    }
    let call = |arguments| Call {
        operation: operation.iri.clone(),
        subject: subject.clone(),
        arguments,
    };
    bindings.into_iter().map(call).collect()
}

fn choices(state: &State<'_>, parameter: &Parameter, at_hand: &BTreeSet<Thing>) -> Vec<Vec<Thing>> {
    let fitting: Vec<&Thing> = at_hand
        .iter()
        .filter(|value| fits(state, &parameter.of_type, value))
        .collect();
    let mut choices = Vec::new();
    if !parameter.mandatory || parameter.default.is_some() {
        choices.push(Vec::new());
    }
    for (place, first) in fitting.iter().enumerate() {
        choices.push(vec![(*first).clone()]);
        if parameter.multiple && MOST_TOGETHER > 1 {
            for second in fitting.iter().skip(place + 1) {
                choices.push(vec![(*first).clone(), (*second).clone()]);
            }
        }
    }
    choices
}
