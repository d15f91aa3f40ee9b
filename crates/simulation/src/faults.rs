//! What goes wrong, how often, and how long things take.

use std::collections::{BTreeMap, BTreeSet};

use samos_execution::ErrorClass;
use samos_model::Iri;
use serde::{Deserialize, Serialize};

/// One thing going wrong with a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The answer takes long.
    Slow,
    /// The provider says no; nothing takes effect.
    Refuse(ErrorClass),
    /// The request never arrives, and no answer comes.
    LoseRequest,
    /// The request takes effect, and no answer comes.
    LoseAnswer,
    /// Another changes the subject just before.
    Disturb,
}

/// Faults by seed, and times. Chances are in a thousand calls. The default is a provider without faults that shows no
/// passing states.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Faults {
    /// Where all that is left to chance comes from.
    pub seed: u64,
    /// How long an answer takes, from the least to the most.
    pub latency_ms: (u64, u64),
    /// How long a passing state shows; (0, 0) for not at all.
    pub passing_ms: (u64, u64),
    /// A slow answer takes that long.
    pub slow_ms: u64,
    /// How often answers are slow.
    pub slow: u32,
    /// How often a request is refused as throttled or unavailable.
    pub refuse: u32,
    /// How often a request is lost on its way.
    pub lose_request: u32,
    /// How often an answer is lost on its way.
    pub lose_answer: u32,
    /// How often another changes a manipulation's subject just before.
    pub disturb: u32,
    /// Operations that are not permitted.
    pub denied: BTreeSet<Iri>,
    /// Does it keep tokens, so that a request sent twice takes effect once?
    pub keeps_tokens: bool,
    /// Faults of the n-th manipulation, counted from 1, whatever chance says.
    pub script: BTreeMap<u64, Fault>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            seed: 0,
            latency_ms: (20, 120),
            passing_ms: (0, 0),
            slow_ms: 30_000,
            slow: 0,
            refuse: 0,
            lose_request: 0,
            lose_answer: 0,
            disturb: 0,
            denied: BTreeSet::new(),
            keeps_tokens: false,
            script: BTreeMap::new(),
        }
    }
}

impl Faults {
    /// A provider without faults, whose states pass as real ones do.
    #[must_use = "this makes a value and changes nothing"]
    pub fn calm(seed: u64) -> Self {
        Self {
            seed,
            passing_ms: (2_000, 20_000),
            ..Self::default()
        }
    }

    /// A provider on a bad day: about one call in five goes wrong somehow; nobody else interferes.
    #[must_use = "this makes a value and changes nothing"]
    pub fn rough(seed: u64) -> Self {
        Self {
            slow: 30,
            refuse: 60,
            lose_request: 60,
            lose_answer: 60,
            ..Self::calm(seed)
        }
    }
}
