//! `cargo xtask ui`: builds the web interface, so that the next build of samos holds it.
//!
//! In: `crates/ui/web`. Out: its `dist` folder. Cargo itself never calls npm.

use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

use crate::process;

/// Where the sources are, below the root.
const WEB: &str = "crates/ui/web";

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
    process::output(&mut process::command("node", ["--version"])).is_ok_and(|version| is_new_enough(&version))
        && process::is_there("npm", &["--version"])
}

fn folder() -> PathBuf {
    process::root().join(WEB)
}

fn in_web(program: &str, words: &[&str]) -> Command {
    let mut command = process::command(program, words.iter().copied());
    command.current_dir(folder());
    command
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim().trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
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
