//! The knowledge of samos: an OWL/RDF store that loads, validates, entails, answers SPARQL and interprets
//! specifications into `samos-model` values.
//!
//! Paper: sections "SAMOS cloud service operation modelling framework" and "Knowledge base".
//!
//! In: ontologies, specifications and facts as Turtle, TriG, N-Triples, N-Quads, RDF/XML or JSON-LD, graphs of an
//! embedder, observations. Out: a [`Snapshot`] that the reasoners look at, findings with exact places, answers to
//! SPARQL, proofs. Not here: choosing, planning, sending.

pub(crate) use samos_model::codes::knowledge as codes;

mod catalogue;
mod changes;
mod datatypes;
mod digest;
mod entailment;
mod export;
mod facts;
mod image;
mod index;
mod interpretation;
mod knowledge;
mod ledger;
mod proof;
mod query;
mod snapshot;
mod sophia_bridge;
mod sources;
mod store;
mod terms;
mod validation;
mod vocabulary;

pub use export::ClosureSize;
pub use facts::{ObservedFact, amounting_to};
pub use knowledge::{Knowledge, Report};
pub use proof::{Because, Proof};
pub use query::UpdateOptions;
pub use query::{Answer, AnswerFormat, AnswerKind, Changed, KnowledgeError};
pub use query::{Cancellation, GraphText, QueryOptions, QueryService, QueryView, ServiceQuestion};
pub use snapshot::Snapshot;
pub use sources::{Format, Source};
