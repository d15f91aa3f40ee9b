//! A crash at every transition: nothing is lost, nothing is done twice.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod support;

use futures::future::{BoxFuture, FutureExt as _, ready};
use samos_execution::host::{self, Halt, Journal, MemoryJournal};
use samos_execution::{
    CallError, Command, Ending, Error, Event, OnFailure, Policy, Provider as _, Reading, Record,
    Run,
};
use samos_model::plan::PlanValue;
use samos_model::{Literal, Value};
use samos_reference::estate::Estate;
use samos_simulation::{Faults, Simulation, State};
use support::*;

/// Fails at its n-th record, before or after writing it.
struct Crashing {
    records: Vec<Record>,
    left: usize,
    after_writing: bool,
}

impl Journal for Crashing {
    fn append<'a>(&'a mut self, records: &'a [Record]) -> BoxFuture<'a, Result<(), Error>> {
        let written = records.iter().try_for_each(|record| self.write(record));
        ready(written).boxed()
    }
}

impl Crashing {
    fn write(&mut self, record: &Record) -> Result<(), Error> {
        let crash = || {
            Err(Error::JournalFailed {
                file: "memory".to_owned(),
                message: "the process ended".to_owned(),
            })
        };
        self.left = self.left.saturating_sub(1);
        if self.left == 0 && !self.after_writing {
            return crash();
        }
        self.records.push(record.clone());
        if self.left == 0 { crash() } else { Ok(()) }
    }
}

/// Begins or goes on; the process ends at the n-th record of this life.
fn live(
    world: &Estate,
    simulation: &mut Simulation<'_>,
    policy: &Policy,
    mut records: Vec<Record>,
    dies_at: usize,
    after_writing: bool,
) -> (Vec<Record>, Option<(Run, Ending)>) {
    let mut journal = Crashing {
        records: Vec::new(),
        left: dies_at,
        after_writing,
    };
    let ended = if records.is_empty() {
        let begun = Run::new(
            world,
            "r1",
            five_steps(world),
            policy.clone(),
            simulation.now_ms(),
        )
        .unwrap();
        host::begin(world, begun, simulation, &mut journal)
    } else {
        let mut run = Run::recover(world, records.clone()).unwrap();
        host::drive(
            world,
            &mut run,
            simulation,
            &mut journal,
            Event::Started,
            &mut samos_execution::host::Unattended,
        )
        .map(|halt| (run, halt))
    };
    records.extend(journal.records);
    match ended {
        Ok((run, Halt::Ended(ending))) => (records, Some((run, ending))),
        Ok((_, halt)) => panic!("not ended: {halt:?}"),
        Err(Error::JournalFailed { .. }) => (records, None),
        Err(error) => panic!("{error}"),
    }
}

fn check(simulation: &Simulation<'_>, ending: &Ending, what: &str) {
    assert!(
        effects(simulation).values().all(|times| *times == 1),
        "{what}: {:?}",
        effects(simulation)
    );
    match ending {
        Ending::Succeeded => {
            assert_eq!(effects(simulation).len(), 4, "{what}");
            assert_eq!(
                values(simulation, "a:compute", "a:instances").len(),
                3,
                "{what}"
            );
            assert_eq!(values(simulation, "b:lb-1", "b:nodes").len(), 1, "{what}");
            assert!(is(simulation, "a:web-1", "a:label", &["\"new\""]), "{what}");
        }
        Ending::Undone => assert!(is_as_before(simulation), "{what}"),
        other => panic!("{what}: {other:?}"),
    }
}

fn crash_everywhere(faults: &Faults, on_failure: OnFailure, expected: &Ending) {
    let world = two_clouds();
    let policy = Policy {
        retries: 40,
        on_failure,
        ..approved(&five_steps(&world))
    };
    let mut whole = simulate(&world, faults.clone());
    let (records, _) = live(&world, &mut whole, &policy, Vec::new(), usize::MAX, true);
    for at in 1..=records.len() {
        for after_writing in [false, true] {
            let what = format!(
                "seed {}, crash at record {at}, after writing: {after_writing}",
                faults.seed
            );
            let mut simulation = simulate(&world, faults.clone());
            let (records, _) = live(
                &world,
                &mut simulation,
                &policy,
                Vec::new(),
                at,
                after_writing,
            );
            let (_, ended) = live(&world, &mut simulation, &policy, records, usize::MAX, true);
            let (run, ending) = ended.unwrap();
            assert_eq!(&ending, expected, "{what}: {:#?}", run.receipt(&world));
            check(&simulation, &ending, &what);
        }
    }
}

#[test]
fn a_crash_at_any_transition_loses_nothing_and_repeats_nothing() {
    crash_everywhere(&Faults::calm(11), OnFailure::Stop, &Ending::Succeeded);
    crash_everywhere(&Faults::rough(12), OnFailure::Stop, &Ending::Succeeded);
}

#[test]
fn a_crash_at_any_transition_of_undo_is_survived() {
    let faults = Faults {
        denied: [iri_of("b:AddNode")].into(),
        ..Faults::calm(13)
    };
    crash_everywhere(&faults, OnFailure::Undo, &Ending::Undone);
}

