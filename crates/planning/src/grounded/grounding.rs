//! From rules to actions over numbered facts: only what can be reached, found by joins over what holds.
//!
//! In: rules and a goal. Out: a task of bit-sized facts. What no rule changes is settled here and leaves no fact.

mod writing;

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::lifted::{Deed, Domain, Need, Rule, Term, Test};
use super::now::{Now, resolve};
use super::task::Task;
use crate::compiled::Compiled;
use crate::view::{P, V, View};

/// What one known fact binds: a variable and its value, of the owner and of the value.
type Ways = (Option<(usize, V)>, Option<(usize, V)>);

/// One instance of a rule.
pub(super) struct Instance {
    pub(super) rule: usize,
    pub(super) values: Vec<V>,
}

/// What an operation costs.
pub(super) type Costs<'c> = dyn Fn(&Compiled) -> u32 + 'c;

/// The part of the world to look at.
#[derive(Clone, Copy)]
pub(super) struct Within<'r> {
    /// The facts as they stand.
    pub(super) now: &'r Now,
    /// The things that subjects and parameters may be, in order; none for all.
    pub(super) near: Option<&'r [V]>,
    /// More actions than this are too many.
    pub(super) most: usize,
}

impl<'r> Within<'r> {
    /// All there is.
    pub(super) fn everything(now: &'r Now, most: usize) -> Self {
        Self {
            now,
            near: None,
            most,
        }
    }
}

pub(super) struct Grounding<'r, 'w> {
    view: &'r View<'w>,
    rules: &'r [Rule],
    given: &'r [V],
    within: Within<'r>,
    changed: FxHashSet<P>,
    /// Needs by property: rule and place.
    by_property: FxHashMap<P, Vec<(usize, usize)>>,
    loaded: FxHashSet<(V, P)>,
    has: FxHashSet<(V, P, V)>,
    initial: FxHashSet<(V, P, V)>,
    values: FxHashMap<(P, V), Vec<V>>,
    owners: FxHashMap<(P, V), Vec<V>>,
    all: FxHashMap<P, Vec<(V, V)>>,
    queue: Vec<(V, P, V)>,
    seen: FxHashSet<(usize, Vec<V>)>,
    instances: Vec<Instance>,
    domains: Vec<Vec<Rc<Vec<V>>>>,
    /// The same to look things up in.
    allowed: Vec<Vec<FxHashSet<V>>>,
    is_full: bool,
}

type Bound = Vec<Option<V>>;

impl<'r, 'w> Grounding<'r, 'w> {
    pub(super) fn new(
        view: &'r View<'w>,
        rules: &'r [Rule],
        given: &'r [V],
        within: Within<'r>,
    ) -> Self {
        let mut changed = FxHashSet::default();
        let mut by_property: FxHashMap<P, Vec<(usize, usize)>> = FxHashMap::default();
        for (at, rule) in rules.iter().enumerate() {
            for deed in &rule.deeds {
                changed.insert(match deed {
                    Deed::Set(_, p, _)
                    | Deed::Add(_, p, _)
                    | Deed::Remove(_, p, _)
                    | Deed::Clear(_, p) => *p,
                });
            }
            for (place, need) in rule.needs.iter().enumerate() {
                if let Need::Has(_, p, _) | Need::Some(_, p) = need {
                    by_property.entry(*p).or_default().push((at, place));
                }
            }
        }
        Self {
            view,
            rules,
            given,
            within,
            changed,
            by_property,
            loaded: FxHashSet::default(),
            has: FxHashSet::default(),
            initial: FxHashSet::default(),
            values: FxHashMap::default(),
            owners: FxHashMap::default(),
            all: FxHashMap::default(),
            queue: Vec::new(),
            seen: FxHashSet::default(),
            instances: Vec::new(),
            domains: Vec::new(),
            allowed: Vec::new(),
            is_full: false,
        }
    }

    /// Can facts alone say what an effect on these properties does: is none of them tied to another that matters?
    pub(super) fn is_plain(&self, goal: &[Need]) -> bool {
        let mut used: FxHashSet<P> = self.changed.clone();
        for need in self.rules.iter().flat_map(|rule| &rule.needs).chain(goal) {
            used.insert(match need {
                Need::Has(_, p, _)
                | Need::Lacks(_, p, _)
                | Need::Some(_, p)
                | Need::Empty(_, p) => *p,
            });
        }
        self.changed.iter().all(|property| {
            let schema = self.view.schema(*property);
            let tied = [
                &schema.inverses,
                &schema.equivalents,
                &schema.supers,
                &schema.subs,
            ];
            !tied
                .into_iter()
                .flatten()
                .any(|other| other != property && used.contains(other))
        })
    }

