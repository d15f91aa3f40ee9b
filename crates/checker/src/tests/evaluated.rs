//! What conditions are worth, seen through goals of empty plans and through preconditions.

use samos_model::Kind;
use samos_reference::estate::{Estate, many, one};
use serde_json::json;

use super::world::*;

/// True: accepted; false: C0402; unknown: C0403.
fn goal(world: &Estate, condition: &str) -> &'static str {
    let goal = json!({"condition": world.condition(condition).to_string()});
    let found = errors(world, &plan(world, goal, vec![], &[]));
    match found
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [] => "true",
        ["C0402"] => "false",
        ["C0403"] => "unknown",
        many if many.contains(&"C0402") => "false",
        other => panic!("{condition}: {other:?}"),
    }
}

fn things() -> Estate {
    clouds()
        .property("a:note", one().of("a:Instance").to("xsd:string"))
        .property("a:flag", one().of("a:Instance").to("xsd:boolean"))
        .property("a:sizes", many().of("a:Instance").to("xsd:integer"))
        .property(
            "a:ports",
            many().of("a:Instance").to("xsd:integer").closed(),
        )
        .property("a:peers", many().of("a:Instance").to("a:Instance"))
        .fact("a:web", "a:note", "\"b\"")
        .fact("a:web", "a:flag", "\"1\"^^xsd:boolean")
        .fact("a:web", "a:sizes", "1")
        .fact("a:web", "a:sizes", "3")
        .fact("a:web", "a:peers", "a:db")
        .partial("a:web", "a:peers")
}

#[test]
fn known_facts_decide() {
    let world = things();
    for (condition, worth) in [
        ("unconditional", "true"),
        ("a:web.a:size == 2.0", "true"),
        ("a:web.a:size != 2", "false"),
        ("a:web.a:size + 1 - 2 == 1", "true"),
        (
            "a:web.a:size < 3 and a:web.a:size <= 2 and a:web.a:size > 1 and a:web.a:size >= 2",
            "true",
        ),
        ("a:web.a:size < 2", "false"),
        ("a:web.a:note == \"b\"", "true"),
        ("a:web.a:note < \"c\"", "true"),
        ("a:web.a:note < 5", "false"),
        ("a:web.a:flag == true", "true"),
        ("a:web.a:flag == false", "false"),
        ("a:web.a:state == a:stopped", "true"),
        ("a:web.a:state == \"stopped\"", "false"),
        ("a:web.a:state > 5", "false"),
        ("a:web.a:state is samos:Stopped", "true"),
        ("a:web.a:state is samos:Running", "false"),
        ("a:web.a:size is xsd:integer", "true"),
        ("a:web.a:state in {a:running, a:stopped}", "true"),
        ("a:web.a:state in {a:running}", "false"),
        ("not a:web.a:state in {a:running}", "true"),
        ("exists a:web.a:state", "true"),
        ("exists a:web.a:address", "false"),
        ("a:web.a:address is a:Address", "false"),
        ("a:web.a:address == a:image", "false"),
        ("a:web.a:tags < 5", "false"),
        ("count(a:web.a:tags) == 0", "true"),
        ("count(a:web.a:sizes) == 2", "true"),
        ("a:web.a:sizes == 3", "true"),
        ("a:web.a:sizes contains 2", "false"),
        ("exists a:web.a:ports", "false"),
        ("a:web.a:size.a:size == 1", "false"),
        ("a:web.a:state + 1 == 1", "false"),
        (
            "(a:web.a:size == 1 or a:web.a:size == 2 and exists a:web.a:state)",
            "true",
        ),
        ("(a:web.a:size == 1 or a:web.a:size == 3)", "false"),
    ] {
        assert_eq!(goal(&world, condition), worth, "{condition}");
    }
}

#[test]
fn unknown_facts_do_not() {
    let world = things();
    for (condition, worth) in [
        ("a:db.a:size == 2", "unknown"),
        ("2 == a:db.a:size", "unknown"),
        ("a:db.a:size == a:db.a:size", "unknown"),
        ("not a:db.a:size == 2", "unknown"),
        ("a:db.a:size < 2", "unknown"),
        ("a:db.a:size + 1 < 2", "unknown"),
        ("a:db.a:size == a:web.a:tags", "false"),
        ("a:db.a:size < a:web.a:tags", "false"),
        ("a:db.a:state is samos:Stopped", "unknown"),
        ("exists a:db.a:state", "unknown"),
        ("count(a:db.a:tags) == 0", "unknown"),
        ("count(a:web.a:peers) == 1", "unknown"),
        ("a:web.a:peers contains a:db", "true"),
        ("a:web.a:peers contains a:web", "unknown"),
        ("exists a:db.a:ports", "false"),
        ("(a:db.a:size == 1 or a:web.a:size == 2)", "true"),
        ("a:db.a:size == 1 and a:web.a:size == 3", "false"),
        ("(a:db.a:size == 1 or a:web.a:size == 3)", "unknown"),
    ] {
        assert_eq!(goal(&world, condition), worth, "{condition}");
    }
}

