//! What somebody needs who lets many ask one world at once: views for queries, facts that stream in, names of runs to come.
//!
//! In: plans to show, observed facts, updates whose graphs the request chose. Out: a world changed in place, and kept where it
//! is that of a data directory. Not here: who may ask, and how.

use samos_knowledge::{Changed, ObservedFact, QueryView, UpdateOptions};
use samos_model::{Plan, Severity};

use crate::home::Entry;
use crate::store::{asked, load_plans, replay_one};
use crate::{Error, Samos, runs};

impl Samos {
    /// What queries see now: the facts, these plans, and those that runs of this world used.
    #[must_use = "this makes a view and changes nothing"]
    pub fn query_view(&self, plans: &[&Plan]) -> QueryView {
        let mut knowledge = self.knowledge.clone();
        let used: Vec<Plan> = self
            .runs()
            .map(|runs| runs.into_iter().map(|run| run.plan).collect())
            .unwrap_or_default();
        let shown: Vec<Plan> = plans.iter().map(|plan| (*plan).clone()).collect();
        load_plans(&mut knowledge, &used);
        load_plans(&mut knowledge, &shown);
        knowledge.query_view()
    }

    /// Takes note of observed facts; they are kept before this returns, where the world is that of a data directory.
    ///
    /// # Errors
    /// When they cannot be kept; nothing is changed then.
    pub fn observe(&mut self, facts: &[ObservedFact]) -> Result<(), Error> {
        let entry = Entry::Observed {
            run: "observations".to_owned(),
            facts: facts.iter().cloned().map(Into::into).collect(),
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
            Some(home) => home.append(entry),
            None => Ok(()),
        }
    }
}

/// The name of the run that a plan will have, or has had.
#[must_use = "naming has no other effect"]
pub fn run_of(plan: &Plan) -> String {
    runs::run_id(plan)
}
