//! Random questions that fit a random world.

use std::collections::BTreeSet;

use samos_model::{Goal, Iri, Name, Objective, Supplied, SuppliedValue, Truth, Want};

use super::{Random, RandomWorld};
use crate::estate::{iri, value};
use crate::evaluation::{Scope, State, View, progress};
use crate::requests::{calls, known_entities};

/// So many walks are made to find one that waits.
const WALKS: usize = 6;

/// What is asked.
#[derive(Clone, Debug)]
pub enum Question {
    /// `samos plan`.
    Goal(Box<Goal>),
    /// `samos chain`.
    Chain {
        /// Of these.
        subjects: Vec<Iri>,
        /// With these at hand.
        supplied: Vec<Supplied>,
    },
    /// `samos together`.
    Together {
        /// Of these.
        subjects: Vec<Iri>,
        /// With these at hand.
        supplied: Vec<Supplied>,
    },
    /// `samos prepare`.
    Prepare {
        /// Of this.
        subject: Iri,
        /// With these at hand.
        supplied: Vec<Supplied>,
    },
    /// `samos connect`.
    Connect {
        /// These with each other.
        subjects: Vec<Iri>,
    },
}

/// The goal asked of the world of that seed.
#[must_use = "this makes a value and changes nothing"]
pub fn question(world: &RandomWorld, which: usize) -> Question {
    let mut random = Random::new(world.seed ^ 0xABCD_0000_u64.wrapping_add(which as u64));
    match which {
        0 => Question::Goal(Box::new(goal(world, &mut random))),
        6 => Question::Goal(Box::new(Goal {
            objective: objective(&mut random),
            ..goal(world, &mut random)
        })),
        5 => Question::Goal(Box::new(waiting_goal(world, &mut random))),
        1 => Question::Chain {
            subjects: subjects(world, &mut random, true),
            supplied: supplied(world, &mut random),
        },
        2 => Question::Together {
            subjects: subjects(world, &mut random, false),
            supplied: supplied(world, &mut random),
        },
        3 => Question::Prepare {
            subject: subjects(world, &mut random, true)
                .into_iter()
                .next()
                .unwrap_or_else(|| iri("x:web0")),
            supplied: supplied(world, &mut random),
        },
        _ => Question::Connect {
            subjects: subjects(world, &mut random, false),
        },
    }
}

fn subjects(world: &RandomWorld, random: &mut Random, one_provider: bool) -> Vec<Iri> {
    let mut all: Vec<String> = Vec::new();
    for (p, instances) in &world.instances {
        all.extend(instances.iter().cloned());
        if random.chance(30) {
            all.push(format!("{p}:compute"));
        }
        if one_provider {
            break;
        }
    }
    all.iter().map(|name| iri(name)).collect()
}

fn supplied(world: &RandomWorld, random: &mut Random) -> Vec<Supplied> {
    let mut all = Vec::new();
    if random.chance(50) {
        let size = random.below(3).to_string();
        all.push(Supplied {
            name: Some(Name::from("size")),
            value: SuppliedValue::Value(value(&size)),
        });
    }
    let addresses: Vec<&String> = world.addresses.iter().flat_map(|(_, all)| all).collect();
    if let (true, Some(address)) = (random.chance(50), random.pick(&addresses)) {
        all.push(Supplied {
            name: random.chance(30).then(|| Name::from("address")),
            value: SuppliedValue::Value(value(address)),
        });
    }
    all
}

/// What requests would bring about of which the last waits, if a few walks find some that do.
fn waiting_goal(world: &RandomWorld, random: &mut Random) -> Goal {
    let mut text = part(world, random);
    for _ in 0..WALKS {
        let Some(states) = walked(world, random, true) else {
            continue;
        };
        text = part_reached(world, &states, random);
        let reached = |state: &State<'_>| {
            let condition = world.estate.condition(&text);
            View::new(state, &Scope::default()).condition(&condition) == Truth::True
        };
        if states.len() > 1 && states.last().is_some_and(reached) {
            break;
        }
    }
    Goal {
        condition: world.estate.condition(&text),
        alternatives: 1,
        assume: true,
        ..Goal::default()
    }
}

