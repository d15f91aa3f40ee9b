//! How many chains there are, without listing them, and what the best way from a point to the goal takes.
//!
//! Requests fall into parts where no request of one writes what another part looks at. What follows a point is any way
//! through the first part together with any way through the second, so ways are counted part by part and multiplied;
//! within a part, points from which the same may follow are one and are counted once. Which cells a request looks at
//! and writes shows while counting: when one shows that was not known before, the parts are made anew, and it is counted
//! again. Things that are deleted and types that are added tie everything together.
//! In: requests and a point. Out: the number of ways, exact, or a number that it is not below. Not here: the chains.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;
use samos_model::{Deadline, Limit, Limits};

use super::requests::{Point, Requests, Standing, commutes};
use crate::effects::{Write, Writes};
use crate::search::{Action, Search};
use crate::state::State;
use crate::view::{Cell, P, V};

/// So often the parts are made anew before everything is counted as one.
const MOST_ATTEMPTS: usize = 8;

/// The part of a time that is set after which chains are no longer counted, so that some can be listed.
const COUNTED_BY: f64 = 0.5;

/// Standings looked at between two questions for the time.
const UNASKED: u64 = 16;

/// Ways from a point to where the goal holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ways {
    pub(super) count: u128,
    /// Manipulations and steps of the shortest; `None` where there is none.
    pub(super) least: Option<(u64, u64)>,
}

impl Ways {
    const NONE: Self = Self {
        count: 0,
        least: None,
    };
    /// To stay where one is.
    const STAY: Self = Self {
        count: 1,
        least: Some((0, 0)),
    };

    fn or(self, other: Self) -> Self {
        let least = match (self.least, other.least) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self {
            count: self.count.saturating_add(other.count),
            least,
        }
    }

    fn and(self, other: Self) -> Self {
        let least = self.least.zip(other.least);
        Self {
            count: self.count.saturating_mul(other.count),
            least: least.map(|(one, other)| (one.0 + other.0, one.1 + other.1)),
        }
    }
}

/// The cells that a request looks at, and those it writes, wherever it has been looked at so far.
#[derive(Clone, Default)]
struct Cells {
    reads: BTreeSet<(V, P)>,
    writes: Writes,
}

impl Cells {
    /// Adds cells; were some of them new?
    fn learn(&mut self, reads: &[(V, P)], writes: Option<&Writes>) -> bool {
        let mut grown = false;
        for cell in reads {
            grown |= self.reads.insert(*cell);
        }
        for (cell, write) in writes.into_iter().flatten() {
            match self.writes.get_mut(cell) {
                None => {
                    self.writes.insert(*cell, *write);
                    grown = true;
                }
                Some(known) if *known == Write::Added && *write == Write::Changed => {
                    *known = Write::Changed;
                    grown = true;
                }
                Some(_) => {}
            }
        }
        grown
    }

    fn disturbs(&self, other: &Self) -> bool {
        self.writes.iter().any(|(cell, write)| {
            let theirs = other.writes.get(cell);
            other.reads.contains(cell) || theirs.is_some_and(|theirs| !commutes(*write, *theirs))
        })
    }
}

/// A point as far as it matters to what follows within one part.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    whole: Option<State>,
    cells: Vec<Rc<Cell>>,
    left: FixedBitSet,
    failed: FixedBitSet,
    asleep: FixedBitSet,
}

pub(super) struct Counting<'a, 's, 'c, 'w> {
    requests: &'a Requests<'c, 'w>,
    search: &'a Search<'s, 'c, 'w>,
    /// Steps of the longest chain, where there are more requests than that.
    longest: Option<usize>,
    groups: usize,
    /// By request, then by part of the goal.
    cells: Vec<Cells>,
    /// Which of them are kept apart by nothing.
    neighbours: Vec<FixedBitSet>,
    /// The conditions of each request.
    conditions: Vec<FixedBitSet>,
    parts: FxHashMap<FixedBitSet, Rc<Vec<FixedBitSet>>>,
    written: BTreeSet<(V, P)>,
    known: FxHashMap<Key, Ways>,
    /// Is everything counted as one part?
    as_one: bool,
    /// Did something show that ties everything together?
    is_tied: bool,
    /// Did a cell show that was not known when the parts were made?
    grown: bool,
    /// Standings that one attempt may look at, and where it ends.
    most: u64,
    budget: u64,
    deadline: Deadline,
    pub(super) considered: u64,
    /// What kept it from counting everything.
    pub(super) limit: Option<Limit>,
}

