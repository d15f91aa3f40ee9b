//! Plans whose edges leave several orders.

use samos_model::Kind;
use samos_reference::estate::Estate;
use serde_json::{Value, json};

use super::world::*;

fn tag(text: &str) -> Value {
    with(
        "a:Tag",
        entity("a:web"),
        json!({"tags": [literal(text, "xsd:string")]}),
    )
}

#[test]
fn an_order_in_which_a_step_fails_is_found() {
    let world = clouds();
    let steps = || {
        vec![
            step("a:Start", entity("a:web")),
            step("a:Stop", entity("a:web")),
        ]
    };
    let open = plan(&world, json!({}), steps(), &[]);
    refused(&world, &open, "C0301");
    let message = crate::check(&world, &open)[0].to_string();
    assert!(
        message.contains("in an order the plan allows: 2"),
        "{message}"
    );
    accepted(
        &world,
        &plan(&world, json!({}), steps(), &[(1, 2, "cause")]),
    );
}

#[test]
fn an_order_that_misses_the_goal_is_found() {
    let world = clouds().operation(
        Kind::Manipulation,
        "a:Set",
        "a:Instance",
        "[(size: xsd:integer)]",
        "",
        "",
        "subject.size = size",
    );
    let set = |size: i32| {
        with(
            "a:Set",
            entity("a:web"),
            json!({"size": literal(size, "xsd:integer")}),
        )
    };
    let goal = json!({"condition": world.condition("a:web.a:size == 9").to_string()});
    refused(
        &world,
        &plan(&world, goal.clone(), vec![set(8), set(9)], &[]),
        "C0402",
    );
    accepted(
        &world,
        &plan(&world, goal, vec![set(8), set(9)], &[(1, 2, "order")]),
    );
}

#[test]
fn an_assumption_holds_for_its_own_step_only() {
    let world = clouds();
    // Whoever comes first must assume it.
    let world = world.operation(
        Kind::Manipulation,
        "a:Mark",
        "a:Instance",
        "",
        "",
        "exists subject.address",
        "",
    );
    let conjunct = "exists subject.address";
    let both = plan(
        &world,
        json!({}),
        vec![
            step("a:Mark", entity("a:db")),
            step("a:Mark", entity("a:db")),
        ],
        &[],
    );
    let one = assuming(&world, both, 1, conjunct);
    refused(&world, &one, "C0302");
    accepted(&world, &assuming(&world, one, 2, conjunct));
}

/// More orders than are tried one and all.
fn many(world: &Estate, mut steps: Vec<Value>, goal: &str) -> samos_model::Plan {
    steps.extend((0..9).map(|n| tag(&format!("t{n}"))));
    let goal = json!({"condition": world.condition(goal).to_string()});
    plan(world, goal, steps, &[])
}

#[test]
fn steps_that_commute_need_no_trying() {
    // Tags are read as well as added, so the same machine would not do.
    let mut world = clouds();
    let mut steps = Vec::new();
    for n in 0..12 {
        let name = format!("a:m{n}");
        world = world
            .entity(&name, &["a:Instance"])
            .fact(&name, "a:state", "a:stopped");
        steps.push(step("a:Start", entity(&name)));
    }
    for step in &mut steps {
        step["account"] = Value::Null;
    }
    let goal = json!({"condition": world.condition("a:m7.a:state is samos:Running").to_string()});
    accepted(&world, &plan(&world, goal, steps, &[]));
}

#[test]
fn steps_that_do_not_commute_are_tried_while_that_is_feasible() {
    let world = clouds();
    // Each looks at the tags that the others add: no two commute, but all orders end alike.
    let free = many(&world, vec![], "a:web.a:tags contains \"t3\"");
    accepted(&world, &free);
    let spoilt = many(
        &world,
        vec![
            tag("x"),
            with(
                "a:Untag",
                entity("a:web"),
                json!({"tags": [literal("x", "xsd:string")]}),
            ),
        ],
        "unconditional",
    );
    refused(&world, &spoilt, "C0301");
}

#[test]
fn where_trying_is_hopeless_a_clash_is_an_error() {
    let world = clouds();
    let steps = (0..18).map(|n| tag(&format!("t{n}"))).collect();
    refused(&world, &plan(&world, json!({}), steps, &[]), "C0307");
}

#[test]
fn a_deleted_thing_clashes_with_who_names_it() {
    let world = clouds().operation(
        Kind::Manipulation,
        "a:Purge",
        "a:Service",
        "",
        "",
        "",
        "delete a:image",
    );
    let create = |n: i32| {
        with(
            "a:Create",
            entity("a:compute"),
            json!({"image": entity("a:image"), "count": literal(n, "xsd:integer")}),
        )
    };
    let purge = step("a:Purge", entity("a:compute"));
    let open = plan(&world, json!({}), vec![create(1), purge.clone()], &[]);
    refused(&world, &open, "C0210");
    accepted(
        &world,
        &plan(
            &world,
            json!({}),
            vec![create(1), purge],
            &[(1, 2, "order")],
        ),
    );
}
