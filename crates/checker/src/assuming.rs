//! What follows from taking an unknown conjunct for granted.
//!
//! In: a conjunct that is unknown, and the state it is unknown in. Out: what is then known at its place, if that can
//! be said. Only what the conjunct says outright is taken from it.

use samos_model::{Atom, Comparison, Conjunct, Iri, Path, Term};

use crate::effects::Maker;
use crate::scope::Scope;
use crate::state::{Place, View, schema};
use crate::thing::Thing;

/// What is known from then on, at which place.
pub(crate) enum Learnt {
    /// It holds that value; what follows from that is carried on.
    Holds(Thing),
    /// It certainly does not hold that value.
    HoldsNot(Thing),
    /// It holds nothing.
    Empty,
}

/// The place an assumed conjunct speaks of, with what is known of it from then on.
pub(crate) fn learnt(
    view: View<'_>,
    scope: &Scope,
    conjunct: &Conjunct,
    maker: &mut Maker,
) -> Option<(Place, Learnt)> {
    readings(conjunct).into_iter().find_map(|(path, said)| {
        let (prefix, property) = view.prefix(scope, path)?;
        let thing = prefix.only().filter(|thing| !thing.is_literal())?.clone();
        let ranges = schema(view.world, property).ranges;
        let learnt = match said {
            Said::Has(value) => Learnt::Holds(value.of(view, scope)?),
            Said::HasNot(value) => Learnt::HoldsNot(value.of(view, scope)?),
            Said::Exists => {
                let outcome = maker.finding.clone();
                Learnt::Holds(maker.opaque(ranges.into_iter().chain(outcome)))
            }
            Said::IsOf(class) => {
                if !view.values(&thing, property).members.is_empty() {
                    return None;
                }
                Learnt::Holds(maker.opaque(ranges.into_iter().chain([class.clone()])))
            }
            Said::IsEmpty => Learnt::Empty,
        };
        Some(((thing, property.clone()), learnt))
    })
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

/// How a conjunct can be read as saying something of a path: an equality may be read from either side.
fn readings(conjunct: &Conjunct) -> Vec<(&Path, Said<'_>)> {
    match conjunct {
        Conjunct::Compare {
            left,
            comparison: comparison @ (Comparison::Equal | Comparison::Unequal),
            right,
        } => [(left, right), (right, left)]
            .into_iter()
            .filter_map(|(own, other)| {
                let Some(Atom::Path(path)) = own.as_atom() else {
                    return None;
                };
                let other = Right::Term(other);
                Some(if *comparison == Comparison::Equal {
                    (path, Said::Has(other))
                } else {
                    (path, Said::HasNot(other))
                })
            })
            .collect(),
        Conjunct::Contains { path, value } => vec![(path, Said::Has(Right::Atom(value)))],
        Conjunct::In { path, values } => match values.as_slice() {
            [value] => vec![(path, Said::Has(Right::Atom(value)))],
            _ => Vec::new(),
        },
        Conjunct::Exists { path } => vec![(path, Said::Exists)],
        Conjunct::Is { path, of_type } => vec![(path, Said::IsOf(of_type))],
        Conjunct::Not(inner) => readings(inner)
            .into_iter()
            .filter_map(|(path, said)| match (&**inner, said) {
                (Conjunct::Compare { .. } | Conjunct::Contains { .. }, Said::Has(value)) => {
                    Some((path, Said::HasNot(value)))
                }
                (Conjunct::Exists { .. }, Said::Exists) => Some((path, Said::IsEmpty)),
                _ => None,
            })
            .collect(),
        Conjunct::Compare { .. } | Conjunct::Either(_) => Vec::new(),
    }
}
