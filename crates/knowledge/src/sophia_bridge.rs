//! Between this store and `sophia`: graphs that an embedder hands in.
//!
//! No other module names a sophia type, and no public item but [`Knowledge::load_graph`] does.

use std::sync::Arc;

use oxrdf::Literal;
use rustc_hash::FxHashMap;
use samos_model::finding::Finding;
use sophia::api::graph::Graph;
use sophia::api::term::{SimpleTerm, Term, TermKind as SophiaKind};
use sophia::api::triple::Triple as _;

use crate::codes;
use crate::knowledge::{Knowledge, Report};
use crate::ledger::{DEFAULT_GRAPH, Origin, Statement};
use crate::sources::LoadedSource;
use crate::terms::{TermId, Terms};

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

#[cfg(test)]
mod tests;
