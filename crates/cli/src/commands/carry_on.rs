//! `samos resume RUN` goes on with a run that stopped, failed, or was cut off; `samos undo RUN` takes back what a run
//! did, last step first, by real inverse operations.

use clap::Args;
use samos::{Attendant, Error, GoingOn, RunReport, Samos, TaskId};

use super::attending::{AllowanceArguments, AtTerminal};
use super::runs;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `resume` and of `undo`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The name of the run; its beginning will do.
    #[arg(value_name = "RUN")]
    run: String,
    /// A step of which nobody knows took effect, as you have seen; may be repeated.
    #[arg(long, value_name = "STEP", value_parser = task)]
    took_effect: Vec<TaskId>,
    /// A step of which nobody knows took no effect, as you have seen; may be repeated.
    #[arg(long, value_name = "STEP", value_parser = task)]
    no_effect: Vec<TaskId>,
    /// Pass over the process that executes the run, though it lives: it hangs.
    #[arg(long)]
    take_over: bool,
    #[command(flatten)]
    allowance: AllowanceArguments,
}

impl Arguments {
    fn how(&self) -> Result<GoingOn, Failure> {
        let mut how = GoingOn {
            allowance: self.allowance.into(),
            take_over: self.take_over,
            ..GoingOn::default()
        };
        let took = self.took_effect.iter().map(|step| (*step, true));
        let none = self.no_effect.iter().map(|step| (*step, false));
        for (step, took_effect) in took.chain(none) {
            if how.decided.insert(step, took_effect) == Some(!took_effect) {
                return Err(Failure::usage(
                    format!("step {step} cannot both have taken effect and not"),
                    "look at it where it really is, then say one of the two",
                ));
            }
        }
        Ok(how)
    }
}

/// A step, or one of the requests that take it back, as `show` and the findings name it.
fn task(text: &str) -> Result<TaskId, String> {
    let read = TaskId::try_from(text.to_owned());
    read.map_err(|_| format!("`{text}` is no step; write such as 3, or 3-undo-0"))
}

/// Which way a run is carried on, told of each transition.
type CarryOn = fn(&Samos, &str, &GoingOn, &mut dyn Attendant) -> Result<RunReport, Error>;

/// Goes on with a run.
pub(crate) fn resume(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    carry_on(session, arguments, Samos::resume_with, false)
}

/// Takes back what a run did.
pub(crate) fn undo(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    carry_on(session, arguments, Samos::undo_with, true)
}

fn carry_on(
    session: &Session,
    arguments: &Arguments,
    way: CarryOn,
    is_undo: bool,
) -> Result<Exit, Failure> {
    let how = arguments.how()?;
    let samos = session.samos()?;
    let plan = samos.run(&arguments.run)?.plan;
    let mut attendant = AtTerminal::new(&session.output, &plan, samos.world());
    let report = way(&samos, &arguments.run, &how, &mut attendant)?;
    runs::print_one(session, &samos, &report)?;
    Ok(runs::exit_of(&report, is_undo))
}
