//! The accounts of a data directory: added with their credentials, verified, connected, removed.
//!
//! In: profiles and secrets, which are sealed before anything is written. Out: accounts in whose names requests are sent. An
//! account that is added is also stated: itself, and the services that it has with its provider and where they are asked, so
//! that there is something to ask. Not here: asking.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use samos_access::{AccountProfile, Accounts, AuditEntry, Credentials, Opener, Whom};
use samos_drivers::aws::Environment;
use samos_model::codes::access as codes;
use samos_model::{Finding, Iri};

use crate::clouds::{self, Asking};
use crate::names::Vocabulary as _;
use crate::samos::not_supported;
use crate::{Error, Samos};

const FILE: &str = "accounts.db";
const SERVICE: &str = "https://w3id.org/samos#Service";
const ACCOUNT: &str = "https://w3id.org/samos#Account";
const REGION: &str = "https://w3id.org/samos#Region";

impl Samos {
    /// The accounts, by name.
    ///
    /// # Errors
    /// When their file cannot be read, or the world is one of files.
    pub fn accounts(&self) -> Result<Vec<AccountProfile>, Error> {
        let path = self.accounts_path()?;
        if !path.exists() {
            return Ok(Vec::new());
        }
        Ok(self
            .open_accounts()?
            .profiles()
            .map_err(|error| error.finding())?)
    }

    /// The names of those whose credentials are kept.
    pub(crate) fn accounts_with_credentials(&self) -> Result<BTreeSet<String>, Error> {
        let kept = self.open_accounts()?.with_credentials();
        Ok(kept.map_err(|error| error.finding())?)
    }

    /// Adds an account, and states the services that it has. The first opener decides by what all credentials are opened.
    ///
    /// # Errors
    /// When there is one of that name, it is not well formed, or it cannot be kept.
    pub fn add_account(
        &mut self,
        mut profile: AccountProfile,
        credentials: &Credentials,
        opener: Option<&Opener>,
    ) -> Result<AccountProfile, Error> {
        let base = format!("https://w3id.org/samos/account/{}", profile.name);
        let entity = profile
            .entity
            .get_or_insert_with(|| Iri::from(base.as_str()));
        let entity = entity.clone();
        let mut accounts = self.open_accounts()?;
        accounts
            .add(&profile, credentials, opener)
            .map_err(|error| error.finding())?;
        let facts = self.facts_of(&profile, &entity, &base);
        if let Err(error) = self.update(&facts) {
            // Nothing half done: without its facts there is no account.
            let _ = accounts.remove(&profile.name);
            return Err(error);
        }
        Ok(profile)
    }

    /// What is stated of an account: that it is one, and its services.
    fn facts_of(&self, profile: &AccountProfile, entity: &Iri, base: &str) -> String {
        let world = self.world();
        let (provider, account) = (&profile.provider, entity.as_str());
        let mut facts = format!(
            "<{account}> a <{ACCOUNT}> ; samos:provider <{provider}> ; samos:name \"{}\" . ",
            profile.name
        );
        let subjects: BTreeSet<&Iri> = world
            .operations()
            .iter()
            .filter(|operation| operation.provider.as_ref() == Some(provider))
            .map(|operation| &operation.subject)
            .filter(|class| world.is_subtype(class, &Iri::from(SERVICE)))
            .collect();
        for class in subjects {
            let service = format!("{base}/{}", class.local());
            facts.push_str(&format!(
                "<{service}> a <{class}> ; samos:provider <{provider}> ; samos:account <{account}> ; samos:service <{service}> . "
            ));
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            if let Some(name) = profile
                .region
                .as_ref()
                .filter(|name| name.chars().all(is_plain))
                && let Some((property, of_class, key)) = self.placed(class)
            {
                let region = format!("{base}/region-{name}");
                facts.push_str(&format!(
                    "<{region}> a <{of_class}> ; <{key}> \"{name}\" ; samos:provider <{provider}> ; samos:account <{account}> . <{service}> <{property}> <{region}> . "
                ));
            }
        }
        format!("INSERT DATA {{ {facts}}}")
    }

