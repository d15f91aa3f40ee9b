//! Plans are approved and carried out.
//!
//! In: a plan's fingerprint and a yes to exactly the changes it makes. Out: a run that was begun. Not here: running itself
//! (`running`), and what becomes of it (`runs`).

use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use samos::access::ServerDeed;
use samos::{Faults, OnFailure, RunOptions, changes_of};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::extract::{Json, Path};
use crate::problem::Problem;
use crate::running::{Work, begin};
use crate::server::Server;
use crate::spans;

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
    Problem,
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
    /// How many steps may be under way at once; 8 where nothing is said.
    at_once: Option<usize>,
    /// How many seconds the run may take before nothing new is begun.
    deadline_s: Option<u64>,
    /// How often a request is sent again after a refusal that may pass; 5 where nothing is said.
    retries: Option<u32>,
    /// The run that could not do what this one shall do instead.
    follows: Option<String>,
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
    Problem,
))]
pub(crate) async fn apply(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Path(fingerprint): Path<String>,
    Json(order): Json<Order>,
) -> Result<Response, Problem> {
    if !server.configuration.may_run {
        return Err(Problem::not_allowed("running plans", "--allow-run"));
    }
    let plan = server.plans.plan(&fingerprint)?;
    caller.may_run(&server, &plan, false)?;
    if order.approve.is_some() {
        caller.may(&server, ServerDeed::Approve)?;
    }
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
    let run = spans::aside(move || {
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
        follows: order.follows.clone(),
        allowance: super::runs::allowance(order.at_once, order.deadline_s, order.retries),
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
