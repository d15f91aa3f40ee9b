//! The host as real providers have it: many runs at once, spoken to while they run, on a clock that tests move.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod support;

use std::cell::{Cell as StdCell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::{FutureExt as _, LocalBoxFuture, join, join_all};
use samos_execution::host::sqlite::{Journals, Writing};
use samos_execution::host::{
    Attendant, Halt, Hearing, Host, Journal, MemoryJournal, Remote, SteadyClock, Unattended, Voice,
    conversation, records_of,
};
use samos_execution::{
    CallError, Command, Ending, Error, Event, Outcomes, Policy, Provider as _, Record, Run,
};
use samos_model::{Plan, Request};
use samos_reference::estate::Estate;
use samos_simulation::{Faults, Simulation};
use support::*;
use tokio::sync::Semaphore;

thread_local! {
    static SIMULATION: RefCell<Option<Simulation<'static>>> = const { RefCell::new(None) };
    static CLOCK: StdCell<Option<SteadyClock>> = const { StdCell::new(None) };
}

/// What the remote does with the n-th manipulation, counted from 1, instead of answering.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Odd {
    Nothing,
    NeverAnswers(usize),
    Panics(usize),
    Slow(usize),
}

/// Longer than all else takes, shorter than an answer may.
const SLOW_MS: u64 = 500_000;

/// The simulation of this thread, whose clock is Tokio's.
struct Simulated {
    odd: Odd,
    slow_ms: u64,
    changes: AtomicUsize,
    under_way: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Simulated {
    fn new(odd: Odd, slow_ms: u64) -> Self {
        Self {
            odd,
            slow_ms,
            changes: AtomicUsize::new(0),
            under_way: Arc::default(),
            most: Arc::default(),
        }
    }
}

fn with<T>(look: impl FnOnce(&mut Simulation<'static>) -> T) -> T {
    SIMULATION.with_borrow_mut(|simulation| {
        let simulation = simulation.as_mut().unwrap();
        simulation.set_clock(CLOCK.get().unwrap().now_ms());
        look(simulation)
    })
}

impl Remote for Simulated {
    fn call(
        &self,
        request: Request,
        token: Option<String>,
    ) -> LocalBoxFuture<'_, Result<Outcomes, CallError>> {
        let mut odd = Odd::Nothing;
        if token.is_some() {
            let n = self.changes.fetch_add(1, Ordering::SeqCst) + 1;
            if matches!(self.odd, Odd::NeverAnswers(at) | Odd::Panics(at) | Odd::Slow(at) if at == n)
            {
                odd = self.odd;
            }
        }
        let (under_way, most) = (Arc::clone(&self.under_way), Arc::clone(&self.most));
        let slow = Duration::from_millis(self.slow_ms);
        async move {
            let now = under_way.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            let answer = with(|simulation| simulation.call(&request, token.as_deref()));
            tokio::time::sleep(slow).await;
            under_way.fetch_sub(1, Ordering::SeqCst);
            match odd {
                Odd::Nothing => answer,
                Odd::Slow(_) => {
                    tokio::time::sleep(Duration::from_millis(SLOW_MS)).await;
                    answer
                }
                Odd::NeverAnswers(_) => std::future::pending().await,
                Odd::Panics(_) => panic!("a fault of the driver"),
            }
        }
        .boxed_local()
    }

    fn now_ms(&self) -> u64 {
        with(|simulation| simulation.now_ms())
    }

    fn until(&self, at_ms: u64) -> LocalBoxFuture<'_, ()> {
        async move { CLOCK.get().unwrap().until(at_ms).await }.boxed_local()
    }
}

/// A virtual clock and one simulation of that world.
fn within<T>(
    world: Estate,
    faults: Faults,
    machines: u32,
    test: impl AsyncFnOnce(&Estate) -> T,
) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let leaked: &'static Estate = Box::leak(Box::new(world.clone()));
        let simulation = simulate_many(leaked, faults, machines);
        CLOCK.set(Some(SteadyClock::starting_at(simulation.now_ms())));
        SIMULATION.set(Some(simulation));
        let outcome = test(&world).await;
        SIMULATION.set(None);
        outcome
    })
}

fn new_run(world: &Estate, id: &str, plan: Plan, policy: Policy) -> (Run, Vec<Command>) {
    let now_ms = with(|simulation| simulation.now_ms());
    Run::new(world, id, plan, policy, now_ms).unwrap()
}

async fn begin(
    host: Host<'_>,
    (mut run, commands): (Run, Vec<Command>),
    journal: &mut dyn Journal,
    attendant: &mut dyn Attendant,
) -> Result<(Run, Halt), Error> {
    journal.append(&records_of(commands)).await?;
    let halt = host
        .drive(&mut run, journal, vec![Event::Started], attendant)
        .await?;
    Ok((run, halt))
}

