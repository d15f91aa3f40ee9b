//! Waiting for a state that passes by itself: planned, checked, and refused when it is said otherwise.

use samos_model::plan::{Wait, Waiting};
use samos_model::{Goal, Kind, Objective, Plan, Severity};
use samos_reference::estate::{Estate, iri, many, one};
use samos_reference::plans::judge;
use samos_reference::worlds::{Question, question};

use crate::goals;
use crate::worlds::{are_many, limits, on_every_world};

/// An instance that is on its way to a stop, in a cloud where creating takes a while as well.
fn cloud() -> Estate {
    let manipulation = Kind::Manipulation;
    Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Compute", &["x:Cloud", "samos:Service"])
        .class("x:Instance", &["x:Cloud", "samos:ServiceInstance"])
        .class("x:State", &["samos:State"])
        .property(
            "x:state",
            one().of("x:Instance").to("x:State").under("samos:state"),
        )
        .property("x:instances", many().of("x:Compute").to("x:Instance"))
        .property("x:marked", one().of("x:Instance").to("xsd:boolean"))
        .entity("x:stopped", &["x:State", "samos:Stopped"])
        .entity("x:running", &["x:State", "samos:Running"])
        .entity("x:stopping", &["x:State"])
        .entity("x:pending", &["x:State"])
        .fact("x:stopping", "samos:becomes", "x:stopped")
        .fact("x:pending", "samos:becomes", "x:running")
        .entity("x:compute", &["x:Compute"])
        .known_empty("x:compute", "x:instances")
        .entity("x:web", &["x:Instance"])
        .fact("x:web", "samos:service", "x:compute")
        .fact("x:web", "x:state", "x:stopping")
        .operation(
            manipulation,
            "x:Start",
            "x:Instance",
            "",
            "",
            "subject.samos:state is samos:Stopped",
            "subject.x:state = x:running",
        )
        .operation(
            manipulation,
            "x:Create",
            "x:Compute",
            "",
            "(made: x:Instance)",
            "",
            "create made and made.x:state = x:pending and subject.x:instances += made",
        )
        .operation(
            manipulation,
            "x:Mark",
            "x:Instance",
            "",
            "",
            "subject.x:state is samos:Running",
            "subject.x:marked = true",
        )
}

fn asked(world: &Estate, goal: &str, assume: bool) -> Vec<Plan> {
    let goal = Goal {
        condition: world.condition(goal),
        wants: Vec::new(),
        new: false,
        givens: Vec::new(),
        subjects: Vec::new(),
        objective: Objective::Default,
        alternatives: 1,
        diverse: false,
        assume,
    };
    samos_reasoners::goals::plan(world, &goal, &limits()).plans
}

fn is_refused(world: &Estate, plan: &Plan) -> bool {
    let findings = samos_checker::check(world, plan);
    let refused = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    assert_eq!(refused, judge(world, plan).is_err(), "{findings:?}");
    refused
}

#[test]
fn a_stopping_instance_is_started_once_it_has_stopped() {
    let world = cloud();
    let goal = "x:web.x:state is samos:Running";
    assert!(asked(&world, goal, false).is_empty());
    let plans = asked(&world, goal, true);
    let [plan] = plans.as_slice() else {
        panic!("{plans:?}");
    };
    assert_eq!(plan.steps.len(), 1);
    let [assumption] = plan.assumptions.as_slice() else {
        panic!("{:?}", plan.assumptions);
    };
    assert_eq!(assumption.text, "wait until x:web's state is x:stopped");
    let of = Waiting::Entity {
        entity: iri("x:web"),
    };
    let wait = assumption.wait.clone().expect("it is a wait");
    assert_eq!((&wait.of, &wait.becomes), (&of, &iri("x:stopped")));
    assert!(!is_refused(&world, plan));
    // Not said, said as if it were unknown, or said of what does not come: refused.
    let changed = |wait: Option<Wait>, listed: bool| {
        let mut plan = plan.clone();
        if let (true, Some(own)) = (listed, plan.assumptions.first_mut()) {
            own.wait = wait;
        } else {
            plan.assumptions.clear();
        }
        plan.sealed().expect("its numbers are finite")
    };
    assert!(is_refused(&world, &changed(None, false)));
    assert!(is_refused(&world, &changed(None, true)));
    let running = Wait {
        becomes: iri("x:running"),
        ..wait
    };
    assert!(is_refused(&world, &changed(Some(running), true)));
}

#[test]
fn what_is_created_is_waited_for() {
    let world = cloud();
    let plans = asked(&world, "x:compute.x:instances.x:marked == true", true);
    let [plan] = plans.as_slice() else {
        panic!("{plans:?}");
    };
    assert_eq!(plan.steps.len(), 2);
    let [assumption] = plan.assumptions.as_slice() else {
        panic!("{:?}", plan.assumptions);
    };
    assert_eq!(
        assumption.text,
        "wait until the new Instance's state is x:running"
    );
    assert!(!is_refused(&world, plan));
}

#[test]
fn what_must_be_waited_for_is_planned_as_well_as_by_brute_force() {
    let tally = on_every_world("waiting", |world, tally| match question(world, 5) {
        Question::Goal(goal) => goals::compare(world, &goal, tally),
        _ => Ok(()),
    });
    assert!(
        !are_many() || tally.of("plans that wait") >= 20,
        "hardly any plan waits: {tally:?}"
    );
}

#[test]
fn a_goal_is_not_waited_for() {
    let world = cloud();
    assert!(asked(&world, "x:web.x:state == x:stopped", true).is_empty());
}
