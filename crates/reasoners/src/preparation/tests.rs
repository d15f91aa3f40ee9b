//! Stories of preparation, on a small cloud written by hand.

use samos_model::request::{Fit, Way};
use samos_model::{Iri, Kind, Limits, Name, Supplied, SuppliedValue, World};
use samos_reference::Estate;
use samos_reference::estate::{iri, many, one, value};

use super::{Preparation, PreparedOperation, prepare, prepare_operation};

/// A load balancer that wants an address, two machines (one stopped, one running), volumes, a quota.
fn cloud() -> Estate {
    let estate = Estate::new()
        .provider("x:Cloud", "x:cloud")
        .provider("y:Cloud", "y:cloud")
        .class("x:Service", &["x:Cloud", "samos:Service"])
        .class("x:Machine", &["x:Cloud", "samos:VirtualMachine"])
        .class("x:Balancer", &["x:Cloud", "samos:LoadBalancer"])
        .class("x:Volume", &["x:Cloud", "samos:Volume"])
        .class("x:Region", &["x:Cloud", "samos:Region"])
        .class("x:Size", &["x:Cloud", "samos:Aspect"])
        .property(
            "x:state",
            one().of("x:Machine").to("samos:State").under("samos:state"),
        )
        .property(
            "x:address",
            one().of("x:Machine").to("samos:PublicIPAddress"),
        )
        .property(
            "x:nodes",
            many().of("x:Balancer").to("samos:PublicIPAddress"),
        )
        .property("x:holder", one().of("x:Volume").to("x:Machine"))
        .property(
            "x:volumes",
            many().of("x:Machine").to("x:Volume").inverse("x:holder"),
        )
        .property("x:size", one().of("x:Machine").to("x:Size"))
        .property("x:machines", many().of("x:Service").to("x:Machine"))
        .property(
            "x:live",
            many().of("x:Region").to("x:Machine").inverse("x:liveIn"),
        )
        .property("x:liveIn", one().of("x:Machine").to("x:Region"))
        .property("x:quota", one().of("x:Region").to("xsd:integer"));
    let estate = estate
        .entity("x:running", &["samos:Running"])
        .entity("x:stopped", &["samos:Stopped"])
        .entity("x:stopping", &["samos:Stopping"])
        .entity("x:ended", &["samos:Ended"])
        .fact("x:stopping", "samos:becomes", "x:stopped")
        .entity("x:service", &["x:Service"])
        .entity("x:web", &["x:Machine"])
        .entity("x:db", &["x:Machine"])
        .entity("x:lb", &["x:Balancer"])
        .entity("x:disk", &["x:Volume"])
        .entity("x:north", &["x:Region"])
        .entity("x:small", &["x:Size"])
        .entity("x:large", &["x:Size"])
        .fact("x:web", "samos:service", "x:service")
        .fact("x:db", "samos:service", "x:service")
        .fact("x:web", "x:state", "x:stopped")
        .fact("x:db", "x:state", "x:running")
        .fact("x:db", "x:size", "x:small")
        .fact("x:disk", "x:holder", "x:db")
        .fact("x:db", "x:volumes", "x:disk")
        .known_empty("x:web", "x:volumes")
        .fact("x:north", "x:live", "x:db")
        .fact("x:north", "x:quota", "1");
    operations(estate)
}

