//! Confirmations as mappings word them: what answers mean, and what a run makes of it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use samos_execution::{
    Advice, CallError, Ending, ErrorClass, Event, Failure, Outcomes, Policy, Provider, TaskId,
};
use samos_model::confirmation::{Acceptor, Confirmation, Polled, Sign, Verdict};
use samos_model::reply::Described;
use samos_model::{Name, Request, Value};
use samos_reference::estate::value;
use samos_simulation::{Faults, Simulation};
use support::*;

fn word(expected: &str, verdict: Verdict) -> Acceptor {
    let name = Name::from("label");
    let expected = expected.to_owned();
    Acceptor {
        on: Sign::Outcome { name, expected },
        verdict,
    }
}

/// The label is new, still pending, or broken for good; gone is broken, too.
fn labelled() -> Confirmation {
    Confirmation {
        poll: iri_of("a:GetLabel"),
        of: Polled::Subject,
        acceptors: vec![
            word("new", Verdict::Success),
            word("pending", Verdict::Retry),
            word("broken", Verdict::Failure),
            Acceptor {
                on: Sign::Refused(ErrorClass::Denied),
                verdict: Verdict::Failure,
            },
            Acceptor {
                on: Sign::Lost,
                verdict: Verdict::Success,
            },
        ],
        delay_ms: 1_000,
        limit: 600,
    }
}

fn answer(values: &[&str]) -> Result<Outcomes, CallError> {
    let values = values.iter().map(|written| value(written)).collect();
    Ok(Outcomes {
        values: [(Name::from("label"), values)].into(),
        entities: Vec::new(),
    })
}

#[test]
fn the_first_acceptor_that_fits_judges_an_answer() {
    let world = two_clouds();
    let confirmation = labelled();
    let verdict = |answer: Result<Outcomes, CallError>| {
        let acceptor = confirmation.judge(&world, &answer);
        acceptor.map(|acceptor| acceptor.verdict)
    };
    assert_eq!(verdict(answer(&["\"new\""])), Some(Verdict::Success));
    assert_eq!(verdict(answer(&["\"pending\""])), Some(Verdict::Retry));
    assert_eq!(verdict(answer(&["\"broken\""])), Some(Verdict::Failure));
    assert_eq!(verdict(answer(&["\"Broken\""])), None, "words as they are");
    assert_eq!(verdict(answer(&[])), None);
    let both = answer(&["\"broken\"", "\"new\""]);
    assert_eq!(verdict(both), Some(Verdict::Success), "in their order");
    let refused = |class| Err(CallError::refused(class, "no"));
    assert_eq!(verdict(refused(ErrorClass::Denied)), Some(Verdict::Failure));
    assert_eq!(verdict(refused(ErrorClass::NotFound)), None);
    let lost = CallError::Lost {
        message: "cut off".to_owned(),
    };
    assert_eq!(verdict(Err(lost)), Some(Verdict::Success));
    // A thing is known by its key, which the answer itself may bring.
    let thing = Outcomes {
        values: [(Name::from("label"), vec![Value::Entity(iri_of("a:l-1"))])].into(),
        entities: vec![Described {
            entity: iri_of("a:l-1"),
            types: Vec::new(),
            facts: vec![(iri_of("a:key"), value("\"broken\""))],
        }],
    };
    assert_eq!(verdict(Ok(thing)), Some(Verdict::Failure));
}

#[test]
fn what_is_polled_is_the_subject_an_argument_or_what_was_made() {
    let request = Request {
        operation: iri_of("a:SetLabel"),
        subject: iri_of("a:web-1"),
        arguments: [(
            Name::from("to"),
            vec![Value::Entity(iri_of("a:x")), value("\"no thing\"")],
        )]
        .into(),
    };
    let made = [(Name::from("made"), vec![Value::Entity(iri_of("a:y"))])].into();
    let asked = |of: Polled| -> Vec<String> {
        let confirmation = Confirmation { of, ..labelled() };
        let requests = confirmation.requests(&request, &made);
        assert!(
            requests
                .iter()
                .all(|one| one.operation == iri_of("a:GetLabel"))
        );
        let subjects = requests.iter().map(|one| one.subject.local().to_owned());
        subjects.collect()
    };
    assert_eq!(asked(Polled::Subject), ["web-1"]);
    assert_eq!(asked(Polled::Argument("to".into())), ["x"]);
    assert_eq!(asked(Polled::Outcome("made".into())), ["y"]);
    assert_eq!(asked(Polled::Outcome("none".into())), [""; 0]);
}

/// A provider that takes every label and then shows others, one after the other, the last for good.
struct Showing<'w> {
    simulation: Simulation<'w>,
    shown: Vec<&'static str>,
}

