//! Holding expectations against what was observed.

use std::collections::BTreeSet;

use samos_model::operation::{Kind, Operation};
use samos_model::text::{Effect, Path, Root};
use samos_model::value::{Truth, Value};
use samos_model::vocabulary::samos;
use samos_model::world::{Observation, Values, World};
use samos_model::{Iri, Name, Request};

use super::{Expectation, Expected, Holder, Is};
use crate::facts::{Cell, Facts, Live};
use samos_model::reply::Bindings;

/// Passing states are followed no further than this.
const LONGEST_PASSAGE: usize = 8;

/// Does an expectation hold? `decisive` asks whether it proves that the request took effect: a renewed value proves
/// it only where it differs from what stood there.
#[must_use = "judging has no other effect"]
pub fn judge(
    live: Live<'_>,
    expectation: &Expectation,
    outcomes: &Bindings,
    decisive: bool,
) -> Truth {
    match expectation {
        Expectation::Holds {
            holder,
            property,
            is,
            ..
        } => {
            let holders = holders(holder, outcomes);
            if holders.is_empty() {
                return Truth::False;
            }
            holders
                .iter()
                .map(|holder| judge_one(live, holder, property, is, outcomes, decisive))
                .fold(Truth::True, Truth::and)
        }
        Expectation::Created { outcome, count, .. } => {
            let bound = outcomes.get(outcome).map_or(0, Vec::len);
            Truth::from(match count {
                Some(count) => u32::try_from(bound).is_ok_and(|bound| bound == *count),
                None => bound > 0,
            })
        }
        Expectation::Gone { entity, listings } => {
            let value = Value::Entity(live.canonical(entity));
            let is_out = |cell: &Cell| {
                let values = live.values(&cell.entity, &cell.property);
                values.complete && !values.members.contains(&value)
            };
            let unlisted = !listings.is_empty() && listings.iter().all(is_out);
            Truth::from(live.is_gone(entity) || unlisted)
        }
    }
}

fn judge_one(
    live: Live<'_>,
    holder: &Iri,
    property: &Iri,
    is: &Is,
    outcomes: &Bindings,
    decisive: bool,
) -> Truth {
    let now = live.values(holder, property);
    match is {
        Is::Exactly(expected) => {
            let Some(expected) = expand(expected, outcomes) else {
                return Truth::False;
            };
            // What exists no more has ended, whatever its last state is called.
            if live.is_gone(holder) && expected.iter().all(|value| is_end(live, value)) {
                return Truth::True;
            }
            let all = with(live, &now, &expected);
            let no_other = now
                .members
                .iter()
                .all(|member| expected.iter().any(|value| live.same(value, member)));
            all.and(if no_other { known(&now) } else { Truth::False })
        }
        Is::With(expected) => {
            expand(expected, outcomes).map_or(Truth::False, |expected| with(live, &now, &expected))
        }
        Is::Without(expected) => {
            let Some(expected) = expand(expected, outcomes) else {
                return Truth::False;
            };
            let among = |set: &BTreeSet<Value>, value: &Value| {
                set.iter().any(|member| live.same(member, value))
            };
            if expected.iter().any(|value| among(&now.members, value)) {
                Truth::False
            } else if expected.iter().all(|value| among(&now.absent, value)) {
                Truth::True
            } else {
                known(&now)
            }
        }
        Is::Number(number) => {
            if now.members.iter().any(|member| live.same(member, number)) {
                Truth::True
            } else {
                !known(&now)
            }
        }
        Is::Renewed { before } => {
            if now.members.is_empty() {
                return !known(&now);
            }
            match before {
                _ if !decisive => Truth::True,
                Some(before) => {
                    let new = now.members.iter().any(|member| !before.contains(member));
                    if new { Truth::True } else { Truth::Unknown }
                }
                None => Truth::Unknown,
            }
        }
    }
}

fn is_end(live: Live<'_>, value: &Value) -> bool {
    let ended = Iri::from(samos::ENDED);
    let state = value.as_entity();
    state.is_some_and(|state| live.has_type(state, &ended))
}

/// True where all values are known, else unknown.
fn known(values: &Values) -> Truth {
    if values.complete {
        Truth::True
    } else {
        Truth::Unknown
    }
}

fn with(live: Live<'_>, now: &Values, expected: &[Value]) -> Truth {
    expected
        .iter()
        .map(|value| {
            if now.members.iter().any(|member| live.same(member, value)) {
                Truth::True
            } else if now.absent.iter().any(|absent| live.same(absent, value)) {
                Truth::False
            } else {
                !known(now)
            }
        })
        .fold(Truth::True, Truth::and)
}

