//! What is compiled from the ontology once and read often: operations, property schema, datatypes, keys, prefixes.
//!
//! In: an entailed store. Out: tables. It changes only with the ontology, never with facts about entities.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use samos_model::finding::Finding;
use samos_model::name::Iri;
use samos_model::operation::Operation;
use samos_model::world::Property;
use samos_model::{Bearings, Lineage};
use serde::{Deserialize, Serialize};

use crate::datatypes::Datatypes;
use crate::digest;
use crate::interpretation::{Lexicon, Prefixes, interpret, interpret_again};
use crate::store::{PROPERTY_KINDS, Store};
use crate::terms::TermId;
use crate::vocabulary as v;

/// The tables.
#[derive(Default, Debug)]
pub(crate) struct Catalogue {
    pub(crate) operations: Vec<Operation>,
    pub(crate) bearings: Arc<Bearings>,
    /// Found when first asked for.
    pub(crate) lineage: OnceLock<Arc<Lineage>>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) properties: FxHashMap<Iri, Property>,
    /// By local name: the properties, in order.
    named: FxHashMap<String, Vec<Iri>>,
    pub(crate) datatypes: Arc<Datatypes>,
    pub(crate) prefixes: Prefixes,
    keys: BTreeMap<TermId, TermId>,
    pub(crate) digest: OnceLock<String>,
}

/// The part of it that takes long to compile.
#[derive(Serialize, Deserialize)]
pub(crate) struct Compiled {
    operations: Vec<Operation>,
    properties: FxHashMap<Iri, Property>,
    digest: Option<String>,
}

impl Catalogue {
    /// Compiles a store's ontology.
    pub(crate) fn new(store: &Store, prefixes_of_files: &BTreeMap<String, String>) -> Self {
        let datatypes = Datatypes::new(store);
        let prefixes = Prefixes::new(store, prefixes_of_files);
        let interpretation = interpret(store, &prefixes, &datatypes);
        let properties = compile_properties(&Lexicon::new(store, &prefixes, &datatypes));
        let compiled = Compiled {
            operations: interpretation.operations,
            properties,
            digest: None,
        };
        Self::of(
            store,
            prefixes,
            datatypes,
            compiled,
            interpretation.findings,
        )
    }

    /// With what took long to compile the last time.
    pub(crate) fn compiled_before(
        store: &Store,
        prefixes_of_files: &BTreeMap<String, String>,
        compiled: Compiled,
        findings: Vec<Finding>,
    ) -> Self {
        let prefixes = Prefixes::new(store, prefixes_of_files);
        Self::of(store, prefixes, Datatypes::new(store), compiled, findings)
    }

    /// With the elements of some operations changed, and nothing else; none where something was wrong already, as what is
    /// found then is not known by operation.
    pub(crate) fn respecified(&self, store: &Store, changed: &BTreeSet<TermId>) -> Option<Self> {
        if !self.findings.is_empty() {
            return None;
        }
        let lexicon = Lexicon::new(store, &self.prefixes, &self.datatypes);
        let again = interpret_again(&lexicon, changed);
        let gone: BTreeSet<Iri> = changed.iter().map(|one| store.iri(*one)).collect();
        let kept = self
            .operations
            .iter()
            .filter(|one| !gone.contains(&one.iri));
        let mut operations: Vec<Operation> = kept.cloned().chain(again.operations).collect();
        operations.sort_by(|a, b| a.iri.cmp(&b.iri));
        Some(Self {
            bearings: Arc::new(Bearings::of(&operations)),
            lineage: OnceLock::new(),
            operations,
            findings: again.findings,
            properties: self.properties.clone(),
            named: self.named.clone(),
            datatypes: Arc::clone(&self.datatypes),
            prefixes: self.prefixes.clone(),
            keys: self.keys.clone(),
            digest: OnceLock::new(),
        })
    }

