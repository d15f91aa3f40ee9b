//! How many steps a second are durable, and how long ten thousand open runs take to be there again.
//!
//! `cargo run --release -p samos-execution --example durable [-- --json]`, or `cargo xtask bench execution`. The peer
//! runs in the same process on the same disk: one flushed SQLite transaction for every event.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures time, prints it and fails by panicking"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use futures::executor::block_on;
use futures::future::{FutureExt as _, LocalBoxFuture, join_all, ready};
use samos_execution::host::sqlite::{Journals, Writing};
use samos_execution::host::{Halt, Host, Journal as _, Remote, records_of};
use samos_execution::{CallError, Ending, Event, Outcomes, Policy, Record, Run};
use samos_model::{Iri, Name, Plan, Request, Value};
use samos_reference::estate::Estate;
use support::*;

/// Runs at once, and steps of each.
const RUNS: u32 = 400;
const STEPS: u32 = 10;
/// Events of the peer: enough to measure, as each waits for the disk.
const EVENTS: usize = 400;
const OPEN_RUNS: usize = 10_000;

/// A provider that answers at once: it keeps labels.
struct Labels {
    kept: Mutex<BTreeMap<Iri, Value>>,
}

impl Remote for Labels {
    fn call(
        &self,
        request: Request,
        _: Option<String>,
    ) -> LocalBoxFuture<'_, Result<Outcomes, CallError>> {
        let mut kept = self.kept.lock().unwrap();
        let label = Name::from("label");
        let mut outcomes = Outcomes::default();
        if let Some(new) = request.arguments.get(&label) {
            kept.insert(request.subject, new[0].clone());
        } else {
            let now = kept.get(&request.subject).cloned();
            outcomes.values.insert(label, now.into_iter().collect());
        }
        ready(Ok(outcomes)).boxed_local()
    }

    fn now_ms(&self) -> u64 {
        1_767_225_600_000
    }

    /// Nothing is waited for but the disk.
    fn until(&self, _: u64) -> LocalBoxFuture<'_, ()> {
        std::future::pending().boxed_local()
    }
}

/// Ten labels, one after the other.
fn labels(world: &Estate, machine: &str) -> Plan {
    let steps = (1..=STEPS).map(|n| {
        let new = format!("\"label {n}\"");
        step(
            world,
            n,
            "a:SetLabel",
            entity(machine),
            &[("label", literal(&new))],
            reads_only(),
        )
    });
    let edges: Vec<(u32, u32)> = (1..STEPS).map(|n| (n, n + 1)).collect();
    plan(world, steps.collect(), &edges)
}

fn main() {
    let folder = folder("durable");
    let per_event = peer(&folder.join("peer.db"));
    let (events_alone, _) = ours(&folder.join("alone.db"), false, 4);
    let (events, steps) = ours(&folder.join("together.db"), true, RUNS);
    let (resumed_s, resumed) = resume(&folder.join("open.db"));
    let ratio = events / per_event;
    std::fs::remove_dir_all(&folder).unwrap();
    let is_kept = ratio >= 20.0 && steps >= 1000.0 && resumed_s < 5.0;
    if std::env::args().any(|word| word == "--json") {
        println!(
            "{}",
            serde_json::json!({
                "bench": "execution", "peer_events_per_s": per_event, "alone_events_per_s": events_alone,
                "events_per_s": events, "ratio": ratio, "steps_per_s": steps,
                "resumed_runs": resumed, "resume_s": resumed_s, "promise_kept": is_kept,
            })
        );
    } else {
        println!(
            "execution: at least 20 times the events of one flushed transaction each, 1,000 durable steps/s,"
        );
        println!("10,000 open runs resumed in under 5 s\n");
        println!("one flushed transaction per event   {per_event:>10.0} events/s");
        println!("journal, each write alone           {events_alone:>10.0} events/s");
        println!(
            "journal, {RUNS} runs at once           {events:>10.0} events/s   ratio {ratio:.1}"
        );
        println!("                                    {steps:>10.0} durable steps/s");
        println!("{resumed} open runs resumed in {resumed_s:.2} s");
        println!("{}", if is_kept { "kept" } else { "NOT KEPT" });
    }
}

/// Events a second, each in a flushed transaction of its own.
fn peer(path: &Path) -> f64 {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE events (n INTEGER PRIMARY KEY, body TEXT NOT NULL)",
        )
        .unwrap();
    let body = "x".repeat(400);
    let began = Instant::now();
    for _ in 0..EVENTS {
        connection
            .execute("INSERT INTO events (body) VALUES (?)", [&body])
            .unwrap();
    }
    let took_s = began.elapsed().as_secs_f64();
    f64::from(u32::try_from(EVENTS).unwrap()) / took_s
}

