//! Which information requests tell what a step needs to know, and what their answers mean.
//!
//! In: cells and a live world; answers. Out: requests; facts with time and source.
//! Not here: sending them, and deciding by them.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::operation::{Kind, Operation, Outcome};
use samos_model::text::{Path, Root};
use samos_model::value::{Truth, Value};
use samos_model::vocabulary::samos;
use samos_model::world::{Observation, World};
use samos_model::{Iri, Name, Request};
use samos_verifiers::evaluation;

use crate::expectation::touched_cells;
use crate::facts::{Cell, Facts, Live, holds_things};
use crate::scope::{Scope, is_left_out};
use samos_model::reply::Bindings;
use samos_model::reply::Outcomes;

/// Outcomes that read relative to other outcomes are followed no deeper than this.
const DEEPEST: usize = 4;

/// The operations that read each property, by property.
pub(crate) type Readers<'w> = BTreeMap<&'w Iri, Vec<(&'w Operation, &'w Outcome)>>;

/// All complete readings that operations without open parameters offer.
pub(crate) fn readers(world: &dyn World) -> Readers<'_> {
    let mut readers = Readers::new();
    for operation in world
        .operations()
        .iter()
        .filter(|operation| is_plain_reading(operation))
    {
        for outcome in &operation.outcomes {
            if let Some(property) = outcome
                .reads
                .as_ref()
                .filter(|reads| !reads.some)
                .and_then(|reads| reads.path.properties.last())
            {
                readers
                    .entry(property)
                    .or_default()
                    .push((operation, outcome));
            }
        }
    }
    readers
}

fn is_plain_reading(operation: &Operation) -> bool {
    operation.kind == Kind::Information
        && operation
            .parameters
            .iter()
            .all(|parameter| !parameter.mandatory || parameter.default.is_some())
}

/// The request that reads a cell, the plainest first; none where nothing reads it now. What only stands at the other end, as who
/// lives in a region does, is read there.
pub(crate) fn reader_of(live: Live<'_>, readers: &Readers<'_>, cell: &Cell) -> Option<Request> {
    if let Some(direct) = direct_reader_of(live, readers, cell) {
        return Some(direct);
    }
    let inverses = &live.property(&cell.property)?.inverses;
    let known = live.values(&cell.entity, &cell.property).members;
    let other_ends = known.iter().filter_map(Value::as_entity).flat_map(|other| {
        let ends = inverses.iter();
        ends.map(|inverse| Cell::new(other, inverse))
    });
    let mut readers = other_ends.filter_map(|end| direct_reader_of(live, readers, &end));
    readers.next()
}

fn direct_reader_of(live: Live<'_>, readers: &Readers<'_>, cell: &Cell) -> Option<Request> {
    let mut properties = vec![cell.property.clone()];
    if let Some(schema) = live.property(&cell.property) {
        properties.extend(schema.equivalents.iter().cloned());
    }
    let mut best: Option<(usize, Request)> = None;
    for (operation, outcome) in properties
        .iter()
        .filter_map(|property| readers.get(property))
        .flatten()
    {
        let Some(reads) = &outcome.reads else {
            continue;
        };
        let Some((_, before)) = reads.path.properties.split_last() else {
            continue;
        };
        for subject in origins(live, operation, &reads.path.root, before, &cell.entity, 0) {
            if !live.accepts(operation, &subject) || live.is_gone(&subject) {
                continue;
            }
            let request = Request {
                operation: operation.iri.clone(),
                subject,
                arguments: Bindings::new(),
            };
            let request = crate::scope::with_defaults(operation, request);
            // A reading that is refused in this state tells nothing.
            if precondition(live, operation, &request) == Truth::False {
                continue;
            }
            let plainness = operation.outcomes.len() + before.len();
            if best
                .as_ref()
                .is_none_or(|(least, known)| (plainness, &request) < (*least, known))
            {
                best = Some((plainness, request));
            }
        }
    }
    best.map(|(_, request)| request)
}

/// The subjects from which a path's root and properties lead to an entity.
fn origins(
    live: Live<'_>,
    operation: &Operation,
    root: &Root,
    properties: &[Iri],
    entity: &Iri,
    depth: usize,
) -> BTreeSet<Iri> {
    let mut here = BTreeSet::from([entity.clone()]);
    for property in properties.iter().rev() {
        here = here
            .iter()
            .flat_map(|entity| live.holders(property, &Value::Entity(entity.clone())))
            .collect();
    }
    let owned_by = |property: &str| -> BTreeSet<Iri> {
        let property = Iri::from(property);
        let owned = here
            .iter()
            .flat_map(|owner| live.holders(&property, &Value::Entity(owner.clone())));
        here.iter().cloned().chain(owned).collect()
    };
    match root {
        Root::Subject => here,
        Root::Service => owned_by(samos::SERVICE_OF),
        Root::Account => owned_by(samos::ACCOUNT),
        Root::Provider => owned_by(samos::PROVIDER),
        Root::Individual(_) => BTreeSet::new(),
        Root::Variable(name) => {
            let listed = operation
                .outcome(name.as_str())
                .and_then(|outcome| outcome.reads.as_ref());
            let Some(reads) = listed.filter(|_| depth < DEEPEST) else {
                return BTreeSet::new();
            };
            here.iter()
                .flat_map(|entity| {
                    origins(
                        live,
                        operation,
                        &reads.path.root,
                        &reads.path.properties,
                        entity,
                        depth + 1,
                    )
                })
                .collect()
        }
    }
}

