//! Fewest producers: an exact solver for problems in which nothing is ever taken away.
//!
//! In: facts, actions that need some and add some, a goal, and optionally a number of rounds. Out: a set of actions of
//! least weight that reaches the goal, proven least; or the proof that none does.
//!
//! First everything that cannot matter is left out ([`Problem::reduced`]), then what is left is laid out as a graph
//! ([`graph`]) and solved by hitting sets of landmarks ([`landmarks`]), which fall into parts where choices do not bear
//! on each other; where they are too many, by branch and bound over cuts ([`cuts`]).

#![allow(
    clippy::indexing_slicing,
    reason = "facts and actions are numbered here, and every list by number is made as long as there are numbers"
)]

mod cuts;
mod graph;
mod hitting;
mod landmarks;

use fixedbitset::FixedBitSet;

/// One action.
#[derive(Clone, Debug)]
pub(crate) struct Producer {
    pub(crate) needs: Vec<usize>,
    pub(crate) adds: Vec<usize>,
    pub(crate) weight: u64,
}

/// What is to be reached with what.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problem {
    pub(crate) facts: usize,
    pub(crate) producers: Vec<Producer>,
    pub(crate) goal: Vec<usize>,
}

/// How a solving ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Solved {
    /// Actions of least weight, in ascending order.
    Best(Vec<usize>),
    /// No set reaches the goal.
    Impossible,
    /// The effort allowed was used up.
    Limit,
}

impl Solved {
    /// The set, where there is one.
    pub(crate) fn into_set(self) -> Option<Vec<usize>> {
        match self {
            Self::Best(set) => Some(set),
            Self::Impossible | Self::Limit => None,
        }
    }
}

/// Bounds the work of one solving.
pub(crate) struct Effort {
    pub(crate) left: u64,
}

impl Effort {
    fn spend(&mut self, amount: u64) -> Option<()> {
        self.left = self.left.checked_sub(amount)?;
        Some(())
    }
}

/// The effort that looking for landmarks may take, before actions are tried one after the other.
const SHARE: u64 = 4_000_000;

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

    /// A set of least weight that reaches the goal within that many rounds, holding all of `forced` and none of `forbidden`.
    pub(crate) fn minimum(
        &self,
        most_rounds: usize,
        forced: &[usize],
        forbidden: &[usize],
        effort: &mut Effort,
    ) -> Solved {
        let (reduced, kept) = self.reduced(forced, forbidden);
        let forced: Vec<usize> = forced
            .iter()
            .filter_map(|at| kept.binary_search(at).ok())
            .collect();
        match reduced.least(most_rounds, &forced, effort) {
            Solved::Best(chosen) => Solved::Best(chosen.iter().map(|at| kept[*at]).collect()),
            other => other,
        }
    }

    /// The same of a problem that was reduced before.
    pub(crate) fn least(
        &self,
        most_rounds: usize,
        forced: &[usize],
        effort: &mut Effort,
    ) -> Solved {
        let Some(graph) = graph::Graph::of(self, most_rounds) else {
            return Solved::Impossible;
        };
        let given = effort.left.min(SHARE);
        let mut share = Effort { left: given };
        let solved = landmarks::least(&graph, forced, &mut share);
        effort.left -= given - share.left;
        match solved {
            Solved::Limit => cuts::least(&graph, forced, effort),
            solved => solved,
        }
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
                    && is_subset(&rival.needs, &own.needs)
                    && is_subset(adds, rival_adds)
                    && (rival.weight < own.weight
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

    fn brute_force(problem: &Problem, rounds: usize) -> Option<u64> {
        (0..1_u32 << problem.producers.len())
            .filter(|set| {
                problem
                    .rounds(&|at| set >> at & 1 == 1)
                    .1
                    .is_some_and(|reached| reached <= rounds)
            })
            .map(|set| {
                (0..problem.producers.len())
                    .filter(|at| set >> at & 1 == 1)
                    .map(|at| problem.producers[at].weight)
                    .sum()
            })
            .min()
    }

    #[test]
    fn the_minimum_is_that_of_trying_all_sets() {
        for seed in 0..400 {
            let mut numbers = Numbers(seed);
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
                })
                .collect();
            let problem = Problem {
                facts,
                producers,
                goal: vec![numbers.below(facts), numbers.below(facts)],
            };
            for rounds in [2, 3, usize::MAX] {
                let found =
                    match problem.minimum(rounds, &[], &[], &mut Effort { left: 10_000_000 }) {
                        Solved::Best(chosen) => {
                            Some(chosen.iter().map(|at| problem.producers[*at].weight).sum())
                        }
                        Solved::Impossible => None,
                        Solved::Limit => panic!("limit at seed {seed}"),
                    };
                let best = brute_force(&problem, rounds);
                assert_eq!(found, best, "seed {seed}, rounds {rounds}");
                // The other way is as good, though nothing as small as this is left to it.
                if let Some(graph) = graph::Graph::of(&problem, rounds) {
                    let mut effort = Effort { left: 10_000_000 };
                    let branched = cuts::least(&graph, &[], &mut effort).into_set();
                    let weight = branched
                        .map(|chosen| chosen.iter().map(|at| problem.producers[*at].weight).sum());
                    assert_eq!(weight, best, "branching, seed {seed}, rounds {rounds}");
                }
            }
        }
    }
}
