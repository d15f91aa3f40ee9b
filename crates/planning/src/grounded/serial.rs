//! One part of a goal after the other, each among the actions that bear on it.
//!
//! In: a task with many goals. Out: a plan, or none where an order of the parts is needed that this does not find. A
//! part is reached without giving up those before it. Only actions are looked at that may bring it about from what
//! holds now, or bring back what they themselves take away: in an estate, a small piece of all there are.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::relaxed::Relaxed;
use super::search::greedy;
use super::task::{Fact, Task, holds};

/// States looked at for one part.
const PART: u64 = 500;

/// How far to look for what bears on a part, one after the other: most are near, and need nothing brought back.
const REACHES: &[Reach] = &[
    Reach {
        depth: 2,
        mends: false,
    },
    Reach {
        depth: 3,
        mends: false,
    },
    Reach {
        depth: 5,
        mends: false,
    },
    Reach {
        depth: 3,
        mends: true,
    },
    Reach {
        depth: 6,
        mends: true,
    },
    Reach {
        depth: usize::MAX,
        mends: true,
    },
];

/// How far to look for what bears on a part.
#[derive(Clone, Copy)]
struct Reach {
    /// Actions one after the other, at most.
    depth: usize,
    /// Also what brings back what these actions take away?
    mends: bool,
}

/// A plan, and how many states were looked at; none also where that touches more facts and actions than told.
pub(super) fn in_turn(task: &Task, is_priced: bool, most: u64) -> Option<(Vec<u32>, u64)> {
    let mut touched = 0;
    let mut state = task.initial.clone();
    let mut plan: Vec<u32> = Vec::new();
    let mut considered = 0;
    let achievers = achievers(task);
    let mut put_off = 0;
    let mut open: VecDeque<Fact> = task.goal.iter().copied().collect();
    while let Some(next) = open.pop_front() {
        if holds(&state, next) {
            continue;
        }
        let reached: FxHashSet<Fact> = task
            .goal
            .iter()
            .copied()
            .filter(|fact| holds(&state, *fact))
            .collect();
        let mut steps = None;
        for reach in REACHES {
            let kept = bearing(task, &achievers, &state, next, &reached, *reach);
            let part = task.part(&kept, &state, next, &reached);
            let mut relaxed = Relaxed::new(&part.task, is_priced);
            let (from, goal) = (&part.task.initial, &part.task.goal);
            let found = greedy(&part.task, &mut relaxed, from, goal, PART.into());
            considered += found.considered;
            let size = part.task.actions.len() + part.task.facts;
            touched += found.considered.saturating_mul(size as u64) + task.facts as u64;
            if touched > most {
                return None;
            }
            if let Some(plan) = found.plan {
                steps = Some((plan, part.numbers));
                break;
            }
        }
        let Some((steps, numbers)) = steps else {
            put_off += 1;
            if put_off > open.len() {
                return None;
            }
            open.push_back(next);
            continue;
        };
        put_off = 0;
        for step in steps {
            let number = numbers.get(step as usize).copied()?;
            task.carry_out(&mut state, task.actions.get(number as usize)?);
            plan.push(number);
        }
        if open.is_empty() {
            // What a later part had to give up, if anything, is brought back.
            open.extend(task.goal.iter().filter(|fact| !holds(&state, **fact)));
        }
    }
    Some((plan, considered))
}

/// By fact: the actions that may bring it about.
fn achievers(task: &Task) -> Vec<Vec<u32>> {
    let mut by: Vec<Vec<u32>> = vec![Vec::new(); task.facts];
    for (at, action) in task.actions.iter().enumerate() {
        let makes = action
            .makes
            .iter()
            .filter(|(_, truth)| *truth)
            .map(|(fact, _)| fact);
        for fact in action.adds.iter().chain(makes).chain(&action.may_make) {
            if let (Some(list), Ok(at)) = (by.get_mut(*fact as usize), u32::try_from(at)) {
                list.push(at);
            }
        }
    }
    by
}

/// The actions that may bring about a fact from what holds now, and those that bring back what these take away.
fn bearing(
    task: &Task,
    achievers: &[Vec<u32>],
    state: &[u64],
    next: Fact,
    reached: &FxHashSet<Fact>,
    reach: Reach,
) -> Vec<u32> {
    let mut found: FxHashSet<u32> = FxHashSet::default();
    let mut seen: FxHashSet<Fact> = FxHashSet::from_iter([next]);
    let mut layer = vec![next];
    let mut depth = 0;
    while !layer.is_empty() && depth < reach.depth {
        depth += 1;
        let mut below: Vec<Fact> = Vec::new();
        for action in layer
            .iter()
            .flat_map(|fact| achievers.get(*fact as usize).into_iter().flatten())
        {
            let Some(taken) = task.actions.get(*action as usize) else {
                continue;
            };
            if !found.insert(*action) {
                continue;
            }
            let needs = taken.needs.iter().filter(|need| !holds(state, **need));
            below.extend(needs.filter(|need| seen.insert(**need)));
            if reach.mends {
                let lacks = taken
                    .makes
                    .iter()
                    .filter(|(_, truth)| !truth)
                    .map(|(fact, _)| fact);
                let lost = taken.removes.iter().chain(lacks);
                below.extend(
                    lost.filter(|fact| {
                        holds(state, **fact)
                            && (reached.contains(fact)
                                || !task
                                    .needed_by
                                    .get(**fact as usize)
                                    .is_none_or(Vec::is_empty))
                    })
                    .filter(|fact| seen.insert(**fact)),
                );
            }
        }
        layer = below;
    }
    let mut found: Vec<u32> = found.into_iter().collect();
    found.sort_unstable();
    found
}
