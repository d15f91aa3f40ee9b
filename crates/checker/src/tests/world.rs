//! Two small clouds, and plans on them written as JSON.

use std::collections::BTreeMap;

use samos_model::plan::Plan;
use samos_model::{Finding, Kind, Severity, World};
use samos_reference::estate::{Estate, Facet, iri, many, one};
use serde_json::{Value, json};

/// A cloud of instances and one of balancers, the paper's case among them.
pub(super) fn clouds() -> Estate {
    let manipulation = Kind::Manipulation;
    Estate::new()
        .provider("a:Cloud", "a:cloud")
        .provider("b:Cloud", "b:cloud")
        .class("a:Service", &["a:Cloud", "samos:Service"])
        .class("a:Instance", &["a:Cloud", "samos:VirtualMachine"])
        .class("a:State", &["samos:State"])
        .class("a:Address", &["samos:Aspect"])
        .equivalent_classes("a:Address", "samos:PublicIPAddress")
        .class("a:Image", &["a:Cloud", "samos:Aspect"])
        .class("b:Balancer", &["b:Cloud", "samos:LoadBalancer"])
        .datatype("b:Port", "xsd:integer", Facet::Between(1, 65_535))
        .property("a:state", one().of("a:Instance").to("a:State").under("samos:state"))
        .property("a:address", one().of("a:Instance").to("a:Address"))
        .property("a:size", one().of("a:Instance").to("xsd:integer"))
        .property("a:used", one().of("a:Service").to("xsd:integer"))
        .property("a:quota", one().of("a:Service").to("xsd:integer"))
        .property("a:tags", many().of("a:Instance").to("xsd:string"))
        .property("b:nodes", many().of("b:Balancer").to("samos:PublicIPAddress"))
        .property("b:port", one().of("b:Balancer").to("b:Port"))
        .entity("a:stopped", &["a:State", "samos:Stopped"])
        .entity("a:running", &["a:State", "samos:Running"])
        .entity("a:ended", &["a:State", "samos:Ended"])
        .entity("a:acct", &["samos:Account"])
        .entity("a:compute", &["a:Service"])
        .entity("a:web", &["a:Instance"])
        .entity("a:db", &["a:Instance"])
        .entity("a:image", &["a:Image"])
        .entity("b:lb", &["b:Balancer"])
        .fact("a:compute", "samos:account", "a:acct")
        .fact("a:compute", "a:used", "2")
        .fact("a:compute", "a:quota", "4")
        .fact("a:web", "samos:account", "a:acct")
        .fact("a:web", "samos:service", "a:compute")
        .fact("a:web", "a:state", "a:stopped")
        .known_empty("a:web", "a:address")
        .known_empty("a:web", "a:tags")
        .fact("a:web", "a:size", "2")
        .fact("a:db", "samos:account", "a:acct")
        .fact("a:db", "samos:service", "a:compute")
        .known_empty("b:lb", "b:nodes")
        .operation(manipulation, "a:Start", "a:Instance", "", "", "subject.state is samos:Stopped",
            "subject.state = a:running and renew subject.address")
        .takes("a:Start", 0.5, 30.0)
        .operation(manipulation, "a:Stop", "a:Instance", "", "", "subject.state is samos:Running",
            "subject.state = a:stopped and clear subject.address")
        .takes("a:Stop", 0.0, 10.0)
        .operation(Kind::Information, "a:GetAddress", "a:Instance", "",
            "(address: a:Address) reads subject.address", "", "")
        .takes("a:GetAddress", 0.0, 1.0)
        .operation(Kind::Information, "a:GetTags", "a:Instance", "",
            "<tags: xsd:string> reads some subject.tags", "", "")
        .operation(manipulation, "a:Resize", "a:Instance", "[(size: xsd:integer)]", "",
            "subject.state is samos:Stopped", "subject.size = size")
        .operation(manipulation, "a:Tag", "a:Instance", "[<tags: xsd:string>], (note: xsd:string)", "",
            "not subject.tags contains tags and note != \"no\"", "subject.tags += tags and subject.tags += note")
        .operation(manipulation, "a:Untag", "a:Instance", "[<tags: xsd:string>]", "",
            "subject.tags contains tags", "subject.tags -= tags")
        .operation(manipulation, "a:Create", "a:Service",
            "[(image: a:Image)], (count: xsd:integer = 1)", "<instances: a:Instance>",
            "service.used + count <= service.quota",
            "create instances * count and instances.state = a:running and renew instances.address and service.used += count")
        .operation(manipulation, "a:Delete", "a:Instance", "", "", "",
            "delete subject and service.used -= 1")
        .operation(manipulation, "a:End", "a:Instance", "", "", "",
            "subject.state = a:ended and clear subject.address and service.used -= 1")
        .operation(manipulation, "b:AddNode", "b:Balancer",
            "[(address: samos:PublicIPAddress)], (port: b:Port)", "",
            "not subject.nodes contains address", "subject.nodes += address and subject.port = port")
        .takes("b:AddNode", 0.0, 2.5)
        .operation(manipulation, "b:RemoveNode", "b:Balancer", "[(address: samos:PublicIPAddress)]", "",
            "subject.nodes contains address", "subject.nodes -= address")
}

