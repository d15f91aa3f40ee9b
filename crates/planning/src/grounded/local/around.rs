//! The things that bear on a piece of a goal, found by index and never by looking at all there are.
//!
//! In: rules, the things that a piece names, and how far to look. Out: those things, what they point at, and a few of
//! each kind of interchangeable things. Of a large kind only some are looked at: the first ones, and those that hold
//! what a rule asks of them beside what is known already (a free address at this site).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::lifted::{Deed, Domain, Need, Rule, Term, Test};
use super::super::now::{Before, Now};
use super::{property_of, sides};
use crate::view::{P, T, V, View};

/// Members of one cell that are looked at as neighbours.
const NEIGHBOURS: usize = 3;

/// Pointers at one thing that say what it is.
const POINTERS: usize = 16;

/// Each of so few things is one of its kind.
const SMALL: usize = 8;

/// Of no more things than this, all are looked at.
const ALL: usize = 128;

/// Of more, so many first ones.
const SOME: usize = 24;

/// Things passed over in the search for some that hold what is asked: one value that a rule names, and another one.
const PASSED: usize = 4_096;
const PASSED_BESIDE: usize = 1_024;

/// How far around a piece to look.
pub(super) struct Reach {
    /// Things of each kind of interchangeable ones.
    pub(super) each: usize,
    /// Of all kinds, or only of those without which some parameter has nothing to take?
    pub(super) all: bool,
    /// Actions, at most.
    pub(super) most: usize,
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

/// What some subjects or parameters may be.
struct Pool {
    /// These alone, in order; none for all of the type.
    these: Option<Vec<V>>,
    of_type: T,
    provider: Option<V>,
    /// What rules look at in them.
    properties: BTreeSet<P>,
    /// By rule: what must stand in their cells, as far as the rule says it.
    asked: Vec<Vec<(P, Option<V>)>>,
}

/// The beginning of a list that the world holds.
#[derive(Default)]
struct Listed {
    things: Rc<[V]>,
    is_all: bool,
}

/// What there is to know of the estate for all pieces.
pub(super) struct Around<'r, 'w> {
    view: &'r View<'w>,
    /// Values usable anywhere.
    given: &'r [V],
    pools: Vec<Pool>,
    /// Properties that rules look at, of anything.
    pointing: Vec<P>,
    /// Values that rules name themselves.
    constants: FxHashSet<V>,
    /// Things that the goal speaks of.
    mentioned: FxHashSet<V>,
    kinds: RefCell<FxHashMap<V, Option<u32>>>,
    /// Kinds by the pools they are in, and what rules look at in each.
    numbers: RefCell<BTreeMap<Vec<usize>, u32>>,
    properties: RefCell<Vec<Rc<[P]>>>,
    holders: RefCell<FxHashMap<(P, V), Listed>>,
    members: RefCell<FxHashMap<usize, Listed>>,
    /// By value: who holds it since some step.
    moved: FxHashMap<V, BTreeSet<(P, V)>>,
}

impl<'r, 'w> Around<'r, 'w> {
    pub(super) fn new(view: &'r View<'w>, rules: &[Rule], given: &'r [V]) -> Self {
        let mut pools: Vec<Pool> = Vec::new();
        let mut constants: FxHashSet<V> = FxHashSet::default();
        for rule in rules {
            for variable in 0..rule.variables.len() {
                add_pool(&mut pools, rule, variable);
            }
            constants.extend(constants_of(rule));
        }
        let pointing: BTreeSet<P> = pools
            .iter()
            .flat_map(|pool| pool.properties.iter().copied())
            .collect();
        Self {
            view,
            given,
            pools,
            pointing: pointing.into_iter().collect(),
            constants,
            mentioned: FxHashSet::default(),
            kinds: RefCell::default(),
            numbers: RefCell::default(),
            properties: RefCell::default(),
            holders: RefCell::default(),
            members: RefCell::default(),
            moved: FxHashMap::default(),
        }
    }

    /// Takes note of a thing that the goal speaks of.
    pub(super) fn mention(&mut self, thing: V) {
        self.mentioned.insert(thing);
    }

    /// Is it a thing that a rule may look at, and not one that rules name themselves?
    pub(super) fn is_movable(&self, thing: V) -> bool {
        !self.constants.contains(&thing) && self.kind(thing).is_some()
    }

    fn is_in(&self, pool: &Pool, thing: V) -> bool {
        pool.these
            .as_ref()
            .is_none_or(|these| these.binary_search(&thing).is_ok())
            && pool
                .provider
                .is_none_or(|provider| self.view.provider(thing) == Some(provider))
            && self.view.fits(thing, pool.of_type)
    }

