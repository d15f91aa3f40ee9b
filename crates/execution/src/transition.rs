//! What can happen to a run, what it asks for, and what its journal holds.
//!
//! An [`Event`] goes in, [`Command`]s come out. Every change of a run is a [`Transition`]; it is journalled before
//! anything is done because of it, and folding the transitions of a journal gives the run back.

use std::collections::BTreeMap;

use samos_model::plan::Plan;
use samos_model::{Request, Value};
use serde::{Deserialize, Serialize};

use crate::expectation::Expectation;
use crate::policy::{Allowance, Policy};
use samos_model::reply::Bindings;
use samos_model::reply::{CallError, ErrorClass, Outcomes};

/// A step, or one of the requests that take a step back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TaskId {
    /// The step of the plan.
    pub step: u32,
    /// Which of the requests that take it back, counted from 0; `None` for the step itself.
    pub undo: Option<u32>,
}

impl TaskId {
    /// A step itself.
    #[must_use = "this makes a value and changes nothing"]
    pub fn step(step: u32) -> Self {
        Self { step, undo: None }
    }
}

impl std::fmt::Display for TaskId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.undo {
            None => write!(f, "{}", self.step),
            Some(n) => write!(f, "{}-undo-{n}", self.step),
        }
    }
}

impl From<TaskId> for String {
    fn from(id: TaskId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for TaskId {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.split_once("-undo-") {
            None => Ok(Self::step(text.parse()?)),
            Some((step, n)) => Ok(Self {
                step: step.parse()?,
                undo: Some(n.parse()?),
            }),
        }
    }
}

/// What happened.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// A host begins, or begins again after a crash.
    Started,
    /// That many manipulations are approved.
    Approved {
        /// How many.
        manipulations: u32,
    },
    /// The answers to an [`Command::Observe`].
    Observed {
        /// For which task.
        task: TaskId,
        /// One for each request.
        readings: Vec<Reading>,
    },
    /// A call was answered.
    Answered {
        /// For which task.
        task: TaskId,
        /// The answer.
        outcomes: Outcomes,
    },
    /// A call was refused.
    Refused {
        /// For which task.
        task: TaskId,
        /// The kind of refusal.
        class: ErrorClass,
        /// The provider's words.
        message: String,
    },
    /// No answer to a call came.
    Lost {
        /// For which task.
        task: TaskId,
        /// What was seen instead.
        message: String,
    },
    /// Time has passed.
    Tick,
    /// The user allows it more, or less, from now on.
    Allowed(Allowance),
    /// Begin nothing new for now.
    Pause,
    /// Go on: after a pause, or after the run stopped at something.
    Resume,
    /// Begin nothing new, and end.
    Cancel,
    /// Take back what was done.
    Undo,
    /// A person says whether an undecided step took effect.
    Decided {
        /// Which.
        task: TaskId,
        /// Did it?
        took_effect: bool,
    },
}

/// What the run asks its host to do, in this order.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// Write that down durably, before any command that follows.
    Journal(Box<Record>),
    /// Ask for approval; nothing is sent before.
    AskApproval {
        /// How many manipulations there are.
        manipulations: u32,
        /// The steps that cannot be taken back.
        irreversible: Vec<u32>,
    },
    /// Send these information requests, at once if possible, and report all answers together.
    Observe {
        /// For which task.
        task: TaskId,
        /// The requests.
        requests: Vec<Request>,
    },
    /// Send a request.
    Call {
        /// For which task.
        task: TaskId,
        /// The request.
        request: Request,
        /// Counted from 1.
        attempt: u32,
        /// Names the task, not the attempt.
        token: String,
    },
    /// There is nothing to do before that time, unless an answer comes.
    Wait {
        /// Milliseconds since 1970.
        until_ms: u64,
    },
    /// The run ended.
    Finish(Ending),
}

/// An information request and its answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Reading {
    /// The request.
    pub request: Request,
    /// The answer.
    pub answer: Result<Outcomes, CallError>,
}

/// Why a step cannot be done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// The stable code.
    pub code: String,
    /// The kind of refusal, where the provider refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ErrorClass>,
    /// What happened, one sentence.
    pub message: String,
    /// Did the provider take the request, so that something may have changed?
    pub after_effect: bool,
}

