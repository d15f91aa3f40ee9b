//! After a lost answer: did the request take effect? Its postcondition, read, decides.

use samos_model::value::Truth;

use super::settle::Looked;
use super::turn::Turn;
use crate::expectation::{Expectation, Is, is_underway, judge, something_new, to_confirm};
use crate::transition::{TaskId, Transition};
use samos_model::reply::Bindings;

/// What observation says about a request without an answer.
enum Verdict {
    /// It took effect, and created that.
    TookEffect(Bindings),
    /// Nothing of its effect shows.
    NothingShows,
    /// Something of it shows, or something else is going on.
    Unclear,
    /// What it should bring about held before, or nothing reads it.
    Undecidable,
}

impl Turn<'_> {
    pub(super) fn find_out(&mut self, id: TaskId) {
        let Some((operation, _)) = self.task_request(id) else {
            return;
        };
        let Some(task) = self.run.tasks.get(&id) else {
            return;
        };
        let expected = task.expectations.clone();
        let advice = self.run.policy.advice_on(id, &operation.iri);
        let may_resend = advice.is_some_and(|advice| advice.resendable);
        let none = Bindings::new();
        let look = to_confirm(self.run.live(self.world), &expected, &none);
        let verdict = match self.look(id, &look) {
            Looked::Sent => return,
            Looked::Disturbed if self.is_hopeless(id) => Verdict::Unclear,
            Looked::Disturbed => {
                self.wait(id, "a reading failed".to_owned());
                return;
            }
            Looked::All => self.verdict(id, &expected),
        };
        let late = self.is_late(id);
        match verdict {
            Verdict::TookEffect(outcomes) => {
                let by = "its postcondition, which did not hold before".to_owned();
                self.emit(Transition::Decided {
                    task: id,
                    took_effect: true,
                    outcomes,
                    by,
                });
            }
            Verdict::Undecidable if may_resend => self.resend(id, "sending it twice does no harm"),
            Verdict::Undecidable => {
                let message =
                    "what it should bring about held before, or cannot be read".to_owned();
                self.emit(Transition::Undecided { task: id, message });
            }
            Verdict::NothingShows if may_resend => self.resend(
                id,
                "nothing of its effect shows, and sending it twice does no harm",
            ),
            Verdict::NothingShows | Verdict::Unclear if !late => {
                self.wait(id, "finding out whether it took effect".to_owned())
            }
            Verdict::NothingShows => {
                self.resend(id, "nothing of its effect showed before the deadline")
            }
            Verdict::Unclear if may_resend => self.resend(id, "sending it twice does no harm"),
            Verdict::Unclear => {
                let message =
                    "what was observed neither shows its effect nor excludes it".to_owned();
                self.emit(Transition::Undecided { task: id, message });
            }
        }
    }

    /// It certainly took no effect, or may be sent twice.
    fn resend(&mut self, id: TaskId, by: &str) {
        let outcomes = Bindings::new();
        self.emit(Transition::Decided {
            task: id,
            took_effect: false,
            outcomes,
            by: by.to_owned(),
        });
        let message = "the request or its answer was lost".to_owned();
        self.again_or_fail(id, true, None, message);
    }

    fn verdict(&self, id: TaskId, expected: &[Expectation]) -> Verdict {
        let live = self.run.live(self.world);
        let none = Bindings::new();
        let found = self.find_created(id, expected, &none).unwrap_or_default();
        let deciding: Vec<&Expectation> = self
            .observable(expected, &found)
            .into_iter()
            .filter(|expectation| decides(expectation))
            .collect();
        if deciding.is_empty() {
            return Verdict::Undecidable;
        }
        let truths: Vec<Truth> = deciding
            .iter()
            .map(|expectation| judge(live, expectation, &found, true))
            .collect();
        if truths.iter().all(|truth| *truth == Truth::True) {
            return Verdict::TookEffect(found);
        }
        let newcomers = something_new(live, expected, &self.claimed(id));
        let underway = expected
            .iter()
            .any(|expectation| is_underway(live, expectation, &found));
        if truths.iter().all(|truth| *truth == Truth::False) && !underway && !newcomers {
            Verdict::NothingShows
        } else {
            Verdict::Unclear
        }
    }
}

/// Can the expectation tell before from after?
fn decides(expectation: &Expectation) -> bool {
    match expectation {
        Expectation::Holds {
            is: Is::Renewed { before },
            ..
        } => before.is_some(),
        Expectation::Holds { held_before, .. } => !held_before,
        Expectation::Created {
            count, listings, ..
        } => count.is_some_and(|count| count > 0) && !listings.is_empty(),
        Expectation::Gone { .. } => true,
    }
}
