//! The store as its users hold it: load, settle, look.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use samos_model::finding::Finding;
use samos_model::name::Iri;
use samos_model::vocabulary::xsd::DATE_TIME;
use samos_model::world::Observation;

use crate::catalogue::Catalogue;
use crate::changes::Watched;
use crate::codes;
use crate::entailment::Closure;
use crate::facts::{Facts, Observed, ObservedFact, Recorded, utc};
use crate::index::Triple;
use crate::interpretation::triples::describe;
use crate::interpretation::{Prefixes, specified_by};
use crate::ledger::{DEFAULT_GRAPH, OBSERVED, Origin, Statement};
use crate::snapshot::Snapshot;
use crate::sources::{Format, Source, read};
use crate::store::Store;
use crate::terms::TermId;
use crate::vocabulary as v;

/// The knowledge: what was loaded and observed, what follows from it, and what the specifications mean.
///
/// Loading only takes note; the first question settles what follows.
#[derive(Clone, Debug)]
pub struct Knowledge {
    pub(crate) store: Store,
    pub(crate) prefixes_of_files: BTreeMap<String, String>,
    pub(crate) catalogue: Option<Arc<Catalogue>>,
    /// Must the closure be built anew?
    pub(crate) stale: bool,
    pub(crate) observations: u32,
    pub(crate) updates: u32,
    /// The store with the interpreted specifications among its facts, for queries and proofs.
    described: Option<Store>,
    /// Findings of files that were not loaded.
    refused: Vec<Finding>,
    /// The digest of the mappings by which its operations are called, where they are.
    mapping: Option<String>,
    /// What changed, since someone watches.
    pub(crate) watched: Option<Watched>,
}

/// What loading a source gave.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Statements read; none when there is a finding.
    pub statements: usize,
    /// Why the source was refused.
    pub findings: Vec<Finding>,
}

/// What observations of one call change.
#[derive(Default)]
struct Batch {
    added: Vec<Triple>,
    withdrawn: Vec<Triple>,
    /// What is not in the ledger yet, by when and by what it was seen.
    unstated: BTreeMap<Arc<Observation>, Vec<Triple>>,
    /// When and by what something was seen, as it was said and in UTC.
    seen: BTreeMap<Observation, Arc<Observation>>,
    /// Of what something was observed: property of an entity.
    cells: FxHashSet<(TermId, TermId)>,
}

impl Default for Knowledge {
    fn default() -> Self {
        Self::new()
    }
}

impl Knowledge {
    /// Knows nothing but the vocabulary.
    #[must_use = "this makes a value and changes nothing"]
    pub fn new() -> Self {
        Self {
            store: Store::new(),
            prefixes_of_files: BTreeMap::new(),
            catalogue: None,
            stale: true,
            observations: 0,
            updates: 0,
            described: None,
            refused: Vec::new(),
            mapping: None,
            watched: None,
        }
    }

    /// From now on operations are called by mappings of that digest: plans name it among what they were made from.
    pub fn rest_on_mapping(&mut self, digest: String) {
        self.mapping = Some(digest);
    }

    /// Loads a text. A text with an error is refused whole.
    pub fn load(&mut self, source: &Source) -> Report {
        let number = self.store.sources.len() as u32;
        match read(source, number, &mut self.store.terms) {
            Ok(read) => {
                let statements = read.statements.len();
                Arc::make_mut(&mut self.store.sources).push(Arc::new(read.source));
                self.store.ledger.extend(read.statements);
                for (prefix, namespace) in read.prefixes {
                    self.prefixes_of_files.entry(prefix).or_insert(namespace);
                }
                self.changed();
                Report {
                    statements,
                    findings: Vec::new(),
                }
            }
            Err(finding) => {
                self.refused.push(finding.clone());
                Report {
                    statements: 0,
                    findings: vec![finding],
                }
            }
        }
    }

