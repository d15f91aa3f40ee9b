//! When things are reached, where actions take time: the soonest, and whether some actions are soon enough.
//!
//! In: a problem, and by when its goal must be reached. Out: for each action when it ends at the soonest; and, for the
//! solver, what some actions reach by then. An action begins when the last of its needs is there.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fixedbitset::FixedBitSet;

use super::Problem;
use super::landmarks::Ways;

/// Not reached.
const NEVER: u64 = u64::MAX;

/// When everything is reached at the soonest.
pub(crate) struct Earliest {
    /// Actions in the order in which they end, each with how many of those before it had ended when it began.
    pub(crate) order: Vec<(usize, usize)>,
    /// By fact: the action that adds it first.
    by: Vec<Option<usize>>,
    /// When the goal is reached.
    pub(crate) reached: Option<u64>,
}

impl Earliest {
    /// With all actions that are allowed, each as soon as it can.
    pub(crate) fn of(problem: &Problem, allowed: &dyn Fn(usize) -> bool) -> Self {
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); problem.facts];
        let mut missing: Vec<usize> = Vec::with_capacity(problem.producers.len());
        for (at, producer) in problem.producers.iter().enumerate() {
            missing.push(producer.needs.len());
            for need in &producer.needs {
                users[*need].push(at);
            }
        }
        // What ends, and how much had ended when it began.
        let mut queue: BinaryHeap<Reverse<(u64, usize, usize)>> = (0..problem.producers.len())
            .filter(|at| missing[*at] == 0 && allowed(*at))
            .map(|at| Reverse((problem.producers[at].duration, at, 0)))
            .collect();
        let mut earliest = Self {
            order: Vec::new(),
            by: vec![None; problem.facts],
            reached: None,
        };
        let mut open: std::collections::BTreeSet<usize> = problem.goal.iter().copied().collect();
        if open.is_empty() {
            earliest.reached = Some(0);
        }
        while let Some(Reverse((end, at, after))) = queue.pop() {
            earliest.order.push((at, after));
            for fact in &problem.producers[at].adds {
                if earliest.by[*fact].is_some() {
                    continue;
                }
                earliest.by[*fact] = Some(at);
                if open.remove(fact) && open.is_empty() {
                    earliest.reached = Some(end);
                }
                for user in &users[*fact] {
                    missing[*user] -= 1;
                    if missing[*user] == 0 && allowed(*user) {
                        let ends = end + problem.producers[*user].duration;
                        queue.push(Reverse((ends, *user, earliest.order.len())));
                    }
                }
            }
        }
        earliest
    }

    /// The actions that bring about the goal at the soonest, each fact by what adds it first, in ascending order.
    pub(crate) fn first_set(&self, problem: &Problem) -> Vec<usize> {
        let mut set = FixedBitSet::with_capacity(problem.producers.len());
        let mut open = problem.goal.clone();
        while let Some(fact) = open.pop() {
            if let Some(at) = self.by[fact]
                && !set.put(at)
            {
                open.extend(&problem.producers[at].needs);
            }
        }
        set.ones().collect()
    }
}

/// A problem whose goal must be reached by some time.
pub(super) struct Timed<'p> {
    problem: &'p Problem,
    by: u64,
    users: Vec<Vec<usize>>,
    weights: Vec<u64>,
    size: u64,
}

/// When each fact is reached with some actions, and what it was before, to be taken back.
pub(super) struct Arrivals {
    at: Vec<u64>,
    allowed: FixedBitSet,
    trail: Vec<(usize, u64)>,
    queue: BinaryHeap<Reverse<(u64, usize)>>,
}

impl<'p> Timed<'p> {
    /// None where even all actions together do not reach the goal by then.
    pub(super) fn of(problem: &'p Problem, by: u64) -> Option<Self> {
        let soonest = Earliest::of(problem, &|_| true).reached?;
        if soonest > by {
            return None;
        }
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); problem.facts];
        let mut size = problem.facts + problem.producers.len();
        for (at, producer) in problem.producers.iter().enumerate() {
            size += producer.needs.len();
            for need in &producer.needs {
                users[*need].push(at);
            }
        }
        Some(Self {
            problem,
            by,
            users,
            weights: problem.producers.iter().map(|one| one.weight).collect(),
            size: size as u64,
        })
    }

    fn run(&self, reached: &mut Arrivals, at: usize) {
        let producer = &self.problem.producers[at];
        let needs = producer.needs.iter().map(|need| reached.at[*need]);
        let begin = needs.max().unwrap_or(0);
        let end = begin.saturating_add(producer.duration);
        if begin == NEVER || end > self.by {
            return;
        }
        for fact in &producer.adds {
            let before = reached.at[*fact];
            if end < before {
                reached.trail.push((*fact, before));
                reached.at[*fact] = end;
                reached.queue.push(Reverse((end, *fact)));
            }
        }
    }
}

impl Ways for Timed<'_> {
    type Reached = Arrivals;

    fn weights(&self) -> &[u64] {
        &self.weights
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn nothing(&self) -> Arrivals {
        Arrivals {
            at: vec![NEVER; self.problem.facts],
            allowed: FixedBitSet::with_capacity(self.weights.len()),
            trail: Vec::new(),
            queue: BinaryHeap::new(),
        }
    }

    /// What comes sooner is handed on in the order of time, so that nothing is handed on twice.
    fn allow(&self, reached: &mut Arrivals, class: usize) {
        reached.allowed.insert(class);
        self.run(reached, class);
        while let Some(Reverse((end, fact))) = reached.queue.pop() {
            if reached.at[fact] < end {
                continue;
            }
            for user in &self.users[fact] {
                if reached.allowed.contains(*user) {
                    self.run(reached, *user);
                }
            }
        }
    }

    fn mark(&self, reached: &Arrivals) -> usize {
        reached.trail.len()
    }

    fn take_back(&self, reached: &mut Arrivals, mark: usize, class: usize) {
        reached.allowed.remove(class);
        while reached.trail.len() > mark {
            let Some((fact, before)) = reached.trail.pop() else {
                return;
            };
            reached.at[fact] = before;
        }
    }

    fn serving(&self, set: &FixedBitSet) -> FixedBitSet {
        let earliest = Earliest::of(self.problem, &|at| set.contains(at));
        let first = earliest.first_set(self.problem);
        let mut serving = FixedBitSet::with_capacity(self.weights.len());
        serving.extend(first);
        serving
    }

    fn has_goal(&self, reached: &Arrivals) -> bool {
        let goal = self.problem.goal.iter();
        goal.map(|fact| reached.at[*fact]).max().unwrap_or(0) <= self.by
    }
}
