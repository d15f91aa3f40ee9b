//! What was done with an account, entry by entry; each is tied to the one before it.
//!
//! No entry holds an argument's value, only its name: values may be secret.

use samos_model::digest::sha256;
use samos_model::reply::ErrorClass;
use samos_model::{Iri, Name, Request};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// One entry of the log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// With which account.
    pub account: String,
    /// For which step of which run: the token that was sent with it.
    pub token: Option<String>,
    /// The operation.
    pub operation: Iri,
    /// On what.
    pub subject: Iri,
    /// The names of what was given.
    pub arguments: Vec<Name>,
    /// What was done.
    pub deed: Deed,
}

/// What was done with a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "kebab-case")]
pub enum Deed {
    /// It is about to be sent.
    Sent,
    /// The provider did it.
    Answered,
    /// The provider refused.
    Refused {
        /// The kind of refusal.
        class: ErrorClass,
    },
    /// No answer came.
    Lost,
    /// It was not sent, as the account may not.
    Denied {
        /// The policies that say so.
        by: Vec<String>,
    },
}

/// The end of a log: how many entries there are, and what ties the next to them. Kept elsewhere, it shows that nothing
/// before was touched, and nothing was cut off.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AuditHead {
    /// How many.
    pub entries: u64,
    /// The tie.
    pub link: String,
}

impl AuditEntry {
    /// An entry about a request.
    #[must_use = "this makes a value and changes nothing"]
    pub fn of(
        at: impl Into<String>,
        account: impl Into<String>,
        token: Option<String>,
        request: &Request,
        deed: Deed,
    ) -> Self {
        Self {
            at: at.into(),
            account: account.into(),
            token,
            operation: request.operation.clone(),
            subject: request.subject.clone(),
            arguments: request.arguments.keys().cloned().collect(),
            deed,
        }
    }
}

impl AuditHead {
    /// The end of an empty log.
    pub(crate) fn first() -> Self {
        Self {
            entries: 0,
            link: sha256(b"samos audit log"),
        }
    }

    /// The end after one entry more.
    pub(crate) fn after(&self, body: &str) -> Self {
        let entries = self.entries + 1;
        Self {
            entries,
            link: sha256(format!("{}\n{entries}\n{body}", self.link).as_bytes()),
        }
    }

    /// The end after an entry as it stands in the log.
    pub(crate) fn follow(&self, n: i64, body: &str, link: &str) -> Result<Self, Error> {
        let next = self.after(body);
        let broken = |message: &str| {
            Err(Error::AuditBroken {
                entry: next.entries,
                message: message.to_owned(),
            })
        };
        if u64::try_from(n) != Ok(next.entries) {
            return broken("an entry is missing before it");
        }
        if next.link != link {
            return broken("it is not tied to those before it");
        }
        Ok(next)
    }
}
