//! What stands above what: the transitive closure of direct edges between classes, or between properties.
//!
//! In: direct edges. Out: is one under another, everything above, everything below. Cycles are fine: their
//! members stand above each other. Not here: why an edge exists.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::terms::TermId;

/// The closure: edges are recorded, then [`Hierarchy::close`] works out what they reach.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Hierarchy {
    up: FxHashMap<TermId, Vec<TermId>>,
    down: FxHashMap<TermId, Vec<TermId>>,
    /// What a node reaches, itself included, sorted; absent for a node that has nothing above it.
    reach: FxHashMap<TermId, Arc<[TermId]>>,
}

impl Hierarchy {
    /// Records a direct edge; false when it was there. What it reaches is known after closing.
    pub(crate) fn record(&mut self, below: TermId, above: TermId) -> bool {
        let ups = self.up.entry(below).or_default();
        if below == above || ups.contains(&above) {
            return false;
        }
        ups.push(above);
        self.down.entry(above).or_default().push(below);
        true
    }

    /// Computes the closure of all recorded edges: strongly connected components, then sets from the top down.
    pub(crate) fn close(&mut self) {
        self.reach.clear();
        for component in self.components() {
            let mut all: Vec<TermId> = component.clone();
            for member in &component {
                for above in self.up.get(member).into_iter().flatten() {
                    match self.reach.get(above) {
                        Some(reached) => all.extend_from_slice(reached),
                        None => all.push(*above),
                    }
                }
            }
            all.sort_unstable();
            all.dedup();
            if all.len() > 1 {
                let all: Arc<[TermId]> = all.into();
                for member in component {
                    self.reach.insert(member, Arc::clone(&all));
                }
            }
        }
    }

    /// Strongly connected components in an order in which what stands above comes first (Tarjan, without recursion).
    fn components(&self) -> Vec<Vec<TermId>> {
        let mut nodes: Vec<TermId> = self.up.keys().copied().collect();
        nodes.sort_unstable();
        let mut number: FxHashMap<TermId, (usize, usize)> = FxHashMap::default();
        let mut open: Vec<TermId> = Vec::new();
        let mut is_open: FxHashSet<TermId> = FxHashSet::default();
        let mut components = Vec::new();
        let mut next = 0;
        for start in nodes {
            if number.contains_key(&start) {
                continue;
            }
            let mut calls: Vec<(TermId, usize)> = vec![(start, 0)];
            while let Some((node, at)) = calls.pop() {
                if at == 0 {
                    number.insert(node, (next, next));
                    next += 1;
                    open.push(node);
                    is_open.insert(node);
                }
                let edges = self.up.get(&node).map_or(&[][..], Vec::as_slice);
                let mut low = number.get(&node).map_or(0, |numbers| numbers.1);
                if let Some(done) = at.checked_sub(1).and_then(|before| edges.get(before)) {
                    low = low.min(number.get(done).map_or(low, |numbers| {
                        if is_open.contains(done) {
                            numbers.1
                        } else {
                            low
                        }
                    }));
                }
                let mut entered = false;
                for (offset, above) in edges.iter().enumerate().skip(at) {
                    match number.get(above) {
                        None => {
                            calls.push((node, offset + 1));
                            calls.push((*above, 0));
                            entered = true;
                            break;
                        }
                        Some((index, _)) if is_open.contains(above) => low = low.min(*index),
                        Some(_) => {}
                    }
                }
                let index = number.get(&node).map_or(0, |numbers| numbers.0);
                number.insert(node, (index, low));
                if !entered && low == index {
                    let mut component = Vec::new();
                    while let Some(member) = open.pop() {
                        is_open.remove(&member);
                        component.push(member);
                        if member == node {
                            break;
                        }
                    }
                    components.push(component);
                }
            }
        }
        components
    }

    /// Is one the other, or somewhere below it?
    pub(crate) fn is_under(&self, below: TermId, above: TermId) -> bool {
        below == above
            || self
                .reach
                .get(&below)
                .is_some_and(|reached| reached.binary_search(&above).is_ok())
    }

