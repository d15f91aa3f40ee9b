//! The tables of the journals' file, and what SQLite's complaints mean.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};
use samos_model::digest::sha256;

use crate::error::Error;

/// The version of the tables.
const FORMAT: i64 = 1;
/// How long another process's transaction is waited for.
const PATIENCE_MS: u64 = 20_000;

/// `runs.token` counts the executors a run has had: only the newest may write. `length` and `head` are how many
/// records the run has and the link of the last. `open` is 0 once a run has ended.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
  number INTEGER PRIMARY KEY,
  run TEXT NOT NULL UNIQUE,
  token INTEGER NOT NULL,
  holder INTEGER,
  length INTEGER NOT NULL,
  head TEXT NOT NULL,
  open INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS records (
  place INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  n INTEGER NOT NULL,
  body TEXT NOT NULL,
  link TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS records_of_run ON records (run, n);
CREATE INDEX IF NOT EXISTS open_runs ON runs (number) WHERE open = 1;
INSERT OR IGNORE INTO settings VALUES ('holders', 0);
";

/// A connection that flushes before it acknowledges.
pub(super) fn open(path: &Path) -> Result<Connection, Error> {
    let failed = |error: rusqlite::Error| failed(path, &error);
    let connection = Connection::open(path).map_err(failed)?;
    connection
        .busy_timeout(std::time::Duration::from_millis(PATIENCE_MS))
        .map_err(failed)?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
             PRAGMA journal_size_limit = 67108864;",
        )
        .map_err(failed)?;
    let format: Option<i64> = {
        let known = connection
            .query_row(
                "SELECT 1 FROM sqlite_master WHERE name = 'settings'",
                [],
                |_| Ok(()),
            )
            .optional()
            .map_err(failed)?;
        match known {
            None => None,
            Some(()) => connection
                .query_row(
                    "SELECT value FROM settings WHERE name = 'format'",
                    [],
                    |row| row.get(0),
                )
                .optional()
                .map_err(failed)?,
        }
    };
    match format {
        Some(FORMAT) => {}
        Some(other) => {
            return Err(Error::JournalFailed {
                file: path.display().to_string(),
                message: format!("it is of format {other}; this version reads {FORMAT}"),
            });
        }
        None => {
            let tables = format!(
                "BEGIN IMMEDIATE; {TABLES} INSERT OR IGNORE INTO settings VALUES ('format', {FORMAT}); COMMIT;"
            );
            connection.execute_batch(&tables).map_err(failed)?;
        }
    }
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, Error> {
    let failed = |error: rusqlite::Error| failed(path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection
        .busy_timeout(std::time::Duration::from_millis(PATIENCE_MS))
        .map_err(failed)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(failed)?;
    Ok(connection)
}

/// What ties a record to all before it.
pub(super) fn link(before: &str, n: u64, body: &str) -> String {
    sha256(format!("{before}\n{n}\n{body}").as_bytes())
}

/// The link before the first record of a run.
pub(super) fn first_link(run: &str) -> String {
    sha256(format!("run\n{run}").as_bytes())
}

/// SQLite's complaint as an error of ours.
pub(super) fn failed(path: &Path, error: &rusqlite::Error) -> Error {
    let file = path.display().to_string();
    let message = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::JournalFull { file },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Error::JournalCorrupt { file, message }
        }
        _ => Error::JournalFailed { file, message },
    }
}
