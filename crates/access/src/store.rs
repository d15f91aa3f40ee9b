//! The file of accounts: profiles, sealed credentials, the audit log. Only here are files named.
//!
//! In: accounts to keep, entries to note. Out: what was kept. Everything is on the disk when a call returns; profiles
//! are read without a key, credentials with one only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use samos_model::Finding;
use samos_model::digest::sha256;
use samos_model::finding::nearest;

use crate::account::AccountProfile;
use crate::audit::{AuditEntry, AuditHead};
use crate::credentials::Credentials;
use crate::error::Error;
use crate::sealing::{self, KeptKey, Key, Opener};
use crate::verification::{self, CredentialCheck, Whom};

const PATIENCE_MS: u64 = 20_000;
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS key (one INTEGER PRIMARY KEY CHECK (one = 1), public TEXT NOT NULL, sealed BLOB) STRICT;
CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, profile TEXT NOT NULL, sealed BLOB) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS verified (name TEXT PRIMARY KEY, of TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS audit (n INTEGER PRIMARY KEY, body TEXT NOT NULL, link TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS audit_head (one INTEGER PRIMARY KEY CHECK (one = 1), entries INTEGER NOT NULL, link TEXT NOT NULL) STRICT;
";

/// The accounts of a data directory.
#[derive(Debug)]
pub struct Accounts {
    path: PathBuf,
    connection: Connection,
}

/// What opens the credentials of all accounts, for as long as it is needed.
pub struct Unlocked {
    key: Key,
}

impl std::fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unlocked([hidden])")
    }
}

