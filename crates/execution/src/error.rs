//! Why execution could not be asked that.

use samos_model::codes;

/// What went wrong before or beside a run. What goes wrong within one is a [`Failure`](crate::Failure) of its step.
#[derive(Debug, thiserror::Error)]
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
    /// A journal line does not match its checksum, or the lines do not follow one another.
    #[error("line {line} of journal `{file}`: {message}")]
    JournalCorrupt {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// Another process holds the journal.
    #[error("journal `{file}` is held by another process")]
    JournalInUse {
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
            Self::JournalInUse { .. } => code::JOURNAL_IN_USE,
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
                "restore the file from a copy; deleting lines would send requests twice"
            }
            Self::JournalInUse { .. } => "wait for the other process to end",
            Self::JournalFailed { .. } => "remove the cause, then `samos resume RUN`",
            Self::NoProgress => {
                "this is a fault of the program; `samos resume RUN` continues from the journal"
            }
        }
    }
}
