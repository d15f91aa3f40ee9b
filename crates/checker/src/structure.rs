//! Checks what can be said of a plan without replaying it: format, fingerprint, numbers, edges, layers, costs.
//!
//! In: the plan and what the world was made from. Out: problems, and the graph where the numbers are in order.

use std::collections::BTreeSet;

use samos_model::codes::checking as codes;
use samos_model::plan::{EdgeKind, FORMAT, Reason, Step};
use samos_model::{Iri, Kind, Operation, Plan, World};

use crate::binding::Call;
use crate::graph::Graph;
use crate::report::{Problem, Report};
use crate::scope::Scope;
use crate::steps;
use crate::thing::Thing;

/// A plan with more steps that wait for each other is not looked at.
const MOST_STEPS: usize = 20_000;

/// Format, fingerprint, and whether the plan was made from this world; false when the rest makes no sense.
pub(crate) fn check_envelope(world: &dyn World, plan: &Plan, report: &mut Report) -> bool {
    if plan.format != FORMAT {
        report.error(
            codes::FORMAT,
            format!("the plan's format is {}, not {FORMAT}", plan.format),
            "plan again with this version",
        );
        return false;
    }
    let computed = plan.computed_fingerprint().ok();
    if computed.as_deref() != Some(plan.fingerprint.as_str()) {
        report.error(
            codes::FINGERPRINT,
            "the plan's content is not what its fingerprint was made of",
            "plan again, or take the file as it was made",
        );
    }
    let now = world.made_from().ontology;
    if plan.made_from.ontology != now {
        report.error(
            codes::STALE,
            format!(
                "the plan was made from the ontology `{}`, but `{now}` is loaded",
                plan.made_from.ontology
            ),
            "ask the same question again with `samos plan --from PLAN`",
        );
    }
    true
}

/// The graph of the plan; `None` when its numbers are not in order.
pub(crate) fn graph(plan: &Plan, report: &mut Report) -> Option<Graph> {
    let errors = report.errors();
    for (step, number) in plan.steps.iter().zip(1_u32..) {
        if step.id != number {
            report.error(
                codes::STEP_NUMBERS,
                format!("step {} stands where step {number} belongs", step.id),
                "number the steps 1, 2, 3, … in the order they stand in",
            );
        }
    }
    let mut edges = Vec::with_capacity(plan.edges.len());
    for edge in &plan.edges {
        let (from, to) = (edge.from, edge.to);
        let exists = |number: u32| (1..=plan.steps.len() as u64).contains(&u64::from(number));
        if let Some(missing) = [from, to].into_iter().find(|number| !exists(*number)) {
            report.problem(Problem::new(
                codes::EDGE_TO_NOTHING,
                missing,
                format!("{from} {to}"),
                format!("the edge from {from} to {to} names step {missing}, which the plan does not have"),
                "correct its numbers, or take the edge out",
            ));
        } else if from >= to {
            report.problem(Problem::new(
                codes::EDGE_BACKWARD,
                to,
                format!("{from} {to}"),
                format!("the edge from {from} to {to} leads back"),
                "order the steps so that every edge leads to a later one",
            ));
        } else {
            edges.push((from as usize - 1, to as usize - 1));
        }
    }
    let waits = plan.group.is_none() || !edges.is_empty();
    if waits && plan.steps.len() > MOST_STEPS {
        report.error(
            codes::TOO_LARGE,
            format!(
                "the plan has {} steps; up to {MOST_STEPS} can be checked",
                plan.steps.len()
            ),
            "split the plan",
        );
    }
    if report.errors() > errors {
        return None;
    }
    // Nothing waits in a group, which may be large.
    let steps = if waits { plan.steps.len() } else { 0 };
    Some(Graph::new(steps, edges))
}

/// Layers, costs and the steps that reasons name.
pub(crate) fn check_numbers(
    plan: &Plan,
    graph: &Graph,
    operations: &[&Operation],
    report: &mut Report,
) {
    let mut layers = graph.layers();
    layers.resize(plan.steps.len(), 1);
    for (step, layer) in plan.steps.iter().zip(&layers) {
        if step.layer != *layer {
            report.problem(Problem::new(
                codes::LAYER,
                step.id,
                "",
                format!(
                    "step {} is said to be in layer {}, but is in layer {layer}",
                    step.id, step.layer
                ),
                "correct the layer, or plan again",
            ));
        }
        for named in step.because.iter().filter_map(named_step) {
            if steps::numbered(plan, named).is_none() {
                report.problem(Problem::new(
                    codes::REASON_TO_NOTHING,
                    step.id,
                    named.to_string(),
                    format!(
                        "step {}: a reason names step {named}, which the plan does not have",
                        step.id
                    ),
                    "correct its number",
                ));
            }
        }
    }
    let cost = &plan.cost;
    let manipulations = |operation: &&&Operation| operation.kind == Kind::Manipulation;
    let counts = [
        ("operations", cost.operations, plan.steps.len()),
        (
            "layers",
            cost.layers,
            layers.iter().max().map_or(0, |layer| *layer as usize),
        ),
        (
            "manipulations",
            cost.manipulations,
            operations.iter().filter(manipulations).count(),
        ),
    ];
    for (field, said, counted) in counts {
        if said as usize != counted {
            wrong_cost(report, field, &said.to_string(), &counted.to_string());
        }
    }
    let price = operations.iter().map(|operation| operation.cost).sum();
    let sums = [
        ("price", cost.price, price),
        ("makespan_s", cost.makespan_s, makespan(graph, operations)),
    ];
    for (field, said, counted) in sums {
        let nothing_to_count = operations.is_empty() && said.is_none();
        if !nothing_to_count && !close(said, counted) {
            let words = |number: Option<f64>| number.map_or("null".to_owned(), |it| it.to_string());
            wrong_cost(report, field, &words(said), &words(counted));
        }
    }
}

