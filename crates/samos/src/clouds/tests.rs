//! Real accounts as the product runs them: a load balancer's socket, held up at will, a driver that panics, a clock that jumps.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use futures::future::BoxFuture;
use samos_access::Credentials;
use samos_drivers::aws::Environment;
use samos_execution::host::{Attendant, Hearing, Unattended, Voice, conversation};
use samos_execution::{Allowance, Ending, Event, OnFailure, Record, TaskState, Transition};
use samos_model::Limits;

use super::*;
use crate::{Question, RunOptions, RunReport, Samos, changes_of};

#[path = "../../tests/support/balancer.rs"]
mod balancer;

use balancer::Balancer;

/// A data directory with an account of a balancer that is known.
struct Stage {
    folder: PathBuf,
    balancer: Balancer,
    samos: Samos,
}

impl Stage {
    fn new(name: &str, servers: usize) -> Self {
        let folder = std::env::temp_dir().join(format!("samos-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let balancer = Balancer::begin(&folder, servers);
        let data = folder.join("data");
        let mut samos = Samos::builder().data_directory(data).build().unwrap();
        let provider = samos.entity("haproxy:haproxy").unwrap();
        let mut profile = AccountProfile::new("front", provider);
        profile.endpoint = Some(balancer.socket().display().to_string());
        samos
            .add_account(profile, &Credentials::default(), None)
            .unwrap();
        let environment = Environment::default();
        samos.connect_accounts(None, &environment).unwrap();
        let answered = samos.inventory("https://w3id.org/samos/account/front");
        let answered = answered.unwrap();
        assert!(answered > 1, "{answered} {:?}", samos.world().made_from());
        Self {
            folder,
            balancer,
            samos,
        }
    }

    /// The server of that name, as a goal names it.
    fn server(&self, name: &str) -> String {
        let class = self.samos.iri("haproxy:Server").unwrap();
        let servers = self.samos.world().entities_of(&class);
        let key = samos_model::Literal::string(format!("web/{name}"));
        let path = self.samos.iri("haproxy:serverPath").unwrap();
        let has_name = |server: &&Iri| {
            let paths = self.samos.world().values(server, &path).members;
            paths.iter().any(|one| {
                one.as_literal()
                    .is_some_and(|path| path.lexical == key.lexical)
            })
        };
        format!("<{}>", servers.iter().find(has_name).unwrap())
    }

    fn plan(&self, goal: &str) -> Plan {
        let question = Question {
            goal: Some(goal.to_owned()),
            ..Question::default()
        };
        let goal = self.samos.goal(&question).unwrap();
        let plans = self.samos.plan(&goal).unwrap().plans;
        plans.into_iter().next().expect("there is a plan")
    }

    /// A plan that drains these, which need not wait for each other.
    fn draining(&self, servers: &[&str]) -> Plan {
        let drained = servers
            .iter()
            .map(|name| format!("{}.serverState == haproxy:drain", self.server(name)));
        self.plan(&drained.collect::<Vec<_>>().join(" and "))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Calls something with each record, and lends the run an ear.
struct Attending<F> {
    saw: F,
    hearing: Option<Hearing>,
}

impl<F: FnMut(&Record)> Attending<F> {
    fn new(saw: F) -> (Self, Voice) {
        let (voice, hearing) = conversation();
        let hearing = Some(hearing);
        (Self { saw, hearing }, voice)
    }
}

impl<F: FnMut(&Record)> Attendant for Attending<F> {
    fn saw(&mut self, record: &Record) {
        (self.saw)(record);
    }

    fn hearing(&mut self) -> Option<Hearing> {
        self.hearing.take()
    }
}

fn states(report: &RunReport) -> Vec<TaskState> {
    let steps = report.receipt.steps.iter();
    steps.map(|step| step.state).collect()
}

#[test]
fn a_slow_request_holds_up_nothing_beside_it() {
    let stage = Stage::new("slow", 2);
    let plan = stage.draining(&["s1", "s2"]);
    assert_eq!(changes_of(&plan), 2);
    stage.balancer.hold("set server web/s1");
    let mut order = Vec::new();
    let mut saw = |record: &Record| {
        if let Transition::Done { task } = record.transition {
            order.push(task.step);
            // Only now that the other is done, and its effect seen, is the slow one answered.
            stage.balancer.let_go("set server web/s1");
        }
    };
    let options = RunOptions::approving(2);
    let report = stage
        .samos
        .apply_watched(&plan, &options, &mut saw)
        .unwrap();
    assert!(report.is_done(), "{:?}", report.receipt);
    assert_eq!(order.len(), 2);
    let of = |n: usize| plan.step(order[n]).unwrap().subject.as_known().unwrap();
    let second = of(0).as_entity().unwrap().to_string();
    assert_eq!(format!("<{second}>"), stage.server("s2"));
}

#[test]
fn a_run_is_paused_and_cancelled_while_it_waits() {
    let stage = Stage::new("paused", 2);
    let plan = stage.draining(&["s1", "s2"]);
    let options = RunOptions {
        allowance: Allowance {
            at_once: Some(1),
            ..Allowance::default()
        },
        ..RunOptions::approving(2)
    };
    stage.balancer.hold("set server");
    let (mut attending, voice) = Attending::new(|_: &Record| {});
    let report = std::thread::scope(|scope| {
        scope.spawn(|| {
            stage.balancer.until_heard("set server", 1);
            // Heard although the only request of the run is under way.
            futures::executor::block_on(voice.say(Event::Pause)).unwrap();
            stage.balancer.let_go("set server");
        });
        stage.samos.apply_watched(&plan, &options, &mut attending)
    });
    let report = report.unwrap();
    assert!(report.paused && !report.is_done());
    let mut left = states(&report);
    left.sort_by_key(|state| *state == TaskState::Waiting);
    assert_eq!(left, [TaskState::Done, TaskState::Waiting], "one at once");
    assert_eq!(stage.balancer.times_heard("set server"), 1);
    stage.balancer.hold("set server");
    let (mut attending, voice) = Attending::new(|_: &Record| {});
    let cancelled = std::thread::scope(|scope| {
        scope.spawn(|| {
            stage.balancer.until_heard("set server", 2);
            futures::executor::block_on(voice.say(Event::Cancel)).unwrap();
            stage.balancer.let_go("set server");
        });
        stage.samos.resume(report.id(), &mut attending)
    });
    let cancelled = cancelled.unwrap();
    assert_eq!(cancelled.receipt.ending, Some(Ending::Cancelled));
    assert_eq!(
        states(&cancelled),
        [TaskState::Done; 2],
        "what was sent is seen through"
    );
}

/// Passes everything on, and panics once the first change was answered.
struct Panicking {
    inner: Box<dyn Driver>,
    changes: AtomicUsize,
}

impl Driver for Panicking {
    fn send<'a>(
        &'a self,
        call: &'a Call,
        options: &'a SendOptions,
    ) -> BoxFuture<'a, Result<Answer, SendError>> {
        Box::pin(async move {
            let answer = self.inner.send(call, options).await;
            if !options.information && self.changes.fetch_add(1, Ordering::SeqCst) == 0 {
                std::panic::panic_any("a fault of the driver");
            }
            answer
        })
    }

    fn preview<'a>(
        &'a self,
        call: &'a Call,
        options: &'a SendOptions,
        signed: bool,
    ) -> BoxFuture<'a, Result<Option<samos_drivers::Preview>, SendError>> {
        self.inner.preview(call, options, signed)
    }
}

