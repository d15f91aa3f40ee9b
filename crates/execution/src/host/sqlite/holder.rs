//! Who holds runs: a number, and a locked file as the sign of life of the process that has it.
//!
//! The operating system takes the lock away when the process ends, however it ends; no clock is asked, so none can
//! mislead. Who holds the lock but hangs can still be passed over by force: its token is old then, and its records are
//! refused.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A process that may hold runs.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) number: i64,
    path: PathBuf,
    _locked: File,
}

impl Holder {
    /// The sign of life of the holder with that number.
    pub(super) fn new(journals: &Path, number: i64) -> Result<Self, Error> {
        let path = sign_of(journals, number);
        let failed = |error: std::io::Error| Error::JournalFailed {
            file: path.display().to_string(),
            message: error.to_string(),
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(Self {
            number,
            path,
            _locked: file,
        })
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // A file that stays behind is not locked, and so says the same as none.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Does the process with that number still live?
pub(super) fn is_alive(journals: &Path, number: i64) -> bool {
    let path = sign_of(journals, number);
    let Ok(file) = File::open(&path) else {
        return false;
    };
    match file.try_lock_shared() {
        Ok(()) => {
            let _ = std::fs::remove_file(&path);
            false
        }
        // Where locks cannot be asked for, the careful answer.
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
    }
}

fn sign_of(journals: &Path, number: i64) -> PathBuf {
    let mut name = journals.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".holder-{number}"));
    journals.with_file_name(name)
}
