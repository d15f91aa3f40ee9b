//! A better plan near a plan: short stretches of it are searched again, as long as that finds shorter ones.
//!
//! In: a task and a plan. Out: a plan no worse. Each stretch must lead from the state it starts in to what the rest of
//! the plan and the goal need; a best-first search of a few hundred states looks for a cheaper one.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use rustc_hash::FxHashMap;
use samos_model::Deadline;

use super::relaxed::Relaxed;
use super::task::{Bits, Fact, Task, holds};

/// Lengths of the stretches.
const LENGTHS: &[usize] = &[6, 12, 24];

/// States that may be looked at for one stretch.
const STRETCH: u64 = 150;

/// States looked at between two questions for the time.
const UNASKED: u64 = 32;

/// The same where there is time, at most.
const MOST_STRETCH: u64 = 2_000_000;

/// How long a plan may be improved.
pub(super) struct Patience {
    /// States that may be looked at.
    pub(super) states: u64,
    /// Where a time is set, ever longer stretches are looked at ever longer until then.
    pub(super) deadline: Deadline,
}

/// The plan, improved until nothing helps or patience ends.
pub(super) fn improved(
    task: &Task,
    relaxed: &mut Relaxed<'_>,
    mut plan: Vec<u32>,
    is_priced: bool,
    patience: Patience,
) -> Vec<u32> {
    let mut states = patience.states;
    let (mut times, mut effort) = (1, STRETCH);
    loop {
        let mut is_whole = false;
        let mut again = true;
        while again && states > 0 {
            again = false;
            for length in LENGTHS.iter().map(|length| length * times) {
                is_whole = length >= plan.len();
                let stretches = Stretches {
                    length,
                    effort,
                    is_priced,
                    deadline: &patience.deadline,
                };
                again |= stretches.improve(task, relaxed, &mut plan, &mut states);
            }
        }
        // One stretch that is the whole plan, looked at for long, is as much as can be hoped for.
        let is_enough = is_whole && effort >= MOST_STRETCH;
        if !patience.deadline.is_set() || patience.deadline.is_over() || is_enough || states == 0 {
            return plan;
        }
        times += 1;
        effort = effort.saturating_mul(4);
    }
}

/// Stretches of one length, one after the other, each beginning where half of the one before is over.
struct Stretches<'d> {
    length: usize,
    /// States that may be looked at for each.
    effort: u64,
    is_priced: bool,
    deadline: &'d Deadline,
}

