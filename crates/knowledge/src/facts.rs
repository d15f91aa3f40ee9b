//! Live facts: what was observed of which property of which entity, when, and by what.
//!
//! In: observations, and the graphs of loaded files that carry PROV-O times. Out: which stated triples count.
//! An observed set replaces what was stated or observed before; a partial one adds to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

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
    pub(crate) seen: Arc<Observation>,
}

/// A property of an entity.
pub(crate) type Cell = (TermId, TermId);

/// The newest observation of each property of each entity. A clone shares what has settled and copies what is new when it is
/// written to.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub(crate) struct Facts {
    settled: Arc<BTreeMap<Cell, Observed>>,
    /// `None` for one that was taken out.
    recent: Arc<BTreeMap<Cell, Option<Observed>>>,
    /// The newest of all, once it was asked for.
    newest: OnceLock<Option<Arc<Observation>>>,
}

/// The same as it is written: many were seen at one moment by one source.
#[derive(Serialize, Deserialize)]
struct Written {
    seen: Vec<Arc<Observation>>,
    observed: Vec<(TermId, TermId, Vec<TermId>, bool, usize)>,
}

impl From<Facts> for Written {
    fn from(facts: Facts) -> Self {
        let all: BTreeSet<&Arc<Observation>> = facts.iter().map(|(_, one)| &one.seen).collect();
        let places: BTreeMap<&Arc<Observation>, usize> = all.iter().copied().zip(0..).collect();
        let observed = facts
            .iter()
            .map(|((entity, property), one)| {
                let seen = places.get(&one.seen).copied().unwrap_or_default();
                let values = one.values.clone();
                (*entity, *property, values, one.complete, seen)
            })
            .collect();
        Self {
            seen: all.into_iter().cloned().collect(),
            observed,
        }
    }
}

impl From<Written> for Facts {
    fn from(written: Written) -> Self {
        let observed = written.observed.into_iter();
        let observed = observed.filter_map(|(entity, property, values, complete, seen)| {
            let one = Observed {
                values,
                complete,
                seen: Arc::clone(written.seen.get(seen)?),
            };
            Some(((entity, property), one))
        });
        Self {
            settled: Arc::new(observed.collect()),
            ..Self::default()
        }
    }
}

impl Facts {
    /// The newest observation.
    pub(crate) fn get(&self, entity: TermId, property: TermId) -> Option<&Observed> {
        let cell = (entity, property);
        match self.recent.get(&cell) {
            Some(recent) => recent.as_ref(),
            None => self.settled.get(&cell),
        }
    }

    fn is_empty(&self) -> bool {
        self.settled.is_empty() && self.recent.is_empty()
    }

    /// Puts an observation in the place of what was there, or takes that out.
    fn put(&mut self, cell: Cell, new: Option<Observed>) {
        if let Some(newest) = self.newest.get() {
            let is_newest = |one: &&Observed| {
                let newest = newest.as_ref();
                newest.is_none_or(|newest| !is_newer(&newest.at, &one.seen.at))
            };
            if let Some(new) = new.as_ref().filter(is_newest) {
                self.newest = OnceLock::from(Some(Arc::clone(&new.seen)));
            } else if self.get(cell.0, cell.1).as_ref().is_some_and(is_newest) {
                self.newest = OnceLock::new();
            }
        }
        Arc::make_mut(&mut self.recent).insert(cell, new);
        if self.recent.len() > 1024 + self.settled.len() / 8 {
            let recent = std::mem::take(&mut self.recent);
            let settled = Arc::make_mut(&mut self.settled);
            for (cell, new) in Arc::unwrap_or_clone(recent) {
                match new {
                    Some(new) => settled.insert(cell, new),
                    None => settled.remove(&cell),
                };
            }
        }
    }

