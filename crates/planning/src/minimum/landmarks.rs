//! An exact least-weight set of actions that reaches a goal, by landmarks alone.
//!
//! A *landmark* is a set of actions of which every way to the goal takes at least one. A least hitting set of all
//! landmarks found so far weighs no more than any way; where it reaches the goal itself, it is one of the best. Where it
//! does not, what is missing is a new landmark (Haslum, Slaney, Thiébaux 2012, "iterated landmarks"). What is added on
//! the way until the goal is reached gives an upper bound; the two meet at the optimum.
//!
//! All that has to be known of the ways is what some actions reach, and that more actions reach no less: [`Ways`].

use fixedbitset::FixedBitSet;

use super::hitting;
use super::{Effort, Partly, Solved};

/// Actions by class, and what they reach.
pub(super) trait Ways {
    /// What some actions reach.
    type Reached;

    /// What each class weighs, the goal's own left out.
    fn weights(&self) -> &[u64];
    /// What it takes to look at everything once.
    fn size(&self) -> u64;
    /// What is reached without any.
    fn nothing(&self) -> Self::Reached;
    /// Lets a class run, and all that follows.
    fn allow(&self, reached: &mut Self::Reached, class: usize);
    /// How much was reached so far, to come back to.
    fn mark(&self, reached: &Self::Reached) -> usize;
    /// As it was at the mark, before a class was allowed.
    fn take_back(&self, reached: &mut Self::Reached, mark: usize, class: usize);
    /// Is the goal reached, in time where time counts?
    fn has_goal(&self, reached: &Self::Reached) -> bool;
    /// Of some actions that reach the goal, those that bring about first what leads to it; these alone reach it too.
    fn serving(&self, set: &FixedBitSet) -> FixedBitSet;
}

/// A set of least weight that holds `forced` and reaches the goal; or how far it came.
pub(super) fn least<W: Ways>(
    ways: &W,
    forced: &[usize],
    effort: &mut Effort<'_>,
) -> Result<Solved, Partly> {
    let weights = ways.weights();
    let classes = weights.len();
    let mut always = FixedBitSet::with_capacity(classes);
    always.extend(forced.iter().copied());
    // What weighs nothing is taken wherever it helps, and left out at the end where it does not.
    let free = (0..classes).filter(|class| weights[*class] == 0);
    always.extend(free);
    let solver = Solver { ways, always };
    let mut found = Found::default();
    let ended = solver.least(forced, effort, &mut found);
    let best = found.best;
    let best = best.map(|(_, set)| solver.without_free(set, forced).ones().collect());
    match (ended, best) {
        (Some(true), Some(set)) => Ok(Solved::Best(set)),
        (Some(_), _) => Ok(Solved::Impossible),
        (None, best) => {
            let always = forced.iter().map(|class| weights[*class]).sum::<u64>();
            Err(Partly {
                best,
                bound: found.bound + always,
            })
        }
    }
}

struct Solver<'g, W> {
    ways: &'g W,
    always: FixedBitSet,
}

/// The lightest set so far, its weight without what is always there, and what any weighs at least.
#[derive(Default)]
struct Found {
    best: Option<(u64, FixedBitSet)>,
    bound: u64,
}

