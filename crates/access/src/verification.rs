//! Are an account's credentials good? Asked before anything runs with them.

use std::pin::Pin;

use samos_model::Finding;
use samos_model::codes::access as codes;

use crate::{AccountProfile, Credentials};

/// Who a provider says that one is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Whom {
    /// In the provider's words, such as an account number or a user name.
    pub name: String,
}

/// Why credentials are not known to be good.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CheckFailure {
    /// The provider does not accept them.
    #[error("refused: {message}")]
    Refused {
        /// Its words.
        message: String,
    },
    /// Nobody answered.
    #[error("no answer: {message}")]
    Unanswered {
        /// What was seen instead.
        message: String,
    },
}

/// Something that asks a provider whether credentials are good, without changing anything.
pub trait CredentialCheck: Send + Sync {
    /// Asks.
    fn check<'a>(
        &'a self,
        profile: &'a AccountProfile,
        credentials: &'a Credentials,
    ) -> Pin<Box<dyn Future<Output = Result<Whom, CheckFailure>> + Send + 'a>>;
}

impl CheckFailure {
    /// The same for who reads it, without any secret in it.
    #[must_use = "this makes a value and changes nothing"]
    pub fn finding(&self, account: &str, credentials: &Credentials) -> Finding {
        match self {
            Self::Refused { message } => Finding::error(
                codes::CREDENTIALS_REFUSED,
                format!(
                    "the credentials of account `{account}` are refused: {}",
                    credentials.redact(message)
                ),
                "remove the account and add it again with credentials that are good",
            ),
            Self::Unanswered { message } => Finding::error(
                codes::NOT_VERIFIED,
                format!(
                    "the credentials of account `{account}` could not be verified: {}",
                    credentials.redact(message)
                ),
                "look at the account's endpoint and the network, then try again",
            ),
        }
    }
}

/// Asks, and says what is wrong without any secret in it.
///
/// # Errors
/// When the credentials are refused or nobody answers.
pub(crate) async fn verify(
    profile: &AccountProfile,
    credentials: &Credentials,
    check: &dyn CredentialCheck,
) -> Result<Whom, Finding> {
    match check.check(profile, credentials).await {
        Ok(whom) => Ok(Whom {
            name: credentials.redact(&whom.name),
        }),
        Err(failure) => Err(failure.finding(&profile.name, credentials)),
    }
}
