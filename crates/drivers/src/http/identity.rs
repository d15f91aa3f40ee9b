//! Signing in: who asks, for how long, and where the account's services are.

mod catalogue;
mod keystone;
mod oauth;
mod rackspace;

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::header::HeaderName;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::authorization;
use crate::driver::SendError;
use crate::transport::Transport;

pub use catalogue::Catalogue;
pub use keystone::{Domain, Keystone, Proof, Scope};
pub use oauth::{ClientCredentials, Shown};
pub use rackspace::RackspaceKey;

/// The header in which OpenStack and Rackspace take a token.
const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// How an account signs in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Authentication {
    /// It does not, or by its client certificate alone.
    Open,
    /// `Authorization: Bearer`.
    Bearer(SecretString),
    /// `Authorization: Basic`.
    Basic {
        /// Who.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// OpenStack's identity service, version 3.
    Keystone(Keystone),
    /// Rackspace's identity service, version 2, by API key.
    RackspaceKey(RackspaceKey),
    /// OAuth 2, client credentials.
    ClientCredentials(ClientCredentials),
}

/// What signing in gives.
#[derive(Clone, Debug, Default)]
pub struct Session {
    headers: Vec<(HeaderName, SecretString)>,
    ends: Option<SystemTime>,
    /// Where the account's services are.
    pub catalogue: Catalogue,
}

impl Session {
    /// What each request carries.
    pub(super) fn headers(&self) -> Vec<(HeaderName, SecretString)> {
        self.headers.clone()
    }

    /// Is it still good then?
    pub(super) fn lasts(&self, until: SystemTime) -> bool {
        self.ends.is_none_or(|ends| ends > until)
    }
}

impl Authentication {
    /// May signing in anew help when a request is refused?
    pub(super) fn can_renew(&self) -> bool {
        matches!(
            self,
            Self::Keystone(_) | Self::RackspaceKey(_) | Self::ClientCredentials(_)
        )
    }

    pub(super) async fn sign_in(
        &self,
        transport: &Transport,
        deadline: Duration,
    ) -> Result<Session, SendError> {
        let with = |header| Session {
            headers: vec![header],
            ..Session::default()
        };
        match self {
            Self::Open => Ok(Session::default()),
            Self::Bearer(token) => Ok(with(authorization("Bearer", token.expose_secret()))),
            Self::Basic { user, password } => {
                let proof = BASE64.encode(format!("{user}:{}", password.expose_secret()));
                Ok(with(authorization("Basic", &proof)))
            }
            Self::Keystone(keystone) => {
                let answer = transport.exchange(keystone.request()?, deadline).await?;
                Keystone::session(&answer)
            }
            Self::RackspaceKey(key) => {
                let answer = transport.exchange(key.request()?, deadline).await?;
                RackspaceKey::session(&answer)
            }
            Self::ClientCredentials(client) => {
                let answer = transport.exchange(client.request()?, deadline).await?;
                ClientCredentials::session(&answer, super::now())
            }
        }
    }
}

/// A POST of a JSON document.
fn post_json(
    address: &str,
    path: &str,
    document: &Value,
) -> Result<http::Request<Vec<u8>>, SendError> {
    http::Request::post(format!("{}{path}", address.trim_end_matches('/')))
        .header(http::header::CONTENT_TYPE, "application/json")
        .header(http::header::ACCEPT, "application/json")
        .body(document.to_string().into_bytes())
        .map_err(SendError::not_sent)
}

/// The document of an identity service's answer. What it says is not repeated where it may hold a token.
fn accepted(answer: &http::Response<Bytes>) -> Result<Value, SendError> {
    if answer.status().is_success() {
        return serde_json::from_slice(answer.body()).map_err(|_| SendError::Malformed {
            message: "the identity service's answer is no JSON".to_owned(),
        });
    }
    let said = super::document::answer(answer)?.error.unwrap_or_default();
    let message = format!("{} ({})", said.message, answer.status().as_u16());
    match answer.status().as_u16() {
        // Too slow, too large a number of requests (Rackspace's word for that is 413), or out of order: of who asks it says nothing.
        408 | 413 | 429 | 500.. => Err(SendError::Unreachable { message }),
        _ => Err(SendError::NotSignedIn { message }),
    }
}

/// An answer without what a session needs.
fn lacks(what: &str) -> SendError {
    SendError::Malformed {
        message: format!("the identity service's answer has no {what}"),
    }
}

/// A moment as identity services write it.
fn moment(value: Option<&Value>) -> Option<SystemTime> {
    let moment: jiff::Timestamp = value?.as_str()?.parse().ok()?;
    Some(moment.into())
}

#[cfg(test)]
mod tests;
