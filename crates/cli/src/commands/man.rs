//! `samos man [VERB]`.

use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use crate::arguments::CommandLine;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `man`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The page of one verb instead of the whole.
    verb: Option<String>,
}

/// Writes the page to standard output, for `man -l -`.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let mut command = CommandLine::command();
    command.build();
    let command = match &arguments.verb {
        None => command,
        Some(verb) => match command.find_subcommand(verb) {
            Some(found) => found.clone(),
            None => {
                return Err(Failure::usage(
                    format!("no verb `{verb}`"),
                    "`samos help` lists the verbs",
                ));
            }
        },
    };
    let mut page = Vec::new();
    Man::new(command)
        .render(&mut page)
        .map_err(|error| Failure::stream(&error))?;
    session.output.bytes(&page)?;
    Ok(Exit::Done)
}
