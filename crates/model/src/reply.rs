//! What comes back from a provider: values, or why there are none.
//!
//! Whoever reads a real answer (mapping, drivers) and whoever plays one (simulation) make these; execution acts on them.
//! Not here: bytes, status codes, and the words of an API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::value::Value;
use crate::{Iri, Name};

/// Values by the name of a parameter or outcome.
pub type Bindings = BTreeMap<Name, Vec<Value>>;

/// What an answer gives.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Outcomes {
    /// The values by outcome.
    pub values: Bindings,
    /// What came to light of entities that the values name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Described>,
}

/// An entity that an answer names, with what identifies it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Described {
    /// Its IRI.
    pub entity: Iri,
    /// Its classes.
    pub types: Vec<Iri>,
    /// Facts that identify it, such as its key and its provider.
    pub facts: Vec<(Iri, Value)>,
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "lowercase")]
pub enum CallError {
    /// The provider says no; nothing took effect.
    #[error("refused ({class}): {message}")]
    Refused {
        /// What kind of no.
        class: ErrorClass,
        /// The provider's words.
        message: String,
        /// Is it an error that somebody wrote down? Else only its status told what kind of no it is.
        #[serde(default = "written_down")]
        listed: bool,
    },
    /// No answer came; whether it took effect is unknown.
    #[error("no answer: {message}")]
    Lost {
        /// What was seen instead.
        message: String,
    },
}

impl CallError {
    /// A refusal of a known kind.
    #[must_use = "this makes a value and changes nothing"]
    pub fn refused(class: ErrorClass, message: impl Into<String>) -> Self {
        Self::Refused {
            class,
            message: message.into(),
            listed: true,
        }
    }
}

/// What journals of before did not ask.
fn written_down() -> bool {
    true
}

/// Kinds of refusal, as mappings class the errors of an API.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// Too many requests.
    Throttled,
    /// The provider is out of order for now.
    Unavailable,
    /// Something else is under way on the same thing.
    Conflict,
    /// The thing does not exist.
    NotFound,
    /// Not permitted.
    Denied,
    /// An allowance is used up.
    Quota,
    /// The thing is in a state in which that cannot be done.
    State,
    /// The request is malformed.
    Invalid,
}

impl ErrorClass {
    /// May the same request succeed later?
    #[must_use = "reading has no other effect"]
    pub fn is_passing(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable | Self::Conflict)
    }
}

impl std::fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Conflict => "conflict",
            Self::NotFound => "not found",
            Self::Denied => "denied",
            Self::Quota => "quota",
            Self::State => "state",
            Self::Invalid => "invalid",
        })
    }
}
