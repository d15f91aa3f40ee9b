//! What a reasoner answered, for people: its plans, or why there is none and what would make one.

use std::fmt::Write as _;

use samos::model::plan::{Change, GoalExplanation, Must, NearestMiss};
use samos::model::search::{Limit, Measure};
use samos::{Answer, World};

use super::names::ShortNames;
use super::plan::{self, Detail};

/// The answer as text.
pub(crate) fn answer(answer: &Answer, world: &dyn World, detail: Detail) -> String {
    if answer.plans.is_empty() {
        return nothing(answer, detail);
    }
    let names = ShortNames::of_plans(world, &answer.plans);
    let count = answer.plans.len();
    let mut text = format!(
        "Looked at {}, {}, {count} checked {}{}.\n",
        looked_at(answer.search.considered),
        how_far(answer),
        plan::plural(count, "plan"),
        of_how_many(answer),
    );
    text.push_str(&how_good(answer));
    for (at, found) in answer.plans.iter().enumerate() {
        if count > 1 {
            let _ = write!(text, "\nPlan {} of {count}", at + 1);
        }
        let _ = write!(text, "\n{}", plan::plan(found, world, &names, detail));
    }
    if detail == Detail::Wide {
        text.push_str(&dropped(answer));
    }
    text
}

/// What every plan must pass, and why not an operation.
pub(crate) fn explanation(explanation: &GoalExplanation) -> String {
    let mut text = String::new();
    if !explanation.must.is_empty() {
        text.push_str("\nEvery plan must pass:\n");
    }
    for must in &explanation.must {
        let _ = match must {
            Must::Fact { text: fact } => writeln!(text, "  is   {fact}"),
            Must::Operation { text: request, .. } => writeln!(text, "  do   {request}"),
        };
    }
    if !explanation.complete {
        text.push_str("\nThere is too much to say what every plan must pass.\n");
    }
    if let Some(why_not) = &explanation.why_not {
        let _ = writeln!(text, "\nWhy not: {}.", why_not.text);
    }
    text
}

fn nothing(answer: &Answer, detail: Detail) -> String {
    let looked = looked_at(answer.search.considered);
    let mut text = if answer.search.complete {
        format!("No plan exists (search complete, {looked}).\n")
    } else {
        format!(
            "No plan found ({}, {looked}); there may be one.\n",
            how_far(answer)
        )
    };
    if let Some(miss) = &answer.nearest {
        text.push_str(&nearest(miss));
    }
    if detail == Detail::Wide || answer.nearest.is_none() {
        text.push_str(&dropped(answer));
    }
    text
}

fn nearest(miss: &NearestMiss) -> String {
    let mut text = String::new();
    if let Some(blocked) = &miss.blocked_at {
        let _ = writeln!(text, "  nearest: blocked at {blocked}");
    }
    if miss.changes.is_empty() && !miss.text.is_empty() {
        let _ = writeln!(text, "  because  {}", miss.text);
    }
    for (at, change) in miss.changes.iter().enumerate() {
        let words = match change {
            Change::Fact { text } | Change::Permission { text } | Change::Value { text, .. } => {
                text
            }
        };
        let lead = if at == 0 {
            "  would work if"
        } else {
            "            and"
        };
        let _ = writeln!(text, "{lead}  {words}");
    }
    if !miss.changes.is_empty() && !miss.proven_smallest {
        text.push_str("  (the smallest set found; a smaller one may do)\n");
    }
    text
}

fn dropped(answer: &Answer) -> String {
    let mut text = String::new();
    if !answer.dropped.is_empty() {
        text.push_str("\nLeft out:\n");
    }
    for left in &answer.dropped {
        let _ = writeln!(text, "  {} × {}", left.count, left.reason);
        if !left.example.is_empty() {
            let _ = writeln!(text, "      such as {}", left.example);
        }
    }
    text
}

fn looked_at(considered: u64) -> String {
    if considered == 1 {
        "1 candidate".to_owned()
    } else {
        format!("{considered} candidates")
    }
}

/// How far the best plan may be from a better one, where that is not known.
fn how_good(answer: &Answer) -> String {
    let Some(proof) = answer.search.proof.filter(|_| !answer.search.complete) else {
        return String::new();
    };
    let what = match proof.measure {
        Measure::Assumptions => "assumptions",
        Measure::Manipulations => "changes",
        Measure::Operations => "steps",
        Measure::Layers => "rounds",
        Measure::Cost => "in price",
        Measure::Makespan => "seconds",
    };
    let (least, own) = (proof.bound, proof.bound + proof.gap);
    if proof.gap > 0.0 {
        format!("The best takes {own} {what}; none takes fewer than {least}.\n")
    } else {
        "The best is proven: none is better.\n".to_owned()
    }
}

/// How many there are, where not all of them are shown.
fn of_how_many(answer: &Answer) -> String {
    let kept = answer.search.kept;
    match u64::try_from(answer.plans.len()) {
        Ok(shown) if kept > shown && answer.search.complete => format!(" of {kept}"),
        Ok(shown) if kept > shown => format!(" of at least {kept}"),
        _ => String::new(),
    }
}

fn how_far(answer: &Answer) -> String {
    match answer.search.limit {
        _ if answer.search.complete => "search complete".to_owned(),
        Some(Limit::Considered) => "stopped at the limit of candidates".to_owned(),
        Some(Limit::Steps) => "stopped at the longest plan allowed".to_owned(),
        Some(Limit::Time) => "stopped when the time was over".to_owned(),
        Some(Limit::Answers) => "stopped at the number of answers asked for".to_owned(),
        None => "search not complete".to_owned(),
    }
}
