//! SPARQL 1.1 Update on what is stated. What is inferred follows of itself.

use oxrdf::{BlankNode, GraphName, NamedOrBlankNode, Quad, Term};
use rustc_hash::FxHashMap;
use samos_model::name::Iri;
use spareval::{DeleteInsertQuad, QueryEvaluator};
use spargebra::algebra::GraphTarget;
use spargebra::term::{GraphName as PlainGraph, GroundQuad, GroundTerm};
use spargebra::{GraphUpdateOperation, Update};

use super::dataset::Dataset;
use super::{KnowledgeError, UpdateOptions, nesting, parser};
use crate::index::Triple;
use crate::knowledge::Knowledge;
use crate::ledger::{DEFAULT_GRAPH, Origin, Statement, UPDATED};
use crate::store::Store;
use crate::terms::TermId;

/// What an update changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Changed {
    /// Statements added.
    pub added: usize,
    /// Statements taken out.
    pub removed: usize,
}

impl Knowledge {
    /// Carries out INSERT and DELETE, with DATA or WHERE, CLEAR and DROP. On an error nothing is changed.
    ///
    /// Without a graph, a DELETE takes the triple out of every graph, since the default graph shows them all. What an
    /// update says is the newest there is: an older value that an observation had overtaken does not come back, and
    /// inserting another value of a functional property replaces the one before.
    ///
    /// # Errors
    /// When the text is not SPARQL, cannot be evaluated, or asks for LOAD.
    pub fn update(&mut self, text: &str) -> Result<Changed, KnowledgeError> {
        let update = self.parsed(text, None)?;
        // One operation fails before it changes anything. What is kept to go back to would have to be copied by the first
        // change, which for a log of thousands of updates costs more than the updates.
        let before = (update.operations.len() > 1).then(|| self.clone());
        let mut changed = Changed::default();
        for operation in update.operations {
            match self.apply(operation) {
                Ok(more) => {
                    changed.added += more.added;
                    changed.removed += more.removed;
                }
                Err(error) => {
                    if let Some(before) = before {
                        *self = before;
                    }
                    return Err(error);
                }
            }
        }
        Ok(changed)
    }

    /// The text with the graphs chosen written into it, so that it can be kept and done again.
    ///
    /// # Errors
    /// When the text is not SPARQL, or names graphs with USING or WITH itself.
    pub fn with_graphs(
        &mut self,
        text: &str,
        options: &UpdateOptions,
    ) -> Result<String, KnowledgeError> {
        let stands_alone = self.parsed(text, None);
        if !options.has_graphs() && (stands_alone.is_ok() || options.base.is_none()) {
            return Ok(text.to_owned());
        }
        let mut update = match (stands_alone, &options.base) {
            (Err(_), Some(base)) => self.parsed(text, Some(base))?,
            (update, _) => update?,
        };
        if options.has_graphs() {
            options.choose_graphs(&mut update)?;
        }
        Ok(update.to_string())
    }

    fn parsed(&mut self, text: &str, base: Option<&Iri>) -> Result<Update, KnowledgeError> {
        nesting::check(text)?;
        let wrong = |error: &dyn std::fmt::Display| KnowledgeError::Syntax(error.to_string());
        let mut parser = self.with_prefixes(parser);
        if let Some(base) = base {
            let based = parser.with_base_iri(base.as_str());
            parser = based.map_err(|error| wrong(&error))?;
        }
        parser.parse_update(text).map_err(|error| wrong(&error))
    }

    fn apply(&mut self, operation: GraphUpdateOperation) -> Result<Changed, KnowledgeError> {
        let (mut delete, mut insert) = (Vec::new(), Vec::new());
        match operation {
            GraphUpdateOperation::InsertData { data } => {
                insert.extend(data.into_iter().map(|quad| {
                    let graph = match quad.graph_name {
                        PlainGraph::NamedNode(name) => GraphName::NamedNode(name),
                        PlainGraph::DefaultGraph => GraphName::DefaultGraph,
                    };
                    Quad::new(quad.subject, quad.predicate, quad.object, graph)
                }));
            }
            GraphUpdateOperation::DeleteData { data } => {
                delete.extend(data.into_iter().map(ground))
            }
            GraphUpdateOperation::DeleteInsert {
                delete: out,
                insert: new,
                using,
                pattern,
            } => {
                let failed = |error: spareval::QueryEvaluationError| {
                    KnowledgeError::Evaluation(error.to_string())
                };
                let evaluator = QueryEvaluator::new();
                let prepared = evaluator.prepare_delete_insert(out, new, None, using, &pattern);
                for change in prepared
                    .execute(Dataset::new(self.described()))
                    .map_err(failed)?
                {
                    match change.map_err(failed)? {
                        DeleteInsertQuad::Delete(quad) => delete.push(quad),
                        DeleteInsertQuad::Insert(quad) => insert.push(quad),
                    }
                }
            }
            GraphUpdateOperation::Clear { graph, .. }
            | GraphUpdateOperation::Drop { graph, .. } => return Ok(self.clear(&graph)),
            GraphUpdateOperation::Create { .. } => {}
            GraphUpdateOperation::Load { .. } => return Err(KnowledgeError::Unsupported("LOAD")),
        }
        self.settle_facts();
        let is_plain = delete
            .iter()
            .chain(&insert)
            .all(|quad| quad.graph_name == GraphName::DefaultGraph);
        let mut touched = Vec::new();
        let replaced = self.overrule(&delete, &insert, &mut touched);
        let mut removed = replaced;
        for quad in &delete {
            removed += self.take_out(quad, &mut touched);
        }
        let added = self.put_in(&insert, &mut touched);
        if added + removed > 0 {
            match is_plain {
                true => self.restate(&touched),
                false => self.changed(),
            }
        }
        Ok(Changed { added, removed })
    }

