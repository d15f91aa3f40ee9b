//! Which of the types that operations name stand above which, in numbers.
//!
//! In: the types, and what stands above each. Out: lists of numbers. Made once for a catalogue, so that a question
//! about types asks the hierarchy for nothing again.

use std::sync::Arc;

use crate::bearings::Bearings;

/// For each type that a parameter or outcome names, those of them that stand above it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lineage {
    bearings: Arc<Bearings>,
    /// All lists, one after the other.
    above: Vec<usize>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Lineage {
    /// Of the types of these bearings, each of which stands above itself; `above` tells the numbers of those above one, each
    /// once, in any order.
    #[must_use = "this makes a value and changes nothing"]
    pub fn of<A: IntoIterator<Item = usize>>(
        bearings: Arc<Bearings>,
        above: impl Fn(usize) -> A,
    ) -> Self {
        let mut found = Self::default();
        for number in 0..bearings.types().len() {
            found.above.push(number);
            let others = above(number).into_iter().filter(|one| *one != number);
            found.above.extend(others);
            found.ends.push(found.above.len());
        }
        found.bearings = bearings;
        found
    }

    /// Where the types have their numbers from.
    #[must_use = "this only looks"]
    pub fn bearings(&self) -> &Bearings {
        &self.bearings
    }

    /// The numbers of the types above one, itself first.
    #[must_use = "this only looks"]
    pub fn above(&self, number: usize) -> &[usize] {
        let before = number.checked_sub(1);
        let start = before.and_then(|before| self.ends.get(before));
        let start = start.copied().unwrap_or_default();
        let end = self.ends.get(number).copied().unwrap_or_default();
        self.above.get(start..end).unwrap_or_default()
    }
}
