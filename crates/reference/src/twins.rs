//! Slow twins of the four reasoners, from the paper's steps as the semantics fixes them.
//!
//! Paper: table 3, "Reasoning steps". In: a world and a question. Out: plain values that can be compared.
//! Not here: explanation, order, limits beyond the size of small worlds.

pub mod concurrent;
pub mod interaction;
pub mod preparation;
pub mod sequence;

use std::collections::BTreeMap;

use samos_model::{Iri, Name, Operation, Supplied, SuppliedValue};

use crate::evaluation::{State, Thing, fits};

/// Arguments by parameter.
pub type Arguments = BTreeMap<Name, Vec<Thing>>;

/// All ways to bind what is at hand: "bound by name, then by type; different bindings are different". What names a
/// parameter is for that one alone; an optional parameter is bound by name only.
#[must_use = "this makes values and changes nothing"]
pub fn bindings(state: &State<'_>, operation: &Operation, supplied: &[Supplied]) -> Vec<Arguments> {
    let mut all = vec![Arguments::new()];
    for parameter in &operation.parameters {
        let by_name: Vec<Thing> = supplied
            .iter()
            .filter(|one| one.name.as_ref() == Some(&parameter.name))
            .filter_map(|one| thing(state, &one.value))
            .collect();
        let free = |one: &&Supplied| {
            let named = one.name.as_ref();
            named.is_none_or(|name| operation.parameter(name.as_str()).is_none())
        };
        let choices: Vec<Vec<Thing>> = if !by_name.is_empty() && parameter.multiple {
            vec![by_name]
        } else if !by_name.is_empty() {
            by_name.into_iter().map(|value| vec![value]).collect()
        } else if parameter.mandatory && parameter.default.is_none() {
            let values = supplied
                .iter()
                .filter(free)
                .filter_map(|one| thing(state, &one.value));
            values.map(|value| vec![value]).collect()
        } else {
            vec![Vec::new()]
        };
        let fitting = choices.into_iter().filter(|choice| {
            choice
                .iter()
                .all(|value| fits(state, &parameter.of_type, value))
        });
        let fitting: Vec<Vec<Thing>> = fitting.collect();
        let mut next = Vec::new();
        for binding in &all {
            for choice in &fitting {
                let mut own = binding.clone();
                if !choice.is_empty() {
                    own.insert(parameter.name.clone(), choice.clone());
                }
                if !next.contains(&own) {
                    next.push(own);
                }
            }
        }
        all = next;
    }
    all
}

fn thing(state: &State<'_>, value: &SuppliedValue) -> Option<Thing> {
    match value {
        SuppliedValue::Value(value) => Some(state.thing(value)),
        SuppliedValue::Text(_) => None,
    }
}

/// The operations of a subject.
fn operations_of<'w>(state: &State<'w>, subject: &Iri) -> Vec<&'w Operation> {
    state.world.operations_of(subject)
}
