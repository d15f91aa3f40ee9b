//! A new plan where a run could not go on: from the state that it left, for the same question.
//!
//! In: a run. Out: plans of what is left, made from what is really so by now, and which run did it instead. Not here: approving and
//! running them.

use std::collections::BTreeSet;

use samos_model::plan::Answer;
use samos_model::{Limits, Request};

use super::RECEIPT;
use super::kept::{Kept, read_json, write_json};
use crate::{Error, Samos};

/// Which run does instead what one could not, in the folder of the latter.
const FOLLOWED: &str = "followed.json";

impl Samos {
    /// Asks the question of a run's plan again, in the world as the run left it; what the plan changes is read again first,
    /// and what is not known, where there is somebody to ask. From now on this is that world.
    ///
    /// # Errors
    /// When there is no such run, or what was read cannot be kept.
    pub fn replan(&mut self, run: &str, limits: &Limits) -> Result<Answer, Error> {
        let plan = self.run(run)?.plan;
        self.go_on_after(run)?;
        if !self.is_of_files() {
            let touched = self.touched_by(&plan);
            let requests: BTreeSet<Request> =
                touched.iter().flat_map(|one| self.readable(one)).collect();
            self.read(requests.iter().collect())?;
        }
        let answer = self.ask_again(&plan, true, limits)?;
        let needs = self.needs_of(&answer);
        if needs.is_empty() || self.fetch(&needs)? == 0 {
            return Ok(answer);
        }
        self.ask_again(&plan, true, limits)
    }

    /// Keeps which run does instead what another could not.
    pub(super) fn note_follower(&self, followed: &Kept, by: &str) -> Result<(), Error> {
        write_json(&followed.file(FOLLOWED), &by)?;
        let receipt = followed.file(RECEIPT);
        let Some(mut kept) = read_json::<serde_json::Value>(&receipt)? else {
            return Ok(());
        };
        if let Some(kept) = kept.as_object_mut() {
            kept.insert("followed_by".to_owned(), by.into());
        }
        write_json(&receipt, &kept)
    }

    /// The run that does instead what this one could not.
    pub(super) fn follower(&self, run: &str) -> Option<String> {
        // Who cannot be read is not named; the other run's journal names this one.
        read_json(&self.kept(run)?.file(FOLLOWED)).ok()?
    }
}
