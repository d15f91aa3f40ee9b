//! What can be done now, of everything there is, kept up to date as facts change.
//!
//! Paper: BASR and CCSR, table 3, asked of all subjects at once and all the time.
//!
//! In: a world; later, which of its cells changed. Out: for every operation the subjects on which it is ready with nothing
//! given but its defaults, and for every other subject which parameters, conjuncts and effects stand in the way; groups of
//! similar operations over all subjects. Each verdict is the verifiers', as for a single request. A change is judged where
//! a verdict looked there and nowhere else: from the cell back along the trails of the clauses, over live facts, to the
//! subjects. What many subjects see through one thing is judged once, at that thing.
//! Not here: options, words, arguments at hand; ask [`crate::preparation`] about one subject for these.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};
use samos_model::vocabulary::{rdf, samos};
use samos_model::{Changes, Iri, Operation, Truth, Value, World};

mod answers;
mod clauses;
mod groups;
mod members;
mod things;
mod windows;

pub use answers::{Counts, Missing};
pub use groups::{Alike, Served};

use clauses::{Clause, Clauses, Offer, Start};
use members::Members;
use things::Things;
use windows::View;

/// Subjects that see several things through a window and are judged again without asking which of them it concerns.
const FEW: u64 = 64;

/// What can be done now. See the module's text.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The operations that were asked about, where not all are.
    only: Option<BTreeSet<Iri>>,
    things: Things,
    accepting: Vec<Accepting>,
    offers: Vec<Offer>,
    /// The place of each operation, in order.
    places: FxHashMap<Iri, usize>,
    clauses: Vec<Clause>,
    views: Vec<View>,
    looks: Looks,
}

/// The subjects of some operations: those of a class and a provider.
#[derive(Clone, Debug)]
struct Accepting {
    class: Iri,
    provider: Option<Iri>,
    members: Members,
    offers: Vec<usize>,
    clauses: Vec<usize>,
}

/// Who looks at a property, and from how far.
#[derive(Clone, Default, Debug)]
struct Looks {
    /// The clause, its trail, and the place of the property on that.
    trails: FxHashMap<Iri, Vec<(usize, usize, usize)>>,
    /// The views that show what it holds.
    views: FxHashMap<Iri, Vec<usize>>,
    /// The clause and the trail at whose end a thing is asked what it is.
    types: Vec<(usize, usize)>,
    /// The clauses in which a default is looked up by its key.
    looked_up: Vec<usize>,
    keys: FxHashSet<Iri>,
}

/// What a change led to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Changed {
    /// How many verdicts were reached again.
    pub judged: u64,
    /// Was everything looked at anew, because anything might have changed?
    pub is_anew: bool,
}

/// Clauses to be judged, each for a thing.
type Due = BTreeSet<(usize, u32)>;

impl Standing {
    /// Judges everything.
    #[must_use = "judging has no other effect"]
    pub fn build(world: &dyn World) -> Self {
        Self::build_of(world, None)
    }

    /// Judges these operations, and no others.
    #[must_use = "judging has no other effect"]
    pub fn of(world: &dyn World, operations: BTreeSet<Iri>) -> Self {
        Self::build_of(world, Some(operations))
    }

    fn build_of(world: &dyn World, only: Option<BTreeSet<Iri>>) -> Self {
        let mut standing = Self::of_operations(world, only);
        for at in 0..standing.accepting.len() {
            standing.take_in(world, at);
        }
        for at in 0..standing.clauses.len() {
            let mut asked = Members::default();
            let asking = standing.accepting.iter();
            let asking = asking.filter(|one| one.clauses.binary_search(&at).is_ok());
            for accepting in asking {
                asked.extend(&accepting.members);
            }
            for thing in asked.iter() {
                standing.judge(world, at, thing);
            }
        }
        standing
    }

