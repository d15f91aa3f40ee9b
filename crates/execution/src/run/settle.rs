//! Before and after a request: looking again at the facts it rests on, and waiting until its effect shows.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::codes::execution as codes;
use samos_model::text::Path;
use samos_model::value::{Truth, Value};
use samos_model::{Iri, Kind, Operation, Request};

use super::turn::Turn;
use crate::expectation::{Expectation, Is, Look, candidates, expectations, judge, to_confirm};
use crate::facts::Cell;
use crate::looking::{cells_before, is_passing, open_conjuncts, precondition, reader_of};
use crate::scope::Scope;
use crate::transition::{Command, TaskId, Transition};
use samos_model::reply::Bindings;

/// How a round of looks went.
pub(super) enum Looked {
    /// Requests are under way.
    Sent,
    /// All that can be read has been read in this round.
    All,
    /// A reading failed, with an error that may pass.
    Disturbed,
}

impl<'a> Turn<'a> {
    pub(super) fn task_request(&self, id: TaskId) -> Option<(&'a Operation, Request)> {
        let request = self.run.tasks.get(&id)?.request.clone()?;
        Some((self.world.operation(&request.operation)?, request))
    }

    /// Asks for what was not yet read in this round. What was read before the deadline for looking says nothing after it.
    pub(super) fn look(&mut self, id: TaskId, look: &Look) -> Looked {
        let Some(task) = self.run.tasks.get(&id) else {
            return Looked::All;
        };
        if task.looks.disturbed {
            return Looked::Disturbed;
        }
        let live = self.run.live(self.world);
        let mut requests: BTreeSet<Request> = look
            .cells
            .iter()
            .filter_map(|cell| reader_of(live, self.readers(), cell))
            .collect();
        requests.extend(
            look.probes
                .iter()
                .filter(|probe| !live.is_gone(&probe.subject))
                .cloned(),
        );
        let until_ms = task.looks.until_ms;
        let counts_from_ms = if self.now_ms < until_ms { 0 } else { until_ms };
        let is_read = |request: &Request| {
            let read_ms = task.looks.done.get(request);
            read_ms.is_some_and(|at_ms| *at_ms >= counts_from_ms)
        };
        let requests: Vec<Request> = requests
            .into_iter()
            .filter(|request| !is_read(request))
            .collect();
        if requests.is_empty() {
            return Looked::All;
        }
        self.run.awaited.insert(id);
        self.command(Command::Observe { task: id, requests });
        Looked::Sent
    }

    /// Is the time for looking over?
    pub(super) fn is_late(&self, id: TaskId) -> bool {
        self.run
            .tasks
            .get(&id)
            .is_none_or(|task| self.now_ms >= task.looks.until_ms)
    }

    /// Have readings failed for so long after the deadline that it makes no sense to go on?
    pub(super) fn is_hopeless(&self, id: TaskId) -> bool {
        let grace_ms = self.run.policy.confirm_ms;
        self.run
            .tasks
            .get(&id)
            .is_none_or(|task| self.now_ms >= task.looks.until_ms.saturating_add(grace_ms))
    }

    /// Another round after a pause.
    pub(super) fn wait(&mut self, id: TaskId, why: String) {
        let (rounds, until_ms) = self
            .run
            .tasks
            .get(&id)
            .map_or((0, 0), |task| (task.looks.rounds, task.looks.until_ms));
        let operation = self.run.operation_of(self.world, id);
        let advice = operation.and_then(|it| self.run.policy.advice_on(id, &it.iri));
        let pause_ms = self.run.policy.pause_ms(advice, rounds);
        let next_ms = self.now_ms.saturating_add(pause_ms);
        // The last look is at the deadline, not past it.
        let until_ms = if self.now_ms < until_ms {
            next_ms.min(until_ms)
        } else {
            next_ms
        };
        self.emit(Transition::Waiting {
            task: id,
            until_ms,
            why,
        });
    }