/// Runs steps on the web machine; what stands at the end decides.
fn after(
    world: &Estate,
    steps: Vec<serde_json::Value>,
    assumptions: &[(u32, &str)],
    condition: &str,
) -> &'static str {
    let goal = json!({"condition": world.condition(condition).to_string()});
    let count = u32::try_from(steps.len()).unwrap();
    let edges: Vec<_> = (1..count).map(|at| (at, at + 1, "order")).collect();
    let mut plan = plan(world, goal, steps, &edges);
    for (step, conjunct) in assumptions {
        plan = assuming(world, plan, *step, conjunct);
    }
    match errors(world, &plan)
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [] => "true",
        ["C0402"] => "false",
        ["C0403"] => "unknown",
        other => panic!("{condition}: {other:?} {:?}", crate::check(world, &plan)),
    }
}

#[test]
fn symbols_are_what_nobody_knows_yet() {
    let world = things();
    let start = || vec![step("a:Start", entity("a:web"))];
    for (condition, worth) in [
        ("exists a:web.a:address", "true"),
        ("a:web.a:address == a:web.a:address", "true"),
        ("a:web.a:address == a:image", "unknown"),
        ("a:web.a:address is samos:PublicIPAddress", "true"),
        ("a:web.a:address is a:Image", "unknown"),
        ("count(a:web.a:address) == 1", "true"),
        ("exists a:web.a:address.samos:ipAddress", "unknown"),
    ] {
        assert_eq!(after(&world, start(), &[], condition), worth, "{condition}");
    }
    let create = with(
        "a:Create",
        entity("a:compute"),
        json!({"image": entity("a:image"), "count": literal(2, "xsd:integer")}),
    );
    let wants = json!([{"name": "one", "type": "https://w3id.org/samos#Entity", "is": {"from": {"step": 1, "outcome": "instances", "index": 0}}},
        {"name": "all", "type": "https://w3id.org/samos#Entity", "is": from(1, "instances")}]);
    for (condition, found) in [
        (
            "one == one and count(all) == 2 and not one == a:web",
            vec![],
        ),
        ("one == all", vec!["C0402"]),
        ("exists one.samos:name", vec!["C0403"]),
        ("exists one.a:ports", vec!["C0402"]),
        (
            "one.samos:account == a:acct and one.samos:service == a:compute and one.samos:provider == a:cloud",
            vec![],
        ),
        ("one.a:address == all.a:address", vec!["C0403"]),
        ("a:compute.a:used == 4", vec![]),
    ] {
        let goal = json!({"wants": wants, "condition": world.condition(condition).to_string()});
        let plan = plan(&world, goal, vec![create.clone()], &[]);
        assert_eq!(errors(&world, &plan), found, "{condition}");
    }
}

#[test]
fn an_assumption_says_what_follows() {
    let manipulation = Kind::Manipulation;
    for (condition, then, worth) in [
        ("subject.size == 5", "a:db.a:size < 6", "true"),
        ("subject.size == 5", "a:db.a:size == 6", "false"),
        ("subject.size in {5}", "a:db.a:size == 5", "true"),
        ("subject.size != 5", "a:db.a:size == 5", "false"),
        ("not subject.size == 5", "a:db.a:size == 5", "false"),
        ("subject.size != 5", "a:db.a:size == 6", "unknown"),
        ("subject.size in {5, 6}", "a:db.a:size == 5", "unknown"),
        ("subject.size < 5", "a:db.a:size < 5", "unknown"),
        ("5 == subject.size", "a:db.a:size == 5", "true"),
        (
            "subject.tags contains \"x\"",
            "a:db.a:tags contains \"x\"",
            "true",
        ),
        (
            "subject.tags contains \"x\"",
            "a:db.a:tags contains \"y\"",
            "unknown",
        ),
        (
            "not subject.tags contains \"x\"",
            "a:db.a:tags contains \"x\"",
            "false",
        ),
        ("exists subject.address", "exists a:db.a:address", "true"),
        ("exists subject.tags", "count(a:db.a:tags) == 1", "unknown"),
        (
            "not exists subject.address",
            "exists a:db.a:address",
            "false",
        ),
        (
            "subject.state is samos:Running",
            "a:db.a:state is samos:Running",
            "true",
        ),
        ("subject.peers is a:Instance", "exists a:db.a:peers", "true"),
        (
            "(subject.size == 5 or subject.size == 6)",
            "a:db.a:size < 7",
            "unknown",
        ),
        ("not not subject.size == 5", "a:db.a:size == 5", "unknown"),
        (
            "subject.state.samos:name == \"x\"",
            "exists a:db.a:state",
            "unknown",
        ),
    ] {
        let world = things().operation(manipulation, "a:Need", "a:Instance", "", "", condition, "");
        let steps = vec![step("a:Need", entity("a:db"))];
        assert_eq!(
            after(&world, steps, &[(1, condition)], then),
            worth,
            "{condition}, then {then}"
        );
    }
}

