//! Runs: what they did, how they go, going on and taking back.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use axum::Json as Reply;
use axum::extract::State;
use axum::response::Response;
use samos::{
    Allowance, Answer, Ending, Event, GoingOn, Plan, Record, RunReport, Samos, TaskId, Transition,
    changes_of,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Listing;
use super::asking::{self, Bounds};
use super::orders::begun;
use super::wording::title_of;
use crate::caller::Caller;
use crate::extract::{JsonOrNothing, Path};
use crate::problem::Problem;
use crate::running::{UnderWay, Work, begin};
use crate::schema;
use crate::server::Server;

/// A run in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunItem {
    /// Its name.
    run: String,
    /// `running`, `done`, `stopped`, `undone`, `failed` and such.
    state: String,
    /// What its plan is for.
    title: String,
    /// Its plan.
    fingerprint: String,
    /// How many changes were approved.
    changes: u32,
    /// When it began, on the provider's clock.
    started_at: Option<String>,
    /// When it ended.
    ended_at: Option<String>,
}

/// A run with its plan and what became of each step.
#[derive(Serialize)]
pub(crate) struct RunDetail {
    run: String,
    state: String,
    fingerprint: String,
    changes: u32,
    started_at: Option<String>,
    ended_at: Option<String>,
    receipt: Option<RunReport>,
    plan: Plan,
    tasks: BTreeMap<String, String>,
    problem: Option<Value>,
}

/// How a run ended, in a word.
pub(crate) fn state_of(report: &RunReport) -> String {
    match &report.receipt.ending {
        None if report.paused => "paused",
        None => "open",
        Some(Ending::Succeeded) => "done",
        Some(Ending::Stopped) => "stopped",
        Some(Ending::Cancelled) => "cancelled",
        Some(Ending::TimedOut) => "timed_out",
        Some(Ending::Undone) => "undone",
        Some(Ending::UndoIncomplete) => "undone_in_part",
        Some(Ending::ReplanNeeded) => "needs_new_plan",
        Some(Ending::Undecided { .. }) => "undecided",
        #[allow(unreachable_patterns, reason = "endings may be added")]
        Some(_) => "ended",
    }
    .to_owned()
}

fn under_way(server: &Server) -> BTreeMap<String, UnderWay> {
    let all = server
        .under_way
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    all.clone()
}

/// The runs of this world, the newest first.
#[utoipa::path(get, path = "/api/v1/runs", tag = "runs", operation_id = "list_runs", responses(
    (status = 200, body = Listing<RunItem>),
    Problem,
))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
) -> Result<Reply<Listing<RunItem>>, Problem> {
    let open = under_way(&server);
    server
        .answer(move |samos| {
            let kept = samos.runs()?;
            let mut items: Vec<RunItem> = Vec::new();
            for report in kept.iter().filter(|report| !open.contains_key(report.id())) {
                items.push(RunItem {
                    run: report.id().to_owned(),
                    state: state_of(report),
                    title: title_of(&report.plan, samos),
                    fingerprint: report.plan.fingerprint.clone(),
                    changes: report.approved,
                    started_at: Some(report.receipt.started_at.clone()),
                    ended_at: report.receipt.ended_at.clone(),
                });
            }
            for (run, one) in &open {
                items.push(RunItem {
                    run: run.clone(),
                    state: if one.problem.is_some() {
                        "failed"
                    } else {
                        "running"
                    }
                    .to_owned(),
                    title: title_of(&one.plan, samos),
                    fingerprint: one.plan.fingerprint.clone(),
                    changes: changes_of(&one.plan),
                    started_at: None,
                    ended_at: None,
                });
            }
            items.reverse();
            let total = items.len();
            Ok(Listing {
                items,
                total,
                offset: 0,
                limit: total,
            })
        })
        .await
}

/// A run: its plan, the state of each step, what was sent and came back.
#[utoipa::path(get, path = "/api/v1/runs/{run}", tag = "runs", operation_id = "run_detail",
    params(("run" = String, Path, description = "or its beginning")), responses(
    (status = 200, body = schema::Run),
    Problem,
))]
pub(crate) async fn one(
    State(server): State<Arc<Server>>,
    Path(run): Path<String>,
) -> Result<Reply<RunDetail>, Problem> {
    let open = under_way(&server);
    let detail = server.compute(move |samos| detail(samos, &run, open.get(&run)));
    Ok(Reply(detail.await?))
}

