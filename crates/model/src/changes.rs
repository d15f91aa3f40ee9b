//! What may be different in a live world from what it was when someone last looked.
//!
//! In: nothing; whoever owns the facts fills it. Out: the cells to be looked at again. It may name too many, never too
//! few. Not here: the old values, and the new ones.

use std::collections::BTreeSet;

use crate::name::Iri;

/// The cells that may be different. See the module's text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Changes {
    /// Anything may be: the ontology changed, names turned out to be of one thing, or the list would be too long.
    pub everything: bool,
    /// A property of an entity, under the names that the world answers with; `rdf:type` for what an entity is.
    pub cells: BTreeSet<(Iri, Iri)>,
}

impl Changes {
    /// Is nothing different?
    #[must_use = "reading has no other effect"]
    pub fn is_empty(&self) -> bool {
        !self.everything && self.cells.is_empty()
    }

    /// Takes note of later ones, too.
    pub fn extend(&mut self, later: Self) {
        self.everything |= later.everything;
        self.cells.extend(later.cells);
    }
}