    /// The operations taken apart, with no subject yet.
    fn of_operations(world: &dyn World, only: Option<BTreeSet<Iri>>) -> Self {
        let mut made = Clauses::new(world);
        let mut accepting: Vec<Accepting> = Vec::new();
        let mut by_subject: FxHashMap<(Iri, Option<Iri>), usize> = FxHashMap::default();
        let (mut offers, mut places) = (Vec::new(), FxHashMap::default());
        let is_asked = |one: &&Operation| only.as_ref().is_none_or(|only| only.contains(&one.iri));
        for operation in world.operations().iter().filter(is_asked) {
            let key = (operation.subject.clone(), operation.provider.clone());
            let at = *by_subject.entry(key).or_insert_with(|| {
                accepting.push(Accepting {
                    class: operation.subject.clone(),
                    provider: operation.provider.clone(),
                    members: Members::default(),
                    offers: Vec::new(),
                    clauses: Vec::new(),
                });
                accepting.len() - 1
            });
            let offer = made.offer(operation, at);
            places.insert(operation.iri.clone(), offers.len());
            if let Some(accepting) = accepting.get_mut(at) {
                accepting.offers.push(offers.len());
                accepting.clauses.extend(offer.clauses());
                accepting.clauses.sort_unstable();
                accepting.clauses.dedup();
            }
            offers.push(offer);
        }
        let mut views: Vec<View> = made.windows.drain(..).map(View::new).collect();
        let mut clauses = made.all;
        for (at, clause) in clauses.iter_mut().enumerate() {
            if clause.is_same_for_all {
                clause.common = clause.worth(world);
            }
            if let Some(view) = clause.through.and_then(|(view, _)| views.get_mut(view)) {
                view.clauses.push(at);
            }
        }
        Self {
            looks: Looks::new(world, &clauses, &views),
            only,
            things: Things::default(),
            accepting,
            offers,
            places,
            clauses,
            views,
        }
    }

    /// Takes in the subjects that some operations have.
    fn take_in(&mut self, world: &dyn World, at: usize) {
        let Some(accepting) = self.accepting.get_mut(at) else {
            return;
        };
        for entity in world.entities_of(&accepting.class) {
            if is_of(world, &accepting.provider, &entity) {
                let thing = self.things.number(&entity);
                accepting.members.set(thing, true);
            }
        }
    }

    /// Brings it up to date with a world in which these cells may be different, and nothing else.
    pub fn change(&mut self, world: &dyn World, changes: &Changes) -> Changed {
        if changes.everything {
            *self = Self::build_of(world, self.only.take());
            return Changed {
                judged: self.clauses.iter().map(|one| one.judged.len()).sum(),
                is_anew: true,
            };
        }
        let mut due = Due::new();
        for (entity, property) in &changes.cells {
            if property.as_str() == rdf::TYPE {
                self.retyped(world, entity, &mut due);
            } else {
                self.touched(world, entity, property, &mut due);
            }
        }
        let judged = u64::try_from(due.len()).unwrap_or(u64::MAX);
        for (clause, thing) in due {
            self.judge(world, clause, thing);
        }
        Changed {
            judged,
            is_anew: false,
        }
    }

    /// What an entity is may have changed.
    fn retyped(&mut self, world: &dyn World, entity: &Iri, due: &mut Due) {
        self.accept(world, entity, due);
        if let Some(thing) = self.things.known(entity) {
            for at in 0..self.views.len() {
                self.look_again(world, at, thing, due);
            }
            let clauses = self.clauses.iter().enumerate();
            let judged = clauses.filter(|(_, clause)| clause.judged.contains(thing));
            due.extend(judged.map(|(at, _)| (at, thing)));
        }
        for (clause, trail) in &self.looks.types {
            self.back_from(world, entity, *clause, *trail, None, due);
        }
        for clause in &self.looks.looked_up {
            self.all_of(*clause, due);
        }
    }

