//! Facts laid over a world: what a run observed or caused, and the live state of a simulated provider.
//!
//! In: single writes (observe, add, remove, make, delete), carried to inverses, equivalents, super- and
//! sub-properties and types as `semantics.md` says of effects. Out: serialisable facts; [`Live`] is a [`World`] in
//! which they stand before the base's own.
//! Not here: conditions, clocks, and any writing into the store; the facade hands the facts back to `knowledge`.

mod cells;
mod live;

use std::collections::{BTreeMap, BTreeSet};

use samos_model::value::Value;
use samos_model::world::{Observation, Values, World};
use samos_model::{Iri, Literal};
use serde::{Deserialize, Serialize};

use cells::{Cells, Open};
pub use live::Live;

use crate::monitor::Changed;

/// Above every class of things.
const ENTITY: &str = "https://w3id.org/samos#Entity";
/// Above every datatype.
const RDFS_LITERAL: &str = "http://www.w3.org/2000/01/rdf-schema#Literal";

/// One property of one entity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// The entity.
    pub entity: Iri,
    /// The property.
    pub property: Iri,
}

/// What is known of one cell, in place of what the base knows.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Known {
    /// Values it has.
    pub members: BTreeSet<Value>,
    /// Values it has not, where `complete` is false.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub absent: BTreeSet<Value>,
    /// Are these all?
    pub complete: bool,
    /// When and by what it was observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Observation>,
}

/// Facts that override those of a base world, cell by cell.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    cells: Cells,
    types: BTreeMap<Iri, BTreeSet<Iri>>,
    made: BTreeSet<Iri>,
    gone: BTreeSet<Iri>,
    /// What was written since somebody asked for that.
    #[serde(skip)]
    noted: Option<Changed>,
}

impl Facts {
    /// Notes what is written from now on.
    pub fn note(&mut self) {
        self.noted = Some(Changed::default());
    }

    /// What was written since [`Facts::note`]; from now on nothing is noted.
    pub fn noted(&mut self) -> Changed {
        self.noted.take().unwrap_or_default()
    }

    /// The cells that were written, in order.
    pub fn cells(&self) -> impl Iterator<Item = (&Iri, &Iri, &Known)> {
        self.cells.iter()
    }

    /// What is written of a cell.
    #[must_use = "reading has no other effect"]
    pub fn cell(&self, entity: &Iri, property: &Iri) -> Option<&Known> {
        self.cells.get(entity, property)
    }

    /// The entities that the base does not know.
    #[must_use = "reading has no other effect"]
    pub fn made(&self) -> &BTreeSet<Iri> {
        &self.made
    }

    /// The entities that exist no more.
    #[must_use = "reading has no other effect"]
    pub fn gone(&self) -> &BTreeSet<Iri> {
        &self.gone
    }

    /// The classes added to an entity.
    #[must_use = "reading has no other effect"]
    pub fn types(&self, entity: &Iri) -> Option<&BTreeSet<Iri>> {
        self.types.get(entity)
    }

    /// An entity exists and is of these classes.
    pub fn make(
        &mut self,
        base: &dyn World,
        entity: &Iri,
        types: impl IntoIterator<Item = Iri>,
    ) -> Iri {
        let entity = base.canonical(entity);
        // What is seen again is there again.
        let was_gone = self.gone.remove(&entity);
        let is_new = !base.is_entity(&entity) && self.made.insert(entity.clone());
        if was_gone || is_new {
            self.note_thing(&entity);
        }
        for of_type in types {
            self.add_type(base, &entity, of_type);
        }
        entity
    }

    /// An entity exists no more.
    pub fn delete(&mut self, base: &dyn World, entity: &Iri) {
        let entity = base.canonical(entity);
        self.note_thing(&entity);
        self.gone.insert(entity);
    }

    fn note_thing(&mut self, entity: &Iri) {
        if let Some(noted) = &mut self.noted {
            noted.things.insert(entity.clone());
        }
    }

