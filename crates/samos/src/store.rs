//! Asking and changing the store: SPARQL, proofs, the closure.
//!
//! In: the text of a query, an update or a statement. Out: answers that serialise themselves. Not here: evaluating
//! anything; `samos-knowledge` does that.

use std::io::Write;

use samos_knowledge::{Answer as QueryAnswer, Changed, ClosureSize, KnowledgeError, Proof, Source};
use samos_model::codes::interface as codes;
use samos_model::{Finding, Iri, Plan, Severity, Value};

use crate::home::Entry;
use crate::samos::not_supported;
use crate::{Error, Samos, export, goals};

impl Samos {
    /// Answers SELECT, ASK, CONSTRUCT or DESCRIBE over everything stated, observed and inferred, and over the plans
    /// that runs of this world used. `FROM <urn:samos:asserted>` leaves inferred facts out.
    ///
    /// # Errors
    /// When the text is not SPARQL, or cannot be evaluated.
    pub fn query(&self, text: &str) -> Result<QueryAnswer, Error> {
        let mut knowledge = self.knowledge.clone();
        let plans: Vec<Plan> = self.runs()?.into_iter().map(|run| run.plan).collect();
        load_plans(&mut knowledge, &plans);
        knowledge.query(text).map_err(|error| asked(&error))
    }

    /// Lets queries see these plans as RDF, each in a graph of its own, in P-Plan's and PROV-O's terms.
    pub fn load_plans(&mut self, plans: &[Plan]) {
        load_plans(&mut self.knowledge, plans);
        self.snapshot = self.knowledge.world();
    }

    /// Changes the facts of the data directory with INSERT and DELETE; on an error nothing is changed.
    ///
    /// # Errors
    /// When the text is not SPARQL, or files say all there is, or the change would leave an error behind.
    pub fn update(&mut self, text: &str) -> Result<Changed, Error> {
        let Some(home) = self.home.clone().filter(|_| !self.is_of_files) else {
            return Err(not_supported(
                "a world that files describe is changed in its files",
                "leave out --world to change the facts of the data directory",
            ));
        };
        let mut changed = self.knowledge.clone();
        let count = changed.update(text).map_err(|error| asked(&error))?;
        let mut errors = changed.validate();
        errors.retain(|finding| finding.severity == Severity::Error);
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        home.append(&[Entry::Update {
            sparql: text.to_owned(),
        }])?;
        self.snapshot = changed.world();
        self.knowledge = changed;
        Ok(count)
    }

    /// The proof of a statement, down to what a file states or an operation observed; `None` when it does not hold.
    ///
    /// # Errors
    /// When a name is not known.
    pub fn why(
        &self,
        subject: &str,
        predicate: &str,
        object: &str,
    ) -> Result<Option<Proof>, Error> {
        let (subject, predicate) = (self.iri(subject)?, self.predicate(predicate)?);
        let object = match self.iri(object) {
            Ok(iri) => Value::Entity(iri),
            Err(_) => goals::value(self, object)?,
        };
        Ok(self.knowledge.clone().why(&subject, &predicate, &object))
    }

    /// Writes the whole closure as N-Triples.
    ///
    /// # Errors
    /// When writing fails.
    pub fn entail(&self, out: &mut dyn Write) -> std::io::Result<ClosureSize> {
        self.knowledge.clone().entail(out)
    }

    /// A property by its name; `a` is `rdf:type`, `same-as` is `owl:sameAs`.
    fn predicate(&self, text: &str) -> Result<Iri, Error> {
        use crate::names::Vocabulary as _;
        match text {
            "a" | "is" => return Ok(Iri::from("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")),
            "same-as" => return Ok(Iri::from("http://www.w3.org/2002/07/owl#sameAs")),
            _ => {}
        }
        if let Some(iri) = crate::names::iri(self, text)? {
            return Ok(iri);
        }
        let all = self.properties();
        let fitting: Vec<&Iri> = all.iter().filter(|iri| iri.local() == text).collect();
        match fitting.as_slice() {
            [only] => Ok((*only).clone()),
            several => {
                let names: Vec<String> = several
                    .iter()
                    .take(4)
                    .map(|iri| format!("`{}`", export::short(iri, self.world())))
                    .collect();
                let (code, message) = if several.is_empty() {
                    (
                        codes::UNKNOWN_PROPERTY,
                        format!("no property `{text}` is known"),
                    )
                } else {
                    (
                        codes::AMBIGUOUS_NAME,
                        format!("`{text}` may be {}", names.join(" or ")),
                    )
                };
                Err(Finding::error(code, message, "write it with its prefix").into())
            }
        }
    }
}

fn load_plans(knowledge: &mut samos_knowledge::Knowledge, plans: &[Plan]) {
    for plan in plans {
        let name = export::graph_of(plan);
        let text = export::quads(plan);
        // What `quads` writes is well-formed N-Quads.
        let _ = knowledge.load(&Source::new(
            name.as_str(),
            text,
            samos_knowledge::Format::NQuads,
        ));
    }
}

/// One entry of the log, done again.
pub(crate) fn replay_one(
    knowledge: &mut samos_knowledge::Knowledge,
    entry: Entry,
) -> Result<(), Error> {
    match entry {
        Entry::Update { sparql } => {
            knowledge.update(&sparql).map_err(|error| asked(&error))?;
        }
        Entry::Observed { facts, gone, .. } => {
            knowledge.observe(&facts);
            for entity in gone {
                knowledge.forget(&entity);
            }
        }
    }
    Ok(())
}

pub(crate) fn asked(error: &KnowledgeError) -> Error {
    let help = match error {
        KnowledgeError::Syntax(_) => {
            "correct the query at the place named; declared prefixes need no PREFIX"
        }
        KnowledgeError::Form(..) => "choose another form with -o",
        _ => "look at the query again",
    };
    Finding::error(error.code(), error.to_string().replace('\n', " "), help).into()
}
