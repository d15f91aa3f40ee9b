use sophia::api::graph::Graph as _;
use sophia::api::source::TripleSource as _;
use sophia::api::term::{IriRef, SimpleTerm};
use sophia::inmem::graph::LightGraph;

use crate::{Format, Knowledge, Source};
use samos_model::{Iri, World as _};

#[test]
fn a_sophia_graph_is_as_good_as_a_file() {
    let turtle = "@prefix e: <urn:e:> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        e:B rdfs:subClassOf e:A . e:x a e:B ; e:label \"x\"@en ; e:size 3 ; e:part [ e:size 4 ] .";
    let mut read = Knowledge::new();
    read.load(&Source::new("t.ttl", turtle, Format::Turtle));

    let graph: LightGraph = sophia::turtle::parser::turtle::parse_str(turtle)
        .collect_triples()
        .unwrap();
    assert_eq!(graph.triples().count(), 6);
    let mut handed = Knowledge::new();
    let report = handed.load_graph("embedder", &graph);
    assert_eq!((report.statements, report.findings.len()), (6, 0));

    for knowledge in [&mut read, &mut handed] {
        let world = knowledge.world();
        assert!(world.has_type(&Iri::from("urn:e:x"), &Iri::from("urn:e:A")));
    }
    let digest = |knowledge: &mut Knowledge| knowledge.world().made_from().ontology;
    assert_eq!(digest(&mut read), digest(&mut handed));
}

#[test]
fn a_variable_is_refused() {
    let term = |text: &'static str| SimpleTerm::Iri(IriRef::new_unchecked(text.into()));
    let variable = SimpleTerm::Variable(sophia::api::term::VarName::new_unchecked("v".into()));
    let graph = vec![[term("urn:s"), term("urn:p"), variable]];
    let mut knowledge = Knowledge::new();
    let report = knowledge.load_graph("embedder", &graph);
    assert_eq!((report.statements, report.findings.len()), (0, 1));
}