    /// What a property of an entity holds may have changed.
    fn touched(&mut self, world: &dyn World, entity: &Iri, property: &Iri, due: &mut Due) {
        if property.as_str() == samos::PROVIDER {
            self.accept(world, entity, due);
        }
        if let Some(thing) = self.things.known(entity) {
            let views = self.looks.views.get(property).cloned();
            for at in views.into_iter().flatten() {
                self.look_again(world, at, thing, due);
            }
        }
        let looking = self.looks.trails.get(property);
        for (clause, trail, at) in looking.into_iter().flatten() {
            self.back_from(world, entity, *clause, *trail, Some(*at), due);
        }
        if self.looks.keys.contains(property) {
            for clause in &self.looks.looked_up {
                self.all_of(*clause, due);
            }
        }
    }

    /// Which operations accept an entity may have changed.
    fn accept(&mut self, world: &dyn World, entity: &Iri, due: &mut Due) {
        let provider = world.provider_of(entity);
        let mut is_of_class: FxHashMap<&Iri, bool> = FxHashMap::default();
        let known = self.things.known(entity);
        for accepting in &mut self.accepting {
            let is_own = accepting.provider.is_none() || accepting.provider == provider;
            let is_accepted = is_own
                && *is_of_class
                    .entry(&accepting.class)
                    .or_insert_with(|| world.has_type(entity, &accepting.class));
            let thing = match (known, is_accepted) {
                (Some(thing), _) => thing,
                (None, true) => self.things.number(entity),
                (None, false) => continue,
            };
            accepting.members.set(thing, is_accepted);
            if is_accepted {
                due.extend(accepting.clauses.iter().map(|clause| (*clause, thing)));
            }
        }
    }

    /// What a subject sees through a window may be another thing.
    fn look_again(&mut self, world: &dyn World, at: usize, thing: u32, due: &mut Due) {
        let Some(view) = self.views.get_mut(at) else {
            return;
        };
        if view.is_seen(thing) && view.look(world, &mut self.things, thing) {
            let judged = view.clauses.iter().copied().filter(|clause| {
                let clause = self.clauses.get(*clause);
                clause.is_some_and(|clause| clause.judged.contains(thing))
            });
            due.extend(judged.map(|clause| (clause, thing)));
        }
    }

    /// The subjects of which a clause looked at an entity on one of its trails: at a property on it, or at its end.
    fn back_from(
        &self,
        world: &dyn World,
        entity: &Iri,
        clause: usize,
        trail: usize,
        property: Option<usize>,
        due: &mut Due,
    ) {
        let Some(asked) = self.clauses.get(clause) else {
            return;
        };
        let Some(trail) = asked.trails.get(trail) else {
            return;
        };
        if asked.is_looked_up() {
            self.all_of(clause, due);
            return;
        }
        let depth = property.unwrap_or(trail.properties.len());
        let view = asked.through.and_then(|(view, _)| self.views.get(view));
        // Only who sees several things there was judged by what is behind them.
        let candidates = view.map_or(&asked.judged, |view| &view.several);
        let is_beside = matches!(trail.start, Start::Fixed(_));
        if let Some(view) = view
            && !is_beside
            && depth > 0
        {
            if view.several.is_empty() {
                return;
            }
            if view.several.len() <= FEW {
                let own = candidates.iter().filter(|one| asked.judged.contains(*one));
                due.extend(own.map(|thing| (clause, thing)));
                return;
            }
        }
        let mut reached = BTreeSet::from([entity.clone()]);
        for property in trail.properties.iter().take(depth).rev() {
            let value = |at: &Iri| Value::Entity(at.clone());
            let before = reached
                .iter()
                .flat_map(|at| world.holders(property, &value(at)));
            reached = before.collect();
        }
        let starts: BTreeSet<Iri> = match &trail.start {
            Start::Subject => reached,
            Start::Holder(property) => {
                let held = reached.iter().flat_map(|at| {
                    let holders = world.holders(property, &Value::Entity(at.clone()));
                    holders.into_iter().chain([at.clone()])
                });
                held.collect()
            }
            Start::Fixed(fixed) => {
                if fixed.iter().any(|one| reached.contains(one)) {
                    self.all_of(clause, due);
                }
                return;
            }
        };
        let things = starts.iter().filter_map(|start| self.things.known(start));
        let own = things.filter(|one| candidates.contains(*one) && asked.judged.contains(*one));
        due.extend(own.map(|thing| (clause, thing)));
    }

