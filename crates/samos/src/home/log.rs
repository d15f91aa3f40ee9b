//! The changes of the facts in a data directory: a log in one SQLite file, from time to time folded into what it amounts
//! to, so that a world that was observed for months opens as fast as a new one.
//!
//! In: changes, in order. Out: the same, or fewer with the same effect. What [`Log::append`] was told is on the disk when
//! it returns. Not here: what a change means.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use samos_knowledge::amounting_to;
use samos_model::codes::interface as codes;
use samos_model::{Finding, digest};
use serde::{Deserialize, Serialize};

use super::Entry;
use crate::Error;

/// The version of the tables.
const FORMAT: i64 = 1;
/// How long another process's transaction is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// A log with more entries is folded when it is opened.
const FOLDED_ABOVE: usize = 1_000;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changes (n INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL) STRICT;
";

/// How far a log was read. Nothing of what comes after was read by then.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// The number of the last change.
    last: i64,
    /// Its digest: another log, such as a copy that was put back, has another change there.
    digest: String,
    /// How many changes there were when all were last read.
    whole: usize,
}

/// The number of the last change, and its digest.
type Last = (i64, String);

/// The changes since a mark.
#[derive(Debug)]
pub(crate) struct Since {
    /// In order.
    pub(crate) entries: Vec<Entry>,
    /// Are they all that there are, because the mark is not of this log or the log has become long?
    pub(crate) is_all: bool,
    /// How far it was read now.
    pub(crate) mark: Mark,
}

/// The log of one data directory. A clone shares the file.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    path: PathBuf,
    connection: Arc<Mutex<Option<Connection>>>,
}