/// What the precondition of a request is worth.
pub(crate) fn precondition(live: Live<'_>, operation: &Operation, request: &Request) -> Truth {
    evaluation::condition_truth(
        &live,
        &operation.precondition,
        &bindings(live, operation, request),
    )
}

/// The conjuncts of the precondition that are not true, as text, with their truth.
pub(crate) fn open_conjuncts(
    live: Live<'_>,
    operation: &Operation,
    request: &Request,
) -> Vec<(String, Truth)> {
    let bindings = bindings(live, operation, request);
    operation
        .precondition
        .conjuncts
        .iter()
        .map(|conjunct| (conjunct, evaluation::truth(&live, conjunct, &bindings)))
        .filter(|(_, truth)| *truth != Truth::True)
        .map(|(conjunct, truth)| (in_words(live, &conjunct.to_string()), truth))
        .collect()
}

/// A condition with its full names shortened, for people.
fn in_words(world: Live<'_>, text: &str) -> String {
    let mut words = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        words.push_str(before);
        match after.split_once('>') {
            Some((iri, tail)) if iri.contains(':') => {
                let iri = Iri::from(iri);
                let name = world.compact(&iri);
                // After a dot the local name alone says it.
                words.push_str(if words.ends_with('.') {
                    iri.local()
                } else {
                    &name
                });
                rest = tail;
            }
            _ => {
                words.push('<');
                rest = after;
            }
        }
    }
    words.push_str(rest);
    words
}

/// What the names in the conditions of a request stand for.
pub(crate) fn bindings(
    live: Live<'_>,
    operation: &Operation,
    request: &Request,
) -> evaluation::Bindings {
    let none = Bindings::new();
    let scope = Scope::new(live, request, &none);
    let arguments = request
        .arguments
        .keys()
        .map(|name| {
            let values = scope.root(&Root::Variable(name.clone())).values;
            (name.clone(), values.into_iter().collect())
        })
        .collect();
    evaluation::Bindings::new(operation, &request.subject, &arguments)
}

/// The cells that a precondition looks at and that the effects touch, as far as the world is known.
pub(crate) fn cells_before(
    live: Live<'_>,
    operation: &Operation,
    request: &Request,
    also: &[Path],
) -> BTreeSet<Cell> {
    let none = Bindings::new();
    let scope = Scope::new(live, request, &none);
    let bindings = bindings(live, operation, request);
    let mut cells = touched_cells(&scope, operation, request);
    for conjunct in &operation.precondition.conjuncts {
        cells.extend(
            evaluation::looked_at(&live, conjunct, &bindings, false)
                .into_iter()
                .map(|looked| Cell::new(&looked.entity, &looked.property)),
        );
    }
    for path in also
        .iter()
        .filter(|path| !is_left_out(operation, request, [*path]))
    {
        cells.extend(scope.cells(path));
    }
    cells.retain(|cell| !is_framework(&cell.property));
    cells
}

/// Who owns a thing does not change, and no operation reads it.
fn is_framework(property: &Iri) -> bool {
    [samos::PROVIDER, samos::ACCOUNT, samos::SERVICE_OF].contains(&property.as_str())
}

/// Takes an answer's outcomes into the facts and returns the values by outcome, key literals replaced by the
/// individuals they stand for.
pub fn learn(
    facts: &mut Facts,
    base: &dyn World,
    operation: &Operation,
    request: &Request,
    outcomes: &Outcomes,
    at: &str,
) -> Bindings {
    let seen = Observation {
        at: at.to_owned(),
        source: operation.iri.to_string(),
    };
    for described in &outcomes.entities {
        let entity = facts.make(base, &described.entity, described.types.iter().cloned());
        for (property, value) in &described.facts {
            facts.add(base, &Cell::new(&entity, property), value, Some(&seen));
        }
    }
    let mut bound = Bindings::new();
    for outcome in &operation.outcomes {
        let Some(values) = outcomes.values.get(&outcome.name) else {
            continue;
        };
        let values = values
            .iter()
            .map(|value| identify(facts, base, outcome, request, value, &seen))
            .collect();
        bound.insert(outcome.name.clone(), values);
    }
    for outcome in &operation.outcomes {
        if let Some(reads) = &outcome.reads {
            observe(
                facts,
                base,
                request,
                &bound,
                &outcome.name,
                &reads.path,
                reads.some,
                &seen,
            );
        }
    }
    bound
}

