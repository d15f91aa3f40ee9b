//! A plan as a workflow of the OpenAPI initiative: Arazzo 1.0, in JSON, which is YAML too.
//!
//! In: a plan. Out: a document with one workflow. Each step names its operation by `operationId`, the local name of the
//! operation; what one step gives to another is a runtime expression. A step's description says why it is there. Not here:
//! the vendors' OpenAPI documents, which stand beside it as source descriptions.

use std::collections::BTreeMap;

use samos_model::plan::{EdgeKind, PlanValue, Reason, Step};
use samos_model::{Iri, Plan, World};
use serde_json::{Map, Value, json};

use super::short;

/// The plan as an Arazzo document.
#[must_use = "this makes text and changes nothing"]
pub fn arazzo(plan: &Plan, world: &dyn World) -> String {
    let mut sources: BTreeMap<String, String> = BTreeMap::new();
    for step in &plan.steps {
        let name = source_of(step);
        let url = step
            .provider
            .as_ref()
            .map_or_else(|| step.operation.namespace(), Iri::namespace);
        sources.insert(name, url.to_owned());
    }
    let descriptions = sources
        .iter()
        .map(|(name, url)| json!({"name": name, "url": url, "type": "openapi"}));
    let steps = plan.steps.iter().map(|step| self::step(plan, step, world));
    let outputs: Map<String, Value> = plan
        .steps
        .iter()
        .flat_map(|step| {
            let named = outcomes(plan, step.id);
            named.into_iter().map(move |name| {
                let expression = format!("$steps.{}.outputs.{name}", id(step.id));
                (format!("{}-{name}", id(step.id)), Value::from(expression))
            })
        })
        .collect();
    let mut workflow = json!({
        "workflowId": "plan",
        "summary": summary(plan, world),
        "description": format!("Plan {}", plan.fingerprint),
        "steps": steps.collect::<Vec<Value>>(),
    });
    if let Some(fields) = workflow.as_object_mut().filter(|_| !outputs.is_empty()) {
        fields.insert("outputs".to_owned(), Value::Object(outputs));
    }
    let document = json!({
        "arazzo": "1.0.1",
        "info": {"title": summary(plan, world), "version": "1.0.0"},
        "sourceDescriptions": descriptions.collect::<Vec<Value>>(),
        "workflows": [workflow],
        "x-samos-fingerprint": plan.fingerprint,
    });
    let mut text = format!("{document:#}");
    text.push('\n');
    text
}

fn summary(plan: &Plan, world: &dyn World) -> String {
    let names: Vec<String> = plan
        .steps
        .iter()
        .map(|step| short(&step.operation, world))
        .collect();
    if names.is_empty() {
        return "Nothing to do".to_owned();
    }
    names.join(", then ")
}

fn id(step: u32) -> String {
    format!("step-{step}")
}

/// The name of the document that describes a step's operation.
fn source_of(step: &Step) -> String {
    let prefix = step.provider.as_ref().unwrap_or(&step.operation);
    let name: String = prefix
        .local()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if name.is_empty() {
        "api".to_owned()
    } else {
        name
    }
}

/// The outcomes of a step that others use.
fn outcomes(plan: &Plan, step: u32) -> Vec<String> {
    let mut names: Vec<String> = plan
        .steps
        .iter()
        .flat_map(|other| {
            let arguments = other
                .arguments
                .values()
                .flat_map(|argument| argument.values());
            std::iter::once(&other.subject).chain(arguments)
        })
        .filter_map(|value| match value {
            PlanValue::From { from } if from.step == step => Some(from.outcome.to_string()),
            _ => None,
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

fn step(plan: &Plan, step: &Step, world: &dyn World) -> Value {
    let mut body = Map::new();
    body.insert("subject".to_owned(), value(&step.subject));
    for (name, argument) in &step.arguments {
        let mut values: Vec<Value> = argument.values().iter().map(value).collect();
        let single = matches!(argument, samos_model::plan::Argument::One(_));
        let written = match values.pop() {
            Some(only) if single => only,
            Some(last) => {
                values.push(last);
                Value::Array(values)
            }
            None => Value::Array(values),
        };
        body.insert(name.to_string(), written);
    }
    let operation = format!(
        "$sourceDescriptions.{}.{}",
        source_of(step),
        step.operation.local()
    );
    let mut written = json!({
        "stepId": id(step.id),
        "description": because(step, world),
        "operationId": operation,
        "requestBody": {"contentType": "application/json", "payload": body},
        "successCriteria": [{"condition": "$statusCode < 400"}],
        "x-samos-operation": step.operation,
        "x-samos-layer": step.layer,
    });
    let named = outcomes(plan, step.id);
    if let Some(fields) = written.as_object_mut() {
        if !named.is_empty() {
            let outputs = named.into_iter().map(|name| {
                let expression = Value::from(format!("$response.body#/{name}"));
                (name, expression)
            });
            fields.insert("outputs".to_owned(), Value::Object(outputs.collect()));
        }
        let waits = plan
            .edges
            .iter()
            .filter(|edge| edge.to == step.id && edge.kind != EdgeKind::Data);
        let waits: Vec<String> = waits.map(|edge| id(edge.from)).collect();
        if !waits.is_empty() {
            fields.insert("x-samos-after".to_owned(), waits.into());
        }
    }
    written
}

fn because(step: &Step, world: &dyn World) -> String {
    let whys: Vec<String> = step
        .because
        .iter()
        .map(|reason| match reason {
            Reason::Goal { text } => format!("goal: {text}"),
            Reason::Enables { step, condition } => format!("step {step} requires {condition}"),
            Reason::Gives {
                step,
                outcome,
                parameter,
            } => {
                format!("gives {outcome} as {parameter} to step {step}")
            }
            Reason::Chosen { text } => text.clone(),
        })
        .collect();
    format!("{}: {}", short(&step.operation, world), whys.join("; "))
}

fn value(value: &PlanValue) -> Value {
    match value {
        PlanValue::Entity { entity } => Value::from(entity.as_str()),
        PlanValue::Given { given } => Value::from(given.as_str()),
        PlanValue::From { from } => {
            let path = from
                .index
                .map_or_else(String::new, |index| format!("#/{index}"));
            Value::from(format!(
                "$steps.{}.outputs.{}{path}",
                id(from.step),
                from.outcome
            ))
        }
        PlanValue::Before { before } => Value::from(before.path.as_str()),
        PlanValue::Literal { value, .. } => value.clone(),
    }
}
