//! Why the facade could not answer. What it found out is an answer, and no error.

use std::fmt;
use std::path::Path;

use samos_model::Finding;
use samos_model::codes::interface as codes;

/// Why there is no answer. Each carries findings: code, message, place, next step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input is wrong: a broken file, an unknown name, a plan that is none.
    #[error("{}", Listed(.0))]
    Invalid(Vec<Finding>),
    /// The plan is stale, or was used by a run.
    #[error("{}", Listed(.0))]
    Stale(Vec<Finding>),
    /// Not without permission.
    #[error("{}", Listed(.0))]
    NotPermitted(Vec<Finding>),
    /// A fault in samos itself.
    #[error("{}", Listed(.0))]
    Internal(Vec<Finding>),
}

impl Error {
    /// What was found.
    #[must_use = "reading has no other effect"]
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Invalid(findings)
            | Self::Stale(findings)
            | Self::NotPermitted(findings)
            | Self::Internal(findings) => findings,
        }
    }

    /// What was found, taken out.
    #[must_use = "reading has no other effect"]
    pub fn into_findings(self) -> Vec<Finding> {
        match self {
            Self::Invalid(findings)
            | Self::Stale(findings)
            | Self::NotPermitted(findings)
            | Self::Internal(findings) => findings,
        }
    }

    pub(crate) fn file(path: &Path, action: &str, error: &std::io::Error) -> Self {
        file_finding(path, action, error).into()
    }

    pub(crate) fn internal(error: impl fmt::Display) -> Self {
        Self::Internal(vec![Finding::error(
            codes::INTERNAL,
            format!("samos failed: {error}"),
            "this is a fault in samos; please report it with the command that shows it",
        )])
    }
}

impl From<Finding> for Error {
    fn from(finding: Finding) -> Self {
        Self::Invalid(vec![finding])
    }
}

/// A file that cannot be read or written, as a finding.
pub(crate) fn file_finding(path: &Path, action: &str, error: &std::io::Error) -> Finding {
    Finding::error(
        codes::FILE,
        format!("cannot {action} `{}`: {error}", path.display()),
        "check the path and its permissions",
    )
}

/// Findings in one line each.
struct Listed<'a>(&'a [Finding]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, finding) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}
