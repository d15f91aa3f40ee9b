//! Seeded faults: nothing is done twice, nothing is lost, and undo is complete.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;

use samos_execution::host::{self, Halt, MemoryJournal};
use samos_execution::{
    Advice, CallError, Ending, ErrorClass, Event, OnFailure, Outcomes, Policy, Provider, Run,
    TaskId, TaskState,
};
use samos_model::{Literal, Request, Value};
use samos_simulation::{Fault, Faults, Simulation};
use support::*;

/// Enough that chance alone never ends a run.
const PATIENT: u32 = 40;

fn once(tokens: &[&str]) -> BTreeMap<String, usize> {
    tokens
        .iter()
        .map(|token| ((*token).to_owned(), 1))
        .collect()
}

#[test]
fn rough_providers_change_nothing_about_the_result() {
    let world = two_clouds();
    for seed in 0..250 {
        let mut simulation = simulate(&world, Faults::rough(seed));
        let plan = five_steps(&world);
        let policy = Policy {
            retries: PATIENT,
            ..approved(&plan)
        };
        let (run, ending, _) = run(&world, &mut simulation, plan, policy);
        assert_eq!(
            ending,
            Ending::Succeeded,
            "seed {seed}: {:#?}",
            run.receipt(&world)
        );
        assert_eq!(
            effects(&simulation),
            once(&["r1-1", "r1-3", "r1-4", "r1-5"]),
            "seed {seed}"
        );
        assert_eq!(
            values(&simulation, "a:compute", "a:instances").len(),
            3,
            "seed {seed}"
        );
        assert_eq!(
            values(&simulation, "b:lb-1", "b:nodes").len(),
            1,
            "seed {seed}"
        );
        assert!(
            is(&simulation, "a:web-1", "a:label", &["\"new\""]),
            "seed {seed}"
        );
        assert!(
            is(&simulation, "a:web-1", "a:state", &["a:running"]),
            "seed {seed}"
        );
    }
}

#[test]
fn undo_is_complete_on_rough_providers() {
    let world = two_clouds();
    for seed in 0..120 {
        let faults = Faults {
            denied: [iri_of("b:AddNode")].into(),
            ..Faults::rough(seed)
        };
        let mut simulation = simulate(&world, faults);
        let plan = five_steps(&world);
        let policy = Policy {
            retries: PATIENT,
            on_failure: OnFailure::Undo,
            ..approved(&plan)
        };
        let (run, ending, _) = run(&world, &mut simulation, plan, policy);
        assert_eq!(
            ending,
            Ending::Undone,
            "seed {seed}: {:#?}",
            run.receipt(&world)
        );
        assert!(
            is_as_before(&simulation),
            "seed {seed}: {:#?}",
            run.receipt(&world)
        );
        assert!(
            effects(&simulation).values().all(|times| *times == 1),
            "seed {seed}"
        );
    }
}

#[test]
fn a_finished_run_is_taken_back_on_rough_providers() {
    let world = two_clouds();
    for seed in 500..560 {
        let mut simulation = simulate(&world, Faults::rough(seed));
        let plan = five_steps(&world);
        let policy = Policy {
            retries: PATIENT,
            ..approved(&plan)
        };
        let (mut run, ending, _) = run(&world, &mut simulation, plan, policy);
        assert_eq!(ending, Ending::Succeeded, "seed {seed}");
        let ending = go_on(&world, &mut run, &mut simulation, Event::Undo);
        assert_eq!(
            ending,
            Ending::Undone,
            "seed {seed}: {:#?}",
            run.receipt(&world)
        );
        assert!(is_as_before(&simulation), "seed {seed}");
    }
}

#[test]
fn where_others_interfere_nothing_is_done_twice_and_the_run_ends() {
    let world = two_clouds();
    let mut endings: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 0..150 {
        let faults = Faults {
            disturb: 250,
            ..Faults::rough(seed)
        };
        let mut simulation = simulate(&world, faults);
        let plan = five_steps(&world);
        let on_failure = [OnFailure::Stop, OnFailure::Undo, OnFailure::Replan][seed as usize % 3];
        let policy = Policy {
            on_failure,
            ..approved(&plan)
        };
        let (_, ending, _) = run(&world, &mut simulation, plan, policy);
        assert!(
            effects(&simulation).values().all(|times| *times == 1),
            "seed {seed}"
        );
        *endings
            .entry(
                format!("{ending:?}")
                    .chars()
                    .take_while(char::is_ascii_alphanumeric)
                    .collect(),
            )
            .or_default() += 1;
    }
    assert!(
        endings.len() > 2,
        "the seeds try several endings: {endings:?}"
    );
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let world = two_clouds();
    for seed in [1, 7, 99] {
        let bytes: Vec<String> = (0..2)
            .map(|_| {
                let faults = Faults {
                    disturb: 100,
                    ..Faults::rough(seed)
                };
                let mut simulation = simulate(&world, faults);
                let plan = five_steps(&world);
                let policy = approved(&plan);
                let (run, _, journal) = run(&world, &mut simulation, plan, policy);
                format!(
                    "{}{}{}",
                    serde_json::to_string(&journal.records).unwrap(),
                    serde_json::to_string(simulation.state()).unwrap(),
                    serde_json::to_string(&run.receipt(&world)).unwrap()
                )
            })
            .collect();
        assert_eq!(bytes[0], bytes[1], "seed {seed}");
    }
}