impl Log {
    /// The log in that file, which is made when something is written.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self {
            path,
            connection: Arc::default(),
        }
    }

    /// All changes, in order; a long log is folded first.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, Error> {
        Ok(self.since(None)?.entries)
    }

    /// The changes after a mark; all, where there is none or it is of no use. A long log is folded first.
    pub(crate) fn since(&self, mark: Option<&Mark>) -> Result<Since, Error> {
        if !self.path.exists() {
            return Ok(Since {
                entries: Vec::new(),
                is_all: mark.is_none_or(|mark| mark.last > 0),
                mark: Mark::default(),
            });
        }
        let mut connection = self.open()?;
        let connection = connected(&mut connection)?;
        if let Some(mark) = mark
            && let Some(since) = self.after(connection, mark)?
        {
            return Ok(since);
        }
        let failed = |error: rusqlite::Error| failed(&self.path, &error);
        // Nobody may add between the reading of a log and its folding.
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let (mut entries, mut end) = self.read(&transaction, 0)?;
        if entries.len() > FOLDED_ABOVE {
            let count = entries.len();
            entries = folded(entries);
            if entries.len() < count {
                transaction
                    .execute("DELETE FROM changes", [])
                    .map_err(failed)?;
                for entry in &entries {
                    insert(&transaction, entry).map_err(|error| error.at(&self.path))?;
                }
                (_, end) = self.read(&transaction, transaction.last_insert_rowid() - 1)?;
            }
        }
        transaction.commit().map_err(failed)?;
        let (last, digest) = end.unwrap_or_default();
        let whole = entries.len();
        Ok(Since {
            entries,
            is_all: true,
            mark: Mark {
                last,
                digest,
                whole,
            },
        })
    }

    /// The changes after a mark of this log; none where it is not of this log, or the log is to be folded.
    fn after(&self, connection: &mut Connection, mark: &Mark) -> Result<Option<Since>, Error> {
        let failed = |error: rusqlite::Error| failed(&self.path, &error);
        // One transaction, so that the log is not folded between two looks.
        let transaction = connection.transaction().map_err(failed)?;
        let count: i64 = transaction
            .query_row("SELECT count(*) FROM changes", [], |row| row.get(0))
            .map_err(failed)?;
        let many = i64::try_from(mark.whole + FOLDED_ABOVE).unwrap_or(i64::MAX);
        if count > many {
            return Ok(None);
        }
        let is_of_this = match mark.last {
            // The empty log is the beginning of any that was never folded.
            0 => count == 0 || self.first(&transaction)? == Some(1),
            last => self.digest_of(&transaction, last)?.as_ref() == Some(&mark.digest),
        };
        if !is_of_this {
            return Ok(None);
        }
        let (entries, end) = self.read(&transaction, mark.last)?;
        let (last, digest) = end.unwrap_or_else(|| (mark.last, mark.digest.clone()));
        Ok(Some(Since {
            entries,
            is_all: false,
            mark: Mark {
                last,
                digest,
                whole: mark.whole,
            },
        }))
    }

    fn first(&self, connection: &Connection) -> Result<Option<i64>, Error> {
        connection
            .query_row("SELECT min(n) FROM changes", [], |row| row.get(0))
            .map_err(|error| failed(&self.path, &error))
    }

    fn digest_of(&self, connection: &Connection, n: i64) -> Result<Option<String>, Error> {
        let body: Option<String> = connection
            .query_row("SELECT body FROM changes WHERE n = ?1", [n], |row| {
                row.get(0)
            })
            .optional()
            .map_err(|error| failed(&self.path, &error))?;
        Ok(body.map(|body| digest::sha256(body.as_bytes())))
    }

    /// The changes after the one of that number, and the number and the digest of the last of them.
    fn read(
        &self,
        connection: &Connection,
        after: i64,
    ) -> Result<(Vec<Entry>, Option<Last>), Error> {
        let failed = |error: rusqlite::Error| failed(&self.path, &error);
        let mut statement = connection
            .prepare("SELECT n, body FROM changes WHERE n > ?1 ORDER BY n")
            .map_err(failed)?;
        let mut rows = statement.query([after]).map_err(failed)?;
        let mut entries = Vec::new();
        let mut end = None;
        while let Some(row) = rows.next().map_err(failed)? {
            let n: i64 = row.get(0).map_err(failed)?;
            let body: String = row.get(1).map_err(failed)?;
            entries.push(serde_json::from_str(&body).map_err(|error| {
                unreadable(&self.path, &format!("change {n} cannot be read: {error}"))
            })?);
            end = Some((n, body));
        }
        let end = end.map(|(n, body)| (n, digest::sha256(body.as_bytes())));
        Ok((entries, end))
    }

    /// Adds changes, all or none; they are on the disk when this returns.
    pub(crate) fn append(&self, entries: &[Entry]) -> Result<(), Error> {
        if entries.is_empty() {
            return Ok(());
        }
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, "make", &error))?;
        }
        let mut connection = self.open()?;
        let connection = connected(&mut connection)?;
        let failed = |error: rusqlite::Error| failed(&self.path, &error);
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        for entry in entries {
            insert(&transaction, entry).map_err(|error| error.at(&self.path))?;
        }
        transaction.commit().map_err(failed)
    }

    fn open(&self) -> Result<MutexGuard<'_, Option<Connection>>, Error> {
        let mut known = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if known.is_none() {
            *known = Some(open(&self.path)?);
        }
        Ok(known)
    }
}

fn connected(connection: &mut Option<Connection>) -> Result<&mut Connection, Error> {
    connection
        .as_mut()
        .ok_or_else(|| Error::internal("the log was not opened"))
}

fn open(path: &Path) -> Result<Connection, Error> {
    let failed = |error: rusqlite::Error| failed(path, &error);
    let connection = Connection::open(path).map_err(failed)?;
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE; {TABLES}
             INSERT OR IGNORE INTO settings VALUES ('format', {FORMAT}); COMMIT;"
        ))
        .map_err(failed)?;
    let format: i64 = connection
        .query_row(
            "SELECT value FROM settings WHERE name = 'format'",
            [],
            |row| row.get(0),
        )
        .map_err(failed)?;
    if format != FORMAT {
        let message = format!("it is of format {format}; this version reads {FORMAT}");
        return Err(unreadable(path, &message));
    }
    Ok(connection)
}

enum NotKept {
    Text(serde_json::Error),
    File(rusqlite::Error),
}

impl NotKept {
    fn at(self, path: &Path) -> Error {
        match self {
            Self::Text(error) => Error::internal(error),
            Self::File(error) => failed(path, &error),
        }
    }
}

