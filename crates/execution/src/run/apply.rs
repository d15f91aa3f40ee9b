//! The fold: how each transition changes a run. The only place where a run changes, live or while recovering.

use samos_model::confirmation::Verdict;
use samos_model::vocabulary::samos;
use samos_model::world::{Observation, World};
use samos_model::{Iri, Kind, Operation};

use super::watching::{GOAL, is_foreseen};
use super::{Looks, Phase, Run, Task, TaskState};
use crate::expectation::record;
use crate::looking::learn;
use crate::transition::{Reading, Record, TaskId, Transition};
use samos_model::reply::Bindings;
use samos_model::reply::{CallError, ErrorClass, Outcomes};

impl Run {
    /// Changes the run by one transition.
    pub(super) fn apply(&mut self, world: &dyn World, record: &Record) {
        let at_ms = record.at_ms;
        self.transitions += 1;
        self.latest_ms = self.latest_ms.max(at_ms);
        match &record.transition {
            Transition::Begun { .. } => {}
            Transition::Approved => self.phase = Phase::Running,
            Transition::Allowed { allowance } => self.policy.allow(allowance),
            Transition::Paused => self.paused = true,
            Transition::Resumed => self.resume(world, at_ms),
            Transition::Stopping { cause } => {
                self.phase = Phase::Stopping(*cause);
                self.paused = false;
            }
            Transition::Undoing { tasks, exceptions } => {
                self.phase = Phase::Undoing;
                self.ended_ms = None;
                self.exceptions.clone_from(exceptions);
                self.undo_order.clear();
                for undo in tasks {
                    let task = Task {
                        request: Some(undo.request.clone()),
                        ..Task::waiting()
                    };
                    self.tasks.insert(undo.task, task);
                    self.undo_order.push(undo.task);
                }
            }
            Transition::Finished(ending) => {
                self.phase = Phase::Finished(ending.clone());
                self.ended_ms = Some(at_ms);
            }
            Transition::Spoiled { failure } => self.goal_failure = Some(failure.clone()),
            Transition::Observed { task, readings } => self.observed(world, *task, readings, at_ms),
            other => {
                if let Some(task) = other.task() {
                    self.apply_to_task(world, task, other, at_ms);
                }
            }
        }
    }

    fn apply_to_task(
        &mut self,
        world: &dyn World,
        id: TaskId,
        transition: &Transition,
        at_ms: u64,
    ) {
        let patience_ms = self.patience_ms(world, id);
        let until_ms = at_ms.saturating_add(patience_ms);
        let oldest_ms = at_ms.saturating_sub(self.policy.longest_backoff_ms);
        let is_reading = self
            .operation_of(world, id)
            .is_some_and(|operation| operation.kind == Kind::Information);
        match transition {
            Transition::Answered { outcomes, .. } => self.answered(world, id, outcomes, at_ms),
            Transition::Done { .. } => self.record_effects(world, id, at_ms),
            _ => {}
        }
        let Some(task) = self.tasks.get_mut(&id) else {
            return;
        };
        match transition {
            Transition::Bound { request, .. } => {
                task.request = Some(request.clone());
                task.started_ms = task.started_ms.or(Some(at_ms));
                task.begin(TaskState::Rechecking, until_ms);
            }
            Transition::Waiting { until_ms, .. } => task.wait(*until_ms, oldest_ms, is_reading),
            Transition::Intent {
                attempt,
                expectations,
                before,
                unseen,
                ..
            } => {
                task.state = TaskState::Calling;
                task.attempts = *attempt;
                task.expectations.clone_from(expectations);
                task.before.clone_from(before);
                task.unseen.clone_from(unseen);
                task.outcomes.clear();
            }
            Transition::Answered { .. } => {
                let until_ms = if is_reading {
                    task.looks.until_ms
                } else {
                    until_ms
                };
                let rounds = if is_reading { task.looks.rounds } else { 0 };
                task.begin(TaskState::Confirming, until_ms);
                task.looks.rounds = rounds;
            }
            Transition::Refused { .. } => {
                task.refusals += 1;
                task.state = TaskState::Rechecking;
                task.looks.done.clear();
            }
            Transition::Lost { .. } if is_reading => {
                task.refusals += 1;
                task.state = TaskState::Rechecking;
                task.looks.done.clear();
            }
            Transition::Lost { .. } => task.begin(TaskState::Unanswered, until_ms),
            Transition::Decided {
                took_effect: true,
                outcomes,
                ..
            } => {
                task.outcomes.extend(outcomes.clone());
                task.begin(TaskState::Confirming, until_ms);
            }
            Transition::Decided {
                took_effect: false, ..
            } => {
                task.refusals += 1;
                task.failure = None;
                task.ended_ms = None;
                task.begin(TaskState::Rechecking, until_ms);
            }
            Transition::Done { .. } => task.settle(TaskState::Done, at_ms),
            Transition::Failed { failure, .. } => {
                task.failure = Some(failure.clone());
                task.settle(TaskState::Failed, at_ms);
            }
            Transition::Undecided { .. } => task.settle(TaskState::Unknown, at_ms),
            Transition::Skipped { .. } => task.settle(TaskState::Skipped, at_ms),
            _ => {}
        }
        if let Transition::Decided {
            took_effect: true,
            outcomes,
            ..
        } = transition
        {
            self.adopt(world, id, outcomes, at_ms);
        }
    }

