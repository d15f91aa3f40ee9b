//! `samos chain --on SUBJECT…`: chains in one cloud. Paper: SCSR.

use clap::Args;
use samos::ChainOptions;

use super::reply::{self, ReplyArguments};
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `chain`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// A subject; may be repeated.
    #[arg(long, required = true, num_args = 1.., value_name = "SUBJECT")]
    on: Vec<String>,
    /// An argument at hand, bound by name or, without one, by type; may be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Only chains at whose end this holds.
    #[arg(long, value_name = "CONDITION")]
    goal: Option<String>,
    /// How many chains to show.
    #[arg(long, value_name = "K", default_value_t = 16)]
    alternatives: usize,
    #[command(flatten)]
    reply: ReplyArguments,
}

/// Asks the reasoner.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    if let Some(goal) = &arguments.goal {
        session.typed("--goal", goal);
    }
    let mut samos = session.samos()?;
    let options = ChainOptions {
        goal: arguments.goal.clone(),
        limits: reply::limits(&arguments.reply, Some(arguments.alternatives)),
    };
    reply::answer(session, &mut samos, &arguments.reply, |samos| {
        samos.chain_with(&arguments.on, &arguments.set, &options)
    })
}