fn insert(connection: &Connection, entry: &Entry) -> Result<(), NotKept> {
    let body = serde_json::to_string(entry).map_err(NotKept::Text)?;
    connection
        .prepare_cached("INSERT INTO changes (body) VALUES (?1)")
        .and_then(|mut statement| statement.execute(params![body]))
        .map(drop)
        .map_err(NotKept::File)
}

/// Fewer changes with the same effect: between updates, and between deletions, only the newest of each fact counts.
fn folded(entries: Vec<Entry>) -> Vec<Entry> {
    let mut kept = Vec::new();
    let mut seen = Vec::new();
    for entry in entries {
        match entry {
            Entry::Observed { facts, gone, .. } if gone.is_empty() => seen.extend(facts),
            other => {
                kept.extend(observed(std::mem::take(&mut seen)));
                kept.push(other);
            }
        }
    }
    kept.extend(observed(seen));
    kept
}

fn observed(facts: Vec<samos_knowledge::ObservedFact>) -> Option<Entry> {
    (!facts.is_empty()).then(|| Entry::Observed {
        run: "observations".to_owned(),
        facts: amounting_to(facts),
        gone: Vec::new(),
    })
}

fn failed(path: &Path, error: &rusqlite::Error) -> Error {
    unreadable(path, &error.to_string())
}

