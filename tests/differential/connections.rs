//! Orchestrations: every point that brute force can serve is served as cheaply, and no other.

use std::collections::BTreeMap;

use samos_model::plan::PlanValue;
use samos_model::{Iri, Limits, Plan};
use samos_reasoners::interaction::{Options, connect};
use samos_reference::goals::{Bounds, Link, Price};
use samos_reference::twins::interaction::{cheapest, points};
use samos_reference::worlds::{Question, RandomWorld, question};

use crate::plans::{both_accept, price, told};
use crate::worlds::{Tally, are_many, limits, on_every_world};

/// The most points of one world that are gone through.
const MOST: usize = 6;

/// The links between two steps of the plan.
fn links(plan: &Plan) -> Vec<Link> {
    let mut all = Vec::new();
    for taker in &plan.steps {
        for (parameter, argument) in &taker.arguments {
            for value in argument.values() {
                let PlanValue::From { from } = value else {
                    continue;
                };
                let giver = plan.step(from.step);
                let entity = |value: &PlanValue| {
                    value
                        .as_known()
                        .and_then(|value| value.as_entity().cloned())
                };
                if let Some(giver) = giver
                    && let (Some(gives), Some(takes)) =
                        (entity(&giver.subject), entity(&taker.subject))
                {
                    all.push(Link {
                        producer: (giver.operation.clone(), gives),
                        outcome: from.outcome.clone(),
                        consumer: (taker.operation.clone(), takes),
                        parameter: parameter.clone(),
                    });
                }
            }
        }
    }
    all
}

fn compare(
    world: &RandomWorld,
    subjects: &[Iri],
    assume: bool,
    tally: &mut Tally,
) -> Result<(), String> {
    let options = Options {
        goal: None,
        assume,
        excluding: false,
    };
    let offered: Vec<_> = points(&world.estate, subjects)
        .into_iter()
        .filter(|point| !point.excludes)
        .collect();
    if offered.len() > MOST {
        tally.count("beyond brute force");
        return Ok(());
    }
    let limits = Limits {
        answers: 1_000,
        ..limits()
    };
    let fast = connect(&world.estate, subjects, &options, &limits);
    let asked = format!("connect {subjects:?} assuming {assume}");
    // A plan for a better point may serve another on its way, at a higher price than that one's own.
    let mut served: BTreeMap<Link, (Price, &Plan)> = BTreeMap::new();
    for plan in &fast.plans {
        both_accept(world, plan).map_err(|why| format!("{asked}\n  {why}"))?;
        let own = (price(world, plan), plan);
        for link in links(plan) {
            let slot = served.entry(link).or_insert(own);
            if own.0 < slot.0 {
                *slot = own;
            }
        }
    }
    let bounds = Bounds {
        steps: 4,
        states: 80,
        layering: 0,
        ..Bounds::default()
    };
    for point in &offered {
        let slow = cheapest(&world.estate, subjects, &point.link, assume, &bounds);
        let own = served.get(&point.link);
        let calls: Vec<String> = slow.plan.iter().map(ToString::to_string).collect();
        match (own, slow.best) {
            (Some((own, plan)), Some(best)) if *own > best && fast.search.complete => {
                return Err(format!(
                    "{asked}\n  {:?} costs {own:?}, brute force {best:?} {calls:?}{}",
                    point.link,
                    told(plan)
                ));
            }
            (None, Some(best)) if fast.search.complete => {
                return Err(format!(
                    "{asked}\n  {:?} is not served; brute force {best:?} {calls:?}",
                    point.link
                ));
            }
            (Some((_, plan)), None) if slow.exhausted => {
                return Err(format!(
                    "{asked}\n  {:?} cannot be served{}",
                    point.link,
                    told(plan)
                ));
            }
            (Some(_), _) => tally.count("points served"),
            (None, _) => tally.count("points that cannot be served"),
        }
    }
    for plan in &fast.plans {
        let known = links(plan)
            .iter()
            .any(|link| offered.iter().any(|point| point.link == *link));
        if !known {
            return Err(format!(
                "{asked}\n  a plan links no orchestration point{}",
                told(plan)
            ));
        }
    }
    Ok(())
}

#[test]
fn orchestrations_are_those_that_brute_force_finds() {
    let tally = on_every_world("connections", |world, tally| match question(world, 4) {
        Question::Connect { subjects } => {
            compare(world, &subjects, world.seed.is_multiple_of(2), tally)
        }
        _ => Ok(()),
    });
    assert!(!are_many() || tally.of("points served") >= 10, "{tally:?}");
}
