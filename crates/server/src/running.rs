//! Runs that the server drives: approved, at once where they touch nothing in common, told to all who listen as they happen.
//!
//! In: a plan and an approval that names its fingerprint and its number of changes. Out: events, and the world as the run
//! left it. Not here: what a run does; the facade knows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use samos::model::codes::{interface, serving};
use samos::{
    Attendant, Event, GoingOn, Hearing, Iri, OpenRun, Plan, Record, RunOptions, RunReport, Samos,
    Voice, changes_of, conversation, run_of,
};
use serde_json::{Value, json};

use crate::clock;
use crate::metrics::EndingLabels;
use crate::problem::Problem;
use crate::server::Server;
use crate::spans::RunSpans;

/// How long an approval is good for.
const APPROVED_S: i64 = 300;
/// How many approvals may be waiting to be used.
const WAITING: usize = 256;
/// How long it is waited for that a run hears what is said to it: one that waits for its turn hears it then.
const HEARD: Duration = Duration::from_secs(2);
/// What a run touches where files describe the world: it begins as the run before left it.
const WORLD: &str = "urn:samos:world";

/// What is known of a run that is under way or was refused.
#[derive(Clone, Debug)]
pub(crate) struct UnderWay {
    /// Its plan.
    pub(crate) plan: Plan,
    /// Why it did not begin or broke off.
    pub(crate) problem: Option<Value>,
    /// What has happened.
    pub(crate) records: Vec<Record>,
    /// What speaks to it.
    voice: Voice,
}

/// What is to be done with a run.
#[derive(Debug)]
pub(crate) enum Work {
    /// Carry a plan out.
    Apply(Box<Plan>, RunOptions),
    /// Go on.
    Resume(GoingOn),
    /// Take back.
    Undo(GoingOn),
    /// Go on with what a server left that ended.
    TakeUp(OpenRun),
}

/// A person's yes to a plan.
#[derive(Clone, Debug)]
struct Approval {
    fingerprint: String,
    changes: u32,
    expires_at: String,
}

/// The approvals that wait to be used.
#[derive(Default)]
pub(crate) struct Approvals(Mutex<BTreeMap<String, Approval>>);

impl Approvals {
    /// Notes a yes to exactly the plan's changes. Gives its token and when it expires.
    pub(crate) fn give(&self, plan: &Plan, changes: u32) -> Result<(String, String), Problem> {
        let makes = changes_of(plan);
        if changes != makes {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                interface::WRONG_APPROVAL,
                format!("{changes} approved, but the plan makes {makes}"),
                format!("look at the plan, then approve exactly {makes}"),
            ));
        }
        let token = uuid::Uuid::new_v4().simple().to_string();
        let expires_at = clock::in_seconds(APPROVED_S);
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::now();
        waiting.retain(|_, one| {
            clock::seconds_between(&now, &one.expires_at).is_some_and(|left| left > 0)
        });
        if waiting.len() >= WAITING {
            waiting.pop_first();
        }
        waiting.insert(
            token.clone(),
            Approval {
                fingerprint: plan.fingerprint.clone(),
                changes,
                expires_at: expires_at.clone(),
            },
        );
        Ok((token, expires_at))
    }

    /// Uses a yes up. Gives the number of changes approved.
    pub(crate) fn take(&self, token: &str, plan: &Plan) -> Result<u32, Problem> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = waiting.get(token).is_some_and(|approval| {
            let left = clock::seconds_between(&clock::now(), &approval.expires_at);
            approval.fingerprint == plan.fingerprint && left.is_some_and(|left| left > 0)
        });
        match waiting.remove(token).filter(|_| fits) {
            Some(approval) => Ok(approval.changes),
            None => Err(Problem::new(
                StatusCode::FORBIDDEN,
                serving::NO_APPROVAL,
                "the approval is of another plan, was used, or has expired",
                "look at the plan and approve it again",
            )),
        }
    }
}

/// Begins work on a run and gives its name at once; events tell how it goes.
pub(crate) fn begin(
    server: &Arc<Server>,
    run: Option<&str>,
    work: Work,
) -> Result<String, Problem> {
    let published = server.now();
    let (name, plan, records) = match (&work, run) {
        (Work::Apply(plan, _), _) => {
            published.samos.may_apply(plan)?;
            (run_of(plan), (**plan).clone(), Vec::new())
        }
        (_, Some(run)) => {
            let report = published.samos.run(run)?;
            let records = published.samos.transitions(report.id())?;
            (report.id().to_owned(), report.plan, records)
        }
        (_, None) => return Err(Problem::bad_request("no run is named")),
    };
    let mut under_way = server
        .under_way
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if under_way
        .get(&name)
        .is_some_and(|one| one.problem.is_none())
    {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            samos::model::codes::execution::JOURNAL_IN_USE,
            format!("run `{name}` is under way"),
            "wait until it ends",
        ));
    }
    let (voice, hearing) = conversation();
    under_way.insert(
        name.clone(),
        UnderWay {
            plan: plan.clone(),
            problem: None,
            records,
            voice,
        },
    );
    drop(under_way);
    let turn = server.turns.place(touched_by(&published.samos, &plan));
    server.plans.keep(&plan, true);
    server.world.show(&plan);
    server.events.tell(
        "run.accepted",
        &name,
        &json!({"run": name, "plan": plan.fingerprint}),
    );
    let (server, run) = (Arc::clone(server), name.clone());
    let mut spans = RunSpans::begin(&run, &plan.fingerprint);
    tokio::spawn(async move {
        turn.comes().await;
        let shared = Arc::clone(&server);
        let named = run.clone();
        let task = tokio::task::spawn_blocking(move || {
            let span = spans.run().clone();
            let done = span.in_scope(|| carry_out(&shared, &named, work, hearing, &mut spans));
            spans.end(&match &done {
                Ok(report) => crate::api::runs::state_of(report),
                Err(_) => "failed".to_owned(),
            });
            done
        });
        let result = match task.await {
            Ok(result) => result,
            Err(error) => Err(Problem::internal(error)),
        };
        drop(turn);
        ended(&server, &run, result);
    });
    Ok(name)
}