    /// The node and everything above it.
    pub(crate) fn above(&self, node: TermId) -> impl Iterator<Item = TermId> + '_ {
        let reached = self.reach.get(&node).map_or(&[][..], |reached| reached);
        let alone = reached.is_empty().then_some(node);
        alone.into_iter().chain(reached.iter().copied())
    }

    /// The node and everything below it, sorted.
    pub(crate) fn below(&self, node: TermId) -> Vec<TermId> {
        let mut found: BTreeSet<TermId> = BTreeSet::from([node]);
        let mut open = vec![node];
        while let Some(next) = open.pop() {
            for &below in self.down.get(&next).into_iter().flatten() {
                if found.insert(below) {
                    open.push(below);
                }
            }
        }
        found.into_iter().collect()
    }

    /// What stands directly above.
    pub(crate) fn directly_above(&self, node: TermId) -> &[TermId] {
        self.up.get(&node).map_or(&[], Vec::as_slice)
    }

    /// Every node that has something above it, sorted.
    pub(crate) fn nodes(&self) -> Vec<TermId> {
        let mut nodes: Vec<TermId> = self.reach.keys().copied().collect();
        nodes.sort_unstable();
        nodes
    }

    /// The others that are both above and below.
    pub(crate) fn equivalents(&self, node: TermId) -> Vec<TermId> {
        self.above(node)
            .filter(|other| *other != node && self.is_under(*other, node))
            .collect()
    }

    /// A shortest chain of direct edges from one to the other that `allowed` admits, both ends included.
    pub(crate) fn path(
        &self,
        below: TermId,
        above: TermId,
        allowed: impl Fn(TermId, TermId) -> bool,
    ) -> Option<Vec<TermId>> {
        let mut from: FxHashMap<TermId, TermId> = FxHashMap::default();
        let mut open = std::collections::VecDeque::from([below]);
        while let Some(node) = open.pop_front() {
            if node == above && node != below {
                let mut path = vec![node];
                let mut at = node;
                while at != below {
                    at = *from.get(&at)?;
                    path.push(at);
                }
                path.reverse();
                return Some(path);
            }
            for &next in self.directly_above(node) {
                if next != below && !from.contains_key(&next) && allowed(node, next) {
                    from.insert(next, node);
                    open.push_back(next);
                }
            }
        }
        None
    }

    /// Bytes taken, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let mut seen = FxHashSet::default();
        let reached: usize = self
            .reach
            .values()
            .filter(|all| seen.insert(all.as_ptr()))
            .map(|all| all.len() * 4)
            .sum();
        reached + (self.up.len() + self.down.len() + self.reach.len()) * 48
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reachable(edges: &[(u32, u32)], from: u32) -> BTreeSet<TermId> {
        let mut found = BTreeSet::from([from]);
        loop {
            let more: Vec<u32> = edges
                .iter()
                .filter(|(a, b)| found.contains(a) && !found.contains(b))
                .map(|edge| edge.1)
                .collect();
            if more.is_empty() {
                return found.into_iter().map(TermId).collect();
            }
            found.extend(more);
        }
    }

    proptest! {
        #[test]
        fn closing_gives_plain_reachability(edges in prop::collection::vec((0u32..9, 0u32..9), 0..20)) {
            let mut hierarchy = Hierarchy::default();
            for &(below, above) in &edges {
                hierarchy.record(TermId(below), TermId(above));
            }
            hierarchy.close();
            for node in 0..9 {
                let plain = reachable(&edges, node);
                prop_assert_eq!(hierarchy.above(TermId(node)).collect::<BTreeSet<_>>(), plain.clone());
                for other in 0..9 {
                    prop_assert_eq!(hierarchy.is_under(TermId(node), TermId(other)), plain.contains(&TermId(other)));
                    prop_assert_eq!(hierarchy.below(TermId(other)).contains(&TermId(node)), plain.contains(&TermId(other)));
                }
            }
        }
    }
}
