//! Running other programs from the root of the repository.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// A command that starts in the root, without what the outer cargo said about xtask itself (it would make the inner
/// cargo build again).
pub(crate) fn command<'a>(program: &str, words: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(program);
    command.args(words).current_dir(root());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST") {
            command.env_remove(name.as_ref());
        }
    }
    command
}

/// Cargo, with a line of words.
pub(crate) fn cargo(line: &str) -> Command {
    command("cargo", line.split_whitespace())
}

/// Runs it with its output on the terminal and no input; an error unless it ends with 0.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|problem| format!("{} does not start: {problem}", shown(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} ended with {status}", shown(command)))
    }
}

/// Runs it and returns its standard output; an error, with what it said, unless it ends with 0.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let ended = command
        .stdin(Stdio::null())
        .output()
        .map_err(|problem| format!("{} does not start: {problem}", shown(command)))?;
    if ended.status.success() {
        Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
    } else {
        let said = [ended.stderr, ended.stdout].concat();
        let said = String::from_utf8_lossy(&said);
        Err(format!(
            "{} ended with {}\n{said}",
            shown(command),
            ended.status
        ))
    }
}

/// Can this be run here at all?
pub(crate) fn is_there(program: &str, words: &[&str]) -> bool {
    command(program, words.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Are we run by continuous integration, where a missing tool is a failure?
pub(crate) fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

fn shown(command: &Command) -> String {
    let words = command.get_args().map(|word| word.to_string_lossy());
    let program = command.get_program().to_string_lossy();
    let line = std::iter::once(program).chain(words).collect::<Vec<_>>();
    format!("`{}`", line.join(" "))
}
