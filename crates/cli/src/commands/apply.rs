//! `samos apply PLAN`: runs a plan, after a yes to exactly its number of changes.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use samos::model::codes::interface as codes;
use samos::{
    Ending, Faults, Finding, Limits, OnFailure, Plan, RunOptions, RunReport, Samos, changes_of,
};

use super::attending::{AllowanceArguments, AtTerminal};
use super::{reply, runs};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::progress;
use crate::render::names::ShortNames;
use crate::render::plan as plan_text;
use crate::render::plan::{Detail, plural};
use crate::session::Session;

/// So often a new plan is made in place of one that failed.
const MOST_NEW_PLANS: usize = 8;

/// The arguments of `apply`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The plan file.
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    #[command(flatten)]
    approval: ApprovalArguments,
    /// Write the last new plan that `--on-failure replan` makes into this file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What to do when a step cannot be done.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Otherwise::Stop)]
    on_failure: Otherwise,
    #[command(flatten)]
    allowance: AllowanceArguments,
    #[command(flatten)]
    faults: FaultArguments,
}

/// What is said yes to.
#[derive(Args, Debug)]
pub(crate) struct ApprovalArguments {
    /// Yes to exactly this number of changes; asked for on a terminal when left out.
    #[arg(long, value_name = "N")]
    approve: Option<u32>,
    /// Yes to whatever is planned, also to each new plan that replaces one.
    #[arg(long, conflicts_with = "approve")]
    yes: bool,
}

/// What to do when a step cannot be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Otherwise {
    /// Begin nothing new and say what is done.
    Stop,
    /// Take back what was done.
    Undo,
    /// Plan anew from the state reached, show the new plan, and run it once it is approved, too.
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
    let mut samos = session.samos()?;
    let plan = samos::read_plan(&arguments.plan)?;
    samos.may_apply(&plan)?;
    let file = format!("`samos show {}`", arguments.plan.display());
    let approved = approved(session, &samos, &plan, &arguments.approval, &file)?;
    let faults = &arguments.faults;
    let options = RunOptions {
        approved,
        on_failure: match arguments.on_failure {
            Otherwise::Stop => OnFailure::Stop,
            Otherwise::Undo => OnFailure::Undo,
            Otherwise::Replan => OnFailure::Replan,
        },
        follows: None,
        allowance: arguments.allowance.into(),
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
    let mut report = carry_out(session, &samos, &plan, &options)?;
    for _ in 0..MOST_NEW_PLANS {
        if report.receipt.ending != Some(Ending::ReplanNeeded) {
            break;
        }
        let Some((plan, approved)) = planned_anew(session, &mut samos, &report, arguments)? else {
            break;
        };
        let options = RunOptions {
            approved,
            follows: Some(report.id().to_owned()),
            ..options.clone()
        };
        report = carry_out(session, &samos, &plan, &options)?;
    }
    runs::print_one(session, &samos, &report)?;
    Ok(runs::exit_of(&report, false))
}

/// A new plan for what a run could not do, once it is approved. None where there is nothing to run, or nobody to ask: then
/// the run's last line says how to go on.
fn planned_anew(
    session: &Session,
    samos: &mut Samos,
    report: &RunReport,
    arguments: &Arguments,
) -> Result<Option<(Plan, u32)>, Failure> {
    let can_ask = Output::can_ask();
    if !arguments.approval.yes && !can_ask && arguments.out.is_none() {
        return Ok(None);
    }
    let answer = progress::during("planning anew", || {
        samos.replan(report.id(), &Limits::default())
    })?;
    let Some(plan) = answer.plans.into_iter().next() else {
        session
            .output
            .say("No plan leads on from the state reached.");
        return Ok(None);
    };
    if let Some(path) = &arguments.out {
        reply::save(session, path, &plan)?;
    }
    if plan.steps.is_empty() {
        session
            .output
            .say("What was wanted holds by now: there is nothing left to do.");
        return Ok(None);
    }
    session.output.say(runs::outcome(report).as_str());
    session.output.say(&plan_text::repair(&plan));
    let names = ShortNames::of_plans(samos.world(), std::slice::from_ref(&plan));
    session.output.say(&plan_text::plan(
        &plan,
        samos.world(),
        &names,
        Detail::Short,
    ));
    let changes = changes_of(&plan);
    if arguments.approval.yes || changes == 0 {
        return Ok(Some((plan, changes)));
    }
    if !can_ask {
        return Ok(None);
    }
    let approved = ask(changes)?;
    Ok(Some((plan, approved)))
}

/// Runs a plan that is approved, telling what happens where that is of interest.
pub(crate) fn carry_out(
    session: &Session,
    samos: &Samos,
    plan: &Plan,
    options: &RunOptions,
) -> Result<RunReport, Failure> {
    let mut attendant = AtTerminal::new(&session.output, plan, samos.world());
    Ok(samos.apply_watched(plan, options, &mut attendant)?)
}

/// The number of changes said yes to; `shown_by` is the command that shows them.
pub(crate) fn approved(
    session: &Session,
    samos: &Samos,
    plan: &Plan,
    given: &ApprovalArguments,
    shown_by: &str,
) -> Result<u32, Failure> {
    let changes = changes_of(plan);
    if given.yes {
        return Ok(changes);
    }
    if let Some(given) = given.approve {
        if given != changes {
            let finding = Finding::error(
                codes::WRONG_APPROVAL,
                format!("{given} approved, but the plan makes {changes}"),
                format!("look at it with {shown_by}, then approve exactly {changes}"),
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
            format!("look at it with {shown_by}, then add --approve {changes}"),
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
