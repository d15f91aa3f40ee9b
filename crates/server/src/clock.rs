//! What time it is: the server is an edge, and has a clock.

use std::time::{Duration, Instant};

/// Now, as RFC 3339 in UTC.
pub(crate) fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

/// Seconds between two times in RFC 3339; `None` where one cannot be read.
pub(crate) fn seconds_between(earlier: &str, later: &str) -> Option<i64> {
    let earlier: jiff::Timestamp = earlier.parse().ok()?;
    let later: jiff::Timestamp = later.parse().ok()?;
    Some(later.as_second() - earlier.as_second())
}

/// The time that many seconds from now.
pub(crate) fn in_seconds(seconds: i64) -> String {
    let now = jiff::Timestamp::now();
    let then = jiff::SignedDuration::from_secs(seconds);
    format!("{:.0}", now.saturating_add(then).unwrap_or(now))
}

/// Measures how long something takes.
#[derive(Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[allow(
        clippy::disallowed_methods,
        reason = "how long an answer takes is measured here"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
