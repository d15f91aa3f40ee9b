//! `samos refresh NAME`: reads a thing, or all that an account has, and keeps what was seen.

use clap::Args;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::progress;
use crate::session::Session;

/// The arguments of `refresh`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// An account, or a service, instance or aspect
    name: String,
}

/// Reads, and says how many requests were answered.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let mut samos = session.samos()?;
    let entity = samos.entity(&arguments.name)?;
    let account = samos::Iri::from("https://w3id.org/samos#Account");
    let is_account = samos.world().has_type(&entity, &account);
    let answered = progress::during("reading", || {
        if is_account {
            samos.inventory(&arguments.name)
        } else {
            samos.refresh(&arguments.name)
        }
    })?;
    if session.output.is_structured() {
        session.output.value(&json!({"answered": answered}))?;
    } else {
        session.output.data(&format!("{answered} answered"))?;
    }
    Ok(Exit::Done)
}
