//! What was stated: every statement with the graph it stands in and where it comes from.
//!
//! In: statements. Out: the statements of a triple, of a graph, or all. A clone shares what has settled.
//! Not here: what follows from them, and which of them a newer observation has overtaken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::index::{Triple, TripleIndex};
use crate::terms::TermId;

/// Stands for "in no named graph".
pub(crate) const DEFAULT_GRAPH: TermId = TermId(u32::MAX);

/// The source number of statements that an observation made.
pub(crate) const OBSERVED: u32 = u32::MAX;
/// The source number of statements that a SPARQL update made.
pub(crate) const UPDATED: u32 = u32::MAX - 1;

/// Where a statement comes from: which source, and its number there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub(crate) source: u32,
    pub(crate) index: u32,
}

/// A triple in a graph, from somewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(crate) struct Statement {
    pub(crate) triple: Triple,
    pub(crate) graph: TermId,
    pub(crate) origin: Origin,
}

/// All statements.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Ledger {
    settled: Arc<Vec<Statement>>,
    recent: Arc<BTreeSet<Statement>>,
    removed: Arc<BTreeSet<Statement>>,
    graphs: Arc<BTreeMap<TermId, TripleIndex>>,
}

impl Ledger {
    /// Adds many at once.
    pub(crate) fn extend(&mut self, statements: Vec<Statement>) {
        let mut inside: BTreeMap<TermId, Vec<Triple>> = BTreeMap::new();
        for statement in &statements {
            if statement.graph != DEFAULT_GRAPH {
                let triples = inside.entry(statement.graph).or_default();
                triples.push(statement.triple);
            }
        }
        if !inside.is_empty() {
            let graphs = Arc::make_mut(&mut self.graphs);
            for (graph, triples) in inside {
                let _ = graphs.entry(graph).or_default().extend(triples);
            }
        }
        if statements.len() * 8 < self.settled.len() {
            Arc::make_mut(&mut self.recent).extend(statements);
            self.settle_when_large();
            return;
        }
        let settled = Arc::make_mut(&mut self.settled);
        settled.extend(statements);
        settled.sort_unstable();
    }

    fn settle_when_large(&mut self) {
        if self.recent.len() > 4096 + self.settled.len() / 4 {
            let mut all: Vec<Statement> = self.iter().collect();
            all.sort_unstable();
            self.settled = Arc::new(all);
            self.recent = Arc::default();
            self.removed = Arc::default();
        }
    }

    /// Takes one out.
    pub(crate) fn remove(&mut self, statement: Statement) {
        if self.recent.contains(&statement) {
            Arc::make_mut(&mut self.recent).remove(&statement);
        } else if self.settled.binary_search(&statement).is_ok() {
            Arc::make_mut(&mut self.removed).insert(statement);
        }
        let stays = self
            .of(statement.triple)
            .any(|other| other.graph == statement.graph);
        if statement.graph != DEFAULT_GRAPH && !stays {
            let graphs = Arc::make_mut(&mut self.graphs);
            if let Some(index) = graphs.get_mut(&statement.graph) {
                index.remove(statement.triple);
                if index.len() == 0 {
                    graphs.remove(&statement.graph);
                }
            }
        }
    }

    /// The statements of a triple.
    pub(crate) fn of(&self, triple: Triple) -> impl Iterator<Item = Statement> + '_ {
        self.from(triple, move |statement| statement.triple == triple)
    }

    /// The statements about a subject and a predicate.
    pub(crate) fn about(
        &self,
        subject: TermId,
        predicate: TermId,
    ) -> impl Iterator<Item = Statement> + '_ {
        self.from([subject, predicate, TermId(0)], move |statement| {
            statement.triple[0] == subject && statement.triple[1] == predicate
        })
    }

    /// The statements about a subject.
    pub(crate) fn about_subject(&self, subject: TermId) -> impl Iterator<Item = Statement> + '_ {
        self.from([subject, TermId(0), TermId(0)], move |statement| {
            statement.triple[0] == subject
        })
    }

    /// Is the triple stated somewhere?
    pub(crate) fn contains(&self, triple: Triple) -> bool {
        self.of(triple).next().is_some()
    }

    /// Statements from a triple on, in order, as long as they are wanted; of those after it, all that are come first.
    fn from(
        &self,
        triple: Triple,
        is_wanted: impl Fn(&Statement) -> bool + Copy,
    ) -> impl Iterator<Item = Statement> {
        let least = Statement {
            triple,
            graph: TermId(0),
            origin: Origin {
                source: 0,
                index: 0,
            },
        };
        let start = self.settled.partition_point(|statement| *statement < least);
        let settled = self.settled.get(start..).unwrap_or(&[]);
        // Bounded first: many that were removed may follow.
        let end = settled.partition_point(is_wanted);
        let settled = settled.get(..end).unwrap_or(&[]).iter().copied();
        let settled = settled
            .filter(|statement| self.removed.is_empty() || !self.removed.contains(statement));
        Merged {
            left: settled.peekable(),
            right: self
                .recent
                .range(least..)
                .copied()
                .take_while(is_wanted)
                .peekable(),
        }
    }

    /// All statements, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Statement> + '_ {
        self.from([TermId(0); 3], |_| true)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.settled.len() + self.recent.len() - self.removed.len()
    }

    /// The triples of a named graph.
    pub(crate) fn graph(&self, graph: TermId) -> Option<&TripleIndex> {
        self.graphs.get(&graph)
    }

    /// The names of the graphs, in order.
    pub(crate) fn graphs(&self) -> impl Iterator<Item = TermId> + '_ {
        self.graphs.keys().copied()
    }

    /// Bytes taken, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.len() * size_of::<Statement>()
    }
}

/// Two sorted sources as one.
struct Merged<L: Iterator, R: Iterator> {
    left: std::iter::Peekable<L>,
    right: std::iter::Peekable<R>,
}

impl<L: Iterator<Item = Statement>, R: Iterator<Item = Statement>> Iterator for Merged<L, R> {
    type Item = Statement;

    fn next(&mut self) -> Option<Statement> {
        match (self.left.peek(), self.right.peek()) {
            (Some(left), Some(right)) if right < left => self.right.next(),
            (Some(_), _) => self.left.next(),
            (None, _) => self.right.next(),
        }
    }
}
