//! Encryption at rest by age: one key pair for all accounts, opened by a passphrase or kept in a key file.
//!
//! To seal needs the public half only, so an account is added without a passphrase; to open needs the private half,
//! which stands sealed by the passphrase beside the accounts, or in a file of the user's.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::str::FromStr as _;

use age::secrecy::{ExposeSecret as _, SecretString};
use age::{DecryptError, Decryptor, Encryptor, Identity, Recipient, scrypt, x25519};

use crate::error::Error;

/// How hard a passphrase is to guess: each step doubles memory and time.
const WORK_FACTOR: u8 = if cfg!(test) { 8 } else { 17 };
/// No file may ask for more.
const MOST_WORK: u8 = 22;

/// What opens the credentials.
#[derive(Clone)]
pub enum Opener {
    /// A passphrase.
    Passphrase(SecretString),
    /// The text of a key file, as `age-keygen` writes it.
    KeyFile(SecretString),
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passphrase(_) => "Passphrase([hidden])",
            Self::KeyFile(_) => "KeyFile([hidden])",
        })
    }
}

/// The text of a new key file.
#[must_use = "a key that is not kept opens nothing"]
pub fn new_key_file() -> SecretString {
    x25519::Identity::generate().to_string()
}

/// The private half, for as long as it is needed.
pub(crate) struct Key(x25519::Identity);

/// How a data directory's key pair is kept: the public half, and the private half where a passphrase seals it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct KeptKey {
    pub(crate) public: String,
    pub(crate) sealed: Option<Vec<u8>>,
}

/// A key pair for a data directory that has none.
pub(crate) fn first_key(opener: &Opener) -> Result<KeptKey, Error> {
    match opener {
        Opener::KeyFile(text) => Ok(KeptKey {
            public: identity_in(text)?.to_public().to_string(),
            sealed: None,
        }),
        Opener::Passphrase(passphrase) => {
            let identity = x25519::Identity::generate();
            let mut by = scrypt::Recipient::new(passphrase.clone());
            by.set_work_factor(WORK_FACTOR);
            Ok(KeptKey {
                public: identity.to_public().to_string(),
                sealed: Some(encrypt(&by, &identity.to_string())?),
            })
        }
    }
}

/// Opens the private half.
pub(crate) fn open_key(kept: &KeptKey, opener: &Opener) -> Result<Key, Error> {
    let identity = match (opener, &kept.sealed) {
        (Opener::KeyFile(text), _) => identity_in(text)?,
        (Opener::Passphrase(_), None) => return Err(Error::WrongKey),
        (Opener::Passphrase(passphrase), Some(sealed)) => {
            let mut with = scrypt::Identity::new(passphrase.clone());
            with.set_max_work_factor(MOST_WORK);
            identity_in(&decrypt(&with, sealed)?)?
        }
    };
    if identity.to_public().to_string() == kept.public {
        Ok(Key(identity))
    } else {
        Err(Error::WrongKey)
    }
}

/// Seals a text for whoever has the private half.
pub(crate) fn seal(kept: &KeptKey, text: &SecretString) -> Result<Vec<u8>, Error> {
    let public = x25519::Recipient::from_str(&kept.public).map_err(|message| damaged(&message))?;
    encrypt(&public, text)
}

/// Opens what was sealed.
pub(crate) fn unseal(key: &Key, sealed: &[u8]) -> Result<SecretString, Error> {
    decrypt(&key.0, sealed)
}

/// The first key in a key file; lines that begin with `#` are comments.
fn identity_in(text: &SecretString) -> Result<x25519::Identity, Error> {
    let mut lines = text.expose_secret().lines().map(str::trim);
    let key = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    // What is wrong with a key is not said, as it would show the key.
    x25519::Identity::from_str(key.unwrap_or_default()).map_err(|_| Error::WrongKey)
}

fn encrypt(by: &dyn Recipient, text: &SecretString) -> Result<Vec<u8>, Error> {
    let sealing =
        Encryptor::with_recipients(std::iter::once(by)).map_err(|error| damaged(&error))?;
    let mut sealed = Vec::new();
    let written = sealing.wrap_output(&mut sealed).and_then(|mut writer| {
        writer.write_all(text.expose_secret().as_bytes())?;
        writer.finish().map(|_| ())
    });
    written.map_err(|error| damaged(&error))?;
    Ok(sealed)
}

fn decrypt(with: &dyn Identity, sealed: &[u8]) -> Result<SecretString, Error> {
    let failed = |error: DecryptError| match error {
        DecryptError::NoMatchingKeys
        | DecryptError::KeyDecryptionFailed
        | DecryptError::DecryptionFailed => Error::WrongKey,
        other => damaged(&other),
    };
    let opened = Decryptor::new_buffered(sealed).map_err(failed)?;
    let mut text = String::new();
    opened
        .decrypt(std::iter::once(with))
        .map_err(failed)?
        .read_to_string(&mut text)
        .map_err(|error| damaged(&error))?;
    Ok(SecretString::from(text))
}

fn damaged(message: &dyn fmt::Display) -> Error {
    Error::SealDamaged {
        message: message.to_string(),
    }
}
