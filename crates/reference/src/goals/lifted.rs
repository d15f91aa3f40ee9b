//! Plans that would exist if some conditions did not stand in the way: how few would have to go.
//!
//! In: a world, a goal, bounds. Out: the least number of conjuncts of preconditions, each of one request, without which
//! the goal is reached. Every set of them is tried, fewest first; values that nobody has, and the goal itself, are not
//! wished away here.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::{Goal, Operation, World};

use super::{Bounds, Node, holds, signature, start, successors_by};

/// The fewest conjuncts that stand in the way, no more than `most`; and whether everything was looked at that could take
/// fewer.
#[must_use = "searching has no other effect"]
pub fn fewest_lifted(
    world: &dyn World,
    goal: &Goal,
    most: usize,
    bounds: &Bounds,
) -> (Option<usize>, bool) {
    let mut waiting: BTreeMap<(usize, usize, usize), Node<'_>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut exhausted = true;
    let mut number = 0;
    waiting.insert((0, 0, 0), start(world, goal));
    while let Some(((lifted, steps, _), node)) = waiting.pop_first() {
        if !seen.insert(signature(&node, bounds.earned)) {
            continue;
        }
        if holds(&node, goal, bounds.earned) {
            return (Some(lifted), exhausted);
        }
        if seen.len() > bounds.states {
            return (None, false);
        }
        if steps >= bounds.steps {
            exhausted = false;
            continue;
        }
        for count in 0..=most - lifted {
            let without = |operation: &Operation| without(operation, count);
            for next in successors_by(&node, goal.assume, &without) {
                if next.made.len() > bounds.created {
                    exhausted = false;
                    continue;
                }
                number += 1;
                waiting.insert((lifted + count, steps + 1, number), next);
            }
        }
    }
    (None, exhausted)
}

/// The operation without any so many conjuncts of its precondition.
fn without(operation: &Operation, count: usize) -> Vec<Operation> {
    let conjuncts = operation.precondition.conjuncts.len();
    let sets = (0..1_u32 << conjuncts).filter(|set| set.count_ones() as usize == count);
    let lifted = sets.map(|set| {
        let mut own = operation.clone();
        let mut at = 0;
        own.precondition.conjuncts.retain(|_| {
            at += 1;
            set >> (at - 1) & 1 == 0
        });
        own
    });
    lifted.collect()
}
