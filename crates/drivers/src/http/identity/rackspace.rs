//! Rackspace's identity service, version 2: an API key for a token.

use bytes::Bytes;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::keystone::{members, text};
use super::{Catalogue, Session, TOKEN, accepted, lacks, moment, post_json};
use crate::driver::SendError;

/// Who signs in.
#[derive(Clone, Debug)]
pub struct RackspaceKey {
    /// The service's address, with its version: `https://…/v2.0`.
    pub address: String,
    /// The user's name.
    pub user: String,
    /// The user's API key.
    pub key: SecretString,
}

impl RackspaceKey {
    pub(super) fn request(&self) -> Result<http::Request<Vec<u8>>, SendError> {
        let key = json!({"username": self.user, "apiKey": self.key.expose_secret()});
        let document = json!({"auth": {"RAX-KSKEY:apiKeyCredentials": key}});
        post_json(&self.address, "/tokens", &document)
    }

    pub(super) fn session(answer: &http::Response<Bytes>) -> Result<Session, SendError> {
        let document = accepted(answer)?;
        let access = document.get("access").ok_or_else(|| lacks("`access`"))?;
        let about = access.get("token").ok_or_else(|| lacks("token"))?;
        let token = about
            .get("id")
            .and_then(Value::as_str)
            .ok_or_else(|| lacks("token"))?;
        let mut catalogue = Catalogue::default();
        for service in members(access, "serviceCatalog") {
            for endpoint in members(service, "endpoints") {
                let region = endpoint.get("region").and_then(Value::as_str);
                catalogue.add(
                    text(service, "type"),
                    text(service, "name"),
                    region,
                    text(endpoint, "publicURL"),
                );
            }
        }
        Ok(Session {
            headers: vec![(TOKEN, SecretString::from(token.to_owned()))],
            ends: moment(about.get("expires")),
            catalogue,
        })
    }
}