    /// Loads a file, its format taken from its name.
    pub fn load_file(&mut self, path: &Path) -> Report {
        let name = path.display().to_string();
        let refuse = |code, message: String, help: &str| Finding::error(code, message, help);
        let finding = match (Format::of_file(&name), std::fs::read_to_string(path)) {
            (Some(format), Ok(text)) => return self.load(&Source::new(name, text, format)),
            (None, _) => refuse(
                codes::UNKNOWN_FORMAT,
                format!("the format of `{name}` is not known"),
                "name it .ttl, .trig, .nt, .nq, .rdf, .owl or .jsonld",
            ),
            (_, Err(error)) => refuse(
                codes::UNREADABLE,
                format!("`{name}` cannot be read: {error}"),
                "check the path, the permissions, and that the file is UTF-8",
            ),
        };
        self.refused.push(finding.clone());
        Report {
            statements: 0,
            findings: vec![finding],
        }
    }

    pub(crate) fn changed(&mut self) {
        self.stale = true;
        self.forget_catalogue();
    }

    /// What specifications mean must be worked out anew.
    fn forget_catalogue(&mut self) {
        self.catalogue = None;
        if let Some(watched) = &mut self.watched {
            watched.note_everything();
        }
    }

    /// Works out what follows and what the specifications mean, if anything changed.
    pub fn settle(&mut self) {
        self.settle_facts();
        if self.catalogue.is_none() {
            self.catalogue = Some(Arc::new(Catalogue::new(
                &self.store,
                &self.prefixes_of_files,
            )));
        }
    }

    /// Works out what follows. What specifications mean can wait: most changes of facts do not ask.
    pub(crate) fn settle_facts(&mut self) {
        if self.stale {
            // Observations made here are newer than any file, so they are kept and files read before them.
            let mut facts = std::mem::take(&mut self.store.facts);
            let mut read = Facts::default();
            read.read_provenance(&self.store.ledger, &self.store.terms);
            for ((entity, property), seen) in read.iter() {
                facts.record(*entity, *property, seen.clone());
            }
            self.store.facts = facts;
            self.close();
            self.stale = false;
        }
    }

    /// Something to do with the prefixes, for which no specification has to be understood.
    pub(crate) fn with_prefixes<T>(&mut self, then: impl FnOnce(&Prefixes) -> T) -> T {
        self.settle_facts();
        match &self.catalogue {
            Some(catalogue) => then(&catalogue.prefixes),
            None => then(&Prefixes::new(&self.store, &self.prefixes_of_files)),
        }
    }

    /// The statements of these triples came or went. Facts about things change what follows, and nothing else; where more was
    /// touched, all is worked out anew when it is next asked for.
    pub(crate) fn restate(&mut self, touched: &[Triple]) {
        if self.respecify(touched) {
            return;
        }
        self.note(touched);
        let subjects: BTreeSet<TermId> = touched.iter().map(|[subject, _, _]| *subject).collect();
        let mut is_of_things =
            !self.stale && touched.iter().all(|triple| self.is_of_things(*triple));
        // What follows is as it was before.
        let facts = self.store.closure.facts();
        let all: BTreeSet<&Triple> = touched.iter().collect();
        let known = |one: TermId| {
            let mut stated = self.store.ledger.about_subject(one);
            facts.matching(Some(one), None, None).next().is_some()
                || stated.any(|statement| !all.contains(&statement.triple))
        };
        // What has several names may become a thing by any of them.
        is_of_things &= subjects.iter().all(|one| {
            self.store.closure.names(*one).len() <= 1
                && (self.store.is_entity(*one) || !known(*one))
        });
        if is_of_things {
            let (new, gone): (Vec<Triple>, Vec<Triple>) =
                touched.iter().partition(|triple| self.counts(**triple));
            // What a name in a specification stands for may be gone with its class.
            is_of_things = gone.iter().all(|[_, property, _]| *property != v::RDF_TYPE);
            if is_of_things {
                // What belongs to a cloud is of a class below its provider's, which makes it no provider.
                let types_came = new.iter().any(|[_, property, _]| *property == v::RDF_TYPE);
                let providers = types_came.then(|| self.store.providers());
                self.withdraw_facts(&gone);
                self.store.closure.insert(&new, &self.store.terms);
                is_of_things = providers.is_none_or(|before| before == self.store.providers())
                    && subjects
                        .iter()
                        .all(|one| self.store.is_entity(*one) || !self.is_spoken_of(*one));
            }
        }
        if !is_of_things {
            self.changed();
        }
    }

