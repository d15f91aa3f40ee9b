//! A plan for people: what each step does, to what and why, what it all comes to, and how it is undone.

use std::fmt::Write as _;

use samos::model::operation::Kind;
use samos::model::plan::{EdgeKind, NotReady, Reason, Repaired, Step, Undo};
use samos::{Plan, Sign, World, sign_of};

use super::names::ShortNames;
use super::table;

/// How much is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Detail {
    /// What one needs in order to decide.
    Short,
    /// With layers, grounds and full names.
    Wide,
}

/// How a kind of step is marked.
pub(crate) fn mark(sign: Sign) -> &'static str {
    match sign {
        Sign::Reads => "<=",
        Sign::Adds => "+",
        Sign::Changes => "~",
        Sign::Deletes => "-",
    }
}

/// The plan as text.
pub(crate) fn plan(
    plan: &Plan,
    world: &dyn World,
    names: &ShortNames<'_>,
    detail: Detail,
) -> String {
    let mut text = String::new();
    if let Some(group) = &plan.group {
        let _ = writeln!(text, "{}", group.name);
    }
    text.push_str(&steps(plan, world, names, detail));
    if let Some(not_ready) = plan
        .not_ready
        .as_ref()
        .filter(|left_out| !left_out.is_empty())
    {
        text.push_str(&left_out(not_ready, names));
    }
    if !plan.assumptions.is_empty() {
        text.push_str("\nTaken for granted, and looked at again before the step acts:\n");
        let rows = plan
            .assumptions
            .iter()
            .map(|assumed| vec![format!("  ? step {}", assumed.step), assumed.text.clone()]);
        text.push_str(&table::aligned(rows));
    }
    if detail == Detail::Wide {
        text.push_str(&grounds(plan));
        text.push_str(&holdings(plan));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{}", summary(plan, world));
    if let Some(line) = undo_line(plan, names) {
        let _ = writeln!(text, "{line}");
    }
    if detail == Detail::Wide {
        let _ = writeln!(text, "{}", plan.fingerprint);
    }
    text
}

/// How a plan goes on with what a run could not finish, before it is shown.
pub(crate) fn repair(plan: &Plan) -> String {
    let Some(repair) = &plan.repair else {
        return "A new plan, from the state reached:".to_owned();
    };
    let how = match repair.how {
        Repaired::Rebound if repair.rebound.is_empty() => "with steps of the same plan",
        Repaired::Rebound => "with the same operations, bound otherwise",
        Repaired::Suffix => "with a new way on",
        Repaired::Anew => "all anew",
    };
    format!(
        "A new plan, from the state reached, {how} ({} of {} {} kept):",
        repair.kept.len(),
        plan.steps.len(),
        plural(plan.steps.len(), "step"),
    )
}

/// `Plan: 1 to add, 1 to change, 0 to destroy; 1 read.`
pub(crate) fn summary(plan: &Plan, world: &dyn World) -> String {
    if plan.steps.is_empty() {
        return "Nothing to do: it is so already.".to_owned();
    }
    let count = |sign: Sign| {
        let of_sign = plan
            .steps
            .iter()
            .filter(|step| sign_of(step, world) == sign);
        of_sign.count()
    };
    let reads = count(Sign::Reads);
    let mut text = format!(
        "Plan: {} to add, {} to change, {} to destroy; {reads} {}",
        count(Sign::Adds),
        count(Sign::Changes),
        count(Sign::Deletes),
        plural(reads, "read"),
    );
    if let Some(seconds) = plan.cost.makespan_s {
        let _ = write!(text, "; about {seconds} s");
    }
    text.push('.');
    text
}

/// `3 chains`, `1 chain`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        noun.to_owned()
    } else {
        format!("{noun}s")
    }
}

fn steps(plan: &Plan, world: &dyn World, names: &ShortNames<'_>, detail: Detail) -> String {
    let mut rows = Vec::new();
    for step in &plan.steps {
        let mut whys = because(plan, step, names, detail).into_iter();
        let mut row = vec![
            format!("  {}", mark(sign_of(step, world))),
            step.id.to_string(),
            names.of(&step.operation),
            names.value(&step.subject),
        ];
        if detail == Detail::Wide {
            row.push(format!("round {}", step.layer));
        }
        let width = row.len();
        row.push(whys.next().unwrap_or_default());
        rows.push(row);
        for why in whys {
            let mut row = vec![String::new(); width];
            row.push(why);
            rows.push(row);
        }
    }
    table::aligned(rows)
}

