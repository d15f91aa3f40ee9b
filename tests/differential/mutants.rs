//! Plans changed in one place: whatever the checker lets pass must be good to the reference as well.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::plan::{Argument, Because, Edge, EdgeKind, Holding, PlanValue, Wait};
use samos_model::vocabulary::samos;
use samos_model::{Iri, Plan, World};
use samos_reference::plans::judge;
use samos_reference::worlds::RandomWorld;

use crate::plans::{refused, told};
use crate::worlds::Tally;

/// Every mutant of the plan is refused, unless the reference shows that it is still a good plan.
pub(crate) fn are_refused(
    world: &RandomWorld,
    plan: &Plan,
    tally: &mut Tally,
) -> Result<(), String> {
    for (what, mutant) in mutants(world, plan, tally) {
        let mutant = mutant.sealed().expect("its numbers are finite");
        let refusal = refused(world, &mutant);
        match (refusal, judge(&world.estate, &mutant)) {
            (None, Err(why)) => {
                return Err(format!(
                    "the checker accepts a plan with {what}, but {why}{}",
                    told(&mutant)
                ));
            }
            (None, Ok(())) => tally.count("mutants still good"),
            (Some(_), Err(_)) => tally.count("mutants refused by both"),
            (Some(_), Ok(())) => tally.count("mutants refused by the checker alone"),
        }
    }
    let before = order(plan);
    for pair in &before {
        // What others between the two imply cannot be left out alone, and of a request made twice either is the first.
        if has_between(plan, &before, *pair) || are_the_same(plan, *pair) {
            continue;
        }
        // What is assumed of a step may be so in any order.
        if plan
            .assumptions
            .iter()
            .any(|assumed| assumed.step == pair.1)
        {
            tally.count("edges to what rests on assumptions");
            continue;
        }
        let looser = retimed(world, without_order(plan, &before, *pair));
        let looser = looser.sealed().expect("its numbers are finite");
        if judge(&world.estate, &looser).is_ok() {
            let (from, to) = pair;
            let what = told(plan);
            return Err(format!("step {from} need not come before {to}{what}"));
        }
        tally.count("edges that are needed");
    }
    holdings_are_looked_at(world, plan, tally)?;
    // Without a new seal the fingerprint alone tells.
    let mut unsealed = plan.clone();
    unsealed.cost.operations += 1;
    match refused(world, &unsealed) {
        Some(_) => Ok(()),
        None => Err("the checker accepts a plan whose fingerprint is not its own".to_owned()),
    }
}

/// What must hold is not what a plan likes to say: neither which condition nor which steps see to it.
fn holdings_are_looked_at(
    world: &RandomWorld,
    plan: &Plan,
    tally: &mut Tally,
) -> Result<(), String> {
    let is_refused = |change: &dyn Fn(&mut Vec<Holding>), place: Option<usize>| {
        let mut mutant = plan.clone();
        match place {
            Some(place) => mutant
                .steps
                .get_mut(place)
                .into_iter()
                .for_each(|step| change(&mut step.holds)),
            None => change(&mut mutant.goal.holds),
        }
        let mutant = mutant.sealed().expect("its numbers are finite");
        refused(world, &mutant).is_some()
    };
    let of_steps = plan.steps.iter().enumerate();
    let of_steps = of_steps.map(|(place, step)| (Some(place), step.id, &step.holds));
    let end = u32::try_from(plan.steps.len() + 1).unwrap_or(u32::MAX);
    for (place, own, holds) in of_steps.chain([(None, end, &plan.goal.holds)]) {
        for nth in 0..holds.len() {
            let late = |holds: &mut Vec<Holding>| {
                let one = holds.get_mut(nth);
                one.into_iter().for_each(|one| one.after.push(own));
            };
            let other = |holds: &mut Vec<Holding>| {
                let one = holds.get_mut(nth);
                one.into_iter().for_each(|one| {
                    one.condition = "exists <urn:x:nothing>.<urn:x:nowhere>".to_owned();
                });
            };
            if !is_refused(&late, place) || !is_refused(&other, place) {
                return Err(format!(
                    "the checker believes whatever holds: {place:?} {nth}{}",
                    told(plan)
                ));
            }
            tally.count("what must hold said wrongly");
            let early = |holds: &mut Vec<Holding>| {
                let one = holds.get_mut(nth);
                let _ = one.and_then(|one| one.after.pop());
            };
            if holds.get(nth).is_some_and(|one| !one.after.is_empty()) && is_refused(&early, place)
            {
                tally.count("what must hold said too early");
            }
        }
    }
    Ok(())
}

