//! How effects are carried to inverses, equivalents, super- and sub-properties.

use samos_model::Kind;
use samos_reference::estate::{Estate, many, one};
use serde_json::json;

use super::world::*;

/// A machine with disks: attached from either side, under two super-properties.
fn disks() -> Estate {
    clouds()
        .class("a:Disk", &["a:Cloud", "samos:Volume"])
        .class("a:Fast", &["a:Disk"])
        .property("a:holds", many().of("a:Instance"))
        .property("a:tops", many().of("a:Instance"))
        .property(
            "a:disks",
            many()
                .of("a:Instance")
                .to("a:Disk")
                .under("a:holds")
                .inverse("a:holder"),
        )
        .property("a:volumes", many().equivalent("a:disks"))
        .property(
            "a:boot",
            one().of("a:Instance").to("a:Fast").under("a:disks"),
        )
        .property("a:loans", many().of("a:Instance").under("a:holds"))
        .property(
            "a:holder",
            one().of("a:Disk").to("a:Instance").inverse("a:disks"),
        )
        .property("a:last", one().of("a:Instance"))
        .property("a:first", one().of("a:Instance").under("a:last"))
        .entity("a:d1", &["a:Disk"])
        .entity("a:d2", &["a:Disk"])
        .known_empty("a:web", "a:loans")
        .known_empty("a:d1", "a:holder")
        .fact("a:db", "a:disks", "a:d2")
        .known_empty("a:web", "a:disks")
        .known_empty("a:web", "a:holds")
        .known_empty("a:web", "a:boot")
        .known_empty("a:web", "a:volumes")
        .fact("a:web", "a:first", "a:d1")
}

/// After the effects on the web machine, one step each, does the condition hold?
fn after(world: Estate, effects: &[&str], condition: &str) -> &'static str {
    let mut world = world;
    let mut steps = Vec::new();
    for (at, effect) in effects.iter().enumerate() {
        let name = format!("a:Do{at}");
        world = world.operation(
            Kind::Manipulation,
            &name,
            "a:Instance",
            "",
            "(new: a:Disk)",
            "",
            effect,
        );
        steps.push(step(&name, entity("a:web")));
    }
    let count = u32::try_from(steps.len()).unwrap();
    let edges: Vec<_> = (1..count).map(|at| (at, at + 1, "order")).collect();
    let goal = json!({"condition": world.condition(condition).to_string()});
    let plan = plan(&world, goal, steps, &edges);
    match errors(&world, &plan)
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [] => "true",
        ["C0402"] => "false",
        ["C0403"] => "unknown",
        ["C0306"] => "misplaced",
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_comes_is_carried() {
    for (effects, condition, worth) in [
        (
            &["subject.a:disks += a:d1"] as &[_],
            "a:web.a:holds contains a:d1 and a:web.a:volumes contains a:d1",
            "true",
        ),
        (
            &["subject.a:disks += a:d1"],
            "a:d1.a:holder == a:web",
            "true",
        ),
        (
            &["subject.a:disks += a:d2"],
            "a:d2.a:holder == a:web and not a:db.a:disks contains a:d2",
            "true",
        ),
        (
            &["a:d1.a:holder = a:db"],
            "a:db.a:disks contains a:d1",
            "true",
        ),
        (&["subject.a:disks += a:image"], "a:image is a:Disk", "true"),
        (
            &["subject.a:boot = a:d1"],
            "a:d1 is a:Fast and a:web.a:disks contains a:d1",
            "true",
        ),
        (&["subject.a:first = a:d2"], "a:web.a:last == a:d2", "true"),
        (&["subject.a:first = a:d1"], "a:web.a:last == a:d1", "true"),
        (
            &["subject.a:disks += new"],
            "exists a:web.a:disks and count(a:web.a:holds) == 1",
            "true",
        ),
    ] {
        assert_eq!(
            after(disks(), effects, condition),
            worth,
            "{effects:?}, then {condition}"
        );
    }
}

#[test]
fn what_goes_is_withdrawn() {
    for (effects, condition, worth) in [
        (
            &["subject.a:disks += a:d1", "subject.a:disks -= a:d1"] as &[_],
            "not a:web.a:holds contains a:d1 and not exists a:d1.a:holder",
            "true",
        ),
        (
            &[
                "subject.a:disks += a:d1",
                "subject.a:loans += a:d1",
                "subject.a:disks -= a:d1",
            ],
            "a:web.a:holds contains a:d1",
            "true",
        ),
        (
            &["subject.a:boot = a:d1", "subject.a:disks -= a:d1"],
            "exists a:web.a:boot",
            "false",
        ),
        (
            &["subject.a:boot = a:d1", "clear subject.a:boot"],
            "exists a:web.a:disks",
            "false",
        ),
        (
            &["subject.a:boot = a:d1", "subject.a:disks = a:d2"],
            "exists a:web.a:boot",
            "false",
        ),
        (
            &["subject.a:boot = a:d1", "subject.a:disks = a:d1"],
            "a:web.a:boot == a:d1",
            "true",
        ),
        (
            &["subject.a:boot = a:d1", "clear subject.a:disks"],
            "not exists a:web.a:boot and not exists a:web.a:volumes and not exists a:web.a:holds",
            "true",
        ),
        (
            &["subject.a:disks += a:d1", "a:d1.a:holder = a:db"],
            "a:web.a:disks contains a:d1",
            "false",
        ),
        (
            &["subject.a:disks += a:d1", "renew subject.a:disks"],
            "exists a:d1.a:holder",
            "false",
        ),
        (&["delete a:d2"], "exists a:db.a:disks", "false"),
        (&["delete a:d2"], "exists a:d2.a:holder", "false"),
        (
            &["subject.a:disks += a:d1", "delete a:d1"],
            "count(a:web.a:disks) == 0 and not exists a:d1",
            "true",
        ),
        (&["delete subject"], "exists a:web.a:size", "false"),
    ] {
        assert_eq!(
            after(disks(), effects, condition),
            worth,
            "{effects:?}, then {condition}"
        );
    }
}