    /// Does a stated triple count, or has an observation overtaken it?
    pub(crate) fn counts(&self, [s, p, o]: Triple) -> bool {
        if self.is_empty() {
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
            .map(|seen| &*seen.seen)
    }

    /// Records a set unless a newer one is known; gives what it replaces.
    pub(crate) fn record(
        &mut self,
        entity: TermId,
        property: TermId,
        mut new: Observed,
    ) -> Recorded {
        let recorded = match self.get(entity, property) {
            Some(old) if is_newer(&old.seen.at, &new.seen.at) => return Recorded::Stale,
            Some(old) => {
                if !new.complete {
                    let before = old.values.iter().copied();
                    let more: Vec<TermId> =
                        before.filter(|value| !new.values.contains(value)).collect();
                    new.values.extend(more);
                    new.complete = old.complete;
                }
                Recorded::Replaced
            }
            None => Recorded::First,
        };
        self.put((entity, property), Some(new));
        recorded
    }

    /// Forgets every observation of or about an entity; gives what they were of.
    pub(crate) fn forget(&mut self, entity: TermId) -> Vec<Cell> {
        let concerned: Vec<(Cell, Option<Observed>)> = self
            .iter()
            .filter(|((subject, _), seen)| *subject == entity || seen.values.contains(&entity))
            .map(|(cell, seen)| {
                let stays = (cell.0 != entity).then(|| {
                    let mut seen = seen.clone();
                    seen.values.retain(|value| *value != entity);
                    seen
                });
                (*cell, stays)
            })
            .collect();
        let put = |(cell, stays)| {
            self.put(cell, stays);
            cell
        };
        concerned.into_iter().map(put).collect()
    }

    /// Forgets what was observed of one property of an entity.
    pub(crate) fn forget_property(&mut self, entity: TermId, property: TermId) {
        if self.get(entity, property).is_some() {
            self.put((entity, property), None);
        }
    }

    /// Takes one observed value back.
    pub(crate) fn withdraw(&mut self, entity: TermId, property: TermId, value: TermId) {
        let Some(seen) = self.get(entity, property) else {
            return;
        };
        if !seen.values.contains(&value) {
            return;
        }
        let mut seen = seen.clone();
        seen.values.retain(|known| *known != value);
        let stays = Some(seen).filter(|seen| !seen.values.is_empty());
        self.put((entity, property), stays);
    }

    /// The time of the newest observation.
    pub(crate) fn newest(&self) -> Option<&str> {
        let newest = self.newest.get_or_init(|| self.newest_of_all());
        newest.as_ref().map(|seen| seen.at.as_str())
    }

    fn newest_of_all(&self) -> Option<Arc<Observation>> {
        let mut all = self.iter().map(|(_, one)| &one.seen);
        let mut newest = all.next()?;
        let mut last = newest;
        for seen in all {
            // Many were seen together.
            if Arc::ptr_eq(seen, last) {
                continue;
            }
            last = seen;
            if is_newer(&seen.at, &newest.at) {
                newest = seen;
            }
        }
        Some(Arc::clone(newest))
    }

    /// All observations, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Cell, &Observed)> + '_ {
        let mut settled = self.settled.iter().peekable();
        let mut recent = self.recent.iter().peekable();
        std::iter::from_fn(move || {
            loop {
                let next = match (settled.peek(), recent.peek()) {
                    (Some((old, _)), Some((new, _))) if old < new => None,
                    (Some(_), None) | (None, None) => None,
                    (Some((old, _)), Some((new, _))) => {
                        if old == new {
                            let _ = settled.next();
                        }
                        recent.next()
                    }
                    (None, Some(_)) => recent.next(),
                };
                match next {
                    None => return settled.next(),
                    Some((cell, Some(seen))) => return Some((cell, seen)),
                    Some((_, None)) => {}
                }
            }
        })
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
            let seen = Arc::new(Observation {
                at: utc(terms.text(at.triple[2])),
                source: source.map_or_else(
                    || terms.text(graph).to_owned(),
                    |source| terms.text(source.triple[2]).to_owned(),
                ),
            });
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
                        seen: Arc::clone(&seen),
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
    let is_plain = |moment: &str| {
        moment.ends_with('Z') && moment.starts_with(|first: char| first.is_ascii_digit())
    };
    if first.len() == second.len() && is_plain(first) && is_plain(second) {
        // As many digits in UTC: their order is that of the moments.
        return first > second;
    }
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
