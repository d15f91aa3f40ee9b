//! The verbs, one module each: what a verb's arguments are, what it asks the facade, and how it ends.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod man;
pub(crate) mod prepare;
pub(crate) mod validate;

use crate::arguments::Verb;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Does what the verb says.
pub(crate) fn run(session: &Session, verb: Verb) -> Result<Exit, Failure> {
    match verb {
        Verb::Get(arguments) => get::run(session, &arguments),
        Verb::Explain(arguments) => explain::run(session, &arguments),
        Verb::Check(arguments) => check::run(session, &arguments),
        Verb::Prepare(arguments) => prepare::run(session, &arguments),
        Verb::Validate(arguments) => validate::run(session, &arguments),
        Verb::Export(arguments) => export::run(session, &arguments),
        Verb::Completions(arguments) => completions::run(session, &arguments),
        Verb::Man(arguments) => man::run(session, &arguments),
    }
}