    /// By which property things of a class say in which region they are: the property, the class of regions, its key.
    fn placed(&self, class: &Iri) -> Option<(Iri, Iri, Iri)> {
        let world = self.world();
        let above = Iri::from(REGION);
        self.properties().iter().find_map(|iri| {
            let property = world.property(iri).filter(|_| iri.local() == "region")?;
            let is_of_class = !property.domains.is_empty()
                && property
                    .domains
                    .iter()
                    .all(|domain| world.is_subtype(class, domain));
            let mut ranges = property.ranges.iter().filter(|_| is_of_class);
            let range = ranges.find(|range| world.is_subtype(range, &above) && **range != above)?;
            Some((iri.clone(), range.clone(), world.key_of(range)?))
        })
    }

    /// Removes an account and its credentials. What is known of its things stays.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn remove_account(&self, name: &str) -> Result<(), Error> {
        Ok(self
            .open_accounts()?
            .remove(name)
            .map_err(|error| error.finding())?)
    }

    /// Asks providers who these accounts are; of none named, all. Gives each account's name with what its provider says.
    ///
    /// # Errors
    /// What is wrong, of all of them.
    pub fn verify_accounts(
        &self,
        names: &[String],
        opener: Option<&Opener>,
        environment: &Environment,
    ) -> Result<Vec<(String, Whom)>, Error> {
        let accounts = self.open_accounts()?;
        let unlocked = match (accounts.has_key().map_err(|error| error.finding())?, opener) {
            (false, _) => None,
            (true, Some(opener)) => Some(accounts.unlock(opener).map_err(|error| error.finding())?),
            (true, None) => {
                let finding = Finding::error(
                    codes::WRONG_KEY,
                    "nothing opens the credentials of the accounts",
                    "set SAMOS_PASSPHRASE, or put accounts.key back into the data directory",
                );
                return Err(finding.into());
            }
        };
        let all: Vec<String> = match names {
            [] => self.accounts()?.into_iter().map(|one| one.name).collect(),
            names => names.to_vec(),
        };
        let asking = Asking {
            environment,
            mappings: self.mappings()?,
            world: &self.snapshot,
        };
        let runtime = tokio::runtime::Runtime::new().map_err(Error::internal)?;
        let verified = runtime
            .block_on(accounts.verify(&all, unlocked.as_ref(), &asking))
            .map_err(Error::Invalid)?;
        Ok(all.into_iter().zip(verified).collect())
    }

    /// From now on requests to things of these accounts are really sent.
    ///
    /// # Errors
    /// When an account cannot be opened, or is not well formed.
    pub fn connect_accounts(
        &mut self,
        opener: Option<&Opener>,
        environment: &Environment,
    ) -> Result<(), Error> {
        let path = self.accounts_path()?;
        if !path.exists() {
            return Ok(());
        }
        let expand = |name: &str| self.expand(name);
        let mappings = Arc::clone(self.mappings()?);
        let clouds = clouds::connect(&path, opener, environment, mappings, self.world(), &expand)?;
        self.clouds = Some(Arc::new(clouds));
        Ok(())
    }

    /// What was done with the accounts, from the first request; the log is checked while it is read.
    ///
    /// # Errors
    /// When an entry was changed, removed or added.
    pub fn audit(&self) -> Result<Vec<AuditEntry>, Error> {
        let read = self.open_accounts()?.audit();
        Ok(read.map_err(|error| error.finding())?.0)
    }

    fn accounts_path(&self) -> Result<PathBuf, Error> {
        match self.home.as_ref().filter(|_| !self.is_of_files) {
            Some(home) => Ok(home.file(FILE)),
            None => Err(not_supported(
                "a world that files describe has no accounts",
                "leave out --world to work with the accounts of the data directory",
            )),
        }
    }

    fn open_accounts(&self) -> Result<Accounts, Error> {
        let path = self.accounts_path()?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, "make", &error))?;
        }
        Ok(Accounts::open(&path).map_err(|error| error.finding())?)
    }
}
