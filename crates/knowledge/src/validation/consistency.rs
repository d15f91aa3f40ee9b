//! Contradictions: what the rules found, values that clash, keys used twice, cycles.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::finding::{Finding, Severity};

use crate::catalogue::Catalogue;
use crate::codes;
use crate::entailment::{Hierarchy, Rule};
use crate::index::Triple;
use crate::interpretation::Lexicon;
use crate::ledger::Statement;
use crate::sources::Part;
use crate::store::Store;
use crate::terms::{TermId, TermKind};
use crate::vocabulary as v;

/// All findings of this kind.
pub(super) fn findings(store: &Store, catalogue: &Catalogue) -> Vec<Finding> {
    let lexicon = Lexicon::new(store, &catalogue.prefixes, &catalogue.datatypes);
    let mut found = Vec::new();
    clashes(&lexicon, &mut found);
    functional_values(&lexicon, &mut found);
    cycles(
        &lexicon,
        store.closure.classes(),
        v::RDFS_SUB_CLASS_OF,
        "sub-classes",
        &mut found,
    );
    cycles(
        &lexicon,
        store.closure.properties(),
        v::RDFS_SUB_PROPERTY_OF,
        "sub-properties",
        &mut found,
    );
    keys(&lexicon, catalogue, &mut found);
    literals(&lexicon, catalogue, &mut found);
    found
}

fn sentence(lexicon: &Lexicon<'_>, [s, p, o]: Triple) -> String {
    let value = |term: TermId| match lexicon.store.terms.kind(term) {
        TermKind::Literal => lexicon.store.value(term).to_string(),
        _ => lexicon.short(term),
    };
    let verb = if p == v::RDF_TYPE {
        "a".to_owned()
    } else {
        lexicon.short(p)
    };
    format!("`{} {verb} {}`", value(s), value(o))
}

/// The last stated one of some triples, which is where the contradiction came in.
fn last_stated(store: &Store, triples: &[Triple]) -> Option<Statement> {
    let known = store.sources.len() as u32;
    let names = |[s, p, o]: &Triple| {
        let (subjects, objects) = (store.closure.names(*s), store.closure.names(*o));
        let pairs = subjects
            .iter()
            .flat_map(|s| objects.iter().map(move |o| [*s, *p, *o]));
        let mut stated = pairs.flat_map(|triple| store.ledger.of(triple).collect::<Vec<_>>());
        stated.find(|statement| statement.origin.source < known)
    };
    let typed = |triple: &Triple| {
        (triple[1] == v::RDF_TYPE)
            .then(|| {
                store
                    .stated_objects(triple[0], v::RDF_TYPE)
                    .first()
                    .copied()
            })
            .flatten()
    };
    let stated = triples
        .iter()
        .filter_map(|triple| names(triple).or_else(|| typed(triple)));
    stated.max_by_key(|statement| statement.origin)
}

fn clashes(lexicon: &Lexicon<'_>, found: &mut Vec<Finding>) {
    let store = lexicon.store;
    for clash in store.closure.clashes() {
        let (name, meaning) = clash.rule.describe();
        let said: Vec<String> = clash
            .premises
            .iter()
            .map(|premise| sentence(lexicon, *premise))
            .collect();
        let (code, help) = match clash.rule {
            Rule::Functional => (
                codes::FUNCTIONAL_CLASH,
                "keep one of the values; an observation with its time replaces a statement",
            ),
            _ => (
                codes::INCONSISTENT,
                "take one of the statements back, or change the axiom",
            ),
        };
        let message = if clash.rule == Rule::Functional {
            format!(
                "a functional property has two values: {}",
                said.iter()
                    .take(2)
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(" and ")
            )
        } else {
            format!("{meaning} ({name}), but: {}", said.join(", "))
        };
        found.push(store.at(
            Finding::error(code, message, help),
            last_stated(store, &clash.premises),
            Part::Object,
        ));
    }
}

/// Stated values of one functional property that are different names: nobody said that they are the same.
fn functional_values(lexicon: &Lexicon<'_>, found: &mut Vec<Finding>) {
    let store = lexicon.store;
    let facts = store.closure.facts();
    for property in store.closure.members(v::OWL_FUNCTIONAL) {
        let mut by_subject: BTreeMap<TermId, BTreeMap<TermId, Statement>> = BTreeMap::new();
        for below in store.closure.properties().below(property) {
            for [s, _, o] in facts.matching(None, Some(below), None) {
                if store.terms.kind(o) == TermKind::Literal {
                    continue;
                }
                let names = store.closure.names(s);
                let values = store.closure.names(o);
                let pairs = names
                    .iter()
                    .flat_map(|name| values.iter().map(move |value| [*name, below, *value]));
                for triple in pairs.filter(|triple| store.facts.counts(*triple)) {
                    if let Some(statement) = store.stated(triple) {
                        by_subject
                            .entry(s)
                            .or_default()
                            .entry(triple[2])
                            .or_insert(statement);
                    }
                }
            }
        }
        for (subject, values) in by_subject
            .into_iter()
            .filter(|(_, values)| values.len() > 1)
        {
            let said_same = |left: TermId, right: TermId| {
                store.ledger.contains([left, v::OWL_SAME_AS, right])
                    || store.ledger.contains([right, v::OWL_SAME_AS, left])
                    || store.terms.kind(left) == TermKind::Blank
                    || store.terms.kind(right) == TermKind::Blank
            };
            let mut all: Vec<(TermId, Statement)> = values.into_iter().collect();
            all.sort_by_key(|(_, statement)| statement.origin);
            if let [(first, _), rest @ ..] = all.as_slice()
                && let Some((second, statement)) =
                    rest.iter().find(|(other, _)| !said_same(*first, *other))
            {
                let message = format!(
                    "`{}` of `{}` holds one value, but both `{}` and `{}` are stated",
                    lexicon.short(property),
                    lexicon.short(subject),
                    lexicon.short(*first),
                    lexicon.short(*second)
                );
                let help = "keep one of them; an observation with its time replaces a statement";
                found.push(store.at(
                    Finding::error(codes::FUNCTIONAL_CLASH, message, help),
                    Some(*statement),
                    Part::Object,
                ));
            }
        }
    }
}