/// The individual that a value stands for; one that nobody knew belongs where the subject belongs.
fn identify(
    facts: &mut Facts,
    base: &dyn World,
    outcome: &Outcome,
    request: &Request,
    value: &Value,
    seen: &Observation,
) -> Value {
    let live = Live::new(base, facts);
    match value {
        Value::Literal(key) if holds_things(base, &outcome.of_type) => {
            let account = live.account_of(&request.subject);
            live.entity_by_key(&outcome.of_type, key, account.as_ref())
                .map_or_else(
                    || {
                        Value::Literal(samos_model::Literal::new(
                            key.lexical.clone(),
                            outcome.of_type.clone(),
                        ))
                    },
                    Value::Entity,
                )
        }
        Value::Literal(_) => value.clone(),
        Value::Entity(entity) => {
            if !live.is_entity(entity) || !live.has_type(entity, &outcome.of_type) {
                let is_new = !live.is_entity(entity);
                let owners = [
                    (samos::PROVIDER, live.provider_of(&request.subject)),
                    (samos::ACCOUNT, live.account_of(&request.subject)),
                    (samos::SERVICE_OF, live.service_of(&request.subject)),
                ];
                let entity = facts.make(base, entity, [outcome.of_type.clone()]);
                for (property, owner) in owners.into_iter().filter(|_| is_new) {
                    if let Some(owner) = owner {
                        facts.add(
                            base,
                            &Cell::new(&entity, &Iri::from(property)),
                            &Value::Entity(owner),
                            Some(seen),
                        );
                    }
                }
            }
            Value::Entity(base.canonical(entity))
        }
    }
}

/// One outcome's values are what stands at its path.
#[allow(
    clippy::too_many_arguments,
    reason = "one call, all of one answer's parts"
)]
fn observe(
    facts: &mut Facts,
    base: &dyn World,
    request: &Request,
    bound: &Bindings,
    outcome: &Name,
    path: &Path,
    some: bool,
    seen: &Observation,
) {
    let Some((property, before)) = path.properties.split_last() else {
        return;
    };
    let Some(values) = bound.get(outcome) else {
        return;
    };
    let mut holdings: Vec<(Iri, BTreeSet<Value>)> = Vec::new();
    let members = match &path.root {
        Root::Variable(name) if before.is_empty() => {
            bound.get(name).filter(|members| members.len() != 1)
        }
        _ => None,
    };
    if let Some(members) = members {
        // The n-th state of a listing is that of its n-th member; lists of different lengths cannot be matched.
        if members.len() == values.len() {
            for (member, value) in members.iter().zip(values) {
                holdings.extend(
                    member
                        .as_entity()
                        .map(|holder| (holder.clone(), BTreeSet::from([value.clone()]))),
                );
            }
        }
    } else if let [holder] = standing_at(base, facts, request, bound, &path.root, before).as_slice()
    {
        holdings.push((holder.clone(), values.iter().cloned().collect()));
    }
    for (holder, values) in holdings {
        let cell = Cell::new(&holder, property);
        if some {
            for value in &values {
                facts.add(base, &cell, value, Some(seen));
            }
        } else {
            facts.set(base, &cell, &values, Some(seen));
        }
    }
}

fn standing_at(
    base: &dyn World,
    facts: &Facts,
    request: &Request,
    bound: &Bindings,
    root: &Root,
    before: &[Iri],
) -> Vec<Iri> {
    let scope = Scope::new(Live::new(base, facts), request, bound);
    let found = scope.follow_from(scope.root(root), before);
    found
        .values
        .into_iter()
        .filter_map(|value| value.as_entity().cloned())
        .collect()
}

/// Does the precondition wait for something that passes by itself?
pub(crate) fn is_passing(live: Live<'_>, cells: &BTreeSet<Cell>) -> bool {
    cells.iter().any(|cell| {
        live.values(&cell.entity, &cell.property)
            .members
            .iter()
            .filter_map(Value::as_entity)
            .any(|state| live.entity_at(state, samos::BECOMES).is_some())
    })
}

/// Is the entity in a state from which nothing comes back?
pub(crate) fn is_ended(live: Live<'_>, entity: &Iri) -> bool {
    let ended = Iri::from(samos::ENDED);
    let entity = live.canonical(entity);
    live.facts()
        .cells()
        .filter(|(of, ..)| **of == entity)
        .flat_map(|(.., known)| &known.members)
        .filter_map(Value::as_entity)
        .any(|state| live.has_type(state, &ended))
}
