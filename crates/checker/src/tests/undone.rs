//! Undos that hold and undos that do not.

use samos_model::Kind;
use samos_reference::estate::{Estate, iri};
use serde_json::{Value, json};

use super::world::*;

fn undone(world: &Estate, mut done: Value, undo: Value) -> samos_model::Plan {
    done["undo"] = undo;
    plan(world, json!({}), vec![done], &[])
}

fn by(operation: &str, subject: Value, arguments: Value, except: &[&str]) -> Value {
    json!({"operation": iri(operation), "subject": subject, "arguments": arguments, "except": except})
}

#[test]
fn words_must_be_so() {
    let world = clouds();
    let start = || step("a:Start", entity("a:web"));
    let get = || step("a:GetAddress", entity("a:web"));
    refused(
        &world,
        &undone(&world, start(), json!({"reads_only": true})),
        "C0603",
    );
    refused(
        &world,
        &undone(&world, get(), json!({"reads_only": false})),
        "C0603",
    );
    accepted(&world, &undone(&world, get(), json!({"reads_only": true})));
    accepted(
        &world,
        &undone(&world, start(), json!({"irreversible": "so"})),
    );
    assert_eq!(
        warnings(
            &world,
            &undone(&world, get(), json!({"irreversible": "so"}))
        ),
        ["C0603"]
    );
}

#[test]
fn an_undo_must_be_able_to_run() {
    let world = clouds();
    let web = || entity("a:web");
    let start = |undo| undone(&world, step("a:Start", web()), undo);
    accepted(&world, &start(by("a:Stop", web(), json!({}), &[])));
    for undo in [
        by("a:Nothing", web(), json!({}), &[]),
        by("a:Start", web(), json!({}), &[]),
        by("a:Stop", entity("a:db"), json!({}), &[]),
        by("a:Stop", entity("b:lb"), json!({}), &[]),
        by("a:Stop", web(), json!({"zzz": web()}), &[]),
        by("a:Stop", from(9, "zzz"), json!({}), &[]),
        by(
            "a:Stop",
            json!({"before": {"step": 1, "path": "= ="}}),
            json!({}),
            &[],
        ),
    ] {
        refused(&world, &start(undo.clone()), "C0601");
    }
    let subject = json!({"before": {"step": 1, "path": "subject"}});
    accepted(&world, &start(by("a:Stop", subject, json!({}), &[])));
}

#[test]
fn an_undo_may_use_only_what_is_over() {
    let world = clouds().fact("a:db", "a:state", "a:stopped");
    let get = step("a:GetAddress", entity("a:db"));
    let mut start = step("a:Start", entity("a:web"));
    start["undo"] = by(
        "b:RemoveNode",
        entity("b:lb"),
        json!({"address": from(1, "address")}),
        &[],
    );
    let plan = plan(&world, json!({}), vec![get, start], &[]);
    refused(&world, &plan, "C0601");
}

#[test]
fn an_undo_must_restore() {
    let world = clouds()
        .fact("a:db", "a:state", "a:running")
        .fact("a:db", "a:address", "a:ip")
        .entity("a:ip", &["a:Address"]);
    let db = || entity("a:db");
    let stop = |except: &[&str]| {
        undone(
            &world,
            step("a:Stop", db()),
            by("a:Start", db(), json!({}), except),
        )
    };
    // The address will be another.
    refused(&world, &stop(&[]), "C0602");
    accepted(&world, &stop(&[&format!("subject.<{}>", iri("a:address"))]));
    accepted(&world, &stop(&["subject.a:address"]));
    accepted(&world, &stop(&["subject.address"]));
    accepted(&world, &stop(&["the address of db . address"]));
    refused(&world, &stop(&["subject.a:size"]), "C0602");
    refused(
        &world,
        &stop(&[&format!("subject.<{}>", iri("a:size"))]),
        "C0602",
    );
    refused(&world, &stop(&["subject", "= ="]), "C0602");
    let size = |value: Value| {
        let resize = with(
            "a:Resize",
            entity("a:web"),
            json!({"size": literal(9, "xsd:integer")}),
        );
        undone(
            &world,
            resize,
            by("a:Resize", entity("a:web"), json!({"size": value}), &[]),
        )
    };
    accepted(&world, &size(literal(2, "xsd:integer")));
    refused(&world, &size(literal(3, "xsd:integer")), "C0602");
    let path = |property: &str| json!({"before": {"step": 1, "path": format!("subject.<{}>", iri(property))}});
    accepted(&world, &size(path("a:size")));
    refused(&world, &size(path("a:state")), "C0601");
}

#[test]
fn what_was_unknown_before_is_put_back_as_it_was() {
    let world = clouds().fact("a:db", "a:state", "a:stopped");
    let before =
        |step| json!({"before": {"step": step, "path": format!("subject.<{}>", iri("a:size"))}});
    let resize = with(
        "a:Resize",
        entity("a:db"),
        json!({"size": literal(9, "xsd:integer")}),
    );
    let undo = |value| by("a:Resize", entity("a:db"), json!({"size": value}), &[]);
    accepted(&world, &undone(&world, resize.clone(), undo(before(1))));
    refused(
        &world,
        &undone(&world, resize.clone(), undo(literal(2, "xsd:integer"))),
        "C0602",
    );
    refused(&world, &undone(&world, resize, undo(before(2))), "C0601");
    // Counting what nobody knows up and down leaves it unknown.
    let world = world
        .operation(
            Kind::Manipulation,
            "a:Up",
            "a:Instance",
            "",
            "",
            "",
            "subject.size += 1",
        )
        .operation(
            Kind::Manipulation,
            "a:Down",
            "a:Instance",
            "",
            "",
            "",
            "subject.size -= 1",
        )
        .operation(
            Kind::Manipulation,
            "a:Forget",
            "a:Instance",
            "",
            "",
            "",
            "clear subject.size",
        );
    accepted(
        &world,
        &undone(
            &world,
            step("a:Up", entity("a:db")),
            by("a:Down", entity("a:db"), json!({}), &[]),
        ),
    );
    accepted(
        &world,
        &undone(
            &world,
            step("a:Up", entity("a:web")),
            by("a:Down", entity("a:web"), json!({}), &[]),
        ),
    );
    refused(
        &world,
        &undone(
            &world,
            step("a:Up", entity("a:db")),
            by("a:Forget", entity("a:db"), json!({}), &[]),
        ),
        "C0602",
    );
}

