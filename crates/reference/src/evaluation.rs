//! Hypothetical states, and what conditions are worth and effects do in them, written down sentence by sentence.
//!
//! In: a [`World`] and what has been asked so far. Out: truth values, and the state after a request.
//! Each function names the sentence of the semantics that it implements. Deliberately not here: speed, and anything
//! shared with the evaluations of `planning` and `checker`.

mod assuming;
mod carry;
mod condition;
mod effect;
mod scope;
mod waiting;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use samos_model::vocabulary::xsd;
use samos_model::{Iri, Literal, Truth, Value, World};

pub use condition::View;
pub use effect::{Progress, Touched, progress, progress_unrefined};
pub use scope::{Scope, fits, is_accepted, scope_of};
pub use waiting::Waited;

/// A value in a hypothetical state.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Thing {
    /// A known literal.
    Literal(Literal),
    /// A known entity, by the name that stands for its individual.
    Entity(Iri),
    /// A value nobody knows yet, by where it came from.
    Symbol(Arc<str>),
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(literal) => literal.fmt(f),
            Self::Entity(entity) => f.write_str(&crate::estate::short(entity)),
            Self::Symbol(name) => write!(f, "?{name}"),
        }
    }
}

/// What is known of a symbol.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Nature {
    /// A new thing, different from every other; else an opaque one, which may be any.
    pub created: bool,
    /// Its type: that of the outcome, the ranges of the property, or the class given.
    pub types: BTreeSet<Iri>,
    /// The provider, account and service of the subject of the step that made it.
    pub provider: Option<Thing>,
    /// See [`Nature::provider`].
    pub account: Option<Thing>,
    /// See [`Nature::provider`].
    pub service: Option<Thing>,
}

/// The values of one property of one thing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Cell {
    /// Certainly there.
    pub members: BTreeSet<Thing>,
    /// Certainly not there.
    pub absent: BTreeSet<Thing>,
    /// Are these all?
    pub complete: bool,
}

impl Cell {
    pub(crate) fn known(members: impl IntoIterator<Item = Thing>) -> Self {
        Self {
            members: members.into_iter().collect(),
            absent: BTreeSet::new(),
            complete: true,
        }
    }
}

/// The live world and what differs from it.
#[derive(Clone)]
pub struct State<'w> {
    /// The live world.
    pub world: &'w dyn World,
    /// What differs.
    pub cells: BTreeMap<(Thing, Iri), Cell>,
    /// What is no more.
    pub deleted: BTreeSet<Thing>,
    /// Types that follow from facts added, by domain and range.
    pub extra_types: BTreeMap<Thing, BTreeSet<Iri>>,
    /// All symbols.
    pub symbols: BTreeMap<Arc<str>, Nature>,
}

impl<'w> State<'w> {
    /// The live world as it is.
    #[must_use = "this makes a value and changes nothing"]
    pub fn live(world: &'w dyn World) -> Self {
        Self {
            world,
            cells: BTreeMap::new(),
            deleted: BTreeSet::new(),
            extra_types: BTreeMap::new(),
            symbols: BTreeMap::new(),
        }
    }

    /// A known value; `owl:sameAs` individuals are one.
    #[must_use = "reading has no other effect"]
    pub fn thing(&self, value: &Value) -> Thing {
        match value {
            Value::Literal(literal) => Thing::Literal(literal.clone()),
            Value::Entity(entity) => Thing::Entity(self.world.canonical(entity)),
        }
    }

    /// "State: (entity or symbol, property) → {members, absent, complete}, initialised lazily from `World::values`."
    #[must_use = "reading has no other effect"]
    pub fn cell(&self, thing: &Thing, property: &Iri) -> Cell {
        // "Deleted things: … their own properties read as complete empty"; "a literal member has no values".
        if self.deleted.contains(thing) || matches!(thing, Thing::Literal(_)) {
            return Cell::known([]);
        }
        let mut cell = match self.cells.get(&(thing.clone(), property.clone())) {
            Some(cell) => cell.clone(),
            None => self.initial_cell(thing, property),
        };
        // "Reading filters them out of every members set."
        cell.members.retain(|member| !self.deleted.contains(member));
        cell
    }

    fn initial_cell(&self, thing: &Thing, property: &Iri) -> Cell {
        match thing {
            Thing::Entity(entity) => {
                let values = self.world.values(entity, property);
                let things =
                    |of: &BTreeSet<Value>| of.iter().map(|value| self.thing(value)).collect();
                Cell {
                    members: things(&values.members),
                    absent: things(&values.absent),
                    complete: values.complete,
                }
            }
            // "Created symbols: everything else unknown (unless property is closed: known empty)."
            Thing::Symbol(name) => {
                let created = self.symbols.get(name).is_some_and(|nature| nature.created);
                let closed = self.world.property(property).is_some_and(|own| own.closed);
                Cell {
                    complete: created && closed,
                    ..Cell::default()
                }
            }
            Thing::Literal(_) => Cell::known([]),
        }
    }

