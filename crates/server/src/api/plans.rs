//! Plans by fingerprint: kept, looked at, exported, approved, carried out.
//!
//! Each plan that a reasoner answers stands on a shelf of bounded length, so that it can be named by its fingerprint; those
//! that were saved or used stay. Not here: running (`running`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json as Reply;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use samos::model::plan::Undo;
use samos::{
    Error, Faults, Finding, OnFailure, Plan, RunOptions, Samos, Sign, changes_of, export, run_of,
    sign_of,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::Listing;
use crate::clock;
use crate::extract::{Json, Path, Query};
use crate::problem::Problem;
use crate::running::{Work, begin};
use crate::schema;
use crate::server::Server;

/// How many plans that nobody saved are kept.
const UNSAVED: usize = 512;
/// How many are kept in all.
const MOST: usize = 4_096;

/// The plans that can be named by fingerprint.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    plans: BTreeMap<String, Standing>,
    next: u64,
}

/// A plan on the shelf.
#[derive(Clone)]
struct Standing {
    plan: Arc<Plan>,
    saved: bool,
    at: String,
    number: u64,
}

impl Shelf {
    /// Puts a plan there; what was saved stays saved.
    pub(crate) fn keep(&self, plan: &Plan, saved: bool) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.next += 1;
        let number = kept.next;
        let standing = kept
            .plans
            .entry(plan.fingerprint.clone())
            .or_insert_with(|| Standing {
                plan: Arc::new(plan.clone()),
                saved: false,
                at: clock::now(),
                number,
            });
        standing.number = number;
        standing.saved |= saved;
        let unsaved = kept.plans.values().filter(|one| !one.saved).count();
        if unsaved > UNSAVED || kept.plans.len() > MOST {
            let all = kept.plans.iter();
            let oldest = all.min_by_key(|(_, one)| (one.saved, one.number));
            if let Some(oldest) = oldest.map(|(fingerprint, _)| fingerprint.clone()) {
                kept.plans.remove(&oldest);
            }
        }
    }

    fn get(&self, fingerprint: &str) -> Result<Standing, Problem> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = kept.plans.get(fingerprint).or_else(|| {
            let mut fitting = kept.plans.iter().filter(|(full, _)| {
                let digits = full.strip_prefix("sha256:").unwrap_or(full);
                fingerprint.len() >= 6
                    && (full.starts_with(fingerprint) || digits.starts_with(fingerprint))
            });
            match (fitting.next(), fitting.next()) {
                (Some((_, only)), None) => Some(only),
                _ => None,
            }
        });
        full.cloned().ok_or_else(|| {
            Problem::not_there(
                format!("no plan `{fingerprint}` is kept"),
                "ask the question again, or save the plan with POST /api/v1/plans",
            )
        })
    }

    /// The plan of a fingerprint.
    pub(crate) fn plan(&self, fingerprint: &str) -> Result<Arc<Plan>, Problem> {
        Ok(self.get(fingerprint)?.plan)
    }

    /// The newest ones.
    pub(crate) fn recent(&self, count: usize) -> Vec<Arc<Plan>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<&Standing> = kept.plans.values().collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.number));
        all.into_iter()
            .take(count)
            .map(|one| Arc::clone(&one.plan))
            .collect()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .plans
            .len()
    }

    /// Their fingerprints.
    pub(crate) fn fingerprints(&self) -> Vec<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.plans.keys().cloned().collect()
    }

    /// Forgets all; gives what was there.
    pub(crate) fn clear(&self) -> Vec<String> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut kept.plans).into_keys().collect()
    }
}

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

/// A step in words.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sentence {
    /// The step.
    pub(crate) step: u32,
    /// `+` adds, `~` changes, `-` takes away, `<=` reads.
    pub(crate) sign: String,
    /// The operation, in short.
    pub(crate) operation: String,
    /// The subject, in short.
    pub(crate) subject: String,
    /// Its arguments, in short.
    pub(crate) arguments: BTreeMap<String, String>,
    /// Why it is there.
    pub(crate) because: Vec<String>,
    /// How it is taken back.
    pub(crate) undo: String,
}

