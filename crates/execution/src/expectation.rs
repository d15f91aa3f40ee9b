//! What will be seen once a request took effect.
//!
//! In: a request and the live facts before it. Out: expectations, concrete and serialisable, so that they are
//! journalled with the intent and can be judged after a crash, when the facts before are long gone.
//! Not here: applying effects; a provider does that. What no operation reads is recorded as the effects say.

mod derive;
mod judge;

use std::collections::BTreeSet;

use samos_model::value::Value;
use samos_model::{Iri, Name};
use serde::{Deserialize, Serialize};

use crate::facts::Cell;

pub use derive::expectations;
pub(crate) use derive::touched_cells;
pub use judge::{Look, candidates, judge, record, to_confirm};
pub(crate) use judge::{is_underway, something_new};

/// One thing that will be seen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expectation {
    /// A property of something holds that.
    Holds {
        /// Of what.
        holder: Holder,
        /// Which property.
        property: Iri,
        /// What it holds.
        is: Is,
        /// Did it hold that before? Then it decides nothing about a lost answer.
        held_before: bool,
    },
    /// New things exist.
    Created {
        /// The outcome that names them.
        outcome: Name,
        /// How many; `None` where that could not be told.
        count: Option<u32>,
        /// Their class.
        of_type: Iri,
        /// What the listings in which they will appear held before, where they are known completely.
        listings: Vec<Listing>,
    },
    /// Something exists no more.
    Gone {
        /// What.
        entity: Iri,
        /// The listings that held it; it is gone when all of them are without it.
        listings: BTreeSet<Cell>,
    },
}

/// A listing and what it held.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Listing {
    /// Where it stands.
    pub cell: Cell,
    /// What it held before.
    pub before: BTreeSet<Value>,
}

/// Of what an expectation speaks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holder {
    /// Of a known thing.
    Entity(Iri),
    /// Of each thing that an outcome names.
    Outcome(Name),
}

/// A value that is expected.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// A known one.
    Value(Value),
    /// All that an outcome names.
    Outcome(Name),
}

/// What a property is expected to hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Is {
    /// Exactly these values.
    Exactly(Vec<Expected>),
    /// These values, and perhaps others.
    With(Vec<Expected>),
    /// None of these values.
    Without(Vec<Expected>),
    /// That number. Others may count on it too, so it alone decides nothing where there is more to see.
    Number(Value),
    /// A value that was not known before.
    Renewed {
        /// What stood there, where that is known.
        before: Option<BTreeSet<Value>>,
    },
}
