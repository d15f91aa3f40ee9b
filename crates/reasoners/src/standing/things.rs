//! Numbers for things, so that sets of them are bits.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use samos_model::Iri;

/// Things by number, and the other way round. A number is never given twice.
#[derive(Clone, Default, Debug)]
pub(super) struct Things {
    names: Vec<Iri>,
    numbers: FxHashMap<Iri, u32>,
}

impl Things {
    /// The number of a thing, a new one where it has none.
    pub(super) fn number(&mut self, thing: &Iri) -> u32 {
        if let Some(number) = self.numbers.get(thing) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(thing.clone());
        self.numbers.insert(thing.clone(), number);
        number
    }

    pub(super) fn known(&self, thing: &Iri) -> Option<u32> {
        self.numbers.get(thing).copied()
    }

    pub(super) fn name(&self, number: u32) -> Option<&Iri> {
        self.names.get(usize::try_from(number).ok()?)
    }

    /// Bytes taken, roughly.
    pub(super) fn bytes(&self) -> usize {
        let entry = size_of::<(Iri, u32)>() + 1;
        let texts: usize = self.names.iter().map(|name| name.as_str().len()).sum();
        let counters = self.names.len() * size_of::<Arc<usize>>() * 2;
        self.names.capacity() * size_of::<Iri>()
            + self.numbers.capacity() * entry
            + texts
            + counters
    }
}
