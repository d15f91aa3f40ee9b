//! What names may stand in a specification's text: prefixes, classes, properties by local name, individuals.
//!
//! Prefixes come from `sh:declare`; `@prefix` lines of a file do not reach inside its literals.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use samos_model::finding::nearest;

use crate::datatypes::Datatypes;
use crate::store::Store;
use crate::terms::TermId;
use crate::vocabulary as v;

/// Prefixes declared with `sh:declare`, and those that files use for themselves.
#[derive(Clone, Default, Debug)]
pub(crate) struct Prefixes {
    declared: BTreeMap<String, String>,
    of_files: BTreeMap<String, String>,
}

impl Prefixes {
    /// Reads the declarations of a store; `of_files` are those of `@prefix` lines, the first of a name counting.
    pub(crate) fn new(store: &Store, of_files: &BTreeMap<String, String>) -> Self {
        let facts = store.closure.facts();
        let mut declared = BTreeMap::new();
        for [_, _, declaration] in facts.matching(None, Some(v::SH_DECLARE), None) {
            let text = |property: TermId| {
                facts
                    .objects(declaration, property)
                    .next()
                    .map(|value| store.terms.text(value).to_owned())
            };
            if let (Some(prefix), Some(namespace)) = (text(v::SH_PREFIX), text(v::SH_NAMESPACE)) {
                declared.entry(prefix).or_insert(namespace);
            }
        }
        Self {
            declared,
            of_files: of_files.clone(),
        }
    }

    /// The namespace that `sh:declare` gives a prefix.
    pub(crate) fn declared(&self, prefix: &str) -> Option<&str> {
        self.declared.get(prefix).map(String::as_str)
    }

    /// The namespaces that loaded ontologies declare as theirs.
    pub(crate) fn namespaces(&self) -> impl Iterator<Item = (&str, &str)> {
        self.declared
            .iter()
            .map(|(prefix, namespace)| (prefix.as_str(), namespace.as_str()))
    }

    /// All prefixes, declared ones first to be believed.
    pub(crate) fn all(&self) -> BTreeMap<String, String> {
        let mut all = self.of_files.clone();
        all.extend(self.declared.clone());
        all
    }

    /// The IRI that a user's `prefix:name` or `<IRI>` stands for.
    pub(crate) fn expand(&self, text: &str) -> Option<String> {
        if let Some(iri) = text
            .strip_prefix('<')
            .and_then(|text| text.strip_suffix('>'))
        {
            return Some(iri.to_owned());
        }
        let (prefix, local) = text.split_once(':')?;
        let namespace = self
            .declared
            .get(prefix)
            .or_else(|| self.of_files.get(prefix));
        match namespace {
            Some(namespace) => Some(format!("{namespace}{local}")),
            None if local.starts_with("//") || prefix == "urn" => Some(text.to_owned()),
            None => None,
        }
    }

    /// The IRI with the longest declared namespace shortened.
    pub(crate) fn compact(&self, iri: &str) -> String {
        let fitting = |all: &BTreeMap<String, String>| {
            let mut best: Option<(usize, String)> = None;
            for (prefix, namespace) in all {
                if let Some(local) = iri.strip_prefix(namespace.as_str())
                    && !local.is_empty()
                    && !local.contains(['/', '#', ':'])
                    && best
                        .as_ref()
                        .is_none_or(|(length, _)| namespace.len() > *length)
                {
                    best = Some((namespace.len(), format!("{prefix}:{local}")));
                }
            }
            best.map(|(_, short)| short)
        };
        fitting(&self.declared)
            .or_else(|| fitting(&self.of_files))
            .unwrap_or_else(|| iri.to_owned())
    }
}

/// The names known to a store.
pub(crate) struct Lexicon<'a> {
    pub(crate) store: &'a Store,
    pub(crate) prefixes: &'a Prefixes,
    pub(crate) datatypes: &'a Datatypes,
    /// Properties of entities, by local name.
    properties: FxHashMap<&'a str, Vec<TermId>>,
    services: Vec<TermId>,
    accounts: Vec<TermId>,
    providers: Vec<TermId>,
    /// The providers themselves, each with a class it is stated to be of.
    individuals: BTreeSet<(TermId, TermId)>,
}

