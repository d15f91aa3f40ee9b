//! Sends calls to clouds and reads what they answer: one trait, one module per protocol or system.
//!
//! Deliberately not here: what to call (that is `samos-mapping`), and whether it may be called.

pub mod aws;
mod driver;
pub mod haproxy;
pub mod http;
pub mod libvirt;
mod limits;
mod retry;
mod transport;

pub use driver::{Driver, Preview, PreviewHeader, SendError, SendOptions};
pub use transport::{ConnectionSettings, Transport};
