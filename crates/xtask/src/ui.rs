//! `cargo xtask ui`: builds the web interface, so that the next build of samos holds it; and walks it in a browser.
//!
//! In: `crates/ui/web`, `tests/ui`. Out: the interface's `dist` folder; what the walk finds. Cargo itself never calls npm.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use crate::suites::Failure;
use crate::{demo, process};

/// Where the sources are, below the root.
const WEB: &str = "crates/ui/web";

/// Where the walk is.
const WALK: &str = "tests/ui";

/// What is missing where nothing can be built.
const NODE_NEEDED: &str =
    "Node.js 20.19 or newer with npm: apt-get install nodejs npm, or https://nodejs.org/";

/// Debian's browser.
const BROWSER: &str = "/usr/bin/chromium";

/// Fetches what the lock names, then builds.
pub(crate) fn run() -> Result<(), String> {
    let version = process::output(&mut process::command("node", ["--version"])).map_err(|_| {
        "the web interface needs Node.js 20.19 or newer, better 22.12: https://nodejs.org/ \
         (Debian: apt-get install nodejs npm). Without it samos serves plain pages"
            .to_owned()
    })?;
    if !is_new_enough(&version) {
        return Err(format!(
            "Node.js {} is too old for the web interface: 20.19 or newer, better 22.12",
            version.trim()
        ));
    }
    process::run(&mut in_web("npm", &["ci", "--no-audit", "--no-fund"]))?;
    process::run(&mut in_web("npm", &["run", "build"]))?;
    // The crate takes the folder in again also where the times of its files are old.
    let script = process::root().join("crates/ui/build.rs");
    std::fs::File::options()
        .append(true)
        .open(&script)
        .and_then(|file| file.set_modified(SystemTime::now()))
        .map_err(|problem| format!("{}: {problem}", script.display()))
}

/// Is there a Node.js that can build it?
pub(crate) fn can_build() -> bool {
    process::output(&mut process::command("node", ["--version"]))
        .is_ok_and(|version| is_new_enough(&version))
        && process::is_there("npm", &["--version"])
}

/// A Node.js that can run what is tested here, or how to get it.
pub(crate) fn node() -> Result<(), String> {
    if can_build() {
        Ok(())
    } else {
        Err(NODE_NEEDED.to_owned())
    }
}

/// Was it built before?
pub(crate) fn is_built() -> bool {
    process::root().join(WEB).join("dist/index.html").exists()
}

/// The interface is built, as a suite.
pub(crate) fn built() -> Result<(), Failure> {
    node().map_err(Failure::Missing)?;
    Ok(run()?)
}

/// The shapes that the pages use are those that the server describes, as a suite.
pub(crate) fn agreed() -> Result<(), Failure> {
    node().map_err(Failure::Missing)?;
    let samos = demo::release_binary()?;
    let description = process::output(&mut process::command(&samos, ["serve", "--openapi"]))?;
    let file = process::target().join("openapi.json");
    std::fs::write(&file, description)
        .map_err(|problem| format!("{}: {problem}", file.display()))?;
    let mut agrees = in_web("npm", &["run", "agrees"]);
    Ok(process::run(agrees.env("SAMOS_DESCRIPTION", &file))?)
}

/// Every flow in a browser, with pictures, as a suite.
pub(crate) fn walked() -> Result<(), Failure> {
    node().map_err(Failure::Missing)?;
    browser().map_err(Failure::Missing)?;
    process::run(&mut inside(WALK, "npm", &["ci", "--no-audit", "--no-fund"]))?;
    let samos = demo::release_binary()?;
    Ok(process::run(&mut inside(
        WALK,
        "node",
        &["walk.mjs", "--samos", &samos],
    ))?)
}

/// The browser, fetched where that is possible.
fn browser() -> Result<(), String> {
    let is_there = || std::env::var_os("CHROMIUM").is_some() || Path::new(BROWSER).exists();
    if is_there() {
        return Ok(());
    }
    // Without root, or where there is no Debian, this fails and the sentence below says what to do.
    let fetched = process::run(&mut process::command(
        "apt-get",
        ["install", "--yes", "--no-install-recommends", "chromium"],
    ));
    match fetched {
        Ok(()) if is_there() => Ok(()),
        _ => Err("chromium: apt-get install chromium, or CHROMIUM=its path".to_owned()),
    }
}

fn in_web(program: &str, words: &[&str]) -> Command {
    inside(WEB, program, words)
}

pub(crate) fn inside(folder: &str, program: &str, words: &[&str]) -> Command {
    let mut command = process::command(program, words.iter().copied());
    command.current_dir(process::root().join(folder));
    command
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    major > 20 || (major == 20 && minor >= 19)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_versions_of_node_are_told_apart() {
        assert!(is_new_enough("v20.19.0\n"));
        assert!(is_new_enough("v22.1.0"));
        assert!(!is_new_enough("v20.9.1"));
        assert!(!is_new_enough("v18.20.4"));
        assert!(!is_new_enough(""));
    }
}
