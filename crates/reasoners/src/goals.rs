//! Goals, beyond the paper: bring about a state, obtain a kind of thing, cheapest first.
//!
//! In: a [`Goal`]. Out: plans, alternatives, or that none exists (by complete search) with the nearest miss.

use samos_model::plan::GoalExplanation;
use samos_model::{Answer, Goal, Iri, Limits, World};

/// What every plan for a goal must pass, and why an operation is not in the best.
#[must_use = "reasoning has no other effect"]
pub fn explain(
    world: &dyn World,
    goal: &Goal,
    operation: Option<&Iri>,
    limits: &Limits,
) -> GoalExplanation {
    samos_planning::goals::explain(world, goal, operation, limits)
}

/// The best plans for a goal.
#[must_use = "reasoning has no other effect"]
pub fn plan(world: &dyn World, goal: &Goal, limits: &Limits) -> Answer {
    samos_planning::goals::plan(world, goal, limits)
}
