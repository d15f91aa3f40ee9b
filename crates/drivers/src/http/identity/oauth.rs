//! OAuth 2, client credentials (RFC 6749, section 4.4).

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use form_urlencoded::byte_serialize;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::{Session, accepted, lacks};
use crate::driver::SendError;
use crate::http::{authorization, form};

/// Who signs in.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// Where tokens are given.
    pub address: String,
    /// The client.
    pub client: String,
    /// Its secret.
    pub secret: SecretString,
    /// What the token shall be good for; empty for the server's choice.
    pub scope: String,
    /// How it proves who it is.
    pub shown: Shown,
}

/// Where a client shows its secret (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Shown {
    /// As user and password of the request: what every server takes that gives out secrets.
    #[default]
    Basic,
    /// In the form, for servers that want it there.
    Form,
}

impl Shown {
    /// By the name of OpenID's registration, `client_secret_basic` or `client_secret_post`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "client_secret_basic" => Some(Self::Basic),
            "client_secret_post" => Some(Self::Form),
            _ => None,
        }
    }
}

impl ClientCredentials {
    pub(super) fn request(&self) -> Result<http::Request<Vec<u8>>, SendError> {
        let secret = self.secret.expose_secret();
        let mut fields = vec![("grant_type".to_owned(), "client_credentials".to_owned())];
        let mut request = http::Request::post(&self.address)
            .header(
                http::header::CONTENT_TYPE,
                "application/x-www-form-urlencoded",
            )
            .header(http::header::ACCEPT, "application/json");
        match self.shown {
            Shown::Basic => {
                // Both may hold a colon, so they are sent as words of a form are.
                let word = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let proof = BASE64.encode(format!("{}:{}", word(&self.client), word(secret)));
                let (name, value) = authorization("Basic", &proof);
                request = request.header(name, value.expose_secret());
            }
            Shown::Form => fields.extend([
                ("client_id".to_owned(), self.client.clone()),
                ("client_secret".to_owned(), secret.to_owned()),
            ]),
        }
        if !self.scope.is_empty() {
            fields.push(("scope".to_owned(), self.scope.clone()));
        }
        request
            .body(form(&fields).into_bytes())
            .map_err(SendError::not_sent)
    }

    pub(super) fn session(
        answer: &http::Response<Bytes>,
        now: SystemTime,
    ) -> Result<Session, SendError> {
        let document = accepted(answer)?;
        let token = document.get("access_token").and_then(Value::as_str);
        let token = token.ok_or_else(|| lacks("access_token"))?;
        let lasts = document.get("expires_in").and_then(Value::as_u64);
        Ok(Session {
            headers: vec![authorization("Bearer", token)],
            ends: lasts.map(|seconds| now + Duration::from_secs(seconds)),
            ..Session::default()
        })
    }
}
