//! Carries names between the two spellings of a condition: full ones, which a plan holds, and short ones, for people.
//!
//! In: syntax trees or the text of a plan. Out: trees over full names, or short text.

use std::convert::Infallible;

use samos_model::text::{
    RawName, Resolve, Spelling, parse_condition, parse_path, resolve_condition, resolve_conjunct,
};
use samos_model::{Condition, Conjunct, Iri, Path, Root, World};

/// Reads full names; any other is refused with its spelling.
struct FullNames;

impl Resolve<RawName, Iri> for FullNames {
    type Error = String;

    fn path(&mut self, path: &Path<RawName>) -> Result<Path, String> {
        let properties = path.properties.iter();
        Ok(Path {
            root: renamed_root(&path.root, |name| self.type_name(name))?,
            properties: properties
                .map(|name| self.type_name(name))
                .collect::<Result<_, _>>()?,
        })
    }

    fn type_name(&mut self, name: &RawName) -> Result<Iri, String> {
        match &name.spelling {
            Spelling::Bracketed(iri) => Ok(Iri::from(iri.as_str())),
            Spelling::Bare(_) | Spelling::Prefixed(..) => {
                Err(format!("`{name}` is not a full name in angle brackets"))
            }
        }
    }
}

/// Writes short names.
struct ShortNames<'a>(&'a dyn World);

impl Resolve<Iri, RawName> for ShortNames<'_> {
    type Error = Infallible;

    fn path(&mut self, path: &Path) -> Result<Path<RawName>, Infallible> {
        let properties = path.properties.iter();
        Ok(Path {
            root: renamed_root(&path.root, |name| self.type_name(name))?,
            properties: properties
                .map(|name| self.type_name(name))
                .collect::<Result<_, _>>()?,
        })
    }

    fn type_name(&mut self, name: &Iri) -> Result<RawName, Infallible> {
        let short = self.0.compact(name);
        let spelling = match short.split_once(':') {
            Some((prefix, local)) if short != name.as_str() => {
                Spelling::Prefixed(prefix.to_owned(), local.to_owned())
            }
            _ => Spelling::Bracketed(name.as_str().to_owned()),
        };
        Ok(RawName::new(spelling))
    }
}

fn renamed_root<N, M, E>(
    root: &Root<N>,
    mut rename: impl FnMut(&N) -> Result<M, E>,
) -> Result<Root<M>, E> {
    Ok(match root {
        Root::Subject => Root::Subject,
        Root::Account => Root::Account,
        Root::Service => Root::Service,
        Root::Provider => Root::Provider,
        Root::Variable(name) => Root::Variable(name.clone()),
        Root::Individual(name) => Root::Individual(rename(name)?),
    })
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