    /// The task and what its actions were made of; none where there is too much, or the goal is out of reach.
    pub(super) fn run(
        mut self,
        goals: &[Rule],
        costs: &Costs<'_>,
    ) -> Option<(Task, Vec<Instance>)> {
        for rule in self.rules {
            let domains: Vec<Rc<Vec<V>>> = rule
                .variables
                .iter()
                .map(|domain| Rc::new(self.domain(rule, domain)))
                .collect();
            let allowed = domains
                .iter()
                .map(|domain| domain.iter().copied().collect());
            self.allowed.push(allowed.collect());
            self.domains.push(domains);
        }
        for at in 0..self.rules.len() {
            self.load_owners(at);
        }
        for goal in goals {
            for need in &goal.needs {
                let (Need::Has(owner, p, _)
                | Need::Lacks(owner, p, _)
                | Need::Some(owner, p)
                | Need::Empty(owner, p)) = need;
                if let Term::Known(owner) = owner {
                    self.load(*owner, *p);
                }
            }
        }
        self.queue.clear();
        for at in 0..self.rules.len() {
            let rule = self.rules.get(at)?;
            self.join(
                at,
                vec![None; rule.variables.len()],
                (1_u64 << rule.needs.len()) - 1,
            );
        }
        let mut at = 0;
        while let Some((owner, property, value)) = self.queue.get(at).copied() {
            at += 1;
            for (rule, place) in self.by_property.get(&property).cloned().unwrap_or_default() {
                self.wake(rule, place, owner, value);
            }
            if self.is_full {
                return None;
            }
        }
        if self.is_full {
            return None;
        }
        self.task(goals, costs)
    }

    /// What a variable of a rule may be.
    pub(super) fn domain(&self, rule: &Rule, domain: &Domain) -> Vec<V> {
        let view = self.view;
        let is_subject = rule
            .variables
            .first()
            .is_some_and(|first| std::ptr::eq(first, domain));
        let own = |value: &V| {
            !is_subject
                || rule.operation.provider.is_none()
                || view.provider(*value) == rule.operation.provider
        };
        let mut found: Vec<V> = match domain {
            Domain::Found => Vec::new(),
            Domain::These(these, of_type) => these
                .iter()
                .copied()
                .filter(|value| view.fits(*value, *of_type) && self.is_near(*value))
                .collect(),
            Domain::Type(of_type) => {
                let mut found = match self.within.near {
                    None => view.extent(*of_type).to_vec(),
                    Some(near) => {
                        let near = near.iter().copied();
                        near.filter(|thing| view.fits(*thing, *of_type)).collect()
                    }
                };
                found.extend(
                    self.given
                        .iter()
                        .copied()
                        .filter(|value| view.fits(*value, *of_type)),
                );
                found
            }
        };
        found.retain(own);
        let mut seen = FxHashSet::default();
        found.retain(|value| seen.insert(*value));
        found
    }

    fn is_near(&self, value: V) -> bool {
        let near = self.within.near;
        self.view.is_literal(value) || near.is_none_or(|near| near.binary_search(&value).is_ok())
    }

    /// Reads the cells that a rule's needs may look at.
    fn load_owners(&mut self, at: usize) {
        let Some(rule) = self.rules.get(at) else {
            return;
        };
        for need in &rule.needs {
            let (Need::Has(owner, p, _)
            | Need::Lacks(owner, p, _)
            | Need::Some(owner, p)
            | Need::Empty(owner, p)) = need;
            match owner {
                Term::Known(owner) => self.load(*owner, *p),
                Term::Variable(variable) => {
                    let domain = self
                        .domains
                        .get(at)
                        .and_then(|all| all.get(*variable))
                        .cloned();
                    for owner in domain.iter().flat_map(|all| all.iter()) {
                        self.load(*owner, *p);
                    }
                }
                Term::Home(_) => {}
            }
        }
    }

    fn load(&mut self, owner: V, property: P) {
        if !self.loaded.insert((owner, property)) {
            return;
        }
        let cell = self.within.now.cell(self.view, owner, property);
        for value in cell.members.clone() {
            self.initial.insert((owner, property, value));
            self.reach(owner, property, value);
        }
    }

    fn reach(&mut self, owner: V, property: P, value: V) {
        if self.has.insert((owner, property, value)) {
            self.values
                .entry((property, owner))
                .or_default()
                .push(value);
            self.owners
                .entry((property, value))
                .or_default()
                .push(owner);
            self.all.entry(property).or_default().push((owner, value));
            self.queue.push((owner, property, value));
        }
    }

