//! Renders planned steps into API requests and reads the answers, from the files in `mappings/`. Sends nothing.
//!
//! Paper: "operation mapping", from service requests to the interfaces of providers.
//!
//! In: mapping files, a [`World`](samos_model::World), requests, answers. Out: [`Call`]s,
//! [`Outcomes`](samos_model::reply::Outcomes) and findings. What a file may say is in `mappings/README.md`.
//! Not here: protocols, credentials, retries: those are the drivers'.

mod builtin;
pub mod call;
pub mod confirmation;
mod coverage;
mod entry;
mod errors;
mod expression;
mod file;
mod library;
mod mappings;
mod paging;
mod pattern;
mod reading;
mod rendering;
mod scope;
mod shape;
pub mod template;
pub mod validation;

pub use builtin::BUILT_IN;
pub use call::{Answer, ApiError, Body, Call};
pub use confirmation::{Confirmation, Verdict};
pub use coverage::{Count, Coverage};
pub use errors::{Class, Error};
pub use library::{Library, SignIn, Transport, Verification};
pub use mappings::{Mappings, Resend};
pub use paging::Paging;
pub use validation::{MemberShape, ModelShapes};

/// The JSON Schema of mapping files.
pub const SCHEMA: &str = include_str!("../../../mappings/mapping.schema.json");

#[cfg(test)]
mod tests;