fn holders(holder: &Holder, outcomes: &Bindings) -> Vec<Iri> {
    match holder {
        Holder::Entity(entity) => vec![entity.clone()],
        Holder::Outcome(name) => outcomes
            .get(name)
            .into_iter()
            .flatten()
            .filter_map(|value| value.as_entity().cloned())
            .collect(),
    }
}

/// The expected values; `None` while an outcome among them has none.
fn expand(expected: &[Expected], outcomes: &Bindings) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    for one in expected {
        match one {
            Expected::Value(value) => values.push(value.clone()),
            Expected::Outcome(name) => values.extend(
                outcomes
                    .get(name)
                    .filter(|bound| !bound.is_empty())?
                    .iter()
                    .cloned(),
            ),
        }
    }
    Some(values)
}

/// Does a passing state stand where the expected one will?
pub(crate) fn is_underway(live: Live<'_>, expectation: &Expectation, outcomes: &Bindings) -> bool {
    let Expectation::Holds {
        holder,
        property,
        is: Is::Exactly(expected),
        ..
    } = expectation
    else {
        return false;
    };
    let Some(expected) = expand(expected, outcomes) else {
        return false;
    };
    holders(holder, outcomes).iter().any(|holder| {
        let now = live.values(holder, property);
        now.members
            .iter()
            .filter_map(Value::as_entity)
            .any(|state| passes_into(live, state, &expected))
    })
}

fn passes_into(live: Live<'_>, state: &Iri, expected: &[Value]) -> bool {
    let mut state = state.clone();
    for _ in 0..LONGEST_PASSAGE {
        let Some(next) = live.entity_at(&state, samos::BECOMES) else {
            return false;
        };
        if expected
            .iter()
            .any(|value| live.same(value, &Value::Entity(next.clone())))
        {
            return true;
        }
        state = next;
    }
    false
}

/// What to look at to see whether expectations hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Look {
    /// Cells to read.
    pub cells: BTreeSet<Cell>,
    /// Requests any answer to which shows that their subject still exists.
    pub probes: BTreeSet<Request>,
}

/// What to look at to see whether expectations hold; new individuals of a listing are looked at where an outcome has
/// no values yet.
#[must_use = "this makes values and changes nothing"]
pub fn to_confirm(live: Live<'_>, expectations: &[Expectation], outcomes: &Bindings) -> Look {
    let mut look = Look::default();
    let mut bound = outcomes.clone();
    for expectation in expectations {
        if let Expectation::Created {
            outcome, listings, ..
        } = expectation
            && bound.get(outcome).is_none_or(Vec::is_empty)
        {
            look.cells
                .extend(listings.iter().map(|listing| listing.cell.clone()));
            bound.insert(outcome.clone(), newcomers(live, expectation));
        }
    }
    for expectation in expectations {
        match expectation {
            Expectation::Holds {
                holder, property, ..
            } => {
                look.cells.extend(
                    holders(holder, &bound)
                        .iter()
                        .map(|holder| Cell::new(holder, property)),
                );
            }
            Expectation::Created { .. } => {}
            Expectation::Gone { entity, listings } if listings.is_empty() => {
                look.probes.extend(probe(live, entity))
            }
            Expectation::Gone { listings, .. } => look.cells.extend(listings.iter().cloned()),
        }
    }
    look
}

/// An information request that asks of nothing but the entity.
fn probe(live: Live<'_>, entity: &Iri) -> Option<Request> {
    live.operations_of(entity)
        .into_iter()
        .find(|operation| {
            operation.kind == Kind::Information
                && operation.precondition.is_unconditional()
                && operation
                    .parameters
                    .iter()
                    .all(|parameter| !parameter.mandatory || parameter.default.is_some())
        })
        .map(|operation| Request {
            operation: operation.iri.clone(),
            subject: entity.clone(),
            arguments: Bindings::new(),
        })
}

/// What appeared in all the listings of a created outcome, in order.
fn newcomers(live: Live<'_>, created: &Expectation) -> Vec<Value> {
    let Expectation::Created { listings, .. } = created else {
        return Vec::new();
    };
    let mut new: Option<BTreeSet<Value>> = None;
    for listing in listings {
        let now = live.values(&listing.cell.entity, &listing.cell.property);
        let appeared: BTreeSet<Value> = now.members.difference(&listing.before).cloned().collect();
        new = Some(match new {
            None => appeared,
            Some(others) => others.intersection(&appeared).cloned().collect(),
        });
    }
    new.unwrap_or_default().into_iter().collect()
}

