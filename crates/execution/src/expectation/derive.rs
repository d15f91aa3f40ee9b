//! From the effects of an operation to expectations, read in the state before.

use std::collections::BTreeSet;

use samos_model::operation::{Kind, Operation};
use samos_model::text::{Atom, Effect, Path, Root, Term};
use samos_model::value::{Truth, Value};
use samos_model::world::World;
use samos_model::{Iri, Name, Request};

use super::judge::judge;
use super::{Expectation, Expected, Holder, Is, Listing};
use crate::facts::{Cell, Live};
use crate::scope::{Found, Scope, decimal, is_left_out, path_of};
use samos_model::reply::Bindings;

/// What will be seen once the request took effect.
#[must_use = "this makes values and changes nothing"]
pub fn expectations(live: Live<'_>, operation: &Operation, request: &Request) -> Vec<Expectation> {
    let none = Bindings::new();
    let deriving = Deriving {
        scope: Scope::new(live, request, &none),
        operation,
        request,
    };
    let mut found = Vec::new();
    for effect in effects_that_apply(operation, request) {
        deriving.effect(effect, &mut found);
    }
    for expectation in &mut found {
        let held = judge(live, expectation, &none, true) == Truth::True;
        if let Expectation::Holds { held_before, .. } = expectation {
            *held_before = held;
        }
    }
    found
}

/// The effects without those that name an optional parameter that was not given.
pub(super) fn effects_that_apply<'o>(
    operation: &'o Operation,
    request: &'o Request,
) -> impl Iterator<Item = &'o Effect> {
    operation
        .postcondition
        .iter()
        .filter(move |effect| !is_left_out(operation, request, paths_of(effect)))
}

fn paths_of(effect: &Effect) -> Vec<&Path> {
    match effect {
        Effect::Set { path, value }
        | Effect::Add { path, value }
        | Effect::Remove { path, value } => std::iter::once(path)
            .chain(value.atoms().filter_map(path_of))
            .collect(),
        Effect::Clear(path) | Effect::Renew(path) | Effect::Delete(path) => vec![path],
        Effect::Create { count, .. } => count
            .iter()
            .flat_map(|term| term.atoms().filter_map(path_of))
            .collect(),
    }
}

/// The cells that the effects change or read, as far as they are known before.
pub(crate) fn touched_cells(
    scope: &Scope<'_>,
    operation: &Operation,
    request: &Request,
) -> BTreeSet<Cell> {
    let mut cells = BTreeSet::new();
    for effect in effects_that_apply(operation, request) {
        for path in paths_of(effect) {
            cells.extend(scope.cells(path));
        }
        if let Effect::Create { outcome, .. } = effect {
            cells.extend(listing_cells(scope.live(), operation, request, outcome));
        }
    }
    cells
}

/// The listings in which what an outcome creates will appear: those the effects add it to, else those that an
/// information request reads of the subject, its service or its account.
fn listing_cells(
    live: Live<'_>,
    operation: &Operation,
    request: &Request,
    outcome: &Name,
) -> BTreeSet<Cell> {
    let none = Bindings::new();
    let scope = Scope::new(live, request, &none);
    let mut cells = BTreeSet::new();
    for effect in effects_that_apply(operation, request) {
        if let Effect::Add { path, value } | Effect::Set { path, value } = effect
            && is_variable(value.as_atom(), outcome)
            && let Some((last, before)) = path.properties.split_last()
        {
            let holders = scope.follow_from(scope.root(&path.root), before);
            cells.extend(
                holders
                    .values
                    .iter()
                    .filter_map(Value::as_entity)
                    .map(|entity| Cell::new(entity, last)),
            );
        }
    }
    let Some(of_type) = operation
        .outcome(outcome.as_str())
        .map(|outcome| &outcome.of_type)
    else {
        return cells;
    };
    if cells.is_empty() {
        for reading in live
            .operations()
            .iter()
            .filter(|reading| reading.kind == Kind::Information)
        {
            for listed in reading
                .outcomes
                .iter()
                .filter(|listed| listed.multiple && live.is_subtype(of_type, &listed.of_type))
            {
                if let Some(reads) = listed.reads.as_ref().filter(|reads| !reads.some)
                    && let [property] = reads.path.properties.as_slice()
                    && matches!(
                        reads.path.root,
                        Root::Subject | Root::Service | Root::Account
                    )
                {
                    let holders = scope.root(&reads.path.root);
                    cells.extend(
                        holders
                            .values
                            .iter()
                            .filter_map(Value::as_entity)
                            .map(|entity| Cell::new(entity, property)),
                    );
                }
            }
        }
    }
    cells
}

