//! Branch and bound over landmarks: an exact least-weight set of actions that reaches the goal of a [`Graph`].
//!
//! A *cut* is a set of actions of which every way to the goal takes at least one (a disjunctive landmark, found as in
//! LM-cut, Helmert and Domshlak 2009). Cuts that share the weights of their actions among them add up to a lower bound. Each
//! branch takes one action of the smallest cut and leaves out those tried before it; what a branch does not touch of its parent's
//! cuts is kept (Pommerening and Helmert 2012). A greedy way to the goal at each branch gives the upper bound; an action
//! whose weight the cuts leave uncounted costs that much beside the bound, and goes where that is too much (reduced costs).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::graph::{Graph, NOTHING};
use super::{Effort, Partly, Solved};

/// More than any set weighs.
const UNREACHABLE: u64 = u64::MAX / 4;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open,
    Chosen,
    LeftOut,
}

/// What every way to the goal takes one of, and the share of the bound that it carries.
#[derive(Clone)]
struct Cut {
    share: u64,
    classes: Vec<u32>,
}

/// The effort ran out.
struct Exhausted;

struct Solver<'g, 'e, 'd> {
    graph: &'g Graph,
    effort: &'e mut Effort<'d>,
    best: Option<(u64, Vec<usize>)>,
    /// What any set weighs at least, as it shows before a choice is made.
    root: u64,
    marks: Vec<Mark>,
    /// What is left of each class's weight by the cuts so far.
    cost: Vec<u64>,
    // Working space, by node or by fact.
    missing: Vec<u32>,
    supporter: Vec<u32>,
    sum: Vec<u64>,
    distance: Vec<u64>,
    achiever: Vec<u32>,
    beyond: Vec<bool>,
    before: Vec<bool>,
    queue: BinaryHeap<Reverse<(u64, u32)>>,
}

/// A set of least weight that holds `forced` and reaches the goal; or how far it came.
pub(super) fn least(
    graph: &Graph,
    forced: &[usize],
    effort: &mut Effort<'_>,
) -> Result<Solved, Partly> {
    let (classes, nodes, facts) = (graph.weights.len(), graph.nodes.len(), graph.facts);
    let mut solver = Solver {
        graph,
        effort,
        best: None,
        root: 0,
        marks: vec![Mark::Open; classes],
        cost: vec![0; classes],
        missing: vec![0; nodes],
        supporter: vec![NOTHING; nodes],
        sum: vec![0; nodes],
        distance: vec![UNREACHABLE; facts],
        achiever: vec![NOTHING; facts],
        beyond: vec![false; facts],
        before: vec![false; facts],
        queue: BinaryHeap::new(),
    };
    solver.marks[graph.goal_class()] = Mark::Chosen;
    let mut spent = 0;
    for class in forced {
        solver.marks[*class] = Mark::Chosen;
        spent += graph.weights[*class];
    }
    let ended = solver.branch(spent, Vec::new(), true);
    let best = solver.best.take().map(|(_, set)| set);
    match (ended, best) {
        (Ok(()), Some(set)) => Ok(Solved::Best(set)),
        (Ok(()), None) => Ok(Solved::Impossible),
        (Err(Exhausted), best) => Err(Partly {
            best,
            bound: solver.root,
        }),
    }
}

