//! The live world as it would look if one request had had its effects: one step ahead, no further.
//!
//! In: a world and what a request lets one expect. Out: a [`World`] that answers with the effects laid over it, carried
//! through inverses, equivalents, super- and sub-properties; what a functional property held gives way, at both ends. A
//! value that would exist without anyone knowing it is a placeholder; several things that would be made count as one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use samos_model::plan::MadeFrom;
use samos_model::{
    Bearings, FormatProblem, Iri, Lineage, Literal, Name, Observation, Operation, Property, Truth,
    Value, Values, World,
};
use samos_verifiers::effects::{
    Expectation, Holding, Operand, Place, created, is_unread, type_of_placeholder, unread,
};
use samos_verifiers::evaluation::equal;

/// An entity, a property of it and a value.
type Fact = (Iri, Iri, Value);

/// A world with effects laid over it.
pub(super) struct Supposition<'w> {
    world: &'w dyn World,
    cells: BTreeMap<(Iri, Iri), Values>,
    deleted: BTreeSet<Iri>,
    /// Was a value put somewhere that may turn out to be any other?
    vague: bool,
}

impl<'w> Supposition<'w> {
    fn now(world: &'w dyn World) -> Self {
        Self {
            world,
            cells: BTreeMap::new(),
            deleted: BTreeSet::new(),
            vague: false,
        }
    }

    /// The world after a request of that operation.
    pub(super) fn after(
        world: &'w dyn World,
        operation: &Operation,
        expected: &[Expectation],
    ) -> Self {
        let mut supposed = Self::now(world);
        let mut coming = Vec::new();
        // All that goes is gone before anything comes.
        for expectation in expected {
            match expectation {
                Expectation::Cell {
                    of,
                    property,
                    holds,
                } => {
                    let entity = match of {
                        Place::Entity(entity) => entity.clone(),
                        Place::EachOf(name) => made(operation, name),
                    };
                    coming.extend(supposed.withdraw(operation, &entity, property, holds));
                }
                Expectation::Deleted { entity } => {
                    supposed.deleted.insert(entity.clone());
                }
                Expectation::Created { .. } | Expectation::Untold => {}
            }
        }
        for fact in coming {
            supposed.add(fact);
        }
        supposed
    }

    /// The world in which one property holds exactly one other value.
    pub(super) fn with(world: &'w dyn World, entity: &Iri, property: &Iri, value: Value) -> Self {
        let mut supposed = Self::now(world);
        supposed.empty(entity, property, &BTreeSet::from([value.clone()]), false);
        supposed.add((entity.clone(), property.clone(), value));
        supposed
    }

    /// Is that no more?
    pub(super) fn is_deleted(&self, entity: &Iri) -> bool {
        self.deleted.contains(entity)
    }

    /// Takes away what goes from a property, and tells the facts that are to come.
    fn withdraw(
        &mut self,
        operation: &Operation,
        entity: &Iri,
        property: &Iri,
        holds: &Holding,
    ) -> Vec<Fact> {
        let values = |operands: &[Operand]| -> BTreeSet<Value> {
            let values = operands.iter().map(|operand| match operand {
                Operand::Value(value) => value.clone(),
                Operand::AllOf(name) => Value::Entity(made(operation, name)),
                Operand::Itself => Value::Entity(entity.clone()),
            });
            values.collect()
        };
        let coming = match holds {
            Holding::Exactly(operands) => {
                let coming = values(operands);
                self.empty(entity, property, &coming, false);
                coming
            }
            Holding::Contains(operands) => values(operands),
            Holding::Lacks(operands) => {
                for value in values(operands) {
                    self.remove((entity.clone(), property.clone(), value), true);
                }
                BTreeSet::new()
            }
            Holding::Nothing => {
                self.empty(entity, property, &BTreeSet::new(), true);
                BTreeSet::new()
            }
            Holding::Something => {
                self.empty(entity, property, &BTreeSet::new(), false);
                let schema = self.world.property(property);
                let range = schema.and_then(|schema| schema.ranges.first().cloned());
                let range = range.unwrap_or_else(|| Iri::from(""));
                BTreeSet::from([Value::Entity(unread(&range))])
            }
            Holding::Untold => {
                self.forget(entity, property);
                BTreeSet::new()
            }
        };
        let coming = coming.into_iter();
        coming
            .map(|value| (entity.clone(), property.clone(), value))
            .collect()
    }

    /// What is held there, for change.
    fn cell(&mut self, entity: &Iri, property: &Iri) -> &mut Values {
        let world = self.world;
        self.cells
            .entry((entity.clone(), property.clone()))
            .or_insert_with(|| world.values(entity, property))
    }

    fn is_held(&mut self, entity: &Iri, property: &Iri, value: &Value) -> bool {
        self.cell(entity, property).members.contains(value)
    }