impl<'a> Lexicon<'a> {
    pub(crate) fn new(store: &'a Store, prefixes: &'a Prefixes, datatypes: &'a Datatypes) -> Self {
        let facts = store.closure.facts();
        let mut properties: FxHashMap<&str, Vec<TermId>> = FxHashMap::default();
        let mut seen = BTreeSet::new();
        for kind in [
            v::OWL_OBJECT_PROPERTY,
            v::OWL_DATATYPE_PROPERTY,
            v::OWL_FUNCTIONAL,
            v::RDF_PROPERTY,
        ] {
            for property in facts.subjects(v::RDF_TYPE, kind) {
                if store.terms.is_iri(property)
                    && !store.is_of_language(property)
                    && seen.insert(property)
                {
                    let text = store.terms.text(property);
                    properties.entry(local(text)).or_default().push(property);
                }
            }
        }
        let below = |class: TermId| -> Vec<TermId> {
            let all = store.closure.classes().below(class);
            all.into_iter()
                .filter(|below| *below != class && store.terms.is_iri(*below))
                .collect()
        };
        let (services, accounts) = (below(v::SAMOS_SERVICE_CLASS), below(v::SAMOS_ACCOUNT_CLASS));
        let providers = below(v::SAMOS_PROVIDER_CLASS);
        Self {
            individuals: store.providers(),
            store,
            prefixes,
            datatypes,
            properties,
            services,
            accounts,
            providers,
        }
    }

    /// A term's name as a reader would write it.
    pub(crate) fn short(&self, term: TermId) -> String {
        if self.store.terms.is_iri(term) {
            self.prefixes.compact(self.store.terms.text(term))
        } else {
            self.store.iri(term).to_string()
        }
    }

    /// The properties of a local name.
    pub(super) fn properties_named(&self, local: &str) -> &[TermId] {
        self.properties.get(local).map_or(&[], Vec::as_slice)
    }

