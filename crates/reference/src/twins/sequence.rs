//! Chains by enumeration: every order of every selection of requests, kept where each makes the next possible.
//!
//! Paper: table 3, SCSR, steps 1 to 4.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::{Iri, Supplied, Truth, World};

use super::bindings;
use crate::evaluation::{Scope, State, Thing, View, progress, scope_of};
use crate::requests::Call;

/// All chains of two requests or more, up to that length; `None` when there are more prefixes than that.
#[must_use = "reasoning has no other effect"]
pub fn chains(
    world: &dyn World,
    subjects: &[Iri],
    supplied: &[Supplied],
    longest: usize,
    most: usize,
) -> Option<BTreeSet<Vec<Call>>> {
    let live = State::live(world);
    let mut requests = Vec::new();
    // "One provider": each provider's subjects by themselves.
    let mut by_provider: BTreeMap<Option<Iri>, BTreeSet<Iri>> = BTreeMap::new();
    for subject in subjects {
        let subject = world.canonical(subject);
        by_provider
            .entry(world.provider_of(&subject))
            .or_default()
            .insert(subject);
    }
    let mut found = BTreeSet::new();
    for group in by_provider.values() {
        requests.clear();
        for subject in group {
            for operation in super::operations_of(&live, subject) {
                for arguments in bindings(&live, operation, supplied) {
                    requests.push(Call {
                        operation: operation.iri.clone(),
                        subject: Thing::Entity(subject.clone()),
                        arguments,
                    });
                }
            }
        }
        let mut left = most;
        let states = vec![live.clone()];
        extend(
            &requests,
            &states,
            &mut Vec::new(),
            longest,
            &mut left,
            &mut found,
        )?;
    }
    Some(found)
}

fn extend(
    requests: &[Call],
    states: &[State<'_>],
    chain: &mut Vec<Call>,
    longest: usize,
    left: &mut usize,
    found: &mut BTreeSet<Vec<Call>>,
) -> Option<()> {
    if chain.len() >= 2 {
        found.insert(chain.clone());
    }
    if chain.len() >= longest {
        return Some(());
    }
    let now = states.last()?;
    for call in requests {
        // "No operation on the same subject twice."
        let again =
            |earlier: &Call| earlier.operation == call.operation && earlier.subject == call.subject;
        if chain.iter().any(again) {
            continue;
        }
        *left = left.checked_sub(1)?;
        let Some(operation) = now.world.operation(&call.operation) else {
            continue;
        };
        // "The first ready now; every one ready by progression."
        let tag = format!("chain{}", chain.len());
        let none = BTreeSet::new();
        let Some(done) = progress(
            now,
            operation,
            &call.subject,
            &call.arguments,
            &tag,
            false,
            &none,
        ) else {
            continue;
        };
        if !chain.is_empty() && !is_enabled(states, call) {
            continue;
        }
        let mut more = states.to_vec();
        more.push(done.state);
        chain.push(call.clone());
        extend(requests, &more, chain, longest, left, found)?;
        chain.pop();
    }
    Some(())
}

/// "Every request after the first has a conjunct that an earlier one of the chain established and none between undid": it
/// is true now and was not at some earlier point of the chain.
fn is_enabled(states: &[State<'_>], call: &Call) -> bool {
    let Some(now) = states.last() else {
        return false;
    };
    let Some(operation) = now.world.operation(&call.operation) else {
        return false;
    };
    let Some(scope) = scope_of(now, operation, &call.subject, &call.arguments) else {
        return false;
    };
    let worth =
        |state: &State<'_>, conjunct, scope: &Scope| View::new(state, scope).conjunct(conjunct);
    scope
        .expanded(&operation.precondition)
        .iter()
        .any(|(conjunct, scope)| {
            worth(now, conjunct, scope) == Truth::True
                && states
                    .iter()
                    .any(|state| worth(state, conjunct, scope) != Truth::True)
        })
}