    fn of(
        store: &Store,
        prefixes: Prefixes,
        datatypes: Datatypes,
        compiled: Compiled,
        findings: Vec<Finding>,
    ) -> Self {
        let stated_keys = store
            .closure
            .facts()
            .matching(None, Some(v::SAMOS_KEY), None);
        let keys = stated_keys.map(|[class, _, key]| (class, key)).collect();
        let mut named: FxHashMap<String, Vec<Iri>> = FxHashMap::default();
        for iri in compiled.properties.keys() {
            named
                .entry(iri.local().to_owned())
                .or_default()
                .push(iri.clone());
        }
        named.values_mut().for_each(|all| all.sort_unstable());
        Self {
            named,
            bearings: Arc::new(Bearings::of(&compiled.operations)),
            lineage: OnceLock::new(),
            operations: compiled.operations,
            findings,
            properties: compiled.properties,
            datatypes: Arc::new(datatypes),
            prefixes,
            keys,
            digest: compiled.digest.map(OnceLock::from).unwrap_or_default(),
        }
    }

    /// What takes long to compile.
    pub(crate) fn compiled(&self, store: &Store) -> Compiled {
        let digest = self.digest.get_or_init(|| digest::of_ontology(store));
        Compiled {
            operations: self.operations.clone(),
            properties: self.properties.clone(),
            digest: Some(digest.clone()),
        }
    }

    /// The key of a class: its own, an equivalent's, else that of the nearest class above.
    pub(crate) fn key_of(&self, store: &Store, class: TermId) -> Option<TermId> {
        let classes = store.closure.classes();
        let mut level = vec![class];
        let mut seen = BTreeSet::from([class]);
        while !level.is_empty() {
            if let Some(key) = level.iter().find_map(|class| self.keys.get(class)) {
                return Some(*key);
            }
            let above = level
                .iter()
                .flat_map(|class| classes.directly_above(*class).iter().copied());
            level = above.filter(|above| seen.insert(*above)).collect();
        }
        None
    }

    /// The properties of a local name, in order.
    pub(crate) fn properties_named(&self, local: &str) -> &[Iri] {
        self.named.get(local).map_or(&[], Vec::as_slice)
    }

    /// The classes that state a key of their own, with it.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (TermId, TermId)> + '_ {
        self.keys.iter().map(|(class, key)| (*class, *key))
    }
}

fn compile_properties(lexicon: &Lexicon<'_>) -> FxHashMap<Iri, Property> {
    let store = lexicon.store;
    let facts = store.closure.facts();
    let mut all = BTreeSet::new();
    for kind in PROPERTY_KINDS {
        let declared = facts.subjects(v::RDF_TYPE, *kind);
        all.extend(
            declared.filter(|property| {
                store.terms.is_iri(*property) && !store.is_of_language(*property)
            }),
        );
    }
    all.into_iter()
        .map(|property| (store.iri(property), compile_property(lexicon, property)))
        .collect()
}

fn compile_property(lexicon: &Lexicon<'_>, property: TermId) -> Property {
    let store = lexicon.store;
    let facts = store.closure.facts();
    let order = store.closure.properties();
    let named = |terms: Vec<TermId>| -> BTreeSet<Iri> {
        terms
            .into_iter()
            .filter(|term| store.terms.is_iri(*term))
            .map(|term| store.iri(term))
            .collect()
    };
    let equivalents = order.equivalents(property);
    let apart = |other: &TermId| *other != property && !equivalents.contains(other);
    let supers: Vec<TermId> = order.above(property).filter(|above| apart(above)).collect();
    let subs: Vec<TermId> = order
        .below(property)
        .into_iter()
        .filter(|below| apart(below))
        .collect();
    let same = std::iter::once(property).chain(equivalents.iter().copied());
    let inverses = same.clone().flat_map(|one| {
        facts
            .objects(one, v::OWL_INVERSE_OF)
            .chain(facts.subjects(v::OWL_INVERSE_OF, one))
    });
    let is_declared = |kind: TermId| {
        order
            .above(property)
            .any(|above| facts.contains([above, v::RDF_TYPE, kind]))
    };
    let ranges = lexicon.ranges(property);
    let holds_data = facts.contains([property, v::RDF_TYPE, v::OWL_DATATYPE_PROPERTY])
        || ranges
            .iter()
            .any(|range| lexicon.datatypes.has(store.terms.text(*range)));
    Property {
        iri: store.iri(property),
        functional: is_declared(v::OWL_FUNCTIONAL),
        closed: same.clone().any(|one| store.is_true(one, v::SAMOS_CLOSED)),
        object: !holds_data,
        inverses: named(inverses.collect()),
        supers: named(supers),
        subs: named(subs),
        domains: named(lexicon.domains(property)),
        ranges: named(ranges),
        equivalents: named(equivalents.clone()),
    }
}