#[test]
fn a_process_that_dies_after_every_few_records_still_arrives() {
    let world = two_clouds();
    for every in [8, 11, 15] {
        let mut simulation = simulate(&world, Faults::calm(14));
        let policy = Policy {
            retries: 200,
            ..approved(&five_steps(&world))
        };
        let mut records = Vec::new();
        let mut lives = 0;
        let ending = loop {
            lives += 1;
            assert!(
                lives < 2_000,
                "no progress when dying after every {every} records"
            );
            let (grown, ended) = live(&world, &mut simulation, &policy, records, every, true);
            records = grown;
            if let Some((_, ending)) = ended {
                break ending;
            }
        };
        check(
            &simulation,
            &ending,
            &format!("dying after every {every} records"),
        );
        assert!(lives > 3, "{lives} lives");
    }
}

#[test]
fn a_journal_tells_the_exact_state_after_every_turn() {
    let world = two_clouds();
    let mut simulation = simulate(&world, Faults::rough(15));
    let plan = five_steps(&world);
    let policy = Policy {
        retries: 40,
        ..approved(&plan)
    };
    let (mut run, commands) = Run::new(&world, "r1", plan, policy, simulation.now_ms()).unwrap();
    let mut records = Vec::new();
    let mut queue = std::collections::VecDeque::from(commands);
    let mut events = std::collections::VecDeque::from([Event::Started]);
    let mut turns = 0;
    'run: loop {
        let mut wake_ms = None;
        while let Some(command) = queue.pop_front() {
            match command {
                Command::Journal(record) => records.push(*record),
                Command::Observe { task, requests } => {
                    let readings = requests.into_iter().map(|request| Reading {
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
                    events.push_back(match simulation.call(&request, Some(&token)) {
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
                Command::Finish(_) => break 'run,
            }
        }
        // Journals are written as text and read back as text.
        let text = serde_json::to_string(&records).unwrap();
        let read: Vec<Record> = serde_json::from_str(&text).unwrap();
        let recovered = Run::recover(&world, read).unwrap();
        assert_eq!(
            serde_json::to_string(&recovered).unwrap(),
            serde_json::to_string(&run).unwrap(),
            "turn {turns}"
        );
        turns += 1;
        let event = events.pop_front().unwrap_or_else(|| {
            simulation.advance(wake_ms.unwrap().saturating_sub(simulation.now_ms()));
            Event::Tick
        });
        queue.extend(run.handle(&world, simulation.now_ms(), event).unwrap());
    }
    assert!(turns > 20, "{turns} turns");
}

#[test]
fn a_simulation_goes_on_in_another_process() {
    let world = two_clouds();
    let faults = Faults::rough(16);
    let policy = Policy {
        retries: 40,
        ..approved(&five_steps(&world))
    };
    let mut simulation = simulate(&world, faults.clone());
    let (records, _) = live(&world, &mut simulation, &policy, Vec::new(), 9, true);
    let saved = serde_json::to_string(simulation.state()).unwrap();
    let state: State = serde_json::from_str(&saved).unwrap();
    let mut other = Simulation::restore(&world, faults, state);
    let (_, ended) = live(&world, &mut other, &policy, records, usize::MAX, true);
    check(&other, &ended.unwrap().1, "in another process");
}

#[test]
fn nothing_is_sent_before_exactly_that_many_changes_are_approved() {
    let world = two_clouds();
    let mut simulation = simulate(&world, Faults::calm(1));
    let begun = Run::new(
        &world,
        "r1",
        figure_nine(&world),
        Policy::default(),
        simulation.now_ms(),
    )
    .unwrap();
    let mut journal = MemoryJournal::default();
    let (mut run, halt) = host::begin(&world, begun, &mut simulation, &mut journal).unwrap();
    assert_eq!(
        halt,
        Halt::NeedsApproval {
            manipulations: 2,
            irreversible: vec![]
        }
    );
    assert!(simulation.applied().is_empty());
    let wrong = run.handle(
        &world,
        simulation.now_ms(),
        Event::Approved { manipulations: 1 },
    );
    assert_eq!(wrong.unwrap_err().code(), "X0104");
    assert_eq!(
        go_on(
            &world,
            &mut run,
            &mut simulation,
            Event::Approved { manipulations: 2 }
        ),
        Ending::Succeeded
    );
}

#[test]
fn plans_that_are_not_fit_to_run_are_refused() {
    let world = two_clouds();
    let refused = |plan: samos_model::Plan| {
        Run::new(&world, "r1", plan, Policy::default(), 0)
            .unwrap_err()
            .code()
    };
    let mut edited = figure_nine(&world);
    edited.steps.pop();
    assert_eq!(refused(edited), "X0101");
    let mut stale = figure_nine(&world);
    stale.made_from.ontology = "sha256:other".to_owned();
    assert_eq!(refused(stale.sealed().unwrap()), "S4002");
    let given = samos_model::plan::PlanValue::Given {
        given: iri_of("samos:PublicIPAddress"),
    };
    let add = step(
        &world,
        1,
        "b:AddNode",
        entity("b:lb-1"),
        &[("address", given)],
        reads_only(),
    );
    assert_eq!(refused(plan(&world, vec![add], &[])), "X0103");
    let circle = plan(&world, figure_nine(&world).steps, &[(1, 2), (2, 3), (3, 1)]);
    assert_eq!(refused(circle), "X0102");
    let unordered = plan(&world, figure_nine(&world).steps, &[(1, 2)]);
    assert_eq!(refused(unordered), "X0102");
}

#[test]
fn a_paused_run_goes_on_and_a_cancelled_one_ends() {
    let world = two_clouds();
    let mut simulation = simulate(&world, Faults::calm(1));
    let plan = figure_nine(&world);
    let (mut run, _) = Run::new(
        &world,
        "r1",
        plan.clone(),
        Policy::default(),
        simulation.now_ms(),
    )
    .unwrap();
    run.handle(&world, simulation.now_ms(), Event::Started)
        .unwrap();
    run.handle(&world, simulation.now_ms(), Event::Pause)
        .unwrap();
    let mut journal = MemoryJournal::default();
    let approve = Event::Approved { manipulations: 2 };
    let halt = host::drive(
        &world,
        &mut run,
        &mut simulation,
        &mut journal,
        approve,
        &mut samos_execution::host::Unattended,
    )
    .unwrap();
    assert_eq!(halt, Halt::Paused);
    assert!(simulation.applied().is_empty());
    assert_eq!(
        go_on(&world, &mut run, &mut simulation, Event::Resume),
        Ending::Succeeded
    );

    let (mut run, _) =
        Run::new(&world, "r2", plan, Policy::default(), simulation.now_ms()).unwrap();
    assert_eq!(
        go_on(&world, &mut run, &mut simulation, Event::Cancel),
        Ending::Cancelled
    );
    assert!(run.handle(&world, 0, Event::Pause).is_err());
}

#[test]
fn what_was_seen_before_a_crash_is_looked_at_again() {
    let world = two_clouds();
    let mut simulation = simulate(&world, Faults::calm(3));
    let address = Value::Literal(Literal::new(
        "198.51.100.7",
        iri_of("samos:PublicIPAddress"),
    ));
    let address = [("address", PlanValue::known(&address))];
    let add = step(
        &world,
        1,
        "b:AddNode",
        entity("b:lb-1"),
        &address,
        reads_only(),
    );
    let plan = plan(&world, vec![add], &[]);
    let policy = approved(&plan);
    let (mut run, begun) = Run::new(&world, "r1", plan, policy, simulation.now_ms()).unwrap();
    let mut commands = begun;
    let now_ms = simulation.now_ms();
    commands.extend(run.handle(&world, now_ms, Event::Started).unwrap());
    // Of what it rests on the balancer's state is read, its nodes are not; then the process ends.
    let looks = commands.iter().find_map(|command| match command {
        Command::Observe { task, requests } => Some((*task, requests.clone())),
        _ => None,
    });
    let (task, requests) = looks.unwrap();
    assert_eq!(requests.len(), 2);
    let readings = requests.into_iter().map(|request| {
        let answer = match request.operation == iri_of("b:GetState") {
            true => simulation.call(&request, None),
            false => Err(CallError::Lost {
                message: "the connection was reset".to_owned(),
            }),
        };
        Reading { request, answer }
    });
    let readings = readings.collect();
    let seen = Event::Observed { task, readings };
    commands.extend(run.handle(&world, simulation.now_ms(), seen).unwrap());
    let journalled = commands.into_iter().filter_map(|command| match command {
        Command::Journal(record) => Some(*record),
        _ => None,
    });
    let mut again = Run::recover(&world, journalled).unwrap();
    simulation.advance(3_600_000);
    let broken = samos_reference::estate::value("b:broken");
    simulation.set(&iri_of("b:lb-1"), &iri_of("b:lbState"), [broken]);
    let ending = go_on(&world, &mut again, &mut simulation, Event::Started);
    assert_eq!(ending, Ending::Stopped);
    let task = &again.tasks()[&task];
    assert_eq!(
        task.attempts, 0,
        "nothing is sent on what was so an hour ago"
    );
    assert_eq!(task.failure.as_ref().unwrap().code, "X0202");
}

#[test]
fn a_run_whose_process_ended_is_resumed_or_taken_back() {
    let world = two_clouds();
    let policy = Policy {
        retries: 40,
        ..approved(&five_steps(&world))
    };
    for at in [4, 9, 14, 19, 24] {
        for (event, expected) in [
            (Event::Resume, Ending::Succeeded),
            (Event::Undo, Ending::Undone),
        ] {
            let mut simulation = simulate(&world, Faults::calm(17));
            let (records, ended) = live(&world, &mut simulation, &policy, Vec::new(), at, true);
            assert!(ended.is_none());
            let mut run = Run::recover(&world, records).unwrap();
            let ending = go_on(&world, &mut run, &mut simulation, event);
            assert_eq!(ending, expected, "cut off at {at}");
            check(&simulation, &ending, &format!("cut off at {at}"));
        }
    }
}