/// Begins a run that nobody keeps or attends.
async fn begun(host: Host<'_>, run: (Run, Vec<Command>)) -> (Run, Halt) {
    let mut journal = MemoryJournal::default();
    begin(host, run, &mut journal, &mut Unattended)
        .await
        .unwrap()
}

/// Somebody who speaks to the run, and keeps what it does.
struct Attending {
    seen: Arc<std::sync::Mutex<Vec<Record>>>,
    hearing: Option<Hearing>,
}

impl Attending {
    fn new() -> (Self, Voice) {
        let (voice, hearing) = conversation();
        let attending = Self {
            seen: Arc::default(),
            hearing: Some(hearing),
        };
        (attending, voice)
    }
}

impl Attendant for Attending {
    fn saw(&mut self, record: &Record) {
        self.seen.lock().unwrap().push(record.clone());
    }

    fn hearing(&mut self) -> Option<Hearing> {
        self.hearing.take()
    }
}

#[test]
fn figure_nine_runs() {
    let world = two_clouds();
    let (plan, nine) = (figure_nine(&world), approved(&figure_nine(&world)));
    within(world, Faults::calm(1), 0, async |world| {
        let remote = Simulated::new(Odd::Nothing, 20);
        let run = new_run(world, "r1", plan, nine);
        let (run, halt) = begun(Host::new(world, &remote), run).await;
        assert_eq!(halt, Halt::Ended(Ending::Succeeded));
        assert_eq!(
            with(|simulation| values(simulation, "b:lb-1", "b:nodes").len()),
            1
        );
        assert!(run.latest_ms() > run.started_ms() + 60);
    });
}

/// One machine's part of the fifty steps.
fn four_steps(world: &Estate, n: u32) -> Plan {
    let whole = fifty_steps(world);
    let of = |id: u32| (4 * n + 1..4 * n + 5).contains(&id);
    let steps = whole.steps.into_iter().filter(|step| of(step.id)).collect();
    let edges: Vec<(u32, u32)> = whole
        .edges
        .iter()
        .filter(|edge| of(edge.from))
        .map(|edge| (edge.from, edge.to))
        .collect();
    plan(world, steps, &edges)
}

