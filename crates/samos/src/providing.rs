//! How far providers can be used: which of their operations are mapped, in whose name, and what went wrong last.
//!
//! In: the mappings, the accounts, the audit log. Out: a row for each provider that has operations or accounts. Not here:
//! asking providers anything, or opening credentials.

use std::collections::BTreeMap;

use samos_access::{AccountProfile, AuditEntry, Deed};
use samos_model::Iri;
use samos_model::reply::ErrorClass;

use crate::{Error, Samos};

/// How many failed requests of an account are told.
const FAILURES: usize = 5;

/// How far a provider can be used.
#[derive(Clone, Debug, Default)]
pub struct Usable {
    /// How many operations are specified.
    pub specified: usize,
    /// How many of them are mapped to requests of its interface.
    pub mapped: usize,
    /// Those that are not, in order.
    pub missing: Vec<Iri>,
    /// How many are mapped for each library.
    pub libraries: BTreeMap<String, usize>,
    /// The accounts with it, by name.
    pub accounts: Vec<AccountState>,
}

/// An account, and how it stands with it.
#[derive(Clone, Debug)]
pub struct AccountState {
    /// The account; nothing in it is secret.
    pub profile: AccountProfile,
    /// Its credentials, as far as can be told without using them.
    pub credentials: CredentialState,
    /// Is it connected, so that requests are really sent?
    pub is_connected: bool,
    /// Its requests that failed last, the newest first.
    pub failures: Vec<AuditEntry>,
}

/// What is known of credentials.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CredentialState {
    /// They are kept.
    Present,
    /// They are kept, and the provider refused them, or what was asked with them, the last time.
    Refused,
    /// There are none. Some providers ask for none.
    Missing,
}

impl Samos {
    /// How far each provider can be used. Worlds of files have no accounts; their providers are simulated.
    ///
    /// # Errors
    /// When the accounts cannot be read, their log was tampered with, or an own mapping is not well formed.
    pub fn usable(&self) -> Result<BTreeMap<Iri, Usable>, Error> {
        let mut rows: BTreeMap<Iri, Usable> = BTreeMap::new();
        for row in self.mappings()?.coverage(self.world()) {
            let Some(provider) = row.provider else {
                continue;
            };
            let usable = Usable {
                specified: row.information.specified + row.manipulation.specified,
                mapped: row.information.mapped + row.manipulation.mapped,
                missing: row.missing,
                libraries: row.libraries,
                accounts: Vec::new(),
            };
            rows.insert(provider, usable);
        }
        for account in self.account_states()? {
            let provider = account.profile.provider.clone();
            rows.entry(provider).or_default().accounts.push(account);
        }
        Ok(rows)
    }

    fn account_states(&self) -> Result<Vec<AccountState>, Error> {
        if self.is_played() {
            return Ok(Vec::new());
        }
        let profiles = self.accounts()?;
        if profiles.is_empty() {
            return Ok(Vec::new());
        }
        let kept = self.accounts_with_credentials()?;
        let log = self.audit()?;
        let states = profiles.into_iter().map(|profile| AccountState {
            credentials: match kept.contains(&profile.name) {
                true if is_refused(&log, &profile.name) => CredentialState::Refused,
                true => CredentialState::Present,
                false => CredentialState::Missing,
            },
            is_connected: self
                .clouds
                .as_ref()
                .is_some_and(|clouds| clouds.names().any(|name| name == profile.name)),
            failures: failures(&log, &profile.name),
            profile,
        });
        Ok(states.collect())
    }
}

/// Was the last answer to a change that the account may not?
fn is_refused(log: &[AuditEntry], account: &str) -> bool {
    let answered = log.iter().rev().filter(|entry| entry.account == account);
    let last = answered
        .map(|entry| &entry.deed)
        .find(|deed| matches!(deed, Deed::Answered | Deed::Refused { .. }));
    matches!(
        last,
        Some(Deed::Refused {
            class: ErrorClass::Denied
        })
    )
}

fn failures(log: &[AuditEntry], account: &str) -> Vec<AuditEntry> {
    let failed = log.iter().rev().filter(|entry| {
        entry.account == account && !matches!(entry.deed, Deed::Sent | Deed::Answered)
    });
    failed.take(FAILURES).cloned().collect()
}
