//! The one value an embedder holds: knowledge, loaded, and everything that can be asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use samos_execution::host::sqlite::Journals;
use samos_knowledge::{Knowledge, Report, Snapshot};
use samos_model::codes::interface as codes;
use samos_model::plan::PlanGoal;
use samos_model::{Condition, Finding, Iri, Name, Severity, Supplied, SuppliedValue, Value, World};

use crate::clouds::Clouds;
use crate::explanation::{self, CodeExplanation, Explanation};
use crate::goals;
use crate::home::Home;
use crate::libraries::Libraries;
use crate::names::{self, Vocabulary, Wanted};
use crate::{Builder, Error};

/// Knowledge, loaded, and everything that can be asked of it.
#[derive(Clone, Debug)]
pub struct Samos {
    pub(crate) knowledge: Knowledge,
    pub(crate) snapshot: Snapshot,
    pub(crate) home: Option<Home>,
    /// Do files say all there is, so that nothing is fetched or written back?
    pub(crate) is_of_files: bool,
    /// The run that left the world as it is here, where it is not as the files say.
    pub(crate) after: Option<String>,
    prefixes: BTreeMap<String, String>,
    /// The accounts in whose names requests are really sent.
    pub(crate) clouds: Option<Arc<Clouds>>,
    /// How many times faster than its clock a simulated run goes; as fast as it can where nothing is said.
    pub(crate) speed: Option<f64>,
    /// What operations are called by.
    pub(crate) libraries: Arc<Libraries>,
    /// The journals of its runs, once they were opened; clones share them.
    pub(crate) journals: Arc<Mutex<Option<Journals>>>,
}

impl Samos {
    /// Says what shall be loaded.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The built-in demo world: two clouds, a stopped machine, a load balancer.
    ///
    /// # Errors
    /// Never, unless the built-in files are broken.
    pub fn demo() -> Result<Self, Error> {
        Self::builder().world("demo").build()
    }

    pub(crate) fn new(
        mut knowledge: Knowledge,
        home: Option<Home>,
        is_of_files: bool,
        libraries: Libraries,
    ) -> Self {
        let snapshot = knowledge.world();
        let prefixes = knowledge.prefixes();
        Self {
            knowledge,
            snapshot,
            home,
            is_of_files,
            after: None,
            prefixes,
            clouds: None,
            speed: None,
            libraries: Arc::new(libraries),
            journals: Arc::default(),
        }
    }

    /// The catalogue and the live world.
    #[must_use = "reading has no other effect"]
    pub fn world(&self) -> &dyn World {
        &self.snapshot
    }

    /// The store, to load more, observe, or ask what the facade does not offer. A clone is cheap.
    #[must_use = "reading has no other effect"]
    pub fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    /// Loads more: a text, a file, or any graph of yours by `Knowledge::load_graph`. What cannot be read, or leaves an
    /// error behind, changes nothing.
    ///
    /// # Errors
    /// Everything that is wrong with what was loaded.
    pub fn load(&mut self, load: impl FnOnce(&mut Knowledge) -> Report) -> Result<(), Error> {
        let mut knowledge = self.knowledge.clone();
        let mut findings = load(&mut knowledge).findings;
        if findings.is_empty() {
            findings = knowledge.validate();
            findings.retain(|finding| finding.severity == Severity::Error);
        }
        if !findings.is_empty() {
            return Err(Error::Invalid(findings));
        }
        self.snapshot = knowledge.world();
        self.prefixes = knowledge.prefixes();
        self.knowledge = knowledge;
        Ok(())
    }

    /// Is there nothing that an operation could be asked of?
    #[must_use = "reading has no other effect"]
    pub fn is_empty(&self) -> bool {
        let levels =
            ["Service", "ServiceInstance"].map(|level| format!("https://w3id.org/samos#{level}"));
        levels.iter().all(|level| {
            self.snapshot
                .entities_of(&Iri::from(level.as_str()))
                .is_empty()
        })
    }

    /// The entity that a name stands for.
    ///
    /// # Errors
    /// When there is none of that name, with the nearest.
    pub fn entity(&self, name: &str) -> Result<Iri, Error> {
        Ok(names::resolve(self, name, Wanted::Entity)?)
    }

