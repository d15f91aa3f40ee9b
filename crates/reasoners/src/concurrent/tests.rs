//! Stories of doing the same to many, on two small clouds written by hand.

mod likeness;

use samos_model::plan::{Argument, OutcomeOf, PathBefore, PlanValue, Undo};
use samos_model::{Answer, Iri, Kind, Limits, Name, Plan, Request, Supplied, SuppliedValue, World};
use samos_reference::Estate;
use samos_reference::estate::{iri, many, one, value};

use super::together;

/// Two clouds with a machine class each, under one shared class, and states of their own.
fn clouds() -> Estate {
    let mut estate = Estate::new()
        .fact("samos:VirtualMachine", "samos:shared", "true")
        .fact("samos:PublicIPAddress", "samos:shared", "true")
        .fact("samos:state", "samos:shared", "true");
    for cloud in ["x", "y"] {
        let of = |name: &str| format!("{cloud}:{name}");
        estate = estate
            .provider(&of("Cloud"), &of("cloud"))
            .class(&of("Service"), &[&of("Cloud"), "samos:Service"])
            .class(&of("Machine"), &[&of("Cloud"), "samos:VirtualMachine"])
            .class(&of("State"), &[&of("Cloud"), "samos:State"])
            .class(&of("Address"), &["samos:Aspect"])
            .equivalent_classes(&of("Address"), "samos:PublicIPAddress")
            .class(&of("Size"), &[&of("Cloud"), "samos:Aspect"])
            .property(
                &of("state"),
                one()
                    .of(&of("Machine"))
                    .to(&of("State"))
                    .under("samos:state"),
            )
            .property(&of("address"), one().of(&of("Machine")).to(&of("Address")))
            .property(&of("size"), one().of(&of("Machine")).to(&of("Size")))
            .property(&of("note"), one().of(&of("Machine")).to("xsd:string"))
            .property(&of("groups"), many().of(&of("Machine")).to("xsd:string"))
            .entity(&of("running"), &[&of("State"), "samos:Running"])
            .entity(&of("stopped"), &[&of("State"), "samos:Stopped"])
            .entity(&of("gone"), &[&of("State"), "samos:Ended"])
            .entity(&of("web"), &[&of("Machine")])
            .entity(&of("db"), &[&of("Machine")])
            .entity(&of("small"), &[&of("Size")])
            .fact(&of("web"), &of("state"), &of("running"))
            .fact(&of("db"), &of("state"), &of("stopped"));
    }
    estate
}

/// An operation on both clouds' machines; `~` stands for the cloud.
fn on_both(estate: Estate, kind: Kind, names: [&str; 2], parts: [&str; 4]) -> Estate {
    let [parameters, outcomes, before, after] = parts;
    let clouds = ["x", "y"].into_iter().zip(names);
    clouds.fold(estate, |estate, (cloud, name)| {
        let own = |text: &str| text.replace('~', cloud);
        estate.operation(
            kind,
            &format!("{cloud}:{name}"),
            &own("~:Machine"),
            &own(parameters),
            &own(outcomes),
            &own(before),
            &own(after),
        )
    })
}

fn power(estate: Estate) -> Estate {
    let change = Kind::Manipulation;
    let running = "subject.~:state is samos:Running";
    let estate = on_both(
        estate,
        change,
        ["Stop", "HaltServer"],
        [
            "",
            "",
            running,
            "subject.~:state = ~:stopped and clear subject.~:address",
        ],
    );
    let estate = on_both(
        estate,
        change,
        ["Reboot", "RebootServer"],
        ["", "", running, "subject.~:state = ~:running"],
    );
    let estate = on_both(
        estate,
        change,
        ["Terminate", "DeleteServer"],
        [
            "",
            "",
            "not subject.~:state is samos:Ended",
            "subject.~:state = ~:gone",
        ],
    );
    on_both(
        estate,
        change,
        ["Start", "BootServer"],
        [
            "",
            "",
            "subject.~:state is samos:Stopped",
            "subject.~:state = ~:running and renew subject.~:address",
        ],
    )
}

