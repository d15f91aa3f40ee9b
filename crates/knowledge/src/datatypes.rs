//! Datatypes: XML Schema's own, and those that ontologies derive by facets or enumeration.
//!
//! In: the store. Out: does a literal pass, is one datatype under another, which datatypes contradict themselves.
//! Not here: which parameter has which datatype.

mod lexical;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use samos_model::finding::Finding;
use samos_model::value::Literal;
use samos_model::world::FormatProblem;

use crate::codes;
use crate::entailment::list;
use crate::sources::Part;
use crate::store::Store;
use crate::terms::TermId;
use crate::vocabulary as v;

pub(crate) use lexical::{Family, compare};
use lexical::{Pattern, builtin_family, builtin_parent};

/// The datatypes that ontologies define, by IRI.
#[derive(Debug, Default)]
pub(crate) struct Datatypes {
    defined: BTreeMap<String, Definition>,
}

/// What a datatype admits, beyond its base.
#[derive(Debug, Default)]
struct Definition {
    bases: BTreeSet<String>,
    facets: Vec<Facet>,
    allowed: Option<Vec<Literal>>,
}

#[derive(Debug)]
struct Facet {
    /// The local name, such as `minInclusive`.
    name: &'static str,
    value: String,
    pattern: Option<Pattern>,
    statement: [TermId; 3],
}

const FACETS: &[(TermId, &str)] = &[
    (v::XSD_PATTERN, "pattern"),
    (v::XSD_MIN_INCLUSIVE, "minInclusive"),
    (v::XSD_MAX_INCLUSIVE, "maxInclusive"),
    (v::XSD_MIN_EXCLUSIVE, "minExclusive"),
    (v::XSD_MAX_EXCLUSIVE, "maxExclusive"),
    (v::XSD_LENGTH, "length"),
    (v::XSD_MIN_LENGTH, "minLength"),
    (v::XSD_MAX_LENGTH, "maxLength"),
    (v::XSD_TOTAL_DIGITS, "totalDigits"),
    (v::XSD_FRACTION_DIGITS, "fractionDigits"),
];

impl Datatypes {
    /// Reads the definitions in a store.
    pub(crate) fn new(store: &Store) -> Self {
        let facts = store.closure.facts();
        let mut defined = BTreeMap::new();
        for datatype in facts.subjects(v::RDF_TYPE, v::RDFS_DATATYPE) {
            if store.terms.is_iri(datatype) && !store.is_of_language(datatype) {
                defined.insert(
                    store.terms.text(datatype).to_owned(),
                    Definition::read(store, datatype),
                );
            }
        }
        Self { defined }
    }

    /// Is it a datatype, XML Schema's or defined?
    pub(crate) fn has(&self, iri: &str) -> bool {
        self.defined.contains_key(iri) || builtin_family(iri).is_some()
    }

    /// The datatype and everything above it, sorted.
    pub(crate) fn above(&self, iri: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![iri.to_owned()];
        while let Some(next) = open.pop() {
            open.extend(builtin_parent(&next).map(str::to_owned));
            open.extend(
                self.defined
                    .get(&next)
                    .into_iter()
                    .flat_map(|definition| definition.bases.iter().cloned()),
            );
            found.insert(next);
        }
        found
    }

    /// What sort of values it has.
    pub(crate) fn family(&self, iri: &str) -> Option<Family> {
        self.above(iri)
            .iter()
            .find_map(|above| builtin_family(above))
    }

    /// Does a literal's text pass the datatype?
    pub(crate) fn check(&self, literal: &Literal, datatype: &str) -> Result<(), FormatProblem> {
        let mut order: Vec<String> = self.above(datatype).into_iter().collect();
        // The nearest definition has the most to say.
        order.sort_by_key(|above| (above != datatype, !self.defined.contains_key(above)));
        for above in order {
            match self.defined.get(&above) {
                Some(definition) => definition.check(literal, self.family(&above))?,
                None => lexical::check(&literal.lexical, &above)?,
            }
        }
        Ok(())
    }