fn cycles(
    lexicon: &Lexicon<'_>,
    order: &Hierarchy,
    predicate: TermId,
    what: &str,
    found: &mut Vec<Finding>,
) {
    let store = lexicon.store;
    let mut seen = BTreeSet::new();
    for node in order.nodes() {
        if !store.terms.is_iri(node) || seen.contains(&node) {
            continue;
        }
        let members: Vec<TermId> = order.equivalents(node);
        seen.extend(members.iter().copied());
        let all: BTreeSet<TermId> = members.into_iter().chain([node]).collect();
        // Only a cycle of stated sub-class links is worth a word; stated equivalences are meant.
        let stated =
            |below: TermId, above: TermId| store.ledger.contains([below, predicate, above]);
        let Some(path) = all
            .iter()
            .find_map(|start| stated_cycle(order, *start, &stated))
        else {
            continue;
        };
        let names: Vec<String> = path
            .iter()
            .map(|class| format!("`{}`", lexicon.short(*class)))
            .collect();
        let message = format!("a cycle of {what}: {}", names.join(" under "));
        let links: Vec<Triple> = path
            .windows(2)
            .filter_map(|pair| Some([*pair.first()?, predicate, *pair.last()?]))
            .collect();
        let finding = Finding::warning(
            codes::CYCLE,
            message,
            "they count as equivalent; take one link back, or state the equivalence",
        );
        found.push(store.at(finding, last_stated(store, &links), Part::Object));
    }
}

/// A cycle of stated links through a node, the node at both ends.
fn stated_cycle(
    order: &Hierarchy,
    start: TermId,
    stated: &dyn Fn(TermId, TermId) -> bool,
) -> Option<Vec<TermId>> {
    for &above in order
        .directly_above(start)
        .iter()
        .filter(|above| stated(start, **above))
    {
        if let Some(path) = order.path(above, start, stated) {
            return Some([vec![start], path].concat());
        }
    }
    None
}

/// Two entities of a class, in one account, with the same key.
fn keys(lexicon: &Lexicon<'_>, catalogue: &Catalogue, found: &mut Vec<Finding>) {
    let store = lexicon.store;
    let facts = store.closure.facts();
    for (class, key) in catalogue.keys() {
        let everywhere = store.is_true(class, v::SAMOS_SHARED);
        let mut owners: BTreeMap<(TermId, Option<TermId>), TermId> = BTreeMap::new();
        for [holder, _, value] in facts.matching(None, Some(key), None) {
            if !store.closure.has_type(holder, class) {
                continue;
            }
            let account = if everywhere {
                None
            } else {
                facts.objects(holder, v::SAMOS_ACCOUNT).next()
            };
            let Some(first) = owners.insert((value, account), holder) else {
                continue;
            };
            let statement = store
                .stated([holder, key, value])
                .or_else(|| store.first_about(holder));
            let message = format!(
                "`{}` and `{}` have the same {} {}",
                lexicon.short(first),
                lexicon.short(holder),
                lexicon.short(key),
                store.value(value)
            );
            let finding = Finding::error(
                codes::KEY_CLASH,
                message,
                "a key is unique within an account; correct one, or state owl:sameAs",
            );
            found.push(store.at(finding, statement, Part::Object));
        }
    }
}

/// Stated literals that are no value of their own datatype, or of the range of their property.
fn literals(lexicon: &Lexicon<'_>, catalogue: &Catalogue, found: &mut Vec<Finding>) {
    let store = lexicon.store;
    let mut checked: BTreeSet<(TermId, TermId)> = BTreeSet::new();
    for statement in store.ledger.iter() {
        let [_, p, o] = statement.triple;
        let Some(own) = store.terms.datatype(o) else {
            continue;
        };
        if !checked.insert((p, o)) {
            continue;
        }
        let samos_model::Value::Literal(literal) = store.value(o) else {
            continue;
        };
        let mut wanted = vec![own.to_owned()];
        let schema = catalogue.properties.get(&store.iri(p));
        wanted.extend(
            schema
                .into_iter()
                .flat_map(|schema| schema.ranges.iter())
                .map(|range| range.to_string())
                .filter(|range| range != own),
        );
        for datatype in wanted {
            if let Err(problem) = catalogue.datatypes.check(&literal, &datatype) {
                let finding = Finding {
                    severity: Severity::Error,
                    ..Finding::error(
                        codes::BAD_LITERAL,
                        format!("{} (`{}`)", problem.message, lexicon.short(p)),
                        format!("give {}", problem.expected),
                    )
                };
                found.push(store.at(finding, Some(statement), Part::Object));
                break;
            }
        }
    }
}