    /// Goes on from a new fact where a rule needs one like it.
    fn wake(&mut self, at: usize, place: usize, owner: V, value: V) {
        let Some(rule) = self.rules.get(at) else {
            return;
        };
        let mut bound: Bound = vec![None; rule.variables.len()];
        let bind = |bound: &mut Bound, term: Term, value: V| match term {
            Term::Known(known) => known == value,
            Term::Home(_) => true, // checked once the subject is known
            Term::Variable(variable) => match bound.get_mut(variable) {
                Some(slot @ None) => {
                    *slot = Some(value);
                    true
                }
                Some(Some(other)) => *other == value,
                None => false,
            },
        };
        let fits = match rule.needs.get(place) {
            Some(Need::Has(its, _, other)) => {
                bind(&mut bound, *its, owner) && bind(&mut bound, *other, value)
            }
            Some(Need::Some(its, _)) => bind(&mut bound, *its, owner),
            _ => false,
        };
        if fits && self.may_be(at, &bound) {
            self.join(at, bound, (1_u64 << rule.needs.len()) - 1);
        }
    }

    /// Is each bound variable within its domain?
    fn may_be(&self, at: usize, bound: &Bound) -> bool {
        let (Some(rule), Some(allowed)) = (self.rules.get(at), self.allowed.get(at)) else {
            return false;
        };
        bound
            .iter()
            .zip(&rule.variables)
            .zip(allowed)
            .all(|((value, kind), allowed)| match (value, kind) {
                (None, _) | (_, Domain::Found) => true,
                (Some(value), _) => allowed.contains(value),
            })
    }

    fn resolve(&self, term: Term, bound: &Bound) -> Option<V> {
        resolve(self.view, term, bound)
    }

    fn passes(&self, test: &Test, bound: &Bound) -> bool {
        match test {
            Test::Same(left, right, wanted) => {
                match (self.resolve(*left, bound), self.resolve(*right, bound)) {
                    (Some(left), Some(right)) => (left == right) == *wanted,
                    _ => true,
                }
            }
            Test::Is(term, of_type, wanted) => self
                .resolve(*term, bound)
                .is_none_or(|value| self.view.has_type(value, *of_type) == *wanted),
            Test::Among(term, values, wanted) => self.resolve(*term, bound).is_none_or(|value| {
                let known: Vec<Option<V>> =
                    values.iter().map(|one| self.resolve(*one, bound)).collect();
                known.contains(&None) || known.contains(&Some(value)) == *wanted
            }),
        }
    }

