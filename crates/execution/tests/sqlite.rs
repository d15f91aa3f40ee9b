//! The journals in SQLite: what a crash leaves, who may write, what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod support;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::executor::block_on;
use samos_execution::host::sqlite::{Journals, SqliteJournal, Writing};
use samos_execution::host::{self, Halt, Journal as _, drive, records_of};
use samos_execution::{Ending, Event, OnFailure, Policy, Provider as _, Record, Run};
use samos_reference::estate::Estate;
use samos_simulation::{Faults, Simulation, State};
use support::*;

const ALONE: Writing = Writing {
    together: false,
    most_pages: None,
};

/// A run of figure 9 in a new file, and its records.
fn figure_nine_kept(path: &Path) -> (Vec<Record>, Run) {
    let world = two_clouds();
    let mut simulation = simulate(&world, Faults::calm(1));
    let plan = figure_nine(&world);
    let policy = approved(&plan);
    let begun = Run::new(&world, "r1", plan, policy, simulation.now_ms()).unwrap();
    let journals = Journals::open(path, Writing::default()).unwrap();
    let mut journal = journals.create("r1").unwrap();
    let (run, halt) = host::begin(&world, begun, &mut simulation, &mut journal).unwrap();
    assert_eq!(halt, Halt::Ended(Ending::Succeeded));
    (journal.records().unwrap(), run)
}

