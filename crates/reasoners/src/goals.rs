//! Goals, beyond the paper: bring about a state, obtain a kind of thing, cheapest first.
//!
//! In: a [`Goal`]. Out: plans, alternatives, or that none exists (by complete search) with the nearest miss.

use samos_model::{Answer, Goal, Limits, World};

/// The best plans for a goal.
#[must_use = "reasoning has no other effect"]
pub fn plan(world: &dyn World, goal: &Goal, limits: &Limits) -> Answer {
    samos_planning::goals::plan(world, goal, limits)
}
