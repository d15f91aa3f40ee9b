//! `samos ready [OPERATION]`: what can be done now, of everything there is. Paper: BASR and CCSR.

use clap::Args;
use samos::ReadyQuestion;

use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::progress;
use crate::render::ready;
use crate::session::Session;

/// The arguments of `ready`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Only this operation.
    #[arg(value_name = "OPERATION")]
    operation: Option<String>,
    /// Only this subject; may be repeated.
    #[arg(long, num_args = 1.., value_name = "SUBJECT")]
    on: Vec<String>,
    /// Group operations that do the same, across clouds.
    #[arg(long)]
    together: bool,
    /// How many subjects are listed at most, of those that are ready and of those that are not; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
}

/// Asks, and prints what can be done.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let samos = session.samos()?;
    let world = samos.world();
    let output = &session.output;
    let question = ReadyQuestion {
        operation: arguments.operation.clone(),
        subjects: arguments.on.clone(),
        listed: match arguments.limit {
            0 => usize::MAX,
            limit => limit,
        },
    };
    if arguments.together {
        let ready = progress::during("looking at everything", || samos.ready_together(&question))?;
        match output.format {
            Format::Json | Format::Yaml => output.value(&ready)?,
            Format::Name => output.data(&ready::names_of_groups(&ready, world))?,
            Format::Table => output.data(&ready::groups(&ready, world))?,
            Format::Wide => output.data(&ready::groups_in_full(&ready, world))?,
            other => return Err(other.unsupported("ready")),
        }
        return Ok(Exit::Done);
    }
    let ready = progress::during("looking at everything", || samos.ready(&question))?;
    match output.format {
        Format::Json | Format::Yaml => output.value(&ready)?,
        Format::Name => output.data(&ready::names(&ready, world))?,
        Format::Table => output.data(&ready::operations(&ready, world))?,
        Format::Wide => output.data(&ready::operations_in_full(&ready, world))?,
        other => return Err(other.unsupported("ready")),
    }
    Ok(Exit::Done)
}
