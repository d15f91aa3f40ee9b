//! Conditions and effects in words for a person: short names, and the step's own subject and arguments filled in.

use std::convert::Infallible;

use samos_model::text::{RawName, Resolve, Spelling, resolve_conjunct, resolve_effect};
use samos_model::{Conjunct, Effect, Iri, Path, Root, World};

/// Carries full names to short ones.
struct Shortener<'a> {
    world: &'a dyn World,
    /// What `subject` is called.
    subject: Option<&'a str>,
}

impl Shortener<'_> {
    fn short(&self, iri: &Iri) -> RawName {
        let compact = self.world.compact(iri);
        let plain = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        };
        RawName::new(match compact.split_once(':') {
            Some((prefix, local)) if plain(prefix) && plain(local) => {
                Spelling::Prefixed(prefix.to_owned(), local.to_owned())
            }
            _ => Spelling::Bracketed(iri.to_string()),
        })
    }
}

impl Resolve<Iri, RawName> for Shortener<'_> {
    type Error = Infallible;

    fn path(&mut self, path: &Path) -> Result<Path<RawName>, Infallible> {
        let root = match &path.root {
            Root::Subject => match self.subject {
                Some(subject) => Root::Individual(RawName::new(Spelling::Bare(subject.to_owned()))),
                None => Root::Subject,
            },
            Root::Account => Root::Account,
            Root::Service => Root::Service,
            Root::Provider => Root::Provider,
            Root::Variable(name) => Root::Variable(name.clone()),
            Root::Individual(iri) => Root::Individual(self.short(iri)),
        };
        let bare = |property: &Iri| RawName::new(Spelling::Bare(property.local().to_owned()));
        Ok(Path {
            root,
            properties: path.properties.iter().map(bare).collect(),
        })
    }

    fn type_name(&mut self, name: &Iri) -> Result<RawName, Infallible> {
        Ok(self.short(name))
    }
}

/// A conjunct in words.
pub(crate) fn conjunct(world: &dyn World, conjunct: &Conjunct, subject: Option<&str>) -> String {
    let Ok(short) = resolve_conjunct(conjunct, &mut Shortener { world, subject });
    short.to_string()
}

/// An effect in words.
pub(crate) fn effect(world: &dyn World, effect: &Effect, subject: Option<&str>) -> String {
    let Ok(short) = resolve_effect(effect, &mut Shortener { world, subject });
    short.to_string()
}

/// A path in words.
pub(crate) fn path(world: &dyn World, path: &Path, subject: Option<&str>) -> String {
    let Ok(short) = Shortener { world, subject }.path(path);
    short.to_string()
}
