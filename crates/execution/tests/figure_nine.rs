//! The paper's figure 9 and its relatives, run on simulated clouds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod support;

use samos_execution::{Ending, OnFailure, TaskState};
use samos_simulation::Faults;
use support::*;

#[test]
fn figure_nine_runs_to_its_end() {
    let world = two_clouds();
    let mut simulation = simulate(&world, Faults::calm(1));
    let plan = figure_nine(&world);
    let policy = approved(&plan);
    let (run, ending, _) = run(&world, &mut simulation, plan, policy);
    let receipt = run.receipt(&world);
    assert_eq!(
        ending,
        Ending::Succeeded,
        "{}",
        serde_json::to_string_pretty(&receipt).unwrap()
    );
    assert!(is(&simulation, "a:web-1", "a:state", &["a:running"]));
    let nodes = values(&simulation, "b:lb-1", "b:nodes");
    assert_eq!(nodes.len(), 1);
    let node = nodes
        .iter()
        .next()
        .unwrap()
        .as_entity()
        .unwrap()
        .to_string();
    assert_eq!(
        values(&simulation, &node, "b:nodeAddress"),
        values(&simulation, "a:web-1", "a:publicAddress")
    );
    assert!(
        receipt
            .steps
            .iter()
            .all(|step| step.state == TaskState::Done && step.took_ms.is_some())
    );
    assert!(receipt.steps[1].outcomes.values().flatten().count() == 1);
}

#[test]
fn what_was_done_is_taken_back_when_a_step_is_refused() {
    let world = two_clouds();
    let faults = Faults {
        denied: [iri_of("b:AddNode")].into(),
        ..Faults::calm(2)
    };
    let mut simulation = simulate(&world, faults);
    let plan = figure_nine(&world);
    let policy = samos_execution::Policy {
        on_failure: OnFailure::Undo,
        ..approved(&plan)
    };
    let (run, ending, _) = run(&world, &mut simulation, plan, policy);
    assert_eq!(ending, Ending::Undone, "{:#?}", run.receipt(&world));
    assert!(is_as_before(&simulation));
    assert_eq!(
        run.exceptions().len(),
        1,
        "the public address is not what it was"
    );
}

#[test]
fn five_steps_run_and_are_taken_back_on_demand() {
    let world = two_clouds();
    let mut simulation = simulate(&world, Faults::calm(3));
    let plan = five_steps(&world);
    let policy = approved(&plan);
    let (mut run, ending, _) = run(&world, &mut simulation, plan, policy);
    assert_eq!(ending, Ending::Succeeded, "{:#?}", run.receipt(&world));
    assert!(is(&simulation, "a:web-1", "a:label", &["\"new\""]));
    assert_eq!(values(&simulation, "a:compute", "a:instances").len(), 3);
    let ending = go_on(
        &world,
        &mut run,
        &mut simulation,
        samos_execution::Event::Undo,
    );
    assert_eq!(ending, Ending::Undone, "{:#?}", run.receipt(&world));
    assert!(is_as_before(&simulation));
}

#[test]
fn a_receipt_says_in_the_terms_of_prov_o_what_was_done() {
    let world = two_clouds();
    let mut simulation = simulate(&world, Faults::calm(4));
    let plan = figure_nine(&world);
    let node = format!("urn:samos:plan:{}", plan.fingerprint.replace(':', "-"));
    let policy = approved(&plan);
    let (mut run, _, _) = run(&world, &mut simulation, plan, policy);
    go_on(
        &world,
        &mut run,
        &mut simulation,
        samos_execution::Event::Undo,
    );
    let quads = run.receipt(&world).quads();
    assert_eq!(quads, run.receipt(&world).quads());
    assert!(
        quads
            .lines()
            .all(|line| line.ends_with(" <urn:samos:run:r1> ."))
    );
    let prov = "http://www.w3.org/ns/prov#";
    let p_plan = "http://purl.org/net/p-plan#";
    for expected in [
        format!("<urn:samos:run:r1/association> <{prov}hadPlan> <{node}>"),
        format!("<urn:samos:run:r1/step/2> <{p_plan}correspondsToStep> <{node}/step/2>"),
        format!(
            "<urn:samos:run:r1/step/2/out/address> <{prov}wasGeneratedBy> <urn:samos:run:r1/step/2>"
        ),
        format!("<urn:samos:run:r1/step/3/undo/0> <{prov}wasInformedBy> <urn:samos:run:r1/step/3>"),
        format!("<urn:samos:run:r1/step/1> <{prov}startedAtTime> \"2026-01-01T"),
        "<https://w3id.org/samos#ending> \"undone\"".to_owned(),
    ] {
        assert!(quads.contains(&expected), "{expected}\n{quads}");
    }
}