fn named_step(reason: &Reason) -> Option<u32> {
    match reason {
        Reason::Enables { step, .. } | Reason::Gives { step, .. } => Some(*step),
        Reason::Goal { .. } | Reason::Chosen { .. } => None,
    }
}

fn wrong_cost(report: &mut Report, field: &str, said: &str, counted: &str) {
    report.error(
        codes::COST,
        format!("the plan's `{field}` is said to be {said}, but is {counted}"),
        "correct it, or plan again",
    );
}

fn close(said: Option<f64>, counted: Option<f64>) -> bool {
    match (said, counted) {
        (None, None) => true,
        (Some(said), Some(counted)) => (said - counted).abs() <= 1e-6 * counted.abs().max(1.0),
        _ => false,
    }
}

/// Seconds until the last step is over, when each starts as soon as those it waits for are.
fn makespan(graph: &Graph, operations: &[&Operation]) -> Option<f64> {
    let mut ends: Vec<f64> = Vec::with_capacity(operations.len());
    for (at, operation) in operations.iter().enumerate() {
        let waits = graph.waits().get(at).into_iter().flatten();
        let start = waits.filter_map(|step| ends.get(*step)).copied();
        ends.push(start.fold(0.0, f64::max) + operation.duration_s?);
    }
    Some(ends.into_iter().fold(0.0, f64::max))
}

/// Are a step's provider and account those of its operation and subject?
pub(crate) fn check_owners(
    world: &dyn World,
    step: &Step,
    call: &Call<'_>,
    scope: &Scope,
    report: &mut Report,
) {
    let entity = |thing: &Option<Thing>| match thing {
        Some(Thing::Entity(entity)) => Some(entity.clone()),
        _ => None,
    };
    let canonical = |iri: &Option<Iri>| iri.as_ref().map(|iri| world.canonical(iri));
    let account = (canonical(&step.account), entity(&scope.owners.account));
    let own = canonical(&call.operation.provider);
    let subjects = entity(&scope.owners.provider);
    let said = canonical(&step.provider);
    // Where the operation names no provider, the step may name the subject's or none.
    let provider = match own {
        Some(own) => (said, Some(own)),
        None if said.is_none() => (None, None),
        None => (said, subjects),
    };
    for (field, (said, right)) in [("account", account), ("provider", provider)] {
        if said != right {
            let words = |iri: Option<Iri>| {
                iri.map_or("none".to_owned(), |iri| {
                    format!("`{}`", world.compact(&iri))
                })
            };
            report.problem(Problem::new(
                codes::STEP_FACTS,
                step.id,
                field,
                format!(
                    "step {}: its {field} is said to be {}, but is {}",
                    step.id,
                    words(said),
                    words(right)
                ),
                "correct it, or plan again",
            ));
        }
    }
}

/// Does every data edge carry data, and every value flow along one? The steps that edges join are there; that a step waits
/// for what it uses is looked at apart.
pub(crate) fn check_data_edges(plan: &Plan, graph: &Graph, report: &mut Report) {
    let edges = plan.edges.iter();
    let edges = edges.filter(|edge| edge.kind == EdgeKind::Data);
    let edges: BTreeSet<(u32, u32)> = edges.map(|edge| (edge.from, edge.to)).collect();
    let data = |from: u32, to: u32| edges.contains(&(from, to));
    let givers = |step: &Step| -> BTreeSet<u32> {
        let values = steps::values(&step.subject, &step.arguments);
        values
            .filter_map(|value| steps::reference(value).map(|it| it.step))
            .collect()
    };
    for edge in plan.edges.iter().filter(|edge| edge.kind == EdgeKind::Data) {
        let carried =
            steps::numbered(plan, edge.to).is_some_and(|step| givers(step).contains(&edge.from));
        if !carried {
            report.problem(Problem::new(
                codes::DATA_EDGE,
                edge.to,
                edge.from.to_string(),
                format!(
                    "step {} uses nothing that step {} gives, but a data edge joins them",
                    edge.to, edge.from
                ),
                "take the edge out, or correct its kind",
            ));
        }
    }
    let place = |number: u32| (number as usize).checked_sub(1);
    for (at, step) in plan.steps.iter().enumerate() {
        for from in givers(step) {
            let waits = place(from).is_some_and(|giver| graph.is_before(giver, at));
            if waits && !data(from, step.id) {
                report.problem(Problem::new(
                    codes::MISSING_DATA_EDGE,
                    step.id,
                    from.to_string(),
                    format!(
                        "step {} uses what step {from} gives, but no data edge joins them",
                        step.id
                    ),
                    "add an edge of kind `data`",
                ));
            }
        }
    }
}
