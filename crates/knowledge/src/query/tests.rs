use samos_model::{Iri, Value};

use crate::interpretation::tests::knowledge;
use crate::{AnswerFormat, Format, Knowledge, KnowledgeError, QueryOptions, Source};

fn cloud() -> Knowledge {
    knowledge(
        " samos:precondition \"subject.serverState is samos:Stopped\" ; samos:postcondition \"subject.serverState = e:running\" ; samos:parameter \"[(disk: e:Disk)]\" .
e:web a e:Server ; e:serverState e:stopped ; e:boot e:d1 . e:db a e:Big ; e:serverState e:running .",
    )
}

fn column(knowledge: &mut Knowledge, query: &str) -> Vec<String> {
    let answer = knowledge.query(query).unwrap();
    let mut cells: Vec<String> = answer
        .table()
        .1
        .into_iter()
        .map(|row| row.join(" "))
        .collect();
    cells.sort();
    cells
}

#[test]
fn inferred_facts_are_there_unless_only_stated_ones_are_asked_for() {
    let mut knowledge = cloud();
    assert_eq!(
        column(
            &mut knowledge,
            "SELECT ?s WHERE { ?s a samos:ServiceInstance }"
        ),
        ["e:db", "e:web"]
    );
    assert_eq!(
        column(&mut knowledge, "SELECT ?s ?v WHERE { ?s samos:state ?v }"),
        ["e:db e:running", "e:web e:stopped"]
    );
    assert!(
        column(
            &mut knowledge,
            "SELECT ?s FROM <urn:samos:asserted> WHERE { ?s a samos:ServiceInstance }"
        )
        .is_empty()
    );
    assert_eq!(
        column(
            &mut knowledge,
            "SELECT ?s FROM <urn:samos:asserted> WHERE { ?s a e:Big }"
        ),
        ["e:db"]
    );
    assert_eq!(
        knowledge
            .query("ASK { e:web e:boot/a e:Disk }")
            .unwrap()
            .boolean(),
        Some(true)
    );
    let count = column(
        &mut knowledge,
        "SELECT (COUNT(?s) AS ?n) WHERE { ?s a e:Server FILTER(STRLEN(STR(?s)) > 8) }",
    );
    assert_eq!(count, ["1"]);
}

#[test]
fn a_thing_of_two_names_is_found_under_one_where_that_is_asked_for() {
    let mut knowledge = cloud();
    knowledge
        .update("INSERT DATA { e:web <http://www.w3.org/2002/07/owl#sameAs> e:www }")
        .unwrap();
    let view = knowledge.query_view();
    let rows = |one_name: bool, query: &str| {
        let options = QueryOptions {
            one_name,
            ..QueryOptions::default()
        };
        view.ask(query, &options).unwrap().table().1.len()
    };
    assert_eq!(rows(false, "SELECT ?s WHERE { ?s e:boot e:d1 }"), 2);
    assert_eq!(rows(true, "SELECT ?s WHERE { ?s e:boot e:d1 }"), 1);
    for name in ["e:web", "e:www"] {
        let query = format!("SELECT ?disk WHERE {{ {name} e:boot ?disk }}");
        assert_eq!(rows(true, &query), 1, "asked by any of its names");
    }
    let names = "SELECT ?s ?o WHERE { ?s <http://www.w3.org/2002/07/owl#sameAs> ?o }";
    assert_eq!(rows(false, names), 2);
    assert_eq!(rows(true, names), 0);
}

#[test]
fn which_operations_need_a_stopped_instance() {
    let mut knowledge = cloud();
    let needing = "SELECT ?op WHERE { ?op samos:requiresState samos:Stopped ; samos:subjectType ?type . e:Big rdfs:subClassOf ?type }";
    let with_prefix = format!("PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> {needing}");
    assert_eq!(column(&mut knowledge, &with_prefix), ["e:Start"]);
    let inside = "SELECT ?path ?how ?value ?text WHERE { e:Start samos:requires [ samos:onPath ?path ; samos:comparison ?how ; samos:value ?value ; samos:text ?text ] }";
    assert_eq!(
        column(&mut knowledge, inside),
        ["subject.serverState is samos:Stopped subject.serverState is samos:Stopped"]
    );
    assert_eq!(
        column(
            &mut knowledge,
            "SELECT ?s WHERE { ?op samos:leadsToState ?s ; samos:effects/samos:effect \"set\" }"
        ),
        ["e:running"]
    );
    assert_eq!(
        column(
            &mut knowledge,
            "SELECT ?n ?t WHERE { ?op samos:hasParameter [ samos:name ?n ; samos:type ?t ; samos:mandatory true ] }"
        ),
        ["disk e:Disk"]
    );
    assert!(column(&mut knowledge, "SELECT ?op WHERE { ?op a samos:ManipulationRequest , samos:IaaSOperation , samos:Operation }").contains(&"e:Start".to_owned()));
}

