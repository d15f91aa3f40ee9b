//! `samos together --on SUBJECT…`: operations that do the same, grouped across clouds. Paper: CCSR.

use clap::Args;

use super::reply::{self, ReplyArguments};
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `together`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// A subject; may be repeated.
    #[arg(long, required = true, num_args = 1.., value_name = "SUBJECT")]
    on: Vec<String>,
    /// An argument for all, bound by name or, without one, by type; may be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    reply: ReplyArguments,
}

/// Asks the reasoner.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let mut samos = session.samos()?;
    let limits = reply::limits(&arguments.reply, None);
    reply::answer(session, &mut samos, &arguments.reply, |samos| {
        samos.together_within(&arguments.on, &arguments.set, &limits)
    })
}
