//! What follows from taking an unknown conjunct for granted.
//!
//! In: a conjunct that is unknown, and the state it is unknown in. Out: what is then known at its place, if that can
//! be said. Only what the conjunct says outright is taken from it.

use samos_model::{Atom, Comparison, Conjunct, Iri, Path, Term, Truth};

use crate::effects::Maker;
use crate::scope::Scope;
use crate::state::{Known, Place, View, schema};
use crate::thing::Thing;

/// The place an assumed conjunct speaks of, with what is known of it from then on.
pub(crate) fn learnt(
    view: View<'_>,
    scope: &Scope,
    conjunct: &Conjunct,
    maker: &mut Maker,
) -> Option<(Place, Known)> {
    let (path, said) = read(conjunct)?;
    let (prefix, property) = view.prefix(scope, path)?;
    let thing = prefix.only().filter(|thing| !thing.is_literal())?.clone();
    let schema = schema(view.world, property);
    let mut known = view.values(&thing, property);
    match said {
        Said::Has(value) => {
            let value = value.of(view, scope)?;
            if schema.functional {
                known.members.clear();
                known.complete = true;
            }
            known
                .absent
                .retain(|absent| view.equal(absent, &value) == Truth::False);
            known.members.insert(value);
        }
        Said::HasNot(value) => {
            known.absent.insert(value.of(view, scope)?);
        }
        Said::Exists => {
            let types = schema.ranges.iter().cloned();
            known.members.insert(maker.opaque(types));
            known.complete |= schema.functional;
        }
        Said::IsOf(class) => {
            if !known.members.is_empty() {
                return None;
            }
            let types = schema.ranges.iter().chain([class]).cloned();
            known.members.insert(maker.opaque(types));
            known.complete |= schema.functional;
        }
        Said::IsEmpty => known = Known::exactly([]),
    }
    Some(((thing, property.clone()), known))
}

/// What a conjunct says of its path.
enum Said<'a> {
    Has(Right<'a>),
    HasNot(Right<'a>),
    Exists,
    IsOf(&'a Iri),
    IsEmpty,
}

/// The other side of a comparison.
enum Right<'a> {
    Term(&'a Term),
    Atom(&'a Atom),
}

impl Right<'_> {
    /// The one thing it is.
    fn of(&self, view: View<'_>, scope: &Scope) -> Option<Thing> {
        let known = match self {
            Self::Term(term) => view.term(scope, term),
            Self::Atom(atom) => view.atom(scope, atom),
        };
        known.only().cloned()
    }
}

fn read(conjunct: &Conjunct) -> Option<(&Path, Said<'_>)> {
    match conjunct {
        Conjunct::Compare {
            left,
            comparison,
            right,
        } => {
            let Some(Atom::Path(path)) = left.as_atom() else {
                return None;
            };
            match comparison {
                Comparison::Equal => Some((path, Said::Has(Right::Term(right)))),
                Comparison::Unequal => Some((path, Said::HasNot(Right::Term(right)))),
                _ => None,
            }
        }
        Conjunct::Contains { path, value } => Some((path, Said::Has(Right::Atom(value)))),
        Conjunct::In { path, values } => match values.as_slice() {
            [value] => Some((path, Said::Has(Right::Atom(value)))),
            _ => None,
        },
        Conjunct::Exists { path } => Some((path, Said::Exists)),
        Conjunct::Is { path, of_type } => Some((path, Said::IsOf(of_type))),
        Conjunct::Not(inner) => match (&**inner, read(inner)?) {
            (Conjunct::Compare { .. } | Conjunct::Contains { .. }, (path, Said::Has(value))) => {
                Some((path, Said::HasNot(value)))
            }
            (Conjunct::Exists { .. }, (path, Said::Exists)) => Some((path, Said::IsEmpty)),
            _ => None,
        },
        Conjunct::Either(_) => None,
    }
}
