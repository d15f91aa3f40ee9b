//! What the world leaves unknown, a provider knows: decided by the seed when it is first touched, and kept.

use std::collections::BTreeSet;

use samos_execution::scope::Scope;
use samos_execution::{Bindings, Cell};
use samos_model::operation::Operation;
use samos_model::text::Path;
use samos_model::value::Value;
use samos_model::vocabulary::samos;
use samos_model::world::World;
use samos_model::{Iri, Literal, Request};
use samos_verifiers::evaluation;

use crate::Simulation;
use crate::chance::Chance;
use crate::formats;

/// Paths are settled property by property; none is longer.
const LONGEST_PATH: usize = 16;

impl Simulation<'_> {
    /// Decides all that a request's precondition, effects and given paths look at.
    pub(crate) fn settle_for(
        &mut self,
        operation: &Operation,
        request: &Request,
        paths: &[&Path],
        outcomes: &Bindings,
    ) {
        for _ in 0..LONGEST_PATH {
            let open: Vec<Cell> = {
                let live = self.world();
                let scope = Scope::new(live, request, outcomes);
                let bindings =
                    evaluation::Bindings::new(operation, &request.subject, &request.arguments);
                let looked = operation
                    .precondition
                    .conjuncts
                    .iter()
                    .flat_map(|conjunct| evaluation::looked_at(&live, conjunct, &bindings, false))
                    .map(|looked| Cell::new(&looked.entity, &looked.property));
                let cells: BTreeSet<Cell> = looked
                    .chain(paths.iter().flat_map(|path| scope.cells(path)))
                    .collect();
                cells
                    .into_iter()
                    .filter(|cell| !is_framework(&cell.property))
                    .filter(|cell| !live.values(&cell.entity, &cell.property).complete)
                    .collect()
            };
            if open.is_empty() {
                return;
            }
            for cell in open {
                self.settle(&cell);
            }
        }
    }

    /// Decides what stands in a cell of which not all is known.
    fn settle(&mut self, cell: &Cell) {
        let known = self.world().values(&cell.entity, &cell.property);
        if known.complete {
            return;
        }
        let functional = self
            .world
            .property(&cell.property)
            .is_some_and(|schema| schema.functional);
        let mut members = known.members;
        if functional && members.is_empty() {
            members.extend(
                self.hidden_value(cell)
                    .filter(|value| !known.absent.contains(value)),
            );
        }
        self.state.facts.set(self.world, cell, &members, None);
    }

    fn hidden_value(&mut self, cell: &Cell) -> Option<Value> {
        let schema = self.world.property(&cell.property)?.clone();
        let mut chance = Chance::named(
            self.faults.seed,
            &[cell.entity.as_str(), cell.property.as_str()],
        );
        let range = self.narrowest(&schema.ranges)?;
        if !schema.object {
            return Some(Value::Literal(self.new_literal(
                &range,
                &cell.property,
                &mut chance,
            )));
        }
        let is_below = |class: &str| self.world.is_subtype(&range, &Iri::from(class));
        if is_below(samos::STATE) {
            let states = self.lasting_states(&range, &cell.entity);
            return chance.pick(&states).cloned().map(Value::Entity);
        }
        // A thing that holds nothing as far as anybody knows is free.
        if is_below(samos::SERVICE_INSTANCE)
            || is_below(samos::SERVICE)
            || self.state.facts.made().contains(&cell.entity)
        {
            return None;
        }
        let own = self.alike(&range, &cell.entity);
        let shared = self
            .world
            .key_of(&range)
            .is_some_and(|key| key.namespace() == samos::NAMESPACE);
        match chance.pick(&own) {
            Some(existing) if !shared => Some(Value::Entity(existing.clone())),
            _ => self
                .world
                .key_of(&range)
                .map(|_| Value::Entity(self.mint(&range, &cell.entity, None))),
        }
    }

    /// The states that last and in which a thing is of use.
    fn lasting_states(&self, range: &Iri, entity: &Iri) -> Vec<Iri> {
        let live = self.world();
        let avoided = [
            samos::ENDED,
            "https://w3id.org/samos#Failed",
            "https://w3id.org/samos#Passing",
        ]
        .map(Iri::from);
        self.alike(range, entity)
            .into_iter()
            .filter(|state| live.entity_at(state, samos::BECOMES).is_none())
            .filter(|state| !avoided.iter().any(|class| live.has_type(state, class)))
            .collect()
    }

    /// The entities of a class that are of an entity's provider and account, or of none.
    fn alike(&self, class: &Iri, entity: &Iri) -> Vec<Iri> {
        let live = self.world();
        let same =
            |own: Option<Iri>, its: Option<Iri>| own.is_none() || its.is_none() || own == its;
        live.entities_of(class)
            .into_iter()
            .filter(|other| {
                same(live.provider_of(other), live.provider_of(entity))
                    && same(live.account_of(other), live.account_of(entity))
            })
            .collect()
    }

    /// The class or datatype below all others among some.
    pub(crate) fn narrowest(&self, types: &BTreeSet<Iri>) -> Option<Iri> {
        types
            .iter()
            .find(|candidate| {
                types
                    .iter()
                    .all(|other| self.world.is_subtype(candidate, other))
            })
            .or_else(|| types.first())
            .cloned()
    }

    pub(crate) fn new_literal(
        &mut self,
        datatype: &Iri,
        hint: &Iri,
        chance: &mut Chance,
    ) -> Literal {
        let n = self.count(hint);
        let now = samos_execution::run::time(self.state.now_ms);
        formats::literal(self.world, datatype, hint, n, &now, chance)
    }

    /// A new thing of a class, which belongs where another belongs; with that key, or one made up.
    pub(crate) fn mint(&mut self, class: &Iri, beside: &Iri, given: Option<&Literal>) -> Iri {
        let mut chance = Chance::named(self.state.chance.next(), &[class.as_str()]);
        let key_property = self.world.key_of(class);
        let ranges = key_property
            .as_ref()
            .and_then(|property| self.world.property(property))
            .map(|schema| schema.ranges.clone())
            .unwrap_or_default();
        let datatype = self
            .narrowest(&ranges)
            .unwrap_or_else(|| Iri::from(samos_model::vocabulary::xsd::STRING));
        let mut attempts = 0_u32;
        let (entity, key) = loop {
            let key = match (&key_property, given) {
                (None, _) => None,
                (Some(_), Some(key)) => Some(Literal::new(key.lexical.clone(), datatype.clone())),
                (Some(property), None) => Some(self.new_literal(&datatype, property, &mut chance)),
            };
            let name = match &key {
                Some(key) => key.lexical.to_string(),
                None => format!("{}-{}", class.local().to_lowercase(), self.count(class)),
            };
            let taken_key = key.is_some() && attempts > 0 && given.is_some();
            let name = if taken_key {
                format!("{name}-{attempts}")
            } else {
                name
            };
            attempts += 1;
            let safe: String = name
                .chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() || "-._".contains(c) {
                        c
                    } else {
                        '-'
                    }
                })
                .collect();
            let entity = Iri::from(format!("{}{safe}", beside.namespace()));
            if !self.world.is_entity(&entity) && !self.state.facts.made().contains(&entity) {
                break (entity, key);
            }
        };
        self.make(&entity, class, beside, key_property.zip(key));
        entity
    }

    fn make(&mut self, entity: &Iri, class: &Iri, beside: &Iri, key: Option<(Iri, Literal)>) {
        let live = self.world();
        let owners = [
            (samos::PROVIDER, live.provider_of(beside)),
            (samos::ACCOUNT, live.account_of(beside)),
            (samos::SERVICE_OF, live.service_of(beside)),
        ];
        let facts = &mut self.state.facts;
        facts.make(self.world, entity, [class.clone()]);
        for (property, owner) in owners {
            if let Some(owner) = owner {
                facts.add(
                    self.world,
                    &Cell::new(entity, &Iri::from(property)),
                    &Value::Entity(owner),
                    None,
                );
            }
        }
        if let Some((property, key)) = key {
            facts.add(
                self.world,
                &Cell::new(entity, &property),
                &Value::Literal(key),
                None,
            );
        }
    }

    fn count(&mut self, what: &Iri) -> u64 {
        let counter = self.state.minted.entry(what.to_string()).or_default();
        *counter += 1;
        *counter - 1
    }
}

/// Who owns a thing is stated, never made up.
fn is_framework(property: &Iri) -> bool {
    [samos::PROVIDER, samos::ACCOUNT, samos::SERVICE_OF].contains(&property.as_str())
}
