//! Whole documents: graphs, questions, planning problems, mappings.

use std::collections::BTreeMap;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use samos_importers::pddl;
use samos_knowledge::{
    Answer, AnswerFormat, Cancellation, Format, Knowledge, QueryOptions, QueryView, Snapshot,
    Source,
};
use samos_mapping::{Answer as Reply, Mappings};
use samos_model::{Iri, Request, Severity, World as _};

use super::seeds;

/// Updates with more variables are only read: they cannot be cancelled, and joining all with all takes its time.
const VARIABLES_OF_UPDATES: usize = 6;
const ASKED_FOR: Duration = Duration::from_secs(2);

pub(super) fn turtle(text: &str) -> bool {
    // What is no Turtle may be TriG, and the line formats have readers of their own.
    let formats = [
        Format::Turtle,
        Format::TriG,
        Format::NTriples,
        Format::NQuads,
    ];
    formats.map(|format| load(text, format)).contains(&true)
}

pub(super) fn json_ld(text: &str) -> bool {
    load(text, Format::JsonLd)
}

pub(super) fn rdf_xml(text: &str) -> bool {
    load(text, Format::RdfXml)
}

/// What loads is settled, validated and interpreted; what does not is a finding in every later validation.
fn load(text: &str, format: Format) -> bool {
    let mut knowledge = Knowledge::new();
    let report = knowledge.load(&Source::new("fuzzed", text, format));
    let findings = knowledge.validate();
    assert!(report.findings.iter().all(|own| findings.contains(own)));
    if report.statements == 0 {
        return report.findings.is_empty();
    }
    let world = knowledge.world();
    for operation in world.operations() {
        let _ = world.compact(&operation.iri);
    }
    let any = knowledge.query("ASK { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }");
    let any = any.ok().and_then(|answer| answer.boolean());
    assert_eq!(any, Some(true), "the statements are gone");
    true
}

/// A question and an update over a few statements.
pub(super) fn sparql(text: &str) -> bool {
    thread_local! {
        static KNOWLEDGE: Knowledge = few();
        static VIEW: QueryView = few().query_view();
    }
    let is_question = VIEW.with(|view| ask(view, text));
    let mut is_update = false;
    if text.matches(['?', '$', '[', '(', '_', '*']).count() <= VARIABLES_OF_UPDATES {
        KNOWLEDGE.with(|knowledge| {
            let mut knowledge = knowledge.clone();
            is_update = knowledge.update(text).is_ok();
            let _ = knowledge.validate();
        });
    }
    is_question || is_update
}

fn ask(view: &QueryView, text: &str) -> bool {
    let options = QueryOptions {
        max_rows: Some(200),
        ..QueryOptions::default()
    };
    let cancellation: Cancellation = options.cancellation.clone();
    let (answered, waits) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            if waits.recv_timeout(ASKED_FOR).is_err() {
                cancellation.cancel();
            }
        });
        let answer = view.ask(text, &options);
        let _ = answered.send(());
        if let Ok(answer) = &answer {
            written(answer);
        }
        answer.is_ok()
    })
}

fn written(answer: &Answer) {
    let (names, rows) = answer.table();
    assert!(rows.iter().all(|row| row.len() == names.len()));
    assert!(answer.rows().len() <= 200);
    let all = [
        AnswerFormat::Json,
        AnswerFormat::Csv,
        AnswerFormat::Tsv,
        AnswerFormat::Xml,
        AnswerFormat::Turtle,
        AnswerFormat::NTriples,
        AnswerFormat::RdfXml,
        AnswerFormat::JsonLd,
    ];
    let can = all.map(|format| answer.serialize(format).is_ok());
    assert!(can.contains(&true), "an answer that nobody can write down");
}

fn few() -> Knowledge {
    let mut knowledge = Knowledge::new();
    let report = knowledge.load(&Source::new("few.trig", seeds::FEW, Format::TriG));
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    knowledge
}

/// A domain and a problem in one text. What is imported loads.
pub(super) fn pddl(text: &str) -> bool {
    let (domain, problem) = text.split_once(seeds::PROBLEM).unwrap_or((text, ""));
    let domain = pddl::Text {
        file: "domain.pddl",
        text: domain,
    };
    let problem = pddl::Text {
        file: "problem.pddl",
        text: problem,
    };
    let Ok(imported) = pddl::import(domain, problem) else {
        return false;
    };
    let (turtle, goal) = (imported.turtle, imported.goal);
    let source = Source::new("imported.ttl", turtle.as_str(), Format::Turtle);
    let report = Knowledge::new().load(&source);
    assert!(
        report.findings.is_empty(),
        "{:?}\n{turtle}",
        report.findings
    );
    let read = samos_model::text::parse_condition(&goal);
    assert!(read.is_ok(), "{read:?}\n{goal}");
    true
}

/// A file of mappings, and every operation of it asked and answered in the world of the demo.
pub(super) fn mappings(text: &str) -> bool {
    thread_local! {
        static WORLD: Snapshot = seeds::demo().world();
    }
    let (mappings, findings) = Mappings::load(&[("fuzzed.yaml", text)]);
    for finding in &findings {
        let _ = finding.to_string();
    }
    let operations: Vec<Iri> = mappings.operations().cloned().collect();
    WORLD.with(|world| {
        for operation in operations {
            let _ = mappings.resend(world, &operation, None);
            let Some(specified) = world.operation(&operation) else {
                continue;
            };
            for subject in world.entities_of(&specified.subject).into_iter().take(2) {
                let request = Request {
                    operation: operation.clone(),
                    subject,
                    arguments: BTreeMap::new(),
                };
                carry_out(&mappings, world, &request);
            }
        }
    });
    // A piece of a file need not use all that its head offers.
    !findings
        .iter()
        .any(|finding| finding.severity == Severity::Error)
}

fn carry_out(mappings: &Mappings, world: &Snapshot, request: &Request) {
    for part in mappings.split(request, None) {
        let _ = mappings.lookup(world, &part, None);
        let Ok(call) = mappings.render(world, &part, Some("token"), None) else {
            continue;
        };
        for body in seeds::REPLIES {
            let Ok(document) = serde_json::from_str(body) else {
                continue;
            };
            let reply = Reply {
                status: 200,
                document,
                ..Reply::default()
            };
            let _ = mappings.read(world, &part, &call, &reply);
            let _ = mappings.check(&part, &call, &reply);
            let _ = mappings.next_page(&part, &call, &reply);
        }
    }
}
