//! What a host writes a run's transitions to, and the simplest such thing.

use futures::executor::block_on;
use futures::future::{BoxFuture, FutureExt as _, ready};

use crate::error::Error;
use crate::transition::Record;

/// Where transitions are written before anything is done because of them.
pub trait Journal {
    /// Writes records durably, all of them or none, after those written before.
    ///
    /// # Errors
    /// When it is not certain that the records will be there after a crash. Nothing may be done because of them then:
    /// the run is recovered from what the journal holds.
    fn append<'a>(&'a mut self, records: &'a [Record]) -> BoxFuture<'a, Result<(), Error>>;

    /// The same, waiting for it: not for use within an asynchronous task.
    ///
    /// # Errors
    /// As [`Journal::append`].
    fn append_now(&mut self, records: &[Record]) -> Result<(), Error> {
        block_on(self.append(records))
    }
}

/// A journal that lives as long as the process.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    /// What was written.
    pub records: Vec<Record>,
}

impl Journal for MemoryJournal {
    fn append<'a>(&'a mut self, records: &'a [Record]) -> BoxFuture<'a, Result<(), Error>> {
        self.records.extend_from_slice(records);
        ready(Ok(())).boxed()
    }
}
