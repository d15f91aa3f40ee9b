//! The tools: what each is called, takes, gives and does.

use rmcp::model::{
    ElicitRequestParams, ElicitationAction, ElicitationSchema, ErrorData, Tool, ToolAnnotations,
};
use rmcp::service::{ElicitationMode, RequestContext, RoleServer};
use samos::model::codes::interface;
use samos::model::plan::Must;
use samos::{
    AnswerKind, ChainOptions, ConnectOptions, Limits, Question, RunOptions, catalogue, changes_of,
    export,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Agent;
use super::shapes::{
    self, CheckInput, ExplainInput, ExplainOutput, ExplainPlanInput, FindInput, FindItem,
    FindOutput, PlanInput, PlanOutput, PlanSummary, RunInput, RunOutput, SparqlInput, SparqlOutput,
};
use crate::api::asking::limits_within;
use crate::api::naming::{class_of, kind_word, title_of};
use crate::api::{holds, plans, runs, wording};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::running::{Work, begin};
use crate::sparql::{self, Asked};

const STATE: &str = "https://w3id.org/samos#state";

/// Name, title, description, input, output.
const READING: &[(&str, &str, &str, &str, &str)] = &[
    (
        "find",
        "Find names",
        "Finds services, instances, aspects, operations, types and providers by part of their name.",
        "FindInput",
        "FindOutput",
    ),
    (
        "explain",
        "Explain a name",
        "Says what an operation needs, requires, gives and makes; what is known of a thing; what a type or an error code is.",
        "ExplainInput",
        "ExplainOutput",
    ),
    (
        "check",
        "Check an operation",
        "Verifies one operation on one subject now: which parameters and conditions are open, and what would satisfy each.",
        "CheckInput",
        "Preparation",
    ),
    (
        "plan",
        "Plan",
        "Finds safe sequences of operations that reach a goal or make things work together. Changes nothing.",
        "PlanInput",
        "PlanOutput",
    ),
    (
        "explain_plan",
        "Explain a plan",
        "Says what a plan does and why, step by step, whether it is fresh, and how each step is taken back.",
        "ExplainPlanInput",
        "PlanDetail",
    ),
    (
        "sparql",
        "Ask with SPARQL",
        "Answers SELECT and ASK over everything stated, observed and inferred. Declared prefixes need no PREFIX.",
        "SparqlInput",
        "SparqlOutput",
    ),
];

/// All tools; running only where it is allowed.
pub(super) fn all(may_run: bool) -> Vec<Tool> {
    let mut all: Vec<Tool> = READING
        .iter()
        .map(|(name, title, description, input, output)| {
            let hints = ToolAnnotations::with_title(*title)
                .read_only(true)
                .destructive(false)
                .idempotent(true)
                .open_world(false);
            Tool::new(*name, *description, shapes::of(input))
                .with_raw_output_schema(shapes::of(output))
                .with_annotations(hints)
                .with_title(*title)
        })
        .collect();
    if may_run {
        let title = "Run a plan";
        let hints = ToolAnnotations::with_title(title)
            .read_only(false)
            .destructive(true)
            .idempotent(false)
            .open_world(true);
        let description = "Runs a plan, named by its whole fingerprint, after a person approved exactly its number of changes.";
        all.push(
            Tool::new("run_plan", description, shapes::of("RunInput"))
                .with_raw_output_schema(shapes::of("RunOutput"))
                .with_annotations(hints)
                .with_title(title),
        );
    }
    all
}

/// Calls a tool. The outer error is for what is no call at all.
pub(super) async fn call(
    agent: &Agent,
    name: &str,
    arguments: Value,
    context: &RequestContext<RoleServer>,
) -> Result<Result<Value, Problem>, ErrorData> {
    Ok(match name {
        "find" => find(agent, read(arguments)?).await,
        "explain" => explain(agent, read(arguments)?).await,
        "check" => check(agent, read(arguments)?).await,
        "plan" => plan(agent, read(arguments)?).await,
        "explain_plan" => explain_plan(agent, read(arguments)?).await,
        "sparql" => ask(agent, read(arguments)?).await,
        "run_plan" if agent.server.configuration.agents_may_run => {
            run(agent, read(arguments)?, context).await
        }
        "run_plan" => Err(Problem::not_allowed(
            "running plans for agents",
            "--allow-execute",
        )),
        other => {
            return Err(ErrorData::invalid_params(
                format!("there is no tool `{other}`"),
                None,
            ));
        }
    })
}

fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, ErrorData> {
    serde_json::from_value(arguments)
        .map_err(|error| ErrorData::invalid_params(error.to_string(), None))
}

fn value(answer: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(answer).map_err(Problem::internal)
}

async fn find(agent: &Agent, input: FindInput) -> Result<Value, Problem> {
    let found = agent.server.compute(move |samos| {
        let world = samos.world();
        let wanted = input.query.trim().to_lowercase();
        let is_wanted = |kind: &str| input.kind.as_deref().is_none_or(|only| only == kind);
        let mut items = Vec::new();
        let mut add = |kind: &str, iri: &samos::Iri, note: Option<String>| {
            let (name, label) = (export::short(iri, world), title_of(world, iri));
            if holds(&name, &wanted) || holds(&label, &wanted) {
                items.push(FindItem {
                    kind: kind.to_owned(),
                    state: world
                        .entity_at(iri, STATE)
                        .map(|state| export::short(&state, world)),
                    name,
                    label,
                    note,
                });
            }
        };
        for (kind, level) in [
            ("service", "Service"),
            ("instance", "ServiceInstance"),
            ("aspect", "Aspect"),
        ] {
            if is_wanted(kind) {
                for iri in catalogue::members(world, &format!("https://w3id.org/samos#{level}")) {
                    add(kind, &iri, class_of(world, &iri));
                }
            }
        }
        if is_wanted("operation") {
            for operation in world.operations() {
                let subject = export::short(&operation.subject, world);
                add(
                    "operation",
                    &operation.iri,
                    Some(format!("{} {subject}", kind_word(operation.kind))),
                );
            }
        }
        if is_wanted("provider") {
            catalogue::providers(world)
                .iter()
                .for_each(|iri| add("provider", iri, None));
        }
        if is_wanted("type") {
            samos
                .types_known()
                .iter()
                .for_each(|iri| add("type", iri, None));
        }
        let total = items.len();
        items.truncate(input.limit.unwrap_or(50).min(1_000));
        Ok(FindOutput { items, total })
    });
    value(&found.await?)
}

async fn explain(agent: &Agent, input: ExplainInput) -> Result<Value, Problem> {
    let explained = agent.server.compute(move |samos| {
        let explanation = value(&samos.explain(&input.name)?)?;
        Ok(ExplainOutput { explanation })
    });
    value(&explained.await?)
}

async fn check(agent: &Agent, input: CheckInput) -> Result<Value, Problem> {
    let checked = agent.server.compute(move |samos| {
        let limits = Limits::default();
        Ok(samos.check(&input.operation, &input.subject, &input.arguments, &limits)?)
    });
    value(&checked.await?)
}

async fn plan(agent: &Agent, input: PlanInput) -> Result<Value, Problem> {
    let told = agent.server.compute(move |samos| {
        let limits = Limits {
            answers: input.alternatives.unwrap_or(3).clamp(1, 100),
            ..limits_within(input.time_limit_ms)
        };
        let mut explanation = None;
        let answer = match input.how.as_deref().unwrap_or("goal") {
            "connect" => {
                let options = ConnectOptions {
                    goal: input.goal,
                    limits,
                    ..ConnectOptions::default()
                };
                samos.connect_with(&input.subjects, &options)?
            }
            "chain" => {
                let options = ChainOptions {
                    goal: input.goal,
                    limits,
                };
                samos.chain_with(&input.subjects, &input.arguments, &options)?
            }
            "together" => samos.together_within(&input.subjects, &input.arguments, &limits)?,
            "goal" if input.goal.is_some() || !input.wants.is_empty() => {
                let goal = samos.goal(&Question {
                    goal: input.goal,
                    wants: input.wants,
                    subjects: input.subjects,
                    givens: input.arguments,
                    alternatives: limits.answers,
                    diverse: input.diverse,
                    assume: true,
                    ..Question::default()
                })?;
                if input.explain || input.why_not.is_some() {
                    let why_not = input.why_not.as_deref();
                    explanation = Some(samos.explain_goal(&goal, why_not, &limits)?);
                }
                samos.plan_within(&goal, &limits)?
            }
            "goal" => return Err(Problem::bad_request("a plan needs `goal` or `wants`")),
            other => {
                return Err(Problem::bad_request(format!(
                    "`{other}` is none of goal, connect, chain, together"
                )));
            }
        };
        Ok((answer, explanation))
    });
    let (answer, explanation) = told.await?;
    agent.server.keep(&answer);
    let (must, why_not) = match explanation {
        Some(told) => (told.must, told.why_not.map(|why_not| why_not.text)),
        None => (Vec::new(), None),
    };
    let must = must.into_iter().map(|must| match must {
        Must::Fact { text } | Must::Operation { text, .. } => text,
    });
    let samos = &agent.server.now().samos;
    let plans = answer.plans.iter().map(|plan| PlanSummary {
        fingerprint: plan.fingerprint.clone(),
        title: wording::title_of(plan, samos),
        changes: changes_of(plan),
        assumptions: plan
            .assumptions
            .iter()
            .map(|assumed| assumed.text.clone())
            .collect(),
        steps: wording::sentences(plan, samos),
    });
    value(&PlanOutput {
        plans: plans.collect(),
        complete: answer.search.complete,
        nearest: answer.nearest.map(|nearest| nearest.text),
        must: must.collect(),
        why_not,
    })
}

async fn explain_plan(agent: &Agent, input: ExplainPlanInput) -> Result<Value, Problem> {
    value(&plans::detail_of(&agent.server, &input.fingerprint).await?)
}

async fn ask(agent: &Agent, input: SparqlInput) -> Result<Value, Problem> {
    let asked = Asked {
        text: input.query,
        max_rows: Some(input.limit.unwrap_or(100)),
        ..Asked::default()
    };
    let answer = sparql::ask(&agent.server, asked).await?;
    if answer.kind() == AnswerKind::Graph {
        return Err(Problem::bad_request(
            "only SELECT and ASK are answered here",
        ));
    }
    let (variables, rows) = answer.table();
    let is_rows = answer.kind() == AnswerKind::Rows;
    value(&SparqlOutput {
        answer: answer.boolean(),
        truncated: answer.is_truncated(),
        variables: if is_rows { variables } else { Vec::new() },
        rows: if is_rows { rows } else { Vec::new() },
    })
}

async fn run(
    agent: &Agent,
    input: RunInput,
    context: &RequestContext<RoleServer>,
) -> Result<Value, Problem> {
    let server = &agent.server;
    let plan = server.plans.plan(&input.fingerprint)?;
    if plan.fingerprint != input.fingerprint {
        return Err(Problem::bad_request(
            "a plan is run by its whole fingerprint",
        ));
    }
    // Over pipes there is no request, and who started the program asks.
    if let Some(parts) = context.extensions.get::<axum::http::request::Parts>() {
        Caller::of(&parts.extensions)?.may_run(server, &plan, false)?;
    }
    let approved = match &input.approval {
        Some(approval) => server.approvals.take(approval, &plan)?,
        None => asked_person(agent, &plan, context).await?,
    };
    let options = RunOptions::approving(approved);
    let run = begin(
        server,
        None,
        Work::Apply(Box::new((*plan).clone()), options),
    )?;
    let mut ended = server.events.watch();
    // Whatever happens to the run is an event, so there is no need to look more often than that.
    while runs::is_open(server, &run) && ended.changed().await.is_ok() {}
    let (state, tasks) = runs::standing(server, &run)?;
    value(&RunOutput { run, state, tasks })
}

/// A person's yes, asked through the agent's client.
async fn asked_person(
    agent: &Agent,
    plan: &samos::Plan,
    context: &RequestContext<RoleServer>,
) -> Result<u32, Problem> {
    let changes = changes_of(plan);
    let refused = |message: String| {
        Problem::new(
            axum::http::StatusCode::FORBIDDEN,
            interface::NEEDS_APPROVAL,
            message,
            format!(
                "let a person approve {changes} changes of {} and give the approval",
                plan.fingerprint
            ),
        )
    };
    if !context
        .peer
        .supported_elicitation_modes()
        .contains(&ElicitationMode::Form)
    {
        return Err(refused("this client cannot ask a person".to_owned()));
    }
    let samos = agent.server.now();
    let lines: Vec<String> = wording::sentences(plan, &samos.samos)
        .into_iter()
        .map(|one| one.in_a_line())
        .collect();
    let message = format!(
        "Run this plan? It makes {changes} changes.\n{}\n{}\nType the number of changes to approve.",
        lines.join("\n"),
        plan.fingerprint
    );
    let schema = ElicitationSchema::builder()
        .required_integer("changes", 0, i64::from(u32::MAX))
        .build()
        .map_err(Problem::internal)?;
    let asked = context
        .peer
        .create_elicitation(ElicitRequestParams::FormElicitationParams {
            meta: None,
            message,
            requested_schema: schema,
        });
    let answer = asked.await.map_err(|error| refused(error.to_string()))?;
    let typed = answer
        .content
        .as_ref()
        .and_then(|content| content.get("changes")?.as_u64());
    match (answer.action, typed) {
        (ElicitationAction::Accept, Some(typed)) if typed == u64::from(changes) => Ok(changes),
        (ElicitationAction::Accept, Some(typed)) => Err(refused(format!(
            "{typed} approved, but the plan makes {changes}"
        ))),
        _ => Err(refused("the person did not approve".to_owned())),
    }
}
