//! `samos prepare --on SUBJECT`: what all operations of a subject still need. Paper: BASR.

use clap::Args;
use samos::{Limits, Preparation, Samos, export};

use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::progress;
use crate::render::preparation;
use crate::session::Session;

/// The arguments of `prepare`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The subject.
    #[arg(long, value_name = "SUBJECT")]
    on: String,
    /// An argument at hand, bound by name or, without one, by type; may be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// How many candidates may be looked at.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

/// Prepares, and prints what is open.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let samos = session.samos()?;
    let standard = Limits::default();
    let limits = Limits {
        considered: arguments.limit.unwrap_or(standard.considered),
        ..standard
    };
    let prepared = progress::during("preparing", || {
        samos.prepare(&arguments.on, &arguments.set, &limits)
    })?;
    print(session, &samos, &prepared)?;
    Ok(if prepared.search.complete {
        Exit::Done
    } else {
        Exit::Limit
    })
}

/// Prints in the form asked for.
pub(crate) fn print(
    session: &Session,
    samos: &Samos,
    prepared: &Preparation,
) -> Result<(), Failure> {
    let world = samos.world();
    match session.output.format {
        Format::Json | Format::Yaml => session.output.value(prepared),
        Format::Name => {
            let ready = prepared
                .operations
                .iter()
                .filter(|operation| operation.ready);
            let names: String = ready
                .map(|operation| export::short(&operation.operation, world) + "\n")
                .collect();
            session.output.data(&names)
        }
        Format::Table => session.output.data(&preparation::all(prepared, world)),
        Format::Wide => {
            for operation in &prepared.operations {
                session.output.data(&preparation::one(operation, world))?;
                session.output.data("\n")?;
            }
            Ok(())
        }
        other => Err(other.unsupported("prepare")),
    }
}