#[test]
fn answers_have_the_standard_forms() {
    let mut knowledge = cloud();
    let rows = knowledge
        .query("SELECT ?s ?n WHERE { VALUES (?s ?n) { (e:web 1) (e:db UNDEF) } }")
        .unwrap();
    assert_eq!(
        rows.serialize(AnswerFormat::Csv).unwrap(),
        "s,n\r\nurn:e:web,1\r\nurn:e:db,\r\n"
    );
    assert!(
        rows.serialize(AnswerFormat::Json)
            .unwrap()
            .contains("\"urn:e:web\"")
    );
    assert!(
        rows.serialize(AnswerFormat::Tsv)
            .unwrap()
            .contains("<urn:e:web>\t1")
    );
    assert!(
        rows.serialize(AnswerFormat::Xml)
            .unwrap()
            .contains("<uri>urn:e:web</uri>")
    );
    assert!(matches!(
        rows.serialize(AnswerFormat::Turtle),
        Err(KnowledgeError::Form(..))
    ));
    assert_eq!(rows.rows()[0]["s"], Value::Entity(Iri::from("urn:e:web")));
    let graph = knowledge
        .query("CONSTRUCT { ?s e:is ?o } WHERE { ?s e:serverState ?o }")
        .unwrap();
    assert_eq!(
        graph.serialize(AnswerFormat::NTriples).unwrap(),
        "<urn:e:db> <urn:e:is> <urn:e:running> .\n<urn:e:web> <urn:e:is> <urn:e:stopped> .\n"
    );
    assert!(
        graph
            .serialize(AnswerFormat::Turtle)
            .unwrap()
            .contains("e:web e:is e:stopped")
    );
    assert!(matches!(
        knowledge.query("SELECT WHERE"),
        Err(KnowledgeError::Syntax(_))
    ));
    assert!(
        knowledge
            .query("DESCRIBE e:web")
            .unwrap()
            .serialize(AnswerFormat::NTriples)
            .unwrap()
            .contains("<urn:e:boot>")
    );
}

#[test]
fn updates_change_what_is_stated_and_what_follows() {
    let mut knowledge = cloud();
    let changed = knowledge
        .update("INSERT DATA { e:new a e:Big . GRAPH e:g { e:new e:boot e:d9 } }")
        .unwrap();
    assert_eq!((changed.added, changed.removed), (2, 0));
    assert!(
        column(
            &mut knowledge,
            "SELECT ?s WHERE { ?s a samos:ServiceInstance }"
        )
        .contains(&"e:new".to_owned())
    );
    assert_eq!(
        column(&mut knowledge, "SELECT ?s WHERE { GRAPH e:g { ?s ?p ?o } }"),
        ["e:new"]
    );
    let changed = knowledge.update("DELETE { ?s e:serverState ?o } INSERT { ?s e:serverState e:running } WHERE { ?s e:serverState ?o FILTER(?o = e:stopped) }").unwrap();
    assert_eq!((changed.added, changed.removed), (1, 1));
    assert_eq!(
        column(&mut knowledge, "SELECT ?v WHERE { e:web samos:state ?v }"),
        ["e:running"]
    );
    knowledge.update("DELETE WHERE { e:new ?p ?o }").unwrap();
    assert!(
        !column(&mut knowledge, "SELECT ?s WHERE { ?s a e:Server }").contains(&"e:new".to_owned())
    );
    assert_eq!(
        column(&mut knowledge, "SELECT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"),
        Vec::<String>::new()
    );
    knowledge
        .update("INSERT { ?s e:disks [ a e:Disk ] } WHERE { ?s e:serverState ?any }")
        .unwrap();
    assert_eq!(
        column(
            &mut knowledge,
            "SELECT (COUNT(DISTINCT ?d) AS ?n) WHERE { ?s e:disks ?d }"
        ),
        ["2"]
    );
}

