//! A run whose plan is spoiled ahead: noticed before the next step, and repaired by as little as will do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here fails a test"
)]

use std::path::Path;

use samos::model::plan::{Argument, PlanValue, Repaired};
use samos::{
    Ending, Fault, Faults, Limits, OnFailure, Plan, Question, RunOptions, RunReport, Samos,
    TaskState, changes_of,
};

fn samos(folder: &str) -> Samos {
    let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rack/rack.ttl");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("repairing-{folder}"));
    let _ = std::fs::remove_dir_all(&folder);
    Samos::builder()
        .world(world.to_str().unwrap())
        .data_directory(folder)
        .build()
        .unwrap()
}

fn plan(samos: &Samos, machine: &str) -> Plan {
    let question = Question {
        goal: Some(format!("rack:{machine}.placed == true")),
        ..Question::default()
    };
    let answer = samos.plan(&samos.goal(&question).unwrap()).unwrap();
    answer.plans.into_iter().next().expect("there is a plan")
}

/// The operations of the steps, by their local names.
fn names(plan: &Plan) -> Vec<&str> {
    let steps = plan.steps.iter();
    steps.map(|step| step.operation.local()).collect()
}

/// Which slot the machine is placed in.
fn slot(plan: &Plan) -> String {
    let place = plan
        .steps
        .iter()
        .find(|step| step.operation.local() == "Place");
    match place.unwrap().arguments.values().next() {
        Some(Argument::One(PlanValue::Entity { entity })) => entity.local().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// A run of the plan for a machine in which somebody reserves a slot while the first step is under way.
fn spoiled(machine: &str, on_failure: OnFailure) -> (Samos, RunReport) {
    for seed in 0..64 {
        let samos = samos(&format!("{machine}-{on_failure:?}-{seed}"));
        let plan = plan(&samos, machine);
        let options = RunOptions {
            on_failure,
            faults: Faults {
                seed,
                script: [(1, Fault::Disturb)].into(),
                ..Faults::default()
            },
            ..RunOptions::approving(changes_of(&plan))
        };
        let report = samos.apply(&plan, &options).unwrap();
        // Whoever meddles might also have opened the rack.
        if report.receipt.steps[0].state == TaskState::Done {
            return (samos, report);
        }
    }
    panic!("nobody reserves a slot");
}

/// Runs the plan that repairs a run.
fn go_on(samos: &Samos, plan: &Plan, follows: &RunReport) -> RunReport {
    let options = RunOptions {
        follows: Some(follows.id().to_owned()),
        ..RunOptions::approving(changes_of(plan))
    };
    samos.apply(plan, &options).unwrap()
}

#[test]
fn what_spoils_the_fifth_step_is_noticed_before_the_second_is_sent() {
    let (_, report) = spoiled("m1", OnFailure::Stop);
    let plan = &report.plan;
    assert_eq!(names(plan), ["Open", "Unplug", "Clean", "Label", "Place"]);
    assert_eq!(slot(plan), "slot1");
    let place = &plan.steps[4];
    let said: Vec<(&str, &[u32])> = place
        .holds
        .iter()
        .map(|holding| (holding.text.as_str(), holding.after.as_slice()))
        .collect();
    assert_eq!(
        said,
        [
            ("rack:m1.labelled == true", [4].as_slice()),
            ("rack:m1.of.free contains slot", [].as_slice())
        ]
    );
    assert_eq!(plan.goal.holds[0].after, [5]);
    assert_eq!(report.receipt.ending, Some(Ending::Stopped));
    let states: Vec<TaskState> = report.receipt.steps.iter().map(|step| step.state).collect();
    use TaskState::{Done, Failed, Skipped};
    assert_eq!(states, [Done, Skipped, Skipped, Skipped, Failed]);
    let failure = report.receipt.steps[4].failure.as_ref().unwrap();
    assert_eq!(failure.code, "X0211", "{failure:?}");
    assert!(
        failure.message.contains("free contains slot"),
        "{failure:?}"
    );
}

#[test]
fn another_slot_is_taken_where_that_is_enough() {
    let (mut samos, first) = spoiled("m1", OnFailure::Replan);
    assert_eq!(first.receipt.ending, Some(Ending::ReplanNeeded));
    let answer = samos.replan(first.id(), &Limits::default()).unwrap();
    let plan = &answer.plans[0];
    assert_eq!(names(plan), ["Unplug", "Clean", "Label", "Place"]);
    assert_eq!(slot(plan), "slot2");
    let repair = plan.repair.as_ref().unwrap();
    assert_eq!(repair.how, Repaired::Rebound);
    assert_eq!(
        (repair.kept.as_slice(), repair.rebound.as_slice()),
        ([1, 2, 3].as_slice(), [4].as_slice())
    );
    assert_eq!(repair.run, first.id());
    let second = go_on(&samos, plan, &first);
    assert!(second.is_done(), "{:?}", second.receipt);
    assert_eq!(second.receipt.repair.as_ref(), plan.repair.as_ref());
}

#[test]
fn a_new_way_on_is_found_where_no_other_binding_is_enough() {
    let (mut samos, first) = spoiled("m2", OnFailure::Replan);
    assert_eq!(first.receipt.ending, Some(Ending::ReplanNeeded));
    let answer = samos.replan(first.id(), &Limits::default()).unwrap();
    let plan = &answer.plans[0];
    let repair = plan.repair.as_ref().unwrap();
    assert_eq!(repair.how, Repaired::Suffix, "{:?}", names(plan));
    assert_eq!(slot(plan), "slot3");
    let named = |steps: &[u32]| -> Vec<&str> {
        let steps = steps.iter().map(|id| plan.step(*id).unwrap());
        steps.map(|step| step.operation.local()).collect()
    };
    assert_eq!(named(&repair.kept), ["Unplug", "Clean", "Label"]);
    assert_eq!(named(&repair.rebound), ["Place"]);
    assert_eq!(plan.steps.len(), 5, "{:?}", names(plan));
    let second = go_on(&samos, plan, &first);
    assert!(second.is_done(), "{:?}", second.receipt);
}