fn scripted(nth: u64, fault: Fault) -> Faults {
    Faults {
        script: [(nth, fault)].into(),
        ..Faults::calm(5)
    }
}

#[test]
fn a_lost_answer_is_decided_by_what_is_seen() {
    let world = two_clouds();
    for nth in 1..=4 {
        for fault in [Fault::LoseAnswer, Fault::LoseRequest] {
            let mut simulation = simulate(&world, scripted(nth, fault));
            let plan = five_steps(&world);
            let policy = approved(&plan);
            let (run, ending, _) = run(&world, &mut simulation, plan, policy);
            assert_eq!(
                ending,
                Ending::Succeeded,
                "{nth} {fault:?}: {:#?}",
                run.receipt(&world)
            );
            assert!(effects(&simulation).values().all(|times| *times == 1));
            let attempts: u32 = run.tasks().values().map(|task| task.attempts).sum();
            assert_eq!(
                attempts,
                if fault == Fault::LoseAnswer { 5 } else { 6 },
                "{nth} {fault:?}"
            );
        }
    }
}

/// A provider of which somebody else makes use as well: right after a request of ours got lost.
struct Shared<'s, 'w> {
    simulation: &'s mut Simulation<'w>,
    theirs: Option<Request>,
}

impl Provider for Shared<'_, '_> {
    fn call(&mut self, request: &Request, token: Option<&str>) -> Result<Outcomes, CallError> {
        let answer = self.simulation.call(request, token);
        let is_alike = |theirs: &mut Request| theirs.operation == request.operation;
        if matches!(answer, Err(CallError::Lost { .. }))
            && let Some(theirs) = self.theirs.take_if(is_alike)
        {
            self.simulation.call(&theirs, None).unwrap();
        }
        answer
    }

    fn now_ms(&self) -> u64 {
        self.simulation.now_ms()
    }

    fn advance(&mut self, ms: u64) {
        self.simulation.advance(ms);
    }
}

#[test]
fn what_others_created_is_not_taken_for_ours() {
    let world = two_clouds();
    // Start is the first manipulation, AddNode the second.
    for (fault, attempts) in [(Fault::LoseRequest, 2), (Fault::LoseAnswer, 1)] {
        let mut simulation = simulate(&world, scripted(2, fault));
        let address = Value::Literal(Literal::new(
            "198.51.100.7",
            iri_of("samos:PublicIPAddress"),
        ));
        let theirs = Request {
            operation: iri_of("b:AddNode"),
            subject: iri_of("b:lb-1"),
            arguments: [("address".into(), vec![address])].into(),
        };
        let mut shared = Shared {
            simulation: &mut simulation,
            theirs: Some(theirs),
        };
        let plan = figure_nine(&world);
        let begun = Run::new(&world, "r1", plan.clone(), approved(&plan), shared.now_ms()).unwrap();
        let mut journal = MemoryJournal::default();
        let (run, halt) = host::begin(&world, begun, &mut shared, &mut journal).unwrap();
        assert!(shared.theirs.is_none(), "they came between");
        assert_eq!(halt, Halt::Ended(Ending::Succeeded), "{fault:?}");
        assert_eq!(
            run.tasks()[&TaskId::step(3)].attempts,
            attempts,
            "{fault:?}"
        );
        assert_eq!(
            values(&simulation, "b:lb-1", "b:nodes").len(),
            2,
            "{fault:?}"
        );
    }
}

/// A label that is already there when its answer is lost: its postcondition held before, so it decides nothing.
fn undecided(faults: Faults, resendable: bool) -> (Ending, usize) {
    let world = two_clouds();
    let mut simulation = simulate(&world, faults);
    simulation.set(
        &iri_of("a:web-1"),
        &iri_of("a:label"),
        [samos_reference::estate::value("\"new\"")],
    );
    let steps = five_steps(&world).steps;
    let mut label = steps[3].clone();
    label.id = 1;
    label.undo = reads_only();
    let plan = plan(&world, vec![label], &[]);
    let advice = Advice {
        resendable,
        ..Advice::default()
    };
    let policy = Policy {
        advice: [(TaskId::step(1), [(iri_of("a:SetLabel"), advice)].into())].into(),
        ..approved(&plan)
    };
    let (mut run, ending, _) = run(&world, &mut simulation, plan, policy);
    if let Ending::Undecided { tasks } = &ending {
        assert_eq!(tasks, &[TaskId::step(1)]);
        assert_eq!(run.tasks()[&TaskId::step(1)].state, TaskState::Unknown);
        let again = go_on(&world, &mut run, &mut simulation, Event::Resume);
        assert_eq!(again, ending, "looking again tells nothing new");
        let decided = Event::Decided {
            task: TaskId::step(1),
            took_effect: true,
        };
        assert_eq!(
            go_on(&world, &mut run, &mut simulation, decided),
            Ending::Succeeded
        );
    }
    (ending, simulation.applied().len())
}

