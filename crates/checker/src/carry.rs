//! Writes facts into a state and carries each through inverses, equivalents, super- and sub-properties.
//!
//! In: facts to withdraw and facts to add. Out: the changed state, and a note of every place written.
//! Not here: reading right sides; by the time anything is written here all of them have been read.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use samos_model::{Iri, Property, Truth, World};

use crate::state::{Known, Looked, Place, State, TYPES, View, schema};
use crate::thing::Thing;

/// How a place was written: may two such writes trade places?
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Write {
    /// A member was added, whatever others there are.
    Add,
    /// The place holds something else now.
    Replace,
}

/// What was written.
#[derive(Default, Debug)]
pub(crate) struct Written {
    pub(crate) places: BTreeMap<Place, Write>,
    pub(crate) deleted: BTreeSet<Thing>,
}

impl Written {
    pub(crate) fn note(&mut self, place: Place, write: Write) {
        let noted = self.places.entry(place).or_insert(write);
        *noted = (*noted).max(write);
    }
}

/// A fact: a thing, a property, a value.
type Fact = (Thing, Rc<Property>, Thing);

/// Writes into one state.
pub(crate) struct Writer<'a> {
    world: &'a dyn World,
    state: &'a mut State,
    looked: &'a Looked,
    written: &'a mut Written,
    schemas: BTreeMap<Iri, Rc<Property>>,
    /// Withdrawn, still to be withdrawn from super-properties.
    withdrawn: Vec<Fact>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(
        world: &'a dyn World,
        state: &'a mut State,
        looked: &'a Looked,
        written: &'a mut Written,
    ) -> Self {
        Self {
            world,
            state,
            looked,
            written,
            schemas: BTreeMap::new(),
            withdrawn: Vec::new(),
        }
    }

    fn schema(&mut self, property: &Iri) -> Rc<Property> {
        if let Some(schema) = self.schemas.get(property) {
            return Rc::clone(schema);
        }
        let found = Rc::new(schema(self.world, property));
        self.schemas.insert(property.clone(), Rc::clone(&found));
        found
    }

    /// The place, to be changed.
    fn open(&mut self, thing: &Thing, property: &Iri, write: Write) -> &mut Known {
        let place = (thing.clone(), property.clone());
        self.written.note(place.clone(), write);
        self.looked.things.borrow_mut().insert(thing.clone());
        if !self.state.places.contains(&place) {
            let known = self.state.raw(self.world, thing, property);
            *self.state.places.open(place.clone()) = known;
        }
        self.state.places.open(place)
    }

    /// Makes a place hold what is known of it, carrying nothing.
    pub(crate) fn learn(&mut self, thing: &Thing, property: &Iri, known: Known) {
        *self.open(thing, property, Write::Replace) = known;
    }

    /// Withdraws all values of a property but those kept, and makes it known to have no other.
    pub(crate) fn empty(&mut self, thing: &Thing, property: &Iri, kept: &BTreeSet<Thing>) {
        let schema = self.schema(property);
        let mut gone: BTreeSet<Thing> = BTreeSet::new();
        for below in std::iter::once(property).chain(&schema.subs) {
            let members = self.state.raw(self.world, thing, below).members;
            let stays = |state: &State, member: &Thing| {
                let mut kept = kept.iter();
                kept.any(|kept| state.equal(self.world, member, kept) == Truth::True)
            };
            gone.extend(members.into_iter().filter(|it| !stays(self.state, it)));
        }
        for value in &gone {
            self.withdraw(thing, property, value);
        }
        for same in std::iter::once(property).chain(&schema.equivalents) {
            self.learn(thing, same, Known::exactly([]));
        }
    }

    /// Makes a property and all below it known to be empty.
    pub(crate) fn clear(&mut self, thing: &Thing, property: &Iri) {
        self.empty(thing, property, &BTreeSet::new());
        for below in &self.schema(property).subs {
            self.learn(thing, below, Known::exactly([]));
        }
    }

    /// Withdraws one value, also from equivalents, sub-properties and inverses.
    pub(crate) fn withdraw(&mut self, thing: &Thing, property: &Iri, value: &Thing) {
        let schema = self.schema(property);
        let below = schema.equivalents.iter().chain(&schema.subs);
        for property in std::iter::once(property).chain(below) {
            self.take_both_ways(thing, property, value);
        }
        self.withdrawn.push((thing.clone(), schema, value.clone()));
    }

    /// Withdraws from super-properties what nothing else below them holds.
    pub(crate) fn settle(&mut self) {
        for (thing, property, value) in std::mem::take(&mut self.withdrawn) {
            let own = |candidate: &Iri| {
                *candidate == property.iri
                    || property.equivalents.contains(candidate)
                    || property.subs.contains(candidate)
                    || property.supers.contains(candidate)
            };
            for above in &property.supers {
                let others = &self.schema(above).subs;
                let held = others
                    .iter()
                    .filter(|other| !own(other))
                    .any(|other| self.holds(&thing, other, &value));
                // Where the super-property does not hold it, nothing says that it never did by another way.
                if !held && self.may_hold(&thing, above, &value) {
                    self.take_both_ways(&thing, above, &value);
                }
            }
        }
    }

    fn holds(&self, thing: &Thing, property: &Iri, value: &Thing) -> bool {
        let view = View {
            world: self.world,
            state: self.state,
            looked: self.looked,
        };
        let values = view.values(thing, property);
        let mut members = values.members.iter();
        members.any(|member| view.equal(member, value) == Truth::True)
    }

    fn may_hold(&self, thing: &Thing, property: &Iri, value: &Thing) -> bool {
        let members = self.state.raw(self.world, thing, property).members;
        let mut members = members.iter();
        members.any(|member| self.state.equal(self.world, member, value) != Truth::False)
    }

    fn take_both_ways(&mut self, thing: &Thing, property: &Iri, value: &Thing) {
        self.take(thing, property, value);
        if !value.is_literal() {
            for inverse in &self.schema(property).inverses {
                self.take(value, inverse, thing);
            }
        }
    }

    /// Takes a value out of one place. What may be that value is no longer known to be there.
    fn take(&mut self, thing: &Thing, property: &Iri, value: &Thing) {
        let mut known = std::mem::take(self.open(thing, property, Write::Replace));
        let (state, world) = (&*self.state, self.world);
        let mut blurred = false;
        known
            .members
            .retain(|member| match state.equal(world, member, value) {
                Truth::True => false,
                Truth::Unknown => {
                    blurred = true;
                    false
                }
                Truth::False => true,
            });
        known.complete &= !blurred;
        if !known.complete {
            known.absent.insert(value.clone());
        }
        *self.open(thing, property, Write::Replace) = known;
    }

    /// Adds one value, also to equivalents, super-properties and inverses, and gives both ends their types.
    pub(crate) fn add(&mut self, thing: &Thing, property: &Iri, value: &Thing) {
        let schema = self.schema(property);
        let above = schema.equivalents.iter().chain(&schema.supers);
        for property in std::iter::once(property).chain(above) {
            let schema = self.schema(property);
            self.put(thing, &schema, value);
            self.gain(thing, &schema.domains);
            if value.is_literal() {
                continue;
            }
            self.gain(value, &schema.ranges);
            for inverse in &schema.inverses {
                let inverse = self.schema(inverse);
                self.put(value, &inverse, thing);
            }
        }
    }

    /// Puts a value at one place; where there can be one only, in place of what was there.
    fn put(&mut self, thing: &Thing, property: &Property, value: &Thing) {
        self.looked.things.borrow_mut().insert(value.clone());
        let (world, iri) = (self.world, &property.iri);
        if !property.functional {
            let mut known = std::mem::take(self.open(thing, iri, Write::Add));
            let state = &*self.state;
            known
                .absent
                .retain(|absent| state.equal(world, absent, value) == Truth::False);
            known.members.insert(value.clone());
            *self.open(thing, iri, Write::Add) = known;
            return;
        }
        let before = std::mem::take(self.open(thing, iri, Write::Replace));
        let same = |member: &&Thing| self.state.equal(world, member, value) == Truth::True;
        let kept = before.members.iter().find(same).unwrap_or(value).clone();
        for old in before.members.iter().filter(|old| **old != kept) {
            if !old.is_literal() {
                for inverse in &property.inverses {
                    self.take(old, inverse, thing);
                }
            }
        }
        self.learn(thing, iri, Known::exactly([kept]));
    }

    /// Gives a thing types that it has not from the start.
    fn gain(&mut self, thing: &Thing, types: &BTreeSet<Iri>) {
        for class in types {
            let unchanged = State {
                symbols: thing
                    .as_symbol()
                    .and_then(|symbol| self.state.symbols.get_key_value(&symbol))
                    .map(|(symbol, made)| (*symbol, made.clone()))
                    .into_iter()
                    .collect(),
                ..State::default()
            };
            let from_the_start = View {
                world: self.world,
                state: &unchanged,
                looked: &Looked::default(),
            };
            if from_the_start.is_of(thing, class) != Truth::True {
                let gained = self.state.types.entry(thing.clone()).or_default();
                gained.insert(class.clone());
                self.written
                    .note((thing.clone(), Iri::from(TYPES)), Write::Add);
            }
        }
    }

    /// Deletes a thing.
    pub(crate) fn delete(&mut self, thing: &Thing) {
        if !thing.is_literal() {
            self.state.deleted.insert(thing.clone());
            self.written.deleted.insert(thing.clone());
            self.looked.things.borrow_mut().insert(thing.clone());
        }
    }
}
