//! Journals of many runs in one SQLite file: flushed before anything is done because of them.
//!
//! In: records. Out: the certainty that they are on the disk. Runs that write at the same time share one flush. Each
//! record is tied to the one before it by a checksum, and each run knows its last, so that damage is seen and nothing
//! is done then. One executor holds a run at a time: [`Journals::resume`] refuses a run whose holder lives, and counts
//! up its fencing token, so that a holder that was passed over can write no more.
//! Not here: reading clocks, and what the records say, but for whether the run is over.

mod holder;
mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use futures::executor::block_on;
use futures::future::BoxFuture;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::Journal;
use crate::error::Error;
use crate::transition::{Record, Transition};
use holder::Holder;
use writer::Writer;

/// How the file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Writing {
    /// Do runs that write at the same time share a flush? Off, each write has a transaction of its own.
    pub together: bool,
    /// The file grows no larger than that many pages of 4 KiB.
    pub most_pages: Option<u32>,
}

impl Default for Writing {
    fn default() -> Self {
        Self {
            together: true,
            most_pages: None,
        }
    }
}

/// The journals of all runs of a data directory. A clone is cheap and shares the writing.
#[derive(Clone, Debug)]
pub struct Journals {
    shared: Arc<Shared>,
}

/// The journal of one run, held: nobody else may execute the run until this is dropped.
#[derive(Debug)]
pub struct SqliteJournal {
    shared: Arc<Shared>,
    run: String,
    key: Key,
    length: u64,
    head: String,
    /// A write failed: what the file holds must be read again first.
    is_broken: bool,
}

/// A run as its journal knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptRun {
    /// Its name.
    pub run: String,
    /// Is it not over?
    pub is_open: bool,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    // Before the holder: the thread writes its last before the sign of life goes.
    writer: Writer,
    reader: Mutex<Connection>,
    holder: Mutex<Option<Holder>>,
}

/// A run's number in the file, and the token with which it may be written.
#[derive(Clone, Copy, Debug)]
struct Key {
    number: i64,
    token: i64,
}

/// A row of the table of runs.
struct Row {
    key: Key,
    holder: Option<i64>,
    length: u64,
    head: String,
}

impl Journals {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// When it cannot be opened, is damaged, or is of another format.
    pub fn open(path: &Path, writing: Writing) -> Result<Self, Error> {
        let connection = schema::open(path)?;
        if let Some(most) = writing.most_pages {
            connection
                .pragma_update(None, "max_page_count", most)
                .map_err(|error| schema::failed(path, &error))?;
        }
        Ok(Self {
            shared: Arc::new(Shared {
                path: path.to_owned(),
                writer: Writer::start(path.to_owned(), connection, writing.together),
                reader: Mutex::new(schema::open_to_read(path)?),
                holder: Mutex::new(None),
            }),
        })
    }

    /// A new run's journal.
    ///
    /// # Errors
    /// When there is a run of that name (its plan was used), or the file cannot be written.
    pub fn create(&self, run: &str) -> Result<SqliteJournal, Error> {
        let holder = self.shared.holder()?;
        let (name, path) = (run.to_owned(), self.shared.path.clone());
        let key = block_on(self.shared.writer.ask(move |connection| {
            let failed = |error: rusqlite::Error| schema::failed(&path, &error);
            // A run that nothing was written of never began.
            if let Some(row) = row_of(connection, &path, &name)? {
                if row.length > 0 {
                    return Err(Error::PlanUsed { run: name });
                }
                return take(connection, &path, &name, &row, holder, false);
            }
            connection
                .prepare_cached(
                    "INSERT INTO runs (run, token, holder, length, head, open) VALUES (?, 1, ?, 0, ?, 1)",
                )
                .and_then(|mut insert| insert.execute(params![name, holder, schema::first_link(&name)]))
                .map_err(failed)?;
            Ok(Key {
                number: connection.last_insert_rowid(),
                token: 1,
            })
        }))?;
        Ok(SqliteJournal {
            shared: Arc::clone(&self.shared),
            run: run.to_owned(),
            key,
            length: 0,
            head: schema::first_link(run),
            is_broken: false,
        })
    }

