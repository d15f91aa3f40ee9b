//! How a step is taken back: found by reasoning, not written down.
//!
//! An operation undoes a step when its precondition holds in the state after the step and its effects bring back the
//! values read before. What only `renew` touched cannot come back and is named; a created thing counts as undone when
//! it is deleted or in a state of `samos:Ended`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use samos_model::Iri;
use samos_model::vocabulary::samos;

use crate::catalogue::Catalogue;
use crate::compiled::Compiled;
use crate::effects::apply;
use crate::evaluation::Binding;
use crate::judging::{Leave, judge};
use crate::search::Action;
use crate::state::State;
use crate::view::{Cell, P, V, View};

/// More bindings than this are not tried for one operation.
const MOST_BINDINGS: usize = 256;

/// A request that takes a step back, and the cells it does not restore.
pub(crate) struct Undoing {
    pub(crate) operation: Rc<Compiled>,
    pub(crate) binding: Binding,
    pub(crate) except: Vec<(V, P)>,
}

/// The best way to take a step back.
pub(crate) fn undoing(catalogue: &Catalogue<'_, '_>, action: &Action) -> Option<Undoing> {
    let mut candidates: BTreeSet<usize> = catalogue.deleting().iter().copied().collect();
    for (_, property) in action.writes.keys() {
        candidates.extend(catalogue.changing(*property));
    }
    let made: BTreeSet<V> = made_by(catalogue.view, action);
    if made.is_empty() {
        // What was not made needs no deleting.
        candidates.retain(|index| {
            !catalogue.deleting().contains(index)
                || action
                    .writes
                    .keys()
                    .any(|(_, p)| catalogue.changing(*p).contains(index))
        });
    }
    let mut best: Option<Undoing> = None;
    for index in candidates {
        let Some(operation) = catalogue.operation(index) else {
            continue;
        };
        if !operation.is_manipulation() || operation.changes.is_empty() {
            continue;
        }
        for binding in bindings(catalogue.view, action, &operation, &made) {
            if let Some(except) = restores(catalogue.view, action, &operation, &binding, &made)
                && best
                    .as_ref()
                    .is_none_or(|best| except.len() < best.except.len())
            {
                best = Some(Undoing {
                    operation: Rc::clone(&operation),
                    binding,
                    except,
                });
            }
        }
    }
    best
}

fn made_by(view: &View<'_>, action: &Action) -> BTreeSet<V> {
    let outputs = action.operation.outputs.iter().zip(&action.binding.outputs);
    outputs
        .filter(|(output, _)| output.created)
        .flat_map(|(_, values)| values.iter().copied())
        .filter(|value| view.is_symbol(*value))
        .collect()
}

/// Ways to bind an operation with what the step had, changed or made.
fn bindings(
    view: &View<'_>,
    action: &Action,
    operation: &Compiled,
    made: &BTreeSet<V>,
) -> Vec<Binding> {
    let mut things: BTreeSet<V> = made.clone();
    things.extend(action.binding.subject);
    things.extend(
        action
            .binding
            .inputs
            .iter()
            .flat_map(|values| values.iter().copied()),
    );
    if let Some(subject) = action.binding.subject {
        things.extend(
            [view.service(subject), view.account(subject)]
                .into_iter()
                .flatten(),
        );
    }
    for (thing, property) in action.writes.keys() {
        things.insert(*thing);
        // What came or went; what stayed may be thousands, and takes nothing back.
        let before = action.assumed.cell(view, *thing, *property);
        let after = action.after.cell(view, *thing, *property);
        let is_new = |value: &&V| before.members.binary_search(value).is_err();
        let is_over = |value: &&V| after.members.binary_search(value).is_err();
        things.extend(after.members.iter().filter(is_new));
        things.extend(before.members.iter().filter(is_over));
    }
    let state = &action.after;
    let accepted = |thing: &&V| {
        !view.is_literal(**thing)
            && !state.is_deleted(**thing)
            && state.has_type(view, **thing, operation.subject)
            && (operation.provider.is_none() || view.provider(**thing) == operation.provider)
    };
    let mut found: Vec<Binding> = things
        .iter()
        .filter(accepted)
        .map(|subject| Binding {
            subject: Some(*subject),
            ..Binding::default()
        })
        .collect();
    for (at, input) in operation.inputs.iter().enumerate() {
        let mut choices: Vec<Rc<[V]>> = Vec::new();
        if let Some(default) = input.default {
            choices.push(Rc::from([default].as_slice()));
        } else if !input.mandatory {
            choices.push(Rc::from([].as_slice()));
        }
        if input.mandatory || crate::slice::is_named_by_a_change(operation, at) {
            let fitting = things.iter().filter(|thing| {
                !state.is_deleted(**thing) && state.fits(view, **thing, input.of_type)
            });
            choices.extend(fitting.map(|thing| Rc::from([*thing].as_slice())));
        }
        found = found
            .iter()
            .flat_map(|binding| {
                choices.iter().map(|choice| {
                    let mut next = binding.clone();
                    next.inputs.push(Rc::clone(choice));
                    next
                })
            })
            .take(MOST_BINDINGS)
            .collect();
    }
    found
}