#[test]
fn a_run_is_read_back_as_it_was_and_its_plan_is_used_once() {
    let folder = folder("sqlite-back");
    let path = folder.join("runs.db");
    let (records, run) = figure_nine_kept(&path);
    let journals = Journals::open(&path, Writing::default()).unwrap();
    let world = two_clouds();
    let recovered = Run::recover(&world, journals.read("r1").unwrap()).unwrap();
    assert_eq!(recovered.receipt(&world), run.receipt(&world));
    assert_eq!(journals.create("r1").unwrap_err().code(), "S4001");
    assert_eq!(journals.read("r2").unwrap_err().code(), "X0307");
    assert_eq!(journals.resume("r2").unwrap_err().code(), "X0307");
    let (journal, again) = journals.resume("r1").unwrap();
    assert_eq!(again, records);
    assert_eq!(journal.token(), 2);
    let listed = journals.runs().unwrap();
    assert!(listed.len() == 1 && listed[0].run == "r1" && !listed[0].is_open);
    assert!(journals.resume_open().unwrap().is_empty());
    drop((journal, journals));
    let left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["runs.db"], "no sign of life stays behind");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_run_has_one_executor_and_who_was_passed_over_writes_no_more() {
    let folder = folder("sqlite-one");
    let path = folder.join("runs.db");
    let (records, _) = figure_nine_kept(&path);
    let (one, other) = (
        Journals::open(&path, Writing::default()).unwrap(),
        Journals::open(&path, ALONE).unwrap(),
    );
    let (mut held, _) = one.resume("r1").unwrap();
    for journals in [&one, &other] {
        let refused = journals.resume("r1").unwrap_err();
        assert_eq!(refused.code(), "X0302", "{refused}");
    }
    assert_eq!(other.read("r1").unwrap(), records, "anybody may look");
    let again = [records.last().unwrap().clone()];
    block_on(held.append(&again)).unwrap();

    let (mut newer, seen) = other.take_over("r1").unwrap();
    assert_eq!(seen.len(), records.len() + 1);
    let refused = block_on(held.append(&again)).unwrap_err();
    assert_eq!(refused.code(), "X0305", "{refused}");
    block_on(newer.append(&again)).unwrap();
    drop(held);
    assert_eq!(
        one.resume("r1").unwrap_err().code(),
        "X0302",
        "who was passed over does not let go of what it lost"
    );
    // A process that ends lets go before it is gone.
    drop((newer, other));
    let (journal, seen) = one.resume("r1").unwrap();
    assert_eq!((journal.token(), seen.len()), (4, records.len() + 2));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn who_is_dead_holds_nothing() {
    let folder = folder("sqlite-dead");
    let path = folder.join("runs.db");
    let (records, _) = figure_nine_kept(&path);
    let journals = Journals::open(&path, Writing::default()).unwrap();
    let (journal, _) = journals.resume("r1").unwrap();
    // What a process that is killed leaves: its name in the file, and a sign of life that nobody locks.
    let killed = folder.join("killed.db");
    std::fs::copy(&path, &killed).unwrap();
    std::fs::copy(folder.join("runs.db-wal"), folder.join("killed.db-wal")).unwrap();
    std::fs::write(folder.join("killed.db.holder-2"), "").unwrap();
    let next = Journals::open(&killed, Writing::default()).unwrap();
    assert_eq!(next.resume("r1").unwrap().1, records);
    assert!(!folder.join("killed.db.holder-2").exists());
    drop(journal);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn damage_is_seen_and_nothing_is_done_then() {
    let folder = folder("sqlite-damage");
    let path = folder.join("runs.db");
    let (records, _) = figure_nine_kept(&path);
    for (what, damage) in [
        (
            "a changed record",
            "UPDATE records SET body = replace(body, 'web-1', 'web-2') WHERE n = 3",
        ),
        (
            "a changed checksum",
            "UPDATE records SET link = 'sha256:00' WHERE n = 4",
        ),
        ("a missing record", "DELETE FROM records WHERE n = 5"),
        (
            "a missing end",
            "DELETE FROM records WHERE n = (SELECT max(n) FROM records)",
        ),
        ("a changed end", "UPDATE runs SET head = 'sha256:00'"),
        ("a changed length", "UPDATE runs SET length = length - 1"),
    ] {
        let damaged = folder.join("damaged.db");
        std::fs::copy(&path, &damaged).unwrap();
        rusqlite::Connection::open(&damaged)
            .unwrap()
            .execute_batch(damage)
            .unwrap();
        let journals = Journals::open(&damaged, Writing::default()).unwrap();
        let error = journals.resume("r1").unwrap_err();
        assert_eq!(error.code(), "X0301", "{what}: {error}");
        assert_eq!(journals.read("r1").unwrap_err(), error);
        assert!(
            matches!(journals.resume("r1"), Err(again) if again == error),
            "who found the damage does not hold the run"
        );
    }
    std::fs::write(
        folder.join("other.db"),
        "no database at all, but a text".repeat(200),
    )
    .unwrap();
    let error = Journals::open(&folder.join("other.db"), Writing::default()).unwrap_err();
    assert_eq!(error.code(), "X0301", "{error}");

    // A byte anywhere in the file: an error, or the records as they were.
    let whole = std::fs::read(&path).unwrap();
    let mut seen = 0;
    for at in (100..whole.len()).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        let damaged = folder.join("byte.db");
        std::fs::write(&damaged, bytes).unwrap();
        match Journals::open(&damaged, Writing::default()).and_then(|journals| journals.read("r1"))
        {
            Ok(read) => assert_eq!(read, records, "byte {at}"),
            Err(_) => seen += 1,
        }
    }
    assert!(seen > 10, "{seen} of 60 were seen");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_a_power_cut_leaves_is_a_beginning_of_what_was_written() {
    let folder = folder("sqlite-cut");
    let path = folder.join("runs.db");
    let world = two_clouds();
    let mut simulation = simulate(&world, Faults::calm(1));
    let plan = figure_nine(&world);
    let policy = approved(&plan);
    let begun = Run::new(&world, "r1", plan, policy, simulation.now_ms()).unwrap();
    let journals = Journals::open(&path, Writing::default()).unwrap();
    let mut journal = journals.create("r1").unwrap();
    host::begin(&world, begun, &mut simulation, &mut journal).unwrap();
    let records = journal.records().unwrap();
    let log = std::fs::read(folder.join("runs.db-wal")).unwrap();
    let mut lengths = std::collections::BTreeSet::new();
    for length in (0..=log.len()).step_by(1021).chain([log.len()]) {
        let cut = folder.join(format!("cut-{length}.db"));
        std::fs::copy(&path, &cut).unwrap();
        std::fs::write(folder.join(format!("cut-{length}.db-wal")), &log[..length]).unwrap();
        let read = Journals::open(&cut, Writing::default()).and_then(|cut| cut.read("r1"));
        match read {
            Ok(read) => {
                assert_eq!(read, records[..read.len()], "cut at {length}");
                lengths.insert(read.len());
            }
            Err(error) => assert_eq!(error.code(), "X0307", "cut at {length}: {error}"),
        }
        std::fs::remove_file(cut).unwrap();
    }
    assert_eq!(lengths.last(), Some(&records.len()));
    assert!(lengths.len() > 3, "{lengths:?}");
    drop(journal);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_full_disk_acknowledges_nothing_and_loses_nothing() {
    let folder = folder("sqlite-full");
    let path = folder.join("runs.db");
    let world = two_clouds();
    let plan = five_steps(&world);
    let policy = approved(&plan);
    let mut was_full = 0;
    for most in 7..24 {
        let _ = std::fs::remove_file(&path);
        let mut simulation = simulate(&world, Faults::calm(4));
        let small = Writing {
            most_pages: Some(most),
            ..Writing::default()
        };
        let journals = Journals::open(&path, small).unwrap();
        let begun = Run::new(
            &world,
            "r1",
            plan.clone(),
            policy.clone(),
            simulation.now_ms(),
        );
        let mut journal = journals.create("r1").unwrap();
        let ended = host::begin(&world, begun.unwrap(), &mut simulation, &mut journal);
        drop((journal, journals));
        let done_before = simulation.applied().len();
        let ending = match ended {
            Ok((_, Halt::Ended(ending))) => ending,
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                assert_eq!(error.code(), "X0306", "{error}");
                was_full += 1;
                // Somebody made room.
                let journals = Journals::open(&path, Writing::default()).unwrap();
                match journals.resume("r1") {
                    Ok((mut journal, records)) => {
                        let mut run = Run::recover(&world, records).unwrap();
                        let halt = drive(
                            &world,
                            &mut run,
                            &mut simulation,
                            &mut journal,
                            Event::Started,
                            &mut samos_execution::host::Unattended,
                        );
                        match halt.unwrap() {
                            Halt::Ended(ending) => ending,
                            other => panic!("{other:?}"),
                        }
                    }
                    Err(error) => {
                        assert_eq!(error.code(), "X0307", "{error}");
                        assert_eq!(done_before, 0, "it never began");
                        continue;
                    }
                }
            }
        };
        assert_eq!(ending, Ending::Succeeded, "{most} pages");
        assert!(
            effects(&simulation).values().all(|times| *times == 1),
            "{most} pages"
        );
        assert_eq!(effects(&simulation).len(), 4, "{most} pages");
    }
    assert!(was_full > 3, "the disk was full {was_full} times");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A run at one of its transitions: what the journal holds, what the provider is.
struct Moment {
    records: Vec<Record>,
    provider: State,
}

/// Every moment of a run at which the process may end: before and after each record reaches the disk.
fn moments(
    world: &Estate,
    faults: &Faults,
    policy: &Policy,
    machines: u32,
    plan: samos_model::Plan,
) -> Vec<Moment> {
    let mut simulation = simulate_many(world, faults.clone(), machines);
    let (mut run, commands) =
        Run::new(world, "r1", plan, policy.clone(), simulation.now_ms()).unwrap();
    let mut records = records_of(commands);
    let mut moments = Vec::new();
    let mut events = std::collections::VecDeque::from([Event::Started]);
    while let Some(event) = events.pop_front() {
        let mut wake_ms = None;
        for command in run.handle(world, simulation.now_ms(), event).unwrap() {
            use samos_execution::Command;
            match command {
                Command::Journal(record) => {
                    for is_written in [false, true] {
                        if is_written {
                            records.push((*record).clone());
                        }
                        moments.push(Moment {
                            records: records.clone(),
                            provider: simulation.state().clone(),
                        });
                    }
                }
                Command::Observe { task, requests } => {
                    let readings = requests
                        .into_iter()
                        .map(|request| samos_execution::Reading {
                            answer: simulation.call(&request, None),
                            request,
                        });
                    events.push_back(Event::Observed {
                        task,
                        readings: readings.collect(),
                    });
                }
                Command::Call {
                    task,
                    request,
                    token,
                    ..
                } => {
                    let answer = simulation.call(&request, Some(&token));
                    // The request took effect and its answer is not yet written.
                    moments.push(Moment {
                        records: records.clone(),
                        provider: simulation.state().clone(),
                    });
                    events.push_back(match answer {
                        Ok(outcomes) => Event::Answered { task, outcomes },
                        Err(samos_execution::CallError::Refused { class, message, .. }) => {
                            Event::Refused {
                                task,
                                class,
                                message,
                            }
                        }
                        Err(samos_execution::CallError::Lost { message }) => {
                            Event::Lost { task, message }
                        }
                    });
                }
                Command::Wait { until_ms } => wake_ms = Some(until_ms),
                Command::AskApproval { .. } => panic!("it is approved"),
                Command::Finish(_) => return moments,
            }
        }
        if events.is_empty() {
            simulation.advance(wake_ms.unwrap().saturating_sub(simulation.now_ms()));
            events.push_back(Event::Tick);
        }
    }
    panic!("the run did not end");
}

/// Many runs at once, each in a thread, as many as `threads`.
fn at_once(threads: usize, count: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        break;
                    }
                    work(n);
                }
            });
        }
    });
}

