//! What each operation of a subject lacks, and which requests would bring it about, by trying all.
//!
//! Paper: table 3, BASR, step 1.

use std::collections::BTreeSet;

use samos_model::{Conjunct, Iri, Operation, Supplied, Truth, World};

use super::{Arguments, bindings};
use crate::evaluation::{State, Thing, View, progress, progress_unrefined, scope_of};
use crate::requests::{calls_on, known_entities};

/// One operation, as far as the arguments at hand go.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The operation.
    pub operation: Iri,
    /// Can it run now?
    pub ready: bool,
    /// The one way its arguments bind; `None` where there is none, or more than one.
    pub arguments: Option<Arguments>,
    /// The conjuncts of its precondition, where its arguments bind in one way.
    pub conjuncts: Vec<(Conjunct, Truth)>,
}

/// "For every operation of that subject: verified parameters; … unmet or unknown conjuncts".
#[must_use = "reasoning has no other effect"]
pub fn prepare(world: &dyn World, subject: &Iri, supplied: &[Supplied]) -> Vec<Prepared> {
    let state = State::live(world);
    let subject = world.canonical(subject);
    let thing = Thing::Entity(subject.clone());
    let mut all = Vec::new();
    for operation in super::operations_of(&state, &subject) {
        let ways = bindings(&state, operation, supplied);
        let none = BTreeSet::new();
        let ready = |arguments: &Arguments| {
            progress(&state, operation, &thing, arguments, "now", false, &none).is_some()
        };
        let arguments = match ways.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        let scope = arguments
            .as_ref()
            .and_then(|arguments| scope_of(&state, operation, &thing, arguments));
        let conjuncts = scope.map(|scope| {
            let expanded = scope.expanded(&operation.precondition);
            let each = expanded.into_iter().map(|(conjunct, scope)| {
                (
                    conjunct.clone(),
                    View::new(&state, &scope).conjunct(conjunct),
                )
            });
            each.collect()
        });
        all.push(Prepared {
            operation: operation.iri.clone(),
            ready: ways.iter().any(ready),
            arguments,
            conjuncts: conjuncts.unwrap_or_default(),
        });
    }
    all
}

/// "Operations whose effect makes it true": all (operation, subject), ready or not, after which a conjunct of this request
/// that does not hold now holds.
#[must_use = "reasoning has no other effect"]
pub fn enabling(
    world: &dyn World,
    operation: &Operation,
    subject: &Iri,
    arguments: &Arguments,
    conjunct: &Conjunct,
) -> BTreeSet<(Iri, Iri)> {
    let state = State::live(world);
    let own = Thing::Entity(world.canonical(subject));
    let mut found = BTreeSet::new();
    let Some(scope) = scope_of(&state, operation, &own, arguments) else {
        return found;
    };
    let entities = known_entities(&state);
    for other in world.operations() {
        for thing in &entities {
            let Thing::Entity(entity) = thing else {
                continue;
            };
            for call in calls_on(&state, other, thing, &entities) {
                let after = progress_unrefined(&state, other, thing, &call.arguments, "then");
                // A thing that is gone wants nothing any more.
                let holds = |after: State<'_>| {
                    !after.deleted.contains(&own)
                        && View::new(&after, &scope).conjunct(conjunct) == Truth::True
                };
                if after.is_some_and(holds) {
                    found.insert((other.iri.clone(), entity.clone()));
                }
            }
        }
    }
    found
}
