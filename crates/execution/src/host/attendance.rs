//! Who attends a run while it is driven: what they see, and what they say to it.
//!
//! In: records once they are on the disk; events that a person wants. Out: the same to the run, at once, whatever it waits
//! for. Not here: what an event does.

use futures::StreamExt as _;
use futures::channel::{mpsc, oneshot};

use crate::error::Error;
use crate::transition::{Event, Record};

/// Who attends a run. Anything that can be called with a [`Record`] only watches.
pub trait Attendant {
    /// Sees a transition after it was journalled.
    fn saw(&mut self, record: &Record);

    /// Where the run hears what is said to it, such as [`Event::Pause`] or [`Event::Cancel`]. Asked for once, when the run
    /// begins to be driven.
    fn hearing(&mut self) -> Option<Hearing> {
        None
    }
}

impl<F: FnMut(&Record)> Attendant for F {
    fn saw(&mut self, record: &Record) {
        self(record);
    }
}

/// Nobody looks, and nobody says anything.
#[derive(Clone, Copy, Debug)]
pub struct Unattended;

impl Attendant for Unattended {
    fn saw(&mut self, _: &Record) {}
}

/// Speaks to one run, from any thread. A clone speaks to the same.
#[derive(Clone, Debug)]
pub struct Voice {
    said: mpsc::UnboundedSender<Said>,
}

/// Where a run hears its voices.
#[derive(Debug)]
pub struct Hearing {
    said: mpsc::UnboundedReceiver<Said>,
}

/// What a user says to a run, and where the answer goes.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) event: Event,
    pub(super) answer: oneshot::Sender<Result<(), Error>>,
}

/// A voice, and where it is heard.
#[must_use = "a voice without a run that hears it says nothing"]
pub fn conversation() -> (Voice, Hearing) {
    let (speaks, hears) = mpsc::unbounded();
    (Voice { said: speaks }, Hearing { said: hears })
}

impl Voice {
    /// Says something to the run; waits until it has been heard.
    ///
    /// # Errors
    /// When it does not fit the state of the run, which goes on unchanged, or when the run is not under way.
    pub async fn say(&self, event: Event) -> Result<(), Error> {
        let (answer, told) = oneshot::channel();
        let over = || Error::WrongMoment {
            verb: "speak to",
            state: "not under way".to_owned(),
        };
        let said = self.said.unbounded_send(Said { event, answer });
        said.map_err(|_| over())?;
        told.await.map_err(|_| over())?
    }

    /// Says something to the run without waiting; what does not fit is passed over.
    pub fn tell(&self, event: Event) {
        let (answer, _) = oneshot::channel();
        // A run that is not under way hears nothing.
        let _ = self.said.unbounded_send(Said { event, answer });
    }
}

impl Hearing {
    /// What is said next; `None` once nobody can say anything any more.
    pub(super) async fn next(&mut self) -> Option<Said> {
        self.said.next().await
    }

    /// What was said already.
    pub(super) fn waiting(&mut self) -> Option<Said> {
        self.said.try_recv().ok()
    }
}
