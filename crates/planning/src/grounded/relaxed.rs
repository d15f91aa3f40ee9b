//! How far a goal seems: the plan that would do if nothing were ever taken away, and what it would start with.
//!
//! In: a state and a goal. Out: its length, and the actions possible now that bring something it needs. Costs of facts
//! are sums over the cheapest ways (additive), and the relaxed plan follows those ways.
#![allow(
    clippy::indexing_slicing,
    reason = "every index is a number that the task itself handed out, and this is the innermost loop"
)]

use super::task::{Action, Fact, Task, holds};

const FAR: u32 = u32::MAX;

/// Lists of numbers, one after the other in one place: following them is what takes the time.
struct Lists {
    starts: Vec<u32>,
    all: Vec<u32>,
}

impl Lists {
    fn new<'l>(lists: impl Iterator<Item = impl Iterator<Item = &'l u32>>) -> Self {
        let (mut starts, mut all) = (vec![0], Vec::new());
        for list in lists {
            all.extend(list);
            starts.push(all.len() as u32);
        }
        Self { starts, all }
    }

    fn range(&self, at: u32) -> std::ops::Range<usize> {
        self.starts[at as usize] as usize..self.starts[at as usize + 1] as usize
    }
}

/// What is known of a fact: the cheapest way to it so far.
#[derive(Clone, Copy)]
struct Cheapest {
    cost: u32,
    by: u32,
}

const UNREACHED: Cheapest = Cheapest { cost: FAR, by: FAR };

/// What an action waits for: so many needs, and what those met cost together.
#[derive(Clone, Copy)]
struct Waiting {
    needs: u32,
    sum: u32,
}

/// Working space, kept between evaluations.
pub(super) struct Relaxed<'t> {
    task: &'t Task,
    /// Facts each action adds, in the relaxed sense.
    gains: Lists,
    /// By fact: the actions that need it.
    needed_by: Lists,
    prices: Vec<u32>,
    facts: Vec<Cheapest>,
    waiting: Vec<Waiting>,
    /// The same before anything is met. An action that must not be taken has a need that nothing meets.
    at_first: Vec<Waiting>,
    buckets: Vec<Vec<Fact>>,
    marked: Vec<u32>,
    mark: u32,
    free: Vec<u32>,
    /// Is the fact one of the goal of this evaluation?
    wanted: Vec<bool>,
}

/// What an evaluation found.
#[derive(Default)]
pub(super) struct Estimate {
    /// Cost of the relaxed plan.
    pub(super) distance: u32,
    /// Actions possible now.
    pub(super) possible: Vec<u32>,
    /// Those of them that the relaxed plan starts with.
    pub(super) preferred: Vec<u32>,
    /// The relaxed plan, what is near first.
    pub(super) way: Vec<u32>,
}

impl<'t> Relaxed<'t> {
    /// With `weigh`, costs count; else each action is one.
    pub(super) fn new(task: &'t Task, weigh: bool) -> Self {
        let gains = task.actions.iter().map(|action| {
            let makes = action.makes.iter();
            let made = makes.filter(|(_, truth)| *truth).map(|(fact, _)| fact);
            action.adds.iter().chain(made).chain(&action.may_make)
        });
        let free = (0..task.actions.len())
            .filter(|at| task.actions[*at].needs.is_empty())
            .map(|at| at as u32)
            .collect();
        let needs = task.actions.iter().map(|action| action.needs.len() as u32);
        let at_first: Vec<Waiting> = needs.map(|needs| Waiting { needs, sum: 0 }).collect();
        let price = |action: &Action| if weigh { action.cost + 1 } else { 1 };
        Self {
            task,
            gains: Lists::new(gains),
            needed_by: Lists::new(task.needed_by.iter().map(|list| list.iter())),
            prices: task.actions.iter().map(price).collect(),
            facts: vec![UNREACHED; task.facts],
            waiting: at_first.clone(),
            at_first,
            buckets: Vec::new(),
            marked: vec![0; task.actions.len()],
            mark: 0,
            free,
            wanted: vec![false; task.facts],
        }
    }