fn given(written: &[&str]) -> Vec<Supplied> {
    let one = |text: &&str| {
        let (name, held) = text.split_once('=').unwrap();
        Supplied {
            name: (!name.is_empty()).then(|| Name::from(name)),
            value: match held.strip_prefix('=') {
                Some(known) => SuppliedValue::Value(value(known)),
                None => SuppliedValue::Text(held.to_owned()),
            },
        }
    };
    written.iter().map(one).collect()
}

fn no_undo(_: &Request) -> Undo {
    Undo::Irreversible {
        irreversible: "nobody looked".to_owned(),
    }
}

fn asked(world: &Estate, subjects: &[&str], arguments: &[&str]) -> Answer {
    let subjects: Vec<Iri> = subjects.iter().map(|one| iri(one)).collect();
    together(
        world,
        &subjects,
        &given(arguments),
        &Limits::default(),
        &no_undo,
    )
}

/// The groups by name, with the subjects that are ready and those that are not.
fn groups(world: &Estate, answer: &Answer) -> Vec<String> {
    let short = |plan: &Plan| {
        let ready = plan.steps.iter().map(|step| match &step.subject {
            samos_model::plan::PlanValue::Entity { entity } => world.compact(entity),
            _ => String::new(),
        });
        let not = plan
            .not_ready
            .iter()
            .flatten()
            .map(|one| world.compact(&one.subject));
        format!(
            "{}: {} | {}",
            plan.group.as_ref().unwrap().name,
            ready.collect::<Vec<_>>().join(" "),
            not.collect::<Vec<_>>().join(" ")
        )
    };
    answer.plans.iter().map(short).collect()
}

fn reasons(answer: &Answer) -> Vec<String> {
    let dropped = answer.dropped.iter();
    dropped
        .map(|one| format!("{} ({}): {}", one.reason, one.count, one.example))
        .collect()
}

#[test]
fn stop_reboot_and_terminate_are_grouped_across_clouds_each_with_its_like() {
    let world = power(clouds());
    let answer = asked(&world, &["x:web", "y:web", "x:db", "x:web"], &[]);
    assert_eq!(
        groups(&world, &answer),
        [
            "x:Terminate ≡ y:DeleteServer: x:web y:web x:db | ",
            "x:Reboot ≡ y:RebootServer: x:web y:web | x:db",
            "x:Stop ≡ y:HaltServer: x:web y:web | x:db",
            "x:Start ≡ y:BootServer: x:db | x:web y:web",
        ]
    );
    assert!(answer.search.complete);
    let plan = &answer.plans[1];
    assert!(plan.edges.is_empty());
    assert!(plan.steps.iter().all(|step| step.layer == 1));
    assert_eq!(
        (
            plan.cost.operations,
            plan.cost.layers,
            plan.cost.manipulations
        ),
        (2, 1, 2)
    );
    assert_eq!(plan.fingerprint, plan.computed_fingerprint().unwrap());
    let not_ready = plan.not_ready.as_ref().unwrap();
    assert_eq!(not_ready[0].findings[0].code, "V0121");
    assert!(
        matches!(plan.steps[0].undo, Undo::Irreversible { .. }),
        "the caller said so"
    );
    let because = serde_json::to_string(&plan.steps[0].because).unwrap();
    assert!(
        because.contains("both subjects are `samos:VirtualMachine`"),
        "{because}"
    );
    assert!(
        because.contains("both have the effect `state` = `samos:Running`"),
        "{because}"
    );
    // What differs in one thing only is named, and never grouped.
    let reasons = reasons(&answer);
    assert!(
        reasons.iter().any(|one| one.starts_with(
            "possibly similar, but the effects differ (2): `x:Reboot` and `y:HaltServer`"
        )),
        "{reasons:?}"
    );
    assert_eq!(answer, asked(&world, &["x:web", "y:web", "x:db"], &[]));
}

