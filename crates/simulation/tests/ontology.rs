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
use samos_execution::scope::with_defaults;
use samos_execution::{Bindings, CallError, ErrorClass, Provider as _};
use samos_knowledge::Knowledge;
use samos_model::operation::Parameter;
use samos_model::{Iri, Kind, Literal, Operation, Request, Truth, Value, World};
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
