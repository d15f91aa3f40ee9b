//! Orchestrations across clouds: where an outcome on one subject is what an operation on another asks for.
//!
//! Paper: table 3, IOSR ("Interactive Orchestrated Service Operation Request").
//!
//! In: subjects only. Out: executable plans with nothing left to enter, those that make one thing use the other first;
//! or, where something is left, the smallest such list. Points that would keep the other out are not offered unless
//! asked for.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use samos_model::plan::{Dropped, NearestMiss};
use samos_model::vocabulary::{samos, xsd};
use samos_model::{
    Answer, Atom, Condition, Effect, Goal, Iri, Kind, Limits, Operation, Plan, Root, SearchReport,
    Term, Value, World,
};
use samos_planning::goals::{OrchestrationPoint, link};

/// States looked at for one point: points are many, and one without a plan must not use up what the others need.
const POINT_LIMIT: u64 = 5_000;

/// States looked at for each point at first: most plans are near. Points that have not ended then go on, up to the whole
/// limit while there is no plan at all, else sharing it between them.
const FIRST_LOOK: u64 = 250;

/// Points without a plan that are asked what would make one.
const MISSES: usize = 8;

/// What may be chosen.
#[derive(Clone, Debug)]
pub struct Options {
    /// A condition that must hold at the end as well.
    pub goal: Option<Condition>,
    /// May unknown preconditions be taken for granted?
    pub assume: bool,
    /// Offer points that keep the other thing out, too?
    pub excluding: bool,
}

/// How a point's effect relates the two things. Best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Relation {
    Uses,
    Other,
    Excludes,
}

/// Plans that link the subjects at their orchestration points, best first.
#[must_use = "reasoning has no other effect"]
#[doc(alias = "IOSR")]
pub fn connect(world: &dyn World, subjects: &[Iri], options: &Options, limits: &Limits) -> Answer {
    let limits = &Limits {
        considered: limits.considered.min(POINT_LIMIT),
        ..limits.clone()
    };
    let instances = instances(world, subjects);
    let providers: BTreeSet<Iri> = instances
        .iter()
        .filter_map(|subject| world.provider_of(subject))
        .collect();
    let providers: Vec<Iri> = providers.into_iter().collect();
    let mut ranked: Vec<(Relation, OrchestrationPoint)> = points(world, &instances);
    ranked.sort();
    let excluded: Vec<(Relation, OrchestrationPoint)> = ranked
        .iter()
        .filter(|(relation, _)| *relation == Relation::Excludes)
        .cloned()
        .collect();
    if !options.excluding {
        ranked.retain(|(relation, _)| *relation != Relation::Excludes);
    }
    let goal = Goal {
        condition: options.goal.clone().unwrap_or_default(),
        subjects: subjects.to_vec(),
        assume: options.assume,
        alternatives: 1,
        ..Goal::default()
    };
    let chosen: Vec<OrchestrationPoint> = ranked.iter().map(|(_, point)| point.clone()).collect();
    let answers = linked(world, &ranked, &goal, &providers, limits);
    let mut search = SearchReport {
        complete: true,
        limit: None,
        considered: 0,
        kept: 0,
        proof: None,
    };
    let mut plans: Vec<(Relation, Plan)> = Vec::new();
    let mut without = 0;
    for ((relation, _), answer) in ranked.iter().zip(answers) {
        search.considered += answer.search.considered;
        if !answer.search.complete && answer.plans.is_empty() {
            search.complete = false;
            search.limit = answer.search.limit;
        }
        without += u64::from(answer.plans.is_empty());
        plans.extend(answer.plans.into_iter().map(|plan| (*relation, plan)));
    }
    plans.sort_by(|left, right| {
        left.0
            .cmp(&right.0)
            .then_with(|| by_cost(&left.1, &right.1))
    });
    let mut seen = BTreeSet::new();
    plans.retain(|(_, plan)| seen.insert(shape(plan)));
    plans.truncate(limits.answers.max(1));
    search.kept = plans.len() as u64;
    let nearest = if plans.is_empty() {
        nearest(world, &chosen, &goal, &providers, limits)
    } else {
        None
    };
    let mut dropped = Vec::new();
    if let (Some((_, first)), false) = (excluded.first(), options.excluding) {
        dropped.push(Dropped {
            reason: "it would keep the other out (`samos:excludes`)".to_owned(),
            count: excluded.len() as u64,
            example: words(world, first),
        });
    }
    if without > 0 {
        dropped.push(Dropped {
            reason: "no plan makes both operations ready".to_owned(),
            count: without,
            example: String::new(),
        });
    }
    Answer {
        plans: plans.into_iter().map(|(_, plan)| plan).collect(),
        search,
        nearest,
        dropped,
    }
}

