//! `samos verify PLAN`: the independent checker on a plan file.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::progress;
use crate::render::diagnostic::Diagnostics;
use crate::session::Session;

/// The arguments of `verify`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The plan file.
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
}

/// Checks, and prints what was found.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let samos = session.samos()?;
    let plan = samos::read_plan(&arguments.plan)?;
    let findings = progress::during("checking", || samos.verify(&plan))?;
    match session.output.format {
        Format::Json | Format::Yaml => {
            let value = json!({"fingerprint": plan.fingerprint, "accepted": findings.is_empty(), "findings": findings});
            session.output.value(&value)?;
        }
        Format::Table | Format::Wide if findings.is_empty() => {
            let count = plan.steps.len();
            let steps = crate::render::plan::plural(count, "step");
            let assumed = match plan.assumptions.len() {
                0 => String::new(),
                many => format!(", {many} taken for granted"),
            };
            session.output.data(&format!(
                "Verified: {count} {steps}, nothing open{assumed}."
            ))?;
        }
        Format::Table | Format::Wide => {
            let mut diagnostics = Diagnostics::new(session.output.colour);
            for finding in &findings {
                session.output.say(&diagnostics.print(finding));
            }
            let count = findings.len();
            let word = crate::render::plan::plural(count, "finding");
            session.output.say(&format!("Refused: {count} {word}."));
        }
        Format::Name => {
            for finding in &findings {
                session.output.data(&finding.code)?;
            }
        }
        other => return Err(other.unsupported("verify")),
    }
    Ok(if findings.is_empty() {
        Exit::Done
    } else {
        Exit::Error
    })
}
