//! What a user chooses about a run.

use std::collections::BTreeMap;

use samos_model::confirmation::Confirmation;
use samos_model::reply::ErrorClass;
use samos_model::{Iri, Operation};
use serde::{Deserialize, Serialize};

use crate::transition::TaskId;

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

/// What a mapping says about a request to an account.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Advice {
    /// How its effect shows, how long to wait for that, and what says that it will not come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    /// May it be sent again when its answer was lost? It is idempotent, or carries a token.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resendable: bool,
}

/// What a user allows a run; what is left out stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Allowance {
    /// How many steps may be under way at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<usize>,
    /// How long the run may take before nothing new is begun: from its beginning, or from when it was last gone on with
    /// after it had ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// How often a request is sent again after a refusal that may pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
}

impl Allowance {
    /// Does it say nothing?
    #[must_use = "reading has no other effect"]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The choices, with defaults that suit a cloud.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Policy {
    /// What to do when a step cannot be done.
    pub on_failure: OnFailure,
    /// The run that could not do what this one does instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
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
    /// What mappings say, by the step and by the operation: its own, or the one that takes it back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub advice: BTreeMap<TaskId, BTreeMap<Iri, Advice>>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            on_failure: OnFailure::Stop,
            follows: None,
            approved: None,
            retries: 5,
            backoff_ms: 500,
            longest_backoff_ms: 15_000,
            confirm_ms: 120_000,
            deadline_ms: None,
            width: 8,
            advice: BTreeMap::new(),
        }
    }
}

impl Policy {
    /// Allows what is said, and leaves the rest.
    pub fn allow(&mut self, allowance: &Allowance) {
        self.width = allowance.at_once.unwrap_or(self.width);
        self.deadline_ms = allowance.deadline_ms.or(self.deadline_ms);
        self.retries = allowance.retries.unwrap_or(self.retries);
    }

    /// What the mapping says about an operation that does a step or takes it back.
    #[must_use = "reading has no other effect"]
    pub fn advice_on(&self, task: TaskId, operation: &Iri) -> Option<&Advice> {
        self.advice.get(&TaskId::step(task.step))?.get(operation)
    }

    /// The pause before the n-th look at an effect after the first: looking begins no later than its mapping says.
    #[must_use = "computing has no other effect"]
    pub fn pause_ms(&self, advice: Option<&Advice>, rounds: u32) -> u64 {
        let confirmation = advice.and_then(|advice| advice.confirmation.as_ref());
        let first_ms = confirmation.map_or(self.backoff_ms, |it| it.delay_ms.min(self.backoff_ms));
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

    /// How long to wait for the postcondition of an operation: as long as its mapping says.
    #[must_use = "computing has no other effect"]
    pub fn patience_ms(&self, operation: Option<&Operation>, advice: Option<&Advice>) -> u64 {
        if let Some(confirmation) = advice.and_then(|advice| advice.confirmation.as_ref()) {
            let times = u64::from(confirmation.limit);
            return confirmation.delay_ms.saturating_mul(times);
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
