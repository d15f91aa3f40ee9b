//! Specifications that lie, held against a provider that does otherwise.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;

use futures::executor::block_on;
use samos_execution::host::Played;
use samos_execution::host::conformance::{Aspect, Conformance, Verdict, conform};
use samos_execution::{CallError, Policy, Provider};
use samos_model::reply::{ErrorClass, Outcomes};
use samos_model::{Kind, Name, Request, Truth, World};
use samos_reference::estate::{Estate, value};
use samos_simulation::{Faults, Simulation};
use support::*;

/// What `described` says of an operation, held against a provider played from another description.
fn compare(
    described: &Estate,
    real: &Estate,
    operation: &str,
    subject: &str,
    arguments: &[(&str, &str)],
) -> Conformance {
    let mut simulation = Simulation::new(real, Faults::calm(1));
    compare_with(described, &mut simulation, operation, subject, arguments)
}

fn compare_with(
    described: &Estate,
    provider: &mut dyn Provider,
    operation: &str,
    subject: &str,
    arguments: &[(&str, &str)],
) -> Conformance {
    let request = Request {
        operation: iri_of(operation),
        subject: iri_of(subject),
        arguments: arguments
            .iter()
            .map(|(name, written)| (Name::from(*name), vec![value(written)]))
            .collect::<BTreeMap<_, _>>(),
    };
    let operation = World::operation(described, &request.operation)
        .unwrap()
        .clone();
    let policy = Policy::default();
    let remote = Played::new(provider);
    block_on(conform(
        described, &remote, &operation, &request, &policy, None,
    ))
}

/// Reads as it should, and says no to every change.
struct Refusing<'w> {
    reads: Simulation<'w>,
    world: &'w Estate,
    error: CallError,
}

impl Provider for Refusing<'_> {
    fn call(&mut self, request: &Request, token: Option<&str>) -> Result<Outcomes, CallError> {
        let kind = World::operation(self.world, &request.operation)
            .unwrap()
            .kind;
        match kind {
            Kind::Information => self.reads.call(request, token),
            Kind::Manipulation => Err(self.error.clone()),
        }
    }

    fn now_ms(&self) -> u64 {
        self.reads.now_ms()
    }

    fn advance(&mut self, ms: u64) {
        self.reads.advance(ms);
    }
}

fn of(result: &Conformance, aspect: Aspect) -> Vec<Verdict> {
    let checks = result.checks.iter();
    checks
        .filter(|check| check.aspect == aspect)
        .map(|check| check.verdict)
        .collect()
}

/// The two clouds with one more operation, described in one of two ways.
fn with(needs: &str, does: &str) -> Estate {
    two_clouds().operation(
        Kind::Manipulation,
        "a:Rename",
        "a:Instance",
        "[(label: xsd:string)]",
        "",
        needs,
        does,
    )
}

#[test]
fn what_does_as_described_agrees() {
    let world = two_clouds();
    let result = compare(&world, &world, "a:Start", "a:web-1", &[]);
    assert!(result.agrees(), "{:?}", result.checks);
    assert_eq!(result.ready, Truth::True);
    assert_eq!(of(&result, Aspect::Precondition), [Verdict::Agrees]);
    assert_eq!(of(&result, Aspect::Postcondition), [Verdict::Agrees; 2]);
    let created = compare(&world, &world, "a:Create", "a:compute", &[("count", "2")]);
    assert!(created.agrees(), "{:?}", created.checks);
    assert_eq!(of(&created, Aspect::Outcome), [Verdict::Agrees]);
    // What is not ready is tried all the same, and refused as described.
    let refused = compare(&world, &world, "a:Stop", "a:web-1", &[]);
    assert!(refused.agrees(), "{:?}", refused.checks);
    assert_eq!(refused.ready, Truth::False);
    assert_eq!(of(&refused, Aspect::Precondition), [Verdict::Agrees]);
    let read = compare(&world, &world, "a:GetLabel", "a:web-1", &[]);
    assert_eq!(of(&read, Aspect::Outcome), [Verdict::Agrees]);
}

#[test]
fn a_condition_that_nobody_enforces_is_found() {
    let described = with("subject.a:state is samos:Running", "subject.label = label");
    let real = with("", "subject.label = label");
    let result = compare(
        &described,
        &real,
        "a:Rename",
        "a:web-1",
        &[("label", "\"new\"")],
    );
    assert!(!result.agrees());
    assert_eq!(of(&result, Aspect::Precondition), [Verdict::Disagrees]);
    assert_eq!(of(&result, Aspect::Postcondition), [Verdict::Agrees]);
}

#[test]
fn a_condition_that_is_not_described_is_found() {
    let described = with("", "subject.label = label");
    let real = with("subject.a:state is samos:Running", "subject.label = label");
    let result = compare(
        &described,
        &real,
        "a:Rename",
        "a:web-1",
        &[("label", "\"new\"")],
    );
    assert_eq!(of(&result, Aspect::Precondition), [Verdict::Disagrees]);
    assert!(
        result.checks[0].text.contains("refused"),
        "{:?}",
        result.checks
    );
}

#[test]
fn a_no_counts_for_the_precondition_only_where_it_is_about_it_and_is_listed() {
    let world = two_clouds();
    let refused = |class, listed| {
        let mut provider = Refusing {
            reads: Simulation::new(&world, Faults::calm(1)),
            world: &world,
            error: CallError::Refused {
                class,
                message: "No.Way".to_owned(),
                listed,
            },
        };
        // It is stopped already, so to stop it is not described as possible.
        let result = compare_with(&world, &mut provider, "a:Stop", "a:web-1", &[]);
        assert_eq!(result.ready, Truth::False);
        (
            of(&result, Aspect::Precondition),
            of(&result, Aspect::Error),
        )
    };
    let as_described = (vec![Verdict::Agrees], vec![]);
    assert_eq!(refused(ErrorClass::State, true), as_described);
    assert_eq!(refused(ErrorClass::Conflict, true), as_described);
    for class in [
        ErrorClass::Denied,
        ErrorClass::Throttled,
        ErrorClass::Unavailable,
    ] {
        assert_eq!(refused(class, true), (vec![Verdict::Unseen], vec![]));
    }
    let unlisted = (vec![Verdict::Agrees], vec![Verdict::Disagrees]);
    assert_eq!(refused(ErrorClass::Invalid, false), unlisted);
}

#[test]
fn an_effect_that_does_not_come_about_is_found() {
    let described = with("", "subject.label = label and subject.a:state = a:running");
    let real = with("", "subject.label = label");
    let result = compare(
        &described,
        &real,
        "a:Rename",
        "a:web-1",
        &[("label", "\"new\"")],
    );
    let mut verdicts = of(&result, Aspect::Postcondition);
    verdicts.sort_by_key(|verdict| *verdict == Verdict::Disagrees);
    assert_eq!(
        verdicts,
        [Verdict::Agrees, Verdict::Disagrees],
        "{:?}",
        result.checks
    );
}