    /// Looks at the facts again and, where all is well, sends the request.
    pub(super) fn recheck(&mut self, id: TaskId) {
        let Some((operation, request)) = self.task_request(id) else {
            return;
        };
        let paths: BTreeMap<String, Path> = if id.undo.is_none() {
            self.run.needed_before(id.step)
        } else {
            BTreeMap::new()
        };
        let also: Vec<Path> = paths.values().cloned().collect();
        let live = self.run.live(self.world);
        if live.is_gone(&request.subject) {
            self.cannot(
                id,
                codes::SUBJECT_GONE,
                format!("`{}` exists no more", self.world.compact(&request.subject)),
            );
            return;
        }
        let look = Look {
            cells: cells_before(live, operation, &request, &also),
            probes: BTreeSet::new(),
        };
        match self.look(id, &look) {
            Looked::Sent => return,
            Looked::Disturbed if self.is_hopeless(id) => {
                self.fail(
                    id,
                    codes::REFUSED,
                    None,
                    self.unread(id, "the facts it rests on could not be read"),
                    false,
                );
                return;
            }
            Looked::Disturbed => {
                self.wait(id, "a reading failed".to_owned());
                return;
            }
            Looked::All => {}
        }
        let live = self.run.live(self.world);
        let open = open_conjuncts(live, operation, &request);
        if precondition(live, operation, &request) == Truth::False {
            let refuted: Vec<String> = open
                .into_iter()
                .filter(|(_, truth)| *truth == Truth::False)
                .map(|(text, _)| format!("`{text}`"))
                .collect();
            let message = format!(
                "{} does not hold for `{}`",
                refuted.join(" and "),
                self.world.compact(&request.subject)
            );
            if is_passing(live, &look.cells) && !self.is_late(id) {
                self.wait(id, format!("{message} yet"));
            } else {
                self.cannot(id, codes::PRECONDITION_FAILED, message);
            }
            return;
        }
        self.send(
            id,
            operation,
            request,
            &paths,
            open.into_iter().map(|(text, _)| text).collect(),
        );
    }

    fn send(
        &mut self,
        id: TaskId,
        operation: &Operation,
        request: Request,
        paths: &BTreeMap<String, Path>,
        unseen: Vec<String>,
    ) {
        let live = self.run.live(self.world);
        let none = Bindings::new();
        let scope = Scope::new(live, &request, &none);
        let before = paths
            .iter()
            .map(|(text, path)| {
                (
                    text.clone(),
                    scope.follow(path).values.into_iter().collect(),
                )
            })
            .collect();
        let expectations = match operation.kind {
            Kind::Information => Vec::new(),
            Kind::Manipulation => expectations(live, operation, &request),
        };
        let attempt = self.run.tasks.get(&id).map_or(0, |task| task.attempts) + 1;
        self.emit(Transition::Intent {
            task: id,
            attempt,
            expectations,
            before,
            unseen,
        });
        self.call(id, request, attempt);
    }

    /// The request cannot be sent; where it would take something back, that may already be so.
    fn cannot(&mut self, id: TaskId, code: &str, message: String) {
        if self.is_taken_back(id, false) {
            self.emit(Transition::Done { task: id });
        } else {
            self.fail(id, code, None, message, false);
        }
    }

