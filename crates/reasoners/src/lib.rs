//! The four kinds of reasoning assistance, and goals.
//!
//! Paper: table 3, "Cloud service operation reasoning assistance type".
//!
//! In: the catalogue and the live world (one [`samos_model::World`]), a question, limits. Out: a value that explains
//! itself: what was found, what was dropped and why, whether the search was complete.
//! Not here: fetching facts, sending requests, choosing for the user.

pub mod concurrent;
pub mod goals;
pub mod interaction;
pub mod preparation;
pub mod repair;
pub mod sequence;
pub mod standing;
