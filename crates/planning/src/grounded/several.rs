//! Many plans of a task, the cheaper first, no two of which ask the same of the same subjects.
//!
//! In: a task, and what each action asks of whom. Out: plans, none of which has a step that it can do without. Searched
//! backward from the goal, so that every step is there for something; what is left to reach is judged by the plan that
//! would do if nothing were ever taken away, worked out once. Not proven to be the cheapest there are.
#![allow(
    clippy::indexing_slicing,
    reason = "every index is a number that the task itself handed out, and this is the innermost loop"
)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::task::{Action, Fact, Task, holds};

const NONE: u32 = u32::MAX;

/// What an action asks of whom: actions with one number do the same.
pub(super) type Ask = u32;

/// What was found.
pub(super) struct Several {
    /// The cheaper first, but for those that were found late.
    pub(super) plans: Vec<Vec<u32>>,
    /// Partial plans looked at.
    pub(super) considered: u64,
}

/// The end of a plan, and what must hold before it.
struct End {
    open: Rc<[Fact]>,
    /// What its steps ask, in order.
    asks: Rc<[Ask]>,
    heading: Box<[Ask]>,
    price: u64,
    action: u32,
    after: u32,
}

/// So many ends that head for the same are followed: they differ in order and in arguments, of which some may do and some
/// not.
const MOST_ALIKE: u32 = 100;

/// What remains in all, what remains before the end, and the number of the end.
type Entry = Reverse<(u64, u64, u32)>;

/// At most so many plans, looking at so many ends at most.
pub(super) fn several(
    task: &Task,
    asks: &[Ask],
    is_priced: bool,
    count: usize,
    most: u64,
) -> Several {
    let mut ways = Ways::new(task, is_priced);
    let mut ends: Vec<End> = Vec::new();
    let mut queue: BinaryHeap<Entry> = BinaryHeap::new();
    // What an end asks, together with what the steps before it would if nothing were ever taken away: what it heads for.
    let mut headings: FxHashMap<Box<[Ask]>, u32> = FxHashMap::default();
    let mut kept: FxHashSet<Box<[Ask]>> = FxHashSet::default();
    let mut found = Several {
        plans: Vec::new(),
        considered: 0,
    };
    let mut goal = task.goal.clone();
    goal.sort_unstable();
    goal.dedup();
    let goal: Rc<[Fact]> = Rc::from(goal);
    if let Some((rest, ahead)) = ways.rest(&goal, asks) {
        queue.push(Reverse((rest, rest, 0)));
        ends.push(End {
            open: goal,
            asks: Rc::from([]),
            heading: set_of(&[], ahead),
            price: 0,
            action: NONE,
            after: NONE,
        });
    }
    while let Some(Reverse((_, rest, at))) = queue.pop() {
        if found.considered >= most || found.plans.len() >= count {
            break;
        }
        let end = &ends[at as usize];
        let (open, own, price) = (Rc::clone(&end.open), Rc::clone(&end.asks), end.price);
        if kept.contains(&end.heading) {
            continue;
        }
        let alike = headings.entry(end.heading.clone()).or_default();
        *alike += 1;
        if *alike > MOST_ALIKE {
            continue;
        }
        found.considered += 1;
        if rest == 0 {
            let plan = plan_of(&ends, at);
            if is_lean(task, &plan) {
                kept.insert(end.heading.clone());
                found.plans.push(plan);
                continue;
            }
        }
        for action in ways.last_steps(&open) {
            let Some(before) = ways.before(&open, action) else {
                continue;
            };
            // What must hold behind a later step already makes the steps between worth nothing.
            let mut later = Some(&ends[at as usize]);
            let is_turning = std::iter::from_fn(|| {
                let end = later?;
                later = ends.get(end.after as usize);
                Some(end)
            })
            .any(|end| includes(&before, &end.open));
            if is_turning {
                continue;
            }
            let Some((rest, ahead)) = ways.rest(&before, asks) else {
                continue;
            };
            let mut asked = own.to_vec();
            let ask = asks[task.actions[action as usize].instance as usize];
            let place = asked.partition_point(|other| *other <= ask);
            asked.insert(place, ask);
            let heading = set_of(&asked, ahead);
            let is_done = kept.contains(&heading)
                || headings
                    .get(&heading)
                    .is_some_and(|alike| *alike >= MOST_ALIKE);
            if is_done {
                continue;
            }
            let price = price + ways.prices[action as usize];
            let number = u32::try_from(ends.len()).unwrap_or(NONE);
            queue.push(Reverse((price + rest, rest, number)));
            ends.push(End {
                open: Rc::from(before),
                asks: Rc::from(asked),
                heading,
                price,
                action,
                after: at,
            });
        }
    }
    found
}

