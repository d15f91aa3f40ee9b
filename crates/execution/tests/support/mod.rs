//! Two small clouds and the plans that tests run on them.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test program uses its own part of this"
)]

use std::collections::{BTreeMap, BTreeSet};

use samos_execution::host::{self, Halt, MemoryJournal};
use samos_execution::{Cell, Ending, Event, Policy, Provider as _, Run};
use samos_model::plan::{
    Argument, Because, Cost, Edge, EdgeKind, FORMAT, OutcomeOf, PathBefore, Plan, PlanGoal,
    PlanValue, Step, Undo,
};
use samos_model::{Iri, Kind, Name, Value, World};
use samos_reference::estate::{Estate, Facet, iri, many, one, value};
use samos_simulation::{Faults, Simulation};

/// A cloud `a` with machines and a cloud `b` with a load balancer.
pub fn two_clouds() -> Estate {
    let world = Estate::new()
        .provider("a:Cloud", "a:cloud")
        .provider("b:Cloud", "b:cloud")
        .class("a:Compute", &["a:Cloud", "samos:Service"])
        .class("a:Instance", &["a:Cloud", "samos:VirtualMachine"])
        .class("a:InstanceState", &["a:Cloud", "samos:State"])
        .class("b:Balancer", &["b:Cloud", "samos:LoadBalancer"])
        .class("b:BalancerState", &["b:Cloud", "samos:State"])
        .class("b:Node", &["b:Cloud", "samos:ServiceInstance"])
        .class("a:PublicIP", &[])
        .equivalent_classes("a:PublicIP", "samos:PublicIPAddress")
        .datatype("b:Port", "xsd:integer", Facet::Between(1, 65_535))
        .property(
            "a:state",
            one()
                .of("a:Instance")
                .to("a:InstanceState")
                .under("samos:state"),
        )
        .property("a:publicAddress", one().of("a:Instance").to("a:PublicIP"))
        .property("a:label", one().of("a:Instance").to("xsd:string"))
        .property(
            "a:instances",
            many()
                .of("a:Compute")
                .to("a:Instance")
                .under("samos:entities"),
        )
        .property(
            "b:lbState",
            one()
                .of("b:Balancer")
                .to("b:BalancerState")
                .under("samos:state"),
        )
        .property("b:nodes", many().of("b:Balancer").to("b:Node"))
        .property(
            "b:nodeAddress",
            one().of("b:Node").to("samos:PublicIPAddress"),
        )
        .property("b:nodePort", one().of("b:Node").to("b:Port"));
    let world = states(world)
        .entity("a:compute", &["a:Compute"])
        .entity("a:web-1", &["a:Instance"])
        .entity("b:lb-1", &["b:Balancer"])
        .fact("a:compute", "a:instances", "a:web-1")
        .fact("a:web-1", "a:state", "a:stopped")
        .fact("a:web-1", "a:label", "\"old\"")
        .known_empty("a:web-1", "a:publicAddress")
        .fact("b:lb-1", "b:lbState", "b:active")
        .known_empty("b:lb-1", "b:nodes");
    operations(world)
}

fn states(world: Estate) -> Estate {
    world
        .entity("a:pending", &["a:InstanceState", "samos:Pending"])
        .entity("a:running", &["a:InstanceState", "samos:Running"])
        .entity("a:stopping", &["a:InstanceState", "samos:Stopping"])
        .entity("a:stopped", &["a:InstanceState", "samos:Stopped"])
        .entity("a:terminated", &["a:InstanceState", "samos:Ended"])
        .fact("a:pending", "samos:becomes", "a:running")
        .fact("a:stopping", "samos:becomes", "a:stopped")
        .entity("b:active", &["b:BalancerState", "samos:Active"])
        .entity("b:broken", &["b:BalancerState", "samos:Failed"])
}

