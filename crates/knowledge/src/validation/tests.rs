use samos_model::{Finding, Severity};

use crate::interpretation::tests::knowledge;
use crate::{Format, Source};

const END: &str = " samos:precondition \"unconditional\" .\n";

fn findings(more: &str) -> Vec<Finding> {
    knowledge(&format!("{END}{more}")).validate()
}

/// Is there a finding of that code at that line and column, speaking of that?
fn assert_found(more: &str, severity: Severity, code: &str, place: (u32, u32), about: &str) {
    let all = findings(more);
    let hit = all
        .iter()
        .find(|finding| finding.code == code && finding.severity == severity);
    let Some(hit) = hit else {
        panic!("no {code} in {all:#?}")
    };
    let found = hit.place.clone().unwrap();
    assert_eq!((found.line, found.column), place, "{hit}");
    assert!(
        hit.message.contains(about) || hit.help.contains(about),
        "{hit}"
    );
}

#[test]
fn a_sound_file_has_no_findings() {
    assert_eq!(
        findings("e:web a e:Server ; e:serverState e:stopped ; e:boot [ a e:Disk ; e:size 5 ] .")
            .iter()
            .filter(|finding| !finding.message.contains("samos:"))
            .collect::<Vec<_>>(),
        Vec::<&Finding>::new()
    );
}

#[test]
fn contradictions_are_found_at_the_later_statement() {
    assert_found(
        "e:web a e:Server ; e:serverState e:stopped .\ne:web e:serverState e:running .",
        Severity::Error,
        "K0403",
        (32, 21),
        "e:running",
    );
    assert_found(
        "e:d1 e:size 3 .\ne:d1 e:size 4 .",
        Severity::Error,
        "K0403",
        (32, 13),
        "two values",
    );
    assert_found(
        "e:Disk owl:disjointWith e:Server . e:x a e:Disk .\n e:x a e:Server .",
        Severity::Error,
        "K0402",
        (32, 8),
        "cax-dw",
    );
    assert_found(
        "e:a owl:differentFrom e:b .\n e:a owl:sameAs e:b .",
        Severity::Error,
        "K0402",
        (31, 23),
        "eq-diff1",
    );
    assert_found(
        "e:Disk samos:key e:name . e:d1 a e:Disk ; e:name \"x\" .\ne:d2 a e:Disk ; e:name \"x\" .",
        Severity::Error,
        "K0404",
        (32, 24),
        "same e:name",
    );
    let cycle = findings("e:Big rdfs:subClassOf e:Huge .\ne:Huge rdfs:subClassOf e:Big .");
    assert!(
        cycle.iter().any(|finding| finding.code == "K0401"
            && finding.severity == Severity::Warning
            && finding.message.contains("`e:Huge`")),
        "{cycle:?}"
    );
    assert!(
        findings("e:Big owl:equivalentClass e:Huge .")
            .iter()
            .all(|finding| finding.code != "K0401"),
        "a stated equivalence is meant"
    );
    assert!(
        findings("e:Server rdfs:subClassOf e:Server .")
            .iter()
            .all(|finding| finding.code != "K0401")
    );
}

#[test]
fn unknown_names_are_found_with_the_nearest() {
    assert_found(
        "e:web e:serverStat e:running .",
        Severity::Error,
        "K0201",
        (31, 7),
        "e:serverState",
    );
    assert_found(
        "e:web e:serverState e:runing .",
        Severity::Error,
        "K0201",
        (31, 21),
        "e:running",
    );
    assert_found(
        "e:web a e:Servr .",
        Severity::Error,
        "K0201",
        (31, 9),
        "e:Server",
    );
    assert_found(
        "e:web a e:Server ; e:boot e:unheardOf .",
        Severity::Warning,
        "K0201",
        (31, 27),
        "define",
    );
    assert_found(
        "e:web samos:nam \"x\" .",
        Severity::Error,
        "K0201",
        (31, 7),
        "samos:name",
    );
}

