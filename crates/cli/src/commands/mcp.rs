//! `samos mcp`: tools for an agent, over standard input and output.

use clap::Args;
use samos_server::AgentOptions;

use super::serve;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `mcp`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Offer the demo world; what is run in it is forgotten at the end, unless --data names a folder.
    #[arg(long)]
    demo: bool,
    /// Let the agent run plans, each after a person approved its number of changes.
    #[arg(long)]
    allow_execute: bool,
}

/// Speaks until the agent closes the streams.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let world = serve::world(session, arguments.demo)?;
    let options = AgentOptions {
        may_run: arguments.allow_execute,
    };
    samos_server::speak(world.configuration.clone(), options).map_err(serve::failed)?;
    Ok(Exit::Done)
}