    /// Datatypes that no value can pass, and facets that make no sense.
    pub(crate) fn findings(&self, store: &Store) -> Vec<Finding> {
        self.defined
            .iter()
            .flat_map(|(iri, definition)| definition.findings(store, iri, self))
            .collect()
    }
}

impl Definition {
    fn read(store: &Store, datatype: TermId) -> Self {
        let facts = store.closure.facts();
        let mut definition = Self::default();
        let mut open = vec![datatype];
        let mut seen = BTreeSet::new();
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            let nested = [
                v::OWL_EQUIVALENT_CLASS,
                v::RDFS_SUB_CLASS_OF,
                v::OWL_ON_DATATYPE,
            ];
            for other in nested.iter().flat_map(|by| facts.objects(node, *by)) {
                if !store.terms.is_iri(other) {
                    open.push(other);
                } else if other != datatype && other != v::RDFS_LITERAL {
                    definition.bases.insert(store.terms.text(other).to_owned());
                }
            }
            for head in facts.objects(node, v::OWL_WITH_RESTRICTIONS) {
                for restriction in list(facts, head) {
                    definition.facets.extend(read_facets(store, restriction));
                }
            }
            for head in facts.objects(node, v::OWL_ONE_OF) {
                let values = list(facts, head)
                    .into_iter()
                    .filter_map(|value| store.value(value).as_literal().cloned());
                definition.allowed = Some(values.collect());
            }
        }
        definition
    }

    fn check(&self, literal: &Literal, family: Option<Family>) -> Result<(), FormatProblem> {
        let text = &*literal.lexical;
        if let Some(allowed) = &self.allowed
            && !allowed.iter().any(|value| {
                lexical::compare(&value.lexical, text, family)
                    .map_or(*value.lexical == *text, Ordering::is_eq)
            })
        {
            let names: Vec<String> = allowed.iter().map(ToString::to_string).collect();
            return Err(FormatProblem {
                message: format!("`{text}` is not one of the allowed values"),
                expected: format!("one of {}", names.join(", ")),
            });
        }
        for facet in &self.facets {
            if !facet.admits(text, family) {
                return Err(FormatProblem {
                    message: format!("`{text}` does not pass {} `{}`", facet.name, facet.value),
                    expected: facet.describe(),
                });
            }
        }
        Ok(())
    }

    fn findings(&self, store: &Store, iri: &str, all: &Datatypes) -> Vec<Finding> {
        let mut found = Vec::new();
        let family = all.family(iri);
        let name = samos_model::Iri::from(iri);
        let name = name.local();
        let mut report = |facet: &Facet, message: String, help: &str| {
            let finding = Finding::error(codes::CONTRADICTORY_FORMAT, message, help);
            found.push(store.at(finding, store.stated(facet.statement), Part::Object));
        };
        for facet in &self.facets {
            if facet.pattern.as_ref().is_some_and(Pattern::is_malformed) {
                report(
                    facet,
                    format!(
                        "the pattern `{}` of `{name}` is not a regular expression",
                        facet.value
                    ),
                    "write a regular expression of XML Schema",
                );
            } else if !facet.suits(family) {
                let message = format!(
                    "the facet `{}` of `{name}` does not suit its base datatype",
                    facet.name
                );
                report(
                    facet,
                    message,
                    "numbers and dates have minInclusive and the like, strings have lengths; change the base or the facet",
                );
            }
        }
        for low in &self.facets {
            for high in &self.facets {
                if let Some(strict) = low.opposes(high)
                    && let Some(order) =
                        lexical::compare(&low.value, &high.value, low.counted(family))
                    && (order.is_gt() || (strict && order.is_eq()))
                {
                    let message = format!(
                        "no value of `{name}` can pass {} `{}` and {} `{}`",
                        low.name, low.value, high.name, high.value
                    );
                    report(low, message, "exchange the bounds, or widen one of them");
                }
            }
        }
        if let Some(allowed) = &self.allowed
            && !self.facets.is_empty()
            && let Some(facet) = self.facets.iter().find(|facet| {
                !allowed
                    .iter()
                    .any(|value| facet.admits(&value.lexical, family))
            })
        {
            let message = format!(
                "none of the values of `{name}` passes its {} `{}`",
                facet.name, facet.value
            );
            report(facet, message, "change the facet or the list of values");
        }
        found
    }
}

