//! The embedded host: many runs at once, spoken to while they run, on a clock that tests move.

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

use futures::future::{BoxFuture, FutureExt as _};
use samos_execution::host::embedded::{Embedded, Limits, Remote, SharedWorld};
use samos_execution::host::sqlite::{Journals, Writing};
use samos_execution::host::{Halt, Journal, MemoryJournal};
use samos_execution::{CallError, Ending, Event, Outcomes, Policy, Provider as _, Record, Run};
use samos_model::{Plan, Request, World};
use samos_reference::estate::Estate;
use samos_simulation::{Faults, Simulation};
use support::*;
use tokio::time::Instant;

thread_local! {
    static SIMULATION: RefCell<Option<Simulation<'static>>> = const { RefCell::new(None) };
    static BEGUN: StdCell<Option<(Instant, u64)>> = const { StdCell::new(None) };
}

/// What the remote does with the n-th manipulation, counted from 1, instead of answering.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Odd {
    Nothing,
    NeverAnswers(usize),
    Panics(usize),
}

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
        let (begun, at_ms) = BEGUN.get().unwrap();
        simulation.set_clock(at_ms + u64::try_from(begun.elapsed().as_millis()).unwrap());
        look(simulation)
    })
}

impl Remote for Simulated {
    fn call(
        &self,
        request: Request,
        token: Option<String>,
    ) -> BoxFuture<'static, Result<Outcomes, CallError>> {
        let mut odd = Odd::Nothing;
        if token.is_some() {
            let n = self.changes.fetch_add(1, Ordering::SeqCst) + 1;
            if matches!(self.odd, Odd::NeverAnswers(at) | Odd::Panics(at) if at == n) {
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
                Odd::NeverAnswers(_) => std::future::pending().await,
                Odd::Panics(_) => panic!("a fault of the driver"),
            }
        }
        .boxed()
    }

    fn now_ms(&self) -> u64 {
        with(|simulation| simulation.now_ms())
    }
}

/// A virtual clock and one simulation of that world.
fn within<T>(
    world: Estate,
    faults: Faults,
    machines: u32,
    test: impl AsyncFnOnce(SharedWorld) -> T,
) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let leaked: &'static Estate = Box::leak(Box::new(world.clone()));
        let simulation = simulate_many(leaked, faults, machines);
        BEGUN.set(Some((Instant::now(), simulation.now_ms())));
        SIMULATION.set(Some(simulation));
        let outcome = test(Arc::new(world)).await;
        SIMULATION.set(None);
        outcome
    })
}

fn new_run(
    world: &SharedWorld,
    id: &str,
    plan: Plan,
    policy: Policy,
) -> (Run, Vec<samos_execution::Command>) {
    Run::new(
        &**world,
        id,
        plan,
        policy,
        with(|simulation| simulation.now_ms()),
    )
    .unwrap()
}

fn memory() -> Box<dyn Journal + Send> {
    Box::new(MemoryJournal::default())
}