fn goal(world: &RandomWorld, random: &mut Random) -> Goal {
    let mut wants = Vec::new();
    let mut parts = Vec::new();
    let mut new = false;
    if random.chance(30) {
        let p = random.pick(&world.providers).copied().unwrap_or("x");
        let class = random.text(&["Instance", "Address", "Large"]);
        let name = random.chance(60).then(|| Name::from("found"));
        new = random.chance(60);
        if name.is_some() && class == "Instance" {
            parts.push(
                random
                    .text(&[
                        "found.@:state is samos:Running",
                        "exists found.@:address",
                        "found.@:size == 1",
                    ])
                    .replace('@', p),
            );
        }
        wants.push(Want {
            name,
            of_type: iri(&format!("{p}:{class}")),
        });
    }
    // Mostly what some requests would bring about; else anything, which is often out of reach.
    let reachable = if random.chance(75) {
        walked(world, random, false)
    } else {
        None
    };
    let fewest = usize::from(wants.is_empty());
    for _ in 0..fewest + random.below(2) {
        parts.push(match &reachable {
            Some(state) => part_reached(world, state, random),
            None => part(world, random),
        });
    }
    Goal {
        condition: world.estate.condition(&parts.join(" and ")),
        wants,
        new,
        givens: Vec::new(),
        subjects: Vec::new(),
        objective: Objective::Default,
        alternatives: 1,
        diverse: false,
        assume: random.chance(60),
    }
}

/// What is to be least.
fn objective(random: &mut Random) -> Objective {
    let all = [
        Objective::Operations,
        Objective::Layers,
        Objective::Cost,
        Objective::Makespan,
        Objective::Pareto,
    ];
    random.pick(&all).copied().unwrap_or_default()
}

/// The states along some requests chosen by chance; where so asked, up to the first that waits, and none if none does.
fn walked<'w>(
    world: &'w RandomWorld,
    random: &mut Random,
    waiting: bool,
) -> Option<Vec<State<'w>>> {
    let mut state = State::live(&world.estate);
    let mut states = vec![state.clone()];
    let mut at_hand = known_entities(&state);
    at_hand.insert(state.thing(&value("2")));
    for step in 0..1 + random.below(4) {
        let mut next = Vec::new();
        for call in calls(&state, &at_hand) {
            let Some(operation) = state.world.operation(&call.operation) else {
                continue;
            };
            let tag = step.to_string();
            let used = BTreeSet::new();
            let done = progress(
                &state,
                operation,
                &call.subject,
                &call.arguments,
                &tag,
                true,
                &used,
            );
            next.extend(done.filter(|done| done.state.cells != state.cells));
        }
        let waits = waiting && next.iter().any(|done| !done.waits.is_empty());
        if waits {
            next.retain(|done| !done.waits.is_empty());
        }
        let done = random.pick(&next).cloned()?;
        at_hand.extend(done.outcomes.into_values().flatten());
        state = done.state;
        states.push(state.clone());
        if waits {
            return Some(states);
        }
    }
    (!waiting).then_some(states)
}

/// A conjunct that holds at the end and neither now nor just before the end; any where chance finds none.
fn part_reached(world: &RandomWorld, states: &[State<'_>], random: &mut Random) -> String {
    let scope = Scope::default();
    let mut best = part(world, random);
    for patience in 0..60 {
        let text = part(world, random);
        let condition = world.estate.condition(&text);
        let holds =
            |state: &State<'_>| View::new(state, &scope).condition(&condition) == Truth::True;
        let Some((end, before)) = states.split_last() else {
            break;
        };
        let before: Vec<&State<'_>> = if patience < 40 {
            before.iter().collect()
        } else {
            before.iter().take(1).collect()
        };
        if holds(end) && !before.into_iter().any(holds) {
            best = text;
            break;
        }
    }
    best
}

/// One conjunct of a goal.
fn part(world: &RandomWorld, random: &mut Random) -> String {
    let (p, instances) = random.pick(&world.instances).cloned().unwrap_or_default();
    let instance = random.pick(&instances).cloned().unwrap_or_default();
    let addresses: Vec<&String> = world.addresses.iter().flat_map(|(_, all)| all).collect();
    let address = random.pick(&addresses).map(|name| (*name).clone());
    let all = [
        "#.@:state is samos:Running",
        "#.@:state == @:stopped",
        "#.samos:state is samos:Suspended",
        "#.@:state in {@:running, @:paused}",
        "count(@:compute.@:instances) == 2",
        "count(@:compute.@:instances) >= 3",
        "@:compute.@:instances.@:state is samos:Stopped",
        "#.@:size == 2",
        "#.@:size > 1",
        "#.@:nodes contains %",
        "#.samos:uses contains %",
        "not #.@:nodes contains %",
        "#.@:address == %",
        "not exists #.@:address",
        "exists #.@:address",
        "%.@:holder == #",
        "#.@:nodes == #.@:address",
        "exists #.@:nodes",
        "(#.@:state is samos:Stopped or #.@:blocked contains %)",
    ];
    let speaks: Vec<&str> = all
        .into_iter()
        .filter(|text| address.is_some() || !text.contains('%'))
        .collect();
    let text = random.text(&speaks);
    text.replace('@', p)
        .replace('#', &instance)
        .replace('%', &address.unwrap_or_default())
}
