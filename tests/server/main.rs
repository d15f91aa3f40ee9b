//! The server as its clients meet it: real HTTP over loopback, on the demo world and on a data directory of its own.
//!
//! What the two SPARQL protocols ask for stands as cases in text, in `cases/`; what needs more than a request and its answer
//! stands here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets something unforeseen fails"
)]

mod accounts;
mod cases;
mod client;
mod events;
mod plans;
mod protocol;
mod standing;
#[cfg(feature = "opentelemetry")]
mod traces;
