//! The live world as it would look if one request had had its effects: one step ahead, no further.
//!
//! In: a world and what a request lets one expect. Out: a [`World`] that answers with the effects laid over it, carried
//! through inverses, equivalents and super-properties. A value that would exist without anyone knowing it is a
//! placeholder; several things that would be made count as one.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::plan::MadeFrom;
use samos_model::{
    FormatProblem, Iri, Literal, Name, Observation, Operation, Property, Value, Values, World,
};
use samos_verifiers::effects::{
    Expectation, Holding, Operand, Place, created, type_of_placeholder, unread,
};

/// A world with effects laid over it.
pub(super) struct Supposition<'w> {
    world: &'w dyn World,
    cells: BTreeMap<(Iri, Iri), Values>,
    deleted: BTreeSet<Iri>,
}

impl<'w> Supposition<'w> {
    /// The world after a request of that operation.
    pub(super) fn after(
        world: &'w dyn World,
        operation: &Operation,
        expected: &[Expectation],
    ) -> Self {
        let mut supposed = Self {
            world,
            cells: BTreeMap::new(),
            deleted: BTreeSet::new(),
        };
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
                    supposed.hold(operation, &entity, property, holds);
                }
                Expectation::Deleted { entity } => {
                    supposed.deleted.insert(entity.clone());
                }
                Expectation::Created { .. } | Expectation::Untold => {}
            }
        }
        supposed
    }

    /// The world in which one property holds exactly one other value.
    pub(super) fn with(world: &'w dyn World, entity: &Iri, property: &Iri, value: Value) -> Self {
        let mut supposed = Self {
            world,
            cells: BTreeMap::new(),
            deleted: BTreeSet::new(),
        };
        supposed.replace(entity, property, Values::known([value]));
        supposed
    }

    fn hold(&mut self, operation: &Operation, entity: &Iri, property: &Iri, holds: &Holding) {
        let values = |operands: &[Operand]| -> BTreeSet<Value> {
            let values = operands.iter().map(|operand| match operand {
                Operand::Value(value) => value.clone(),
                Operand::AllOf(name) => Value::Entity(made(operation, name)),
                Operand::Itself => Value::Entity(entity.clone()),
            });
            values.collect()
        };
        let mut now = self.values(entity, property);
        match holds {
            Holding::Exactly(operands) => now = Values::known(values(operands)),
            Holding::Nothing => now = Values::known([]),
            Holding::Untold => now = Values::unknown(),
            Holding::Contains(operands) => {
                for value in values(operands) {
                    now.absent.remove(&value);
                    now.members.insert(value);
                }
            }
            Holding::Lacks(operands) => {
                for value in values(operands) {
                    now.members.remove(&value);
                    now.absent.insert(value);
                }
            }
            Holding::Something => {
                let schema = self.world.property(property);
                let range = schema.and_then(|schema| schema.ranges.first().cloned());
                let range = range.unwrap_or_else(|| Iri::from(""));
                now = Values::known([Value::Entity(unread(&range))]);
            }
        }
        self.replace(entity, property, now);
    }

    /// Puts values in a cell and carries what came and went.
    fn replace(&mut self, entity: &Iri, property: &Iri, now: Values) {
        let before = self.values(entity, property);
        let added: Vec<_> = now.members.difference(&before.members).cloned().collect();
        let mut removed: BTreeSet<_> = before.members.difference(&now.members).cloned().collect();
        removed.extend(now.absent.iter().cloned());
        let emptied = now.complete && now.members.is_empty();
        self.cells
            .insert((entity.clone(), property.clone()), now.clone());
        let Some(schema) = self.world.property(property).cloned() else {
            return;
        };
        for equivalent in &schema.equivalents {
            let cell = (entity.clone(), equivalent.clone());
            self.cells.insert(cell, now.clone());
        }
        for below in &schema.subs {
            if emptied {
                let cell = (entity.clone(), below.clone());
                self.cells.insert(cell, Values::known([]));
            } else {
                self.change(entity, below, &[], &removed);
            }
        }
        for above in &schema.supers {
            self.change(entity, above, &added, &removed);
        }
        let itself = Value::Entity(entity.clone());
        let ends = std::iter::once(property)
            .chain(&schema.equivalents)
            .chain(&schema.supers);
        let inverses: BTreeSet<_> = ends
            .filter_map(|end| self.world.property(end))
            .flat_map(|end| end.inverses.iter().cloned())
            .collect();
        for inverse in &inverses {
            for value in added.iter().filter_map(Value::as_entity) {
                self.change(
                    value,
                    inverse,
                    std::slice::from_ref(&itself),
                    &BTreeSet::new(),
                );
            }
            let gone = BTreeSet::from([itself.clone()]);
            for value in removed.iter().filter_map(Value::as_entity) {
                self.change(value, inverse, &[], &gone);
            }
        }
    }

    fn change(&mut self, entity: &Iri, property: &Iri, added: &[Value], removed: &BTreeSet<Value>) {
        let mut values = self.values(entity, property);
        let functional = self
            .world
            .property(property)
            .is_some_and(|schema| schema.functional);
        for value in removed {
            values.members.remove(value);
            values.absent.insert(value.clone());
        }
        if functional && !added.is_empty() {
            values = Values::known([]);
        }
        for value in added {
            values.absent.remove(value);
            values.members.insert(value.clone());
        }
        self.cells
            .insert((entity.clone(), property.clone()), values);
    }
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