fn operations(estate: Estate) -> Estate {
    let change = Kind::Manipulation;
    estate
        .operation(
            change,
            "x:Start",
            "x:Machine",
            "",
            "",
            "subject.state is samos:Stopped",
            "subject.state = x:running and renew subject.address",
        )
        .operation(
            change,
            "x:Stop",
            "x:Machine",
            "",
            "",
            "subject.state is samos:Running",
            "subject.state = x:stopped and clear subject.address",
        )
        .operation(
            change,
            "x:End",
            "x:Machine",
            "",
            "",
            "not subject.state is samos:Ended",
            "subject.state = x:ended and clear subject.liveIn",
        )
        .operation(
            change,
            "x:Resize",
            "x:Machine",
            "[(size: x:Size)]",
            "",
            "subject.state is samos:Stopped",
            "subject.size = size",
        )
        .operation(
            change,
            "x:Snapshot",
            "x:Machine",
            "",
            "",
            "subject.size == x:large",
            "",
        )
        .operation(
            change,
            "x:Launch",
            "x:Region",
            "",
            "(machine: x:Machine)",
            "count(subject.live) + 1 <= subject.quota",
            "create machine and machine.state = x:running and subject.live += machine",
        )
        .operation(
            change,
            "x:Attach",
            "x:Volume",
            "[(machine: x:Machine)]",
            "",
            "not exists subject.holder",
            "subject.holder = machine",
        )
        .operation(
            change,
            "x:Detach",
            "x:Volume",
            "",
            "",
            "exists subject.holder",
            "clear subject.holder",
        )
        .operation(
            change,
            "x:AddNode",
            "x:Balancer",
            "[(address: samos:PublicIPAddress)], (port: xsd:integer = 80)",
            "",
            "not subject.nodes contains address",
            "subject.nodes += address",
        )
        .operation(
            change,
            "x:Wipe",
            "x:Machine",
            "",
            "",
            "not exists subject.volumes",
            "",
        )
        .operation(
            change,
            "x:Destroy",
            "x:Volume",
            "",
            "",
            "unconditional",
            "delete subject",
        )
        .operation(
            Kind::Information,
            "x:GetAddress",
            "x:Machine",
            "",
            "(address: samos:PublicIPAddress) reads subject.address",
            "subject.state is samos:Running",
            "",
        )
        .operation(
            Kind::Information,
            "x:GetState",
            "x:Machine",
            "",
            "(state: samos:State) reads subject.x:state",
            "unconditional",
            "",
        )
        .operation(
            Kind::Information,
            "x:ListNodes",
            "x:Balancer",
            "",
            "<nodes: samos:PublicIPAddress> reads subject.nodes",
            "unconditional",
            "",
        )
}

fn at_hand(written: &[&str]) -> Vec<Supplied> {
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

fn prepared(world: &Estate, subject: &str, arguments: &[&str]) -> Preparation {
    prepare(
        world,
        &iri(subject),
        &at_hand(arguments),
        &Limits::default(),
    )
}

fn of<'a>(preparation: &'a Preparation, operation: &str) -> &'a PreparedOperation {
    let mut operations = preparation.operations.iter();
    operations
        .find(|one| one.operation == iri(operation))
        .unwrap()
}

/// The options of a finding, in short.
fn options(world: &Estate, operation: &PreparedOperation, finding: usize) -> Vec<String> {
    let short = |iri: &Iri| world.compact(iri);
    let ready = |ready: &bool| if *ready { "ready" } else { "not ready" };
    let word = |way: &Way| match way {
        Way::Use { value, fit, from } => {
            let value = value.as_known().unwrap();
            format!(
                "use {} {fit:?} {from}",
                samos_verifiers::wording::value(world, &value)
            )
        }
        Way::Call {
            operation,
            subject,
            outcome,
            ready: is,
        } => {
            let gives = outcome
                .as_ref()
                .map_or(String::new(), |name| format!(" for {name}"));
            format!(
                "call {} on {}{gives}, {}",
                short(operation),
                short(subject),
                ready(is)
            )
        }
        Way::Read {
            operation,
            subject,
            ready: is,
        } => {
            format!(
                "read {} on {}, {}",
                short(operation),
                short(subject),
                ready(is)
            )
        }
        Way::Wait { becomes } => format!("wait for {}", short(becomes)),
        Way::Enter { expected } => format!("enter {expected}"),
    };
    operation.findings[finding]
        .options
        .iter()
        .map(word)
        .collect()
}

#[test]
fn every_operation_of_the_subject_comes_those_that_only_read_first() {
    let world = cloud();
    let preparation = prepared(&world, "x:web", &[]);
    let names: Vec<_> = preparation
        .operations
        .iter()
        .map(|one| (world.compact(&one.operation), one.ready))
        .collect();
    let expected = [
        ("x:GetAddress", false),
        ("x:GetState", true),
        ("x:End", true),
        ("x:Resize", false),
        ("x:Snapshot", false),
        ("x:Start", true),
        ("x:Stop", false),
        ("x:Wipe", true),
    ];
    assert_eq!(
        names,
        expected.map(|(name, ready)| (name.to_owned(), ready))
    );
    assert!(preparation.search.complete);
    assert_eq!(preparation.search.kept, 8);
    assert_eq!(
        preparation,
        prepared(&world, "x:web", &[]),
        "same question, same answer"
    );
}

