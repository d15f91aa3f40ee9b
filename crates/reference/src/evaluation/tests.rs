//! The evaluation by example, each named after the sentence it holds to.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::{Kind, Name, Truth};

use super::*;
use crate::Estate;
use crate::estate::{iri, many, one, value};

fn world() -> Estate {
    Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Compute", &["x:Cloud", "samos:Service"])
        .class("x:Instance", &["x:Cloud", "samos:ServiceInstance"])
        .class("x:Address", &["samos:Aspect"])
        .property("x:state", one().of("x:Instance").to("samos:State").under("samos:state"))
        .property("x:address", one().of("x:Instance").to("x:Address").inverse("x:holder"))
        .property("x:holder", one().of("x:Address").to("x:Instance"))
        .property("x:instances", many().of("x:Compute").to("x:Instance"))
        .property("x:quota", one().of("x:Compute").to("xsd:integer"))
        .entity("x:running", &["samos:Running"])
        .entity("x:stopped", &["samos:Stopped"])
        .entity("x:compute", &["x:Compute"])
        .entity("x:web", &["x:Instance"])
        .entity("x:ip", &["x:Address"])
        .fact("x:web", "samos:service", "x:compute")
        .fact("x:web", "x:state", "x:stopped")
        .fact("x:web", "x:address", "x:ip")
        .fact("x:compute", "x:instances", "x:web")
        .fact("x:compute", "x:quota", "3")
        .operation(
            Kind::Manipulation,
            "x:Create",
            "x:Compute",
            "[(number: xsd:integer)], (label: xsd:string)",
            "<made: x:Instance>",
            "count(subject.instances) + number <= subject.quota",
            "create made * number and made.state = x:running and subject.instances += made and made.samos:name = label",
        )
        .operation(
            Kind::Manipulation,
            "x:Start",
            "x:Instance",
            "",
            "",
            "subject.state is samos:Stopped",
            "subject.state = x:running and renew subject.address",
        )
        .operation(Kind::Information, "x:Look", "x:Instance", "", "(address: x:Address) reads subject.address", "", "")
        .operation(Kind::Manipulation, "x:End", "x:Instance", "", "", "", "delete subject")
}

fn ask<'w>(
    state: &State<'w>,
    operation: &str,
    subject: &str,
    arguments: &[(&str, &str)],
) -> Option<Progress<'w>> {
    let operation = state.world.operation(&iri(operation)).unwrap();
    let subject = state.thing(&value(subject));
    let arguments: BTreeMap<Name, Vec<Thing>> = arguments
        .iter()
        .map(|(name, written)| (Name::from(*name), vec![state.thing(&value(written))]))
        .collect();
    progress(
        state,
        operation,
        &subject,
        &arguments,
        "s",
        true,
        &BTreeSet::new(),
    )
}

fn truth(state: &State<'_>, estate: &Estate, condition: &str) -> Truth {
    View::new(state, &Scope::default()).condition(&estate.condition(condition))
}

#[test]
fn what_is_not_known_is_not_false() {
    let estate = world();
    let state = State::live(&estate);
    for (condition, expected) in [
        ("x:web.state is samos:Stopped", Truth::True),
        ("x:web.state == x:running", Truth::False),
        ("x:web.samos:name == \"a\"", Truth::Unknown),
        ("exists x:web.samos:name", Truth::Unknown),
        ("x:web.samos:name != \"a\"", Truth::Unknown),
        ("x:web.state in {x:running, x:stopped}", Truth::True),
        ("count(x:compute.instances) == 1.0", Truth::True),
        (
            "x:compute.quota - 1 > count(x:compute.instances)",
            Truth::True,
        ),
        (
            "(x:web.samos:name == \"a\" or x:web.state is samos:Stopped)",
            Truth::True,
        ),
        (
            "x:compute.instances.state is samos:State and not exists x:ip.holder.state.x:state",
            Truth::Unknown,
        ),
    ] {
        assert_eq!(truth(&state, &estate, condition), expected, "{condition}");
    }
}

#[test]
fn a_created_thing_differs_from_every_other_and_an_optional_one_not_given_is_left_out() {
    let estate = world();
    let state = State::live(&estate);
    let after = ask(&state, "x:Create", "x:compute", &[("number", "2")]).unwrap();
    let made = after.outcomes.get("made").unwrap();
    assert_eq!(made.len(), 2);
    assert_eq!(after.state.equal(&made[0], &made[1]), Truth::False);
    assert_eq!(
        truth(&after.state, &estate, "count(x:compute.instances) == 3"),
        Truth::True
    );
    assert!(!after.state.cell(&made[0], &iri("samos:name")).complete);
    let running = after.state.thing(&value("x:running"));
    assert_eq!(
        after.state.cell(&made[0], &iri("x:state")).members,
        BTreeSet::from([running])
    );
    assert!(
        ask(&state, "x:Create", "x:compute", &[("number", "3")]).is_none(),
        "over the quota"
    );
    assert!(
        ask(&state, "x:Create", "x:compute", &[]).is_none(),
        "a mandatory one is missing"
    );
}

#[test]
fn what_is_renewed_is_known_to_be_but_not_known() {
    let estate = world();
    let state = State::live(&estate);
    let after = ask(&state, "x:Start", "x:web", &[]).unwrap().state;
    assert_eq!(truth(&after, &estate, "exists x:web.address"), Truth::True);
    assert_eq!(
        truth(&after, &estate, "x:web.address == x:ip"),
        Truth::Unknown
    );
    assert_eq!(truth(&after, &estate, "exists x:ip.holder"), Truth::False);
    assert_eq!(
        truth(&after, &estate, "x:web.samos:state is samos:Running"),
        Truth::True
    );
    let read = ask(&after, "x:Look", "x:web", &[]).unwrap();
    let address = read.outcomes.get("address").unwrap();
    assert_eq!(
        *address,
        after
            .cell(&after.thing(&value("x:web")), &iri("x:address"))
            .members
            .into_iter()
            .collect::<Vec<_>>()
    );
    assert!(ask(&after, "x:Start", "x:web", &[]).is_none(), "it runs");
}

#[test]
fn a_deleted_thing_is_no_subject_and_no_member() {
    let estate = world();
    let state = State::live(&estate);
    let after = ask(&state, "x:End", "x:web", &[]).unwrap().state;
    assert_eq!(
        truth(&after, &estate, "count(x:compute.instances) == 0"),
        Truth::True
    );
    assert_eq!(truth(&after, &estate, "exists x:web.state"), Truth::False);
    assert!(ask(&after, "x:Look", "x:web", &[]).is_none());
}
