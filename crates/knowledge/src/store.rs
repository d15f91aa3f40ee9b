//! Everything stated, observed and entailed, together: what every reader in this crate looks at.
//!
//! In: loaded sources and observations, put here by [`Knowledge`](crate::Knowledge). Out: terms, statements, places,
//! and small questions that many ask. A clone is cheap and does not change any more.

use std::collections::BTreeSet;
use std::sync::Arc;

use samos_model::finding::{Finding, Place};
use samos_model::name::Iri;
use samos_model::value::{Literal, Value};
use serde::{Deserialize, Serialize};

use crate::entailment::Closure;
use crate::facts::Facts;
use crate::index::Triple;
use crate::ledger::{Ledger, Statement};
use crate::sources::{LoadedSource, Part};
use crate::terms::{TermId, TermKind, Terms};
use crate::vocabulary as v;

/// The parts of the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Store {
    pub(crate) terms: Terms,
    pub(crate) ledger: Ledger,
    pub(crate) facts: Facts,
    pub(crate) closure: Closure,
    /// Their texts stand in no image: whoever opens one has them.
    #[serde(skip)]
    pub(crate) sources: Arc<Vec<Arc<LoadedSource>>>,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self {
            terms: Terms::new(),
            ledger: Ledger::default(),
            facts: Facts::default(),
            closure: Closure::default(),
            sources: Arc::default(),
        }
    }

    /// The triples that count: stated, and not overtaken by an observation.
    pub(crate) fn counting(&self) -> Vec<Triple> {
        let mut triples: Vec<Triple> = self
            .ledger
            .iter()
            .map(|statement| statement.triple)
            .collect();
        triples.dedup();
        triples.retain(|triple| self.facts.counts(*triple));
        triples
    }

    /// An IRI or blank node as a name of the model; blank nodes keep their mark.
    pub(crate) fn iri(&self, term: TermId) -> Iri {
        match self.terms.kind(term) {
            TermKind::Blank => Iri::from(format!("_:{}", self.terms.text(term))),
            _ => Iri::from(self.terms.text(term)),
        }
    }

    /// The number of a name, if it is known.
    pub(crate) fn known(&self, iri: &Iri) -> Option<TermId> {
        match iri.as_str().strip_prefix("_:") {
            Some(label) => self
                .terms
                .known_term(oxrdf::BlankNode::new_unchecked(label).as_ref().into()),
            None => self.terms.known_iri(iri.as_str()),
        }
    }

    /// A term as a value of the model.
    pub(crate) fn value(&self, term: TermId) -> Value {
        match self.terms.datatype(term) {
            Some(datatype) => Value::Literal(Literal::new(self.terms.text(term), datatype)),
            None => Value::Entity(self.iri(term)),
        }
    }

    /// The number of a value, if it is known.
    pub(crate) fn known_value(&self, value: &Value) -> Option<TermId> {
        match value {
            Value::Entity(iri) => self.known(iri),
            Value::Literal(literal) => self
                .terms
                .known_literal(&literal.lexical, literal.datatype.as_str()),
        }
    }

    /// Where a part of a statement stands.
    pub(crate) fn place(&self, statement: Statement, part: Part) -> Option<Place> {
        let source = self.sources.get(statement.origin.source as usize)?;
        let [s, p, o] = statement.triple;
        let term = match part {
            Part::Subject => s,
            Part::Predicate => p,
            Part::Object => o,
        };
        source.place(statement.origin.index, part, self.terms.text(term))
    }

    /// Where a byte of a statement's literal stands.
    pub(crate) fn place_inside(&self, statement: Statement, inside: usize) -> Option<Place> {
        let source = self.sources.get(statement.origin.source as usize)?;
        source.place_inside(
            statement.origin.index,
            self.terms.text(statement.triple[2]),
            inside,
        )
    }

    /// The finding at a part of a statement, without a place where none is known.
    pub(crate) fn at(&self, finding: Finding, statement: Option<Statement>, part: Part) -> Finding {
        match statement.and_then(|statement| self.place(statement, part)) {
            Some(place) => finding.at(place),
            None => finding,
        }
    }

    /// The first statement about a subject that comes from a file, in the order of files and their text.
    pub(crate) fn first_about(&self, subject: TermId) -> Option<Statement> {
        let known = self.sources.len() as u32;
        self.ledger
            .about_subject(subject)
            .filter(|statement| statement.origin.source < known)
            .min_by_key(|statement| statement.origin)
    }

    /// A statement of a triple that comes from a file.
    pub(crate) fn stated(&self, triple: Triple) -> Option<Statement> {
        self.ledger
            .of(triple)
            .min_by_key(|statement| statement.origin)
    }

    /// The objects stated of a subject, in the order of the files.
    pub(crate) fn stated_objects(&self, subject: TermId, predicate: TermId) -> Vec<Statement> {
        let mut all: Vec<Statement> = self.ledger.about(subject, predicate).collect();
        all.sort_unstable_by_key(|statement| statement.origin);
        let mut seen = BTreeSet::new();
        all.retain(|statement| seen.insert(statement.triple));
        all
    }

    /// Is the boolean property stated to be true?
    pub(crate) fn is_true(&self, subject: TermId, predicate: TermId) -> bool {
        self.closure
            .matching(Some(subject), Some(predicate), None)
            .any(|[_, _, o]| matches!(self.terms.text(o), "true" | "1"))
    }

    /// Is the term in the namespace?
    pub(crate) fn is_in(&self, term: TermId, namespace: &str) -> bool {
        self.terms.is_iri(term) && self.terms.text(term).starts_with(namespace)
    }

    /// Is it a word of RDF, RDF Schema, OWL, XML Schema or SHACL?
    pub(crate) fn is_of_language(&self, term: TermId) -> bool {
        [v::RDF, v::RDFS, v::OWL, v::SH, v::xsd::NAMESPACE]
            .iter()
            .any(|namespace| self.is_in(term, namespace))
    }

    /// Is it declared a class, or used as one in an axiom?
    pub(crate) fn is_class(&self, term: TermId) -> bool {
        let facts = self.closure.facts();
        let declared = [v::OWL_CLASS, v::RDFS_CLASS, v::OWL_RESTRICTION];
        let is_a = |class: TermId| facts.contains([term, v::RDF_TYPE, class]);
        // OWL says with `equivalentClass` what a datatype is, too.
        let in_axiom = || {
            [v::RDFS_SUB_CLASS_OF, v::OWL_EQUIVALENT_CLASS]
                .iter()
                .any(|axiom| facts.objects(term, *axiom).next().is_some())
        };
        declared.into_iter().any(is_a)
            || (!is_a(v::RDFS_DATATYPE) && in_axiom())
            || term == v::OWL_THING
    }

    /// The providers, each with the class that it is said to be of. What belongs to a provider stands below that class too, but
    /// as an entity.
    pub(crate) fn providers(&self) -> BTreeSet<(TermId, TermId)> {
        let classes = self.closure.classes();
        let mut below = classes.below(v::SAMOS_PROVIDER_CLASS);
        below.retain(|class| self.terms.is_iri(*class));
        let mut found = BTreeSet::new();
        for class in below {
            if !classes.is_under(class, v::SAMOS_ENTITY) {
                let members = self.closure.facts().subjects(v::RDF_TYPE, class);
                let apart = members.filter(|one| !self.closure.has_type(*one, v::SAMOS_ENTITY));
                found.extend(apart.map(|one| (class, one)));
            }
        }
        found
    }

    /// Is it declared a property of any kind?
    pub(crate) fn is_property(&self, term: TermId) -> bool {
        self.closure
            .facts()
            .objects(term, v::RDF_TYPE)
            .any(|class| PROPERTY_KINDS.contains(&class))
    }

    /// Is it a batch of observations, of which is said when it was made?
    pub(crate) fn is_observation(&self, term: TermId) -> bool {
        let mut when = self.ledger.about(term, v::PROV_GENERATED_AT_TIME);
        when.next().is_some()
    }

    /// Is it a thing of the world: of a class that is not a word of the modelling languages, and no operation?
    pub(crate) fn is_entity(&self, term: TermId) -> bool {
        let term = self.closure.representative(term);
        let mut types = self.closure.facts().objects(term, v::RDF_TYPE);
        types.any(|class| {
            !self.is_of_language(class)
                && class != v::SAMOS_CATEGORY_CLASS
                && !self.closure.classes().is_under(class, v::SAMOS_OPERATION)
        })
    }
}

/// Classes whose members are properties.
pub(crate) const PROPERTY_KINDS: &[TermId] = &[
    v::OWL_OBJECT_PROPERTY,
    v::OWL_DATATYPE_PROPERTY,
    v::OWL_ANNOTATION_PROPERTY,
    v::OWL_FUNCTIONAL,
    v::OWL_INVERSE_FUNCTIONAL,
    v::OWL_TRANSITIVE,
    v::OWL_SYMMETRIC,
    v::OWL_ASYMMETRIC,
    v::OWL_IRREFLEXIVE,
    v::RDF_PROPERTY,
];
