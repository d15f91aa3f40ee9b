//! Search over operations: slices, binds, chains, ranks, orders.
//!
//! Paper: section "Service operation requirement verification and dynamic assistance reasoning", its step "compose".
//!
//! In: a world, and what is asked of it. Out: plans with reasons, or that none exists and what would make one.
//! Not here: executing, fetching unknown facts, and checking plans; the checker shares none of this code.

mod assembly;
mod bound;
mod candidates;
mod catalogue;
pub mod chains;
mod compiled;
mod composition;
mod effects;
mod evaluation;
pub mod goals;
mod grounded;
mod judging;
pub mod lint;
mod minimum;
mod search;
mod slice;
mod state;
mod undo;
mod view;
mod waiting;
mod words;
