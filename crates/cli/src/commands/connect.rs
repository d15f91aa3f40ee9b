//! `samos connect SUBJECT SUBJECT…`: interaction of services across clouds. Paper: IOSR.

use clap::Args;
use samos::ConnectOptions;

use super::reply::{self, ReplyArguments};
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `connect`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The services or things that shall work together.
    #[arg(required = true, num_args = 1.., value_name = "SUBJECT")]
    subjects: Vec<String>,
    /// What must hold at the end.
    #[arg(long, value_name = "CONDITION")]
    goal: Option<String>,
    /// Assume nothing that is not known.
    #[arg(long)]
    no_assume: bool,
    /// Offer also what keeps things apart, such as deny lists.
    #[arg(long)]
    excluding: bool,
    /// How many plans to show.
    #[arg(long, value_name = "K", default_value_t = 8)]
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
    let options = ConnectOptions {
        goal: arguments.goal.clone(),
        assume: !arguments.no_assume,
        excluding: arguments.excluding,
        limits: reply::limits(&arguments.reply, Some(arguments.alternatives)),
    };
    reply::answer(session, &mut samos, &arguments.reply, |samos| {
        samos.connect_with(&arguments.subjects, &options)
    })
}