/// Why nothing new is begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// A step cannot be done, or its effect is unknown.
    Step,
    /// The user said so.
    Cancelled,
    /// It took too long.
    Deadline,
    /// The user wants it taken back.
    Undo,
}

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "kebab-case")]
pub enum Ending {
    /// All steps are done.
    Succeeded,
    /// Some are done, and nothing new was begun.
    Stopped,
    /// The user cancelled.
    Cancelled,
    /// It took longer than allowed.
    TimedOut,
    /// What was done is taken back.
    Undone,
    /// What was done is not all taken back.
    UndoIncomplete,
    /// A new plan from the live state is asked for.
    ReplanNeeded,
    /// Nobody knows whether these steps took effect: look again or decide.
    Undecided {
        /// Which.
        tasks: Vec<TaskId>,
    },
}

/// A request that takes a step back.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct UndoTask {
    /// Its identifier.
    pub task: TaskId,
    /// The request.
    pub request: Request,
}

/// Something that stays changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exception {
    /// The step that changed it.
    pub step: u32,
    /// What stays and why.
    pub message: String,
    /// Is the step itself taken back, all but for that?
    pub taken_back: bool,
}

/// One change of a run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Transition {
    /// The run exists.
    Begun {
        /// Its name.
        run: String,
        /// What it carries out.
        plan: Box<Plan>,
        /// The user's choices.
        policy: Box<Policy>,
    },
    /// It may change things.
    Approved,
    /// The user allows it more, or less, from now on.
    Allowed {
        /// What.
        allowance: Allowance,
    },
    /// Nothing new is begun for now.
    Paused,
    /// It goes on; what had failed or was skipped is tried again.
    Resumed,
    /// A task's request is known; its facts are looked at.
    Bound {
        /// Which.
        task: TaskId,
        /// Its request.
        request: Request,
    },
    /// Facts were read.
    Observed {
        /// For which task.
        task: TaskId,
        /// The answers.
        readings: Vec<Reading>,
    },
    /// The task waits, then looks again.
    Waiting {
        /// Which.
        task: TaskId,
        /// Until when.
        until_ms: u64,
        /// For what, in words.
        why: String,
    },
    /// The request is about to be sent.
    Intent {
        /// Which.
        task: TaskId,
        /// Counted from 1.
        attempt: u32,
        /// What will be seen once it took effect.
        expectations: Vec<Expectation>,
        /// What stands, before it, at the paths that its undo needs.
        before: BTreeMap<String, Vec<Value>>,
        /// Conditions that could not be looked at.
        unseen: Vec<String>,
    },
    /// The provider answered.
    Answered {
        /// Which.
        task: TaskId,
        /// The answer.
        outcomes: Outcomes,
    },
    /// The provider refused.
    Refused {
        /// Which.
        task: TaskId,
        /// The kind of refusal.
        class: ErrorClass,
        /// Its words.
        message: String,
    },
    /// No answer came.
    Lost {
        /// Which.
        task: TaskId,
        /// What was seen instead.
        message: String,
    },
    /// It is known whether a request without an answer took effect.
    Decided {
        /// Which.
        task: TaskId,
        /// Did it?
        took_effect: bool,
        /// What it created, where observation told.
        outcomes: Bindings,
        /// In words, by what.
        by: String,
    },
    /// The effect of a task was observed.
    Done {
        /// Which.
        task: TaskId,
    },
    /// A task cannot be done.
    Failed {
        /// Which.
        task: TaskId,
        /// Why.
        failure: Failure,
    },
    /// Nobody knows whether a task took effect.
    Undecided {
        /// Which.
        task: TaskId,
        /// Why not.
        message: String,
    },
    /// What the goal asks for does not hold any more, and no step still to come sees to it.
    Spoiled {
        /// What.
        failure: Failure,
    },
    /// Nothing new is begun.
    Stopping {
        /// Why.
        cause: Cause,
    },
    /// A task that was not sent is given up.
    Skipped {
        /// Which.
        task: TaskId,
    },
    /// What was done is being taken back.
    Undoing {
        /// In this order.
        tasks: Vec<UndoTask>,
        /// What cannot be.
        exceptions: Vec<Exception>,
    },
    /// The run ended.
    Finished(Ending),
}

/// A transition with its time: a line of the journal.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// The change.
    #[serde(flatten)]
    pub transition: Transition,
}
