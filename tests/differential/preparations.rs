//! Preparation: readiness, the worth of each condition, and the requests that would make one true.

use samos_model::request::Way;
use samos_model::{Iri, Limits, Supplied, Truth};
use samos_reasoners::preparation::prepare;
use samos_reference::twins::preparation::{enabling, prepare as slowly};
use samos_reference::worlds::{Question, RandomWorld, question};

use crate::worlds::{Tally, are_many, on_every_world};

fn compare(
    world: &RandomWorld,
    subject: &Iri,
    supplied: &[Supplied],
    tally: &mut Tally,
) -> Result<(), String> {
    let estate = &world.estate;
    let fast = prepare(estate, subject, supplied, &Limits::default());
    let slow = slowly(estate, subject, supplied);
    let asked = format!("prepare {subject} with {supplied:?}");
    if fast.operations.len() != slow.len() {
        return Err(format!(
            "{asked}\n  {} operations, by trying {}",
            fast.operations.len(),
            slow.len()
        ));
    }
    for own in &slow {
        let Some(prepared) = fast
            .operations
            .iter()
            .find(|one| one.operation == own.operation)
        else {
            return Err(format!("{asked}\n  {} is missing", own.operation));
        };
        if prepared.ready != own.ready {
            return Err(format!(
                "{asked}\n  {}: ready {}, by trying {}",
                own.operation, prepared.ready, own.ready
            ));
        }
        tally.count(if own.ready { "ready" } else { "not ready" });
        let Some(arguments) = &own.arguments else {
            continue;
        };
        let mut worth: Vec<Truth> = own.conjuncts.iter().map(|(_, truth)| *truth).collect();
        let mut told: Vec<Truth> = prepared
            .conditions
            .iter()
            .map(|judged| judged.truth)
            .collect();
        // What names an optional argument that is not given is left out, which is shown as true.
        let shown = samos_model::World::operation(estate, &own.operation)
            .map_or(0, |operation| operation.precondition.conjuncts.len());
        worth.resize(worth.len().max(shown), Truth::True);
        worth.sort();
        told.sort();
        if worth != told {
            return Err(format!(
                "{asked}\n  {}: conditions {told:?}, by evaluation {:?}",
                own.operation, own.conjuncts
            ));
        }
        let Some(operation) = samos_model::World::operation(estate, &own.operation) else {
            continue;
        };
        for (conjunct, truth) in &own.conjuncts {
            if *truth == Truth::True {
                continue;
            }
            // Whatever is offered as making a condition true does; the finding is about the conjunct's own words.
            let mut enabling = enabling(estate, operation, subject, arguments, conjunct);
            // A request is no way to itself.
            enabling.retain(|(way, on)| *way != operation.iri || on != subject);
            let offered = prepared
                .findings
                .iter()
                .filter(|finding| finding.truth == *truth)
                .flat_map(|finding| &finding.options);
            let calls = offered.filter_map(|way| match way {
                Way::Call {
                    operation,
                    subject,
                    outcome: None,
                    ..
                } => Some((operation.clone(), subject.clone())),
                _ => None,
            });
            let calls: Vec<_> = calls.collect();
            if let Some(missing) = enabling.iter().find(|call| !calls.contains(call)) {
                return Err(format!(
                    "{asked}\n  {}: `{conjunct}` becomes true by {missing:?}, which is not offered: {calls:?}",
                    own.operation
                ));
            }
            if !enabling.is_empty() {
                tally.count("conditions that something makes true");
            }
        }
    }
    Ok(())
}

#[test]
fn preparation_says_what_trying_finds() {
    let tally = on_every_world("preparations", |world, tally| match question(world, 3) {
        Question::Prepare { subject, supplied } => compare(world, &subject, &supplied, tally),
        _ => Ok(()),
    });
    assert!(
        !are_many()
            || (tally.of("ready") >= 20 && tally.of("conditions that something makes true") >= 10),
        "{tally:?}"
    );
}
