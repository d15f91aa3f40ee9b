//! A request: an operation bound to a subject and arguments.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::{Iri, Name};
use crate::plan::PlanValue;
use crate::value::{Truth, Value};

/// An operation bound to a subject and arguments, ready to be verified. Paper: a service request.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Request {
    /// The operation.
    pub operation: Iri,
    /// The entity it is asked of. Paper: SRSubject.
    #[doc(alias = "SRSubject")]
    pub subject: Iri,
    /// The values by parameter; several for a multiple parameter.
    pub arguments: BTreeMap<Name, Vec<Value>>,
}

/// An argument at hand, as a user gives it: `--set name=value`. A name given twice is a multiple argument.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Supplied {
    /// The parameter meant; `None` binds by type.
    pub name: Option<Name>,
    /// The value.
    pub value: SuppliedValue,
}

/// A value as a user gives it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SuppliedValue {
    /// Characters, to be read by the type of the parameter: a literal, or the key of an individual.
    Text(String),
    /// A value already known for what it is.
    Value(Value),
}

/// What stands between a request and being ready.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RequestFinding {
    /// The stable code, one of [`crate::codes`].
    pub code: Cow<'static, str>,
    /// The parameter or the condition it is about, in words.
    pub about: String,
    /// How far it is met: never true here.
    pub truth: Truth,
    /// What is wrong, one sentence.
    pub message: String,
    /// The next step, one sentence.
    pub help: String,
    /// Concrete ways to satisfy it, best first.
    pub options: Vec<Way>,
}

/// One way to satisfy a parameter or a condition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "lowercase")]
pub enum Way {
    /// A value at hand or a live entity that fits.
    Use {
        /// The value.
        value: PlanValue,
        /// How well it fits: `exact`, `equivalent` or `subclass`.
        fit: Fit,
        /// Where it comes from, in words.
        from: String,
    },
    /// An operation that gives the value, or whose effect makes the condition true.
    Call {
        /// The operation.
        operation: Iri,
        /// Its subject.
        subject: Iri,
        /// The outcome that fits, where a value is missing.
        outcome: Option<Name>,
        /// Is it ready now?
        ready: bool,
    },
    /// An information request that would tell.
    Read {
        /// The operation.
        operation: Iri,
        /// Its subject.
        subject: Iri,
        /// Is it ready now?
        ready: bool,
    },
    /// The state passes by itself.
    Wait {
        /// What it turns into.
        becomes: Iri,
    },
    /// A value that a person must enter.
    Enter {
        /// What is accepted: datatype, pattern, range.
        expected: String,
    },
}

/// How well a value's type fits a parameter's. Best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// The same type.
    Exact,
    /// An equivalent type.
    Equivalent,
    /// A type below.
    Subclass,
    /// A type above: it may fit, and is used only on the user's word.
    May,
}

/// An information request that would tell something a verifier needs to know.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Need {
    /// The entity whose property is unknown.
    pub entity: Iri,
    /// The property.
    pub property: Iri,
    /// The requests any one of which would read it, best first; empty where nothing reads it.
    pub reads: Vec<Request>,
}
