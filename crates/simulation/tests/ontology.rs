//! Every operation of the real ontology, played in the demo world. What the simulation does and what execution expects
//! to see are written apart from each other; here they are held against each other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use samos_execution::expectation::{expectations, judge};
use samos_execution::host::{self, Halt, MemoryJournal};
use samos_execution::scope::with_defaults;
use samos_execution::{Bindings, CallError, Ending, ErrorClass, Event, Policy, Provider as _, Run};
use samos_knowledge::Knowledge;
use samos_model::operation::Parameter;
use samos_model::plan::{
    Argument, Because, Cost, Edge, EdgeKind, FORMAT, OutcomeOf, Plan, PlanGoal, PlanValue, Step,
    Undo,
};
use samos_model::{Iri, Kind, Literal, Name, Operation, Request, Truth, Value, World};
use samos_simulation::{Faults, Simulation};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "ttl" || extension == "trig")
        {
            found.push(path);
        }
    }
}

fn demo() -> impl World {
    let mut paths = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ontology"),
        &mut paths,
    );
    let mut knowledge = Knowledge::new();
    for path in paths {
        let report = knowledge.load_file(&path);
        assert!(
            report.findings.is_empty(),
            "{}: {:?}",
            path.display(),
            report.findings
        );
    }
    knowledge.world()
}

/// Something that fits a parameter: a thing of the subject's provider, or a literal that passes the datatype.
fn fitting(world: &dyn World, parameter: &Parameter, subject: &Iri) -> Option<Value> {
    let of_type = &parameter.of_type;
    if samos_execution::facts::holds_things(world, of_type) {
        let entities = world.entities_of(of_type);
        let own = entities
            .iter()
            .find(|entity| world.provider_of(entity) == world.provider_of(subject));
        return own.or(entities.first()).cloned().map(Value::Entity);
    }
    let allowed = match world.check_literal(&Literal::new("\u{1}", of_type.clone()), of_type) {
        Err(problem) => problem.expected,
        Ok(()) => String::new(),
    };
    let listed = allowed
        .strip_prefix("one of ")
        .unwrap_or_default()
        .split(", ");
    let listed = listed.map(|one| one.split("^^").next().unwrap_or_default().trim_matches('"'));
    let usual = [
        "1",
        "20",
        "80",
        "true",
        "name-1",
        "203.0.113.9",
        "2026-01-01T00:00:00Z",
        "/dev/sdk",
        "https://a.example/b",
        "10.0.0.0/8",
    ];
    usual
        .into_iter()
        .chain(listed)
        .map(|text| Literal::new(text, of_type.clone()))
        .find(|literal| world.check_literal(literal, of_type).is_ok())
        .map(Value::Literal)
}

fn request(world: &dyn World, operation: &Operation, subject: &Iri) -> Option<Request> {
    let mut arguments = Bindings::new();
    for parameter in operation
        .parameters
        .iter()
        .filter(|parameter| parameter.mandatory)
    {
        arguments.insert(
            parameter.name.clone(),
            vec![fitting(world, parameter, subject)?],
        );
    }
    let request = Request {
        operation: operation.iri.clone(),
        subject: subject.clone(),
        arguments,
    };
    Some(with_defaults(operation, request))
}

