//! What a reasoner answered, for people: its plans, or why there is none and what would make one.

use std::fmt::Write as _;

use samos::model::plan::{Change, NearestMiss};
use samos::model::search::Limit;
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
        Some(Limit::Answers) => "stopped at the number of answers asked for".to_owned(),
        None => "search not complete".to_owned(),
    }
}
