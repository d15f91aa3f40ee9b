//! Conditions, effects, parameters and outcomes as people read them: with short names.
//!
//! In: values with full names, and a world that knows prefixes. Out: the notation of specifications, to be read, not
//! to be parsed back.

use std::convert::Infallible;
use std::fmt;

use samos_model::operation::{DefaultValue, Outcome, Parameter};
use samos_model::text::{
    Condition, Conjunct, Effect, Path, PrintName, Resolve, Root, resolve_conjunct, resolve_effect,
};
use samos_model::{Iri, World};

use crate::export::short;

/// A name as it is printed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Shown(String);

impl PrintName for Shown {
    fn print(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        f.write_str(&self.0)
    }
}

struct Shortening<'a>(&'a dyn World);

impl Resolve<Iri, Shown> for Shortening<'_> {
    type Error = Infallible;

    fn path(&mut self, path: &Path) -> Result<Path<Shown>, Infallible> {
        let root = match &path.root {
            Root::Subject => Root::Subject,
            Root::Account => Root::Account,
            Root::Service => Root::Service,
            Root::Provider => Root::Provider,
            Root::Variable(name) => Root::Variable(name.clone()),
            Root::Individual(iri) => Root::Individual(Shown(short(iri, self.0))),
        };
        let properties = path
            .properties
            .iter()
            .map(|property| Shown(property.local().to_owned()));
        Ok(Path {
            root,
            properties: properties.collect(),
        })
    }

    fn type_name(&mut self, name: &Iri) -> Result<Shown, Infallible> {
        Ok(Shown(short(name, self.0)))
    }
}

/// The conjuncts of a condition, one text each.
pub fn conjuncts(condition: &Condition, world: &dyn World) -> Vec<String> {
    condition
        .conjuncts
        .iter()
        .map(|one| conjunct(one, world))
        .collect()
}

/// One conjunct.
pub fn conjunct(conjunct: &Conjunct, world: &dyn World) -> String {
    match resolve_conjunct(conjunct, &mut Shortening(world)) {
        Ok(shown) => shown.to_string(),
    }
}

/// The effects of a postcondition, one text each.
pub fn effects(postcondition: &[Effect], world: &dyn World) -> Vec<String> {
    let text = |effect| match resolve_effect(effect, &mut Shortening(world)) {
        Ok(shown) => shown.to_string(),
    };
    postcondition.iter().map(text).collect()
}

/// A path.
pub fn path(path: &Path, world: &dyn World) -> String {
    match Shortening(world).path(path) {
        Ok(shown) => shown.to_string(),
    }
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
        text.push_str(&format!(", read from {some}{}", path(&reads.path, world)));
    }
    text
}
