//! A plan soon rather than a best one: greedy search with preferred actions, evaluated late.
//!
//! In: a task. Out: a plan, and how many states were looked at. Two queues take turns, one of all successors and one
//! of those by preferred actions, which is served more often after progress. What is not near is leapt at: as much of a
//! relaxed plan as can be carried out leads to the state looked at next (the method is YAHSP's lookahead, Vidal 2004).
//! Nothing is random.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::leaps::Leaper;
use super::relaxed::Relaxed;
use super::task::{Bits, Fact, Task};

/// Turns that the preferred queue is given after progress.
const BOOST: i64 = 1_000;

/// Actions and facts that may be touched before leaps are made: what is near is found without, by better plans.
const STEPPED: u64 = 10_000_000;

/// A state, the number of the one before, and the actions that lead from there.
type Reached = (Bits, u32, Box<[u32]>);

/// Distance of the parent, order of finding, parent, action.
type Entry = Reverse<(u32, u64, u32, u32)>;

/// How far a search goes.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// States looked at, at most.
    pub(super) states: u64,
    /// Are leaps made from the start?
    pub(super) is_leaping: bool,
}

impl From<u64> for Patience {
    fn from(states: u64) -> Self {
        Self {
            states,
            is_leaping: false,
        }
    }
}

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
    patience: Patience,
) -> Found {
    let mut states: Vec<Reached> = Vec::new();
    let mut known: FxHashMap<Bits, u32> = FxHashMap::default();
    let (mut all, mut preferred): (BinaryHeap<Entry>, BinaryHeap<Entry>) =
        (BinaryHeap::new(), BinaryHeap::new());
    // How often each queue had its turn: that of all successors, that of preferred ones.
    let (mut turns_of_all, mut turns_of_preferred) = (0_i64, 0_i64);
    let mut best = u32::MAX;
    let mut count = 0;
    let mut considered = 0;
    let size = (task.actions.len() + task.facts).max(1) as u64;
    let mut leaper: Option<Leaper<'_>> = None;
    let mut next: Option<Reached> = Some((from.clone(), u32::MAX, Box::default()));
    loop {
        if let Some((state, parent, actions)) = next.take()
            && !known.contains_key(&state)
        {
            let number = u32::try_from(states.len()).unwrap_or(u32::MAX);
            known.insert(state.clone(), number);
            states.push((state.clone(), parent, actions));
            considered += 1;
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
                if patience.is_leaping || considered.saturating_mul(size) > STEPPED {
                    let leaper = leaper.get_or_insert_with(|| Leaper::new(task));
                    let (state, actions) = leaper.leap(&state, &estimate.way, goal);
                    next = (actions.len() > 1).then_some((state, number, actions.into()));
                }
            }
        }
        if considered >= patience.states {
            return Found {
                plan: None,
                considered,
            };
        }
        if next.is_some() {
            continue;
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
            .map(|((state, ..), taken)| (task.after(state, taken), parent, Box::from([action])));
    }
}

fn trace(states: &[Reached], mut at: u32) -> Vec<u32> {
    let mut plan = Vec::new();
    while let Some((_, parent, actions)) = states.get(at as usize) {
        plan.extend(actions.iter().rev());
        at = *parent;
    }
    plan.reverse();
    plan
}
