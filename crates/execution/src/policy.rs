//! What a user chooses about a run.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::reply::ErrorClass;
use samos_model::{Iri, Operation};
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

/// How long the effect of an operation is waited for, where its mapping says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Patience {
    /// The first pause before looking again; it doubles each time.
    pub delay_ms: u64,
    /// How long to wait at most.
    pub limit_ms: u64,
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
    /// What is waited for otherwise than these choices say, by operation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub patience: BTreeMap<Iri, Patience>,
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
            patience: BTreeMap::new(),
        }
    }
}

impl Policy {
    /// The pause before the n-th look at an operation's effect after the first.
    #[must_use = "computing has no other effect"]
    pub fn pause_ms(&self, operation: Option<&Operation>, rounds: u32) -> u64 {
        let of_its_own = operation.and_then(|operation| self.patience.get(&operation.iri));
        let first_ms = of_its_own.map_or(self.backoff_ms, |patience| patience.delay_ms);
        self.doubled(first_ms, rounds)
    }

    /// The pause before a request is sent again that was refused n times before with an error that may pass. Who is told
    /// to slow down, or meets a provider out of order, leaves it alone for longer.
    #[must_use = "computing has no other effect"]
    pub fn retry_pause_ms(&self, class: Option<ErrorClass>, refusals: u32) -> u64 {
        let slower = match class {
            Some(ErrorClass::Throttled | ErrorClass::Unavailable) => 1,
            _ => 0,
        };
        self.doubled(self.backoff_ms, refusals.saturating_add(slower))
    }

    fn doubled(&self, first_ms: u64, rounds: u32) -> u64 {
        let doubled = first_ms.saturating_mul(1 << rounds.min(20));
        doubled.clamp(1, self.longest_backoff_ms.max(first_ms).max(1))
    }

    /// How long to wait for the postcondition of an operation.
    #[must_use = "computing has no other effect"]
    pub fn patience_ms(&self, operation: Option<&Operation>) -> u64 {
        if let Some(patience) = operation.and_then(|operation| self.patience.get(&operation.iri)) {
            return patience.limit_ms;
        }
        let usual_s = operation
            .and_then(|operation| operation.duration_s)
            .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
            .unwrap_or(0.0);
        let thrice = std::time::Duration::try_from_secs_f64(usual_s * 3.0).unwrap_or_default();
        let thrice_ms = u64::try_from(thrice.as_millis()).unwrap_or(u64::MAX);
        self.confirm_ms.max(thrice_ms)
    }
}
