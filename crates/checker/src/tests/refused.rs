//! Every code but those of undo and of orders, provoked by changing a plan that holds.

use samos_model::Kind;
use samos_model::plan::{Argument, EdgeKind, Plan, Reason};
use samos_reference::estate::{Estate, iri};
use serde_json::json;

use super::world::*;

fn changed(change: impl FnOnce(&mut Plan)) -> (Estate, Plan) {
    let world = clouds();
    let mut plan = figure_9(&world);
    change(&mut plan);
    let plan = plan.sealed().unwrap();
    (world, plan)
}

fn provokes(code: &str, change: impl FnOnce(&mut Plan)) {
    let (world, plan) = changed(change);
    refused(&world, &plan, code);
}

#[test]
fn the_envelope_must_be_right() {
    provokes("C0101", |plan| plan.format = 2);
    provokes("C0103", |plan| plan.made_from.ontology = "sha256:0".into());
    let (world, mut plan) = changed(|_| {});
    plan.fingerprint = "sha256:0".into();
    refused(&world, &plan, "C0102");
    let (world, mut plan) = changed(|_| {});
    plan.steps[0].layer = 7;
    assert_eq!(errors(&world, &plan), ["C0102", "C0109"], "changed by hand");
}

#[test]
fn numbers_and_edges_must_be_in_order() {
    let (world, plan) = changed(|plan| plan.steps.swap(0, 1));
    assert_eq!(errors(&world, &plan), ["C0104", "C0104"]);
    provokes("C0105", |plan| plan.edges[0].to = 9);
    provokes("C0105", |plan| plan.edges[0].from = 0);
    provokes("C0106", |plan| plan.edges[0].from = 2);
    provokes("C0109", |plan| plan.steps[2].layer = 1);
    provokes("C0112", |plan| {
        plan.steps[0].because.push(Reason::Enables {
            step: 4,
            condition: String::new(),
        })
    });
}

#[test]
fn the_cost_must_add_up() {
    provokes("C0110", |plan| plan.cost.operations = 4);
    provokes("C0110", |plan| plan.cost.layers = 1);
    provokes("C0110", |plan| plan.cost.manipulations = 3);
    provokes("C0110", |plan| plan.cost.price = None);
    provokes("C0110", |plan| plan.cost.makespan_s = Some(43.5));
}

#[test]
fn what_a_step_says_of_itself_must_be_so() {
    provokes("C0111", |plan| plan.steps[0].kind = Kind::Information);
    provokes("C0111", |plan| {
        plan.steps[0].provider = Some(iri("b:cloud"))
    });
    provokes("C0111", |plan| plan.steps[0].account = None);
}

#[test]
fn names_must_be_known() {
    let (world, plan) = changed(|plan| plan.steps[0].operation = iri("a:Strat"));
    let findings = crate::check(&world, &plan);
    assert_eq!(errors(&world, &plan), ["C0201"]);
    assert!(findings[0].help.contains("a:Start"), "{}", findings[0]);
    provokes("C0201", |plan| {
        plan.steps[0].operation = iri("z:Completely")
    });
    provokes("C0203", |plan| {
        let address = plan.steps[2].arguments["address"].clone();
        plan.steps[2].arguments.insert("adress".into(), address);
    });
    provokes("C0203", |plan| {
        let address = argument(entity("a:image"));
        plan.steps[0].arguments.insert("zzz".into(), address);
    });
    provokes("C0208", |plan| {
        plan.steps[2]
            .arguments
            .insert("address".into(), argument(from(2, "adress")));
        plan.edges[1].kind = EdgeKind::Data;
        plan.goal.points.clear();
    });
    provokes("C0208", |plan| {
        plan.steps[2]
            .arguments
            .insert("address".into(), argument(from(2, "zzzzzz")));
        plan.goal.points.clear();
    });
    provokes("C0213", |plan| {
        plan.steps[0].subject = serde_json::from_value(entity("a:wbe")).unwrap()
    });
}

fn argument(json: serde_json::Value) -> Argument {
    serde_json::from_value(json).unwrap()
}

#[test]
fn references_must_lead_to_earlier_steps() {
    provokes("C0107", |plan| {
        plan.steps[2]
            .arguments
            .insert("address".into(), argument(from(3, "address")));
        plan.goal.points.clear();
        plan.edges[1].kind = EdgeKind::Cause;
    });
    provokes("C0107", |plan| {
        plan.steps[2]
            .arguments
            .insert("address".into(), argument(from(9, "address")));
        plan.goal.points.clear();
        plan.edges[1].kind = EdgeKind::Cause;
    });
    let world = clouds();
    let mut apart = figure_9(&world);
    apart.edges.pop();
    refused(&world, &counted(&world, apart), "C0108");
    let mut wanted = figure_9(&world);
    wanted.goal.wants = serde_json::from_value(
        json!([{"type": iri("samos:PublicIPAddress"), "is": from(7, "address")}]),
    )
    .unwrap();
    refused(&world, &wanted.sealed().unwrap(), "C0107");
}