    /// An existing run's journal, to go on with, and its records.
    ///
    /// # Errors
    /// When somebody who lives holds it, there is none, or it is damaged.
    pub fn resume(&self, run: &str) -> Result<(SqliteJournal, Vec<Record>), Error> {
        self.hold(run, false)
    }

    /// The same, though its holder may live: its hands are tied from then on. For a holder that hangs.
    ///
    /// # Errors
    /// When there is none of that name, or it is damaged.
    pub fn take_over(&self, run: &str) -> Result<(SqliteJournal, Vec<Record>), Error> {
        self.hold(run, true)
    }

    fn hold(&self, run: &str, by_force: bool) -> Result<(SqliteJournal, Vec<Record>), Error> {
        let holder = self.shared.holder()?;
        let (name, path) = (run.to_owned(), self.shared.path.clone());
        let row = block_on(self.shared.writer.ask(move |connection| {
            let row = row_of(connection, &path, &name)?.filter(|row| row.length > 0);
            let Some(row) = row else {
                return Err(Error::RunUnknown { run: name });
            };
            let key = take(connection, &path, &name, &row, holder, by_force)?;
            Ok(Row { key, ..row })
        }))?;
        let journal = self.held(run.to_owned(), row);
        let records = journal.records()?;
        Ok((journal, records))
    }

    /// The journals of all runs that are not over and that nobody holds, the oldest first; all are held at once.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn resume_open(&self) -> Result<Vec<SqliteJournal>, Error> {
        let holder = self.shared.holder()?;
        let path = self.shared.path.clone();
        let held = block_on(self.shared.writer.ask(move |connection| {
            let failed = |error: rusqlite::Error| schema::failed(&path, &error);
            let mut open = connection
                .prepare_cached(
                    "SELECT number, token, holder, length, head, run FROM runs
                     WHERE open = 1 AND length > 0 ORDER BY number",
                )
                .map_err(failed)?;
            let rows = open
                .query_map([], |row| Ok((read_row(row)?, row.get::<_, String>(5)?)))
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(failed)?;
            let mut alive = std::collections::BTreeMap::new();
            let mut held = Vec::new();
            for (row, run) in rows {
                let is_free = row.holder.is_none_or(|other| {
                    !*alive
                        .entry(other)
                        .or_insert_with(|| other == holder || holder::is_alive(&path, other))
                });
                if is_free {
                    let key = take(connection, &path, &run, &row, holder, true)?;
                    held.push((run, Row { key, ..row }));
                }
            }
            Ok(held)
        }))?;
        Ok(held
            .into_iter()
            .map(|(run, row)| self.held(run, row))
            .collect())
    }

    fn held(&self, run: String, row: Row) -> SqliteJournal {
        SqliteJournal {
            shared: Arc::clone(&self.shared),
            run,
            key: row.key,
            length: row.length,
            head: row.head,
            is_broken: false,
        }
    }

    /// The records of a run, without holding it: to look at what another may be executing.
    ///
    /// # Errors
    /// When there is none of that name, or it is damaged.
    pub fn read(&self, run: &str) -> Result<Vec<Record>, Error> {
        let path = &self.shared.path;
        let mut reader = self.shared.reader();
        // One look at both tables, whatever is written meanwhile.
        let look = reader
            .transaction()
            .map_err(|error| schema::failed(path, &error))?;
        let row = row_of(&look, path, run)?.filter(|row| row.length > 0);
        let Some(row) = row else {
            return Err(Error::RunUnknown {
                run: run.to_owned(),
            });
        };
        records_of(&look, path, run, &row)
    }

    /// All runs, the oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn runs(&self) -> Result<Vec<KeptRun>, Error> {
        let path = &self.shared.path;
        let reader = self.shared.reader();
        reader
            .prepare_cached("SELECT run, open FROM runs WHERE length > 0 ORDER BY number")
            .and_then(|mut all| {
                let rows = all.query_map([], |row| {
                    Ok(KeptRun {
                        run: row.get(0)?,
                        is_open: row.get::<_, i64>(1)? == 1,
                    })
                })?;
                rows.collect()
            })
            .map_err(|error| schema::failed(path, &error))
    }
}

