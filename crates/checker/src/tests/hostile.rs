//! No plan that can be read makes the checker panic, however it was written.

use proptest::prelude::*;
use samos_model::Plan;
use samos_reference::estate::iri;
use serde_json::{Value, json};

use super::world::*;

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0_u32..6, 1 => Just(u32::MAX), 1 => any::<u32>()]
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "address",
        "tags",
        "note",
        "size",
        "count",
        "image",
        "instances",
        "port",
        "subject",
        "zzz",
        "",
    ])
    .prop_map(str::to_owned)
}

fn full() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a:web",
        "a:db",
        "b:lb",
        "a:compute",
        "a:image",
        "a:Instance",
        "a:Address",
        "a:nothing",
        "a:stopped",
        "a:cloud",
        "a:acct",
        "samos:PublicIPAddress",
    ])
    .prop_map(|short| iri(short).to_string())
}

fn operation() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a:Start",
        "a:Stop",
        "a:GetAddress",
        "a:GetTags",
        "a:Resize",
        "a:Tag",
        "a:Untag",
        "a:Create",
        "a:Delete",
        "a:End",
        "b:AddNode",
        "b:RemoveNode",
        "a:None",
    ])
    .prop_map(|short| iri(short).to_string())
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        full().prop_map(|iri| json!({"entity": iri})),
        full().prop_map(|iri| json!({"given": iri})),
        (number(), name(), prop::option::of(number())).prop_map(|(step, outcome, index)| {
            match index {
                None => json!({"from": {"step": step, "outcome": outcome}}),
                Some(index) => json!({"from": {"step": step, "outcome": outcome, "index": index}}),
            }
        }),
        (number(), text()).prop_map(|(step, path)| json!({"before": {"step": step, "path": path}})),
        (
            any::<i64>(),
            prop::sample::select(vec!["xsd:integer", "xsd:string", "", "zzz"])
        )
            .prop_map(|(value, datatype)| json!({"value": value, "type": datatype})),
        Just(json!({"value": {"a": [null, 1.5]}, "type": "xsd:integer"})),
        full().prop_map(|datatype| json!({"value": "k", "type": datatype})),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-z<>=.(){}! ]{0,12}",
        full().prop_map(|iri| format!("exists <{iri}>.<{}>", self::iri_of("a:state"))),
        full().prop_map(|iri| format!("subject.<{iri}>")),
        Just(format!(
            "subject.<{}> is <{}>",
            iri_of("a:state"),
            iri_of("samos:Stopped")
        )),
        Just(format!("subject.<{}>", iri_of("a:address"))),
        Just(format!("not exists thing.<{}>", iri_of("a:state"))),
    ]
}

fn iri_of(short: &str) -> String {
    iri(short).to_string()
}

fn arguments() -> impl Strategy<Value = Value> {
    let argument = prop_oneof![
        value(),
        prop::collection::vec(value(), 0..3).prop_map(Value::from)
    ];
    prop::collection::btree_map(name(), argument, 0..3).prop_map(|map| json!(map))
}

fn undo() -> impl Strategy<Value = Value> {
    prop_oneof![
        (operation(), value(), arguments(), prop::collection::vec(text(), 0..2)).prop_map(
            |(operation, subject, arguments, except)| {
                json!({"operation": operation, "subject": subject, "arguments": arguments, "except": except})
            }
        ),
        Just(json!({"irreversible": ""})),
        any::<bool>().prop_map(|only| json!({"reads_only": only})),
    ]
}

fn one_step() -> impl Strategy<Value = Value> {
    (operation(), value(), arguments(), undo(), number(), number(), any::<bool>(), prop::option::of(full())).prop_map(
        |(operation, subject, arguments, undo, id, layer, reads, owner)| {
            json!({
                "id": id, "operation": operation, "provider": owner, "account": owner, "library": null,
                "kind": if reads { "information" } else { "manipulation" }, "subject": subject,
                "arguments": arguments, "layer": layer, "undo": undo,
                "because": [{"why": "enables", "step": layer, "condition": ""}],
            })
        },
    )
}