/// An answer for each point, the points being ranked: near plans of all first, then far ones, the best kind first.
fn linked(
    world: &dyn World,
    ranked: &[(Relation, OrchestrationPoint)],
    goal: &Goal,
    providers: &[Iri],
    limits: &Limits,
) -> Vec<Answer> {
    let up_to = |points: &[OrchestrationPoint], considered: u64| {
        let limits = Limits {
            considered,
            ..limits.clone()
        };
        link(world, points, goal, Some(providers), false, &limits)
    };
    let points: Vec<OrchestrationPoint> = ranked.iter().map(|(_, point)| point.clone()).collect();
    let first_look = limits.considered.min(FIRST_LOOK);
    let mut answers = up_to(&points, first_look);
    let mut has_plan = false;
    for kind in [Relation::Uses, Relation::Other, Relation::Excludes] {
        let of_kind =
            || (0..ranked.len()).filter(|at| ranked.get(*at).is_some_and(|(own, _)| *own == kind));
        has_plan |= of_kind().any(|at| {
            answers
                .get(at)
                .is_some_and(|answer| !answer.plans.is_empty())
        });
        let cut: Vec<usize> = of_kind()
            .filter(|at| {
                answers
                    .get(*at)
                    .is_some_and(|answer| !answer.search.complete)
            })
            .collect();
        let share = if has_plan {
            limits.considered / (cut.len() as u64).max(1)
        } else {
            limits.considered
        };
        if share <= first_look {
            continue;
        }
        let again: Vec<OrchestrationPoint> = cut
            .iter()
            .filter_map(|at| points.get(*at).cloned())
            .collect();
        for (at, mut found) in cut.into_iter().zip(up_to(&again, share)) {
            has_plan |= !found.plans.is_empty();
            if let Some(answer) = answers.get_mut(at) {
                found.search.considered += answer.search.considered;
                *answer = found;
            }
        }
    }
    answers
}

/// A service stands for its known instances.
fn instances(world: &dyn World, subjects: &[Iri]) -> Vec<Iri> {
    let (service, instance) = (
        Iri::from(samos::SERVICE),
        Iri::from(samos::SERVICE_INSTANCE),
    );
    let mut found = BTreeSet::new();
    for subject in subjects {
        if !world.has_type(subject, &service) {
            found.insert(world.canonical(subject));
            continue;
        }
        let members = world.holders(
            &Iri::from(samos::SERVICE_OF),
            &Value::Entity(subject.clone()),
        );
        found.extend(
            members
                .into_iter()
                .filter(|member| world.has_type(member, &instance)),
        );
    }
    found.into_iter().collect()
}

/// All pairs of an outcome on one subject and a mandatory parameter of a manipulation on another that it fits.
fn points(world: &dyn World, subjects: &[Iri]) -> Vec<(Relation, OrchestrationPoint)> {
    let offered: Vec<(&Iri, Vec<&Operation>)> = subjects
        .iter()
        .map(|subject| (subject, world.operations_of(subject)))
        .collect();
    let mut fits: BTreeMap<(&Iri, &Iri), bool> = BTreeMap::new();
    let mut found = Vec::new();
    for (taker, takers) in &offered {
        for consumer in takers
            .iter()
            .filter(|operation| operation.kind == Kind::Manipulation)
        {
            let mandatory = consumer
                .parameters
                .iter()
                .enumerate()
                .filter(|(_, parameter)| parameter.mandatory);
            for (place, parameter) in
                mandatory.filter(|(_, parameter)| is_recognizable(&parameter.of_type))
            {
                for (giver, givers) in offered.iter().filter(|(giver, _)| giver != taker) {
                    for producer in givers {
                        for (outcome, given) in producer.outcomes.iter().enumerate() {
                            let pair = (&given.of_type, &parameter.of_type);
                            let fit = *fits
                                .entry(pair)
                                .or_insert_with(|| world.is_subtype(pair.0, pair.1));
                            if fit {
                                let point = OrchestrationPoint {
                                    producer: (producer.iri.clone(), (*giver).clone()),
                                    outcome,
                                    consumer: (consumer.iri.clone(), (*taker).clone()),
                                    parameter: place,
                                };
                                found.push((
                                    relation(world, consumer, parameter.name.as_str()),
                                    point,
                                ));
                            }
                        }
                    }
                }
            }
        }
    }
    found
}