/// Why a step is there, one line each, then what it is given.
fn because(plan: &Plan, step: &Step, names: &ShortNames<'_>, detail: Detail) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for reason in &step.because {
        let line = match reason {
            Reason::Goal { text } if detail == Detail::Wide && !text.is_empty() => {
                format!("goal: {text}")
            }
            Reason::Goal { .. } => "goal".to_owned(),
            Reason::Enables { step, condition } => {
                format!("because step {step} requires {condition}")
            }
            Reason::Gives {
                step,
                outcome,
                parameter,
            } if outcome == parameter => {
                format!("gives {outcome} to step {step}")
            }
            Reason::Gives {
                step,
                outcome,
                parameter,
            } => {
                format!("gives {outcome} as {parameter} to step {step}")
            }
            // Why the operations of a group are alike stands in its heading.
            Reason::Chosen { .. } if plan.group.is_some() && detail == Detail::Short => continue,
            Reason::Chosen { text } => text.clone(),
        };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if !step.arguments.is_empty() {
        let arguments: Vec<String> = step
            .arguments
            .iter()
            .map(|(name, argument)| format!("{name} = {}", names.argument(argument)))
            .collect();
        lines.push(arguments.join("   "));
    }
    if step.kind == Kind::Information {
        let before = plan
            .edges
            .iter()
            .filter(|edge| edge.to == step.id && edge.kind == EdgeKind::Cause)
            .map(|edge| edge.from)
            .max();
        if let Some(before) = before {
            lines.push(format!("(known after step {before})"));
        }
    }
    lines
}

/// What must hold while it runs, from when until which step, one line each.
fn holdings(plan: &Plan) -> String {
    let of_steps = plan.steps.iter();
    let of_steps = of_steps.flat_map(|step| {
        let holds = step.holds.iter();
        holds.map(move |holding| (format!("until step {}", step.id), holding))
    });
    let of_goal = plan.goal.holds.iter();
    let of_goal = of_goal.map(|holding| ("to the end".to_owned(), holding));
    let rows: Vec<Vec<String>> = of_steps
        .chain(of_goal)
        .map(|(until, holding)| {
            let after: Vec<String> = holding.after.iter().map(u32::to_string).collect();
            let from = match after.as_slice() {
                [] => "from the start".to_owned(),
                [one] => format!("after step {one}"),
                several => format!("after steps {}", several.join(", ")),
            };
            vec![format!("  {from}"), until, holding.text.clone()]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("\nWhat must hold while it runs:\n{}", table::aligned(rows))
}

fn left_out(not_ready: &[NotReady], names: &ShortNames<'_>) -> String {
    let mut text = String::from("\nNot ready:\n");
    let rows = not_ready.iter().flat_map(|left| {
        let findings = left.findings.iter().enumerate().map(|(at, finding)| {
            let first = |text: String| if at == 0 { text } else { String::new() };
            vec![
                first("  ✖".to_owned()),
                first(names.of(&left.operation)),
                first(names.of(&left.subject)),
                finding.message.clone(),
            ]
        });
        findings.collect::<Vec<_>>()
    });
    text.push_str(&table::aligned(rows));
    text
}

/// The reasons of the edges.
fn grounds(plan: &Plan) -> String {
    let mut text = String::new();
    if !plan.edges.is_empty() {
        text.push_str("\nWhy a step waits for another:\n");
    }
    for edge in &plan.edges {
        let kind = match edge.kind {
            EdgeKind::Data => "data",
            EdgeKind::Cause => "cause",
            EdgeKind::Order => "order",
        };
        let _ = writeln!(text, "  {} → {}  {kind}", edge.from, edge.to);
        let because = &edge.because;
        for ground in because
            .conditions
            .iter()
            .chain(&because.axioms)
            .chain(&because.observations)
        {
            let _ = writeln!(text, "         {ground}");
        }
    }
    text
}

/// `Undo: step 3 by RemoveNode, step 1 by StopInstance.`
fn undo_line(plan: &Plan, names: &ShortNames<'_>) -> Option<String> {
    let mut ways = Vec::new();
    let mut never = Vec::new();
    for step in plan.steps.iter().rev() {
        match &step.undo {
            Undo::By {
                operation, except, ..
            } => {
                let mut way = format!("step {} by {}", step.id, names.of(operation));
                if !except.is_empty() {
                    let _ = write!(way, " (all but {})", except.join(", "));
                }
                ways.push(way);
            }
            Undo::Irreversible { irreversible } => {
                never.push(format!(
                    "Step {} cannot be undone: {irreversible}.",
                    step.id
                ));
            }
            Undo::Nothing { .. } => {}
        }
    }
    let mut lines = Vec::new();
    if !ways.is_empty() {
        lines.push(format!("Undo: {}.", ways.join(", ")));
    }
    lines.extend(never);
    (!lines.is_empty()).then(|| lines.join("\n"))
}
