//! Who asks: access keys, and the places in which users of AWS expect them to be looked for.
//!
//! Deliberately not here: reading the environment. The command line hands it in as an [`Environment`].

mod chain;
mod profiles;
mod served;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use secrecy::SecretString;

pub(crate) use chain::{Chain, Found, assumed};
pub(crate) use profiles::Profiles;

/// An access key with its secret. Neither secret nor token is ever printed.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The access key's name.
    pub access_key: String,
    /// Its secret.
    pub secret_key: SecretString,
    /// The token of a session, for keys that end.
    pub session_token: Option<SecretString>,
    /// When they end.
    pub expires: Option<SystemTime>,
}

impl Credentials {
    /// A key without an end.
    pub fn new(access_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self {
            access_key: access_key.into(),
            secret_key: secret_key.into().into(),
            session_token: None,
            expires: None,
        }
    }

    /// The same key in a session.
    #[must_use = "this makes a value and changes nothing"]
    pub fn with_session_token(mut self, token: impl Into<String>) -> Self {
        self.session_token = Some(token.into().into());
        self
    }
}

/// The variables of a process and its user's home. Printed without values, which may be secret.
#[derive(Clone, Default)]
pub struct Environment {
    /// Variables by name.
    pub variables: BTreeMap<String, String>,
    /// Where `.aws` is looked for.
    pub home: Option<PathBuf>,
}

impl Environment {
    /// A variable that is set and not empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name)?.as_str();
        (!value.is_empty()).then_some(value)
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.variable(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&String> = self.variables.keys().collect();
        formatter
            .debug_struct("Environment")
            .field("variables", &names)
            .field("home", &self.home)
            .finish()
    }
}
