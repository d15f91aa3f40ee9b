//! The fingerprint of the ontology: what is stated about classes, properties and operations, not about entities.
//!
//! It is SHA-256 over the canonical N-Quads of RDFC-1.0, so that neither the order of files and statements nor the
//! labels of blank nodes matter. Where telling blank nodes apart the standard way costs too much (many that are all
//! alike), each is instead named by repeatedly hashing the statements around it; such a digest differs in its lines
//! from the standard's, but is as independent of order and labels.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rustc_hash::FxHashMap;
use samos_model::digest::sha256;

use crate::index::Triple;
use crate::ledger::DEFAULT_GRAPH;
use crate::store::Store;
use crate::terms::{TermId, TermKind};

pub(crate) mod standard;

/// More statements than this are fingerprinted the second way: the standard's is slower than linear.
const MOST_STANDARD: usize = 60_000;

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
        None => sha256(by_surroundings(store, &triples).as_bytes()),
    }
}

/// Lines in which each blank node is named by what surrounds it, three statements deep.
fn by_surroundings(store: &Store, triples: &[Triple]) -> String {
    let mut names: FxHashMap<TermId, String> = FxHashMap::default();
    for [s, _, o] in triples {
        for term in [*s, *o] {
            if store.terms.kind(term) == TermKind::Blank {
                names.insert(term, "_:".to_owned());
            }
        }
    }
    let line = |names: &FxHashMap<TermId, String>, [s, p, o]: Triple, own: Option<TermId>| {
        let mut line = String::new();
        for term in [s, p, o] {
            let _ = match names.get(&term) {
                Some(_) if own == Some(term) => write!(line, "_:this "),
                Some(name) => write!(line, "{name} "),
                None => write!(line, "{} ", store.terms.resolve(term)),
            };
        }
        line
    };
    for _ in 0..3 {
        let mut around: BTreeMap<TermId, Vec<String>> = BTreeMap::new();
        for triple in triples {
            for term in [triple[0], triple[2]] {
                if names.contains_key(&term) {
                    around
                        .entry(term)
                        .or_default()
                        .push(line(&names, *triple, Some(term)));
                }
            }
        }
        for (term, mut lines) in around {
            lines.sort_unstable();
            names.insert(term, format!("_:{}", sha256(lines.join("\n").as_bytes())));
        }
    }
    let mut lines: Vec<String> = triples
        .iter()
        .map(|triple| line(&names, *triple, None))
        .collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[cfg(test)]
mod tests;