impl<W: Ways> Solver<'_, W> {
    /// Is there a way? Then the lightest is found; nothing where the effort ended before.
    fn least(&self, forced: &[usize], effort: &mut Effort<'_>, found: &mut Found) -> Option<bool> {
        let weights = self.ways.weights();
        let mut landmarks: Vec<FixedBitSet> = Vec::new();
        let mut is_reversed = false;
        loop {
            let room = found.best.as_ref().map_or(u64::MAX, |(weight, _)| *weight);
            let chosen = hitting::least(&landmarks, weights, (found.bound, room), effort)?;
            let Some(chosen) = chosen else {
                // Nothing weighs less than the lightest.
                found.bound = room;
                return Some(true);
            };
            found.bound = chosen.iter().map(|class| weights[*class]).sum();
            let mut set = self.always.clone();
            set.extend(chosen);
            let before = landmarks.len();
            effort.spend(self.ways.size())?;
            let mut reached = self.reached(&set);
            loop {
                let landmark = self.landmark(&set, &mut reached, is_reversed, effort)?;
                let Some(landmark) = landmark else {
                    break;
                };
                is_reversed = !is_reversed;
                // Of it what is in most landmarks.
                let hits = |class: usize| {
                    let held = landmarks.iter().filter(|landmark| landmark.contains(class));
                    held.count()
                };
                let most = landmark
                    .ones()
                    .min_by_key(|class| (weights[*class], std::cmp::Reverse(hits(*class)), *class));
                let Some(most) = most else {
                    return Some(false);
                };
                set.insert(most);
                self.ways.allow(&mut reached, most);
                landmarks.push(landmark);
            }
            let set = self.without_excess(set, forced, effort)?;
            let weight: u64 = set
                .ones()
                .filter(|class| !self.always.contains(*class))
                .map(|class| weights[class])
                .sum();
            if found.best.as_ref().is_none_or(|(other, _)| weight < *other) {
                found.best = Some((weight, set));
            }
            if landmarks.len() == before {
                return Some(true);
            }
        }
    }

    /// What some actions reach.
    fn reached(&self, set: &FixedBitSet) -> W::Reached {
        let mut reached = self.ways.nothing();
        for class in set.ones() {
            self.ways.allow(&mut reached, class);
        }
        reached
    }

    /// What is missing for the goal beside what a set reaches, as little as possible: every way takes one of these. None where
    /// nothing is. What is reached is afterwards as it was.
    fn landmark(
        &self,
        set: &FixedBitSet,
        reached: &mut W::Reached,
        is_reversed: bool,
        effort: &mut Effort<'_>,
    ) -> Option<Option<FixedBitSet>> {
        let classes = self.ways.weights().len();
        if self.ways.has_goal(reached) {
            return Some(None);
        }
        let mut landmark = FixedBitSet::with_capacity(classes);
        let (before, mut beside) = (self.ways.mark(reached), Vec::new());
        for at in 0..classes {
            let class = if is_reversed { classes - 1 - at } else { at };
            if set.contains(class) {
                continue;
            }
            let mark = self.ways.mark(reached);
            self.ways.allow(reached, class);
            effort.spend((self.ways.mark(reached) - mark) as u64 + 1)?;
            if self.ways.has_goal(reached) {
                self.ways.take_back(reached, mark, class);
                landmark.insert(class);
            } else {
                beside.push(class);
            }
        }
        for class in beside {
            self.ways.take_back(reached, before, class);
        }
        Some(Some(landmark))
    }

    /// The set without what has a weight and is not needed, the heaviest first.
    fn without_excess(
        &self,
        mut set: FixedBitSet,
        forced: &[usize],
        effort: &mut Effort<'_>,
    ) -> Option<FixedBitSet> {
        let weights = self.ways.weights();
        let order = set.ones().filter(|class| weights[*class] > 0);
        let mut order: Vec<usize> = order.filter(|class| !forced.contains(class)).collect();
        order.sort_by_key(|class| (std::cmp::Reverse(weights[*class]), *class));
        for class in order {
            effort.spend(self.ways.size())?;
            self.leave_out(&mut set, class);
        }
        Some(set)
    }

    /// The set without what weighs nothing and is not needed.
    fn without_free(&self, mut set: FixedBitSet, forced: &[usize]) -> FixedBitSet {
        let weights = self.ways.weights();
        let serving = self.ways.serving(&set);
        let free = set.ones().filter(|class| weights[*class] == 0);
        let free: Vec<usize> = free.filter(|class| !forced.contains(class)).collect();
        let (serving, idle): (Vec<_>, Vec<_>) =
            free.into_iter().partition(|class| serving.contains(*class));
        idle.into_iter().for_each(|class| set.remove(class));
        for class in serving {
            self.leave_out(&mut set, class);
        }
        set
    }

    /// Leaves a class out where the goal is reached without it.
    fn leave_out(&self, set: &mut FixedBitSet, class: usize) {
        set.remove(class);
        if !self.ways.has_goal(&self.reached(set)) {
            set.insert(class);
        }
    }
}
