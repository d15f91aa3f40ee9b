//! A hypothetical state: what differs from the live world, and how to look at both together.
//!
//! In: the world, and what the effects wrote. Out: the values of a property of a thing, its types, its owners.
//! Only what was written is kept, so that two orders of the same steps that end alike have equal states.
//! Every look is noted, since what a step looked at decides which steps may trade places with it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use samos_model::vocabulary::samos;
use samos_model::{Iri, Name, Operation, Property, Truth, World};

use crate::places::Places;
use crate::thing::{Made, Owners, Symbol, Thing, differs, same_literal};

/// Under this name a thing's types are noted as if they were values of a property.
pub(crate) const TYPES: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";

/// A property of a thing.
pub(crate) type Place = (Thing, Iri);

/// What is known of the values at a place, or of a path or term.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Known {
    pub(crate) members: BTreeSet<Thing>,
    /// Certainly no members; of use where not complete.
    pub(crate) absent: BTreeSet<Thing>,
    pub(crate) complete: bool,
}

impl Known {
    pub(crate) fn exactly(members: impl IntoIterator<Item = Thing>) -> Self {
        Self {
            members: members.into_iter().collect(),
            absent: BTreeSet::new(),
            complete: true,
        }
    }

    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// The one member, when that is all there is.
    pub(crate) fn only(&self) -> Option<&Thing> {
        match self.members.first() {
            Some(member) if self.complete && self.members.len() == 1 => Some(member),
            _ => None,
        }
    }
}

/// What the steps so far changed, made, deleted and gave.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct State {
    pub(crate) places: Places,
    pub(crate) types: BTreeMap<Thing, BTreeSet<Iri>>,
    pub(crate) deleted: BTreeSet<Thing>,
    pub(crate) symbols: BTreeMap<Symbol, Arc<Made>>,
    /// What each outcome is; in order, for indices.
    pub(crate) outcomes: BTreeMap<(u32, Name), Arc<[Thing]>>,
}

impl State {
    /// The values at a place, deleted things included.
    pub(crate) fn raw(&self, world: &dyn World, thing: &Thing, property: &Iri) -> Known {
        if let Some(known) = self.places.get(&(thing.clone(), property.clone())) {
            return known.clone();
        }
        match thing {
            Thing::Literal(_) => Known::exactly([]),
            Thing::Entity(entity) => {
                let values = world.values(entity, property);
                let things = |values: &BTreeSet<samos_model::Value>| {
                    values
                        .iter()
                        .map(|value| Thing::of_value(world, value))
                        .collect()
                };
                Known {
                    members: things(&values.members),
                    absent: things(&values.absent),
                    complete: values.complete,
                }
            }
            Thing::Symbol(symbol) => self.first_known_of(world, *symbol, property),
        }
    }

    /// What is known of a symbol before any effect: of a created one whose it is, and what its properties close.
    fn first_known_of(&self, world: &dyn World, symbol: Symbol, property: &Iri) -> Known {
        let Some(made) = self.symbols.get(&symbol).filter(|made| made.created) else {
            return Known::nothing();
        };
        let owner = match property.as_str() {
            samos::ACCOUNT => &made.owners.account,
            samos::SERVICE_OF => &made.owners.service,
            samos::PROVIDER => &made.owners.provider,
            _ => &None,
        };
        match owner {
            Some(owner) => Known::exactly([owner.clone()]),
            None if schema(world, property).closed => Known::exactly([]),
            None => Known::nothing(),
        }
    }

    pub(crate) fn is_created(&self, symbol: Symbol) -> bool {
        self.symbols.get(&symbol).is_some_and(|made| made.created)
    }

    /// Are two things the same?
    pub(crate) fn equal(&self, world: &dyn World, left: &Thing, right: &Thing) -> Truth {
        match (left, right) {
            (Thing::Literal(left), Thing::Literal(right)) => {
                same_literal(world, left, right).into()
            }
            (Thing::Entity(left), Thing::Entity(right)) => (left == right).into(),
            (Thing::Symbol(left), Thing::Symbol(right)) if left == right => Truth::True,
            (Thing::Symbol(left), Thing::Symbol(right)) => {
                differs(self.is_created(*left), self.is_created(*right))
            }
            (Thing::Symbol(symbol), _) | (_, Thing::Symbol(symbol)) => {
                differs(self.is_created(*symbol), false)
            }
            (Thing::Literal(_), Thing::Entity(_)) | (Thing::Entity(_), Thing::Literal(_)) => {
                Truth::False
            }
        }
    }
}

/// The schema of a property; one of which nothing is declared when the world has none.
pub(crate) fn schema(world: &dyn World, property: &Iri) -> Property {
    world
        .property(property)
        .cloned()
        .unwrap_or_else(|| Property::undeclared(property.clone()))
}

