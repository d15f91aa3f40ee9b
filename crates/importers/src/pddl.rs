//! Typed STRIPS in PDDL: its problems as ontology worlds, and any world and goal as a problem of it.
//!
//! In: the texts of a domain and a problem. Out: Turtle and a goal, or findings. Read are types with `either`,
//! constants, equality, negation and disjunction, predicates of three things and more while there are few choices of what
//! there are more, and costs that are numbers or functions of two things at most. Refused, with the place: quantifiers,
//! conditional effects, derived predicates, time and other numbers.

mod export;
mod formulas;
mod naming;
mod reading;
mod split;
mod task;
mod tree;
mod world;

use samos_model::Finding;

pub use export::{Exported, export, export_plan};
use reading::Reader;
use task::Task;

/// A text and the name of the file it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The file, as the user named it.
    pub file: &'a str,
    /// What it holds.
    pub text: &'a str,
}

/// A planning problem as a world.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The world: classes, properties, operations and things.
    pub turtle: String,
    /// The goal to ask, in the notation of conditions.
    pub goal: String,
    /// Does the problem ask for least cost?
    pub minimizes_cost: bool,
    /// How many operations the world has.
    pub operations: usize,
    /// How many things.
    pub objects: usize,
    /// What was not taken over.
    pub warnings: Vec<Finding>,
}

/// Reads a problem and its domain.
///
/// # Errors
/// Everything that is wrong with the files, or that a world cannot say.
pub fn import(domain: Text<'_>, problem: Text<'_>) -> Result<Imported, Vec<Finding>> {
    let trees = (
        tree::read(domain.text, domain.file),
        tree::read(problem.text, problem.file),
    );
    let (domain_tree, problem_tree) = match trees {
        (Ok(domain), Ok(problem)) => (domain, problem),
        (domain, problem) => {
            return Err([domain.err(), problem.err()]
                .into_iter()
                .flatten()
                .collect());
        }
    };
    let mut task = Task::default();
    let mut reader = Reader::new(domain.file);
    reader.domain(&domain_tree, &mut task);
    let mut findings = reader.findings;
    let mut reader = Reader::new(problem.file);
    let warnings = reader.problem(&problem_tree, &mut task);
    findings.extend(reader.findings);
    if !findings.is_empty() {
        return Err(findings);
    }
    if let Err(name) = split::split(&mut task) {
        return Err(task.wide.remove(&name).into_iter().collect());
    }
    let written = world::write(&task);
    Ok(Imported {
        operations: written.turtle.matches(" a samos:Operation ").count(),
        turtle: written.turtle,
        goal: written.goal,
        minimizes_cost: task.minimizes_cost,
        objects: task.objects.len(),
        warnings,
    })
}