#[test]
fn figure_nine_runs() {
    let world = two_clouds();
    let (plan, nine) = (figure_nine(&world), approved(&figure_nine(&world)));
    within(world, Faults::calm(1), 0, async |world| {
        let host = Embedded::new(
            Arc::new(Simulated::new(Odd::Nothing, 20)),
            Limits::default(),
        );
        let run = new_run(&world, "r1", plan, nine);
        let driven = host.begin(world, run, memory(), Box::new(|_| {}));
        let (run, halt) = driven.halted().await.unwrap();
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
        let remote = Arc::new(Simulated::new(Odd::Nothing, 700));
        let limits = Limits {
            requests_at_once: 5,
            ..Limits::default()
        };
        let host = Embedded::new(Arc::clone(&remote) as Arc<dyn Remote>, limits);
        let mut driven = Vec::new();
        for (n, plan) in plans.into_iter().enumerate() {
            let policy = Policy {
                retries: 20,
                ..approved(&plan)
            };
            let run = new_run(&world, &format!("r{n}"), plan, policy);
            let journal = journals.create(&format!("r{n}")).unwrap();
            driven.push(host.begin(Arc::clone(&world), run, Box::new(journal), Box::new(|_| {})));
        }
        for one in driven {
            let (run, halt) = one.halted().await.unwrap();
            assert_eq!(
                halt,
                Halt::Ended(Ending::Succeeded),
                "{:#?}",
                run.receipt(&*world)
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
            let host = Embedded::new(Arc::new(Simulated::new(odd, 5)), Limits::default());
            let run = new_run(&world, "r1", plan, policy);
            let driven = host.begin(Arc::clone(&world), run, memory(), Box::new(|_| {}));
            let (run, halt) = driven.halted().await.unwrap();
            assert_eq!(
                halt,
                Halt::Ended(Ending::Succeeded),
                "{:#?}",
                run.receipt(&*world)
            );
            let changes = run.tasks().iter().filter(|(id, _)| id.step != 2);
            let attempts: Vec<u32> = changes.map(|(_, task)| task.attempts).collect();
            assert_eq!(attempts, [1; 4], "observation told that it took effect");
            with(|simulation| assert!(effects(simulation).values().all(|times| *times == 1)));
        });
    }
}

#[test]
fn a_run_is_spoken_to_while_it_runs() {
    let world = two_clouds();
    let plan = five_steps(&world);
    within(world, Faults::calm(4), 0, async |world| {
        let host = Embedded::new(
            Arc::new(Simulated::new(Odd::Nothing, 50)),
            Limits::default(),
        );
        let seen: Arc<std::sync::Mutex<Vec<Record>>> = Arc::default();
        let watching = Arc::clone(&seen);
        let run = new_run(&world, "r1", plan, Policy::default());
        let driven = host.begin(
            Arc::clone(&world),
            run,
            memory(),
            Box::new(move |record| watching.lock().unwrap().push(record.clone())),
        );
        let wrong = driven.say(Event::Approved { manipulations: 3 }).await;
        assert_eq!(wrong.unwrap_err().code(), "X0104");
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert!(
            with(|simulation| simulation.applied().is_empty()),
            "nothing without approval"
        );
        driven
            .say(Event::Approved { manipulations: 4 })
            .await
            .unwrap();
        driven.say(Event::Pause).await.unwrap();
        assert_eq!(driven.say(Event::Pause).await.unwrap_err().code(), "X0105");
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let at_rest = seen.lock().unwrap().len();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(seen.lock().unwrap().len(), at_rest, "paused");
        driven.say(Event::Resume).await.unwrap();
        tokio::time::sleep(Duration::from_millis(220)).await;
        driven.say(Event::Undo).await.unwrap();
        let (run, halt) = driven.halted().await.unwrap();
        assert_eq!(
            halt,
            Halt::Ended(Ending::Undone),
            "{:#?}",
            run.receipt(&*world)
        );
        with(|simulation| assert!(is_as_before(simulation)));
        let recovered = Run::recover(&*world, seen.lock().unwrap().clone()).unwrap();
        assert_eq!(
            recovered.receipt(&*world),
            run.receipt(&*world),
            "all was journalled"
        );
    });
}

#[test]
fn a_run_nobody_speaks_to_says_what_it_waits_for() {
    let world = two_clouds();
    let plan = figure_nine(&world);
    within(world, Faults::calm(5), 0, async |world| {
        let host = Embedded::new(Arc::new(Simulated::new(Odd::Nothing, 5)), Limits::default());
        let run = new_run(&world, "r1", plan.clone(), Policy::default());
        let driven = host.begin(Arc::clone(&world), run, memory(), Box::new(|_| {}));
        let (run, halt) = driven.halted().await.unwrap();
        assert!(matches!(
            halt,
            Halt::NeedsApproval {
                manipulations: 2,
                ..
            }
        ));
        let approve = Event::Approved { manipulations: 2 };
        let driven = host.go_on(Arc::clone(&world), run, memory(), approve, Box::new(|_| {}));
        driven.say(Event::Cancel).await.unwrap();
        let (_, halt) = driven.halted().await.unwrap();
        assert_eq!(halt, Halt::Ended(Ending::Cancelled));
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
        let remote = Arc::new(Simulated::new(Odd::Nothing, 90));
        let host = Embedded::new(Arc::clone(&remote) as Arc<dyn Remote>, Limits::default());
        let run = new_run(&world, "r1", plan, policy);
        let journal = journals.create("r1").unwrap();
        let driven = host.begin(Arc::clone(&world), run, Box::new(journal), Box::new(|_| {}));
        // The clock runs on while the disk is waited for, so it does not tell how far the run came.
        while remote.changes.load(Ordering::SeqCst) < 9 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let (journal, records) = journals.take_over("r1").unwrap();
        let run = Run::recover(&*world, records).unwrap();
        let error = driven.halted().await.unwrap_err();
        assert_eq!(error.code(), "X0305", "{error}");
        let sent = remote.changes.load(Ordering::SeqCst);
        let driven = host.go_on(
            Arc::clone(&world),
            run,
            Box::new(journal),
            Event::Started,
            Box::new(|_| {}),
        );
        let (run, halt) = driven.halted().await.unwrap();
        assert!(sent > 0);
        match halt {
            Halt::Ended(Ending::Succeeded) => {
                assert_eq!(with(|simulation| amiss_of_fifty(simulation)), [""; 0]);
            }
            // What was under way when the run was taken over may be beyond finding out: then it stops and asks.
            Halt::Ended(Ending::Undecided { tasks }) => assert!(!tasks.is_empty()),
            other => panic!("{other:?} {:#?}", run.receipt(&*world)),
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
            let host = Embedded::new(
                Arc::new(Simulated::new(Odd::Nothing, seed % 40)),
                Limits::default(),
            );
            let run = new_run(&world, "r1", plan, policy);
            let driven = host.begin(Arc::clone(&world), run, memory(), Box::new(|_| {}));
            let (run, halt) = driven.halted().await.unwrap();
            assert_eq!(
                halt,
                Halt::Ended(Ending::Succeeded),
                "seed {seed}: {:#?}",
                run.receipt(&*world)
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
        let host = Embedded::new(Arc::new(Simulated::new(Odd::Nothing, 5)), Limits::default());
        let (run, commands) = new_run(&world, "r1", plan, policy);
        // The journal was begun when the clock stood a year further on.
        let year_ms = 31_536_000_000;
        let (ahead, commands) = {
            let mut records = samos_execution::host::records_of(commands);
            records[0].at_ms += year_ms;
            (Run::recover(&*world, records.clone()).unwrap(), records)
        };
        assert_eq!(ahead.started_ms(), run.started_ms() + year_ms);
        assert_eq!(commands.len(), 1);
        let driven = host.go_on(
            Arc::clone(&world),
            ahead,
            memory(),
            Event::Started,
            Box::new(|_| {}),
        );
        let (run, halt) = driven.halted().await.unwrap();
        assert_eq!(halt, Halt::Ended(Ending::Succeeded));
        let took_ms = run.latest_ms() - run.started_ms();
        assert!(
            took_ms < 600_000,
            "time went on from where it was: {took_ms} ms"
        );
    });
}

#[test]
fn a_world_is_shared_by_tasks() {
    fn shared(_: impl World + Send + Sync) {}
    shared(two_clouds());
}
