//! What can be done now, for people: a line for each operation or group, and in full what stands in the way.

use std::fmt::Write as _;

use samos::model::operation::Kind;
use samos::{Iri, Open, Ready, ReadyGroup, ReadyOperation, ReadyTogether, Truth, World, export};

use super::plan::plural;
use super::table;

/// How many subjects stand on one line.
const ON_A_LINE: usize = 4;

/// The operations that are ready somewhere, one name a line.
pub(crate) fn names(ready: &Ready, world: &dyn World) -> String {
    let operations = ready.operations.iter().filter(|one| one.ready > 0);
    operations
        .map(|one| export::short(&one.operation, world) + "\n")
        .collect()
}

/// A line for each operation.
pub(crate) fn operations(ready: &Ready, world: &dyn World) -> String {
    let heading = ["OPERATION", "KIND", "READY", "ONCE GIVEN", "SUBJECTS", "ON"];
    let rows = ready.operations.iter().map(|one| {
        vec![
            export::short(&one.operation, world),
            kind(one).to_owned(),
            one.ready.to_string(),
            one.ready_once_given.to_string(),
            one.subjects.to_string(),
            some(one.on.iter(), one.ready, world),
        ]
    });
    let mut text = table::columns(&heading, rows);
    text.push_str(&closing(ready));
    text
}

/// Each operation with what stands in the way.
pub(crate) fn operations_in_full(ready: &Ready, world: &dyn World) -> String {
    let mut text = String::new();
    for one in &ready.operations {
        let _ = writeln!(
            text,
            "{}  ({}): ready on {} of {}",
            export::short(&one.operation, world),
            kind(one),
            one.ready,
            one.subjects
        );
        let on = one.on.iter().map(|subject| vec![mark("✔", subject, world)]);
        let not_ready = one.not_ready.iter().map(|open| open_row(open, None, world));
        text.push_str(&table::aligned(on.chain(not_ready)));
        let listed = one.on.len() + one.not_ready.len();
        text.push_str(&unlisted(one.subjects, listed));
        text.push('\n');
    }
    text.push_str(&closing(ready));
    text
}

/// The groups that are ready somewhere, one a line.
pub(crate) fn names_of_groups(ready: &ReadyTogether, world: &dyn World) -> String {
    let groups = ready.groups.iter().filter(|group| group.ready > 0);
    groups.map(|group| name(group, world) + "\n").collect()
}

/// A line for each group.
pub(crate) fn groups(ready: &ReadyTogether, world: &dyn World) -> String {
    let rows = ready.groups.iter().map(|group| {
        let on = group.on.iter().map(|served| &served.subject);
        vec![
            name(group, world),
            group.ready.to_string(),
            group.subjects.to_string(),
            some(on, group.ready as u64, world),
        ]
    });
    table::columns(&["GROUP", "READY", "SUBJECTS", "ON"], rows)
}

/// Each group with what stands in the way.
pub(crate) fn groups_in_full(ready: &ReadyTogether, world: &dyn World) -> String {
    let mut text = String::new();
    for group in &ready.groups {
        let _ = writeln!(
            text,
            "{}: ready on {} of {}",
            name(group, world),
            group.ready,
            group.subjects
        );
        for because in &group.because {
            let _ = writeln!(text, "  alike: {because}");
        }
        let on = group.on.iter().map(|served| {
            let by = export::short(&served.operation, world);
            vec![mark("✔", &served.subject, world), by]
        });
        let not_ready = group.not_ready.iter();
        let not_ready = not_ready.map(|open| open_row(open, Some(&open.operation), world));
        text.push_str(&table::aligned(on.chain(not_ready)));
        let listed = group.on.len() + group.not_ready.len();
        text.push_str(&unlisted(group.subjects as u64, listed));
        text.push('\n');
    }
    text
}

fn kind(one: &ReadyOperation) -> &'static str {
    match one.kind {
        Kind::Information => "read",
        Kind::Manipulation => "change",
    }
}

fn name(group: &ReadyGroup, world: &dyn World) -> String {
    let names = group.operations.iter();
    let names: Vec<String> = names.map(|one| export::short(one, world)).collect();
    names.join(" ≡ ")
}

fn mark(mark: &str, subject: &Iri, world: &dyn World) -> String {
    format!("  {mark} {}", export::short(subject, world))
}

/// A subject and what stands in the way; between them the operation, where several are meant.
fn open_row(open: &Open, operation: Option<&Iri>, world: &dyn World) -> Vec<String> {
    let is_false = open.conditions.iter().any(|one| one.truth == Truth::False);
    let sign = if is_false { "✖" } else { "?" };
    let given = open.parameters.iter().map(|name| format!("give `{name}`"));
    let conditions = open.conditions.iter().map(|one| match one.truth {
        Truth::Unknown => format!("not known: {}", one.condition),
        Truth::True | Truth::False => format!("false: {}", one.condition),
    });
    let effects = open.effects.iter();
    let effects = effects.map(|effect| format!("not known what it would change: {effect}"));
    let why: Vec<String> = conditions.chain(effects).chain(given).collect();
    let mut row = vec![mark(sign, &open.subject, world)];
    row.extend(operation.map(|operation| export::short(operation, world)));
    row.push(why.join("; "));
    row
}

/// The first few, and how many more there are.
fn some<'a>(on: impl Iterator<Item = &'a Iri>, all: u64, world: &dyn World) -> String {
    let shown: Vec<String> = on
        .take(ON_A_LINE)
        .map(|subject| export::short(subject, world))
        .collect();
    let more = all.saturating_sub(shown.len() as u64);
    let mut text = shown.join(", ");
    if more > 0 {
        let _ = write!(text, ", … and {more} more");
    }
    text
}

fn unlisted(all: u64, listed: usize) -> String {
    match all.saturating_sub(listed as u64) {
        0 => String::new(),
        more => format!("  … and {more} more (--limit 0 lists all)\n"),
    }
}

fn closing(ready: &Ready) -> String {
    let count = ready.operations.len();
    let some = ready.operations.iter().filter(|one| one.ready > 0).count();
    format!(
        "{some} of {count} {} ready on some subject.\n",
        plural(count, "operation")
    )
}
