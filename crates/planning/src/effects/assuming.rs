//! What is known once something unknown is taken for granted: a condition, or that a reading finds something.

use samos_model::Truth;

use super::{Progress, Write, Writes};
use crate::compiled::{Clause, Compiled, Named, Part, Way};
use crate::evaluation::{Binding, Evaluator, Found};
use crate::state::State;
use crate::view::{Origin, P, V, View};

/// The state once an outcome is taken to find something where nobody knows of anything; `None` where that is known anyway.
pub(crate) fn take_found(
    view: &View<'_>,
    state: &State,
    operation: &Compiled,
    binding: &Binding,
    output: usize,
) -> Option<(State, Writes)> {
    let output = operation.outputs.get(output)?;
    let (way, _) = output.reads.as_ref()?;
    let evaluator = Evaluator::new(view, state, binding);
    let found = evaluator.follow(binding, way);
    if found.complete || !found.members.is_empty() {
        return None;
    }
    let mut progress = Progress::new(view, state.clone());
    let prefix = evaluator.prefix(binding, way);
    if let ([thing], true, Some(property)) = (
        prefix.members.as_slice(),
        prefix.complete,
        way.properties.last(),
    ) && !view.is_literal(*thing)
    {
        let origin = Origin::Cell(*thing, *property);
        let symbol = progress.fresh(origin, output.of_type, binding.subject);
        progress.add(*thing, *property, symbol);
    }
    Some((progress.state, progress.writes))
}

/// The state once an unknown clause is taken for granted: what it says is known from then on, where that can be said.
pub(crate) fn assume(
    view: &View<'_>,
    state: &State,
    operation: &Compiled,
    binding: &Binding,
    clause: &Named<Clause>,
) -> (State, Writes) {
    let mut progress = Progress::new(view, state.clone());
    let evaluator = Evaluator::new(view, state, binding);
    for element in evaluator.elements(Some(operation), &clause.variables) {
        if evaluator.clause(&element, &clause.what) == Truth::Unknown {
            assume_one(&mut progress, state, &element, &clause.what);
        }
    }
    (progress.state, progress.writes)
}

fn assume_one(progress: &mut Progress<'_, '_>, state: &State, binding: &Binding, clause: &Clause) {
    let view = progress.view;
    let evaluator = Evaluator::new(view, state, binding);
    let spot = |way: &Way| {
        let prefix = evaluator.prefix(binding, way);
        match (
            prefix.members.as_slice(),
            prefix.complete,
            way.properties.last(),
        ) {
            ([thing], true, Some(property)) if !view.is_literal(*thing) => {
                Some((*thing, *property))
            }
            _ => None,
        }
    };
    let single = |part: &Part| match evaluator.part(binding, part) {
        Found {
            members,
            complete: true,
            ..
        } => match members.as_slice() {
            [value] => Some(*value),
            _ => None,
        },
        _ => None,
    };
    match clause {
        Clause::Compare(left, samos_model::Comparison::Equal, right) => {
            let sides = [(left, right), (right, left)];
            for (this, other) in sides {
                if let (Some(Part::Way(way)), Some(part)) = (this.single(), other.single())
                    && let (Some((thing, property)), Some(value)) = (spot(way), single(part))
                {
                    hold(progress, thing, property, value);
                    return;
                }
            }
        }
        Clause::Contains(way, part) => {
            if let (Some((thing, property)), Some(value)) = (spot(way), single(part)) {
                hold(progress, thing, property, value);
            }
        }
        Clause::In(way, parts) => {
            if let (Some((thing, property)), [part]) = (spot(way), parts.as_slice())
                && let Some(value) = single(part)
            {
                hold(progress, thing, property, value);
            }
        }
        Clause::Exists(way) => {
            if let Some((thing, property)) = spot(way) {
                let symbol = progress.fresh(
                    Origin::Cell(thing, property),
                    progress.range(property),
                    binding.subject,
                );
                hold(progress, thing, property, symbol);
            }
        }
        Clause::Is(way, of_type) => {
            if let Some((thing, property)) = spot(way)
                && state.cell(view, thing, property).members.is_empty()
            {
                let symbol =
                    progress.fresh(Origin::Cell(thing, property), *of_type, binding.subject);
                hold(progress, thing, property, symbol);
            }
        }
        Clause::Not(inner) => assume_not(progress, &evaluator, binding, inner, &spot, &single),
        Clause::Compare(..) | Clause::Either(_) => {}
    }
}

fn assume_not(
    progress: &mut Progress<'_, '_>,
    evaluator: &Evaluator<'_, '_>,
    binding: &Binding,
    inner: &Clause,
    spot: &dyn Fn(&Way) -> Option<(V, P)>,
    single: &dyn Fn(&Part) -> Option<V>,
) {
    let exclude = |progress: &mut Progress<'_, '_>, (thing, property): (V, P), value: V| {
        progress.edit(thing, property, Write::Changed, |cell| {
            if !cell.complete
                && let Err(at) = cell.absent.binary_search(&value)
            {
                cell.absent.insert(at, value);
            }
        });
    };
    match inner {
        Clause::Compare(left, samos_model::Comparison::Equal, right) => {
            for (this, other) in [(left, right), (right, left)] {
                if let (Some(Part::Way(way)), Some(part)) = (this.single(), other.single())
                    && let (Some(cell), Some(value)) = (spot(way), single(part))
                {
                    exclude(progress, cell, value);
                    return;
                }
            }
        }
        Clause::Contains(way, part) => {
            if let (Some(cell), Some(value)) = (spot(way), single(part)) {
                exclude(progress, cell, value);
            }
        }
        Clause::Exists(way) if evaluator.follow(binding, way).members.is_empty() => {
            if let Some((thing, property)) = spot(way) {
                progress.settle(
                    thing,
                    property,
                    &Found {
                        complete: true,
                        ..Found::default()
                    },
                );
            }
        }
        _ => {}
    }
}

fn hold(progress: &mut Progress<'_, '_>, thing: V, property: P, value: V) {
    progress.add(thing, property, value);
}
