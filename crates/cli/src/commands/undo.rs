//! `samos undo RUN`: takes back what a run did, last step first, by real inverse operations.

use clap::Args;

use super::runs;
use crate::failure::{Exit, Failure};
use crate::render::run::Telling;
use crate::session::Session;

/// The arguments of `undo`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The name of the run; its beginning will do.
    #[arg(value_name = "RUN")]
    run: String,
}

/// Take back what a run did.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let samos = session.samos()?;
    let plan = samos.run(&arguments.run)?.plan;
    let mut telling = Telling::new(&plan, samos.world());
    let report = samos.undo(&arguments.run, &mut |record| {
        if let Some(line) = telling.tell(record) {
            session.output.say(&line);
        }
    })?;
    runs::print_one(session, &samos, &report)?;
    Ok(runs::exit_of(&report, true))
}
