//! A run for people: what each step did, as it does it and afterwards.

use std::collections::BTreeMap;

use samos::model::operation::Kind;
use samos::model::plan::Step;
use samos::{
    Ending, Plan, Record, RunReport, StepReceipt, TaskState, Transition, Value, World, sign_of,
};

use super::names::ShortNames;
use super::plan::{mark, plural};
use super::table;

/// What a run has done so far.
pub(crate) struct Done {
    /// Steps that changed something.
    pub(crate) changes: usize,
    /// Steps that read.
    pub(crate) reads: usize,
}

/// How many steps are done, by kind.
pub(crate) fn count_done(run: &RunReport) -> Done {
    let kinds: BTreeMap<u32, Kind> = run
        .plan
        .steps
        .iter()
        .map(|step| (step.id, step.kind))
        .collect();
    let done = |kind: Kind| {
        let steps = run.receipt.steps.iter();
        let of_kind = steps
            .filter(|step| step.state == TaskState::Done && kinds.get(&step.step) == Some(&kind));
        of_kind.count()
    };
    Done {
        changes: done(Kind::Manipulation),
        reads: done(Kind::Information),
    }
}

/// How a run ended, in a word or two.
pub(crate) fn ending(run: &RunReport) -> String {
    match &run.receipt.ending {
        None => "not ended",
        Some(Ending::Succeeded) => "done",
        Some(Ending::Stopped) => "stopped",
        Some(Ending::Cancelled) => "cancelled",
        Some(Ending::TimedOut) => "timed out",
        Some(Ending::Undone) => "undone",
        Some(Ending::UndoIncomplete) => "undone in part",
        Some(Ending::ReplanNeeded) => "needs a new plan",
        Some(Ending::Undecided { .. }) => "undecided",
    }
    .to_owned()
}

/// How long it took, on the provider's clock.
pub(crate) fn took(run: &RunReport) -> String {
    let started = run.receipt.started_at.parse::<jiff::Timestamp>().ok();
    let ended = run
        .receipt
        .ended_at
        .as_ref()
        .and_then(|at| at.parse::<jiff::Timestamp>().ok());
    match started.zip(ended) {
        Some((from, to)) => seconds(to.as_millisecond().saturating_sub(from.as_millisecond())),
        None => "not over".to_owned(),
    }
}

fn seconds(milliseconds: i64) -> String {
    format!(
        "{}.{} s",
        milliseconds / 1000,
        (milliseconds % 1000).abs() / 100
    )
}

/// The steps of a run, a line each.
pub(crate) fn steps(run: &RunReport, world: &dyn World) -> String {
    let names = ShortNames::of_plans(world, std::slice::from_ref(&run.plan));
    let mut rows = Vec::new();
    for receipt in &run.receipt.steps {
        let Some(step) = run.plan.step(receipt.step) else {
            continue;
        };
        rows.push(row(step, receipt, world, &names));
        for undo in &receipt.undone_by {
            rows.push(undo_row(undo, &names));
        }
    }
    let mut text = table::aligned(rows);
    if let Some(failure) = &run.receipt.goal_failure {
        text.push_str(&format!("{}: {}\n", failure.code, failure.message));
    }
    for exception in &run.receipt.exceptions {
        text.push_str(&format!(
            "stays changed by step {}: {}\n",
            exception.step, exception.message
        ));
    }
    text
}

fn row(
    step: &Step,
    receipt: &StepReceipt,
    world: &dyn World,
    names: &ShortNames<'_>,
) -> Vec<String> {
    let took = receipt
        .took_ms
        .and_then(|took| i64::try_from(took).ok())
        .map(seconds);
    vec![
        format!(" {}", step.id),
        mark(sign_of(step, world)).to_owned(),
        names.of(&step.operation),
        names.value(&step.subject),
        state(receipt, names),
        took.unwrap_or_default(),
    ]
}