    /// A cell holds exactly these values.
    pub fn set(
        &mut self,
        base: &dyn World,
        cell: &Cell,
        members: &BTreeSet<Value>,
        seen: Option<&Observation>,
    ) {
        let before = Live::new(base, self).values(&cell.entity, &cell.property);
        let wanted: BTreeSet<Value> = members.iter().map(|one| canonical(base, one)).collect();
        for old in &before.members {
            if !is_among(base, self, &wanted, old) {
                self.remove(base, cell, old, seen);
            }
        }
        // What is there need not be added, and looking once tells it of all.
        let now = Live::new(base, self).values(&cell.entity, &cell.property);
        let there: BTreeSet<Value> = now.members.iter().map(|one| canonical(base, one)).collect();
        for new in members {
            if !is_among(base, self, &there, new) {
                self.add(base, cell, new, seen);
            }
        }
        self.prune_below(base, cell, members, seen);
        for property in with_equivalents(base, &cell.property) {
            self.write(base, &cell.entity, &property, |open| {
                open.known.complete = true;
                open.known.absent.clear();
                open.known.seen = seen.cloned();
            });
        }
    }

    /// A cell certainly has a value; `seen` says since when, and by what.
    pub fn add(
        &mut self,
        base: &dyn World,
        cell: &Cell,
        value: &Value,
        seen: Option<&Observation>,
    ) {
        let value = canonical(base, value);
        let live = Live::new(base, self);
        // Of what exists no more nothing is written: it would not be found again, neither here nor at its inverses.
        if live.is_gone(&cell.entity) || value.as_entity().is_some_and(|one| live.is_gone(one)) {
            return;
        }
        if !self.held(base, cell, &value).is_empty() {
            return;
        }
        let schema = base.property(&cell.property).cloned();
        if schema.as_ref().is_some_and(|schema| schema.functional) {
            let now = Live::new(base, self).values(&cell.entity, &cell.property);
            for old in &now.members {
                self.remove(base, cell, old, seen);
            }
        }
        let functional = schema.as_ref().is_some_and(|schema| schema.functional);
        self.write(base, &cell.entity, &cell.property, |open| {
            open.put(&value);
            open.known.complete |= functional;
            open.known.seen = seen.cloned();
        });
        let Some(schema) = schema else { return };
        let subject = base.canonical(&cell.entity);
        for domain in &schema.domains {
            self.add_type(base, &subject, domain.clone());
        }
        if let Value::Entity(entity) = &value {
            for range in schema
                .ranges
                .iter()
                .filter(|range| holds_things(base, range))
            {
                self.add_type(base, entity, range.clone());
            }
            for inverse in &schema.inverses {
                let back = Cell {
                    entity: entity.clone(),
                    property: inverse.clone(),
                };
                self.add(base, &back, &Value::Entity(subject.clone()), seen);
            }
        }
        for other in schema.equivalents.iter().chain(&schema.supers) {
            self.add(base, &cell.of(other), &value, seen);
        }
    }

    /// A cell certainly has not a value; `seen` says since when, and by what.
    pub fn remove(
        &mut self,
        base: &dyn World,
        cell: &Cell,
        value: &Value,
        seen: Option<&Observation>,
    ) {
        let value = canonical(base, value);
        let held = self.held(base, cell, &value);
        self.write(base, &cell.entity, &cell.property, |open| {
            if !open.known.complete {
                open.known.absent.insert(value.clone());
            }
            if !held.is_empty() {
                open.known.seen = seen.cloned();
            }
            held.iter().for_each(|member| open.take(member));
        });
        if held.is_empty() {
            return;
        }
        let Some(schema) = base.property(&cell.property).cloned() else {
            return;
        };
        for other in schema.equivalents.iter().chain(&schema.subs) {
            // A property that the entity cannot have need not be told that it has not that value.
            if self.may_have(base, &cell.entity, other) {
                self.remove(base, &cell.of(other), &value, seen);
            }
        }
        if let Value::Entity(entity) = &value {
            for inverse in &schema.inverses {
                let back = Cell {
                    entity: entity.clone(),
                    property: inverse.clone(),
                };
                let holder = Value::Entity(base.canonical(&cell.entity));
                self.remove(base, &back, &holder, seen);
            }
        }
        for upper in &schema.supers {
            if !self.asserted_elsewhere(base, &schema, upper, cell, &value) {
                self.remove(base, &cell.of(upper), &value, seen);
            }
        }
    }

