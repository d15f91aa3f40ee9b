//! `samos coverage`: how many of each provider's operations can really be called, and which cannot.

use clap::Args;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::render::table;
use crate::session::Session;

/// The arguments of `coverage`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {}

/// Counts, and prints.
pub(crate) fn run(session: &Session, _arguments: &Arguments) -> Result<Exit, Failure> {
    let samos = session.unconnected()?;
    let rows = samos.coverage()?;
    if session.output.is_structured() {
        session.output.value(&json!({"coverage": rows}))?;
        return Ok(Exit::Done);
    }
    let name = |iri: &samos::Iri| samos.world().compact(iri);
    let text = table::columns(
        &["PROVIDER", "READS", "CHANGES", "LIBRARIES"],
        rows.iter().map(|row| {
            let of =
                |count: &samos::MappedCount| format!("{} of {}", count.mapped, count.specified);
            let libraries = row.libraries.iter();
            let libraries: Vec<String> = libraries
                .map(|(library, count)| format!("{library} {count}"))
                .collect();
            vec![
                row.provider.as_ref().map(name).unwrap_or_default(),
                of(&row.information),
                of(&row.manipulation),
                libraries.join(", "),
            ]
        }),
    );
    session.output.data(&text)?;
    if session.output.format == Format::Wide {
        for missing in rows.iter().flat_map(|row| &row.missing) {
            session
                .output
                .data(&format!("not mapped: {}", name(missing)))?;
        }
    }
    Ok(Exit::Done)
}
