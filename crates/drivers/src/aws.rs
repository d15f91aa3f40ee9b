//! Amazon Web Services, driven at run time by the vendor's own models.
//!
//! In goes a model (`service-2.json`), the name of an operation and a JSON document in the model's member names; out comes
//! the HTTP request, and from the answer a JSON document again.
//!
//! How values look in those documents:
//! - a timestamp goes in as seconds since 1970 or as text (ISO 8601, HTTP date); it comes out as [`Timestamps`] says;
//! - a blob is text; where its bytes are not UTF-8 it is `{"base64": "…"}`, and may always be given so;
//! - a number that JSON lacks is `"NaN"`, `"Infinity"` or `"-Infinity"`.
//!
//! Deliberately not here: event streams, SigV4a (multi-region access points), S3 Express sessions.

mod catalogue;
mod cbor;
mod checksum;
pub mod credentials;
mod driver;
pub mod endpoints;
mod error;
mod model;
mod request;
mod response;
mod shapes;
mod sign;
mod value;
mod xml;

pub use catalogue::Catalogue;
pub use credentials::{Credentials, Environment};
pub use driver::{AwsDriver, Settings};
pub use error::Error;
pub use model::Service;
pub use request::{RenderOptions, RenderedRequest, ServiceAddress, render};
pub use response::{Reading, read};
pub use sign::{SignedPath, SigningScope, sign};
pub use value::Timestamps;
