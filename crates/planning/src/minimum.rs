//! Fewest producers: an exact solver for problems in which nothing is ever taken away.
//!
//! In: facts, actions that need some and add some, a goal, and optionally a number of rounds or an amount of time. Out: a
//! set of actions of least weight that reaches the goal, proven least; or the proof that none does; or, where the effort
//! ended before, the best set found and what any weighs at least.
//!
//! First everything that cannot matter is left out ([`Problem::reduced`]), then what is left is laid out as a graph
//! ([`graph`], [`timed`]) and solved by hitting sets of landmarks ([`landmarks`]), which fall into parts where choices do
//! not bear on each other; where they are many, by branch and bound over cuts for a while ([`cuts`]).

#![allow(
    clippy::indexing_slicing,
    reason = "facts and actions are numbered here, and every list by number is made as long as there are numbers"
)]

mod cuts;
mod dual;
mod graph;
mod hitting;
mod landmarks;
mod timed;

use fixedbitset::FixedBitSet;
use samos_model::Deadline;

pub(crate) use timed::Earliest;

/// One action.
#[derive(Clone, Debug)]
pub(crate) struct Producer {
    pub(crate) needs: Vec<usize>,
    pub(crate) adds: Vec<usize>,
    pub(crate) weight: u64,
    /// How long it takes; one where rounds are counted.
    pub(crate) duration: u64,
}

/// What is to be reached with what.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problem {
    pub(crate) facts: usize,
    pub(crate) producers: Vec<Producer>,
    pub(crate) goal: Vec<usize>,
}

/// By when the goal must be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Within {
    Anything,
    Rounds(usize),
    Time(u64),
}

/// How a solving ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Solved {
    /// Actions of least weight, in ascending order.
    Best(Vec<usize>),
    /// No set reaches the goal.
    Impossible,
    /// The effort allowed was used up: the best set found so far, and what any set weighs at least.
    Limit(Vec<usize>, u64),
}

impl Solved {
    /// The same set under other names.
    pub(crate) fn renamed(self, names: &[usize]) -> Self {
        let named = |set: Vec<usize>| {
            set.iter()
                .filter_map(|at| names.get(*at).copied())
                .collect()
        };
        match self {
            Self::Best(set) => Self::Best(named(set)),
            Self::Limit(set, bound) => Self::Limit(named(set), bound),
            Self::Impossible => Self::Impossible,
        }
    }
}

/// How far one way of solving came: its best set, and what any weighs at least.
#[derive(Default)]
struct Partly {
    best: Option<Vec<usize>>,
    bound: u64,
}

impl Partly {
    /// What two ways found together.
    fn joined(self, other: Self, problem: &Problem) -> Self {
        let lighter = [self.best, other.best].into_iter().flatten();
        Self {
            best: lighter.min_by_key(|set| problem.weight(set)),
            bound: self.bound.max(other.bound),
        }
    }
}

/// Bounds the work of solving.
pub(crate) struct Effort<'d> {
    given: u64,
    left: u64,
    deadline: &'d Deadline,
    /// What was spent since it was asked for the time.
    unasked: u64,
    is_late: bool,
}

/// What may be spent between two questions for the time.
const UNASKED: u64 = 20_000;

impl<'d> Effort<'d> {
    pub(crate) fn new(left: u64, deadline: &'d Deadline) -> Self {
        Self {
            given: left,
            left,
            deadline,
            unasked: 0,
            is_late: false,
        }
    }

    pub(crate) fn spent(&self) -> u64 {
        self.given - self.left
    }

    /// Was it the time that ended it?
    pub(crate) fn is_late(&self) -> bool {
        self.is_late
    }

    fn spend(&mut self, amount: u64) -> Option<()> {
        if self.is_late {
            return None;
        }
        self.unasked = self.unasked.saturating_add(amount);
        if self.unasked >= UNASKED {
            self.unasked = 0;
            if self.deadline.is_over() {
                self.is_late = true;
                return None;
            }
        }
        let Some(left) = self.left.checked_sub(amount) else {
            self.left = 0;
            return None;
        };
        self.left = left;
        Some(())
    }

