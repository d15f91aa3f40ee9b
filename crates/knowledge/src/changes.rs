//! Which cells of the world changed since someone last asked, for whoever keeps something up to date with it.
//!
//! In: what was stated, observed or taken back, and what that did to the closure. Out: [`Changes`], net: what went and came
//! back in between is no change. Nothing is noted before [`Knowledge::watch`] was called.
//! Not here: what changed to what.

use rustc_hash::FxHashMap;
use samos_model::changes::Changes;

use crate::index::Triple;
use crate::knowledge::Knowledge;
use crate::terms::{TermId, TermKind};
use crate::vocabulary as v;

/// More cells are not listed: looking at everything is as fast.
const MOST: usize = 1 << 16;

/// What was touched since the last question.
#[derive(Clone, Default, Debug)]
pub(crate) struct Watched {
    everything: bool,
    /// Of what something was stated, observed or taken back: whether all of it is known may have changed.
    cells: Vec<(TermId, TermId)>,
}

impl Watched {
    /// Anything may have changed.
    pub(crate) fn note_everything(&mut self) {
        self.everything = true;
        self.cells = Vec::new();
    }

    /// Statements of these triples came or went.
    pub(crate) fn note(&mut self, triples: &[Triple]) {
        self.note_cells(triples.iter().map(|triple| cell(*triple)));
    }

    /// Something was observed of these properties of these entities.
    pub(crate) fn note_cells(&mut self, cells: impl IntoIterator<Item = (TermId, TermId)>) {
        if !self.everything {
            self.cells.extend(cells);
        }
        if self.cells.len() > MOST {
            self.note_everything();
        }
    }
}

/// The cell that a triple speaks of.
fn cell([subject, property, value]: Triple) -> (TermId, TermId) {
    match property {
        v::SAMOS_KNOWN_EMPTY => (subject, value),
        property => (subject, property),
    }
}

impl Knowledge {
    /// From now on takes note of what changes, for [`Knowledge::changes`].
    pub fn watch(&mut self) {
        self.settle();
        self.watched = Some(Watched::default());
        self.store.closure.watch();
    }

    /// What changed since [`Knowledge::watch`], or since this was last asked. Anything, where nobody watched.
    pub fn changes(&mut self) -> Changes {
        self.settle();
        let watched = self.watched.take();
        let touched = self.store.closure.watch();
        self.watched = Some(Watched::default());
        let told = touched.filter(|touched| touched.len() <= MOST);
        match watched.filter(|watched| !watched.everything).zip(told) {
            Some((watched, touched)) => self.listed(&watched, &touched),
            None => Changes {
                everything: true,
                ..Changes::default()
            },
        }
    }

    fn listed(&self, watched: &Watched, touched: &[(Triple, bool)]) -> Changes {
        let closure = &self.store.closure;
        // Whether each was there at first: the first change of one tells.
        let mut first: FxHashMap<Triple, bool> = FxHashMap::default();
        for (triple, came) in touched {
            first.entry(*triple).or_insert(!came);
        }
        let differing = first
            .into_iter()
            .filter(|(triple, was)| closure.facts().contains(*triple) != *was);
        let mut changes = Changes::default();
        let mut add = |entity: TermId, property: TermId| {
            if self.store.terms.kind(entity) == TermKind::Literal {
                return;
            }
            let entity = self.store.iri(closure.representative(entity));
            let property = closure.representative(property);
            let mut same = closure.properties().equivalents(property);
            same.push(property);
            for property in same {
                let cell = (entity.clone(), self.store.iri(property));
                changes.cells.insert(cell);
            }
        };
        let stated = watched.cells.iter().copied();
        for (entity, property) in stated.chain(differing.map(|(triple, _)| cell(triple))) {
            add(entity, property);
        }
        changes
    }
}

#[cfg(test)]
mod tests;
