//! `samos query SPARQL`: SELECT, ASK, CONSTRUCT, DESCRIBE.

use clap::Args;
use samos::AnswerFormat;

use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::progress;
use crate::render::table;
use crate::session::Session;

/// The arguments of `query`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The query; declared prefixes need no PREFIX. `-` reads it from standard input.
    #[arg(value_name = "SPARQL")]
    query: String,
}

/// Asks, and prints the answer.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let query = session.text_or_input(&arguments.query)?;
    let samos = session.samos()?;
    let answer = progress::during("asking", || samos.query(&query))?;
    let standard = |format| {
        answer.serialize(format).map_err(|error| {
            Failure::usage(
                error.to_string(),
                "choose another form with -o: table always works",
            )
        })
    };
    let (heading, rows) = answer.table();
    match session.output.format {
        Format::Table | Format::Wide => {
            let heading: Vec<String> = heading.iter().map(|name| name.to_uppercase()).collect();
            let heading: Vec<&str> = heading.iter().map(String::as_str).collect();
            session
                .output
                .data(&table::columns(&heading, rows.iter().cloned()))?;
        }
        Format::Name => {
            let names = rows.iter().filter_map(|row| row.first());
            let names: String = names.map(|name| format!("{name}\n")).collect();
            session.output.data(&names)?;
        }
        Format::Json => session.output.data(&standard(AnswerFormat::Json)?)?,
        Format::Yaml => {
            let json = standard(AnswerFormat::Json)?;
            let value: serde_json::Value =
                serde_json::from_str(&json).map_err(|error| Failure::internal(&error))?;
            session.output.value(&value)?;
        }
        Format::Csv => session.output.data(&standard(AnswerFormat::Csv)?)?,
        Format::Tsv => session.output.data(&standard(AnswerFormat::Tsv)?)?,
        Format::Xml => session.output.data(&standard(AnswerFormat::Xml)?)?,
        Format::Turtle => session.output.data(&standard(AnswerFormat::Turtle)?)?,
        other => return Err(other.unsupported("query")),
    }
    let is_empty = rows.is_empty() && answer.boolean().is_none();
    if is_empty && matches!(session.output.format, Format::Table | Format::Wide) {
        session.output.say("no rows");
    }
    Ok(Exit::Done)
}