    /// The entities that names stand for; every unknown one is reported.
    ///
    /// # Errors
    /// When one is unknown.
    pub fn entities(&self, named: &[impl AsRef<str>]) -> Result<Vec<Iri>, Error> {
        collect(
            named
                .iter()
                .map(|name| names::resolve(self, name.as_ref(), Wanted::Entity)),
        )
    }

    /// The operation that a name stands for.
    ///
    /// # Errors
    /// When there is none of that name, with the nearest.
    pub fn operation(&self, name: &str) -> Result<Iri, Error> {
        Ok(names::resolve(self, name, Wanted::Operation)?)
    }

    /// The class or datatype that a name stands for.
    ///
    /// # Errors
    /// When there is none of that name, with the nearest.
    pub fn type_named(&self, name: &str) -> Result<Iri, Error> {
        Ok(names::resolve(self, name, Wanted::Type)?)
    }

    /// The IRI that a text stands for, known or not.
    ///
    /// # Errors
    /// When its prefix is not declared, or it has none.
    pub fn iri(&self, text: &str) -> Result<Iri, Error> {
        match names::iri(self, text)? {
            Some(iri) => Ok(iri),
            None => Ok(names::resolve(self, text, Wanted::Anything)?),
        }
    }

    /// A value as conditions write it: a literal, or the name of an entity.
    ///
    /// # Errors
    /// When it is neither.
    pub fn value(&self, text: &str) -> Result<Value, Error> {
        Ok(goals::value(self, text)?)
    }

    /// A condition that speaks of named things.
    ///
    /// # Errors
    /// When it cannot be read, or names what is not known; the place is in `source`.
    pub fn condition(&self, text: &str, source: &str) -> Result<Condition, Error> {
        Ok(goals::condition(self, text, source, BTreeMap::new())?)
    }

    /// The condition that a plan's goal says, wanted things under their names.
    ///
    /// # Errors
    /// When it is not one of this world.
    pub fn condition_of(&self, goal: &PlanGoal) -> Result<Condition, Error> {
        let named = goal.wants.iter();
        let named = named.filter_map(|want| Some((want.name.clone()?, want.of_type.clone())));
        match &goal.condition {
            Some(text) => {
                let named = named.collect();
                Ok(goals::condition(self, text, "the plan's goal", named)?)
            }
            None => Ok(Condition::default()),
        }
    }

    /// Arguments at hand, as `name=value`, or as a value alone where its type tells the parameter.
    ///
    /// # Errors
    /// When one is not of that form, or names an entity that is not known.
    pub fn supplied(&self, arguments: &[impl AsRef<str>]) -> Result<Vec<Supplied>, Error> {
        collect(
            arguments
                .iter()
                .map(|argument| self.supplied_one(argument.as_ref())),
        )
    }

    fn supplied_one(&self, argument: &str) -> Result<Supplied, Finding> {
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && name
                    .chars()
                    .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        };
        let Some((name, text)) = argument.split_once('=').filter(|(name, _)| is_name(name)) else {
            let value = goals::value(self, argument).map_err(|finding| Finding {
                help: format!("write it as name=value, or: {}", finding.help),
                ..finding
            })?;
            return Ok(Supplied {
                name: None,
                value: SuppliedValue::Value(value),
            });
        };
        // What is the name of a known thing is that thing; anything else is read by the parameter's type.
        let entity = names::iri(self, text)
            .ok()
            .flatten()
            .filter(|iri| self.snapshot.is_entity(iri));
        let value = match entity {
            Some(entity) => SuppliedValue::Value(Value::Entity(entity)),
            None => SuppliedValue::Text(unquoted(text).to_owned()),
        };
        Ok(Supplied {
            name: Some(Name::from(name)),
            value,
        })
    }

    /// What a name stands for: an operation, a type, a thing or a code.
    ///
    /// # Errors
    /// When there is none of that name, with the nearest.
    pub fn explain(&self, name: &str) -> Result<Explanation, Error> {
        if let Some(code) = explain_code(name) {
            return Ok(Explanation::Code(code));
        }
        let world = self.world();
        let iri = names::resolve(self, name, Wanted::Anything)?;
        let comment = self.comment(&iri);
        Ok(if let Some(operation) = world.operation(&iri) {
            Explanation::Operation(Box::new(explanation::operation(world, operation, comment)))
        } else if self.is_type(&iri) {
            Explanation::Type(Box::new(explanation::type_(world, &iri, comment)))
        } else {
            Explanation::Thing(Box::new(explanation::thing(
                world,
                &iri,
                &self.properties(),
                comment,
            )))
        })
    }

    /// What the author of a name says of it.
    fn comment(&self, iri: &Iri) -> Option<String> {
        let comment = Iri::from("http://www.w3.org/2000/01/rdf-schema#comment");
        let values = self.snapshot.values(iri, &comment);
        values.members.into_iter().find_map(|value| {
            value
                .as_literal()
                .map(|literal| literal.lexical.to_string())
        })
    }

    /// Everything that deserves a look in what was loaded, short of errors.
    #[must_use = "reading has no other effect"]
    pub fn warnings(&self) -> Vec<Finding> {
        let mut findings = self.knowledge.clone().validate();
        findings.retain(|finding| finding.severity != Severity::Error);
        findings
    }

    fn typed(&self, kinds: &[&str]) -> Vec<Iri> {
        let all: BTreeSet<Iri> = kinds
            .iter()
            .flat_map(|kind| self.snapshot.entities_of(&Iri::from(*kind)))
            .filter(|iri| !iri.as_str().starts_with("_:"))
            .collect();
        all.into_iter().collect()
    }
}

