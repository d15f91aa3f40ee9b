//! `cargo xtask demo`: builds the release binary, plays figure 9 in the terminal, then serves the demo world.

use crate::process;

/// Builds `samos`, lets it play the demo, then serves it until it is interrupted. Port 0 is free everywhere.
pub(crate) fn run() -> Result<(), String> {
    if crate::ui::can_build() && !crate::ui::is_built() {
        crate::ui::run()?;
    }
    eprintln!("building samos (the first time takes minutes, after that seconds)");
    let samos = release_binary()?;
    process::run(&mut process::command(&samos, ["demo"]))?;
    eprintln!("\nthe same to look at and to ask, in a browser:");
    process::run(&mut process::command(
        &samos,
        ["serve", "--demo", "--listen", "127.0.0.1:0"],
    ))
}

/// Builds the command line once, optimised, and says where it is. What the tests drive beside it is built in the same call:
/// built alone, it would have features of its own, and all below it would be compiled again.
pub(crate) fn release_binary() -> Result<String, String> {
    process::run(&mut process::cargo(
        "build --release --package samos-cli --package samos-tests --bin samos --bin repeated",
    ))?;
    let binary = process::target().join("release/samos");
    Ok(binary.to_string_lossy().into_owned())
}
