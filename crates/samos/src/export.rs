//! A plan in other forms: a Mermaid chart, a Graphviz digraph, an Arazzo workflow, RDF.
//!
//! In: a plan, and a world for its short names. Out: text, or triples. Not here: JSON, which is the plan's own form.

mod arazzo;
mod chart;
mod rdf;

pub use arazzo::arazzo;
pub use chart::{dot, mermaid};
pub use rdf::{Object, Triple, graph_of, quads, triples, turtle};

use samos_model::plan::{Argument, PlanValue};
use samos_model::{Iri, World};

/// How many characters of a literal a chart shows.
const SHOWN: usize = 40;

/// What a value is called in a few words.
pub fn value_text(value: &PlanValue, world: &dyn World) -> String {
    match value {
        PlanValue::Entity { entity } => short(entity, world),
        PlanValue::Given { given } => format!("(a given {})", short(given, world)),
        PlanValue::From { from } => match from.index {
            Some(index) => format!("(step {}: {}[{index}])", from.step, from.outcome),
            None => format!("(step {}: {})", from.step, from.outcome),
        },
        PlanValue::Before { before } => format!("(before step {}: {})", before.step, before.path),
        PlanValue::Literal { value, .. } => {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            if text.chars().count() > SHOWN {
                text.chars().take(SHOWN - 1).chain(['…']).collect()
            } else {
                text
            }
        }
    }
}

/// What an argument is called in a few words.
pub fn argument_text(argument: &Argument, world: &dyn World) -> String {
    let values: Vec<String> = argument
        .values()
        .iter()
        .map(|value| value_text(value, world))
        .collect();
    match argument {
        Argument::One(_) => values.concat(),
        Argument::Many(_) => format!("[{}]", values.join(", ")),
    }
}

/// An IRI with its prefix, or its local name where none is declared.
pub fn short(iri: &Iri, world: &dyn World) -> String {
    let compact = world.compact(iri);
    if compact == iri.as_str() {
        iri.local().to_owned()
    } else {
        compact
    }
}