fn edge() -> impl Strategy<Value = Value> {
    (number(), number(), prop::sample::select(vec!["data", "cause", "order"])).prop_map(|(from, to, kind)| {
        json!({"from": from, "to": to, "kind": kind, "because": {"axioms": [], "conditions": [], "observations": []}})
    })
}

fn goal() -> impl Strategy<Value = Value> {
    let want = (
        prop::option::of(Just("thing")),
        full(),
        any::<bool>(),
        value(),
    )
        .prop_map(
            |(name, of_type, new, is)| json!({"name": name, "type": of_type, "new": new, "is": is}),
        );
    let point = (number(), name(), number(), name(), full(), full()).prop_map(|(from, outcome, to, parameter, one, other)| {
        json!({"from": from, "outcome": outcome, "to": to, "parameter": parameter, "types": [one, other]})
    });
    (prop::option::of(text()), prop::collection::vec(want, 0..2), prop::collection::vec(full(), 0..2),
        prop::collection::vec(point, 0..2), prop::collection::vec(full(), 0..2))
        .prop_map(|(condition, wants, givens, points, subjects)| {
            json!({"condition": condition, "wants": wants, "givens": givens, "points": points, "subjects": subjects})
        })
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let assumption = (number(), text())
        .prop_map(|(step, condition)| json!({"step": step, "condition": condition, "text": ""}));
    (
        goal(),
        prop::collection::vec(assumption, 0..3),
        prop::collection::vec(one_step(), 0..5),
        prop::collection::vec(edge(), 0..5),
        any::<bool>(),
        prop::option::weighted(0.2, Just(json!({"name": "", "operations": []}))),
    )
        .prop_map(|(goal, assumptions, steps, edges, tidy, group)| {
            let mut json = json!({
                "format": 1, "fingerprint": "", "goal": goal, "assumptions": assumptions,
                "made_from": {"ontology": "", "mapping": null, "facts_at": null},
                "steps": steps, "edges": edges,
                "cost": {"operations": 1, "layers": 1, "manipulations": 1, "price": 1e300, "makespan_s": null},
            });
            if let Some(group) = group {
                json["group"] = group;
            }
            let mut plan: Plan = serde_json::from_value(json).unwrap();
            if tidy {
                // Numbers in order, so that the replay is reached.
                let steps = u32::try_from(plan.steps.len()).unwrap();
                for (step, id) in plan.steps.iter_mut().zip(1..) {
                    step.id = id;
                }
                plan.edges.retain(|edge| edge.from > 0 && edge.from < edge.to && edge.to <= steps);
                for step in &mut plan.steps {
                    step.operation = if step.operation == iri("a:None") { iri("a:Start") } else { step.operation.clone() };
                }
            }
            plan
        })
}

proptest! {
    #[test]
    fn no_plan_makes_the_checker_panic(plan in any_plan()) {
        let world = clouds();
        let once = crate::check(&world, &plan);
        prop_assert!(!once.is_empty(), "no such plan has the right fingerprint");
        prop_assert_eq!(once, crate::check(&world, &plan), "the same plan, the same findings");
    }

    #[test]
    fn no_change_of_a_plan_that_holds_makes_the_checker_panic(
        at in 0_usize..3, value in value(), name in name(), undo in undo(), edges in prop::collection::vec(edge(), 0..4), text in text(), seal in any::<bool>()
    ) {
        let world = clouds();
        let mut plan = figure_9(&world);
        if let Some(step) = plan.steps.get_mut(at) {
            step.subject = serde_json::from_value(value.clone()).unwrap();
            step.arguments.insert(name.as_str().into(), serde_json::from_value(value).unwrap());
            step.undo = serde_json::from_value(undo).unwrap();
        }
        plan.edges.extend(edges.into_iter().map(|edge| serde_json::from_value(edge).unwrap()));
        plan.goal.condition = Some(text);
        let plan = if seal { counted(&world, plan) } else { plan };
        prop_assert!(!crate::check(&world, &plan).is_empty());
    }
}
