//! Is a request well formed, and is it allowed now? Parameter and precondition verification.
//!
//! Paper: section "Basic service operation preparation and execution", figures 4 and 5.
//!
//! In: an operation, a subject and the arguments at hand, against the live [`World`]. Out: a [`Verification`] with the
//! arguments as values, every violation at once (code, reason, next step), and the information requests that would
//! read what is not known. Also what execution and simulation reuse: three-valued [`evaluation`] of conditions on live
//! facts, and whether a postcondition's [`effects`] show.
//! Not here: hypothetical states and symbols (planning, checker and reference have their own), fetching, changing.

pub mod effects;
pub mod evaluation;
pub mod parameters;
mod preconditions;
pub mod reaching;
mod request;
pub mod wording;

pub use effects::holds_after;
pub use evaluation::{Bindings, condition_truth, truth};
pub use parameters::{Bound, Manner, bind};
pub use preconditions::Judged;
pub use request::{Concern, Verification, Verifier, supplied_by, verify, verify_request};

#[doc(no_inline)]
pub use samos_model::World;

#[cfg(test)]
mod tests;
