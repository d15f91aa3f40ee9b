//! How many requests a second go to each region of an account. What waits for its turn is not sent yet.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use governor::{DefaultDirectRateLimiter, Quota};

/// A limit for each region, or none.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    quota: Option<Quota>,
    by_region: Mutex<HashMap<String, Arc<DefaultDirectRateLimiter>>>,
}

impl Limits {
    /// So many requests a second to each region.
    pub(crate) fn per_second(most: NonZeroU32) -> Self {
        Self {
            quota: Some(Quota::per_second(most)),
            by_region: Mutex::default(),
        }
    }

    /// Waits until the region takes another request.
    pub(crate) async fn wait(&self, region: &str) {
        let Some(quota) = self.quota else { return };
        let limiter = {
            let mut by_region = self
                .by_region
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let limiter = by_region
                .entry(region.to_owned())
                .or_insert_with(|| Arc::new(DefaultDirectRateLimiter::direct(quota)));
            Arc::clone(limiter)
        };
        limiter.until_ready().await;
    }
}
