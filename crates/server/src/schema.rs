//! The shapes of the JSON that the server speaks, for its own description.
//!
//! The values are made by the facade; these mirror their JSON, and tests hold both to each other. A client in Rust may read
//! answers with them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

macro_rules! shapes {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
        #[allow(missing_docs, reason = "the names of the fields are the interface's own words")]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }
    )*};
}

shapes! {
    /// Problem details (RFC 9457) with the findings behind them.
    Problem {
        /// Where the code is explained.
        r#type: String,
        title: String,
        status: u16,
        detail: String,
        code: String,
        findings: Vec<Finding>,
    }
    /// One thing found, with its code, its place and the next step.
    Finding {
        #[schema(pattern = "^(error|warning|note)$")]
        severity: String,
        code: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        file: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        line: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        column: Option<u32>,
        message: String,
        help: String,
    }
    /// Findings.
    Findings { findings: Vec<Finding>, }
    /// A literal or an entity, as a plan writes it: `{"value", "type"}`, `{"entity"}`, `{"given"}`, `{"from"}` or `{"before"}`.
    PlanValue {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Json>,
        #[serde(default, skip_serializing_if = "Option::is_none", rename = "type")]
        datatype: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entity: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        given: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<OutcomeOf>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<PathBefore>,
    }
    /// An outcome of an earlier step.
    OutcomeOf {
        step: u32,
        outcome: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<u32>,
    }
    /// A value as it was before a step.
    PathBefore { step: u32, path: String, }
    /// A graph of steps with the reason of each.
    Plan {
        format: u32,
        fingerprint: String,
        goal: PlanGoal,
        assumptions: Vec<Assumption>,
        made_from: MadeFrom,
        steps: Vec<Step>,
        edges: Vec<Edge>,
        cost: Cost,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repair: Option<Repair>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<Group>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_ready: Option<Vec<NotReady>>,
    }
    /// How a plan goes on with what a run could not finish.
    Repair {
        run: String,
        /// `rebound`, `suffix` or `anew`.
        how: String,
        /// Steps that the run's plan had too.
        kept: Vec<u32>,
        /// Steps for whose operations the run's plan had another subject or other arguments.
        rebound: Vec<u32>,
    }
    /// What a plan brings about.
    PlanGoal {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        condition: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        wants: Vec<Wanted>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        givens: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        points: Vec<Point>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        subjects: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        holds: Vec<Holding>,
    }
    /// What must hold for the rest to be still good, from when the steps named are done until the step that needs it, or to the end.
    Holding {
        condition: String,
        text: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        after: Vec<u32>,
    }
    /// A wanted thing, found.
    Wanted {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(rename = "type")]
        of_type: String,
        #[serde(default)]
        new: bool,
        is: PlanValue,
    }
    /// An orchestration point: an outcome on one subject that becomes an argument on another.
    Point {
        from: u32,
        outcome: String,
        to: u32,
        parameter: String,
        /// Of the outcome and of the parameter.
        #[schema(min_items = 2, max_items = 2)]
        types: Vec<String>,
    }
    /// Something taken for granted.
    Assumption { step: u32, condition: String, text: String, }
    /// What a plan was made from.
    MadeFrom { ontology: String, mapping: Option<String>, facts_at: Option<String>, }
    /// One operation of a plan, bound.
    Step {
        id: u32,
        operation: String,
        provider: Option<String>,
        account: Option<String>,
        library: Option<String>,
        /// `information` or `manipulation`.
        kind: String,
        subject: PlanValue,
        /// A value, or a list of values for a multiple parameter.
        arguments: BTreeMap<String, Json>,
        layer: u32,
        because: Vec<Reason>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        holds: Vec<Holding>,
        undo: Undo,
    }
    /// Why a step is in a plan: `why` is `goal`, `enables`, `gives` or `chosen`.
    Reason {
        why: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        condition: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parameter: Option<String>,
    }
    /// How a step is taken back: by an operation, not at all (`irreversible`), or there is nothing to take back (`reads_only`).
    Undo {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<PlanValue>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arguments: Option<BTreeMap<String, Json>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        except: Option<Vec<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        irreversible: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reads_only: Option<bool>,
    }
    /// Why one step waits for another; `kind` is `data`, `cause` or `order`.
    Edge { from: u32, to: u32, kind: String, because: EdgeGrounds, }
    /// The grounds of an edge.
    EdgeGrounds { axioms: Vec<String>, conditions: Vec<String>, observations: Vec<String>, }
    /// What a plan takes.
    Cost { operations: u32, layers: u32, manipulations: u32, price: Option<f64>, makespan_s: Option<f64>, }
    /// What the operations of a concurrent group have in common.
    Group { name: String, operations: Vec<String>, }
    /// A subject on which an operation cannot run now.
    NotReady { subject: String, operation: String, findings: Vec<RequestFinding>, }
    /// What stands between a request and being ready; `truth` is `false` or `unknown`.
    RequestFinding { code: String, about: String, truth: String, message: String, help: String, options: Vec<Way>, }
    /// One way to satisfy a finding; `way` is `use`, `call`, `read`, `wait` or `enter`.
    Way {
        way: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<PlanValue>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fit: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ready: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        becomes: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expected: Option<String>,
    }
    /// What a reasoner answers.
    Answer {
        plans: Vec<Plan>,
        search: SearchReport,
        nearest: Option<NearestMiss>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        dropped: Vec<Dropped>,
    }
    /// What the planner answers; with what every plan must pass where that was asked for.
    ExplainedAnswer {
        plans: Vec<Plan>,
        search: SearchReport,
        nearest: Option<NearestMiss>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        dropped: Vec<Dropped>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        explanation: Option<GoalExplanation>,
    }
    /// What every plan must pass, in the order in which it can come to be, and why an operation is not in the best.
    GoalExplanation {
        complete: bool,
        must: Vec<Must>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why_not: Option<WhyNot>,
    }
    /// Something that every plan must pass; `must` is `fact` or `operation`.
    Must {
        must: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<String>,
        text: String,
    }
    /// Why an operation is not in the best plan, or that it is.
    WhyNot { operation: String, is_in_best: bool, text: String, }
    /// How far a search went; `complete` means that what was not found does not exist.
    SearchReport {
        complete: bool,
        limit: Option<String>,
        considered: u64,
        kept: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        measure: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bound: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gap: Option<f64>,
    }
    /// What would make a plan where there is none.
    NearestMiss { proven_smallest: bool, changes: Vec<Change>, blocked_at: Option<String>, text: String, }
    /// One thing that would have to be otherwise; `change` is `fact`, `value` or `permission`.
    Change {
        change: String,
        #[serde(default, skip_serializing_if = "Option::is_none", rename = "type")]
        of_type: Option<String>,
        text: String,
    }
    /// Candidates left out for the same reason.
    Dropped { reason: String, count: u64, example: String, }
    /// What a subject's operations need.
    Preparation { subject: String, operations: Vec<PreparedOperation>, search: SearchReport, }
    /// One operation, prepared as far as the arguments at hand go.
    PreparedOperation {
        operation: String,
        kind: String,
        ready: bool,
        arguments: BTreeMap<String, Json>,
        conditions: Vec<Judged>,
        findings: Vec<RequestFinding>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        needs: Vec<Json>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unused: Vec<String>,
    }
    /// A conjunct of a precondition with its truth (`true`, `false`, `unknown`) and what it rests on.
    Judged { condition: String, truth: String, because: Vec<String>, }
    /// What can be done now.
    Ready { operations: Vec<ReadyOperation>, }
    /// An operation that has subjects: on how many it is ready, on which, and what is in the way of the others.
    ReadyOperation {
        operation: String,
        kind: String,
        subjects: u64,
        ready: u64,
        /// Those on which nothing is in its way but what waits for arguments; those that are ready among them.
        ready_once_given: u64,
        on: Vec<String>,
        not_ready: Vec<Open>,
    }
    /// What stands between a subject and an operation.
    Open { subject: String, operation: String, parameters: Vec<String>, conditions: Vec<OpenCondition>, effects: Vec<String>, }
    /// A condition that is `false` or `unknown`.
    OpenCondition { condition: String, truth: String, }
    /// What can be done now to many at once.
    ReadyTogether { groups: Vec<ReadyGroup>, }
    /// Operations that do the same, and the subjects they have between them.
    ReadyGroup {
        operations: Vec<String>,
        because: Vec<String>,
        subjects: u64,
        ready: u64,
        on: Vec<ServedBy>,
        not_ready: Vec<Open>,
    }
    /// A subject and the operation that serves it.
    ServedBy { subject: String, operation: String, }
    /// A run, in the world it happened in.
    Run {
        run: String,
        /// `running`, `done`, `stopped`, `undone`, `failed` and such.
        state: String,
        fingerprint: String,
        changes: u32,
        started_at: Option<String>,
        ended_at: Option<String>,
        /// What became of each step, as far as the journal tells.
        receipt: Option<Json>,
        plan: Plan,
        /// The state of each task, a step or `N-undo-M`: `waiting`, `rechecking`, `calling`, `confirming`, `unanswered`, `done`,
        /// `failed`, `unknown`, `skipped`.
        tasks: BTreeMap<String, String>,
        /// Why it did not begin or broke off.
        problem: Option<Problem>,
    }
    /// A proof, down to what a file states or an operation observed.
    Proof {
        subject: String,
        predicate: String,
        /// `{"Entity": IRI}` or `{"Literal": {"lexical", "datatype"}}`.
        object: Json,
        /// `{"stated"}`, `{"observed"}`, `{"specified"}`, `{"inferred": {"rule", "meaning", "premises"}}` or `"deeper"`.
        because: Json,
    }
}
