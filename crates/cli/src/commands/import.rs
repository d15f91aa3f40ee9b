//! `samos import pddl DOMAIN PROBLEM --out DIR`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use samos::pddl;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::render::diagnostic::Diagnostics;
use crate::session::Session;

/// The arguments of `import`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    from: From,
}

/// What can be imported.
#[derive(Subcommand, Debug)]
enum From {
    /// A planning problem in PDDL (typed STRIPS): writes the world, and prints the goal to ask.
    Pddl(Pddl),
}

/// The arguments of `import pddl`.
#[derive(Args, Debug)]
struct Pddl {
    /// The domain file.
    #[arg(value_name = "DOMAIN")]
    domain: PathBuf,
    /// The problem file.
    #[arg(value_name = "PROBLEM")]
    problem: PathBuf,
    /// The folder to write `world.ttl` and `goal.txt` to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Imports.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.from {
        From::Pddl(files) => import_pddl(session, files),
    }
}

fn import_pddl(session: &Session, files: &Pddl) -> Result<Exit, Failure> {
    if !matches!(session.output.format, Format::Table | Format::Json) {
        return Err(session.output.format.unsupported("import"));
    }
    let (domain, problem) = (read(&files.domain)?, read(&files.problem)?);
    let (domain_file, problem_file) = (
        files.domain.display().to_string(),
        files.problem.display().to_string(),
    );
    let imported = pddl::import(
        pddl::Text {
            file: &domain_file,
            text: &domain,
        },
        pddl::Text {
            file: &problem_file,
            text: &problem,
        },
    )
    .map_err(|findings| Failure::Findings(findings, Exit::Error))?;
    let mut diagnostics = Diagnostics::new(session.output.colour);
    for warning in &imported.warnings {
        session.output.say(&diagnostics.print(warning));
    }
    std::fs::create_dir_all(&files.out)
        .map_err(|error| Failure::file(&files.out, "make", &error))?;
    let world = files.out.join("world.ttl");
    write(&world, &imported.turtle)?;
    write(&files.out.join("goal.txt"), &format!("{}\n", imported.goal))?;
    if session.output.format == Format::Json {
        session.output.value(&json!({
            "world": world,
            "goal": imported.goal,
            "minimize": imported.minimizes_cost.then_some("cost"),
            "operations": imported.operations,
            "objects": imported.objects,
        }))?;
    } else {
        session.output.data(&imported.goal)?;
        session.output.say(&format!(
            "{} operations, {} things: {}",
            imported.operations,
            imported.objects,
            world.display()
        ));
        let minimize = if imported.minimizes_cost {
            " --minimize cost"
        } else {
            ""
        };
        session.output.say(&format!(
            "ask it: samos plan --world {} --goal \"$(cat {})\"{minimize}",
            world.display(),
            files.out.join("goal.txt").display()
        ));
    }
    Ok(Exit::Done)
}

/// Old files are not always UTF-8; what is not belongs to a comment or a name.
fn read(path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::file(path, "read", &error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::file(path, "write", &error))
}