    /// Waits until the effect shows.
    pub(super) fn confirm(&mut self, id: TaskId) {
        let Some((operation, request)) = self.task_request(id) else {
            return;
        };
        if operation.kind == Kind::Information {
            self.confirm_reading(id, operation);
            return;
        }
        let Some(task) = self.run.tasks.get(&id) else {
            return;
        };
        let expected = task.expectations.clone();
        let outcomes = task.outcomes.clone();
        let mut look = to_confirm(self.run.live(self.world), &expected, &outcomes);
        let advice = self.run.policy.advice_on(id, &operation.iri);
        if let Some(confirmation) = advice.and_then(|advice| advice.confirmation.as_ref()) {
            look.probes
                .extend(confirmation.requests(&request, &outcomes));
        }
        let disturbed = match self.look(id, &look) {
            Looked::Sent => return,
            Looked::Disturbed => true,
            Looked::All => false,
        };
        if !disturbed {
            if let Some(found) = self.find_created(id, &expected, &outcomes) {
                let by = "a listing that holds what is new".to_owned();
                self.emit(Transition::Decided {
                    task: id,
                    took_effect: true,
                    outcomes: found,
                    by,
                });
                return;
            }
            let open = self.not_yet(id, &expected, &outcomes);
            let live = self.run.live(self.world);
            // What may not be read is taken for granted, but not where the mapping says what that means.
            let is_proven = expected
                .iter()
                .all(|one| judge(live, one, &outcomes, false) == Truth::True);
            if !is_proven && self.fails_for_good(id, &request, &open) {
                return;
            }
            if open.is_empty() {
                self.emit(Transition::Done { task: id });
                return;
            }
            if !self.is_late(id) {
                self.wait(id, format!("waiting for {}", open.join(", ")));
                return;
            }
            let subject = self.world.compact(&request.subject);
            let what = format!("{} was not observed of `{subject}`", open.join(", "));
            let message = self.unread(id, &what);
            self.fail(id, codes::POSTCONDITION_NOT_REACHED, None, message, true);
            return;
        }
        if self.fails_for_good(id, &request, &[]) {
            return;
        }
        if self.is_hopeless(id) {
            let message = self.unread(id, "its effect could not be read");
            self.fail(id, codes::POSTCONDITION_NOT_REACHED, None, message, true);
        } else {
            self.wait(id, "a reading failed".to_owned());
        }
    }

    /// Ends a wait in which something was read that the mapping calls a failure.
    fn fails_for_good(&mut self, id: TaskId, request: &Request, open: &[String]) -> bool {
        let task = self.run.tasks.get(&id);
        let Some(seen) = task.and_then(|task| task.looks.failure.clone()) else {
            return false;
        };
        let subject = self.world.compact(&request.subject);
        let what = match open {
            [] => "its effect".to_owned(),
            open => open.join(", "),
        };
        let message = format!("{what} will not come for `{subject}`: {seen}");
        self.fail(id, codes::EFFECT_WILL_NOT_COME, None, message, true);
        true
    }

    /// What could not be read, and what was said to that.
    fn unread(&self, id: TaskId, what: &str) -> String {
        let refused = self
            .run
            .tasks
            .get(&id)
            .and_then(|task| task.looks.refused.last());
        match refused {
            Some((_, said)) => format!("{what}: {said}"),
            None => what.to_owned(),
        }
    }

    /// A reading is done when it gave every value that is needed later.
    fn confirm_reading(&mut self, id: TaskId, operation: &Operation) {
        let Some(task) = self.run.tasks.get(&id) else {
            return;
        };
        let needed = self.run.needed_outcomes(id.step);
        let missing: Vec<String> = needed
            .iter()
            .filter(|name| task.outcomes.get(*name).is_none_or(Vec::is_empty))
            .map(|name| format!("`{name}`"))
            .collect();
        if missing.is_empty() {
            self.emit(Transition::Done { task: id });
            return;
        }
        let message = format!(
            "`{}` gave no {}",
            self.world.compact(&operation.iri),
            missing.join(", ")
        );
        if self.is_late(id) {
            self.fail(id, codes::VALUE_MISSING, None, message, false);
        } else {
            self.wait(id, message);
        }
    }