/// Does the request bring back what the step changed? Then what it does not restore. What the step waited for or took for
/// granted was so before it acted.
fn restores(
    view: &View<'_>,
    action: &Action,
    operation: &Compiled,
    binding: &Binding,
    made: &BTreeSet<V>,
) -> Option<Vec<(V, P)>> {
    let judged = judge(view, &action.after, operation, binding, Leave::default())?;
    let undone = apply(view, &judged.assumed, operation, binding, &[])?;
    let mut except = Vec::new();
    let mut brought_back = false;
    for thing in made {
        if !undone.state.is_deleted(*thing)
            && !is_ended(
                view,
                &undone.state,
                &undone.writes.keys().copied().collect::<Vec<_>>(),
                *thing,
            )
        {
            return None;
        }
        brought_back = true;
    }
    for (thing, property) in action.writes.keys() {
        if made.contains(thing) {
            continue;
        }
        let before = without(&action.assumed.cell(view, *thing, *property), made);
        let now = without(&undone.state.cell(view, *thing, *property), made);
        let after = without(&action.after.cell(view, *thing, *property), made);
        let renewed = undone.writes.contains_key(&(*thing, *property))
            && now.members.iter().any(|value| view.is_opaque(*value));
        if !renewed && before.members == now.members && before.complete == now.complete {
            brought_back |= before.members != after.members;
            continue;
        }
        let passing = |cell: &Cell| cell.members.iter().any(|value| view.is_opaque(*value));
        // Of a thing that is only known once the plan runs, what it had before is not known either.
        let is_later = view.is_symbol(*thing);
        if is_later || passing(&before) || passing(&after) || passing(&now) || !before.complete {
            except.push((*thing, *property));
            continue;
        }
        return None;
    }
    // What the step did not touch must stay as it was.
    for (thing, property) in undone.writes.keys() {
        if action.writes.contains_key(&(*thing, *property)) || made.contains(thing) {
            continue;
        }
        let before = action.assumed.cell(view, *thing, *property);
        if without(&before, made).members
            != without(&undone.state.cell(view, *thing, *property), made).members
        {
            except.push((*thing, *property));
        }
    }
    except.sort_unstable();
    except.dedup();
    brought_back.then_some(except)
}

fn without(cell: &Cell, made: &BTreeSet<V>) -> Cell {
    let mut cell = cell.clone();
    cell.members.retain(|member| !made.contains(member));
    cell
}

fn is_ended(view: &View<'_>, state: &State, written: &[(V, P)], thing: V) -> bool {
    let ended = view.type_number(&Iri::from(samos::ENDED));
    written
        .iter()
        .filter(|(other, _)| *other == thing)
        .any(|(_, property)| {
            state
                .cell(view, thing, *property)
                .members
                .iter()
                .any(|value| state.has_type(view, *value, ended))
        })
}

/// Cells by thing, for the words of a plan.
pub(crate) fn paths(view: &View<'_>, cells: &[(V, P)], names: &BTreeMap<V, String>) -> Vec<String> {
    cells
        .iter()
        .map(|(thing, property)| {
            let start = names
                .get(thing)
                .cloned()
                .unwrap_or_else(|| view.words(*thing));
            format!("{start}.{}", view.property_iri(*property).local())
        })
        .collect()
}