/// A plain string or number is no entity that two clouds would recognize as the same.
fn is_recognizable(of_type: &Iri) -> bool {
    !of_type.as_str().starts_with(xsd::NAMESPACE)
}

/// Under which property the operation's effects put the parameter's value.
fn relation(world: &dyn World, operation: &Operation, parameter: &str) -> Relation {
    let holds = |term: &Term| {
        term.as_atom().is_some_and(|atom| {
            matches!(atom, Atom::Path(path) if path.properties.is_empty() && matches!(&path.root, Root::Variable(name) if name.as_str() == parameter))
        })
    };
    let below = |property: &Iri, above: &str| {
        property.as_str() == above
            || world.property(property).is_some_and(|schema| {
                schema
                    .supers
                    .iter()
                    .chain(&schema.equivalents)
                    .any(|one| one.as_str() == above)
            })
    };
    let mut best = Relation::Other;
    for effect in &operation.postcondition {
        let (Effect::Set { path, value } | Effect::Add { path, value }) = effect else {
            continue;
        };
        let Some(property) = path.properties.last().filter(|_| holds(value)) else {
            continue;
        };
        if below(property, samos::EXCLUDES) {
            return Relation::Excludes;
        }
        if below(property, samos::USES) {
            best = Relation::Uses;
        }
    }
    best
}

fn by_cost(left: &Plan, right: &Plan) -> Ordering {
    let cost = |plan: &Plan| {
        (
            plan.assumptions.len(),
            plan.cost.manipulations,
            plan.cost.operations,
            plan.cost.layers,
        )
    };
    let steps = |plan: &Plan| {
        plan.steps
            .iter()
            .map(|step| step.operation.clone())
            .collect::<Vec<_>>()
    };
    cost(left)
        .cmp(&cost(right))
        .then_with(|| steps(left).cmp(&steps(right)))
}

/// What tells two plans apart: their operations, subjects and arguments.
fn shape(plan: &Plan) -> Vec<String> {
    let part = |step: &samos_model::plan::Step| {
        format!("{} {:?} {:?}", step.operation, step.subject, step.arguments)
    };
    plan.steps.iter().map(part).collect()
}

fn words(world: &dyn World, point: &OrchestrationPoint) -> String {
    let name = |(operation, subject): &(Iri, Iri)| {
        format!("{} on {}", world.compact(operation), world.compact(subject))
    };
    format!("{} → {}", name(&point.producer), name(&point.consumer))
}

/// The smallest list of what is missing at any of the best points.
fn nearest(
    world: &dyn World,
    points: &[OrchestrationPoint],
    goal: &Goal,
    providers: &[Iri],
    limits: &Limits,
) -> Option<NearestMiss> {
    if points.is_empty() {
        return Some(NearestMiss {
            proven_smallest: true,
            changes: Vec::new(),
            blocked_at: None,
            text: "no outcome of an operation on one subject fits a mandatory parameter of a manipulation on another".to_owned(),
        });
    }
    let asked = points.get(..MISSES.min(points.len())).unwrap_or(points);
    let answers = link(world, asked, goal, Some(providers), true, limits);
    let mut misses: Vec<NearestMiss> = answers
        .into_iter()
        .filter_map(|answer| answer.nearest)
        .collect();
    // Of points that were not asked, one might miss less; but nothing misses less than one thing.
    let are_all = misses.len() == points.len() && misses.iter().all(|miss| miss.proven_smallest);
    misses.sort_by_key(|miss| (miss.changes.len(), !miss.proven_smallest));
    let mut first = misses.into_iter().next()?;
    first.proven_smallest &= are_all || first.changes.len() <= 1;
    Some(first)
}