    /// Binds the rest of a rule's variables in all ways that what is reached allows.
    fn join(&mut self, at: usize, bound: Bound, mut open: u64) {
        let rules = self.rules;
        let Some(rule) = rules.get(at) else { return };
        if self.is_full || !rule.tests.iter().all(|test| self.passes(test, &bound)) {
            return;
        }
        let mut best: Option<(usize, Vec<Ways>)> = None;
        let mut fewest = usize::MAX;
        for (place, need) in rule.needs.iter().enumerate() {
            if open & (1 << place) == 0 {
                continue;
            }
            match need {
                Need::Has(owner, property, value) => {
                    let (owner_value, its) =
                        (self.resolve(*owner, &bound), self.resolve(*value, &bound));
                    if let Some(owner) = owner_value {
                        self.load(owner, *property);
                    }
                    match (owner_value, its) {
                        (Some(owner), Some(value)) => {
                            if !self.has.contains(&(owner, *property, value)) {
                                return;
                            }
                            open &= !(1 << place);
                        }
                        (Some(one), None) => {
                            let count = self.values.get(&(*property, one)).map_or(0, Vec::len);
                            if count < fewest
                                && let Term::Variable(variable) = value
                            {
                                fewest = count;
                                let ways = self
                                    .values
                                    .get(&(*property, one))
                                    .cloned()
                                    .unwrap_or_default();
                                best = Some((
                                    place,
                                    ways.into_iter()
                                        .map(|value| (None, Some((*variable, value))))
                                        .collect(),
                                ));
                            }
                        }
                        (None, Some(one)) => {
                            let Term::Variable(variable) = owner else {
                                continue;
                            };
                            if matches!(rule.variables.get(*variable), Some(Domain::Found)) {
                                continue;
                            }
                            let count = self.owners.get(&(*property, one)).map_or(0, Vec::len);
                            if count < fewest {
                                fewest = count;
                                let ways = self
                                    .owners
                                    .get(&(*property, one))
                                    .cloned()
                                    .unwrap_or_default();
                                best = Some((
                                    place,
                                    ways.into_iter()
                                        .map(|owner| (Some((*variable, owner)), None))
                                        .collect(),
                                ));
                            }
                        }
                        (None, None) => {
                            let (Term::Variable(one), Term::Variable(other)) = (owner, value)
                            else {
                                continue;
                            };
                            if matches!(rule.variables.get(*one), Some(Domain::Found)) {
                                continue;
                            }
                            let count = self.all.get(property).map_or(0, Vec::len);
                            if count < fewest {
                                fewest = count;
                                let ways = self.all.get(property).cloned().unwrap_or_default();
                                best = Some((
                                    place,
                                    ways.into_iter()
                                        .map(|(owner, value)| {
                                            (Some((*one, owner)), Some((*other, value)))
                                        })
                                        .collect(),
                                ));
                            }
                        }
                    }
                }
                Need::Some(owner, property) => {
                    if let Some(owner) = self.resolve(*owner, &bound) {
                        self.load(owner, *property);
                        if self
                            .values
                            .get(&(*property, owner))
                            .is_none_or(Vec::is_empty)
                        {
                            return;
                        }
                        open &= !(1 << place);
                    }
                }
                Need::Lacks(owner, property, value) => {
                    if let (Some(owner), Some(value)) =
                        (self.resolve(*owner, &bound), self.resolve(*value, &bound))
                    {
                        self.load(owner, *property);
                        if !self.changed.contains(property)
                            && !self.lacks_now(owner, *property, value)
                        {
                            return;
                        }
                        open &= !(1 << place);
                    }
                }
                Need::Empty(owner, property) => {
                    if let Some(owner) = self.resolve(*owner, &bound) {
                        self.load(owner, *property);
                        let cell = self.within.now.cell(self.view, owner, *property);
                        let is_empty = cell.complete && cell.members.is_empty();
                        if !self.changed.contains(property) && !is_empty {
                            return;
                        }
                        open &= !(1 << place);
                    }
                }
            }
            if fewest == 0 {
                return;
            }
        }
        let smallest = bound
            .iter()
            .zip(self.domains.get(at).into_iter().flatten())
            .zip(&rule.variables)
            .enumerate()
            .filter(|(_, ((value, _), kind))| value.is_none() && !matches!(kind, Domain::Found))
            .map(|(variable, ((_, domain), _))| (domain.len(), variable))
            .min();
        if let Some((place, ways)) = best.filter(|_| {
            smallest.is_none_or(|(count, _)| fewest <= count.saturating_mul(4))
                || smallest.is_none()
        }) {
            for (owner, value) in ways {
                let mut next = bound.clone();
                let mut fits = true;
                for (variable, value) in owner.into_iter().chain(value) {
                    match next.get_mut(variable) {
                        Some(slot @ None) => *slot = Some(value),
                        Some(Some(other)) => fits &= *other == value,
                        None => fits = false,
                    }
                }
                if fits && self.may_be(at, &next) {
                    self.join(at, next, open & !(1 << place));
                }
            }
            return;
        }
        if let Some((_, variable)) = smallest {
            let domain = self
                .domains
                .get(at)
                .and_then(|all| all.get(variable))
                .cloned();
            for value in domain.iter().flat_map(|all| all.iter()) {
                let mut next = bound.clone();
                if let Some(slot) = next.get_mut(variable) {
                    *slot = Some(*value);
                }
                self.join(at, next, open);
            }
            return;
        }
        if let Some(values) = bound.iter().copied().collect::<Option<Vec<V>>>() {
            self.keep(at, values);
        }
    }

    fn lacks_now(&self, owner: V, property: P, value: V) -> bool {
        self.within.now.lacks(self.view, owner, property, value)
    }

    /// A new instance, and what it reaches.
    fn keep(&mut self, at: usize, values: Vec<V>) {
        let Some(rule) = self.rules.get(at) else {
            return;
        };
        if !self.seen.insert((at, values.clone())) {
            return;
        }
        let bound: Bound = values.iter().copied().map(Some).collect();
        for deed in &rule.deeds {
            if let Deed::Set(owner, property, value) | Deed::Add(owner, property, value) = deed
                && let (Some(owner), Some(value)) =
                    (self.resolve(*owner, &bound), self.resolve(*value, &bound))
            {
                self.load(owner, *property);
                self.reach(owner, *property, value);
            }
        }
        self.instances.push(Instance { rule: at, values });
        self.is_full |= self.instances.len() > self.within.most;
    }
}
