//! Which steps of a long plan may have to do with each other, without looking at every pair.
//!
//! In: the actions, one after the other. Out: for each, the earlier ones that touch a cell which it touches or may look
//! at, or that give what it takes. Where things are deleted, all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::compiled::{Clause, Part, Start, Way};
use crate::search::Action;
use crate::view::{P, V, View};

/// Plans of fewer steps are looked at pair by pair.
const SHORT: usize = 48;

/// Which earlier actions may have to do with one: of a long plan, those that touch a cell which it touches or may look
/// at, and those that give what it takes.
pub(super) struct Meeting {
    /// Are all pairs looked at?
    all: bool,
    touched: BTreeMap<(V, P), Vec<usize>>,
    /// By property, the actions that wrote it.
    written: BTreeMap<P, Vec<usize>>,
    given: BTreeMap<V, Vec<usize>>,
}

impl Meeting {
    pub(super) fn new(actions: &[Action]) -> Self {
        Self {
            all: actions.len() < SHORT || actions.iter().any(|action| !action.deleted.is_empty()),
            touched: BTreeMap::new(),
            written: BTreeMap::new(),
            given: BTreeMap::new(),
        }
    }

    /// The earlier actions, in order; notes this one for later.
    pub(super) fn with(&mut self, view: &View<'_>, at: usize, action: &Action) -> Vec<usize> {
        if self.all {
            return (0..at).collect();
        }
        let mut found: BTreeSet<usize> = BTreeSet::new();
        let binding = &action.binding;
        let things = || {
            let inputs = binding.inputs.iter().flat_map(|values| values.iter());
            binding.subject.iter().chain(inputs).copied()
        };
        let mut cells: BTreeSet<(V, P)> = action.reads.clone();
        cells.extend(action.writes.keys().copied());
        let home = binding.subject.into_iter().flat_map(|subject| {
            let homes = [
                view.service(subject),
                view.account(subject),
                view.provider(subject),
            ];
            homes.into_iter().flatten()
        });
        let outputs = binding
            .outputs
            .iter()
            .flat_map(|values| values.iter().copied());
        let roots: BTreeSet<V> = things().chain(home).chain(outputs).collect();
        for clause in &action.operation.clauses {
            looked_at(&clause.what, &mut |way| {
                let named = match way.start {
                    Start::Known(thing) => Some(thing),
                    _ => None,
                };
                if let Some((first, deeper)) = way.properties.split_first() {
                    cells.extend(roots.iter().chain(&named).map(|root| (*root, *first)));
                    for property in deeper {
                        found.extend(self.written.get(property).into_iter().flatten());
                    }
                }
            });
        }
        for (way, _) in action
            .operation
            .outputs
            .iter()
            .filter_map(|output| output.reads.as_ref())
        {
            for property in &way.properties {
                found.extend(self.written.get(property).into_iter().flatten());
            }
        }
        for cell in &cells {
            found.extend(self.touched.get(cell).into_iter().flatten());
        }
        for value in things() {
            found.extend(self.given.get(&value).into_iter().flatten());
        }
        for cell in action.reads.iter().chain(action.writes.keys()) {
            self.touched.entry(*cell).or_default().push(at);
        }
        for (_, property) in action.writes.keys() {
            self.written.entry(*property).or_default().push(at);
        }
        for value in binding.outputs.iter().flat_map(|values| values.iter()) {
            self.given.entry(*value).or_default().push(at);
        }
        found.into_iter().collect()
    }
}

/// Shows each path of a clause.
fn looked_at(clause: &Clause, show: &mut dyn FnMut(&Way)) {
    let part = |part: &Part, show: &mut dyn FnMut(&Way)| match part {
        Part::Way(way) | Part::Count(way) => show(way),
        Part::Value(_) => {}
    };
    match clause {
        Clause::Compare(left, _, right) => left
            .parts()
            .chain(right.parts())
            .for_each(|one| part(one, show)),
        Clause::In(way, parts) => {
            show(way);
            parts.iter().for_each(|one| part(one, show));
        }
        Clause::Contains(way, one) => {
            show(way);
            part(one, show);
        }
        Clause::Is(way, _) | Clause::Exists(way) => show(way),
        Clause::Not(inner) => looked_at(inner, show),
        Clause::Either(alternatives) => {
            for inner in alternatives.iter().flatten() {
                looked_at(inner, show);
            }
        }
    }
}

/// Does a clause look at cells of things that it names only, and at the same ones in every state?
pub(super) fn is_near(clause: &Clause) -> bool {
    let mut is_near = !matches!(clause, Clause::Either(_) | Clause::Not(_));
    looked_at(clause, &mut |way: &Way| {
        is_near &= way.properties.len() <= 1 && matches!(way.start, Start::Known(_));
    });
    is_near
}
