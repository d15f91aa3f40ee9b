//! A goal about a whole estate, one small piece after the other, each over the few things that bear on it.
//!
//! In: rules, and a goal of many needs. Out: a plan, or none where the pieces get in each other's way. The needs that
//! speak of the same thing make a piece. What a piece names, what those things point at, and a few of each kind of
//! interchangeable things (a free address is as good as the next) make a task of a few hundred actions however large
//! the estate is. What was reached before is kept; where that fails, more things are looked at.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rustc_hash::{FxHashMap, FxHashSet};

use super::grounding::{Costs, Grounding, Within};
use super::lifted::{Deed, Domain, Need, Rule, Term, Test, merged};
use super::now::{Before, Now};
use super::relaxed::Relaxed;
use super::{Way, search, windows};
use crate::view::{P, V, View};

/// Needs in one piece, at most.
const PIECE: usize = 8;

/// What more needs than this speak of does not tie them together.
const SHARED: usize = 6;

/// States looked at for one piece, and to improve what was found for it.
const STATES: u64 = 400;
const IMPROVING: u64 = 300;

/// Members of one cell that are looked at as neighbours.
const NEIGHBOURS: usize = 3;

/// Pointers at one thing that say what it is.
const POINTERS: usize = 16;

/// Each of so few things is one of its kind.
const SMALL: usize = 8;

/// Actions that all states of all pieces together may touch.
const TOUCHED: u64 = 1_000_000_000;

/// What making one action costs, beside looking at it once.
const MADE: u64 = 100;

/// How far around a piece to look.
struct Reach {
    /// Things of each kind of interchangeable ones.
    each: usize,
    /// Of all kinds, or only of those without which some parameter has nothing to take?
    all: bool,
    /// Actions, at most.
    most: usize,
}

const REACHES: &[Reach] = &[
    Reach {
        each: 2,
        all: false,
        most: 5_000,
    },
    Reach {
        each: 2,
        all: true,
        most: 20_000,
    },
    Reach {
        each: 6,
        all: true,
        most: 60_000,
    },
];

/// A plan, and how many states were looked at.
pub(super) fn in_pieces(
    view: &View<'_>,
    rules: &[Rule],
    given: &[V],
    goal: &Rule,
    costs: &Costs<'_>,
    is_priced: bool,
) -> Option<(Way, u64)> {
    let rules = merged(rules);
    let mut estate = Estate::new(view, &rules, given, goal)?;
    let mut way: Way = Vec::new();
    let (mut considered, mut touched) = (0, 0);
    let mut open: VecDeque<Vec<usize>> = estate.pieces().into();
    let mut put_off = 0;
    let mut rounds = 0;
    while let Some(piece) = open.pop_front() {
        let mut found = None;
        if piece.iter().all(|need| estate.is_met(*need)) {
            continue;
        }
        for reach in REACHES {
            let near = estate.near(&piece, reach);
            let solved = estate.solve(&piece, &near, reach, costs, is_priced);
            considered += solved.considered;
            touched += solved.touched;
            if touched > TOUCHED {
                return None;
            }
            if let Some(steps) = solved.steps {
                found = Some(steps);
                break;
            }
        }
        match found {
            Some(steps) => {
                way.extend(steps);
                put_off = 0;
            }
            None => {
                put_off += 1;
                if put_off > open.len() {
                    return None;
                }
                open.push_back(piece);
            }
        }
        if open.is_empty() && rounds < 3 {
            rounds += 1;
            open.extend(estate.pieces());
            open.retain(|piece| !piece.iter().all(|need| estate.is_met(*need)));
        }
    }
    let is_reached = (0..estate.goal.needs.len()).all(|need| estate.is_met(need));
    is_reached.then_some((way, considered))
}

/// What a piece gave.
#[derive(Default)]
struct Solved {
    steps: Option<Way>,
    considered: u64,
    touched: u64,
}

