//! OpenStack's identity service, version 3.

use bytes::Bytes;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::{Catalogue, Session, TOKEN, accepted, lacks, moment, post_json};
use crate::driver::SendError;

/// Who signs in, and for what.
#[derive(Clone, Debug)]
pub struct Keystone {
    /// The service's address, with its version: `https://…/v3`.
    pub address: String,
    /// What proves who it is.
    pub proof: Proof,
    /// What the token is for.
    pub scope: Scope,
}

/// What proves who it is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Proof {
    /// A user's password.
    Password {
        /// The user's name.
        user: String,
        /// The user's domain.
        domain: Domain,
        /// The password.
        password: SecretString,
    },
    /// An application credential, which has its scope within.
    ApplicationCredential {
        /// Its id.
        id: String,
        /// Its secret.
        secret: SecretString,
    },
}

/// To which domain a user or project belongs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Domain {
    /// By its name.
    Named(String),
    /// By its id.
    Id(String),
}

impl Domain {
    fn document(&self) -> Value {
        match self {
            Self::Named(name) => json!({"name": name}),
            Self::Id(id) => json!({"id": id}),
        }
    }
}

/// What a token is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    /// What the proof implies.
    Implied,
    /// A project by name, in a domain.
    Project {
        /// The project's name.
        name: String,
        /// Its domain.
        domain: Domain,
    },
    /// A project by id.
    ProjectId(String),
}

impl Keystone {
    pub(super) fn request(&self) -> Result<http::Request<Vec<u8>>, SendError> {
        let identity = match &self.proof {
            Proof::Password {
                user,
                domain,
                password,
            } => json!({"methods": ["password"], "password": {"user": {
                "name": user, "domain": domain.document(), "password": password.expose_secret(),
            }}}),
            Proof::ApplicationCredential { id, secret } => json!({
                "methods": ["application_credential"],
                "application_credential": {"id": id, "secret": secret.expose_secret()},
            }),
        };
        let mut auth = json!({"identity": identity});
        let scope = match &self.scope {
            Scope::Implied => None,
            Scope::Project { name, domain } => {
                Some(json!({"project": {"name": name, "domain": domain.document()}}))
            }
            Scope::ProjectId(id) => Some(json!({"project": {"id": id}})),
        };
        if let (Some(scope), Value::Object(auth)) = (scope, &mut auth) {
            auth.insert("scope".to_owned(), scope);
        }
        post_json(&self.address, "/auth/tokens", &json!({"auth": auth}))
    }

    pub(super) fn session(answer: &http::Response<Bytes>) -> Result<Session, SendError> {
        let document = accepted(answer)?;
        let token = answer.headers().get("x-subject-token");
        let token = token
            .and_then(|token| token.to_str().ok())
            .ok_or_else(|| lacks("token"))?;
        let about = document.get("token").ok_or_else(|| lacks("`token`"))?;
        let mut catalogue = Catalogue::default();
        for service in members(about, "catalog") {
            let (kind, name) = (text(service, "type"), text(service, "name"));
            for endpoint in members(service, "endpoints") {
                if text(endpoint, "interface") == "public" {
                    let region = endpoint.get("region").and_then(Value::as_str);
                    catalogue.add(kind, name, region, text(endpoint, "url"));
                }
            }
        }
        Ok(Session {
            headers: vec![(TOKEN, SecretString::from(token.to_owned()))],
            ends: moment(about.get("expires_at")),
            catalogue,
        })
    }
}

pub(super) fn members<'v>(of: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    of.get(name).and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn text<'v>(of: &'v Value, name: &str) -> &'v str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}
