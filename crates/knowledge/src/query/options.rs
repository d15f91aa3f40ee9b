//! What can be chosen about a query or an update beside its text: graphs, how much, how long, who else is asked.

use std::fmt;
use std::sync::Arc;

use oxrdf::{GraphName, NamedNode, NamedOrBlankNode};
use samos_model::name::Iri;
use spareval::{CancellationToken, QueryDatasetSpecification, QueryEvaluator};
use spargebra::algebra::QueryDataset;
use spargebra::{GraphUpdateOperation, Update};

use super::KnowledgeError;
use super::service::{Asked, QueryService};

/// What is chosen about a query.
#[derive(Clone, Default)]
pub struct QueryOptions {
    /// The graphs that make the default graph; they take the place of FROM. None leaves the text's own choice.
    pub default_graphs: Vec<Iri>,
    /// The named graphs that are there; they take the place of FROM NAMED.
    pub named_graphs: Vec<Iri>,
    /// Find a thing that has several names under one of them only, and no `owl:sameAs` statements.
    pub one_name: bool,
    /// More rows or triples than these are not computed.
    pub max_rows: Option<usize>,
    /// Ends the evaluation from outside.
    pub cancellation: Cancellation,
    /// Answers `SERVICE`.
    pub service: Option<Arc<dyn QueryService>>,
}

impl fmt::Debug for QueryOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryOptions")
            .field("default_graphs", &self.default_graphs)
            .field("named_graphs", &self.named_graphs)
            .field("one_name", &self.one_name)
            .field("max_rows", &self.max_rows)
            .finish_non_exhaustive()
    }
}

impl QueryOptions {
    pub(super) fn evaluator(&self) -> QueryEvaluator {
        let evaluator =
            QueryEvaluator::new().with_cancellation_token(self.cancellation.token.clone());
        match &self.service {
            Some(service) => evaluator.with_default_service_handler(Asked(Arc::clone(service))),
            None => evaluator,
        }
    }

    pub(super) fn choose_graphs(&self, dataset: &mut QueryDatasetSpecification) {
        if self.default_graphs.is_empty() && self.named_graphs.is_empty() {
            return;
        }
        let defaults = self.default_graphs.iter().map(node).map(GraphName::from);
        dataset.set_default_graph(defaults.collect());
        let named = self.named_graphs.iter().map(node);
        dataset.set_available_named_graphs(named.map(NamedOrBlankNode::from).collect());
    }
}

/// What is chosen about an update.
#[derive(Clone, Debug, Default)]
pub struct UpdateOptions {
    /// The graphs that make the default graph of its WHERE parts, as USING does.
    pub using: Vec<Iri>,
    /// The named graphs of its WHERE parts, as USING NAMED does.
    pub using_named: Vec<Iri>,
    /// What relative names are resolved against, where the text says no BASE.
    pub base: Option<Iri>,
}

impl UpdateOptions {
    pub(super) fn has_graphs(&self) -> bool {
        !self.using.is_empty() || !self.using_named.is_empty()
    }

    pub(super) fn choose_graphs(&self, update: &mut Update) -> Result<(), KnowledgeError> {
        for operation in &mut update.operations {
            let GraphUpdateOperation::DeleteInsert { using, .. } = operation else {
                continue;
            };
            if using.is_some() {
                return Err(KnowledgeError::Syntax(
                    "graphs are named both in the request and with USING or WITH in the update"
                        .to_owned(),
                ));
            }
            *using = Some(QueryDataset {
                default: self.using.iter().map(node).collect(),
                named: Some(self.using_named.iter().map(node).collect()),
            });
        }
        Ok(())
    }
}

/// Ends an evaluation from outside; clones end the same one.
#[derive(Clone, Default)]
pub struct Cancellation {
    token: CancellationToken,
}

impl Cancellation {
    /// Ends the evaluation soon.
    pub fn cancel(&self) {
        self.token.cancel();
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancellation")
            .field("cancelled", &self.token.is_cancelled())
            .finish()
    }
}

fn node(iri: &Iri) -> NamedNode {
    NamedNode::new_unchecked(iri.as_str())
}