#[test]
fn a_false_condition_offers_what_makes_it_true() {
    let world = cloud();
    let preparation = prepared(&world, "x:web", &[]);
    let stop = of(&preparation, "x:Stop");
    assert_eq!(
        options(&world, stop, 0),
        [
            "call x:Start on x:web, ready",
            "read x:GetState on x:web, ready"
        ]
    );
    assert_eq!(stop.findings[0].help, "`x:Start` on `x:web` makes it true");
    let start = prepared(&world, "x:db", &[]);
    assert_eq!(
        options(&world, of(&start, "x:Start"), 0),
        [
            "call x:Stop on x:db, ready",
            "read x:GetState on x:db, ready"
        ]
    );
}

#[test]
fn a_missing_value_can_be_at_hand_known_or_given_by_an_operation() {
    let world = cloud()
        .entity("x:ip", &["samos:PublicIPAddress"])
        .entity("y:ip", &["samos:PublicIPAddress"]);
    let preparation = prepared(&world, "x:lb", &[]);
    let add = of(&preparation, "x:AddNode");
    assert_eq!(add.findings[0].code, "V0112");
    assert_eq!(
        options(&world, add, 0),
        [
            "use x:ip Exact known",
            "call x:GetAddress on x:db for address, ready",
            "call x:ListNodes on x:lb for nodes, ready",
            "call x:GetAddress on x:web for address, not ready",
            "enter the name of a `samos:PublicIPAddress`, or its `ipAddress`, any text",
        ]
    );
    // The condition on it waits for it.
    assert_eq!(add.findings[1].code, "V0123");
    let preparation = prepared(&world, "x:lb", &["==x:ip", "other=1"]);
    let add = of(&preparation, "x:AddNode");
    assert_eq!(add.arguments.len(), 2);
    assert_eq!(add.findings[0].code, "V0122");
    assert_eq!(options(&world, add, 0), ["read x:ListNodes on x:lb, ready"]);
    assert_eq!(add.unused, ["other=1"]);
}

#[test]
fn what_only_may_fit_is_offered_and_not_used() {
    let world = cloud().entity("x:thing", &["samos:Aspect"]);
    let preparation = prepared(&world, "x:web", &["==x:thing"]);
    let resize = of(&preparation, "x:Resize");
    assert_eq!(
        options(&world, resize, 0),
        [
            "use x:thing May at hand as `x:thing`",
            "use x:large Exact known",
            "use x:small Exact known",
            "enter the name of a `x:Size`",
        ]
    );
    assert!(matches!(
        resize.findings[0].options[0],
        Way::Use { fit: Fit::May, .. }
    ));
}

#[test]
fn two_parameters_that_want_one_value_are_offered_it() {
    let world = cloud().operation(
        Kind::Manipulation,
        "x:Compare",
        "x:Machine",
        "[(one: x:Size)], [(other: x:Size)]",
        "",
        "unconditional",
        "",
    );
    let preparation = prepared(&world, "x:web", &["==x:small", "it=x:large"]);
    let compare = of(&preparation, "x:Compare");
    assert_eq!(
        options(&world, compare, 0)[..2],
        [
            "use x:large Exact at hand as `it=x:large`",
            "use x:small Exact at hand as `x:small`"
        ]
    );
    assert_eq!(options(&world, compare, 0).len(), 3, "none is listed twice");
}

#[test]
fn long_lists_are_cut_and_the_rest_is_counted() {
    let mut world = cloud();
    for number in 0..20 {
        world = world.entity(&format!("x:size-{number}"), &["x:Size"]);
    }
    let preparation = prepared(&world, "x:web", &[]);
    let resize = of(&preparation, "x:Resize");
    assert_eq!(
        resize.findings[0].options.len(),
        17,
        "sixteen and one to enter"
    );
    assert!(
        resize.findings[0].help.ends_with("; 6 more known ones fit"),
        "{}",
        resize.findings[0].help
    );
    let limits = Limits {
        considered: 3,
        ..Limits::default()
    };
    let cut = prepare(&world, &iri("x:web"), &[], &limits);
    assert!(!cut.search.complete);
    assert_eq!(cut.search.considered, 3);
}

