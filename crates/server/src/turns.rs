//! Whose turn it is: runs go on at once, but for those that would change the same things, which follow one another.
//!
//! In: what each run touches, in the order of their approvals. Out: a turn, which ends when it is dropped. Where files describe
//! the world, a run begins in the world as the one before left it, so there they all follow one another. Not here: running.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use samos::Iri;
use tokio::sync::Notify;

/// The line of all runs that are under way or wait to be.
pub(crate) struct Turns {
    most: usize,
    places: Mutex<Places>,
    moved: Notify,
}

#[derive(Default)]
struct Places {
    given: u64,
    line: Vec<Place>,
}

struct Place {
    number: u64,
    touched: BTreeSet<Iri>,
    has_begun: bool,
}

/// A turn; the next begins when this is dropped.
pub(crate) struct Turn {
    turns: Arc<Turns>,
    number: u64,
}

impl Turns {
    /// A line in which no more than that many have their turn at once.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            places: Mutex::default(),
            moved: Notify::new(),
        }
    }

    /// Takes the next place in the line.
    pub(crate) fn place(self: &Arc<Self>, touched: BTreeSet<Iri>) -> Turn {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.given += 1;
        let number = places.given;
        places.line.push(Place {
            number,
            touched,
            has_begun: false,
        });
        Turn {
            turns: Arc::clone(self),
            number,
        }
    }

    /// May it begin? Then it has.
    fn begins(&self, number: u64) -> bool {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = places.line.iter().filter(|one| one.has_begun).count();
        let before: Vec<&Place> = places
            .line
            .iter()
            .take_while(|one| one.number < number)
            .collect();
        let Some(own) = places.line.iter().find(|one| one.number == number) else {
            return true;
        };
        let may = under_way < self.most
            && before
                .iter()
                .all(|one| one.touched.is_disjoint(&own.touched));
        if may && let Some(own) = places.line.iter_mut().find(|one| one.number == number) {
            own.has_begun = true;
        }
        may
    }
}

impl Turn {
    /// Waits until nothing before it touches the same, and there is room.
    pub(crate) async fn comes(&self) {
        loop {
            let moved = self.turns.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            if self.turns.begins(self.number) {
                return;
            }
            moved.await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut places = self
            .turns
            .places
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        places.line.retain(|one| one.number != self.number);
        drop(places);
        self.turns.moved.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn things(names: &[&str]) -> BTreeSet<Iri> {
        names.iter().map(|name| Iri::from(*name)).collect()
    }

    fn has_come(turn: &Turn) -> bool {
        turn.comes().now_or_never().is_some()
    }

    #[test]
    fn what_touches_the_same_follows_and_the_rest_goes_on_at_once() {
        let turns = Arc::new(Turns::new(3));
        let first = turns.place(things(&["urn:a", "urn:b"]));
        let second = turns.place(things(&["urn:b", "urn:c"]));
        let third = turns.place(things(&["urn:c"]));
        let apart = turns.place(things(&["urn:d"]));
        let empty = turns.place(things(&[]));
        let late = turns.place(things(&["urn:e"]));
        assert!(has_come(&first));
        assert!(!has_come(&second), "the first changes b");
        assert!(!has_come(&third), "the second, which waits, changes c");
        assert!(has_come(&apart) && has_come(&empty));
        assert!(!has_come(&late), "three have their turn");
        drop(first);
        assert!(has_come(&second));
        assert!(!has_come(&third) && !has_come(&late));
        drop(second);
        drop(apart);
        assert!(has_come(&third) && has_come(&late));
    }

    #[test]
    fn who_waits_is_woken() {
        let turns = Arc::new(Turns::new(1));
        let first = turns.place(things(&["urn:a"]));
        assert!(has_come(&first));
        let second = turns.place(things(&["urn:b"]));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let ends = async {
                tokio::task::yield_now().await;
                drop(first);
            };
            futures::join!(second.comes(), ends);
        });
    }
}
