//! Every plan for a goal that is short enough, with all that it takes: whatever is to be least, none of them may be
//! better than a best one.
//!
//! In: a world, a goal, bounds. Out: what each plan takes. Nothing is left out for being like something else: what takes
//! more steps may take fewer rounds, and the other order of the same steps less time.

use samos_model::{Goal, Objective, World};

use super::{Bounds, Node, Price, holds, start, successors};
use crate::requests::Call;

/// What one plan takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Taken {
    /// Assumptions and steps.
    pub price: Price,
    /// Rounds, when all that can run at once does.
    pub layers: u64,
    /// Milliseconds, when all that can run at once does; a step that does not say takes a second.
    pub makespan: u64,
    /// The summed price in millionths.
    pub cost: u64,
}

impl Taken {
    /// What is compared, one after the other; fewer assumptions go before anything.
    #[must_use = "reading has no other effect"]
    pub fn key(&self, objective: Objective) -> Vec<u64> {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let (operations, manipulations) = (
            count(self.price.operations),
            count(self.price.manipulations),
        );
        let rest = match objective {
            Objective::Default => vec![manipulations, operations, self.layers],
            Objective::Operations => vec![operations, self.layers],
            Objective::Layers | Objective::Pareto => vec![self.layers, operations],
            Objective::Makespan => vec![self.makespan, operations],
            Objective::Cost => vec![self.cost, manipulations, operations],
        };
        std::iter::once(count(self.price.assumptions))
            .chain(rest)
            .collect()
    }
}

/// All plans of few steps with what they take, as far as so many requests may be tried; and whether none of that length
/// was left out.
#[must_use = "searching has no other effect"]
pub fn every_plan(
    world: &dyn World,
    goal: &Goal,
    bounds: &Bounds,
) -> (Vec<(Taken, Vec<Call>)>, bool) {
    let mut left = bounds.layering;
    let mut found = Vec::new();
    let mut now = vec![start(world, goal)];
    for _ in 0..=bounds.steps {
        let mut next = Vec::new();
        for node in now {
            if holds(&node, goal, bounds.earned) {
                found.push((taken(&node), node.calls));
                continue;
            }
            for one in successors(&node, goal.assume) {
                let Some(fewer) = left.checked_sub(1) else {
                    return (found, false);
                };
                left = fewer;
                if one.made.len() <= bounds.created {
                    next.push(one);
                }
            }
        }
        now = next;
    }
    (found, true)
}

fn taken(node: &Node<'_>) -> Taken {
    let specified = |place: usize| {
        let call = node.calls.get(place)?;
        node.state.world.operation(&call.operation)
    };
    let last = |length: &dyn Fn(usize) -> u64| {
        let ends = super::ends(&node.touched, |place| node.givers(place), length);
        ends.into_iter().max().unwrap_or(0)
    };
    let places = 0..node.calls.len();
    let costs = places.filter_map(|place| specified(place)?.cost);
    Taken {
        price: node.price,
        layers: last(&|_| 1),
        makespan: last(&|place| {
            let seconds = specified(place).and_then(|operation| operation.duration_s);
            whole(seconds.unwrap_or(1.0) * 1e3)
        }),
        cost: costs.map(|cost| whole(cost * 1e6)).sum(),
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "amounts of a small world"
)]
fn whole(amount: f64) -> u64 {
    amount.round() as u64
}