impl Accounts {
    /// Opens the file, or makes it, readable by its owner alone.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, Error> {
        owned(path)?;
        let failed = |error: rusqlite::Error| failed(path, &error);
        let connection = Connection::open(path).map_err(failed)?;
        connection
            .busy_timeout(std::time::Duration::from_millis(PATIENCE_MS))
            .map_err(failed)?;
        connection
            .execute_batch(&format!(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; {TABLES}"
            ))
            .map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            connection,
        })
    }

    fn failed(&self) -> impl Fn(rusqlite::Error) -> Error + use<> {
        let path = self.path.clone();
        move |error| failed(&path, &error)
    }

    /// All profiles, by name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn profiles(&self) -> Result<Vec<AccountProfile>, Error> {
        let failed = self.failed();
        let mut all = self
            .connection
            .prepare("SELECT profile FROM accounts ORDER BY name")
            .map_err(&failed)?;
        let texts = all
            .query_map([], |row| row.get::<_, String>(0))
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(&failed)?;
        texts.iter().map(|text| self.parsed(text)).collect()
    }

    /// The profile of that name.
    ///
    /// # Errors
    /// When there is none, with the nearest.
    pub fn profile(&self, name: &str) -> Result<AccountProfile, Error> {
        let text: Option<String> = self
            .connection
            .query_row(
                "SELECT profile FROM accounts WHERE name = ?",
                [name],
                |row| row.get(0),
            )
            .optional()
            .map_err(self.failed())?;
        match text {
            Some(text) => self.parsed(&text),
            None => Err(self.unknown(name)),
        }
    }

    /// Adds an account. The first credentials decide by what all are opened: `opener` is asked for then, and never
    /// again to add.
    ///
    /// # Errors
    /// When there is one of that name, it is not well formed, or there is no key yet and no opener.
    pub fn add(
        &mut self,
        profile: &AccountProfile,
        credentials: &Credentials,
        opener: Option<&Opener>,
    ) -> Result<(), Error> {
        profile.check()?;
        let failed = self.failed();
        let text = serde_json::to_string(profile).map_err(|error| self.failed_with(error))?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&failed)?;
        let sealed = if credentials.is_empty() {
            None
        } else {
            let key = match (key_in(&transaction).map_err(&failed)?, opener) {
                (Some(key), _) => key,
                (None, None) => return Err(Error::WrongKey),
                (None, Some(opener)) => {
                    let key = sealing::first_key(opener)?;
                    transaction
                        .execute(
                            "INSERT INTO key VALUES (1, ?, ?)",
                            params![key.public, key.sealed],
                        )
                        .map_err(&failed)?;
                    key
                }
            };
            Some(sealing::seal(&key, &credentials.to_text())?)
        };
        let added = transaction
            .execute(
                "INSERT OR IGNORE INTO accounts VALUES (?, ?, ?)",
                params![profile.name, text, sealed],
            )
            .map_err(&failed)?;
        if added == 0 {
            return Err(Error::AccountKnown {
                name: profile.name.clone(),
            });
        }
        transaction.commit().map_err(&failed)
    }

    /// Changes a profile, such as what the account may do; its credentials stay.
    ///
    /// # Errors
    /// When there is none of that name, or it is not well formed.
    pub fn change(&mut self, profile: &AccountProfile) -> Result<(), Error> {
        profile.check()?;
        let text = serde_json::to_string(profile).map_err(|error| self.failed_with(error))?;
        let changed = self
            .connection
            .execute(
                "UPDATE accounts SET profile = ? WHERE name = ?",
                [&text, &profile.name],
            )
            .map_err(self.failed())?;
        if changed == 0 {
            return Err(self.unknown(&profile.name));
        }
        Ok(())
    }

    /// Removes an account and its credentials; what was done with it stays in the log.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn remove(&mut self, name: &str) -> Result<(), Error> {
        let removed = self
            .connection
            .execute("DELETE FROM accounts WHERE name = ?", [name])
            .map_err(self.failed())?;
        if removed == 0 {
            return Err(self.unknown(name));
        }
        Ok(())
    }

    /// When an account's credentials were last known to be good, in milliseconds since 1970; none where the account is another
    /// since, or they never were.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn verified_ms(&self, name: &str) -> Result<Option<u64>, Error> {
        let row: Option<(String, i64)> = self
            .connection
            .query_row(
                "SELECT of, at_ms FROM verified WHERE name = ?",
                [name],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(self.failed())?;
        let Some((of, at_ms)) = row else {
            return Ok(None);
        };
        let is_same = self.digest_of(name)?.as_ref() == Some(&of);
        Ok(u64::try_from(at_ms).ok().filter(|_| is_same))
    }

    /// Notes that an account's credentials were good at a moment.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note_verified(&self, name: &str, at_ms: u64) -> Result<(), Error> {
        let Some(of) = self.digest_of(name)? else {
            return Ok(());
        };
        let at_ms = i64::try_from(at_ms).unwrap_or(i64::MAX);
        self.connection
            .execute(
                "INSERT OR REPLACE INTO verified VALUES (?, ?, ?)",
                params![name, of, at_ms],
            )
            .map(|_| ())
            .map_err(self.failed())
    }

    /// What an account is, with its credentials as they are sealed.
    fn digest_of(&self, name: &str) -> Result<Option<String>, Error> {
        let row: Option<(String, Option<Vec<u8>>)> = self
            .connection
            .query_row(
                "SELECT profile, sealed FROM accounts WHERE name = ?",
                [name],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(self.failed())?;
        Ok(row.map(|(profile, sealed)| {
            let mut all = profile.into_bytes();
            all.extend(sealed.unwrap_or_default());
            sha256(&all)
        }))
    }

    /// Is a key needed to open credentials? None is before the first were added.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn has_key(&self) -> Result<bool, Error> {
        let key = key_in(&self.connection).map_err(self.failed())?;
        Ok(key.is_some())
    }

    /// Opens the credentials.
    ///
    /// # Errors
    /// When the passphrase or key file is another.
    pub fn unlock(&self, opener: &Opener) -> Result<Unlocked, Error> {
        let kept = key_in(&self.connection).map_err(self.failed())?;
        let kept = kept.ok_or(Error::WrongKey)?;
        Ok(Unlocked {
            key: sealing::open_key(&kept, opener)?,
        })
    }

    /// The credentials of an account.
    ///
    /// # Errors
    /// When there is no such account, it has none, or they are damaged.
    pub fn credentials(&self, name: &str, unlocked: &Unlocked) -> Result<Credentials, Error> {
        let sealed: Option<Option<Vec<u8>>> = self
            .connection
            .query_row(
                "SELECT sealed FROM accounts WHERE name = ?",
                [name],
                |row| row.get(0),
            )
            .optional()
            .map_err(self.failed())?;
        match sealed {
            None => Err(self.unknown(name)),
            Some(None) => Err(Error::NoCredentials {
                name: name.to_owned(),
            }),
            Some(Some(sealed)) => Credentials::from_text(&sealing::unseal(&unlocked.key, &sealed)?),
        }
    }

    /// The accounts whose credentials are kept, by name. Nothing is opened to tell.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn with_credentials(&self) -> Result<BTreeSet<String>, Error> {
        let failed = self.failed();
        let mut all = self
            .connection
            .prepare("SELECT name FROM accounts WHERE sealed IS NOT NULL")
            .map_err(&failed)?;
        all.query_map([], |row| row.get(0))
            .and_then(Iterator::collect)
            .map_err(&failed)
    }

    /// The credentials of an account, as far as there are any: some need none (a local socket, an identity that the machine
    /// has), and of those that are locked nothing is known.
    ///
    /// # Errors
    /// When there is no such account, or they are damaged.
    pub fn credentials_if_any(
        &self,
        name: &str,
        unlocked: Option<&Unlocked>,
    ) -> Result<Credentials, Error> {
        let Some(unlocked) = unlocked else {
            return Ok(Credentials::default());
        };
        match self.credentials(name, unlocked) {
            Err(Error::NoCredentials { .. }) => Ok(Credentials::default()),
            credentials => credentials,
        }
    }

    /// Asks providers whether the credentials of these accounts are good: before anything runs with them. Accounts without
    /// secrets need no key.
    ///
    /// # Errors
    /// What is wrong, of all of them.
    pub async fn verify(
        &self,
        names: &[String],
        unlocked: Option<&Unlocked>,
        check: &dyn CredentialCheck,
    ) -> Result<Vec<Whom>, Vec<Finding>> {
        let mut good = Vec::new();
        let mut findings = Vec::new();
        for name in names {
            let known = self
                .profile(name)
                .and_then(|profile| Ok((profile, self.credentials_if_any(name, unlocked)?)));
            match known {
                Err(error) => findings.push(error.finding()),
                Ok((profile, credentials)) => {
                    match verification::verify(&profile, &credentials, check).await {
                        Ok(whom) => good.push(whom),
                        Err(finding) => findings.push(finding),
                    }
                }
            }
        }
        if findings.is_empty() {
            Ok(good)
        } else {
            Err(findings)
        }
    }

    /// Notes what is done with an account; it is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written: nothing may be sent then.
    pub fn note(&mut self, entry: &AuditEntry) -> Result<AuditHead, Error> {
        let failed = self.failed();
        let body = serde_json::to_string(entry).map_err(|error| self.failed_with(error))?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&failed)?;
        let head = head_in(&transaction).map_err(&failed)?.after(&body);
        let n = i64::try_from(head.entries).unwrap_or(i64::MAX);
        transaction
            .execute(
                "INSERT INTO audit VALUES (?, ?, ?)",
                params![n, body, head.link],
            )
            .and_then(|_| {
                transaction.execute(
                    "INSERT OR REPLACE INTO audit_head VALUES (1, ?, ?)",
                    params![n, head.link],
                )
            })
            .map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        Ok(head)
    }

    /// The log, from its first entry, each checked against the one before it; and its end.
    ///
    /// # Errors
    /// When an entry was changed, removed or added, or entries were cut off.
    pub fn audit(&self) -> Result<(Vec<AuditEntry>, AuditHead), Error> {
        let failed = self.failed();
        let mut select = self
            .connection
            .prepare("SELECT n, body, link FROM audit ORDER BY n")
            .map_err(&failed)?;
        let mut rows = select.query([]).map_err(&failed)?;
        let mut entries = Vec::new();
        let mut head = AuditHead::first();
        while let Some(row) = rows.next().map_err(&failed)? {
            let read = (row.get(0), row.get::<_, String>(1), row.get::<_, String>(2));
            let (Ok(n), Ok(body), Ok(link)) = read else {
                return Err(Error::AuditBroken {
                    entry: head.entries + 1,
                    message: "it is no text".to_owned(),
                });
            };
            head = head.follow(n, &body, &link)?;
            entries.push(
                serde_json::from_str(&body).map_err(|error| Error::AuditBroken {
                    entry: head.entries,
                    message: error.to_string(),
                })?,
            );
        }
        if head_in(&self.connection).map_err(&failed)? != head {
            return Err(Error::AuditBroken {
                entry: head.entries + 1,
                message: "the log ends elsewhere than it was ended".to_owned(),
            });
        }
        Ok((entries, head))
    }

    fn parsed(&self, text: &str) -> Result<AccountProfile, Error> {
        serde_json::from_str(text).map_err(|error| self.failed_with(error))
    }

    fn failed_with(&self, error: impl std::fmt::Display) -> Error {
        Error::File {
            file: self.path.display().to_string(),
            message: error.to_string(),
        }
    }

    fn unknown(&self, name: &str) -> Error {
        let names: Vec<String> = self
            .profiles()
            .map(|profiles| profiles.into_iter().map(|profile| profile.name).collect())
            .unwrap_or_default();
        Error::AccountUnknown {
            name: name.to_owned(),
            near: nearest(name, names.iter().map(String::as_str)).map(str::to_owned),
        }
    }
}

