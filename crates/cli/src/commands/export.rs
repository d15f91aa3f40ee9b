//! `samos export PLAN --to FORM`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use samos::export;

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `export`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The plan file.
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// The form.
    #[arg(long, value_enum, value_name = "FORM")]
    to: Form,
}

/// The forms a plan can be written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    /// The plan's own form, laid out.
    Json,
    /// RDF, in the terms of P-Plan and PROV-O.
    Turtle,
    /// A Mermaid flow chart.
    Mermaid,
    /// A Graphviz digraph.
    Dot,
}

/// Writes the plan to standard output.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let plan = samos::read_plan(&arguments.plan)?;
    let text = match arguments.to {
        Form::Json => {
            serde_json::to_string_pretty(&plan).map_err(|error| Failure::internal(&error))?
        }
        Form::Turtle => export::turtle(&plan),
        Form::Mermaid => export::mermaid(&plan, session.samos()?.world()),
        Form::Dot => export::dot(&plan, session.samos()?.world()),
    };
    session.output.data(&text)?;
    Ok(Exit::Done)
}
