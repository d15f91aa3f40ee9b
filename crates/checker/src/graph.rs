//! The order that a plan's edges ask for, and how many orders of the steps it leaves.
//!
//! In: edges that all lead from an earlier step to a later one. Out: who waits for whom, layers, all orders up to a
//! number. Steps are counted from 0 here, by their place in the plan.

use std::collections::{BTreeMap, BTreeSet};

/// A set of steps.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Steps(Vec<u64>);

impl Steps {
    pub(crate) fn none(of: usize) -> Self {
        Self(vec![0; of.div_ceil(64)])
    }

    pub(crate) fn insert(&mut self, step: usize) {
        if let Some(word) = self.0.get_mut(step / 64) {
            *word |= 1 << (step % 64);
        }
    }

    pub(crate) fn contains(&self, step: usize) -> bool {
        let word = self.0.get(step / 64);
        word.is_some_and(|word| word & (1 << (step % 64)) != 0)
    }

    fn extend(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    fn contains_all(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().zip(&other.0);
        pairs.all(|(word, other)| word & other == *other)
    }
}

/// Which step waits for which.
pub(crate) struct Graph {
    /// By step, those it waits for directly.
    direct: Vec<BTreeSet<usize>>,
    /// By step, all those it waits for.
    all: Vec<Steps>,
}

impl Graph {
    /// The graph of edges from earlier to later steps; others are passed over.
    pub(crate) fn new(steps: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut direct = vec![BTreeSet::new(); steps];
        for (from, to) in edges {
            if let Some(direct) = direct.get_mut(to).filter(|_| from < to) {
                direct.insert(from);
            }
        }
        let mut all: Vec<Steps> = Vec::with_capacity(steps);
        for waits in &direct {
            let mut own = Steps::none(steps);
            for step in waits {
                own.insert(*step);
                if let Some(before) = all.get(*step) {
                    own.extend(before);
                }
            }
            all.push(own);
        }
        Self { direct, all }
    }

    pub(crate) fn len(&self) -> usize {
        self.direct.len()
    }

    /// Does the later step wait for the earlier one, directly or not?
    pub(crate) fn is_before(&self, earlier: usize, later: usize) -> bool {
        let before = self.all.get(later);
        before.is_some_and(|before| before.contains(earlier))
    }

    /// By step, those it waits for directly.
    pub(crate) fn waits(&self) -> &[BTreeSet<usize>] {
        &self.direct
    }

    /// By step, the round it can run in, from 1.
    pub(crate) fn layers(&self) -> Vec<u32> {
        let mut layers: Vec<u32> = Vec::with_capacity(self.len());
        for waits in &self.direct {
            let before = waits.iter().filter_map(|step| layers.get(*step)).max();
            layers.push(before.copied().unwrap_or(0).saturating_add(1));
        }
        layers
    }

    /// The steps that can run when those done are done.
    pub(crate) fn ready(&self, done: &Steps) -> Vec<usize> {
        let may = |(_, waits): &(usize, &Steps)| done.contains_all(waits);
        self.all
            .iter()
            .enumerate()
            .filter(|(step, _)| !done.contains(*step))
            .filter(may)
            .map(|(step, _)| step)
            .collect()
    }

    /// How many orders the graph leaves; `None` when more than `most`.
    pub(crate) fn orders(&self, most: u64) -> Option<u64> {
        let mut level = BTreeMap::from([(Steps::none(self.len()), 1_u64)]);
        for _ in 0..self.len() {
            let mut next: BTreeMap<Steps, u64> = BTreeMap::new();
            for (done, ways) in &level {
                for step in self.ready(done) {
                    let mut done = done.clone();
                    done.insert(step);
                    let sum = next.entry(done).or_insert(0);
                    *sum = sum.saturating_add(*ways);
                }
                // Every beginning of an order goes on to at least one whole order, each to others.
                if next.values().copied().fold(0, u64::saturating_add) > most {
                    return None;
                }
            }
            level = next;
        }
        Some(level.into_values().fold(0, u64::saturating_add))
    }
}

#[cfg(test)]
mod tests {
    use super::{Graph, Steps};

    #[test]
    fn orders_are_counted_up_to_a_number() {
        let free = Graph::new(5, []);
        assert_eq!(free.orders(2_000), Some(120));
        assert_eq!(free.orders(119), None);
        let chain = Graph::new(70, (0..69).map(|step| (step, step + 1)));
        assert_eq!(chain.orders(1), Some(1));
        assert!(chain.is_before(0, 69) && !chain.is_before(69, 0));
        assert_eq!(chain.layers().last(), Some(&70));
        assert_eq!(Graph::new(0, []).orders(1), Some(1));
    }

    #[test]
    fn only_steps_whose_waiting_is_over_are_ready() {
        let graph = Graph::new(3, [(0, 2), (2, 1), (9, 1), (0, 9)]);
        let mut done = Steps::none(3);
        assert_eq!(graph.ready(&done), [0, 1]);
        done.insert(0);
        assert_eq!(graph.ready(&done), [1, 2]);
    }
}
