//! What a path through states has taken so far, and when each of its steps may begin.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use samos_model::{Objective, Operation};

use super::{Action, Search};
use crate::effects::Write;
use crate::view::{Origin, P, Thing, V, View};

/// What a path has taken so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) wishes: u64,
    pub(super) assumptions: u64,
    pub(super) manipulations: u64,
    pub(super) operations: u64,
    pub(super) price: u64,
    pub(super) depth: u64,
    /// When each cell was last written, last changed otherwise than by adding to it, and last read, in rounds or milliseconds.
    pub(super) written: Rc<BTreeMap<(V, P), u64>>,
    pub(super) changed: Rc<BTreeMap<(V, P), u64>>,
    pub(super) read: Rc<BTreeMap<(V, P), u64>>,
    pub(super) made: Rc<BTreeMap<V, u64>>,
    /// When each thing was last named, met or touched, and when each that is gone was deleted.
    pub(super) named: Rc<BTreeMap<V, u64>>,
    pub(super) gone: Rc<BTreeMap<V, u64>>,
    /// Operations and subjects, sorted: what tells alternatives apart.
    pub(super) steps: Rc<Vec<(usize, V)>>,
}

impl Search<'_, '_, '_> {
    /// The things that a deletion of them must wait for this action for.
    fn involved(&self, action: &Action) -> BTreeSet<V> {
        let inputs = action.binding.inputs.iter().flat_map(|input| input.iter());
        let mut things: BTreeSet<V> = inputs.copied().collect();
        things.extend(action.binding.subject);
        things.extend(action.writes.keys().map(|(thing, _)| *thing));
        for (thing, property) in &action.reads {
            things.insert(*thing);
            let cell = action.assumed.cell(self.view, *thing, *property);
            things.extend(cell.members.iter().copied());
        }
        things
    }

    /// When the action begins and ends, and what has to wait for it.
    pub(super) fn add_times(&self, next: &mut Tally, action: &Action) {
        let specified = self.view.world.operations().get(action.operation.index);
        let weight = match self.question.objective {
            Objective::Makespan => specified.map_or(1_000, milliseconds),
            _ => 1,
        };
        let at = |map: &BTreeMap<(V, P), u64>, cell: &(V, P)| map.get(cell).copied().unwrap_or(0);
        let mut begin = 0;
        for cell in &action.reads {
            begin = begin.max(at(&next.written, cell));
        }
        for (cell, write) in &action.writes {
            let written = match write {
                Write::Added => &next.changed,
                Write::Changed => &next.written,
            };
            begin = begin.max(at(&next.read, cell)).max(at(written, cell));
        }
        let named = action.binding.subject.iter().chain(
            action
                .binding
                .inputs
                .iter()
                .flat_map(|values| values.iter()),
        );
        for value in named {
            begin = begin.max(next.made.get(value).copied().unwrap_or(0));
        }
        let involved = self.involved(action);
        for thing in &action.deleted {
            begin = begin.max(next.named.get(thing).copied().unwrap_or(0));
        }
        // What looks where a thing stood that is gone comes after it went.
        for (thing, went) in next.gone.iter() {
            let stood = |(other, property): &(V, P)| {
                *other == *thing || {
                    let cell = action.before.raw_cell(self.view, *other, *property);
                    cell.members.contains(thing)
                }
            };
            if action.reads.iter().any(stood) {
                begin = begin.max(*went);
            }
        }
        let end = begin + weight;
        let named = Rc::make_mut(&mut next.named);
        for thing in involved {
            let slot = named.entry(thing).or_insert(0);
            *slot = end.max(*slot);
        }
        let gone = Rc::make_mut(&mut next.gone);
        gone.extend(action.deleted.iter().map(|thing| (*thing, end)));
        let read = Rc::make_mut(&mut next.read);
        for cell in &action.reads {
            let slot = read.entry(*cell).or_insert(0);
            *slot = end.max(*slot);
        }
        let written = Rc::make_mut(&mut next.written);
        let changed = Rc::make_mut(&mut next.changed);
        for (cell, write) in &action.writes {
            let slot = written.entry(*cell).or_insert(0);
            *slot = end.max(*slot);
            if *write == Write::Changed {
                changed.insert(*cell, end);
            }
        }
        let made = Rc::make_mut(&mut next.made);
        for value in action
            .binding
            .outputs
            .iter()
            .flat_map(|values| values.iter())
        {
            made.entry(*value).or_insert(end);
        }
        next.depth = next.depth.max(end);
    }

    /// The operation and its subject.
    pub(super) fn add_step(&self, next: &mut Tally, action: &Action) {
        let steps = Rc::make_mut(&mut next.steps);
        let step = (
            action.operation.index,
            action
                .binding
                .subject
                .unwrap_or_else(|| self.view.entity(&"".into())),
        );
        let place = steps.partition_point(|other| *other <= step);
        steps.insert(place, step);
    }

    /// What the action takes more, its time aside.
    pub(super) fn counted(&self, tally: &Tally, action: &Action) -> Tally {
        let mut next = tally.clone();
        let wished_values = action
            .binding
            .inputs
            .iter()
            .flat_map(|values| values.iter())
            .filter(|value| is_wished(self.view, **value));
        next.wishes += (action.wished.len() + action.wished_readings.len()) as u64
            + wished_values.count() as u64;
        next.assumptions += (action.unknowns + action.waits.len() + action.found.len()) as u64;
        next.manipulations += u64::from(action.operation.is_manipulation());
        next.operations += 1;
        next.price += price(self.view, action);
        next
    }
}

/// What the action costs, in millionths; nothing where its operation does not say.
pub(crate) fn price(view: &View<'_>, action: &Action) -> u64 {
    let specified = view.world.operations().get(action.operation.index);
    specified.map_or(0, millionths)
}

/// What an operation costs, in millionths.
pub(crate) fn millionths(operation: &Operation) -> u64 {
    milli(operation.cost.unwrap_or(0.0) * 1000.0)
}

/// What an operation takes, in thousandths of a second; a second where it does not say.
pub(crate) fn milliseconds(operation: &Operation) -> u64 {
    milli(operation.duration_s.unwrap_or(1.0))
}

/// Is it a value that somebody would have to give?
pub(crate) fn is_wished(view: &View<'_>, value: V) -> bool {
    matches!(&*view.thing(value), Thing::Symbol(symbol) if symbol.origin == Origin::Given && symbol.nth == u32::MAX)
}

fn milli(amount: f64) -> u64 {
    let scaled = (amount * 1000.0).round();
    if scaled.is_finite() && scaled > 0.0 {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be finite and positive; saturates"
        )]
        let whole = scaled as u64;
        whole
    } else {
        0
    }
}