fn key_in(connection: &Connection) -> Result<Option<KeptKey>, rusqlite::Error> {
    connection
        .query_row("SELECT public, sealed FROM key", [], |row| {
            Ok(KeptKey {
                public: row.get(0)?,
                sealed: row.get(1)?,
            })
        })
        .optional()
}

fn head_in(connection: &Connection) -> Result<AuditHead, rusqlite::Error> {
    let head = connection
        .query_row("SELECT entries, link FROM audit_head", [], |row| {
            Ok(AuditHead {
                entries: u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default(),
                link: row.get(1)?,
            })
        })
        .optional()?;
    Ok(head.unwrap_or_else(AuditHead::first))
}

/// Nobody but its owner reads the file. SQLite gives its log the permissions of the file.
fn owned(path: &Path) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ()).map_err(|error| Error::File {
        file: path.display().to_string(),
        message: error.to_string(),
    })
}

fn failed(path: &Path, error: &rusqlite::Error) -> Error {
    Error::File {
        file: path.display().to_string(),
        message: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use samos_model::Request;

    use super::*;
    use crate::Deed;

    fn folder(name: &str) -> PathBuf {
        let name = format!("samos-access-store-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn profile(n: usize) -> AccountProfile {
        AccountProfile::new(format!("account-{n}"), "urn:cloud".into())
    }

    fn entry(n: usize) -> AuditEntry {
        let request = Request {
            operation: "urn:start".into(),
            subject: format!("urn:web-{n}").into(),
            arguments: Default::default(),
        };
        AuditEntry::of("2026-01-01T00:00:00Z", "prod", None, &request, Deed::Sent)
    }

    fn notes(accounts: &Accounts) -> usize {
        accounts.audit().unwrap().0.len()
    }

    #[test]
    fn a_power_cut_at_any_byte_loses_no_account_and_no_entry_of_the_audit_log() {
        let folder = folder("cut");
        let (path, wal) = (folder.join("accounts.db"), folder.join("accounts.db-wal"));
        let mut accounts = Accounts::open(&path).unwrap();
        // How long the file was when that much was said to be kept.
        let mut acknowledged = Vec::new();
        for n in 0..12 {
            accounts
                .add(&profile(n), &Credentials::default(), None)
                .unwrap();
            accounts.note(&entry(n)).unwrap();
            let length = std::fs::metadata(&wal).unwrap().len();
            acknowledged.push(usize::try_from(length).unwrap());
        }
        let all = std::fs::read(&wal).unwrap();
        let mut partial = 0;
        for length in (0..=all.len()).step_by(1021).chain([all.len()]) {
            let cut = folder.join(format!("cut-{length}.db"));
            std::fs::copy(&path, &cut).unwrap();
            std::fs::write(folder.join(format!("cut-{length}.db-wal")), &all[..length]).unwrap();
            let mut after = Accounts::open(&cut).unwrap();
            let kept = acknowledged.iter().filter(|at| **at <= length).count();
            let (profiles, notes_left) = (after.profiles().unwrap().len(), notes(&after));
            // The chain of the log is whole at every cut, or `audit` had said so.
            assert!(profiles >= kept && notes_left >= kept, "cut at {length}");
            assert!(
                profiles <= kept + 1 && notes_left <= profiles,
                "cut at {length}"
            );
            partial += usize::from(profiles > notes_left);
            after.note(&entry(99)).unwrap();
            assert_eq!(notes(&after), notes_left + 1);
        }
        assert!(partial > 0, "no cut fell between an account and its entry");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn on_a_full_disk_nothing_is_said_to_be_noted_that_is_not() {
        let folder = folder("full");
        let path = folder.join("accounts.db");
        let mut accounts = Accounts::open(&path).unwrap();
        let leave_room = |accounts: &Accounts, pages: u32| {
            let connection = &accounts.connection;
            let now: u32 = connection
                .pragma_query_value(None, "page_count", |row| row.get(0))
                .unwrap();
            let most = now + pages;
            connection
                .pragma_update_and_check(None, "max_page_count", most, |row| row.get::<_, u32>(0))
                .unwrap();
        };
        leave_room(&accounts, 3);
        let mut noted = 0;
        let error = loop {
            match accounts.note(&entry(noted)) {
                Ok(head) => noted += usize::from(head.entries > 0),
                Err(error) => break error,
            }
            assert!(noted < 1_000, "the disk never was full");
        };
        assert!(error.to_string().contains("full"), "{error}");
        assert!(noted > 2, "some of it was kept");
        assert_eq!(notes(&accounts), noted);
        leave_room(&accounts, 100);
        accounts.note(&entry(noted)).unwrap();
        drop(accounts);
        assert_eq!(notes(&Accounts::open(&path).unwrap()), noted + 1);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