/// A step without arguments.
pub(super) fn step(operation: &str, subject: Value) -> Value {
    json!({
        "operation": iri(operation),
        "subject": subject,
        "arguments": {},
        "because": [],
        "undo": {"irreversible": "nobody asked"},
    })
}

/// An entity as a plan writes it.
pub(super) fn entity(name: &str) -> Value {
    json!({"entity": iri(name)})
}

/// A literal as a plan writes it.
pub(super) fn literal(value: impl Into<Value>, datatype: &str) -> Value {
    json!({"value": value.into(), "type": datatype})
}

/// An outcome as a plan writes it.
pub(super) fn from(step: u32, outcome: &str) -> Value {
    json!({"from": {"step": step, "outcome": outcome}})
}

/// A step with arguments.
pub(super) fn with(operation: &str, subject: Value, arguments: Value) -> Value {
    let mut step = step(operation, subject);
    step["arguments"] = arguments;
    step
}

/// A plan: what follows from the steps and edges is filled in.
pub(super) fn plan(
    world: &Estate,
    goal: Value,
    steps: Vec<Value>,
    edges: &[(u32, u32, &str)],
) -> Plan {
    let steps: Vec<Value> = steps
        .into_iter()
        .zip(1_u32..)
        .map(|(mut step, id)| {
            let operation = step["operation"].as_str().unwrap().to_owned();
            let known = World::operation(world, &operation.as_str().into());
            let mut subject = step["subject"]["entity"].as_str().unwrap_or("").to_owned();
            if subject.is_empty() {
                subject = iri("a:compute").to_string();
            }
            step["id"] = json!(id);
            step["provider"] = json!(known.and_then(|known| known.provider.clone()));
            step["account"] = json!(world.account_of(&subject.as_str().into()));
            step["library"] = Value::Null;
            step["kind"] = json!(known.map_or(Kind::Information, |known| known.kind));
            step["layer"] = json!(1);
            step
        })
        .collect();
    let edges: Vec<Value> = edges
        .iter()
        .map(|(from, to, kind)| {
            json!({"from": from, "to": to, "kind": kind,
                "because": {"axioms": [], "conditions": [], "observations": []}})
        })
        .collect();
    let plan = json!({
        "format": 1,
        "fingerprint": "",
        "goal": goal,
        "assumptions": [],
        "made_from": world.made_from(),
        "steps": steps,
        "edges": edges,
        "cost": {"operations": 0, "layers": 0, "manipulations": 0, "price": null, "makespan_s": null},
    });
    counted(world, serde_json::from_value(plan).unwrap())
}

