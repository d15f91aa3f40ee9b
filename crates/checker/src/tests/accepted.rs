//! Plans that hold.

use samos_model::Truth;
use samos_model::plan::{Group, NotReady, Wanted};
use samos_model::request::RequestFinding;
use samos_reference::estate::iri;
use serde_json::json;

use super::world::*;

#[test]
fn figure_9_is_accepted() {
    let world = clouds();
    accepted(&world, &figure_9(&world));
}

#[test]
fn an_empty_plan_holds_where_the_goal_does() {
    let world = clouds();
    let goal = world
        .condition("a:web.a:state is samos:Stopped")
        .to_string();
    accepted(
        &world,
        &plan(&world, json!({"condition": goal}), vec![], &[]),
    );
}

#[test]
fn what_is_unknown_passes_as_an_assumption_only() {
    let world = clouds();
    // Nobody knows the database's state.
    let start = plan(
        &world,
        json!({}),
        vec![step("a:Start", entity("a:db"))],
        &[],
    );
    refused(&world, &start, "C0302");
    let conjunct = "subject.state is samos:Stopped";
    accepted(&world, &assuming(&world, start.clone(), 1, conjunct));
    // What is known needs no assumption.
    let start = plan(
        &world,
        json!({}),
        vec![step("a:Start", entity("a:web"))],
        &[],
    );
    let findings = assuming(&world, start.clone(), 1, conjunct);
    assert_eq!(warnings(&world, &findings), ["C0304"]);
    assert!(errors(&world, &findings).is_empty());
    // An assumption must be one of the step's own.
    refused(
        &world,
        &assuming(&world, start, 1, "subject.a:size == 2"),
        "C0303",
    );
}

#[test]
fn what_is_created_can_be_used_and_wanted() {
    let world = clouds();
    let create = with(
        "a:Create",
        entity("a:compute"),
        json!({"image": entity("a:image"), "count": literal(2, "xsd:integer")}),
    );
    let second = json!({"from": {"step": 1, "outcome": "instances", "index": 1}});
    let stop = step("a:Stop", second.clone());
    let vm = iri("samos:VirtualMachine");
    let goal = json!({
        "condition": format!("vm.<{}> is <{}>", iri("a:state"), iri("samos:Stopped")),
        "wants": [{"name": "vm", "type": vm, "new": true, "is": second}],
    });
    let made = plan(&world, goal, vec![create, stop], &[(1, 2, "data")]);
    accepted(&world, &made);
    // The quota of 4 allows two more, not three.
    let mut three = made.clone();
    three.steps[0].arguments.insert(
        "count".into(),
        serde_json::from_value(literal(3, "xsd:integer")).unwrap(),
    );
    refused(&world, &three.sealed().unwrap(), "C0301");
    // All instances at once are wanted: the first still runs.
    let mut all = made;
    all.goal.wants = vec![Wanted {
        name: Some("vm".into()),
        of_type: vm,
        new: true,
        is: serde_json::from_value(from(1, "instances")).unwrap(),
    }];
    refused(&world, &all.sealed().unwrap(), "C0402");
}

#[test]
fn a_given_thing_can_be_used_again_and_again() {
    let world = clouds();
    let given = json!({"given": iri("samos:PublicIPAddress")});
    let add = with(
        "b:AddNode",
        entity("b:lb"),
        json!({"address": given.clone()}),
    );
    let remove = with("b:RemoveNode", entity("b:lb"), json!({"address": given}));
    let goal = json!({"givens": [iri("samos:PublicIPAddress")]});
    let both = plan(&world, goal, vec![add, remove], &[(1, 2, "cause")]);
    accepted(&world, &both);
    let mut none = both;
    none.goal.givens.clear();
    assert_eq!(
        errors(&world, &none.sealed().unwrap()),
        ["C0211"],
        "it ends there"
    );
}

#[test]
fn a_literal_for_a_class_is_the_individual_with_that_key() {
    let world =
        clouds()
            .entity("a:ip", &["a:Address"])
            .fact("a:ip", "samos:ipAddress", "\"203.0.113.9\"");
    let goal = |value: &str| json!({"condition": world.condition(&format!("b:lb.b:nodes contains {value}")).to_string()});
    for (datatype, key, is) in [
        ("xsd:string", "203.0.113.9", "a:ip".to_owned()),
        (
            iri("samos:PublicIPAddress").as_str(),
            "203.0.113.9",
            "a:ip".to_owned(),
        ),
        (
            "xsd:string",
            "203.0.113.7",
            format!("\"203.0.113.7\"^^<{}>", iri("a:Address")),
        ),
    ] {
        let add = with(
            "b:AddNode",
            entity("b:lb"),
            json!({"address": literal(key, datatype)}),
        );
        accepted(&world, &plan(&world, goal(&is), vec![add], &[]));
    }
}