impl Stretches<'_> {
    /// Was a shorter way found for one of them?
    fn improve(
        &self,
        task: &Task,
        relaxed: &mut Relaxed<'_>,
        plan: &mut Vec<u32>,
        states: &mut u64,
    ) -> bool {
        let price = |plan: &[u32]| -> u64 {
            plan.iter()
                .map(|action| price_of(task, *action, self.is_priced))
                .sum()
        };
        let mut is_better = false;
        let mut at = 0;
        while at + 2 <= plan.len() && *states > 0 && !self.deadline.is_over() {
            let end = (at + self.length).min(plan.len());
            let (before, rest) = plan.split_at(at);
            let (stretch, after) = rest.split_at(end - at);
            let from = run(task, before);
            let needs = needed(task, after);
            let most = price(stretch);
            let limit = self.effort.min(*states);
            let (found, looked) = self.shorter(task, relaxed, &from, &needs, most, limit);
            *states = states.saturating_sub(looked);
            if let Some(found) = found {
                let next: Vec<u32> = before.iter().chain(&found).chain(after).copied().collect();
                if task.is_goal(&run(task, &next)) && price(&next) < price(plan) {
                    *plan = task.trimmed(next);
                    is_better = true;
                }
            }
            at += (self.length / 2).max(1);
        }
        is_better
    }

    /// A cheaper way than `most`, and how many states were looked at.
    fn shorter(
        &self,
        task: &Task,
        relaxed: &mut Relaxed<'_>,
        from: &Bits,
        goal: &[Fact],
        most: u64,
        limit: u64,
    ) -> (Option<Vec<u32>>, u64) {
        let unit = if self.is_priced { 1_000 } else { 1 };
        let mut states: Vec<(Bits, u64, u32, u32)> = vec![(from.clone(), 0, u32::MAX, u32::MAX)];
        let mut known: FxHashMap<Bits, u64> = FxHashMap::default();
        known.insert(from.clone(), 0);
        let mut queue: BinaryHeap<Reverse<(u64, u64, u32)>> =
            BinaryHeap::from([Reverse((0, 0, 0))]);
        let mut looked = 0;
        while let Some(Reverse((_, _, at))) = queue.pop() {
            let Some((state, spent, ..)) = states.get(at as usize).cloned() else {
                break;
            };
            if known.get(&state).is_some_and(|best| *best < spent) {
                continue;
            }
            if goal.iter().all(|fact| holds(&state, *fact)) {
                return (Some(trace(&states, at)), looked);
            }
            looked += 1;
            let is_late = looked % UNASKED == 0 && self.deadline.is_over();
            if is_late || looked > limit {
                break;
            }
            let Some(estimate) = relaxed.estimate(&state, goal) else {
                continue;
            };
            let distance = u64::from(estimate.distance) * unit;
            for action in estimate.possible {
                let Some(taken) = task.actions.get(action as usize) else {
                    continue;
                };
                let cost = spent + price_of(task, action, self.is_priced);
                if cost >= most {
                    continue;
                }
                let next = task.after(&state, taken);
                if known.get(&next).is_some_and(|best| *best <= cost) {
                    continue;
                }
                known.insert(next.clone(), cost);
                let number = u32::try_from(states.len()).unwrap_or(u32::MAX);
                // The parent's estimate stands in for the child's; what the relaxed plan starts with seems nearer.
                let gain = if estimate.preferred.binary_search(&action).is_ok() {
                    price_of(task, action, self.is_priced)
                } else {
                    0
                };
                let guess = cost + distance.saturating_sub(gain);
                queue.push(Reverse((guess, u64::MAX - cost, number)));
                states.push((next, cost, at, action));
            }
        }
        (None, looked)
    }
}

fn price_of(task: &Task, action: u32, is_priced: bool) -> u64 {
    let cost = task
        .actions
        .get(action as usize)
        .map_or(0, |action| action.cost);
    // Of equal price, the fewer actions.
    if is_priced {
        u64::from(cost) * 1_000 + 1
    } else {
        1
    }
}

fn run(task: &Task, plan: &[u32]) -> Bits {
    let mut state = task.initial.clone();
    for action in plan
        .iter()
        .filter_map(|action| task.actions.get(*action as usize))
    {
        state = task.after(&state, action);
    }
    state
}

/// The facts that must hold before a rest of the plan, for it to go through and reach the goal.
fn needed(task: &Task, rest: &[u32]) -> Vec<Fact> {
    let mut open: BTreeSet<Fact> = task.goal.iter().copied().collect();
    for action in rest
        .iter()
        .rev()
        .filter_map(|action| task.actions.get(*action as usize))
    {
        for fact in action
            .adds
            .iter()
            .chain(
                action
                    .makes
                    .iter()
                    .filter(|(_, truth)| *truth)
                    .map(|(fact, _)| fact),
            )
            .chain(&action.may_make)
        {
            open.remove(fact);
        }
        open.extend(&action.needs);
    }
    open.into_iter().collect()
}

fn trace(states: &[(Bits, u64, u32, u32)], mut at: u32) -> Vec<u32> {
    let mut plan = Vec::new();
    while let Some((_, _, parent, action)) = states.get(at as usize)
        && *action != u32::MAX
    {
        plan.push(*action);
        at = *parent;
    }
    plan.reverse();
    plan
}
