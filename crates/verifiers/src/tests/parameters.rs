//! Parameters: names, types, formats, cardinality.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::request::{Fit, Way};

use super::*;
use crate::parameters::{Manner, bind, entity_fit, expected, type_fit};

const MANY: &str =
    "[(image: x:Image)], [<ports: x:Port>], (level: x:Level = \"low\"), (count: xsd:integer)";

#[test]
fn all_violations_come_at_once_each_with_a_fix() {
    let world = with(MANY, "unconditional", "");
    let found = check(
        &world,
        "x:web",
        &[
            "imag=img-1",
            "ports=0",
            "ports=80",
            "level=middle",
            "count=1",
            "count=2",
        ],
    );
    assert_eq!(codes(&found), ["V0112", "V0116", "V0116", "V0113", "V0111"]);
    assert!(!found.ready);
    let help: Vec<_> = found.findings.iter().map(|one| one.help.as_str()).collect();
    assert_eq!(
        help,
        [
            "give `image`: the name of a `x:Image`, or its `imageId`, any text",
            "give a number from 1 to 65535",
            "give one of low, high",
            "give one of them",
            "did you mean `image`?",
        ]
    );
    assert!(found.arguments.is_empty());
    assert!(matches!(
        found.findings[3].options[..],
        [
            Way::Use {
                fit: Fit::Exact,
                ..
            },
            Way::Use { .. }
        ]
    ));
}

#[test]
fn characters_are_read_by_the_type_of_the_parameter() {
    let world = with(MANY, "unconditional", "");
    let found = check(
        &world,
        "x:web",
        &["image=img-1", "ports=80", "ports=443", "ports=80"],
    );
    assert!(found.ready, "{:?}", found.findings);
    assert_eq!(argument(&world, &found, "image"), ["x:image"]);
    assert_eq!(argument(&world, &found, "ports"), ["80", "443"]);
    assert_eq!(argument(&world, &found, "level"), ["low"]);
    // Its short name, its IRI, or a key that nobody knows yet.
    let by_name = check(&world, "x:web", &["image=x:image", "ports=1"]);
    assert_eq!(argument(&world, &by_name, "image"), ["x:image"]);
    let by_iri = check(
        &world,
        "x:web",
        &["image=https://example.org/x#image", "ports=1"],
    );
    assert_eq!(argument(&world, &by_iri, "image"), ["x:image"]);
    let new = check(&world, "x:web", &["image=img-2", "ports=1"]);
    assert_eq!(
        new.arguments.get("image").unwrap(),
        &[Value::Literal(samos_model::Literal::new(
            "img-2",
            iri("x:Image")
        ))]
    );
}

#[test]
fn a_key_has_a_format_and_a_class_without_a_key_mints_nothing() {
    let world = with(
        "[(region: x:Region)], [(volume: x:Volume)]",
        "unconditional",
        "",
    );
    let found = check(&world, "x:web", &["region=middle", "volume=vol-9"]);
    assert_eq!(codes(&found), ["V0116", "V0117"]);
    let found = check(&world, "x:web", &["region=x:image", "volume=x:volumeless"]);
    assert_eq!(codes(&found), ["V0116", "V0117"]);
}

#[test]
fn types_fit_up_to_subsumption_and_equivalence() {
    let world = with(
        "[(machine: x:Machine)], [(address: y:Address)]",
        "unconditional",
        "",
    );
    let found = check(&world, "x:web", &["machine:=x:db", "address:=x:ip"]);
    assert!(found.ready, "{:?}", found.findings);
    assert_eq!(
        entity_fit(&world, &iri("x:db"), &class("x:Machine")),
        Some(Fit::Subclass)
    );
    assert_eq!(
        entity_fit(&world, &iri("x:ip"), &class("y:Address")),
        Some(Fit::Equivalent)
    );
    assert_eq!(
        entity_fit(&world, &iri("x:ip"), &class("x:Address")),
        Some(Fit::Exact)
    );
    assert_eq!(
        entity_fit(&world, &iri("x:disk"), &class("x:Machine")),
        None
    );
    assert_eq!(
        type_fit(&world, &class("x:Machine"), &class("x:SmallMachine")),
        Some(Fit::May)
    );
    assert_eq!(
        type_fit(&world, &class("x:Machine"), &class("x:Image")),
        None
    );
}

#[test]
fn a_type_above_never_fits_and_is_offered() {
    let world = with("[(machine: x:Machine)]", "unconditional", "");
    let found = check(&world, "x:web", &["machine:=x:something"]);
    assert_eq!(codes(&found), ["V0115"]);
    assert!(found.arguments.is_empty());
    assert!(matches!(
        &found.findings[0].options[..],
        [Way::Use { fit: Fit::May, .. }]
    ));
    let found = check(&world, "x:web", &["machine:=x:disk"]);
    assert_eq!(codes(&found), ["V0114"]);
    assert_eq!(
        found.findings[0].message,
        "`x:disk` is a `x:Volume`, not a `x:Machine`"
    );
    let found = check(&world, "x:web", &["machine:=x:nothing"]);
    assert_eq!(codes(&found), ["V0117"]);
}

