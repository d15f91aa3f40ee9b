//! A plan being carried out: a pure state machine.
//!
//! Paper: "scheduled execution" and the condition checker of section "SAMOS architecture", made durable.
//!
//! In: a plan and the user's choices, then events with their time. Out: commands for a host, in order; every change
//! is journalled by a command that stands before whatever is done because of it. [`Run::recover`] folds a journal
//! back into the same run.
//! Not here: clocks, sending, files, and choosing another plan.

mod apply;
mod decide;
mod settle;
mod start;
mod takeback;
mod turn;
mod watching;

use std::collections::{BTreeMap, BTreeSet};

use samos_model::plan::Plan;
use samos_model::world::World;
use samos_model::{Request, Value};
use serde::{Deserialize, Serialize, Serializer};

pub use apply::time;
pub(crate) use takeback::code_of;

use crate::error::Error;
use crate::expectation::Expectation;
use crate::facts::{Facts, Live};
use crate::monitor::Monitor;
use crate::policy::Policy;
use crate::transition::{Cause, Command, Ending, Event, Exception, Failure, Record, TaskId};
use samos_model::reply::Bindings;

/// A run of a plan. Equal runs have equal serialisations.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    id: String,
    plan: Plan,
    policy: Policy,
    phase: Phase,
    paused: bool,
    started_ms: u64,
    /// From when the time that it may take counts.
    timed_from_ms: u64,
    latest_ms: u64,
    ended_ms: Option<u64>,
    tasks: BTreeMap<TaskId, Task>,
    undo_order: Vec<TaskId>,
    exceptions: Vec<Exception>,
    /// Why the goal will not be so, though every step can be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    goal_failure: Option<Failure>,
    /// The steps, 0 for the goal, that the user goes on with though they were found to be spoiled.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    unheeded: BTreeSet<u32>,
    facts: Facts,
    transitions: u64,
    /// Not journalled: it follows from the rest.
    #[serde(skip)]
    monitor: Option<Monitor>,
    /// Answers that a host owes. Not journalled: after a crash nobody owes any.
    #[serde(skip)]
    awaited: BTreeSet<TaskId>,
}

/// Where a run stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nothing is sent before the user approves.
    AwaitingApproval,
    /// Under way.
    Running,
    /// Nothing new is begun; what is under way is brought to an end.
    Stopping(Cause),
    /// What was done is being taken back.
    Undoing,
    /// Over.
    Finished(Ending),
}

/// A step, or a request that takes one back, being done.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Task {
    /// Where it stands.
    pub state: TaskState,
    /// The request, once its values are known.
    pub request: Option<Request>,
    /// How often it was sent.
    pub attempts: u32,
    /// How often it was refused with an error that may pass, or got lost without effect.
    pub refusals: u32,
    /// What will be seen once it took effect.
    pub expectations: Vec<Expectation>,
    /// What stood at the paths that its undo needs.
    pub before: BTreeMap<String, Vec<Value>>,
    /// What it gave.
    pub outcomes: Bindings,
    /// Conditions that could not be looked at before it was sent.
    pub unseen: Vec<String>,
    /// Why it cannot be done.
    pub failure: Option<Failure>,
    /// When it was begun.
    pub started_ms: Option<u64>,
    /// When it ended.
    pub ended_ms: Option<u64>,
    looks: Looks,
}

/// Where a task stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskState {
    /// Others come first.
    Waiting,
    /// Its facts are looked at again.
    Rechecking,
    /// Its request is under way.
    Calling,
    /// Its effect is awaited.
    Confirming,
    /// Its answer was lost; whether it took effect is being found out.
    Unanswered,
    /// Its effect was observed.
    Done,
    /// It cannot be done.
    Failed,
    /// It was given up before it was sent.
    Skipped,
    /// Nobody knows whether it took effect.
    Unknown,
}

impl TaskState {
    /// Is there nothing more to do about it?
    #[must_use = "reading has no other effect"]
    pub fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Done | Self::Failed | Self::Skipped | Self::Unknown
        )
    }

    /// Is it neither waiting for others nor settled?
    #[must_use = "reading has no other effect"]
    pub fn is_active(self) -> bool {
        self != Self::Waiting && !self.is_settled()
    }
}

/// The looks at facts within the present state of a task.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
struct Looks {
    /// What was answered in this round, and when.
    #[serde(serialize_with = "as_pairs")]
    done: BTreeMap<Request, u64>,
    /// A reading failed with an error that may pass.
    disturbed: bool,
    /// The readings of this round that were refused, with what was said.
    refused: Vec<(Request, String)>,
    /// By what the effect is known not to come, as the mapping says.
    failure: Option<String>,
    /// How many rounds were waited.
    rounds: u32,
    /// Nothing before that time.
    again_ms: Option<u64>,
    /// No more rounds after that time.
    until_ms: u64,
}

