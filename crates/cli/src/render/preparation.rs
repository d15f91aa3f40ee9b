//! What an operation still needs, for people: what holds, what is open, and ways to satisfy it.

use std::fmt::Write as _;

use samos::model::operation::Kind;
use samos::model::request::{Fit, RequestFinding, Way};
use samos::{Preparation, PreparedOperation, Truth, World, export};

use super::plan::plural;
use super::table;

/// Is a way of a kind?
type IsOf = fn(&Way) -> bool;

/// How many ways are shown of each kind.
const SHOWN: usize = 6;

/// One operation with everything that is known about it.
pub(crate) fn one(operation: &PreparedOperation, world: &dyn World) -> String {
    let mut text = format!(
        "{}  ({})\n",
        export::short(&operation.operation, world),
        match operation.kind {
            Kind::Information => "read",
            Kind::Manipulation => "change",
        }
    );
    let mut settled: Vec<Vec<String>> = Vec::new();
    for (name, argument) in &operation.arguments {
        let value = export::argument_text(argument, world);
        settled.push(vec![format!("✔ {name} = {value}"), String::new()]);
    }
    for judged in operation
        .conditions
        .iter()
        .filter(|judged| judged.truth == Truth::True)
    {
        let because = judged.because.first().cloned().unwrap_or_default();
        settled.push(vec![format!("✔ {}", judged.condition), because]);
    }
    let held = settled.len();
    text.push_str(&table::aligned(settled));
    for finding in &operation.findings {
        text.push_str(&open(finding, world));
    }
    for unused in &operation.unused {
        let _ = writeln!(text, "- {unused}   not used");
    }
    let count = operation.findings.len();
    let _ = if count == 0 {
        writeln!(text, "Ready.")
    } else {
        writeln!(text, "{count} of {} open.", held + count)
    };
    text
}

/// All operations, a line each.
pub(crate) fn all(prepared: &Preparation, world: &dyn World) -> String {
    let rows = prepared.operations.iter().map(|operation| {
        let state = match operation.findings.len() {
            0 => "ready".to_owned(),
            count => format!("{count} open"),
        };
        let open: Vec<&str> = operation
            .findings
            .iter()
            .map(|finding| finding.about.as_str())
            .collect();
        vec![
            mark(operation).to_owned(),
            export::short(&operation.operation, world),
            match operation.kind {
                Kind::Information => "read".to_owned(),
                Kind::Manipulation => "change".to_owned(),
            },
            state,
            open.join("; "),
        ]
    });
    let mut text = table::aligned(rows);
    let count = prepared.operations.len();
    let ready = prepared
        .operations
        .iter()
        .filter(|operation| operation.ready)
        .count();
    let _ = writeln!(
        text,
        "{ready} of {count} {} ready.",
        plural(count, "operation")
    );
    text
}

fn mark(operation: &PreparedOperation) -> &'static str {
    if operation.ready {
        return "✔";
    }
    let is_false = operation
        .findings
        .iter()
        .any(|finding| finding.truth == Truth::False);
    if is_false { "✖" } else { "?" }
}

/// One open thing with its ways.
fn open(finding: &RequestFinding, world: &dyn World) -> String {
    let sign = if finding.truth == Truth::False {
        "✖"
    } else {
        "?"
    };
    // The message names first what it is about.
    let about = format!("`{}` ", finding.about);
    let message = finding
        .message
        .strip_prefix(&about)
        .unwrap_or(&finding.message);
    let mut text = format!("{sign} {}   {message}\n", finding.about);
    let groups: [(&str, IsOf); 4] = [
        ("can be", |way| matches!(way, Way::Use { .. })),
        ("can come from", |way| matches!(way, Way::Call { .. })),
        ("can be read by", |way| matches!(way, Way::Read { .. })),
        ("passes to", |way| matches!(way, Way::Wait { .. })),
    ];
    let mut rows = Vec::new();
    for (word, is_of) in groups {
        let ways: Vec<&Way> = finding.options.iter().filter(|way| is_of(way)).collect();
        for (at, way) in ways.iter().take(SHOWN).enumerate() {
            let lead = if at == 0 { word } else { "" };
            let (what, how) = in_words(way, world);
            rows.push(vec![format!("    {lead}"), what, how]);
        }
        if ways.len() > SHOWN {
            rows.push(vec![
                String::new(),
                format!("… and {} more", ways.len() - SHOWN),
                String::new(),
            ]);
        }
    }
    if finding.options.is_empty() && !finding.help.is_empty() {
        let _ = writeln!(text, "    help: {}", finding.help);
    }
    text.push_str(&table::aligned(rows));
    for way in &finding.options {
        if let Way::Enter { expected } = way {
            let _ = writeln!(text, "    or give it: {expected}");
        }
    }
    text
}

fn in_words(way: &Way, world: &dyn World) -> (String, String) {
    let ready = |ready: bool| if ready { "ready" } else { "not ready yet" };
    match way {
        Way::Use { value, fit, from } => {
            let fit = match fit {
                Fit::May => "may fit; ",
                Fit::Exact | Fit::Equivalent | Fit::Subclass => "",
            };
            (export::value_text(value, world), format!("{fit}{from}"))
        }
        Way::Call {
            operation,
            subject,
            outcome,
            ready: is_ready,
        } => {
            let outcome = outcome
                .as_ref()
                .map_or_else(String::new, |name| format!(": {name}"));
            let what = format!(
                "{} on {}{outcome}",
                export::short(operation, world),
                export::short(subject, world)
            );
            (what, ready(*is_ready).to_owned())
        }
        Way::Read {
            operation,
            subject,
            ready: is_ready,
        } => {
            let what = format!(
                "{} on {}",
                export::short(operation, world),
                export::short(subject, world)
            );
            (what, ready(*is_ready).to_owned())
        }
        Way::Wait { becomes } => (export::short(becomes, world), "by itself".to_owned()),
        Way::Enter { expected } => (expected.clone(), String::new()),
    }
}