struct Estate<'r, 'w> {
    view: &'r View<'w>,
    rules: &'r [Rule],
    given: &'r [V],
    goal: &'r Rule,
    now: Now,
    /// What subjects and parameters may be: each different choice once, in order.
    pools: Vec<BTreeSet<V>>,
    /// By thing: the pools it is in.
    kinds: FxHashMap<V, u32>,
    /// By kind: the properties that rules look at.
    properties: Vec<Vec<P>>,
    /// Values that rules and the goal's needs name themselves.
    constants: FxHashSet<V>,
    /// Who points at a thing, and by what.
    pointers: FxHashMap<V, BTreeSet<(P, V)>>,
    /// By owner: the goal's needs.
    needs_of: FxHashMap<V, Vec<usize>>,
    /// Things that the goal speaks of.
    mentioned: FxHashSet<V>,
}

/// What makes things interchangeable: what they are, have, and are had by.
type Signature = (u32, bool, Vec<(P, Token)>, Vec<(P, Token)>);

/// A value as a signature sees it: itself, or one of its kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Token {
    It(V),
    Kind(u32),
    Other,
}

impl<'r, 'w> Estate<'r, 'w> {
    fn new(view: &'r View<'w>, rules: &'r [Rule], given: &'r [V], goal: &'r Rule) -> Option<Self> {
        let mut estate = Self {
            view,
            rules,
            given,
            goal,
            now: Now::default(),
            pools: Vec::new(),
            kinds: FxHashMap::default(),
            properties: Vec::new(),
            constants: FxHashSet::default(),
            pointers: FxHashMap::default(),
            needs_of: FxHashMap::default(),
            mentioned: FxHashSet::default(),
        };
        let looked_at = estate.sort_things();
        for (at, need) in goal.needs.iter().enumerate() {
            let (owner, value) = sides(need);
            let Term::Known(owner) = owner else {
                return None;
            };
            estate.needs_of.entry(owner).or_default().push(at);
            estate.mentioned.insert(owner);
            if let Some(Term::Known(value)) = value {
                estate.mentioned.insert(value);
            }
        }
        for (thing, properties) in looked_at {
            for property in properties {
                let cell = estate.now.cell(view, thing, property);
                for value in &cell.members {
                    let pointers = estate.pointers.entry(*value).or_default();
                    pointers.insert((property, thing));
                }
            }
        }
        Some(estate)
    }

    /// Pools, kinds and constants; gives what is looked at of each thing.
    fn sort_things(&mut self) -> Vec<(V, Vec<P>)> {
        let nothing = Now::default();
        let grounding = Grounding::new(
            self.view,
            self.rules,
            self.given,
            Within::everything(&nothing, usize::MAX),
        );
        let mut numbers: BTreeMap<BTreeSet<V>, usize> = BTreeMap::new();
        let mut looked_at: Vec<BTreeSet<P>> = Vec::new();
        for rule in self.rules {
            for (variable, domain) in rule.variables.iter().enumerate() {
                if matches!(domain, Domain::Found) {
                    continue;
                }
                let pool: BTreeSet<V> = grounding
                    .domain(rule, domain)
                    .into_iter()
                    .filter(|value| !self.view.is_literal(*value))
                    .collect();
                let number = *numbers.entry(pool.clone()).or_insert_with(|| {
                    self.pools.push(pool);
                    looked_at.push(BTreeSet::new());
                    self.pools.len() - 1
                });
                let of = |term: &Term| *term == Term::Variable(variable);
                let needs = rule.needs.iter().filter(|need| of(&sides(need).0));
                let needs = needs.map(property_of);
                let deeds = rule.deeds.iter().filter_map(|deed| {
                    let (Deed::Set(owner, property, _)
                    | Deed::Add(owner, property, _)
                    | Deed::Remove(owner, property, _)
                    | Deed::Clear(owner, property)) = deed;
                    of(owner).then_some(*property)
                });
                if let Some(properties) = looked_at.get_mut(number) {
                    properties.extend(needs.chain(deeds));
                }
            }
            let mut constants: Vec<Term> = Vec::new();
            for need in &rule.needs {
                let (owner, value) = sides(need);
                constants.extend([owner].into_iter().chain(value));
            }
            for test in &rule.tests {
                match test {
                    Test::Same(left, right, _) => constants.extend([*left, *right]),
                    Test::Is(..) => {}
                    Test::Among(_, values, _) => constants.extend(values),
                }
            }
            for deed in &rule.deeds {
                if let Deed::Set(_, _, value) | Deed::Add(_, _, value) | Deed::Remove(_, _, value) =
                    deed
                {
                    constants.push(*value);
                }
            }
            let known = constants.into_iter().filter_map(|term| match term {
                Term::Known(value) => Some(value),
                _ => None,
            });
            self.constants.extend(known);
        }
        let mut memberships: BTreeMap<V, Vec<usize>> = BTreeMap::new();
        for (number, pool) in self.pools.iter().enumerate() {
            for thing in pool {
                memberships.entry(*thing).or_default().push(number);
            }
        }
        let mut kinds: BTreeMap<Vec<usize>, u32> = BTreeMap::new();
        let mut found = Vec::with_capacity(memberships.len());
        for (thing, pools) in memberships {
            let properties: BTreeSet<P> = pools
                .iter()
                .filter_map(|pool| looked_at.get(*pool))
                .flatten()
                .copied()
                .collect();
            let properties: Vec<P> = properties.into_iter().collect();
            let next = u32::try_from(kinds.len()).unwrap_or(u32::MAX);
            let kind = *kinds.entry(pools).or_insert(next);
            if kind == next {
                self.properties.push(properties.clone());
            }
            self.kinds.insert(thing, kind);
            found.push((thing, properties));
        }
        found
    }