fn detail(samos: &Samos, run: &str, open: Option<&UnderWay>) -> Result<RunDetail, Problem> {
    if let Some(open) = open {
        let first = open.records.first();
        return Ok(RunDetail {
            run: run.to_owned(),
            state: if open.problem.is_some() {
                "failed"
            } else {
                "running"
            }
            .to_owned(),
            fingerprint: open.plan.fingerprint.clone(),
            changes: changes_of(&open.plan),
            started_at: first.map(|record| time(record.at_ms)),
            ended_at: None,
            receipt: None,
            tasks: tasks(&open.plan, &open.records),
            plan: open.plan.clone(),
            problem: open.problem.clone(),
        });
    }
    let report = samos.run(run)?;
    let records = samos.transitions(report.id())?;
    Ok(RunDetail {
        run: report.id().to_owned(),
        state: state_of(&report),
        fingerprint: report.plan.fingerprint.clone(),
        changes: report.approved,
        started_at: Some(report.receipt.started_at.clone()),
        ended_at: report.receipt.ended_at.clone(),
        tasks: tasks(&report.plan, &records),
        plan: report.plan.clone(),
        receipt: Some(report),
        problem: None,
    })
}

fn time(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok();
    let at = at.and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    at.map_or_else(String::new, |at| format!("{at:.3}"))
}

/// The state of each task: all steps wait until something is heard of them.
fn tasks(plan: &Plan, records: &[Record]) -> BTreeMap<String, String> {
    let waiting = plan.steps.iter().map(|step| TaskId::step(step.id));
    let mut tasks: BTreeMap<TaskId, &str> = waiting.map(|task| (task, "waiting")).collect();
    for record in records {
        match &record.transition {
            // What had failed or was skipped is tried again.
            Transition::Resumed => {
                let again = |state: &&str| matches!(*state, "failed" | "skipped" | "unknown");
                let all = tasks.values_mut();
                all.filter(|state| again(state))
                    .for_each(|state| *state = "waiting");
            }
            Transition::Undoing { tasks: undos, .. } => {
                tasks.extend(undos.iter().map(|undo| (undo.task, "waiting")));
            }
            other => tasks.extend(moved(other)),
        }
    }
    let named = tasks.into_iter();
    named
        .map(|(task, state)| (task.to_string(), state.to_owned()))
        .collect()
}

/// The task that a transition moves, and where to.
fn moved(transition: &Transition) -> Option<(TaskId, &'static str)> {
    Some(match transition {
        Transition::Bound { task, .. }
        | Transition::Refused { task, .. }
        | Transition::Decided {
            task,
            took_effect: false,
            ..
        } => (*task, "rechecking"),
        Transition::Intent { task, .. } => (*task, "calling"),
        Transition::Answered { task, .. }
        | Transition::Decided {
            task,
            took_effect: true,
            ..
        } => (*task, "confirming"),
        Transition::Lost { task, .. } => (*task, "unanswered"),
        Transition::Done { task } => (*task, "done"),
        Transition::Failed { task, .. } => (*task, "failed"),
        Transition::Undecided { task, .. } => (*task, "unknown"),
        Transition::Skipped { task, .. } => (*task, "skipped"),
        _ => return None,
    })
}

/// Is a run under way?
pub(crate) fn is_open(server: &Server, run: &str) -> bool {
    let all = server
        .under_way
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    all.get(run).is_some_and(|one| one.problem.is_none())
}

/// How a run stands: in a word, and by task.
pub(crate) fn standing(
    server: &Server,
    run: &str,
) -> Result<(String, BTreeMap<String, String>), Problem> {
    let open = under_way(server);
    let detail = detail(&server.now().samos, run, open.get(run))?;
    Ok((detail.state, detail.tasks))
}

/// A record of a run's journal.
#[derive(Serialize, ToSchema)]
pub(crate) struct TransitionItem {
    /// Counts from 0.
    number: usize,
    /// When, on the provider's clock.
    at: String,
    /// The same in milliseconds.
    at_ms: u64,
    /// What changed.
    #[schema(value_type = Object)]
    transition: Transition,
}

/// Everything that happened in a run, in order.
#[utoipa::path(get, path = "/api/v1/runs/{run}/transitions", tag = "runs",
    params(("run" = String, Path, description = "or its beginning")), responses(
    (status = 200, body = Listing<TransitionItem>),
    Problem,
))]
pub(crate) async fn transitions(
    State(server): State<Arc<Server>>,
    Path(run): Path<String>,
) -> Result<Reply<Listing<TransitionItem>>, Problem> {
    let open = under_way(&server);
    server
        .answer(move |samos| {
            let records = match open.get(&run) {
                Some(open) => open.records.clone(),
                None => samos.transitions(&run)?,
            };
            let numbered: Vec<(usize, Record)> = records.into_iter().enumerate().collect();
            let all = Some(super::MOST_ROWS);
            Ok(Listing::of(&numbered, all, None, |(number, record)| {
                TransitionItem {
                    number: *number,
                    at: time(record.at_ms),
                    at_ms: record.at_ms,
                    transition: record.transition.clone(),
                }
            }))
        })
        .await
}

/// How a run is gone on with, or taken back; nothing is needed.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Further {
    /// How many steps may be under way at once from now on.
    at_once: Option<usize>,
    /// How many seconds it may take from now on before nothing new is begun.
    deadline_s: Option<u64>,
    /// How often a request is sent again after a refusal that may pass.
    retries: Option<u32>,
    /// What a person knows of steps of which nobody else does, by the step: did it take effect?
    #[schema(value_type = BTreeMap<String, bool>)]
    decided: BTreeMap<TaskId, bool>,
    /// Pass over who executes it, though they live: they hang.
    take_over: bool,
}

