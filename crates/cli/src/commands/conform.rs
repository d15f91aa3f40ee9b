//! `samos conform OP… --on SUBJECT`: specification against reality.

use clap::Args;
use samos::Samos;
use samos::conformance::{Aspect, Conformance, Verdict};
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::progress;
use crate::render::table;
use crate::session::Session;

/// The arguments of `conform`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The operations, tried one after the other.
    #[arg(required = true, value_name = "OP")]
    operations: Vec<String>,
    /// The subject.
    #[arg(long, value_name = "SUBJECT")]
    on: String,
    /// An argument; may be repeated, also for several values of one name.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// How many changes you approve: one for each operation that changes something. They are really made.
    #[arg(long, value_name = "N", default_value_t = 0)]
    approve: u32,
}

/// Tries each operation and prints what was compared.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let mut samos = session.samos()?;
    let mut left = arguments.approve;
    let mut results: Vec<Conformance> = Vec::new();
    for operation in &arguments.operations {
        let changes = changes(&samos, operation)?;
        let approved = changes.min(left);
        left -= approved;
        results.push(progress::during("trying", || {
            samos.conform(operation, &arguments.on, &arguments.set, approved)
        })?);
    }
    match session.output.format {
        Format::Table | Format::Wide => {
            for result in &results {
                session.output.data(&shown(&samos, result))?;
            }
        }
        Format::Json | Format::Yaml => session.output.value(&json!({ "results": results }))?,
        other => return Err(other.unsupported("conform")),
    }
    Ok(if results.iter().all(Conformance::agrees) {
        Exit::Done
    } else {
        Exit::Error
    })
}

/// One for an operation that changes something.
fn changes(samos: &Samos, operation: &str) -> Result<u32, Failure> {
    let iri = samos.operation(operation)?;
    let known = samos.world().operation(&iri);
    Ok(u32::from(known.is_some_and(|operation| {
        operation.kind == samos::model::Kind::Manipulation
    })))
}

fn shown(samos: &Samos, result: &Conformance) -> String {
    let world = samos.world();
    let heading = format!(
        "{} on {}: {}\n",
        world.compact(&result.request.operation),
        world.compact(&result.request.subject),
        if result.agrees() {
            "nothing disagrees"
        } else {
            "disagrees with its specification"
        }
    );
    let rows = result.checks.iter().map(|check| {
        let verdict = match check.verdict {
            Verdict::Agrees => "✔",
            Verdict::Disagrees => "✘",
            Verdict::Unseen => "?",
        };
        let aspect = match check.aspect {
            Aspect::Precondition => "precondition",
            Aspect::Outcome => "outcome",
            Aspect::Postcondition => "postcondition",
            Aspect::Error => "error",
        };
        vec![verdict.to_owned(), aspect.to_owned(), check.text.clone()]
    });
    heading + &table::columns(&["", "OF", "SEEN"], rows)
}