impl Shared {
    fn reader(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This process's number among all that ever held runs of this file; it is taken when it is first needed.
    fn holder(&self) -> Result<i64, Error> {
        let mut known = self.holder.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(holder) = &*known {
            return Ok(holder.number);
        }
        let path = self.path.clone();
        let number = block_on(self.writer.ask(move |connection| {
            connection
                .query_row(
                    "UPDATE settings SET value = value + 1 WHERE name = 'holders' RETURNING value",
                    [],
                    |row| row.get(0),
                )
                .map_err(|error| schema::failed(&path, &error))
        }))?;
        let number: i64 = number;
        *known = Some(Holder::new(&self.path, number)?);
        Ok(number)
    }
}

impl SqliteJournal {
    /// The run's name.
    #[must_use = "reading has no other effect"]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Which executor of the run this is, counted from 1: its fencing token.
    #[must_use = "reading has no other effect"]
    pub fn token(&self) -> u64 {
        u64::try_from(self.key.token).unwrap_or_default()
    }

    /// What was written so far.
    ///
    /// # Errors
    /// When it is damaged or cannot be read.
    pub fn records(&self) -> Result<Vec<Record>, Error> {
        let row = Row {
            key: self.key,
            holder: None,
            length: self.length,
            head: self.head.clone(),
        };
        records_of(&self.shared.reader(), &self.shared.path, &self.run, &row)
    }

