//! The fingerprint of the ontology: what is stated about classes, properties and operations, not about entities.

use std::fmt::Write as _;

use samos_model::digest::sha256;

use crate::ledger::{DEFAULT_GRAPH, INTERPRETED};
use crate::store::Store;
use crate::terms::TermKind;

/// `sha256:…` of the ontology part of a store.
pub(crate) fn of_ontology(store: &Store) -> String {
    let mut lines: Vec<String> = Vec::new();
    for statement in store.ledger.iter() {
        let [s, p, o] = statement.triple;
        let blank = store.terms.kind(s) == TermKind::Blank;
        if statement.graph != DEFAULT_GRAPH
            || statement.origin.source == INTERPRETED
            || (!blank && store.is_entity(s))
        {
            continue;
        }
        let mut line = String::new();
        for term in [s, p, o] {
            let _ = write!(line, "{} ", store.terms.resolve(term));
        }
        lines.push(line);
    }
    lines.sort_unstable();
    lines.dedup();
    sha256(lines.join("\n").as_bytes())
}