/// What has no text for a key is written as pairs.
fn as_pairs<S: Serializer>(map: &BTreeMap<Request, u64>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(map)
}

impl Task {
    fn waiting() -> Self {
        Self {
            state: TaskState::Waiting,
            request: None,
            attempts: 0,
            refusals: 0,
            expectations: Vec::new(),
            before: BTreeMap::new(),
            outcomes: Bindings::new(),
            unseen: Vec::new(),
            failure: None,
            started_ms: None,
            ended_ms: None,
            looks: Looks::default(),
        }
    }
}

impl Run {
    /// The run's name.
    #[must_use = "reading has no other effect"]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The plan it carries out.
    #[must_use = "reading has no other effect"]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The user's choices.
    #[must_use = "reading has no other effect"]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Where it stands.
    #[must_use = "reading has no other effect"]
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// How it ended, once it did.
    #[must_use = "reading has no other effect"]
    pub fn ending(&self) -> Option<&Ending> {
        match &self.phase {
            Phase::Finished(ending) => Some(ending),
            _ => None,
        }
    }

    /// Does it make sense now to pause or to cancel it? Other events are answered by [`Run::handle`].
    #[must_use = "reading has no other effect"]
    pub fn takes(&self, event: &Event) -> bool {
        match event {
            Event::Pause => !self.paused && !matches!(self.phase, Phase::Finished(_)),
            Event::Cancel => matches!(self.phase, Phase::Running | Phase::AwaitingApproval),
            _ => true,
        }
    }

    /// Is nothing new begun for now?
    #[must_use = "reading has no other effect"]
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// The steps and, while undoing, the requests that take them back.
    #[must_use = "reading has no other effect"]
    pub fn tasks(&self) -> &BTreeMap<TaskId, Task> {
        &self.tasks
    }

    /// Why the goal will not be so, though every step can be done.
    #[must_use = "reading has no other effect"]
    pub fn goal_failure(&self) -> Option<&Failure> {
        self.goal_failure.as_ref()
    }

    /// What stays changed after undo.
    #[must_use = "reading has no other effect"]
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }

    /// When it began, in milliseconds since 1970.
    #[must_use = "reading has no other effect"]
    pub fn started_ms(&self) -> u64 {
        self.started_ms
    }

    /// When its latest transition was.
    #[must_use = "reading has no other effect"]
    pub fn latest_ms(&self) -> u64 {
        self.latest_ms
    }

    /// When it ended.
    #[must_use = "reading has no other effect"]
    pub fn ended_ms(&self) -> Option<u64> {
        self.ended_ms
    }

    /// What it observed and caused, for the store to keep.
    #[must_use = "reading has no other effect"]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The world as the run knows it.
    #[must_use = "this makes a view and changes nothing"]
    pub fn live<'a>(&'a self, world: &'a dyn World) -> Live<'a> {
        Live::new(world, &self.facts)
    }

    /// How many manipulations the plan has: what must be approved.
    #[must_use = "counting has no other effect"]
    pub fn manipulations(&self) -> u32 {
        let changing = self
            .plan
            .steps
            .iter()
            .filter(|step| step.kind == samos_model::Kind::Manipulation);
        u32::try_from(changing.count()).unwrap_or(u32::MAX)
    }

    /// Takes an event and says what to do. An answer that nobody waits for is ignored.
    ///
    /// # Errors
    /// When the event does not fit the state of the run, which is then unchanged.
    pub fn handle(
        &mut self,
        world: &dyn World,
        now_ms: u64,
        event: Event,
    ) -> Result<Vec<Command>, Error> {
        turn::Turn::new(self, world, now_ms).take(event)
    }

    /// The run that a journal's records tell of. Begin it again with [`Event::Started`].
    ///
    /// # Errors
    /// When the records do not begin with a run's beginning.
    pub fn recover(
        world: &dyn World,
        records: impl IntoIterator<Item = Record>,
    ) -> Result<Self, Error> {
        let mut run: Option<Self> = None;
        for record in records {
            match (&mut run, record) {
                (
                    None,
                    Record {
                        at_ms,
                        transition:
                            crate::Transition::Begun {
                                run: id,
                                plan,
                                policy,
                            },
                    },
                ) => {
                    run = Some(Self::begun(id, *plan, *policy, at_ms));
                }
                (Some(run), record) => run.apply(world, &record),
                (None, _) => break,
            }
        }
        run.ok_or_else(|| Error::PlanMalformed {
            message: "the journal does not begin with the beginning of a run".to_owned(),
        })
    }
}
