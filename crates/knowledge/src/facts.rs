//! Live facts: what was observed of which property of which entity, when, and by what.
//!
//! In: observations, and the graphs of loaded files that carry PROV-O times. Out: which stated triples count.
//! An observed set replaces what was stated or observed before; a partial one adds to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use samos_model::name::Iri;
use samos_model::value::Value;
use samos_model::world::Observation;
use serde::{Deserialize, Serialize};

use crate::index::Triple;
use crate::ledger::{Ledger, OBSERVED};
use crate::terms::{TermId, Terms};
use crate::vocabulary as v;

/// What an operation or another source saw of one property of one entity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ObservedFact {
    /// The entity looked at.
    pub entity: Iri,
    /// The property looked at; `rdf:type` to report what an entity is.
    pub property: Iri,
    /// The values seen.
    pub values: BTreeSet<Value>,
    /// Are these all there are? False for a filtered or single-item answer.
    pub complete: bool,
    /// When and by what.
    pub seen: Observation,
}

/// What observations amount to, one after the other: the newest of each property of each entity, with what partial ones
/// added to it. In the order in which each was last seen.
#[must_use = "this makes a list and changes nothing"]
pub fn amounting_to(observed: impl IntoIterator<Item = ObservedFact>) -> Vec<ObservedFact> {
    let mut newest: BTreeMap<(Iri, Iri), (usize, ObservedFact)> = BTreeMap::new();
    for (at, mut fact) in observed.into_iter().enumerate() {
        let cell = (fact.entity.clone(), fact.property.clone());
        if let Some((_, old)) = newest.get(&cell) {
            if is_newer(&old.seen.at, &fact.seen.at) {
                continue;
            }
            if !fact.complete {
                fact.values.extend(old.values.iter().cloned());
                fact.complete = old.complete;
            }
        }
        newest.insert(cell, (at, fact));
    }
    let mut facts: Vec<(usize, ObservedFact)> = newest.into_values().collect();
    facts.sort_by_key(|(at, _)| *at);
    facts.into_iter().map(|(_, fact)| fact).collect()
}

/// One observed set, in numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Observed {
    pub(crate) values: Vec<TermId>,
    pub(crate) complete: bool,
    pub(crate) seen: Observation,
}

/// The newest observation of each property of each entity.
#[derive(Clone, Default, Debug)]
pub(crate) struct Facts {
    observed: Arc<BTreeMap<(TermId, TermId), Observed>>,
}

impl Facts {
    /// The newest observation.
    pub(crate) fn get(&self, entity: TermId, property: TermId) -> Option<&Observed> {
        self.observed.get(&(entity, property))
    }

    /// Does a stated triple count, or has an observation overtaken it?
    pub(crate) fn counts(&self, [s, p, o]: Triple) -> bool {
        if self.observed.is_empty() {
            return true;
        }
        if p == v::SAMOS_KNOWN_EMPTY {
            return self.get(s, o).is_none_or(|seen| seen.values.is_empty());
        }
        self.get(s, p)
            .is_none_or(|seen| !seen.complete || seen.values.contains(&o))
    }

    /// Was the triple itself observed?
    pub(crate) fn observation(&self, [s, p, o]: Triple) -> Option<&Observation> {
        self.get(s, p)
            .filter(|seen| seen.values.contains(&o))
            .map(|seen| &seen.seen)
    }

    /// Records a set unless a newer one is known; gives what it replaces.
    pub(crate) fn record(
        &mut self,
        entity: TermId,
        property: TermId,
        mut new: Observed,
    ) -> Recorded {
        let key = (entity, property);
        match self.observed.get(&key) {
            Some(old) if is_newer(&old.seen.at, &new.seen.at) => Recorded::Stale,
            Some(old) => {
                let before = old.clone();
                if !new.complete {
                    new.values.extend(
                        before
                            .values
                            .iter()
                            .filter(|value| !new.values.contains(value))
                            .copied()
                            .collect::<Vec<_>>(),
                    );
                    new.complete = before.complete;
                }
                Arc::make_mut(&mut self.observed).insert(key, new);
                Recorded::Replaced
            }
            None => {
                Arc::make_mut(&mut self.observed).insert(key, new);
                Recorded::First
            }
        }
    }

