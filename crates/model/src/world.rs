//! The one trait through which everything pure asks about the catalogue and the live world.
//!
//! In: names. Out: operations, entities, types, values (known or not) and the schema of properties. All answers are
//! fully entailed. Whoever implements it must answer the same question the same way for as long as it lives.
//! Not here: hypothetical states. Planning, checker and reference each lay their own over this.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bearings::Bearings;
use crate::lineage::Lineage;
use crate::name::Iri;
use crate::operation::Operation;
use crate::plan::MadeFrom;
use crate::value::{Literal, Value};
use crate::vocabulary::samos;

/// What is known of the values of one property of one entity.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Values {
    /// Values it certainly has.
    pub members: BTreeSet<Value>,
    /// Values it certainly has not; of use where `complete` is false.
    pub absent: BTreeSet<Value>,
    /// Are these all? If not, whether it has any other is unknown.
    pub complete: bool,
}

impl Values {
    /// All values, known.
    pub fn known(members: impl IntoIterator<Item = Value>) -> Self {
        Self {
            members: members.into_iter().collect(),
            absent: BTreeSet::new(),
            complete: true,
        }
    }

    /// Nothing is known.
    #[must_use = "this makes a value and changes nothing"]
    pub fn unknown() -> Self {
        Self::default()
    }
}

/// When and by what a fact was observed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Observation {
    /// The moment, RFC 3339 in UTC.
    pub at: String,
    /// The operation or source that saw it.
    pub source: String,
}

/// One property, compiled: all that carrying an effect through a hypothetical state needs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Property {
    /// Its IRI.
    pub iri: Iri,
    /// At most one value per entity.
    pub functional: bool,
    /// What is not stated is absent.
    pub closed: bool,
    /// Holds entities rather than literals.
    pub object: bool,
    /// Its inverses.
    pub inverses: BTreeSet<Iri>,
    /// Those equivalent to it, without itself.
    pub equivalents: BTreeSet<Iri>,
    /// All above it, transitively, without itself and its equivalents.
    pub supers: BTreeSet<Iri>,
    /// All below it, transitively, without itself and its equivalents.
    pub subs: BTreeSet<Iri>,
    /// Classes its subjects are in.
    pub domains: BTreeSet<Iri>,
    /// Classes or datatypes its values are in.
    pub ranges: BTreeSet<Iri>,
}

impl Property {
    /// A property of which nothing is declared.
    #[must_use = "this makes a value and changes nothing"]
    pub fn undeclared(iri: Iri) -> Self {
        Self {
            iri,
            functional: false,
            closed: false,
            object: true,
            inverses: BTreeSet::new(),
            equivalents: BTreeSet::new(),
            supers: BTreeSet::new(),
            subs: BTreeSet::new(),
            domains: BTreeSet::new(),
            ranges: BTreeSet::new(),
        }
    }
}

/// Why a literal does not pass a datatype.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FormatProblem {
    /// What is wrong, one sentence.
    pub message: String,
    /// What would be right: a pattern, a range, the allowed values.
    pub expected: String,
}

/// The catalogue and the live world, entailed. See the module's text.
pub trait World {
    /// All operations, by IRI.
    fn operations(&self) -> &[Operation];

    /// The operation of that IRI.
    fn operation(&self, iri: &Iri) -> Option<&Operation> {
        let operations = self.operations();
        operations
            .binary_search_by(|operation| operation.iri.cmp(iri))
            .ok()
            .and_then(|at| operations.get(at))
    }

    /// Where effects and outcomes stand among the operations.
    fn bearings(&self) -> Arc<Bearings> {
        Arc::new(Bearings::of(self.operations()))
    }

    /// Which of the types that operations name stand above which.
    fn lineage(&self) -> Arc<Lineage> {
        let bearings = self.bearings();
        Arc::new(Lineage::of(Arc::clone(&bearings), |number| {
            let above = bearings.types().get(number).map(|it| self.types_above(it));
            let above = above.into_iter().flatten();
            above
                .filter_map(|one| bearings.number(&one))
                .collect::<Vec<_>>()
        }))
    }

    /// `sub ⊑ sup`: the same, equivalent, or below. Holds of classes and of datatypes.
    fn is_subtype(&self, sub: &Iri, sup: &Iri) -> bool;

    /// Is that a class?
    fn is_class(&self, iri: &Iri) -> bool;

    /// All classes above a class or datatype, itself and its equivalents included, in order.
    fn types_above(&self, of_type: &Iri) -> Vec<Iri>;