/// The listings that hold an entity and that information requests read. Those of a service are preferred: what leaves
/// any other may still exist.
fn listings_with(live: Live<'_>, entity: &Iri) -> BTreeSet<Cell> {
    let value = Value::Entity(live.canonical(entity));
    let properties: BTreeSet<&Iri> = live
        .base()
        .operations()
        .iter()
        .filter(|reading| reading.kind == Kind::Information)
        .flat_map(|reading| &reading.outcomes)
        .filter(|outcome| outcome.multiple)
        .filter_map(|outcome| outcome.reads.as_ref().filter(|reads| !reads.some))
        .filter_map(|reads| reads.path.properties.last())
        .filter(|property| !is_functional(live, property))
        .collect();
    let all: BTreeSet<Cell> = properties
        .into_iter()
        .flat_map(|property| {
            let holders = live.holders(property, &value);
            holders
                .into_iter()
                .map(|holder| Cell::new(&holder, property))
        })
        .filter(|cell| cell.entity != *entity)
        .collect();
    let service = Iri::from(samos_model::vocabulary::samos::SERVICE);
    let of_services: BTreeSet<Cell> = all
        .iter()
        .filter(|cell| live.has_type(&cell.entity, &service))
        .cloned()
        .collect();
    if of_services.is_empty() {
        all
    } else {
        of_services
    }
}

fn is_variable(atom: Option<&Atom>, name: &Name) -> bool {
    matches!(atom, Some(Atom::Path(Path { root: Root::Variable(variable), properties })) if variable == name && properties.is_empty())
}

/// Does the property hold at most one value?
fn is_functional(live: Live<'_>, property: &Iri) -> bool {
    live.property(property)
        .is_some_and(|schema| schema.functional)
}

struct Deriving<'a> {
    scope: Scope<'a>,
    operation: &'a Operation,
    request: &'a Request,
}

/// The right side of an effect.
enum Right<'t> {
    /// `= value`, `+= value`, `-= value`, which one being told by the function that makes the expectation.
    Term(&'t Term, Verb),
    Clear,
    Renew,
}

#[derive(Clone, Copy)]
enum Verb {
    Set,
    Add,
    Remove,
}