    /// Lets something use no more than a share; what that leaves is still there.
    pub(crate) fn shared<A>(&mut self, most: u64, work: impl FnOnce(&mut Effort<'d>) -> A) -> A {
        let given = self.left.min(most);
        let mut share = Effort::new(given, self.deadline);
        let done = work(&mut share);
        self.left -= given - share.left;
        self.is_late = share.is_late;
        done
    }
}

/// The effort that looking for landmarks may take, before actions are tried one after the other.
const SHARE: u64 = 50_000_000;
/// The effort that trying actions one after the other may take then, before landmarks are looked for to the end.
const MORE: u64 = 20_000_000;

impl Problem {
    /// The round in which each action can first run, and in which the goal is reached; rounds count from 1.
    pub(crate) fn rounds(
        &self,
        allowed: &dyn Fn(usize) -> bool,
    ) -> (Vec<Option<usize>>, Option<usize>) {
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); self.facts];
        let mut missing: Vec<usize> = Vec::with_capacity(self.producers.len());
        for (at, producer) in self.producers.iter().enumerate() {
            missing.push(producer.needs.len());
            for need in &producer.needs {
                if let Some(list) = users.get_mut(*need) {
                    list.push(at);
                }
            }
        }
        let mut ran: Vec<Option<usize>> = vec![None; self.producers.len()];
        let mut have = FixedBitSet::with_capacity(self.facts);
        let mut now: Vec<usize> = (0..self.producers.len())
            .filter(|at| allowed(*at) && missing.get(*at) == Some(&0))
            .collect();
        let mut open = self
            .goal
            .iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len();
        let mut reached = (open == 0).then_some(0);
        let mut wanted = FixedBitSet::with_capacity(self.facts);
        wanted.extend(self.goal.iter().copied());
        let mut round = 0;
        while !now.is_empty() {
            round += 1;
            let mut next = Vec::new();
            for at in now {
                if let Some(slot) = ran.get_mut(at) {
                    *slot = Some(round);
                }
                for fact in self
                    .producers
                    .get(at)
                    .map(|producer| producer.adds.as_slice())
                    .unwrap_or_default()
                {
                    if have.put(*fact) {
                        continue;
                    }
                    open -= usize::from(wanted.contains(*fact));
                    for user in users.get(*fact).into_iter().flatten() {
                        if let Some(count) = missing.get_mut(*user) {
                            *count -= 1;
                            if *count == 0 && allowed(*user) {
                                next.push(*user);
                            }
                        }
                    }
                }
            }
            if open == 0 && reached.is_none() {
                reached = Some(round);
            }
            now = next;
        }
        (ran, reached)
    }

    /// A set of least weight that reaches the goal in time, holding all of `forced` and none of `forbidden`.
    pub(crate) fn minimum(
        &self,
        within: Within,
        forced: &[usize],
        forbidden: &[usize],
        effort: &mut Effort<'_>,
    ) -> Solved {
        let (reduced, kept) = self.reduced(forced, forbidden);
        let forced: Vec<usize> = forced
            .iter()
            .filter_map(|at| kept.binary_search(at).ok())
            .collect();
        reduced.least(within, &forced, effort).renamed(&kept)
    }

    /// The same of a problem that was reduced before.
    pub(crate) fn least(
        &self,
        within: Within,
        forced: &[usize],
        effort: &mut Effort<'_>,
    ) -> Solved {
        let (mut partly, more) = match within {
            Within::Time(time) => {
                let Some(timed) = timed::Timed::of(self, time) else {
                    return Solved::Impossible;
                };
                match landmarks::least(&timed, forced, effort) {
                    Ok(solved) => return solved,
                    Err(partly) => (partly, None),
                }
            }
            Within::Anything | Within::Rounds(_) => {
                let rounds = match within {
                    Within::Rounds(rounds) => rounds,
                    _ => usize::MAX,
                };
                let Some(graph) = graph::Graph::of(self, rounds) else {
                    return Solved::Impossible;
                };
                let first = effort.shared(SHARE, |share| landmarks::least(&graph, forced, share));
                let first = match first {
                    Ok(solved) => return solved,
                    Err(partly) => partly,
                };
                let cut = effort.shared(MORE, |share| cuts::least(&graph, forced, share));
                let cut = match cut {
                    Ok(solved) => return solved,
                    Err(partly) => partly,
                };
                // Where neither is soon done, landmarks get there in the end.
                match landmarks::least(&graph, forced, effort) {
                    Ok(solved) => return solved,
                    Err(partly) => (partly.joined(first, self), Some(cut)),
                }
            }
        };
        if let Some(more) = more {
            partly = partly.joined(more, self);
        }
        let set = partly.best.unwrap_or_else(|| {
            let mut set = Earliest::of(self, &|_| true).first_set(self);
            set.extend(forced);
            set.sort_unstable();
            set.dedup();
            set
        });
        // The bound may have met the best set just when the effort ended.
        if self.weight(&set) <= partly.bound {
            return Solved::Best(set);
        }
        Solved::Limit(set, partly.bound)
    }

    /// What a set weighs.
    pub(crate) fn weight(&self, set: &[usize]) -> u64 {
        let producers = set.iter().filter_map(|at| self.producers.get(*at));
        producers.map(|producer| producer.weight).sum()
    }

    /// The problem with what can matter alone: reachable, relevant, and no action that another one outdoes.
    pub(crate) fn reduced(&self, forced: &[usize], forbidden: &[usize]) -> (Self, Vec<usize>) {
        let (ran, _) = self.rounds(&|at| !forbidden.contains(&at));
        let usable = |at: usize| ran.get(at).is_some_and(Option::is_some);
        let mut adders: Vec<Vec<usize>> = vec![Vec::new(); self.facts];
        for (at, producer) in self
            .producers
            .iter()
            .enumerate()
            .filter(|(at, _)| usable(*at))
        {
            for fact in &producer.adds {
                if let Some(list) = adders.get_mut(*fact) {
                    list.push(at);
                }
            }
        }
        let mut needed = FixedBitSet::with_capacity(self.facts);
        let mut relevant = FixedBitSet::with_capacity(self.producers.len());
        let mut open: Vec<usize> = self.goal.clone();
        for at in forced {
            relevant.insert(*at);
            open.extend(
                self.producers
                    .get(*at)
                    .into_iter()
                    .flat_map(|producer| producer.needs.iter().copied()),
            );
        }
        while let Some(fact) = open.pop() {
            if needed.put(fact) {
                continue;
            }
            for at in adders.get(fact).into_iter().flatten() {
                if !relevant.put(*at) {
                    open.extend(
                        self.producers
                            .get(*at)
                            .into_iter()
                            .flat_map(|producer| producer.needs.iter().copied()),
                    );
                }
            }
        }
        let shown = |at: usize| -> Vec<usize> {
            let adds = self
                .producers
                .get(at)
                .map(|producer| producer.adds.as_slice())
                .unwrap_or_default();
            adds.iter()
                .copied()
                .filter(|fact| needed.contains(*fact))
                .collect()
        };
        let candidates: Vec<(usize, Vec<usize>)> =
            relevant.ones().map(|at| (at, shown(at))).collect();
        let mut by_fact: Vec<Vec<usize>> = vec![Vec::new(); self.facts];
        for (place, (_, adds)) in candidates.iter().enumerate() {
            for fact in adds {
                if let Some(list) = by_fact.get_mut(*fact) {
                    list.push(place);
                }
            }
        }
        let outdone = |place: usize| -> bool {
            let Some((at, adds)) = candidates.get(place) else {
                return false;
            };
            let (Some(first), Some(own)) = (adds.first(), self.producers.get(*at)) else {
                return true;
            };
            if forced.contains(at) {
                return false;
            }
            by_fact.get(*first).into_iter().flatten().any(|other| {
                let Some((rival_at, rival_adds)) = candidates.get(*other) else {
                    return false;
                };
                let Some(rival) = self.producers.get(*rival_at) else {
                    return false;
                };
                rival_at != at
                    && rival.weight <= own.weight
                    && rival.duration <= own.duration
                    && is_subset(&rival.needs, &own.needs)
                    && is_subset(adds, rival_adds)
                    && (rival.weight < own.weight
                        || rival.duration < own.duration
                        || rival.needs.len() < own.needs.len()
                        || rival_adds.len() > adds.len()
                        || rival_at < at)
            })
        };
        let mut kept = Vec::new();
        let mut producers = Vec::new();
        for (place, (at, adds)) in candidates.iter().enumerate() {
            if !outdone(place)
                && let Some(producer) = self.producers.get(*at)
            {
                kept.push(*at);
                producers.push(Producer {
                    needs: producer.needs.clone(),
                    adds: adds.clone(),
                    weight: producer.weight,
                    duration: producer.duration,
                });
            }
        }
        (
            Self {
                facts: self.facts,
                producers,
                goal: self.goal.clone(),
            },
            kept,
        )
    }
}

