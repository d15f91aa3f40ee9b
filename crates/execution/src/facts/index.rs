//! Where a value stands: the way back from a property and a value to the entities that hold it.
//!
//! In: each value as it is written or taken away. Out: entities in order, without looking at every fact.
//! Not here: what the base world holds.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::value::Value;
use samos_model::{Iri, Literal};

/// The entities that hold each value, by property.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Index {
    holders: BTreeMap<Iri, BTreeMap<Value, BTreeSet<Iri>>>,
}

impl Index {
    pub(super) fn insert(&mut self, entity: &Iri, property: &Iri, value: &Value) {
        let values = self.holders.entry(property.clone()).or_default();
        let holders = values.entry(value.clone()).or_default();
        holders.insert(entity.clone());
    }

    pub(super) fn remove(&mut self, entity: &Iri, property: &Iri, value: &Value) {
        let Some(values) = self.holders.get_mut(property) else {
            return;
        };
        if let Some(holders) = values.get_mut(value) {
            holders.remove(entity);
            if holders.is_empty() {
                values.remove(value);
            }
        }
    }

    /// The values that some entity has at a property, with those entities.
    pub(super) fn values(
        &self,
        property: &Iri,
    ) -> impl Iterator<Item = (&Value, &BTreeSet<Iri>)> + '_ {
        self.holders.get(property).into_iter().flatten()
    }

    /// The entities that have exactly this value.
    pub(super) fn holders(&self, property: &Iri, value: &Value) -> Option<&BTreeSet<Iri>> {
        self.holders.get(property)?.get(value)
    }

    /// The entities that have a literal of these characters, whatever its datatype.
    pub(super) fn written<'i>(
        &'i self,
        property: &Iri,
        lexical: &'i str,
    ) -> impl Iterator<Item = &'i Iri> {
        // Literals are in the order of their characters.
        let first = Value::Literal(Literal::new(lexical, Iri::from("")));
        let values = self.holders.get(property);
        let from_there = values
            .into_iter()
            .flat_map(move |it| it.range(first.clone()..));
        let is_so = move |value: &Value| {
            let literal = value.as_literal();
            literal.is_some_and(|literal| &*literal.lexical == lexical)
        };
        from_there
            .take_while(move |(value, _)| is_so(value))
            .flat_map(|(_, holders)| holders)
    }
}
