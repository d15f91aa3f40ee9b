//! The data directory: where runs, and facts that no file holds, are kept.
//!
//! In: a path. Out: paths below it. A world named by files has a folder of its own, named by their digest, so that
//! its runs are found again as long as the files say the same. Nothing is made before something is written.

mod image;
mod log;

use std::fs;
use std::path::{Path, PathBuf};

use samos_knowledge::{ObservedFact, Source};
use samos_model::{Iri, digest};
use serde::{Deserialize, Serialize};

use crate::Error;
use log::Log;
pub(crate) use log::{Mark, Since};

/// How many hexadecimal digits name a world's folder.
const DIGITS: usize = 16;
/// What updates and runs have changed, in order.
const LOG: &str = "facts.db";

/// One change of the facts kept in the data directory.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Entry {
    /// A person's update.
    Update {
        /// Its text.
        sparql: String,
    },
    /// What a run observed.
    Observed {
        /// The run.
        run: String,
        /// The facts.
        facts: Vec<ObservedFact>,
        /// What exists no more.
        gone: Vec<Iri>,
    },
}

impl Entry {
    /// How many facts it tells of.
    pub(crate) fn facts(&self) -> usize {
        match self {
            Self::Update { .. } => 1,
            Self::Observed { facts, gone, .. } => facts.len() + gone.len(),
        }
    }
}

/// Where one world's runs and facts are kept.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    path: PathBuf,
    log: Log,
}

impl Home {
    /// The data directory itself: the user's own facts.
    pub(crate) fn of_data(data: &Path) -> Self {
        Self::at(data.to_owned())
    }

    /// The folder of a world that files describe.
    pub(crate) fn of_world(&self, sources: &[Source]) -> Self {
        let mut digests: Vec<String> = sources
            .iter()
            .map(|source| digest::sha256(source.text.as_bytes()))
            .collect();
        digests.sort();
        let all = digest::sha256(digests.concat().as_bytes());
        let digits: String = all
            .trim_start_matches("sha256:")
            .chars()
            .take(DIGITS)
            .collect();
        Self::at(self.path.join("worlds").join(digits))
    }

    fn at(path: PathBuf) -> Self {
        let log = Log::at(path.join(LOG));
        Self { path, log }
    }

    /// A file of that name.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder of all runs.
    pub(crate) fn runs(&self) -> PathBuf {
        self.path.join("runs")
    }

    /// The changes of the facts after a mark, or all of them.
    pub(crate) fn since(&self, mark: Option<&Mark>) -> Result<Since, Error> {
        self.log.since(mark)
    }

    /// Adds changes of the facts, all or none; they are on the disk when this returns.
    pub(crate) fn append(&self, entries: &[Entry]) -> Result<(), Error> {
        self.log.append(entries)
    }
}

/// Writes a file so that a reader sees the old text or the new, never half of it.
pub(crate) fn write_whole(path: &Path, text: &str) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|error| Error::file(folder, "make", &error))?;
    let draft = path.with_extension("draft");
    fs::write(&draft, text).map_err(|error| Error::file(&draft, "write", &error))?;
    fs::rename(&draft, path).map_err(|error| Error::file(path, "write", &error))
}
