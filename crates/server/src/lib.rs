//! samos over HTTP: SPARQL and graph store, a REST interface that describes itself, events, metrics, tools for agents.
//!
//! In: a [`Configuration`] that says how the world is loaded and who may do what. Out: a server that answers until it is
//! told to end. Readers look at a published world and wait for nobody; one thread changes it. Not here: deciding
//! anything: every answer is the facade's.

mod access;
mod api;
mod caller;
mod clock;
mod configuration;
mod events;
mod extract;
mod issuer;
mod mcp;
mod metrics;
mod pages;
mod problem;
mod published;
mod running;
pub mod schema;
mod server;
mod shelf;
mod spans;
mod sparql;
#[cfg(feature = "opentelemetry")]
mod traces;
mod turns;

pub use configuration::{Access, Configuration, Load, Oidc, Tls, WorldKind, new_token};
pub use mcp::{AgentOptions, speak};
pub use server::{Error, Serving, document, serve, start};
#[cfg(feature = "opentelemetry")]
pub use traces::Traces;
