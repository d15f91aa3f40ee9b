//! An exact least-weight set of actions that reaches the goal of a [`Graph`], by landmarks alone.
//!
//! A *landmark* is a set of actions of which every way to the goal takes at least one. A least hitting set of all
//! landmarks found so far weighs no more than any way; where it reaches the goal itself, it is one of the best. Where it
//! does not, what is missing is a new landmark (Haslum, Slaney, Thiébaux 2012, "iterated landmarks"). What is added on
//! the way until the goal is reached gives an upper bound; the two meet at the optimum.

use fixedbitset::FixedBitSet;

use super::graph::Graph;
use super::hitting;
use super::{Effort, Solved};

/// A set of least weight that holds `forced` and reaches the goal.
pub(super) fn least(graph: &Graph, forced: &[usize], effort: &mut Effort) -> Solved {
    let classes = graph.goal_class();
    let mut always = FixedBitSet::with_capacity(classes);
    always.extend(forced.iter().copied());
    // What weighs nothing is taken wherever it helps, and left out at the end where it does not.
    let free = (0..classes).filter(|class| graph.weights[*class] == 0);
    always.extend(free);
    let solver = Solver { graph, always };
    match solver.least(forced, effort) {
        Some(Some(set)) => Solved::Best(set),
        Some(None) => Solved::Impossible,
        None => Solved::Limit,
    }
}

struct Solver<'g> {
    graph: &'g Graph,
    always: FixedBitSet,
}

/// What is reached with some actions, and can be taken back.
struct Reached {
    missing: Vec<u32>,
    facts: FixedBitSet,
    allowed: FixedBitSet,
    /// Nodes whose needs one fact more meets, and facts, in the order of reaching.
    trail: Vec<u32>,
}

impl Solver<'_> {
    fn least(&self, forced: &[usize], effort: &mut Effort) -> Option<Option<Vec<usize>>> {
        let classes = self.graph.goal_class();
        let mut landmarks: Vec<FixedBitSet> = Vec::new();
        let mut best: Option<(u64, FixedBitSet)> = None;
        let mut is_reversed = false;
        let weights = &self.graph.weights[..classes];
        loop {
            let chosen = hitting::least(&landmarks, weights, effort)?;
            let bound: u64 = chosen.iter().map(|class| weights[*class]).sum();
            if best.as_ref().is_some_and(|(weight, _)| *weight <= bound) {
                break;
            }
            let mut set = self.always.clone();
            set.extend(chosen);
            let before = landmarks.len();
            loop {
                effort.spend(self.graph.nodes.len() as u64)?;
                let Some(landmark) = self.landmark(&set, is_reversed, effort)? else {
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
                    return Some(None);
                };
                set.insert(most);
                landmarks.push(landmark);
            }
            let set = self.without_excess(set, forced, effort)?;
            let weight: u64 = set
                .ones()
                .filter(|class| !self.always.contains(*class))
                .map(|class| weights[class])
                .sum();
            if best.as_ref().is_none_or(|(other, _)| weight < *other) {
                best = Some((weight, set));
            }
            if landmarks.len() == before {
                break;
            }
        }
        Some(best.map(|(_, set)| set.ones().collect()))
    }

    /// What is missing for the goal, as little as possible: every way takes one of these. None where nothing is.
    fn landmark(
        &self,
        set: &FixedBitSet,
        is_reversed: bool,
        effort: &mut Effort,
    ) -> Option<Option<FixedBitSet>> {
        let classes = self.graph.goal_class();
        let mut reached = Reached::new(self.graph);
        for class in set.ones() {
            reached.allow(self.graph, class);
        }
        reached.allow(self.graph, classes);
        if reached.has_goal(self.graph) {
            return Some(None);
        }
        let mut landmark = FixedBitSet::with_capacity(classes);
        for at in 0..classes {
            let class = if is_reversed { classes - 1 - at } else { at };
            if set.contains(class) {
                continue;
            }
            let mark = reached.trail.len();
            reached.allow(self.graph, class);
            effort.spend((reached.trail.len() - mark) as u64 + 1)?;
            if reached.has_goal(self.graph) {
                reached.take_back(self.graph, mark, class);
                landmark.insert(class);
            }
        }
        Some(Some(landmark))
    }

    /// The set without what it does not need, the heaviest first.
    fn without_excess(
        &self,
        mut set: FixedBitSet,
        forced: &[usize],
        effort: &mut Effort,
    ) -> Option<FixedBitSet> {
        let mut order: Vec<usize> = set.ones().filter(|class| !forced.contains(class)).collect();
        order.sort_by_key(|class| (std::cmp::Reverse(self.graph.weights[*class]), *class));
        for class in order {
            set.remove(class);
            effort.spend(self.graph.nodes.len() as u64)?;
            let mut reached = Reached::new(self.graph);
            for class in set.ones() {
                reached.allow(self.graph, class);
            }
            reached.allow(self.graph, self.graph.goal_class());
            if !reached.has_goal(self.graph) {
                set.insert(class);
            }
        }
        Some(set)
    }
}

impl Reached {
    fn new(graph: &Graph) -> Self {
        Self {
            missing: graph
                .nodes
                .iter()
                .map(|node| u32::try_from(node.needs.len()).unwrap_or(u32::MAX))
                .collect(),
            facts: FixedBitSet::with_capacity(graph.facts),
            allowed: FixedBitSet::with_capacity(graph.weights.len()),
            trail: Vec::new(),
        }
    }

    fn has_goal(&self, graph: &Graph) -> bool {
        self.facts.contains(graph.goal as usize)
    }

    /// Lets an action run, and all that follows.
    fn allow(&mut self, graph: &Graph, class: usize) {
        self.allowed.insert(class);
        let from = self.trail.len();
        for node in &graph.of_class[class] {
            if self.missing[*node as usize] == 0 {
                self.run(graph, *node);
            }
        }
        let mut at = from;
        while let Some(fact) = self.trail.get(at).copied() {
            at += 1;
            for user in &graph.users[fact as usize] {
                let missing = &mut self.missing[*user as usize];
                *missing -= 1;
                if *missing == 0
                    && self
                        .allowed
                        .contains(graph.nodes[*user as usize].class as usize)
                {
                    self.run(graph, *user);
                }
            }
        }
    }

    fn run(&mut self, graph: &Graph, node: u32) {
        for fact in &graph.nodes[node as usize].adds {
            if !self.facts.put(*fact as usize) {
                self.trail.push(*fact);
            }
        }
    }

    /// As it was before an action was allowed.
    fn take_back(&mut self, graph: &Graph, mark: usize, class: usize) {
        self.allowed.remove(class);
        for fact in self.trail.drain(mark..) {
            self.facts.remove(fact as usize);
            for user in &graph.users[fact as usize] {
                self.missing[*user as usize] += 1;
            }
        }
    }
}
