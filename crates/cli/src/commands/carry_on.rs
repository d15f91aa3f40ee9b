//! `samos resume RUN` goes on with a run that stopped, failed, or was cut off; `samos undo RUN` takes back what a run
//! did, last step first, by real inverse operations.

use clap::Args;
use samos::{Attendant, Error, Record, RunReport, Samos};

use super::runs;
use crate::failure::{Exit, Failure};
use crate::render::run::Telling;
use crate::session::Session;

/// The arguments of `resume` and of `undo`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The name of the run; its beginning will do.
    #[arg(value_name = "RUN")]
    run: String,
}

/// Which way a run is carried on, told of each transition.
type CarryOn = fn(&Samos, &str, &mut dyn Attendant) -> Result<RunReport, Error>;

/// Goes on with a run.
pub(crate) fn resume(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    carry_on(session, arguments, Samos::resume, false)
}

/// Takes back what a run did.
pub(crate) fn undo(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    carry_on(session, arguments, Samos::undo, true)
}

fn carry_on(
    session: &Session,
    arguments: &Arguments,
    way: CarryOn,
    is_undo: bool,
) -> Result<Exit, Failure> {
    let samos = session.samos()?;
    let plan = samos.run(&arguments.run)?.plan;
    let mut telling = Telling::new(&plan, samos.world());
    let report = way(&samos, &arguments.run, &mut |record: &Record| {
        if let Some(line) = telling.tell(record) {
            session.output.say(&line);
        }
    })?;
    runs::print_one(session, &samos, &report)?;
    Ok(runs::exit_of(&report, is_undo))
}