impl Sentence {
    /// `~ 1 ec2:StartInstances ec2:web-1`
    pub(crate) fn in_a_line(&self) -> String {
        let arguments = self
            .arguments
            .iter()
            .map(|(name, value)| format!(" {name}={value}"));
        let arguments: String = arguments.collect();
        format!(
            "{:<2} {} {} {}{arguments}",
            self.sign, self.step, self.operation, self.subject
        )
    }
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

/// What a plan is for, in a line.
pub(crate) fn title_of(plan: &Plan, samos: &Samos) -> String {
    let world = samos.world();
    if let Some(group) = &plan.group {
        return format!("{} ({} at once)", group.name, plan.steps.len());
    }
    if let Some(condition) = &plan.goal.condition {
        return shortened(condition, world);
    }
    let names = |all: &[samos::Iri]| {
        let names: Vec<String> = all.iter().map(|iri| export::short(iri, world)).collect();
        names.join(" and ")
    };
    if !plan.goal.wants.is_empty() {
        let wanted: Vec<samos::Iri> = plan
            .goal
            .wants
            .iter()
            .map(|want| want.of_type.clone())
            .collect();
        return format!("obtain {}", names(&wanted));
    }
    if !plan.goal.subjects.is_empty() {
        return format!("connect {}", names(&plan.goal.subjects));
    }
    let operations: Vec<samos::Iri> = plan
        .steps
        .iter()
        .map(|step| step.operation.clone())
        .collect();
    names(&operations)
}

/// A text with full names, with short ones instead.
fn shortened(text: &str, world: &dyn samos::World) -> String {
    let mut short = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        short.push_str(before);
        match after.split_once('>') {
            Some((iri, after)) if iri.contains(':') && !iri.contains(' ') => {
                short.push_str(&export::short(&samos::Iri::from(iri), world));
                rest = after;
            }
            _ => {
                short.push('<');
                rest = after;
            }
        }
    }
    short + rest
}

/// The steps of a plan in words.
pub(crate) fn sentences(plan: &Plan, samos: &Samos) -> Vec<Sentence> {
    use samos::model::plan::Reason;
    let world = samos.world();
    let steps = plan.steps.iter().map(|step| {
        let because = step.because.iter().map(|reason| match reason {
            Reason::Goal { .. } => "goal".to_owned(),
            Reason::Enables { step, condition } => format!("step {step} requires {condition}"),
            Reason::Gives {
                step,
                outcome,
                parameter,
            } => {
                format!("gives {outcome} as {parameter} to step {step}")
            }
            Reason::Chosen { text } => text.clone(),
        });
        let arguments = step
            .arguments
            .iter()
            .map(|(name, argument)| (name.to_string(), export::argument_text(argument, world)));
        Sentence {
            step: step.id,
            sign: match sign_of(step, world) {
                Sign::Adds => "+",
                Sign::Changes => "~",
                Sign::Deletes => "-",
                Sign::Reads => "<=",
            }
            .to_owned(),
            operation: export::short(&step.operation, world),
            subject: export::value_text(&step.subject, world),
            arguments: arguments.collect(),
            because: because.collect(),
            undo: match &step.undo {
                Undo::By { operation, .. } => format!("by {}", export::short(operation, world)),
                Undo::Irreversible { irreversible } => format!("not: {irreversible}"),
                Undo::Nothing { .. } => "nothing to take back".to_owned(),
            },
        }
    });
    steps.collect()
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
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    Query(choice): Query<PlanChoice>,
) -> Result<Reply<Listing<PlanItem>>, Problem> {
    let mut all: Vec<Standing> = {
        let kept = server
            .plans
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        kept.plans
            .values()
            .filter(|one| one.saved || choice.all)
            .cloned()
            .collect()
    };
    all.sort_by_key(|one| std::cmp::Reverse(one.number));
    let listing = server.compute(move |samos| {
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
    });
    Ok(Reply(listing.await?))
}

/// Saves a plan, so that it stays.
#[utoipa::path(post, path = "/api/v1/plans", tag = "plans", operation_id = "save_plan", request_body = schema::Plan, responses(
    (status = 201, body = PlanDetail, headers(("Location" = String, description = "where it is"))),
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
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
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
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
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn forget(
    State(server): State<Arc<Server>>,
    Path(fingerprint): Path<String>,
) -> Result<StatusCode, Problem> {
    let standing = server.plans.get(&fingerprint)?;
    let mut kept = server
        .plans
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    kept.plans.remove(&standing.plan.fingerprint);
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
}

/// Which form.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FormChoice {
    /// `json`, `turtle`, `mermaid`, `dot` or `arazzo`.
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
    };
    Ok(([(header::CONTENT_TYPE, media_type)], text).into_response())
}

/// A plan that is kept, in another form.
#[utoipa::path(get, path = "/api/v1/plans/{fingerprint}/export", tag = "plans",
    params(("fingerprint" = String, Path, description = "or its beginning"), FormChoice), responses(
    (status = 200, content(
        (serde_json::Value = "application/json"), (String = "text/turtle"), (String = "text/plain"), (String = "text/vnd.graphviz"),
    )),
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
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
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn export_given(
    State(server): State<Arc<Server>>,
    Query(choice): Query<FormChoice>,
    Json(plan): Json<Plan>,
) -> Result<Response, Problem> {
    exported(&plan, choice.to, &server.now().samos)
}

/// A yes to exactly so many changes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Yes {
    /// How many changes: exactly those that the plan makes.
    changes: u32,
}