    /// The members of a cell that are this value, in whatever words. A cell may list thousands, so none is copied to look.
    fn held(&self, base: &dyn World, cell: &Cell, value: &Value) -> Vec<Value> {
        let entity = base.canonical(&cell.entity);
        let live = Live::new(base, self);
        let Some(known) = self.cell(&entity, &cell.property) else {
            let now = live.values(&entity, &cell.property);
            return alike(base, self, &now.members, value).cloned().collect();
        };
        if live.is_gone(&entity) {
            return Vec::new();
        }
        let held = alike(base, self, &known.members, value);
        held.filter(|member| live.exists(member)).cloned().collect()
    }

    /// Nothing is known of a cell any more, although it has some value.
    pub fn forget(&mut self, base: &dyn World, cell: &Cell) {
        let empty = BTreeSet::new();
        self.set(base, cell, &empty, None);
        for property in with_equivalents(base, &cell.property) {
            self.write(base, &cell.entity, &property, |open| {
                open.known.complete = false;
            });
        }
    }

    fn may_have(&self, base: &dyn World, entity: &Iri, property: &Iri) -> bool {
        let live = Live::new(base, self);
        base.property(property).is_none_or(|schema| {
            let domains = &schema.domains;
            domains.iter().all(|domain| live.has_type(entity, domain))
        })
    }

    /// Does a property beside `schema`, below `upper`, hold the value too?
    fn asserted_elsewhere(
        &self,
        base: &dyn World,
        schema: &samos_model::Property,
        upper: &Iri,
        cell: &Cell,
        value: &Value,
    ) -> bool {
        let Some(above) = base.property(upper) else {
            return false;
        };
        let live = Live::new(base, self);
        above
            .subs
            .iter()
            .filter(|other| {
                **other != schema.iri
                    && !schema.subs.contains(*other)
                    && !schema.equivalents.contains(*other)
                    && !schema.supers.contains(*other)
            })
            .any(|other| {
                live.values(&cell.entity, other)
                    .members
                    .iter()
                    .any(|member| same(base, self, member, value))
            })
    }

    /// What a property holds bounds what the properties below it hold.
    fn prune_below(
        &mut self,
        base: &dyn World,
        cell: &Cell,
        members: &BTreeSet<Value>,
        seen: Option<&Observation>,
    ) {
        let Some(schema) = base.property(&cell.property).cloned() else {
            return;
        };
        for lower in &schema.subs {
            if !self.may_have(base, &cell.entity, lower) {
                continue;
            }
            let below = cell.of(lower);
            let now = Live::new(base, self).values(&below.entity, &below.property);
            for old in &now.members {
                if !members.iter().any(|new| same(base, self, old, new)) {
                    self.remove(base, &below, old, seen);
                }
            }
            if members.is_empty() {
                self.write(base, &below.entity, lower, |open| {
                    open.known.complete = true;
                });
            }
        }
    }

    fn add_type(&mut self, base: &dyn World, entity: &Iri, of_type: Iri) {
        if !Live::new(base, self).has_type(entity, &of_type) {
            self.note_thing(entity);
            self.types
                .entry(entity.clone())
                .or_default()
                .insert(of_type);
        }
    }

    /// Writes a cell; at the first touch it starts as the base knows it.
    fn write(
        &mut self,
        base: &dyn World,
        entity: &Iri,
        property: &Iri,
        change: impl FnOnce(&mut Open<'_>),
    ) {
        let entity = base.canonical(entity);
        if let Some(noted) = &mut self.noted {
            noted.cells.insert(Cell::new(&entity, property));
        }
        let made = self.made.contains(&entity);
        let mut open = self.cells.open(&entity, property, || {
            let values = initially(base, made, &entity, property);
            Known {
                members: values.members,
                absent: values.absent,
                complete: values.complete,
                seen: base.observation(&entity, property),
            }
        });
        change(&mut open);
    }
}

impl Cell {
    /// A cell.
    #[must_use = "this makes a value and changes nothing"]
    pub fn new(entity: &Iri, property: &Iri) -> Self {
        Self {
            entity: entity.clone(),
            property: property.clone(),
        }
    }

