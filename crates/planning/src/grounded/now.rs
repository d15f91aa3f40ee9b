//! The facts as they stand after some steps: what the steps changed, laid over the live world.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::lifted::{Deed, Need, Rule, Term};
use crate::view::{Cell, P, V, View};

/// What a term stands for with the variables bound so far.
pub(super) fn resolve(view: &View<'_>, term: Term, bound: &[Option<V>]) -> Option<V> {
    match term {
        Term::Known(value) => Some(value),
        Term::Variable(variable) => bound.get(variable).copied().flatten(),
        Term::Home(which) => {
            let subject = bound.first().copied().flatten()?;
            match which {
                0 => view.provider(subject),
                1 => view.account(subject),
                _ => view.service(subject),
            }
        }
    }
}

/// Cells that differ from the live world.
#[derive(Clone, Debug, Default)]
pub(super) struct Now {
    cells: FxHashMap<(V, P), Rc<Cell>>,
}

/// Cells as they were before a request, by which it is taken back.
pub(super) type Before = Vec<((V, P), Rc<Cell>)>;

impl Now {
    /// What is known of a cell.
    pub(super) fn cell(&self, view: &View<'_>, owner: V, property: P) -> Rc<Cell> {
        let changed = self.cells.get(&(owner, property));
        changed.map_or_else(|| view.cell(owner, property), Rc::clone)
    }

    /// Is it certain that the cell does not hold the value?
    pub(super) fn lacks(&self, view: &View<'_>, owner: V, property: P, value: V) -> bool {
        let cell = self.cell(view, owner, property);
        !cell.members.contains(&value) && (cell.complete || cell.absent.contains(&value))
    }

    /// Is the need, all of whose terms are known, met?
    pub(super) fn meets(&self, view: &View<'_>, need: &Need) -> bool {
        let known = |term: &Term| resolve(view, *term, &[]);
        match need {
            Need::Has(owner, property, value) => {
                known(owner)
                    .zip(known(value))
                    .is_some_and(|(owner, value)| {
                        self.cell(view, owner, *property).members.contains(&value)
                    })
            }
            Need::Lacks(owner, property, value) => known(owner)
                .zip(known(value))
                .is_some_and(|(owner, value)| self.lacks(view, owner, *property, value)),
            Need::Some(owner, property) => known(owner)
                .is_some_and(|owner| !self.cell(view, owner, *property).members.is_empty()),
            Need::Empty(owner, property) => known(owner).is_some_and(|owner| {
                let cell = self.cell(view, owner, *property);
                cell.complete && cell.members.is_empty()
            }),
        }
    }

    /// Does what a rule does with these values; gives the cells as they were.
    pub(super) fn carry_out(
        &mut self,
        view: &View<'_>,
        rule: &Rule,
        values: &[V],
    ) -> Option<Before> {
        let bound: Vec<Option<V>> = values.iter().copied().map(Some).collect();
        let known = |term: Term| resolve(view, term, &bound);
        let mut added: Vec<((V, P), V)> = Vec::new();
        let mut next: Vec<((V, P), Cell)> = Vec::new();
        let mut before: Before = Vec::new();
        let mut seen: FxHashSet<(V, P)> = FxHashSet::default();
        for deed in &rule.deeds {
            let (Deed::Set(owner, property, _)
            | Deed::Add(owner, property, _)
            | Deed::Remove(owner, property, _)
            | Deed::Clear(owner, property)) = deed;
            let place = (known(*owner)?, *property);
            if seen.insert(place) {
                let cell = self.cell(view, place.0, place.1);
                next.push((place, (*cell).clone()));
                before.push((place, cell));
            }
            let (_, cell) = next.iter_mut().find(|(other, _)| *other == place)?;
            match deed {
                Deed::Set(.., value) => {
                    *cell = Cell::known(Vec::new());
                    added.push((place, known(*value)?));
                }
                Deed::Add(.., value) => {
                    if view.schema(*property).functional {
                        *cell = Cell::known(Vec::new());
                    }
                    added.push((place, known(*value)?));
                }
                Deed::Remove(.., value) => {
                    let value = known(*value)?;
                    cell.members.retain(|member| *member != value);
                    if !cell.complete && !cell.absent.contains(&value) {
                        cell.absent.push(value);
                        cell.absent.sort_unstable();
                    }
                }
                Deed::Clear(..) => *cell = Cell::known(Vec::new()),
            }
        }
        for (place, value) in added {
            let (_, cell) = next.iter_mut().find(|(other, _)| *other == place)?;
            cell.absent.retain(|absent| *absent != value);
            if !cell.members.contains(&value) {
                cell.members.push(value);
                cell.members.sort_unstable();
            }
        }
        self.cells
            .extend(next.into_iter().map(|(place, cell)| (place, Rc::new(cell))));
        Some(before)
    }

    /// Takes requests back, the last one first.
    pub(super) fn take_back(&mut self, before: Vec<Before>) {
        for (place, cell) in before.into_iter().rev().flatten() {
            self.cells.insert(place, cell);
        }
    }
}
