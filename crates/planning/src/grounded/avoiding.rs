//! Ever more plans of a task, each without something that every plan before it asks for.
//!
//! In: a task, what each action asks of whom, and the plans found otherwise. Out: more plans, none of which asks the same. A
//! plan that differs from all that are known does without some of what each of them asks: what is done without is chosen
//! plan by plan (a tree of hitting sets), and only where no known plan does without it is another looked for.
#![allow(
    clippy::indexing_slicing,
    reason = "every index is a number that the task or the tree itself handed out"
)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashSet;

use super::Wanted;
use super::relaxed::Relaxed;
use super::search;
use super::several::{Ask, Several};
use super::task::Task;

/// States looked at for one plan, at most.
const FOR_ONE: u64 = 1_000;

/// Choices of what to do without that are looked at for each plan.
const CHOICES: usize = 200;

/// What a plan asks, each once, in order.
type Asks = Box<[Ask]>;

/// What is done without, and a plan that does.
struct Choice {
    without: Asks,
    plan: usize,
}

/// What was found, and more.
pub(super) struct Found {
    pub(super) found: Several,
    /// Are there no others than those that do what one of these does, and more? None where there was no time to tell; not
    /// proven where it is false.
    pub(super) is_all: Option<bool>,
}

/// Adds to what was found, up to so many plans.
pub(super) fn avoiding(
    task: &Task,
    asks: &[Ask],
    wanted: &Wanted<'_>,
    count: usize,
    mut found: Several,
) -> Found {
    let mut is_proven = true;
    let ask = |action: u32| asks[task.actions[action as usize].instance as usize];
    let mut relaxed = Relaxed::new(task, wanted.is_priced);
    let mut known: Vec<Asks> = found
        .plans
        .iter()
        .map(|plan| set_of(plan.iter().map(|action| ask(*action))))
        .collect();
    let most = found.considered + wanted.considered;
    let mut queue: BinaryHeap<Reverse<(u64, usize, usize)>> = BinaryHeap::new();
    let mut choices: Vec<Choice> = Vec::new();
    let mut seen: FxHashSet<Asks> = FxHashSet::default();
    // Nothing does without all of one of these.
    let mut needed: Vec<Asks> = Vec::new();
    let mut next = vec![Asks::default()];
    loop {
        for without in next.drain(..) {
            if !seen.insert(without.clone())
                || needed.iter().any(|needed| includes(&without, needed))
            {
                continue;
            }
            let plan = match known.iter().position(|asks| is_apart(asks, &without)) {
                Some(plan) => plan,
                None => {
                    if found.plans.len() >= count || found.considered >= most {
                        return Found {
                            found,
                            is_all: None,
                        };
                    }
                    relaxed.forbid(|action| without.binary_search(&ask(action)).is_ok());
                    let states = FOR_ONE.min(most - found.considered);
                    let way = search::greedy(
                        task,
                        &mut relaxed,
                        &task.initial,
                        &task.goal,
                        states.into(),
                    );
                    found.considered += way.considered;
                    let Some(plan) = way.plan else {
                        is_proven &= way.considered < states;
                        needed.push(without);
                        continue;
                    };
                    let plan = task.trimmed(plan);
                    known.push(set_of(plan.iter().map(|action| ask(*action))));
                    found.plans.push(plan);
                    known.len() - 1
                }
            };
            let price = price(task, &found.plans[plan], wanted.is_priced);
            queue.push(Reverse((price, without.len(), choices.len())));
            choices.push(Choice { without, plan });
        }
        let is_over = choices.len() >= CHOICES * count || wanted.deadline.is_over();
        let Some(Reverse((.., at))) = queue.pop() else {
            return Found {
                found,
                is_all: Some(is_proven),
            };
        };
        if is_over {
            return Found {
                found,
                is_all: None,
            };
        }
        let Choice { without, plan } = &choices[at];
        let own = known[*plan].iter().filter(|ask| **ask != Ask::MAX);
        next.extend(own.map(|ask| set_of(without.iter().chain([ask]).copied())));
    }
}

/// What the actions of a plan cost.
fn price(task: &Task, plan: &[u32], is_priced: bool) -> u64 {
    let one = |action: &u32| match is_priced {
        true => u64::from(task.actions[*action as usize].cost) * 1_000 + 1,
        false => 1,
    };
    plan.iter().map(one).sum()
}

fn set_of(asks: impl Iterator<Item = Ask>) -> Asks {
    let mut asks: Vec<Ask> = asks.collect();
    asks.sort_unstable();
    asks.dedup();
    asks.into_boxed_slice()
}

/// Does the ordered list hold all of the other?
fn includes(list: &[Ask], other: &[Ask]) -> bool {
    let mut rest = list.iter();
    other.iter().all(|one| rest.any(|another| another == one))
}

/// Have the ordered lists nothing in common?
fn is_apart(one: &[Ask], other: &[Ask]) -> bool {
    other.iter().all(|ask| one.binary_search(ask).is_err())
}

#[cfg(test)]
mod tests {
    use samos_model::Deadline;

    use super::super::several::tests::{by_trying, different, some_tasks};
    use super::*;

    #[test]
    fn what_differs_from_all_that_is_known_is_found() {
        let (mut sets, mut missed, mut dearer) = (0, 0, 0);
        for task in some_tasks(800) {
            let asks: Vec<Ask> = (0..7).collect();
            let wanted = Wanted {
                clauses: &[],
                given: &[],
                is_priced: false,
                considered: 30_000,
                deadline: &Deadline::default(),
            };
            let nothing = Several {
                plans: Vec::new(),
                considered: 0,
            };
            let found = avoiding(&task, &asks, &wanted, 1_000, nothing).found;
            let fast = different(&task, &found.plans);
            let slow = by_trying(&task);
            sets += slow.len();
            missed += slow.iter().filter(|set| !fast.contains(set)).count();
            // Where there is a plan that takes no action twice, some plan is found.
            assert!(slow.is_empty() || !fast.is_empty());
            let best = fast.iter().map(Vec::len).min();
            let least = slow.iter().map(Vec::len).min();
            dearer += usize::from(least.is_some_and(|least| best.is_none_or(|best| best > least)));
        }
        assert!(sets > 200, "{sets}");
        assert!(
            missed * 20 <= sets && dearer * 20 <= sets,
            "{missed} and {dearer} of {sets}"
        );
    }
}
