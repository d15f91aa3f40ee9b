//! The mappings in use: those that come with samos, the user's own beside them, and which library serves where several do.
//!
//! In: folders of mapping files, the user's choice. Out: mappings, read when they are first needed, and a digest of all that
//! decides what is sent. The user's own are held against the specification before anything is sent by them. Not here: what a
//! request becomes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use samos_mapping::{BUILT_IN, Mappings};
use samos_model::codes::interface as codes;
use samos_model::finding::nearest;
use samos_model::plan::Step;
use samos_model::{Finding, Iri, Plan, Severity, World, digest};

use crate::home::write_whole;
use crate::samos::not_supported;
use crate::{Error, Samos, sources};

/// The folder with the user's own mappings, in the data directory or a world's folder.
pub(crate) const OWN_MAPPINGS: &str = "mappings";
/// The file of the data directory with the libraries that are preferred.
const PREFERRED: &str = "libraries.json";

/// The mappings in use.
#[derive(Debug, Default)]
pub(crate) struct Libraries {
    own: Vec<(String, String)>,
    preferred: Vec<String>,
    read: OnceLock<Arc<Mappings>>,
}

impl Libraries {
    /// Those that come with samos, and all below these folders and files.
    pub(crate) fn beside(paths: &[PathBuf], preferred: Vec<String>) -> Result<Self, Error> {
        let mut own = Vec::new();
        for path in paths.iter().flat_map(|path| sources::mappings_in(path)) {
            let text = std::fs::read_to_string(&path);
            let text = text.map_err(|error| Error::file(&path, "read", &error))?;
            own.push((path.to_string_lossy().into_owned(), text));
        }
        Ok(Self {
            own,
            preferred,
            read: OnceLock::new(),
        })
    }

    /// The libraries that somebody prefers in this data directory, the first before the others.
    pub(crate) fn preferred_in(data: &Path) -> Result<Vec<String>, Error> {
        let path = data.join(PREFERRED);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(|error| Error::file(&path, "read", &error))?;
        serde_json::from_str(&text).map_err(|error| {
            let message = format!("`{}` is no list of libraries: {error}", path.display());
            let help = "choose again with `samos libraries prefer NAME…`";
            Finding::error(codes::NOT_SUPPORTED, message, help).into()
        })
    }

    /// All mappings.
    ///
    /// # Errors
    /// Everything that is wrong with the user's own.
    pub(crate) fn mappings(&self, world: &dyn World) -> Result<&Arc<Mappings>, Error> {
        if let Some(read) = self.read.get() {
            return Ok(read);
        }
        let built_in = BUILT_IN.iter().copied();
        let own = self.own.iter();
        let own = own.map(|(name, text)| (name.as_str(), text.as_str()));
        let files: Vec<(&str, &str)> = built_in.chain(own).collect();
        let (mappings, mut findings) = Mappings::load(&files);
        if !self.own.is_empty() {
            // Those that come with samos were validated when it was built.
            let is_own = |finding: &Finding| {
                let file = finding.place.as_ref().map(|place| &place.file);
                file.is_some_and(|file| self.own.iter().any(|(name, _)| name == file))
            };
            findings.extend(mappings.validate(world).into_iter().filter(is_own));
        }
        findings.retain(|finding| finding.severity == Severity::Error);
        if !findings.is_empty() {
            return Err(Error::Invalid(findings));
        }
        let mappings = mappings.preferring(&self.preferred);
        Ok(self.read.get_or_init(|| Arc::new(mappings)))
    }

    /// A digest of all that decides what is sent for a request: mappings, and which are preferred.
    pub(crate) fn digest(&self) -> String {
        let built_in = BUILT_IN.iter().copied();
        let mut texts: Vec<&str> = built_in.map(|(_, text)| text).collect();
        // Where the user's own stand says nothing.
        texts.extend(self.own.iter().map(|(_, text)| text.as_str()));
        texts.sort_unstable();
        let all = serde_json::json!([texts, self.preferred]);
        digest::sha256(all.to_string().as_bytes())
    }
}

/// A library, and how far it reaches.
#[derive(Clone, Debug, serde::Serialize)]
pub struct LibraryState {
    /// Its name.
    pub name: String,
    /// The providers whose operations it serves.
    pub providers: Vec<Iri>,
    /// How many operations it serves.
    pub operations: usize,
    /// How its requests travel.
    pub transport: samos_mapping::Transport,
    /// Its place among those that are preferred, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred: Option<usize>,
}

impl Samos {
    /// The libraries, through which operations can be called.
    ///
    /// # Errors
    /// When one of the user's own mappings is not well formed.
    pub fn libraries(&self) -> Result<Vec<LibraryState>, Error> {
        let mappings = self.mappings()?;
        let world = self.world();
        let states = mappings.all_libraries().into_iter().filter_map(|name| {
            let served = world.operations().iter();
            let served = served.filter(|one| mappings.libraries(&one.iri).contains(&name));
            let mut providers: Vec<Iri> = served
                .clone()
                .filter_map(|one| one.provider.clone())
                .collect();
            providers.sort();
            providers.dedup();
            let preferred = self.libraries.preferred.iter();
            Some(LibraryState {
                name: name.to_owned(),
                providers,
                operations: served.count(),
                transport: mappings.library(name)?.transport,
                preferred: preferred
                    .clone()
                    .position(|one| one == name)
                    .map(|at| at + 1),
            })
        });
        Ok(states.collect())
    }

    /// From now on, accounts that name no library are called through these, where they serve the account's provider; none
    /// named means the first by name.
    ///
    /// # Errors
    /// When there is no such library, or the choice cannot be kept.
    pub fn prefer_libraries(&self, names: &[String]) -> Result<(), Error> {
        let Some(home) = self.home.as_ref().filter(|_| !self.is_of_files) else {
            return Err(not_supported(
                "a world that files describe keeps no choice",
                "leave out --world to choose for the data directory",
            ));
        };
        let mappings = self.mappings()?;
        let known = mappings.all_libraries();
        let unknown = names.iter().filter(|name| !known.contains(name.as_str()));
        let findings: Vec<Finding> = unknown
            .map(|name| {
                let help = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`samos libraries` lists them".to_owned(),
                };
                Finding::error(
                    codes::UNKNOWN_NAME,
                    format!("there is no library `{name}`"),
                    help,
                )
            })
            .collect();
        if !findings.is_empty() {
            return Err(Error::Invalid(findings));
        }
        let text = serde_json::to_string(names).map_err(Error::internal)?;
        write_whole(&home.file(PREFERRED), &format!("{text}\n"))
    }

    pub(crate) fn mappings(&self) -> Result<&Arc<Mappings>, Error> {
        self.libraries.mappings(&self.snapshot)
    }

    /// The plan with the library named that each step would be sent through today.
    pub(crate) fn with_libraries(&self, mut plan: Plan) -> Result<Plan, Error> {
        if self.clouds.is_none() {
            return Ok(plan);
        }
        for step in &mut plan.steps {
            step.library = self.library_today(step).map(str::to_owned);
        }
        plan.sealed().map_err(Error::internal)
    }

    /// The library that a step would be sent through today; none where nothing is sent.
    pub(crate) fn library_today(&self, step: &Step) -> Option<&str> {
        let clouds = self.clouds.as_ref()?;
        clouds.library(step.provider.as_ref()?, step.account.as_ref())
    }
}
