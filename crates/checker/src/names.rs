//! Carries names between the two spellings of a condition: full ones, which a plan holds, and short ones, for people.
//!
//! In: syntax trees or the text of a plan. Out: trees over full names, or short text.

use std::convert::Infallible;

use samos_model::text::{
    FullNames, RawName, Resolve, Spelling, parse_condition, parse_path, resolve_condition,
    resolve_conjunct,
};
use samos_model::{Condition, Conjunct, Iri, Path, World};

/// Writes short names.
struct ShortNames<'a>(&'a dyn World);

impl ShortNames<'_> {
    fn short(&self, name: &Iri) -> RawName {
        let short = self.0.compact(name);
        RawName::new(match short.split_once(':') {
            Some((prefix, local)) if short != name.as_str() => {
                Spelling::Prefixed(prefix.to_owned(), local.to_owned())
            }
            _ => Spelling::Bracketed(name.as_str().to_owned()),
        })
    }
}

impl Resolve<Iri, RawName> for ShortNames<'_> {
    type Error = Infallible;

    fn path(&mut self, path: &Path) -> Result<Path<RawName>, Infallible> {
        path.renamed(|name| Ok(self.short(name)), |name| Ok(self.short(name)))
    }

    fn type_name(&mut self, name: &Iri) -> Result<RawName, Infallible> {
        Ok(self.short(name))
    }
}

/// The condition that a plan's text with full names says.
///
/// # Errors
/// Why it cannot be read.
pub(crate) fn read_condition(text: &str) -> Result<Condition, String> {
    let raw = parse_condition(text).map_err(|error| error.to_string())?;
    resolve_condition(&raw, &mut FullNames)
}

/// The path that a plan's text with full names says.
///
/// # Errors
/// Why it cannot be read.
pub(crate) fn read_path(text: &str) -> Result<Path, String> {
    let raw = parse_path(text).map_err(|error| error.to_string())?;
    FullNames.path(&raw)
}

/// A conjunct with short names.
pub(crate) fn conjunct_in_words(world: &dyn World, conjunct: &Conjunct) -> String {
    match resolve_conjunct(conjunct, &mut ShortNames(world)) {
        Ok(short) => short.to_string(),
        Err(never) => match never {},
    }
}

/// A path with short names.
pub(crate) fn path_in_words(world: &dyn World, path: &Path) -> String {
    match ShortNames(world).path(path) {
        Ok(short) => short.to_string(),
        Err(never) => match never {},
    }
}
