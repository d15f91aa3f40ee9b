//! Names that are used but defined nowhere, in namespaces that loaded ontologies declare as theirs.

use std::collections::BTreeSet;

use samos_model::finding::Finding;

use crate::catalogue::Catalogue;
use crate::codes;
use crate::interpretation::Lexicon;
use crate::ledger::Statement;
use crate::sources::Part;
use crate::store::Store;
use crate::terms::TermId;
use crate::vocabulary as v;

/// One finding for each unknown name, where it is first used.
pub(super) fn findings(store: &Store, catalogue: &Catalogue) -> Vec<Finding> {
    let lexicon = Lexicon::new(store, &catalogue.prefixes, &catalogue.datatypes);
    let known = store.sources.len() as u32;
    let mut used: Vec<(Statement, Part, TermId)> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut statements: Vec<Statement> = store
        .ledger
        .iter()
        .filter(|statement| statement.origin.source < known)
        .collect();
    statements.sort_unstable_by_key(|statement| statement.origin);
    for statement in statements {
        let [_, p, o] = statement.triple;
        for (part, term) in [(Part::Predicate, p), (Part::Object, o)] {
            if store.terms.is_iri(term) && seen.insert(term) && p != v::OWL_IMPORTS {
                used.push((statement, part, term));
            }
        }
    }
    let namespaces: Vec<(&str, &str)> = catalogue
        .prefixes
        .namespaces()
        .filter(|(_, namespace)| is_ours(namespace))
        .collect();
    let mut found = Vec::new();
    for (statement, part, term) in used {
        let text = store.terms.text(term);
        let Some((prefix, namespace)) = namespaces
            .iter()
            .filter(|(_, namespace)| text.starts_with(namespace))
            .max_by_key(|(_, namespace)| namespace.len())
        else {
            continue;
        };
        let Some(name) = text.strip_prefix(namespace).filter(|name| !name.is_empty()) else {
            continue;
        };
        if is_defined(store, term) {
            continue;
        }
        let kind = if part == Part::Predicate {
            "property"
        } else {
            "name"
        };
        let near = lexicon.nearest_in(prefix, namespace, name, |other| {
            is_defined(store, other) && (part != Part::Predicate || store.is_property(other))
        });
        let help = match &near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("define `{prefix}:{name}`, or load the file that does"),
        };
        // A thing that is only mentioned may well exist; a class, a property or a likely typing error may not.
        let mentioned = part == Part::Object && near.is_none() && is_about_things(store, statement);
        let message = format!("unknown {kind} `{prefix}:{name}`");
        let finding = if mentioned {
            Finding::warning(codes::UNKNOWN_NAME, message, help)
        } else {
            Finding::error(codes::UNKNOWN_NAME, message, help)
        };
        found.push(store.at(finding, Some(statement), part));
    }
    found
}

/// The languages' own words are not looked after here.
fn is_ours(namespace: &str) -> bool {
    ![v::RDF, v::RDFS, v::OWL, v::SH, v::xsd::NAMESPACE].contains(&namespace)
        && !namespace.starts_with("http://www.w3.org/")
}

/// Is it a statement between entities, rather than one of the modelling languages?
fn is_about_things(store: &Store, statement: Statement) -> bool {
    let [s, p, _] = statement.triple;
    !store.is_of_language(p) && store.is_entity(s)
}

/// Something is said about it: it stands as a subject somewhere.
fn is_defined(store: &Store, term: TermId) -> bool {
    store.ledger.about_subject(term).next().is_some()
}
