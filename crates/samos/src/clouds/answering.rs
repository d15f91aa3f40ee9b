//! Who answers a request: an account, the simulated provider, or nobody.
//!
//! In: an operation, its subject where that is known, the accounts. Out: who is asked. Where accounts can be had, nothing
//! that a provider could really be asked is played in secret: it would be kept as if it had been observed. Not here: sending.

use samos_mapping::Mappings;
use samos_model::codes::access as codes;
use samos_model::{Finding, Iri, Request, World};

use super::{Cloud, Clouds};
use crate::{Error, Samos};

/// Who answers a request.
pub(crate) enum Answers<'c> {
    /// An account, in whose name it is sent.
    Account(&'c Cloud),
    /// The simulated provider: the account is a simulated one, or there is no way to send it.
    Simulation,
    /// Nobody, and why.
    Nobody(Finding),
}

impl Clouds {
    pub(crate) fn answers(&self, world: &dyn World, request: &Request) -> Answers<'_> {
        let subject = Some(&request.subject);
        answers(
            &self.clouds,
            &self.mappings,
            world,
            &request.operation,
            subject,
        )
    }
}

impl Samos {
    /// Refuses requests that would reach nobody, or would be sent with credentials that are not good, before any of them is
    /// sent. A subject that an earlier step makes is not known yet.
    pub(crate) fn must_be_answered<'r>(
        &self,
        requests: impl Iterator<Item = (&'r Iri, Option<Iri>)>,
    ) -> Result<(), Error> {
        let mut findings: Vec<Finding> = Vec::new();
        let mut accounts: Vec<&Cloud> = Vec::new();
        for (operation, subject) in requests {
            match self.answers(operation, subject.as_ref()) {
                Answers::Nobody(finding) if !findings.contains(&finding) => findings.push(finding),
                Answers::Account(cloud)
                    if !accounts.iter().any(|other| std::ptr::eq(*other, cloud)) =>
                {
                    accounts.push(cloud);
                }
                Answers::Nobody(_) | Answers::Account(_) | Answers::Simulation => {}
            }
        }
        if !findings.is_empty() {
            return Err(Error::NotPermitted(findings));
        }
        match self.real_clouds() {
            Some(clouds) => clouds.verified(&accounts),
            None => Ok(()),
        }
    }

    /// Who answers a request: in a world of files, and in one that is kept nowhere, the simulated provider.
    pub(crate) fn answers(&self, operation: &Iri, subject: Option<&Iri>) -> Answers<'_> {
        let world = self.world();
        match &self.clouds {
            Some(clouds) => answers(&clouds.clouds, &clouds.mappings, world, operation, subject),
            None if self.is_played() => Answers::Simulation,
            None => match self.mappings() {
                Ok(mappings) => answers(&[], mappings, world, operation, subject),
                Err(error) => Answers::Nobody(malformed(error)),
            },
        }
    }

    /// The accounts, where any of them stands for a cloud: what is only played needs no waiting.
    pub(crate) fn real_clouds(&self) -> Option<&Clouds> {
        let clouds = self.clouds.as_deref();
        clouds.filter(|clouds| clouds.clouds.iter().any(|one| one.driver.is_some()))
    }

    /// Is every provider of this world a simulated one?
    pub(crate) fn is_played(&self) -> bool {
        self.home.is_none() || self.is_of_files
    }
}

/// The account of the subject; where the facts name none, the only one of its provider.
pub(crate) fn answers<'c>(
    clouds: &'c [Cloud],
    mappings: &Mappings,
    world: &dyn World,
    operation: &Iri,
    subject: Option<&Iri>,
) -> Answers<'c> {
    let provider = world
        .operation(operation)
        .and_then(|described| described.provider.clone())
        .or_else(|| world.provider_of(subject?));
    let account = subject.and_then(|subject| world.account_of(subject));
    let fitting: Vec<&Cloud> = clouds
        .iter()
        .filter(|cloud| {
            let of = cloud.profile.entity.as_ref();
            provider.as_ref() == Some(&cloud.profile.provider)
                && (of.is_none() || account.is_none() || of == account.as_ref())
        })
        .collect();
    let is_settled = account.is_some() || subject.is_none() || fitting.len() == 1;
    match fitting.first() {
        Some(cloud) if is_settled => match cloud.driver {
            Some(_) => Answers::Account(cloud),
            None => Answers::Simulation,
        },
        None if mappings.libraries(operation).is_empty() => Answers::Simulation,
        None => Answers::Nobody(nobody(world, provider.as_ref(), account.as_ref())),
        Some(_) => Answers::Nobody(several(world, subject, &fitting)),
    }
}

/// Mappings that cannot be read serve nobody.
fn malformed(error: Error) -> Finding {
    let first = error.findings().first().cloned();
    first.unwrap_or_else(|| {
        Finding::error(
            codes::NO_ACCOUNT,
            error.to_string(),
            "samos validate says what is wrong with the mappings",
        )
    })
}

fn nobody(world: &dyn World, provider: Option<&Iri>, account: Option<&Iri>) -> Finding {
    let provider = provider.map_or_else(|| "PROVIDER".to_owned(), |iri| world.compact(iri));
    let of = account.map_or_else(String::new, |iri| {
        format!(" --entity {}", world.compact(iri))
    });
    let what = match account {
        Some(iri) => format!("for `{}` of `{provider}`", world.compact(iri)),
        None => format!("of `{provider}`"),
    };
    Finding::error(
        codes::NO_ACCOUNT,
        format!("no account {what} is kept here, so nothing can be sent to it"),
        format!(
            "samos accounts add NAME --provider {provider}{of}; with `--endpoint simulated` the provider is played, and --world plays all of them"
        ),
    )
}

fn several(world: &dyn World, subject: Option<&Iri>, fitting: &[&Cloud]) -> Finding {
    let subject = subject.map_or_else(|| "the subject".to_owned(), |iri| world.compact(iri));
    let names: Vec<&str> = fitting
        .iter()
        .map(|cloud| cloud.profile.name.as_str())
        .collect();
    Finding::error(
        codes::NO_ACCOUNT,
        format!(
            "`{subject}` may be of any of the accounts {}",
            names.join(", ")
        ),
        "say which: samos update 'INSERT DATA { SUBJECT samos:account ACCOUNT }'",
    )
}
