//! What a user chooses about a run.

use std::collections::BTreeSet;

use samos_model::Iri;
use serde::{Deserialize, Serialize};

/// What to do when a step cannot be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// Begin nothing new and say what is done.
    #[default]
    Stop,
    /// Take back what was done.
    Undo,
    /// Ask for a new plan from the live state.
    Replan,
}

/// The choices, with defaults that suit a cloud.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Policy {
    /// What to do when a step cannot be done.
    pub on_failure: OnFailure,
    /// How many manipulations are approved; the run waits until it is exactly those of the plan.
    pub approved: Option<u32>,
    /// How often a request is sent again after a refusal that may pass.
    pub retries: u32,
    /// The first pause before looking or sending again; it doubles each time.
    pub backoff_ms: u64,
    /// The longest such pause.
    pub longest_backoff_ms: u64,
    /// How long to wait for a postcondition at least; a longer usual duration of the operation extends it.
    pub confirm_ms: u64,
    /// How long the whole run may take before nothing new is begun.
    pub deadline_ms: Option<u64>,
    /// How many steps may be under way at once.
    pub width: usize,
    /// Operations that may be sent again when an answer was lost: they are idempotent, or carry a token.
    pub resendable: BTreeSet<Iri>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            on_failure: OnFailure::Stop,
            approved: None,
            retries: 5,
            backoff_ms: 500,
            longest_backoff_ms: 15_000,
            confirm_ms: 120_000,
            deadline_ms: None,
            width: 8,
            resendable: BTreeSet::new(),
        }
    }
}

impl Policy {
    /// The pause before the n-th look or attempt after the first.
    #[must_use = "computing has no other effect"]
    pub fn pause_ms(&self, rounds: u32) -> u64 {
        let doubled = self.backoff_ms.saturating_mul(1 << rounds.min(20));
        doubled.clamp(1, self.longest_backoff_ms.max(1))
    }

    /// How long to wait for the postcondition of an operation with that usual duration.
    #[must_use = "computing has no other effect"]
    pub fn patience_ms(&self, duration_s: Option<f64>) -> u64 {
        let usual_s = duration_s
            .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
            .unwrap_or(0.0);
        let thrice = std::time::Duration::try_from_secs_f64(usual_s * 3.0).unwrap_or_default();
        let thrice_ms = u64::try_from(thrice.as_millis()).unwrap_or(u64::MAX);
        self.confirm_ms.max(thrice_ms)
    }
}