/// Does the ordered list hold all of the other?
fn includes(list: &[Ask], other: &[Ask]) -> bool {
    let mut rest = list.iter();
    other.iter().all(|one| rest.any(|another| another == one))
}

/// All that is asked, each once.
fn set_of(asked: &[Ask], mut ahead: Vec<Ask>) -> Box<[Ask]> {
    ahead.extend(asked);
    ahead.sort_unstable();
    ahead.dedup();
    ahead.into_boxed_slice()
}

fn plan_of(ends: &[End], mut at: u32) -> Vec<u32> {
    let mut plan = Vec::new();
    while let Some(end) = ends.get(at as usize).filter(|end| end.action != NONE) {
        plan.push(end.action);
        at = end.after;
    }
    plan
}

/// Does the plan reach the goal, and can it do without none of its steps?
fn is_lean(task: &Task, plan: &[u32]) -> bool {
    let mut state = task.initial.clone();
    for action in plan {
        let action = &task.actions[*action as usize];
        if !task.allows(&state, action) {
            return false;
        }
        task.carry_out(&mut state, action);
    }
    task.is_goal(&state) && task.trimmed(plan.to_vec()).len() == plan.len()
}

/// The facts that an action may make true.
fn made(action: &Action) -> impl Iterator<Item = Fact> + '_ {
    let turned = action.makes.iter().filter(|(_, truth)| *truth);
    let turned = turned.map(|(fact, _)| *fact);
    action
        .adds
        .iter()
        .copied()
        .chain(turned)
        .chain(action.may_make.iter().copied())
}

/// The ways from the start to each fact, if nothing is ever taken away.
struct Ways<'t> {
    task: &'t Task,
    prices: Vec<u64>,
    /// By fact: the actions that may make it true.
    makers: Vec<Vec<u32>>,
    /// By fact: the last step of the cheapest way to it; none for what holds at the start, and what cannot be reached.
    supporter: Vec<u32>,
    is_reached: Vec<bool>,
    /// By fact: the steps of its way, where it has been asked for.
    steps: FxHashMap<Fact, Rc<[u32]>>,
    /// In which turn a step was counted, a fact met, a cell taken.
    counted: Vec<u32>,
    met: Vec<u32>,
    taken: Vec<u32>,
    turn: u32,
}

impl<'t> Ways<'t> {
    fn new(task: &'t Task, is_priced: bool) -> Self {
        let mut makers: Vec<Vec<u32>> = vec![Vec::new(); task.facts];
        for (number, action) in (0..).zip(&task.actions) {
            for fact in made(action) {
                makers[fact as usize].push(number);
            }
        }
        let price = |action: &Action| match is_priced {
            true => u64::from(action.cost) * 1_000 + 1,
            false => 1,
        };
        let mut ways = Self {
            task,
            prices: task.actions.iter().map(price).collect(),
            makers,
            supporter: vec![NONE; task.facts],
            is_reached: vec![false; task.facts],
            steps: FxHashMap::default(),
            counted: vec![0; task.actions.len()],
            met: vec![0; task.facts],
            taken: vec![0; task.facts],
            turn: 0,
        };
        ways.reach();
        ways
    }