fn operations(world: Estate) -> Estate {
    let read = |world: Estate, name: &str, on: &str, gives: &str, needs: &str| {
        world.operation(Kind::Information, name, on, "", gives, needs, "")
    };
    let world = read(
        world,
        "a:GetState",
        "a:Instance",
        "(state: a:InstanceState) reads subject.state",
        "",
    );
    let world = read(
        world,
        "a:GetLabel",
        "a:Instance",
        "(label: xsd:string) reads subject.label",
        "",
    );
    let world = read(
        world,
        "a:GetAddress",
        "a:Instance",
        "(address: a:PublicIP) reads subject.publicAddress",
        "subject.a:state is samos:Running",
    );
    let world = read(
        world,
        "a:ListInstances",
        "a:Compute",
        "<instances: a:Instance> reads service.instances, <states: a:InstanceState> reads instances.a:state",
        "",
    );
    let world = read(
        world,
        "b:GetState",
        "b:Balancer",
        "(state: b:BalancerState) reads subject.lbState",
        "",
    );
    let world = read(
        world,
        "b:ListNodes",
        "b:Balancer",
        "<nodes: b:Node> reads subject.nodes, <addresses: samos:PublicIPAddress> reads nodes.nodeAddress",
        "",
    );
    let change =
        |world: Estate, name: &str, on: &str, takes: &str, gives: &str, needs: &str, does: &str| {
            world.operation(Kind::Manipulation, name, on, takes, gives, needs, does)
        };
    let world = change(
        world,
        "a:Start",
        "a:Instance",
        "",
        "",
        "subject.a:state is samos:Stopped",
        "subject.a:state = a:running and renew subject.publicAddress",
    )
    .takes("a:Start", 0.0, 30.0);
    let world = change(
        world,
        "a:Stop",
        "a:Instance",
        "",
        "",
        "subject.a:state is samos:Running",
        "subject.a:state = a:stopped and clear subject.publicAddress",
    );
    let world = change(
        world,
        "a:SetLabel",
        "a:Instance",
        "[(label: xsd:string)]",
        "",
        "",
        "subject.label = label",
    );
    let world = change(
        world,
        "a:Terminate",
        "a:Instance",
        "",
        "",
        "not subject.a:state is samos:Ended",
        "delete subject",
    );
    let world = change(
        world,
        "a:Create",
        "a:Compute",
        "[(count: xsd:integer)]",
        "<instances: a:Instance>",
        "count(service.instances) + count <= 20",
        "create instances * count and instances.a:state = a:running and renew instances.publicAddress and service.instances += instances",
    );
    let world = change(
        world,
        "b:AddNode",
        "b:Balancer",
        "[(address: samos:PublicIPAddress)], (port: b:Port = 80)",
        "(node: b:Node)",
        "subject.lbState is samos:Active and not subject.nodes.nodeAddress contains address",
        "create node and node.nodeAddress = address and node.nodePort = port and subject.nodes += node",
    );
    change(
        world,
        "b:RemoveNode",
        "b:Node",
        "",
        "",
        "",
        "delete subject",
    )
}

pub fn entity(name: &str) -> PlanValue {
    PlanValue::Entity { entity: iri(name) }
}

pub fn from(step: u32, outcome: &str, index: Option<u32>) -> PlanValue {
    PlanValue::From {
        from: OutcomeOf {
            step,
            outcome: Name::from(outcome),
            index,
        },
    }
}

pub fn literal(written: &str) -> PlanValue {
    PlanValue::known(&value(written))
}

pub fn undo_by(
    operation: &str,
    subject: PlanValue,
    arguments: &[(&str, PlanValue)],
    except: &[&str],
) -> Undo {
    Undo::By {
        operation: iri(operation),
        subject,
        arguments: arguments_of(arguments),
        except: except.iter().map(|path| (*path).to_owned()).collect(),
    }
}