#[test]
fn what_was_created_is_deleted_or_ended() {
    let world = clouds();
    let create = || {
        with(
            "a:Create",
            entity("a:compute"),
            json!({"image": entity("a:image")}),
        )
    };
    let made = || json!({"from": {"step": 1, "outcome": "instances", "index": 0}});
    accepted(
        &world,
        &undone(&world, create(), by("a:Delete", made(), json!({}), &[])),
    );
    accepted(
        &world,
        &undone(&world, create(), by("a:End", made(), json!({}), &[])),
    );
    let stopped = undone(&world, create(), by("a:Stop", made(), json!({}), &[]));
    assert_eq!(
        errors(&world, &stopped),
        ["C0602", "C0602"],
        "it stays, and so does the count"
    );
    let used = format!("service.<{}>", iri("a:used"));
    accepted(
        &world,
        &undone(
            &world,
            create(),
            by("a:Stop", made(), json!({}), &["instances", &used]),
        ),
    );
}

#[test]
fn what_was_deleted_stays_deleted() {
    let world = clouds();
    let create = with(
        "a:Create",
        entity("a:compute"),
        json!({"image": entity("a:image")}),
    );
    let undo = json!({"operation": create["operation"], "subject": create["subject"], "arguments": create["arguments"], "except": []});
    let deleted = undone(&world, step("a:Delete", entity("a:web")), undo);
    refused(&world, &deleted, "C0602");
}

#[test]
fn an_inverse_left_changed_is_told_by_either_end() {
    use samos_reference::estate::{many, one};
    let world = clouds()
        .class("a:Disk", &["a:Cloud", "samos:Volume"])
        .property(
            "a:disks",
            many().of("a:Instance").to("a:Disk").inverse("a:holder"),
        )
        .property(
            "a:holder",
            one().of("a:Disk").to("a:Instance").inverse("a:disks"),
        )
        .entity("a:d", &["a:Disk"])
        .known_empty("a:d", "a:holder")
        .known_empty("a:web", "a:disks")
        .operation(
            Kind::Manipulation,
            "a:Attach",
            "a:Instance",
            "[(disk: a:Disk)]",
            "",
            "",
            "subject.a:disks += disk",
        )
        .operation(
            Kind::Manipulation,
            "a:Detach",
            "a:Instance",
            "[(disk: a:Disk)]",
            "",
            "",
            "subject.a:disks -= disk",
        );
    let attach = || with("a:Attach", entity("a:web"), json!({"disk": entity("a:d")}));
    let disk = json!({"disk": entity("a:d")});
    accepted(
        &world,
        &undone(
            &world,
            attach(),
            by("a:Detach", entity("a:web"), disk.clone(), &[]),
        ),
    );
    let again = |except: &[&str]| {
        undone(
            &world,
            attach(),
            by("a:Attach", entity("a:web"), disk.clone(), except),
        )
    };
    assert_eq!(errors(&world, &again(&[])), ["C0602", "C0602"]);
    accepted(&world, &again(&[&format!("subject.<{}>", iri("a:disks"))]));
}

#[test]
fn of_a_value_nobody_knows_nothing_was_read_that_could_be_put_back() {
    use samos_reference::estate::{many, one};
    let world = clouds()
        .class("a:Disk", &["a:Cloud", "samos:Volume"])
        .property("a:spare", one().of("a:Service").to("a:Disk"))
        .property(
            "a:disks",
            many().of("a:Instance").to("a:Disk").inverse("a:holder"),
        )
        .property(
            "a:holder",
            one().of("a:Disk").to("a:Instance").inverse("a:disks"),
        )
        .known_empty("a:web", "a:disks")
        .operation(
            Kind::Information,
            "a:GetSpare",
            "a:Service",
            "",
            "(disk: a:Disk) reads subject.a:spare",
            "",
            "",
        )
        .operation(
            Kind::Manipulation,
            "a:Attach",
            "a:Instance",
            "[(disk: a:Disk)]",
            "",
            "",
            "subject.a:disks += disk",
        )
        .operation(
            Kind::Manipulation,
            "a:Detach",
            "a:Instance",
            "[(disk: a:Disk)]",
            "",
            "",
            "subject.a:disks -= disk",
        );
    let mut get = step("a:GetSpare", entity("a:compute"));
    get["undo"] = json!({"reads_only": true});
    let disk = json!({"disk": from(1, "disk")});
    let mut attach = with("a:Attach", entity("a:web"), disk.clone());
    attach["undo"] = by("a:Detach", entity("a:web"), disk, &[]);
    let plan = plan(&world, json!({}), vec![get, attach], &[(1, 2, "data")]);
    accepted(&world, &assuming(&world, plan, 1, "exists subject.a:spare"));
}