/// Classes of properties.
const PROPERTIES: &[&str] = &[
    "http://www.w3.org/2002/07/owl#ObjectProperty",
    "http://www.w3.org/2002/07/owl#DatatypeProperty",
    "http://www.w3.org/2002/07/owl#FunctionalProperty",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#Property",
];

impl Vocabulary for Samos {
    fn world(&self) -> &dyn World {
        &self.snapshot
    }

    fn expand(&self, text: &str) -> Option<Iri> {
        let (prefix, local) = text.split_once(':')?;
        let namespace = self.prefixes.get(prefix)?;
        Some(Iri::from(format!("{namespace}{local}")))
    }

    fn prefixes(&self) -> Vec<String> {
        self.prefixes.keys().cloned().collect()
    }

    fn types(&self) -> Vec<Iri> {
        self.typed(&[
            "http://www.w3.org/2002/07/owl#Class",
            "http://www.w3.org/2000/01/rdf-schema#Class",
            "http://www.w3.org/2000/01/rdf-schema#Datatype",
        ])
    }

    fn properties(&self) -> Vec<Iri> {
        self.typed(PROPERTIES)
    }

    fn properties_named(&self, local: &str) -> Vec<Iri> {
        let is_declared = |iri: &&Iri| {
            let mut kinds = PROPERTIES.iter();
            kinds.any(|kind| self.snapshot.has_type(iri, &Iri::from(*kind)))
        };
        let named = self.snapshot.properties_named(local).iter();
        named.filter(is_declared).cloned().collect()
    }

    fn is_type(&self, iri: &Iri) -> bool {
        self.snapshot.is_class(iri)
            || self.snapshot.has_type(
                iri,
                &Iri::from("http://www.w3.org/2000/01/rdf-schema#Datatype"),
            )
            || iri
                .as_str()
                .starts_with(samos_model::vocabulary::xsd::NAMESPACE)
    }
}

/// What a code means; `None` for what is no code.
#[must_use = "looking up has no other effect"]
pub fn explain_code(code: &str) -> Option<CodeExplanation> {
    samos_model::codes::entry(code).map(CodeExplanation::from)
}

/// All results, or all findings.
pub(crate) fn collect<T>(
    results: impl Iterator<Item = Result<T, Finding>>,
) -> Result<Vec<T>, Error> {
    let mut all = Vec::new();
    let mut findings = Vec::new();
    for result in results {
        match result {
            Ok(value) => all.push(value),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.is_empty() {
        Ok(all)
    } else {
        Err(Error::Invalid(findings))
    }
}

/// Text that someone quoted as in a condition.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text)
}

/// The error for what this kind of world does not offer.
pub(crate) fn not_supported(message: impl Into<String>, help: impl Into<String>) -> Error {
    Finding::error(codes::NOT_SUPPORTED, message, help).into()
}