    /// What an outcome without values created, where a listing tells exactly.
    pub(super) fn find_created(
        &self,
        id: TaskId,
        expected: &[Expectation],
        outcomes: &Bindings,
    ) -> Option<Bindings> {
        let mut found = Bindings::new();
        for expectation in expected {
            let Expectation::Created {
                outcome,
                count: Some(count),
                ..
            } = expectation
            else {
                continue;
            };
            if outcomes
                .get(outcome)
                .is_some_and(|values| !values.is_empty())
                || *count == 0
            {
                continue;
            }
            let new = candidates(
                self.run.live(self.world),
                expected,
                outcome,
                &self.claimed(id),
            );
            if u32::try_from(new.len()) == Ok(*count) {
                found.insert(outcome.clone(), new);
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// What other tasks gave.
    pub(super) fn claimed(&self, id: TaskId) -> BTreeSet<Value> {
        let others = self.run.tasks.iter().filter(|(other, _)| **other != id);
        others
            .flat_map(|(_, task)| task.outcomes.values().flatten().cloned())
            .collect()
    }

    /// The expectations that can be observed and are not met, in words.
    fn not_yet(&self, id: TaskId, expected: &[Expectation], outcomes: &Bindings) -> Vec<String> {
        let live = self.run.live(self.world);
        // What the provider does not let anybody read will not show, however long one waits.
        let refused = |cell: &Cell| {
            let task = self.run.tasks.get(&id);
            reader_of(live, self.readers(), cell)
                .zip(task)
                .is_some_and(|(reader, task)| {
                    task.looks.refused.iter().any(|(was, _)| *was == reader)
                })
        };
        let is_hidden = |expectation: &Expectation| {
            let look = to_confirm(live, std::slice::from_ref(expectation), outcomes);
            look.probes.is_empty() && !look.cells.is_empty() && look.cells.iter().all(refused)
        };
        self.observable(expected, outcomes)
            .into_iter()
            .filter(|expectation| judge(live, expectation, outcomes, false) != Truth::True)
            .filter(|expectation| !is_hidden(expectation))
            .map(|expectation| self.in_words(expectation))
            .collect()
    }

    /// The expectations that something reads. A number on which others may count too is left out where there is more.
    pub(super) fn observable<'e>(
        &self,
        expected: &'e [Expectation],
        outcomes: &Bindings,
    ) -> Vec<&'e Expectation> {
        let live = self.run.live(self.world);
        let is_read = |expectation: &&Expectation| match expectation {
            Expectation::Created { .. } => true,
            one => {
                let look = to_confirm(live, std::slice::from_ref(*one), outcomes);
                !look.probes.is_empty()
                    || look
                        .cells
                        .iter()
                        .any(|cell| reader_of(live, self.readers(), cell).is_some())
                    || matches!(one, Expectation::Gone { entity, .. } if live.is_gone(entity))
            }
        };
        let read: Vec<&Expectation> = expected.iter().filter(is_read).collect();
        let is_number = |expectation: &Expectation| {
            matches!(
                expectation,
                Expectation::Holds {
                    is: Is::Number(_),
                    ..
                }
            )
        };
        if read.iter().any(|expectation| !is_number(expectation)) {
            read.into_iter()
                .filter(|expectation| !is_number(expectation))
                .collect()
        } else {
            read
        }
    }

    fn in_words(&self, expectation: &Expectation) -> String {
        let of = |entity: &Iri, property: &Iri| {
            format!("`{}` of `{}`", property.local(), self.world.compact(entity))
        };
        match expectation {
            Expectation::Holds {
                holder: crate::expectation::Holder::Entity(entity),
                property,
                ..
            } => of(entity, property),
            Expectation::Holds {
                holder: crate::expectation::Holder::Outcome(name),
                property,
                ..
            } => {
                format!("`{}` of each of `{name}`", property.local())
            }
            Expectation::Created { outcome, .. } => format!("`{outcome}`"),
            Expectation::Gone { entity, .. } => {
                format!("the end of `{}`", self.world.compact(entity))
            }
        }
    }

    /// Is what an undo would bring about already so? A created thing counts as taken back when it is gone or ended.
    pub(super) fn is_taken_back(&self, id: TaskId, not_found: bool) -> bool {
        if id.undo.is_none() {
            return false;
        }
        let Some((operation, request)) = self.task_request(id) else {
            return false;
        };
        let live = self.run.live(self.world);
        let created = self
            .run
            .tasks
            .get(&TaskId::step(id.step))
            .is_some_and(|step| {
                step.expectations
                    .iter()
                    .any(|expectation| match expectation {
                        Expectation::Created { outcome, .. } => {
                            step.outcomes.get(outcome).is_some_and(|values| {
                                values.contains(&Value::Entity(request.subject.clone()))
                            })
                        }
                        _ => false,
                    })
            });
        if created
            && (not_found
                || live.is_gone(&request.subject)
                || crate::looking::is_ended(live, &request.subject))
        {
            return true;
        }
        if live.is_gone(&request.subject) {
            return false;
        }
        let expected = expectations(live, operation, &request);
        let none = Bindings::new();
        !expected.is_empty()
            && expected
                .iter()
                .all(|expectation| judge(live, expectation, &none, false) == Truth::True)
    }
}
