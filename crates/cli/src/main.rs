//! The samos command line: reads arguments, asks the facade, prints answers, ends with the exit code that says how
//! it went.
//!
//! Not here: any deciding. What can be asked lives in `commands`, how answers look in `render`.

mod arguments;
mod commands;
mod data_directory;
mod failure;
mod keys;
mod measure;
mod output;
mod progress;
mod render;
mod session;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;

use arguments::CommandLine;
use failure::{Exit, Failure};
use render::diagnostic::Diagnostics;
use session::Session;

fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => return misunderstood(&error).into(),
    };
    let session = Session::new(&line.global);
    match commands::run(&session, line.verb) {
        Ok(exit) => exit.into(),
        Err(Failure::Closed) => Exit::Done.into(),
        Err(Failure::Findings(findings, exit)) => {
            let mut diagnostics = Diagnostics::new(session.output.colour);
            for (name, text) in session.arguments() {
                diagnostics.know(&name, &text);
            }
            for finding in &findings {
                session.output.say(&diagnostics.print(finding));
            }
            exit.into()
        }
    }
}

/// Prints what clap says: help on standard output, complaints on standard error with our own exit code.
fn misunderstood(error: &clap::Error) -> Exit {
    // A closed stream leaves nobody to tell.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Error
    } else {
        Exit::Done
    }
}

/// May standard error be coloured?
fn colour_wanted(forbidden: bool) -> bool {
    #[allow(
        clippy::disallowed_methods,
        reason = "the command line is where the environment is read"
    )]
    let no_color = std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty());
    !forbidden && !no_color && std::io::stderr().is_terminal()
}
