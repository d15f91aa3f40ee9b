//! When operations are alike, and when they only seem so.

use samos_model::plan::Undo;
use samos_model::{Category, Kind};
use samos_reference::estate::one;

use super::{asked, clouds, groups, on_both, reasons};

#[test]
fn conditions_keep_apart_what_types_would_put_together() {
    let world = on_both(
        clouds(),
        Kind::Manipulation,
        ["Pause", "Halt"],
        [
            "",
            "",
            "subject.~:state is samos:Running",
            "subject.~:state = ~:stopped",
        ],
    )
    // Asks nothing before.
    .operation(
        Kind::Manipulation,
        "z:Nothing",
        "x:Size",
        "",
        "",
        "unconditional",
        "",
    );
    assert_eq!(
        groups(&world, &asked(&world, &["x:web", "y:web"], &[])).len(),
        1
    );
    let apart = |before: &str, after: &str, parameters: &str| {
        let world = clouds()
            .operation(
                Kind::Manipulation,
                "x:Pause",
                "x:Machine",
                "",
                "",
                "subject.x:state is samos:Running",
                "subject.x:state = x:stopped",
            )
            .operation(
                Kind::Manipulation,
                "y:Halt",
                "y:Machine",
                parameters,
                "",
                before,
                after,
            );
        let answer = asked(&world, &["x:web", "y:web"], &[]);
        assert!(answer.plans.is_empty(), "{before} / {after}");
        let reasons = reasons(&answer);
        reasons
            .into_iter()
            .find(|one| one.starts_with("possibly"))
            .unwrap_or_default()
    };
    assert!(
        apart("unconditional", "subject.y:state = y:stopped", "")
            .contains("the preconditions differ")
    );
    assert!(
        apart(
            "subject.y:state is samos:Stopped",
            "subject.y:state = y:stopped",
            ""
        )
        .contains("the preconditions differ")
    );
    assert!(
        apart(
            "subject.y:state is samos:Running",
            "subject.y:state = y:gone",
            ""
        )
        .contains("the effects differ")
    );
    assert!(
        apart(
            "subject.y:state is samos:Running",
            "clear subject.y:state",
            ""
        )
        .contains("the effects differ")
    );
    assert!(
        apart(
            "subject.y:state is samos:Running",
            "subject.y:state = y:stopped",
            "[(force: xsd:boolean)]"
        )
        .contains("the mandatory parameters differ")
    );
    assert_eq!(
        apart("unconditional", "subject.y:state = y:gone", ""),
        "",
        "two differences are no likeness"
    );
}

#[test]
fn a_condition_that_allows_more_states_asks_for_something_else() {
    let power = clouds()
        .operation(
            Kind::Manipulation,
            "x:Stop",
            "x:Machine",
            "",
            "",
            "subject.x:state is samos:Running",
            "subject.x:state = x:stopped",
        )
        .operation(
            Kind::Manipulation,
            "y:Cut",
            "y:Machine",
            "",
            "",
            "subject.y:state in {y:running, y:gone}",
            "subject.y:state = y:stopped",
        )
        .operation(
            Kind::Manipulation,
            "y:Stop",
            "y:Machine",
            "",
            "",
            "subject.y:state in {y:running}",
            "subject.y:state = y:stopped",
        );
    let answer = asked(&power, &["x:web", "y:web"], &[]);
    let groups = groups(&power, &answer);
    assert_eq!(groups.len(), 1, "{:?}", reasons(&answer));
    assert!(groups[0].starts_with("x:Stop ≡ y:Stop: "), "{groups:?}");
}

#[test]
fn states_are_compared_by_class_however_a_condition_is_written() {
    for (left, right) in [
        (
            "subject.x:state == x:running",
            "subject.y:state is samos:Running",
        ),
        (
            "subject.x:state in {x:running, x:stopped}",
            "subject.y:state in {y:stopped, y:running}",
        ),
        ("not subject.x:state == x:gone", "subject.y:state != y:gone"),
        (
            "not subject.x:state in {x:gone}",
            "not subject.y:state is samos:Ended",
        ),
        ("exists subject.x:state", "exists subject.y:state"),
        (
            "(subject.x:state is samos:Running or subject.x:state is samos:Stopped)",
            "(subject.y:state is samos:Running or subject.y:state is samos:Stopped)",
        ),
        // What only one provider has does not count.
        (
            "subject.x:state is samos:Running and not exists subject.x:note",
            "subject.y:state is samos:Running",
        ),
        (
            "subject.x:state is samos:Running and count(subject.x:groups) < 3",
            "subject.y:state is samos:Running and 2 > 1",
        ),
    ] {
        let world = clouds()
            .operation(
                Kind::Manipulation,
                "x:Do",
                "x:Machine",
                "",
                "",
                left,
                "subject.x:state = x:stopped",
            )
            .operation(
                Kind::Manipulation,
                "y:Do",
                "y:Machine",
                "",
                "",
                right,
                "subject.y:state = y:stopped and subject.y:note = \"done\"",
            );
        let answer = asked(&world, &["x:web", "y:web"], &[]);
        assert_eq!(
            answer.plans.len(),
            1,
            "{left} / {right}: {:?}",
            reasons(&answer)
        );
    }
}

