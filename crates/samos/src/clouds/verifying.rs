//! Before anything runs in an account's name, its provider is asked whether the credentials are good.
//!
//! In: accounts. Out: nothing, or what is wrong with their credentials. An answer counts for some minutes, for whoever opens the data directory. Not here: how a
//! provider is asked; the library's mapping says that.

use std::sync::PoisonError;
use std::time::Duration;

use futures::future::join_all;
use samos_access::CheckFailure;
use samos_model::Finding;

use super::connecting::whom;
use super::{Cloud, Clouds};
use crate::Error;

/// How long credentials that were good are taken to be good.
const GOOD_FOR_MS: u64 = 5 * 60 * 1000;
/// How often is asked where nobody answers, and how long is waited before.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

impl Clouds {
    /// Refuses accounts whose credentials are not known to be good.
    ///
    /// # Errors
    /// What is wrong, of all of them.
    pub(crate) fn verified(&self, accounts: &[&Cloud]) -> Result<(), Error> {
        let now_ms = self.wall_ms();
        let is_known = |cloud: &Cloud| {
            let kept = self.accounts.lock();
            let kept = kept.unwrap_or_else(PoisonError::into_inner);
            let at_ms = kept.verified_ms(&cloud.profile.name).ok().flatten();
            at_ms.is_some_and(|at_ms| now_ms.abs_diff(at_ms) < GOOD_FOR_MS)
        };
        let open: Vec<&Cloud> = accounts
            .iter()
            .copied()
            .filter(|cloud| !is_known(cloud))
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        let asked = join_all(open.iter().map(|cloud| self.ask(cloud)));
        let findings: Vec<Finding> = self.wait_for(asked).into_iter().flatten().collect();
        if !findings.is_empty() {
            return Err(Error::NotPermitted(findings));
        }
        let kept = self.accounts.lock();
        let kept = kept.unwrap_or_else(PoisonError::into_inner);
        for cloud in open {
            // What cannot be noted is asked again.
            let _ = kept.note_verified(&cloud.profile.name, now_ms);
        }
        Ok(())
    }

    /// What is wrong with an account's credentials, if anything is.
    async fn ask(&self, cloud: &Cloud) -> Option<Finding> {
        let driver = cloud.driver.as_deref()?;
        let library = self.mappings.library(cloud.profile.library.as_deref()?)?;
        let mut tries = 1;
        loop {
            match whom(driver, &library, &cloud.profile).await {
                Ok(_) => return None,
                Err(CheckFailure::Unanswered { .. }) if tries < TRIES => {
                    tokio::time::sleep(PAUSE * tries).await;
                    tries += 1;
                }
                Err(failure) => {
                    return Some(failure.finding(&cloud.profile.name, &cloud.credentials));
                }
            }
        }
    }
}
