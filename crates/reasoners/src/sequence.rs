//! Chains within one cloud: each request makes the next possible.
//!
//! Paper: table 3, SCSR ("Sequenced Chained Service Operation Request").
//!
//! In: subjects and all arguments. Out: chains of two or more requests, best first; how many there are; what was left
//! out and why. Arguments bind by name, then by type; different bindings are different chains.

use std::collections::BTreeMap;

use samos_model::plan::Dropped;
use samos_model::{
    Answer, Condition, Iri, Limits, Operation, Request, SearchReport, Supplied, World,
};
use samos_planning::chains::chains;
use samos_verifiers::parameters::{Manner, bind};

/// Chains over the subjects' operations; with a goal, those after which it holds.
#[must_use = "reasoning has no other effect"]
#[doc(alias = "SCSR")]
pub fn chain(
    world: &dyn World,
    subjects: &[Iri],
    supplied: &[Supplied],
    goal: Option<&Condition>,
    limits: &Limits,
) -> Answer {
    let mut by_provider: BTreeMap<Option<Iri>, Vec<Iri>> = BTreeMap::new();
    for subject in subjects {
        let subject = world.canonical(subject);
        let group = by_provider.entry(world.provider_of(&subject)).or_default();
        if !group.contains(&subject) {
            group.push(subject);
        }
    }
    let mut whole = Answer {
        plans: Vec::new(),
        search: SearchReport {
            complete: true,
            limit: None,
            considered: 0,
            kept: 0,
            proof: None,
        },
        nearest: None,
        dropped: Vec::new(),
    };
    for group in by_provider.values() {
        let (requests, unbound) = requests(world, group, supplied);
        let answer = chains(world, group, &requests, goal, limits);
        whole.plans.extend(answer.plans);
        whole.search.complete &= answer.search.complete;
        whole.search.limit = whole.search.limit.or(answer.search.limit);
        whole.search.considered += answer.search.considered;
        whole.search.kept += answer.search.kept;
        whole.dropped.extend(unbound);
        whole.dropped.extend(answer.dropped);
    }
    // One group's chains are in order already; several are merged by the same order.
    if by_provider.len() > 1 {
        whole.plans.sort_by_key(|plan| {
            (
                plan.cost.manipulations,
                plan.cost.operations,
                plan.cost.layers,
            )
        });
        whole.plans.truncate(limits.answers);
    }
    whole
}

/// Every request that the arguments allow, and what lacks an argument.
fn requests(
    world: &dyn World,
    subjects: &[Iri],
    supplied: &[Supplied],
) -> (Vec<Request>, Option<Dropped>) {
    let mut found = Vec::new();
    let mut unbound: Option<Dropped> = None;
    for subject in subjects {
        for operation in world.operations_of(subject) {
            let bindings = bindings(world, operation, subject, supplied);
            if bindings.is_empty() {
                let example = format!(
                    "{} on {}",
                    world.compact(&operation.iri),
                    world.compact(subject)
                );
                let reason = "a mandatory parameter has no argument".to_owned();
                unbound
                    .get_or_insert(Dropped {
                        reason,
                        count: 0,
                        example,
                    })
                    .count += 1;
            }
            found.extend(bindings);
        }
    }
    (found, unbound)
}

/// All ways to bind the arguments to one operation on one subject.
fn bindings(
    world: &dyn World,
    operation: &Operation,
    subject: &Iri,
    supplied: &[Supplied],
) -> Vec<Request> {
    let is_parameter = |one: &&Supplied| {
        one.name
            .as_ref()
            .is_some_and(|name| operation.parameter(name.as_str()).is_some())
    };
    let mut ways: Vec<Vec<Supplied>> = vec![Vec::new()];
    for parameter in &operation.parameters {
        let named: Vec<&Supplied> = supplied
            .iter()
            .filter(|one| one.name.as_ref() == Some(&parameter.name))
            .collect();
        let rename = |one: &Supplied| Supplied {
            name: Some(parameter.name.clone()),
            value: one.value.clone(),
        };
        let choices: Vec<Vec<Supplied>> = if parameter.multiple && !named.is_empty() {
            vec![named.into_iter().map(rename).collect()]
        } else if !named.is_empty() {
            named.into_iter().map(|one| vec![rename(one)]).collect()
        } else if parameter.mandatory && parameter.default.is_none() {
            supplied
                .iter()
                .filter(|one| !is_parameter(one))
                .map(|one| vec![rename(one)])
                .collect()
        } else {
            vec![Vec::new()]
        };
        ways = ways
            .iter()
            .flat_map(|way| {
                choices
                    .iter()
                    .map(|choice| way.iter().chain(choice).cloned().collect())
            })
            .collect();
    }
    let mut found: Vec<Request> = Vec::new();
    for way in ways {
        let bound = bind(world, operation, subject, &way, Manner::Request);
        let request = Request {
            operation: operation.iri.clone(),
            subject: subject.clone(),
            arguments: bound.arguments,
        };
        if bound.findings.is_empty() && !found.contains(&request) {
            found.push(request);
        }
    }
    found
}