#[test]
fn a_group_runs_each_step_on_its_own() {
    let world = clouds().fact("a:db", "a:state", "a:stopped");
    let steps = vec![
        step("a:Start", entity("a:web")),
        step("a:Start", entity("a:db")),
    ];
    let mut group = plan(&world, json!({}), steps, &[]);
    group.group = Some(Group {
        name: "start".into(),
        operations: vec![iri("a:Start")],
    });
    accepted(&world, &group.clone().sealed().unwrap());
    let mut unlisted = group.clone();
    unlisted.group.as_mut().unwrap().operations.clear();
    assert_eq!(
        errors(&world, &unlisted.sealed().unwrap()),
        ["C0407", "C0407"]
    );
    let mut waiting = plan(
        &world,
        json!({}),
        vec![
            step("a:Start", entity("a:web")),
            step("a:Stop", entity("a:web")),
        ],
        &[(1, 2, "cause")],
    );
    waiting.group = Some(Group {
        name: "both".into(),
        operations: vec![iri("a:Start"), iri("a:Stop")],
    });
    let found = errors(&world, &waiting.sealed().unwrap());
    assert_eq!(
        found,
        ["C0407", "C0301"],
        "stopping is not ready on its own"
    );
    let mut unready = group;
    unready.steps[0].operation = iri("a:Stop");
    unready
        .group
        .as_mut()
        .unwrap()
        .operations
        .push(iri("a:Stop"));
    let unready = counted(&world, unready);
    refused(&world, &unready, "C0301");
}

#[test]
fn what_a_group_leaves_out_is_left_out_for_a_reason() {
    let world = clouds().fact("a:db", "a:state", "a:running");
    let left = |operation: &str, subject: &str, codes: &[&'static str]| {
        let finding = |code: &&'static str| RequestFinding {
            code: (*code).into(),
            about: "subject.a:state is samos:Stopped".to_owned(),
            truth: Truth::False,
            message: "it is running".to_owned(),
            help: "stop it first".to_owned(),
            options: Vec::new(),
        };
        NotReady {
            subject: iri(subject),
            operation: iri(operation),
            findings: codes.iter().map(finding).collect(),
        }
    };
    let found = |left: NotReady| {
        let steps = vec![step("a:Start", entity("a:web"))];
        let mut group = plan(&world, json!({}), steps, &[]);
        group.group = Some(Group {
            name: "start".into(),
            operations: vec![iri("a:Start")],
        });
        group.not_ready = Some(vec![left]);
        errors(&world, &group.sealed().unwrap())
    };
    assert!(found(left("a:Start", "a:db", &["V0121"])).is_empty());
    for wrong in [
        left("a:Start", "a:db", &[]),
        left("a:Start", "a:web", &["V0121"]),
        left("a:Stop", "a:db", &["V0121"]),
        left("a:Nothing", "a:db", &["V0121"]),
        left("a:Start", "a:nowhere", &["V0121"]),
    ] {
        assert_eq!(found(wrong), ["C0408"]);
    }
    let world = clouds().fact("a:db", "a:state", "a:stopped");
    let steps = vec![step("a:Start", entity("a:web"))];
    let mut group = plan(&world, json!({}), steps, &[]);
    group.group = Some(Group {
        name: "start".into(),
        operations: vec![iri("a:Start")],
    });
    group.not_ready = Some(vec![left("a:Start", "a:db", &["V0121"])]);
    assert_eq!(errors(&world, &group.sealed().unwrap()), ["C0408"]);
}

#[test]
fn a_group_may_have_a_goal_too() {
    let world = clouds();
    let goal = |state| json!({"condition": world.condition(&format!("a:web.a:state is {state}")).to_string()});
    for (state, found) in [("samos:Running", vec![]), ("samos:Stopped", vec!["C0402"])] {
        let mut group = plan(
            &world,
            goal(state),
            vec![step("a:Start", entity("a:web"))],
            &[],
        );
        group.group = Some(Group {
            name: "start".into(),
            operations: vec![iri("a:Start")],
        });
        assert_eq!(errors(&world, &group.sealed().unwrap()), found);
    }
}
