//! The stories of the paper, told through the facade: each is planned, checked by the independent checker, and run.
//!
//! The demo world's are of figure 9 and of the four kinds of assistance; `strangers.ttl` tells figure 9 again with
//! other names, the providers' roles swapped, and a thousand operations in the way.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "what fails here fails a test"
)]

mod rows;

use std::fmt::Write as _;

use samos::{Answer, Format, Limits, Plan, Question, RunOptions, Samos, Source, changes_of};

/// The local names of a plan's operations, in order.
fn operations(plan: &Plan) -> Vec<&str> {
    plan.steps
        .iter()
        .map(|step| step.operation.local())
        .collect()
}

fn ask(samos: &Samos, question: &Question) -> Answer {
    samos.plan(&samos.goal(question).unwrap()).unwrap()
}

fn goal(text: &str) -> Question {
    Question {
        goal: Some(text.to_owned()),
        ..Question::default()
    }
}

/// The checker accepts it, and a simulated provider carries it out.
fn holds_and_runs(samos: &Samos, plan: &Plan) {
    let findings = samos.verify(plan).unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    let run = samos
        .apply(plan, &RunOptions::approving(changes_of(plan)))
        .unwrap();
    assert!(run.is_done(), "{:?}", operations(plan));
}

#[test]
fn figure_9_start_read_the_address_add_the_node() {
    let samos = Samos::demo().unwrap();
    let answer = samos.connect(&["ec2:web-1", "rackspace:lb-1"]).unwrap();
    assert!(answer.search.complete);
    assert_eq!(
        operations(&answer.plans[0]),
        ["StartInstance", "GetPublicAddress", "AddNode"]
    );
    assert_eq!(answer.plans[0].goal.points.len(), 1);
    holds_and_runs(&samos, &answer.plans[0]);
}

/// A thousand operations in the way: some take what the machine gives and do nothing with it, some bar it, some have
/// nothing to do with either.
fn decoys() -> String {
    let mut text = String::from(
        "@prefix samos: <https://w3id.org/samos#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .\n\
         @prefix h: <https://example.org/harbour#> . @prefix m: <https://example.org/meadow#> .\n",
    );
    for number in 0..1000 {
        let (subject, parameter, effect) = match number % 4 {
            0 => ("m:Gate", "[(thing: m:Locator)]", "unconditional"),
            1 => ("m:Gate", "[(thing: m:Locator)]", "subject.bars += thing"),
            2 => ("h:Berth", "(thing: h:Whereabouts)", "unconditional"),
            _ => ("m:Gate", "", "clear subject.bars"),
        };
        let operation = format!("m:Decoy{number}");
        let operation = if subject == "h:Berth" {
            format!("h:Decoy{number}")
        } else {
            operation
        };
        let parameter = if parameter.is_empty() {
            String::new()
        } else {
            format!("samos:parameter \"{parameter}\" ;")
        };
        let _ = writeln!(
            text,
            "{operation} a samos:Operation . {subject} samos:hasSMR {operation} .\n[] a owl:Axiom ; owl:annotatedSource {subject} ; \
             owl:annotatedProperty samos:hasSMR ; owl:annotatedTarget {operation} ; samos:category samos:SaaS ; {parameter} \
             samos:precondition \"unconditional\" ; samos:postcondition \"{effect}\" ."
        );
    }
    text
}

#[test]
fn figure_9_among_strangers_and_a_thousand_decoys_is_the_same_plan() {
    let world = Source::new(
        "strangers.ttl",
        include_str!("strangers.ttl"),
        Format::Turtle,
    );
    let alone = Samos::builder().source(world.clone()).build().unwrap();
    let crowded = Source::new("decoys.ttl", decoys(), Format::Turtle);
    let crowded = Samos::builder()
        .source(world)
        .source(crowded)
        .build()
        .unwrap();
    for samos in [alone, crowded] {
        let answer = samos.connect(&["h:berth-1", "m:gate-1"]).unwrap();
        assert_eq!(operations(&answer.plans[0]), ["Wake", "Locate", "Route"]);
        assert!(answer.search.complete);
        holds_and_runs(&samos, &answer.plans[0]);
    }
}