    /// Leaves a property with nothing but what is to be kept, which is then all there is. What is cleared has nothing
    /// in its sub-properties either, known or not.
    fn empty(&mut self, entity: &Iri, property: &Iri, keep: &BTreeSet<Value>, cleared: bool) {
        let world = self.world;
        let schema = world.property(property);
        let below = schema.into_iter().flat_map(|schema| &schema.subs);
        let same = schema.into_iter().flat_map(|schema| &schema.equivalents);
        let kept = |value: &Value| {
            keep.contains(value)
                || keep
                    .iter()
                    .any(|keep| equal(world, keep, value) == Truth::True)
        };
        for emptied in std::iter::once(property).chain(below.clone()) {
            let gone: Vec<Value> = self.cell(entity, emptied).members.iter().cloned().collect();
            for value in gone.into_iter().filter(|value| !kept(value)) {
                self.remove((entity.clone(), emptied.clone(), value), true);
            }
        }
        if cleared {
            for below in below {
                *self.cell(entity, below) = Values::known([]);
            }
        }
        for emptied in same.chain([property]) {
            let cell = self.cell(entity, emptied);
            let members = std::mem::take(&mut cell.members);
            *cell = Values::known(members.into_iter().filter(|value| kept(value)));
        }
    }

    /// Nothing is known of a property any more, nor of what follows from it.
    fn forget(&mut self, entity: &Iri, property: &Iri) {
        let before: Vec<Value> = self
            .cell(entity, property)
            .members
            .iter()
            .cloned()
            .collect();
        for value in before {
            self.remove((entity.clone(), property.clone(), value), false);
        }
        let schema = self.world.property(property);
        let near = schema.into_iter().flat_map(|schema| {
            let other = schema.equivalents.iter().chain(&schema.subs);
            other.chain(&schema.supers)
        });
        for near in near.chain([property]) {
            self.cell(entity, near).complete = false;
            self.cell(entity, near).absent.clear();
        }
    }

    /// A fact comes, and with it what follows from it. What functional properties held gives way to it, at both ends.
    fn add(&mut self, fact: Fact) {
        let world = self.world;
        let mut all = BTreeSet::new();
        let mut waiting = vec![fact];
        while let Some(fact) = waiting.pop() {
            if all.contains(&fact) {
                continue;
            }
            if let Some(schema) = world.property(&fact.1) {
                let wider = schema.equivalents.iter().chain(&schema.supers);
                waiting.extend(wider.map(|wider| (fact.0.clone(), wider.clone(), fact.2.clone())));
                waiting.extend(other_ends(schema, &fact.0, &fact.2));
            }
            all.insert(fact);
        }
        let functional =
            |property: &Iri| world.property(property).is_some_and(|one| one.functional);
        for (entity, property, value) in all.iter().filter(|(_, property, _)| functional(property))
        {
            for old in self.cell(entity, property).members.clone() {
                if equal(world, &old, value) != Truth::True {
                    self.remove((entity.clone(), property.clone(), old), true);
                }
            }
        }
        for (entity, property, value) in all {
            self.vague |= value.as_entity().is_some_and(is_unread);
            let cell = self.cell(&entity, &property);
            if functional(&property) {
                *cell = Values::known([value]);
            } else {
                cell.absent
                    .retain(|absent| equal(world, absent, &value) != Truth::True);
                cell.members.insert(value);
            }
        }
    }

    /// A fact goes, and with it what it followed from and what only it led to. Where that is not `certain`, nobody knows
    /// whether it is gone.
    fn remove(&mut self, fact: Fact, certain: bool) {
        let world = self.world;
        let mut gone = BTreeSet::new();
        let mut waiting = vec![fact];
        while let Some(fact) = waiting.pop() {
            if gone.contains(&fact) {
                continue;
            }
            let (entity, property, value) = &fact;
            self.take(entity, property, value, certain);
            if let Some(schema) = world.property(property) {
                let narrower = schema.equivalents.iter().chain(&schema.subs);
                waiting.extend(narrower.map(|one| (entity.clone(), one.clone(), value.clone())));
                waiting.extend(other_ends(schema, entity, value));
                // Nearest first: what was held only through this one no longer counts further up.
                let above = schema.supers.iter().filter_map(|one| world.property(one));
                let mut above: Vec<&Property> = above.collect();
                above.sort_by_key(|one| one.subs.len());
                for above in above {
                    let own = |other: &Iri| {
                        other == property
                            || schema.equivalents.contains(other)
                            || schema.subs.contains(other)
                            || above.equivalents.contains(other)
                    };
                    let mut others = above.subs.iter().filter(|other| !own(other));
                    if self.is_held(entity, &above.iri, value)
                        && !others.any(|other| self.is_held(entity, other, value))
                    {
                        self.take(entity, &above.iri, value, certain);
                        waiting.extend(other_ends(above, entity, value));
                    }
                }
            }
            gone.insert(fact);
        }
    }

