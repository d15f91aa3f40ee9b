//! Specifications as people read them: with short names.
//!
//! In: values with full names, and a world that knows prefixes. Out: text to be read, not to be parsed back.

use samos_model::World;
use samos_model::operation::{DefaultValue, Outcome, Parameter};
use samos_model::text::{Condition, Effect};
use samos_verifiers::wording;

use crate::export::short;

/// The conjuncts of a condition, one text each.
pub fn conjuncts(condition: &Condition, world: &dyn World) -> Vec<String> {
    condition
        .conjuncts
        .iter()
        .map(|one| wording::conjunct(world, one))
        .collect()
}

/// The effects of a postcondition, one text each.
pub fn effects(postcondition: &[Effect], world: &dyn World) -> Vec<String> {
    postcondition
        .iter()
        .map(|one| wording::effect(world, one))
        .collect()
}

/// A parameter's type and default: `samos:Port = 80`, `ec2:Volume …`.
pub fn parameter(parameter: &Parameter, world: &dyn World) -> String {
    let mut text = short(&parameter.of_type, world);
    if parameter.multiple {
        text.push_str(" (several)");
    }
    match &parameter.default {
        Some(DefaultValue::Literal(literal)) => {
            text.push_str(&format!(" = {}", literal.lexical));
        }
        Some(DefaultValue::Individual(iri)) => {
            text.push_str(&format!(" = {}", short(iri, world)));
        }
        None if !parameter.mandatory => text.push_str(" (optional)"),
        None => {}
    }
    text
}

/// An outcome's type, and the fact it reports.
pub fn outcome(outcome: &Outcome, world: &dyn World) -> String {
    let mut text = short(&outcome.of_type, world);
    if outcome.multiple {
        text.push_str(" (several)");
    }
    if let Some(reads) = &outcome.reads {
        let some = if reads.some { "some of " } else { "" };
        text.push_str(&format!(
            ", read from {some}{}",
            wording::path(world, &reads.path)
        ));
    }
    text
}