    /// Everything that a clause was asked of.
    fn all_of(&self, at: usize, due: &mut Due) {
        if let Some(clause) = self.clauses.get(at) {
            if clause.is_same_for_all {
                due.insert((at, 0));
            }
            due.extend(clause.judged.iter().map(|thing| (at, thing)));
        }
    }

    /// Judges one clause for one thing.
    fn judge(&mut self, world: &dyn World, at: usize, thing: u32) {
        let Some(clause) = self.clauses.get_mut(at) else {
            return;
        };
        if clause.is_same_for_all {
            clause.common = clause.worth(world);
            return;
        }
        clause.judged.set(thing, true);
        if let Some((view, inner)) = clause.through
            && let Some(view) = self.views.get_mut(view)
        {
            if !view.is_seen(thing) {
                view.look(world, &mut self.things, thing);
            }
            if let Some(seen) = view.at(thing) {
                let there = self.clauses.get(inner);
                if there.is_some_and(|there| !there.judged.contains(seen)) {
                    self.judge(world, inner, seen);
                }
                return;
            }
        }
        if let Some(name) = self.things.name(thing).cloned()
            && let Some(clause) = self.clauses.get_mut(at)
        {
            let truth = clause.truth(world, &name);
            clause.truths.set(thing, truth);
        }
    }

    /// What a clause is worth for a thing.
    fn worth(&self, at: usize, thing: u32) -> Truth {
        let Some(clause) = self.clauses.get(at) else {
            return Truth::Unknown;
        };
        if clause.is_same_for_all {
            return clause.common;
        }
        let seen = clause
            .through
            .and_then(|(view, inner)| Some((self.views.get(view)?.at(thing)?, inner)));
        match seen {
            Some((seen, inner)) => self.worth(inner, seen),
            None => clause.truths.of(thing),
        }
    }

    /// Bytes taken, roughly.
    #[must_use = "reading has no other effect"]
    pub fn bytes(&self) -> usize {
        let clauses = self.clauses.iter();
        let clauses = clauses.map(|one| one.judged.bytes() + one.truths.bytes());
        let accepting = self.accepting.iter().map(|one| one.members.bytes());
        let views = self.views.iter().map(View::bytes);
        self.things.bytes() + clauses.chain(accepting).chain(views).sum::<usize>()
    }
}

impl Looks {
    fn new(world: &dyn World, clauses: &[Clause], views: &[View]) -> Self {
        let mut looks = Self::default();
        for (at, clause) in clauses.iter().enumerate() {
            for (number, trail) in clause.trails.iter().enumerate() {
                for (place, property) in trail.properties.iter().enumerate() {
                    let looking = looks.trails.entry(property.clone()).or_default();
                    looking.push((at, number, place));
                }
                if trail.asks_type {
                    looks.types.push((at, number));
                }
            }
            if clause.is_looked_up() {
                looks.looked_up.push(at);
            }
        }
        for (at, view) in views.iter().enumerate() {
            let property = view.window.property();
            looks.views.entry(property).or_default().push(at);
        }
        if !looks.looked_up.is_empty() {
            let parameters = world.operations().iter().flat_map(|one| &one.parameters);
            let keys = parameters.filter_map(|parameter| world.key_of(&parameter.of_type));
            looks.keys.extend(keys);
            looks.keys.insert(Iri::from(samos::ACCOUNT));
        }
        looks
    }
}

/// Is it of that provider, where one is named?
fn is_of(world: &dyn World, provider: &Option<Iri>, entity: &Iri) -> bool {
    provider.is_none() || world.provider_of(entity) == *provider
}

#[cfg(test)]
mod tests;
