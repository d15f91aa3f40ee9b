//! What an update says is newer than what was observed or stated before, so it wins.
//!
//! In: the statements that an update takes out and puts in. Out: a ledger in which nothing older comes back once the
//! update is done. Only statements without a graph are looked at; who names a graph means what stands in it.

use std::collections::BTreeSet;

use oxrdf::{GraphName, NamedOrBlankNode, Quad, Term};

use crate::index::Triple;
use crate::knowledge::Knowledge;
use crate::ledger::{DEFAULT_GRAPH, Origin, Statement, UPDATED};
use crate::terms::TermId;
use crate::vocabulary as v;

impl Knowledge {
    /// Turns what is observed of the properties that an update touches into plain statements, without what had been
    /// overtaken before; and takes out the old value of each functional property that gets a new one. Gives how many
    /// values were replaced; whose statements came or went is added to `touched`.
    pub(super) fn overrule(
        &mut self,
        delete: &[Quad],
        insert: &[Quad],
        touched: &mut Vec<Triple>,
    ) -> usize {
        let cells: BTreeSet<(TermId, TermId)> = delete
            .iter()
            .chain(insert)
            .filter_map(|quad| self.cell(quad))
            .collect();
        for (entity, property) in cells {
            self.make_plain(entity, property, touched);
        }
        let replaced: Vec<Statement> = insert
            .iter()
            .filter_map(|quad| self.cell(quad))
            .filter(|(_, property)| {
                let facts = self.store.closure.facts();
                facts.contains([*property, v::RDF_TYPE, v::OWL_FUNCTIONAL])
            })
            .collect::<BTreeSet<_>>()
            .into_iter()
            .flat_map(|(entity, property)| self.store.ledger.about(entity, property))
            .filter(|statement| statement.graph == DEFAULT_GRAPH)
            .filter(|statement| !insert.iter().any(|quad| self.says(quad, statement.triple)))
            .collect();
        for statement in &replaced {
            self.store.ledger.remove(*statement);
        }
        touched.extend(replaced.iter().map(|statement| statement.triple));
        replaced.len()
    }

    /// The entity and property that a statement without a graph speaks of, where both are known already.
    fn cell(&self, quad: &Quad) -> Option<(TermId, TermId)> {
        if quad.graph_name != GraphName::DefaultGraph {
            return None;
        }
        let terms = &self.store.terms;
        let entity = match &quad.subject {
            NamedOrBlankNode::NamedNode(iri) => terms.known_iri(iri.as_str())?,
            NamedOrBlankNode::BlankNode(label) => terms.known_term(label.as_ref().into())?,
        };
        let predicate = terms.known_iri(quad.predicate.as_str())?;
        // That a property is empty is said of the property.
        if predicate == v::SAMOS_KNOWN_EMPTY
            && let Term::NamedNode(property) = &quad.object
        {
            return Some((entity, terms.known_iri(property.as_str())?));
        }
        Some((entity, predicate))
    }

    fn says(&self, quad: &Quad, [entity, property, object]: Triple) -> bool {
        self.cell(quad) == Some((entity, property))
            && self.store.terms.known_term(quad.object.as_ref()) == Some(object)
    }

    /// What counts of an observed property stands in the default graph afterwards, and nothing else is kept of it.
    fn make_plain(&mut self, entity: TermId, property: TermId, touched: &mut Vec<Triple>) {
        let ledger = &self.store.ledger;
        let empty = ledger.of([entity, v::SAMOS_KNOWN_EMPTY, property]);
        let said: Vec<Statement> = ledger.about(entity, property).chain(empty).collect();
        let is_observed = self.store.facts.get(entity, property).is_some();
        if !is_observed && said.iter().all(|one| one.graph == DEFAULT_GRAPH) {
            return;
        }
        let counting: BTreeSet<Triple> = said
            .iter()
            .map(|statement| statement.triple)
            .filter(|triple| self.store.facts.counts(*triple))
            .collect();
        touched.extend(said.iter().map(|statement| statement.triple));
        for statement in said {
            self.store.ledger.remove(statement);
        }
        self.store.facts.forget_property(entity, property);
        if let Some(watched) = &mut self.watched {
            watched.note_cells([(entity, property)]);
        }
        let plain = counting
            .into_iter()
            .map(|triple| Statement {
                triple,
                graph: DEFAULT_GRAPH,
                origin: Origin {
                    source: UPDATED,
                    index: self.next_update(),
                },
            })
            .collect();
        self.store.ledger.extend(plain);
    }
}
