//! Stories of what can be done, on a small cloud written by hand. That it is always what is found when asked anew is the
//! matter of `tests/differential`.

use std::collections::BTreeSet;

use samos_model::{Changes, Iri, Kind, Name, Truth};
use samos_reference::Estate;
use samos_reference::estate::{iri, many, one};

use super::{Counts, Missing, Standing};

/// Machines in one zone, some of them stopped, and what can be done with them.
fn cloud(machines: usize, zone: &str, stopped: usize) -> Estate {
    let change = Kind::Manipulation;
    let mut estate = Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Machine", &["x:Cloud", "samos:VirtualMachine"])
        .class("x:Zone", &["x:Cloud", "samos:Aspect"])
        .class("x:Disk", &["x:Cloud", "samos:Aspect"])
        .property("x:state", one().of("x:Machine").to("samos:State"))
        .property("x:zone", one().of("x:Machine").to("x:Zone"))
        .property("x:open", one().of("x:Zone").to("xsd:boolean"))
        .property("x:disks", many().of("x:Machine").to("x:Disk"))
        .property("x:full", one().of("x:Disk").to("xsd:boolean"))
        .entity("x:running", &["samos:Running"])
        .entity("x:stopped", &["samos:Stopped"])
        .entity("x:disk", &["x:Disk"])
        .entity("x:spare", &["x:Disk"])
        .entity("x:zone", &["x:Zone"])
        .fact("x:zone", "x:open", zone)
        .operation(
            change,
            "x:Start",
            "x:Machine",
            "",
            "",
            "subject.x:state is samos:Stopped",
            "subject.x:state = x:running",
        )
        .operation(
            change,
            "x:Stop",
            "x:Machine",
            "",
            "",
            "subject.x:state is samos:Running",
            "subject.x:state = x:stopped",
        )
        .operation(
            change,
            "x:Move",
            "x:Machine",
            "[(zone: x:Zone)]",
            "",
            "subject.x:state is samos:Stopped and subject.x:zone != zone",
            "subject.x:zone = zone",
        )
        .operation(
            change,
            "x:Scale",
            "x:Machine",
            "",
            "",
            "subject.x:zone.x:open == true",
            "",
        )
        .operation(
            change,
            "x:Copy",
            "x:Machine",
            "",
            "",
            "subject.x:disks.x:full == true",
            "",
        );
    for number in 0..machines {
        let machine = format!("x:m{number:03}");
        let state = if number < stopped {
            "x:stopped"
        } else {
            "x:running"
        };
        estate = estate
            .entity(&machine, &["x:Machine"])
            .fact(&machine, "x:state", state)
            .fact(&machine, "x:zone", "x:zone")
            .fact(&machine, "x:disks", "x:disk")
            .fact(&machine, "x:disks", "x:spare");
    }
    estate
}

fn changed(cells: &[(&str, &str)]) -> Changes {
    Changes {
        everything: false,
        cells: cells
            .iter()
            .map(|(entity, property)| (iri(entity), iri(property)))
            .collect(),
    }
}

#[test]
fn every_subject_has_its_answer() {
    let standing = Standing::build(&cloud(3, "true", 1));
    assert_eq!(standing.ready(&iri("x:Start")), [iri("x:m000")]);
    assert_eq!(
        standing.ready(&iri("x:Stop")),
        [iri("x:m001"), iri("x:m002")]
    );
    let start = standing.missing(&iri("x:Start"), &iri("x:m001"));
    let held = Missing {
        conjuncts: vec![(0, Truth::False)],
        ..Missing::default()
    };
    assert_eq!(start, Some(held));
    // Where it would go is still to be said; the one that runs could not go anywhere.
    let counts = Counts {
        subjects: 3,
        ready: 0,
        once_given: 1,
    };
    assert_eq!(standing.counts(&iri("x:Move")), counts);
    let moved = standing.missing(&iri("x:Move"), &iri("x:m000"));
    let waiting = Missing {
        parameters: vec![Name::from("zone")],
        conjuncts: vec![(1, Truth::Unknown)],
        effects: Vec::new(),
    };
    assert_eq!(moved, Some(waiting));
    assert_eq!(standing.missing(&iri("x:Start"), &iri("x:zone")), None);
    assert!(standing.operations_of(&iri("x:zone")).is_empty());
}

