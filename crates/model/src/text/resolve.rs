//! Carries a syntax tree from one kind of name to another, one path or type at a time.

use super::{Atom, Condition, Conjunct, Effect, Path, RawName, Root, Spelling, Term};
use crate::name::Iri;

/// How paths and types are renamed. A path comes whole, since what its names mean depends on what stands before them.
pub trait Resolve<N, M> {
    /// Why a name could not be carried over.
    type Error;

    /// The path in the other names.
    ///
    /// # Errors
    /// When one of its names cannot be carried over.
    fn path(&mut self, path: &Path<N>) -> Result<Path<M>, Self::Error>;

    /// The class or datatype in the other names.
    ///
    /// # Errors
    /// When it cannot be carried over.
    fn type_name(&mut self, name: &N) -> Result<M, Self::Error>;
}

impl<N> Path<N> {
    /// The path in other names, where each is carried over by itself.
    ///
    /// # Errors
    /// The first name that cannot be carried over.
    pub fn renamed<M, E>(
        &self,
        individual: impl FnOnce(&N) -> Result<M, E>,
        property: impl FnMut(&N) -> Result<M, E>,
    ) -> Result<Path<M>, E> {
        Ok(Path {
            root: match &self.root {
                Root::Subject => Root::Subject,
                Root::Account => Root::Account,
                Root::Service => Root::Service,
                Root::Provider => Root::Provider,
                Root::Variable(name) => Root::Variable(name.clone()),
                Root::Individual(name) => Root::Individual(individual(name)?),
            },
            properties: self
                .properties
                .iter()
                .map(property)
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Reads names in full, as plans hold them; any other is refused with its spelling.
#[derive(Clone, Copy, Debug)]
pub struct FullNames;

impl Resolve<RawName, Iri> for FullNames {
    type Error = String;

    fn path(&mut self, path: &Path<RawName>) -> Result<Path, String> {
        path.renamed(full_name, full_name)
    }

    fn type_name(&mut self, name: &RawName) -> Result<Iri, String> {
        full_name(name)
    }
}

fn full_name(name: &RawName) -> Result<Iri, String> {
    match &name.spelling {
        Spelling::Bracketed(iri) => Ok(Iri::from(iri.as_str())),
        Spelling::Bare(_) | Spelling::Prefixed(..) => {
            Err(format!("`{name}` is not a full name in angle brackets"))
        }
    }
}

/// A condition in other names.
///
/// # Errors
/// The first name that could not be carried over.
pub fn resolve_condition<N, M, R: Resolve<N, M>>(
    condition: &Condition<N>,
    names: &mut R,
) -> Result<Condition<M>, R::Error> {
    let conjuncts = condition
        .conjuncts
        .iter()
        .map(|conjunct| resolve_conjunct(conjunct, names));
    Ok(Condition {
        conjuncts: conjuncts.collect::<Result<_, _>>()?,
    })
}

/// A conjunct in other names.
///
/// # Errors
/// The first name that could not be carried over.
pub fn resolve_conjunct<N, M, R: Resolve<N, M>>(
    conjunct: &Conjunct<N>,
    names: &mut R,
) -> Result<Conjunct<M>, R::Error> {
    Ok(match conjunct {
        Conjunct::Compare {
            left,
            comparison,
            right,
        } => Conjunct::Compare {
            left: resolve_term(left, names)?,
            comparison: *comparison,
            right: resolve_term(right, names)?,
        },
        Conjunct::Is { path, of_type } => Conjunct::Is {
            path: names.path(path)?,
            of_type: names.type_name(of_type)?,
        },
        Conjunct::In { path, values } => Conjunct::In {
            path: names.path(path)?,
            values: values
                .iter()
                .map(|value| resolve_atom(value, names))
                .collect::<Result<_, _>>()?,
        },
        Conjunct::Contains { path, value } => Conjunct::Contains {
            path: names.path(path)?,
            value: resolve_atom(value, names)?,
        },
        Conjunct::Exists { path } => Conjunct::Exists {
            path: names.path(path)?,
        },
        Conjunct::Not(inner) => Conjunct::Not(Box::new(resolve_conjunct(inner, names)?)),
        Conjunct::Either(alternatives) => Conjunct::Either(
            alternatives
                .iter()
                .map(|alternative| resolve_condition(alternative, names))
                .collect::<Result<_, _>>()?,
        ),
    })
}

/// A term in other names.
///
/// # Errors
/// The first name that could not be carried over.
pub fn resolve_term<N, M, R: Resolve<N, M>>(
    term: &Term<N>,
    names: &mut R,
) -> Result<Term<M>, R::Error> {
    let first = resolve_atom(&term.first, names)?;
    let rest = term
        .rest
        .iter()
        .map(|(sign, atom)| Ok((*sign, resolve_atom(atom, names)?)));
    Ok(Term {
        first,
        rest: rest.collect::<Result<_, _>>()?,
    })
}

/// An effect in other names.
///
/// # Errors
/// The first name that could not be carried over.
pub fn resolve_effect<N, M, R: Resolve<N, M>>(
    effect: &Effect<N>,
    names: &mut R,
) -> Result<Effect<M>, R::Error> {
    Ok(match effect {
        Effect::Set { path, value } => Effect::Set {
            path: names.path(path)?,
            value: resolve_term(value, names)?,
        },
        Effect::Add { path, value } => Effect::Add {
            path: names.path(path)?,
            value: resolve_term(value, names)?,
        },
        Effect::Remove { path, value } => Effect::Remove {
            path: names.path(path)?,
            value: resolve_term(value, names)?,
        },
        Effect::Clear(path) => Effect::Clear(names.path(path)?),
        Effect::Renew(path) => Effect::Renew(names.path(path)?),
        Effect::Create { outcome, count } => Effect::Create {
            outcome: outcome.clone(),
            count: count
                .as_ref()
                .map(|count| resolve_term(count, names))
                .transpose()?,
        },
        Effect::Delete(path) => Effect::Delete(names.path(path)?),
    })
}

fn resolve_atom<N, M, R: Resolve<N, M>>(
    atom: &Atom<N>,
    names: &mut R,
) -> Result<Atom<M>, R::Error> {
    Ok(match atom {
        Atom::Literal(literal) => Atom::Literal(literal.clone()),
        Atom::Path(path) => Atom::Path(names.path(path)?),
        Atom::Count(path) => Atom::Count(names.path(path)?),
    })
}
