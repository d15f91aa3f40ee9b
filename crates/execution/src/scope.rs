//! What the paths of a request's specification lead to, in a live world.
//!
//! In: a world, a request, and the outcomes known so far. Out: the values at a path, the cells a path passes
//! through, the number a term comes to. Everything is concrete here: no symbols.
//! Not here: the truth of conditions, which `samos-verifiers` tells.

use std::collections::BTreeSet;

use samos_model::operation::{DefaultValue, Operation};
use samos_model::reply::Bindings;
use samos_model::text::{Atom, Path, Root, Sign, Term};
use samos_model::value::{Literal, Value};
use samos_model::world::World;
use samos_model::{Decimal, Iri, Name, Request};

use crate::facts::{Cell, Live, holds_things};

/// The roots that the paths of one request may start from.
#[derive(Debug)]
pub struct Scope<'a> {
    live: Live<'a>,
    request: &'a Request,
    outcomes: &'a Bindings,
}

/// What stands at a path.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// The values, each once.
    pub values: BTreeSet<Value>,
    /// Are these certainly all?
    pub complete: bool,
}

impl<'a> Scope<'a> {
    /// The scope of a request whose defaults are filled in (see [`with_defaults`]).
    #[must_use = "this makes a view and changes nothing"]
    pub fn new(live: Live<'a>, request: &'a Request, outcomes: &'a Bindings) -> Self {
        Self {
            live,
            request,
            outcomes,
        }
    }

    /// The world it looks at.
    #[must_use = "reading has no other effect"]
    pub fn live(&self) -> Live<'a> {
        self.live
    }

    /// The values of a parameter or outcome; `None` when it has none.
    #[must_use = "reading has no other effect"]
    pub fn variable(&self, name: &Name) -> Option<&'a [Value]> {
        let bound = self
            .request
            .arguments
            .get(name)
            .or_else(|| self.outcomes.get(name))?;
        (!bound.is_empty()).then_some(bound)
    }

    /// What a root stands for.
    #[must_use = "reading has no other effect"]
    pub fn root(&self, root: &Root) -> Found {
        let subject = &self.request.subject;
        let one = |entity: Option<Iri>| Found {
            complete: entity.is_some(),
            values: entity.into_iter().map(Value::Entity).collect(),
        };
        match root {
            Root::Subject => one(Some(self.live.canonical(subject))),
            Root::Account => one(self.live.account_of(subject)),
            Root::Service => one(self.live.service_of(subject)),
            Root::Provider => one(self.live.provider_of(subject)),
            Root::Individual(iri) => one(Some(self.live.canonical(iri))),
            Root::Variable(name) => Found {
                values: self
                    .variable(name)
                    .unwrap_or_default()
                    .iter()
                    .map(|value| self.individual(value))
                    .collect(),
                complete: true,
            },
        }
    }

    /// What stands at a path.
    #[must_use = "reading has no other effect"]
    pub fn follow(&self, path: &Path) -> Found {
        self.follow_from(self.root(&path.root), &path.properties)
    }

    /// What stands at properties from a start.
    #[must_use = "reading has no other effect"]
    pub fn follow_from(&self, start: Found, properties: &[Iri]) -> Found {
        let mut found = start;
        for property in properties {
            let mut next = Found {
                values: BTreeSet::new(),
                complete: found.complete,
            };
            for value in &found.values {
                let Value::Entity(entity) = value else {
                    continue;
                };
                let values = self.live.values(entity, property);
                next.complete &= values.complete;
                next.values.extend(values.members);
            }
            found = next;
        }
        found
    }

    /// The cells that a path passes through, as far as the world is known.
    #[must_use = "reading has no other effect"]
    pub fn cells(&self, path: &Path) -> BTreeSet<Cell> {
        let mut cells = BTreeSet::new();
        let mut here = self.root(&path.root);
        for property in &path.properties {
            for value in &here.values {
                if let Value::Entity(entity) = value {
                    cells.insert(Cell::new(entity, property));
                }
            }
            here = self.follow_from(here, std::slice::from_ref(property));
        }
        cells
    }

    /// The cells that a term looks at.
    #[must_use = "reading has no other effect"]
    pub fn cells_of_term(&self, term: &Term) -> BTreeSet<Cell> {
        term.atoms()
            .filter_map(path_of)
            .flat_map(|path| self.cells(path))
            .collect()
    }

    /// What a term comes to: the values of a single atom, or the number of a sum.
    #[must_use = "reading has no other effect"]
    pub fn term(&self, term: &Term) -> Found {
        if let Some(Atom::Path(path)) = term.as_atom() {
            return self.follow(path);
        }
        if let Some(Atom::Literal(literal)) = term.as_atom() {
            return Found {
                values: BTreeSet::from([Value::Literal(literal.clone())]),
                complete: true,
            };
        }
        match self.number(term) {
            Some(number) => Found {
                values: BTreeSet::from([Value::Literal(decimal(number))]),
                complete: true,
            },
            None => Found::default(),
        }
    }

    /// The number a term comes to; `None` when an atom is no number, several, or unknown.
    #[must_use = "reading has no other effect"]
    pub fn number(&self, term: &Term) -> Option<Decimal> {
        let mut sum = self.number_of(&term.first)?;
        for (sign, atom) in &term.rest {
            let number = self.number_of(atom)?;
            sum = match sign {
                Sign::Plus => sum.checked_add(number)?,
                Sign::Minus => sum.checked_sub(number)?,
            };
        }
        Some(sum)
    }

    fn number_of(&self, atom: &Atom) -> Option<Decimal> {
        match atom {
            Atom::Literal(literal) => literal.number(),
            Atom::Count(path) => {
                if let (Root::Variable(name), true) = (&path.root, path.properties.is_empty()) {
                    return Some(Decimal::from(self.variable(name)?.len()));
                }
                let found = self.follow(path);
                found.complete.then(|| Decimal::from(found.values.len()))
            }
            Atom::Path(path) => {
                let found = self.follow(path);
                let mut values = found.values.iter();
                match (values.next(), values.next()) {
                    (Some(Value::Literal(literal)), None) => literal.number(),
                    _ => None,
                }
            }
        }
    }

    /// A key literal is the individual with that key, when there is one.
    fn individual(&self, value: &Value) -> Value {
        match value {
            Value::Literal(key) if holds_things(&self.live, &key.datatype) => {
                let account = self.live.account_of(&self.request.subject);
                self.live
                    .entity_by_key(&key.datatype, key, account.as_ref())
                    .map_or_else(|| value.clone(), Value::Entity)
            }
            Value::Literal(_) => value.clone(),
            Value::Entity(entity) => Value::Entity(self.live.canonical(entity)),
        }
    }
}

