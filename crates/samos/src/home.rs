//! The data directory: where runs, and facts that no file holds, are kept.
//!
//! In: a path. Out: paths below it. A world named by files has a folder of its own, named by their digest, so that
//! its runs are found again as long as the files say the same. Nothing is made before something is written.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use samos_knowledge::{ObservedFact, Source};
use samos_model::codes::interface as codes;
use samos_model::{Finding, Iri, Place, digest};
use serde::{Deserialize, Serialize};

use crate::Error;

/// How many hexadecimal digits name a world's folder.
const DIGITS: usize = 16;
/// What updates and runs have changed, in order.
const LOG: &str = "facts.jsonl";

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

    /// A file of that name.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder of all runs.
    pub(crate) fn runs(&self) -> PathBuf {
        self.path.join("runs")
    }

    /// The changes of the facts, in order.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, Error> {
        let path = self.path.join(LOG);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = fs::read_to_string(&path).map_err(|error| Error::file(&path, "read", &error))?;
        let complete = text.ends_with('\n');
        let count = text.lines().count();
        let mut entries = Vec::new();
        for (at, line) in text.lines().enumerate() {
            match serde_json::from_str(line) {
                Ok(entry) => entries.push(entry),
                // A crash while writing leaves half a line, which nobody was told about.
                Err(_) if at + 1 == count && !complete => {}
                Err(error) => {
                    let finding = Finding::error(
                        codes::FILE,
                        format!("the log of facts cannot be read: {error}"),
                        "restore the file from a copy",
                    );
                    let line = u32::try_from(at + 1).unwrap_or(u32::MAX);
                    let file = path.to_string_lossy().into_owned();
                    return Err(finding
                        .at(Place {
                            file,
                            line,
                            column: 1,
                        })
                        .into());
                }
            }
        }
        Ok(entries)
    }

    /// Adds a change of the facts; it is on the disk when this returns.
    pub(crate) fn append(&self, entry: &Entry) -> Result<(), Error> {
        let path = self.path.join(LOG);
        let failed = |error: std::io::Error| Error::file(&path, "write", &error);
        fs::create_dir_all(&self.path).map_err(|error| Error::file(&self.path, "make", &error))?;
        let mut line = serde_json::to_string(entry).map_err(Error::internal)?;
        line.push('\n');
        // Half a line that a crash left is cut off first.
        if let Ok(text) = fs::read_to_string(&path)
            && !text.is_empty()
            && !text.ends_with('\n')
        {
            let whole = text.rfind('\n').map_or(0, |at| at + 1);
            write_whole(&path, text.get(..whole).unwrap_or(""))?;
        }
        let mut file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(failed)?;
        file.write_all(line.as_bytes())
            .and_then(|()| file.sync_data())
            .map_err(failed)
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
