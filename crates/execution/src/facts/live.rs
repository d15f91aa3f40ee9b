//! A world with facts laid over it.

use std::collections::BTreeSet;
use std::sync::Arc;

use samos_model::plan::MadeFrom;
use samos_model::value::{Literal, Value};
use samos_model::vocabulary::samos;
use samos_model::world::{FormatProblem, Observation, Property, Values, World};
use samos_model::{Bearings, Iri, Lineage, Operation};

use super::{Facts, canonical, initially, same};

/// The base world as it is with the facts over it. Cheap to make, as it only borrows.
#[derive(Clone, Copy)]
pub struct Live<'a> {
    base: &'a dyn World,
    facts: &'a Facts,
}

impl std::fmt::Debug for Live<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("facts", self.facts)
            .finish_non_exhaustive()
    }
}

impl<'a> Live<'a> {
    /// Lays facts over a world.
    #[must_use = "this makes a view and changes nothing"]
    pub fn new(base: &'a dyn World, facts: &'a Facts) -> Self {
        Self { base, facts }
    }

    /// The facts.
    #[must_use = "reading has no other effect"]
    pub fn facts(&self) -> &'a Facts {
        self.facts
    }

    /// The world under the facts.
    #[must_use = "reading has no other effect"]
    pub fn base(&self) -> &'a dyn World {
        self.base
    }

    /// Are two values one?
    #[must_use = "comparing has no other effect"]
    pub fn same(&self, left: &Value, right: &Value) -> bool {
        same(self.base, self.facts, left, right)
    }

    /// Does the entity exist no more?
    #[must_use = "reading has no other effect"]
    pub fn is_gone(&self, entity: &Iri) -> bool {
        self.facts.gone.contains(&self.base.canonical(entity))
    }

    pub(super) fn exists(&self, value: &Value) -> bool {
        value
            .as_entity()
            .is_none_or(|entity| !self.facts.gone.contains(entity))
    }
}