#[test]
fn an_argument_can_be_chosen_so_that_a_condition_comes_true() {
    let world = cloud();
    let preparation = prepared(&world, "x:db", &[]);
    let snapshot = of(&preparation, "x:Snapshot");
    assert_eq!(
        options(&world, snapshot, 0),
        ["call x:Resize on x:db, not ready"]
    );
}

#[test]
fn a_passing_state_is_waited_for() {
    let world = cloud()
        .entity("x:new", &["x:Machine"])
        .fact("x:new", "x:state", "x:stopping");
    let preparation = prepared(&world, "x:new", &[]);
    let start = of(&preparation, "x:Start");
    assert_eq!(options(&world, start, 0)[0], "wait for x:stopped");
    assert_eq!(start.findings[0].help, "wait until it is `x:stopped`");
    // Stopping it is an option, too, though it is not ready.
    assert!(options(&world, start, 0).contains(&"call x:Stop on x:new, not ready".to_owned()));
}

#[test]
fn a_set_is_emptied_from_its_other_end() {
    let world = cloud();
    let preparation = prepared(&world, "x:db", &[]);
    let wipe = of(&preparation, "x:Wipe");
    assert_eq!(
        options(&world, wipe, 0),
        [
            "call x:Destroy on x:disk, ready",
            "call x:Detach on x:disk, ready",
            "call x:Attach on x:disk, not ready",
        ]
    );
    // A quota: one that ends makes room.
    let preparation = prepared(&world, "x:north", &[]);
    let launch = of(&preparation, "x:Launch");
    assert_eq!(options(&world, launch, 0), ["call x:End on x:db, ready"]);
    // What is held by one machine goes free.
    let preparation = prepared(&world, "x:disk", &[]);
    let attach = of(&preparation, "x:Attach");
    assert_eq!(attach.findings[1].code, "V0121");
    assert_eq!(
        options(&world, attach, 1),
        ["call x:Detach on x:disk, ready"]
    );
}

#[test]
fn renewing_brings_about_existence_but_no_certain_value() {
    let world = cloud()
        .known_empty("x:web", "x:address")
        .entity("x:ip", &["samos:PublicIPAddress"])
        .operation(
            Kind::Manipulation,
            "x:Publish",
            "x:Machine",
            "",
            "",
            "exists subject.address",
            "",
        )
        .operation(
            Kind::Manipulation,
            "x:Pin",
            "x:Machine",
            "",
            "",
            "subject.address == x:ip",
            "",
        );
    let preparation = prepared(&world, "x:web", &[]);
    assert_eq!(
        options(&world, of(&preparation, "x:Publish"), 0),
        [
            "call x:Start on x:web, ready",
            "read x:GetAddress on x:web, not ready"
        ]
    );
    assert_eq!(
        options(&world, of(&preparation, "x:Pin"), 0),
        ["read x:GetAddress on x:web, not ready"]
    );
}

#[test]
fn what_is_made_counts() {
    let world = cloud()
        .entity("x:south", &["x:Region"])
        .known_empty("x:south", "x:live")
        .fact("x:south", "x:quota", "5")
        .operation(
            Kind::Manipulation,
            "x:Measure",
            "x:Region",
            "",
            "",
            "exists subject.live and (subject.quota > 9 or count(subject.live) > 0)",
            "",
        );
    let preparation = prepared(&world, "x:south", &[]);
    let measure = of(&preparation, "x:Measure");
    assert_eq!(
        options(&world, measure, 0),
        ["call x:Launch on x:south, ready"]
    );
    assert_eq!(
        options(&world, measure, 1),
        ["call x:Launch on x:south, ready"]
    );
}

#[test]
fn a_relation_is_carried_to_supers_and_subs() {
    let world = cloud().operation(
        Kind::Manipulation,
        "x:Bless",
        "x:Machine",
        "",
        "",
        "subject.samos:state in {x:ended} and not subject.samos:state == x:running",
        "",
    );
    let preparation = prepared(&world, "x:db", &[]);
    let bless = of(&preparation, "x:Bless");
    assert_eq!(options(&world, bless, 0)[0], "call x:End on x:db, ready");
    assert_eq!(
        options(&world, bless, 1)[..2],
        ["call x:End on x:db, ready", "call x:Stop on x:db, ready"]
    );
}