    /// The number of a thing's kind; none where no rule looks at it.
    fn kind(&self, thing: V) -> Option<u32> {
        if let Some(kind) = self.kinds.borrow().get(&thing) {
            return *kind;
        }
        let kind = if self.view.is_literal(thing) {
            None
        } else {
            let pools: Vec<usize> = (0..self.pools.len())
                .filter(|at| {
                    self.pools
                        .get(*at)
                        .is_some_and(|pool| self.is_in(pool, thing))
                })
                .collect();
            (!pools.is_empty()).then(|| self.number(pools))
        };
        self.kinds.borrow_mut().insert(thing, kind);
        kind
    }

    fn number(&self, pools: Vec<usize>) -> u32 {
        let mut numbers = self.numbers.borrow_mut();
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        if let Some(number) = numbers.get(&pools) {
            return *number;
        }
        let own = pools.iter().filter_map(|pool| self.pools.get(*pool));
        let looked_at: BTreeSet<P> = own
            .flat_map(|pool| pool.properties.iter().copied())
            .collect();
        self.properties
            .borrow_mut()
            .push(looked_at.into_iter().collect());
        numbers.insert(pools, next);
        next
    }

    fn properties_of(&self, thing: V) -> Rc<[P]> {
        let kind = self.kind(thing);
        let properties = self.properties.borrow();
        kind.and_then(|kind| properties.get(kind as usize))
            .map_or_else(|| Rc::from([].as_slice()), Rc::clone)
    }

    /// The first members of a pool: so many, if there are.
    fn members(&self, at: usize, most: usize) -> Rc<[V]> {
        let Some(pool) = self.pools.get(at) else {
            return Rc::from([].as_slice());
        };
        if let Some(listed) = self.members.borrow().get(&at)
            && (listed.is_all || listed.things.len() >= most)
        {
            return Rc::clone(&listed.things);
        }
        let asked = most.saturating_mul(2);
        let mut things = match &pool.these {
            Some(these) => these.clone(),
            None => self.view.some(pool.of_type, asked),
        };
        let is_all = pool.these.is_some() || things.len() < asked;
        let more = self.given.iter().filter(|thing| !things.contains(thing));
        things.extend(more.copied().collect::<Vec<V>>());
        things.retain(|thing| !self.view.is_literal(*thing) && self.is_in(pool, *thing));
        let things: Rc<[V]> = Rc::from(things);
        let listed = Listed {
            things: Rc::clone(&things),
            is_all,
        };
        self.members.borrow_mut().insert(at, listed);
        things
    }

    /// The first holders of a value in the live world: so many, if there are; and whether these are all.
    fn holders(&self, property: P, value: V, most: usize) -> (Rc<[V]>, bool) {
        if let Some(listed) = self.holders.borrow().get(&(property, value))
            && (listed.is_all || listed.things.len() >= most)
        {
            return (Rc::clone(&listed.things), listed.is_all);
        }
        let things = self.view.some_holders(property, value, most);
        let is_all = things.len() < most;
        let things: Rc<[V]> = Rc::from(things);
        let listed = Listed {
            things: Rc::clone(&things),
            is_all,
        };
        self.holders.borrow_mut().insert((property, value), listed);
        (things, is_all)
    }

    /// Things that hold a value now and are accepted: as many as wanted, if they are found soon.
    fn holding(
        &self,
        now: &Now,
        (property, value): (P, V),
        (wanted, passed): (usize, usize),
        accepted: &dyn Fn(V) -> bool,
        found: &mut BTreeSet<V>,
    ) {
        let mut left = wanted;
        let mut take = |thing: V| {
            let cell = now.cell(self.view, thing, property);
            if cell.members.contains(&value) && accepted(thing) {
                found.insert(thing);
                left = left.saturating_sub(1);
            }
            left > 0
        };
        let moved = self.moved.get(&value).into_iter().flatten();
        for (_, owner) in moved.filter(|(by, _)| *by == property) {
            if !take(*owner) {
                return;
            }
        }
        let (mut from, mut most) = (0, 64);
        loop {
            let (things, is_all) = self.holders(property, value, most);
            for thing in things.iter().skip(from) {
                if !take(*thing) {
                    return;
                }
            }
            if is_all || things.len() >= passed {
                return;
            }
            from = things.len();
            most = from * 4;
        }
    }

