use std::collections::HashSet;

use proptest::prelude::*;
use sophia::api::MownStr;
use sophia::api::graph::Graph as _;
use sophia::api::quad::Spog;
use sophia::api::source::TripleSource as _;
use sophia::api::term::{BnodeId, IriRef, LanguageTag, SimpleTerm};
use sophia::c14n::rdfc10;
use sophia::inmem::graph::LightGraph;

use crate::index::Triple;
use crate::terms::{TermId, TermKind, Terms};
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

/// The canonical N-Quads of RDFC-1.0; `None` where blank nodes are so alike that telling them apart costs too much.
fn canonical(terms: &Terms, triples: &[Triple]) -> Option<Vec<u8>> {
    let set: HashSet<Spog<SimpleTerm<'_>>> = triples
        .iter()
        .map(|[s, p, o]| {
            (
                [simple(terms, *s), simple(terms, *p), simple(terms, *o)],
                None,
            )
        })
        .collect();
    let mut bytes = Vec::new();
    rdfc10::normalize(&set, &mut bytes).ok().map(|()| bytes)
}

fn simple(terms: &Terms, term: TermId) -> SimpleTerm<'_> {
    let text = terms.text(term);
    match terms.kind(term) {
        TermKind::Iri => SimpleTerm::Iri(IriRef::new_unchecked(MownStr::from(text))),
        TermKind::Blank => SimpleTerm::BlankNode(BnodeId::new_unchecked(MownStr::from(text))),
        TermKind::Literal => match terms.language(term) {
            Some(language) => SimpleTerm::LiteralLanguage(
                MownStr::from(text),
                LanguageTag::new_unchecked(MownStr::from(language)),
                None,
            ),
            None => SimpleTerm::LiteralDatatype(
                MownStr::from(text),
                IriRef::new_unchecked(MownStr::from(terms.datatype(term).unwrap_or(""))),
            ),
        },
        // Rare, and no blank node inside one is told apart.
        TermKind::Triple => SimpleTerm::LiteralDatatype(
            MownStr::from(text),
            IriRef::new_unchecked(MownStr::from("urn:samos:triple")),
        ),
    }
}

fn agrees(terms: &Terms, triples: &[Triple]) {
    let ours = crate::digest::standard::canonical(terms, triples);
    let theirs = canonical(terms, triples);
    let text = |bytes: &Option<Vec<u8>>| {
        bytes
            .as_ref()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    assert_eq!(text(&ours), text(&theirs));
}

#[test]
fn literals_and_lists_have_the_canonical_form_of_sophia() {
    let mut knowledge = Knowledge::new();
    let turtle = "@prefix e: <urn:e:> . e:a e:p \"\\t\\n\\r\\b\\f\\u0001\\u007F\\\"\\\\é\", \"x\"@EN-gb, \"1\"^^e:T, 4, true,
        ( 1 2 ( e:x ) ), ( 1 2 ( e:x ) ), [ e:q [ e:q [ e:r e:a ] ] ], [ e:q [ e:q [ e:r e:b ] ] ] .
        _:one e:next _:two . _:two e:next _:three . _:three e:next _:one . _:self e:next _:self .";
    let report = knowledge.load(&Source::new("t.ttl", turtle, Format::Turtle));
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let triples: Vec<Triple> = knowledge
        .store
        .ledger
        .iter()
        .map(|one| one.triple)
        .collect();
    agrees(&knowledge.store.terms, &triples);
}

proptest! {
    #[test]
    fn blank_nodes_are_named_as_sophia_names_them(edges in prop::collection::vec((0..9_u32, 0..2_u32, 0..11_u32), 0..24)) {
        let mut terms = Terms::new();
        let nodes: Vec<TermId> = (0..9).map(|at| terms.blank(&format!("n{at}"))).collect();
        let properties = [terms.iri("urn:p"), terms.iri("urn:q")];
        let ends: Vec<TermId> = nodes.iter().copied().chain([terms.iri("urn:x"), terms.iri("urn:y")]).collect();
        let triples: Vec<Triple> = edges
            .iter()
            .map(|(from, by, to)| [nodes[*from as usize], properties[*by as usize], ends[*to as usize]])
            .collect();
        agrees(&terms, &triples);
    }
}
