//! `samos runs`, and what all verbs that run something have in common.

use clap::Args;
use samos::{Ending, RunReport, Samos};
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::render::plan::plural;
use crate::render::{run as render, table};
use crate::session::Session;

/// The arguments of `runs`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {}

/// Lists the runs.
pub(crate) fn run(session: &Session, _: &Arguments) -> Result<Exit, Failure> {
    let samos = session.samos()?;
    list(session, &samos, None)
}

/// Lists the runs of a world, or the one named.
pub(crate) fn list(session: &Session, samos: &Samos, name: Option<&str>) -> Result<Exit, Failure> {
    let runs = find(samos, name)?;
    match session.output.format {
        Format::Json | Format::Yaml => session.output.value(&json!({"runs": runs}))?,
        Format::Name => {
            let names: String = runs.iter().map(|run| format!("{}\n", run.id())).collect();
            session.output.data(&names)?;
        }
        Format::Table | Format::Wide if runs.is_empty() => {
            session.output.say("no runs of this world")
        }
        Format::Table | Format::Wide => {
            let rows = runs.iter().map(|run| {
                vec![
                    run.id().to_owned(),
                    render::ending(run),
                    run.receipt.steps.len().to_string(),
                    run.receipt.started_at.clone(),
                    short(&run.receipt.plan),
                ]
            });
            let heading = ["RUN", "STATE", "STEPS", "STARTED", "PLAN"];
            session.output.data(&table::columns(&heading, rows))?;
        }
        other => return Err(other.unsupported("runs")),
    }
    Ok(Exit::Done)
}

/// Lists the plans that runs have used.
pub(crate) fn list_plans(
    session: &Session,
    samos: &Samos,
    name: Option<&str>,
) -> Result<Exit, Failure> {
    let mut runs = find(samos, None)?;
    if let Some(name) = name {
        runs.retain(|run| run.receipt.plan.contains(name));
    }
    match session.output.format {
        Format::Json | Format::Yaml => {
            let plans: Vec<_> = runs.iter().map(|run| &run.plan).collect();
            session.output.value(&json!({"plans": plans}))?;
        }
        Format::Name => {
            let names: String = runs
                .iter()
                .map(|run| format!("{}\n", run.receipt.plan))
                .collect();
            session.output.data(&names)?;
        }
        Format::Table | Format::Wide if runs.is_empty() => {
            session
                .output
                .say("no plan of this world was run; a plan that was only saved is in its file");
        }
        Format::Table | Format::Wide => {
            let rows = runs.iter().map(|run| {
                let subjects: Vec<String> = run
                    .plan
                    .goal
                    .subjects
                    .iter()
                    .map(|iri| iri.local().to_owned())
                    .collect();
                vec![
                    short(&run.receipt.plan),
                    run.plan.steps.len().to_string(),
                    run.plan.cost.manipulations.to_string(),
                    subjects.join(","),
                    run.id().to_owned(),
                ]
            });
            let heading = ["PLAN", "STEPS", "CHANGES", "SUBJECTS", "USED BY"];
            session.output.data(&table::columns(&heading, rows))?;
        }
        other => return Err(other.unsupported("plans")),
    }
    Ok(Exit::Done)
}

fn find(samos: &Samos, name: Option<&str>) -> Result<Vec<RunReport>, Failure> {
    match name {
        Some(name) => Ok(vec![samos.run(name)?]),
        None => Ok(samos.runs()?),
    }
}

/// A fingerprint that a person can compare.
pub(crate) fn short(fingerprint: &str) -> String {
    fingerprint.chars().take("sha256:".len() + 8).collect()
}

/// Prints a run in the form asked for.
pub(crate) fn print_one(session: &Session, samos: &Samos, run: &RunReport) -> Result<(), Failure> {
    match session.output.format {
        Format::Json | Format::Yaml => session.output.value(run),
        Format::Name => session.output.data(run.id()),
        Format::Table | Format::Wide => {
            let mut text = render::steps(run, samos.world());
            text.push_str(&closing(run));
            session.output.data(&text)
        }
        other => Err(other.unsupported("run")),
    }
}

/// The line that says how a run ended, and what one may do next.
pub(crate) fn closing(run: &RunReport) -> String {
    let mut text = outcome(run);
    if run.is_done() && render::count_done(run).changes > 0 {
        text.push_str(&format!("   samos undo {}", run.id()));
    } else if run.receipt.ending == Some(Ending::ReplanNeeded) {
        text.push_str(&format!("   samos plan --from PLAN --after {}", run.id()));
    } else if let Some(Ending::Undecided { tasks }) = &run.receipt.ending {
        let steps: Vec<String> = tasks
            .iter()
            .map(|step| format!(" --took-effect {step}|--no-effect {step}"))
            .collect();
        text.push_str(&format!("   samos resume {}{}", run.id(), steps.concat()));
    } else if !run.is_done() && !run.is_undone() {
        text.push_str(&format!("   samos resume {0}, or samos undo {0}", run.id()));
    }
    text.push('\n');
    text
}

/// The line that says how a run ended.
pub(crate) fn outcome(run: &RunReport) -> String {
    let done = render::count_done(run);
    format!(
        "Run {} {}: {} {}, {} {}, {}.",
        run.id(),
        render::ending(run),
        done.changes,
        plural(done.changes, "change"),
        done.reads,
        plural(done.reads, "read"),
        render::took(run),
    ) + &played(run)
}

/// Which providers were only played, where any were.
fn played(run: &RunReport) -> String {
    if run.simulated.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = run.simulated.iter().map(String::as_str).collect();
    format!(" Simulated: {}.", names.join(", "))
}

/// The exit code of a run that has ended.
pub(crate) fn exit_of(run: &RunReport, wanted_undone: bool) -> Exit {
    let good = if wanted_undone {
        run.is_undone()
    } else {
        run.is_done()
    };
    if good { Exit::Done } else { Exit::Error }
}