/// Which newcomers may be what a request created: not claimed by another step, and carrying the values that the
/// effects name, as far as these can be read.
#[must_use = "judging has no other effect"]
pub fn candidates(
    live: Live<'_>,
    expectations: &[Expectation],
    outcome: &Name,
    claimed: &BTreeSet<Value>,
) -> Vec<Value> {
    let created = expectations
        .iter()
        .find(|expectation| matches!(expectation, Expectation::Created { outcome: name, .. } if name == outcome));
    let Some(created) = created else {
        return Vec::new();
    };
    newcomers(live, created)
        .into_iter()
        .filter(|value| !claimed.contains(value))
        .filter(|value| {
            let bound = Bindings::from([(outcome.clone(), vec![value.clone()])]);
            expectations
                .iter()
                .filter(|expectation| {
                    matches!(expectation, Expectation::Holds { holder: Holder::Outcome(name), .. } if name == outcome)
                })
                .all(|expectation| {
                    judge(live, expectation, &bound, false) != Truth::False || is_underway(live, expectation, &bound)
                })
        })
        .collect()
}

/// Did something appear that no other step claims and that may be what a request created? What differs from it in a property that
/// nothing changes once a thing is there was created by somebody else.
pub(crate) fn something_new(
    live: Live<'_>,
    expectations: &[Expectation],
    claimed: &BTreeSet<Value>,
) -> bool {
    let may_be = |outcome: &Name, value: &Value| {
        let bound = Bindings::from([(outcome.clone(), vec![value.clone()])]);
        !expectations.iter().any(|expectation| match expectation {
            Expectation::Holds {
                holder: Holder::Outcome(name),
                property,
                ..
            } => {
                name == outcome
                    && judge(live, expectation, &bound, false) == Truth::False
                    && is_fixed(live, property)
            }
            _ => false,
        })
    };
    let created = expectations
        .iter()
        .filter_map(|expectation| match expectation {
            Expectation::Created {
                outcome, listings, ..
            } => Some((outcome, listings)),
            _ => None,
        });
    let mut listed =
        created.flat_map(|(outcome, listings)| listings.iter().map(move |one| (outcome, one)));
    listed.any(|(outcome, listing)| {
        let now = live.values(&listing.cell.entity, &listing.cell.property);
        let mut new = now.members.difference(&listing.before);
        new.any(|value| !claimed.contains(value) && may_be(outcome, value))
    })
}

/// Does no operation change the property of a thing that it did not create itself?
fn is_fixed(world: Live<'_>, property: &Iri) -> bool {
    let Some(schema) = world.property(property) else {
        return false;
    };
    let tied = [
        &schema.equivalents,
        &schema.supers,
        &schema.subs,
        &schema.inverses,
    ];
    let is_it = |other: &Iri| other == property || tied.iter().any(|tied| tied.contains(other));
    let is_own = |operation: &Operation, path: &Path| match (&path.root, path.properties.len()) {
        (Root::Variable(name), 1) => operation.creates(name.as_str()),
        _ => false,
    };
    world.operations().iter().all(|operation| {
        let changed = operation.postcondition.iter().filter_map(Effect::changed);
        let mut elsewhere = changed.filter(|path| !is_own(operation, path));
        !elsewhere.any(|path| path.properties.last().is_some_and(is_it))
    })
}

/// Writes down what the effects say where no observation does, as seen when the operation was done.
pub fn record(
    facts: &mut Facts,
    base: &dyn World,
    expectations: &[Expectation],
    outcomes: &Bindings,
    seen: &Observation,
) {
    for expectation in expectations {
        if judge(Live::new(base, facts), expectation, outcomes, false) == Truth::True {
            if let Expectation::Gone { entity, .. } = expectation {
                facts.delete(base, entity);
            }
            continue;
        }
        match expectation {
            Expectation::Created { .. } => {}
            Expectation::Gone { entity, .. } => facts.delete(base, entity),
            Expectation::Holds {
                holder,
                property,
                is,
                ..
            } => {
                for holder in holders(holder, outcomes) {
                    record_one(
                        facts,
                        base,
                        &Cell::new(&holder, property),
                        is,
                        outcomes,
                        seen,
                    );
                }
            }
        }
    }
}

fn record_one(
    facts: &mut Facts,
    base: &dyn World,
    cell: &Cell,
    is: &Is,
    outcomes: &Bindings,
    seen: &Observation,
) {
    let seen = Some(seen);
    match is {
        Is::Exactly(expected) => {
            if let Some(values) = expand(expected, outcomes) {
                facts.set(base, cell, &values.into_iter().collect(), seen);
            }
        }
        Is::With(expected) => {
            for value in expand(expected, outcomes).unwrap_or_default() {
                facts.add(base, cell, &value, seen);
            }
        }
        Is::Without(expected) => {
            for value in expand(expected, outcomes).unwrap_or_default() {
                facts.remove(base, cell, &value, seen);
            }
        }
        Is::Number(number) => facts.set(base, cell, &BTreeSet::from([number.clone()]), seen),
        Is::Renewed { .. } => facts.forget(base, cell),
    }
}