    /// All classes below a class or datatype, itself and its equivalents included, in order, as far as operations name them.
    fn types_below(&self, of_type: &Iri) -> Vec<Iri> {
        let mut below = self.bearings().types().to_vec();
        below.retain(|one| self.is_subtype(one, of_type));
        below.sort_unstable();
        below
    }

    /// Is that an entity of the world?
    fn is_entity(&self, iri: &Iri) -> bool;

    /// The individual that stands for all those declared the same as this one.
    fn canonical(&self, entity: &Iri) -> Iri;

    /// All entities of a class, one per individual, in order.
    fn entities_of(&self, class: &Iri) -> Vec<Iri>;

    /// So many entities of a class, or all where there are fewer; always the same ones.
    fn some_entities_of(&self, class: &Iri, most: usize) -> Vec<Iri> {
        let mut some = self.entities_of(class);
        some.truncate(most);
        some
    }

    /// Is there an entity of that class at all?
    fn has_entities(&self, class: &Iri) -> bool {
        !self.some_entities_of(class, 1).is_empty()
    }

    /// Is the entity of that class?
    fn has_type(&self, entity: &Iri, class: &Iri) -> bool;

    /// The classes asserted or observed of an entity, in order.
    fn types_of(&self, entity: &Iri) -> Vec<Iri>;

    /// The values of a property. Where it is functional, one at most.
    fn values(&self, entity: &Iri, property: &Iri) -> Values;

    /// Entities of which that value of that property is known, in order.
    fn holders(&self, property: &Iri, value: &Value) -> Vec<Iri>;

    /// So many of these, or all where there are fewer; always the same ones.
    fn some_holders(&self, property: &Iri, value: &Value, most: usize) -> Vec<Iri> {
        let mut some = self.holders(property, value);
        some.truncate(most);
        some
    }

    /// The compiled schema of a property.
    fn property(&self, property: &Iri) -> Option<&Property>;

    /// The key that a class or one equivalent to it declares.
    fn key_of(&self, class: &Iri) -> Option<Iri>;

    /// The entity of a class with that key within an account; everywhere for a class shared by providers.
    fn entity_by_key(&self, class: &Iri, key: &Literal, account: Option<&Iri>) -> Option<Iri>;

    /// Does a literal pass a datatype's facets?
    ///
    /// # Errors
    /// What is wrong with it and what would be right.
    fn check_literal(&self, literal: &Literal, datatype: &Iri) -> Result<(), FormatProblem>;

    /// When and by what a fact was observed; `None` for what was asserted.
    fn observation(&self, entity: &Iri, property: &Iri) -> Option<Observation>;

    /// The digests of the knowledge and the time of the newest fact.
    fn made_from(&self) -> MadeFrom;

    /// The IRI with a declared prefix, or as it is when none fits.
    fn compact(&self, iri: &Iri) -> String;

    /// The one value of a functional property that holds an entity, when it is known.
    fn entity_at(&self, entity: &Iri, property: &str) -> Option<Iri> {
        let values = self.values(entity, &Iri::from(property));
        values
            .members
            .iter()
            .find_map(|value| value.as_entity().cloned())
    }

    /// The provider of an entity.
    fn provider_of(&self, entity: &Iri) -> Option<Iri> {
        self.entity_at(entity, samos::PROVIDER)
    }

    /// The account of an entity; an account is its own.
    fn account_of(&self, entity: &Iri) -> Option<Iri> {
        if self.has_type(entity, &Iri::from(samos::ACCOUNT_CLASS)) {
            return Some(entity.clone());
        }
        self.entity_at(entity, samos::ACCOUNT)
    }

    /// The service individual of an entity; a service is its own.
    fn service_of(&self, entity: &Iri) -> Option<Iri> {
        if self.has_type(entity, &Iri::from(samos::SERVICE)) {
            return Some(entity.clone());
        }
        self.entity_at(entity, samos::SERVICE_OF)
    }

    /// May the operation be asked of this entity: is it of the subject type, and of the operation's provider?
    fn accepts(&self, operation: &Operation, subject: &Iri) -> bool {
        self.has_type(subject, &operation.subject)
            && match (&operation.provider, self.provider_of(subject)) {
                (Some(own), Some(its)) => *own == its,
                (Some(_), None) => false,
                (None, _) => true,
            }
    }

    /// All operations that may be asked of an entity, by IRI.
    fn operations_of(&self, subject: &Iri) -> Vec<&Operation> {
        self.operations()
            .iter()
            .filter(|operation| self.accepts(operation, subject))
            .collect()
    }
}