    /// Where only elements of specifications came or went: works out anew what those mean, and nothing else.
    fn respecify(&mut self, touched: &[Triple]) -> bool {
        let Some(catalogue) = self.catalogue.clone().filter(|_| !self.stale) else {
            return false;
        };
        let Some(operations) = specified_by(&self.store, touched) else {
            return false;
        };
        let (new, gone): (Vec<Triple>, Vec<Triple>) =
            touched.iter().partition(|triple| self.counts(**triple));
        self.withdraw_facts(&gone);
        self.store.closure.insert(&new, &self.store.terms);
        self.forget_catalogue();
        self.catalogue = catalogue
            .respecified(&self.store, &operations)
            .map(Arc::new);
        true
    }

    /// Does anything stated have it as its subject?
    fn is_spoken_of(&self, term: TermId) -> bool {
        self.store.ledger.about_subject(term).next().is_some()
    }

    /// Is the triple none from which an ontology is read, whatever its subject is?
    fn is_of_things(&self, [subject, property, object]: Triple) -> bool {
        let store = &self.store;
        let classes = store.closure.classes();
        let is_read_from = |class: TermId| {
            let makers = [v::SAMOS_STATE, v::SAMOS_CATEGORY_CLASS];
            store.is_of_language(class)
                || makers.iter().any(|maker| classes.is_under(class, *maker))
        };
        let says_more = |property: TermId| {
            store.is_of_language(property)
                || store.is_in(property, v::PROV)
                || property == v::SAMOS_BECOMES
        };
        store.terms.is_iri(subject)
            && match property {
                v::RDF_TYPE => store.terms.is_iri(object) && !is_read_from(object),
                property => {
                    let mut above = store.closure.properties().above(property);
                    !says_more(property) && !above.any(says_more)
                }
            }
    }

    /// Statements of these triples came or went.
    fn note(&mut self, triples: &[Triple]) {
        if let Some(watched) = &mut self.watched {
            watched.note(triples);
        }
    }

    fn close(&mut self) {
        if let Some(watched) = &mut self.watched {
            watched.note_everything();
        }
        self.store.closure = Closure::new(self.store.counting(), &self.store.terms);
        self.described = None;
    }

    /// The store with what specifications say in their texts among its facts.
    pub(crate) fn described(&mut self) -> &Store {
        let catalogue = self.catalogue();
        let store = &self.store;
        self.described.get_or_insert_with(|| {
            let mut store = store.clone();
            let triples = describe(&mut store, &catalogue.operations, &catalogue.prefixes);
            store.closure.insert_plain(&triples);
            store
        })
    }

    /// A number for a statement or blank node that an update makes.
    pub(crate) fn next_update(&mut self) -> u32 {
        self.updates += 1;
        self.updates
    }

    pub(crate) fn catalogue(&mut self) -> Arc<Catalogue> {
        self.settle();
        self.catalogue.clone().unwrap_or_default()
    }

    /// The catalogue and the live world as they are now.
    pub fn world(&mut self) -> Snapshot {
        let catalogue = self.catalogue();
        // Worked out here, every snapshot has it.
        let _ = self.store.facts.newest();
        Snapshot {
            store: self.store.clone(),
            catalogue,
            mapping: self.mapping.clone(),
            inhabited: Arc::default(),
        }
    }

    /// Findings of files that were refused.
    pub(crate) fn refused(&self) -> &[Finding] {
        &self.refused
    }

