//! What a request is sent to: the one seam between execution and whatever answers, simulated or real.

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

    /// Sends requests that need not wait for each other, at once where it can, each with its token; gives their answers in
    /// the same order.
    fn call_all(
        &mut self,
        calls: &[(Request, Option<String>)],
    ) -> Vec<Result<Outcomes, CallError>> {
        let answers = calls
            .iter()
            .map(|(request, token)| self.call(request, token.as_deref()));
        answers.collect()
    }

    /// Sends requests that only read, at once where it can, and gives their answers in the same order.
    fn read_all(&mut self, requests: &[Request]) -> Vec<Result<Outcomes, CallError>> {
        let calls = requests.iter().map(|request| (request.clone(), None));
        let calls: Vec<_> = calls.collect();
        self.call_all(&calls)
    }

    /// Milliseconds since 1970 on the provider's clock.
    fn now_ms(&self) -> u64;

    /// Lets time pass: sleeps, or moves a virtual clock.
    fn advance(&mut self, ms: u64);
}
