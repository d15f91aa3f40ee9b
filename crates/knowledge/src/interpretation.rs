//! From specifications to operations: every link between a class and an operation, with its annotations, becomes a
//! `samos-model` operation, or findings that say where it is wrong.
//!
//! Paper: section "Cloud service operation object property specifications".
//! In: the store, entailed. Out: operations by IRI, and findings with exact places inside the literals.
//! Not here: facts about entities, and what a condition is worth.

mod checks;
mod elements;
mod lexicon;
mod path;
pub(crate) mod triples;

use std::collections::{BTreeMap, BTreeSet};

use samos_model::finding::Finding;
use samos_model::operation::{Category, Kind, Operation};

use crate::codes;
use crate::datatypes::Datatypes;
use crate::index::Triple;
use crate::ledger::Statement;
use crate::sources::Part;
use crate::store::Store;
use crate::terms::TermId;
use crate::vocabulary as v;

pub(crate) use lexicon::{Lexicon, Prefixes};

use elements::Elements;

/// What makes an annotation of a link the specification of an operation.
const ELEMENTS: [TermId; 5] = [
    v::SAMOS_PARAMETER,
    v::SAMOS_OUTCOME,
    v::SAMOS_PRECONDITION,
    v::SAMOS_POSTCONDITION,
    v::SAMOS_CATEGORY,
];

/// What the specifications say.
#[derive(Default, Debug)]
pub(crate) struct Interpretation {
    /// Sorted by IRI.
    pub(crate) operations: Vec<Operation>,
    pub(crate) findings: Vec<Finding>,
}

/// One stated link from a class to an operation.
#[derive(Clone, Copy)]
struct Link {
    subject: TermId,
    kind: Kind,
    statement: Statement,
}

/// Interprets all specifications of a store.
pub(crate) fn interpret(
    store: &Store,
    prefixes: &Prefixes,
    datatypes: &Datatypes,
) -> Interpretation {
    let lexicon = Lexicon::new(store, prefixes, datatypes);
    let mut found = Interpretation::default();
    let links = links(store, None);
    let axioms = annotations(store, None);
    for (operation, links) in &links {
        let nodes = axioms.get(operation).map_or(&[][..], Vec::as_slice);
        interpret_one(&lexicon, *operation, links, nodes, &mut found);
    }
    report_unlinked(store, &links, &axioms, &mut found.findings);
    found.operations.sort_by(|a, b| a.iri.cmp(&b.iri));
    found
}

/// Interprets the specifications of some operations anew, of which only the elements changed.
pub(crate) fn interpret_again(
    lexicon: &Lexicon<'_>,
    operations: &BTreeSet<TermId>,
) -> Interpretation {
    let store = lexicon.store;
    let mut found = Interpretation::default();
    for operation in operations {
        let nodes = annotations(store, Some(*operation)).remove(operation);
        let links = links(store, Some(*operation)).remove(operation);
        let (nodes, links) = (nodes.unwrap_or_default(), links.unwrap_or_default());
        interpret_one(lexicon, *operation, &links, &nodes, &mut found);
    }
    found
}

/// The operations whose elements these triples are, in the specifications of operations that there are; none where one of
/// them says anything else.
pub(crate) fn specified_by(store: &Store, triples: &[Triple]) -> Option<BTreeSet<TermId>> {
    let is_element = |property: &TermId| {
        ELEMENTS.contains(property) || [v::SAMOS_COST, v::SAMOS_DURATION].contains(property)
    };
    let facts = store.closure.facts();
    let annotated = |node: TermId| {
        let mut targets = facts.objects(node, v::OWL_ANNOTATED_TARGET);
        targets.next().filter(|_| targets.next().is_none())
    };
    triples
        .iter()
        .map(|[node, property, _]| annotated(*node).filter(|_| is_element(property)))
        .collect()
}

/// The stated links to operations, or to one, in the order of the files.
fn links(store: &Store, wanted: Option<TermId>) -> BTreeMap<TermId, Vec<Link>> {
    let mut links: BTreeMap<TermId, Vec<Link>> = BTreeMap::new();
    for (property, kind) in [
        (v::SAMOS_HAS_SIR, Kind::Information),
        (v::SAMOS_HAS_SMR, Kind::Manipulation),
    ] {
        let facts = store.closure.facts();
        for [subject, _, operation] in facts.matching(None, Some(property), wanted) {
            if let Some(statement) = store.stated([subject, property, operation]) {
                links.entry(operation).or_default().push(Link {
                    subject,
                    kind,
                    statement,
                });
            }
        }
    }
    for links in links.values_mut() {
        links.sort_by_key(|link| link.statement.origin);
    }
    links
}

/// The axiom nodes by the operation they annotate, or those of one.
fn annotations(store: &Store, wanted: Option<TermId>) -> BTreeMap<TermId, Vec<TermId>> {
    let mut axioms: BTreeMap<TermId, Vec<TermId>> = BTreeMap::new();
    let facts = store.closure.facts();
    for [node, _, target] in facts.matching(None, Some(v::OWL_ANNOTATED_TARGET), wanted) {
        axioms.entry(target).or_default().push(node);
    }
    axioms
}