fn arguments_of(arguments: &[(&str, PlanValue)]) -> BTreeMap<Name, Argument> {
    arguments
        .iter()
        .map(|(name, value)| (Name::from(*name), Argument::One(value.clone())))
        .collect()
}

pub fn step(
    world: &Estate,
    id: u32,
    operation: &str,
    subject: PlanValue,
    arguments: &[(&str, PlanValue)],
    undo: Undo,
) -> Step {
    let specified = world.operation(&iri(operation)).unwrap();
    Step {
        id,
        operation: iri(operation),
        provider: specified.provider.clone(),
        account: None,
        library: None,
        kind: specified.kind,
        subject,
        arguments: arguments_of(arguments),
        layer: id,
        because: Vec::new(),
        holds: Vec::new(),
        undo,
    }
}

pub fn reads_only() -> Undo {
    Undo::Nothing { reads_only: true }
}

pub fn plan(world: &Estate, steps: Vec<Step>, edges: &[(u32, u32)]) -> Plan {
    let edges = edges.iter().map(|(from, to)| Edge {
        from: *from,
        to: *to,
        kind: EdgeKind::Cause,
        because: Because::default(),
    });
    Plan {
        format: FORMAT,
        fingerprint: String::new(),
        goal: PlanGoal::default(),
        assumptions: Vec::new(),
        made_from: world.made_from(),
        steps,
        edges: edges.collect(),
        cost: Cost::default(),
        repair: None,
        group: None,
        not_ready: None,
    }
    .sealed()
    .unwrap()
}

/// Figure 9: start a machine, read its address, make it a node of the balancer.
pub fn figure_nine(world: &Estate) -> Plan {
    plan(
        world,
        vec![
            step(
                world,
                1,
                "a:Start",
                entity("a:web-1"),
                &[],
                undo_by("a:Stop", entity("a:web-1"), &[], &["subject.publicAddress"]),
            ),
            step(
                world,
                2,
                "a:GetAddress",
                entity("a:web-1"),
                &[],
                reads_only(),
            ),
            step(
                world,
                3,
                "b:AddNode",
                entity("b:lb-1"),
                &[("address", from(2, "address", None))],
                undo_by("b:RemoveNode", from(3, "node", None), &[], &[]),
            ),
        ],
        &[(1, 2), (2, 3)],
    )
}

/// Creation, a flow of values, a value to be restored, and two branches that may run at once.
pub fn five_steps(world: &Estate) -> Plan {
    let label = format!("subject.<{}>", iri("a:label"));
    let before = PlanValue::Before {
        before: PathBefore {
            step: 4,
            path: label,
        },
    };
    plan(
        world,
        vec![
            step(
                world,
                1,
                "a:Create",
                entity("a:compute"),
                &[("count", literal("2"))],
                undo_by("a:Terminate", from(1, "instances", None), &[], &[]),
            ),
            step(
                world,
                2,
                "a:GetAddress",
                from(1, "instances", Some(0)),
                &[],
                reads_only(),
            ),
            step(
                world,
                3,
                "b:AddNode",
                entity("b:lb-1"),
                &[
                    ("address", from(2, "address", None)),
                    ("port", literal("\"8080\"^^b:Port")),
                ],
                undo_by("b:RemoveNode", from(3, "node", None), &[], &[]),
            ),
            step(
                world,
                4,
                "a:SetLabel",
                entity("a:web-1"),
                &[("label", literal("\"new\""))],
                undo_by("a:SetLabel", entity("a:web-1"), &[("label", before)], &[]),
            ),
            step(
                world,
                5,
                "a:Start",
                entity("a:web-1"),
                &[],
                undo_by("a:Stop", entity("a:web-1"), &[], &["subject.publicAddress"]),
            ),
        ],
        &[(1, 2), (2, 3), (4, 5)],
    )
}

