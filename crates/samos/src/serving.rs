//! What somebody needs who lets many ask one world at once: views for queries, facts that stream in, names of runs to come.
//!
//! In: plans to show, observed facts, updates whose graphs the request chose. Out: a world changed in place, and kept where it
//! is that of a data directory. Not here: who may ask, and how.

use std::collections::{BTreeMap, BTreeSet};

use samos_knowledge::{Changed, Format, ObservedFact, QueryView, Source, UpdateOptions};
use samos_model::vocabulary::samos::SERVICE;
use samos_model::{Iri, Plan, Severity, Value, World as _};

use crate::home::Entry;
use crate::names::Vocabulary;
use crate::store::{asked, replay_one};
use crate::{Error, Samos, export, runs};

impl Samos {
    /// What queries see now, with these plans as RDF, each in a graph of its own.
    #[must_use = "this makes a view and changes nothing"]
    pub fn query_view(&self, plans: &[&Plan]) -> QueryView {
        let sources = plans.iter().map(|plan| {
            let name = export::graph_of(plan);
            Source::new(name.as_str(), export::quads(plan), Format::NQuads)
        });
        let sources: Vec<Source> = sources.collect();
        self.knowledge.clone().query_view().with(&sources)
    }

    /// Goes on in the world as a run left it, so far as it has come.
    ///
    /// # Errors
    /// When there is no such run.
    pub fn go_on_after(&mut self, run: &str) -> Result<(), Error> {
        let mut after = self.after(run)?;
        if !self.is_of_files {
            // What the run saw stands in the data directory's log, so this world follows no run.
            after.after = None;
        }
        *self = after;
        Ok(())
    }

    /// Shows simulated runs from now on at so many times the speed of their clock, for somebody who watches.
    pub fn show_runs_at(&mut self, speed: Option<f64>) {
        self.speed = speed;
    }

    /// Do files say all there is, so that changes last as long as this value?
    #[must_use = "reading has no other effect"]
    pub fn is_of_files(&self) -> bool {
        self.is_of_files
    }

    /// The things that a plan changes or hands to what it changes, services aside: what no other run should change meanwhile.
    #[must_use = "listing has no other effect"]
    pub fn touched_by(&self, plan: &Plan) -> BTreeSet<Iri> {
        let service = Iri::from(SERVICE);
        let changing = plan
            .steps
            .iter()
            .filter(|step| step.kind == samos_model::Kind::Manipulation);
        let values = changing.flat_map(|step| {
            let given = step.arguments.values();
            let given = given.flat_map(samos_model::plan::Argument::values);
            std::iter::once(&step.subject).chain(given)
        });
        values
            .filter_map(|value| value.as_known()?.as_entity().cloned())
            .filter(|thing| !self.snapshot.has_type(thing, &service))
            .collect()
    }

    /// All classes and datatypes, in order.
    #[must_use = "listing has no other effect"]
    pub fn types_known(&self) -> Vec<Iri> {
        Vocabulary::types(self)
    }

    /// All properties, in order.
    #[must_use = "listing has no other effect"]
    pub fn properties_known(&self) -> Vec<Iri> {
        Vocabulary::properties(self)
    }

    /// The declared prefixes with their namespaces.
    #[must_use = "listing has no other effect"]
    pub fn prefixes_known(&self) -> BTreeMap<String, String> {
        self.knowledge.clone().prefixes()
    }

    /// Is that what a file, an update or an observation says, rather than what follows from it?
    #[must_use = "reading has no other effect"]
    pub fn is_stated(&self, subject: &Iri, predicate: &Iri, object: &Value) -> bool {
        self.knowledge.is_stated(subject, predicate, object)
    }

    /// Takes note of observed facts; they are kept before this returns, where the world is that of a data directory.
    ///
    /// # Errors
    /// When they cannot be kept; nothing is changed then.
    pub fn observe(&mut self, facts: &[ObservedFact]) -> Result<(), Error> {
        let entry = Entry::Observed {
            run: "observations".to_owned(),
            facts: facts.to_vec(),
            gone: Vec::new(),
        };
        self.keep(&entry)?;
        replay_one(&mut self.knowledge, entry)?;
        self.snapshot = self.knowledge.world();
        Ok(())
    }

    /// An update whose graphs the request chose, in any world: one that files describe is changed for as long as it is held.
    ///
    /// # Errors
    /// When the text is not SPARQL, or the change would leave an error behind; nothing is changed then.
    pub fn update_with(&mut self, text: &str, options: &UpdateOptions) -> Result<Changed, Error> {
        let mut changed = self.knowledge.clone();
        let sparql = changed
            .with_graphs(text, options)
            .map_err(|error| asked(&error))?;
        let count = changed.update(&sparql).map_err(|error| asked(&error))?;
        let mut errors = changed.validate();
        errors.retain(|finding| finding.severity == Severity::Error);
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        self.keep(&Entry::Update { sparql })?;
        self.snapshot = changed.world();
        self.knowledge = changed;
        Ok(count)
    }

    fn keep(&self, entry: &Entry) -> Result<(), Error> {
        match self.home.as_ref().filter(|_| !self.is_of_files) {
            Some(home) => home.append(std::slice::from_ref(entry)),
            None => Ok(()),
        }
    }
}

/// The name of the run that a plan will have, or has had.
#[must_use = "naming has no other effect"]
pub fn run_of(plan: &Plan) -> String {
    runs::run_id(plan)
}
