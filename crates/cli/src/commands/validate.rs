//! `samos validate PATH…`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use samos::Severity;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::progress;
use crate::render::diagnostic::Diagnostics;
use crate::render::plan::plural;
use crate::render::sarif;
use crate::session::Session;

/// The arguments of `validate`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Files and folders.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Hold mappings against a vendor's models too: a folder as botocore's `data`.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// The form of the findings.
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Report>,
}

/// The forms of findings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Report {
    /// Diagnostics with the lines they are about.
    Human,
    /// `{"findings": […]}`.
    Json,
    /// SARIF 2.1.0, for code hosts and editors.
    Sarif,
}

/// Validates, and prints what was found.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let form = arguments.format.unwrap_or(match session.output.format {
        Format::Json | Format::Yaml => Report::Json,
        _ => Report::Human,
    });
    let models = arguments.models.as_deref();
    let validation = progress::during("validating", || {
        samos::validate_with(&arguments.paths, models)
    });
    let findings = &validation.findings;
    let count = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    match form {
        Report::Json => session.output.value(&json!({"findings": findings}))?,
        Report::Sarif => session.output.value(&sarif::log(findings))?,
        Report::Human => {
            let mut diagnostics = Diagnostics::new(session.output.colour);
            for finding in findings {
                session.output.say(&diagnostics.print(finding));
            }
            session.output.data(&format!(
                "{errors} {}, {warnings} {} in {} {}",
                plural(errors, "error"),
                plural(warnings, "warning"),
                validation.files,
                plural(validation.files, "file"),
            ))?;
        }
    }
    Ok(if errors > 0 { Exit::Error } else { Exit::Done })
}