    fn reach(&mut self) {
        let task = self.task;
        let mut cost: Vec<u64> = vec![u64::MAX; task.facts];
        let mut waiting: Vec<usize> = task.actions.iter().map(|one| one.needs.len()).collect();
        let mut sums = self.prices.clone();
        let mut queue: BinaryHeap<Reverse<(u64, Fact, u32)>> = BinaryHeap::new();
        for fact in (0..task.facts as u32).filter(|fact| holds(&task.initial, *fact)) {
            queue.push(Reverse((0, fact, NONE)));
        }
        for (number, action) in (0..).zip(&task.actions) {
            if action.needs.is_empty() {
                queue.extend(
                    made(action).map(|fact| Reverse((sums[number as usize], fact, number))),
                );
            }
        }
        while let Some(Reverse((price, fact, by))) = queue.pop() {
            let at = fact as usize;
            if self.is_reached[at] {
                continue;
            }
            self.is_reached[at] = true;
            self.supporter[at] = by;
            cost[at] = price;
            for number in &task.needed_by[at] {
                let action = *number as usize;
                waiting[action] -= 1;
                sums[action] = sums[action].saturating_add(price);
                if waiting[action] == 0 {
                    let new = made(&task.actions[action]);
                    let new = new.filter(|fact| !self.is_reached[*fact as usize]);
                    queue.extend(new.map(|fact| Reverse((sums[action], fact, *number))));
                }
            }
        }
    }

    /// The steps of the way to a fact.
    fn steps(&mut self, fact: Fact) -> Rc<[u32]> {
        if let Some(steps) = self.steps.get(&fact) {
            return Rc::clone(steps);
        }
        let mut steps: Vec<u32> = Vec::new();
        let mut open = vec![fact];
        let mut seen: FxHashSet<u32> = FxHashSet::default();
        while let Some(fact) = open.pop() {
            let by = self.supporter[fact as usize];
            if by != NONE && seen.insert(by) {
                steps.push(by);
                open.extend(&self.task.actions[by as usize].needs);
            }
        }
        let steps: Rc<[u32]> = Rc::from(steps);
        self.steps.insert(fact, Rc::clone(&steps));
        steps
    }

    /// What it takes to make facts true together, and what that asks; none where it cannot be, or two of them exclude
    /// each other.
    fn rest(&mut self, facts: &[Fact], asks: &[Ask]) -> Option<(u64, Vec<Ask>)> {
        self.turn += 1;
        let (mut rest, mut ahead) = (0, Vec::new());
        for fact in facts {
            if !self.is_reached[*fact as usize] {
                return None;
            }
            if let Some(cell) = self.task.single_cell(*fact) {
                if self.taken[cell as usize] == self.turn {
                    return None;
                }
                self.taken[cell as usize] = self.turn;
            }
            for step in self.steps(*fact).iter() {
                if self.counted[*step as usize] != self.turn {
                    self.counted[*step as usize] = self.turn;
                    rest += self.prices[*step as usize];
                    ahead.push(asks[self.task.actions[*step as usize].instance as usize]);
                }
            }
        }
        Some((rest, ahead))
    }

    /// The actions that may make one of the facts true, each once.
    fn last_steps(&mut self, facts: &[Fact]) -> Vec<u32> {
        let makers = facts.iter().flat_map(|fact| &self.makers[*fact as usize]);
        let mut actions: Vec<u32> = makers.copied().collect();
        actions.sort_unstable();
        actions.dedup();
        actions
    }