#[test]
fn what_is_not_given_is_left_out() {
    let world = clouds();
    let tag = |arguments| vec![with("a:Tag", entity("a:web"), arguments)];
    let x = || json!([literal("x", "xsd:string"), literal("y", "xsd:string")]);
    let both = "a:web.a:tags contains \"x\" and a:web.a:tags contains \"y\"";
    assert_eq!(after(&world, tag(json!({"tags": x()})), &[], both), "true");
    let note = literal("n", "xsd:string");
    let all = "a:web.a:tags contains \"n\" and count(a:web.a:tags) == 3";
    assert_eq!(
        after(&world, tag(json!({"tags": x(), "note": note})), &[], all),
        "true"
    );
    let plan_with_no = plan(
        &world,
        json!({}),
        tag(json!({"tags": x(), "note": literal("no", "xsd:string")})),
        &[],
    );
    refused(&world, &plan_with_no, "C0301");
    // Both must be free.
    let world = clouds().fact("a:web", "a:tags", "\"y\"");
    refused(
        &world,
        &plan(&world, json!({}), tag(json!({"tags": x()})), &[]),
        "C0301",
    );
}

#[test]
fn to_look_is_no_proof_that_there_is_something() {
    let world = clouds();
    let read = |of: &str| step("a:GetAddress", entity(of));
    assert_eq!(
        after(&world, vec![read("a:db")], &[], "exists a:db.a:address"),
        "unknown"
    );
    let tags = || step("a:GetTags", entity("a:db"));
    assert_eq!(
        after(&world, vec![tags()], &[], "exists a:db.a:tags"),
        "unknown"
    );
    assert_eq!(
        after(&world, vec![tags()], &[], "count(a:db.a:tags) == 1"),
        "unknown"
    );
    // What is used must be there.
    let add = with(
        "b:AddNode",
        entity("b:lb"),
        json!({"address": from(1, "address")}),
    );
    let used = |of: &str| {
        plan(
            &world,
            json!({}),
            vec![read(of), add.clone()],
            &[(1, 2, "data")],
        )
    };
    assert_eq!(errors(&world, &used("a:web")), ["C0301", "C0205"]);
    refused(&world, &used("a:db"), "C0302");
    let assumed = assuming(&world, used("a:db"), 1, "exists subject.address");
    assert!(errors(&world, &assumed).is_empty());
}

#[test]
fn an_outcome_that_reads_another_reads_each() {
    let world = things().operation(Kind::Information, "a:List", "a:Instance", "",
        "<peers: a:Instance> reads subject.peers, <states: a:State> reads peers.state, (self: a:Instance) reads subject, <more: a:Instance> reads subject.peers.peers", "", "");
    let world = world.fact("a:db", "a:state", "a:running");
    let list = step("a:List", entity("a:web"));
    let wants = json!([{"name": "states", "type": "https://example.org/a#State", "is": from(1, "states")},
        {"name": "self", "type": "https://example.org/a#Instance", "is": from(1, "self")},
        {"name": "more", "type": "https://example.org/a#Instance", "is": from(1, "more")}]);
    let goal = json!({"wants": wants, "condition": world.condition("states == a:running and self == a:web and exists more").to_string()});
    let plan = plan(&world, goal, vec![list], &[]);
    refused(&world, &plan, "C0302");
    let assumed = assuming(&world, plan, 1, "exists subject.peers.peers");
    assert!(errors(&world, &assumed).is_empty());
}
