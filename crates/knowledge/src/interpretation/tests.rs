//! Stories of specifications: what is understood, and where each mistake is found.

use samos_model::finding::Severity;
use samos_model::operation::Category;
use samos_model::text::{print_condition, print_effects, print_outcomes, print_parameters};
use samos_model::{Finding, Iri, Kind, World as _};

use crate::{Format, Knowledge, Snapshot, Source};

/// A small provider; the specification of `e:Start` follows, from line 30 on.
pub(crate) const CLOUD: &str = r#"@prefix samos: <https://w3id.org/samos#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix e: <urn:e:> .
<urn:e> a owl:Ontology ; sh:declare [ sh:prefix "e" ; sh:namespace "urn:e:"^^xsd:anyURI ] ,
   [ sh:prefix "samos" ; sh:namespace "https://w3id.org/samos#"^^xsd:anyURI ] , [ sh:prefix "xsd" ; sh:namespace "http://www.w3.org/2001/XMLSchema#"^^xsd:anyURI ] .
samos:ServiceInstance rdfs:subClassOf samos:Entity . samos:Service rdfs:subClassOf samos:Entity . samos:Aspect rdfs:subClassOf samos:Entity .
samos:Account rdfs:subClassOf samos:Aspect . samos:State rdfs:subClassOf samos:Aspect . samos:Stopped rdfs:subClassOf samos:State .
samos:CloudServiceProvider a owl:Class .
samos:name a owl:DatatypeProperty , owl:FunctionalProperty ; rdfs:domain samos:Entity ; rdfs:range xsd:string .
samos:state a owl:ObjectProperty , owl:FunctionalProperty ; rdfs:domain samos:Entity ; rdfs:range samos:State .
e:Provider rdfs:subClassOf samos:CloudServiceProvider . e:provider a e:Provider .
e:Cloud rdfs:subClassOf e:Provider . e:CloudService rdfs:subClassOf e:Cloud , samos:Service . e:CloudAccount rdfs:subClassOf e:Provider , samos:Account .
e:Server rdfs:subClassOf e:Cloud , samos:ServiceInstance . e:Disk rdfs:subClassOf e:Cloud , samos:Aspect . e:Big rdfs:subClassOf e:Server .
e:State rdfs:subClassOf e:Cloud , samos:State . e:stopped a e:State , samos:Stopped . e:running a e:State .
e:serverState a owl:ObjectProperty ; rdfs:subPropertyOf samos:state ; rdfs:domain e:Server ; rdfs:range e:State .
e:name a owl:DatatypeProperty ; rdfs:subPropertyOf samos:name ; rdfs:domain e:Disk ; rdfs:range xsd:string .
e:disks a owl:ObjectProperty ; rdfs:domain e:Server ; rdfs:range e:Disk . e:boot a owl:ObjectProperty , owl:FunctionalProperty ; rdfs:domain e:Server ; rdfs:range e:Disk .
e:size a owl:DatatypeProperty , owl:FunctionalProperty ; rdfs:domain e:Disk ; rdfs:range xsd:integer .
e:big.size a owl:DatatypeProperty , owl:FunctionalProperty ; rdfs:domain e:Disk ; rdfs:range xsd:integer .
e:quota a owl:DatatypeProperty , owl:FunctionalProperty ; rdfs:domain e:CloudAccount ; rdfs:range xsd:integer .
e:servers a owl:ObjectProperty ; rdfs:domain e:CloudService ; rdfs:range e:Server .
e:left a owl:ObjectProperty ; rdfs:domain e:Server ; rdfs:range e:Disk . <urn:f:left> a owl:ObjectProperty ; rdfs:domain e:Server ; rdfs:range e:Disk .
e:near a owl:ObjectProperty , owl:TransitiveProperty ; rdfs:domain e:Server ; rdfs:range e:Server .
e:Port a <http://www.w3.org/2000/01/rdf-schema#Datatype> ; owl:onDatatype xsd:integer ; owl:withRestrictions ( [ xsd:minInclusive 1 ] [ xsd:maxInclusive 65535 ] ) .
e:Start a samos:Operation . e:Server samos:hasSMR e:Start .
[] a owl:Axiom ; owl:annotatedSource e:Server ; owl:annotatedProperty samos:hasSMR ; owl:annotatedTarget e:Start ; samos:category samos:IaaS ;
"#;

