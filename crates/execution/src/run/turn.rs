//! One turn: an event, the transitions it causes, and the commands they ask for.

use samos_model::codes::execution as codes;
use samos_model::world::World;
use samos_model::{Kind, Request};

use super::{Phase, Run, Task, TaskState};
use crate::error::Error;
use crate::looking::{self, Readers};
use crate::transition::{Cause, Command, Ending, Event, Failure, Record, TaskId, Transition};
use samos_model::reply::ErrorClass;

/// A run at one moment, with the commands gathered so far.
pub(super) struct Turn<'a> {
    pub(super) run: &'a mut Run,
    pub(super) world: &'a dyn World,
    pub(super) now_ms: u64,
    commands: Vec<Command>,
    wake_ms: Option<u64>,
    readers: std::cell::OnceCell<Readers<'a>>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(run: &'a mut Run, world: &'a dyn World, now_ms: u64) -> Self {
        Self {
            run,
            world,
            now_ms,
            commands: Vec::new(),
            wake_ms: None,
            readers: std::cell::OnceCell::new(),
        }
    }

    pub(super) fn take(mut self, event: Event) -> Result<Vec<Command>, Error> {
        match event {
            Event::Started => self.started(),
            Event::Approved { manipulations } => self.approved(manipulations)?,
            Event::Observed { task, readings } => {
                if self.run.awaited.remove(&task) {
                    self.emit(Transition::Observed { task, readings });
                }
            }
            Event::Answered { task, outcomes } => {
                if self.run.awaited.remove(&task) {
                    self.emit(Transition::Answered { task, outcomes });
                }
            }
            Event::Refused {
                task,
                class,
                message,
            } => {
                if self.run.awaited.remove(&task) {
                    self.refused(task, class, message);
                }
            }
            Event::Lost { task, message } => {
                if self.run.awaited.remove(&task) {
                    self.lost(task, message);
                }
            }
            Event::Tick => {}
            Event::Allowed(allowance) => self.emit(Transition::Allowed { allowance }),
            Event::Pause => self.pause()?,
            Event::Resume => self.resume()?,
            Event::Cancel => self.cancel()?,
            Event::Undo => self.undo()?,
            Event::Decided { task, took_effect } => self.decided(task, took_effect)?,
        }
        self.advance();
        if let Some(until_ms) = self.wake_ms {
            self.commands.push(Command::Wait { until_ms });
        }
        Ok(self.commands)
    }

    /// Journals a transition and changes the run by it.
    pub(super) fn emit(&mut self, transition: Transition) {
        let record = Record {
            at_ms: self.now_ms,
            transition,
        };
        self.run.facts.note();
        self.run.apply(self.world, &record);
        let changed = self.run.facts.noted();
        self.watch(&record.transition, &changed);
        self.commands.push(Command::Journal(Box::new(record)));
    }

    pub(super) fn command(&mut self, command: Command) {
        self.commands.push(command);
    }

    pub(super) fn wake_at(&mut self, at_ms: u64) {
        self.wake_ms = Some(self.wake_ms.map_or(at_ms, |known| known.min(at_ms)));
    }

    /// What reads each property, gathered when it is first needed.
    pub(super) fn readers(&self) -> &Readers<'a> {
        self.readers.get_or_init(|| looking::readers(self.world))
    }

    pub(super) fn fail(
        &mut self,
        task: TaskId,
        code: &str,
        class: Option<ErrorClass>,
        message: String,
        after_effect: bool,
    ) {
        let failure = Failure {
            code: code.to_owned(),
            class,
            message,
            after_effect,
        };
        self.emit(Transition::Failed { task, failure });
    }

    /// Sends the request of a task, which is journalled before.
    pub(super) fn call(&mut self, task: TaskId, request: Request, attempt: u32) {
        let token = format!("{}-{task}", self.run.id);
        self.run.awaited.insert(task);
        self.command(Command::Call {
            task,
            request,
            attempt,
            token,
        });
    }

    /// What was under way when the process ended is a lost answer; what only reads is read again. The clock may have
    /// jumped meanwhile, so that no deadline for finding out is held to have passed while nobody looked.
    fn started(&mut self) {
        self.run.awaited.clear();
        let now_ms = self.now_ms;
        let overdue = self
            .tasks_that(|task| task.state == TaskState::Unanswered && task.looks.until_ms < now_ms);
        for task in overdue {
            let why = "nobody looked while it was being found out whether it took effect";
            self.lost(task, why.to_owned());
        }
        self.look_anew();
        for task in self.tasks_that(|task| task.state == TaskState::Calling) {
            let why = "the process ended while the request was under way";
            if self.only_reads(task) {
                self.wait_for_nothing(task, why);
            } else {
                self.lost(task, why.to_owned());
            }
        }
    }

    /// What was seen before nobody looked for a while is looked at again before anything is sent on it.
    fn look_anew(&mut self) {
        let half_seen = self
            .tasks_that(|task| task.state == TaskState::Rechecking && !task.looks.done.is_empty());
        for task in half_seen {
            if !self.run.awaited.contains(&task) {
                self.wait_for_nothing(task, "what it rests on is looked at again");
            }
        }
    }

    /// A new round of looks, at once.
    fn wait_for_nothing(&mut self, task: TaskId, why: &str) {
        let until_ms = self.now_ms;
        let why = why.to_owned();
        self.emit(Transition::Waiting {
            task,
            until_ms,
            why,
        });
    }

    fn tasks_that(&self, is: impl Fn(&Task) -> bool) -> Vec<TaskId> {
        let tasks = self.run.tasks.iter().filter(|(_, task)| is(task));
        tasks.map(|(id, _)| *id).collect()
    }

    fn approved(&mut self, approved: u32) -> Result<(), Error> {
        if self.run.phase != Phase::AwaitingApproval {
            return Err(self.wrong_moment("approve"));
        }
        let needed = self.run.manipulations();
        if approved != needed {
            return Err(Error::NotApproved { needed, approved });
        }
        self.emit(Transition::Approved);
        Ok(())
    }

    fn refused(&mut self, task: TaskId, class: ErrorClass, message: String) {
        self.emit(Transition::Refused {
            task,
            class,
            message: message.clone(),
        });
        if class == ErrorClass::NotFound && self.is_taken_back(task, true) {
            self.emit(Transition::Done { task });
        } else {
            self.again_or_fail(task, class.is_passing(), Some(class), message);
        }
    }

    fn only_reads(&self, task: TaskId) -> bool {
        self.run
            .operation_of(self.world, task)
            .is_some_and(|operation| operation.kind == Kind::Information)
    }

    fn lost(&mut self, task: TaskId, message: String) {
        let reads = self.only_reads(task);
        self.emit(Transition::Lost {
            task,
            message: message.clone(),
        });
        if reads {
            self.again_or_fail(task, true, None, message);
        }
    }

    /// After a request certainly took no effect: once more after a pause, or not.
    pub(super) fn again_or_fail(
        &mut self,
        task: TaskId,
        passing: bool,
        class: Option<ErrorClass>,
        message: String,
    ) {
        let refusals = self.run.tasks.get(&task).map_or(0, |task| task.refusals);
        if passing && refusals <= self.run.policy.retries {
            let earlier = refusals.saturating_sub(1);
            let pause_ms = self.run.policy.retry_pause_ms(class, earlier);
            let until_ms = self.now_ms.saturating_add(pause_ms);
            self.emit(Transition::Waiting {
                task,
                until_ms,
                why: message,
            });
        } else {
            self.fail(task, codes::REFUSED, class, message, false);
        }
    }

    fn pause(&mut self) -> Result<(), Error> {
        if !self.run.takes(&Event::Pause) {
            return Err(self.wrong_moment("pause"));
        }
        self.emit(Transition::Paused);
        Ok(())
    }

    /// Goes on: after a pause, after it stopped at something, or after the process that drove it ended.
    fn resume(&mut self) -> Result<(), Error> {
        match &self.run.phase {
            Phase::Finished(Ending::Succeeded | Ending::Undone) => Err(self.wrong_moment("resume")),
            Phase::Finished(_) => {
                self.emit(Transition::Resumed);
                Ok(())
            }
            _ if self.run.paused => {
                self.emit(Transition::Resumed);
                if self.run.awaited.is_empty() {
                    self.started();
                } else {
                    self.look_anew();
                }
                Ok(())
            }
            _ => self.recovered(),
        }
    }

    /// Begins again as after a crash, unless a host still owes answers.
    fn recovered(&mut self) -> Result<(), Error> {
        if self.run.awaited.is_empty() {
            self.started();
            Ok(())
        } else {
            Err(self.wrong_moment("resume"))
        }
    }

    fn cancel(&mut self) -> Result<(), Error> {
        if !self.run.takes(&Event::Cancel) {
            return Err(self.wrong_moment("cancel"));
        }
        self.emit(Transition::Stopping {
            cause: Cause::Cancelled,
        });
        Ok(())
    }

    /// Takes back what was done; what is still under way is brought to an end first.
    fn undo(&mut self) -> Result<(), Error> {
        match &self.run.phase {
            Phase::Finished(Ending::Undone | Ending::UndoIncomplete | Ending::Undecided { .. }) => {
                Err(self.wrong_moment("undo"))
            }
            Phase::Finished(_) => {
                self.begin_undo();
                Ok(())
            }
            Phase::Undoing => self.recovered(),
            Phase::AwaitingApproval | Phase::Running | Phase::Stopping(_) => {
                if self.run.awaited.is_empty() {
                    self.started();
                }
                self.emit(Transition::Stopping { cause: Cause::Undo });
                Ok(())
            }
        }
    }

    fn decided(&mut self, task: TaskId, took_effect: bool) -> Result<(), Error> {
        let state = self.run.tasks.get(&task).map(|task| task.state);
        if !matches!(state, Some(TaskState::Unknown | TaskState::Unanswered)) {
            return Err(self.wrong_moment("decide about a step of"));
        }
        if matches!(self.run.phase, Phase::Finished(_)) {
            self.emit(Transition::Resumed);
        }
        self.run.awaited.remove(&task);
        let by = "a person".to_owned();
        self.emit(Transition::Decided {
            task,
            took_effect,
            outcomes: samos_model::reply::Bindings::new(),
            by,
        });
        Ok(())
    }

    fn wrong_moment(&self, verb: &'static str) -> Error {
        let state = match &self.run.phase {
            _ if self.run.paused => "paused",
            Phase::AwaitingApproval => "awaiting approval",
            Phase::Running => "running",
            Phase::Stopping(_) => "stopping",
            Phase::Undoing => "being undone",
            Phase::Finished(Ending::Succeeded) => "done",
            Phase::Finished(Ending::Undone) => "undone",
            Phase::Finished(Ending::Undecided { .. }) => "undecided",
            Phase::Finished(_) => "ended",
        };
        Error::WrongMoment {
            verb,
            state: state.to_owned(),
        }
    }

    /// Goes on as far as is possible without an answer or the passing of time.
    fn advance(&mut self) {
        loop {
            let before = self.run.transitions;
            match self.run.phase.clone() {
                Phase::AwaitingApproval => self.ask_approval(),
                Phase::Running => self.go_on(),
                Phase::Stopping(cause) => self.wind_down(cause),
                Phase::Undoing => self.undo_next(),
                Phase::Finished(ending) => {
                    self.wake_ms = None;
                    self.command(Command::Finish(ending));
                    return;
                }
            }
            if self.run.transitions == before {
                return;
            }
        }
    }

    fn ask_approval(&mut self) {
        let manipulations = self.run.manipulations();
        if manipulations == 0 || self.run.policy.approved == Some(manipulations) {
            self.emit(Transition::Approved);
            return;
        }
        let irreversible = self.run.plan.steps.iter();
        let irreversible = irreversible
            .filter(|step| matches!(step.undo, samos_model::plan::Undo::Irreversible { .. }));
        let irreversible = irreversible.map(|step| step.id).collect();
        self.command(Command::AskApproval {
            manipulations,
            irreversible,
        });
    }

    fn go_on(&mut self) {
        if let Some(allowed_ms) = self.run.policy.deadline_ms {
            let end_ms = self.run.timed_from_ms.saturating_add(allowed_ms);
            if self.now_ms >= end_ms {
                self.emit(Transition::Stopping {
                    cause: Cause::Deadline,
                });
                return;
            }
            self.wake_at(end_ms);
        }
        if self.finds_spoiled() {
            self.emit(Transition::Stopping { cause: Cause::Step });
            return;
        }
        self.begin_ready();
        self.progress_active();
        let states: Vec<TaskState> = self.run.tasks.values().map(|task| task.state).collect();
        if states
            .iter()
            .any(|state| matches!(state, TaskState::Failed | TaskState::Unknown))
        {
            self.emit(Transition::Stopping { cause: Cause::Step });
        } else if states.iter().all(|state| *state == TaskState::Done) {
            let over = match self.finds_spoiled() {
                true => Transition::Stopping { cause: Cause::Step },
                false => Transition::Finished(Ending::Succeeded),
            };
            self.emit(over);
        }
    }

    /// Binds the steps whose predecessors are done, as many as may be under way at once.
    fn begin_ready(&mut self) {
        if self.run.paused {
            return;
        }
        let mut active = self
            .run
            .tasks
            .values()
            .filter(|task| task.state.is_active())
            .count();
        let is_done = |run: &Run, step: u32| {
            run.tasks
                .get(&TaskId::step(step))
                .is_some_and(|task| task.state == TaskState::Done)
        };
        let ready: Vec<_> = self
            .run
            .plan
            .steps
            .iter()
            .filter(|step| {
                self.run
                    .tasks
                    .get(&TaskId::step(step.id))
                    .is_some_and(|task| task.state == TaskState::Waiting)
            })
            .filter(|step| {
                self.run
                    .plan
                    .edges
                    .iter()
                    .filter(|edge| edge.to == step.id)
                    .all(|edge| is_done(self.run, edge.from))
            })
            .cloned()
            .collect();
        for step in ready {
            if active >= self.run.policy.width.max(1) {
                return;
            }
            let task = TaskId::step(step.id);
            match self.run.request_of(self.world, &step) {
                Ok(request) => {
                    self.emit(Transition::Bound { task, request });
                    active += 1;
                }
                Err(message) => self.fail(task, codes::VALUE_MISSING, None, message, false),
            }
        }
    }

    fn progress_active(&mut self) {
        for id in self.tasks_that(|task| task.state.is_active()) {
            self.progress(id);
        }
    }

    /// One task, as far as it goes by itself.
    pub(super) fn progress(&mut self, id: TaskId) {
        loop {
            let before = self.run.transitions;
            let Some(task) = self.run.tasks.get(&id) else {
                return;
            };
            if self.run.awaited.contains(&id) {
                return;
            }
            if let Some(again_ms) = task
                .looks
                .again_ms
                .filter(|again_ms| *again_ms > self.now_ms)
            {
                self.wake_at(again_ms);
                return;
            }
            match task.state {
                TaskState::Rechecking if !self.run.paused => self.recheck(id),
                TaskState::Confirming => self.confirm(id),
                TaskState::Unanswered => self.find_out(id),
                _ => return,
            }
            if self.run.transitions == before {
                return;
            }
        }
    }

    /// Brings to an end what was sent, gives up what was not, and ends the run.
    fn wind_down(&mut self, cause: Cause) {
        let is_unsent =
            |task: &Task| matches!(task.state, TaskState::Waiting | TaskState::Rechecking);
        for task in self.tasks_that(is_unsent) {
            self.run.awaited.remove(&task);
            self.emit(Transition::Skipped { task });
        }
        self.progress_active();
        if self.run.tasks.values().any(|task| !task.state.is_settled()) {
            return;
        }
        let unknown = self.tasks_that(|task| task.state == TaskState::Unknown);
        if !unknown.is_empty() {
            self.emit(Transition::Finished(Ending::Undecided { tasks: unknown }));
            return;
        }
        match (cause, self.run.policy.on_failure) {
            (Cause::Cancelled, _) => self.emit(Transition::Finished(Ending::Cancelled)),
            (Cause::Undo, _) | (_, crate::OnFailure::Undo) => self.begin_undo(),
            (Cause::Deadline, _) => self.emit(Transition::Finished(Ending::TimedOut)),
            (Cause::Step, crate::OnFailure::Replan) => {
                self.emit(Transition::Finished(Ending::ReplanNeeded))
            }
            (Cause::Step, crate::OnFailure::Stop) => {
                self.emit(Transition::Finished(Ending::Stopped))
            }
        }
    }
}
