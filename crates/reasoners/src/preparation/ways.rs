//! The options of one finding: where a missing value could come from, and what would make a condition true.
//!
//! In: a finding of one operation and what it is about. Out: the finding with its options, best first: what is at hand,
//! what only reads, what passes by itself, what is ready, then the rest; long lists are cut and the rest is counted.

use std::collections::BTreeMap;

use samos_model::plan::PlanValue;
use samos_model::request::Way;
use samos_model::vocabulary::samos;
use samos_model::{
    Conjunct, Iri, Operation, Parameter, RequestFinding, Supplied, SuppliedValue, Truth, Value,
    World,
};
use samos_verifiers::evaluation::{Looked, looked_at};
use samos_verifiers::reaching::Reach;
use samos_verifiers::{Bindings, Concern, Manner, Verification, parameters, supplied_by, truth};

use super::makers::{Asked, makers};
use super::supposition::Supposition;
use super::{Search, as_given};

/// Subjects that are tried for one operation that gives a value.
pub(super) const TRIED: usize = 8;
/// Passing states that are followed one after another.
const PASSED: usize = 4;

/// Adds the options of what a finding is about.
pub(super) fn add_options(
    search: &mut Search<'_>,
    operation: &Operation,
    verification: &Verification,
    concern: &Concern,
    finding: &mut RequestFinding,
) {
    match concern {
        Concern::Request | Concern::Effect(_) => {}
        Concern::Parameter(name) => {
            if let Some(parameter) = operation.parameter(name.as_str()) {
                for_parameter(search, operation, parameter, verification, finding);
            }
        }
        Concern::Conjunct(place) => {
            if let Some(conjunct) = operation.precondition.conjuncts.get(*place) {
                for_conjunct(search, operation, conjunct, verification, finding);
            }
        }
    }
}

fn for_parameter(
    search: &mut Search<'_>,
    operation: &Operation,
    parameter: &Parameter,
    verification: &Verification,
    finding: &mut RequestFinding,
) {
    let (entered, given): (Vec<_>, Vec<_>) = std::mem::take(&mut finding.options)
        .into_iter()
        .partition(|way| matches!(way, Way::Enter { .. }));
    let mut uses = given;
    uses.extend(at_hand(search, parameter, verification));
    let mut more = Vec::new();
    let (live, rest) = live(search, parameter, &uses);
    uses.extend(live);
    if rest > 0 {
        more.push(format!("{rest} more known ones fit"));
    }
    let (calls, rest) = givers(search, operation, parameter);
    if rest > 0 {
        more.push(format!("{rest} more requests give one"));
    }
    finding.options = uses;
    finding.options.extend(calls);
    finding.options.extend(entered);
    if !more.is_empty() {
        finding.help = format!("{}; {}", finding.help, more.join("; "));
    }
}

/// Arguments at hand that fit and were not used: because two parameters want them, or they only may fit.
fn at_hand(search: &Search<'_>, parameter: &Parameter, verification: &Verification) -> Vec<Way> {
    let world = search.world();
    let account = world.account_of(&search.subject);
    let mut ways = Vec::new();
    for one in &verification.unused {
        let value = match &one.value {
            SuppliedValue::Value(value) => value.clone(),
            SuppliedValue::Text(text) => {
                let known = parameters::individual(world, &parameter.of_type, text, None);
                match known {
                    Some(entity) => Value::Entity(entity),
                    None => continue,
                }
            }
        };
        if let Some(fit) = parameters::fits(world, parameter, &value, account.as_ref()) {
            ways.push((fit, value, as_given(world, one)));
        }
    }
    ways.sort();
    ways.into_iter()
        .map(|(fit, value, given)| Way::Use {
            value: PlanValue::known(&value),
            fit,
            from: format!("at hand as `{given}`"),
        })
        .collect()
}

/// Known live entities that fit, those of the subject's account first, and how many more there are.
fn live(search: &mut Search<'_>, parameter: &Parameter, listed: &[Way]) -> (Vec<Way>, usize) {
    let world = search.world();
    if !world.is_class(&parameter.of_type) {
        return (Vec::new(), 0);
    }
    let account = world.account_of(&search.subject);
    let entities = own_entities(search, &parameter.of_type);
    let mut fitting = Vec::new();
    for entity in entities {
        let Some(fit) = parameters::entity_fit(world, &entity, &parameter.of_type) else {
            continue;
        };
        let other = world.account_of(&entity) != account;
        fitting.push((other, fit, entity));
    }
    fitting.sort();
    let ways = fitting.into_iter().map(|(_, fit, entity)| Way::Use {
        value: PlanValue::Entity { entity },
        fit,
        from: "known".to_owned(),
    });
    let listed = |way: &Way| match way {
        Way::Use { value, .. } => listed
            .iter()
            .any(|one| matches!(one, Way::Use { value: other, .. } if other == value)),
        _ => false,
    };
    cut(
        ways.filter(|way| !listed(way)).collect(),
        search.limits.answers,
    )
}

/// The live entities of a class that are of the subject's provider, looked up once per call.
fn own_entities(search: &mut Search<'_>, class: &Iri) -> Vec<Iri> {
    if let Some(entities) = search.entities.get(class) {
        return entities.clone();
    }
    let mut own = Vec::new();
    for entity in search.world().entities_of(class) {
        if !search.consider() {
            break;
        }
        if search.catalogue.is_own(&entity) {
            own.push(entity);
        }
    }
    search.entities.insert(class.clone(), own.clone());
    own
}

