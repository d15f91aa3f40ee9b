//! What can be chosen when a reasoner is asked.

use samos_model::Limits;

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