    /// Takes note of what was observed. What is older than what is known changes nothing.
    pub fn observe(&mut self, observed: &[ObservedFact]) {
        self.settle_facts();
        let entities: BTreeSet<&Iri> = observed.iter().map(|fact| &fact.entity).collect();
        let known = entities.into_iter().filter_map(|one| self.store.known(one));
        let strangers: Vec<TermId> = known
            .filter(|one| self.is_spoken_of(*one) && !self.store.is_entity(*one))
            .collect();
        let mut batch = Batch::default();
        for fact in observed {
            self.observe_one(fact, &mut batch);
        }
        self.state(&mut batch);
        let Batch {
            mut added,
            mut withdrawn,
            cells,
            ..
        } = batch;
        if let Some(watched) = &mut self.watched {
            watched.note_cells(cells);
        }
        // What came may have been overtaken in the same batch.
        added.retain(|triple| self.counts(*triple));
        withdrawn.retain(|triple| !self.counts(*triple));
        self.withdraw_facts(&withdrawn);
        self.store.closure.insert(&added, &self.store.terms);
        // What is said of things is no part of the ontology; what was said of nothing known was.
        if strangers.iter().any(|one| self.store.is_entity(*one)) {
            self.forget_catalogue();
        }
    }

    /// Takes facts out of the closure that nothing states any more.
    fn withdraw_facts(&mut self, gone: &[Triple]) {
        self.described = None;
        if gone.is_empty() {
            return;
        }
        let (ledger, facts) = (&self.store.ledger, &self.store.facts);
        let stated = |triple: Triple| ledger.contains(triple) && facts.counts(triple);
        if !self
            .store
            .closure
            .withdraw(gone, &stated, &self.store.terms)
        {
            self.close();
        }
    }

    fn counts(&self, triple: Triple) -> bool {
        self.store.ledger.contains(triple) && self.store.facts.counts(triple)
    }

    fn observe_one(&mut self, fact: &ObservedFact, batch: &mut Batch) {
        let entity = self.intern(&fact.entity);
        let property = self.store.terms.iri(fact.property.as_str());
        let values: Vec<TermId> = fact
            .values
            .iter()
            .map(|value| match value {
                samos_model::Value::Entity(iri) => self.intern(iri),
                samos_model::Value::Literal(literal) => self
                    .store
                    .terms
                    .literal(&literal.lexical, literal.datatype.as_str()),
            })
            .collect();
        let seen = match batch.seen.get(&fact.seen) {
            Some(seen) => Arc::clone(seen),
            None => {
                let seen = Arc::new(Observation {
                    at: utc(&fact.seen.at),
                    source: fact.seen.source.clone(),
                });
                batch.seen.insert(fact.seen.clone(), Arc::clone(&seen));
                seen
            }
        };
        let new = Observed {
            values: values.clone(),
            complete: fact.complete,
            seen: Arc::clone(&seen),
        };
        let recorded = self.store.facts.record(entity, property, new);
        if matches!(recorded, Recorded::Stale) {
            return;
        }
        if !batch.cells.insert((entity, property)) {
            // What it overtakes may be of this batch.
            self.state(batch);
        }
        let withdrawn = &mut batch.withdrawn;
        if fact.complete {
            self.overtake(
                self.store.ledger.about(entity, property).collect(),
                withdrawn,
            );
        }
        let empty = [entity, v::SAMOS_KNOWN_EMPTY, property];
        self.overtake(self.store.ledger.of(empty).collect(), withdrawn);
        let known_empty = (fact.complete && values.is_empty()).then_some(empty);
        let triples: Vec<Triple> = values
            .iter()
            .map(|value| [entity, property, *value])
            .chain(known_empty)
            .collect();
        batch.added.extend(&triples);
        batch.unstated.entry(seen).or_default().extend(triples);
    }

    /// States what was seen at one moment by one source in a graph of its own, and in the default graph when and by what.
    fn state(&mut self, batch: &mut Batch) {
        let mut statements = Vec::new();
        for (seen, triples) in std::mem::take(&mut batch.unstated) {
            self.observations += 1;
            let terms = &mut self.store.terms;
            let graph = terms.iri(&format!("urn:samos:observed:{}", self.observations));
            let at = terms.literal(&seen.at, DATE_TIME);
            let source = terms.iri(&seen.source);
            let about = [
                [graph, v::PROV_GENERATED_AT_TIME, at],
                [graph, v::PROV_WAS_GENERATED_BY, source],
            ];
            batch.added.extend(about);
            let inside = triples.into_iter().map(|triple| (triple, graph));
            let all = inside.chain(about.map(|triple| (triple, DEFAULT_GRAPH)));
            statements.extend(all.zip(0..).map(|((triple, graph), index)| {
                let origin = Origin {
                    source: OBSERVED,
                    index,
                };
                Statement {
                    triple,
                    graph,
                    origin,
                }
            }));
        }
        self.store.ledger.extend(statements);
    }