fn mutants(world: &RandomWorld, plan: &Plan, tally: &mut Tally) -> Vec<(String, Plan)> {
    let mut all = Vec::new();
    for place in 0..plan.steps.len() {
        all.push((
            format!("step {} dropped", place + 1),
            without_step(plan, place),
        ));
        if place + 1 < plan.steps.len() {
            let mut swapped = plan.clone();
            swapped.steps.swap(place, place + 1);
            all.push((
                format!("steps {} and {} swapped", place + 1, place + 2),
                renumbered(swapped),
            ));
        }
        let Some(step) = plan.steps.get(place) else {
            continue;
        };
        for other in others(world, &step.subject) {
            let mut changed = plan.clone();
            if let Some(step) = changed.steps.get_mut(place) {
                step.subject = other;
            }
            all.push((format!("another subject for step {}", place + 1), changed));
        }
        for (name, argument) in &step.arguments {
            for other in argument
                .values()
                .first()
                .map(|value| others(world, value))
                .unwrap_or_default()
            {
                let mut changed = plan.clone();
                if let Some(step) = changed.steps.get_mut(place) {
                    let replaced = match argument {
                        Argument::One(_) => Argument::One(other),
                        Argument::Many(_) => Argument::Many(vec![other]),
                    };
                    step.arguments.insert(name.clone(), replaced);
                }
                all.push((format!("another `{name}` for step {}", place + 1), changed));
            }
            let mut left_out = plan.clone();
            if let Some(step) = left_out.steps.get_mut(place) {
                step.arguments.remove(name);
            }
            all.push((format!("no `{name}` for step {}", place + 1), left_out));
        }
    }
    for place in 0..plan.edges.len() {
        let mut loose = plan.clone();
        loose.edges.remove(place);
        all.push((format!("edge {place} dropped"), recounted(loose)));
    }
    for place in 0..plan.assumptions.len() {
        let mut silent = plan.clone();
        silent.assumptions.remove(place);
        all.push((format!("assumption {place} dropped"), silent));
        if let Some(wait) = plan.assumptions.get(place).and_then(|own| own.wait.clone()) {
            let states = world.estate.entities_of(&Iri::from(samos::STATE));
            for becomes in states.into_iter().filter(|state| *state != wait.becomes) {
                let mut other = plan.clone();
                if let Some(own) = other.assumptions.get_mut(place) {
                    own.wait = Some(Wait {
                        becomes,
                        ..wait.clone()
                    });
                }
                all.push((format!("another end of the wait {place}"), other));
            }
            let mut plain = plan.clone();
            if let Some(own) = plain.assumptions.get_mut(place) {
                own.wait = None;
            }
            all.push((format!("wait {place} taken for granted"), plain));
            tally.count("plans that wait");
        }
    }
    let mut cheap = plan.clone();
    cheap.cost.operations = cheap.cost.operations.wrapping_sub(1);
    all.push(("another cost".to_owned(), cheap));
    let mut flat = plan.clone();
    flat.cost.layers += 1;
    all.push(("another number of layers".to_owned(), flat));
    all
}

/// Which step comes before which, by edges and by what they imply.
fn order(plan: &Plan) -> BTreeSet<(u32, u32)> {
    let edges = plan.edges.iter().map(|edge| (edge.from, edge.to));
    let mut before: BTreeSet<(u32, u32)> = edges.collect();
    for middle in plan.steps.iter().map(|step| step.id) {
        let with = |pair: &&(u32, u32)| pair.0 == middle || pair.1 == middle;
        let with: Vec<(u32, u32)> = before.iter().filter(with).copied().collect();
        for (from, _) in with.iter().filter(|pair| pair.1 == middle) {
            let after = with.iter().filter(|pair| pair.0 == middle);
            before.extend(after.map(|(_, to)| (*from, *to)));
        }
    }
    before
}

fn has_between(plan: &Plan, before: &BTreeSet<(u32, u32)>, (from, to): (u32, u32)) -> bool {
    let is_between =
        |middle: u32| before.contains(&(from, middle)) && before.contains(&(middle, to));
    plan.steps.iter().any(|step| is_between(step.id))
}

/// The plan with the same order of its steps, but for one pair of which one comes just before the other.
fn without_order(plan: &Plan, before: &BTreeSet<(u32, u32)>, pair: (u32, u32)) -> Plan {
    let mut before = before.clone();
    before.remove(&pair);
    let mut looser = plan.clone();
    let kept = before
        .iter()
        .filter(|pair| !has_between(plan, &before, **pair));
    let edges = kept.map(|(from, to)| {
        let own = |edge: &&Edge| (edge.from, edge.to) == (*from, *to);
        plan.edges.iter().find(own).cloned().unwrap_or(Edge {
            from: *from,
            to: *to,
            kind: EdgeKind::Order,
            because: Because::default(),
        })
    });
    looser.edges = edges.collect();
    looser
        .edges
        .sort_by_key(|edge| (edge.to, edge.from, edge.kind));
    recounted(looser)
}

