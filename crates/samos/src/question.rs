//! What can be chosen when a reasoner is asked.

use std::time::{Duration, Instant};

use samos_model::{Deadline, Limits};

/// Limits for a search that answers the best it has found when the time from now on is over, and nothing else ends.
#[must_use = "this makes a value and changes nothing"]
#[allow(
    clippy::disallowed_methods,
    reason = "the facade is where a search is told the time"
)]
pub fn within_time(time: Duration) -> Limits {
    let begin = Instant::now();
    let passed = move || match time.as_secs_f64() {
        whole if whole > 0.0 => begin.elapsed().as_secs_f64() / whole,
        _ => 1.0,
    };
    Limits {
        considered: u64::MAX,
        deadline: Deadline::when(passed),
        ..Limits::default()
    }
}

/// How subjects are connected.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// What must hold at the end.
    pub goal: Option<String>,
    /// May unknown preconditions be assumed?
    pub assume: bool,
    /// Offer also what keeps things apart?
    pub excluding: bool,
    /// How far to search.
    pub limits: Limits,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            goal: None,
            assume: true,
            excluding: false,
            limits: Limits::default(),
        }
    }
}

/// Which chains are looked for.
#[derive(Clone, Debug, Default)]
pub struct ChainOptions {
    /// What must hold at the end.
    pub goal: Option<String>,
    /// How far to search.
    pub limits: Limits,
}
