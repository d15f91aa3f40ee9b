//! Plans in words: what each is for, and what each step does and why.

use std::collections::BTreeMap;

use samos::model::plan::{Reason, Undo};
use samos::{Iri, Plan, Samos, Sign, World, export, sign_of};
use serde::Serialize;
use utoipa::ToSchema;

/// A step in words.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sentence {
    /// The step.
    pub(crate) step: u32,
    /// `+` adds, `~` changes, `-` takes away, `<=` reads.
    pub(crate) sign: String,
    /// The operation, in short.
    pub(crate) operation: String,
    /// The subject, in short.
    pub(crate) subject: String,
    /// Its arguments, in short.
    pub(crate) arguments: BTreeMap<String, String>,
    /// Why it is there.
    pub(crate) because: Vec<String>,
    /// How it is taken back.
    pub(crate) undo: String,
}

impl Sentence {
    /// `~ 1 ec2:StartInstances ec2:web-1`
    pub(crate) fn in_a_line(&self) -> String {
        let arguments = self
            .arguments
            .iter()
            .map(|(name, value)| format!(" {name}={value}"));
        let arguments: String = arguments.collect();
        format!(
            "{:<2} {} {} {}{arguments}",
            self.sign, self.step, self.operation, self.subject
        )
    }
}

/// What a plan is for, in a line.
pub(crate) fn title_of(plan: &Plan, samos: &Samos) -> String {
    let world = samos.world();
    if let Some(group) = &plan.group {
        return format!("{} ({} at once)", group.name, plan.steps.len());
    }
    if let Some(condition) = &plan.goal.condition {
        return shortened(condition, world);
    }
    let names = |all: &[Iri]| {
        let names: Vec<String> = all.iter().map(|iri| export::short(iri, world)).collect();
        names.join(" and ")
    };
    if !plan.goal.wants.is_empty() {
        let wanted: Vec<Iri> = plan
            .goal
            .wants
            .iter()
            .map(|want| want.of_type.clone())
            .collect();
        return format!("obtain {}", names(&wanted));
    }
    // A chain is of one subject, or of one cloud without a point where clouds meet.
    if !plan.goal.points.is_empty() {
        return format!("connect {}", names(&plan.goal.subjects));
    }
    let operations: Vec<Iri> = plan
        .steps
        .iter()
        .map(|step| step.operation.clone())
        .collect();
    names(&operations)
}

/// A text with full names, with short ones instead.
fn shortened(text: &str, world: &dyn World) -> String {
    let mut short = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        short.push_str(before);
        match after.split_once('>') {
            Some((iri, after)) if iri.contains(':') && !iri.contains(' ') => {
                short.push_str(&export::short(&Iri::from(iri), world));
                rest = after;
            }
            _ => {
                short.push('<');
                rest = after;
            }
        }
    }
    short + rest
}

/// The steps of a plan in words.
pub(crate) fn sentences(plan: &Plan, samos: &Samos) -> Vec<Sentence> {
    let world = samos.world();
    let steps = plan.steps.iter().map(|step| {
        let because = step.because.iter().map(|reason| match reason {
            Reason::Goal { .. } => "goal".to_owned(),
            Reason::Enables { step, condition } => format!("step {step} requires {condition}"),
            Reason::Gives {
                step,
                outcome,
                parameter,
            } => {
                format!("gives {outcome} as {parameter} to step {step}")
            }
            Reason::Chosen { text } => text.clone(),
        });
        let arguments = step
            .arguments
            .iter()
            .map(|(name, argument)| (name.to_string(), export::argument_text(argument, world)));
        Sentence {
            step: step.id,
            sign: match sign_of(step, world) {
                Sign::Adds => "+",
                Sign::Changes => "~",
                Sign::Deletes => "-",
                Sign::Reads => "<=",
            }
            .to_owned(),
            operation: export::short(&step.operation, world),
            subject: export::value_text(&step.subject, world),
            arguments: arguments.collect(),
            because: because.collect(),
            undo: match &step.undo {
                Undo::By { operation, .. } => format!("by {}", export::short(operation, world)),
                Undo::Irreversible { irreversible } => format!("not: {irreversible}"),
                Undo::Nothing { .. } => "nothing to take back".to_owned(),
            },
        }
    });
    steps.collect()
}