#[test]
fn what_many_see_through_one_thing_is_judged_once() {
    let mut standing = Standing::build(&cloud(200, "true", 0));
    assert_eq!(standing.counts(&iri("x:Scale")).ready, 200);
    let world = cloud(200, "false", 0);
    let outcome = standing.change(&world, &changed(&[("x:zone", "x:open")]));
    assert_eq!((outcome.judged, outcome.is_anew), (1, false));
    assert_eq!(standing.counts(&iri("x:Scale")).ready, 0);
}

#[test]
fn what_each_sees_for_itself_is_judged_for_it_alone() {
    let mut standing = Standing::build(&cloud(200, "true", 7));
    let world = cloud(200, "true", 8);
    let outcome = standing.change(&world, &changed(&[("x:m007", "x:state")]));
    // Is it stopped, is it running: two clauses, one of which two operations share.
    assert_eq!(outcome.judged, 2);
    assert_eq!(standing.counts(&iri("x:Start")).ready, 8);
    // A cell that nobody looks at.
    let outcome = standing.change(&world, &changed(&[("x:m007", "x:state2")]));
    assert_eq!(outcome.judged, 0);
}

#[test]
fn who_sees_several_things_is_found_from_any_of_them() {
    let mut standing = Standing::build(&cloud(100, "true", 0));
    assert_eq!(standing.counts(&iri("x:Copy")).ready, 0);
    let world = cloud(100, "true", 0).fact("x:spare", "x:full", "true");
    let outcome = standing.change(&world, &changed(&[("x:spare", "x:full")]));
    assert_eq!((outcome.judged, outcome.is_anew), (100, false));
    assert_eq!(standing.counts(&iri("x:Copy")).ready, 100);
}

#[test]
fn things_come_and_change_their_kind() {
    let mut standing = Standing::build(&cloud(2, "true", 1));
    let world =
        cloud(2, "true", 1)
            .entity("x:new", &["x:Machine"])
            .fact("x:new", "x:state", "x:stopped");
    let of_type = (iri("x:new"), Iri::from(samos_model::vocabulary::rdf::TYPE));
    let changes = Changes {
        everything: false,
        cells: BTreeSet::from([of_type.clone()]),
    };
    standing.change(&world, &changes);
    assert_eq!(
        standing.ready(&iri("x:Start")),
        [iri("x:m000"), iri("x:new")]
    );
    standing.change(&cloud(2, "true", 1), &changes);
    assert_eq!(standing.ready(&iri("x:Start")), [iri("x:m000")]);
    assert_eq!(standing.missing(&iri("x:Start"), &of_type.0), None);
}

#[test]
fn only_the_operations_asked_about_are_judged() {
    let world = cloud(3, "true", 1);
    let mut standing = Standing::of(&world, BTreeSet::from([iri("x:Start")]));
    let all = |standing: &Standing| standing.operations().cloned().collect::<Vec<_>>();
    assert_eq!(all(&standing), [iri("x:Start")]);
    let everything = Changes {
        everything: true,
        ..Changes::default()
    };
    assert!(standing.change(&cloud(3, "true", 2), &everything).is_anew);
    assert_eq!(all(&standing), [iri("x:Start")]);
    assert_eq!(standing.counts(&iri("x:Start")).ready, 2);
}

#[test]
fn groups_span_all_there_is() {
    let world = cloud(3, "true", 1);
    let groups = Standing::build(&world).together(&world);
    let stop = groups
        .iter()
        .find(|group| group.operations == [iri("x:Stop")]);
    let ready = stop.map(|group| (group.subjects.len(), group.ready()));
    assert_eq!(ready, Some((3, 2)));
}
