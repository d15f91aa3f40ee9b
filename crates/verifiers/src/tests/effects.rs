//! Effects: what to expect of a step, and whether it shows.

use std::collections::BTreeMap;

use samos_model::Truth::{self, False, True, Unknown};

use super::*;
use crate::effects::{
    Expectation, created, expect, is_created, is_unread, type_of_placeholder, unread,
};
use crate::evaluation::equal;
use crate::holds_after;

/// Whether the effects show in the cloud as it is, on a subject.
fn shows(effects: &str, subject: &str) -> Truth {
    let world = with(
        "(image: x:Image), <machines: x:Machine>",
        "unconditional",
        effects,
    );
    let arguments = BTreeMap::from([(
        Name::from("machines"),
        vec![entity("x:web"), entity("x:db")],
    )]);
    let operation = operation(&world, "x:Do");
    holds_after(
        &world,
        operation,
        &Bindings::new(operation, &iri(subject), &arguments),
    )
}

#[test]
fn each_kind_of_effect_shows_in_its_own_way() {
    for (expected, effects) in [
        (True, "subject.state = x:stopped"),
        (False, "subject.state = x:running"),
        (Unknown, "subject.size = 3"),
        (True, "subject.volumes += x:disk"),
        (Unknown, "subject.volumes += x:ip"),
        (False, "subject.tags += \"a\""),
        (True, "subject.tags -= \"a\""),
        (False, "subject.volumes -= x:disk"),
        (True, "clear subject.tags"),
        (False, "clear subject.state"),
        (Unknown, "clear subject.address"),
        (True, "renew subject.state"),
        (Unknown, "renew subject.address"),
        (False, "renew subject.tags"),
        (False, "delete subject"),
        (Unknown, "delete subject.address"),
        (Unknown, "subject.volumes = x:disk"),
        (
            False,
            "subject.volumes = x:ip and subject.state = x:running",
        ),
        (Unknown, "subject.address.ipAddress = \"1\""),
        (True, "subject.region = image.region"),
        (False, "machines.state = x:stopped"),
        (True, "renew machines.state"),
        (True, "subject.state = x:stopped and clear subject.tags"),
        (Unknown, "subject.size += 1"),
        (Unknown, "subject.state = subject.state"),
        (
            False,
            "machines.liveIn = x:north and subject.state = x:running",
        ),
    ] {
        assert_eq!(shows(effects, "x:web"), expected, "{effects}");
    }
    // A counter, and a right side that the step itself changes, are not judged by the state after.
    assert_eq!(shows("subject.size = 2", "x:db"), True);
    assert_eq!(shows("subject.size += 1", "x:db"), Unknown);
}

#[test]
fn expectations_taken_before_tell_what_a_counter_shows_after() {
    let before = with("", "unconditional", "subject.size += 1");
    let after = cloud().fact("x:web", "x:size", "3");
    let operation = operation(&before, "x:Do");
    let none = BTreeMap::new();
    let expected = expect(
        &before,
        operation,
        &Bindings::new(operation, &iri("x:db"), &none),
    );
    assert_eq!(expected[0].truth(&before, &none), False);
    let Expectation::Cell {
        property, holds, ..
    } = expected[0].clone()
    else {
        panic!("it is one");
    };
    // The same of another machine, which has three.
    let of = crate::effects::Place::Entity(iri("x:web"));
    assert_eq!(
        Expectation::Cell {
            of,
            property,
            holds
        }
        .truth(&after, &none),
        True
    );
    let before = with("", "unconditional", "subject.size -= 1").known_empty("x:web", "x:size");
    let operation = super::operation(&before, "x:Do");
    let expected = expect(
        &before,
        operation,
        &Bindings::new(operation, &iri("x:web"), &none),
    );
    assert!(format!("{expected:?}").contains("\"-1\""), "{expected:?}");
    // What is not a number, or not known, cannot be counted on.
    let before = with(
        "",
        "unconditional",
        "subject.state += 1 and subject.size += 1",
    );
    let operation = super::operation(&before, "x:Do");
    let expected = expect(
        &before,
        operation,
        &Bindings::new(operation, &iri("x:web"), &none),
    );
    let truths: Vec<_> = expected
        .iter()
        .map(|one| one.truth(&before, &none))
        .collect();
    assert_eq!(truths, [Unknown, Unknown]);
}

fn creating() -> Estate {
    cloud().operation(
        Kind::Manipulation,
        "x:Make",
        "x:Service",
        "[(count: xsd:integer)]",
        "<new: x:Machine>, (first: x:Machine)",
        "unconditional",
        "create new * count and new.state = x:running and new.liveIn = x:north and service.machines += new",
    )
}

fn made(world: &Estate, count: &str, new: Option<&[&str]>) -> Truth {
    let operation = operation(world, "x:Make");
    let arguments = BTreeMap::from([(Name::from("count"), vec![value(count)])]);
    let outcomes = new.map(|names| {
        let values = names.iter().map(|name| value(name)).collect();
        BTreeMap::from([(Name::from("new"), values)])
    });
    let bindings = Bindings::new(operation, &iri("x:service"), &arguments);
    holds_after(
        world,
        operation,
        &bindings.with_outcomes(outcomes.unwrap_or_default()),
    )
}

