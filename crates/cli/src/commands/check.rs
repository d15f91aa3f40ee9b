//! `samos check OP --on SUBJECT`: parameter and precondition verification, with ways to satisfy what is open.

use std::path::PathBuf;

use clap::Args;
use samos::{Limits, Plan, Preparation, Samos};

use super::{prepare, reply};
use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::progress;
use crate::render::preparation;
use crate::session::Session;

/// One request: an operation, its subject, the arguments.
#[derive(Args, Debug)]
pub(crate) struct RequestArguments {
    /// The operation.
    #[arg(value_name = "OP")]
    operation: String,
    /// The subject.
    #[arg(long, value_name = "SUBJECT")]
    on: String,
    /// An argument; may be repeated, also for several values of one name.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

/// The arguments of `check`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    request: RequestArguments,
    /// Save the request as a plan of one step, where it is ready.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Checks, and prints what is open.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let mut samos = session.samos()?;
    let prepared = prepared(&mut samos, &arguments.request)?;
    print(session, &samos, &prepared)?;
    if let (Some(path), Some(plan)) = (&arguments.out, plan_of(&samos, &prepared)) {
        reply::save(session, path, &plan)?;
    }
    let is_ready = prepared.operations.iter().all(|operation| operation.ready);
    Ok(if is_ready { Exit::Done } else { Exit::Error })
}

/// What a request still needs. What is not known is read first, where there is something to read it from.
pub(crate) fn prepared(
    samos: &mut Samos,
    request: &RequestArguments,
) -> Result<Preparation, Failure> {
    let limits = Limits::default();
    let ask = |samos: &Samos| samos.check(&request.operation, &request.on, &request.set, &limits);
    let prepared = progress::during("checking", || ask(samos))?;
    let open = prepared
        .operations
        .iter()
        .flat_map(|operation| operation.needs.clone());
    let needs: Vec<_> = open.collect();
    if !needs.is_empty() && progress::during("reading", || samos.fetch(&needs))? > 0 {
        return Ok(ask(samos)?);
    }
    Ok(prepared)
}

/// The plan of the request alone, where it is ready.
pub(crate) fn plan_of(samos: &Samos, prepared: &Preparation) -> Option<Plan> {
    match prepared.operations.as_slice() {
        [only] => samos.plan_of(&prepared.subject, only),
        _ => None,
    }
}

/// Prints what is open.
pub(crate) fn print(
    session: &Session,
    samos: &Samos,
    prepared: &Preparation,
) -> Result<(), Failure> {
    match session.output.format {
        Format::Table | Format::Wide => {
            for operation in &prepared.operations {
                session
                    .output
                    .data(&preparation::one(operation, samos.world()))?;
            }
            Ok(())
        }
        _ => prepare::print(session, samos, prepared),
    }
}
