//! How far a goal seems: the plan that would do if nothing were ever taken away, and what it would start with.
//!
//! In: a state and a goal. Out: its length, and the actions possible now that bring something it needs. Costs of facts
//! are sums over the cheapest ways (additive), and the relaxed plan follows those ways.
#![allow(
    clippy::indexing_slicing,
    reason = "every index is a number that the task itself handed out, and this is the innermost loop"
)]

use super::task::{Fact, Task, holds};

const FAR: u32 = u32::MAX;

/// Working space, kept between evaluations.
pub(super) struct Relaxed<'t> {
    task: &'t Task,
    /// Facts each action adds, in the relaxed sense.
    gains: Vec<Box<[Fact]>>,
    cost: Vec<u32>,
    supporter: Vec<u32>,
    waiting: Vec<u32>,
    sum: Vec<u32>,
    buckets: Vec<Vec<Fact>>,
    marked: Vec<u32>,
    mark: u32,
    free: Vec<u32>,
    /// One for each action that must not be taken: a need that nothing meets.
    forbidden: Vec<u32>,
    /// Is the fact one of the goal of this evaluation?
    wanted: Vec<bool>,
    weigh: bool,
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
}

impl<'t> Relaxed<'t> {
    /// With `weigh`, costs count; else each action is one.
    pub(super) fn new(task: &'t Task, weigh: bool) -> Self {
        let gains = task
            .actions
            .iter()
            .map(|action| {
                let mut gains = action.adds.clone();
                gains.extend(
                    action
                        .makes
                        .iter()
                        .filter(|(_, truth)| *truth)
                        .map(|(fact, _)| *fact),
                );
                gains.extend(&action.may_make);
                gains.into_boxed_slice()
            })
            .collect();
        let free = (0..task.actions.len())
            .filter(|at| task.actions[*at].needs.is_empty())
            .map(|at| at as u32)
            .collect();
        Self {
            task,
            gains,
            cost: vec![FAR; task.facts],
            supporter: vec![FAR; task.facts],
            waiting: vec![0; task.actions.len()],
            sum: vec![0; task.actions.len()],
            buckets: Vec::new(),
            marked: vec![0; task.actions.len()],
            mark: 0,
            free,
            forbidden: vec![0; task.actions.len()],
            wanted: vec![false; task.facts],
            weigh,
        }
    }

    /// From now on these actions must not be taken, and no others.
    pub(super) fn forbid(&mut self, is_forbidden: impl Fn(u32) -> bool) {
        for (slot, action) in self.forbidden.iter_mut().zip(0..) {
            *slot = u32::from(is_forbidden(action));
        }
    }

    fn price(&self, action: u32) -> u32 {
        if self.weigh {
            self.task.actions[action as usize].cost + 1
        } else {
            1
        }
    }

    fn reach(&mut self, fact: Fact, cost: u32, by: u32) {
        if cost < self.cost[fact as usize] {
            self.cost[fact as usize] = cost;
            self.supporter[fact as usize] = by;
            let at = cost as usize;
            if self.buckets.len() <= at {
                self.buckets.resize_with(at + 1, Vec::new);
            }
            self.buckets[at].push(fact);
        }
    }

    fn fire(&mut self, action: u32) {
        let cost = self.sum[action as usize]
            .saturating_add(self.price(action))
            .min(4_000_000);
        for at in 0..self.gains[action as usize].len() {
            let fact = self.gains[action as usize][at];
            self.reach(fact, cost, action);
        }
    }

    /// Looks from a state toward a goal; none where it is out of reach.
    pub(super) fn estimate(&mut self, state: &[u64], goal: &[Fact]) -> Option<Estimate> {
        self.cost.fill(FAR);
        self.supporter.fill(FAR);
        for (at, action) in self.task.actions.iter().enumerate() {
            self.waiting[at] = action.needs.len() as u32 + self.forbidden[at];
            self.sum[at] = 0;
        }
        self.wanted.fill(false);
        for fact in goal {
            self.wanted[*fact as usize] = true;
        }
        let mut found = Estimate::default();
        for bucket in &mut self.buckets {
            bucket.clear();
        }
        for fact in 0..self.task.facts as u32 {
            if holds(state, fact) {
                self.cost[fact as usize] = 0;
            }
        }
        for at in 0..self.free.len() {
            let action = self.free[at];
            if self.forbidden[action as usize] > 0 {
                continue;
            }
            found.possible.push(action);
            self.fire(action);
        }
        for fact in 0..self.task.facts as u32 {
            if self.cost[fact as usize] == 0 {
                self.settle(fact, 0, &mut Some(&mut found.possible));
            }
        }
        let mut open = goal
            .iter()
            .filter(|fact| self.cost[**fact as usize] != 0)
            .count();
        let mut at = 1;
        while at < self.buckets.len() && open > 0 {
            let mut next = 0;
            while next < self.buckets[at].len() {
                let fact = self.buckets[at][next];
                next += 1;
                if self.cost[fact as usize] as usize != at {
                    continue;
                }
                open -= usize::from(self.wanted[fact as usize]);
                self.settle(fact, at as u32, &mut None);
            }
            at += 1;
        }
        if goal.iter().any(|fact| self.cost[*fact as usize] == FAR) {
            return None;
        }
        self.extract(state, goal, &mut found);
        Some(found)
    }

    fn settle(&mut self, fact: Fact, cost: u32, possible: &mut Option<&mut Vec<u32>>) {
        let task = self.task;
        for action in &task.needed_by[fact as usize] {
            let at = *action as usize;
            self.waiting[at] -= 1;
            self.sum[at] = self.sum[at].saturating_add(cost);
            if self.waiting[at] == 0 {
                if let Some(possible) = possible {
                    possible.push(*action);
                }
                self.fire(*action);
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
            let by = self.supporter[fact as usize];
            if by == FAR || self.marked[by as usize] == self.mark {
                continue;
            }
            self.marked[by as usize] = self.mark;
            found.distance += self.price(by);
            let action = &task.actions[by as usize];
            if task.allows(state, action) {
                found.preferred.push(by);
            }
            open.extend(&action.needs);
        }
        found.preferred.sort_unstable();
    }
}