#[test]
fn many_runs_go_on_at_once_within_the_width() {
    let world = with_machines(12);
    let plans: Vec<Plan> = (0..12).map(|n| four_steps(&world, n)).collect();
    let folder = folder("embedded-many");
    let journals = Journals::open(&folder.join("runs.db"), Writing::default()).unwrap();
    within(world, Faults::calm(2), 12, async |world| {
        let remote = Simulated::new(Odd::Nothing, 700);
        let gate = Semaphore::new(5);
        let host = Host::new(world, &remote).within(&gate);
        let driven = plans.into_iter().enumerate().map(|(n, plan)| {
            let policy = Policy {
                retries: 20,
                ..approved(&plan)
            };
            let run = new_run(world, &format!("r{n}"), plan, policy);
            let mut journal = journals.create(&format!("r{n}")).unwrap();
            async move { begin(host, run, &mut journal, &mut Unattended).await }
        });
        for one in join_all(driven).await {
            let (run, halt) = one.unwrap();
            assert_eq!(
                halt,
                Halt::Ended(Ending::Succeeded),
                "{:#?}",
                run.receipt(world)
            );
        }
        assert_eq!(remote.most.load(Ordering::SeqCst), 5);
        with(|simulation| {
            assert!(effects(simulation).values().all(|times| *times == 1));
            assert_eq!(values(simulation, "b:lb-1", "b:nodes").len(), 12);
        });
    });
    let kept = journals.runs().unwrap();
    assert!(kept.len() == 12 && kept.iter().all(|run| !run.is_open));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_never_answers_or_panics_is_a_lost_answer() {
    for odd in [
        Odd::NeverAnswers(1),
        Odd::NeverAnswers(3),
        Odd::Panics(2),
        Odd::Panics(4),
    ] {
        let world = two_clouds();
        let plan = five_steps(&world);
        let policy = approved(&plan);
        within(world, Faults::calm(3), 0, async |world| {
            let remote = Simulated::new(odd, 5);
            let run = new_run(world, "r1", plan, policy);
            let (run, halt) = begun(Host::new(world, &remote), run).await;
            assert_eq!(
                halt,
                Halt::Ended(Ending::Succeeded),
                "{:#?}",
                run.receipt(world)
            );
            let changes = run.tasks().iter().filter(|(id, _)| id.step != 2);
            let attempts: Vec<u32> = changes.map(|(_, task)| task.attempts).collect();
            assert_eq!(attempts, [1; 4], "observation told that it took effect");
            with(|simulation| assert!(effects(simulation).values().all(|times| *times == 1)));
        });
    }
}

#[test]
fn a_run_is_spoken_to_while_it_waits() {
    let world = two_clouds();
    let plan = five_steps(&world);
    let policy = approved(&plan);
    within(world, Faults::calm(4), 0, async |world| {
        let remote = Simulated::new(Odd::Nothing, 50);
        let host = Host::new(world, &remote);
        let (mut attending, voice) = Attending::new();
        let seen = Arc::clone(&attending.seen);
        let run = new_run(world, "r1", plan, policy);
        let mut journal = MemoryJournal::default();
        let driven = begin(host, run, &mut journal, &mut attending);
        // Said while the first step's effect is waited for, and heard then.
        let said = async {
            tokio::time::sleep(Duration::from_millis(120)).await;
            voice.say(Event::Pause).await.unwrap();
            // Who changes their mind need not wait for what is under way.
            voice.say(Event::Resume).await.unwrap();
            let wrong = voice.say(Event::Resume).await.unwrap_err();
            assert_eq!(wrong.code(), "X0105");
            tokio::time::sleep(Duration::from_millis(780)).await;
            voice.say(Event::Pause).await.unwrap();
            let wrong = voice.say(Event::Pause).await.unwrap_err();
            assert_eq!(wrong.code(), "X0105");
            let paused_at = remote.now_ms();
            assert!(
                seen.lock().unwrap().last().unwrap().at_ms + 50 >= paused_at,
                "at once"
            );
        };
        let (driven, ()) = join(driven, said).await;
        let (mut run, halt) = driven.unwrap();
        assert_eq!(
            halt,
            Halt::Paused,
            "what was under way is brought to an end"
        );
        assert_eq!(voice.say(Event::Resume).await.unwrap_err().code(), "X0105");
        let at_rest = with(|simulation| simulation.applied().len());
        assert!(at_rest < 4, "nothing new is begun");
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(with(|simulation| simulation.applied().len()), at_rest);
        let (mut attending, voice) = Attending::new();
        attending.seen = Arc::clone(&seen);
        let driven = host.drive(&mut run, &mut journal, vec![Event::Resume], &mut attending);
        let said = async {
            tokio::time::sleep(Duration::from_millis(220)).await;
            voice.say(Event::Undo).await.unwrap();
        };
        let (halt, ()) = join(driven, said).await;
        assert_eq!(
            halt.unwrap(),
            Halt::Ended(Ending::Undone),
            "{:#?}",
            run.receipt(world)
        );
        with(|simulation| assert!(is_as_before(simulation)));
        let recovered = Run::recover(world, journal.records.clone()).unwrap();
        assert_eq!(
            recovered.receipt(world),
            run.receipt(world),
            "all was journalled"
        );
        assert_eq!(seen.lock().unwrap()[..], journal.records[1..]);
    });
}

#[test]
fn a_run_says_what_it_waits_for() {
    let world = two_clouds();
    let plan = five_steps(&world);
    within(world, Faults::calm(5), 0, async |world| {
        let remote = Simulated::new(Odd::Nothing, 5);
        let host = Host::new(world, &remote);
        let run = new_run(world, "r1", plan.clone(), Policy::default());
        let (mut run, halt) = begun(host, run).await;
        assert!(matches!(
            halt,
            Halt::NeedsApproval {
                manipulations: 4,
                ..
            }
        ));
        assert!(
            with(|simulation| simulation.applied().is_empty()),
            "nothing without approval"
        );
        let mut journal = MemoryJournal::default();
        let wrong = Event::Approved { manipulations: 3 };
        let nobody = &mut Unattended;
        let wrong = host
            .drive(&mut run, &mut journal, vec![wrong], nobody)
            .await;
        assert_eq!(wrong.unwrap_err().code(), "X0104");
        let (mut attending, voice) = Attending::new();
        voice.tell(Event::Cancel);
        let approve = Event::Approved { manipulations: 4 };
        let halt = host.drive(&mut run, &mut journal, vec![approve], &mut attending);
        assert_eq!(halt.await.unwrap(), Halt::Ended(Ending::Cancelled));
        assert!(with(|simulation| simulation.applied().is_empty()));
    });
}

#[test]
fn a_slow_request_holds_up_nothing_beside_it() {
    let world = with_machines(2);
    let plans = [four_steps(&world, 0), four_steps(&world, 1)];
    // Both machines in one plan; the first manipulation takes an hour.
    let steps: Vec<_> = plans.iter().flat_map(|plan| plan.steps.clone()).collect();
    let edges: Vec<(u32, u32)> = plans
        .iter()
        .flat_map(|plan| plan.edges.iter().map(|edge| (edge.from, edge.to)))
        .collect();
    let plan = plan(&world, steps, &edges);
    let policy = approved(&plan);
    within(world, Faults::calm(8), 2, async |world| {
        let remote = Simulated::new(Odd::Slow(1), 5);
        let run = new_run(world, "r1", plan, policy);
        let (run, halt) = begun(Host::new(world, &remote), run).await;
        assert_eq!(
            halt,
            Halt::Ended(Ending::Succeeded),
            "{:#?}",
            run.receipt(world)
        );
        let ended = |of: std::ops::Range<u32>| -> u64 {
            let tasks = run.tasks().iter().filter(|(id, _)| of.contains(&id.step));
            tasks.map(|(_, task)| task.ended_ms.unwrap()).max().unwrap() - run.started_ms()
        };
        let (slow_ms, quick_ms) = (ended(1..5), ended(5..9));
        assert!(slow_ms >= SLOW_MS, "{slow_ms}");
        assert!(quick_ms < SLOW_MS, "{quick_ms}");
    });
}

#[test]
fn who_was_passed_over_sends_nothing_more() {
    let world = with_machines(12);
    let plan = fifty_steps(&world);
    let policy = approved(&plan);
    let folder = folder("embedded-fenced");
    let journals = Journals::open(&folder.join("runs.db"), Writing::default()).unwrap();
    within(world, Faults::calm(6), 12, async |world| {
        let remote = Simulated::new(Odd::Nothing, 90);
        let host = Host::new(world, &remote);
        let run = new_run(world, "r1", plan, policy);
        let mut journal = journals.create("r1").unwrap();
        let nobody = &mut Unattended;
        let driven = begin(host, run, &mut journal, nobody);
        let passing_over = async {
            // The clock runs on while the disk is waited for, so it does not tell how far the run came.
            while remote.changes.load(Ordering::SeqCst) < 9 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            journals.take_over("r1").unwrap()
        };
        let (driven, (mut journal, records)) = join(driven, passing_over).await;
        let error = driven.unwrap_err();
        assert_eq!(error.code(), "X0305", "{error}");
        let sent = remote.changes.load(Ordering::SeqCst);
        let mut run = Run::recover(world, records).unwrap();
        let nobody = &mut Unattended;
        let halt = host.drive(&mut run, &mut journal, vec![Event::Started], nobody);
        let halt = halt.await.unwrap();
        assert!(sent > 0);
        match halt {
            Halt::Ended(Ending::Succeeded) => {
                assert_eq!(with(|simulation| amiss_of_fifty(simulation)), [""; 0]);
            }
            // What was under way when the run was taken over may be beyond finding out: then it stops and asks.
            Halt::Ended(Ending::Undecided { tasks }) => assert!(!tasks.is_empty()),
            other => panic!("{other:?} {:#?}", run.receipt(world)),
        }
    });
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn rough_providers_change_nothing_about_the_result() {
    for seed in 0..seeds(60, 2_000) {
        let world = two_clouds();
        let plan = five_steps(&world);
        let policy = Policy {
            retries: 40,
            ..approved(&plan)
        };
        within(world, Faults::rough(seed), 0, async |world| {
            let remote = Simulated::new(Odd::Nothing, seed % 40);
            let run = new_run(world, "r1", plan, policy);
            let (run, halt) = begun(Host::new(world, &remote), run).await;
            assert_eq!(
                halt,
                Halt::Ended(Ending::Succeeded),
                "seed {seed}: {:#?}",
                run.receipt(world)
            );
            with(|simulation| {
                let tokens: BTreeSet<String> = effects(simulation).into_keys().collect();
                assert_eq!(tokens.len(), 4, "seed {seed}");
                assert!(
                    effects(simulation).values().all(|times| *times == 1),
                    "seed {seed}"
                );
            });
        });
    }
}

#[test]
fn a_clock_that_jumps_moves_no_deadline() {
    let world = two_clouds();
    let plan = figure_nine(&world);
    let policy = Policy {
        deadline_ms: Some(600_000),
        ..approved(&plan)
    };
    within(world, Faults::calm(7), 0, async |world| {
        let remote = Simulated::new(Odd::Nothing, 5);
        let (run, commands) = new_run(world, "r1", plan, policy);
        // The journal was begun when the clock stood a year further on.
        let year_ms = 31_536_000_000;
        let mut records = records_of(commands);
        records[0].at_ms += year_ms;
        let mut ahead = Run::recover(world, records).unwrap();
        assert_eq!(ahead.started_ms(), run.started_ms() + year_ms);
        let mut journal = MemoryJournal::default();
        let host = Host::new(world, &remote);
        let nobody = &mut Unattended;
        let driven = host.drive(&mut ahead, &mut journal, vec![Event::Started], nobody);
        let halt = driven.await.unwrap();
        let run = ahead;
        assert_eq!(halt, Halt::Ended(Ending::Succeeded));
        let took_ms = run.latest_ms() - run.started_ms();
        assert!(
            took_ms < 600_000,
            "time went on from where it was: {took_ms} ms"
        );
    });
}