fn name(n: u32) -> String {
    format!("r{n}")
}

/// Events and steps a second of runs that go on at once.
fn ours(path: &Path, together: bool, runs: u32) -> (f64, f64) {
    let writing = Writing {
        together,
        ..Writing::default()
    };
    let journals = Journals::open(path, writing).unwrap();
    let estate = with_machines(runs);
    let plans: Vec<Plan> = (0..runs)
        .map(|n| labels(&estate, &format!("a:web-{}", n + 2)))
        .collect();
    let _ = samos_model::World::operations(&estate).len();
    let remote = Labels {
        kept: Mutex::default(),
    };
    let host = Host::new(&estate, &remote);
    let events = Cell::new(0_u32);
    // Admitted before: the world of these tests prints itself whole for its fingerprint, which a real one has at hand.
    let admitted: Vec<_> = plans
        .into_iter()
        .zip(0..)
        .map(|(plan, n)| {
            let policy = approved(&plan);
            Run::new(&estate, name(n), plan, policy, remote.now_ms()).unwrap()
        })
        .collect();
    let began = Instant::now();
    let created: Vec<_> = std::thread::scope(|scope| {
        let begun: Vec<_> = (0..runs)
            .map(|n| {
                scope.spawn({
                    let journals = &journals;
                    move || journals.create(&name(n)).unwrap()
                })
            })
            .collect();
        begun.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let mut driven = Vec::new();
    for ((mut run, commands), mut journal) in admitted.into_iter().zip(created) {
        let events = &events;
        driven.push(async move {
            journal.append(&records_of(commands)).await.unwrap();
            let mut count = |_: &Record| events.set(events.get() + 1);
            host.drive(&mut run, &mut journal, vec![Event::Started], &mut count)
                .await
                .unwrap()
        });
    }
    for halt in block_on(join_all(driven)) {
        assert_eq!(halt, Halt::Ended(Ending::Succeeded));
    }
    let took_s = began.elapsed().as_secs_f64();
    (
        f64::from(events.get()) / took_s,
        f64::from(runs * STEPS) / took_s,
    )
}

/// Seconds until all open runs are held and as they were, and how many there are.
fn resume(path: &Path) -> (f64, usize) {
    let world = with_machines(1);
    let plan = labels(&world, "a:web-2");
    let policy = Policy { ..approved(&plan) };
    // A run in its second step.
    let (run, commands) = Run::new(&world, "r", plan, policy, 1_767_225_600_000).unwrap();
    let records = a_beginning(&world, run, records_of(commands));
    {
        let journals = Journals::open(path, Writing::default()).unwrap();
        std::thread::scope(|scope| {
            for part in 0..100 {
                let (journals, records) = (&journals, &records);
                scope.spawn(move || {
                    for n in 0..OPEN_RUNS / 100 {
                        let mut journal = journals.create(&format!("r{part}-{n}")).unwrap();
                        journal.append_now(records).unwrap();
                    }
                });
            }
        });
    }
    let began = Instant::now();
    let journals = Journals::open(path, Writing::default()).unwrap();
    let held = journals.resume_open().unwrap();
    let runs: Vec<Run> = held
        .iter()
        .map(|journal| Run::recover(&world, journal.records().unwrap()).unwrap())
        .collect();
    let took_s = began.elapsed().as_secs_f64();
    assert!(runs.iter().all(|run| run.ending().is_none()));
    (took_s, runs.len())
}

/// The first dozen records of a run.
fn a_beginning(world: &Estate, mut run: Run, mut records: Vec<Record>) -> Vec<Record> {
    use samos_execution::{Command, Reading};
    let remote = Labels {
        kept: Mutex::default(),
    };
    let call = |request: &Request| remote.call(request.clone(), None).now_or_never().unwrap();
    let mut events = vec![Event::Started];
    while let Some(event) = events.pop() {
        for command in run.handle(world, remote.now_ms(), event).unwrap() {
            match command {
                Command::Journal(record) => records.push(*record),
                Command::Observe { task, requests } => {
                    let readings = requests.into_iter().map(|request| Reading {
                        answer: call(&request),
                        request,
                    });
                    events.push(Event::Observed {
                        task,
                        readings: readings.collect(),
                    });
                }
                Command::Call { task, request, .. } => events.push(Event::Answered {
                    task,
                    outcomes: call(&request).unwrap(),
                }),
                _ => {}
            }
            if records.len() >= 12 {
                return records;
            }
        }
    }
    panic!("the run ended too early");
}
