//! How far a search may go, and what it says about how far it went.

use serde::{Deserialize, Serialize};

/// Bounds of one search. Reaching one is reported, never silent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// States (or partial plans) that may be considered.
    pub considered: u64,
    /// Steps of the longest plan looked for.
    pub steps: usize,
    /// Plans, chains or groups returned.
    pub answers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            considered: 200_000,
            steps: 64,
            answers: 16,
        }
    }
}

/// Which bound of [`Limits`] ended a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Limit {
    /// [`Limits::considered`].
    Considered,
    /// [`Limits::steps`].
    Steps,
    /// [`Limits::answers`].
    Answers,
}

/// What a search did. `complete` means: what was not found does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchReport {
    /// Was everything looked at that could have mattered?
    pub complete: bool,
    /// The bound that ended it, when it is not complete.
    pub limit: Option<Limit>,
    /// How many states, partial plans or chains were looked at.
    pub considered: u64,
    /// How many were kept as answers.
    pub kept: u64,
}
