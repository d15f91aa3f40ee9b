//! Where runs and facts are kept: `--data`, else `SAMOS_DATA`, else `samos` in the user's data directory.

use std::path::PathBuf;

/// The data directory, which need not exist yet; `None` where the system has no place for one.
pub(crate) fn find(given: Option<&PathBuf>) -> Option<PathBuf> {
    if let Some(given) = given {
        return Some(given.clone());
    }
    if let Some(path) = variable("SAMOS_DATA") {
        return Some(PathBuf::from(path));
    }
    // The XDG base directory specification asks to ignore what is not absolute.
    let xdg = variable("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let base =
        xdg.or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".local/share")))?;
    Some(base.join("samos"))
}

#[allow(
    clippy::disallowed_methods,
    reason = "the command line is where the environment is read"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
