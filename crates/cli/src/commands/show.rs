//! `samos show PLAN|RUN`: what a plan file or a run says.

use std::path::Path;

use clap::Args;

use super::reply;
use super::runs;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `show`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// A plan file, or the name of a run (its beginning will do).
    #[arg(value_name = "PLAN|RUN")]
    what: String,
}

/// Shows.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let samos = session.samos()?;
    let path = Path::new(&arguments.what);
    if path.exists() || looks_like_a_file(&arguments.what) {
        let plan = samos::read_plan(path)?;
        reply::one_plan(session, &samos, &plan)?;
    } else {
        let run = samos.run(&arguments.what)?;
        runs::print_one(session, &samos, &run)?;
    }
    Ok(Exit::Done)
}

/// No run is named so.
fn looks_like_a_file(text: &str) -> bool {
    text.contains(['/', '\\', '.'])
}
