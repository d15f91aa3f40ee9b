//! What a host sends to, and whose clock it lives by: real providers, or simulated ones on a clock of their own.
//!
//! In: requests. Out: their answers, whenever they come, and the passing of time. [`Played`] lets anything that answers on
//! the spot, such as a simulation, stand here; [`SteadyClock`] is the time that real providers have. Not here: rendering
//! and sending requests of real clouds.

use std::cell::RefCell;
use std::time::Duration;

use futures::future::{FutureExt as _, LocalBoxFuture, ready};
use samos_model::Request;
use samos_model::reply::{CallError, Outcomes};
use tokio::time::Instant;

use crate::provider::Provider;

/// Something that sends requests and has a clock.
pub trait Remote {
    /// Sends a request and waits for its answer. `token` names the step, not the attempt: a provider that keeps tokens
    /// takes effect at most once for each. Information requests have none.
    fn call(
        &self,
        request: Request,
        token: Option<String>,
    ) -> LocalBoxFuture<'_, Result<Outcomes, CallError>>;

    /// Milliseconds since 1970, on a clock that goes forward steadily, whatever happens to the machine's.
    fn now_ms(&self) -> u64;

    /// Lets time pass until it is that late.
    fn until(&self, at_ms: u64) -> LocalBoxFuture<'_, ()>;
}

/// A [`Provider`] as a remote: it answers as soon as it is asked, and while nothing else is to be done its clock jumps.
pub struct Played<'p> {
    provider: RefCell<&'p mut dyn Provider>,
    speed: Option<f64>,
}

/// However slowly a played provider is shown, no piece of a wait is longer.
const LONGEST: Duration = Duration::from_millis(250);
/// In how many pieces a wait is shown.
const PIECES: u64 = 20;

impl<'p> Played<'p> {
    /// Plays it as fast as it can.
    #[must_use = "a remote does nothing until it is asked"]
    pub fn new(provider: &'p mut dyn Provider) -> Self {
        Self {
            provider: RefCell::new(provider),
            speed: None,
        }
    }

    /// Plays it for an audience: so many times as fast as its clock goes. That needs a Tokio runtime with time.
    #[must_use = "a remote does nothing until it is asked"]
    pub fn at_speed(self, speed: Option<f64>) -> Self {
        Self { speed, ..self }
    }

    /// Takes as long as the audience is to see that pass.
    async fn shown(&self, passed_ms: u64) {
        if let Some(speed) = self.speed.filter(|_| passed_ms > 0) {
            let passed = Duration::from_millis(passed_ms);
            let shown = Duration::try_from_secs_f64(passed.as_secs_f64() / speed.max(0.001));
            tokio::time::sleep(shown.unwrap_or(LONGEST).min(LONGEST)).await;
        }
    }

    fn pass(&self, ms: u64) {
        self.provider.borrow_mut().advance(ms);
    }

    fn left_ms(&self, at_ms: u64) -> u64 {
        at_ms.saturating_sub(self.provider.borrow().now_ms())
    }
}

impl std::fmt::Debug for Played<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Played")
            .field("speed", &self.speed)
            .finish_non_exhaustive()
    }
}

impl Remote for Played<'_> {
    fn call(
        &self,
        request: Request,
        token: Option<String>,
    ) -> LocalBoxFuture<'_, Result<Outcomes, CallError>> {
        let mut provider = self.provider.borrow_mut();
        let before_ms = provider.now_ms();
        let answer = provider.call(&request, token.as_deref());
        let passed_ms = provider.now_ms().saturating_sub(before_ms);
        match self.speed {
            None => ready(answer).boxed_local(),
            Some(_) => async move {
                self.shown(passed_ms).await;
                answer
            }
            .boxed_local(),
        }
    }

    fn now_ms(&self) -> u64 {
        self.provider.borrow().now_ms()
    }

    fn until(&self, at_ms: u64) -> LocalBoxFuture<'_, ()> {
        async move {
            if self.speed.is_some() {
                // In pieces: whoever is heard meanwhile does not begin the wait again.
                let piece_ms = (self.left_ms(at_ms) / PIECES).max(1);
                while self.left_ms(at_ms) > piece_ms {
                    self.shown(piece_ms).await;
                    self.pass(piece_ms);
                }
            }
            self.pass(self.left_ms(at_ms));
        }
        .boxed_local()
    }
}

/// A time that goes forward steadily from a moment; what is later done to the machine's clock does not change it.
#[derive(Clone, Copy, Debug)]
pub struct SteadyClock {
    start_ms: u64,
    started: Instant,
}

impl SteadyClock {
    /// A clock that shows `start_ms` now.
    #[must_use = "a clock does nothing but go"]
    pub fn starting_at(start_ms: u64) -> Self {
        Self {
            start_ms,
            started: Instant::now(),
        }
    }

    /// What it shows.
    #[must_use = "reading has no other effect"]
    pub fn now_ms(&self) -> u64 {
        let passed_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.start_ms.saturating_add(passed_ms)
    }

    /// Waits until it shows that.
    pub async fn until(&self, at_ms: u64) {
        let left = Duration::from_millis(at_ms.saturating_sub(self.start_ms));
        match self.started.checked_add(left) {
            Some(moment) => tokio::time::sleep_until(moment).await,
            None => std::future::pending().await,
        }
    }
}