    /// A symbol that was not there before.
    pub(crate) fn make(&mut self, name: &str, nature: Nature) -> Thing {
        let mut free = name.to_owned();
        while self.symbols.contains_key(free.as_str()) {
            free.push('\'');
        }
        let name: Arc<str> = free.into();
        self.symbols.insert(name.clone(), nature);
        Thing::Symbol(name)
    }

    /// Is the thing of that class or datatype? `Unknown` of a symbol whose type does not say.
    #[must_use = "reading has no other effect"]
    pub fn is_of(&self, thing: &Thing, of_type: &Iri) -> Truth {
        let under = |own: &Iri| self.world.is_subtype(own, of_type);
        let extra = self.extra_types.get(thing);
        if extra.is_some_and(|extra| extra.iter().any(under)) {
            return Truth::True;
        }
        match thing {
            Thing::Literal(literal) => Truth::from(under(&literal.datatype)),
            Thing::Entity(entity) => Truth::from(self.world.has_type(entity, of_type)),
            Thing::Symbol(name) => {
                let nature = self.symbols.get(name);
                if nature.is_some_and(|nature| nature.types.iter().any(under)) {
                    Truth::True
                } else {
                    Truth::Unknown
                }
            }
        }
    }

    /// "eq(a,b): literals: both have `number()` → by value; else booleans; else same lexical form … Entities: canonical
    /// IRIs equal. Entity vs literal: false. Symbol: itself true; a created symbol vs anything else false; an opaque
    /// symbol vs anything else (but a created one) unknown."
    #[must_use = "reading has no other effect"]
    pub fn equal(&self, left: &Thing, right: &Thing) -> Truth {
        let created = |name: &Arc<str>| self.symbols.get(name).is_some_and(|own| own.created);
        match (left, right) {
            (Thing::Symbol(one), Thing::Symbol(other)) if one == other => Truth::True,
            (Thing::Symbol(one), Thing::Symbol(other)) if created(one) || created(other) => {
                Truth::False
            }
            (Thing::Symbol(_), Thing::Symbol(_)) => Truth::Unknown,
            (Thing::Symbol(name), _) | (_, Thing::Symbol(name)) => {
                if created(name) {
                    Truth::False
                } else {
                    Truth::Unknown
                }
            }
            (Thing::Entity(one), Thing::Entity(other)) => Truth::from(one == other),
            (Thing::Literal(one), Thing::Literal(other)) => {
                Truth::from(self.same_literal(one, other))
            }
            (Thing::Entity(_), Thing::Literal(_)) | (Thing::Literal(_), Thing::Entity(_)) => {
                Truth::False
            }
        }
    }

    fn same_literal(&self, left: &Literal, right: &Literal) -> bool {
        if let (Some(left), Some(right)) = (left.number(), right.number()) {
            return left == right;
        }
        let boolean = |literal: &Literal| match (literal.datatype.as_str(), &*literal.lexical) {
            (xsd::BOOLEAN, "true" | "1") => Some(true),
            (xsd::BOOLEAN, "false" | "0") => Some(false),
            _ => None,
        };
        if let (Some(left), Some(right)) = (boolean(left), boolean(right)) {
            return left == right;
        }
        let is_key = |literal: &Literal| self.world.is_class(&literal.datatype);
        let related = self.world.is_subtype(&left.datatype, &right.datatype)
            || self.world.is_subtype(&right.datatype, &left.datatype);
        left.lexical == right.lexical && (related || !(is_key(left) || is_key(right)))
    }

    /// "account/service/provider from the World (a symbol inherits)."
    #[must_use = "reading has no other effect"]
    pub fn owner(&self, thing: &Thing, which: Owner) -> Option<Thing> {
        let found = match thing {
            Thing::Entity(entity) => match which {
                Owner::Provider => self.world.provider_of(entity),
                Owner::Account => self.world.account_of(entity),
                Owner::Service => self.world.service_of(entity),
            },
            Thing::Symbol(name) => {
                let nature = self.symbols.get(name)?;
                return match which {
                    Owner::Provider => nature.provider.clone(),
                    Owner::Account => nature.account.clone(),
                    Owner::Service => nature.service.clone(),
                };
            }
            Thing::Literal(_) => None,
        };
        found.map(|entity| Thing::Entity(self.world.canonical(&entity)))
    }

    /// What a symbol that a step on this subject makes inherits.
    pub(crate) fn nature_from(
        &self,
        subject: &Thing,
        created: bool,
        types: BTreeSet<Iri>,
    ) -> Nature {
        Nature {
            created,
            types,
            provider: self.owner(subject, Owner::Provider),
            account: self.owner(subject, Owner::Account),
            service: self.owner(subject, Owner::Service),
        }
    }
}

/// Whom a thing belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Owner {
    /// `samos:provider`.
    Provider,
    /// `samos:account`.
    Account,
    /// `samos:service`.
    Service,
}

#[cfg(test)]
mod tests;