#[test]
fn contradictory_formats_are_found_at_the_facet() {
    let datatype = |base: &str, facets: &str| {
        format!(
            "e:D a rdfs:Datatype ; owl:equivalentClass [ a rdfs:Datatype ; owl:onDatatype xsd:{base} ; owl:withRestrictions (\n{facets}) ] ."
        )
    };
    let check = |base: &str, facets: &str, column: u32, about: &str| {
        assert_found(
            &datatype(base, facets),
            Severity::Error,
            "K0601",
            (32, column),
            about,
        )
    };
    check(
        "integer",
        "[ xsd:minInclusive 10 ] [ xsd:maxInclusive 9 ]",
        20,
        "no value",
    );
    check(
        "integer",
        "[ xsd:minInclusive 9 ] [ xsd:maxExclusive 9 ]",
        20,
        "no value",
    );
    check(
        "string",
        "[ xsd:minLength 10 ] [ xsd:maxLength 9 ]",
        17,
        "no value",
    );
    check(
        "string",
        "[ xsd:pattern \"([a-z\" ]",
        15,
        "regular expression",
    );
    check("string", "[ xsd:minInclusive 1 ]", 20, "does not suit");
    check("integer", "[ xsd:maxLength 1 ]", 17, "does not suit");
    let listed = "e:D a rdfs:Datatype ; owl:onDatatype xsd:string ; owl:oneOf ( \"a\" \"b\" ) ; owl:withRestrictions ( [ xsd:pattern \"[c-z]\" ] ) .";
    assert_found(
        listed,
        Severity::Error,
        "K0601",
        (31, 112),
        "none of the values",
    );
    assert!(
        findings(&datatype(
            "integer",
            "[ xsd:minInclusive 9 ] [ xsd:maxInclusive 9 ]"
        ))
        .iter()
        .all(|finding| finding.code != "K0601")
    );
}

#[test]
fn literals_are_held_against_their_datatype_and_their_property() {
    assert_found(
        "e:d1 e:size \"big\"^^xsd:integer .",
        Severity::Error,
        "K0602",
        (31, 13),
        "big",
    );
    assert_found(
        "e:d1 e:size \"3.5\" .",
        Severity::Error,
        "K0602",
        (31, 13),
        "whole number",
    );
    assert_found(
        "e:listens a owl:DatatypeProperty ; rdfs:range e:Port .\ne:web e:listens 70000 .",
        Severity::Error,
        "K0602",
        (32, 17),
        "65535",
    );
}

#[test]
fn shapes_are_checked_with_their_own_words() {
    let shapes = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <urn:e:> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
e:S a sh:NodeShape ; sh:targetClass e:Server ;
 sh:property [ sh:path e:boot ; sh:minCount 1 ; sh:maxCount 1 ; sh:class e:Disk ; sh:message \"a server boots from one disk\" ] ,
  [ sh:path e:tag ; sh:datatype xsd:string ; sh:pattern \"^[a-z]+$\" ; sh:severity sh:Warning ] ,
  [ sh:path [ sh:inversePath e:servers ] ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
  [ sh:path e:mode ; sh:in ( e:fast e:slow ) ; sh:hasValue e:fast ] , [ sh:path e:deep ; sh:lessThan e:size ] .";
    let world = "e:tag a owl:DatatypeProperty . e:mode a owl:ObjectProperty . e:deep a owl:DatatypeProperty . e:fast a e:Disk .\ne:web a e:Server ; e:tag \"UP\" ; e:mode e:odd .\ne:odd a e:Disk .";
    let mut knowledge = knowledge(&format!("{END}{world}"));
    knowledge.load(&Source::new("shapes.ttl", shapes, Format::Turtle));
    let all = knowledge.validate();
    let found: Vec<(String, Severity, u32, u32)> = all
        .iter()
        .filter(|finding| finding.code == "K0501")
        .map(|finding| {
            (
                finding.message.clone(),
                finding.severity,
                finding.place.as_ref().unwrap().line,
                finding.place.as_ref().unwrap().column,
            )
        })
        .collect();
    let has = |part: &str, severity: Severity, line: u32, column: u32| {
        assert!(
            found
                .iter()
                .any(|(message, own, at, column_at)| message.contains(part)
                    && *own == severity
                    && (*at, *column_at) == (line, column)),
            "{part}: {found:#?}"
        );
    };
    has("a server boots from one disk", Severity::Error, 32, 1);
    has("`\"UP\"` does not match", Severity::Warning, 32, 26);
    has(
        "what has it as `e:servers` is missing",
        Severity::Error,
        32,
        1,
    );
    has(
        "`e:odd` is none of `e:fast`, `e:slow`",
        Severity::Error,
        32,
        40,
    );
    has("must hold `e:fast`", Severity::Error, 32, 1);
    assert!(
        all.iter().any(|finding| finding.code == "K0502"
            && finding.message.contains("sh:lessThan")
            || finding.message.contains("lessThan")),
        "{all:?}"
    );
}