    /// What must hold before an action, so that these facts hold after it; none where it takes one of them away.
    fn before(&mut self, facts: &[Fact], action: u32) -> Option<Vec<Fact>> {
        self.turn += 1;
        let action = &self.task.actions[action as usize];
        let turned = action.makes.iter().filter(|(_, truth)| !*truth);
        for fact in action.removes.iter().chain(turned.map(|(fact, _)| fact)) {
            self.met[*fact as usize] = self.turn;
        }
        if facts
            .iter()
            .any(|fact| self.met[*fact as usize] == self.turn)
        {
            return None;
        }
        self.turn += 1;
        for fact in made(action) {
            self.met[fact as usize] = self.turn;
        }
        let mut before: Vec<Fact> = facts
            .iter()
            .copied()
            .filter(|fact| self.met[*fact as usize] != self.turn)
            .chain(action.needs.iter().copied())
            .collect();
        before.sort_unstable();
        before.dedup();
        Some(before)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A task of actions, each with what it needs, adds and removes; numbers are what it asks, too.
    fn task(facts: usize, goal: &[Fact], initial: &[Fact], actions: &[[Vec<Fact>; 3]]) -> Task {
        let mut task = Task::new(facts, goal.to_vec());
        for fact in initial {
            task.start(*fact);
        }
        for (number, [needs, adds, removes]) in (0..).zip(actions) {
            task.push(Action {
                needs: needs.clone(),
                adds: adds.clone(),
                removes: removes.clone(),
                instance: number,
                ..Action::default()
            });
        }
        task.finish();
        task
    }

    /// Tasks of seven actions over seven facts, always the same.
    pub(in crate::grounded) fn some_tasks(count: usize) -> impl Iterator<Item = Task> {
        let mut numbers = (1_u64..).map(|seed| {
            let mut mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed ^ (mixed >> 31)
        });
        (0..count).map(move |_| {
            let mut some = |bound: u64, most: u64| -> Vec<Fact> {
                let count = numbers.next().unwrap_or(0) % (most + 1);
                let drawn = (0..count).map(|_| (numbers.next().unwrap_or(0) % bound) as Fact);
                let mut drawn: Vec<Fact> = drawn.collect();
                drawn.sort_unstable();
                drawn.dedup();
                drawn
            };
            let actions: Vec<[Vec<Fact>; 3]> = (0..7)
                .map(|_| {
                    let (needs, adds, removes) = (some(7, 2), some(7, 2), some(7, 1));
                    let removes = removes
                        .into_iter()
                        .filter(|one| !adds.contains(one))
                        .collect();
                    [needs, adds, removes]
                })
                .collect();
            let (goal, initial) = (some(7, 3), some(7, 2));
            task(7, &goal, &initial, &actions)
        })
    }

    /// Every set of actions of which some order reaches the goal, and no smaller set of which does.
    pub(in crate::grounded) fn by_trying(task: &Task) -> Vec<Vec<u32>> {
        let mut found: Vec<Vec<u32>> = Vec::new();
        let count = task.actions.len() as u32;
        let mut sets: Vec<u32> = (0..1 << count).collect();
        sets.sort_by_key(|set: &u32| set.count_ones());
        for set in sets {
            let chosen: Vec<u32> = (0..count).filter(|one| set >> one & 1 == 1).collect();
            let is_new = !found.iter().any(|kept| includes(&chosen, kept));
            if is_new && some_order(task, &task.initial, &chosen) {
                found.push(chosen);
            }
        }
        found
    }

    fn some_order(task: &Task, state: &[u64], left: &[u32]) -> bool {
        (left.is_empty() && task.is_goal(state))
            || left.iter().any(|one| {
                let action = &task.actions[*one as usize];
                let rest: Vec<u32> = left.iter().copied().filter(|other| other != one).collect();
                task.allows(state, action) && some_order(task, &task.after(state, action), &rest)
            })
    }

    /// What each plan takes, each action once; no two plans take the same, and each can do without none of it.
    pub(in crate::grounded) fn different(task: &Task, plans: &[Vec<u32>]) -> Vec<Vec<u32>> {
        let mut sets: Vec<Vec<u32>> = plans.to_vec();
        sets.iter_mut().for_each(|plan| {
            plan.sort_unstable();
            plan.dedup();
        });
        let different: FxHashSet<&Vec<u32>> = sets.iter().collect();
        assert_eq!(different.len(), sets.len(), "{sets:?}");
        assert!(plans.iter().all(|plan| is_lean(task, plan)), "{plans:?}");
        sets
    }

    #[test]
    fn plans_that_can_do_without_nothing_are_found() {
        let (mut sets, mut missed, mut dearer) = (0, 0, 0);
        for task in some_tasks(800) {
            let asks: Vec<Ask> = (0..7).collect();
            let found = several(&task, &asks, false, 1_000, 30_000);
            let fast = different(&task, &found.plans);
            // Of the sets of which each action is needed once, hardly any is missed, and hardly ever a best one.
            let slow = by_trying(&task);
            sets += slow.len();
            missed += slow.iter().filter(|set| !fast.contains(set)).count();
            let best = found.plans.iter().map(Vec::len).min();
            let least = slow.iter().map(Vec::len).min();
            dearer += usize::from(least.is_some_and(|least| best.is_none_or(|best| best > least)));
        }
        assert!(sets > 200, "{sets}");
        assert!(
            missed * 50 <= sets && dearer * 100 <= sets,
            "{missed} and {dearer} of {sets}"
        );
    }
}
