//! What follows: the closure of a set of triples under OWL 2 RL.
//!
//! In: asserted triples, at once or one at a time. Out: is a triple entailed, which match a pattern, why, and what
//! contradicts. Types, sub-classes and sub-properties that follow from the hierarchies alone are answered from them
//! and not stored; names of the same thing share their oldest name's statements. Facts can be taken
//! back; taking an axiom back means building anew. Not here: where a triple was asserted, and datatype reasoning.

mod answers;
mod hierarchy;
mod reason;
mod rules;
mod sameness;
mod schema;
#[cfg(test)]
mod tests;
mod withdrawal;

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::index::{Triple, TripleIndex};
use crate::terms::{TermId, TermKind, Terms};
use crate::vocabulary as v;

pub(crate) use hierarchy::Hierarchy;
pub(crate) use reason::{Clash, Reason, Rule};
pub(crate) use schema::{is_axiom, list};

use sameness::Sameness;
use schema::Schema;

/// The closure. A clone is cheap and does not see what the original learns afterwards.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Closure {
    /// Asserted triples and those inferred that the hierarchies do not give, under representative names.
    facts: TripleIndex,
    classes: Arc<Hierarchy>,
    properties: Arc<Hierarchy>,
    same: Arc<Sameness>,
    schema: Arc<Schema>,
    reasons: Reasons,
    clashes: Arc<BTreeSet<Clash>>,
    next_rank: u32,
    /// Can all that changed since someone began to watch be told from the triples that came and went?
    #[serde(skip)]
    followed: bool,
}

/// Reasons by what they gave: settled ones are shared between clones, recent ones copied on writing.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
struct Reasons {
    settled: Arc<FxHashMap<Triple, Reason>>,
    /// `None` for one that was taken out.
    recent: Arc<FxHashMap<Triple, Option<Reason>>>,
}

impl Reasons {
    fn get(&self, triple: Triple) -> Option<&Reason> {
        match self.recent.get(&triple) {
            Some(recent) => recent.as_ref(),
            None => self.settled.get(&triple),
        }
    }

    fn insert(&mut self, triple: Triple, reason: Reason) {
        if self.recent.is_empty()
            && let Some(settled) = Arc::get_mut(&mut self.settled)
        {
            settled.insert(triple, reason);
            return;
        }
        Arc::make_mut(&mut self.recent).insert(triple, Some(reason));
        if self.recent.len() > 1024 + self.settled.len() / 4 {
            self.settle();
        }
    }

    fn remove(&mut self, triple: Triple) {
        if self.get(triple).is_some() {
            Arc::make_mut(&mut self.recent).insert(triple, None);
        }
    }

    fn settle(&mut self) {
        let recent = std::mem::take(&mut self.recent);
        let settled = Arc::make_mut(&mut self.settled);
        for (triple, reason) in recent.iter() {
            match reason {
                Some(reason) => settled.insert(*triple, reason.clone()),
                None => settled.remove(triple),
            };
        }
    }
}

impl Closure {
    /// The closure of these triples.
    pub(crate) fn new(asserted: Vec<Triple>, terms: &Terms) -> Self {
        let mut closure = Self {
            facts: TripleIndex::settled(asserted),
            ..Self::default()
        };
        closure.saturate(terms);
        closure
    }

    /// Adds asserted triples and what follows.
    pub(crate) fn insert(&mut self, asserted: &[Triple], terms: &Terms) {
        if asserted.iter().any(|triple| is_axiom(*triple)) {
            for triple in asserted {
                let stated_same = triple[1] == v::OWL_SAME_AS;
                self.facts.insert(if stated_same {
                    *triple
                } else {
                    self.canonical(*triple)
                });
            }
            self.saturate(terms);
        } else {
            self.insert_facts(asserted, terms);
        }
    }

    /// Adds triples from which nothing is to follow.
    pub(crate) fn insert_plain(&mut self, triples: &[Triple]) {
        for triple in triples {
            self.facts.insert(self.canonical(*triple));
        }
    }

    /// The triple under representative names.
    pub(crate) fn canonical(&self, [s, p, o]: Triple) -> Triple {
        [self.same.of(s), self.same.of(p), self.same.of(o)]
    }

    /// Takes note of the stored triples that come and go, and gives those so far. None where they do not tell all that
    /// changed, because names turned out to be of one thing or the schema was read anew.
    pub(crate) fn watch(&mut self) -> Option<Vec<(Triple, bool)>> {
        let touched = self.facts.watch();
        std::mem::replace(&mut self.followed, true).then_some(touched)
    }

    /// The representative of a term.
    pub(crate) fn representative(&self, term: TermId) -> TermId {
        self.same.of(term)
    }

    /// All names of a thing; just the one given when there is no other.
    pub(crate) fn names(&self, term: TermId) -> Vec<TermId> {
        match self.same.names(self.same.of(term)) {
            [] => vec![term],
            names => names.to_vec(),
        }
    }

    /// The hierarchy of classes.
    pub(crate) fn classes(&self) -> &Hierarchy {
        &self.classes
    }

    /// The hierarchy of properties.
    pub(crate) fn properties(&self) -> &Hierarchy {
        &self.properties
    }

    /// Contradictions found.
    pub(crate) fn clashes(&self) -> impl Iterator<Item = &Clash> + '_ {
        self.clashes.iter()
    }

    /// The asserted and stored triples, before the hierarchies are asked.
    pub(crate) fn facts(&self) -> &TripleIndex {
        &self.facts
    }

    /// The recorded derivation of a stored triple; asserted ones have none.
    pub(crate) fn reason(&self, triple: Triple) -> Option<&Reason> {
        self.reasons.get(triple)
    }

    /// The links by which a term is the same as others.
    pub(crate) fn links(&self, term: TermId) -> &[TermId] {
        self.same.links(term)
    }

    /// Does some axiom beyond the hierarchies react to statements with this property?
    pub(crate) fn rules_using(&self, property: TermId) -> Vec<&'static str> {
        let Some(rules) = self.schema.property(self.same.of(property)) else {
            return Vec::new();
        };
        let uses = [
            (rules.transitive, "it is transitive"),
            (rules.symmetric, "it is symmetric"),
            (rules.inverse_functional, "it is inverse functional"),
            (!rules.chains.is_empty(), "it is part of a property chain"),
            (
                !rules.some_values.is_empty(),
                "a someValuesFrom restriction reads it",
            ),
            (
                !rules.all_values.is_empty(),
                "an allValuesFrom restriction reads it",
            ),
            (
                !rules.has_value.is_empty(),
                "a hasValue restriction reads it",
            ),
            (
                !rules.at_most.is_empty(),
                "a cardinality restriction reads it",
            ),
            (!rules.keys.is_empty(), "it is part of a key"),
        ];
        uses.into_iter()
            .filter(|(used, _)| *used)
            .map(|(_, how)| how)
            .collect()
    }

    /// Bytes taken, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.facts.bytes()
            + self.classes.bytes()
            + self.properties.bytes()
            + self.reasons.settled.len() * 80
    }

    fn is_literal(terms: &Terms, term: TermId) -> bool {
        terms.kind(term) == TermKind::Literal
    }

    /// Is it a member of the class, by a stored type and the hierarchy?
    pub(crate) fn has_type(&self, entity: TermId, class: TermId) -> bool {
        class == v::OWL_THING
            || self
                .stored_types(entity)
                .any(|stored| self.classes.is_under(stored, class))
    }

    fn stored_types(&self, entity: TermId) -> impl Iterator<Item = TermId> + '_ {
        self.facts.objects(entity, v::RDF_TYPE)
    }
}