    /// Forgets every observation of or about an entity.
    pub(crate) fn forget(&mut self, entity: TermId) {
        let observed = Arc::make_mut(&mut self.observed);
        observed.retain(|(subject, _), _| *subject != entity);
        for seen in observed.values_mut() {
            seen.values.retain(|value| *value != entity);
        }
    }

    /// Forgets what was observed of one property of an entity.
    pub(crate) fn forget_property(&mut self, entity: TermId, property: TermId) {
        if self.get(entity, property).is_some() {
            Arc::make_mut(&mut self.observed).remove(&(entity, property));
        }
    }

    /// Takes one observed value back.
    pub(crate) fn withdraw(&mut self, entity: TermId, property: TermId, value: TermId) {
        if self
            .get(entity, property)
            .is_none_or(|seen| !seen.values.contains(&value))
        {
            return;
        }
        let observed = Arc::make_mut(&mut self.observed);
        if let Some(seen) = observed.get_mut(&(entity, property)) {
            seen.values.retain(|known| *known != value);
            if seen.values.is_empty() {
                observed.remove(&(entity, property));
            }
        }
    }

    /// The time of the newest observation.
    pub(crate) fn newest(&self) -> Option<&str> {
        self.observed
            .values()
            .map(|seen| seen.seen.at.as_str())
            .reduce(|a, b| if is_newer(b, a) { b } else { a })
    }

    /// All observations, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&(TermId, TermId), &Observed)> + '_ {
        self.observed.iter()
    }

    /// Reads the named graphs that say when and from what they were generated.
    pub(crate) fn read_provenance(&mut self, ledger: &Ledger, terms: &Terms) {
        for graph in ledger.graphs() {
            let Some(index) = ledger.graph(graph) else {
                continue;
            };
            let said = |predicate: TermId| {
                ledger
                    .about(graph, predicate)
                    .find(|statement| statement.origin.source != OBSERVED)
            };
            let Some(at) = said(v::PROV_GENERATED_AT_TIME) else {
                continue;
            };
            let source = said(v::PROV_WAS_GENERATED_BY).or_else(|| said(v::PROV_WAS_ATTRIBUTED_TO));
            let seen = Observation {
                at: utc(terms.text(at.triple[2])),
                source: source.map_or_else(
                    || terms.text(graph).to_owned(),
                    |source| terms.text(source.triple[2]).to_owned(),
                ),
            };
            let mut sets: BTreeMap<(TermId, TermId), Vec<TermId>> = BTreeMap::new();
            for [s, p, o] in index.iter().filter(|[s, _, _]| *s != graph) {
                match p {
                    v::SAMOS_KNOWN_EMPTY => {
                        sets.entry((s, o)).or_default();
                    }
                    p => sets.entry((s, p)).or_default().push(o),
                }
            }
            for ((entity, property), values) in sets {
                // What a thing is, is not complete by having been seen once.
                let complete = property != v::RDF_TYPE;
                self.record(
                    entity,
                    property,
                    Observed {
                        values,
                        complete,
                        seen: seen.clone(),
                    },
                );
            }
        }
    }
}

/// What recording did.
pub(crate) enum Recorded {
    /// Nothing was known before.
    First,
    /// This was known before.
    Replaced,
    /// Something newer is known; nothing changed.
    Stale,
}

/// Is the first moment later than the second?
pub(crate) fn is_newer(first: &str, second: &str) -> bool {
    match (
        first.parse::<jiff::Timestamp>(),
        second.parse::<jiff::Timestamp>(),
    ) {
        (Ok(first), Ok(second)) => first > second,
        _ => first > second,
    }
}

/// The moment in UTC, when it can be read.
pub(crate) fn utc(moment: &str) -> String {
    moment
        .parse::<jiff::Timestamp>()
        .map_or_else(|_| moment.to_owned(), |moment| moment.to_string())
}
