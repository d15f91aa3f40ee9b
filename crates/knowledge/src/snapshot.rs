//! The catalogue and the live world as they were at one moment, behind `samos-model`'s [`World`] trait.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};
use samos_model::name::Iri;
use samos_model::operation::Operation;
use samos_model::plan::MadeFrom;
use samos_model::value::{Literal, Value};
use samos_model::vocabulary::samos;
use samos_model::world::{FormatProblem, Observation, Property, Values, World};
use samos_model::{Bearings, Lineage};

use crate::catalogue::Catalogue;
use crate::digest;
use crate::store::Store;
use crate::terms::TermId;
use crate::vocabulary as v;

/// An immutable view. Making and cloning one copies no facts.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(crate) store: Store,
    pub(crate) catalogue: Arc<Catalogue>,
    /// The digest of the mappings by which operations are called, where they are.
    pub(crate) mapping: Option<String>,
    /// The classes that have an entity, found when first asked for.
    pub(crate) inhabited: Arc<OnceLock<FxHashSet<TermId>>>,
}

impl Snapshot {
    /// The properties of a local name, in order: a name is looked up however many other properties there are.
    #[must_use = "this only looks"]
    pub fn properties_named(&self, local: &str) -> &[Iri] {
        self.catalogue.properties_named(local)
    }

    /// The representative of a known entity.
    fn find(&self, iri: &Iri) -> Option<TermId> {
        self.store
            .known(iri)
            .map(|term| self.store.closure.representative(term))
    }

    fn sorted(&self, terms: impl IntoIterator<Item = TermId>) -> Vec<Iri> {
        let names: BTreeSet<Iri> = terms.into_iter().map(|term| self.store.iri(term)).collect();
        names.into_iter().collect()
    }

    /// Is the whole set of values known?
    fn is_complete(
        &self,
        entity: TermId,
        property: TermId,
        schema: Option<&Property>,
        has_any: bool,
    ) -> bool {
        if schema.is_some_and(|schema| schema.closed || (schema.functional && has_any)) {
            return true;
        }
        let store = &self.store;
        let mut same = store.closure.properties().equivalents(property);
        same.push(property);
        let names = store.closure.names(entity);
        let is_known = |name: TermId, property: TermId| match store.facts.get(name, property) {
            Some(seen) => seen.complete,
            None => {
                store.ledger.about(name, property).next().is_some()
                    || store
                        .closure
                        .facts()
                        .contains([entity, v::SAMOS_KNOWN_EMPTY, property])
            }
        };
        names
            .iter()
            .any(|name| same.iter().any(|property| is_known(*name, *property)))
    }

    fn is_datatype(&self, iri: &Iri) -> bool {
        self.catalogue.datatypes.has(iri.as_str())
    }

    /// The datatype and everything above it; nothing of what is not one.
    fn datatypes_above(&self, iri: &Iri) -> impl Iterator<Item = Iri> + use<> {
        let above = self
            .is_datatype(iri)
            .then(|| self.catalogue.datatypes.above(iri.as_str()));
        above.into_iter().flatten().map(Iri::from)
    }

    fn is_shared(&self, class: TermId) -> bool {
        let classes = self.store.closure.classes();
        classes
            .above(class)
            .filter(|above| classes.is_under(*above, class))
            .any(|same| self.store.is_true(same, v::SAMOS_SHARED))
    }
}

impl World for Snapshot {
    fn operations(&self) -> &[Operation] {
        &self.catalogue.operations
    }

    fn bearings(&self) -> Arc<Bearings> {
        Arc::clone(&self.catalogue.bearings)
    }