/// What the small provider uses of the framework.
const FRAMEWORK: &str = "@prefix samos: <https://w3id.org/samos#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
samos:Entity a owl:Class . samos:Operation a owl:Class . samos:InformationRequest a owl:Class . samos:ManipulationRequest a owl:Class .
samos:hasSIR a owl:ObjectProperty . samos:hasSMR a owl:ObjectProperty . samos:category a owl:AnnotationProperty .
samos:parameter a owl:AnnotationProperty . samos:outcome a owl:AnnotationProperty . samos:precondition a owl:AnnotationProperty .
samos:postcondition a owl:AnnotationProperty . samos:cost a owl:AnnotationProperty . samos:duration a owl:AnnotationProperty .
samos:key a owl:AnnotationProperty . samos:closed a owl:AnnotationProperty . samos:knownEmpty a owl:AnnotationProperty .
samos:IaaS a samos:Category . samos:Category a owl:Class . samos:account a owl:ObjectProperty .";

pub(crate) fn knowledge(specification: &str) -> Knowledge {
    let mut knowledge = Knowledge::new();
    for source in sources(specification) {
        let report = knowledge.load(&source);
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    }
    knowledge
}

/// What [`knowledge`] is made of.
pub(crate) fn sources(specification: &str) -> [Source; 2] {
    [
        Source::new("framework.ttl", FRAMEWORK, Format::Turtle),
        Source::new(
            "cloud.ttl",
            format!("{CLOUD}{specification}"),
            Format::Turtle,
        ),
    ]
}

fn findings(specification: &str) -> Vec<Finding> {
    let mut knowledge = knowledge(specification);
    knowledge.catalogue().findings.clone()
}

fn world(specification: &str) -> Snapshot {
    let mut knowledge = knowledge(specification);
    let findings = knowledge.catalogue().findings.clone();
    assert!(
        findings
            .iter()
            .all(|finding| finding.severity != Severity::Error),
        "{findings:?}"
    );
    knowledge.world()
}

/// The only error: code, line, column, and a word of its message or help.
fn assert_error(specification: &str, code: &str, line: u32, column: u32, about: &str) {
    let findings = findings(specification);
    let errors: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    let [only] = errors.as_slice() else {
        panic!("{specification}: {errors:?}")
    };
    let place = only.place.clone().unwrap();
    assert_eq!(
        (&*only.code, place.line, place.column),
        (code, line, column),
        "{only}"
    );
    assert!(
        only.message.contains(about) || only.help.contains(about),
        "{only}"
    );
    assert!(!only.help.is_empty(), "{only}");
}