    /// Who points at a thing now, and by what; nothing where too many do to say what it is.
    fn pointers(&self, now: &Now, thing: V) -> BTreeSet<(P, V)> {
        let mut found: BTreeSet<(P, V)> = BTreeSet::new();
        if self.constants.contains(&thing) {
            return found;
        }
        for property in &self.pointing {
            let (owners, _) = self.holders(*property, thing, POINTERS + 1);
            found.extend(owners.iter().map(|owner| (*property, *owner)));
            if found.len() > POINTERS * 4 {
                return BTreeSet::new();
            }
        }
        found.extend(self.moved.get(&thing).into_iter().flatten());
        found.retain(|(property, owner)| {
            self.kind(*owner).is_some()
                && now
                    .cell(self.view, *owner, *property)
                    .members
                    .contains(&thing)
        });
        found
    }

    /// The things to look at for a piece that names some.
    pub(super) fn near(&self, now: &Now, named: &BTreeSet<V>, reach: &Reach) -> BTreeSet<V> {
        let named: BTreeSet<V> = named
            .iter()
            .copied()
            .filter(|thing| self.kind(*thing).is_some())
            .collect();
        let mut near = named.clone();
        self.widen(now, &mut near, 2);
        // What tells things apart: what the piece is about, and things of which there are few.
        let mut known = near.clone();
        if reach.all {
            for thing in &named {
                let pointers = self.pointers(now, *thing);
                near.extend(pointers.iter().take(NEIGHBOURS).map(|(_, owner)| *owner));
            }
        }
        let mut candidates = vec![BTreeSet::new(); self.pools.len()];
        let mut looked_for: FxHashSet<(usize, usize, P, V)> = FxHashSet::default();
        for _ in 0..2 {
            let mut more: BTreeSet<V> = BTreeSet::new();
            for (at, (pool, things)) in self.pools.iter().zip(&mut candidates).enumerate() {
                if reach.all || named.iter().all(|thing| !self.is_in(pool, *thing)) {
                    let mut is_new =
                        |group, (property, value)| looked_for.insert((at, group, property, value));
                    self.candidates(now, at, &known, reach.each, &mut is_new, things);
                    self.representatives(now, things, &near, &known, reach.each, &mut more);
                }
            }
            near.extend(more);
            self.widen(now, &mut near, 1);
            for at in 0..self.pools.len() {
                let members = self.members(at, SMALL + 1);
                if members.len() <= SMALL {
                    known.extend(members.iter().filter(|thing| near.contains(thing)));
                }
            }
        }
        near
    }

    /// Adds what things point at.
    fn widen(&self, now: &Now, near: &mut BTreeSet<V>, depth: usize) {
        let mut edge: Vec<V> = near.iter().copied().collect();
        for _ in 0..depth {
            let mut next = Vec::new();
            for thing in edge {
                for property in self.properties_of(thing).iter() {
                    let cell = now.cell(self.view, thing, *property);
                    let members = cell.members.iter().take(NEIGHBOURS);
                    for value in members.filter(|value| self.kind(**value).is_some()) {
                        if near.insert(*value) {
                            next.push(*value);
                        }
                    }
                }
            }
            edge = next;
        }
    }

    /// Adds things of a pool among which to choose: all of a few; of many the first ones, and those that hold what a
    /// rule asks of them.
    fn candidates(
        &self,
        now: &Now,
        at: usize,
        known: &BTreeSet<V>,
        each: usize,
        is_new: &mut dyn FnMut(usize, (P, V)) -> bool,
        found: &mut BTreeSet<V>,
    ) {
        let Some(pool) = self.pools.get(at) else {
            return;
        };
        let members = self.members(at, ALL + 1);
        if members.len() <= ALL {
            found.extend(members.iter());
            return;
        }
        found.extend(members.iter().take(SOME));
        for (group, asked) in pool.asked.iter().enumerate() {
            let constants: Vec<(P, V)> = asked
                .iter()
                .filter_map(|(property, value)| Some((*property, (*value)?)))
                .collect();
            let holds_all = |thing: V| {
                self.is_in(pool, thing)
                    && constants.iter().all(|(property, value)| {
                        let cell = now.cell(self.view, thing, *property);
                        cell.members.contains(value)
                    })
            };
            for constant in &constants {
                if is_new(group, *constant) {
                    let effort = (each * 2, PASSED);
                    self.holding(now, *constant, effort, &holds_all, found);
                }
            }
            for (property, _) in asked.iter().filter(|(_, value)| value.is_none()) {
                for value in known {
                    let place = (*property, *value);
                    if is_new(group, place) {
                        let effort = (each, PASSED_BESIDE);
                        self.holding(now, place, effort, &holds_all, found);
                    }
                }
            }
        }
    }