#[test]
fn within_one_provider_nothing_is_excused() {
    let world = clouds()
        .operation(
            Kind::Manipulation,
            "x:Enable",
            "x:Machine",
            "",
            "",
            "unconditional",
            "subject.x:note = \"on\"",
        )
        .operation(
            Kind::Manipulation,
            "x:Disable",
            "x:Machine",
            "",
            "",
            "unconditional",
            "subject.x:note = \"off\"",
        );
    let answer = asked(&world, &["x:web", "x:db"], &[]);
    assert_eq!(
        groups(&world, &answer),
        ["x:Disable: x:web x:db | ", "x:Enable: x:web x:db | "]
    );
    // Across providers, two changes with nothing in common are not similar either.
    let world = clouds()
        .operation(
            Kind::Manipulation,
            "x:Enable",
            "x:Machine",
            "",
            "",
            "unconditional",
            "subject.x:note = \"on\"",
        )
        .operation(
            Kind::Manipulation,
            "y:Lock",
            "y:Machine",
            "",
            "",
            "unconditional",
            "subject.y:note = \"on\"",
        );
    let answer = asked(&world, &["x:web", "y:web"], &[]);
    assert!(answer.plans.is_empty());
    assert!(
        reasons(&answer)[1].contains("they have no effect in common"),
        "{:?}",
        reasons(&answer)
    );
}

#[test]
fn what_is_declared_similar_is_grouped() {
    let world = clouds()
        .operation(
            Kind::Manipulation,
            "x:Enable",
            "x:Machine",
            "",
            "",
            "unconditional",
            "subject.x:note = \"on\"",
        )
        .operation(
            Kind::Manipulation,
            "y:Lock",
            "y:Machine",
            "[(size: y:Size)]",
            "",
            "unconditional",
            "subject.y:size = size",
        )
        .similar("x:Enable", "y:Lock");
    let answer = asked(&world, &["x:web", "y:web"], &["size==y:small"]);
    assert_eq!(
        groups(&world, &answer),
        ["x:Enable ≡ y:Lock: x:web y:web | "]
    );
    assert_eq!(
        reasons(&answer),
        ["argument `size=y:small` is unused (1): `x:Enable` has no parameter for it"]
    );
}

#[test]
fn requests_that_read_are_similar_when_they_report_the_same() {
    let read = Kind::Information;
    let estate = on_both(
        clouds(),
        read,
        ["GetAddress", "ShowAddress"],
        [
            "",
            "(it: ~:Address) reads subject.~:address",
            "unconditional",
            "",
        ],
    );
    let estate = on_both(
        estate,
        read,
        ["GetState", "ShowState"],
        [
            "",
            "(it: ~:State) reads subject.~:state",
            "unconditional",
            "",
        ],
    );
    let world = on_both(
        estate,
        read,
        ["GetSize", "ShowSize"],
        ["", "(it: ~:Size) reads subject.~:size", "unconditional", ""],
    );
    let answer = asked(&world, &["x:web", "y:web"], &[]);
    assert_eq!(
        groups(&world, &answer),
        [
            "x:GetAddress ≡ y:ShowAddress: x:web y:web | ",
            "x:GetState ≡ y:ShowState: x:web y:web | "
        ]
    );
    assert!(matches!(
        answer.plans[0].steps[0].undo,
        Undo::Nothing { .. }
    ));
    assert!(
        reasons(&answer)
            .iter()
            .any(|one| one.contains("what they report differs")),
        "{:?}",
        reasons(&answer)
    );
    // Which of two is meant cannot be told.
    let world = world
        .property("x:oldAddress", one().of("x:Machine").to("x:Address"))
        .operation(
            read,
            "x:GetOldAddress",
            "x:Machine",
            "",
            "(it: x:Address) reads subject.x:oldAddress",
            "unconditional",
            "",
        );
    let answer = asked(&world, &["x:web", "y:web"], &[]);
    assert_eq!(answer.plans.len(), 1);
    assert!(
        reasons(&answer)
            .iter()
            .any(|one| one.contains("several operations of one provider match (2)")),
        "{:?}",
        reasons(&answer)
    );
}

#[test]
fn what_creates_the_same_kind_of_thing_is_similar() {
    let mut world = clouds();
    for (cloud, name) in [("x", "Launch"), ("y", "CreateServer")] {
        let own = |text: &str| text.replace('~', cloud);
        world = world
            .entity(&own("~:service"), &[&own("~:Service")])
            .operation(
                Kind::Manipulation,
                &format!("{cloud}:{name}"),
                &own("~:Service"),
                "[(count: xsd:integer)]",
                &own("<new: ~:Machine>"),
                "unconditional",
                &own("create new * count and new.~:state = ~:running"),
            );
    }
    world = world
        .class("samos:ComputeService", &["samos:Service"])
        .fact("samos:ComputeService", "samos:shared", "true")
        .class("x:Service", &["samos:ComputeService"])
        .class("y:Service", &["samos:ComputeService"])
        .takes("x:Launch", 0.5, 20.0)
        .takes("y:CreateServer", 0.25, 40.0);
    let answer = asked(&world, &["x:service", "y:service"], &["count=2"]);
    assert_eq!(
        groups(&world, &answer),
        ["x:Launch ≡ y:CreateServer: x:service y:service | "]
    );
    let cost = &answer.plans[0].cost;
    assert_eq!((cost.price, cost.makespan_s), (Some(0.75), Some(40.0)));
    let json = serde_json::to_value(&answer.plans[0].steps[1]).unwrap();
    assert_eq!(
        json["arguments"]["count"]["value"],
        "2".parse::<i64>().unwrap()
    );
    let missing = asked(&world, &["x:service", "y:service"], &[]);
    assert_eq!(
        missing.plans[0].not_ready.as_ref().unwrap()[0].findings[0].code,
        "V0112"
    );
    // Another category is another kind of thing.
    let world = world.category("y:CreateServer", Category::PaaS);
    let answer = asked(&world, &["x:service", "y:service"], &["count=2"]);
    assert!(answer.plans.is_empty());
}
