//! Any world and goal as a planning problem in PDDL, and a plan of it as the text that plan validators read.
//!
//! In: a world; a goal, or a plan with its goal. Out: two files, what was left out and why, and a plan as a list of actions.
//!
//! A property is a predicate over a thing and a value; a property whose only literal is `true` is one over a thing;
//! what belongs to the one individual of a service loses that argument, and so does an action asked of it. An operation is
//! an action for each choice of what is given to it. Things that are created, and values that are renewed, come from
//! pools; `made` says which things there are, `known` which values have been come across. Numbers are things too: their
//! order and sums are facts that never change.
//!
//! What is unknown counts as absent, and a renewed value differs from every other; a plan's assumptions are facts of the
//! start, and the states it waits for pass by actions of their own. What cannot be said leaves an operation out with a
//! warning; of the goal it is an error.

mod actions;
mod conditions;
mod effects;
mod estate;
mod formula;
mod gather;
mod ground;
mod kinds;
mod lines;
mod mentions;
mod narrowed;
mod numbers;
mod play;
mod scope;
mod select;
mod signatures;
mod unrolled;
mod variants;

use std::collections::{BTreeMap, BTreeSet};

use samos_model::codes::import as codes;
use samos_model::plan::PlanGoal;
use samos_model::text::Root;
use samos_model::{Condition, Finding, Iri, Operation, Outcome, Plan, World};

use actions::{Shape, is_silent};
use estate::Estate;
use formula::Fact;
use play::{Problem, Unmet};
use variants::{Variant, variant_of, variants};

/// Things that may be created of each kind, when not said otherwise.
const POOL: usize = 3;

/// So often a plan is played again with more of what it assumes.
const MOST_ASSUMED: usize = 60;

/// A thing that there is.
const MADE: &str = "made";
/// A value that has been come across.
const KNOWN: &str = "known";
/// A value nobody knew that has been used.
const DRAWN: &str = "drawn";
/// A thing that is not there from the start.
const FRESH: &str = "fresh";
/// A state that passes into another, however many states later.
const TURNS: &str = "turns-into";

/// A planning problem.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The domain file.
    pub domain: String,
    /// The problem file.
    pub problem: String,
    /// What was left out.
    pub warnings: Vec<Finding>,
    /// The plan that it was written for, as the text that validators read: an action a line.
    pub plan: Option<String>,
    inner: Problem,
    #[cfg(test)]
    goal: formula::Formula,
    /// As it was before it was narrowed.
    #[cfg(test)]
    whole: Problem,
}

/// Where the things come from that are not there from the start.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum PoolKey {
    /// Created, of that type, by an operation of that provider.
    Created(Iri, Option<Iri>),
    /// Given back, of that type, by an operation of that provider.
    Given(Iri, Option<Iri>),
    /// A value of that property which nobody knows: renewed.
    Renewed(Iri),
    /// A value of that property which nobody knows: there from the start.
    Unknown(Iri),
}

impl PoolKey {
    fn of_outcome(operation: &Operation, outcome: &Outcome) -> Self {
        let provider = operation.provider.clone();
        if operation.creates(outcome.name.as_str()) {
            Self::Created(outcome.of_type.clone(), provider)
        } else {
            Self::Given(outcome.of_type.clone(), provider)
        }
    }
}

/// Things that are not there from the start.
#[derive(Clone, Debug)]
struct Pool {
    /// The class of just these.
    class: Iri,
    names: Vec<String>,
}

fn owner_word(root: &Root) -> &'static str {
    match root {
        Root::Account => "account",
        Root::Provider => "provider",
        _ => "service",
    }
}

/// The class of those that an operation can be asked of: that of its subject or, where some of these are of other
/// providers, a part of it.
fn subject_class(world: &dyn World, operation: &Operation) -> Iri {
    let all = world.entities_of(&operation.subject);
    match &operation.provider {
        Some(provider) if !all.iter().all(|one| world.accepts(operation, one)) => {
            Iri::from(format!("{}-of-{}", operation.subject, provider.local()))
        }
        _ => operation.subject.clone(),
    }
}

/// Writes a world and a goal.
///
/// # Errors
/// When the goal cannot be said.
pub fn export(world: &dyn World, goal: &Condition) -> Result<Exported, Vec<Finding>> {
    written(world, goal, &PlanGoal::default(), None)
}

/// Writes a world, the goal of a plan, and the plan: with the operations that it is made of, as many things to be created
/// as it creates, and what it assumes as facts.
///
/// # Errors
/// When the goal, or a step of the plan, cannot be said.
pub fn export_plan(
    world: &dyn World,
    goal: &Condition,
    plan: &Plan,
) -> Result<Exported, Vec<Finding>> {
    written(world, goal, &plan.goal, Some(plan))
}

