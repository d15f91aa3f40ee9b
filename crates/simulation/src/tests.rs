//! Providers played: refusals, effects, identifiers, hidden facts, passing states.

use std::collections::BTreeMap;

use samos_execution::{CallError, ErrorClass, Outcomes, Provider as _};
use samos_model::{Iri, Kind, Literal, Name, Request, Value, World as _};
use samos_reference::estate::{Estate, Facet, iri, many, one, value};

use super::*;

fn world() -> Estate {
    Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Service", &["x:Cloud", "samos:Service"])
        .class("x:Machine", &["x:Cloud", "samos:VirtualMachine"])
        .class("x:State", &["x:Cloud", "samos:State"])
        .class("x:Disk", &["x:Cloud", "samos:Volume"])
        .datatype("x:DiskId", "xsd:string", Facet::Any)
        .datatype("x:Size", "xsd:integer", Facet::Between(1, 64))
        .datatype(
            "x:Tier",
            "xsd:string",
            Facet::OneOf(vec!["gold".to_owned(), "lead".to_owned()]),
        )
        .property(
            "x:state",
            one().of("x:Machine").to("x:State").under("samos:state"),
        )
        .property(
            "x:address",
            one().of("x:Machine").to("samos:PublicIPAddress"),
        )
        .property(
            "x:disks",
            many().of("x:Machine").to("x:Disk").inverse("x:holder"),
        )
        .property(
            "x:holder",
            one().of("x:Disk").to("x:Machine").inverse("x:disks"),
        )
        .property("x:diskId", one().of("x:Disk").to("x:DiskId"))
        .property("x:size", one().of("x:Disk").to("x:Size"))
        .property("x:tier", one().of("x:Disk").to("x:Tier"))
        .property(
            "x:allDisks",
            many().of("x:Service").to("x:Disk").under("samos:entities"),
        )
        .property("x:left", one().of("x:Service").to("xsd:integer"))
        .key("x:Disk", "x:diskId")
        .entity("x:on", &["x:State", "samos:Running"])
        .entity("x:off", &["x:State", "samos:Stopped"])
        .entity("x:rising", &["x:State", "samos:Pending"])
        .fact("x:rising", "samos:becomes", "x:on")
        .entity("x:service", &["x:Service"])
        .entity("x:m1", &["x:Machine"])
        .entity("x:m2", &["x:Machine"])
        .fact("x:m1", "x:state", "x:off")
        .fact("x:service", "x:left", "2")
        .operation(
            Kind::Information,
            "x:GetState",
            "x:Machine",
            "",
            "(state: x:State) reads subject.state",
            "",
            "",
        )
        .operation(
            Kind::Information,
            "x:GetAddress",
            "x:Machine",
            "",
            "(address: samos:PublicIPAddress) reads subject.address",
            "",
            "",
        )
        .operation(
            Kind::Information,
            "x:GetSize",
            "x:Disk",
            "",
            "(size: x:Size) reads subject.size, (tier: x:Tier) reads subject.tier",
            "",
            "",
        )
        .operation(
            Kind::Manipulation,
            "x:Start",
            "x:Machine",
            "",
            "",
            "subject.x:state is samos:Stopped",
            "subject.x:state = x:on and renew subject.address",
        )
        .operation(
            Kind::Manipulation,
            "x:MakeDisk",
            "x:Service",
            "(size: x:Size = 8)",
            "(disk: x:Disk)",
            "subject.left >= 1",
            "create disk and disk.size = size and subject.left -= 1 and subject.allDisks += disk",
        )
        .operation(
            Kind::Manipulation,
            "x:Attach",
            "x:Machine",
            "[<disks: x:Disk>]",
            "",
            "not exists disks.holder",
            "subject.x:disks += disks",
        )
        .operation(
            Kind::Manipulation,
            "x:Drop",
            "x:Disk",
            "",
            "",
            "",
            "delete subject",
        )
}

fn request(operation: &str, subject: &str, arguments: &[(&str, Value)]) -> Request {
    let mut bound: BTreeMap<Name, Vec<Value>> = BTreeMap::new();
    for (name, value) in arguments {
        bound
            .entry(Name::from(*name))
            .or_default()
            .push(value.clone());
    }
    Request {
        operation: iri(operation),
        subject: iri(subject),
        arguments: bound,
    }
}

fn class(answer: Result<Outcomes, CallError>) -> ErrorClass {
    match answer {
        Err(CallError::Refused { class, .. }) => class,
        other => panic!("not refused: {other:?}"),
    }
}

fn one_of(outcomes: &Outcomes, name: &str) -> Value {
    let values = &outcomes.values[&Name::from(name)];
    assert_eq!(values.len(), 1, "{name}: {values:?}");
    values[0].clone()
}

#[test]
fn a_request_is_checked_as_a_provider_would() {
    let world = world();
    let mut simulation = Simulation::new(
        &world,
        Faults {
            denied: [iri("x:Drop")].into(),
            ..Faults::default()
        },
    );
    let mut ask = |request| simulation.call(&request, None);
    assert!(ask(request("x:Start", "x:m1", &[])).is_ok());
    assert_eq!(
        class(ask(request("x:Start", "x:m1", &[]))),
        ErrorClass::State
    );
    assert_eq!(
        class(ask(request("x:Start", "x:m9", &[]))),
        ErrorClass::NotFound
    );
    assert_eq!(
        class(ask(request("x:Attach", "x:m1", &[]))),
        ErrorClass::Invalid
    );
    assert_eq!(
        class(ask(request(
            "x:MakeDisk",
            "x:service",
            &[("size", value("\"65\"^^x:Size"))]
        ))),
        ErrorClass::Invalid
    );
    let disk = one_of(
        &ask(request("x:MakeDisk", "x:service", &[])).unwrap(),
        "disk",
    );
    assert!(ask(request("x:MakeDisk", "x:service", &[])).is_ok());
    assert_eq!(
        class(ask(request("x:MakeDisk", "x:service", &[]))),
        ErrorClass::Quota
    );
    let disk = disk.as_entity().unwrap().to_string();
    assert_eq!(
        class(ask(request("x:Drop", &disk, &[]))),
        ErrorClass::Denied
    );
}