    /// Takes one value out of one property.
    fn take(&mut self, entity: &Iri, property: &Iri, value: &Value, certain: bool) {
        let world = self.world;
        // Only what is written in several ways, or not known yet, may be there under another name.
        let by_name = !self.vague && value.as_entity().is_some_and(|one| !is_unread(one));
        let cell = self.cell(entity, property);
        if by_name {
            cell.members.remove(value);
        } else {
            let mut unsure = false;
            cell.members.retain(|member| {
                let same = equal(world, member, value);
                unsure |= same == Truth::Unknown;
                same == Truth::False
            });
            cell.complete &= !unsure;
        }
        cell.complete &= certain;
        if certain && !cell.complete {
            cell.absent.insert(value.clone());
        }
    }
}

/// The fact seen from its other end, by each inverse of a property.
fn other_ends<'a>(
    schema: &'a Property,
    entity: &'a Iri,
    value: &'a Value,
) -> impl Iterator<Item = Fact> + 'a {
    let end = value.as_entity();
    end.into_iter().flat_map(move |end| {
        let inverses = schema.inverses.iter();
        inverses.map(move |inverse| (end.clone(), inverse.clone(), Value::Entity(entity.clone())))
    })
}

/// What stands for the things that an operation would make.
fn made(operation: &Operation, outcome: &Name) -> Iri {
    let outcome = operation.outcome(outcome.as_str());
    created(&outcome.map_or_else(|| Iri::from(""), |outcome| outcome.of_type.clone()))
}

impl World for Supposition<'_> {
    fn operations(&self) -> &[Operation] {
        self.world.operations()
    }

    fn bearings(&self) -> Arc<Bearings> {
        self.world.bearings()
    }

    fn lineage(&self) -> Arc<Lineage> {
        self.world.lineage()
    }

    fn types_below(&self, of_type: &Iri) -> Vec<Iri> {
        self.world.types_below(of_type)
    }

    fn is_subtype(&self, sub: &Iri, sup: &Iri) -> bool {
        self.world.is_subtype(sub, sup)
    }

    fn is_class(&self, iri: &Iri) -> bool {
        self.world.is_class(iri)
    }

    fn types_above(&self, of_type: &Iri) -> Vec<Iri> {
        self.world.types_above(of_type)
    }

    fn is_entity(&self, iri: &Iri) -> bool {
        !self.deleted.contains(iri)
            && (type_of_placeholder(iri).is_some() || self.world.is_entity(iri))
    }

    fn canonical(&self, entity: &Iri) -> Iri {
        self.world.canonical(entity)
    }

    fn entities_of(&self, class: &Iri) -> Vec<Iri> {
        let mut entities = self.world.entities_of(class);
        entities.retain(|entity| !self.deleted.contains(entity));
        entities
    }

    fn has_type(&self, entity: &Iri, class: &Iri) -> bool {
        match type_of_placeholder(entity) {
            Some(of_type) => self.world.is_subtype(&of_type, class),
            None => self.world.has_type(entity, class),
        }
    }

    fn types_of(&self, entity: &Iri) -> Vec<Iri> {
        match type_of_placeholder(entity) {
            Some(of_type) => vec![of_type],
            None => self.world.types_of(entity),
        }
    }

    fn values(&self, entity: &Iri, property: &Iri) -> Values {
        if self.deleted.contains(entity) {
            return Values::known([]);
        }
        let cell = (entity.clone(), property.clone());
        let mut values = match self.cells.get(&cell) {
            Some(values) => values.clone(),
            None => self.world.values(entity, property),
        };
        let gone = |value: &Value| {
            value
                .as_entity()
                .is_some_and(|entity| self.deleted.contains(entity))
        };
        values.members.retain(|value| !gone(value));
        values
    }

    fn holders(&self, property: &Iri, value: &Value) -> Vec<Iri> {
        self.world.holders(property, value)
    }

    fn property(&self, property: &Iri) -> Option<&Property> {
        self.world.property(property)
    }

    fn key_of(&self, class: &Iri) -> Option<Iri> {
        self.world.key_of(class)
    }

    fn entity_by_key(&self, class: &Iri, key: &Literal, account: Option<&Iri>) -> Option<Iri> {
        self.world.entity_by_key(class, key, account)
    }

    fn check_literal(&self, literal: &Literal, datatype: &Iri) -> Result<(), FormatProblem> {
        self.world.check_literal(literal, datatype)
    }

    fn observation(&self, entity: &Iri, property: &Iri) -> Option<Observation> {
        self.world.observation(entity, property)
    }

    fn made_from(&self) -> MadeFrom {
        self.world.made_from()
    }

    fn compact(&self, iri: &Iri) -> String {
        self.world.compact(iri)
    }
}
