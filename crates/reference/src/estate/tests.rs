//! The estate answers as a world should, and says itself as Turtle.

use samos_model::{Kind, Value, World};

use super::*;

fn two_clouds() -> Estate {
    Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Instance", &["x:Cloud", "samos:VirtualMachine"])
        .class("x:PublicIP", &["samos:Aspect"])
        .equivalent_classes("x:PublicIP", "samos:PublicIPAddress")
        .property(
            "x:state",
            one()
                .of("x:Instance")
                .to("samos:State")
                .under("samos:state"),
        )
        .property(
            "x:volumes",
            many()
                .of("x:Instance")
                .to("samos:Volume")
                .inverse("x:holder"),
        )
        .property("x:holder", one().of("samos:Volume").to("x:Instance"))
        .entity("x:stopped", &["samos:Stopped"])
        .entity("x:web", &["x:Instance"])
        .entity("x:disk", &[])
        .fact("x:web", "x:state", "x:stopped")
        .fact("x:disk", "x:holder", "x:web")
        .operation(
            Kind::Manipulation,
            "x:Start",
            "x:Instance",
            "(dryRun: xsd:boolean = false)",
            "",
            "subject.state is samos:Stopped",
            "subject.state = x:running and renew subject.x:volumes",
        )
}

#[test]
fn inverses_supers_and_domains_follow() {
    let world = two_clouds();
    let web = iri("x:web");
    let volumes = world.values(&web, &iri("x:volumes"));
    assert!(volumes.members.contains(&Value::Entity(iri("x:disk"))));
    assert!(!volumes.complete, "nobody stated all volumes");
    assert!(
        world.values(&web, &iri("samos:state")).complete,
        "it is functional"
    );
    assert!(world.has_type(&iri("x:disk"), &iri("samos:Entity")));
    assert!(world.is_subtype(&iri("samos:PublicIPAddress"), &iri("x:PublicIP")));
    assert_eq!(
        world.key_of(&iri("x:PublicIP")),
        Some(iri("samos:ipAddress"))
    );
    assert_eq!(world.provider_of(&web), Some(iri("x:cloud")));
    assert!(world.values(&web, &iri("x:unheard")).members.is_empty());
}

#[test]
fn an_operation_is_read_from_its_text_and_accepted_by_its_provider() {
    let world = two_clouds();
    let start = World::operation(&world, &iri("x:Start")).unwrap();
    assert_eq!(start.provider, Some(iri("x:cloud")));
    assert!(world.accepts(start, &iri("x:web")));
    assert!(!world.accepts(start, &iri("x:disk")));
    assert_eq!(
        start.precondition,
        world.condition("subject.<https://example.org/x#state> is samos:Stopped")
    );
}

#[test]
fn the_first_name_stands_for_all_that_are_the_same() {
    let world = two_clouds().same("x:web", "x:alias");
    assert_eq!(world.canonical(&iri("x:web")), iri("x:alias"));
    assert!(world.has_type(&iri("x:alias"), &iri("x:Instance")));
    assert_eq!(world.entities_of(&iri("x:Instance")), [iri("x:alias")]);
}

#[test]
fn the_turtle_names_everything_but_the_framework() {
    let turtle = two_clouds().to_turtle();
    assert!(turtle.contains("x:web x:state x:stopped ."), "{turtle}");
    assert!(
        turtle.contains("x:web samos:provider x:cloud ."),
        "{turtle}"
    );
    assert!(turtle.contains("samos:precondition \"subject.<https://example.org/x#state> is <https://w3id.org/samos#Stopped>\""), "{turtle}");
    assert!(!turtle.contains("\nsamos:"), "{turtle}");
}