    /// From now on these actions must not be taken, and no others.
    pub(super) fn forbid(&mut self, is_forbidden: impl Fn(u32) -> bool) {
        let actions = self.task.actions.iter().zip(0..);
        for (slot, (action, at)) in self.at_first.iter_mut().zip(actions) {
            slot.needs = action.needs.len() as u32 + u32::from(is_forbidden(at));
        }
    }

    fn reach(&mut self, fact: Fact, cost: u32, by: u32) {
        let slot = &mut self.facts[fact as usize];
        if cost < slot.cost {
            *slot = Cheapest { cost, by };
            let at = cost as usize;
            if self.buckets.len() <= at {
                self.buckets.resize_with(at + 1, Vec::new);
            }
            self.buckets[at].push(fact);
        }
    }

    fn fire(&mut self, action: u32) {
        let cost = self.waiting[action as usize]
            .sum
            .saturating_add(self.prices[action as usize])
            .min(4_000_000);
        for at in self.gains.range(action) {
            self.reach(self.gains.all[at], cost, action);
        }
    }

    /// Looks from a state toward a goal; none where it is out of reach.
    pub(super) fn estimate(&mut self, state: &[u64], goal: &[Fact]) -> Option<Estimate> {
        self.facts.fill(UNREACHED);
        self.waiting.copy_from_slice(&self.at_first);
        self.wanted.fill(false);
        for fact in goal {
            self.wanted[*fact as usize] = true;
        }
        let mut found = Estimate::default();
        for bucket in &mut self.buckets {
            bucket.clear();
        }
        let now: Vec<Fact> = (0..self.task.facts as u32)
            .filter(|fact| holds(state, *fact))
            .collect();
        for fact in &now {
            self.facts[*fact as usize].cost = 0;
        }
        for at in 0..self.free.len() {
            let action = self.free[at];
            if self.at_first[action as usize].needs > 0 {
                continue;
            }
            found.possible.push(action);
            self.fire(action);
        }
        for fact in now {
            self.settle(fact, 0, &mut Some(&mut found.possible));
        }
        let mut open = goal
            .iter()
            .filter(|fact| self.facts[**fact as usize].cost != 0)
            .count();
        let mut at = 1;
        while at < self.buckets.len() && open > 0 {
            let mut next = 0;
            while next < self.buckets[at].len() {
                let fact = self.buckets[at][next];
                next += 1;
                if self.facts[fact as usize].cost as usize != at {
                    continue;
                }
                open -= usize::from(self.wanted[fact as usize]);
                self.settle(fact, at as u32, &mut None);
            }
            at += 1;
        }
        let is_far = |fact: &Fact| self.facts[*fact as usize].cost == FAR;
        if goal.iter().any(is_far) {
            return None;
        }
        self.extract(state, goal, &mut found);
        Some(found)
    }

    fn settle(&mut self, fact: Fact, cost: u32, possible: &mut Option<&mut Vec<u32>>) {
        for place in self.needed_by.range(fact) {
            let action = self.needed_by.all[place];
            let waiting = &mut self.waiting[action as usize];
            waiting.needs -= 1;
            waiting.sum = waiting.sum.saturating_add(cost);
            if waiting.needs == 0 {
                if let Some(possible) = possible {
                    possible.push(action);
                }
                self.fire(action);
            }
        }
    }

    /// Follows the cheapest ways back from the goal.
    fn extract(&mut self, state: &[u64], goal: &[Fact], found: &mut Estimate) {
        self.mark += 1;
        let task = self.task;
        let mut open: Vec<Fact> = goal.to_vec();
        while let Some(fact) = open.pop() {
            if holds(state, fact) {
                continue;
            }
            let by = self.facts[fact as usize].by;
            if by == FAR || self.marked[by as usize] == self.mark {
                continue;
            }
            self.marked[by as usize] = self.mark;
            found.distance += self.prices[by as usize];
            found.way.push(by);
            let action = &task.actions[by as usize];
            if task.allows(state, action) {
                found.preferred.push(by);
            }
            open.extend(&action.needs);
        }
        found.preferred.sort_unstable();
        found
            .way
            .sort_unstable_by_key(|action| (self.waiting[*action as usize].sum, *action));
    }
}
