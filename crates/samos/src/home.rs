//! The data directory: where runs, and facts that no file holds, are kept.
//!
//! In: a path. Out: paths below it. A world named by files has a folder of its own, named by their digest, so that
//! its runs are found again as long as the files say the same. Nothing is made before something is written.

use std::fs;
use std::path::{Path, PathBuf};

use samos_knowledge::{Format, Source};
use samos_model::digest;

use crate::Error;

/// How many hexadecimal digits name a world's folder.
const DIGITS: usize = 16;
/// What `update` and runs have written.
const FACTS: &str = "facts.nq";

/// Where one world's runs and facts are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Home {
    path: PathBuf,
}

impl Home {
    /// The data directory itself: the user's own facts.
    pub(crate) fn of_data(data: &Path) -> Self {
        Self {
            path: data.to_owned(),
        }
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
        Self {
            path: self.path.join("worlds").join(digits),
        }
    }

    /// The folder of all runs.
    pub(crate) fn runs(&self) -> PathBuf {
        self.path.join("runs")
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The facts kept here, if there are any.
    pub(crate) fn facts(&self) -> Result<Option<Source>, Error> {
        let path = self.path.join(FACTS);
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).map_err(|error| Error::file(&path, "read", &error))?;
        Ok(Some(Source::new(
            path.to_string_lossy(),
            text,
            Format::NQuads,
        )))
    }

    /// Replaces the facts kept here, whole or not at all.
    pub(crate) fn write_facts(&self, text: &str) -> Result<(), Error> {
        write_whole(&self.path.join(FACTS), text)
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