impl<'a, 's, 'c, 'w> Counting<'a, 's, 'c, 'w> {
    pub(super) fn new(
        requests: &'a Requests<'c, 'w>,
        search: &'a Search<'s, 'c, 'w>,
        limits: &Limits,
    ) -> Self {
        let groups: BTreeSet<usize> = requests.all.iter().map(|bound| bound.group).collect();
        let nodes = requests.all.len() + requests.goal.len();
        let longest = (groups.len() > limits.steps).then_some(limits.steps);
        Self {
            requests,
            search,
            longest,
            groups: groups.len(),
            cells: vec![Cells::default(); nodes],
            neighbours: Vec::new(),
            conditions: requests.conditions(),
            parts: FxHashMap::default(),
            written: BTreeSet::new(),
            known: FxHashMap::default(),
            as_one: longest.is_some(),
            is_tied: false,
            grown: false,
            most: limits.considered / 2,
            budget: 0,
            deadline: limits.deadline.until(COUNTED_BY),
            considered: 0,
            limit: None,
        }
    }

    /// The number of chains, of two steps or more, after which the goal holds.
    pub(super) fn chains(&mut self) -> u128 {
        let start = self.requests.start();
        let mut attempts = 0;
        loop {
            attempts += 1;
            self.begin();
            let count = self.chains_from(&start);
            if self.as_one || !self.grown {
                return count;
            }
            self.as_one = self.is_tied || attempts >= MOST_ATTEMPTS || self.limit.is_some();
        }
    }

    fn begin(&mut self) {
        self.known.clear();
        self.parts.clear();
        self.grown = false;
        self.limit = None;
        self.budget = self.considered.saturating_add(self.most);
        let nodes = 0..self.cells.len();
        let near = |one: usize, other: usize| {
            let group = |at: usize| self.requests.all.get(at).map(|bound| bound.group);
            let are_same = group(one).is_some() && group(one) == group(other);
            let cells = self.cells.get(one).zip(self.cells.get(other));
            are_same || cells.is_some_and(|(one, other)| one.disturbs(other) || other.disturbs(one))
        };
        let neighbours = nodes.clone().map(|one| {
            let near = nodes
                .clone()
                .filter(|other| *other != one && near(one, *other));
            let mut set = FixedBitSet::with_capacity(nodes.end);
            set.extend(near);
            set
        });
        self.neighbours = neighbours.collect();
        let written = self.cells.iter().flat_map(|cells| cells.writes.keys());
        self.written = written.copied().collect();
    }

    fn chains_from(&mut self, start: &Point) -> u128 {
        let all = 0..self.requests.all.len();
        let standings = self.standings(start, all, true);
        let mut total: u128 = 0;
        for (place, standing) in &standings {
            let Ok(action) = &standing.action else {
                continue;
            };
            let next = self.after(start, *place, action, &standings);
            let ways = self.ways(&next);
            // To stay after one step is no chain.
            let stays = u128::from(self.holds_all(&next.state));
            total = total.saturating_add(ways.count.saturating_sub(stays));
        }
        total
    }

    /// Ways from a point on, over everything that is left.
    pub(super) fn ways(&mut self, point: &Point) -> Ways {
        let mut left = point.left.clone();
        let nodes = self.cells.len();
        left.grow(nodes);
        left.insert_range(self.requests.all.len()..nodes);
        self.ways_over(point, left)
    }

    fn ways_over(&mut self, point: &Point, left: FixedBitSet) -> Ways {
        let mut ways = Ways::STAY;
        for part in self.parts_of(left).iter() {
            ways = ways.and(self.ways_in(point, part));
            if ways.count == 0 {
                break;
            }
        }
        ways
    }

    /// Ways through one part.
    fn ways_in(&mut self, point: &Point, part: &FixedBitSet) -> Ways {
        let key = self.key(point, part);
        if let Some(ways) = self.known.get(&key) {
            return *ways;
        }
        let requests = self.requests.all.len();
        let goals = part.ones().filter(|node| *node >= requests);
        let goals: Vec<usize> = goals.map(|node| node - requests).collect();
        let holds = goals.iter().all(|goal| self.holds(&point.state, *goal));
        let mut ways = if holds { Ways::STAY } else { Ways::NONE };
        let taken = self.groups - self.groups_in(&point.left);
        let is_longest = self.longest.is_some_and(|longest| taken >= longest);
        let places: Vec<usize> = part.ones().filter(|node| *node < requests).collect();
        let standings = self.standings(point, places.iter().copied(), false);
        if standings.len() < places.len() {
            self.limit = Some(Limit::Considered);
            return ways;
        }
        for (place, standing) in &standings {
            let Ok(action) = &standing.action else {
                continue;
            };
            if point.asleep.contains(*place) {
                continue;
            }
            if is_longest {
                self.limit = self.limit.or(Some(Limit::Steps));
                break;
            }
            let next = self.after(point, *place, action, &standings);
            let mut left = next.left.clone();
            left.grow(part.len());
            left.insert_range(requests..part.len());
            left.intersect_with(part);
            let rest = self.ways_over(&next, left);
            let step = Ways {
                count: 1,
                least: Some((u64::from(action.operation.is_manipulation()), 1)),
            };
            ways = ways.or(step.and(rest));
        }
        self.known.insert(key, ways);
        ways
    }