#[test]
fn a_failing_update_changes_nothing() {
    let mut knowledge = cloud();
    let before = column(
        &mut knowledge,
        "SELECT ?s ?p ?o FROM <urn:samos:asserted> WHERE { ?s ?p ?o }",
    );
    assert!(
        knowledge
            .update("INSERT DATA { e:x e:y e:z } ; LOAD <http://example.org/x>")
            .is_err()
    );
    assert!(knowledge.update("INSERT DATA { e:x e:y }").is_err());
    assert_eq!(
        column(
            &mut knowledge,
            "SELECT ?s ?p ?o FROM <urn:samos:asserted> WHERE { ?s ?p ?o }"
        ),
        before
    );
}

/// A state that a file states, that a later graph saw differently, and that was then looked at once more.
fn looked_at() -> Knowledge {
    let mut knowledge = Knowledge::new();
    let text = "@prefix e: <urn:e:> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix prov: <http://www.w3.org/ns/prov#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix samos: <https://w3id.org/samos#> .
        <urn:e> a owl:Ontology ; sh:declare [ sh:prefix \"e\" ; sh:namespace \"urn:e:\"^^xsd:anyURI ] .
        e:mode a owl:ObjectProperty , owl:FunctionalProperty . e:tags a owl:DatatypeProperty .
        e:web e:mode e:off ; e:tags \"old\" .
        e:seen prov:generatedAtTime \"2025-01-01T00:00:00Z\"^^xsd:dateTime .
        e:seen { e:web e:mode e:on ; e:tags \"a\" , \"b\" . e:db samos:knownEmpty e:tags }";
    let report = knowledge.load(&Source::new("t.trig", text, Format::TriG));
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    knowledge.observe(&[crate::ObservedFact {
        entity: Iri::from("urn:e:web"),
        property: Iri::from("urn:e:mode"),
        values: [Value::Entity(Iri::from("urn:e:idle"))].into(),
        complete: true,
        seen: samos_model::world::Observation {
            at: "2025-01-02T00:00:00Z".to_owned(),
            source: "urn:e:Look".to_owned(),
        },
    }]);
    knowledge
}

#[test]
fn an_update_is_newer_than_anything_observed_or_stated() {
    let mode = "SELECT ?v WHERE { e:web e:mode ?v }";
    let tags = "SELECT ?v WHERE { e:web e:tags ?v } ORDER BY ?v";
    let after = |text: &str, query: &str| {
        let mut knowledge = looked_at();
        knowledge.update(text).unwrap();
        column(&mut knowledge, query)
    };
    assert_eq!(column(&mut looked_at(), mode), ["e:idle"]);
    assert!(after("DELETE DATA { e:web e:mode e:idle }", mode).is_empty());
    assert!(after("DELETE WHERE { e:web e:mode ?any }", mode).is_empty());
    assert_eq!(
        after("INSERT DATA { e:web e:mode e:lost }", mode),
        ["e:lost"]
    );
    assert_eq!(
        after(
            "DELETE { e:web e:mode ?old } INSERT { e:web e:mode e:off } WHERE { e:web e:mode ?old }",
            mode
        ),
        ["e:off"]
    );
    assert_eq!(
        after("INSERT DATA { e:web e:tags \"c\" }", tags),
        ["a", "b", "c"]
    );
    assert_eq!(after("DELETE DATA { e:web e:tags \"a\" }", tags), ["b"]);
    let of_db = "SELECT ?v WHERE { e:db e:tags ?v }";
    assert_eq!(after("INSERT DATA { e:db e:tags \"x\" }", of_db), ["x"]);
    // What is seen later wins again.
    let mut knowledge = looked_at();
    knowledge
        .update("INSERT DATA { e:web e:mode e:lost }")
        .unwrap();
    knowledge.observe(&[crate::ObservedFact {
        entity: Iri::from("urn:e:web"),
        property: Iri::from("urn:e:mode"),
        values: [Value::Entity(Iri::from("urn:e:on"))].into(),
        complete: true,
        seen: samos_model::world::Observation {
            at: "2025-01-03T00:00:00Z".to_owned(),
            source: "urn:e:Look".to_owned(),
        },
    }]);
    assert_eq!(column(&mut knowledge, mode), ["e:on"]);
}
