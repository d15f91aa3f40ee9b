//! Looks up what the steps name: operations, parameters, outcomes, earlier steps.
//!
//! In: the plan and the catalogue. Out: calls ready to be bound, or problems with the nearest right name.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::codes::checking as codes;
use samos_model::finding::nearest;
use samos_model::plan::{Argument, OutcomeOf, PathBefore, PlanValue, Step, Undo};
use samos_model::{Conjunct, Iri, Name, Operation, Plan, World};

use crate::binding::{Call, Source};
use crate::graph::Graph;
use crate::names::read_condition;
use crate::replay::Assumed;
use crate::report::{Problem, Report};
use crate::thing::Symbol;

/// The step of that number, in a plan whose numbers are in order.
pub(crate) fn numbered(plan: &Plan, number: u32) -> Option<&Step> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    plan.steps.get(at)
}

/// The outcome that a value refers to.
pub(crate) fn reference(value: &PlanValue) -> Option<&OutcomeOf> {
    match value {
        PlanValue::From { from } => Some(from),
        _ => None,
    }
}

/// The earlier value that a value refers to.
fn before(value: &PlanValue) -> Option<&PathBefore> {
    match value {
        PlanValue::Before { before } => Some(before),
        _ => None,
    }
}

/// A step's subject and all its arguments' values.
pub(crate) fn values<'a>(
    subject: &'a PlanValue,
    arguments: &'a BTreeMap<Name, Argument>,
) -> impl Iterator<Item = &'a PlanValue> {
    std::iter::once(subject).chain(arguments.values().flat_map(Argument::values))
}

/// The calls of all steps; `None` when something they name is missing.
pub(crate) fn calls<'a>(
    world: &'a dyn World,
    plan: &'a Plan,
    givens: &'a BTreeMap<Iri, Symbol>,
    graph: &Graph,
    report: &mut Report,
) -> Option<Vec<Call<'a>>> {
    let errors = report.errors();
    let mut calls = Vec::with_capacity(plan.steps.len());
    for (at, step) in plan.steps.iter().enumerate() {
        let Some(operation) = operation(world, step.id, &step.operation, report) else {
            continue;
        };
        if step.kind != operation.kind {
            report.problem(Problem::new(
                codes::STEP_FACTS,
                step.id,
                "kind",
                format!(
                    "step {}: its kind is not that of `{}`",
                    step.id,
                    world.compact(&operation.iri)
                ),
                "take the kind from the catalogue, or plan again",
            ));
        }
        parameters(step.id, operation, &step.arguments, report);
        for from in values(&step.subject, &step.arguments).filter_map(reference) {
            check_reference(world, plan, graph, (at, step.id), from, report);
        }
        calls.push(Call {
            step: step.id,
            operation,
            subject: &step.subject,
            arguments: &step.arguments,
            symbols: step.id,
            source: Source {
                step: step.id,
                givens,
                before: None,
            },
        });
    }
    for from in plan
        .goal
        .wants
        .iter()
        .filter_map(|want| reference(&want.is))
    {
        check_reference(world, plan, graph, (plan.steps.len(), 0), from, report);
    }
    (report.errors() == errors).then_some(calls)
}

/// The operation of that name.
fn operation<'a>(
    world: &'a dyn World,
    step: u32,
    iri: &Iri,
    report: &mut Report,
) -> Option<&'a Operation> {
    let found = world.operation(iri);
    if found.is_none() {
        let operations = world.operations().iter();
        let near = nearest(
            iri.as_str(),
            operations.map(|operation| operation.iri.as_str()),
        );
        let help = match near {
            Some(near) => format!("did you mean `{}`?", world.compact(&Iri::from(near))),
            None => "load the ontology that specifies it".to_owned(),
        };
        let name = world.compact(iri);
        let message = format!("step {step}: the catalogue has no operation `{name}`");
        report.problem(Problem::new(codes::OPERATION, step, name, message, help));
    }
    found
}

/// Does the operation have these parameters?
fn parameters(
    step: u32,
    operation: &Operation,
    arguments: &BTreeMap<Name, Argument>,
    report: &mut Report,
) {
    for name in arguments.keys() {
        if operation.parameter(name.as_str()).is_some() {
            continue;
        }
        let parameters = operation.parameters.iter();
        let near = nearest(
            name.as_str(),
            parameters.map(|parameter| parameter.name.as_str()),
        );
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "take the argument out".to_owned(),
        };
        let message = format!("step {step}: its operation has no parameter `{name}`");
        report.problem(Problem::new(
            codes::PARAMETER,
            step,
            name.as_str(),
            message,
            help,
        ));
    }
}