/// What a run is allowed.
pub(crate) fn allowance(
    at_once: Option<usize>,
    deadline_s: Option<u64>,
    retries: Option<u32>,
) -> Allowance {
    Allowance {
        at_once,
        deadline_ms: deadline_s.map(|s| s.saturating_mul(1_000)),
        retries,
    }
}

impl From<Further> for GoingOn {
    fn from(further: Further) -> Self {
        Self {
            allowance: allowance(further.at_once, further.deadline_s, further.retries),
            decided: further.decided,
            take_over: further.take_over,
        }
    }
}

/// Goes on with a run that stopped, failed or was cut off.
#[utoipa::path(post, path = "/api/v1/runs/{run}/resume", tag = "runs", request_body = Option<Further>,
    params(("run" = String, Path, description = "or its beginning")), responses(
    (status = 202, body = super::orders::Begun),
    Problem,
))]
pub(crate) async fn resume(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Path(run): Path<String>,
    JsonOrNothing(further): JsonOrNothing<Further>,
) -> Result<Response, Problem> {
    go_on(server, &caller, run, Work::Resume(further.into())).await
}

/// Takes back what a run did, last step first, as far as real inverse operations allow.
#[utoipa::path(post, path = "/api/v1/runs/{run}/undo", tag = "runs", request_body = Option<Further>,
    params(("run" = String, Path, description = "or its beginning")), responses(
    (status = 202, body = super::orders::Begun),
    Problem,
))]
pub(crate) async fn undo(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Path(run): Path<String>,
    JsonOrNothing(further): JsonOrNothing<Further>,
) -> Result<Response, Problem> {
    go_on(server, &caller, run, Work::Undo(further.into())).await
}

/// Plans what is left of a run that could not go on, from the state that it left: with the same operations where other
/// bindings are enough, else another way on, else all anew. What matters is read again first. To run such a plan, name the
/// run in `follows` when it is applied.
#[utoipa::path(post, path = "/api/v1/runs/{run}/replan", tag = "runs", request_body = Option<Bounds>,
    params(("run" = String, Path, description = "or its beginning")), responses(
    (status = 200, body = schema::Answer),
    Problem,
))]
pub(crate) async fn replan(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Path(run): Path<String>,
    JsonOrNothing(bounds): JsonOrNothing<Bounds>,
) -> Result<Reply<Answer>, Problem> {
    if !server.configuration.may_run {
        return Err(Problem::not_allowed("running plans", "--allow-run"));
    }
    let report = server.now().samos.run(&run)?;
    caller.may_run(&server, &report.plan, false)?;
    let run = report.id().to_owned();
    let limits = asking::limits(Some(&bounds), None);
    let named = run.clone();
    let answer = server.planned(move |samos| Ok(samos.clone().replan(&named, &limits)?));
    let answer = answer.await?;
    // What was read for it everybody may see.
    let after = move |samos: &mut Samos| samos.go_on_after(&run);
    server.world.change(after).await?;
    Ok(answer)
}

/// Begins nothing new in a run that is under way; what was sent is still waited for. `resume` goes on.
#[utoipa::path(post, path = "/api/v1/runs/{run}/pause", tag = "runs",
    params(("run" = String, Path, description = "or its beginning")), responses(
    (status = 202, body = super::orders::Begun),
    Problem,
))]
pub(crate) async fn pause(
    State(server): State<Arc<Server>>,
    Path(run): Path<String>,
) -> Result<Response, Problem> {
    say(&server, &run, Event::Pause).await
}

/// Ends a run that is under way, once what was sent is answered. What was done stays; `undo` takes it back.
#[utoipa::path(post, path = "/api/v1/runs/{run}/cancel", tag = "runs",
    params(("run" = String, Path, description = "or its beginning")), responses(
    (status = 202, body = super::orders::Begun),
    Problem,
))]
pub(crate) async fn cancel(
    State(server): State<Arc<Server>>,
    Path(run): Path<String>,
) -> Result<Response, Problem> {
    say(&server, &run, Event::Cancel).await
}

async fn say(server: &Server, run: &str, event: Event) -> Result<Response, Problem> {
    if !server.configuration.may_run {
        return Err(Problem::not_allowed("running plans", "--allow-run"));
    }
    crate::running::say(server, run, event).await.map(begun)
}

async fn go_on(
    server: Arc<Server>,
    caller: &Caller,
    run: String,
    work: Work,
) -> Result<Response, Problem> {
    if !server.configuration.may_run {
        return Err(Problem::not_allowed("running plans", "--allow-run"));
    }
    let plan = server.now().samos.run(&run)?.plan;
    caller.may_run(&server, &plan, matches!(work, Work::Undo(_)))?;
    let task = crate::spans::aside(move || begin(&server, Some(&run), work));
    Ok(begun(task.await.map_err(Problem::internal)??))
}
