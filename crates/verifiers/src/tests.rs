//! Stories of verification, on small worlds written by hand.

mod conditions;
mod effects;
mod parameters;
mod requests;

use samos_model::{Iri, Kind, Name, Operation, Supplied, SuppliedValue, Value, World};
use samos_reference::Estate;
use samos_reference::estate::{Facet, iri, many, one, value};

use crate::{Bindings, Verification, verify};

/// A cloud with one stopped and one running machine, an image, a region with an allowance, and another cloud.
pub(crate) fn cloud() -> Estate {
    let estate = Estate::new()
        .provider("x:Cloud", "x:cloud")
        .provider("y:Cloud", "y:cloud")
        .class("x:Service", &["x:Cloud", "samos:Service"])
        .class("x:Machine", &["x:Cloud", "samos:VirtualMachine"])
        .class("x:SmallMachine", &["x:Machine"])
        .class("x:Image", &["x:Cloud", "samos:Aspect"])
        .class("x:Region", &["x:Cloud", "samos:Region"])
        .class("x:Volume", &["x:Cloud", "samos:Volume"])
        .class("x:Account", &["x:Cloud", "samos:Account"])
        .class("x:Address", &["samos:Aspect"])
        .class("y:Address", &["samos:Aspect"])
        .class("y:Machine", &["y:Cloud", "samos:VirtualMachine"])
        .equivalent_classes("x:Address", "samos:PublicIPAddress")
        .equivalent_classes("y:Address", "samos:PublicIPAddress")
        .datatype("x:Port", "xsd:integer", Facet::Between(1, 65535))
        .datatype(
            "x:Level",
            "xsd:string",
            Facet::OneOf(vec!["low".to_owned(), "high".to_owned()]),
        )
        .property(
            "x:state",
            one().of("x:Machine").to("samos:State").under("samos:state"),
        )
        .property("x:region", one().of("x:Cloud").to("x:Region"))
        .property("x:allowance", one().of("x:Region").to("xsd:integer"))
        .property(
            "x:live",
            many().of("x:Region").to("x:Machine").inverse("x:liveIn"),
        )
        .property("x:liveIn", one().of("x:Machine").to("x:Region"))
        .property("x:address", one().of("x:Machine").to("x:Address"))
        .property("x:volumes", many().of("x:Machine").to("x:Volume"))
        .property("x:machines", many().of("x:Service").to("x:Machine"))
        .property("x:tags", many().of("x:Machine").to("xsd:string").closed())
        .property("x:size", one().of("x:Machine").to("xsd:integer"))
        .property("x:imageId", one().of("x:Image").to("xsd:string"))
        .key("x:Image", "x:imageId")
        .property("x:regionName", one().of("x:Region").to("x:Level"))
        .key("x:Region", "x:regionName");
    entities(estate)
}

fn entities(estate: Estate) -> Estate {
    estate
        .entity("x:running", &["samos:Running"])
        .entity("x:stopped", &["samos:Stopped"])
        .entity("x:service", &["x:Service"])
        .entity("x:account", &["x:Account"])
        .entity("x:web", &["x:Machine"])
        .entity("x:db", &["x:SmallMachine"])
        .entity("x:image", &["x:Image"])
        .entity("x:north", &["x:Region"])
        .entity("x:disk", &["x:Volume"])
        .entity("x:something", &["samos:ServiceInstance"])
        .entity("y:vm", &["y:Machine"])
        .entity("x:ip", &["x:Address"])
        .entity("y:ip", &["y:Address"])
        .fact("x:ip", "samos:ipAddress", "\"203.0.113.1\"")
        .fact("x:web", "samos:service", "x:service")
        .fact("x:web", "samos:account", "x:account")
        .fact("x:image", "samos:account", "x:account")
        .fact("x:image", "x:imageId", "\"img-1\"")
        .fact("x:north", "samos:account", "x:account")
        .fact("x:north", "samos:service", "x:service")
        .fact("x:north", "x:regionName", "\"low\"")
        .fact("x:north", "x:allowance", "2")
        .fact("x:web", "x:state", "x:stopped")
        .observed("x:web", "x:state", "2026-11-21T10:00:00Z", "x:GetState")
        .fact("x:db", "x:state", "x:running")
        .fact("x:db", "x:size", "2")
        .fact("x:web", "x:region", "x:north")
        .fact("x:web", "x:volumes", "x:disk")
        .partial("x:web", "x:volumes")
}

/// The cloud with one more operation, `x:Do`, on machines.
pub(crate) fn with(parameters: &str, precondition: &str, postcondition: &str) -> Estate {
    cloud().operation(
        Kind::Manipulation,
        "x:Do",
        "x:Machine",
        parameters,
        "",
        precondition,
        postcondition,
    )
}

pub(crate) fn operation<'a>(world: &'a Estate, name: &str) -> &'a Operation {
    World::operation(world, &iri(name)).unwrap()
}

/// An argument: `name=text`, `name:=value` or `:=value` as [`value`] reads it.
pub(crate) fn given(written: &str) -> Supplied {
    let (name, held) = match written.split_once(":=") {
        Some((name, held)) => (name, SuppliedValue::Value(value(held))),
        None => {
            let (name, text) = written.split_once('=').unwrap();
            (name, SuppliedValue::Text(text.to_owned()))
        }
    };
    Supplied {
        name: (!name.is_empty()).then(|| Name::from(name)),
        value: held,
    }
}

pub(crate) fn check(world: &Estate, subject: &str, arguments: &[&str]) -> Verification {
    let supplied: Vec<_> = arguments.iter().map(|one| given(one)).collect();
    verify(world, operation(world, "x:Do"), &iri(subject), &supplied)
}

/// The codes found, in order.
pub(crate) fn codes(verification: &Verification) -> Vec<String> {
    let findings = verification.findings.iter();
    findings.map(|finding| finding.code.to_string()).collect()
}

/// An argument's values, in short names.
pub(crate) fn argument(world: &Estate, verification: &Verification, name: &str) -> Vec<String> {
    let values = verification
        .arguments
        .get(name)
        .cloned()
        .unwrap_or_default();
    values
        .iter()
        .map(|one| crate::wording::value(world, one))
        .collect()
}

pub(crate) fn bindings(subject: &str, arguments: &[(&str, &[&str])]) -> Bindings {
    Bindings {
        subject: Some(iri(subject)),
        arguments: arguments
            .iter()
            .map(|(name, values)| {
                (
                    Name::from(*name),
                    values.iter().map(|one| value(one)).collect(),
                )
            })
            .collect(),
        ..Bindings::default()
    }
}

pub(crate) fn entity(name: &str) -> Value {
    Value::Entity(iri(name))
}

pub(crate) fn class(name: &str) -> Iri {
    iri(name)
}