    fn lineage(&self) -> Arc<Lineage> {
        Arc::clone(self.catalogue.lineage.get_or_init(|| {
            let bearings = self.bearings();
            let classes = bearings.types().iter().map(|one| self.find(one));
            let classes: Vec<Option<TermId>> = classes.collect();
            let numbered = bearings.types().iter().zip(&classes).enumerate();
            // Of the names of one class it is the one that stands for it that is above others.
            let numbers: FxHashMap<TermId, usize> = numbered
                .filter_map(|(number, (iri, class))| Some((iri, (*class)?, number)))
                .filter(|(iri, class, _)| self.store.terms.text(*class) == iri.as_str())
                .map(|(_, class, number)| (class, number))
                .collect();
            let hierarchy = self.store.closure.classes();
            let above = |number: usize| {
                let class = classes.get(number).copied().flatten();
                let above = class.into_iter().flat_map(|it| hierarchy.above(it));
                let above = above.filter_map(|one| numbers.get(&one).copied());
                let above: Vec<usize> = above.collect();
                let datatypes = bearings.types().get(number);
                let datatypes = datatypes.map(|one| self.datatypes_above(one));
                let datatypes = datatypes.into_iter().flatten();
                let datatypes = datatypes.filter_map(|one| bearings.number(&one));
                let others = datatypes.filter(|one| !above.contains(one));
                let others: Vec<usize> = others.collect();
                above.into_iter().chain(others)
            };
            Arc::new(Lineage::of(Arc::clone(&bearings), above))
        }))
    }

    fn is_subtype(&self, sub: &Iri, sup: &Iri) -> bool {
        if sub == sup {
            return true;
        }
        let under =
            |sub, sup| self.store.closure.classes().is_under(sub, sup) || sup == v::OWL_THING;
        matches!((self.find(sub), self.find(sup)), (Some(sub), Some(sup)) if under(sub, sup))
            || self.datatypes_above(sub).any(|above| above == *sup)
    }

    fn is_class(&self, iri: &Iri) -> bool {
        self.find(iri).is_some_and(|term| self.store.is_class(term))
    }

    fn types_above(&self, of_type: &Iri) -> Vec<Iri> {
        let mut above: BTreeSet<Iri> = self.datatypes_above(of_type).collect();
        above.insert(of_type.clone());
        if let Some(class) = self.find(of_type) {
            let classes = self.store.closure.classes().above(class);
            above.extend(
                classes
                    .filter(|class| self.store.terms.is_iri(*class))
                    .map(|class| self.store.iri(class)),
            );
        }
        above.into_iter().collect()
    }

    fn types_below(&self, of_type: &Iri) -> Vec<Iri> {
        let named = self.bearings();
        let is_named = |one: &Iri| named.number(one).is_some();
        match self.find(of_type) {
            Some(class) if class != v::OWL_THING && !self.is_datatype(of_type) => {
                let below = self.store.closure.classes().below(class);
                let mut below = self.sorted(below);
                below.retain(is_named);
                below
            }
            _ => {
                let below = named.types().iter();
                let below = below.filter(|one| self.is_subtype(one, of_type));
                BTreeSet::from_iter(below.cloned()).into_iter().collect()
            }
        }
    }

    fn is_entity(&self, iri: &Iri) -> bool {
        self.find(iri)
            .is_some_and(|term| self.store.is_entity(term))
    }

    fn canonical(&self, entity: &Iri) -> Iri {
        self.find(entity)
            .map_or_else(|| entity.clone(), |term| self.store.iri(term))
    }

    fn entities_of(&self, class: &Iri) -> Vec<Iri> {
        self.find(class)
            .map(|class| self.sorted(self.store.closure.members(class)))
            .unwrap_or_default()
    }

    fn some_entities_of(&self, class: &Iri, most: usize) -> Vec<Iri> {
        self.find(class)
            .map(|class| self.sorted(self.store.closure.some_members(class, most)))
            .unwrap_or_default()
    }

    fn has_entities(&self, class: &Iri) -> bool {
        let closure = &self.store.closure;
        let inhabited = self.inhabited.get_or_init(|| closure.inhabited());
        self.find(class)
            .is_some_and(|class| inhabited.contains(&class))
    }

    fn has_type(&self, entity: &Iri, class: &Iri) -> bool {
        matches!((self.find(entity), self.find(class)), (Some(entity), Some(class)) if self.store.closure.has_type(entity, class))
    }

    fn types_of(&self, entity: &Iri) -> Vec<Iri> {
        let Some(entity) = self.find(entity) else {
            return Vec::new();
        };
        let stored = self.store.closure.facts().objects(entity, v::RDF_TYPE);
        self.sorted(
            stored.filter(|class| {
                self.store.terms.is_iri(*class) && *class != v::OWL_NAMED_INDIVIDUAL
            }),
        )
    }