    fn is_met(&self, need: usize) -> bool {
        self.goal
            .needs
            .get(need)
            .is_some_and(|need| self.now.meets(self.view, need))
    }

    /// The open needs, those that speak of the same things together.
    fn pieces(&self) -> Vec<Vec<usize>> {
        let mut by_thing: FxHashMap<V, Vec<usize>> = FxHashMap::default();
        let mut things: Vec<V> = Vec::new();
        for (at, need) in self.goal.needs.iter().enumerate() {
            let (owner, value) = sides(need);
            for term in [owner].into_iter().chain(value) {
                if let Term::Known(thing) = term
                    && self.kinds.contains_key(&thing)
                    && !self.constants.contains(&thing)
                {
                    let all = by_thing.entry(thing).or_default();
                    if all.is_empty() {
                        things.push(thing);
                    }
                    all.push(at);
                }
            }
        }
        things.sort_by_key(|thing| (by_thing.get(thing).map_or(0, Vec::len), *thing));
        let mut piece_of: Vec<usize> = (0..self.goal.needs.len()).collect();
        let mut pieces: Vec<Vec<usize>> =
            (0..self.goal.needs.len()).map(|need| vec![need]).collect();
        for thing in things {
            let needs = by_thing.remove(&thing).unwrap_or_default();
            if needs.len() > SHARED {
                continue;
            }
            let own: BTreeSet<usize> = needs
                .iter()
                .filter_map(|need| piece_of.get(*need).copied())
                .collect();
            let size: usize = own
                .iter()
                .filter_map(|piece| pieces.get(*piece))
                .map(Vec::len)
                .sum();
            let Some(into) = own.first().copied().filter(|_| size <= PIECE) else {
                continue;
            };
            for piece in own.into_iter().skip(1) {
                let moved = pieces.get_mut(piece).map(std::mem::take);
                for need in moved.unwrap_or_default() {
                    if let Some(slot) = piece_of.get_mut(need) {
                        *slot = into;
                    }
                    if let Some(piece) = pieces.get_mut(into) {
                        piece.push(need);
                    }
                }
            }
        }
        pieces.retain(|piece| !piece.is_empty() && !piece.iter().all(|need| self.is_met(*need)));
        pieces
    }

