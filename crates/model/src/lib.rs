//! The nouns of samos: types, entities, operations, conditions, requests, plans and findings, as plain values.
//!
//! Paper: section "SAMOS cloud service operation modelling framework".
//!
//! In: text in the notation of a specification ([`text`]), or values built by hand.
//! Out: values that can be compared, hashed, ordered, printed and serialised.
//! Not here: RDF, HTTP, files, clocks, and any evaluation of a condition. Evaluating is done three times on
//! purpose (planning, checker, reference), so that a fault in one shows.

pub mod bearings;
pub mod changes;
pub mod codes;
pub mod confirmation;
pub mod digest;
pub mod finding;
pub mod goal;
pub mod lineage;
pub mod name;
pub mod operation;
pub mod plan;
pub mod reply;
pub mod request;
pub mod search;
pub mod text;
pub mod value;
pub mod vocabulary;
pub mod world;

pub use bearings::Bearings;
pub use changes::Changes;
pub use finding::{Finding, Place, Severity};
pub use goal::{Given, Goal, Objective, Want};
pub use lineage::Lineage;
pub use name::{Iri, Name};
pub use operation::{Category, Kind, Operation, Outcome, Parameter, Reads};
pub use plan::{Answer, Plan};
pub use request::{Request, RequestFinding, Supplied, SuppliedValue};
pub use rust_decimal::Decimal;
pub use search::{Deadline, Limit, Limits, Measure, Proof, SearchReport};
pub use text::{Atom, Comparison, Condition, Conjunct, Effect, Path, Root, Sign, Term};
pub use value::{Literal, Truth, Value};
pub use world::{FormatProblem, Observation, Property, Values, World};
