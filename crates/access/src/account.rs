//! A named profile: which provider, where, how, and what may be done.

use std::collections::BTreeMap;

use samos_model::Iri;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Parts of names of what is secret: such a thing is no setting.
const SECRET_WORDS: &[&str] = &[
    "password",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "apikey",
    "private_key",
    "credential",
];

/// Everything about an account but its credentials.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountProfile {
    /// What the user calls it.
    pub name: String,
    /// The provider, an individual of the ontology.
    pub provider: Iri,
    /// The individual that stands for the account itself, where facts name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<Iri>,
    /// Where requests go, where that is not the provider's usual place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The region that is meant when none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The library through which operations are called, such as `aws/botocore`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// What the driver wants to know beside that. Nothing secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// May it only read?
    #[serde(default)]
    pub read_only: bool,
    /// Policies in Cedar; none allows everything.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub policy: String,
}

impl AccountProfile {
    /// An account that may do everything, at the provider's usual place.
    #[must_use = "this makes a value and changes nothing"]
    pub fn new(name: impl Into<String>, provider: Iri) -> Self {
        Self {
            name: name.into(),
            provider,
            entity: None,
            endpoint: None,
            region: None,
            library: None,
            settings: BTreeMap::new(),
            read_only: false,
            policy: String::new(),
        }
    }

    /// Is it well formed?
    ///
    /// # Errors
    /// When the name is not one, or a setting or the endpoint looks secret.
    pub fn check(&self) -> Result<(), Error> {
        let malformed = |message: String| Err(Error::AccountMalformed { message });
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if self.name.is_empty() || self.name.len() > 100 || !self.name.chars().all(is_plain) {
            return malformed(
                "an account's name is letters, digits, dots, hyphens and underscores".to_owned(),
            );
        }
        for (name, value) in &self.settings {
            let plain = name.to_ascii_lowercase().replace('-', "_");
            // Where something secret is given is not secret.
            let is_address = plain.ends_with("_url");
            if !is_address && SECRET_WORDS.iter().any(|word| plain.contains(word)) {
                return malformed(format!("`{name}` is no setting, as it is secret"));
            }
            if names_a_user(value) {
                return malformed(format!(
                    "the address `{name}` carries no user name or password"
                ));
            }
        }
        if self.endpoint.as_deref().is_some_and(names_a_user) {
            return malformed("an endpoint carries no user name or password".to_owned());
        }
        Ok(())
    }
}

/// Is it an address with a user name or password before the host? It would be shown wherever the address is.
fn names_a_user(address: &str) -> bool {
    let host = address
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| host.contains('@'))
}
