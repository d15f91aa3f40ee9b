//! The store as the query engine sees it: patterns over numbers, terms only where they are shown or computed with.

use std::convert::Infallible;
use std::sync::Arc;

use oxrdf::Term;
use spareval::{InternalQuad, QueryableDataset};

use crate::index::Triple;
use crate::store::Store;
use crate::terms::TermId;
use crate::vocabulary as v;

/// A view for one evaluation.
#[derive(Clone, Copy)]
pub(super) struct Dataset<'a> {
    store: &'a Store,
    one_name: bool,
}

impl<'a> Dataset<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            one_name: false,
        }
    }

    /// With `one_name`, a thing of several names is found under one of them; whatever name is asked with is answered.
    pub(super) fn with_one_name(self, one_name: bool) -> Self {
        Self { one_name, ..self }
    }
}

/// A term of the dictionary, or one that the query computed or mentions.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Internal {
    Known(TermId),
    Other(Arc<Term>),
}

type Quads<'a> = Box<dyn Iterator<Item = Result<InternalQuad<Internal>, Infallible>> + 'a>;

/// A position of a pattern: bound, free, or bound to a term that stands nowhere.
fn bound(term: Option<&Internal>) -> Result<Option<TermId>, ()> {
    match term {
        None => Ok(None),
        Some(Internal::Known(id)) => Ok(Some(*id)),
        Some(Internal::Other(_)) => Err(()),
    }
}

fn quad([s, p, o]: Triple, graph: Option<TermId>) -> Result<InternalQuad<Internal>, Infallible> {
    Ok(InternalQuad {
        subject: Internal::Known(s),
        predicate: Internal::Known(p),
        object: Internal::Known(o),
        graph_name: graph.map(Internal::Known),
    })
}

impl<'a> QueryableDataset<'a> for Dataset<'a> {
    type InternalTerm = Internal;
    type Error = Infallible;

    fn internal_quads_for_pattern(
        &self,
        subject: Option<&Internal>,
        predicate: Option<&Internal>,
        object: Option<&Internal>,
        graph_name: Option<Option<&Internal>>,
    ) -> impl Iterator<Item = Result<InternalQuad<Internal>, Infallible>> + use<'a> {
        let empty: Quads<'a> = Box::new(std::iter::empty());
        let store = self.store;
        let (Ok(s), Ok(p), Ok(o)) = (bound(subject), bound(predicate), bound(object)) else {
            return empty;
        };
        match graph_name {
            Some(None) if self.one_name => {
                let asked = [s, p, o];
                let found = store.closure.matching(s, p, o);
                let once = found.filter(move |triple| store.closure.is_first_name(*triple, asked));
                Box::new(once.map(|triple| quad(triple, None))) as Quads<'a>
            }
            Some(None) => Box::new(
                store
                    .closure
                    .matching(s, p, o)
                    .map(|triple| quad(triple, None)),
            ),
            Some(Some(Internal::Other(_))) => empty,
            Some(Some(Internal::Known(v::ASSERTED_GRAPH))) => {
                let stated = store
                    .closure
                    .matching(s, p, o)
                    .filter(|triple| store.ledger.contains(*triple) && store.facts.counts(*triple));
                Box::new(stated.map(|triple| quad(triple, Some(v::ASSERTED_GRAPH))))
            }
            Some(Some(Internal::Known(graph))) => {
                let graph = *graph;
                let inside = store
                    .ledger
                    .graph(graph)
                    .into_iter()
                    .flat_map(move |index| index.matching(s, p, o));
                Box::new(inside.map(move |triple| quad(triple, Some(graph))))
            }
            None => {
                let graphs = store
                    .ledger
                    .graphs()
                    .filter_map(move |graph| Some((graph, store.ledger.graph(graph)?)));
                Box::new(graphs.flat_map(move |(graph, index)| {
                    index
                        .matching(s, p, o)
                        .map(move |triple| quad(triple, Some(graph)))
                }))
            }
        }
    }

    fn internal_named_graphs(
        &self,
    ) -> impl Iterator<Item = Result<Internal, Infallible>> + use<'a> {
        self.store
            .ledger
            .graphs()
            .map(|graph| Ok(Internal::Known(graph)))
    }

    fn internalize_term(&self, term: Term) -> Result<Internal, Infallible> {
        Ok(match self.store.terms.known_term(term.as_ref()) {
            Some(id) => Internal::Known(id),
            None => Internal::Other(Arc::new(term)),
        })
    }

    fn externalize_term(&self, term: Internal) -> Result<Term, Infallible> {
        Ok(match term {
            Internal::Known(id) => self.store.terms.resolve(id),
            Internal::Other(term) => Arc::unwrap_or_clone(term),
        })
    }
}