#[test]
fn one_operation_is_prepared_with_arguments_meant_for_it() {
    let world = cloud();
    let resize = World::operation(&world, &iri("x:Resize")).unwrap();
    let preparation = prepare_operation(
        &world,
        resize,
        &iri("x:web"),
        &at_hand(&["sice=x:small"]),
        &Limits::default(),
    );
    let codes: Vec<_> = preparation.operations[0]
        .findings
        .iter()
        .map(|one| one.code.clone())
        .collect();
    assert_eq!(codes, ["V0112", "V0111"]);
    let json = serde_json::to_value(&preparation).unwrap();
    let operation = &json["operations"][0];
    assert_eq!(operation["ready"], false);
    assert_eq!(operation["findings"][0]["options"][0]["way"], "use");
    let ready = prepare_operation(
        &world,
        resize,
        &iri("x:web"),
        &at_hand(&["size==x:small"]),
        &Limits::default(),
    );
    assert!(ready.operations[0].ready);
    let json = serde_json::to_value(&ready).unwrap();
    assert_eq!(
        json["operations"][0]["arguments"]["size"]["entity"],
        iri("x:small").as_str()
    );
}

#[test]
fn an_operation_of_another_cloud_is_no_option() {
    let world = cloud()
        .class("y:Service", &["y:Cloud", "samos:Service"])
        .entity("y:service", &["y:Service"])
        .operation(
            Kind::Information,
            "y:GetAddress",
            "y:Service",
            "",
            "(address: samos:PublicIPAddress)",
            "unconditional",
            "",
        );
    let preparation = prepared(&world, "x:lb", &[]);
    let all = options(&world, of(&preparation, "x:AddNode"), 0).join(" ");
    assert!(!all.contains("y:GetAddress"), "{all}");
}

#[test]
fn the_last_member_of_a_set_is_taken_out_of_it() {
    let change = Kind::Manipulation;
    let world = cloud()
        .entity("x:ip", &["samos:PublicIPAddress"])
        .entity("x:other", &["samos:PublicIPAddress"])
        .fact("x:lb", "x:nodes", "x:ip")
        .operation(
            change,
            "x:Drop",
            "x:Balancer",
            "[(node: samos:PublicIPAddress)]",
            "",
            "subject.nodes contains node",
            "subject.nodes -= node",
        )
        .operation(
            change,
            "x:Close",
            "x:Balancer",
            "",
            "",
            "not exists subject.nodes",
            "delete subject",
        );
    let free = prepared(&world, "x:lb", &[]);
    let dropped = "call x:Drop on x:lb, not ready".to_owned();
    assert!(options(&world, of(&free, "x:Close"), 0).contains(&dropped));
    // Another than the one at hand would do.
    let at_hand = prepared(&world, "x:lb", &["node=x:other"]);
    assert!(options(&world, of(&at_hand, "x:Close"), 0).contains(&dropped));
}

#[test]
fn what_only_one_can_have_is_given_to_another() {
    let world = cloud()
        .property(
            "x:tag",
            many().of("x:Machine").to("x:Tag").inverse("x:tagOf"),
        )
        .property("x:tagOf", one().of("x:Tag").to("x:Machine"))
        .class("x:Tag", &["x:Cloud", "samos:Aspect"])
        .entity("x:red", &["x:Tag"])
        .fact("x:web", "x:tag", "x:red")
        .operation(
            Kind::Manipulation,
            "x:Mark",
            "x:Machine",
            "[(tag: x:Tag)]",
            "",
            "not exists subject.tag",
            "subject.tag += tag",
        );
    let preparation = prepared(&world, "x:web", &["tag=x:red"]);
    let mark = of(&preparation, "x:Mark");
    let found = options(&world, mark, 0);
    assert!(
        found
            .iter()
            .any(|one| one.starts_with("call x:Mark on x:db")),
        "{found:?}"
    );
    assert!(
        !found
            .iter()
            .any(|one| one.starts_with("call x:Mark on x:web"))
    );
}
