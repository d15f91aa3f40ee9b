//! Waiting for a state that passes by itself, where a condition is false now and true once the state has passed.
//!
//! In: a request in a hypothetical state. Out: the state when the waits are over, and which waits these are, each for
//! one known value and the first of what it turns into that makes its condition true. A wait is an assumption; whether
//! it may be made is not decided here, and whether the precondition holds afterwards neither.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::Truth;

use crate::compiled::{Clause, Compiled, Named};
use crate::effects::{Writes, pass};
use crate::evaluation::{Binding, Evaluator, is_left_out};
use crate::state::State;
use crate::view::{P, V, View};

/// One state waited for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Wait {
    /// The place of the clause that is true afterwards.
    pub(crate) clause: usize,
    /// Whose state passes.
    pub(crate) thing: V,
    pub(crate) property: P,
    /// What it turns into.
    pub(crate) becomes: V,
}

/// What comes of waiting.
#[derive(Debug)]
pub(crate) struct Waited {
    pub(crate) state: State,
    pub(crate) waits: Vec<Wait>,
    pub(crate) reads: BTreeSet<(V, P)>,
    pub(crate) writes: Writes,
}

/// Waits, clause by clause and element by element, for what is false and passes by itself.
pub(crate) fn wait(
    view: &View<'_>,
    state: &State,
    operation: &Compiled,
    binding: &Binding,
) -> Waited {
    let mut waited = Waited {
        state: state.clone(),
        waits: Vec::new(),
        reads: BTreeSet::new(),
        writes: BTreeMap::new(),
    };
    for (at, clause) in operation.clauses.iter().enumerate() {
        if is_left_out(binding, &clause.variables) {
            continue;
        }
        let elements =
            Evaluator::new(view, state, binding).elements(Some(operation), &clause.variables);
        for element in elements {
            waited.wait_for(view, binding, &element, at, &clause.what);
        }
    }
    waited
}

impl Waited {
    fn wait_for(
        &mut self,
        view: &View<'_>,
        whole: &Binding,
        element: &Binding,
        at: usize,
        clause: &Clause,
    ) {
        let holds = |state: &State| {
            let evaluator = Evaluator::new(view, state, whole);
            let truth = evaluator.clause(element, clause);
            (truth, evaluator.reads.into_inner())
        };
        let (truth, reads) = holds(&self.state);
        if truth != Truth::False {
            return;
        }
        for (thing, property, old) in passing(view, &self.state, &reads) {
            for becomes in view.passages(old).iter() {
                let (state, writes) = pass(view, &self.state, (thing, property), old, *becomes);
                if holds(&state).0 == Truth::True {
                    self.state = state;
                    self.reads.extend(reads);
                    self.writes.extend(writes);
                    self.waits.push(Wait {
                        clause: at,
                        thing,
                        property,
                        becomes: *becomes,
                    });
                    return;
                }
            }
        }
    }
}

/// Is a clause false only for now, as far as one can see without trying? Never says no where waiting would help.
pub(crate) fn may_pass(view: &View<'_>, state: &State, reads: &BTreeSet<(V, P)>) -> bool {
    !passing(view, state, reads).is_empty()
}

/// The state with what a later request waits for, for one of its clauses.
pub(crate) fn passed(view: &View<'_>, state: &State, waits: &[Wait], clause: usize) -> State {
    let mut state = state.clone();
    for wait in waits.iter().filter(|wait| wait.clause == clause) {
        let cell = (wait.thing, wait.property);
        let reads = BTreeSet::from([cell]);
        for (.., old) in passing(view, &state.clone(), &reads) {
            if view.passages(old).contains(&wait.becomes) {
                state = pass(view, &state, cell, old, wait.becomes).0;
            }
        }
    }
    state
}

/// The cells among some whose one known value passes by itself, with that value: of entities by name, then of what the
/// plan makes.
fn passing(view: &View<'_>, state: &State, cells: &BTreeSet<(V, P)>) -> Vec<(V, P, V)> {
    let mut found: Vec<(V, P, V)> = cells
        .iter()
        .filter(|(thing, _)| !view.is_opaque(*thing) && !view.is_literal(*thing))
        .filter_map(|(thing, property)| {
            let cell = state.cell(view, *thing, *property);
            match cell.members.as_slice() {
                [value] if cell.complete && !view.passages(*value).is_empty() => {
                    Some((*thing, *property, *value))
                }
                _ => None,
            }
        })
        .collect();
    if found.len() > 1 {
        found.sort_by_cached_key(|(thing, property, _)| {
            let entity = view
                .known(*thing)
                .and_then(|known| known.as_entity().cloned());
            (
                entity.is_none(),
                entity,
                *thing,
                view.property_iri(*property),
            )
        });
    }
    found
}

/// Could a clause that is not met be met once something has passed?
pub(crate) fn is_false_for_now(
    view: &View<'_>,
    state: &State,
    operation: &Compiled,
    binding: &Binding,
    clause: &Named<Clause>,
) -> bool {
    let evaluator = Evaluator::new(view, state, binding);
    let _ = evaluator.top(Some(operation), clause);
    may_pass(view, state, &evaluator.reads.into_inner())
}