#[test]
fn what_held_before_decides_nothing_unless_sending_twice_does_no_harm() {
    let (ending, times) = undecided(scripted(1, Fault::LoseAnswer), false);
    assert!(matches!(ending, Ending::Undecided { .. }), "{ending:?}");
    assert_eq!(times, 1);
    let (ending, times) = undecided(scripted(1, Fault::LoseAnswer), true);
    assert_eq!(
        (ending, times),
        (Ending::Succeeded, 2),
        "idempotent: sent twice"
    );
    let keeps = Faults {
        keeps_tokens: true,
        ..scripted(1, Fault::LoseAnswer)
    };
    let (ending, times) = undecided(keeps, true);
    assert_eq!(
        (ending, times),
        (Ending::Succeeded, 1),
        "with a token: took effect once"
    );
}

fn failing(
    simulation: &mut Simulation<'_>,
    world: &samos_reference::estate::Estate,
    policy: impl FnOnce(Policy) -> Policy,
) -> (Ending, String) {
    let plan = figure_nine(world);
    let policy = policy(approved(&plan));
    let (run, ending, _) = run(world, simulation, plan, policy);
    let failed = run.tasks().values().find_map(|task| task.failure.clone());
    (
        ending,
        failed.map_or_else(String::new, |failure| failure.code),
    )
}

#[test]
fn a_condition_that_no_longer_holds_stops_before_anything_is_sent() {
    let world = two_clouds();
    let mut simulation = simulate(&world, Faults::calm(1));
    simulation.set(
        &iri_of("a:web-1"),
        &iri_of("a:state"),
        [samos_reference::estate::value("a:running")],
    );
    let (ending, code) = failing(&mut simulation, &world, |policy| policy);
    assert_eq!((ending, code.as_str()), (Ending::Stopped, "X0202"));
    assert!(simulation.applied().is_empty());
}

#[test]
fn a_passing_state_is_waited_for() {
    let world = two_clouds();
    let mut simulation = simulate(&world, Faults::calm(1));
    // Somebody has just stopped it: `stopping` passes into `stopped` by itself.
    simulation.set(
        &iri_of("a:web-1"),
        &iri_of("a:state"),
        [samos_reference::estate::value("a:running")],
    );
    let stop = samos_model::Request {
        operation: iri_of("a:Stop"),
        subject: iri_of("a:web-1"),
        arguments: BTreeMap::new(),
    };
    samos_execution::Provider::call(&mut simulation, &stop, None).unwrap();
    assert!(is(&simulation, "a:web-1", "a:state", &["a:stopping"]));
    let (ending, code) = failing(&mut simulation, &world, |policy| policy);
    assert_eq!((ending, code.as_str()), (Ending::Succeeded, ""));
}

#[test]
fn refusals_that_pass_are_tried_again_and_others_are_not() {
    let world = two_clouds();
    let mut simulation = simulate(&world, scripted(1, Fault::Refuse(ErrorClass::Throttled)));
    assert_eq!(
        failing(&mut simulation, &world, |policy| policy).0,
        Ending::Succeeded
    );
    let mut simulation = simulate(&world, scripted(1, Fault::Refuse(ErrorClass::Denied)));
    assert_eq!(
        failing(&mut simulation, &world, |policy| policy),
        (Ending::Stopped, "X0205".to_owned())
    );
    let mut simulation = simulate(&world, scripted(2, Fault::Refuse(ErrorClass::Quota)));
    let replan = |policy| Policy {
        on_failure: OnFailure::Replan,
        ..policy
    };
    assert_eq!(
        failing(&mut simulation, &world, replan),
        (Ending::ReplanNeeded, "X0205".to_owned())
    );
}

#[test]
fn a_run_that_stopped_goes_on_when_resumed() {
    let world = two_clouds();
    let mut simulation = simulate(&world, scripted(2, Fault::Refuse(ErrorClass::Denied)));
    let plan = figure_nine(&world);
    let policy = approved(&plan);
    let (mut run, ending, _) = run(&world, &mut simulation, plan, policy);
    assert_eq!(ending, Ending::Stopped);
    let ending = go_on(&world, &mut run, &mut simulation, Event::Resume);
    assert_eq!(ending, Ending::Succeeded);
    assert_eq!(effects(&simulation), once(&["r1-1", "r1-3"]));
}

#[test]
fn a_run_that_takes_too_long_is_brought_to_an_end() {
    let world = two_clouds();
    let mut simulation = simulate(
        &world,
        Faults {
            passing_ms: (60_000, 60_000),
            ..Faults::calm(1)
        },
    );
    let late = |policy| Policy {
        deadline_ms: Some(5_000),
        ..policy
    };
    let (ending, _) = failing(&mut simulation, &world, late);
    assert_eq!(ending, Ending::TimedOut);
    assert!(
        is(&simulation, "a:web-1", "a:state", &["a:running"]),
        "what was sent was waited for"
    );
}