    /// Writes records; they are on the disk when the future is done.
    async fn write(&mut self, records: &[Record]) -> Result<(), Error> {
        let failed = |message: String| Error::JournalFailed {
            file: self.shared.path.display().to_string(),
            message,
        };
        if self.is_broken {
            return Err(failed(
                "an earlier write failed; the run must be recovered first".to_owned(),
            ));
        }
        let Some(last) = records.last() else {
            return Ok(());
        };
        let is_open = !matches!(last.transition, Transition::Finished(_));
        let mut rows = Vec::with_capacity(records.len());
        let (mut length, mut head) = (self.length, self.head.clone());
        for record in records {
            let body = serde_json::to_string(record).map_err(|error| failed(error.to_string()))?;
            length += 1;
            head = schema::link(&head, length, &body);
            rows.push((length, body, head.clone()));
        }
        let (run, key, path) = (self.run.clone(), self.key, self.shared.path.clone());
        let before = self.length;
        self.is_broken = true;
        self.shared
            .writer
            .ask(move |connection| append(connection, &path, &run, key, before, &rows, is_open))
            .await?;
        self.is_broken = false;
        self.length = length;
        self.head = head;
        Ok(())
    }
}

impl Journal for SqliteJournal {
    fn append<'a>(&'a mut self, records: &'a [Record]) -> BoxFuture<'a, Result<(), Error>> {
        self.write(records).boxed()
    }
}

impl Drop for SqliteJournal {
    fn drop(&mut self) {
        let (key, path) = (self.key, self.shared.path.clone());
        // Nobody waits: who comes next finds it free, or its holder dead.
        drop(self.shared.writer.ask(move |connection| {
            connection
                .prepare_cached("UPDATE runs SET holder = NULL WHERE number = ? AND token = ?")
                .and_then(|mut release| release.execute([key.number, key.token]))
                .map_err(|error| schema::failed(&path, &error))
        }));
    }
}

/// Adds records to a run, if it still is the one that the writer knows.
fn append(
    connection: &Connection,
    path: &Path,
    run: &str,
    key: Key,
    before: u64,
    rows: &[(u64, String, String)],
    is_open: bool,
) -> Result<(), Error> {
    let failed = |error: rusqlite::Error| schema::failed(path, &error);
    let Some((length, _, head)) = rows.last() else {
        return Ok(());
    };
    let changed = connection
        .prepare_cached(
            "UPDATE runs SET length = ?, head = ?, open = ? WHERE number = ? AND token = ? AND length = ?",
        )
        .and_then(|mut update| {
            update.execute(params![
                signed(*length),
                head,
                is_open,
                key.number,
                key.token,
                signed(before)
            ])
        })
        .map_err(failed)?;
    if changed == 0 {
        return Err(Error::RunTakenOver {
            run: run.to_owned(),
        });
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO records (run, n, body, link) VALUES (?, ?, ?, ?)")
        .map_err(failed)?;
    for (n, body, link) in rows {
        insert
            .execute(params![key.number, signed(*n), body, link])
            .map_err(failed)?;
    }
    Ok(())
}

/// Makes a holder the run's executor: the next token is its.
fn take(
    connection: &Connection,
    path: &Path,
    run: &str,
    row: &Row,
    holder: i64,
    by_force: bool,
) -> Result<Key, Error> {
    let is_held = row
        .holder
        .is_some_and(|other| other == holder || holder::is_alive(path, other));
    if is_held && !by_force {
        return Err(Error::RunInUse {
            run: run.to_owned(),
        });
    }
    let key = Key {
        number: row.key.number,
        token: row.key.token + 1,
    };
    connection
        .prepare_cached("UPDATE runs SET holder = ?, token = ? WHERE number = ?")
        .and_then(|mut update| update.execute([holder, key.token, key.number]))
        .map_err(|error| schema::failed(path, &error))?;
    Ok(key)
}

fn row_of(connection: &Connection, path: &Path, run: &str) -> Result<Option<Row>, Error> {
    connection
        .prepare_cached("SELECT number, token, holder, length, head FROM runs WHERE run = ?")
        .and_then(|mut select| select.query_row([run], read_row).optional())
        .map_err(|error| schema::failed(path, &error))
}

fn read_row(row: &rusqlite::Row<'_>) -> Result<Row, rusqlite::Error> {
    Ok(Row {
        key: Key {
            number: row.get(0)?,
            token: row.get(1)?,
        },
        holder: row.get(2)?,
        length: u64::try_from(row.get::<_, i64>(3)?).unwrap_or_default(),
        head: row.get(4)?,
    })
}

/// The records of a run, each checked against the one before it, and the last against what the run knows.
fn records_of(
    connection: &Connection,
    path: &Path,
    run: &str,
    row: &Row,
) -> Result<Vec<Record>, Error> {
    let failed = |error: rusqlite::Error| schema::failed(path, &error);
    let corrupt = |message: String| Error::JournalCorrupt {
        file: path.display().to_string(),
        message: format!("run `{run}`: {message}"),
    };
    let mut select = connection
        .prepare_cached("SELECT n, body, link FROM records WHERE run = ? ORDER BY n")
        .map_err(failed)?;
    let mut rows = select.query([row.key.number]).map_err(failed)?;
    let mut records = Vec::new();
    let mut head = schema::first_link(run);
    while let Some(next) = rows.next().map_err(failed)? {
        let number = u64::try_from(records.len()).unwrap_or(u64::MAX) + 1;
        if number > row.length {
            break; // written since the run's row was read
        }
        let read = |error: rusqlite::Error| corrupt(format!("record {number}: {error}"));
        let n: i64 = next.get(0).map_err(read)?;
        let body = next.get_ref(1).map_err(read)?;
        let body = body
            .as_str()
            .map_err(|error| corrupt(format!("record {number}: {error}")))?;
        if n != signed(number) {
            return Err(corrupt(format!("record {number} is missing")));
        }
        head = schema::link(&head, number, body);
        let link = next.get_ref(2).map_err(read)?;
        if link.as_str().ok() != Some(head.as_str()) {
            return Err(corrupt(format!(
                "record {number} does not match its checksum"
            )));
        }
        let record = serde_json::from_str(body)
            .map_err(|error| corrupt(format!("record {number}: {error}")))?;
        records.push(record);
    }
    if signed(row.length) != i64::try_from(records.len()).unwrap_or(i64::MAX) {
        return Err(corrupt(format!(
            "{} records are there, and there were {}",
            records.len(),
            row.length
        )));
    }
    if head != row.head {
        return Err(corrupt(
            "its last record is not the last one written".to_owned(),
        ));
    }
    Ok(records)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