/// The path of an atom, if it has one.
#[must_use = "reading has no other effect"]
pub fn path_of(atom: &Atom) -> Option<&Path> {
    match atom {
        Atom::Literal(_) => None,
        Atom::Path(path) | Atom::Count(path) => Some(path),
    }
}

/// The variables that a path, a term or an effect names and that are optional and not given: what names one is
/// left out.
#[must_use = "reading has no other effect"]
pub fn is_left_out<'p>(
    operation: &Operation,
    request: &Request,
    paths: impl IntoIterator<Item = &'p Path>,
) -> bool {
    paths.into_iter().any(|path| match &path.root {
        Root::Variable(name) => {
            operation.parameter(name.as_str()).is_some()
                && request
                    .arguments
                    .get(name)
                    .is_none_or(|values| values.is_empty())
        }
        _ => false,
    })
}

/// The request with the defaults of its operation filled in.
#[must_use = "this returns a new request"]
pub fn with_defaults(operation: &Operation, mut request: Request) -> Request {
    for parameter in &operation.parameters {
        if let Some(default) = &parameter.default
            && request
                .arguments
                .get(&parameter.name)
                .is_none_or(Vec::is_empty)
        {
            let value = match default {
                DefaultValue::Literal(literal) => Value::Literal(literal.clone()),
                DefaultValue::Individual(iri) => Value::Entity(iri.clone()),
            };
            request
                .arguments
                .insert(parameter.name.clone(), vec![value]);
        }
    }
    request
}

/// A number as a literal: an integer where it is whole.
#[must_use = "this makes a value and changes nothing"]
pub fn decimal(number: Decimal) -> Literal {
    let number = number.normalize();
    let datatype = if number.is_integer() {
        samos_model::vocabulary::xsd::INTEGER
    } else {
        samos_model::vocabulary::xsd::DECIMAL
    };
    Literal::new(number.to_string(), datatype)
}
