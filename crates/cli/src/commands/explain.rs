//! `samos explain NAME`: an operation, a type, a thing, or the code of a finding.

use std::fmt::Write as _;

use clap::Args;
use samos::model::operation::Kind;
use samos::{Explanation, Iri, Samos, explanation, export};

use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::render::table;
use crate::session::Session;

/// The arguments of `explain`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The name: `ec2:StartInstance`, `samos:PublicIPAddress`, `ec2:web-1`, `M0101`.
    #[arg(value_name = "NAME")]
    name: String,
}

/// Explains.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    // A code needs no world.
    if let Some(code) = samos::explain_code(&arguments.name) {
        return print(session, &Explanation::Code(code), |_| String::new());
    }
    let samos = session.samos()?;
    let explained = samos.explain(&arguments.name)?;
    print(session, &explained, |iri| export::short(iri, samos.world()))?;
    say_hint(session, &samos, &explained);
    Ok(Exit::Done)
}

fn print(
    session: &Session,
    explained: &Explanation,
    short: impl Fn(&Iri) -> String,
) -> Result<Exit, Failure> {
    let text = match session.output.format {
        Format::Json | Format::Yaml => {
            session.output.value(explained)?;
            return Ok(Exit::Done);
        }
        Format::Table | Format::Wide => match explained {
            Explanation::Operation(operation) => operation_text(operation, short),
            Explanation::Type(of_type) => type_text(of_type, short),
            Explanation::Thing(thing) => thing_text(thing, short),
            Explanation::Code(code) => {
                format!("{}  {}\n\n{}\n", code.code, code.title, code.explanation)
            }
            _ => return Err(Failure::internal(&"nothing prints that explanation")),
        },
        other => return Err(other.unsupported("explain")),
    };
    session.output.data(&text)?;
    Ok(Exit::Done)
}

/// What one may ask next.
fn say_hint(session: &Session, samos: &Samos, explained: &Explanation) {
    if session.output.is_structured() || samos.is_empty() {
        return;
    }
    if let Explanation::Operation(operation) = explained {
        let subjects = samos.world().entities_of(&operation.subject);
        if let Some(subject) = subjects.first() {
            let subject = export::short(subject, samos.world());
            session.output.say(&format!(
                "try: samos check {} --on {subject}",
                operation.name
            ));
        }
    }
}

/// A block of rows under one word in the margin; nothing where there are none.
fn block(rows: &mut Vec<Vec<String>>, word: &str, lines: impl IntoIterator<Item = String>) {
    for (at, line) in lines.into_iter().enumerate() {
        rows.push(vec![
            if at == 0 {
                word.to_owned()
            } else {
                String::new()
            },
            line,
        ]);
    }
}

fn operation_text(
    operation: &explanation::OperationExplanation,
    short: impl Fn(&Iri) -> String,
) -> String {
    let kind = match operation.kind {
        Kind::Information => "read",
        Kind::Manipulation => "change",
    };
    let at = operation
        .provider
        .as_ref()
        .map_or_else(String::new, |provider| format!(" @ {}", provider.local()));
    let mut rows = Vec::new();
    block(
        &mut rows,
        "OPERATION",
        [format!(
            "{}  ({kind}, {})",
            operation.name, operation.category
        )],
    );
    block(&mut rows, "", operation.comment.clone());
    block(
        &mut rows,
        "SUBJECT",
        [format!("{}{at}", short(&operation.subject))],
    );
    let named = |(name, words): (&samos::Name, &String)| format!("{name} : {words}");
    block(&mut rows, "NEEDS", operation.needs.iter().map(named));
    block(&mut rows, "REQUIRES", operation.requires.iter().cloned());
    block(&mut rows, "GIVES", operation.gives.iter().map(named));
    block(&mut rows, "MAKES", operation.makes.iter().cloned());
    block(&mut rows, "SAME AS", operation.same_as.iter().map(&short));
    block(
        &mut rows,
        "COST",
        operation.cost.map(|cost| cost.to_string()),
    );
    block(
        &mut rows,
        "TAKES",
        operation
            .duration_s
            .map(|seconds| format!("about {seconds} s")),
    );
    block(
        &mut rows,
        "WRITTEN AT",
        operation
            .specified_at
            .as_ref()
            .map(|place| format!("{}:{}", place.file, place.line)),
    );
    table::aligned(rows)
}

fn type_text(of_type: &explanation::TypeExplanation, short: impl Fn(&Iri) -> String) -> String {
    let mut rows = Vec::new();
    block(&mut rows, "TYPE", [of_type.name.clone()]);
    block(&mut rows, "", of_type.comment.clone());
    let list = |iris: &[Iri]| {
        (!iris.is_empty()).then(|| iris.iter().map(&short).collect::<Vec<_>>().join(", "))
    };
    block(&mut rows, "SAME AS", list(&of_type.same_as));
    block(&mut rows, "BELOW", list(&of_type.above));
    block(&mut rows, "TOLD APART BY", of_type.key.as_ref().map(&short));
    block(
        &mut rows,
        "KNOWN",
        (of_type.known > 0).then(|| of_type.known.to_string()),
    );
    block(
        &mut rows,
        "OPERATIONS",
        of_type.operations.iter().map(&short),
    );
    let pairs = |pairs: &[(Iri, samos::Name)]| {
        let lines = pairs
            .iter()
            .map(|(operation, name)| format!("{}  {name}", short(operation)));
        lines.collect::<Vec<_>>()
    };
    block(&mut rows, "GIVEN BY", pairs(&of_type.given_by));
    block(&mut rows, "TAKEN BY", pairs(&of_type.taken_by));
    table::aligned(rows)
}

fn thing_text(thing: &explanation::ThingExplanation, short: impl Fn(&Iri) -> String) -> String {
    let mut rows = Vec::new();
    let row = &thing.row;
    block(&mut rows, "THING", [row.name.clone()]);
    block(&mut rows, "", thing.comment.clone());
    block(&mut rows, "KIND", [row.kind.clone()]);
    block(&mut rows, "PROVIDER", row.provider.clone());
    block(&mut rows, "ACCOUNT", thing.account.as_ref().map(&short));
    block(&mut rows, "SERVICE", thing.service.as_ref().map(&short));
    let fact = |fact: &explanation::FactExplanation| {
        let mut line = format!("{} = ", fact.property.local());
        if fact.values.is_empty() {
            line.push_str("(known to be none)");
        } else {
            line.push_str(&fact.values.join(", "));
        }
        if let Some(at) = &fact.observed_at {
            let _ = write!(line, "   (observed {at})");
        }
        line
    };
    block(&mut rows, "FACTS", thing.facts.iter().map(fact));
    block(&mut rows, "OPERATIONS", thing.operations.iter().map(&short));
    table::aligned(rows)
}
