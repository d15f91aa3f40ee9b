//! `samos libraries`: through what operations are called, and which goes first where several serve the same provider.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::render::table;
use crate::session::Session;

/// The arguments of `libraries`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List the libraries (the default)
    List,
    /// Call accounts that name no library through these, where they serve the provider, the first before the others; none
    /// named means by name
    Prefer {
        /// Libraries, such as aws/botocore
        names: Vec<String>,
    },
}

/// Lists, or keeps the choice.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let samos = session.unconnected()?;
    if let Some(Action::Prefer { names }) = &arguments.action {
        samos.prefer_libraries(names)?;
        session
            .output
            .say("Kept. Plans that were made before are stale.");
        return Ok(Exit::Done);
    }
    let libraries = samos.libraries()?;
    if session.output.is_structured() {
        session.output.value(&json!({"libraries": libraries}))?;
        return Ok(Exit::Done);
    }
    let rows = libraries.iter().map(|library| {
        let providers = library.providers.iter();
        let providers: Vec<String> = providers.map(|one| samos.world().compact(one)).collect();
        let transport = json!(library.transport);
        vec![
            library.name.clone(),
            providers.join(", "),
            library.operations.to_string(),
            transport.as_str().unwrap_or_default().to_owned(),
            library
                .preferred
                .map_or_else(String::new, |at| at.to_string()),
        ]
    });
    let head = ["LIBRARY", "PROVIDER", "OPERATIONS", "BY", "PREFERRED"];
    session.output.data(&table::columns(&head, rows))?;
    Ok(Exit::Done)
}