/// Operations with an outcome that fits, on subjects that there are.
fn givers(
    search: &mut Search<'_>,
    operation: &Operation,
    parameter: &Parameter,
) -> (Vec<Way>, usize) {
    let givers = search.catalogue.giving(&parameter.of_type).to_vec();
    let mut found = Vec::new();
    for giver in givers {
        for subject in subjects_for(search, giver.operation) {
            let itself = giver.operation.iri == operation.iri && subject == search.subject;
            if itself || !search.consider() {
                continue;
            }
            let reach = Reach {
                subject,
                arguments: BTreeMap::new(),
            };
            let ready = at_hand_verified(search, giver.operation, &reach).ready;
            let rank = (!ready, giver.operation.kind, giver.operation.iri.clone());
            let way = Way::Call {
                operation: giver.operation.iri.clone(),
                subject: reach.subject.clone(),
                outcome: Some(giver.outcome.clone()),
                ready,
            };
            found.push((rank, reach.subject, giver.outcome.clone(), way));
        }
    }
    found.sort_by(|left, right| (&left.0, &left.1, &left.2).cmp(&(&right.0, &right.1, &right.2)));
    let ways = found.into_iter().map(|(.., way)| way).collect();
    cut(ways, search.limits.answers)
}

/// Subjects of an operation: the subject itself, its service and account, then the first few others.
fn subjects_for(search: &mut Search<'_>, operation: &Operation) -> Vec<Iri> {
    let world = search.world();
    let mut subjects: Vec<Iri> = Vec::new();
    let others = own_entities(search, &operation.subject);
    for subject in near(search).into_iter().chain(others) {
        if subjects.len() == TRIED {
            break;
        }
        if !subjects.contains(&subject) && world.accepts(operation, &subject) {
            subjects.push(subject);
        }
    }
    subjects
}

/// The entities that are asked first: the subject itself, its service and account.
pub(super) fn near(search: &Search<'_>) -> Vec<Iri> {
    let world = search.world();
    let near = [
        Some(search.subject.clone()),
        world.service_of(&search.subject),
        world.account_of(&search.subject),
    ];
    near.into_iter().flatten().collect()
}

fn for_conjunct(
    search: &mut Search<'_>,
    operation: &Operation,
    conjunct: &Conjunct,
    verification: &Verification,
    finding: &mut RequestFinding,
) {
    let world = search.world();
    let bindings = Bindings::new(operation, &search.subject, &verification.arguments);
    let facts = looked_at(world, conjunct, &bindings, false);
    let asked = Asked {
        operation: &operation.iri,
        conjunct,
        bindings: &bindings,
    };
    let waits = waits(world, &asked, &facts);
    let (calls, rest) = makers(search, &asked, &facts);
    if finding.truth == Truth::False {
        // What is false may have changed since it was read.
        let reads = reads(search, &facts);
        finding.options.extend(waits);
        finding.options.extend(calls);
        finding.options.extend(reads);
    } else {
        finding.options.extend(waits);
        finding.options.extend(calls);
    }
    if rest > 0 {
        finding.help = format!("{}; {rest} more requests make it true", finding.help);
    }
    if let (Truth::False, Some(way)) = (finding.truth, finding.options.first()) {
        finding.help = match way {
            Way::Wait { becomes } => format!("wait until it is `{}`", world.compact(becomes)),
            Way::Call {
                operation, subject, ..
            } => format!(
                "`{}` on `{}` makes it true",
                world.compact(operation),
                world.compact(subject)
            ),
            _ => finding.help.clone(),
        };
    }
}

/// The states that pass by themselves into one under which the conjunct is true.
fn waits(world: &dyn World, asked: &Asked<'_>, facts: &[Looked]) -> Vec<Way> {
    let becomes = Iri::from(samos::BECOMES);
    let mut ways = Vec::new();
    for fact in facts {
        for start in fact.values.members.iter().filter_map(Value::as_entity) {
            let mut state = start.clone();
            for _ in 0..PASSED {
                let Some(next) = world.entity_at(&state, becomes.as_str()) else {
                    break;
                };
                let value = Value::Entity(next.clone());
                let after = Supposition::with(world, &fact.entity, &fact.property, value);
                let way = Way::Wait {
                    becomes: next.clone(),
                };
                if truth(&after, asked.conjunct, asked.bindings) == Truth::True
                    && !ways.contains(&way)
                {
                    ways.push(way);
                    break;
                }
                state = next;
            }
        }
    }
    ways
}

/// The information requests that read the facts again.
fn reads(search: &Search<'_>, facts: &[Looked]) -> Vec<Way> {
    let mut ways = Vec::new();
    for fact in facts {
        let reads = search
            .verifier
            .reads_of(&fact.entity, &fact.property, &search.subject);
        for (request, ready) in reads {
            let way = Way::Read {
                operation: request.operation,
                subject: request.subject,
                ready,
            };
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
    }
    ways
}

/// Verifies a request with the arguments at hand, those that its place needs first.
pub(super) fn at_hand_verified(
    search: &Search<'_>,
    operation: &Operation,
    reach: &Reach,
) -> Verification {
    let mut supplied = supplied_by(&reach.arguments);
    let others = search.supplied.iter().filter(|one| {
        let name = one.name.as_ref();
        name.is_none_or(|name| !reach.arguments.contains_key(name))
    });
    supplied.extend(others.cloned().collect::<Vec<Supplied>>());
    let manner = Manner::AtHand(&search.meanings);
    search
        .verifier
        .verify(operation, &reach.subject, &supplied, manner)
}

/// The first few of a list, and how many are left.
pub(super) fn cut(mut ways: Vec<Way>, most: usize) -> (Vec<Way>, usize) {
    let rest = ways.len().saturating_sub(most);
    ways.truncate(most);
    (ways, rest)
}