#[test]
fn unknown_sets_learn_members_and_absentees() {
    for (effects, condition, worth) in [
        (
            &["a:db.a:tags += \"x\""] as &[_],
            "a:db.a:tags contains \"x\"",
            "true",
        ),
        (
            &["a:db.a:tags -= \"x\""],
            "a:db.a:tags contains \"x\"",
            "false",
        ),
        (
            &["a:db.a:tags -= \"x\""],
            "a:db.a:tags contains \"y\"",
            "unknown",
        ),
        (
            &["a:db.a:tags -= \"x\"", "a:db.a:tags += \"x\""],
            "a:db.a:tags contains \"x\"",
            "true",
        ),
        (&["a:db.a:tags = \"x\""], "count(a:db.a:tags) == 1", "true"),
        (&["clear a:db.a:tags"], "exists a:db.a:tags", "false"),
        (
            &["renew subject.a:disks", "subject.a:disks -= a:d1"],
            "exists a:web.a:disks",
            "unknown",
        ),
        (
            &["renew subject.a:disks", "subject.a:disks += a:d1"],
            "count(a:web.a:disks) == 2",
            "unknown",
        ),
        (
            &["a:web.a:tags += a:db.a:tags"],
            "exists a:web.a:tags",
            "true",
        ),
        (
            &["a:web.a:tags = a:web.a:tags"],
            "exists a:web.a:tags",
            "false",
        ),
        (
            &["subject.size = a:db.a:size"],
            "exists subjectless.a:size",
            "true",
        ),
    ] {
        let condition = condition.replace("subjectless", "a:web");
        assert_eq!(
            after(disks(), effects, &condition),
            worth,
            "{effects:?}, then {condition}"
        );
    }
}

#[test]
fn numbers_are_counted() {
    for (effects, condition, worth) in [
        (&["subject.size += 3"] as &[_], "a:web.a:size == 5", "true"),
        (&["subject.size -= 0.5"], "a:web.a:size == 1.5", "true"),
        (
            &["subject.size += subject.size + 1"],
            "a:web.a:size == 5",
            "true",
        ),
        (
            &["subject.size += 1 and subject.size += 2"],
            "a:web.a:size == 5",
            "true",
        ),
        (
            &["clear subject.size", "subject.size += 4"],
            "a:web.a:size == 4",
            "true",
        ),
        (&["a:db.a:size += 1"], "a:db.a:size == 1", "unknown"),
        (
            &["subject.size += a:db.a:size"],
            "a:web.a:size == 2",
            "unknown",
        ),
        (&["subject.size += \"x\""], "a:web.a:size == 2", "unknown"),
        (
            &["subject.size = count(subject.tags) + 7"],
            "a:web.a:size == 7",
            "true",
        ),
        (
            &["subject.size = count(a:db.a:tags)"],
            "a:web.a:size is xsd:integer",
            "true",
        ),
        (
            &["subject.size = a:db.a:size + 1"],
            "exists a:web.a:size",
            "true",
        ),
        (
            &["subject.size += 79228162514264337593543950335"],
            "exists a:web.a:size",
            "true",
        ),
        (
            &["subject.size = 79228162514264337593543950335 + 1"],
            "exists a:web.a:size",
            "true",
        ),
    ] {
        assert_eq!(
            after(disks(), effects, condition),
            worth,
            "{effects:?}, then {condition}"
        );
    }
}

#[test]
fn left_sides_must_lead_somewhere_known() {
    for (effects, worth) in [
        (&["subject.a:disks.samos:name = \"x\""] as &[_], "true"),
        (&["a:db.a:state.samos:name = \"x\""], "misplaced"),
        (&["delete a:db.a:address"], "misplaced"),
        (&["create new * a:db.a:size"], "misplaced"),
        (&["create new * 0.5"], "misplaced"),
        (&["create new * 10001"], "misplaced"),
        (&["create new * -1"], "misplaced"),
        (&["create new * subject.size"], "true"),
        (&["subject = a:db"], "misplaced"),
    ] {
        assert_eq!(
            after(disks(), effects, "unconditional"),
            worth,
            "{effects:?}"
        );
    }
}
