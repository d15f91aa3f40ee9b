//! Names, values and conditions in words for a person: short names with declared prefixes.
//!
//! In: terms with full IRIs. Out: text. What is printed here is for reading, not for parsing back.

use std::collections::BTreeSet;
use std::convert::Infallible;

use samos_model::text::{
    RawName, Resolve, Spelling, resolve_conjunct, resolve_effect, resolve_term,
};
use samos_model::{Conjunct, Effect, Iri, Path, Term, Value, World};

/// How many values a text lists before it counts the rest.
const LISTED: usize = 5;

/// A conjunct with short names.
#[must_use = "this makes a text and changes nothing"]
pub fn conjunct(world: &dyn World, conjunct: &Conjunct) -> String {
    match resolve_conjunct(conjunct, &mut Short(world)) {
        Ok(short) => short.to_string(),
    }
}

/// An effect with short names.
#[must_use = "this makes a text and changes nothing"]
pub fn effect(world: &dyn World, effect: &Effect) -> String {
    match resolve_effect(effect, &mut Short(world)) {
        Ok(short) => short.to_string(),
    }
}

/// A path with short names.
#[must_use = "this makes a text and changes nothing"]
pub fn path(world: &dyn World, path: &Path) -> String {
    match Short(world).path(path) {
        Ok(short) => short.to_string(),
    }
}

/// A term with short names.
#[must_use = "this makes a text and changes nothing"]
pub fn term(world: &dyn World, term: &Term) -> String {
    match resolve_term(term, &mut Short(world)) {
        Ok(short) => short.to_string(),
    }
}

/// A value: an entity's short name, or a literal's characters.
#[must_use = "this makes a text and changes nothing"]
pub fn value(world: &dyn World, value: &Value) -> String {
    match value {
        Value::Entity(entity) => world.compact(entity),
        Value::Literal(literal) => literal.lexical.to_string(),
    }
}

/// Several values in backticks, the first few by name.
#[must_use = "this makes a text and changes nothing"]
pub fn values(world: &dyn World, values: &BTreeSet<Value>) -> String {
    if values.is_empty() {
        return "nothing".to_owned();
    }
    let mut text = values
        .iter()
        .take(LISTED)
        .map(|one| format!("`{}`", value(world, one)))
        .collect::<Vec<_>>()
        .join(", ");
    if values.len() > LISTED {
        text.push_str(&format!(" and {} more", values.len() - LISTED));
    }
    text
}

/// Carries IRIs to names as a person would write them.
struct Short<'a>(&'a dyn World);

impl Short<'_> {
    fn name(&self, iri: &Iri) -> RawName {
        let compact = self.0.compact(iri);
        RawName::new(match compact.split_once(':') {
            Some((prefix, local)) if compact != iri.as_str() => {
                Spelling::Prefixed(prefix.to_owned(), local.to_owned())
            }
            _ => Spelling::Bracketed(iri.to_string()),
        })
    }
}

impl Resolve<Iri, RawName> for Short<'_> {
    type Error = Infallible;

    fn path(&mut self, path: &Path) -> Result<Path<RawName>, Infallible> {
        path.renamed(
            |individual| Ok(self.name(individual)),
            |property| Ok(RawName::new(Spelling::Bare(property.local().to_owned()))),
        )
    }

    fn type_name(&mut self, name: &Iri) -> Result<RawName, Infallible> {
        Ok(self.name(name))
    }
}
