//! The cells that were written, and the way back from a property and a value to the entities that hold it.
//!
//! In: values as they come and go. Out: what is known of a cell; who holds a value, without looking at every cell.
//! Not here: what the base world holds, and how a change carries over to other cells.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::value::Value;
use samos_model::{Iri, Literal};
use serde::{Deserialize, Serialize, Serializer};

use super::Known;

/// What is known, by entity and property.
type Written = BTreeMap<Iri, BTreeMap<Iri, Known>>;

/// The cells, and who holds each value at a property, which follows from them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(from = "Written")]
pub(super) struct Cells {
    written: Written,
    holders: BTreeMap<Iri, BTreeMap<Value, BTreeSet<Iri>>>,
}

impl Serialize for Cells {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(to)
    }
}

impl From<Written> for Cells {
    fn from(written: Written) -> Self {
        let mut cells = Self::default();
        for (entity, properties) in written {
            for (property, known) in properties {
                let _ = cells.open(&entity, &property, || known);
            }
        }
        cells
    }
}

/// A cell that is being written. Its members change here alone, so that their holders are known.
pub(super) struct Open<'c> {
    entity: &'c Iri,
    pub(super) known: &'c mut Known,
    holders: &'c mut BTreeMap<Value, BTreeSet<Iri>>,
}

impl Open<'_> {
    /// It has a value.
    pub(super) fn put(&mut self, value: &Value) {
        self.known.absent.remove(value);
        self.known.members.insert(value.clone());
        let holders = self.holders.entry(value.clone()).or_default();
        holders.insert(self.entity.clone());
    }

    /// It has a value no more.
    pub(super) fn take(&mut self, value: &Value) {
        self.known.members.remove(value);
        if let Some(holders) = self.holders.get_mut(value) {
            holders.remove(self.entity);
            if holders.is_empty() {
                self.holders.remove(value);
            }
        }
    }
}

impl Cells {
    /// What is written of a cell.
    pub(super) fn get(&self, entity: &Iri, property: &Iri) -> Option<&Known> {
        self.written.get(entity)?.get(property)
    }

    /// All cells, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Iri, &Iri, &Known)> {
        self.written.iter().flat_map(|(entity, properties)| {
            properties
                .iter()
                .map(move |(property, known)| (entity, property, known))
        })
    }

    /// A cell to write; at the first touch it holds what was known before.
    pub(super) fn open<'c>(
        &'c mut self,
        entity: &'c Iri,
        property: &Iri,
        before: impl FnOnce() -> Known,
    ) -> Open<'c> {
        let holders = self.holders.entry(property.clone()).or_default();
        let properties = self.written.entry(entity.clone()).or_default();
        let known = properties.entry(property.clone()).or_insert_with(|| {
            let known = before();
            for value in &known.members {
                let holders = holders.entry(value.clone()).or_default();
                holders.insert(entity.clone());
            }
            known
        });
        Open {
            entity,
            known,
            holders,
        }
    }

    /// The values that some entity has at a property, with those entities.
    pub(super) fn values(&self, property: &Iri) -> impl Iterator<Item = (&Value, &BTreeSet<Iri>)> {
        self.holders.get(property).into_iter().flatten()
    }

    /// The entities that have exactly this value.
    pub(super) fn holders(&self, property: &Iri, value: &Value) -> Option<&BTreeSet<Iri>> {
        self.holders.get(property)?.get(value)
    }

    /// The entities that have a literal of these characters, whatever its datatype.
    pub(super) fn with_text(&self, property: &Iri, lexical: &str) -> BTreeSet<&Iri> {
        // Literals are in the order of their characters.
        let first = Value::Literal(Literal::new(lexical, Iri::from("")));
        let values = self.holders.get(property);
        let from_there = values.into_iter().flat_map(|it| it.range(first.clone()..));
        let is_so = |value: &Value| {
            let literal = value.as_literal();
            literal.is_some_and(|literal| &*literal.lexical == lexical)
        };
        from_there
            .take_while(|(value, _)| is_so(value))
            .flat_map(|(_, holders)| holders)
            .collect()
    }
}
