//! `samos undo RUN`: takes back what a run did, last step first, by real inverse operations.

use clap::Args;

use super::runs;
use crate::failure::{Exit, Failure};
use crate::render::names::ShortNames;
use crate::render::run as run_text;
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
    let names = ShortNames::of_plans(samos.world(), std::slice::from_ref(&plan));
    let report = samos.undo(&arguments.run, &mut |record| {
        if let Some(line) = run_text::transition(record, &plan, &names) {
            session.output.say(&line);
        }
    })?;
    runs::print_one(session, &samos, &report)?;
    Ok(runs::exit_of(&report, true))
}
