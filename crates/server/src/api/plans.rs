//! Plans by fingerprint: listed, looked at, saved, exported.
//!
//! Not here: where they stand (`shelf`), what is said of them (`wording`), approving and running (`orders`).

use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use samos::model::plan::Undo;
use samos::{Error, Finding, Plan, Samos, changes_of, export, pddl, run_of};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::Listing;
use super::wording::{Sentence, sentences, title_of};
use crate::extract::{Json, Path, Query};
use crate::problem::Problem;
use crate::schema;
use crate::server::Server;
use crate::shelf::Standing;

/// A plan in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanItem {
    /// Its name.
    fingerprint: String,
    /// In a line.
    title: String,
    /// How many steps.
    steps: usize,
    /// How many of them change something.
    changes: u32,
    /// `fresh`, `stale` or `used`.
    state: String,
    /// Its run, where it has one.
    run: Option<String>,
    /// Was it saved, so that it stays?
    saved: bool,
    /// When it came here.
    at: String,
}

/// A plan, and how things stand with it.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanDetail {
    /// The plan.
    #[schema(value_type = schema::Plan)]
    plan: Arc<Plan>,
    /// In a line.
    title: String,
    /// `fresh`, `stale` or `used`.
    state: String,
    /// Its run, where it has one.
    run: Option<String>,
    /// How many changes must be approved.
    changes: u32,
    /// The steps that cannot be taken back.
    irreversible: Vec<u32>,
    /// The steps in words.
    sentences: Vec<Sentence>,
    /// Was it saved, so that it stays?
    saved: bool,
    /// When it came here.
    at: String,
    /// Why it is not fresh.
    #[schema(value_type = Vec<schema::Finding>)]
    findings: Vec<Finding>,
}

fn state_of(samos: &Samos, plan: &Plan) -> (String, Option<String>, Vec<Finding>) {
    let run = run_of(plan);
    if samos.run(&run).is_ok() {
        return ("used".to_owned(), Some(run), Vec::new());
    }
    match samos.may_apply(plan) {
        Ok(()) => ("fresh".to_owned(), None, Vec::new()),
        Err(error) => ("stale".to_owned(), None, Error::into_findings(error)),
    }
}

fn detail(samos: &Samos, standing: Standing) -> PlanDetail {
    let plan = standing.plan;
    let (state, run, findings) = state_of(samos, &plan);
    let irreversible = plan
        .steps
        .iter()
        .filter(|step| matches!(step.undo, Undo::Irreversible { .. }));
    PlanDetail {
        title: title_of(&plan, samos),
        state,
        run,
        changes: changes_of(&plan),
        irreversible: irreversible.map(|step| step.id).collect(),
        sentences: sentences(&plan, samos),
        saved: standing.saved,
        at: standing.at,
        findings,
        plan,
    }
}

/// Which plans.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlanChoice {
    /// Also those that were only answered, not saved.
    #[serde(default)]
    all: bool,
    /// At most so many.
    limit: Option<usize>,
    /// Without the first so many.
    offset: Option<usize>,
}

/// The plans that were saved or used, the newest first.
#[utoipa::path(get, path = "/api/v1/plans", tag = "plans", operation_id = "list_plans", params(PlanChoice), responses(
    (status = 200, body = Listing<PlanItem>),
    Problem,
))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    Query(choice): Query<PlanChoice>,
) -> Result<Reply<Listing<PlanItem>>, Problem> {
    let all = server.plans.standing(choice.all);
    server
        .answer(move |samos| {
            Ok(Listing::of(&all, choice.limit, choice.offset, |one| {
                let (state, run, _) = state_of(samos, &one.plan);
                PlanItem {
                    fingerprint: one.plan.fingerprint.clone(),
                    title: title_of(&one.plan, samos),
                    steps: one.plan.steps.len(),
                    changes: changes_of(&one.plan),
                    state,
                    run,
                    saved: one.saved,
                    at: one.at.clone(),
                }
            }))
        })
        .await
}

/// Saves a plan, so that it stays.
#[utoipa::path(post, path = "/api/v1/plans", tag = "plans", operation_id = "save_plan", request_body = schema::Plan, responses(
    (status = 201, body = PlanDetail, headers(("Location" = String, description = "where it is"))),
    Problem,
))]
pub(crate) async fn save(
    State(server): State<Arc<Server>>,
    Json(plan): Json<Plan>,
) -> Result<Response, Problem> {
    let edited = plan.computed_fingerprint().ok().as_ref() != Some(&plan.fingerprint);
    if edited {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            samos::model::codes::execution::PLAN_EDITED,
            "the plan's content is not what its fingerprint was made of",
            "send it as it was answered, or plan again",
        ));
    }
    server.plans.keep(&plan, true);
    let standing = server.plans.get(&plan.fingerprint)?;
    let saved = server
        .compute(move |samos| Ok(detail(samos, standing)))
        .await?;
    let place = format!("/api/v1/plans/{}", plan.fingerprint);
    server.events.tell(
        "plan.saved",
        &plan.fingerprint,
        &json!({"plan": plan.fingerprint, "title": saved.title}),
    );
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, place)],
        Reply(saved),
    )
        .into_response())
}

