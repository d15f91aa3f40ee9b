//! What the comparisons say about a plan: its price, its steps, and what checker and reference think of it.

use std::collections::BTreeMap;

use samos_model::operation::DefaultValue;
use samos_model::plan::{PlanValue, Step};
use samos_model::{Name, Plan, Severity, Value, World as _};
use samos_reference::evaluation::{State, Thing};
use samos_reference::goals::Price;
use samos_reference::plans::{judge, unknowns};
use samos_reference::requests::Call;
use samos_reference::worlds::RandomWorld;

/// What the plan takes, in the order of goodness. A plan that the reference refuses costs all it assumes.
pub(crate) fn price(world: &RandomWorld, plan: &Plan) -> Price {
    let size = |number: u32| usize::try_from(number).expect("a plan is small");
    Price {
        assumptions: unknowns(&world.estate, plan).unwrap_or(plan.assumptions.len()),
        manipulations: size(plan.cost.manipulations),
        operations: size(plan.cost.operations),
    }
}

/// Why the checker refuses the plan, if it does.
pub(crate) fn refused(world: &RandomWorld, plan: &Plan) -> Option<String> {
    let findings = samos_checker::check(&world.estate, plan);
    let errors: Vec<String> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}

pub(crate) fn told(plan: &Plan) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        let arguments = serde_json::to_string(&step.arguments).unwrap_or_default();
        let subject = serde_json::to_string(&step.subject).unwrap_or_default();
        text += &format!(
            "\n    {} in round {}: {} on {subject} with {arguments}",
            step.id, step.layer, step.operation
        );
    }
    for edge in &plan.edges {
        text += &format!("\n    {} before {}: {:?}", edge.from, edge.to, edge.kind);
    }
    for assumption in &plan.assumptions {
        text += &format!(
            "\n    assuming for {}: {} ({})",
            assumption.step, assumption.condition, assumption.text
        );
    }
    text
}

/// A plan that was answered must be good to the checker and to the reference.
pub(crate) fn both_accept(world: &RandomWorld, plan: &Plan) -> Result<(), String> {
    let judged = judge(&world.estate, plan);
    if let Some(errors) = refused(world, plan) {
        return Err(format!(
            "the checker refuses a plan: {errors}\n  the reference says {judged:?}{}",
            told(plan)
        ));
    }
    judged.map_err(|why| {
        format!(
            "the reference refuses a plan that the checker accepts: {why}{}",
            told(plan)
        )
    })?;
    keep(world, plan)
}

/// Writes the plan and its world down where that is asked for (`SAMOS_KEEP_PLANS`), for validators of other makers.
fn keep(world: &RandomWorld, plan: &Plan) -> Result<(), String> {
    #[allow(
        clippy::disallowed_methods,
        reason = "a test may be asked to keep what it saw"
    )]
    let Ok(folder) = std::env::var("SAMOS_KEEP_PLANS") else {
        return Ok(());
    };
    if plan.steps.is_empty() {
        return Ok(());
    }
    let kind = if !plan.assumptions.is_empty() {
        "random worlds, assuming"
    } else if plan.goal.condition.is_some() || !plan.goal.wants.is_empty() {
        "random worlds"
    } else {
        "random worlds, no goal"
    };
    let mark: String = plan.fingerprint.chars().rev().take(12).collect();
    let place = std::path::Path::new(&folder).join(format!("random-{}-{mark}", world.seed));
    let written = |name: &str, text: String| {
        std::fs::write(place.join(name), text).map_err(|error| error.to_string())
    };
    std::fs::create_dir_all(&place).map_err(|error| error.to_string())?;
    let case = serde_json::json!({ "kind": kind, "worlds": ["world.ttl"] });
    written("case.json", case.to_string())?;
    written("world.ttl", world.estate.to_turtle())?;
    let plan = serde_json::to_string(plan).map_err(|error| error.to_string())?;
    written("plan.json", plan)
}

/// A step as a call, where it names only what was known; defaults are left out.
pub(crate) fn call(world: &RandomWorld, step: &Step) -> Option<Call> {
    let state = State::live(&world.estate);
    let operation = samos_model::World::operation(&world.estate, &step.operation)?;
    let known = |value: &PlanValue| value.as_known().map(|value| state.thing(&value));
    let mut arguments: BTreeMap<Name, Vec<Thing>> = BTreeMap::new();
    for (name, argument) in &step.arguments {
        let values: Option<Vec<Thing>> = argument.values().iter().map(known).collect();
        let values = values?;
        let default = operation
            .parameter(name.as_str())
            .and_then(|parameter| parameter.default.clone());
        let default = default.map(|default| match default {
            DefaultValue::Literal(literal) => Thing::Literal(literal),
            DefaultValue::Individual(name) => {
                state.thing(&Value::Entity(world.estate.canonical(&name)))
            }
        });
        if values.first() != default.as_ref() {
            arguments.insert(name.clone(), values);
        }
    }
    Some(Call {
        operation: step.operation.clone(),
        subject: known(&step.subject)?,
        arguments,
    })
}
