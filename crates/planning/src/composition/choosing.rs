//! Which sets of operations are best, by what is to be least; and the best ones after them.
//!
//! In: the problem of a question about types, and an effort. Out: sets, and what is proven of them. When the effort ends
//! early the best sets found by then are answered, beside what any takes at least.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use samos_model::{Measure, Objective, Proof};

use super::Composition;
use crate::minimum::{Earliest, Effort, Solved, Within};

/// The effort that may go into what nobody asked for, however little the rest took.
const ASIDE: u64 = 50_000;

/// Sets, best first.
pub(super) struct Chosen {
    pub(super) sets: Vec<Vec<usize>>,
    /// Where the effort ended before everything was proven: how good the first is known to be.
    pub(super) open: Option<Proof>,
}

impl Chosen {
    fn proven(sets: Vec<Vec<usize>>) -> Self {
        Self { sets, open: None }
    }
}

/// A part of the sets there are: its best set, and what all of its sets hold and lack.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    /// When its sets can reach the goal at the soonest, where that counts first.
    soonest: u64,
    weight: u64,
    rounds: usize,
    set: Vec<usize>,
    forced: Vec<usize>,
    forbidden: Vec<usize>,
    /// What any of its sets weighs at least, where its best set is not proven to be one.
    bound: Option<u64>,
}

