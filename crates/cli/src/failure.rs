//! Why a verb ends without an answer, and the exit code that says so.
//!
//! In: errors of the library and of reading arguments. Out: findings to print and an exit code. The codes are part
//! of the published interface and never change.

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

use samos::model::codes::interface as codes;
use samos::{Error, Finding};

/// How a verb ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// 0: done.
    Done,
    /// 1: it failed, or has findings.
    Error,
    /// 2: there is something to do, where that was to be told apart.
    Changes,
    /// 3: nothing was found, and the search was complete.
    NothingFound,
    /// 4: the plan is stale or used.
    Stale,
    /// 5: not permitted.
    NotPermitted,
    /// 6: a limit was hit before an answer.
    Limit,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Error => 1,
            Exit::Changes => 2,
            Exit::NothingFound => 3,
            Exit::Stale => 4,
            Exit::NotPermitted => 5,
            Exit::Limit => 6,
        })
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was found to be wrong, and the exit code it has.
    Findings(Vec<Finding>, Exit),
    /// Whoever read standard output closed it; nothing is left to say.
    Closed,
}

impl Failure {
    /// One error without a place.
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Finding::error(codes::USAGE, message, help).into()
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(path: &Path, action: &str, error: &std::io::Error) -> Self {
        Finding::error(
            codes::FILE,
            format!("cannot {action} `{}`: {error}", path.display()),
            "check the path and its permissions",
        )
        .into()
    }

    /// A stream that cannot be written.
    pub(crate) fn stream(error: &std::io::Error) -> Self {
        Finding::error(
            codes::FILE,
            format!("cannot write the output: {error}"),
            "check where standard output goes",
        )
        .into()
    }

    /// Something that must not happen.
    pub(crate) fn internal(error: &impl Display) -> Self {
        Finding::error(
            codes::INTERNAL,
            format!("samos failed: {error}"),
            "this is a fault in samos; please report it with the command that shows it",
        )
        .into()
    }
}

impl From<Finding> for Failure {
    fn from(finding: Finding) -> Self {
        Self::Findings(vec![finding], Exit::Error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match &error {
            Error::Stale(_) => Exit::Stale,
            Error::NotPermitted(_) => Exit::NotPermitted,
            _ => Exit::Error,
        };
        Self::Findings(error.into_findings(), exit)
    }
}