fn unreadable(path: &Path, message: &str) -> Error {
    Finding::error(
        codes::FILE,
        format!(
            "the log of facts `{}` cannot be used: {message}",
            path.display()
        ),
        "make room on the disk, or restore the file from a copy",
    )
    .into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use samos_knowledge::ObservedFact;
    use samos_model::{Iri, Literal, Observation, Value};

    use super::*;

    fn seen(minute: usize, value: &str) -> Entry {
        let fact = ObservedFact {
            entity: Iri::from("urn:a"),
            property: Iri::from("urn:p"),
            values: BTreeSet::from([Value::Literal(Literal::string(value))]),
            complete: true,
            seen: Observation {
                at: format!("2026-01-01T{:02}:{:02}:00Z", minute / 60, minute % 60),
                source: "urn:reader".to_owned(),
            },
        };
        Entry::Observed {
            run: "run".to_owned(),
            facts: vec![fact],
            gone: Vec::new(),
        }
    }

    #[test]
    fn a_long_log_is_folded_around_updates_and_deletions() {
        let folder = std::env::temp_dir().join(format!("samos-log-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let log = Log::at(folder.join("facts.db"));
        assert!(log.entries().unwrap().is_empty());
        assert!(
            !folder.exists(),
            "nothing is made before something is written"
        );
        let update = Entry::Update {
            sparql: "INSERT DATA {}".to_owned(),
        };
        let gone = Entry::Observed {
            run: "run".to_owned(),
            facts: Vec::new(),
            gone: vec![Iri::from("urn:b")],
        };
        let mut all: Vec<Entry> = (0..700).map(|at| seen(at, &at.to_string())).collect();
        all.push(update.clone());
        all.extend((700..1_100).map(|at| seen(at, &at.to_string())));
        all.push(gone.clone());
        all.push(seen(1_200, "last"));
        log.append(&all).unwrap();
        let again = Log::at(folder.join("facts.db"));
        let entries = again.entries().unwrap();
        let newest = |entry: &Entry| match entry {
            Entry::Observed { facts, .. } => facts.first().map(|fact| fact.values.clone()),
            Entry::Update { .. } => None,
        };
        let text = |value: &str| Some(BTreeSet::from([Value::Literal(Literal::string(value))]));
        assert_eq!(entries.len(), 5);
        assert_eq!(newest(&entries[0]), text("699"));
        assert_eq!(entries[1], update);
        assert_eq!(newest(&entries[2]), text("1099"));
        assert_eq!(entries[3], gone);
        assert_eq!(newest(&entries[4]), text("last"));
        assert_eq!(Log::at(folder.join("facts.db")).entries().unwrap(), entries);
        std::fs::write(
            folder.join("other.db"),
            "no database at all, but long enough to look at",
        )
        .unwrap();
        let error = Log::at(folder.join("other.db")).entries().unwrap_err();
        assert!(error.to_string().contains("other.db"), "{error}");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("samos-log-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    fn update(n: usize) -> Entry {
        Entry::Update {
            sparql: format!("INSERT DATA {{ <urn:s> <urn:p> {n} }}"),
        }
    }

    #[test]
    fn a_mark_is_good_for_its_own_log_until_that_is_folded() {
        let folder = folder("mark");
        let path = folder.join("facts.db");
        let log = Log::at(path.clone());
        let nothing = log.since(None).unwrap();
        assert!(nothing.is_all && nothing.entries.is_empty());
        log.append(&[update(1), update(2)]).unwrap();
        let after = |mark: &Mark| {
            let since = Log::at(path.clone()).since(Some(mark)).unwrap();
            (since.is_all, since.entries.len(), since.mark)
        };
        let (is_all, count, two) = after(&nothing.mark);
        assert_eq!((is_all, count), (false, 2), "the beginning of any log");
        assert_eq!(after(&two), (false, 0, two.clone()));
        log.append(&[update(3)]).unwrap();
        let (is_all, count, three) = after(&two);
        assert_eq!((is_all, count), (false, 1));
        // A copy of before that went on by itself.
        log.open()
            .unwrap()
            .as_ref()
            .unwrap()
            .execute(
                "UPDATE changes SET body = replace(body, '3', '4') WHERE n = 3",
                [],
            )
            .unwrap();
        let (is_all, count, _) = after(&three);
        assert_eq!((is_all, count), (true, 3), "another change stands there");
        assert_eq!(after(&two).1, 1);
        let many: Vec<Entry> = (0..1_500).map(|at| seen(at % 600, "x")).collect();
        log.append(&many).unwrap();
        let (is_all, count, folded) = after(&two);
        assert_eq!((is_all, count), (true, 4), "so many are folded");
        assert_eq!(after(&folded), (false, 0, folded.clone()));
        for old in [&nothing.mark, &two, &three] {
            assert!(after(old).0, "what it counted is gone");
        }
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(after(&two).0);
    }

    #[test]
    fn a_power_cut_at_any_byte_loses_nothing_that_was_acknowledged() {
        let folder = folder("cut");
        let path = folder.join("facts.db");
        let log = Log::at(path.clone());
        let wal = folder.join("facts.db-wal");
        let mut written: Vec<Entry> = Vec::new();
        // How much was written, and how long the file was, when it was said to be kept.
        let mut acknowledged = Vec::new();
        for n in 0..40 {
            let entries = match n % 4 {
                0 => vec![update(n)],
                1 => vec![seen(n, &"x".repeat(n * 40)), update(n)],
                2 => (0..n).map(|at| seen(at, &n.to_string())).collect(),
                _ => vec![Entry::Observed {
                    run: format!("r-{n}"),
                    facts: Vec::new(),
                    gone: vec![Iri::from("urn:b")],
                }],
            };
            log.append(&entries).unwrap();
            written.extend(entries);
            let length = std::fs::metadata(&wal).unwrap().len();
            acknowledged.push((usize::try_from(length).unwrap(), written.len()));
        }
        let all = std::fs::read(&wal).unwrap();
        let mut lengths = BTreeSet::new();
        for length in (0..=all.len()).step_by(1021).chain([all.len()]) {
            let cut = folder.join(format!("cut-{length}.db"));
            std::fs::copy(&path, &cut).unwrap();
            std::fs::write(folder.join(format!("cut-{length}.db-wal")), &all[..length]).unwrap();
            let log = Log::at(cut.clone());
            let entries = log.entries().unwrap();
            assert_eq!(entries, written[..entries.len()], "cut at {length}");
            let kept = acknowledged.iter().filter(|(at, _)| *at <= length);
            let kept = kept.map(|(_, entries)| *entries).max().unwrap_or(0);
            assert!(
                entries.len() >= kept,
                "cut at {length}: {} of {kept}",
                entries.len()
            );
            // And it goes on from there.
            log.append(&[update(1_000)]).unwrap();
            assert_eq!(
                Log::at(cut.clone()).entries().unwrap().len(),
                entries.len() + 1
            );
            lengths.insert(entries.len());
            drop(log);
            std::fs::remove_file(cut).unwrap();
        }
        assert_eq!(lengths.last(), Some(&written.len()));
        assert!(lengths.len() > 20, "{lengths:?}");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_power_cut_while_a_log_is_folded_leaves_the_old_or_the_new() {
        let folder = folder("cut-fold");
        let path = folder.join("facts.db");
        let log = Log::at(path.clone());
        let long: Vec<Entry> = (0..1_200)
            .map(|at| seen(at % 600, &at.to_string()))
            .collect();
        log.append(&long).unwrap();
        drop(log);
        assert!(
            !folder.join("facts.db-wal").exists(),
            "it is all in the file"
        );
        let before = std::fs::read(&path).unwrap();
        let log = Log::at(path.clone());
        let folded = log.entries().unwrap();
        assert_eq!(folded.len(), 1);
        let all = std::fs::read(folder.join("facts.db-wal")).unwrap();
        let mut seen_both = BTreeSet::new();
        for length in (0..=all.len()).step_by(4093).chain([all.len()]) {
            let cut = folder.join(format!("cut-{length}.db"));
            std::fs::write(&cut, &before).unwrap();
            std::fs::write(folder.join(format!("cut-{length}.db-wal")), &all[..length]).unwrap();
            // Not by `entries`, which would fold it again.
            let raw: i64 = Connection::open(&cut)
                .unwrap()
                .query_row("SELECT count(*) FROM changes", [], |row| row.get(0))
                .unwrap();
            assert!([1_200, 1].contains(&raw), "cut at {length}: {raw}");
            seen_both.insert(raw);
            assert_eq!(
                Log::at(cut.clone()).entries().unwrap(),
                folded,
                "cut at {length}"
            );
            std::fs::remove_file(cut).unwrap();
        }
        assert_eq!(seen_both.len(), 2);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    /// Leaves room for so many more pages.
    fn leave_room(log: &Log, pages: u32) {
        let connection = log.open().unwrap();
        let connection = connection.as_ref().unwrap();
        let now: u32 = connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        let most = now + pages;
        let set = connection
            .pragma_update_and_check(None, "max_page_count", most, |row| row.get::<_, u32>(0));
        assert_eq!(set.unwrap(), most);
    }

    #[test]
    fn a_full_disk_acknowledges_nothing_and_loses_nothing() {
        let folder = folder("full");
        let log = Log::at(folder.join("facts.db"));
        log.append(&[update(0)]).unwrap();
        leave_room(&log, 3);
        let mut written = vec![update(0)];
        let error = loop {
            let next = seen(written.len(), &"x".repeat(900));
            match log.append(&[next.clone(), update(written.len())]) {
                Ok(()) => written.extend([next, update(written.len())]),
                Err(error) => break error,
            }
            assert!(written.len() < 1_000, "the disk never was full");
        };
        assert!(error.to_string().contains("full"), "{error}");
        assert!(error.findings()[0].help.contains("make room"), "{error}");
        assert!(written.len() > 2, "some of it was kept");
        assert_eq!(log.entries().unwrap(), written, "all or none of the last");
        leave_room(&log, 100);
        log.append(&[update(1)]).unwrap();
        written.push(update(1));
        assert_eq!(Log::at(folder.join("facts.db")).entries().unwrap(), written);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_cannot_be_kept_is_not_believed_either() {
        let folder = folder("full-facade");
        let mut samos = crate::Samos::builder()
            .data_directory(&folder)
            .build()
            .unwrap();
        let machine = |n: usize| {
            let name = "x".repeat(2_000);
            format!("INSERT DATA {{ <urn:vm-{n}> a ec2:Instance ; samos:name \"{name}\" }}")
        };
        samos.update(&machine(0)).unwrap();
        leave_room(&samos.home.as_ref().unwrap().log, 2);
        let mut known = 1;
        while samos.update(&machine(known)).is_ok() {
            known += 1;
            assert!(known < 100, "the disk never was full");
        }
        let is_known =
            |samos: &crate::Samos, n: usize| samos.entity(&format!("<urn:vm-{n}>")).is_ok();
        assert!(is_known(&samos, known - 1) && !is_known(&samos, known));
        drop(samos);
        let samos = crate::Samos::builder()
            .data_directory(&folder)
            .build()
            .unwrap();
        assert!(is_known(&samos, known - 1) && !is_known(&samos, known));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
