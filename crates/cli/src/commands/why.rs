//! `samos why SUBJECT PREDICATE OBJECT`: the proof of an inferred fact.

use std::fmt::Write as _;

use clap::Args;
use samos::{Because, Proof, Samos, Value, export};

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `why`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Of what.
    #[arg(value_name = "SUBJECT")]
    subject: String,
    /// Which property; `a` for the type.
    #[arg(value_name = "PREDICATE")]
    predicate: String,
    /// Which value.
    #[arg(value_name = "OBJECT")]
    object: String,
}

/// Proves, and prints the proof.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let samos = session.samos()?;
    let proof = samos.why(&arguments.subject, &arguments.predicate, &arguments.object)?;
    if session.output.is_structured() {
        session.output.value(&proof)?;
    } else if let Some(proof) = &proof {
        let mut text = String::new();
        print(&mut text, proof, &samos, 0);
        session.output.data(&text)?;
    } else {
        session.output.data("It is not known to hold.")?;
    }
    Ok(if proof.is_some() {
        Exit::Done
    } else {
        Exit::NothingFound
    })
}

fn print(text: &mut String, proof: &Proof, samos: &Samos, depth: usize) {
    let world = samos.world();
    let object = match &proof.object {
        Value::Entity(iri) => export::short(iri, world),
        Value::Literal(literal) => format!("\"{}\"", literal.lexical),
    };
    let indent = "  ".repeat(depth);
    let subject = export::short(&proof.subject, world);
    let predicate = export::short(&proof.predicate, world);
    let ground = match &proof.because {
        Because::Stated { place: Some(place) } => {
            format!("asserted, {}:{}", place.file, place.line)
        }
        Because::Stated { place: None } => "asserted".to_owned(),
        Because::Observed(seen) => {
            format!(
                "observed {} by {}",
                seen.at,
                export::short(&seen.source.as_str().into(), world)
            )
        }
        Because::Specified { place: Some(place) } => {
            format!("specified, {}:{}", place.file, place.line)
        }
        Because::Specified { place: None } => "specified".to_owned(),
        Because::Inferred { rule, meaning, .. } => format!("inferred: {meaning} ({rule})"),
        Because::Deeper => "the proof goes deeper".to_owned(),
    };
    let _ = writeln!(text, "{indent}{subject} {predicate} {object}   {ground}");
    if let Because::Inferred { premises, .. } = &proof.because {
        for premise in premises {
            print(text, premise, samos, depth + 1);
        }
    }
}
