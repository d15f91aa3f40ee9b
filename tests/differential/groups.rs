//! Concurrent groups: readiness subject by subject, likeness pair by pair.

use samos_model::plan::Undo;
use samos_model::{Iri, Limits, Supplied, World as _};
use samos_reasoners::concurrent::together;
use samos_reference::twins::concurrent::{Likeness, is_ready, likeness};
use samos_reference::worlds::{Question, RandomWorld, question};

use crate::plans::{call, told};
use crate::worlds::{Tally, are_many, on_every_world};

fn compare(
    world: &RandomWorld,
    subjects: &[Iri],
    supplied: &[Supplied],
    tally: &mut Tally,
) -> Result<(), String> {
    let estate = &world.estate;
    let limits = Limits {
        answers: 1_000,
        ..Limits::default()
    };
    let undo = |_: &samos_model::Request| Undo::Irreversible {
        irreversible: "not asked for".to_owned(),
    };
    let answer = together(estate, subjects, supplied, &limits, &undo);
    let asked = format!("together {subjects:?} with {supplied:?}");
    let operation = |iri: &Iri| {
        samos_model::World::operation(estate, iri).ok_or_else(|| format!("{iri} is not known"))
    };
    let mut grouped: Vec<Vec<Iri>> = Vec::new();
    for plan in &answer.plans {
        let group = plan.group.as_ref().ok_or("a plan of a group without one")?;
        for step in &plan.steps {
            let call = call(world, step).ok_or("a step names what is not known")?;
            let samos_reference::evaluation::Thing::Entity(subject) = &call.subject else {
                return Err(format!("{asked}\n  a subject is no entity{}", told(plan)));
            };
            if !is_ready(estate, operation(&step.operation)?, subject, supplied) {
                return Err(format!("{asked}\n  a step is not ready{}", told(plan)));
            }
            tally.count("ready");
        }
        for miss in plan.not_ready.iter().flatten() {
            let ready = |iri: &Iri| {
                let own = samos_model::World::operation(estate, iri);
                own.is_some_and(|own| {
                    estate.accepts(own, &miss.subject)
                        && is_ready(estate, own, &miss.subject, supplied)
                })
            };
            if let Some(ready) = group.operations.iter().find(|iri| ready(iri)) {
                return Err(format!("{asked}\n  {ready} is ready on {}", miss.subject));
            }
            tally.count("not ready");
        }
        for (place, left) in group.operations.iter().enumerate() {
            for right in group.operations.iter().skip(place + 1) {
                if likeness(estate, operation(left)?, operation(right)?) == Likeness::Apart {
                    return Err(format!(
                        "{asked}\n  {left} and {right} are grouped and not alike"
                    ));
                }
            }
        }
        grouped.push(group.operations.clone());
    }
    // What is certainly alike, and offered on two subjects or more, must be in one group.
    let offered = |own: &samos_model::Operation| {
        subjects
            .iter()
            .filter(|subject| estate.accepts(own, subject))
            .count()
    };
    for (place, left) in estate.operations().iter().enumerate() {
        for right in estate.operations().iter().skip(place) {
            let reached = offered(left)
                + if left.iri == right.iri {
                    0
                } else {
                    offered(right)
                };
            let both = offered(left) > 0 && offered(right) > 0 && reached >= 2;
            if !both
                || likeness(estate, left, right) != Likeness::Alike
                || rivals(world, left, right)
            {
                continue;
            }
            if !grouped
                .iter()
                .any(|group| group.contains(&left.iri) && group.contains(&right.iri))
            {
                return Err(format!(
                    "{asked}\n  {} and {} are alike and not grouped: {grouped:?}",
                    left.iri, right.iri
                ));
            }
            tally.count(if left.iri == right.iri {
                "one operation on several"
            } else {
                "operations alike"
            });
        }
    }
    Ok(())
}

/// Is there a third that could be meant as well? Then which of them is meant cannot be told, and none need be grouped.
fn rivals(
    world: &RandomWorld,
    left: &samos_model::Operation,
    right: &samos_model::Operation,
) -> bool {
    let estate = &world.estate;
    left.iri != right.iri
        && estate.operations().iter().any(|third| {
            third.iri != left.iri
                && third.iri != right.iri
                && (likeness(estate, third, left) != Likeness::Apart
                    || likeness(estate, third, right) != Likeness::Apart)
        })
}

#[test]
fn groups_are_alike_and_their_subjects_ready() {
    let tally = on_every_world("groups", |world, tally| match question(world, 2) {
        Question::Together { subjects, supplied } => compare(world, &subjects, &supplied, tally),
        _ => Ok(()),
    });
    assert!(
        !are_many() || (tally.of("ready") >= 20 && tally.of("not ready") >= 20),
        "{tally:?}"
    );
}
