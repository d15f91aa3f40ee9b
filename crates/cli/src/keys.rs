//! What opens the credentials of accounts: `SAMOS_PASSPHRASE`, else the key file of the data directory.
//!
//! The key file is made with the first account, readable by its owner alone. Keep a copy elsewhere: without it the
//! credentials are lost.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use samos::access::{Environment, ExposeSecret as _, Opener, SecretString, new_key_file};

use crate::failure::Failure;
use crate::session::Session;

const FILE: &str = "accounts.key";

/// What opens the credentials; a key file is made where there is none and one is wanted.
pub(crate) fn opener(session: &Session, make: bool) -> Result<Option<Opener>, Failure> {
    if let Some(passphrase) = variable("SAMOS_PASSPHRASE") {
        return Ok(Some(Opener::Passphrase(SecretString::from(passphrase))));
    }
    let Some(path) = session.data_directory().map(|data| data.join(FILE)) else {
        return Ok(None);
    };
    if path.exists() {
        let text =
            std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, "read", &error))?;
        return Ok(Some(Opener::KeyFile(SecretString::from(text))));
    }
    if !make {
        return Ok(None);
    }
    let key = new_key_file();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Failure::file(folder, "make", &error))?;
    }
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| {
            writeln!(file, "{}", key.expose_secret())?;
            file.sync_all()
        })
        .map_err(|error| Failure::file(&path, "write", &error))?;
    Ok(Some(Opener::KeyFile(key)))
}

/// The variables that users of AWS know, and the user's home.
#[allow(
    clippy::disallowed_methods,
    reason = "the command line is where the environment is read"
)]
pub(crate) fn environment() -> Environment {
    let variables = std::env::vars().filter(|(name, _)| name.starts_with("AWS_"));
    Environment {
        variables: variables.collect(),
        home: std::env::var_os("HOME").map(Into::into),
    }
}

/// The variables that users of OpenStack know.
#[allow(
    clippy::disallowed_methods,
    reason = "the command line is where the environment is read"
)]
pub(crate) fn openstack_variables() -> Vec<(String, String)> {
    std::env::vars()
        .filter(|(name, _)| name.starts_with("OS_"))
        .collect()
}

/// The file in which users of OpenStack keep their clouds, found where its own tools look, and the `secure.yaml` beside it.
pub(crate) fn clouds_file() -> Result<(String, Option<String>), Failure> {
    let named = variable("OS_CLIENT_CONFIG_FILE").map(PathBuf::from);
    let own = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let own = own.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".config")));
    let usual = [
        Some(PathBuf::from("clouds.yaml")),
        own.map(|folder| folder.join("openstack/clouds.yaml")),
        Some(PathBuf::from("/etc/openstack/clouds.yaml")),
    ];
    let found = named.or_else(|| usual.into_iter().flatten().find(|path| path.exists()));
    let path = found.ok_or_else(|| {
        Failure::usage(
            "there is no clouds.yaml here, in ~/.config/openstack or in /etc/openstack",
            "name it in OS_CLIENT_CONFIG_FILE, or use --os-environment",
        )
    })?;
    let text =
        std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, "read", &error))?;
    let secure = std::fs::read_to_string(path.with_file_name("secure.yaml")).ok();
    Ok((text, secure))
}

#[allow(
    clippy::disallowed_methods,
    reason = "the command line is where the environment is read"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
