//! What queries see at one moment: shared by any number of threads, untouched by what is loaded later.

use std::sync::Arc;

use samos_model::name::Iri;

use super::{Answer, KnowledgeError, QueryOptions, evaluate, parser};
use crate::interpretation::Prefixes;
use crate::knowledge::Knowledge;
use crate::store::Store;

/// Everything stated, observed and entailed at one moment. A clone costs nothing.
#[derive(Clone, Debug)]
pub struct QueryView {
    store: Arc<Store>,
    prefixes: Prefixes,
}

impl Knowledge {
    /// What queries see now.
    pub fn query_view(&mut self) -> QueryView {
        let prefixes = self.catalogue().prefixes.clone();
        QueryView {
            store: Arc::new(self.described().clone()),
            prefixes,
        }
    }
}

impl QueryView {
    /// Answers SELECT, ASK, CONSTRUCT or DESCRIBE.
    ///
    /// # Errors
    /// When the text is not SPARQL, cannot be evaluated, or is cancelled.
    pub fn ask(&self, text: &str, options: &QueryOptions) -> Result<Answer, KnowledgeError> {
        let parser = parser(&self.prefixes);
        evaluate(&self.store, self.prefixes.clone(), parser, text, options)
    }

    /// All statements of a named graph, or of the default graph; `None` where there is no graph of that name.
    #[must_use = "reading has no other effect"]
    pub fn graph(&self, name: Option<&Iri>) -> Option<Answer> {
        let pattern = match name {
            None => "?s ?p ?o".to_owned(),
            Some(name) => format!("GRAPH <{}> {{ ?s ?p ?o }}", name.as_str()),
        };
        let text = format!("CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}");
        let answer = self.ask(&text, &QueryOptions::default()).ok()?;
        (name.is_none() || !answer.is_empty()).then_some(answer)
    }
}