    /// The operation of a task.
    pub(super) fn operation_of<'w>(
        &self,
        world: &'w dyn World,
        id: TaskId,
    ) -> Option<&'w Operation> {
        match self.tasks.get(&id).and_then(|task| task.request.as_ref()) {
            Some(request) => world.operation(&request.operation),
            None => self
                .plan
                .step(id.step)
                .and_then(|step| world.operation(&step.operation)),
        }
    }

    fn patience_ms(&self, world: &dyn World, id: TaskId) -> u64 {
        let operation = self.operation_of(world, id);
        let advice = operation.and_then(|it| self.policy.advice_on(id, &it.iri));
        self.policy.patience_ms(operation, advice)
    }

    /// By what a reading says that the effect of a task will not come, as its mapping has it.
    fn failure_in(&self, world: &dyn World, id: TaskId, reading: &Reading) -> Option<String> {
        let task = self.tasks.get(&id)?;
        let request = task.request.as_ref()?;
        if task.state != TaskState::Confirming {
            return None;
        }
        let advice = self.policy.advice_on(id, &request.operation)?;
        let confirmation = advice.confirmation.as_ref()?;
        let polled = confirmation.requests(request, &task.outcomes);
        if !polled.contains(&reading.request) {
            return None;
        }
        let acceptor = confirmation.judge(&self.live(world), &reading.answer)?;
        (acceptor.verdict == Verdict::Failure).then(|| acceptor.on.to_string())
    }

    fn observed(&mut self, world: &dyn World, id: TaskId, readings: &[Reading], at_ms: u64) {
        for reading in readings {
            let mut answered = true;
            let mut refused = None;
            match &reading.answer {
                Ok(outcomes) => {
                    if let Some(operation) = world.operation(&reading.request.operation) {
                        learn(
                            &mut self.facts,
                            world,
                            operation,
                            &reading.request,
                            outcomes,
                            &time(at_ms),
                        );
                    }
                }
                // A service does not end: what is not found is something of it.
                Err(CallError::Refused {
                    class: ErrorClass::NotFound,
                    ..
                }) if !world.has_type(&reading.request.subject, &Iri::from(samos::SERVICE)) => {
                    self.facts.delete(world, &reading.request.subject);
                }
                Err(CallError::Refused { class, message, .. }) => {
                    answered = !class.is_passing();
                    refused = Some(format!(
                        "`{}`: {message}",
                        world.compact(&reading.request.operation)
                    ));
                }
                Err(CallError::Lost { .. }) => answered = false,
            }
            let failure = self.failure_in(world, id, reading);
            if let Some(task) = self.tasks.get_mut(&id) {
                task.looks.failure = task.looks.failure.take().or(failure);
                if answered {
                    task.looks.done.insert(reading.request.clone(), at_ms);
                } else {
                    task.looks.disturbed = true;
                }
                if let Some(said) = refused {
                    task.looks.refused.push((reading.request.clone(), said));
                }
            }
        }
    }

    fn answered(&mut self, world: &dyn World, id: TaskId, outcomes: &Outcomes, at_ms: u64) {
        let Some(operation) = self.operation_of(world, id) else {
            return;
        };
        let Some(request) = self.tasks.get(&id).and_then(|task| task.request.clone()) else {
            return;
        };
        let bound = learn(
            &mut self.facts,
            world,
            operation,
            &request,
            outcomes,
            &time(at_ms),
        );
        if let Some(task) = self.tasks.get_mut(&id) {
            task.outcomes = bound;
        }
    }

    /// What observation found that a lost request created is what its outcome names, and belongs where the subject
    /// belongs.
    fn adopt(&mut self, world: &dyn World, id: TaskId, outcomes: &Bindings, at_ms: u64) {
        let Some(operation) = self.operation_of(world, id) else {
            return;
        };
        let Some(request) = self.tasks.get(&id).and_then(|task| task.request.clone()) else {
            return;
        };
        let answer = Outcomes {
            values: outcomes.clone(),
            entities: Vec::new(),
        };
        let mut facts = std::mem::take(&mut self.facts);
        learn(
            &mut facts,
            world,
            operation,
            &request,
            &answer,
            &time(at_ms),
        );
        self.facts = facts;
    }

    /// What the effects say, where no observation does.
    fn record_effects(&mut self, world: &dyn World, id: TaskId, at_ms: u64) {
        let Some(operation) = self.operation_of(world, id) else {
            return;
        };
        let seen = Observation {
            at: time(at_ms),
            source: operation.iri.to_string(),
        };
        if let Some(task) = self.tasks.get(&id) {
            let (facts, outcomes) = (&mut self.facts, &task.outcomes);
            record(facts, world, &task.expectations, outcomes, &seen);
        }
    }

    /// What had failed before it was sent, or was skipped, waits again; what may have taken effect is looked at again.
    fn resume(&mut self, world: &dyn World, at_ms: u64) {
        self.paused = false;
        if !matches!(self.phase, Phase::Finished(_)) {
            return;
        }
        let patience: Vec<(TaskId, u64)> = self
            .tasks
            .keys()
            .map(|id| {
                let patience_ms = self.patience_ms(world, *id);
                (*id, at_ms.saturating_add(patience_ms))
            })
            .collect();
        let undoing = !self.undo_order.is_empty();
        self.phase = if undoing {
            Phase::Undoing
        } else {
            Phase::Running
        };
        self.ended_ms = None;
        self.timed_from_ms = at_ms;
        if self.goal_failure.take().is_some() {
            self.unheeded.insert(GOAL);
        }
        for (id, until_ms) in patience {
            let Some(task) = self
                .tasks
                .get_mut(&id)
                .filter(|_| !undoing || id.undo.is_some())
            else {
                continue;
            };
            let failure = task.failure.take();
            if failure.as_ref().is_some_and(is_foreseen) {
                self.unheeded.insert(id.step);
            }
            let after_effect = failure.is_some_and(|failure| failure.after_effect);
            let again = match task.state {
                TaskState::Failed if after_effect => TaskState::Confirming,
                TaskState::Failed | TaskState::Skipped => TaskState::Waiting,
                TaskState::Unknown => TaskState::Unanswered,
                other => other,
            };
            if again != task.state {
                task.ended_ms = None;
                task.refusals = 0;
                task.begin(again, until_ms);
            }
        }
    }
}

