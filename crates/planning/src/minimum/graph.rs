//! A problem laid out for the solver: numbered facts, actions that know who uses what they add, one goal.
//!
//! Where rounds are counted, every fact stands once for each round in which it may matter, and an action that may run in
//! several rounds has a node for each; the nodes of one action are one *class* and are paid for once.

use std::collections::VecDeque;

use fixedbitset::FixedBitSet;

use super::Problem;
use super::landmarks::Ways;

/// Numbers a thing that is not there.
pub(super) const NOTHING: u32 = u32::MAX;

/// An action, in one round where rounds are counted.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) class: u32,
    pub(super) needs: Vec<u32>,
    pub(super) adds: Vec<u32>,
}

/// The whole problem. The last class is the goal itself: it costs nothing and adds the goal's fact.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) facts: usize,
    pub(super) nodes: Vec<Node>,
    /// Nodes by the fact they need.
    pub(super) users: Vec<Vec<u32>>,
    /// Nodes by the fact they add.
    pub(super) adders: Vec<Vec<u32>>,
    /// Nodes that need nothing.
    pub(super) free: Vec<u32>,
    pub(super) goal: u32,
    /// Nodes by class.
    pub(super) of_class: Vec<Vec<u32>>,
    pub(super) weights: Vec<u64>,
}

impl Graph {
    /// The graph of a problem whose goal can be reached within that many rounds; `None` where it cannot.
    pub(super) fn of(problem: &Problem, most_rounds: usize) -> Option<Self> {
        let (ran, reached) = problem.rounds(&|_| true);
        if reached? > most_rounds {
            return None;
        }
        let mut graph = Self {
            weights: problem.producers.iter().map(|one| one.weight).collect(),
            ..Self::default()
        };
        graph.weights.push(0);
        // More rounds than actions bound nothing.
        if most_rounds >= problem.producers.len() {
            graph.lay_out_at_once(problem, &ran);
        } else {
            graph.lay_out_by_round(problem, &ran, most_rounds);
        }
        graph.link();
        Some(graph)
    }

    fn lay_out_at_once(&mut self, problem: &Problem, ran: &[Option<usize>]) {
        for (at, producer) in problem.producers.iter().enumerate() {
            if ran[at].is_some() {
                self.nodes.push(Node {
                    class: number(at),
                    needs: producer.needs.iter().copied().map(number).collect(),
                    adds: producer.adds.iter().copied().map(number).collect(),
                });
            }
        }
        let goals = problem.goal.iter().copied().map(number).collect();
        self.end(problem.facts, problem.producers.len(), goals);
    }

    fn lay_out_by_round(&mut self, problem: &Problem, ran: &[Option<usize>], rounds: usize) {
        let windows = Windows::of(problem, ran, rounds);
        for (at, producer) in problem.producers.iter().enumerate() {
            let (Some(earliest), latest) = (ran[at], windows.run_by[at]) else {
                continue;
            };
            for round in earliest..=latest {
                let needs = producer.needs.iter();
                let needs = needs.map(|fact| windows.place(*fact, round - 1)).collect();
                let adds: Vec<u32> = producer
                    .adds
                    .iter()
                    .flat_map(|fact| windows.places_from(*fact, round))
                    .collect();
                if !adds.is_empty() {
                    self.nodes.push(Node {
                        class: number(at),
                        needs,
                        adds,
                    });
                }
            }
        }
        let goals = problem.goal.iter();
        let goals = goals.map(|fact| windows.place(*fact, rounds)).collect();
        self.end(windows.places, problem.producers.len(), goals);
    }

    fn end(&mut self, facts: usize, class: usize, goals: Vec<u32>) {
        self.goal = number(facts);
        self.facts = facts + 1;
        self.nodes.push(Node {
            class: number(class),
            needs: goals,
            adds: vec![self.goal],
        });
    }

    fn link(&mut self) {
        self.users = vec![Vec::new(); self.facts];
        self.adders = vec![Vec::new(); self.facts];
        self.of_class = vec![Vec::new(); self.weights.len()];
        for (at, node) in self.nodes.iter().enumerate() {
            self.of_class[node.class as usize].push(number(at));
            for need in &node.needs {
                self.users[*need as usize].push(number(at));
            }
            for fact in &node.adds {
                self.adders[*fact as usize].push(number(at));
            }
            if node.needs.is_empty() {
                self.free.push(number(at));
            }
        }
    }

    /// The class of the goal.
    pub(super) fn goal_class(&self) -> usize {
        self.weights.len() - 1
    }
}

/// What is reached with some actions, and can be taken back.
pub(super) struct Reached {
    missing: Vec<u32>,
    facts: FixedBitSet,
    allowed: FixedBitSet,
    /// Facts in the order of reaching.
    trail: Vec<u32>,
    /// How many of these their users know of. Once the goal is reached, the rest may wait.
    told: usize,
}

impl Ways for Graph {
    type Reached = Reached;

    fn weights(&self) -> &[u64] {
        &self.weights[..self.goal_class()]
    }

    fn size(&self) -> u64 {
        self.nodes.len() as u64
    }

    fn nothing(&self) -> Reached {
        let needs = self.nodes.iter().map(|node| number(node.needs.len()));
        let mut reached = Reached {
            missing: needs.collect(),
            facts: FixedBitSet::with_capacity(self.facts),
            allowed: FixedBitSet::with_capacity(self.weights.len()),
            trail: Vec::new(),
            told: 0,
        };
        self.allow(&mut reached, self.goal_class());
        reached
    }