/// The two clouds with that many machines more.
pub fn with_machines(count: u32) -> Estate {
    let mut world = two_clouds();
    for n in 2..2 + count {
        let name = format!("a:web-{n}");
        world = world
            .entity(&name, &["a:Instance"])
            .fact("a:compute", "a:instances", &name)
            .fact(&name, "a:state", "a:stopped")
            .fact(&name, "a:label", "\"old\"")
            .known_empty(&name, "a:publicAddress");
    }
    world
}

/// Fifty steps over twelve machines: each is started, labelled, and its address made a node; two are created.
pub fn fifty_steps(world: &Estate) -> Plan {
    let create = step(
        world,
        49,
        "a:Create",
        entity("a:compute"),
        &[("count", literal("2"))],
        undo_by("a:Terminate", from(49, "instances", None), &[], &[]),
    );
    let read = step(
        world,
        50,
        "a:GetAddress",
        from(49, "instances", Some(1)),
        &[],
        reads_only(),
    );
    let mut steps = Vec::new();
    let mut edges = vec![(49, 50)];
    for n in 0..12 {
        let (first, name) = (4 * n + 1, format!("a:web-{}", n + 2));
        let before = PlanValue::Before {
            before: PathBefore {
                step: first + 3,
                path: format!("subject.<{}>", iri("a:label")),
            },
        };
        let new = format!("\"new {n}\"");
        steps.extend([
            step(
                world,
                first,
                "a:Start",
                entity(&name),
                &[],
                undo_by("a:Stop", entity(&name), &[], &["subject.publicAddress"]),
            ),
            step(
                world,
                first + 1,
                "a:GetAddress",
                entity(&name),
                &[],
                reads_only(),
            ),
            step(
                world,
                first + 2,
                "b:AddNode",
                entity("b:lb-1"),
                &[("address", from(first + 1, "address", None))],
                undo_by("b:RemoveNode", from(first + 2, "node", None), &[], &[]),
            ),
            step(
                world,
                first + 3,
                "a:SetLabel",
                entity(&name),
                &[("label", literal(&new))],
                undo_by("a:SetLabel", entity(&name), &[("label", before)], &[]),
            ),
        ]);
        edges.extend([(first, first + 1), (first + 1, first + 2)]);
    }
    steps.extend([create, read]);
    plan(world, steps, &edges)
}

/// What is not done, or done twice, of what the fifty steps do.
pub fn amiss_of_fifty(simulation: &Simulation<'_>) -> Vec<String> {
    let mut amiss = Vec::new();
    let effects = effects(simulation);
    amiss.extend(
        effects
            .iter()
            .filter(|(_, times)| **times != 1)
            .map(|(token, times)| format!("{token} took effect {times} times")),
    );
    if effects.len() != 37 {
        amiss.push(format!("{} effects", effects.len()));
    }
    let nodes = values(simulation, "b:lb-1", "b:nodes").len();
    let instances = values(simulation, "a:compute", "a:instances").len();
    if (nodes, instances) != (12, 15) {
        amiss.push(format!("{nodes} nodes, {instances} instances"));
    }
    for n in 0..12 {
        let name = format!("a:web-{}", n + 2);
        if !is(simulation, &name, "a:state", &["a:running"])
            || !is(simulation, &name, "a:label", &[&format!("\"new {n}\"")])
        {
            amiss.push(format!("state or label of {name}"));
        }
    }
    amiss
}

/// Is nothing left of what the fifty steps do?
pub fn fifty_are_undone(simulation: &Simulation<'_>) -> bool {
    values(simulation, "b:lb-1", "b:nodes").is_empty()
        && values(simulation, "a:compute", "a:instances").len() == 13
        && (0..12).all(|n| {
            let name = format!("a:web-{}", n + 2);
            is(simulation, &name, "a:state", &["a:stopped"])
                && is(simulation, &name, "a:label", &["\"old\""])
        })
}

