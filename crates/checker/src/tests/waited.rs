//! Waiting for states that pass by themselves.

use samos_model::Kind;
use samos_model::plan::{Assumption, Plan, Wait, Waiting};
use samos_reference::estate::{Estate, iri};
use serde_json::json;

use super::world::*;

/// The two clouds, where the database is on its way to a stop.
fn stopping() -> Estate {
    clouds()
        .entity("a:stopping", &["a:State"])
        .entity("a:halting", &["a:State"])
        .entity("a:starting", &["a:State"])
        .fact("a:halting", "samos:becomes", "a:stopping")
        .fact("a:stopping", "samos:becomes", "a:stopped")
        .fact("a:starting", "samos:becomes", "a:running")
        .fact("a:db", "a:state", "a:halting")
        .operation(
            Kind::Manipulation,
            "a:Halt",
            "a:Instance",
            "",
            "",
            "subject.state is samos:Running",
            "subject.state = a:stopping",
        )
        .operation(
            Kind::Manipulation,
            "a:Make",
            "a:Service",
            "",
            "(made: a:Instance)",
            "",
            "create made and made.state = a:starting",
        )
}

fn waiting(mut plan: Plan, step: u32, condition: &str, world: &Estate, wait: Wait) -> Plan {
    plan.assumptions.push(Assumption {
        step,
        condition: world.condition(condition).to_string(),
        text: String::new(),
        wait: Some(wait),
    });
    plan.sealed().unwrap()
}

fn until(of: Waiting, becomes: &str) -> Wait {
    Wait {
        of,
        property: iri("a:state"),
        becomes: iri(becomes),
    }
}

fn of(entity: &str) -> Waiting {
    Waiting::Entity {
        entity: iri(entity),
    }
}

const STOPPED: &str = "subject.a:state is samos:Stopped";

#[test]
fn a_passing_state_is_waited_for_as_listed() {
    let world = stopping();
    let goal = json!({"condition": world.condition("a:db.a:state is samos:Running").to_string()});
    let start = plan(&world, goal, vec![step("a:Start", entity("a:db"))], &[]);
    refused(&world, &start, "C0301");
    let good = until(of("a:db"), "a:stopped");
    accepted(
        &world,
        &waiting(start.clone(), 1, STOPPED, &world, good.clone()),
    );
    // Neither what it passes through, nor what never comes, nor somebody else's state.
    for bad in [
        until(of("a:db"), "a:stopping"),
        until(of("a:db"), "a:running"),
        until(of("a:web"), "a:stopped"),
        Wait {
            property: iri("a:size"),
            ..good
        },
    ] {
        refused(
            &world,
            &waiting(start.clone(), 1, STOPPED, &world, bad),
            "C0301",
        );
    }
    // To take it for granted is not to wait.
    refused(&world, &assuming(&world, start, 1, STOPPED), "C0301");
}

#[test]
fn a_needless_wait_is_said_to_be_so() {
    let world = stopping();
    let start = plan(
        &world,
        json!({}),
        vec![step("a:Start", entity("a:web"))],
        &[],
    );
    let wait = until(of("a:web"), "a:stopped");
    let plan = waiting(start, 1, STOPPED, &world, wait);
    assert_eq!(warnings(&world, &plan), ["C0304"]);
    assert!(errors(&world, &plan).is_empty());
}

#[test]
fn a_goal_is_never_waited_for() {
    let world = stopping();
    let goal = world.condition("a:db.a:state is samos:Stopped");
    let nothing = plan(&world, json!({"condition": goal.to_string()}), vec![], &[]);
    refused(&world, &nothing, "C0402");
}

#[test]
fn what_an_earlier_step_leaves_passing_is_waited_for() {
    let world = stopping().fact("a:web", "a:state", "a:stopped");
    let steps = vec![
        step("a:Start", entity("a:web")),
        step("a:Halt", entity("a:web")),
        step("a:Start", entity("a:web")),
    ];
    let thrice = plan(
        &world,
        json!({}),
        steps,
        &[(1, 2, "cause"), (2, 3, "cause")],
    );
    refused(&world, &thrice, "C0301");
    let wait = until(of("a:web"), "a:stopped");
    accepted(&world, &waiting(thrice, 3, STOPPED, &world, wait));
}

#[test]
fn what_is_created_is_waited_for() {
    let world = stopping();
    let steps = vec![
        step("a:Make", entity("a:compute")),
        step("a:Stop", from(1, "made")),
    ];
    let both = plan(&world, json!({}), steps, &[(1, 2, "data")]);
    refused(&world, &both, "C0301");
    let made = Waiting::From {
        from: samos_model::plan::OutcomeOf {
            step: 1,
            outcome: "made".into(),
            index: None,
        },
    };
    let running = "subject.a:state is samos:Running";
    accepted(
        &world,
        &waiting(both, 2, running, &world, until(made, "a:running")),
    );
}
