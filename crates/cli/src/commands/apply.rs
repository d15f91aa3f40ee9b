//! `samos apply PLAN`: runs a plan, after a yes to exactly its number of changes.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use samos::model::codes::interface as codes;
use samos::{Faults, Finding, OnFailure, Plan, RunOptions, RunReport, Samos, changes_of};

use super::runs;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::render::names::ShortNames;
use crate::render::plan as plan_text;
use crate::render::plan::{Detail, plural};
use crate::render::run::Telling;
use crate::session::Session;

/// The arguments of `apply`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The plan file.
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Yes to exactly this number of changes; asked for on a terminal when left out.
    #[arg(long, value_name = "N")]
    approve: Option<u32>,
    /// What to do when a step cannot be done.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Otherwise::Stop)]
    on_failure: Otherwise,
    #[command(flatten)]
    faults: FaultArguments,
}

/// What to do when a step cannot be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Otherwise {
    /// Begin nothing new and say what is done.
    Stop,
    /// Take back what was done.
    Undo,
    /// Ask the question again from the state reached.
    Replan,
}

/// What goes wrong with the simulated providers.
#[derive(Args, Debug)]
struct FaultArguments {
    /// Where all that is left to chance comes from.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        help_heading = "Simulated providers"
    )]
    seed: u64,
    /// How many in a thousand answers are slow.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        help_heading = "Simulated providers"
    )]
    slow: u32,
    /// How many in a thousand requests are refused for now.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        help_heading = "Simulated providers"
    )]
    refuse: u32,
    /// How many in a thousand answers are lost on their way.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        help_heading = "Simulated providers"
    )]
    lose: u32,
    /// Before how many in a thousand changes another changes the same thing.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        help_heading = "Simulated providers"
    )]
    disturb: u32,
}

/// Runs the plan.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let samos = session.samos()?;
    let plan = samos::read_plan(&arguments.plan)?;
    samos.may_apply(&plan)?;
    let approved = approved(session, &samos, &plan, arguments)?;
    let faults = &arguments.faults;
    let options = RunOptions {
        approved,
        on_failure: match arguments.on_failure {
            Otherwise::Stop => OnFailure::Stop,
            Otherwise::Undo => OnFailure::Undo,
            Otherwise::Replan => OnFailure::Replan,
        },
        faults: Faults {
            seed: faults.seed,
            slow: faults.slow,
            refuse: faults.refuse,
            lose_request: faults.lose / 2,
            lose_answer: faults.lose.div_ceil(2),
            disturb: faults.disturb,
            ..RunOptions::default().faults
        },
    };
    let report = carry_out(session, &samos, &plan, &options)?;
    runs::print_one(session, &samos, &report)?;
    Ok(runs::exit_of(&report, false))
}

/// Runs a plan that is approved, telling what happens where that is of interest.
pub(crate) fn carry_out(
    session: &Session,
    samos: &Samos,
    plan: &Plan,
    options: &RunOptions,
) -> Result<RunReport, Failure> {
    let mut telling = Telling::new(plan, samos.world());
    let report = samos.apply_watched(plan, options, &mut |record: &samos::Record| {
        if let Some(line) = telling.tell(record) {
            session.output.say(&line);
        }
    })?;
    Ok(report)
}

/// The number of changes said yes to.
fn approved(
    session: &Session,
    samos: &Samos,
    plan: &Plan,
    arguments: &Arguments,
) -> Result<u32, Failure> {
    let changes = changes_of(plan);
    let path = arguments.plan.display();
    if let Some(given) = arguments.approve {
        if given != changes {
            let finding = Finding::error(
                codes::WRONG_APPROVAL,
                format!("{given} approved, but the plan makes {changes}"),
                format!("look at it with `samos show {path}`, then approve exactly {changes}"),
            );
            return Err(Failure::Findings(vec![finding], Exit::NotPermitted));
        }
        return Ok(given);
    }
    if changes == 0 {
        return Ok(0);
    }
    if !Output::can_ask() {
        let finding = Finding::error(
            codes::NEEDS_APPROVAL,
            format!(
                "the plan makes {changes} {}, and there is no terminal to ask on",
                plural(changes as usize, "change")
            ),
            format!(
                "look at it with `samos show {}`, then add --approve {changes}",
                path
            ),
        );
        return Err(Failure::Findings(vec![finding], Exit::NotPermitted));
    }
    let names = ShortNames::of_plans(samos.world(), std::slice::from_ref(plan));
    session
        .output
        .say(&plan_text::plan(plan, samos.world(), &names, Detail::Short));
    ask(changes)
}

/// Asks on the terminal.
fn ask(changes: u32) -> Result<u32, Failure> {
    let word = plural(changes as usize, "change");
    let mut stream = anstream::stderr().lock();
    // Whoever does not see the question does not answer it either.
    let _ = write!(
        stream,
        "Do you want to run {changes} {word}?  Type {changes} to approve: "
    );
    let _ = stream.flush();
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::stream(&error))?;
    line.trim().parse().map_err(|_| {
        let finding = Finding::error(
            codes::NEEDS_APPROVAL,
            "not approved; nothing was run",
            "type the number of changes to approve",
        );
        Failure::Findings(vec![finding], Exit::NotPermitted)
    })
}