/// The plan with its layers, cost and fingerprint as they should be.
pub(super) fn counted(world: &Estate, mut plan: Plan) -> Plan {
    let mut layers: BTreeMap<u32, u32> = BTreeMap::new();
    let mut ends: BTreeMap<u32, Option<f64>> = BTreeMap::new();
    for step in &mut plan.steps {
        let waits: Vec<u32> = plan
            .edges
            .iter()
            .filter(|edge| edge.to == step.id)
            .map(|edge| edge.from)
            .collect();
        let before = waits.iter().filter_map(|from| layers.get(from)).max();
        step.layer = before.copied().unwrap_or(0) + 1;
        layers.insert(step.id, step.layer);
        let operation = World::operation(world, &step.operation);
        let start = waits
            .iter()
            .map(|from| ends.get(from).copied().flatten())
            .try_fold(0.0_f64, |most, end| Some(most.max(end?)));
        let end = operation
            .and_then(|it| it.duration_s)
            .zip(start)
            .map(|(own, start)| own + start);
        ends.insert(step.id, end);
    }
    let operations: Vec<_> = plan
        .steps
        .iter()
        .filter_map(|step| World::operation(world, &step.operation))
        .collect();
    plan.cost.operations = u32::try_from(plan.steps.len()).unwrap();
    plan.cost.layers = layers.values().max().copied().unwrap_or(0);
    plan.cost.manipulations = u32::try_from(
        operations
            .iter()
            .filter(|it| it.kind == Kind::Manipulation)
            .count(),
    )
    .unwrap();
    plan.cost.price = operations.iter().map(|it| it.cost).sum();
    plan.cost.makespan_s = ends
        .values()
        .try_fold(0.0_f64, |most, end| Some(most.max((*end)?)));
    plan.sealed().unwrap()
}

/// Figure 9: start the machine, read its address, make it a node of the balancer.
pub(super) fn figure_9(world: &Estate) -> Plan {
    let mut start = step("a:Start", entity("a:web"));
    start["undo"] = json!({"operation": iri("a:Stop"), "subject": entity("a:web"), "arguments": {}, "except": []});
    let mut get = step("a:GetAddress", entity("a:web"));
    get["undo"] = json!({"reads_only": true});
    get["because"] =
        json!([{"why": "gives", "step": 3, "outcome": "address", "parameter": "address"}]);
    let mut add = with(
        "b:AddNode",
        entity("b:lb"),
        json!({"address": from(2, "address")}),
    );
    add["undo"] = json!({"operation": iri("b:RemoveNode"), "subject": entity("b:lb"),
        "arguments": {"address": from(2, "address")}, "except": []});
    let goal = json!({
        "condition": format!("<{}>.<{}> contains <{}>.<{}>", iri("b:lb"), iri("b:nodes"), iri("a:web"), iri("a:address")),
        "points": [{"from": 2, "outcome": "address", "to": 3, "parameter": "address",
            "types": [iri("a:Address"), iri("samos:PublicIPAddress")]}],
        "subjects": [iri("a:web"), iri("b:lb")],
    });
    plan(
        world,
        goal,
        vec![start, get, add],
        &[(1, 2, "cause"), (2, 3, "data")],
    )
}

/// The codes of the errors found.
pub(super) fn errors(world: &Estate, plan: &Plan) -> Vec<String> {
    codes(crate::check(world, plan), Severity::Error)
}

/// The codes of the warnings found.
pub(super) fn warnings(world: &Estate, plan: &Plan) -> Vec<String> {
    codes(crate::check(world, plan), Severity::Warning)
}

fn codes(findings: Vec<Finding>, severity: Severity) -> Vec<String> {
    let findings = findings
        .into_iter()
        .filter(|finding| finding.severity == severity);
    findings.map(|finding| finding.code.into_owned()).collect()
}

/// Fails unless the plan is accepted without a word.
pub(super) fn accepted(world: &Estate, plan: &Plan) {
    let findings: Vec<String> = crate::check(world, plan)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(findings.is_empty(), "{findings:#?}");
}

/// Fails unless there is exactly this error.
pub(super) fn refused(world: &Estate, plan: &Plan, code: &str) {
    let findings: Vec<String> = crate::check(world, plan)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(errors(world, plan), [code], "{findings:#?}");
}

/// An assumption of a step, written with short names resolved by the world.
pub(super) fn assuming(world: &Estate, mut plan: Plan, step: u32, conjunct: &str) -> Plan {
    plan.assumptions.push(samos_model::plan::Assumption {
        step,
        condition: world.condition(conjunct).to_string(),
        text: conjunct.to_owned(),
        wait: None,
    });
    plan.sealed().unwrap()
}