fn read_facets(store: &Store, restriction: TermId) -> Vec<Facet> {
    let facts = store.closure.facts();
    let mut facets = Vec::new();
    for (predicate, name) in FACETS {
        for value in facts.objects(restriction, *predicate) {
            let text = store.terms.text(value).to_owned();
            let pattern = (*name == "pattern").then(|| Pattern::new(&text));
            facets.push(Facet {
                name,
                value: text,
                pattern,
                statement: [restriction, *predicate, value],
            });
        }
    }
    facets
}

impl Facet {
    fn admits(&self, text: &str, family: Option<Family>) -> bool {
        let order = lexical::compare(text, &self.value, family);
        let length = text.chars().count();
        let number = self.value.trim().parse::<usize>().ok();
        match self.name {
            "pattern" => self
                .pattern
                .as_ref()
                .is_none_or(|pattern| pattern.is_match(text)),
            "minInclusive" => order.is_some_and(Ordering::is_ge),
            "maxInclusive" => order.is_some_and(Ordering::is_le),
            "minExclusive" => order.is_some_and(Ordering::is_gt),
            "maxExclusive" => order.is_some_and(Ordering::is_lt),
            "length" => number.is_none_or(|number| length == number),
            "minLength" => number.is_none_or(|number| length >= number),
            "maxLength" => number.is_none_or(|number| length <= number),
            "totalDigits" => number.is_none_or(|number| lexical::digits(text).0 <= number),
            "fractionDigits" => number.is_none_or(|number| lexical::digits(text).1 <= number),
            _ => true,
        }
    }

    fn describe(&self) -> String {
        match self.name {
            "pattern" => format!("text that matches `{}`", self.value),
            "minInclusive" => format!("at least {}", self.value),
            "maxInclusive" => format!("at most {}", self.value),
            "minExclusive" => format!("more than {}", self.value),
            "maxExclusive" => format!("less than {}", self.value),
            "length" => format!("exactly {} characters", self.value),
            "minLength" => format!("at least {} characters", self.value),
            "maxLength" => format!("at most {} characters", self.value),
            "totalDigits" => format!("at most {} digits", self.value),
            _ => format!("at most {} digits after the point", self.value),
        }
    }

    /// May values of that family have this facet?
    fn suits(&self, family: Option<Family>) -> bool {
        match (self.name, family) {
            (_, None) | ("pattern", _) => true,
            ("length" | "minLength" | "maxLength", Some(family)) => {
                matches!(family, Family::Text | Family::Binary)
            }
            ("totalDigits" | "fractionDigits", Some(family)) => family == Family::Number,
            (_, Some(family)) => matches!(family, Family::Number | Family::Time | Family::Duration),
        }
    }

    /// Is this a lower bound and the other an upper one of the same kind? Then: may they not even be equal?
    fn opposes(&self, high: &Self) -> Option<bool> {
        match (self.name, high.name) {
            ("minInclusive", "maxInclusive")
            | ("minLength", "maxLength" | "length")
            | ("length", "maxLength")
            | ("fractionDigits", "totalDigits") => Some(false),
            ("minInclusive" | "minExclusive", "maxExclusive")
            | ("minExclusive", "maxInclusive") => Some(true),
            _ => None,
        }
    }

    /// Lengths and digits are compared as numbers whatever the base is.
    fn counted(&self, family: Option<Family>) -> Option<Family> {
        let counts = self.name.ends_with("ength") || self.name.ends_with("Digits");
        if counts { Some(Family::Number) } else { family }
    }
}

#[cfg(test)]
mod tests;
