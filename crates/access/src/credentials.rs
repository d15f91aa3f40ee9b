//! What an account proves itself with: secrets by name, which print as nothing.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use secrecy::{ExposeSecret as _, SecretString};

use crate::error::Error;

/// What stands where a secret was.
const HIDDEN: &str = "[hidden]";
/// What is shorter is not looked for in texts: it would be found everywhere.
const SHORTEST: usize = 4;

/// Secrets by name, such as `access_key_id` and `secret_access_key`. Wiped when dropped; never shown or serialised.
#[derive(Clone, Default)]
pub struct Credentials {
    secrets: BTreeMap<String, SecretString>,
}

impl Credentials {
    /// The same with one secret more.
    #[must_use = "this returns the new value"]
    pub fn with(mut self, name: impl Into<String>, secret: impl Into<String>) -> Self {
        let secret: String = secret.into();
        self.secrets.insert(name.into(), SecretString::from(secret));
        self
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.secrets.keys().map(String::as_str)
    }

    /// Is there nothing?
    #[must_use = "reading has no other effect"]
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// The secret of that name.
    #[must_use = "reading has no other effect"]
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.secrets.get(name)
    }

    /// A text without any of the secrets, also not in the ways they are written in addresses: for words of a provider
    /// that may echo what it was sent.
    #[must_use = "this returns the new text"]
    pub fn redact(&self, text: &str) -> String {
        let mut secrets: Vec<&str> = self
            .secrets
            .values()
            .map(|one| one.expose_secret())
            .collect();
        // The longest first, as one may be part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let mut text = text.to_owned();
        for secret in secrets.into_iter().filter(|one| one.len() >= SHORTEST) {
            text = text.replace(secret, HIDDEN);
            text = text.replace(&percent_encoded(secret), HIDDEN);
        }
        text
    }

    /// All in one text, to be sealed.
    pub(crate) fn to_text(&self) -> SecretString {
        let plain: BTreeMap<&str, &str> = self
            .secrets
            .iter()
            .map(|(name, secret)| (name.as_str(), secret.expose_secret()))
            .collect();
        SecretString::from(serde_json::to_string(&plain).unwrap_or_default())
    }

    pub(crate) fn from_text(text: &SecretString) -> Result<Self, Error> {
        // What serde says of a text may quote it.
        let read: BTreeMap<String, String> =
            serde_json::from_str(text.expose_secret()).map_err(|_| Error::SealDamaged {
                message: "what was sealed is no credentials".to_owned(),
            })?;
        Ok(read
            .into_iter()
            .fold(Self::default(), |all, (name, secret)| {
                all.with(name, secret)
            }))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.secrets.keys().map(|name| (name, HIDDEN)))
            .finish()
    }
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
