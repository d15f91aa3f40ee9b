//! Goals: what a plan is asked to bring about or to obtain.

use serde::{Deserialize, Serialize};

use crate::name::{Iri, Name};
use crate::text::Condition;
use crate::value::Value;

/// A thing to obtain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Want {
    /// The root under which the goal's condition speaks of it.
    pub name: Option<Name>,
    /// What it must be.
    pub of_type: Iri,
}

/// A thing at hand.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Given {
    /// One anonymous thing, usable many times, of exactly that class.
    Type(Iri),
    /// A known value.
    Value(Value),
}

/// What the cheapest plan has the least of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Objective {
    /// Fewest manipulations, then operations, then layers: the order used everywhere.
    #[default]
    Default,
    /// Fewest operations, then layers.
    Operations,
    /// Fewest layers, then operations.
    Layers,
    /// Least summed cost of the operations.
    Cost,
    /// Least time when everything that can run at once does.
    Makespan,
    /// Every trade-off between layers and operations that no other beats.
    Pareto,
}

/// A question to the planner.
#[derive(Clone, Debug, Default)]
pub struct Goal {
    /// What must hold at the end; empty for none.
    pub condition: Condition,
    /// What must be at hand at the end.
    pub wants: Vec<Want>,
    /// Must wanted things be new ones?
    pub new: bool,
    /// What is at hand at the start.
    pub givens: Vec<Given>,
    /// The subjects to plan with; empty for all that matter.
    pub subjects: Vec<Iri>,
    /// What to minimise.
    pub objective: Objective,
    /// How many plans to return at most.
    pub alternatives: usize,
    /// Shall the plans be far apart in what they ask of whom, rather than the cheapest?
    pub diverse: bool,
    /// May unknown preconditions be assumed?
    pub assume: bool,
}
