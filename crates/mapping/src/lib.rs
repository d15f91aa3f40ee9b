//! Renders a planned step into API requests and reads what comes back, from the files in `mappings/`. Sends nothing.
//!
//! In: mapping files, a [`World`](samos_model::world::World), requests, answers. Out: [`call::Call`]s,
//! [`Outcomes`](samos_model::reply::Outcomes) and findings.
//! Not here: protocols, credentials, retries: those are the drivers'.

pub mod call;

pub use call::{Answer, ApiError, Body, Call};
