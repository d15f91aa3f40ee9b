//! Requests written down as rows: each is verified where its precondition holds and where it does not, planned as a
//! single step, checked, run on a simulated provider, and asked what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use samos::model::plan::{Argument, Cost, FORMAT, PlanGoal};
use samos::model::{Request, World};
use samos::{Format, Limits, Plan, RunOptions, Samos, Source, Value, changes_of};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    level: String,
    name: String,
    operation: String,
    subject: String,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    facts: String,
    after: Option<String>,
    #[serde(default)]
    gives: BTreeMap<String, BTreeSet<String>>,
    #[serde(default)]
    unready: Vec<Unready>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unready {
    why: String,
    facts: Option<String>,
    arguments: Option<Vec<String>>,
    codes: Vec<String>,
}

/// What was seen a day later, as a world's file.
fn later(facts: &str) -> String {
    format!(
        "@prefix samos: <https://w3id.org/samos#> . @prefix aws: <https://w3id.org/samos/aws#> .\n\
         @prefix ec2: <https://w3id.org/samos/aws/ec2#> . @prefix rackspace: <https://w3id.org/samos/rackspace#> .\n\
         @prefix prov: <http://www.w3.org/ns/prov#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n\
         <urn:later> prov:generatedAtTime \"2025-01-18T18:00:00Z\"^^xsd:dateTime ; prov:wasAttributedTo <urn:row> .\n\
         GRAPH <urn:later> {{ {facts} }}"
    )
}

/// The demo world a day later, with what was seen then.
fn demo_with(facts: &str, data: &Path) -> Samos {
    Samos::builder()
        .world("demo")
        .source(Source::new("row.trig", later(facts), Format::TriG))
        .data_directory(data)
        .build()
        .unwrap()
}

/// A request as the only step of a plan.
fn single(samos: &Samos, request: &Request) -> Plan {
    let step = samos_planning::goals::step(samos.world(), request).unwrap();
    let operation = samos.world().operation(&step.operation).unwrap();
    let plan = Plan {
        format: FORMAT,
        fingerprint: String::new(),
        goal: PlanGoal {
            subjects: vec![request.subject.clone()],
            ..PlanGoal::default()
        },
        assumptions: Vec::new(),
        made_from: samos.world().made_from(),
        cost: Cost {
            operations: 1,
            layers: 1,
            manipulations: u32::from(step.kind == samos::model::Kind::Manipulation),
            price: operation.cost,
            makespan_s: operation.duration_s,
        },
        steps: vec![step],
        edges: Vec::new(),
        repair: None,
        group: None,
        not_ready: None,
    };
    plan.sealed().unwrap()
}

/// Writes the plan and its world down where that is asked for (`SAMOS_KEEP_PLANS`), for validators of other makers.
fn keep(row: &Row, plan: &Plan) {
    #[allow(
        clippy::disallowed_methods,
        reason = "a test may be asked to keep what it saw"
    )]
    let Ok(folder) = std::env::var("SAMOS_KEEP_PLANS") else {
        return;
    };
    let mark: String = plan.fingerprint.chars().rev().take(12).collect();
    let place = Path::new(&folder).join(format!("row-{mark}"));
    std::fs::create_dir_all(&place).unwrap();
    let case =
        serde_json::json!({ "kind": "rows of the scenarios", "worlds": ["demo", "row.trig"] });
    std::fs::write(place.join("case.json"), case.to_string()).unwrap();
    std::fs::write(place.join("row.trig"), later(&row.facts)).unwrap();
    let plan = serde_json::to_string(plan).unwrap();
    std::fs::write(place.join("plan.json"), plan).unwrap();
}

fn in_words(world: &dyn World, value: &Value) -> String {
    match value {
        Value::Entity(iri) => world.compact(iri),
        Value::Literal(literal) => literal.lexical.to_string(),
    }
}

fn play(row: &Row, data: &Path) {
    let name = format!("{}: {}", row.level, row.name);
    let samos = demo_with(&row.facts, data);
    let limits = Limits::default();
    let check = |samos: &Samos, arguments: &[String]| {
        let prepared = samos
            .check(&row.operation, &row.subject, arguments, &limits)
            .unwrap();
        prepared.operations.into_iter().next().unwrap()
    };
    for unready in &row.unready {
        let facts = unready.facts.as_deref().unwrap_or(&row.facts);
        let arguments = unready.arguments.as_ref().unwrap_or(&row.arguments);
        let found = check(&demo_with(facts, data), arguments);
        let codes: Vec<&str> = found
            .findings
            .iter()
            .map(|finding| &*finding.code)
            .collect();
        assert!(!found.ready, "{name}: ready although {}", unready.why);
        assert_eq!(codes, unready.codes, "{name}: {}", unready.why);
    }

    let ready = check(&samos, &row.arguments);
    assert!(ready.ready, "{name}: {:?}", ready.findings);
    let offered = samos
        .prepare(&row.subject, &row.arguments, &limits)
        .unwrap();
    let offered = offered
        .operations
        .iter()
        .find(|one| one.operation == ready.operation);
    assert!(offered.is_some_and(|one| one.ready), "{name}: not offered");

    let values = |argument: &Argument| {
        let values = argument.values().iter();
        values.filter_map(|value| value.as_known()).collect()
    };
    let request = Request {
        operation: ready.operation.clone(),
        subject: samos.entity(&row.subject).unwrap(),
        arguments: ready
            .arguments
            .iter()
            .map(|(name, argument)| (name.clone(), values(argument)))
            .collect(),
    };
    let plan = single(&samos, &request);
    let findings = samos.verify(&plan).unwrap();
    assert!(findings.is_empty(), "{name}: {findings:?}");
    keep(row, &plan);
    let options = RunOptions::approving(changes_of(&plan));
    let run = samos.apply(&plan, &options).unwrap();
    assert!(run.is_done(), "{name}: {:?}", run.receipt);

    for (outcome, expected) in &row.gives {
        let given = &run.receipt.steps[0].outcomes[outcome.as_str()];
        let given: BTreeSet<String> = given
            .iter()
            .map(|value| in_words(samos.world(), value))
            .collect();
        assert_eq!(&given, expected, "{name}: `{outcome}`");
    }
    if let Some(query) = &row.after {
        let after = samos.after(run.id()).unwrap();
        assert_eq!(samos.query(query).unwrap().boolean(), Some(false), "{name}");
        let came = after.query(query).unwrap().boolean();
        assert_eq!(came, Some(true), "{name}: {:?}", run.receipt.steps);
    }
}

/// Each row, in a data directory that is new.
fn play_all(name: &str, text: &str, rows: usize) {
    let table: Table = toml::from_str(text).unwrap();
    assert_eq!(table.row.len(), rows);
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&data);
    for row in &table.row {
        play(row, &data);
    }
}

#[test]
fn every_row_of_table_4_is_verified_and_runs() {
    play_all("table-4", include_str!("table4.toml"), 9);
}

#[test]
fn what_the_demo_world_does_not_admit_runs_where_it_is_possible() {
    play_all("beyond-the-demo", include_str!("beyond_the_demo.toml"), 12);
}
