//! Building a [`Samos`]: which files it knows, and where it keeps what it does.

use std::path::{Path, PathBuf};

use samos_knowledge::{Knowledge, Source};
use samos_model::{Finding, Severity};

use crate::home::Home;
use crate::libraries::{Libraries, OWN_MAPPINGS};
use crate::{Error, Samos, embedded, sources, store};

/// The name of the built-in world.
const DEMO: &str = "demo";
/// After so many changes, or facts in them, that an image does not hold, a new one is made.
const IMAGED_EVERY_ENTRIES: usize = 64;
const IMAGED_EVERY_FACTS: usize = 2_000;
/// The folder of the data directory with the user's own files.
const OWN_FILES: &str = "world";

/// Says what a [`Samos`] shall know. See [`Samos::builder`].
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is loaded before `build`"]
pub struct Builder {
    worlds: Vec<String>,
    sources: Vec<Source>,
    mappings: Vec<PathBuf>,
    data: Option<PathBuf>,
}

impl Builder {
    /// A file or folder of ontologies and facts, or `"demo"` (a folder of that name is `./demo`). May be called again.
    pub fn world(mut self, world: impl AsRef<str>) -> Self {
        self.worlds.push(world.as_ref().to_owned());
        self
    }

    /// A text of ontologies and facts that stands in no file. May be called again.
    pub fn source(mut self, source: Source) -> Self {
        self.sources.push(source);
        self
    }

    /// A file or folder of mappings, beside those that come with samos. May be called again.
    pub fn mappings(mut self, path: impl AsRef<Path>) -> Self {
        self.mappings.push(path.as_ref().to_owned());
        self
    }

    /// Where runs are kept, and the facts to work on where no world is named.
    pub fn data_directory(mut self, path: impl AsRef<Path>) -> Self {
        self.data = Some(path.as_ref().to_owned());
        self
    }

    /// Loads everything.
    ///
    /// # Errors
    /// When a file cannot be read, or holds errors.
    pub fn build(self) -> Result<Samos, Error> {
        let is_named = !self.worlds.is_empty() || !self.sources.is_empty();
        let mut own = Vec::new();
        for world in &self.worlds {
            if world == DEMO {
                own.push(embedded::demo());
            } else {
                own.extend(sources::read(Path::new(world))?);
            }
        }
        own.extend(self.sources.iter().cloned());
        let built_in;
        let mut home = self.data.as_deref().map(Home::of_data);
        if is_named {
            built_in = embedded::needed_by(&own);
            home = home.map(|home| home.of_world(&own));
        } else {
            built_in = embedded::all();
            if let Some(data) = &self.data {
                let files = data.join(OWN_FILES);
                if files.is_dir() && sources::has_any(&files) {
                    own.extend(sources::read(&files)?);
                }
            }
        }
        let sources: Vec<Source> = built_in.into_iter().chain(own).collect();
        let mut knowledge = match home.as_ref().filter(|_| !is_named) {
            Some(home) => kept(home, &sources)?,
            None => loaded(&sources)?,
        };
        let libraries = self.libraries()?;
        if home.is_some() && !is_named {
            // What is sent in the name of accounts depends on it.
            knowledge.rest_on_mapping(libraries.digest());
        }
        Ok(Samos::new(knowledge, home, is_named, libraries))
    }

    /// Mappings stand in folders of their name beside the ontologies that they speak of, or where they are named.
    fn libraries(&self) -> Result<Libraries, Error> {
        let mut folders = self.mappings.clone();
        let mut preferred = Vec::new();
        match &self.data {
            Some(data) if self.worlds.is_empty() && self.sources.is_empty() => {
                folders.push(data.join(OWN_MAPPINGS));
                preferred = Libraries::preferred_in(data)?;
            }
            _ => {
                let worlds = self.worlds.iter().map(Path::new);
                folders.extend(worlds.map(|world| world.join(OWN_MAPPINGS)));
            }
        }
        Libraries::beside(&folders, preferred)
    }
}

/// What these sources say, without an error.
fn loaded(sources: &[Source]) -> Result<Knowledge, Error> {
    let mut knowledge = Knowledge::new();
    let mut errors: Vec<Finding> = Vec::new();
    for source in sources {
        errors.extend(knowledge.load(source).findings);
    }
    if errors.is_empty() {
        errors = knowledge.validate();
        errors.retain(|finding| finding.severity == Severity::Error);
    }
    if errors.is_empty() {
        Ok(knowledge)
    } else {
        Err(Error::Invalid(errors))
    }
}

/// What these sources say, and what was observed and updated since. Updates were held against everything before they were
/// kept; what a provider answered is kept as it is, since nobody could take it back.
fn kept(home: &Home, sources: &[Source]) -> Result<Knowledge, Error> {
    let image = home.image(sources);
    let mut since = home.since(image.as_ref().map(|image| &image.mark))?;
    let opened = image.as_ref().filter(|_| !since.is_all);
    let opened = opened.and_then(|image| image.open(sources));
    let is_opened = opened.is_some();
    let mut knowledge = match opened {
        Some(knowledge) => knowledge,
        None => {
            if !since.is_all {
                since = home.since(None)?;
            }
            loaded(sources)?
        }
    };
    let entries = since.entries.len();
    let mut facts = 0;
    for entry in since.entries {
        facts += entry.facts();
        store::replay_one(&mut knowledge, entry)?;
    }
    if !is_opened || entries > IMAGED_EVERY_ENTRIES || facts > IMAGED_EVERY_FACTS {
        home.keep_image(&mut knowledge, sources, &since.mark);
    }
    Ok(knowledge)
}
