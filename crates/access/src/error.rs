//! Why access could not answer. No message carries a secret.

use samos_model::{Finding, codes::access as codes};

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No account of that name.
    #[error("no account `{name}` is known")]
    AccountUnknown {
        /// The name.
        name: String,
        /// The nearest name that is known.
        near: Option<String>,
    },
    /// There is one already.
    #[error("there is an account `{name}` already")]
    AccountKnown {
        /// The name.
        name: String,
    },
    /// A name or a setting is not well formed.
    #[error("{message}")]
    AccountMalformed {
        /// What is wrong.
        message: String,
    },
    /// It has no credentials.
    #[error("account `{name}` has no credentials")]
    NoCredentials {
        /// The account.
        name: String,
    },
    /// The passphrase or key is another.
    #[error("the passphrase or key does not open the credentials")]
    WrongKey,
    /// The sealed credentials are not whole.
    #[error("the encrypted credentials are damaged: {message}")]
    SealDamaged {
        /// What is wrong.
        message: String,
    },
    /// The log was changed.
    #[error("entry {entry} of the audit log does not match: {message}")]
    AuditBroken {
        /// Which, counted from 1.
        entry: u64,
        /// What does not match.
        message: String,
    },
    /// The file cannot be read or written.
    #[error("`{file}`: {message}")]
    File {
        /// The file.
        file: String,
        /// What the system says.
        message: String,
    },
}

impl Error {
    /// The stable code.
    #[must_use = "reading has no other effect"]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccountUnknown { .. } => codes::ACCOUNT_UNKNOWN,
            Self::AccountKnown { .. } => codes::ACCOUNT_KNOWN,
            Self::AccountMalformed { .. } => codes::ACCOUNT_MALFORMED,
            Self::NoCredentials { .. } => codes::NO_CREDENTIALS,
            Self::WrongKey => codes::WRONG_KEY,
            Self::SealDamaged { .. } => codes::SEAL_DAMAGED,
            Self::AuditBroken { .. } => codes::AUDIT_BROKEN,
            Self::File { .. } => codes::ACCESS_FILE,
        }
    }

    /// The next action, as a sentence.
    #[must_use = "this makes a text and changes nothing"]
    pub fn help(&self) -> String {
        match self {
            Self::AccountUnknown {
                near: Some(near), ..
            } => return format!("did you mean `{near}`?"),
            Self::AccountUnknown { .. } => "`samos accounts list` shows the accounts",
            Self::AccountKnown { .. } => "remove it first, or choose another name",
            Self::AccountMalformed { .. } => "correct it and add the account again",
            Self::NoCredentials { .. } => "add the account again with its credentials",
            Self::WrongKey => {
                "give the passphrase or key file with which accounts were first added"
            }
            Self::SealDamaged { .. } => "restore the file from a copy, or add the account again",
            Self::AuditBroken { .. } => "compare the log with a copy",
            Self::File { .. } => "look at the file, its permissions and the room on its disk",
        }
        .to_owned()
    }

    /// The same as a finding.
    #[must_use = "this makes a value and changes nothing"]
    pub fn finding(&self) -> Finding {
        Finding::error(self.code(), self.to_string(), self.help())
    }
}