#[test]
fn arguments_must_fit() {
    let add = |arguments| {
        let world = clouds();
        let add = with("b:AddNode", entity("b:lb"), arguments);
        let plan = plan(&world, json!({}), vec![add], &[]);
        (world, plan)
    };
    let refuses = |code: &str, arguments| {
        let (world, plan) = add(arguments);
        refused(&world, &plan, code);
    };
    let key = literal("203.0.113.9", "xsd:string");
    refuses("C0204", json!({}));
    refuses("C0205", json!({"address": [key.clone(), key.clone()]}));
    refuses("C0205", json!({"address": []}));
    refuses("C0206", json!({"address": entity("a:image")}));
    refuses("C0213", json!({"address": entity("a:nothing")}));
    refuses(
        "C0206",
        json!({"address": key.clone(), "port": literal(80, "xsd:string")}),
    );
    refuses(
        "C0207",
        json!({"address": key.clone(), "port": literal(80_000, iri("b:Port").as_str())}),
    );
    refuses(
        "C0206",
        json!({"address": key.clone(), "port": entity("a:image")}),
    );
    refuses(
        "C0206",
        json!({"address": literal("x", iri("a:Image").as_str())}),
    );
    refuses(
        "C0212",
        json!({"address": {"before": {"step": 1, "path": "subject"}}}),
    );
    let (world, plan) = add(json!({"address": key, "port": literal(80, iri("b:Port").as_str())}));
    accepted(&world, &plan);
}

#[test]
fn subjects_must_be_accepted() {
    provokes("C0202", |plan| {
        plan.steps[0].subject = serde_json::from_value(entity("b:lb")).unwrap()
    });
    provokes("C0202", |plan| {
        plan.steps[0].subject = serde_json::from_value(literal(1, "xsd:integer")).unwrap()
    });
    // An equivalent type does not let one cloud ask for the other's things.
    let world = clouds()
        .equivalent_classes("a:Instance", "b:Machine")
        .entity("b:m", &["b:Machine"])
        .fact("b:m", "a:state", "a:stopped");
    let plan = plan(&world, json!({}), vec![step("a:Start", entity("b:m"))], &[]);
    refused(&world, &plan, "C0202");
}

#[test]
fn indices_must_be_within_bounds() {
    let world = clouds();
    let nth = |outcome: &str, step: u32, index: u32| json!({"from": {"step": step, "outcome": outcome, "index": index}});
    let create = with(
        "a:Create",
        entity("a:compute"),
        json!({"image": entity("a:image"), "count": literal(2, "xsd:integer")}),
    );
    for (subject, found) in [
        (nth("instances", 1, 2), "C0209"),
        (nth("instances", 1, u32::MAX), "C0209"),
        (from(1, "instances"), "C0205"),
    ] {
        let plan = plan(
            &world,
            json!({}),
            vec![create.clone(), step("a:Stop", subject)],
            &[(1, 2, "data")],
        );
        refused(&world, &plan, found);
    }
    provokes("C0209", |plan| {
        plan.steps[2]
            .arguments
            .insert("address".into(), argument(nth("address", 2, 1)));
    });
}

#[test]
fn nothing_deleted_is_used_or_assumed() {
    let world = clouds();
    let deleted = plan(
        &world,
        json!({}),
        vec![
            step("a:Delete", entity("a:web")),
            step("a:Start", entity("a:web")),
        ],
        &[(1, 2, "order")],
    );
    refused(&world, &deleted, "C0210");
    // Half of it is false for good, the other half unknown.
    let condition = "(a:web.a:size == 2 or exists subject.address)";
    let world = world.operation(
        Kind::Manipulation,
        "a:Copy",
        "a:Instance",
        "",
        "",
        condition,
        "",
    );
    let steps = vec![
        step("a:Delete", entity("a:web")),
        step("a:Copy", entity("a:db")),
    ];
    let copied = plan_of(&world, json!({}), steps);
    let copied = assuming(&world, copied, 2, condition);
    refused(&world, &copied, "C0305");
}

#[test]
fn goals_must_be_readable_and_reached() {
    provokes("C0401", |plan| plan.goal.condition = Some("= =".into()));
    provokes("C0401", |plan| {
        plan.goal.condition = Some("a:web.a:state is samos:Running".into())
    });
    provokes("C0401", |plan| {
        plan.goal.condition = Some("exists vm".into())
    });
    provokes("C0401", |plan| {
        plan.goal.condition = Some(format!("exists subject.<{}>", iri("a:state")))
    });
    let state = |plan: &mut Plan, of: &str, is: &str| {
        plan.goal.condition = Some(format!(
            "<{}>.<{}> is <{}>",
            iri(of),
            iri("a:state"),
            iri(is)
        ));
    };
    provokes("C0402", |plan| state(plan, "a:web", "samos:Stopped"));
    provokes("C0403", |plan| state(plan, "a:db", "samos:Stopped"));
    let (world, plan) = changed(|plan| state(plan, "a:web", "samos:Running"));
    accepted(&world, &plan);
    let (world, plan) = changed(|plan| {
        plan.goal.subjects = vec![iri("a:web")];
        plan.goal.condition = Some(format!(
            "subject.<{}> is <{}> and exists account",
            iri("a:state"),
            iri("samos:Running")
        ));
    });
    accepted(&world, &plan);
}

