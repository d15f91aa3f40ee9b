//! `samos check OP --on SUBJECT`: parameter and precondition verification, with ways to satisfy what is open.

use std::path::PathBuf;

use clap::Args;
use samos::{Limits, Samos};

use super::{prepare, reply};
use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::progress;
use crate::render::preparation;
use crate::session::Session;

/// The arguments of `check`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The operation.
    #[arg(value_name = "OP")]
    operation: String,
    /// The subject.
    #[arg(long, value_name = "SUBJECT")]
    on: String,
    /// An argument; may be repeated, also for several values of one name.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Save the request as a plan of one step, where it is ready.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Checks, and prints what is open.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let mut samos = session.samos()?;
    let limits = Limits::default();
    let ask =
        |samos: &Samos| samos.check(&arguments.operation, &arguments.on, &arguments.set, &limits);
    let mut prepared = progress::during("checking", || ask(&samos))?;
    let open = prepared
        .operations
        .iter()
        .flat_map(|operation| operation.needs.clone());
    let needs: Vec<_> = open.collect();
    // What is not known is read first, where there is something to read it from.
    if !needs.is_empty() && progress::during("reading", || samos.fetch(&needs))? > 0 {
        prepared = ask(&samos)?;
    }
    match session.output.format {
        Format::Table | Format::Wide => {
            for operation in &prepared.operations {
                session
                    .output
                    .data(&preparation::one(operation, samos.world()))?;
            }
        }
        _ => prepare::print(session, &samos, &prepared)?,
    }
    if let (Some(path), [only]) = (&arguments.out, prepared.operations.as_slice())
        && let Some(plan) = samos.plan_of(&prepared.subject, only)
    {
        reply::save(session, path, &plan)?;
    }
    let is_ready = prepared.operations.iter().all(|operation| operation.ready);
    Ok(if is_ready { Exit::Done } else { Exit::Error })
}