/// Goes on with the runs that were under way when the server before ended, where plans may be run.
pub(crate) fn take_up(server: &Arc<Server>) -> Result<(), samos::Error> {
    if !server.configuration.may_run {
        return Ok(());
    }
    for open in server.now().samos.open_runs()? {
        let run = open.id().to_owned();
        if let Err(problem) = begin(server, Some(&run), Work::TakeUp(open)) {
            let data = json!({"run": run, "state": "failed", "problem": problem.body()});
            server.events.tell("run.ended", &run, &data);
        }
    }
    Ok(())
}

/// Does the work, in the world as it is now, and publishes what became of it.
fn carry_out(
    server: &Arc<Server>,
    run: &str,
    work: Work,
    hearing: Hearing,
    spans: &mut RunSpans,
) -> Result<RunReport, Problem> {
    let mut samos = server.now().samos.clone();
    samos.show_runs_at(server.configuration.speed);
    let mut attendant = Telling {
        server,
        run,
        samos: &samos,
        spans,
        hearing: Some(hearing),
    };
    let done = match work {
        Work::Apply(plan, options) => samos.apply_watched(&plan, &options, &mut attendant),
        Work::Resume(how) => samos.resume_with(run, &how, &mut attendant),
        Work::Undo(how) => samos.undo_with(run, &how, &mut attendant),
        Work::TakeUp(open) => samos.take_up(open, &mut attendant),
    };
    if let Ok(report) = &done {
        server.world.show_run(&report.receipt);
    }
    let name = run.to_owned();
    // Also a run that broke off has seen something.
    let after = server
        .world
        .change_blocking(move |samos: &mut Samos| samos.go_on_after(&name));
    let report = done?;
    after?;
    Ok(report)
}

/// What touches the whole world.
pub(crate) fn everything() -> BTreeSet<Iri> {
    BTreeSet::from([Iri::from(WORLD)])
}

/// What a run touches, so that no other that touches it goes on at the same time.
pub(crate) fn touched_by(samos: &Samos, plan: &Plan) -> BTreeSet<Iri> {
    if samos.is_of_files() {
        everything()
    } else {
        samos.touched_by(plan)
    }
}

/// Says something to a run that is under way. Gives its whole name.
pub(crate) async fn say(server: &Server, run: &str, event: Event) -> Result<String, Problem> {
    let (name, voice) = spoken_to(server, run)?;
    // One that waits for its turn hears it then.
    if let Ok(heard) = tokio::time::timeout(HEARD, voice.say(event)).await {
        heard.map_err(samos::Error::from)?;
    }
    Ok(name)
}

/// A run that is under way, and what speaks to it.
fn spoken_to(server: &Server, run: &str) -> Result<(String, Voice), Problem> {
    let under_way = server
        .under_way
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let mut open = under_way
        .iter()
        .filter(|(name, one)| one.problem.is_none() && name.starts_with(run));
    match (open.next(), open.next()) {
        (Some((name, one)), None) => Ok((name.clone(), one.voice.clone())),
        _ => Err(Problem::new(
            StatusCode::CONFLICT,
            samos::model::codes::execution::WRONG_MOMENT,
            format!("no run `{run}` is under way"),
            "what has ended or is paused can be resumed or taken back",
        )),
    }
}

/// Tells each transition, and hands on what is said to the run.
struct Telling<'a> {
    server: &'a Server,
    run: &'a str,
    samos: &'a Samos,
    spans: &'a mut RunSpans,
    hearing: Option<Hearing>,
}

impl Attendant for Telling<'_> {
    fn saw(&mut self, record: &Record) {
        self.spans.saw(self.samos, &record.transition);
        let Self { server, run, .. } = self;
        let data = json!({"run": run, "record": record});
        server.events.tell("run.transition", run, &data);
        let mut under_way = server
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = under_way.get_mut(*run) {
            one.records.push(record.clone());
        }
    }

    fn hearing(&mut self) -> Option<Hearing> {
        self.hearing.take()
    }
}

fn ended(server: &Server, run: &str, result: Result<RunReport, Problem>) {
    let mut under_way = server
        .under_way
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let (ending, data) = match result {
        Ok(report) => {
            under_way.remove(run);
            let ending = crate::api::runs::state_of(&report);
            (
                ending.clone(),
                json!({"run": run, "state": ending, "receipt": report}),
            )
        }
        Err(problem) => {
            let body = problem.body();
            if let Some(one) = under_way.get_mut(run) {
                one.problem = Some(body.clone());
            }
            (
                "failed".to_owned(),
                json!({"run": run, "state": "failed", "problem": body}),
            )
        }
    };
    drop(under_way);
    let label = EndingLabels {
        ending: ending.clone(),
    };
    server.metrics.runs.get_or_create(&label).inc();
    server.events.tell("run.ended", run, &data);
    let number = server.now().number;
    server
        .events
        .tell("facts.changed", run, &json!({"by": run, "world": number}));
}