    fn values(&self, entity: &Iri, property: &Iri) -> Values {
        let schema = self.catalogue.properties.get(property);
        let closed = schema.is_some_and(|schema| schema.closed);
        let (Some(subject), Some(predicate)) = (self.find(entity), self.find(property)) else {
            return Values {
                complete: closed,
                ..Values::default()
            };
        };
        let found = self.store.closure.facts().objects(subject, predicate);
        let mut members: BTreeSet<Value> = found.map(|value| self.store.value(value)).collect();
        let complete = self.is_complete(subject, predicate, schema, !members.is_empty());
        if schema.is_some_and(|schema| schema.functional) && members.len() > 1 {
            members = members.into_iter().take(1).collect();
        }
        Values {
            members,
            absent: BTreeSet::new(),
            complete,
        }
    }

    fn holders(&self, property: &Iri, value: &Value) -> Vec<Iri> {
        let value = self
            .store
            .known_value(value)
            .map(|term| self.store.closure.representative(term));
        let (Some(property), Some(value)) = (self.find(property), value) else {
            return Vec::new();
        };
        self.sorted(self.store.closure.facts().subjects(property, value))
    }

    fn some_holders(&self, property: &Iri, value: &Value, most: usize) -> Vec<Iri> {
        let value = self
            .store
            .known_value(value)
            .map(|term| self.store.closure.representative(term));
        let (Some(property), Some(value)) = (self.find(property), value) else {
            return Vec::new();
        };
        let holders = self.store.closure.facts().subjects(property, value);
        self.sorted(holders.take(most))
    }

    fn property(&self, property: &Iri) -> Option<&Property> {
        self.catalogue.properties.get(property)
    }

    fn key_of(&self, class: &Iri) -> Option<Iri> {
        let key = self.catalogue.key_of(&self.store, self.find(class)?)?;
        Some(self.store.iri(key))
    }

    fn entity_by_key(&self, class: &Iri, key: &Literal, account: Option<&Iri>) -> Option<Iri> {
        let class = self.find(class)?;
        let property = self.catalogue.key_of(&self.store, class)?;
        let facts = self.store.closure.facts();
        let exact = self
            .store
            .terms
            .known_literal(&key.lexical, key.datatype.as_str());
        let mut holders: Vec<TermId> = exact
            .into_iter()
            .flat_map(|literal| facts.subjects(property, literal))
            .collect();
        if holders.is_empty() {
            let alike = facts
                .matching(None, Some(property), None)
                .filter(|[_, _, value]| self.store.terms.text(*value) == &*key.lexical);
            holders = alike.map(|[holder, _, _]| holder).collect();
        }
        holders.retain(|holder| self.store.closure.has_type(*holder, class));
        let shared = self.is_shared(class);
        let names = self.sorted(holders);
        let Some(account) = account.filter(|_| !shared) else {
            return names.into_iter().next();
        };
        let owner = |entity: &Iri| self.entity_at(entity, samos::ACCOUNT);
        let own = names
            .iter()
            .find(|entity| owner(entity).as_ref() == Some(account));
        own.or_else(|| names.iter().find(|entity| owner(entity).is_none()))
            .cloned()
    }

    fn check_literal(&self, literal: &Literal, datatype: &Iri) -> Result<(), FormatProblem> {
        self.catalogue.datatypes.check(literal, datatype.as_str())
    }

    fn observation(&self, entity: &Iri, property: &Iri) -> Option<Observation> {
        let (entity, property) = (self.find(entity)?, self.find(property)?);
        let mut same = self.store.closure.properties().equivalents(property);
        same.insert(0, property);
        let names = self.store.closure.names(entity);
        names
            .iter()
            .find_map(|name| {
                same.iter()
                    .find_map(|property| self.store.facts.get(*name, *property))
            })
            .map(|seen| Observation::clone(&seen.seen))
    }

    fn made_from(&self) -> MadeFrom {
        let ontology = self
            .catalogue
            .digest
            .get_or_init(|| digest::of_ontology(&self.store))
            .clone();
        MadeFrom {
            ontology,
            mapping: self.mapping.clone(),
            facts_at: self.store.facts.newest().map(str::to_owned),
        }
    }

    fn compact(&self, iri: &Iri) -> String {
        self.catalogue.prefixes.compact(iri.as_str())
    }
}