#[test]
fn literals_pass_by_value_space_not_by_the_datatype_they_came_with() {
    let world = with(
        "[(port: x:Port)], (image: x:Image), (machine: x:Machine)",
        "unconditional",
        "",
    );
    assert!(check(&world, "x:web", &["port:=80"]).ready);
    assert!(check(&world, "x:web", &["port:=\"80\"^^x:Port"]).ready);
    assert_eq!(codes(&check(&world, "x:web", &["port:=70000"])), ["V0116"]);
    assert_eq!(codes(&check(&world, "x:web", &["port:=true"])), ["V0114"]);
    assert_eq!(
        codes(&check(&world, "x:web", &["port:=x:image"])),
        ["V0114"]
    );
    // A literal for a class finds the individual with that key.
    let found = check(&world, "x:web", &["port:=80", "image:=\"img-1\""]);
    assert_eq!(argument(&world, &found, "image"), ["x:image"]);
    let found = check(&world, "x:web", &["port:=80", "image:=\"img-1\"^^x:Image"]);
    assert_eq!(argument(&world, &found, "image"), ["x:image"]);
    let found = check(&world, "x:web", &["port:=80", "image:=\"img-7\"^^x:Image"]);
    assert_eq!(argument(&world, &found, "image"), ["img-7"]);
    let wrong = ["port:=80", "image:=\"m\"^^x:Machine", "machine:=true"];
    assert_eq!(codes(&check(&world, "x:web", &wrong)), ["V0114", "V0114"]);
}

#[test]
fn what_has_no_name_goes_where_it_fits_best() {
    let world = with(
        "(any: samos:ServiceInstance), [(machine: x:Machine)], [<ports: x:Port>]",
        "unconditional",
        "",
    );
    let found = check(&world, "x:web", &[":=80", ":=x:db", "=443", ":=x:disk"]);
    assert!(found.ready, "{:?}", found.findings);
    assert_eq!(argument(&world, &found, "machine"), ["x:db"]);
    assert_eq!(argument(&world, &found, "any"), ["x:disk"]);
    assert_eq!(
        argument(&world, &found, "ports"),
        ["443", "80"],
        "better fits come first"
    );
    let found = check(&world, "x:web", &["machine:=x:db", ":=80", ":=x:image"]);
    assert_eq!(codes(&found), ["V0118"]);
    assert_eq!(
        found.findings[0].message,
        "`x:image` fits no free parameter"
    );
}

#[test]
fn what_fits_two_parameters_equally_well_must_be_named() {
    let world = with("[(from: x:Volume)], [(to: x:Volume)]", "unconditional", "");
    let found = check(&world, "x:web", &[":=x:disk"]);
    assert_eq!(codes(&found), ["V0112", "V0112", "V0118"]);
    assert_eq!(
        found.findings[2].message,
        "`x:disk` fits `from` and `to` equally well"
    );
    let found = check(&world, "x:web", &["from:=x:disk", ":=x:disk"]);
    assert!(found.ready, "the other place is the only one left");
}

#[test]
fn at_hand_what_an_operation_lacks_is_left_unused() {
    let world = with(
        "[(image: x:Image)], (note: xsd:string)",
        "unconditional",
        "",
    );
    let supplied: Vec<_> = ["picture=img-1", "size=3", "=x", ":=x:disk"]
        .map(given)
        .into();
    let meanings = BTreeMap::from([
        (Name::from("picture"), BTreeSet::from([iri("x:Image")])),
        (Name::from("size"), BTreeSet::from([iri("x:Port")])),
    ]);
    let subject = iri("x:web");
    let bound = bind(
        &world,
        operation(&world, "x:Do"),
        &subject,
        &supplied,
        Manner::AtHand(&meanings),
    );
    assert_eq!(bound.arguments.get("image"), Some(&vec![entity("x:image")]));
    assert!(!bound.arguments.contains_key("note"));
    assert!(bound.findings.is_empty());
    assert_eq!(bound.unused, supplied[1..]);
    // Characters that name a known thing say what they are.
    let supplied = [given("it=x:image")];
    let bound = bind(
        &world,
        operation(&world, "x:Do"),
        &subject,
        &supplied,
        Manner::AtHand(&BTreeMap::new()),
    );
    assert_eq!(bound.arguments.get("image"), Some(&vec![entity("x:image")]));
}

#[test]
fn defaults_fill_in_and_individuals_are_found() {
    let world = with(
        "[(machine: x:Machine = x:db)], [(image: x:Image = \"img-1\")], (none: x:Machine = x:disk)",
        "unconditional",
        "",
    );
    let found = check(&world, "x:web", &[]);
    assert!(found.ready);
    assert_eq!(argument(&world, &found, "machine"), ["x:db"]);
    assert_eq!(argument(&world, &found, "image"), ["x:image"]);
    assert_eq!(
        argument(&world, &found, "none"),
        ["x:disk"],
        "checked at load, not here"
    );
}

#[test]
fn an_operation_without_parameters_says_so() {
    let world = with("", "unconditional", "");
    let found = check(&world, "x:web", &["force=true"]);
    assert_eq!(
        found.findings[0].help,
        "leave it out: `x:Do` has no parameters"
    );
    let world = with("(a: x:Port), (b: x:Port)", "unconditional", "");
    let found = check(&world, "x:web", &["completely-else=1"]);
    assert_eq!(found.findings[0].help, "use one of `a`, `b`");
}

#[test]
fn what_is_expected_is_said_in_the_words_of_the_ontology() {
    let world = cloud();
    assert_eq!(
        expected(&world, &class("x:Port")),
        "a `x:Port`, a number from 1 to 65535"
    );
    assert_eq!(
        expected(&world, &class("x:Region")),
        "the name of a `x:Region`, or its `regionName`, one of low, high"
    );
    assert_eq!(
        expected(&world, &class("x:Volume")),
        "the name of a `x:Volume`"
    );
}
