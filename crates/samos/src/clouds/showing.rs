//! An account as it shows what it would send.

use samos_drivers::{Preview, SendOptions};
use samos_mapping::Call;
use samos_model::codes::access as codes;
use samos_model::{Finding, Request, World};

use super::{Answers, Cloud, Clouds};
use crate::Error;

/// The account that requests to a subject are sent in the name of.
pub(crate) struct Shown<'c> {
    clouds: &'c Clouds,
    cloud: &'c Cloud,
}

impl Clouds {
    /// The account that a request would be sent in the name of.
    pub(crate) fn showing(&self, world: &dyn World, request: &Request) -> Option<Shown<'_>> {
        match self.answers(world, request) {
            Answers::Account(cloud) => Some(Shown {
                clouds: self,
                cloud,
            }),
            Answers::Simulation | Answers::Nobody(_) => None,
        }
    }
}

impl Shown<'_> {
    pub(crate) fn name(&self) -> &str {
        &self.cloud.profile.name
    }

    pub(crate) fn library(&self) -> Option<&str> {
        self.cloud.profile.library.as_deref()
    }

    /// The request that a call would be; none where only who signs in learns where it goes.
    pub(crate) fn preview(&self, call: &Call, signed: bool) -> Result<Option<Preview>, Error> {
        let options = SendOptions::reading();
        let Some(driver) = &self.cloud.driver else {
            return Ok(None);
        };
        let preview = driver.preview(call, &options, signed);
        let preview = self.clouds.runtime.block_on(preview);
        preview.map_err(|error| {
            let message = format!("account `{}`: {error}", self.name());
            let help = format!(
                "`samos accounts verify {}` asks whether it is in order",
                self.name()
            );
            Finding::error(codes::NOT_VERIFIED, self.redact(&message), help).into()
        })
    }

    /// A text without the account's secrets.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.cloud.credentials.redact(text)
    }
}