impl Provider for Showing<'_> {
    fn call(&mut self, request: &Request, token: Option<&str>) -> Result<Outcomes, CallError> {
        if token.is_none() && request.operation == iri_of("a:GetLabel") {
            if self.simulation.applied().is_empty() {
                return self.simulation.call(request, token);
            }
            let last = self.shown.len() == 1;
            let shown = self.shown[0];
            if !last {
                self.shown.remove(0);
            }
            if shown == "denied" {
                return Err(CallError::refused(ErrorClass::Denied, "not yours"));
            }
            self.simulation.set(
                &iri_of("a:web-1"),
                &iri_of("a:label"),
                [value(&format!("\"{shown}\""))],
            );
        }
        self.simulation.call(request, token)
    }

    fn now_ms(&self) -> u64 {
        self.simulation.now_ms()
    }

    fn advance(&mut self, ms: u64) {
        self.simulation.advance(ms);
    }
}

/// Sets a label on a provider that shows these: how it ended, why it failed, and after how many seconds.
fn shows(labels: &[&'static str]) -> (Ending, Option<Failure>, u64) {
    let world = two_clouds();
    let mut provider = Showing {
        simulation: simulate(&world, Faults::calm(1)),
        shown: labels.to_vec(),
    };
    let mut label = five_steps(&world).steps[3].clone();
    label.id = 1;
    label.undo = reads_only();
    let plan = plan(&world, vec![label], &[]);
    let advice = Advice {
        confirmation: Some(labelled()),
        resendable: false,
    };
    let policy = Policy {
        advice: [(TaskId::step(1), [(iri_of("a:SetLabel"), advice)].into())].into(),
        ..approved(&plan)
    };
    let begun = samos_execution::Run::new(&world, "r1", plan, policy, provider.now_ms()).unwrap();
    let mut journal = samos_execution::host::MemoryJournal::default();
    let (mut run, _) =
        samos_execution::host::begin(&world, begun, &mut provider, &mut journal).unwrap();
    let ending = run.ending().unwrap().clone();
    let failure = run.tasks()[&TaskId::step(1)].failure.clone();
    let took_s = (run.latest_ms() - run.started_ms()) / 1_000;
    // The journal alone tells the same.
    let lines = journal.records.iter().map(|record| {
        let line = serde_json::to_string(record).unwrap();
        serde_json::from_str(&line).unwrap()
    });
    let records: Vec<samos_execution::Record> = lines.collect();
    assert_eq!(records, journal.records);
    let recovered = samos_execution::Run::recover(&world, records).unwrap();
    assert_eq!(recovered.receipt(&world), run.receipt(&world));
    if ending != Ending::Succeeded {
        provider.shown = vec!["new"];
        let again = samos_execution::host::drive(
            &world,
            &mut run,
            &mut provider,
            &mut samos_execution::host::MemoryJournal::default(),
            Event::Resume,
            &mut samos_execution::host::Unattended,
        );
        assert_eq!(
            again.unwrap(),
            samos_execution::host::Halt::Ended(Ending::Succeeded),
            "looked at again, not sent again"
        );
        assert_eq!(provider.simulation.applied().len(), 1);
    }
    (ending, failure, took_s)
}

#[test]
fn a_failure_ends_the_wait_at_once_and_names_the_word_seen() {
    let (ending, failure, took_s) = shows(&["broken"]);
    let failure = failure.unwrap();
    assert_eq!(ending, Ending::Stopped);
    assert_eq!(failure.code, "X0210");
    assert!(failure.after_effect, "it may have to be taken back");
    assert!(
        failure.message.contains("`label` is `broken`") && failure.message.contains("web-1"),
        "{}",
        failure.message
    );
    assert!(took_s < 5, "{took_s} s");
    // A word for `not yet` is waited through.
    let (ending, failure, took_s) = shows(&["old", "pending", "broken"]);
    assert_eq!(
        (ending, failure.unwrap().code.as_str()),
        (Ending::Stopped, "X0210")
    );
    assert!(took_s < 10, "{took_s} s");
}

#[test]
fn an_error_of_the_poll_is_judged_too() {
    let (ending, failure, took_s) = shows(&["denied"]);
    let failure = failure.unwrap();
    assert_eq!((ending, failure.code.as_str()), (Ending::Stopped, "X0210"));
    assert!(
        failure.message.contains("refused (denied)"),
        "{}",
        failure.message
    );
    assert!(took_s < 5, "{took_s} s");
}

#[test]
fn success_is_what_the_postcondition_says() {
    let (ending, failure, took_s) = shows(&["old", "pending", "new"]);
    assert_eq!((ending, failure), (Ending::Succeeded, None));
    assert!(took_s < 10, "{took_s} s");
    // Nothing that any acceptor names: waited for as long as the mapping says, ten minutes, and no longer.
    let (ending, failure, took_s) = shows(&["other"]);
    assert_eq!(
        (ending, failure.unwrap().code.as_str()),
        (Ending::Stopped, "X0204")
    );
    assert!((600..660).contains(&took_s), "{took_s} s");
}