impl World for Live<'_> {
    fn operations(&self) -> &[Operation] {
        self.base.operations()
    }

    fn bearings(&self) -> Arc<Bearings> {
        self.base.bearings()
    }

    fn lineage(&self) -> Arc<Lineage> {
        self.base.lineage()
    }

    fn types_below(&self, of_type: &Iri) -> Vec<Iri> {
        self.base.types_below(of_type)
    }

    fn operation(&self, iri: &Iri) -> Option<&Operation> {
        self.base.operation(iri)
    }

    fn is_subtype(&self, sub: &Iri, sup: &Iri) -> bool {
        self.base.is_subtype(sub, sup)
    }

    fn is_class(&self, iri: &Iri) -> bool {
        self.base.is_class(iri)
    }

    fn types_above(&self, of_type: &Iri) -> Vec<Iri> {
        self.base.types_above(of_type)
    }

    fn is_entity(&self, iri: &Iri) -> bool {
        !self.is_gone(iri) && (self.base.is_entity(iri) || self.facts.made.contains(iri))
    }

    fn canonical(&self, entity: &Iri) -> Iri {
        self.base.canonical(entity)
    }

    fn entities_of(&self, class: &Iri) -> Vec<Iri> {
        let mut entities: BTreeSet<Iri> = self.base.entities_of(class).into_iter().collect();
        for (entity, types) in &self.facts.types {
            if types
                .iter()
                .any(|of_type| self.base.is_subtype(of_type, class))
            {
                entities.insert(entity.clone());
            }
        }
        entities
            .into_iter()
            .filter(|entity| !self.facts.gone.contains(entity))
            .collect()
    }

    fn has_entities(&self, class: &Iri) -> bool {
        if !self.facts.gone.is_empty() {
            return !self.entities_of(class).is_empty();
        }
        let is_below = |of_type: &Iri| self.base.is_subtype(of_type, class);
        self.base.has_entities(class) || self.facts.types.values().flatten().any(is_below)
    }

    fn has_type(&self, entity: &Iri, class: &Iri) -> bool {
        let entity = self.base.canonical(entity);
        self.base.has_type(&entity, class)
            || self.facts.types.get(&entity).is_some_and(|types| {
                types
                    .iter()
                    .any(|of_type| self.base.is_subtype(of_type, class))
            })
    }

    fn types_of(&self, entity: &Iri) -> Vec<Iri> {
        let entity = self.base.canonical(entity);
        let mut types: BTreeSet<Iri> = self.base.types_of(&entity).into_iter().collect();
        types.extend(self.facts.types.get(&entity).into_iter().flatten().cloned());
        types.into_iter().collect()
    }

    fn values(&self, entity: &Iri, property: &Iri) -> Values {
        let entity = self.base.canonical(entity);
        if self.facts.gone.contains(&entity) {
            return Values::known([]);
        }
        let mut values = match self.facts.cell(&entity, property) {
            Some(known) => Values {
                members: known.members.clone(),
                absent: known.absent.clone(),
                complete: known.complete,
            },
            None => initially(
                self.base,
                self.facts.made.contains(&entity),
                &entity,
                property,
            ),
        };
        if !self.facts.gone.is_empty() {
            values.members.retain(|member| self.exists(member));
        }
        values
    }

    fn holders(&self, property: &Iri, value: &Value) -> Vec<Iri> {
        let mut holders: BTreeSet<Iri> = self
            .base
            .holders(property, value)
            .into_iter()
            .filter(|entity| self.facts.cell(entity, property).is_none())
            .collect();
        let cells = &self.facts.cells;
        let value = canonical(self.base, value);
        let written = cells.holders(property, &value).into_iter().flatten();
        holders.extend(written.cloned());
        // Two things are the same where their names are; only literals have to be compared, and they come first.
        let is_thing = value.as_entity().is_some();
        let alike = cells
            .values(property)
            .take_while(|(other, _)| !is_thing || other.as_entity().is_none())
            .filter(|(other, _)| self.same(other, &value));
        holders.extend(alike.flat_map(|(_, holders)| holders).cloned());
        holders
            .into_iter()
            .filter(|entity| !self.facts.gone.contains(entity))
            .collect()
    }

    fn property(&self, property: &Iri) -> Option<&Property> {
        self.base.property(property)
    }

    fn key_of(&self, class: &Iri) -> Option<Iri> {
        self.base.key_of(class)
    }

    fn entity_by_key(&self, class: &Iri, key: &Literal, account: Option<&Iri>) -> Option<Iri> {
        if let Some(entity) = self.base.entity_by_key(class, key, account)
            && !self.facts.gone.contains(&entity)
        {
            return Some(entity);
        }
        let property = self.base.key_of(class)?;
        let everywhere = property.namespace() == samos::NAMESPACE
            || self
                .base
                .types_above(class)
                .iter()
                .any(|above| is_shared(self.base, above));
        let written = self.facts.cells.with_text(&property, &key.lexical);
        written
            .into_iter()
            .filter(|entity| !self.facts.gone.contains(*entity))
            .find(|entity| {
                self.has_type(entity, class)
                    && (everywhere
                        || account.is_none_or(|account| {
                            self.account_of(entity).is_none_or(|its| its == *account)
                        }))
            })
            .cloned()
    }

    fn check_literal(&self, literal: &Literal, datatype: &Iri) -> Result<(), FormatProblem> {
        self.base.check_literal(literal, datatype)
    }

    fn observation(&self, entity: &Iri, property: &Iri) -> Option<Observation> {
        let entity = self.base.canonical(entity);
        match self.facts.cell(&entity, property) {
            Some(known) => known.seen.clone(),
            None => self.base.observation(&entity, property),
        }
    }

    fn made_from(&self) -> MadeFrom {
        self.base.made_from()
    }

    fn compact(&self, iri: &Iri) -> String {
        self.base.compact(iri)
    }
}

/// Is that a class whose keys are unique everywhere?
fn is_shared(base: &dyn World, class: &Iri) -> bool {
    base.values(class, &Iri::from(samos::SHARED))
        .members
        .iter()
        .any(|value| {
            value
                .as_literal()
                .is_some_and(|literal| matches!(&*literal.lexical, "true" | "1"))
        })
}
