//! The source paper as code: slow, obvious twins of the reasoners, for tests.
//!
//! Paper: table 3, "Reasoning steps".
//!
//! In: small worlds built by hand or from a seed. Out: what the fast reasoners should answer, found by going through
//! everything there is. It has an evaluation of conditions and effects of its own, the third beside those of `planning`
//! and `checker`, so that a fault in any one of them shows.
//! Deliberately not here: speed, explanation, and anything shared with what it is held against.

pub mod estate;
pub mod evaluation;
pub mod goals;
pub mod plans;
pub mod requests;
pub mod twins;
pub mod worlds;

pub use estate::Estate;
