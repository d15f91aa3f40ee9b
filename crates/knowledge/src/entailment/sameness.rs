//! Which terms name the same thing: a union-find whose representative is the oldest term.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::terms::TermId;

/// The partition; terms that nothing was merged with are not in it.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Sameness {
    canonical: FxHashMap<TermId, TermId>,
    members: BTreeMap<TermId, Vec<TermId>>,
    /// The pairs that were said or found to be the same, in that order.
    links: BTreeMap<TermId, Vec<TermId>>,
}

impl Sameness {
    /// Has nothing been merged?
    pub(crate) fn is_empty(&self) -> bool {
        self.canonical.is_empty()
    }

    /// The representative.
    pub(crate) fn of(&self, term: TermId) -> TermId {
        if self.canonical.is_empty() {
            return term;
        }
        self.canonical.get(&term).copied().unwrap_or(term)
    }

    /// All names of a thing, sorted, by its representative; just it when there is no other.
    pub(crate) fn names(&self, canonical: TermId) -> &[TermId] {
        self.members.get(&canonical).map_or(&[], Vec::as_slice)
    }

    /// Every representative of more than one name.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &[TermId]> + '_ {
        self.members.values().map(Vec::as_slice)
    }

    /// Merges two; gives (winner, loser) of the representatives when they were apart.
    pub(crate) fn merge(&mut self, left: TermId, right: TermId) -> Option<(TermId, TermId)> {
        let (a, b) = (self.of(left), self.of(right));
        if a == b {
            return None;
        }
        self.links.entry(left).or_default().push(right);
        self.links.entry(right).or_default().push(left);
        let (winner, loser) = (a.min(b), a.max(b));
        let lost = self.members.remove(&loser).unwrap_or_else(|| vec![loser]);
        for name in &lost {
            self.canonical.insert(*name, winner);
        }
        self.canonical.insert(winner, winner);
        let all = self.members.entry(winner).or_insert_with(|| vec![winner]);
        all.extend(lost);
        all.sort_unstable();
        Some((winner, loser))
    }

    /// The links of a term.
    pub(crate) fn links(&self, term: TermId) -> &[TermId] {
        self.links.get(&term).map_or(&[], Vec::as_slice)
    }
}