impl Composition<'_> {
    /// The best sets; `soonest` is when the goal can be reached at all.
    pub(super) fn best(&self, soonest: u64, effort: &mut Effort<'_>) -> Chosen {
        let most = self.question.alternatives.max(1);
        match self.question.objective {
            Objective::Pareto => self.front(effort),
            _ if most > 1 => {
                let mut chosen = self.enumerate(most, effort);
                // What comes first is what would come alone.
                if chosen.open.is_none()
                    && let Some(first) = chosen.sets.first().cloned()
                {
                    let fewest = self.of_fewest_rounds(first, effort);
                    if let Some(first) = fewest.sets.into_iter().next() {
                        chosen.sets.retain(|set| *set != first);
                        chosen.sets.insert(0, first);
                        chosen.sets.truncate(most);
                    }
                    chosen.open = fewest.open;
                }
                chosen
            }
            _ => match self.problem.minimum(self.within(soonest), &[], &[], effort) {
                Solved::Best(set) => self.of_fewest_rounds(set, effort),
                Solved::Limit(set, bound) => Chosen {
                    open: self.scale.proof(self.problem.weight(&set), bound),
                    sets: vec![set],
                },
                Solved::Impossible => Chosen::proven(Vec::new()),
            },
        }
    }

    /// What the first set takes of what counts first: nothing takes less.
    pub(super) fn proof(&self, sets: &[Vec<usize>], soonest: u64) -> Option<Proof> {
        let weight = self.problem.weight(sets.first()?);
        #[allow(clippy::cast_precision_loss, reason = "only told, never compared")]
        let soonest = soonest as f64;
        let at_once = |measure, bound| {
            Some(Proof {
                measure,
                bound,
                gap: 0.0,
            })
        };
        match self.question.objective {
            Objective::Layers | Objective::Pareto => at_once(Measure::Layers, soonest),
            Objective::Makespan => at_once(Measure::Makespan, soonest / 1e3),
            _ => self.scale.proof(weight, weight),
        }
    }

    /// By when the goal must be reached, where that counts before anything else.
    fn within(&self, soonest: u64) -> Within {
        match self.question.objective {
            Objective::Makespan => Within::Time(soonest),
            Objective::Layers => Within::Rounds(usize::try_from(soonest).unwrap_or(usize::MAX)),
            _ => Within::Anything,
        }
    }

    fn rounds(&self, set: &[usize]) -> usize {
        let among = |at: usize| set.binary_search(&at).is_ok();
        self.problem.rounds(&among).1.unwrap_or(usize::MAX)
    }

    /// Of the sets that weigh as little as a best one, one with the fewest rounds, where rounds are what counts next. Where
    /// nobody asked for them, that may take a quarter of what finding the best took, and what it leaves open is not told: what
    /// was asked for is proven.
    fn of_fewest_rounds(&self, best: Vec<usize>, effort: &mut Effort<'_>) -> Chosen {
        match self.question.objective {
            Objective::Default => self.in_fewest_rounds(best, effort),
            Objective::Operations | Objective::Cost => {
                let most = (effort.spent() / 4).max(ASIDE);
                let chosen = effort.shared(most, |effort| self.in_fewest_rounds(best, effort));
                Chosen::proven(chosen.sets)
            }
            _ => Chosen::proven(vec![best]),
        }
    }

    fn in_fewest_rounds(&self, best: Vec<usize>, effort: &mut Effort<'_>) -> Chosen {
        let Some(fewest) = self.problem.rounds(&|_| true).1 else {
            return Chosen::proven(vec![best]);
        };
        let weight = self.problem.weight(&best);
        let own = self.rounds(&best);
        if own <= fewest {
            return Chosen::proven(vec![best]);
        }
        let (reduced, kept) = self.problem.reduced(&[], &[]);
        for rounds in fewest..own {
            match reduced
                .least(Within::Rounds(rounds), &[], effort)
                .renamed(&kept)
            {
                Solved::Best(set) if self.problem.weight(&set) == weight => {
                    return Chosen::proven(vec![set]);
                }
                Solved::Limit(set, _) if self.problem.weight(&set) == weight => {
                    return Chosen::proven(vec![set]);
                }
                Solved::Limit(_, bound) if bound <= weight => {
                    return Chosen {
                        sets: vec![best],
                        open: Some(in_layers(rounds, own)),
                    };
                }
                Solved::Best(_) | Solved::Limit(..) | Solved::Impossible => {}
            }
        }
        Chosen::proven(vec![best])
    }

    /// Every trade-off between rounds and operations: the fewest rounds first, then ever fewer operations.
    fn front(&self, effort: &mut Effort<'_>) -> Chosen {
        let (reduced, kept) = self.problem.reduced(&[], &[]);
        let least =
            |within, effort: &mut Effort<'_>| reduced.least(within, &[], effort).renamed(&kept);
        let weight = |set: &Vec<usize>| self.problem.weight(set);
        let mut open = None;
        let overall = match least(Within::Anything, effort) {
            Solved::Best(set) => set,
            Solved::Limit(set, bound) => {
                open = self.scale.proof(weight(&set), bound);
                set
            }
            Solved::Impossible => return Chosen::proven(Vec::new()),
        };
        let mut front: Vec<Vec<usize>> = Vec::new();
        let fewest = self.problem.rounds(&|_| true).1.unwrap_or(0);
        for rounds in fewest..self.rounds(&overall) {
            let set = match least(Within::Rounds(rounds), effort) {
                Solved::Best(set) => set,
                Solved::Limit(set, bound) => {
                    open = open.or_else(|| self.scale.proof(weight(&set), bound));
                    set
                }
                Solved::Impossible => continue,
            };
            if front.last().is_none_or(|last| weight(&set) < weight(last)) {
                front.push(set);
            }
        }
        if front
            .last()
            .is_none_or(|last| weight(&overall) < weight(last))
        {
            front.push(overall);
        }
        Chosen { sets: front, open }
    }

    /// The best sets in order, none holding all of another: what is left is split by the first action that differs.
    fn enumerate(&self, most: usize, effort: &mut Effort<'_>) -> Chosen {
        let mut parts: BinaryHeap<Reverse<Part>> = BinaryHeap::new();
        let mut found: Vec<Vec<usize>> = Vec::new();
        parts.extend(self.part(Vec::new(), Vec::new(), effort).map(Reverse));
        while let Some(Reverse(part)) = parts.pop() {
            if let Some(bound) = part.bound {
                // Nothing is proven from here on; what was found beside is as good an answer as there is.
                let open = self.scale.proof(part.weight, bound.min(part.weight));
                let rest = std::iter::once(part)
                    .chain(parts.into_sorted_vec().into_iter().rev().map(|one| one.0));
                for part in rest {
                    if found.len() < most {
                        self.keep(&part, &mut found);
                    }
                }
                return Chosen { sets: found, open };
            }
            self.keep(&part, &mut found);
            if found.len() >= most {
                break;
            }
            let mut kept = part.forced.clone();
            for at in part.set.iter().filter(|at| !part.forced.contains(at)) {
                let mut without = part.forbidden.clone();
                without.push(*at);
                parts.extend(self.part(kept.clone(), without, effort).map(Reverse));
                kept.push(*at);
            }
        }
        Chosen::proven(found)
    }

    /// Adds the best set of a part, unless it holds more than it needs or all of another.
    fn keep(&self, part: &Part, found: &mut Vec<Vec<usize>>) {
        let holds_all =
            |other: &Vec<usize>| other.iter().all(|at| part.set.binary_search(at).is_ok());
        if self.is_minimal(part) && !found.iter().any(holds_all) {
            found.push(part.set.clone());
        }
    }

    /// The part of the sets that hold `forced` and lack `forbidden`; none where there are no such sets.
    fn part(
        &self,
        forced: Vec<usize>,
        forbidden: Vec<usize>,
        effort: &mut Effort<'_>,
    ) -> Option<Part> {
        let soonest = match self.within(0) {
            Within::Anything => 0,
            _ => Earliest::of(&self.problem, &|at| !forbidden.contains(&at)).reached?,
        };
        let within = self.within(soonest);
        let (set, bound) = match self.problem.minimum(within, &forced, &forbidden, effort) {
            Solved::Best(set) => (set, None),
            Solved::Limit(set, bound) => (set, Some(bound)),
            Solved::Impossible => return None,
        };
        Some(Part {
            soonest,
            weight: self.problem.weight(&set),
            rounds: self.rounds(&set),
            set,
            forced,
            forbidden,
            bound,
        })
    }

    fn is_minimal(&self, part: &Part) -> bool {
        part.set.iter().all(|left_out| {
            let among = |at: usize| at != *left_out && part.set.binary_search(&at).is_ok();
            let reached = match self.within(part.soonest) {
                Within::Time(_) => Earliest::of(&self.problem, &among).reached,
                _ => self.problem.rounds(&among).1.map(|rounds| rounds as u64),
            };
            match self.within(part.soonest) {
                Within::Anything => reached.is_none(),
                _ => reached.is_none_or(|reached| reached > part.soonest),
            }
        })
    }
}

/// So many rounds at least, where so many are taken.
fn in_layers(least: usize, own: usize) -> Proof {
    let told = |rounds: usize| f64::from(u32::try_from(rounds).unwrap_or(u32::MAX));
    Proof {
        measure: Measure::Layers,
        bound: told(least),
        gap: told(own.saturating_sub(least)),
    }
}
