//! Chores of the repository: `cargo xtask tidy|test|demo|ui|bench`.
//!
//! In: the tree as git sees it. Out: what each chore prints, and an exit code.
//! Not here: anything that a user of samos needs; that is in `crates/cli`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a chore talks to its terminal, looks at the clock and reads its environment"
)]

mod bench;
mod demo;
mod fuzz;
mod long;
mod peers;
mod process;
mod suites;
mod tidy;
mod ui;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask tidy                  rules of the tree that the compiler cannot check
cargo xtask test [--long] [NAME]  every suite of the commit tier, or those whose name has a word in it;
                                  --long adds 10,000 random worlds, coverage, planted faults, fuzzing
cargo xtask demo                  builds samos and plays the paper's figure 9 in the terminal
cargo xtask ui                    builds the web interface, so that the next build of samos holds it
cargo xtask bench [NAME] [--json] [--data DIR]
                                  performance promises beside their peers; `planning` is all of chains of operations";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["tidy"] => tidy::run(),
        ["test", rest @ ..] => suites::run(rest),
        ["demo"] => demo::run(),
        ["ui"] => ui::run(),
        ["bench", rest @ ..] => bench::run(rest),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        other => Err(format!("no chore is called `{}`\n{USAGE}", other.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
