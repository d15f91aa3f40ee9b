//! The full closure as N-Triples.

use std::io::{self, Write};

use crate::knowledge::Knowledge;

/// What the closure amounts to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClosureSize {
    /// Distinct triples that were stated or observed.
    pub triples_in: usize,
    /// Triples of the closure.
    pub triples_out: usize,
    /// Bytes that the store takes, roughly.
    pub bytes: usize,
}

impl Knowledge {
    /// Writes every entailed triple, those stated included, as N-Triples; what specifications say in their texts is
    /// left out. The order is the same for the same input.
    ///
    /// # Errors
    /// When writing fails.
    pub fn entail(&mut self, out: &mut dyn Write) -> io::Result<ClosureSize> {
        self.settle();
        let store = &self.store;
        let mut triples_out = 0;
        for [s, p, o] in store.closure.matching(None, None, None) {
            writeln!(
                out,
                "{} {} {} .",
                store.terms.resolve(s),
                store.terms.resolve(p),
                store.terms.resolve(o)
            )?;
            triples_out += 1;
        }
        Ok(self.size(triples_out))
    }

    /// Counts the closure without writing it.
    pub fn closure_size(&mut self) -> ClosureSize {
        self.settle();
        let triples_out = self.store.closure.matching(None, None, None).count();
        self.size(triples_out)
    }

    fn size(&self, triples_out: usize) -> ClosureSize {
        let store = &self.store;
        let bytes = store.terms.bytes() + store.ledger.bytes() + store.closure.bytes();
        ClosureSize {
            triples_in: store.counting().len(),
            triples_out,
            bytes,
        }
    }
}
