//! Between this store and `sophia`: graphs that an embedder hands in, and the canonical form of RDFC-1.0.
//!
//! No other module names a sophia type, and no public item but [`Knowledge::load_graph`] does.

use std::collections::HashSet;
use std::sync::Arc;

use oxrdf::Literal;
use rustc_hash::FxHashMap;
use samos_model::finding::Finding;
use sophia::api::MownStr;
use sophia::api::graph::Graph;
use sophia::api::quad::Spog;
use sophia::api::term::{BnodeId, IriRef, LanguageTag, SimpleTerm, Term, TermKind as SophiaKind};
use sophia::api::triple::Triple as _;
use sophia::c14n::rdfc10;

use crate::codes;
use crate::index::Triple;
use crate::knowledge::{Knowledge, Report};
use crate::ledger::{DEFAULT_GRAPH, Origin, Statement};
use crate::sources::LoadedSource;
use crate::terms::{TermId, TermKind, Terms};

impl Knowledge {
    /// Loads a graph of an embedder; `name` is how findings and proofs speak of it.
    ///
    /// Variables and quoted graphs have no place in a store; a graph with one is refused whole.
    pub fn load_graph<G: Graph>(&mut self, name: &str, graph: &G) -> Report {
        let number = self.store.sources.len() as u32;
        let mut blanks: FxHashMap<String, TermId> = FxHashMap::default();
        let mut statements: Vec<Statement> = Vec::new();
        for triple in graph.triples() {
            let refuse = |message: String| Report {
                statements: 0,
                findings: vec![Finding::error(
                    codes::UNREADABLE,
                    message,
                    "hand in a graph of IRIs, blank nodes and literals",
                )],
            };
            let triple = match triple {
                Ok(triple) => triple,
                Err(error) => return refuse(format!("the graph `{name}` cannot be read: {error}")),
            };
            let (s, p, o) = (triple.s(), triple.p(), triple.o());
            let terms = [s.as_simple(), p.as_simple(), o.as_simple()];
            let numbers =
                terms.map(|term| term_id(&mut self.store.terms, number, &mut blanks, &term));
            let [Some(s), Some(p), Some(o)] = numbers else {
                return refuse(format!(
                    "the graph `{name}` holds a variable or a quoted triple"
                ));
            };
            let origin = Origin {
                source: number,
                index: statements.len() as u32,
            };
            statements.push(Statement {
                triple: [s, p, o],
                graph: DEFAULT_GRAPH,
                origin,
            });
        }
        let count = statements.len();
        Arc::make_mut(&mut self.store.sources).push(Arc::new(LoadedSource::without_text(name)));
        self.store.ledger.extend(statements);
        self.changed();
        Report {
            statements: count,
            findings: Vec::new(),
        }
    }
}

fn term_id(
    terms: &mut Terms,
    number: u32,
    blanks: &mut FxHashMap<String, TermId>,
    term: &SimpleTerm<'_>,
) -> Option<TermId> {
    Some(match term.kind() {
        SophiaKind::Iri => terms.iri(&term.iri()?),
        SophiaKind::BlankNode => {
            let label = term.bnode_id()?.to_string();
            let next = blanks.len();
            *blanks
                .entry(label)
                .or_insert_with(|| terms.blank(&format!("s{number}b{next}")))
        }
        SophiaKind::Literal => {
            let text = term.lexical_form()?.to_string();
            match term.language_tag() {
                Some(language) => {
                    let literal = Literal::new_language_tagged_literal_unchecked(
                        text,
                        language.to_ascii_lowercase(),
                    );
                    terms.term(literal.as_ref().into())
                }
                None => terms.literal(&text, &term.datatype()?),
            }
        }
        SophiaKind::Triple | SophiaKind::Variable => return None,
    })
}

/// The canonical N-Quads of RDFC-1.0; `None` where blank nodes are so alike that telling them apart costs too much.
pub(crate) fn canonical(terms: &Terms, triples: &[Triple]) -> Option<Vec<u8>> {
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

#[cfg(test)]
mod tests;
