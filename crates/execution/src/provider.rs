//! What answers on the spot, on a clock that is moved: a simulated provider, or whatever a test puts in its place.

use samos_model::Request;
use samos_model::reply::{CallError, Outcomes};

/// Something that answers requests and has a clock.
pub trait Provider {
    /// Sends a request and waits for its answer. `token` names the step, not the attempt: a provider that keeps
    /// tokens takes effect at most once for each.
    ///
    /// # Errors
    /// Refused, or nobody knows.
    fn call(&mut self, request: &Request, token: Option<&str>) -> Result<Outcomes, CallError>;

    /// Milliseconds since 1970 on the provider's clock.
    fn now_ms(&self) -> u64;

    /// Lets time pass.
    fn advance(&mut self, ms: u64);
}