impl Solver<'_, '_, '_> {
    /// Looks for something better than the best so far among the sets that the marks allow: all there are, at the root.
    fn branch(&mut self, spent: u64, mut cuts: Vec<Cut>, is_root: bool) -> Result<(), Exhausted> {
        let mut spent = spent;
        let mut taken: Vec<usize> = Vec::new();
        let smallest = loop {
            let room = self
                .best
                .as_ref()
                .map_or(UNREACHABLE, |(weight, _)| weight.saturating_sub(spent));
            let Some(bound) = self.bound(&mut cuts, room)? else {
                break None;
            };
            // Where what is left out was left out as no better, only better ones are spoken of from here on.
            if is_root && taken.is_empty() {
                self.root = self.root.max(spent + bound);
            }
            if bound >= room {
                break None;
            }
            let Some(way) = self.greedy_way()? else {
                break None;
            };
            let weight: u64 = way.iter().map(|class| self.weight(*class)).sum();
            if weight < room {
                self.best = Some((spent + weight, self.set_with(&way)));
                if weight <= bound {
                    break None;
                }
            }
            // What the bound does not count yet and nothing better has room for is left out.
            let slack = self
                .best
                .as_ref()
                .map_or(UNREACHABLE, |(weight, _)| weight - spent - bound);
            let before = taken.len();
            taken
                .extend((0..self.marks.len()).filter(|class| {
                    self.marks[*class] == Mark::Open && self.cost[*class] >= slack
                }));
            if taken.len() > before {
                for class in &taken[before..] {
                    self.marks[*class] = Mark::LeftOut;
                }
                for cut in &mut cuts {
                    cut.classes
                        .retain(|class| self.marks[*class as usize] != Mark::LeftOut);
                }
                continue;
            }
            // What is the only one of its cut is taken without a choice.
            let only: Vec<u32> = cuts.iter().filter_map(Cut::only).collect();
            if only.is_empty() {
                break cuts
                    .iter()
                    .min_by_key(|cut| cut.classes.len())
                    .map(|cut| (cut.classes.clone(), way));
            }
            for class in only {
                if self.marks[class as usize] == Mark::Open {
                    self.marks[class as usize] = Mark::Chosen;
                    taken.push(class as usize);
                    spent += self.weight(class);
                }
                cuts.retain(|cut| !cut.classes.contains(&class));
            }
        };
        if let Some((mut classes, way)) = smallest {
            classes.sort_by_key(|class| (!way.contains(class), self.weight(*class), *class));
            for class in &classes {
                let at = *class as usize;
                self.marks[at] = Mark::Chosen;
                let untouched = cuts.iter().filter(|cut| !cut.classes.contains(class));
                self.branch(
                    spent + self.weight(*class),
                    untouched.cloned().collect(),
                    false,
                )?;
                self.marks[at] = Mark::LeftOut;
                for cut in &mut cuts {
                    cut.classes.retain(|other| other != class);
                }
            }
            taken.extend(classes.iter().map(|class| *class as usize));
        }
        for class in taken {
            self.marks[class] = Mark::Open;
        }
        Ok(())
    }

    fn weight(&self, class: u32) -> u64 {
        self.graph.weights[class as usize]
    }

    /// What is chosen, with a way to the goal.
    fn set_with(&self, way: &[u32]) -> Vec<usize> {
        let actions = 0..self.graph.goal_class();
        let mut set: Vec<usize> = actions
            .filter(|class| self.marks[*class] == Mark::Chosen)
            .chain(way.iter().map(|class| *class as usize))
            .collect();
        set.sort_unstable();
        set
    }

    /// Adds cuts until no way to the goal has any cost left, or they add up to `room`; `None` where there is no way.
    fn bound(&mut self, cuts: &mut Vec<Cut>, room: u64) -> Result<Option<u64>, Exhausted> {
        for (class, weight) in self.graph.weights.iter().enumerate() {
            self.cost[class] = match self.marks[class] {
                Mark::Chosen => 0,
                _ => *weight,
            };
        }
        let mut bound = 0;
        for cut in cuts.iter() {
            bound += cut.share;
            for class in &cut.classes {
                self.cost[*class as usize] -= cut.share;
            }
        }
        while bound < room {
            self.measure()?;
            match self.distance[self.graph.goal as usize] {
                UNREACHABLE.. => return Ok(None),
                0 => break,
                _ => {}
            }
            let classes = self.cut();
            let share = classes.iter().map(|class| self.cost[*class as usize]).min();
            let Some(share) = share else {
                return Ok(None);
            };
            for class in &classes {
                self.cost[*class as usize] -= share;
            }
            bound += share;
            cuts.push(Cut { share, classes });
        }
        Ok(Some(bound))
    }

    fn is_left_out(&self, node: u32) -> bool {
        self.marks[self.graph.nodes[node as usize].class as usize] == Mark::LeftOut
    }

    /// For each fact the cost of the dearest fact that it takes, and for each node its dearest need.
    fn measure(&mut self) -> Result<(), Exhausted> {
        let graph = self.graph;
        self.effort
            .spend(graph.nodes.len() as u64)
            .ok_or(Exhausted)?;
        for (at, node) in graph.nodes.iter().enumerate() {
            self.missing[at] = u32::try_from(node.needs.len()).unwrap_or(NOTHING);
        }
        self.supporter.fill(NOTHING);
        self.distance.fill(UNREACHABLE);
        for node in &graph.free {
            if !self.is_left_out(*node) {
                self.reach(*node, 0);
            }
        }
        while let Some(Reverse((far, fact))) = self.queue.pop() {
            if far > self.distance[fact as usize] {
                continue;
            }
            for user in &graph.users[fact as usize] {
                let missing = &mut self.missing[*user as usize];
                *missing -= 1;
                if *missing == 0 && !self.is_left_out(*user) {
                    self.supporter[*user as usize] = fact;
                    self.reach(*user, far);
                }
            }
        }
        Ok(())
    }

    fn reach(&mut self, node: u32, far: u64) {
        let node = &self.graph.nodes[node as usize];
        let far = far + self.cost[node.class as usize];
        for fact in &node.adds {
            if far < self.distance[*fact as usize] {
                self.distance[*fact as usize] = far;
                self.queue.push(Reverse((far, *fact)));
            }
        }
    }

    /// The classes that lead from where one can be into where the rest of the way is free, going by dearest needs.
    fn cut(&mut self) -> Vec<u32> {
        let graph = self.graph;
        self.beyond.fill(false);
        self.beyond[graph.goal as usize] = true;
        let mut open = vec![graph.goal];
        let mut crossing: Vec<u32> = Vec::new();
        while let Some(fact) = open.pop() {
            for node in &graph.adders[fact as usize] {
                let supporter = self.supporter[*node as usize];
                let is_reachable =
                    supporter != NOTHING || graph.nodes[*node as usize].needs.is_empty();
                if self.is_left_out(*node) || !is_reachable {
                    continue;
                }
                if self.cost[graph.nodes[*node as usize].class as usize] > 0 {
                    crossing.push(*node);
                } else if supporter != NOTHING && !self.beyond[supporter as usize] {
                    self.beyond[supporter as usize] = true;
                    open.push(supporter);
                }
            }
        }
        self.before.fill(false);
        for node in &graph.free {
            self.step_before(*node, &mut open);
        }
        while let Some(fact) = open.pop() {
            for user in &graph.users[fact as usize] {
                if self.supporter[*user as usize] == fact {
                    self.step_before(*user, &mut open);
                }
            }
        }
        let mut classes: Vec<u32> = crossing
            .iter()
            .filter(|node| match self.supporter[**node as usize] {
                NOTHING => true,
                supporter => self.before[supporter as usize],
            })
            .map(|node| graph.nodes[*node as usize].class)
            .collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    fn step_before(&mut self, node: u32, open: &mut Vec<u32>) {
        if self.is_left_out(node) {
            return;
        }
        for fact in &self.graph.nodes[node as usize].adds {
            if !self.beyond[*fact as usize] && !self.before[*fact as usize] {
                self.before[*fact as usize] = true;
                open.push(*fact);
            }
        }
    }

    /// Open classes that, with what is chosen, reach the goal: each fact from the node with the smallest sum of costs.
    fn greedy_way(&mut self) -> Result<Option<Vec<u32>>, Exhausted> {
        let graph = self.graph;
        self.effort
            .spend(graph.nodes.len() as u64)
            .ok_or(Exhausted)?;
        for (at, node) in graph.nodes.iter().enumerate() {
            self.missing[at] = u32::try_from(node.needs.len()).unwrap_or(NOTHING);
        }
        self.sum.fill(0);
        self.distance.fill(UNREACHABLE);
        self.achiever.fill(NOTHING);
        for node in &graph.free {
            if !self.is_left_out(*node) {
                self.achieve(*node);
            }
        }
        while let Some(Reverse((far, fact))) = self.queue.pop() {
            if far > self.distance[fact as usize] {
                continue;
            }
            for user in &graph.users[fact as usize] {
                let at = *user as usize;
                self.missing[at] -= 1;
                self.sum[at] = self.sum[at].saturating_add(far);
                if self.missing[at] == 0 && !self.is_left_out(*user) {
                    self.achieve(*user);
                }
            }
        }
        if self.achiever[graph.goal as usize] == NOTHING {
            return Ok(None);
        }
        self.beyond.fill(false);
        let mut open = vec![graph.goal];
        let mut way = Vec::new();
        while let Some(fact) = open.pop() {
            if std::mem::replace(&mut self.beyond[fact as usize], true) {
                continue;
            }
            let node = &graph.nodes[self.achiever[fact as usize] as usize];
            open.extend(&node.needs);
            if self.marks[node.class as usize] == Mark::Open {
                way.push(node.class);
            }
        }
        way.sort_unstable();
        way.dedup();
        Ok(Some(way))
    }

    fn achieve(&mut self, at: u32) {
        let node = &self.graph.nodes[at as usize];
        let own = match self.marks[node.class as usize] {
            Mark::Chosen => 0,
            _ => self.weight(node.class),
        };
        let far = self.sum[at as usize]
            .saturating_add(own)
            .min(UNREACHABLE - 1);
        for fact in &node.adds {
            if far < self.distance[*fact as usize] {
                self.distance[*fact as usize] = far;
                self.achiever[*fact as usize] = at;
                self.queue.push(Reverse((far, *fact)));
            }
        }
    }
}

impl Cut {
    fn only(&self) -> Option<u32> {
        match self.classes.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}
