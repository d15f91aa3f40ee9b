use samos_model::world::Observation;
use samos_model::{Iri, Value};

use super::{Because, Proof};
use crate::interpretation::tests::knowledge;
use crate::{Knowledge, ObservedFact};

fn iri(name: &str) -> Iri {
    match name.strip_prefix("samos:") {
        Some(local) => Iri::from(format!("https://w3id.org/samos#{local}")),
        None => Iri::from(if name == "a" {
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#type".to_owned()
        } else {
            format!("urn:e:{name}")
        }),
    }
}

fn why(knowledge: &mut Knowledge, s: &str, p: &str, o: &str) -> Option<String> {
    knowledge
        .why(&iri(s), &iri(p), &Value::Entity(iri(o)))
        .map(|proof| shown(&proof))
}

/// `rule(premise, …)` down to lines of the file.
fn shown(proof: &Proof) -> String {
    match &proof.because {
        Because::Stated { place } => place
            .as_ref()
            .map_or("stated".to_owned(), |place| format!("line {}", place.line)),
        Because::Observed(seen) => format!("seen {}", seen.at),
        Because::Specified { .. } => "specified".to_owned(),
        Because::Deeper => "…".to_owned(),
        Because::Inferred { rule, premises, .. } => format!(
            "{rule}({})",
            premises.iter().map(shown).collect::<Vec<_>>().join(", ")
        ),
    }
}

const END: &str = " samos:precondition \"unconditional\" .\n";

#[test]
fn a_proof_goes_down_to_lines_and_observations() {
    let mut knowledge = knowledge(&format!(
        "{END}e:web a e:Big ; e:boot e:d1 .\ne:www owl:sameAs e:web .\ne:near owl:inverseOf e:far ."
    ));
    knowledge.observe(&[ObservedFact {
        entity: iri("web"),
        property: iri("serverState"),
        values: [Value::Entity(iri("running"))].into(),
        complete: true,
        seen: Observation {
            at: "2025-01-01T00:00:00Z".to_owned(),
            source: "urn:e:Look".to_owned(),
        },
    }]);
    let mut ask = |s, p, o| why(&mut knowledge, s, p, o);
    assert_eq!(ask("web", "boot", "d1").as_deref(), Some("line 31"));
    assert_eq!(
        ask("web", "a", "samos:ServiceInstance").as_deref(),
        Some("cax-sco(line 31, scm-sco(line 16, line 16))")
    );
    assert_eq!(
        ask("web", "samos:state", "running").as_deref(),
        Some("prp-spo1(seen 2025-01-01T00:00:00Z, line 18)")
    );
    assert_eq!(
        ask("d1", "a", "Disk").as_deref(),
        Some("prp-rng(line 31, line 20)")
    );
    assert_eq!(
        ask("www", "boot", "d1").as_deref(),
        Some("eq-rep(line 31, line 32)")
    );
    assert_eq!(
        ask("Start", "samos:subjectType", "Server").as_deref(),
        Some("specified")
    );
    assert_eq!(ask("web", "boot", "d2"), None);
    assert_eq!(ask("web", "samos:state", "stopped"), None);
}

#[test]
fn proofs_of_chains_and_cycles_end() {
    let mut knowledge = knowledge(&format!(
        "{END}e:Big rdfs:subClassOf e:Huge . e:Huge rdfs:subClassOf e:Big .\ne:n1 e:near e:n2 . e:n2 e:near e:n3 . e:n3 e:near e:n1 .\ne:n1 a e:Huge ."
    ));
    for (s, o) in [("n1", "n1"), ("n1", "n3"), ("n3", "n2"), ("n2", "n2")] {
        let proof = why(&mut knowledge, s, "near", o).unwrap();
        assert!(proof.contains("prp-trp"), "{proof}");
    }
    assert_eq!(
        why(&mut knowledge, "n1", "a", "Big").as_deref(),
        Some("cax-sco(line 33, line 31)")
    );
    assert!(why(&mut knowledge, "Big", "a", "Huge").is_none());
    let equivalent = knowledge
        .why(
            &iri("Big"),
            &Iri::from("http://www.w3.org/2002/07/owl#equivalentClass"),
            &Value::Entity(iri("Huge")),
        )
        .unwrap();
    assert_eq!(shown(&equivalent), "scm-eqc2(line 31, line 31)");
}

#[test]
fn everything_entailed_has_a_proof() {
    let mut knowledge = knowledge(&format!(
        "{END}e:n1 a e:Big ; e:near e:n2 ; e:boot e:d1 , e:d2 . e:d1 e:size 3 . e:n2 owl:sameAs e:n3 . e:Fast owl:equivalentClass [ owl:intersectionOf ( e:Big e:Roomy ) ] .
e:Roomy owl:equivalentClass [ a owl:Restriction ; owl:onProperty e:boot ; owl:someValuesFrom e:Disk ] . e:far owl:inverseOf e:near ."
    ));
    let mut out = Vec::new();
    knowledge.entail(&mut out).unwrap();
    let store = knowledge.described().clone();
    let mut proved = 0;
    for [s, p, o] in store.closure.matching(None, None, None) {
        let (subject, predicate, object) = (store.iri(s), store.iri(p), store.value(o));
        assert!(
            knowledge.why(&subject, &predicate, &object).is_some(),
            "{subject} {predicate} {object}"
        );
        proved += 1;
    }
    assert!(proved > 200, "{proved}");
    assert!(
        why(&mut knowledge, "n1", "a", "Fast")
            .unwrap()
            .contains("cls-int1")
    );
}