/// The next process: takes the run over from the dead one and brings it to an end.
fn next_life(
    world: &Estate,
    journals: &Journals,
    mut dead: SqliteJournal,
    name: &str,
    simulation: &mut Simulation<'_>,
) -> (Run, Ending) {
    let (mut journal, records) = journals.take_over(name).unwrap();
    let mut run = Run::recover(world, records.clone()).unwrap();
    let halt = drive(
        world,
        &mut run,
        simulation,
        &mut journal,
        Event::Started,
        &mut samos_execution::host::Unattended,
    )
    .unwrap();
    let refused = block_on(dead.append(&records[..1])).unwrap_err();
    assert_eq!(refused.code(), "X0305");
    match halt {
        Halt::Ended(ending) => (run, ending),
        other => panic!("{other:?}"),
    }
}

fn crash_everywhere(
    name: &str,
    writing: Writing,
    faults: &Faults,
    on_failure: OnFailure,
    every: usize,
) {
    let folder = folder(name);
    let journals = Journals::open(&folder.join("runs.db"), writing).unwrap();
    let world = with_machines(12);
    let plan = fifty_steps(&world);
    let policy = Policy {
        retries: 40,
        on_failure,
        ..approved(&plan)
    };
    let moments = moments(&world, faults, &policy, 12, plan);
    assert!(moments.len() > 400, "{} moments", moments.len());
    let tried: Vec<&Moment> = moments.iter().step_by(every).collect();
    at_once(48, tried.len(), |n| {
        let world = with_machines(12);
        let moment = tried[n];
        let what = format!("seed {}, moment {n} of {}", faults.seed, tried.len());
        let run = format!("r-{n}");
        let mut dead = journals.create(&run).unwrap();
        block_on(dead.append(&moment.records)).unwrap();
        let mut simulation = Simulation::restore(&world, faults.clone(), moment.provider.clone());
        let (run, ending) = next_life(&world, &journals, dead, &run, &mut simulation);
        match ending {
            Ending::Succeeded => assert_eq!(amiss_of_fifty(&simulation), [""; 0], "{what}"),
            Ending::Undone => assert!(
                fifty_are_undone(&simulation),
                "{what}: {:#?}",
                run.receipt(&world)
            ),
            other => panic!("{what}: {other:?}"),
        }
        assert_eq!(
            ending == Ending::Undone,
            on_failure == OnFailure::Undo,
            "{what}"
        );
        assert!(
            effects(&simulation).values().all(|times| *times == 1),
            "{what}"
        );
    });
    println!("{name}: {} moments of {} tried", tried.len(), moments.len());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_crash_at_every_transition_of_fifty_steps_is_survived() {
    crash_everywhere(
        "sqlite-fifty",
        Writing::default(),
        &Faults::calm(21),
        OnFailure::Stop,
        1,
    );
}

#[test]
fn a_crash_at_every_transition_of_undoing_fifty_steps_is_survived() {
    let faults = Faults {
        denied: [iri_of("a:Create")].into(),
        ..Faults::calm(22)
    };
    crash_everywhere(
        "sqlite-fifty-undo",
        Writing::default(),
        &faults,
        OnFailure::Undo,
        seeds(5, 1) as usize,
    );
}

#[test]
fn each_write_alone_is_as_safe() {
    crash_everywhere(
        "sqlite-alone",
        ALONE,
        &Faults::rough(23),
        OnFailure::Stop,
        seeds(150, 5) as usize,
    );
}

#[test]
fn many_runs_on_rough_providers_share_a_file() {
    let folder = folder("sqlite-rough");
    let journals = Journals::open(&folder.join("runs.db"), Writing::default()).unwrap();
    let count = seeds(500, 10_000);
    at_once(48, count as usize, |seed| {
        let world = two_clouds();
        let is_denied = seed % 2 == 1;
        let denied = is_denied.then(|| iri_of("b:AddNode"));
        let faults = Faults {
            denied: denied.into_iter().collect(),
            ..Faults::rough(seed as u64)
        };
        let mut simulation = simulate(&world, faults);
        let plan = five_steps(&world);
        let policy = Policy {
            retries: 40,
            on_failure: OnFailure::Undo,
            ..approved(&plan)
        };
        let name = format!("r-{seed}");
        let begun = Run::new(&world, name.as_str(), plan, policy, simulation.now_ms()).unwrap();
        let mut journal = journals.create(&name).unwrap();
        let (run, halt) = host::begin(&world, begun, &mut simulation, &mut journal).unwrap();
        let expected = if is_denied {
            Ending::Undone
        } else {
            Ending::Succeeded
        };
        assert_eq!(
            halt,
            Halt::Ended(expected),
            "seed {seed}: {:#?}",
            run.receipt(&world)
        );
        assert!(
            effects(&simulation).values().all(|times| *times == 1),
            "seed {seed}"
        );
        assert_eq!(is_as_before(&simulation), is_denied, "seed {seed}");
        let recovered = Run::recover(&world, journal.records().unwrap()).unwrap();
        assert_eq!(
            recovered.receipt(&world),
            run.receipt(&world),
            "seed {seed}"
        );
    });
    println!("{count} seeds");
    assert_eq!(journals.runs().unwrap().len(), count as usize);
    std::fs::remove_dir_all(&folder).unwrap();
}