#[test]
fn a_driver_that_panics_is_a_lost_answer() {
    let mut stage = Stage::new("panic", 1);
    let plan = stage.draining(&["s1"]);
    let clouds = Arc::get_mut(stage.samos.clouds.as_mut().unwrap()).unwrap();
    let inner = clouds.clouds[0].driver.take().unwrap();
    clouds.clouds[0].driver = Some(Box::new(Panicking {
        inner,
        changes: AtomicUsize::new(0),
    }));
    let mut lost = 0;
    let mut saw = |record: &Record| {
        lost += usize::from(matches!(record.transition, Transition::Lost { .. }));
    };
    let options = RunOptions::approving(1);
    let report = stage
        .samos
        .apply_watched(&plan, &options, &mut saw)
        .unwrap();
    assert!(report.is_done(), "{:?}", report.receipt);
    assert_eq!((lost, report.receipt.steps[0].attempts), (1, 1));
    assert_eq!(stage.balancer.times_heard("set server"), 1, "never again");
}

/// A clock that is a year further on whenever it is looked at.
fn jumping() -> u64 {
    static NOW_MS: AtomicU64 = AtomicU64::new(1_800_000_000_000);
    NOW_MS.fetch_add(31_536_000_000, Ordering::SeqCst)
}

#[test]
fn a_clock_that_jumps_moves_no_deadline() {
    let mut stage = Stage::new("clock", 2);
    let plan = stage.draining(&["s1", "s2"]);
    let clouds = Arc::get_mut(stage.samos.clouds.as_mut().unwrap()).unwrap();
    clouds.wall = jumping;
    let options = RunOptions {
        allowance: Allowance {
            deadline_ms: Some(600_000),
            ..Allowance::default()
        },
        ..RunOptions::approving(2)
    };
    let mut times = Vec::new();
    let mut saw = |record: &Record| times.push(record.at_ms);
    let report = stage
        .samos
        .apply_watched(&plan, &options, &mut saw)
        .unwrap();
    assert!(report.is_done(), "{:?}", report.receipt);
    let took_ms = times.last().unwrap() - times.first().unwrap();
    assert!(took_ms < 600_000, "{took_ms} ms");
    let undone = stage.samos.undo(report.id(), &mut Unattended).unwrap();
    assert!(undone.is_undone(), "{:?}", undone.receipt);
}