#[test]
fn effects_reach_inverses_and_created_things_have_keys() {
    let world = world();
    let mut simulation = Simulation::new(&world, Faults::default());
    let made = simulation
        .call(&request("x:MakeDisk", "x:service", &[]), Some("t1"))
        .unwrap();
    let disk = one_of(&made, "disk");
    let described = &made.entities[0];
    assert!(described.types.contains(&iri("x:Disk")));
    assert!(
        described
            .facts
            .iter()
            .any(|(property, _)| *property == iri("x:diskId")),
        "{described:?}"
    );
    assert!(
        described
            .facts
            .contains(&(iri("samos:provider"), Value::Entity(iri("x:cloud"))))
    );
    let id: Iri = disk.as_entity().unwrap().clone();
    assert!(
        simulation
            .world()
            .values(&iri("x:service"), &iri("samos:entities"))
            .members
            .contains(&disk),
        "super-property"
    );
    simulation
        .call(
            &request("x:Attach", "x:m1", &[("disks", disk.clone())]),
            None,
        )
        .unwrap();
    assert!(
        simulation
            .world()
            .values(&id, &iri("x:holder"))
            .members
            .contains(&Value::Entity(iri("x:m1"))),
        "inverse"
    );
    assert_eq!(
        class(simulation.call(
            &request("x:Attach", "x:m2", &[("disks", disk.clone())]),
            None
        )),
        ErrorClass::State
    );
    simulation
        .call(&request("x:Drop", id.as_str(), &[]), None)
        .unwrap();
    assert!(
        simulation
            .world()
            .values(&iri("x:m1"), &iri("x:disks"))
            .members
            .is_empty(),
        "gone from every fact"
    );
    assert_eq!(
        class(simulation.call(&request("x:GetSize", id.as_str(), &[]), None)),
        ErrorClass::NotFound
    );
    assert_eq!(simulation.applied().len(), 3);
}

#[test]
fn a_key_stands_for_the_thing_with_that_key() {
    let world = world();
    let mut simulation = Simulation::new(&world, Faults::default());
    let key = Value::Literal(Literal::new("mine", iri("x:Disk")));
    simulation
        .call(
            &request("x:Attach", "x:m1", &[("disks", key.clone())]),
            None,
        )
        .unwrap();
    let disks = simulation
        .world()
        .values(&iri("x:m1"), &iri("x:disks"))
        .members;
    let disk = disks.iter().next().unwrap().as_entity().unwrap();
    assert_eq!(
        simulation
            .world()
            .values(disk, &iri("x:diskId"))
            .members
            .iter()
            .next()
            .unwrap()
            .as_literal()
            .unwrap()
            .lexical
            .as_ref(),
        "mine"
    );
    assert_eq!(
        class(simulation.call(&request("x:Attach", "x:m2", &[("disks", key)]), None)),
        ErrorClass::State,
        "the same disk"
    );
}

#[test]
fn what_nobody_knows_is_decided_once_and_by_the_seed() {
    let world = world();
    let mut states = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let mut simulation = Simulation::new(
            &world,
            Faults {
                seed,
                ..Faults::default()
            },
        );
        let mut state = || {
            one_of(
                &simulation
                    .call(&request("x:GetState", "x:m2", &[]), None)
                    .unwrap(),
                "state",
            )
        };
        let first = state();
        assert_eq!(first, state(), "seed {seed}");
        assert_ne!(first, value("x:rising"), "a passing state would never pass");
        states.insert(first);
    }
    assert_eq!(states.len(), 2, "seeds differ");
    let mut simulation = Simulation::new(&world, Faults::default());
    let made = simulation
        .call(&request("x:MakeDisk", "x:service", &[]), None)
        .unwrap();
    let disk = one_of(&made, "disk").as_entity().unwrap().to_string();
    let read = simulation
        .call(&request("x:GetSize", &disk, &[]), None)
        .unwrap();
    assert_eq!(
        one_of(&read, "size").as_literal().unwrap().number(),
        Some(8.into())
    );
    assert!(["gold", "lead"].contains(&&*one_of(&read, "tier").as_literal().unwrap().lexical));
}

#[test]
fn a_renewed_address_is_new_and_a_passing_state_passes() {
    let world = world();
    let mut simulation = Simulation::new(&world, Faults::calm(1));
    simulation
        .call(&request("x:Start", "x:m1", &[]), None)
        .unwrap();
    let get = request("x:GetState", "x:m1", &[]);
    assert_eq!(
        one_of(&simulation.call(&get, None).unwrap(), "state"),
        value("x:rising")
    );
    assert_eq!(
        class(simulation.call(&request("x:Start", "x:m1", &[]), None)),
        ErrorClass::Conflict
    );
    simulation.advance(60_000);
    assert_eq!(
        one_of(&simulation.call(&get, None).unwrap(), "state"),
        value("x:on")
    );
    let read = simulation
        .call(&request("x:GetAddress", "x:m1", &[]), None)
        .unwrap();
    let key = read.entities[0]
        .facts
        .iter()
        .find(|(property, _)| *property == iri("samos:ipAddress"))
        .unwrap();
    assert!(
        key.1
            .as_literal()
            .unwrap()
            .lexical
            .starts_with("203.0.113."),
        "{key:?}"
    );
}
