//! The fingerprint of the ontology: what is stated about classes, properties and operations, not about entities.
//!
//! It is SHA-256 over the canonical N-Quads of RDFC-1.0, so that neither the order of files and statements nor the
//! labels of blank nodes matter. Where telling blank nodes apart the standard way costs too much (many that are all
//! alike), each is instead named by repeatedly hashing the statements around it; such a digest differs in its lines
//! from the standard's, but is as independent of order and labels.

use rustc_hash::FxHashMap;
use samos_model::digest::{Sha256, digest, sha256};

use crate::index::Triple;
use crate::ledger::DEFAULT_GRAPH;
use crate::store::Store;
use crate::terms::{TermId, TermKind};

pub(crate) mod standard;

/// More statements than this are fingerprinted the second way: the standard's is slower than linear.
const MOST_STANDARD: usize = 60_000;

/// The name of a blank node of which nothing is known yet, and of the one that is being named.
const BLANK: Sha256 = [0; 32];
const OWN: Sha256 = [1; 32];

/// `sha256:…` of the ontology part of a store.
pub(crate) fn of_ontology(store: &Store) -> String {
    let mut triples: Vec<Triple> = Vec::new();
    let mut last = None;
    for statement in store
        .ledger
        .iter()
        .filter(|statement| statement.graph == DEFAULT_GRAPH)
    {
        let [s, _, _] = statement.triple;
        let about_entity = match last {
            Some((subject, known)) if subject == s => known,
            // When and by what a graph was seen is no ontology either.
            _ if store.is_observation(s) => true,
            _ => store.terms.kind(s) != TermKind::Blank && store.is_entity(s),
        };
        last = Some((s, about_entity));
        if !about_entity {
            triples.push(statement.triple);
        }
    }
    triples.dedup();
    let standard = if triples.len() <= MOST_STANDARD {
        standard::canonical(&store.terms, &triples)
    } else {
        None
    };
    match standard {
        Some(bytes) => sha256(&bytes),
        None => sha256(&by_surroundings(store, &triples)),
    }
}

/// A digest of each statement, in order, in which each blank node is named by what surrounds it, three statements deep.
fn by_surroundings(store: &Store, triples: &[Triple]) -> Vec<u8> {
    let mut names: FxHashMap<TermId, Sha256> = FxHashMap::default();
    let mut around: FxHashMap<TermId, Vec<Sha256>> = FxHashMap::default();
    for triple in triples {
        for term in triple {
            if store.terms.kind(*term) == TermKind::Blank {
                names.insert(*term, BLANK);
                around.insert(*term, Vec::new());
            } else {
                let named = names.entry(*term);
                named.or_insert_with(|| digest(store.terms.resolve(*term).to_string().as_bytes()));
            }
        }
    }
    let line = |names: &FxHashMap<TermId, Sha256>, triple: &Triple, own: Option<TermId>| {
        let parts = triple.map(|term| match own == Some(term) {
            true => OWN,
            false => names.get(&term).copied().unwrap_or(BLANK),
        });
        digest(parts.as_flattened())
    };
    for _ in 0..3 {
        for triple in triples {
            for term in [triple[0], triple[2]] {
                if let Some(lines) = around.get_mut(&term) {
                    lines.push(line(&names, triple, Some(term)));
                }
            }
        }
        for (term, lines) in &mut around {
            lines.sort_unstable();
            names.insert(*term, digest(lines.as_flattened()));
            lines.clear();
        }
    }
    let lines = triples.iter().map(|triple| line(&names, triple, None));
    let mut lines: Vec<Sha256> = lines.collect();
    lines.sort_unstable();
    lines.into_flattened()
}

#[cfg(test)]
mod tests;
