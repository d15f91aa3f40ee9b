//! What tools take and give, and the JSON Schemas that say so.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{OpenApi, ToSchema};

use crate::api::plans::PlanDetail;
use crate::api::wording::Sentence;
use crate::schema;

/// What to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FindInput {
    /// Part of a name; empty for everything.
    #[serde(default)]
    pub(super) query: String,
    /// `service`, `instance`, `aspect`, `operation`, `type` or `provider`; all where nothing is said.
    pub(super) kind: Option<String>,
    /// At most so many; 50 where nothing is said.
    pub(super) limit: Option<usize>,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub(super) struct FindOutput {
    /// The first ones.
    pub(super) items: Vec<FindItem>,
    /// How many there are in all.
    pub(super) total: usize,
}

/// Something that has a name.
#[derive(Serialize, ToSchema)]
pub(super) struct FindItem {
    /// What it is.
    pub(super) kind: String,
    /// The name to ask with.
    pub(super) name: String,
    /// What people call it.
    pub(super) label: String,
    /// Its class, or what an operation does.
    pub(super) note: Option<String>,
    /// The state it is in.
    pub(super) state: Option<String>,
}

/// A name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplainInput {
    /// Of an operation, a type, a thing, or a code.
    pub(super) name: String,
}

/// What a name stands for.
#[derive(Serialize, ToSchema)]
pub(super) struct ExplainOutput {
    /// `is` says what it is; the rest follows from that.
    #[schema(value_type = Object)]
    pub(super) explanation: Value,
}

/// One operation on one subject.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckInput {
    /// The operation's name.
    pub(super) operation: String,
    /// The subject's name.
    pub(super) subject: String,
    /// Arguments at hand, `name=value`.
    #[serde(default)]
    pub(super) arguments: Vec<String>,
}

/// What is to be planned.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanInput {
    /// `goal` (reach `goal` or obtain `wants`), `connect` (make subjects of different clouds work together), `chain`
    /// (sequences in one cloud), `together` (the same on several); `goal` where nothing is said.
    pub(super) how: Option<String>,
    /// What must hold at the end, such as `ec2:web-1.state is samos:Running`.
    pub(super) goal: Option<String>,
    /// Types of things to obtain.
    #[serde(default)]
    pub(super) wants: Vec<String>,
    /// The names of the subjects.
    #[serde(default)]
    pub(super) subjects: Vec<String>,
    /// Arguments at hand, `name=value`.
    #[serde(default)]
    pub(super) arguments: Vec<String>,
    /// How many plans at most; 3 where nothing is said.
    pub(super) alternatives: Option<usize>,
    /// Of `goal`: plans that are far apart in what they ask of whom.
    #[serde(default)]
    pub(super) diverse: bool,
    /// Of `goal`: say also what every plan must pass.
    #[serde(default)]
    pub(super) explain: bool,
    /// Of `goal`: say also why this operation is not in the best plan.
    pub(super) why_not: Option<String>,
    /// Milliseconds after which the best found by then is answered.
    pub(super) time_limit_ms: Option<u64>,
}

/// Plans, or what would make one.
#[derive(Serialize, ToSchema)]
pub(super) struct PlanOutput {
    /// The best first; each passed the independent checker.
    pub(super) plans: Vec<PlanSummary>,
    /// Was everything looked at, so that what was not found does not exist?
    pub(super) complete: bool,
    /// Where there is no plan: what would make one.
    pub(super) nearest: Option<String>,
    /// What every plan must pass, in the order in which it can come to be, where that was asked for.
    pub(super) must: Vec<String>,
    /// Why the operation asked about is not in the best plan, or that it is.
    pub(super) why_not: Option<String>,
}

/// A plan in words.
#[derive(Serialize, ToSchema)]
pub(super) struct PlanSummary {
    /// Its name, for `explain_plan` and `run_plan`.
    pub(super) fingerprint: String,
    /// In a line.
    pub(super) title: String,
    /// How many of its steps change something.
    pub(super) changes: u32,
    /// What it takes for granted.
    pub(super) assumptions: Vec<String>,
    /// Its steps.
    pub(super) steps: Vec<Sentence>,
}

/// A plan's name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplainPlanInput {
    /// The fingerprint, or its beginning.
    pub(super) fingerprint: String,
}

/// A question in SPARQL.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SparqlInput {
    /// SELECT or ASK; declared prefixes need no PREFIX.
    pub(super) query: String,
    /// At most so many rows; 100 where nothing is said.
    pub(super) limit: Option<usize>,
}

/// Rows, or a truth value.
#[derive(Serialize, ToSchema)]
pub(super) struct SparqlOutput {
    /// The names of the columns.
    pub(super) variables: Vec<String>,
    /// The rows, with short names.
    pub(super) rows: Vec<Vec<String>>,
    /// What an ASK says.
    pub(super) answer: Option<bool>,
    /// Were there more rows?
    pub(super) truncated: bool,
}

/// A plan to be run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunInput {
    /// The whole fingerprint.
    pub(super) fingerprint: String,
    /// An approval that a person got for this plan; asked for where there is none and the client can ask.
    pub(super) approval: Option<String>,
}

/// A run that was begun.
#[derive(Serialize, ToSchema)]
pub(super) struct RunOutput {
    /// Its name.
    pub(super) run: String,
    /// How it stands.
    pub(super) state: String,
    /// The state of each step.
    pub(super) tasks: std::collections::BTreeMap<String, String>,
}

#[derive(OpenApi)]
#[openapi(components(schemas(
    FindInput,
    FindOutput,
    FindItem,
    ExplainInput,
    ExplainOutput,
    CheckInput,
    schema::Preparation,
    PlanInput,
    PlanOutput,
    PlanSummary,
    Sentence,
    ExplainPlanInput,
    PlanDetail,
    SparqlInput,
    SparqlOutput,
    RunInput,
    RunOutput,
)))]
struct Shapes;

static ALL: LazyLock<Value> = LazyLock::new(|| {
    let document = serde_json::to_value(Shapes::openapi()).unwrap_or_default();
    document
        .pointer("/components/schemas")
        .cloned()
        .unwrap_or_default()
});

/// The JSON Schema of a shape, with all that it refers to.
pub(super) fn of(name: &str) -> Arc<Map<String, Value>> {
    let mut wanted: Vec<String> = vec![name.to_owned()];
    let mut found = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        if found.insert(name.clone())
            && let Some(shape) = ALL.get(&name)
        {
            references(shape, &mut wanted);
        }
    }
    let mut schema = ALL
        .get(name)
        .cloned()
        .unwrap_or_else(|| json!({"type": "object"}));
    rename(&mut schema);
    let mut definitions = Map::new();
    for other in found.iter().filter(|other| *other != name) {
        let mut shape = ALL.get(other).cloned().unwrap_or_default();
        rename(&mut shape);
        definitions.insert(other.clone(), shape);
    }
    let Value::Object(mut schema) = schema else {
        return Arc::default();
    };
    if !definitions.is_empty() {
        schema.insert("$defs".to_owned(), Value::Object(definitions));
    }
    Arc::new(schema)
}

const COMPONENTS: &str = "#/components/schemas/";

fn references(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                all.extend(reference.strip_prefix(COMPONENTS).map(str::to_owned));
            }
            fields.values().for_each(|value| references(value, all));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, all)),
        _ => {}
    }
}

fn rename(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get_mut("$ref") {
                *reference = reference.replace(COMPONENTS, "#/$defs/");
            }
            fields.values_mut().for_each(rename);
        }
        Value::Array(values) => values.iter_mut().for_each(rename),
        _ => {}
    }
}
