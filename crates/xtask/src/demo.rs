//! `cargo xtask demo`: builds the release binary and plays figure 9 in the terminal.

use crate::process;

/// Builds `samos`, then lets it play the demo.
pub(crate) fn run() -> Result<(), String> {
    eprintln!("building samos (the first time takes minutes, after that seconds)");
    let samos = release_binary()?;
    process::run(&mut process::command(&samos, ["demo"]))
}

/// Builds the command line once, optimised, and says where it is.
pub(crate) fn release_binary() -> Result<String, String> {
    process::run(&mut process::cargo("build --release --package samos-cli"))?;
    let binary = process::target().join("release/samos");
    Ok(binary.to_string_lossy().into_owned())
}
