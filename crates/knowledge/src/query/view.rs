//! What queries see at one moment: shared by any number of threads, untouched by what is loaded later.
//!
//! In: the knowledge, and statements that nothing follows from, such as plans. Out: answers. Not here: changing it.

use std::fmt;
use std::sync::Arc;

use oxrdf::{NamedOrBlankNode, Triple as RdfTriple};
use samos_model::name::Iri;
use samos_model::value::Value;
use spargebra::SparqlParser;

use super::{Answer, Content, KnowledgeError, QueryOptions, evaluate, parser};
use crate::index::Triple;
use crate::interpretation::Prefixes;
use crate::knowledge::Knowledge;
use crate::ledger::DEFAULT_GRAPH;
use crate::sources::{Source, read};
use crate::store::Store;
use crate::terms::TermId;

/// Everything stated, observed and entailed at one moment. A clone copies no facts.
#[derive(Clone)]
pub struct QueryView {
    store: Store,
    prefixes: Prefixes,
    parser: SparqlParser,
}

impl fmt::Debug for QueryView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryView").finish_non_exhaustive()
    }
}

impl Knowledge {
    /// What queries see now.
    pub fn query_view(&mut self) -> QueryView {
        let prefixes = self.catalogue().prefixes.clone();
        QueryView {
            store: self.described().clone(),
            parser: parser(&prefixes),
            prefixes,
        }
    }

    /// Is that stated or observed, and not only inferred?
    #[must_use = "reading has no other effect"]
    pub fn is_stated(&self, subject: &Iri, predicate: &Iri, object: &Value) -> bool {
        let store = &self.store;
        let known = (
            store.known(subject),
            store.known(predicate),
            store.known_value(object),
        );
        let (Some(s), Some(p), Some(o)) = known else {
            return false;
        };
        store.ledger.contains([s, p, o]) && store.facts.counts([s, p, o])
    }
}

impl QueryView {
    /// The same with statements from which nothing follows. What cannot be read is left out.
    #[must_use = "this makes a value and changes nothing"]
    pub fn with(mut self, sources: &[Source]) -> Self {
        for source in sources {
            let number = self.store.sources.len() as u32;
            let Ok(read) = read(source, number, &mut self.store.terms) else {
                continue;
            };
            let statements = read.statements.iter();
            let triples: Vec<Triple> = statements.map(|statement| statement.triple).collect();
            Arc::make_mut(&mut self.store.sources).push(Arc::new(read.source));
            self.store.ledger.extend(read.statements);
            self.store.closure.insert_plain(&triples);
        }
        self
    }

    /// Answers SELECT, ASK, CONSTRUCT or DESCRIBE.
    ///
    /// # Errors
    /// When the text is not SPARQL, cannot be evaluated, or is cancelled.
    pub fn ask(&self, text: &str, options: &QueryOptions) -> Result<Answer, KnowledgeError> {
        let parser = self.parser.clone();
        evaluate(&self.store, self.prefixes.clone(), parser, text, options)
    }

    /// What is stated in a named graph, or outside of all of them; `None` where there is no graph of that name.
    #[must_use = "reading has no other effect"]
    pub fn graph(&self, name: Option<&Iri>) -> Option<Answer> {
        let store = &self.store;
        let triples: Vec<Triple> = match name {
            None => {
                let stated = store.ledger.iter();
                let stated = stated.filter(|statement| statement.graph == DEFAULT_GRAPH);
                stated.map(|statement| statement.triple).collect()
            }
            Some(name) => {
                let graph = store.terms.known_iri(name.as_str())?;
                let index = store.ledger.graph(graph)?;
                index.matching(None, None, None).collect()
            }
        };
        let triples = triples.into_iter();
        let mut triples: Vec<RdfTriple> =
            triples.filter_map(|triple| self.resolve(triple)).collect();
        triples.sort_by_cached_key(ToString::to_string);
        triples.dedup();
        Some(Answer {
            content: Content::Graph(triples),
            prefixes: self.prefixes.clone(),
            truncated: false,
        })
    }

    fn resolve(&self, [s, p, o]: Triple) -> Option<RdfTriple> {
        let term = |id: TermId| self.store.terms.resolve(id);
        let subject = match term(s) {
            oxrdf::Term::NamedNode(iri) => NamedOrBlankNode::from(iri),
            oxrdf::Term::BlankNode(label) => NamedOrBlankNode::from(label),
            _ => return None,
        };
        let oxrdf::Term::NamedNode(predicate) = term(p) else {
            return None;
        };
        Some(RdfTriple::new(subject, predicate, term(o)))
    }
}
