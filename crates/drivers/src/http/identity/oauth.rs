//! OAuth 2, client credentials (RFC 6749, section 4.4).

use std::time::{Duration, SystemTime};

use bytes::Bytes;
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
}

impl ClientCredentials {
    pub(super) fn request(&self) -> Result<http::Request<Vec<u8>>, SendError> {
        let mut fields = vec![
            ("grant_type".to_owned(), "client_credentials".to_owned()),
            ("client_id".to_owned(), self.client.clone()),
            (
                "client_secret".to_owned(),
                self.secret.expose_secret().to_owned(),
            ),
        ];
        if !self.scope.is_empty() {
            fields.push(("scope".to_owned(), self.scope.clone()));
        }
        http::Request::post(&self.address)
            .header(
                http::header::CONTENT_TYPE,
                "application/x-www-form-urlencoded",
            )
            .header(http::header::ACCEPT, "application/json")
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