    /// The things to look at for a piece.
    fn near(&self, piece: &[usize], reach: &Reach) -> BTreeSet<V> {
        let mut near: BTreeSet<V> = BTreeSet::new();
        for need in piece.iter().filter_map(|need| self.goal.needs.get(*need)) {
            let (owner, value) = sides(need);
            for term in [owner].into_iter().chain(value) {
                if let Term::Known(thing) = term
                    && self.kinds.contains_key(&thing)
                {
                    near.insert(thing);
                }
            }
        }
        let named = near.clone();
        self.widen(&mut near, 2);
        // What tells things apart: what the piece is about, and things of which there are few.
        let mut known = near.clone();
        if reach.all {
            for pointers in named.iter().filter_map(|thing| self.pointers.get(thing)) {
                near.extend(pointers.iter().take(NEIGHBOURS).map(|(_, owner)| *owner));
            }
        }
        for _ in 0..2 {
            let mut more: BTreeSet<V> = BTreeSet::new();
            for pool in &self.pools {
                if reach.all || named.iter().all(|thing| !pool.contains(thing)) {
                    self.representatives(pool, &near, &known, reach.each, &mut more);
                }
            }
            near.extend(more);
            self.widen(&mut near, 1);
            for pool in self.pools.iter().filter(|pool| pool.len() <= SMALL) {
                known.extend(pool.intersection(&near));
            }
        }
        near
    }

    /// Adds what things point at.
    fn widen(&self, near: &mut BTreeSet<V>, depth: usize) {
        let mut edge: Vec<V> = near.iter().copied().collect();
        for _ in 0..depth {
            let mut next = Vec::new();
            for thing in edge {
                for property in self.properties_of(thing) {
                    let cell = self.now.cell(self.view, thing, *property);
                    let members = cell.members.iter().take(NEIGHBOURS);
                    for value in members.filter(|value| self.kinds.contains_key(value)) {
                        if near.insert(*value) {
                            next.push(*value);
                        }
                    }
                }
            }
            edge = next;
        }
    }

    fn properties_of(&self, thing: V) -> &[P] {
        let kind = self.kinds.get(&thing);
        kind.and_then(|kind| self.properties.get(*kind as usize))
            .map_or(&[], Vec::as_slice)
    }

    /// So many of each kind of interchangeable things.
    fn representatives(
        &self,
        pool: &BTreeSet<V>,
        near: &BTreeSet<V>,
        known: &BTreeSet<V>,
        each: usize,
        found: &mut BTreeSet<V>,
    ) {
        let mut counts: FxHashMap<Signature, usize> = FxHashMap::default();
        for thing in pool.iter().filter(|thing| !near.contains(thing)) {
            let count = counts.entry(self.signature(*thing, known)).or_default();
            *count += 1;
            if *count <= each {
                found.insert(*thing);
            }
        }
    }

    fn signature(&self, thing: V, known: &BTreeSet<V>) -> Signature {
        let token = |value: V| {
            let is_itself = self.constants.contains(&value) || known.contains(&value);
            match self.kinds.get(&value) {
                _ if is_itself => Token::It(value),
                Some(kind) => Token::Kind(*kind),
                None => Token::Other,
            }
        };
        let mut has = Vec::new();
        for property in self.properties_of(thing) {
            let cell = self.now.cell(self.view, thing, *property);
            has.extend(
                cell.members
                    .iter()
                    .take(POINTERS)
                    .map(|value| (*property, token(*value))),
            );
        }
        let pointers = self.pointers.get(&thing);
        let pointers = pointers.filter(|pointers| pointers.len() <= POINTERS);
        let mut had: Vec<(P, Token)> = pointers
            .into_iter()
            .flatten()
            .map(|(property, owner)| (*property, token(*owner)))
            .collect();
        for tokens in [&mut has, &mut had] {
            tokens.sort_unstable();
            tokens.dedup();
        }
        let kind = self.kinds.get(&thing).copied().unwrap_or(u32::MAX);
        (kind, self.mentioned.contains(&thing), has, had)
    }