impl Deriving<'_> {
    fn effect(&self, effect: &Effect, found: &mut Vec<Expectation>) {
        match effect {
            Effect::Set { path, value } => self.change(path, &Right::Term(value, Verb::Set), found),
            Effect::Add { path, value } => self.change(path, &Right::Term(value, Verb::Add), found),
            Effect::Remove { path, value } => {
                self.change(path, &Right::Term(value, Verb::Remove), found)
            }
            Effect::Clear(path) => self.change(path, &Right::Clear, found),
            Effect::Renew(path) => self.change(path, &Right::Renew, found),
            Effect::Create { outcome, count } => found.push(self.created(outcome, count.as_ref())),
            Effect::Delete(path) => found.extend(
                self.scope
                    .follow(path)
                    .values
                    .into_iter()
                    .filter_map(|value| value.as_entity().cloned())
                    .map(|entity| Expectation::Gone {
                        listings: listings_with(self.scope.live(), &entity),
                        entity,
                    }),
            ),
        }
    }

    fn created(&self, outcome: &Name, count: Option<&Term>) -> Expectation {
        let live = self.scope.live();
        let count = match count {
            None => Some(1),
            Some(term) => self
                .scope
                .number(term)
                .and_then(|number| u32::try_from(number).ok()),
        };
        let of_type = self
            .operation
            .outcome(outcome.as_str())
            .map(|outcome| outcome.of_type.clone());
        let listings = listing_cells(live, self.operation, self.request, outcome)
            .into_iter()
            .filter_map(|cell| {
                let values = live.values(&cell.entity, &cell.property);
                values.complete.then_some(Listing {
                    cell,
                    before: values.members,
                })
            })
            .collect();
        Expectation::Created {
            outcome: outcome.clone(),
            count,
            of_type: of_type.unwrap_or_else(|| Iri::from("")),
            listings,
        }
    }

    /// One expectation for each holder of the path's last property.
    fn change(&self, path: &Path, right: &Right<'_>, found: &mut Vec<Expectation>) {
        let Some((property, before)) = path.properties.split_last() else {
            return;
        };
        if let Root::Variable(name) = &path.root {
            if self.request.arguments.contains_key(name) {
                for value in &self.scope.root(&path.root).values {
                    let start = Found {
                        values: BTreeSet::from([value.clone()]),
                        complete: true,
                    };
                    let holders = self.scope.follow_from(start, before);
                    self.change_holders(&holders, property, right, Some((name, value)), found);
                }
            } else if before.is_empty()
                && self.operation.creates(name.as_str())
                && let Some(is) = self.right(None, property, right, None)
            {
                found.push(holds(Holder::Outcome(name.clone()), property, is));
            }
            return;
        }
        let holders = self.scope.follow_from(self.scope.root(&path.root), before);
        self.change_holders(&holders, property, right, None, found);
    }

    fn change_holders(
        &self,
        holders: &Found,
        property: &Iri,
        right: &Right<'_>,
        element: Option<(&Name, &Value)>,
        found: &mut Vec<Expectation>,
    ) {
        for holder in holders.values.iter().filter_map(Value::as_entity) {
            if let Some(is) = self.right(Some(holder), property, right, element) {
                found.push(holds(Holder::Entity(holder.clone()), property, is));
            }
        }
    }

    /// What the property will hold; `None` where that cannot be told.
    fn right(
        &self,
        holder: Option<&Iri>,
        property: &Iri,
        right: &Right<'_>,
        element: Option<(&Name, &Value)>,
    ) -> Option<Is> {
        let live = self.scope.live();
        let before = holder.map(|holder| live.values(holder, property));
        match right {
            Right::Clear => Some(Is::Exactly(Vec::new())),
            Right::Renew => Some(Is::Renewed {
                before: before.map_or(Some(BTreeSet::new()), |values| {
                    values.complete.then_some(values.members)
                }),
            }),
            Right::Term(term, verb) => {
                let counts = !matches!(verb, Verb::Set) && is_functional(live, property);
                if counts {
                    let before = before?;
                    let old = match before.members.iter().next() {
                        Some(Value::Literal(literal)) => literal.number()?,
                        Some(Value::Entity(_)) => return None,
                        None if before.complete => 0.into(),
                        None => return None,
                    };
                    let by = self.scope.number(term)?;
                    let new = if matches!(verb, Verb::Add) {
                        old.checked_add(by)
                    } else {
                        old.checked_sub(by)
                    };
                    return Some(Is::Number(Value::Literal(decimal(new?))));
                }
                let (values, complete) = self.expected(term, element)?;
                Some(match verb {
                    Verb::Set if complete => Is::Exactly(values),
                    Verb::Set => Is::With(values),
                    Verb::Add => Is::With(values),
                    Verb::Remove => Is::Without(values),
                })
            }
        }
    }

    /// The values of a right side and whether these are all; `None` where none is known.
    fn expected(
        &self,
        term: &Term,
        element: Option<(&Name, &Value)>,
    ) -> Option<(Vec<Expected>, bool)> {
        if let Some(Atom::Path(path)) = term.as_atom()
            && let Root::Variable(name) = &path.root
        {
            if self.operation.outcome(name.as_str()).is_some()
                && !self.request.arguments.contains_key(name)
            {
                return path
                    .properties
                    .is_empty()
                    .then(|| (vec![Expected::Outcome(name.clone())], true));
            }
            if let Some((of, value)) = element
                && of == name
            {
                let start = Found {
                    values: BTreeSet::from([value.clone()]),
                    complete: true,
                };
                return known(self.scope.follow_from(start, &path.properties));
            }
        }
        known(self.scope.term(term))
    }
}

fn known(found: Found) -> Option<(Vec<Expected>, bool)> {
    let usable = found.complete || !found.values.is_empty();
    usable.then(|| {
        (
            found.values.into_iter().map(Expected::Value).collect(),
            found.complete,
        )
    })
}

fn holds(holder: Holder, property: &Iri, is: Is) -> Expectation {
    Expectation::Holds {
        holder,
        property: property.clone(),
        is,
        held_before: false,
    }
}
