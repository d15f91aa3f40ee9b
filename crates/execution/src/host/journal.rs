//! Journals: in memory, and one file per run with a checksummed JSON line per transition.
//!
//! A line cut short at the end of the file is what a crash leaves while writing; it was never acted upon, and is
//! dropped. Any other line that does not match its checksum is corruption, and nothing is done then.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use samos_model::digest::sha256;
use serde_json::value::RawValue;

use super::Journal;
use crate::error::Error;
use crate::transition::Record;

/// A journal that lives as long as the process.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    /// What was written.
    pub records: Vec<Record>,
}

impl Journal for MemoryJournal {
    fn append(&mut self, record: &Record) -> Result<(), Error> {
        self.records.push(record.clone());
        Ok(())
    }
}

/// A journal in a file, held by one process at a time.
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
    file: File,
    lines: u64,
}

/// One line of the file.
#[derive(serde::Serialize, serde::Deserialize)]
struct Line<'a> {
    n: u64,
    sum: String,
    #[serde(borrow)]
    record: &'a RawValue,
}

impl FileJournal {
    /// A new journal.
    ///
    /// # Errors
    /// When the file is already there (the plan was used), or cannot be made.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let made = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path);
        let file = match made {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let run = path
                    .file_stem()
                    .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
                return Err(Error::PlanUsed { run });
            }
            Err(error) => return Err(failed(path, &error)),
        };
        lock(path, &file)?;
        // The file's name must survive a crash as well as its content.
        if let Some(folder) = path.parent()
            && let Ok(folder) = File::open(folder)
        {
            folder.sync_all().map_err(|error| failed(path, &error))?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            lines: 0,
        })
    }

    /// An existing journal, to go on with, and its records. What a crash cut short at the end is cut off.
    ///
    /// # Errors
    /// When another process holds it, it is corrupt, or cannot be read.
    pub fn open(path: &Path) -> Result<(Self, Vec<Record>), Error> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|error| failed(path, &error))?;
        lock(path, &file)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(|error| failed(path, &error))?;
        let (records, good) = parse(path, &bytes)?;
        file.set_len(good).map_err(|error| failed(path, &error))?;
        file.seek(SeekFrom::Start(good))
            .map_err(|error| failed(path, &error))?;
        let lines = u64::try_from(records.len()).unwrap_or(u64::MAX);
        Ok((
            Self {
                path: path.to_owned(),
                file,
                lines,
            },
            records,
        ))
    }

    /// The records of a journal, without holding it: to look at a run that another process may be driving.
    ///
    /// # Errors
    /// When it is corrupt or cannot be read.
    pub fn read(path: &Path) -> Result<Vec<Record>, Error> {
        let bytes = std::fs::read(path).map_err(|error| failed(path, &error))?;
        parse(path, &bytes).map(|(records, _)| records)
    }
}

impl Journal for FileJournal {
    fn append(&mut self, record: &Record) -> Result<(), Error> {
        let path = &self.path;
        let raw = serde_json::value::to_raw_value(record)
            .map_err(|error| failed_with(path, error.to_string()))?;
        let line = Line {
            n: self.lines + 1,
            sum: sum(raw.get()),
            record: &raw,
        };
        let mut text =
            serde_json::to_string(&line).map_err(|error| failed_with(path, error.to_string()))?;
        text.push('\n');
        self.file
            .write_all(text.as_bytes())
            .map_err(|error| failed(path, &error))?;
        self.file
            .sync_data()
            .map_err(|error| failed(path, &error))?;
        self.lines += 1;
        Ok(())
    }
}

fn lock(path: &Path, file: &File) -> Result<(), Error> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Error::JournalInUse {
            file: path.display().to_string(),
        }),
        Err(TryLockError::Error(error)) => Err(failed(path, &error)),
    }
}

/// The records, and how many bytes hold them.
fn parse(path: &Path, bytes: &[u8]) -> Result<(Vec<Record>, u64), Error> {
    let corrupt = |line: usize, message: String| Error::JournalCorrupt {
        file: path.display().to_string(),
        line,
        message,
    };
    let mut records = Vec::new();
    let mut good = 0;
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = rest.split_at(end + 1);
        let number = records.len() + 1;
        let text = std::str::from_utf8(line).map_err(|error| corrupt(number, error.to_string()))?;
        let parsed: Line<'_> =
            serde_json::from_str(text).map_err(|error| corrupt(number, error.to_string()))?;
        if usize::try_from(parsed.n) != Ok(number) {
            return Err(corrupt(number, format!("it says it is line {}", parsed.n)));
        }
        if parsed.sum != sum(parsed.record.get()) {
            return Err(corrupt(number, "its checksum does not match".to_owned()));
        }
        let record = serde_json::from_str(parsed.record.get())
            .map_err(|error| corrupt(number, error.to_string()))?;
        records.push(record);
        good += line.len();
        rest = after;
    }
    Ok((records, u64::try_from(good).unwrap_or(u64::MAX)))
}

/// Sixteen hexadecimal digits of SHA-256: enough to see damage.
fn sum(text: &str) -> String {
    sha256(text.as_bytes())
        .trim_start_matches("sha256:")
        .chars()
        .take(16)
        .collect()
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    failed_with(path, error.to_string())
}

fn failed_with(path: &Path, message: String) -> Error {
    Error::JournalFailed {
        file: path.display().to_string(),
        message,
    }
}