    fn clear(&mut self, target: &GraphTarget) -> Changed {
        let wanted = |store: &Store, statement: &Statement| match target {
            GraphTarget::AllGraphs => true,
            GraphTarget::DefaultGraph => statement.graph == DEFAULT_GRAPH,
            GraphTarget::NamedGraphs => statement.graph != DEFAULT_GRAPH,
            GraphTarget::NamedNode(name) => {
                store.terms.known_iri(name.as_str()) == Some(statement.graph)
            }
        };
        let gone: Vec<Statement> = self
            .store
            .ledger
            .iter()
            .filter(|statement| wanted(&self.store, statement))
            .collect();
        for statement in &gone {
            self.withdraw(*statement);
        }
        self.changed();
        Changed {
            added: 0,
            removed: gone.len(),
        }
    }

    fn withdraw(&mut self, statement: Statement) {
        self.store.ledger.remove(statement);
        let [s, p, o] = statement.triple;
        self.store.facts.withdraw(s, p, o);
    }

    fn take_out(&mut self, quad: &Quad, touched: &mut Vec<Triple>) -> usize {
        let store = &self.store;
        let subject: Term = quad.subject.clone().into();
        let predicate: Term = quad.predicate.clone().into();
        let known =
            [&subject, &predicate, &quad.object].map(|term| store.terms.known_term(term.as_ref()));
        let [Some(s), Some(p), Some(o)] = known else {
            return 0;
        };
        let graph = match &quad.graph_name {
            GraphName::DefaultGraph => None,
            GraphName::NamedNode(name) => Some(store.terms.known_iri(name.as_str())),
            GraphName::BlankNode(label) => Some(store.terms.known_term(label.as_ref().into())),
        };
        let gone: Vec<Statement> = store
            .ledger
            .of([s, p, o])
            .filter(|statement| graph.is_none_or(|graph| graph == Some(statement.graph)))
            .collect();
        for statement in &gone {
            self.withdraw(*statement);
        }
        touched.extend(gone.iter().map(|statement| statement.triple));
        gone.len()
    }

    fn put_in(&mut self, quads: &[Quad], touched: &mut Vec<Triple>) -> usize {
        let mut statements = Vec::new();
        let mut fresh: FxHashMap<BlankNode, TermId> = FxHashMap::default();
        for quad in quads {
            let s = match &quad.subject {
                NamedOrBlankNode::NamedNode(iri) => self.store.terms.iri(iri.as_str()),
                NamedOrBlankNode::BlankNode(label) => self.blank(label, &mut fresh),
            };
            let p = self.store.terms.iri(quad.predicate.as_str());
            let o = match &quad.object {
                Term::BlankNode(label) => self.blank(label, &mut fresh),
                other => self.store.terms.term(other.as_ref()),
            };
            let graph = match &quad.graph_name {
                GraphName::DefaultGraph => DEFAULT_GRAPH,
                GraphName::NamedNode(name) => self.store.terms.iri(name.as_str()),
                GraphName::BlankNode(label) => self.blank(label, &mut fresh),
            };
            let known = self
                .store
                .ledger
                .of([s, p, o])
                .any(|statement| statement.graph == graph);
            if !known {
                let origin = Origin {
                    source: UPDATED,
                    index: self.next_update(),
                };
                statements.push(Statement {
                    triple: [s, p, o],
                    graph,
                    origin,
                });
            }
        }
        let added = statements.len();
        touched.extend(statements.iter().map(|statement| statement.triple));
        self.store.ledger.extend(statements);
        added
    }

    /// A blank node of the store keeps its name; one of the update's text gets a new one.
    fn blank(&mut self, label: &BlankNode, fresh: &mut FxHashMap<BlankNode, TermId>) -> TermId {
        if let Some(known) = self.store.terms.known_term(label.as_ref().into()) {
            return known;
        }
        if let Some(made) = fresh.get(label) {
            return *made;
        }
        let number = self.next_update();
        let made = self.store.terms.blank(&format!("u{number}"));
        fresh.insert(label.clone(), made);
        made
    }
}

fn ground(quad: GroundQuad) -> Quad {
    let object: Term = match quad.object {
        GroundTerm::NamedNode(iri) => iri.into(),
        GroundTerm::Literal(literal) => literal.into(),
        // A triple term stands nowhere in the store, so any absent term does.
        GroundTerm::Triple(triple) => oxrdf::Literal::new_simple_literal(triple.to_string()).into(),
    };
    let graph = match quad.graph_name {
        PlainGraph::NamedNode(name) => GraphName::NamedNode(name),
        PlainGraph::DefaultGraph => GraphName::DefaultGraph,
    };
    Quad::new(quad.subject, quad.predicate, object, graph)
}