    /// The local names of all properties that apply to what has these types.
    pub(super) fn applicable_names(&self, types: &[TermId]) -> Vec<&'a str> {
        let applies = |properties: &Vec<TermId>| {
            properties
                .iter()
                .any(|property| self.applies(*property, types))
        };
        let mut names: Vec<&str> = self
            .properties
            .iter()
            .filter(|(_, properties)| applies(properties))
            .map(|(name, _)| *name)
            .collect();
        names.sort_unstable();
        names
    }

    /// All local names of properties, sorted.
    pub(super) fn property_names(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.properties.keys().copied().collect();
        names.sort_unstable();
        names
    }

    /// The domains or ranges that hold of a property: its own, else those of equivalents, else of the nearest above.
    pub(super) fn bounds(&self, property: TermId, predicate: TermId) -> Vec<TermId> {
        let facts = self.store.closure.facts();
        let order = self.store.closure.properties();
        let mut level = vec![property];
        let mut seen = BTreeSet::from([property]);
        while !level.is_empty() {
            let found: BTreeSet<TermId> = level
                .iter()
                .flat_map(|property| facts.objects(*property, predicate))
                .collect();
            if !found.is_empty() {
                return found.into_iter().collect();
            }
            let above = level
                .iter()
                .flat_map(|property| order.directly_above(*property).iter().copied());
            level = above.filter(|above| seen.insert(*above)).collect();
        }
        Vec::new()
    }

    /// The classes that a property's subjects are in.
    pub(crate) fn domains(&self, property: TermId) -> Vec<TermId> {
        self.bounds(property, v::RDFS_DOMAIN)
    }

    /// The classes or datatypes that its values are in.
    pub(crate) fn ranges(&self, property: TermId) -> Vec<TermId> {
        self.bounds(property, v::RDFS_RANGE)
    }

    /// Does a property apply to what has these types? Without a domain it applies to everything.
    pub(super) fn applies(&self, property: TermId, types: &[TermId]) -> bool {
        self.bounds(property, v::RDFS_DOMAIN)
            .iter()
            .all(|domain| self.is_under_any(types, *domain))
    }

    /// Is one of the types under the class?
    pub(super) fn is_under_any(&self, types: &[TermId], class: TermId) -> bool {
        class == v::OWL_THING
            || types
                .iter()
                .any(|of_type| self.store.closure.classes().is_under(*of_type, class))
    }

    /// Is it a word of the framework rather than of one provider?
    fn is_framework(&self, term: TermId) -> bool {
        self.store
            .is_in(term, samos_model::vocabulary::samos::NAMESPACE)
            || self.store.is_of_language(term)
    }

    /// The class below a framework class that belongs to the same provider's grouping as a subject type.
    fn companion(&self, candidates: &[TermId], subject: TermId) -> Option<TermId> {
        let classes = self.store.closure.classes();
        let own: BTreeSet<TermId> = classes
            .above(subject)
            .filter(|above| !self.is_framework(*above))
            .collect();
        let mut best: Option<(usize, TermId)> = None;
        for candidate in candidates
            .iter()
            .filter(|candidate| !self.is_framework(**candidate))
        {
            let shared = classes
                .above(*candidate)
                .filter(|above| own.contains(above))
                .count();
            if shared > 0
                && best.is_none_or(|(most, chosen)| {
                    shared > most || (shared == most && classes.is_under(chosen, *candidate))
                })
            {
                best = Some((shared, *candidate));
            }
        }
        best.map(|(_, candidate)| candidate)
    }

    /// The type of `service` for a subject type.
    pub(super) fn service_type(&self, subject: TermId) -> TermId {
        if self
            .store
            .closure
            .classes()
            .is_under(subject, v::SAMOS_SERVICE_CLASS)
        {
            return subject;
        }
        self.companion(&self.services, subject)
            .unwrap_or(v::SAMOS_SERVICE_CLASS)
    }

    /// The type of `account` for a subject type.
    pub(super) fn account_type(&self, subject: TermId) -> TermId {
        if self
            .store
            .closure
            .classes()
            .is_under(subject, v::SAMOS_ACCOUNT_CLASS)
        {
            return subject;
        }
        self.companion(&self.accounts, subject)
            .unwrap_or(v::SAMOS_ACCOUNT_CLASS)
    }

    /// The type of `provider` for a subject type.
    pub(super) fn provider_type(&self, subject: TermId) -> TermId {
        self.companion(&self.providers, subject)
            .unwrap_or(v::SAMOS_PROVIDER_CLASS)
    }

    /// The provider whose operation it is: said so, else by the subject's class, else the only one of the namespace.
    pub(super) fn provider_of(
        &self,
        operation: TermId,
        axioms: &[TermId],
        subject: TermId,
    ) -> Option<TermId> {
        let facts = self.store.closure.facts();
        let said = std::iter::once(operation).chain(axioms.iter().copied());
        if let Some(provider) = said
            .flat_map(|node| facts.objects(node, v::SAMOS_PROVIDER))
            .next()
        {
            return Some(provider);
        }
        let classes = self.store.closure.classes();
        let above = classes
            .above(subject)
            .filter(|above| *above != v::SAMOS_PROVIDER_CLASS);
        let mut by_class = above.filter(|above| classes.is_under(*above, v::SAMOS_PROVIDER_CLASS));
        if let Some(provider) =
            by_class.find_map(|class| self.provider_individuals(class).first().copied())
        {
            return Some(provider);
        }
        let namespace = |term: TermId| {
            let text = self.store.terms.text(term);
            text.get(..text.len() - local(text).len()).unwrap_or("")
        };
        let all = self.provider_individuals(v::SAMOS_PROVIDER_CLASS);
        let mut near = all
            .into_iter()
            .filter(|provider| namespace(*provider) == namespace(operation));
        match (near.next(), near.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// The providers of a class: services and what belongs to them stand below it too, but are entities.
    fn provider_individuals(&self, class: TermId) -> Vec<TermId> {
        let classes = self.store.closure.classes();
        let of_class = self
            .individuals
            .iter()
            .filter(|(own, _)| classes.is_under(*own, class));
        of_class.map(|(_, provider)| *provider).collect()
    }

    /// The nearest known name in a namespace, as it may be written in a text.
    pub(crate) fn nearest_in(
        &self,
        prefix: &str,
        namespace: &str,
        name: &str,
        accept: impl Fn(TermId) -> bool,
    ) -> Option<String> {
        let terms = &self.store.terms;
        let known = terms
            .ids()
            .filter(|term| self.store.is_in(*term, namespace) && accept(*term));
        let locals: BTreeSet<&str> = known
            .filter_map(|term| terms.text(term).strip_prefix(namespace))
            .filter(|local| *local != name)
            .collect();
        nearest(name, locals).map(|local| format!("{prefix}:{local}"))
    }
}

/// What follows the last `#`, `/` or `:`.
pub(crate) fn local(iri: &str) -> &str {
    match iri.rfind(['#', '/', ':']) {
        Some(at) if at + 1 < iri.len() => iri.get(at + 1..).unwrap_or(iri),
        _ => iri,
    }
}