/// Does a reference name an outcome of a step that is over by then?
fn check_reference(
    world: &dyn World,
    plan: &Plan,
    graph: &Graph,
    (at, number): (usize, u32),
    from: &OutcomeOf,
    report: &mut Report,
) {
    let about = format!("{}.{}", from.step, from.outcome);
    let who = match number {
        0 => "the goal".to_owned(),
        number => format!("step {number}"),
    };
    let mut problem = |code, message: String, help: String| {
        let message = format!("{who}: {message}");
        report.problem(Problem::new(code, number, about.clone(), message, help));
    };
    let giver = usize::try_from(from.step)
        .ok()
        .and_then(|it| it.checked_sub(1));
    let giver = giver.filter(|giver| *giver < at);
    let Some((giver, step)) = giver.zip(numbered(plan, from.step)) else {
        let message = format!(
            "`{}` is to come from step {}, which is no earlier step",
            from.outcome, from.step
        );
        return problem(
            codes::REFERENCE_TO_NOTHING,
            message,
            "name an earlier step that gives the value".to_owned(),
        );
    };
    // What is missing was said of the step that names it.
    let Some(operation) = world.operation(&step.operation) else {
        return;
    };
    let outcomes = operation.outcomes.iter();
    let Some(outcome) = operation.outcome(from.outcome.as_str()) else {
        let near = nearest(
            from.outcome.as_str(),
            outcomes.map(|outcome| outcome.name.as_str()),
        );
        let message = format!("step {} gives no `{}`", from.step, from.outcome);
        let help = near.map_or("name one of its outcomes".to_owned(), |near| {
            format!("did you mean `{near}`?")
        });
        return problem(codes::OUTCOME, message, help);
    };
    if !outcome.multiple && from.index.is_some_and(|index| index > 0) {
        problem(
            codes::INDEX,
            format!(
                "step {} gives one `{}`, not several",
                from.step, from.outcome
            ),
            "leave the index out".to_owned(),
        );
    }
    if number > 0 && !graph.is_before(giver, at) {
        problem(
            codes::REFERENCE_UNORDERED,
            format!(
                "it uses `{}` of step {}, but does not wait for that step",
                from.outcome, from.step
            ),
            format!("add a data edge from {} to {number}", from.step),
        );
    }
}

/// All outcomes that arguments, subjects and wants use.
pub(crate) fn used_outcomes(plan: &Plan) -> BTreeSet<(u32, Name)> {
    let steps = plan.steps.iter();
    let arguments = steps.flat_map(|step| values(&step.subject, &step.arguments));
    let wants = plan.goal.wants.iter().map(|want| &want.is);
    arguments
        .chain(wants)
        .filter_map(reference)
        .map(|from| (from.step, from.outcome.clone()))
        .collect()
}

/// By step, the paths at which an undo wants what stood there before that step.
pub(crate) fn paths_before(plan: &Plan) -> BTreeMap<u32, BTreeSet<&str>> {
    let mut paths: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for step in &plan.steps {
        let Undo::By {
            subject, arguments, ..
        } = &step.undo
        else {
            continue;
        };
        for before in values(subject, arguments).filter_map(before) {
            let known = paths.entry(before.step).or_default();
            known.insert(&before.path);
        }
    }
    paths
}

/// What the plan lists as assumptions, each found again among the conjuncts of its step.
pub(crate) fn assumptions(
    world: &dyn World,
    plan: &Plan,
    report: &mut Report,
) -> BTreeSet<Assumed> {
    let mut assumed = BTreeSet::new();
    for assumption in &plan.assumptions {
        let step = numbered(plan, assumption.step);
        match step.and_then(|step| conjunct(world, step, &assumption.condition)) {
            Some(conjunct) => {
                assumed.insert((assumption.step, conjunct, assumption.wait.clone()));
            }
            None => {
                let message = format!(
                    "`{}` is assumed of step {}, but is no condition of it",
                    assumption.condition, assumption.step
                );
                report.problem(Problem::new(
                    codes::ASSUMPTION,
                    assumption.step,
                    assumption.condition.clone(),
                    message,
                    "take the assumption out, or plan again",
                ));
            }
        }
    }
    assumed
}

/// The conjunct of a step that a text says, `exists` of what an outcome reads included.
fn conjunct(world: &dyn World, step: &Step, text: &str) -> Option<Conjunct> {
    let operation = world.operation(&step.operation)?;
    let reads = operation.outcomes.iter();
    let reads = reads.filter_map(|outcome| outcome.reads.as_ref());
    let mut own = operation.precondition.conjuncts.clone();
    own.extend(reads.map(|reads| Conjunct::Exists {
        path: reads.path.clone(),
    }));
    let said = read_condition(text).ok();
    let said = said.as_ref().map(|said| said.conjuncts.as_slice());
    own.into_iter().find(|own| {
        let meant = said.is_some_and(|said| said == std::slice::from_ref(own));
        meant || own.to_string() == text
    })
}
