//! The vendor's own test suites, run whole: requests, responses, errors, signatures, endpoints; and the mappings against its
//! models.
//!
//! The suites come with botocore's source package. It is not part of this repository: the first test that needs it has pip
//! fetch it into the target folder.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests"
)]

#[path = "vendor/endpoints.rs"]
mod endpoints;
#[path = "vendor/fetch.rs"]
mod fetch;
#[path = "vendor/mappings.rs"]
mod mappings;
#[path = "vendor/protocols.rs"]
mod protocols;
#[path = "vendor/signatures.rs"]
mod signatures;