fn interpret_one(
    lexicon: &Lexicon<'_>,
    operation: TermId,
    links: &[Link],
    nodes: &[TermId],
    found: &mut Interpretation,
) {
    let store = lexicon.store;
    let name = lexicon.short(operation);
    let Some(link) = links.first().copied() else {
        return;
    };
    for other in links.iter().skip(1) {
        let finding = if other.kind != link.kind {
            let help = "link it by samos:hasSIR if it only reads, else by samos:hasSMR";
            Finding::error(
                codes::TWO_KINDS,
                format!("`{name}` is linked as reading and as changing"),
                help,
            )
        } else if other.subject != link.subject {
            let message = format!(
                "`{name}` is offered by `{}` and by `{}`",
                lexicon.short(link.subject),
                lexicon.short(other.subject)
            );
            Finding::error(
                codes::TWO_SUBJECTS,
                message,
                format!(
                    "give the operation of `{}` an IRI of its own",
                    lexicon.short(other.subject)
                ),
            )
        } else {
            continue;
        };
        found
            .findings
            .push(store.at(finding, Some(other.statement), Part::Object));
    }
    let predicate = if link.kind == Kind::Information {
        v::SAMOS_HAS_SIR
    } else {
        v::SAMOS_HAS_SMR
    };
    let facts = store.closure.facts();
    let annotates = |node: &TermId| {
        facts.contains([*node, v::OWL_ANNOTATED_SOURCE, link.subject])
            && facts.contains([*node, v::OWL_ANNOTATED_PROPERTY, predicate])
    };
    let own: Vec<TermId> = nodes.iter().copied().filter(annotates).collect();
    let before = found.findings.len();
    let elements = Elements::read(
        lexicon,
        operation,
        link.subject,
        link.kind,
        &own,
        &mut found.findings,
    );
    if found
        .findings
        .iter()
        .skip(before)
        .any(|finding| finding.severity == samos_model::Severity::Error)
    {
        return;
    }
    let place_at = own
        .first()
        .and_then(|node| store.first_about(*node))
        .unwrap_or(link.statement);
    let similar = facts
        .objects(operation, v::SAMOS_SIMILAR_TO)
        .map(|other| store.iri(other));
    let similar: BTreeSet<_> = similar
        .filter(|other| other.as_str() != store.terms.text(operation))
        .collect();
    found.operations.push(Operation {
        iri: store.iri(operation),
        kind: link.kind,
        category: elements.category.unwrap_or(Category::Common),
        provider: lexicon
            .provider_of(operation, &own, link.subject)
            .map(|provider| store.iri(provider)),
        subject: store.iri(link.subject),
        parameters: elements.parameters,
        outcomes: elements.outcomes,
        precondition: elements.precondition,
        postcondition: elements.postcondition,
        cost: elements.cost,
        duration_s: elements.duration_s,
        similar_to: similar.into_iter().collect(),
        place: store.place(place_at, Part::Subject),
    });
}

/// Operations that no class offers, and annotations of links that nobody states.
fn report_unlinked(
    store: &Store,
    links: &BTreeMap<TermId, Vec<Link>>,
    axioms: &BTreeMap<TermId, Vec<TermId>>,
    findings: &mut Vec<Finding>,
) {
    let facts = store.closure.facts();
    let short = |term: TermId| {
        store
            .terms
            .text(term)
            .rsplit(['#', '/'])
            .next()
            .unwrap_or("")
            .to_owned()
    };
    for operation in store.closure.members(v::SAMOS_OPERATION) {
        if !links.contains_key(&operation)
            && !facts.contains([operation, v::RDF_TYPE, v::OWL_CLASS])
        {
            let finding = Finding::error(
                codes::NO_SUBJECT,
                format!(
                    "no class of subjects offers the operation `{}`",
                    short(operation)
                ),
                format!(
                    "state `Class samos:hasSMR {0}`, or samos:hasSIR for one that only reads",
                    short(operation)
                ),
            );
            findings.push(store.at(finding, store.first_about(operation), Part::Subject));
        }
    }
    for (operation, nodes) in axioms {
        for node in nodes {
            if !ELEMENTS
                .iter()
                .any(|element| facts.objects(*node, *element).next().is_some())
            {
                continue;
            }
            let source = facts.objects(*node, v::OWL_ANNOTATED_SOURCE).next();
            let property = facts.objects(*node, v::OWL_ANNOTATED_PROPERTY).next();
            let target = store
                .stated_objects(*node, v::OWL_ANNOTATED_TARGET)
                .first()
                .copied();
            let finding = match (source, property) {
                (Some(source), Some(property))
                    if store.ledger.contains([source, property, *operation]) =>
                {
                    continue;
                }
                (None, _) => Finding::error(
                    codes::NO_SUBJECT,
                    format!(
                        "the specification of `{}` names no subject",
                        short(*operation)
                    ),
                    "add `owl:annotatedSource` with the class of subjects, and the link itself",
                ),
                (Some(source), property) => {
                    let property = property.map_or_else(
                        || "samos:hasSMR".to_owned(),
                        |property| format!("samos:{}", short(property)),
                    );
                    Finding::error(
                        codes::NOT_LINKED,
                        format!(
                            "the specification annotates a link from `{}` to `{}` that is not stated",
                            short(source),
                            short(*operation)
                        ),
                        format!(
                            "state `{} {property} {}` beside the axiom",
                            short(source),
                            short(*operation)
                        ),
                    )
                }
            };
            findings.push(store.at(finding, target, Part::Object));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
