//! `samos export PLAN --to FORM`, and `samos export --goal CONDITION --to pddl --out DIR`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use samos::{export, pddl};

use crate::failure::{Exit, Failure};
use crate::render::diagnostic::Diagnostics;
use crate::session::Session;

/// The arguments of `export`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The plan file.
    #[arg(value_name = "PLAN", required_unless_present = "goal")]
    plan: Option<PathBuf>,
    /// The form.
    #[arg(long, value_enum, value_name = "FORM")]
    to: Form,
    /// A goal, to write the world and it as a planning problem (`--to pddl`).
    #[arg(long, value_name = "CONDITION", conflicts_with = "plan")]
    goal: Option<String>,
    /// The folder to write `domain.pddl` and `problem.pddl` to, and of a plan `plan.txt` (`--to pddl`).
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
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
    /// A workflow of the OpenAPI initiative, as JSON, which is YAML too.
    Arazzo,
    /// The text that validators of planning problems read, for the problem that the world and the plan's goal are.
    Pddl,
}

/// Writes the plan to standard output, or the problem to a folder.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.to == Form::Pddl {
        return planning_problem(session, arguments);
    }
    let Some(plan) = &arguments.plan else {
        return Err(Failure::usage(
            "only `--to pddl` writes a goal",
            "name a plan file, or write `--to pddl`",
        ));
    };
    let plan = samos::read_plan(plan)?;
    let text = match arguments.to {
        Form::Json | Form::Pddl => {
            serde_json::to_string_pretty(&plan).map_err(|error| Failure::internal(&error))?
        }
        Form::Turtle => export::turtle(&plan),
        Form::Mermaid => export::mermaid(&plan, session.samos()?.world()),
        Form::Dot => export::dot(&plan, session.samos()?.world()),
        Form::Arazzo => export::arazzo(&plan, session.samos()?.world()),
    };
    session.output.data(&text)?;
    Ok(Exit::Done)
}

fn planning_problem(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let plan = match &arguments.plan {
        Some(path) => Some(samos::read_plan(path)?),
        None => None,
    };
    let samos = session.samos()?;
    let goal = match (&arguments.goal, &plan) {
        (Some(text), _) => {
            session.typed("--goal", text);
            samos.condition(text, "--goal")?
        }
        (None, Some(plan)) => samos.condition_of(&plan.goal)?,
        (None, None) => samos::model::Condition::default(),
    };
    let failed = |findings| Failure::Findings(findings, Exit::Error);
    let exported = match &plan {
        Some(plan) => pddl::export_plan(samos.world(), &goal, plan).map_err(failed)?,
        None => pddl::export(samos.world(), &goal).map_err(failed)?,
    };
    let steps = exported.plan.as_deref();
    let mut diagnostics = Diagnostics::new(session.output.colour);
    for warning in &exported.warnings {
        session.output.say(&diagnostics.print(warning));
    }
    match &arguments.out {
        Some(folder) => {
            std::fs::create_dir_all(folder)
                .map_err(|error| Failure::file(folder, "make", &error))?;
            write(&folder.join("domain.pddl"), &exported.domain)?;
            write(&folder.join("problem.pddl"), &exported.problem)?;
            if let Some(steps) = steps {
                write(&folder.join("plan.txt"), steps)?;
            }
        }
        None => match steps {
            Some(steps) => session.output.data(steps)?,
            None => session
                .output
                .data(&format!("{}\n{}", exported.domain, exported.problem))?,
        },
    }
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::file(path, "write", &error))
}
