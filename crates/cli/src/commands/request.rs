//! `samos do OP --on SUBJECT`: one request, checked, and sent if it may be.

use clap::Args;
use samos::{RunOptions, Samos};

use super::apply::{ApprovalArguments, approved, carry_out};
use super::attending::AllowanceArguments;
use super::{check, runs};
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `do`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    request: check::RequestArguments,
    #[command(flatten)]
    approval: ApprovalArguments,
    #[command(flatten)]
    allowance: AllowanceArguments,
}

/// Sends the request, or prints what it still needs.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let mut samos: Samos = session.samos()?;
    let prepared = check::prepared(&mut samos, &arguments.request)?;
    let Some(plan) = check::plan_of(&samos, &prepared) else {
        check::print(session, &samos, &prepared)?;
        return Ok(Exit::Error);
    };
    let shown_by = "`samos check` in place of `samos do`";
    let options = RunOptions {
        approved: approved(session, &samos, &plan, &arguments.approval, shown_by)?,
        allowance: arguments.allowance.into(),
        ..RunOptions::default()
    };
    let report = carry_out(session, &samos, &plan, &options)?;
    runs::print_one(session, &samos, &report)?;
    Ok(runs::exit_of(&report, false))
}
