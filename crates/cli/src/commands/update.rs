//! `samos update SPARQL`: changes the facts of the data directory.

use clap::Args;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `update`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The update; declared prefixes need no PREFIX. `-` reads it from standard input.
    #[arg(value_name = "SPARQL")]
    update: String,
}

/// Changes, and says how much.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let update = session.text_or_input(&arguments.update)?;
    let mut samos = session.samos()?;
    let changed = samos.update(&update)?;
    if session.output.is_structured() {
        session
            .output
            .value(&json!({"added": changed.added, "removed": changed.removed}))?;
    } else {
        session.output.data(&format!(
            "{} added, {} removed",
            changed.added, changed.removed
        ))?;
    }
    Ok(Exit::Done)
}