#[test]
fn a_specification_becomes_an_operation() {
    let world = world(
        r#" samos:parameter "[(disk: e:Disk)], (port: e:Port = 80)" , "<more: e:Disk>" ; samos:outcome "(size: xsd:integer) reads disk.size" ;
 samos:precondition "subject.serverState is samos:Stopped and account.quota > 3 and (disk.size >= 5 or not exists subject.boot)" ;
 samos:postcondition "subject.serverState = e:running and subject.disks += disk and service.servers += subject" ; samos:cost 0.5 ; samos:duration 30 ."#,
    );
    let [start] = world.operations() else {
        panic!("{:?}", world.operations())
    };
    assert_eq!(
        (start.kind, start.category),
        (Kind::Manipulation, Category::IaaS)
    );
    assert_eq!(start.provider, Some(Iri::from("urn:e:provider")));
    assert_eq!(start.subject, Iri::from("urn:e:Server"));
    assert_eq!((start.cost, start.duration_s), (Some(0.5), Some(30.0)));
    assert_eq!(
        print_parameters(&start.parameters),
        "[(disk: <urn:e:Disk>)], (port: <urn:e:Port> = \"80\"^^<urn:e:Port>), <more: <urn:e:Disk>>"
    );
    assert_eq!(
        print_outcomes(&start.outcomes),
        "(size: <http://www.w3.org/2001/XMLSchema#integer>) reads disk.<urn:e:size>"
    );
    assert_eq!(
        print_condition(&start.precondition),
        "subject.<urn:e:serverState> is <https://w3id.org/samos#Stopped> and account.<urn:e:quota> > 3 and \
         (disk.<urn:e:size> >= 5 or not exists subject.<urn:e:boot>)"
    );
    assert_eq!(
        print_effects(&start.postcondition),
        "subject.<urn:e:serverState> = <urn:e:running> and subject.<urn:e:disks> += disk and service.<urn:e:servers> += subject"
    );
    assert_eq!(
        start.place.as_ref().map(|place| (place.line, place.column)),
        Some((29, 1))
    );
}