/// A plan: what it says, and whether it is fresh, stale or used.
#[utoipa::path(get, path = "/api/v1/plans/{fingerprint}", tag = "plans", operation_id = "plan_detail",
    params(("fingerprint" = String, Path, description = "or its beginning")), responses(
    (status = 200, body = PlanDetail),
    Problem,
))]
pub(crate) async fn one(
    State(server): State<Arc<Server>>,
    Path(fingerprint): Path<String>,
) -> Result<Reply<PlanDetail>, Problem> {
    Ok(Reply(detail_of(&server, &fingerprint).await?))
}

/// The plan of a fingerprint, and how things stand with it.
pub(crate) async fn detail_of(server: &Server, fingerprint: &str) -> Result<PlanDetail, Problem> {
    let standing = server.plans.get(fingerprint)?;
    server
        .compute(move |samos| Ok(detail(samos, standing)))
        .await
}

/// Forgets a plan; its run, where it has one, stays.
#[utoipa::path(delete, path = "/api/v1/plans/{fingerprint}", tag = "plans", operation_id = "forget_plan",
    params(("fingerprint" = String, Path, description = "or its beginning")), responses(
    (status = 204),
    Problem,
))]
pub(crate) async fn forget(
    State(server): State<Arc<Server>>,
    Path(fingerprint): Path<String>,
) -> Result<StatusCode, Problem> {
    let standing = server.plans.get(&fingerprint)?;
    server.plans.forget(&standing.plan.fingerprint);
    Ok(StatusCode::NO_CONTENT)
}

/// Another form.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    /// The plan's own form.
    #[default]
    Json,
    /// RDF, in P-Plan's and PROV-O's terms.
    Turtle,
    /// A flow chart.
    Mermaid,
    /// A digraph for Graphviz.
    Dot,
    /// A workflow of OpenAPI's initiative.
    Arazzo,
    /// The world and the plan's goal as a planning problem: domain, problem, and the plan's steps as comments.
    Pddl,
}

/// Which form.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FormChoice {
    /// `json`, `turtle`, `mermaid`, `dot`, `arazzo` or `pddl`.
    #[serde(default)]
    #[param(inline)]
    to: Form,
}

fn exported(plan: &Plan, form: Form, samos: &Samos) -> Result<Response, Problem> {
    let world = samos.world();
    let (media_type, text) = match form {
        Form::Json => (
            "application/json",
            serde_json::to_string_pretty(plan).map_err(Problem::internal)?,
        ),
        Form::Turtle => ("text/turtle; charset=utf-8", export::turtle(plan)),
        Form::Mermaid => ("text/plain; charset=utf-8", export::mermaid(plan, world)),
        Form::Dot => ("text/vnd.graphviz; charset=utf-8", export::dot(plan, world)),
        Form::Arazzo => ("application/json", export::arazzo(plan, world)),
        Form::Pddl => ("text/plain; charset=utf-8", planning_problem(plan, samos)?),
    };
    Ok(([(header::CONTENT_TYPE, media_type)], text).into_response())
}

/// The world and a plan's goal in PDDL, where that can say what the plan does.
fn planning_problem(plan: &Plan, samos: &Samos) -> Result<String, Problem> {
    let invalid = |findings| Problem::from(samos::Error::Invalid(findings));
    let goal = samos.condition_of(&plan.goal)?;
    let exported = pddl::export_plan(samos.world(), &goal, plan).map_err(invalid)?;
    let steps = exported.plan.unwrap_or_default();
    let lines = steps.lines().map(|step| format!("; {step}\n"));
    Ok(format!(
        "{}\n{}\n; the plan {}\n{}",
        exported.domain,
        exported.problem,
        plan.fingerprint,
        lines.collect::<String>()
    ))
}

/// A plan that is kept, in another form.
#[utoipa::path(get, path = "/api/v1/plans/{fingerprint}/export", tag = "plans",
    params(("fingerprint" = String, Path, description = "or its beginning"), FormChoice), responses(
    (status = 200, content(
        (serde_json::Value = "application/json"), (String = "text/turtle"), (String = "text/plain"), (String = "text/vnd.graphviz"),
    )),
    Problem,
))]
pub(crate) async fn export_kept(
    State(server): State<Arc<Server>>,
    Path(fingerprint): Path<String>,
    Query(choice): Query<FormChoice>,
) -> Result<Response, Problem> {
    let plan = server.plans.plan(&fingerprint)?;
    exported(&plan, choice.to, &server.now().samos)
}

/// The plan sent, in another form.
#[utoipa::path(post, path = "/api/v1/export", tag = "plans", params(FormChoice), request_body = schema::Plan, responses(
    (status = 200, content(
        (serde_json::Value = "application/json"), (String = "text/turtle"), (String = "text/plain"), (String = "text/vnd.graphviz"),
    )),
    Problem,
))]
pub(crate) async fn export_given(
    State(server): State<Arc<Server>>,
    Query(choice): Query<FormChoice>,
    Json(plan): Json<Plan>,
) -> Result<Response, Problem> {
    exported(&plan, choice.to, &server.now().samos)
}
