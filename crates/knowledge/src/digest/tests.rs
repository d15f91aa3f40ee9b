use crate::{Format, Knowledge, Source};
use samos_model::world::Observation;
use samos_model::{Iri, Value, World as _};

use super::by_surroundings;

const PREFIXES: &str = "@prefix e: <urn:e:> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix samos: <https://w3id.org/samos#> .\n";

fn knowledge(text: &str) -> Knowledge {
    let mut knowledge = Knowledge::new();
    let report = knowledge.load(&Source::new(
        "t.ttl",
        format!("{PREFIXES}{text}"),
        Format::Turtle,
    ));
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    knowledge.settle();
    knowledge
}

#[test]
fn order_and_labels_do_not_matter_but_content_does() {
    let one =
        "e:A a owl:Class ; rdfs:subClassOf [ owl:unionOf ( e:B _:x ) ] . _:x rdfs:label \"x\" .";
    let two = "_:y rdfs:label \"x\" . e:A rdfs:subClassOf [ owl:unionOf ( e:B _:y ) ] . e:A a owl:Class .";
    let three = "_:y rdfs:label \"y\" . e:A rdfs:subClassOf [ owl:unionOf ( e:B _:y ) ] . e:A a owl:Class .";
    let digest = |text: &str| knowledge(text).world().made_from().ontology;
    assert_eq!(digest(one), digest(two));
    assert_ne!(digest(one), digest(three));
    let other_way = |text: &str| {
        let store = knowledge(text).store;
        let triples: Vec<_> = store
            .ledger
            .iter()
            .map(|statement| statement.triple)
            .collect();
        by_surroundings(&store, &triples)
    };
    assert_eq!(other_way(one), other_way(two));
    assert_ne!(other_way(one), other_way(three));
}

#[test]
fn facts_about_entities_leave_the_digest_alone() {
    let ontology = "e:Server a owl:Class ; rdfs:subClassOf samos:ServiceInstance .";
    let facts = "e:web a e:Server ; e:state e:running .";
    let digest = |text: &str| knowledge(text).world().made_from().ontology;
    assert_eq!(digest(ontology), digest(&format!("{ontology}\n{facts}")));
}

#[test]
fn what_was_observed_leaves_the_digest_alone() {
    let mut knowledge = knowledge(
        "e:Server a owl:Class ; rdfs:subClassOf samos:ServiceInstance . e:web a e:Server ; e:state e:off .",
    );
    let before = knowledge.world().made_from();
    knowledge.observe(&[crate::ObservedFact {
        entity: Iri::from("urn:e:web"),
        property: Iri::from("urn:e:state"),
        values: [Value::Entity(Iri::from("urn:e:on"))].into(),
        complete: true,
        seen: Observation {
            at: "2026-01-01T00:00:00Z".to_owned(),
            source: "urn:e:Look".to_owned(),
        },
    }]);
    let after = knowledge.world().made_from();
    assert_ne!(before.facts_at, after.facts_at);
    assert_eq!(before.ontology, after.ontology);
}