#[test]
fn a_step_takes_the_advice_of_its_own_account() {
    let mut stage = Stage::new("advice", 1);
    let plan = stage.draining(&["s1"]);
    let clouds = stage.samos.real_clouds().unwrap();
    let mut policy = Policy::default();
    clouds.advise(stage.samos.world(), &plan, &mut policy);
    let step = &plan.steps[0];
    let advice = policy
        .advice_on(TaskId::step(step.id), &step.operation)
        .unwrap();
    assert!(advice.resendable, "it does no harm twice");
    let Undo::By { operation, .. } = &step.undo else {
        panic!("it can be taken back")
    };
    assert!(
        policy
            .advice_on(TaskId::step(step.id), operation)
            .unwrap()
            .resendable
    );
    // Of an account that is played nothing is advised.
    let clouds = Arc::get_mut(stage.samos.clouds.as_mut().unwrap()).unwrap();
    clouds.clouds[0].driver = None;
    let mut policy = Policy::default();
    stage
        .samos
        .clouds
        .as_ref()
        .unwrap()
        .advise(stage.samos.world(), &plan, &mut policy);
    assert_eq!(policy.advice, std::collections::BTreeMap::new());
}

#[test]
fn what_could_not_be_done_is_planned_anew_from_the_live_state() {
    let mut stage = Stage::new("replan", 2);
    let plan = stage.draining(&["s1", "s2"]);
    stage
        .balancer
        .tell("set server web/s1", "Permission denied\n");
    let options = RunOptions {
        on_failure: OnFailure::Replan,
        ..RunOptions::approving(2)
    };
    let first = stage.samos.apply(&plan, &options).unwrap();
    assert_eq!(first.receipt.ending, Some(Ending::ReplanNeeded));
    assert_eq!(stage.balancer.admin("s2"), 8, "the other was drained");
    stage.balancer.tell_no_more("set server web/s1");
    let answer = stage.samos.replan(first.id(), &Limits::default()).unwrap();
    assert_eq!(changes_of(&answer.plans[0]), 1, "only what is left");
    // Another operator has undone the rest: what is planned is what is really so.
    stage.balancer.set("s2", 0);
    let answer = stage.samos.replan(first.id(), &Limits::default()).unwrap();
    let again = &answer.plans[0];
    assert_eq!(changes_of(again), 2);
    let options = RunOptions {
        follows: Some(first.id().to_owned()),
        ..RunOptions::approving(2)
    };
    let second = stage.samos.apply(again, &options).unwrap();
    assert!(second.is_done(), "{:?}", second.receipt);
    assert_eq!(second.receipt.follows.as_deref(), Some(first.id()));
    let first = stage.samos.run(first.id()).unwrap();
    assert_eq!(first.followed_by.as_deref(), Some(second.id()));
    let kept = stage.folder.join("data/runs").join(first.id());
    let receipt = std::fs::read_to_string(kept.join("receipt.json")).unwrap();
    assert!(receipt.contains(second.id()), "{receipt}");
}

#[test]
fn a_holder_that_hangs_is_passed_over() {
    let stage = Stage::new("passed-over", 1);
    let plan = stage.draining(&["s1"]);
    let run = crate::run_of(&plan);
    let mut other = Samos::builder()
        .data_directory(stage.folder.join("data"))
        .build()
        .unwrap();
    other
        .connect_accounts(None, &Environment::default())
        .unwrap();
    stage.balancer.hold("set server");
    std::thread::scope(|scope| {
        let hanging = scope.spawn(|| stage.samos.apply(&plan, &RunOptions::approving(1)));
        stage.balancer.until_heard("set server", 1);
        assert!(other.open_runs().unwrap().is_empty(), "its holder lives");
        let refused = other.resume(&run, &mut Unattended).unwrap_err();
        assert_eq!(refused.findings()[0].code, "X0302", "{refused}");
        assert!(refused.findings()[0].help.contains("--take-over"));
        let take_over = crate::GoingOn {
            take_over: true,
            ..crate::GoingOn::default()
        };
        let mut saw = |record: &Record| {
            if matches!(record.transition, Transition::Lost { .. }) {
                stage.balancer.let_go("set server");
            }
        };
        let report = other.resume_with(&run, &take_over, &mut saw).unwrap();
        assert!(report.is_done(), "{:?}", report.receipt);
        let passed_over = hanging.join().unwrap().unwrap_err();
        assert_eq!(passed_over.findings()[0].code, "X0305", "{passed_over}");
    });
    assert_eq!(stage.balancer.times_heard("set server"), 1, "never twice");
}