/// Simulated clouds with those machines.
pub fn simulate_many(world: &Estate, faults: Faults, count: u32) -> Simulation<'_> {
    let mut simulation = Simulation::new(world, faults);
    let machines = (1..2 + count).map(|n| value(&format!("a:web-{n}")));
    simulation.set(&iri("a:compute"), &iri("a:instances"), machines);
    simulation
}

/// A folder for one test, empty.
pub fn folder(name: &str) -> std::path::PathBuf {
    let folder =
        std::env::temp_dir().join(format!("samos-execution-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// How many seeds are tried; all of them where `SAMOS_LONG` is set.
pub fn seeds(few: u64, many: u64) -> u64 {
    #[allow(
        clippy::disallowed_methods,
        reason = "a test is told how long it may take"
    )]
    if std::env::var("SAMOS_LONG").is_ok_and(|long| long == "1") {
        many
    } else {
        few
    }
}

pub fn approved(plan: &Plan) -> Policy {
    let changing = plan
        .steps
        .iter()
        .filter(|step| step.kind == Kind::Manipulation)
        .count();
    Policy {
        approved: Some(u32::try_from(changing).unwrap()),
        ..Policy::default()
    }
}

/// Runs a plan to its end.
pub fn run(
    world: &Estate,
    simulation: &mut Simulation<'_>,
    plan: Plan,
    policy: Policy,
) -> (Run, Ending, MemoryJournal) {
    let mut journal = MemoryJournal::default();
    let begun = Run::new(world, "r1", plan, policy, simulation.now_ms()).unwrap();
    let (run, halt) = host::begin(world, begun, simulation, &mut journal).unwrap();
    let Halt::Ended(ending) = halt else {
        panic!("the run did not end: {halt:?}")
    };
    (run, ending, journal)
}

/// Drives a run on from an event to its end.
pub fn go_on(
    world: &Estate,
    run: &mut Run,
    simulation: &mut Simulation<'_>,
    event: Event,
) -> Ending {
    let mut journal = MemoryJournal::default();
    match host::drive(
        world,
        run,
        simulation,
        &mut journal,
        event,
        &mut host::Unattended,
    )
    .unwrap()
    {
        Halt::Ended(ending) => ending,
        halt => panic!("the run did not end: {halt:?}"),
    }
}

/// How often each token took effect; none may more than once.
pub fn effects(simulation: &Simulation<'_>) -> BTreeMap<String, usize> {
    let mut effects = BTreeMap::new();
    for applied in simulation.applied() {
        if let Some(token) = &applied.token {
            *effects.entry(token.clone()).or_default() += 1;
        }
    }
    effects
}

pub fn values(simulation: &Simulation<'_>, entity: &str, property: &str) -> BTreeSet<Value> {
    simulation
        .world()
        .values(&iri(entity), &iri(property))
        .members
}

pub fn is(simulation: &Simulation<'_>, entity: &str, property: &str, expected: &[&str]) -> bool {
    values(simulation, entity, property) == expected.iter().map(|one| value(one)).collect()
}

/// Is everything as it was, but for the public addresses?
pub fn is_as_before(simulation: &Simulation<'_>) -> bool {
    is(simulation, "a:web-1", "a:state", &["a:stopped"])
        && is(simulation, "a:web-1", "a:label", &["\"old\""])
        && is(simulation, "a:compute", "a:instances", &["a:web-1"])
        && is(simulation, "b:lb-1", "b:nodes", &[])
        && is(simulation, "b:lb-1", "b:lbState", &["b:active"])
}

/// Simulated clouds.
pub fn simulate(world: &Estate, faults: Faults) -> Simulation<'_> {
    let mut simulation = Simulation::new(world, faults);
    // A provider's own listing is complete.
    simulation.set(&iri("a:compute"), &iri("a:instances"), [value("a:web-1")]);
    simulation
}

pub fn cell(entity: &str, property: &str) -> Cell {
    Cell::new(&iri(entity), &iri(property))
}

pub fn iri_of(name: &str) -> Iri {
    iri(name)
}
