//! A plan soon rather than a best one: greedy search with preferred actions, evaluated late.
//!
//! In: a task. Out: a plan, and how many states were looked at. Two queues take turns, one of all successors and one
//! of those by preferred actions, which is served more often after progress. Nothing is random.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::relaxed::Relaxed;
use super::task::{Bits, Fact, Task};

/// Turns that the preferred queue is given after progress.
const BOOST: i64 = 1_000;

/// Distance of the parent, order of finding, parent, action.
type Entry = Reverse<(u32, u64, u32, u32)>;

/// What a search gave.
pub(super) struct Found {
    pub(super) plan: Option<Vec<u32>>,
    pub(super) considered: u64,
}

/// Looks for a plan from a state to a goal, over so many states at most.
pub(super) fn greedy(
    task: &Task,
    relaxed: &mut Relaxed<'_>,
    from: &Bits,
    goal: &[Fact],
    most: u64,
) -> Found {
    let mut states: Vec<(Bits, u32, u32)> = Vec::new();
    let mut known: FxHashMap<Bits, u32> = FxHashMap::default();
    let (mut all, mut preferred): (BinaryHeap<Entry>, BinaryHeap<Entry>) =
        (BinaryHeap::new(), BinaryHeap::new());
    // How often each queue had its turn: that of all successors, that of preferred ones.
    let (mut turns_of_all, mut turns_of_preferred) = (0_i64, 0_i64);
    let mut best = u32::MAX;
    let mut count = 0;
    let mut considered = 0;
    let mut next: Option<(Bits, u32, u32)> = Some((from.clone(), u32::MAX, u32::MAX));
    loop {
        if let Some((state, parent, action)) = next.take()
            && !known.contains_key(&state)
        {
            let number = u32::try_from(states.len()).unwrap_or(u32::MAX);
            known.insert(state.clone(), number);
            states.push((state, parent, action));
            considered += 1;
            let state = states
                .last()
                .map(|(state, ..)| state.clone())
                .unwrap_or_default();
            if let Some(estimate) = relaxed.estimate(&state, goal) {
                if goal.iter().all(|fact| super::task::holds(&state, *fact)) {
                    return Found {
                        plan: Some(trace(&states, number)),
                        considered,
                    };
                }
                if estimate.distance < best {
                    best = estimate.distance;
                    turns_of_all = turns_of_all.min(0);
                    turns_of_preferred = turns_of_preferred.min(0) - BOOST;
                }
                for action in estimate.possible {
                    count += 1;
                    let entry = Reverse((estimate.distance, count, number, action));
                    if estimate.preferred.binary_search(&action).is_ok() {
                        preferred.push(entry);
                    }
                    all.push(entry);
                }
            }
        }
        if considered >= most {
            return Found {
                plan: None,
                considered,
            };
        }
        let from_preferred =
            !preferred.is_empty() && (turns_of_preferred <= turns_of_all || all.is_empty());
        let queue = if from_preferred {
            turns_of_preferred += 1;
            &mut preferred
        } else {
            turns_of_all += 1;
            &mut all
        };
        let Some(Reverse((_, _, parent, action))) = queue.pop() else {
            return Found {
                plan: None,
                considered,
            };
        };
        next = states
            .get(parent as usize)
            .zip(task.actions.get(action as usize))
            .map(|((state, ..), taken)| (task.after(state, taken), parent, action));
    }
}

fn trace(states: &[(Bits, u32, u32)], mut at: u32) -> Vec<u32> {
    let mut plan = Vec::new();
    while let Some((_, parent, action)) = states.get(at as usize)
        && *action != u32::MAX
    {
        plan.push(*action);
        at = *parent;
    }
    plan.reverse();
    plan
}