    /// Takes note of statements that a newer observation overtakes: those of files stay in the ledger but do not count,
    /// those of earlier observations go, with what was said about them.
    fn overtake(&mut self, before: Vec<Statement>, withdrawn: &mut Vec<Triple>) {
        let ledger = &mut self.store.ledger;
        withdrawn.extend(before.iter().map(|statement| statement.triple));
        for statement in before
            .into_iter()
            .filter(|statement| statement.origin.source == OBSERVED)
        {
            ledger.remove(statement);
            if ledger.graph(statement.graph).is_none() {
                let about: Vec<Statement> = ledger.about_subject(statement.graph).collect();
                withdrawn.extend(about.iter().map(|statement| statement.triple));
                for statement in about {
                    ledger.remove(statement);
                }
            }
        }
    }

    fn intern(&mut self, iri: &Iri) -> TermId {
        match iri.as_str().strip_prefix("_:") {
            Some(label) => self.store.terms.blank(label),
            None => self.store.terms.iri(iri.as_str()),
        }
    }

    /// Forgets an entity: every statement that names it, as subject or as value.
    pub fn forget(&mut self, entity: &Iri) {
        let Some(entity) = self.store.known(entity) else {
            return;
        };
        self.settle_facts();
        let names = self.store.closure.names(entity);
        let naming: Vec<Statement> = self
            .store
            .ledger
            .iter()
            .filter(|statement| names.iter().any(|name| statement.triple.contains(name)))
            .collect();
        let gone: Vec<Triple> = naming.iter().map(|statement| statement.triple).collect();
        self.note(&gone);
        for statement in naming {
            self.store.ledger.remove(statement);
        }
        for name in names {
            // Of what was observed to be nothing, nothing is stated.
            let cells = self.store.facts.forget(name);
            if let Some(watched) = &mut self.watched {
                watched.note_cells(cells);
            }
        }
        self.withdraw_facts(&gone);
    }

    /// The IRI that `prefix:name` or `<IRI>` stands for.
    pub fn expand(&mut self, text: &str) -> Option<Iri> {
        self.catalogue().prefixes.expand(text).map(Iri::from)
    }

    /// The name with a declared prefix, or as it is.
    pub fn compact(&mut self, iri: &Iri) -> String {
        self.catalogue().prefixes.compact(iri.as_str())
    }

    /// A name for people: the label, preferably in English or without a language.
    pub fn label(&mut self, iri: &Iri) -> Option<String> {
        self.text_of(iri, v::RDFS_LABEL)
    }

    /// The comment on a term, preferably in English or without a language.
    pub fn comment(&mut self, iri: &Iri) -> Option<String> {
        self.text_of(iri, v::RDFS_COMMENT)
    }

    fn text_of(&mut self, iri: &Iri, property: TermId) -> Option<String> {
        self.settle_facts();
        let term = self.store.known(iri)?;
        let texts = self
            .store
            .closure
            .facts()
            .objects(self.store.closure.representative(term), property);
        let preference = |text: &TermId| match self.store.terms.language(*text) {
            None | Some("en") => 0,
            Some(language) if language.starts_with("en-") => 1,
            Some(_) => 2,
        };
        let best = texts.min_by_key(|text| (preference(text), self.store.terms.text(*text)))?;
        Some(self.store.terms.text(best).to_owned())
    }

    /// All prefixes: those declared with `sh:declare`, and those of files.
    pub fn prefixes(&mut self) -> BTreeMap<String, String> {
        self.catalogue().prefixes.all()
    }
}

#[cfg(test)]
mod tests;