    /// How requests stand at a point; none of those beyond what may be considered.
    fn standings(
        &mut self,
        point: &Point,
        places: impl Iterator<Item = usize>,
        is_first: bool,
    ) -> Vec<(usize, Standing)> {
        let mut standings = Vec::new();
        for place in places {
            let is_late = self.considered.is_multiple_of(UNASKED) && self.deadline.is_over();
            if is_late || self.considered >= self.budget {
                self.limit = Some(match is_late {
                    true => Limit::Time,
                    false => Limit::Considered,
                });
                break;
            }
            self.considered += 1;
            let standing = self.requests.standing(self.search, point, place, is_first);
            if let Some(cells) = self.cells.get_mut(place) {
                self.grown |= cells.learn(&standing.reads, standing.writes());
            }
            let ties = |action: &Rc<Action>| {
                !action.deleted.is_empty() || !action.after.has_types_of(&action.before)
            };
            let is_tying = standing.is_opaque || standing.action.as_ref().is_ok_and(ties);
            self.is_tied |= is_tying;
            self.grown |= is_tying;
            standings.push((place, standing));
        }
        standings
    }

    fn after(
        &self,
        point: &Point,
        place: usize,
        action: &Action,
        standings: &[(usize, Standing)],
    ) -> Point {
        self.requests.after(point, place, action, standings)
    }

    fn holds_all(&mut self, state: &State) -> bool {
        (0..self.requests.goal.len()).all(|goal| self.holds(state, goal))
    }

    fn holds(&mut self, state: &State, goal: usize) -> bool {
        let (holds, reads) = self.requests.holds(state, goal);
        if let Some(cells) = self.cells.get_mut(self.requests.all.len() + goal) {
            self.grown |= cells.learn(&reads, None);
        }
        holds
    }

    fn groups_in(&self, left: &FixedBitSet) -> usize {
        let groups = left.ones().filter_map(|place| self.requests.all.get(place));
        let groups: BTreeSet<usize> = groups.map(|bound| bound.group).collect();
        groups.len()
    }

    /// The parts that a set of requests, and of parts of the goal, falls into.
    fn parts_of(&mut self, nodes: FixedBitSet) -> Rc<Vec<FixedBitSet>> {
        if self.as_one {
            return Rc::new(vec![nodes]);
        }
        if let Some(parts) = self.parts.get(&nodes) {
            return Rc::clone(parts);
        }
        let mut parts = Vec::new();
        let mut rest = nodes.clone();
        while let Some(first) = rest.minimum() {
            let mut part = FixedBitSet::with_capacity(nodes.len());
            let mut open = vec![first];
            rest.set(first, false);
            while let Some(node) = open.pop() {
                part.insert(node);
                let Some(near) = self.neighbours.get(node) else {
                    continue;
                };
                open.extend(near.intersection(&rest));
                rest.difference_with(near);
            }
            parts.push(part);
        }
        let parts = Rc::new(parts);
        self.parts.insert(nodes, Rc::clone(&parts));
        parts
    }

    fn key(&self, point: &Point, part: &FixedBitSet) -> Key {
        let mut conditions = FixedBitSet::with_capacity(point.failed.len());
        for own in part.ones().filter_map(|node| self.conditions.get(node)) {
            conditions.union_with(own);
        }
        conditions.intersect_with(&point.failed);
        let mut asleep = point.asleep.clone();
        asleep.grow(part.len());
        asleep.intersect_with(part);
        let mut cells: BTreeMap<(V, P), Rc<Cell>> = BTreeMap::new();
        if !self.as_one {
            let view = self.requests.view;
            // What is written without being looked at matters only where the old value is taken out elsewhere, too.
            let matters = |cell: &&(V, P), own: &Cells| {
                own.reads.contains(*cell) || view.schema(cell.1).is_tied_to_others()
            };
            let own = part.ones().filter_map(|node| self.cells.get(node));
            let looked_at = own.flat_map(|own| {
                let written = own.writes.keys();
                let written = written.filter(move |cell| matters(cell, own));
                own.reads.iter().chain(written)
            });
            for cell in looked_at {
                if self.written.contains(cell) {
                    cells
                        .entry(*cell)
                        .or_insert_with(|| point.state.cell(self.requests.view, cell.0, cell.1));
                }
            }
        }
        Key {
            whole: self.as_one.then(|| point.state.clone()),
            cells: cells.into_values().collect(),
            left: part.clone(),
            failed: conditions,
            asleep,
        }
    }
}