    fn of(&self, property: &Iri) -> Self {
        Self::new(&self.entity, property)
    }
}

/// Is that a class of things? A datatype may be declared like a class, but what it holds are literals.
#[must_use = "asking has no other effect"]
pub fn holds_things(world: &dyn World, of_type: &Iri) -> bool {
    let is_literal = |above: &Iri| {
        above
            .as_str()
            .starts_with(samos_model::vocabulary::xsd::NAMESPACE)
            || above.as_str() == RDFS_LITERAL
    };
    let is_of_things = || {
        world.key_of(of_type).is_some()
            || world.is_subtype(of_type, &Iri::from(ENTITY))
            || world.has_entities(of_type)
    };
    world.is_class(of_type) && !world.types_above(of_type).iter().any(is_literal) && is_of_things()
}

/// Are two values one? Numbers compare by value; a class's key literal is the individual with that key.
#[must_use = "comparing has no other effect"]
pub fn same(base: &dyn World, facts: &Facts, left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Entity(left), Value::Entity(right)) => {
            left == right || base.canonical(left) == base.canonical(right)
        }
        (Value::Literal(left), Value::Literal(right)) => same_literal(base, left, right),
        (Value::Entity(entity), Value::Literal(key))
        | (Value::Literal(key), Value::Entity(entity)) => {
            holds_things(base, &key.datatype)
                && base.key_of(&key.datatype).is_some_and(|property| {
                    Live::new(base, facts)
                        .values(entity, &property)
                        .members
                        .iter()
                        .any(|value| {
                            value
                                .as_literal()
                                .is_some_and(|literal| literal.lexical == key.lexical)
                        })
                })
        }
    }
}

/// Is one of these, by the names that things are known by first, the same?
fn is_among(base: &dyn World, facts: &Facts, all: &BTreeSet<Value>, one: &Value) -> bool {
    alike(base, facts, all, &canonical(base, one))
        .next()
        .is_some()
}

/// Which of these, by the names that things are known by first, are the same as one that is so named?
fn alike<'v>(
    base: &'v dyn World,
    facts: &'v Facts,
    all: &'v BTreeSet<Value>,
    one: &'v Value,
) -> impl Iterator<Item = &'v Value> {
    // Two things are the same where these names are. Only literals have to be compared, and they come first.
    let is_thing = one.as_entity().is_some();
    let compared = all
        .iter()
        .take_while(move |other| !is_thing || other.as_entity().is_none())
        .filter(move |other| same(base, facts, other, one));
    all.get(one)
        .filter(|_| is_thing)
        .into_iter()
        .chain(compared)
}

fn same_literal(base: &dyn World, left: &Literal, right: &Literal) -> bool {
    if left == right {
        return true;
    }
    if holds_things(base, &left.datatype) || holds_things(base, &right.datatype) {
        return left.lexical == right.lexical
            && (base.is_subtype(&left.datatype, &right.datatype)
                || base.is_subtype(&right.datatype, &left.datatype));
    }
    if let (Some(left), Some(right)) = (left.number(), right.number()) {
        return left == right;
    }
    let plain = |literal: &Literal| match &*literal.lexical {
        "1" => "true".to_owned(),
        "0" => "false".to_owned(),
        other => other.to_owned(),
    };
    let boolean =
        |literal: &Literal| literal.datatype.as_str() == samos_model::vocabulary::xsd::BOOLEAN;
    if boolean(left) && boolean(right) {
        return plain(left) == plain(right);
    }
    left.lexical == right.lexical
}

/// What the base says of a cell; of an entity it does not know, only closed properties are known.
fn initially(base: &dyn World, made: bool, entity: &Iri, property: &Iri) -> Values {
    if !made {
        return base.values(entity, property);
    }
    if base
        .property(property)
        .is_some_and(|property| property.closed)
    {
        Values::known([])
    } else {
        Values::unknown()
    }
}

fn with_equivalents(base: &dyn World, property: &Iri) -> Vec<Iri> {
    let mut all = vec![property.clone()];
    if let Some(schema) = base.property(property) {
        all.extend(schema.equivalents.iter().cloned());
    }
    all
}

fn canonical(base: &dyn World, value: &Value) -> Value {
    match value {
        Value::Entity(entity) => Value::Entity(base.canonical(entity)),
        Value::Literal(_) => value.clone(),
    }
}