#[test]
fn every_operation_does_what_its_specification_says() {
    let world = demo();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut untried = Vec::new();
    let mut wrong = Vec::new();
    for operation in world.operations() {
        let mut done = false;
        for subject in world.entities_of(&operation.subject) {
            if !world.accepts(operation, &subject) {
                continue;
            }
            let Some(request) = request(&world, operation, &subject) else {
                continue;
            };
            let name = format!(
                "{} on {}",
                world.compact(&operation.iri),
                world.compact(&subject)
            );
            let mut simulation = Simulation::new(&world, Faults::default());
            let expected = expectations(simulation.world(), operation, &request);
            match simulation.call(&request, Some("t")) {
                Ok(outcomes) => {
                    done = true;
                    let what = if operation.kind == Kind::Information {
                        "read"
                    } else {
                        "changed"
                    };
                    *counts.entry(what).or_default() += 1;
                    for outcome in operation
                        .outcomes
                        .iter()
                        .filter(|outcome| !outcome.multiple)
                    {
                        let values = outcomes.values.get(&outcome.name).map_or(0, Vec::len);
                        assert!(values <= 1, "{name}: {values} values of `{}`", outcome.name);
                    }
                    for expectation in &expected {
                        if judge(simulation.world(), expectation, &outcomes.values, false)
                            != Truth::True
                        {
                            wrong.push(format!("{name}: {expectation:?}"));
                        }
                    }
                }
                Err(CallError::Refused {
                    class: ErrorClass::State | ErrorClass::Quota | ErrorClass::Conflict,
                    ..
                }) => {
                    *counts.entry("refused").or_default() += 1;
                }
                Err(error) => wrong.push(format!("{name}: {error}")),
            }
        }
        if !done {
            untried.push(world.compact(&operation.iri));
        }
    }
    println!("{counts:?}; never possible in the demo world: {untried:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(counts["read"] > 50 && counts["changed"] > 30, "{counts:?}");
}

fn full(prefixed: &str) -> Iri {
    let (prefix, local) = prefixed.split_once(':').unwrap();
    let folder = if prefix == "ec2" { "aws/ec2" } else { prefix };
    Iri::from(format!("https://w3id.org/samos/{folder}#{local}"))
}

fn step(
    world: &dyn World,
    id: u32,
    operation: &str,
    subject: &str,
    argument: Option<(&str, PlanValue)>,
    undo: Undo,
) -> Step {
    let specified = world.operation(&full(operation)).unwrap();
    Step {
        id,
        operation: specified.iri.clone(),
        provider: specified.provider.clone(),
        account: None,
        library: None,
        kind: specified.kind,
        subject: PlanValue::Entity {
            entity: full(subject),
        },
        arguments: argument
            .into_iter()
            .map(|(name, value)| (Name::from(name), Argument::One(value)))
            .collect(),
        layer: id,
        because: Vec::new(),
        holds: Vec::new(),
        undo,
    }
}

fn from(step: u32, outcome: &str) -> PlanValue {
    PlanValue::From {
        from: OutcomeOf {
            step,
            outcome: Name::from(outcome),
            index: None,
        },
    }
}

fn undo(operation: &str, subject: &str, argument: Option<(&str, PlanValue)>) -> Undo {
    Undo::By {
        operation: full(operation),
        subject: PlanValue::Entity {
            entity: full(subject),
        },
        arguments: argument
            .into_iter()
            .map(|(name, value)| (Name::from(name), Argument::One(value)))
            .collect(),
        except: Vec::new(),
    }
}

fn figure_nine(world: &dyn World) -> Plan {
    let edge = |from, to| Edge {
        from,
        to,
        kind: EdgeKind::Data,
        because: Because::default(),
    };
    Plan {
        format: FORMAT,
        fingerprint: String::new(),
        goal: PlanGoal::default(),
        assumptions: Vec::new(),
        made_from: world.made_from(),
        steps: vec![
            step(
                world,
                1,
                "ec2:StartInstance",
                "ec2:web-1",
                None,
                undo("ec2:StopInstance", "ec2:web-1", None),
            ),
            step(
                world,
                2,
                "ec2:GetPublicAddress",
                "ec2:web-1",
                None,
                Undo::Nothing { reads_only: true },
            ),
            step(
                world,
                3,
                "rackspace:AddNode",
                "rackspace:lb-1",
                Some(("address", from(2, "address"))),
                undo(
                    "rackspace:RemoveNode",
                    "rackspace:lb-1",
                    Some(("node", from(3, "node"))),
                ),
            ),
        ],
        edges: vec![edge(1, 2), edge(2, 3)],
        cost: Cost::default(),
        repair: None,
        group: None,
        not_ready: None,
    }
    .sealed()
    .unwrap()
}

#[test]
fn figure_nine_runs_in_the_demo_world_and_is_taken_back() {
    let world = demo();
    for seed in 0..25 {
        let mut simulation = Simulation::new(&world, Faults::rough(seed));
        let policy = Policy {
            approved: Some(2),
            retries: 40,
            ..Policy::default()
        };
        let begun = Run::new(
            &world,
            "r1",
            figure_nine(&world),
            policy,
            simulation.now_ms(),
        )
        .unwrap();
        let mut journal = MemoryJournal::default();
        let (mut run, halt) = host::begin(&world, begun, &mut simulation, &mut journal).unwrap();
        assert_eq!(
            halt,
            Halt::Ended(Ending::Succeeded),
            "seed {seed}: {:#?}",
            run.receipt(&world)
        );
        let nodes = |simulation: &Simulation<'_>| {
            simulation
                .world()
                .values(&full("rackspace:lb-1"), &full("rackspace:nodes"))
                .members
                .len()
        };
        assert_eq!(nodes(&simulation), 2, "seed {seed}");
        let halt = host::drive(
            &world,
            &mut run,
            &mut simulation,
            &mut journal,
            Event::Undo,
            &mut samos_execution::host::Unattended,
        )
        .unwrap();
        assert_eq!(
            halt,
            Halt::Ended(Ending::Undone),
            "seed {seed}: {:#?}",
            run.receipt(&world)
        );
        assert_eq!(nodes(&simulation), 1, "seed {seed}");
        let state = simulation
            .world()
            .values(&full("ec2:web-1"), &full("ec2:state"))
            .members;
        assert!(
            state.contains(&Value::Entity(full("ec2:stopped"))),
            "seed {seed}"
        );
    }
}