fn undo_row(receipt: &StepReceipt, names: &ShortNames<'_>) -> Vec<String> {
    let subject = receipt
        .request
        .as_ref()
        .map(|request| names.of(&request.subject));
    let took = receipt
        .took_ms
        .and_then(|took| i64::try_from(took).ok())
        .map(seconds);
    vec![
        String::new(),
        "↩".to_owned(),
        names.of(&receipt.operation),
        subject.unwrap_or_default(),
        state(receipt, names),
        took.unwrap_or_default(),
    ]
}

/// What became of a step: its state, what it gave, why it failed.
fn state(receipt: &StepReceipt, names: &ShortNames<'_>) -> String {
    let (sign, word) = match receipt.state {
        TaskState::Done => ("✔", ""),
        TaskState::Failed => ("✖", "failed"),
        TaskState::Skipped => ("-", "skipped"),
        TaskState::Unknown => ("?", "nobody knows whether it took effect"),
        TaskState::Waiting => ("·", "waiting"),
        TaskState::Rechecking => ("·", "looking again"),
        TaskState::Calling => ("·", "calling"),
        TaskState::Confirming => ("·", "waiting for the effect"),
        TaskState::Unanswered => ("?", "no answer yet"),
    };
    let mut parts: Vec<String> = Vec::new();
    if !word.is_empty() {
        parts.push(word.to_owned());
    }
    for values in receipt.outcomes.values() {
        parts.extend(values.iter().take(4).map(|value| value_text(value, names)));
    }
    if receipt.outcomes.is_empty() {
        for changed in &receipt.changes {
            let after: Vec<String> = changed
                .after
                .iter()
                .map(|value| value_text(value, names))
                .collect();
            let after = if after.is_empty() {
                "none".to_owned()
            } else {
                after.join(", ")
            };
            parts.push(format!("{} {after}", changed.property.local()));
        }
    }
    if let Some(failure) = &receipt.failure {
        parts.push(format!("[{}] {}", failure.code, failure.message));
    }
    let mut text = format!("{sign} {}", parts.join(", "));
    if receipt.attempts > 1 {
        text.push_str(&format!(" ({} attempts)", receipt.attempts));
    }
    text.trim_end().to_owned()
}

fn value_text(value: &Value, names: &ShortNames<'_>) -> String {
    match value {
        Value::Entity(iri) => names.of(iri),
        Value::Literal(literal) => literal.lexical.to_string(),
    }
}

/// Tells what happens while a run is under way; nothing twice in a row.
pub(crate) struct Telling<'a> {
    plan: &'a Plan,
    names: ShortNames<'a>,
    last: Option<String>,
}

impl<'a> Telling<'a> {
    /// For the run of a plan.
    pub(crate) fn new(plan: &'a Plan, world: &'a dyn World) -> Self {
        let names = ShortNames::of_plans(world, std::slice::from_ref(plan));
        Self {
            plan,
            names,
            last: None,
        }
    }

    /// What a transition says; nothing for what is of no interest, or was just said.
    pub(crate) fn tell(&mut self, record: &Record) -> Option<String> {
        let line = transition(record, self.plan, &self.names)?;
        if self.last.as_ref() == Some(&line) {
            return None;
        }
        self.last = Some(line.clone());
        Some(line)
    }
}

fn transition(record: &Record, plan: &Plan, names: &ShortNames<'_>) -> Option<String> {
    let of = |step: u32| {
        plan.step(step)
            .map_or_else(String::new, |step| names.of(&step.operation))
    };
    Some(match &record.transition {
        Transition::Intent { task, attempt, .. } if *attempt > 1 => {
            format!("step {} {}: attempt {attempt}", task, of(task.step))
        }
        Transition::Refused { task, message, .. } => {
            format!("step {} {}: refused, {message}", task, of(task.step))
        }
        Transition::Lost { task, message } => {
            format!("step {} {}: no answer, {message}", task, of(task.step))
        }
        Transition::Waiting { task, why, .. } => format!("step {} {}: {why}", task, of(task.step)),
        Transition::Failed { task, failure } => {
            format!("step {} {}: {}", task, of(task.step), failure.message)
        }
        Transition::Undoing { tasks, .. } => {
            format!(
                "taking back {} {}",
                tasks.len(),
                plural(tasks.len(), "step")
            )
        }
        _ => return None,
    })
}