#[test]
fn wants_must_be_obtained() {
    let want = |of_type: &'static str, new: bool, is: serde_json::Value| {
        move |plan: &mut Plan| {
            plan.goal.wants =
                serde_json::from_value(json!([{"type": iri(of_type), "new": new, "is": is}]))
                    .unwrap()
        }
    };
    let (world, plan) = changed(want("samos:VirtualMachine", false, entity("a:web")));
    accepted(&world, &plan);
    let (world, plan) = changed(want("samos:PublicIPAddress", false, from(2, "address")));
    accepted(&world, &plan);
    provokes("C0404", want("samos:Volume", false, entity("a:web")));
    provokes("C0405", want("samos:VirtualMachine", true, entity("a:web")));
    provokes(
        "C0405",
        want("samos:PublicIPAddress", true, from(2, "address")),
    );
    provokes(
        "C0211",
        want("samos:Volume", false, json!({"given": iri("samos:Volume")})),
    );
    provokes(
        "C0212",
        want(
            "samos:Volume",
            false,
            json!({"before": {"step": 1, "path": "subject"}}),
        ),
    );
    let world = clouds();
    let want = json!({"wants": [{"type": iri("samos:VirtualMachine"), "is": entity("a:web")}]});
    let deleted = plan_of(&world, want, vec![step("a:Delete", entity("a:web"))]);
    refused(&world, &deleted, "C0404");
    let none = with(
        "a:Create",
        entity("a:compute"),
        json!({"image": entity("a:image"), "count": literal(0, "xsd:integer")}),
    );
    let want =
        json!({"wants": [{"type": iri("samos:VirtualMachine"), "is": from(1, "instances")}]});
    refused(&world, &plan_of(&world, want, vec![none]), "C0404");
}

fn plan_of(world: &Estate, goal: serde_json::Value, steps: Vec<serde_json::Value>) -> Plan {
    plan(world, goal, steps, &[])
}

#[test]
fn points_must_link() {
    provokes("C0406", |plan| plan.goal.points[0].from = 9);
    provokes("C0406", |plan| plan.goal.points[0].to = 9);
    provokes("C0406", |plan| plan.goal.points[0].from = 1);
    provokes("C0406", |plan| plan.goal.points[0].parameter = "zzz".into());
    provokes("C0406", |plan| {
        plan.goal.points[0].parameter = "port".into()
    });
    provokes("C0406", |plan| plan.goal.points[0].to = 2);
    provokes("C0406", |plan| plan.goal.points[0].types.1 = iri("a:Image"));
    provokes("C0406", |plan| {
        plan.steps[2].arguments.insert(
            "address".into(),
            argument(literal("203.0.113.9", "xsd:string")),
        );
        plan.edges[1].kind = EdgeKind::Cause;
        plan.goal.condition = None;
        plan.steps[2].undo = serde_json::from_value(json!({"irreversible": ""})).unwrap();
    });
}

#[test]
fn edges_must_carry_what_they_say() {
    provokes("C0501", |plan| plan.edges[0].kind = EdgeKind::Data);
    provokes("C0503", |plan| plan.edges[1].kind = EdgeKind::Cause);
    let (world, plan) = changed(|plan| plan.edges[0].kind = EdgeKind::Order);
    accepted(&world, &plan);
    let world = clouds().fact("a:db", "a:state", "a:stopped");
    for (kind, found) in [("cause", "C0502"), ("order", "C0502")] {
        let plan = super::world::plan(
            &world,
            json!({}),
            vec![
                step("a:Start", entity("a:web")),
                step("a:Start", entity("a:db")),
            ],
            &[(1, 2, kind)],
        );
        assert_eq!(warnings(&world, &plan), [found]);
        assert!(errors(&world, &plan).is_empty());
    }
}

#[test]
fn a_plan_too_large_is_not_looked_at() {
    let world = clouds();
    let steps = vec![step("a:GetAddress", entity("a:web")); 20_001];
    let large = plan(&world, json!({}), steps, &[]);
    refused(&world, &large, "C0113");
    let tags: Vec<_> = (0..400).map(|n| literal(n, "xsd:string")).collect();
    let world = world.operation(
        Kind::Manipulation,
        "a:Mix",
        "a:Instance",
        "[<one: xsd:string>], [<two: xsd:string>]",
        "",
        "one != two",
        "",
    );
    let mix = with(
        "a:Mix",
        entity("a:web"),
        json!({"one": tags.clone(), "two": tags}),
    );
    refused(&world, &plan_of(&world, json!({}), vec![mix]), "C0113");
}