/// What was looked at.
#[derive(Default, Debug)]
pub(crate) struct Looked {
    pub(crate) places: RefCell<BTreeSet<Place>>,
    /// Everything that was named or seen, deleted things included.
    pub(crate) things: RefCell<BTreeSet<Thing>>,
}

/// The world as it is in a state; notes what is looked at.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) world: &'a dyn World,
    pub(crate) state: &'a State,
    pub(crate) looked: &'a Looked,
}

impl View<'_> {
    /// Notes that the thing is named.
    pub(crate) fn name(&self, thing: &Thing) {
        self.looked.things.borrow_mut().insert(thing.clone());
    }

    pub(crate) fn is_deleted(&self, thing: &Thing) -> bool {
        self.name(thing);
        self.state.deleted.contains(thing)
    }

    /// The values of a property of a thing.
    pub(crate) fn values(&self, thing: &Thing, property: &Iri) -> Known {
        let place = (thing.clone(), property.clone());
        self.looked.places.borrow_mut().insert(place);
        if self.is_deleted(thing) {
            return Known::exactly([]);
        }
        let mut known = self.state.raw(self.world, thing, property);
        self.looked
            .things
            .borrow_mut()
            .extend(known.members.iter().cloned());
        known
            .members
            .retain(|member| !self.state.deleted.contains(member));
        known
    }

    /// A set as it is without what was deleted.
    pub(crate) fn present(&self, things: impl IntoIterator<Item = Thing>) -> Known {
        Known::exactly(things.into_iter().filter(|thing| !self.is_deleted(thing)))
    }

    pub(crate) fn equal(&self, left: &Thing, right: &Thing) -> Truth {
        self.state.equal(self.world, left, right)
    }

    /// Is the thing of that class or datatype? Of a symbol whose types say nothing about it, nobody knows.
    pub(crate) fn is_of(&self, thing: &Thing, class: &Iri) -> Truth {
        let place = (thing.clone(), Iri::from(TYPES));
        self.looked.places.borrow_mut().insert(place);
        let gained = self.state.types.get(thing).into_iter().flatten();
        let mut gained = gained.filter(|own| self.world.is_subtype(own, class));
        match thing {
            _ if gained.next().is_some() => Truth::True,
            Thing::Literal(literal) => self.world.is_subtype(&literal.datatype, class).into(),
            Thing::Entity(entity) => self.world.has_type(entity, class).into(),
            Thing::Symbol(symbol) => {
                let made = self.state.symbols.get(symbol);
                let mut own = made.into_iter().flat_map(|made| &made.types);
                if own.any(|own| self.world.is_subtype(own, class)) {
                    Truth::True
                } else {
                    Truth::Unknown
                }
            }
        }
    }

    /// Whose the thing is.
    pub(crate) fn owners(&self, thing: &Thing) -> Owners {
        let entity = |iri: Iri| Thing::Entity(self.world.canonical(&iri));
        match thing {
            Thing::Literal(_) => Owners::default(),
            Thing::Entity(iri) => Owners {
                account: self.world.account_of(iri).map(entity),
                service: self.world.service_of(iri).map(entity),
                provider: self.world.provider_of(iri).map(entity),
            },
            Thing::Symbol(symbol) => {
                let made = self.state.symbols.get(symbol);
                let mut owners = made.map(|made| made.owners.clone()).unwrap_or_default();
                let is = |class: &str| self.is_of(thing, &Iri::from(class)) == Truth::True;
                if is(samos::ACCOUNT_CLASS) {
                    owners.account = Some(thing.clone());
                }
                if is(samos::SERVICE) {
                    owners.service = Some(thing.clone());
                }
                owners
            }
        }
    }

    /// May the operation be asked of the thing?
    pub(crate) fn accepts(&self, operation: &Operation, subject: &Thing) -> bool {
        if subject.is_literal() || self.is_of(subject, &operation.subject) != Truth::True {
            return false;
        }
        match &operation.provider {
            None => true,
            Some(provider) => {
                let provider = Thing::Entity(self.world.canonical(provider));
                self.owners(subject).provider.as_ref() == Some(&provider)
            }
        }
    }

    /// The thing in words.
    pub(crate) fn describe(&self, thing: &Thing) -> String {
        match thing {
            Thing::Literal(literal) => format!("`{literal}`"),
            Thing::Entity(entity) => format!("`{}`", self.world.compact(entity)),
            Thing::Symbol(Symbol { step: 0, .. }) => {
                let made = thing.as_symbol().and_then(|it| self.state.symbols.get(&it));
                let class = made.and_then(|made| made.types.first());
                let class = class.map(|class| self.world.compact(class));
                format!("the given `{}`", class.unwrap_or_default())
            }
            Thing::Symbol(symbol) if self.state.is_created(*symbol) => {
                format!("what step {} makes", symbol.step)
            }
            Thing::Symbol(symbol) => {
                format!("a value nobody knows before step {} ran", symbol.step)
            }
        }
    }
}