#[test]
fn a_narrower_domain_and_a_sub_property_shadow_the_wider() {
    let world = world(r#" samos:parameter "[(disk: e:Disk)]" ; samos:precondition "subject.name == \"a\" and disk.name == \"b\" and subject.<big.size> == 1" ."#.replace("subject.<big.size>", "disk.<big.size>").as_str());
    let printed = print_condition(&world.operations()[0].precondition);
    assert_eq!(
        printed,
        "subject.<https://w3id.org/samos#name> == \"a\" and disk.<urn:e:name> == \"b\" and disk.<urn:e:big.size> == 1"
    );
}

#[test]
fn each_mistake_in_a_text_is_found_at_its_character() {
    assert_error(
        " samos:precondition \"subject.serverState = = e:stopped\" .",
        "M0101",
        30,
        42,
        "==",
    );
    assert_error(
        " samos:parameter \"[<disk: e:Disk)]\" .",
        "M0101",
        30,
        33,
        ">",
    );
    assert_error(
        " samos:precondition \"subject.serverState < e:stopped\" .",
        "K0306",
        30,
        42,
        "<",
    );
    assert_error(
        " samos:precondition \"1 < 2 and subject.disks <= 3\" .",
        "K0306",
        30,
        46,
        "<=",
    );
    assert_error(
        " samos:precondition \"subject.serverStat == e:stopped\" .",
        "K0204",
        30,
        30,
        "serverState",
    );
    assert_error(
        " samos:precondition \"subject.left == e:stopped\" .",
        "K0205",
        30,
        30,
        "e:left",
    );
    assert_error(
        " samos:parameter \"[(disk: e:Dsk)]\" .",
        "K0203",
        30,
        27,
        "e:Disk",
    );
    assert_error(
        " samos:precondition \"subject.serverState == e:stoped\" .",
        "K0206",
        30,
        45,
        "e:stopped",
    );
    assert_error(
        " samos:precondition \"subject.serverState == g:stopped\" .",
        "K0202",
        30,
        45,
        "sh:declare",
    );
    assert_error(
        " samos:precondition \"subjct.serverState == e:stopped\" .",
        "K0207",
        30,
        22,
        "subject",
    );
    assert_error(
        " samos:parameter \"<disks: e:Disk>\" ; samos:postcondition \"subject.boot = disks\" .",
        "K0307",
        30,
        74,
        "boot",
    );
    assert_error(
        " samos:postcondition \"subject.boot = subject.disks\" .",
        "K0307",
        30,
        46,
        "boot",
    );
    assert_error(
        " samos:postcondition \"create thing\" .",
        "K0308",
        30,
        30,
        "thing",
    );
    assert_error(
        " samos:parameter \"(a: e:Disk), (a: e:Disk)\" .",
        "K0311",
        30,
        33,
        "twice",
    );
    assert_error(" samos:cost \"much\" .", "K0310", 30, 13, "much");
    assert_error(
        " samos:parameter \"(port: e:Port = 70000)\" .",
        "K0313",
        30,
        35,
        "65535",
    );
    assert_error(
        " samos:precondition \"subject.serverState == 5\" .",
        "K0313",
        30,
        42,
        "individual",
    );
    assert_error(
        " samos:precondition \"subject.serverState == samos:Stopped\" .",
        "K0313",
        30,
        45,
        "is samos:Stopped",
    );
    assert_error(
        " samos:postcondition \"subject = e:stopped\" .",
        "K0314",
        30,
        23,
        "property",
    );
    assert_error(
        " samos:postcondition \"subject.boot += e:stopped\" .",
        "K0313",
        30,
        31,
        "=",
    );
    assert_error(
        " samos:precondition \"\"\"subject.boot.size > 1\n   and subject.serverStat is samos:Stopped\"\"\" .",
        "K0204",
        31,
        16,
        "serverState",
    );
    assert_error(
        " samos:precondition \"unconditional\" , \"exists subject.boot\" .",
        "K0315",
        30,
        39,
        "join",
    );
}

#[test]
fn structural_mistakes_are_found_where_they_stand() {
    assert_error(
        " samos:precondition \"unconditional\" .\ne:Lost a samos:Operation .",
        "K0301",
        31,
        1,
        "Lost",
    );
    assert_error(
        " samos:precondition \"unconditional\" .\ne:Disk samos:hasSMR e:Start .",
        "K0303",
        31,
        21,
        "IRI of its own",
    );
    assert_error(
        " samos:precondition \"unconditional\" .\ne:Server samos:hasSIR e:Start .",
        "K0302",
        31,
        23,
        "reading",
    );
    assert_error(
        " samos:precondition \"unconditional\" .\ne:Stop a samos:Operation . e:Server samos:hasSMR e:Stop .\n[] a owl:Axiom ; owl:annotatedSource e:Server ; owl:annotatedProperty samos:hasSMR ; owl:annotatedTarget e:Stop ; samos:precondition \"unconditional\" .",
        "K0305",
        32,
        1,
        "category",
    );
    assert_error(
        " samos:precondition \"unconditional\" .\n[] a owl:Axiom ; owl:annotatedSource e:Disk ; owl:annotatedProperty samos:hasSMR ; owl:annotatedTarget e:Start ; samos:category samos:IaaS .",
        "K0304",
        31,
        104,
        "not stated",
    );
    assert_error(
        " samos:precondition \"unconditional\" .\ne:Start samos:precondition \"exists subject.boot\" .",
        "K0316",
        31,
        9,
        "owl:Axiom",
    );
}

#[test]
fn an_effect_on_a_property_that_rules_read_is_a_warning() {
    let found = findings(
        " samos:parameter \"[(other: e:Server)]\" ; samos:postcondition \"subject.near += other\" .",
    );
    let [only] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((only.severity, &*only.code), (Severity::Warning, "K0312"));
    assert!(only.message.contains("transitive"), "{only}");
}

#[test]
fn the_same_text_twice_is_found_where_it_is_wrong() {
    let found = findings(
        " samos:precondition \"exists subject.bot\" .\ne:Stop a samos:Operation . e:Server samos:hasSMR e:Stop .\n[] a owl:Axiom ; owl:annotatedSource e:Server ; owl:annotatedProperty samos:hasSMR ; owl:annotatedTarget e:Stop ;\n samos:category samos:IaaS ; samos:precondition \"exists subject.bot\" .",
    );
    let places: Vec<(u32, u32)> = found
        .iter()
        .filter_map(|finding| {
            finding
                .place
                .as_ref()
                .map(|place| (place.line, place.column))
        })
        .collect();
    assert_eq!(places, [(30, 37), (33, 65)]);
}