fn is_subset(small: &[usize], large: &[usize]) -> bool {
    small.len() <= large.len() && small.iter().all(|item| large.contains(item))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator of numbers, so that a failing case can be repeated from its seed.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, bound: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % bound
        }
    }

    fn brute_force(problem: &Problem, within: Within) -> Option<u64> {
        (0..1_u32 << problem.producers.len())
            .filter(|set| {
                let allowed = |at: usize| set >> at & 1 == 1;
                match within {
                    Within::Anything => problem.rounds(&allowed).1.is_some(),
                    Within::Rounds(most) => {
                        let reached = problem.rounds(&allowed).1;
                        reached.is_some_and(|reached| reached <= most)
                    }
                    Within::Time(most) => slow_end(problem, *set).is_some_and(|end| end <= most),
                }
            })
            .map(|set| {
                (0..problem.producers.len())
                    .filter(|at| set >> at & 1 == 1)
                    .map(|at| problem.producers[at].weight)
                    .sum()
            })
            .min()
    }

    /// When the goal is reached, by going over all actions until nothing comes earlier.
    fn slow_end(problem: &Problem, set: u32) -> Option<u64> {
        let mut at: Vec<Option<u64>> = vec![None; problem.facts];
        loop {
            let mut changed = false;
            for (place, one) in problem.producers.iter().enumerate() {
                let needs = one.needs.iter().map(|need| at[*need]);
                let begin = needs.collect::<Option<Vec<u64>>>();
                let Some(begin) = begin.filter(|_| set >> place & 1 == 1) else {
                    continue;
                };
                let end = begin.into_iter().max().unwrap_or(0) + one.duration;
                for fact in &one.adds {
                    if at[*fact].is_none_or(|before| end < before) {
                        at[*fact] = Some(end);
                        changed = true;
                    }
                }
            }
            if !changed {
                let goals = problem.goal.iter().map(|fact| at[*fact]);
                let goals = goals.collect::<Option<Vec<u64>>>()?;
                return Some(goals.into_iter().max().unwrap_or(0));
            }
        }
    }

    fn random_problem(numbers: &mut Numbers) -> Problem {
        let facts = 8;
        let producers = (0..3 + numbers.below(8))
            .map(|_| Producer {
                needs: (0..numbers.below(3))
                    .map(|_| numbers.below(facts))
                    .collect::<std::collections::BTreeSet<_>>()
                    .into_iter()
                    .collect(),
                adds: vec![numbers.below(facts), numbers.below(facts)],
                weight: 1 + numbers.below(3) as u64,
                duration: numbers.below(4) as u64,
            })
            .collect();
        Problem {
            facts,
            producers,
            goal: vec![numbers.below(facts), numbers.below(facts)],
        }
    }

    #[test]
    fn the_minimum_is_that_of_trying_all_sets() {
        let deadline = Deadline::default();
        for seed in 0..400 {
            let mut problem = random_problem(&mut Numbers(seed));
            let soonest = Earliest::of(&problem, &|_| true).reached;
            let all = (1 << problem.producers.len()) - 1;
            assert_eq!(soonest, slow_end(&problem, all), "seed {seed}");
            let soonest = soonest.unwrap_or(0);
            for within in [
                Within::Rounds(2),
                Within::Rounds(3),
                Within::Anything,
                Within::Time(soonest),
                Within::Time(soonest + 2),
            ] {
                if within == Within::Rounds(2) {
                    problem
                        .producers
                        .iter_mut()
                        .for_each(|one| one.duration = 1);
                }
                if within == Within::Anything {
                    problem = random_problem(&mut Numbers(seed));
                }
                let mut effort = Effort::new(10_000_000, &deadline);
                let found = match problem.minimum(within, &[], &[], &mut effort) {
                    Solved::Best(chosen) => Some(problem.weight(&chosen)),
                    Solved::Impossible => None,
                    Solved::Limit(..) => panic!("limit at seed {seed}"),
                };
                let best = brute_force(&problem, within);
                assert_eq!(found, best, "seed {seed}, {within:?}");
                // The other way is as good, though nothing as small as this is left to it.
                let rounds = match within {
                    Within::Rounds(rounds) => rounds,
                    Within::Anything => usize::MAX,
                    Within::Time(_) => continue,
                };
                if let Some(graph) = graph::Graph::of(&problem, rounds) {
                    let mut effort = Effort::new(10_000_000, &deadline);
                    let Ok(Solved::Best(branched)) = cuts::least(&graph, &[], &mut effort) else {
                        panic!("branching, seed {seed}, {within:?}");
                    };
                    assert_eq!(
                        Some(problem.weight(&branched)),
                        best,
                        "branching, seed {seed}, {within:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_left_when_the_effort_ends_is_a_set_and_a_bound() {
        let deadline = Deadline::default();
        let mut is_open = false;
        for seed in 0..400 {
            let problem = random_problem(&mut Numbers(seed));
            let best = brute_force(&problem, Within::Anything);
            for left in [0, 20, 60, 150, 400] {
                let mut effort = Effort::new(left, &deadline);
                match problem.minimum(Within::Anything, &[], &[], &mut effort) {
                    Solved::Best(set) => assert_eq!(Some(problem.weight(&set)), best),
                    Solved::Impossible => assert_eq!(best, None),
                    Solved::Limit(set, bound) => {
                        let reached = problem.rounds(&|at| set.contains(&at)).1;
                        assert!(reached.is_some(), "seed {seed}, {left}: {set:?} is no way");
                        assert!(best.is_some_and(|best| bound <= best), "seed {seed}");
                        is_open = true;
                    }
                }
            }
        }
        assert!(is_open, "the effort always sufficed");
    }

    #[test]
    fn what_is_over_ends_before_it_has_begun() {
        let deadline = Deadline::when(|| 1.0);
        let mut effort = Effort::new(u64::MAX, &deadline);
        assert!(effort.spend(UNASKED).is_none() && effort.is_late());
    }
}