/// An approval that can be used once.
#[derive(Serialize, ToSchema)]
pub(crate) struct Approved {
    /// To be sent with `apply`, or given to an agent.
    approval: String,
    /// When it is good for nothing any more.
    expires_at: String,
    /// The plan it is for.
    fingerprint: String,
    /// The changes it is for.
    changes: u32,
}

/// Approves a plan: binds a yes to its fingerprint and its number of changes, for five minutes and one run.
#[utoipa::path(post, path = "/api/v1/plans/{fingerprint}/approval", tag = "plans", request_body = Yes,
    params(("fingerprint" = String, Path, description = "or its beginning")), responses(
    (status = 200, body = Approved),
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn approve(
    State(server): State<Arc<Server>>,
    Path(fingerprint): Path<String>,
    Json(yes): Json<Yes>,
) -> Result<Reply<Approved>, Problem> {
    let plan = server.plans.plan(&fingerprint)?;
    let (approval, expires_at) = server.approvals.give(&plan, yes.changes)?;
    Ok(Reply(Approved {
        approval,
        expires_at,
        fingerprint: plan.fingerprint.clone(),
        changes: yes.changes,
    }))
}

/// How a plan shall be carried out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// An approval from `approval`.
    approval: Option<String>,
    /// Or the yes itself: exactly the number of changes.
    approve: Option<u32>,
    /// What to do when a step cannot be done: `stop`, `undo` or `replan`.
    on_failure: Option<Otherwise>,
    /// What goes wrong with the simulated providers.
    faults: Option<FaultOrder>,
}

/// What to do when a step cannot be done.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Otherwise {
    /// Begin nothing new.
    Stop,
    /// Take back what was done.
    Undo,
    /// Ask the question again from the state reached.
    Replan,
}

/// How many in a thousand go wrong, for providers that are simulated.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FaultOrder {
    /// Where all that is left to chance comes from.
    seed: u64,
    /// Slow answers.
    #[schema(maximum = 1000)]
    slow: u32,
    /// Requests refused for now.
    #[schema(maximum = 1000)]
    refuse: u32,
    /// Answers lost on their way.
    #[schema(maximum = 1000)]
    lose: u32,
    /// Changes before which another changes the same thing.
    #[schema(maximum = 1000)]
    disturb: u32,
}

/// A run that was begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct Begun {
    /// Its name; `/events?run=NAME` tells how it goes.
    pub(crate) run: String,
    /// Where it is.
    pub(crate) href: String,
}

/// Begins to carry a plan out. It must be fresh, pass the checker, and be approved.
#[utoipa::path(post, path = "/api/v1/plans/{fingerprint}/apply", tag = "plans", request_body = Order,
    params(("fingerprint" = String, Path, description = "or its beginning")), responses(
    (status = 202, body = Begun, headers(("Location" = String, description = "the run"))),
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn apply(
    State(server): State<Arc<Server>>,
    Path(fingerprint): Path<String>,
    Json(order): Json<Order>,
) -> Result<Response, Problem> {
    if !server.configuration.may_run {
        return Err(Problem::not_allowed("running plans", "--allow-run"));
    }
    let plan = server.plans.plan(&fingerprint)?;
    let approved = match (&order.approval, order.approve) {
        (Some(approval), _) => server.approvals.take(approval, &plan)?,
        (None, approve) => approve.unwrap_or(0),
    };
    let changes = changes_of(&plan);
    if approved != changes {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            samos::model::codes::interface::WRONG_APPROVAL,
            format!("{approved} approved, but the plan makes {changes}"),
            format!("look at the plan, then approve exactly {changes}"),
        ));
    }
    let options = options(&order, approved);
    let shared = Arc::clone(&server);
    let run = tokio::task::spawn_blocking(move || {
        let runtime = Work::Apply(Box::new((*plan).clone()), options);
        begin(&shared, None, runtime)
    });
    let run = run.await.map_err(Problem::internal)??;
    Ok(begun(run))
}

/// The answer that names a run which goes on.
pub(crate) fn begun(run: String) -> Response {
    let href = format!("/api/v1/runs/{run}");
    let body = Reply(Begun {
        run,
        href: href.clone(),
    });
    (StatusCode::ACCEPTED, [(header::LOCATION, href)], body).into_response()
}

fn options(order: &Order, approved: u32) -> RunOptions {
    let faults = order.faults.clone().unwrap_or_default();
    RunOptions {
        approved,
        on_failure: match order.on_failure {
            None | Some(Otherwise::Stop) => OnFailure::Stop,
            Some(Otherwise::Undo) => OnFailure::Undo,
            Some(Otherwise::Replan) => OnFailure::Replan,
        },
        faults: Faults {
            seed: faults.seed,
            slow: faults.slow.min(1_000),
            refuse: faults.refuse.min(1_000),
            lose_request: faults.lose.min(1_000) / 2,
            lose_answer: faults.lose.min(1_000).div_ceil(2),
            disturb: faults.disturb.min(1_000),
            ..RunOptions::default().faults
        },
    }
}
