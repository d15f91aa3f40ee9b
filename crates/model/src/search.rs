//! How far a search may go, and what it says about how far it went.

use std::fmt;
use std::sync::Arc;

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
    /// When it must end, whatever it has found by then.
    #[serde(skip)]
    pub deadline: Deadline,
}

/// Says how much of the time that a search may take has passed; without one a search does the same at every call.
///
/// Who searches reads no clock: who asks gives a question that it may put.
#[derive(Clone, Default)]
pub struct Deadline(Option<Arc<dyn Fn() -> f64 + Send + Sync>>);

impl Deadline {
    /// One that asks which part of the time has passed: nothing at zero, all of it at one.
    #[must_use = "a deadline that nobody asks ends nothing"]
    pub fn when(passed: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(passed)))
    }

    /// Is there one at all?
    #[must_use = "asking has no other effect"]
    pub fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// Is the time over?
    #[must_use = "asking has no other effect"]
    pub fn is_over(&self) -> bool {
        self.0.as_ref().is_some_and(|passed| passed() >= 1.0)
    }

    /// The same for a part of the whole time: over when that much of it has passed.
    #[must_use = "a deadline that nobody asks ends nothing"]
    pub fn until(&self, part: f64) -> Self {
        match &self.0 {
            Some(passed) => {
                let passed = Arc::clone(passed);
                Self::when(move || passed() / part)
            }
            None => Self::default(),
        }
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.is_set() { "set" } else { "none" };
        formatter.write_str(text)
    }
}

/// The same question, or none.
impl PartialEq for Deadline {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (None, None) => true,
            _ => false,
        }
    }
}

impl Eq for Deadline {}

impl Default for Limits {
    fn default() -> Self {
        Self {
            considered: 200_000,
            steps: 64,
            answers: 16,
            deadline: Deadline::default(),
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
    /// [`Limits::deadline`].
    Time,
}

/// What a search did. `complete` means: what was not found does not exist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchReport {
    /// Was everything looked at that could have mattered?
    pub complete: bool,
    /// The bound that ended it, when it is not complete.
    pub limit: Option<Limit>,
    /// How many states, partial plans or chains were looked at.
    pub considered: u64,
    /// How many were kept as answers.
    pub kept: u64,
    /// How good the best plan is known to be, where that was worked out.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// How good the best plan is known to be: no plan takes less than the bound, and this one takes so much more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// What is counted: the first, in the order of what matters, in which a better plan may exist.
    pub measure: Measure,
    /// What any plan takes at least.
    #[serde(serialize_with = "whole_if_whole")]
    pub bound: f64,
    /// What the best plan takes more than that; nothing is better where it is zero.
    #[serde(serialize_with = "whole_if_whole")]
    pub gap: f64,
}

/// What plans are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// What is taken for granted.
    Assumptions,
    /// Steps that change something.
    Manipulations,
    /// Steps.
    Operations,
    /// Rounds, when all that can run at once does.
    Layers,
    /// The summed price.
    Cost,
    /// Seconds.
    Makespan,
}

/// Whole numbers without a fraction.
fn whole_if_whole<S: serde::Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if number.fract() == 0.0 && (0.0..9e15).contains(number) {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked just before to be whole, not negative and small enough"
        )]
        let whole = *number as u64;
        serializer.serialize_u64(whole)
    } else {
        serializer.serialize_f64(*number)
    }
}