    /// Looks for steps that reach a piece and keep what was reached, and takes them.
    fn solve(
        &mut self,
        piece: &[usize],
        near: &BTreeSet<V>,
        reach: &Reach,
        costs: &Costs<'_>,
        is_priced: bool,
    ) -> Solved {
        let mut needs: BTreeSet<usize> = piece.iter().copied().collect();
        let of_near = near.iter().filter_map(|thing| self.needs_of.get(thing));
        needs.extend(of_near.flatten().filter(|need| self.is_met(**need)));
        let goal = Rule {
            needs: needs
                .iter()
                .filter_map(|need| self.goal.needs.get(*need).copied())
                .collect(),
            tests: Vec::new(),
            ..self.goal.clone_without_needs()
        };
        let things: Vec<V> = near.iter().copied().collect();
        let within = Within {
            now: &self.now,
            near: Some(&things),
            most: reach.most,
        };
        let grounding = Grounding::new(self.view, self.rules, self.given, within);
        let Some((task, instances)) = grounding.run(std::slice::from_ref(&goal), costs) else {
            return Solved {
                touched: reach.most as u64 * MADE,
                ..Solved::default()
            };
        };
        let size = (task.actions.len() + task.facts) as u64;
        let mut relaxed = Relaxed::new(&task, is_priced);
        let found = search::greedy(&task, &mut relaxed, &task.initial, &task.goal, STATES);
        let mut solved = Solved {
            steps: None,
            considered: found.considered,
            touched: (found.considered + MADE) * size,
        };
        let Some(plan) = found.plan else {
            return solved;
        };
        let plan = task.trimmed(plan);
        let plan = windows::improved(&task, &mut relaxed, plan, is_priced, IMPROVING);
        let mut steps = Vec::with_capacity(plan.len());
        let mut before: Vec<Before> = Vec::new();
        for number in &plan {
            let taken = task
                .actions
                .get(*number as usize)
                .map(|action| action.instance as usize);
            let taken = taken.and_then(|at| Some((instances.get(at)?, task.bindings.get(at)?)));
            let Some((instance, Some(request))) = taken else {
                return solved;
            };
            let rule = self.rules.get(instance.rule);
            let changed =
                rule.and_then(|rule| self.now.carry_out(self.view, rule, &instance.values));
            before.extend(changed);
            steps.push(request.clone());
        }
        if before.len() == steps.len() && self.keeps(&needs, &before) {
            self.follow(&before);
            solved.steps = Some(steps);
        } else {
            self.now.take_back(before);
        }
        solved
    }

    /// Do the needs hold, and all those met before whose cells were touched?
    fn keeps(&self, needs: &BTreeSet<usize>, before: &[Before]) -> bool {
        let mut earlier = Now::default();
        earlier.take_back(before.to_vec());
        needs.iter().all(|need| self.is_met(*need))
            && before.iter().flatten().all(|((owner, _), _)| {
                self.needs_of.get(owner).into_iter().flatten().all(|need| {
                    self.is_met(*need)
                        || self
                            .goal
                            .needs
                            .get(*need)
                            .is_some_and(|need| !earlier.meets(self.view, need))
                })
            })
    }

    /// Keeps who points at whom up to date.
    fn follow(&mut self, before: &[Before]) {
        for ((owner, property), cell) in before.iter().rev().flatten() {
            for value in &cell.members {
                if let Some(pointers) = self.pointers.get_mut(value) {
                    pointers.remove(&(*property, *owner));
                }
            }
        }
        for ((owner, property), _) in before.iter().flatten() {
            let cell = self.now.cell(self.view, *owner, *property);
            for value in &cell.members {
                let pointers = self.pointers.entry(*value).or_default();
                pointers.insert((*property, *owner));
            }
        }
    }
}

/// Does the goal ask two values of what holds one?
pub(super) fn is_contradictory(view: &View<'_>, goal: &Rule) -> bool {
    let mut only: FxHashMap<(V, P), V> = FxHashMap::default();
    goal.needs.iter().any(|need| match need {
        Need::Has(Term::Known(owner), property, Term::Known(value))
            if view.schema(*property).functional =>
        {
            *only.entry((*owner, *property)).or_insert(*value) != *value
        }
        _ => false,
    })
}

/// Whose cell a need looks at, and for which value.
fn sides(need: &Need) -> (Term, Option<Term>) {
    match need {
        Need::Has(owner, _, value) | Need::Lacks(owner, _, value) => (*owner, Some(*value)),
        Need::Some(owner, _) | Need::Empty(owner, _) => (*owner, None),
    }
}

fn property_of(need: &Need) -> P {
    let (Need::Has(_, p, _) | Need::Lacks(_, p, _) | Need::Some(_, p) | Need::Empty(_, p)) = need;
    *p
}