fn written(
    world: &dyn World,
    goal: &Condition,
    asked: &PlanGoal,
    plan: Option<&Plan>,
) -> Result<Exported, Vec<Finding>> {
    let (operations, used) = chosen(world, goal, asked, plan);
    let mut out = Estate::gathered(world, &operations, goal, asked, plan);
    let scale = scale(&operations);
    let mut shapes: BTreeMap<Iri, Vec<Shape>> = BTreeMap::new();
    for operation in &operations {
        let own: Vec<Variant> = used.get(&operation.iri).cloned().unwrap_or_default();
        let mut reasons: BTreeSet<String> = BTreeSet::new();
        for variant in variants(operation, &own, plan.is_none()) {
            match out.action(operation, &variant, scale) {
                // What can never be asked for says nothing.
                Ok(shape) if shape.condition.is_false() && !own.contains(&variant) => {}
                Ok(shape) => shapes.entry(operation.iri.clone()).or_default().push(shape),
                Err(reason) => {
                    reasons.insert(reason);
                }
            }
        }
        for reason in reasons {
            out.warnings.push(Finding::warning(
                codes::CANNOT_EXPORT,
                format!("`{}` is left out: {reason}", world.compact(&operation.iri)),
                "plans that need it will not be found",
            ));
        }
    }
    let waits = match plan {
        Some(plan) => out.waits(plan).map_err(unsaid)?,
        None => BTreeMap::new(),
    };
    let wanted = out.goal(goal, asked).map_err(unsaid)?;
    let mut inner = out.problem(shapes, waits, &operations);
    let mut text = None;
    #[cfg(test)]
    let mut whole = Problem::default();
    if let Some(plan) = plan {
        inner.is_of_plan = true;
        for _ in 0..MOST_ASSUMED {
            let played = inner.play(plan, true)?;
            let Some(unmet) = played.unmet else {
                break;
            };
            if !supposed(&mut out, &mut inner, plan, &unmet)? {
                break;
            }
        }
        let played = inner.play(plan, false)?;
        text = Some(played.lines.concat());
        #[cfg(test)]
        inner.clone_into(&mut whole);
        narrowed::narrow(&mut inner, &played.calls, &wanted);
        unrolled::unroll(&mut inner);
    }
    let mut actions: Vec<&Shape> = Vec::new();
    for operation in &operations {
        let own = inner.shapes.get(&operation.iri).into_iter().flatten();
        actions.extend(own.filter(|shape| plan.is_some() || !is_silent(operation, shape)));
    }
    actions.extend(inner.waits.values());
    let objects: BTreeSet<String> = inner.objects.all.iter().cloned().collect();
    let start: Vec<Fact> = inner.start.listed();
    let said = lines::Said {
        actions: &actions,
        objects: &objects,
        start: &start,
        goal: &wanted,
        is_priced: scale.is_some(),
    };
    let (domain, problem) = lines::files(&mut out, &said);
    Ok(Exported {
        domain,
        problem,
        warnings: out.warnings,
        plan: text,
        inner,
        #[cfg(test)]
        goal: wanted,
        #[cfg(test)]
        whole,
    })
}

fn unsaid(reason: String) -> Vec<Finding> {
    vec![Finding::error(
        codes::CANNOT_EXPORT,
        format!("the goal cannot be said in PDDL: {reason}"),
        "ask for what a value is, contains or has, without order and sums",
    )]
}

/// The operations that matter, and what those of a plan are given.
fn chosen<'w>(
    world: &'w dyn World,
    goal: &Condition,
    asked: &PlanGoal,
    plan: Option<&Plan>,
) -> (Vec<&'w Operation>, BTreeMap<Iri, Vec<Variant>>) {
    let mut used: BTreeMap<Iri, Vec<Variant>> = BTreeMap::new();
    for step in plan.iter().flat_map(|plan| &plan.steps) {
        if let (Some(operation), Some(plan)) = (world.operation(&step.operation), plan) {
            let variant = variant_of(world, operation, step, plan);
            let all = used.entry(operation.iri.clone()).or_default();
            if !all.contains(&variant) {
                all.push(variant);
            }
        }
    }
    let all = world.operations();
    let creatable: BTreeSet<&Iri> = all
        .iter()
        .flat_map(|own| {
            let outcomes = own.outcomes.iter();
            outcomes.filter(|outcome| own.creates(outcome.name.as_str()))
        })
        .map(|outcome| &outcome.of_type)
        .collect();
    let candidates: Vec<&Operation> = all
        .iter()
        .filter(|own| plan.is_none() || used.contains_key(&own.iri))
        .filter(|own| {
            world.has_entities(&own.subject)
                || creatable
                    .iter()
                    .any(|created| world.is_subtype(created, &own.subject))
        })
        .collect();
    let aim = select::Aim {
        conditions: goal,
        wants: asked
            .wants
            .iter()
            .map(|want| want.of_type.clone())
            .collect(),
        used: used.keys().cloned().collect(),
    };
    (select::relevant(world, &candidates, &aim), used)
}

/// Makes true from the start what a step takes for granted; `false` when that cannot be said.
fn supposed(
    out: &mut Estate<'_>,
    inner: &mut Problem,
    plan: &Plan,
    unmet: &Unmet,
) -> Result<bool, Vec<Finding>> {
    let parts = out.assumed(inner, plan, unmet);
    match inner.suppose(&parts, unmet) {
        Some(fixes) => Ok(out.grant(inner, fixes)),
        None => Err(vec![Finding::error(
            codes::CANNOT_EXPORT,
            format!(
                "step {} takes for granted what cannot be said in PDDL as a fact of the start",
                unmet.step
            ),
            "plan with `--no-assume`, after reading what is unknown",
        )]),
    }
}

impl Exported {
    /// A plan for the same world as the text that validators read: an action a line, in an order that it allows.
    ///
    /// # Errors
    /// When a step is of an operation that was left out, or uses what has no name here.
    pub fn plan_text(&self, plan: &Plan) -> Result<String, Vec<Finding>> {
        Ok(self.inner.play(plan, false)?.lines.concat())
    }
}

/// By how much costs are multiplied, as planners want whole numbers; none where nothing has a cost.
fn scale(operations: &[&Operation]) -> Option<f64> {
    let costs: Vec<f64> = operations
        .iter()
        .filter_map(|operation| operation.cost)
        .collect();
    if costs.is_empty() {
        return None;
    }
    let whole = |factor: f64| {
        costs
            .iter()
            .all(|cost| (cost * factor).fract().abs() < 1e-9)
    };
    Some(
        [1.0, 10.0, 100.0, 1_000.0]
            .into_iter()
            .find(|factor| whole(*factor))
            .unwrap_or(10_000.0),
    )
}

#[cfg(test)]
mod tests;