#[test]
fn one_operation_on_several_subjects_of_one_cloud_is_a_group() {
    let world = power(clouds());
    let answer = asked(&world, &["x:web", "x:db"], &[]);
    assert_eq!(groups(&world, &answer)[0], "x:Terminate: x:web x:db | ");
    let answer = asked(&world, &["x:web"], &[]);
    assert!(answer.plans.is_empty());
    assert_eq!(
        reasons(&answer),
        ["offered on one of the subjects only (4): `x:Reboot`"]
    );
    let answer = asked(&world, &["x:web", "x:nobody"], &[]);
    assert!(
        reasons(&answer).contains(&"nothing is known of the subject (1): `x:nobody`".to_owned())
    );
}

#[test]
fn shared_arguments_bind_by_name_then_by_equivalent_type() {
    let world = clouds()
        .operation(
            Kind::Manipulation,
            "x:Point",
            "x:Machine",
            "[(address: x:Address)]",
            "",
            "unconditional",
            "subject.x:address = address",
        )
        .operation(
            Kind::Manipulation,
            "y:Aim",
            "y:Machine",
            "[(ip: y:Address)]",
            "",
            "unconditional",
            "subject.y:address = ip",
        )
        .similar("x:Point", "y:Aim")
        .entity("x:ip", &["x:Address"])
        .fact("x:ip", "samos:ipAddress", "\"203.0.113.1\"");
    for given in ["address=203.0.113.1", "==x:ip", "address=203.0.113.77"] {
        let answer = asked(&world, &["x:web", "y:web"], &[given]);
        assert_eq!(
            groups(&world, &answer),
            ["x:Point ≡ y:Aim: x:web y:web | "],
            "{given}"
        );
    }
    // Under one name each cloud takes the value that is its own.
    let world = on_both(
        clouds(),
        Kind::Manipulation,
        ["Resize", "Grow"],
        [
            "[(size: ~:Size)]",
            "",
            "unconditional",
            "subject.~:size = size",
        ],
    )
    .similar("x:Resize", "y:Grow");
    let answer = asked(
        &world,
        &["x:web", "y:web"],
        &["size==x:small", "size==y:small"],
    );
    assert_eq!(
        groups(&world, &answer),
        ["x:Resize ≡ y:Grow: x:web y:web | "]
    );
}

#[test]
fn what_is_taken_back_is_the_step_s_own() {
    let world = power(clouds());
    let undo = |_: &Request| Undo::By {
        operation: iri("x:Start"),
        subject: PlanValue::From {
            from: OutcomeOf {
                step: 1,
                outcome: "it".into(),
                index: None,
            },
        },
        arguments: [
            ("one".into(), Argument::One(before())),
            ("many".into(), Argument::Many(vec![before()])),
        ]
        .into(),
        except: Vec::new(),
    };
    let subjects = [iri("x:web"), iri("y:web")];
    let answer = together(&world, &subjects, &[], &Limits::default(), &undo);
    let written = serde_json::to_string(&answer.plans[0].steps[1].undo).unwrap();
    assert_eq!(written.matches("\"step\":2").count(), 3, "{written}");
}

fn before() -> PlanValue {
    PlanValue::Before {
        before: PathBefore {
            step: 1,
            path: "subject.note".to_owned(),
        },
    }
}

#[test]
fn limits_are_said() {
    let world = power(clouds());
    let subjects = [iri("x:web"), iri("y:web")];
    let few = Limits {
        answers: 2,
        ..Limits::default()
    };
    let answer = together(&world, &subjects, &[], &few, &no_undo);
    assert_eq!((answer.plans.len(), answer.search.complete), (2, false));
    let little = Limits {
        considered: 3,
        ..Limits::default()
    };
    let answer = together(&world, &subjects, &[], &little, &no_undo);
    assert_eq!(answer.search.limit, Some(samos_model::Limit::Considered));
    assert_eq!(answer.search.considered, 3);
}