impl Task {
    fn begin(&mut self, state: TaskState, until_ms: u64) {
        self.state = state;
        self.looks = Looks {
            until_ms,
            ..Looks::default()
        };
    }

    fn settle(&mut self, state: TaskState, at_ms: u64) {
        self.state = state;
        self.ended_ms = Some(at_ms);
        self.looks = Looks::default();
    }

    /// A new round of looks begins at that time; a reading whose answer lacked something is made again. After a round in
    /// which a reading failed, only that one is repeated: many at once may never all be answered in one. What a request is
    /// sent on must not be old, though.
    fn wait(&mut self, until_ms: u64, oldest_ms: u64, is_reading: bool) {
        let oldest_ms = match (self.looks.disturbed, self.state) {
            (false, _) => u64::MAX,
            (true, TaskState::Rechecking) => oldest_ms,
            (true, _) => 0,
        };
        self.looks.done.retain(|_, at_ms| *at_ms >= oldest_ms);
        let done = &self.looks.done;
        let refused = &mut self.looks.refused;
        refused.retain(|(request, _)| done.contains_key(request));
        self.looks.disturbed = false;
        self.looks.failure = None;
        self.looks.rounds += 1;
        self.looks.again_ms = Some(until_ms);
        if is_reading && matches!(self.state, TaskState::Calling | TaskState::Confirming) {
            self.state = TaskState::Rechecking;
        }
    }
}

impl Transition {
    /// The task it is about.
    #[must_use = "reading has no other effect"]
    pub fn task(&self) -> Option<TaskId> {
        match self {
            Self::Bound { task, .. }
            | Self::Observed { task, .. }
            | Self::Waiting { task, .. }
            | Self::Intent { task, .. }
            | Self::Answered { task, .. }
            | Self::Refused { task, .. }
            | Self::Lost { task, .. }
            | Self::Decided { task, .. }
            | Self::Done { task }
            | Self::Failed { task, .. }
            | Self::Undecided { task, .. }
            | Self::Skipped { task } => Some(*task),
            Self::Begun { .. }
            | Self::Approved
            | Self::Allowed { .. }
            | Self::Paused
            | Self::Resumed
            | Self::Stopping { .. }
            | Self::Spoiled { .. }
            | Self::Undoing { .. }
            | Self::Finished(_) => None,
        }
    }
}

/// RFC 3339 in UTC.
#[must_use = "formatting has no other effect"]
pub fn time(at_ms: u64) -> String {
    i64::try_from(at_ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        .map_or_else(|| at_ms.to_string(), |time| time.to_string())
}
