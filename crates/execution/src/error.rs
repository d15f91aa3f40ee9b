//! Why execution could not be asked that.

use samos_model::codes;

/// What went wrong before or beside a run. What goes wrong within one is a [`Failure`](crate::Failure) of its step.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The plan ran before.
    #[error("the plan was already used by run `{run}`")]
    PlanUsed {
        /// Its run.
        run: String,
    },
    /// The plan was made from other knowledge.
    #[error("the plan was made from another {what} than the one at hand")]
    PlanStale {
        /// What differs.
        what: &'static str,
    },
    /// The fingerprint does not match.
    #[error("the plan's fingerprint does not match its content")]
    PlanEdited,
    /// The plan names what does not exist.
    #[error("{message}")]
    PlanMalformed {
        /// What.
        message: String,
    },
    /// A value is given by its type only.
    #[error("step {step} needs a `{class}`, which was given by its type only")]
    PlanHasGivens {
        /// The step.
        step: u32,
        /// The type.
        class: String,
    },
    /// Approval of another number.
    #[error("{needed} manipulations need approval, not {approved}")]
    NotApproved {
        /// How many there are.
        needed: u32,
        /// How many were approved.
        approved: u32,
    },
    /// The run is in another state.
    #[error("cannot {verb} a run that is {state}")]
    WrongMoment {
        /// What was asked.
        verb: &'static str,
        /// What it is in.
        state: String,
    },
    /// No run of that name.
    #[error("no run `{run}` is in the journal")]
    RunUnknown {
        /// The name.
        run: String,
    },
    /// Another holds the run, and lives.
    #[error("run `{run}` is being executed by another")]
    RunInUse {
        /// The run.
        run: String,
    },
    /// Another took the run over; what this one would write is refused.
    #[error("run `{run}` was taken over by another")]
    RunTakenOver {
        /// The run.
        run: String,
    },
    /// A record does not match its checksum, or one is missing.
    #[error("journal `{file}` is damaged: {message}")]
    JournalCorrupt {
        /// The file.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// There is no room for the journal.
    #[error("journal `{file}` cannot grow: the disk is full")]
    JournalFull {
        /// The file.
        file: String,
    },
    /// The journal cannot be read or written.
    #[error("journal `{file}`: {message}")]
    JournalFailed {
        /// The file.
        file: String,
        /// What the system says.
        message: String,
    },
    /// Nothing left to do, though the run is not over.
    #[error("nothing left to do, though the run is not over")]
    NoProgress,
}

impl Error {
    /// The stable code.
    #[must_use = "reading has no other effect"]
    pub fn code(&self) -> &'static str {
        use codes::execution as code;
        match self {
            Self::PlanUsed { .. } => code::PLAN_USED,
            Self::PlanStale { .. } => code::PLAN_STALE,
            Self::PlanEdited => code::PLAN_EDITED,
            Self::PlanMalformed { .. } => code::PLAN_MALFORMED,
            Self::PlanHasGivens { .. } => code::PLAN_HAS_GIVENS,
            Self::NotApproved { .. } => code::NOT_APPROVED,
            Self::WrongMoment { .. } => code::WRONG_MOMENT,
            Self::JournalCorrupt { .. } => code::JOURNAL_CORRUPT,
            Self::RunUnknown { .. } => code::RUN_UNKNOWN,
            Self::RunInUse { .. } => code::JOURNAL_IN_USE,
            Self::RunTakenOver { .. } => code::RUN_TAKEN_OVER,
            Self::JournalFull { .. } => code::JOURNAL_FULL,
            Self::JournalFailed { .. } => code::JOURNAL_FAILED,
            Self::NoProgress => code::NO_PROGRESS,
        }
    }

    /// The next action, as a sentence.
    #[must_use = "reading has no other effect"]
    pub fn help(&self) -> &'static str {
        match self {
            Self::PlanUsed { .. } => {
                "look at the run, resume it, or plan again with `samos plan --from PLAN`"
            }
            Self::PlanStale { .. } => {
                "ask the same question of today's facts with `samos plan --from PLAN`"
            }
            Self::PlanEdited => "a plan cannot be edited; plan again",
            Self::PlanMalformed { .. } => "run `samos verify PLAN` for the details",
            Self::PlanHasGivens { .. } => "plan again with `--given VALUE`",
            Self::NotApproved { .. } => "approve exactly that number with `--approve N`",
            Self::WrongMoment { .. } => "look at it with `samos show RUN`",
            Self::JournalCorrupt { .. } => {
                "restore the file from a copy; removing records would send requests twice"
            }
            Self::RunUnknown { .. } => "`samos runs` lists the runs of this world",
            Self::RunInUse { .. } => {
                "wait for the other process to end, or end it; one that hangs is passed over with `samos resume RUN --take-over`"
            }
            Self::RunTakenOver { .. } => "look at it with `samos show RUN`; the other goes on",
            Self::JournalFull { .. } => "make room, then `samos resume RUN`; nothing was lost",
            Self::JournalFailed { .. } => "remove the cause, then `samos resume RUN`",
            Self::NoProgress => {
                "this is a fault of the program; `samos resume RUN` continues from the journal"
            }
        }
    }

    /// Is it the file that failed, for whatever was to be written?
    pub(crate) fn is_of_the_file(&self) -> bool {
        matches!(
            self,
            Self::JournalCorrupt { .. } | Self::JournalFull { .. } | Self::JournalFailed { .. }
        )
    }
}