    fn allow(&self, reached: &mut Reached, class: usize) {
        reached.allowed.insert(class);
        for node in &self.of_class[class] {
            if reached.missing[*node as usize] == 0 {
                reached.run(self, *node);
            }
        }
        while let Some(fact) = reached.trail.get(reached.told).copied() {
            if self.has_goal(reached) {
                return;
            }
            reached.told += 1;
            for user in &self.users[fact as usize] {
                let missing = &mut reached.missing[*user as usize];
                *missing -= 1;
                let class = self.nodes[*user as usize].class as usize;
                if *missing == 0 && reached.allowed.contains(class) {
                    reached.run(self, *user);
                }
            }
        }
    }

    fn mark(&self, reached: &Reached) -> usize {
        reached.trail.len()
    }

    fn take_back(&self, reached: &mut Reached, mark: usize, class: usize) {
        reached.allowed.remove(class);
        for (at, fact) in reached.trail.drain(mark..).enumerate() {
            reached.facts.remove(fact as usize);
            if mark + at < reached.told {
                for user in &self.users[fact as usize] {
                    reached.missing[*user as usize] += 1;
                }
            }
        }
        reached.told = reached.told.min(mark);
    }

    fn serving(&self, set: &FixedBitSet) -> FixedBitSet {
        let mut allowed = set.clone();
        allowed.grow_and_insert(self.goal_class());
        let is_allowed = |node: u32| allowed.contains(self.nodes[node as usize].class as usize);
        let needs = self.nodes.iter().map(|node| node.needs.len());
        let mut missing: Vec<usize> = needs.collect();
        let mut first = vec![NOTHING; self.facts];
        let free = self.free.iter().copied();
        let mut running: VecDeque<u32> = free.filter(|node| is_allowed(*node)).collect();
        while let Some(node) = running.pop_front() {
            for fact in &self.nodes[node as usize].adds {
                if first[*fact as usize] != NOTHING {
                    continue;
                }
                first[*fact as usize] = node;
                for user in &self.users[*fact as usize] {
                    missing[*user as usize] -= 1;
                    if missing[*user as usize] == 0 && is_allowed(*user) {
                        running.push_back(*user);
                    }
                }
            }
        }
        let mut serving = FixedBitSet::with_capacity(self.weights.len());
        let mut is_seen = FixedBitSet::with_capacity(self.nodes.len());
        let mut open = vec![self.goal];
        while let Some(fact) = open.pop() {
            let node = first[fact as usize];
            if node != NOTHING && !is_seen.put(node as usize) {
                serving.insert(self.nodes[node as usize].class as usize);
                open.extend(&self.nodes[node as usize].needs);
            }
        }
        serving.remove(self.goal_class());
        serving
    }

    fn has_goal(&self, reached: &Reached) -> bool {
        reached.facts.contains(self.goal as usize)
    }
}

impl Reached {
    fn run(&mut self, graph: &Graph, node: u32) {
        for fact in &graph.nodes[node as usize].adds {
            if !self.facts.put(*fact as usize) {
                self.trail.push(*fact);
            }
        }
    }
}

/// In which rounds facts may matter, and where they stand among the numbered places.
struct Windows {
    /// The first round after which a fact can stand.
    first: Vec<usize>,
    /// The last round after which it is of use.
    last: Vec<usize>,
    /// The last round in which an action is of use.
    run_by: Vec<usize>,
    start: Vec<usize>,
    places: usize,
}

impl Windows {
    fn of(problem: &Problem, ran: &[Option<usize>], rounds: usize) -> Self {
        let mut first = vec![usize::MAX; problem.facts];
        let mut adders: Vec<Vec<usize>> = vec![Vec::new(); problem.facts];
        for (at, producer) in problem.producers.iter().enumerate() {
            let Some(round) = ran[at] else { continue };
            for fact in &producer.adds {
                first[*fact] = first[*fact].min(round);
                adders[*fact].push(at);
            }
        }
        let mut last = vec![0; problem.facts];
        let mut run_by = vec![0; problem.producers.len()];
        let mut open = problem.goal.clone();
        for fact in &problem.goal {
            last[*fact] = rounds;
        }
        while let Some(fact) = open.pop() {
            for at in &adders[fact] {
                if last[fact] > run_by[*at] {
                    run_by[*at] = last[fact];
                    for need in &problem.producers[*at].needs {
                        if last[*need] + 1 < last[fact] {
                            last[*need] = last[fact] - 1;
                            open.push(*need);
                        }
                    }
                }
            }
        }
        let mut start = Vec::with_capacity(problem.facts);
        let mut places = 0;
        for fact in 0..problem.facts {
            start.push(places);
            places += (last[fact] + 1).saturating_sub(first[fact]);
        }
        Self {
            first,
            last,
            run_by,
            start,
            places,
        }
    }

    /// Where "the fact stands after that round" is; the round is one in which something that needs it may follow.
    fn place(&self, fact: usize, round: usize) -> u32 {
        number(self.start[fact] + round.min(self.last[fact]) - self.first[fact])
    }

    /// What adding a fact in a round makes true: that it stands after this round, and after each later one.
    fn places_from(&self, fact: usize, round: usize) -> impl Iterator<Item = u32> {
        let (first, start) = (self.first[fact], self.start[fact]);
        (round.max(first)..=self.last[fact]).map(move |after| number(start + after - first))
    }
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NOTHING)
}