#[test]
fn a_chain_stops_resizes_and_starts() {
    let samos = Samos::demo().unwrap();
    let answer = samos.chain(&["ec2:web-2"], &["type=m3.large"]).unwrap();
    let found = answer
        .plans
        .iter()
        .find(|plan| operations(plan) == ["StopInstance", "ModifyInstanceType", "StartInstance"]);
    let plan = found.unwrap_or_else(|| {
        panic!(
            "{:?}",
            answer.plans.iter().map(operations).collect::<Vec<_>>()
        )
    });
    holds_and_runs(&samos, plan);
}

#[test]
fn machines_of_two_clouds_stop_together() {
    let samos = Samos::demo().unwrap();
    let answer = samos
        .together(&["ec2:web-2", "rackspace:test-1"], &[] as &[&str])
        .unwrap();
    let stop = answer
        .plans
        .iter()
        .find(|plan| operations(plan).contains(&"StopInstance"))
        .unwrap();
    assert_eq!(stop.steps.len(), 2);
    assert!(stop.edges.is_empty());
    holds_and_runs(&samos, stop);
}

#[test]
fn an_unready_operation_says_what_it_lacks() {
    let samos = Samos::demo().unwrap();
    let preparation = samos
        .prepare("ec2:web-1", &[] as &[&str], &Limits::default())
        .unwrap();
    let stop = preparation
        .operations
        .iter()
        .find(|one| one.operation.local() == "StopInstance")
        .unwrap();
    assert!(!stop.ready);
    assert!(
        stop.findings
            .iter()
            .any(|finding| !finding.options.is_empty()),
        "{:?}",
        stop.findings
    );
}

#[test]
fn what_nothing_brings_about_has_a_nearest_miss() {
    let samos = Samos::demo().unwrap();
    let answer = ask(
        &samos,
        &goal("rackspace:lb-2.loadBalancerState == rackspace:active"),
    );
    assert!(answer.plans.is_empty() && answer.search.complete);
    assert!(!answer.nearest.unwrap().changes.is_empty());
}

#[test]
fn a_new_snapshot_is_made() {
    let samos = Samos::demo().unwrap();
    let question = Question {
        goal: Some("copy.sourceVolume == ec2:data-2".to_owned()),
        wants: vec!["copy=ec2:Snapshot".to_owned()],
        new: true,
        ..Question::default()
    };
    let answer = ask(&samos, &question);
    assert_eq!(operations(&answer.plans[0]), ["CreateSnapshot"]);
    holds_and_runs(&samos, &answer.plans[0]);
}

/// A service that admits so many machines and has one.
fn with_quota(quota: u32) -> Samos {
    let text = include_str!("quota.ttl").replace("ALLOWED", &quota.to_string());
    let world = Source::new("quota.ttl", text, Format::Turtle);
    Samos::builder().source(world).build().unwrap()
}

#[test]
fn a_quota_decides_whether_there_is_a_plan() {
    let question = Question {
        wants: vec!["q:Machine".to_owned()],
        new: true,
        ..Question::default()
    };
    let roomy = with_quota(2);
    let answer = ask(&roomy, &question);
    assert_eq!(operations(&answer.plans[0]), ["Make"]);
    holds_and_runs(&roomy, &answer.plans[0]);
    let full = ask(&with_quota(1), &question);
    assert!(full.plans.is_empty() && full.search.complete);
    let nearest = full.nearest.unwrap().text;
    assert!(nearest.contains("count(q:yard.machines)"), "{nearest}");
}

#[test]
fn a_number_in_a_goal_is_read_in_the_format_of_the_property() {
    let samos = Samos::demo().unwrap();
    let answer = ask(&samos, &goal("ec2:data-1.size == 200"));
    assert_eq!(operations(&answer.plans[0]), ["ModifyVolumeSize"]);
    holds_and_runs(&samos, &answer.plans[0]);
}

#[test]
fn what_cannot_shrink_ends_at_a_limit_instead_of_never() {
    let samos = Samos::demo().unwrap();
    let asked = samos.goal(&goal("ec2:data-1.size == 20")).unwrap();
    let limits = Limits {
        considered: 300,
        ..Limits::default()
    };
    let answer = samos.plan_within(&asked, &limits).unwrap();
    assert!(answer.plans.is_empty());
    assert!(answer.search.complete || answer.search.limit.is_some());
}