/// Other known entities of the same class.
fn others(world: &RandomWorld, value: &PlanValue) -> Vec<PlanValue> {
    let Some(entity) = value
        .as_known()
        .and_then(|value| value.as_entity().cloned())
    else {
        return Vec::new();
    };
    let classes = [samos::SERVICE_INSTANCE, samos::ASPECT, samos::SERVICE];
    let class = classes
        .into_iter()
        .map(Iri::from)
        .find(|class| world.estate.has_type(&entity, class));
    let alike = class
        .map(|class| world.estate.entities_of(&class))
        .unwrap_or_default();
    let alike = alike.into_iter().filter(|other| *other != entity).take(4);
    alike.map(|entity| PlanValue::Entity { entity }).collect()
}

fn without_step(plan: &Plan, place: usize) -> Plan {
    let mut less = plan.clone();
    let gone = less.steps.remove(place).id;
    less.edges
        .retain(|edge| edge.from != gone && edge.to != gone);
    less.assumptions
        .retain(|assumption| assumption.step != gone);
    less.goal
        .points
        .retain(|point| point.from != gone && point.to != gone);
    renumbered(less)
}

/// Steps counted anew in the order they stand in; what speaks of one that is gone speaks of none.
fn renumbered(mut plan: Plan) -> Plan {
    let new: BTreeMap<u32, u32> = plan.steps.iter().map(|step| step.id).zip(1..).collect();
    let of = |old: u32| new.get(&old).copied().unwrap_or(u32::MAX);
    let value = |value: &mut PlanValue| {
        if let PlanValue::From { from } = value {
            from.step = of(from.step);
        }
    };
    for step in &mut plan.steps {
        step.id = of(step.id);
        value(&mut step.subject);
        for argument in step.arguments.values_mut() {
            match argument {
                Argument::One(one) => value(one),
                Argument::Many(many) => many.iter_mut().for_each(value),
            }
        }
    }
    for edge in &mut plan.edges {
        (edge.from, edge.to) = (of(edge.from), of(edge.to));
    }
    for assumption in &mut plan.assumptions {
        assumption.step = of(assumption.step);
    }
    for point in &mut plan.goal.points {
        (point.from, point.to) = (of(point.from), of(point.to));
    }
    for want in &mut plan.goal.wants {
        value(&mut want.is);
    }
    recounted(plan)
}

/// The time that the plan takes in its order.
fn retimed(world: &RandomWorld, mut plan: Plan) -> Plan {
    if plan.cost.makespan_s.is_none() {
        return plan;
    }
    let mut ends: BTreeMap<u32, f64> = BTreeMap::new();
    for step in &plan.steps {
        let before = plan.edges.iter().filter(|edge| edge.to == step.id);
        let begin = before.filter_map(|edge| ends.get(&edge.from));
        let begin = begin.fold(0.0_f64, |latest, end| latest.max(*end));
        let operation = World::operation(&world.estate, &step.operation);
        let length = operation.and_then(|operation| operation.duration_s);
        ends.insert(step.id, begin + length.unwrap_or(0.0));
    }
    plan.cost.makespan_s = Some(ends.into_values().fold(0.0, f64::max));
    plan
}

/// Rounds and costs that fit steps and edges, so that nothing but the mutation itself is wrong.
fn recounted(mut plan: Plan) -> Plan {
    for place in 0..plan.steps.len() {
        let Some(id) = plan.steps.get(place).map(|step| step.id) else {
            continue;
        };
        let before = plan
            .edges
            .iter()
            .filter(|edge| edge.to == id)
            .map(|edge| edge.from);
        let before = before
            .filter_map(|from| plan.step(from).map(|step| step.layer))
            .max();
        if let Some(step) = plan.steps.get_mut(place) {
            step.layer = 1 + before.unwrap_or(0);
        }
    }
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    plan.cost.operations = count(plan.steps.len());
    plan.cost.layers = plan.steps.iter().map(|step| step.layer).max().unwrap_or(0);
    let changing = plan
        .steps
        .iter()
        .filter(|step| step.kind == samos_model::Kind::Manipulation);
    plan.cost.manipulations = count(changing.count());
    plan
}

/// Do two steps ask for the same?
fn are_the_same(plan: &Plan, (one, other): (u32, u32)) -> bool {
    let asked = |id: u32| {
        let step = plan.step(id);
        step.map(|step| (&step.operation, &step.subject, &step.arguments))
    };
    asked(one) == asked(other)
}