    /// So many of each kind of interchangeable things.
    fn representatives(
        &self,
        now: &Now,
        things: &BTreeSet<V>,
        near: &BTreeSet<V>,
        known: &BTreeSet<V>,
        each: usize,
        found: &mut BTreeSet<V>,
    ) {
        let mut counts: FxHashMap<Signature, usize> = FxHashMap::default();
        for thing in things.iter().filter(|thing| !near.contains(thing)) {
            let count = counts
                .entry(self.signature(now, *thing, known))
                .or_default();
            *count += 1;
            if *count <= each {
                found.insert(*thing);
            }
        }
    }

    fn signature(&self, now: &Now, thing: V, known: &BTreeSet<V>) -> Signature {
        let token = |value: V| {
            if self.constants.contains(&value) || known.contains(&value) {
                return Token::It(value);
            }
            self.kind(value).map_or(Token::Other, Token::Kind)
        };
        let mut has = Vec::new();
        for property in self.properties_of(thing).iter() {
            let cell = now.cell(self.view, thing, *property);
            has.extend(
                cell.members
                    .iter()
                    .take(POINTERS)
                    .map(|value| (*property, token(*value))),
            );
        }
        let pointers = self.pointers(now, thing);
        let few = Some(pointers).filter(|pointers| pointers.len() <= POINTERS);
        let mut had: Vec<(P, Token)> = few
            .into_iter()
            .flatten()
            .map(|(property, owner)| (property, token(owner)))
            .collect();
        for tokens in [&mut has, &mut had] {
            tokens.sort_unstable();
            tokens.dedup();
        }
        let kind = self.kind(thing).unwrap_or(u32::MAX);
        (kind, self.mentioned.contains(&thing), has, had)
    }

    /// Takes note of who points at whom since these steps.
    pub(super) fn follow(&mut self, now: &Now, before: &[Before]) {
        for ((owner, property), _) in before.iter().flatten() {
            let cell = now.cell(self.view, *owner, *property);
            for value in &cell.members {
                let holders = self.moved.entry(*value).or_default();
                holders.insert((*property, *owner));
            }
        }
    }
}

/// The pool of a rule's variable, new or known, with what the rule asks of it.
fn add_pool(pools: &mut Vec<Pool>, rule: &Rule, variable: usize) {
    let (these, of_type) = match rule.variables.get(variable) {
        Some(Domain::Type(of_type)) => (None, *of_type),
        Some(Domain::These(these, of_type)) => (Some(these), *of_type),
        Some(Domain::Found) | None => return,
    };
    let provider = rule.operation.provider.filter(|_| variable == 0);
    let place = pools.iter().position(|pool| {
        pool.these.as_ref() == these && pool.of_type == of_type && pool.provider == provider
    });
    let of = |term: &Term| *term == Term::Variable(variable);
    let needs = rule.needs.iter().filter(|need| of(&sides(need).0));
    let deeds = rule.deeds.iter().filter_map(|deed| {
        let (Deed::Set(owner, property, _)
        | Deed::Add(owner, property, _)
        | Deed::Remove(owner, property, _)
        | Deed::Clear(owner, property)) = deed;
        of(owner).then_some(*property)
    });
    let properties: BTreeSet<P> = needs.clone().map(property_of).chain(deeds).collect();
    let asked: Vec<(P, Option<V>)> = needs
        .filter_map(|need| match need {
            Need::Has(_, property, Term::Known(value)) => Some((*property, Some(*value))),
            Need::Has(_, property, _) => Some((*property, None)),
            _ => None,
        })
        .collect();
    let place = place.unwrap_or_else(|| {
        pools.push(Pool {
            these: these.cloned(),
            of_type,
            provider,
            properties: BTreeSet::new(),
            asked: Vec::new(),
        });
        pools.len() - 1
    });
    if let Some(pool) = pools.get_mut(place) {
        pool.properties.extend(properties);
        if !asked.is_empty() && !pool.asked.contains(&asked) {
            pool.asked.push(asked);
        }
    }
}

/// Values that a rule names itself.
fn constants_of(rule: &Rule) -> Vec<V> {
    let mut terms: Vec<Term> = Vec::new();
    for need in &rule.needs {
        let (owner, value) = sides(need);
        terms.extend([owner].into_iter().chain(value));
    }
    for test in &rule.tests {
        match test {
            Test::Same(left, right, _) => terms.extend([*left, *right]),
            Test::Is(..) => {}
            Test::Among(_, values, _) => terms.extend(values),
        }
    }
    for deed in &rule.deeds {
        if let Deed::Set(_, _, value) | Deed::Add(_, _, value) | Deed::Remove(_, _, value) = deed {
            terms.push(*value);
        }
    }
    let known = terms.into_iter().filter_map(|term| match term {
        Term::Known(value) => Some(value),
        _ => None,
    });
    known.collect()
}