#[test]
fn what_is_created_shows_when_it_is_there_with_its_values() {
    let world = creating();
    assert_eq!(made(&world, "1", None), Unknown, "nobody said which");
    assert_eq!(made(&world, "2", Some(&["x:db"])), False, "one too few");
    let there =
        world
            .clone()
            .fact("x:db", "x:liveIn", "x:north")
            .fact("x:service", "x:machines", "x:db");
    assert_eq!(made(&there, "1", Some(&["x:db"])), True);
    assert_eq!(made(&there, "1", Some(&["x:web"])), False, "it is stopped");
    assert_eq!(made(&there, "1", Some(&["x:nowhere"])), False);
    assert_eq!(made(&world, "1", Some(&["\"m-1\"^^x:Machine"])), Unknown);
    assert_eq!(made(&world, "0", Some(&[])), True);
    assert_eq!(made(&world, "20000", Some(&["x:db"])), Unknown);
}

#[test]
fn what_is_expected_before_is_found_in_what_came_back() {
    let world = creating();
    let operation = operation(&world, "x:Make");
    let arguments = BTreeMap::from([(Name::from("count"), vec![value("1")])]);
    let bindings = Bindings::new(operation, &iri("x:service"), &arguments);
    let expected = expect(&world, operation, &bindings);
    let after =
        world
            .clone()
            .fact("x:db", "x:liveIn", "x:north")
            .fact("x:service", "x:machines", "x:db");
    let outcomes = BTreeMap::from([(Name::from("new"), vec![entity("x:db")])]);
    let truths: Vec<_> = expected
        .iter()
        .map(|one| one.truth(&after, &outcomes))
        .collect();
    assert_eq!(truths, [True; 4]);
    let nothing: Vec<_> = expected
        .iter()
        .map(|one| one.truth(&after, &BTreeMap::new()))
        .collect();
    assert_eq!(nothing, [Unknown; 4]);
    let key = BTreeMap::from([(Name::from("new"), vec![value("\"m-1\"^^x:Machine")])]);
    assert_eq!(expected[1].truth(&after, &key), Unknown);
    // A thing of its own property, and one outcome of another's.
    let world = cloud().operation(
        Kind::Manipulation, "x:Make", "x:Service", "", "(new: x:Machine), (other: x:Machine)", "unconditional",
        "create new and new.volumes += new and new.volumes += other and new.region.live = other and other.region.allowance = 3",
    );
    let operation = super::operation(&world, "x:Make");
    let expected = expect(
        &world,
        operation,
        &Bindings::new(operation, &iri("x:service"), &BTreeMap::new()),
    );
    let outcomes = BTreeMap::from([
        (Name::from("new"), vec![entity("x:db")]),
        (Name::from("other"), vec![entity("x:web")]),
    ]);
    let truths: Vec<_> = expected
        .iter()
        .map(|one| one.truth(&world, &outcomes))
        .collect();
    assert_eq!(truths, [True, Unknown, Unknown, Unknown, Unknown]);
}

#[test]
fn a_key_given_before_is_the_individual_known_after() {
    let before = with(
        "[(address: x:Address)]",
        "unconditional",
        "subject.address = address",
    );
    let operation = operation(&before, "x:Do");
    let key = value("\"203.0.113.1\"^^x:Address");
    let arguments = BTreeMap::from([(Name::from("address"), vec![key])]);
    let expected = expect(
        &before,
        operation,
        &Bindings::new(operation, &iri("x:web"), &arguments),
    );
    let after = cloud().fact("x:web", "x:address", "x:ip");
    assert_eq!(expected[0].truth(&after, &BTreeMap::new()), True);
}

#[test]
fn placeholders_stand_for_what_nobody_has_read_or_made() {
    let world = cloud();
    let (read, made) = (unread(&class("x:Address")), created(&class("x:Machine")));
    assert!(is_unread(&read) && is_created(&made) && !is_created(&read));
    assert_eq!(type_of_placeholder(&made), Some(class("x:Machine")));
    let (read, made) = (Value::Entity(read), Value::Entity(made));
    assert_eq!(equal(&world, &read, &entity("x:ip")), Unknown);
    assert_eq!(equal(&world, &read, &value("1")), Unknown);
    assert_eq!(equal(&world, &made, &entity("x:web")), False);
    assert_eq!(equal(&world, &made, &value("1")), False);
    assert_eq!(equal(&world, &made, &made), True);
    let bindings = Bindings {
        arguments: BTreeMap::from([(Name::from("it"), vec![read])]),
        ..Bindings::default()
    };
    let condition = world.condition("it < 3");
    assert_eq!(
        crate::condition_truth(&world, &condition, &bindings),
        Unknown
    );
}
