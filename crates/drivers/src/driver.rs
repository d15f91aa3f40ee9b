//! What every driver is: something that sends one call and reads its answer.
//!
//! A driver never sends again what may have taken effect. It sends again only what certainly did not (connections that did not come
//! about, stale sessions), and information requests, which change nothing.

use std::time::Duration;

use futures::future::BoxFuture;
use samos_mapping::{Answer, Call};
use secrecy::SecretString;

/// Sends calls of one kind to one account.
pub trait Driver: Send + Sync {
    /// Sends one call and reads its answer. An error that the API words is an answer.
    ///
    /// # Errors
    /// When there is no answer that can be read.
    fn send<'a>(
        &'a self,
        call: &'a Call,
        options: &'a SendOptions,
    ) -> BoxFuture<'a, Result<Answer, SendError>>;

    /// Makes sure that there are credentials, as far as that can be told without asking for anything else.
    ///
    /// # Errors
    /// When there are none, or who gives a session for them does not.
    fn sign_in(&self, deadline: Duration) -> BoxFuture<'_, Result<(), SendError>> {
        let _ = deadline;
        Box::pin(async { Ok(()) })
    }

    /// The request that a call would be; it is not sent. `signed` puts in who asks, and signs in for that. `None` where only
    /// who signs in learns where it goes.
    ///
    /// # Errors
    /// When the call cannot be sent like that.
    fn preview<'a>(
        &'a self,
        call: &'a Call,
        options: &'a SendOptions,
        signed: bool,
    ) -> BoxFuture<'a, Result<Option<Preview>, SendError>>;
}

/// A request as it would leave.
#[derive(Clone, Debug)]
pub struct Preview {
    /// `GET`, `POST` …; what speaks no HTTP has none.
    pub method: Option<String>,
    /// The whole address, or the socket.
    pub address: String,
    /// The headers.
    pub headers: Vec<PreviewHeader>,
    /// The body, or what goes through the socket; a function of libvirt as JSON.
    pub body: Vec<u8>,
}

/// A header of a request that is shown. Prints without its value, which may be secret.
#[derive(Clone, Debug)]
pub struct PreviewHeader {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: SecretString,
    /// Does it prove who asks?
    pub is_secret: bool,
}

/// How one call is sent.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// After how long the call is given up.
    pub deadline: Duration,
    /// What names the step to an API that takes idempotency tokens in its protocol.
    pub token: Option<String>,
    /// Does the call only read, so that it may be sent again?
    pub information: bool,
}

impl Default for SendOptions {
    /// Half a minute, no token, not to be repeated.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            token: None,
            information: false,
        }
    }
}

impl SendOptions {
    /// For a call that only reads.
    #[must_use = "this makes a value and changes nothing"]
    pub fn reading() -> Self {
        Self {
            information: true,
            ..Self::default()
        }
    }
}

/// Why there is no answer to read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The call never left, so nothing took effect.
    #[error("not sent: {message}")]
    NotSent {
        /// Why.
        message: String,
    },
    /// No connection came about, so nothing took effect; it may, later.
    #[error("not reached: {message}")]
    Unreachable {
        /// Why.
        message: String,
    },
    /// The credentials are refused or missing, so nothing took effect.
    #[error("not signed in: {message}")]
    NotSignedIn {
        /// The provider's words.
        message: String,
    },
    /// It was sent, and nobody knows what became of it.
    #[error("no answer: {message}")]
    Lost {
        /// What was seen instead.
        message: String,
    },
    /// An answer came that is not one: of another type, cut off, or too large. What it was an answer to may have taken
    /// effect.
    #[error("unreadable answer: {message}")]
    Malformed {
        /// What is wrong with it.
        message: String,
    },
}

impl SendError {
    /// May the call have taken effect?
    #[must_use = "reading has no other effect"]
    pub fn may_have_taken_effect(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::Malformed { .. })
    }

    /// It was sent, and the deadline passed without an answer.
    pub(crate) fn late(deadline: Duration) -> Self {
        Self::Lost {
            message: format!("none within {} ms", deadline.as_millis()),
        }
    }

    /// The call never left.
    pub(crate) fn not_sent(message: impl std::fmt::Display) -> Self {
        Self::NotSent {
            message: message.to_string(),
        }
    }
}

/// The error for a call that another kind of driver sends.
pub(crate) fn wrong_kind(driver: &str) -> SendError {
    SendError::not_sent(format!(
        "the {driver} driver does not send calls of this kind; look at the account's library"
    ))
}
