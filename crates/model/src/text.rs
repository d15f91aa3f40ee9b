//! The compact text of a specification: parameters, outcomes, conditions and effects.
//!
//! Paper: table 2 (the notation `[( )] [< >] ( ) < >`), sections "Request pre condition", "Request post condition".
//!
//! In: text. Out: a syntax tree over [`RawName`]s with spans, which `knowledge` resolves to a tree over [`Iri`]s.
//! `parse ∘ print = id` for every tree. Not here: what names mean, and what conditions are worth.

mod lexer;
mod name;
mod parser;
mod print;
mod resolve;

pub use name::{RawName, Span, Spelling};
pub use parser::{
    TextError, parse_condition, parse_effects, parse_outcomes, parse_parameters, parse_path,
    parse_term,
};
pub use print::{
    PrintName, print_condition, print_effects, print_outcomes, print_parameters, quoted,
};
pub use resolve::{
    FullNames, Resolve, resolve_condition, resolve_conjunct, resolve_effect, resolve_term,
};

use serde::{Deserialize, Serialize};

use crate::name::{Iri, Name};
use crate::value::Literal;

/// A conjunction; empty means `unconditional`. `N` is how properties, types and individuals are named.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Condition<N = Iri> {
    /// What must hold, all of it.
    pub conjuncts: Vec<Conjunct<N>>,
}

impl<N> Default for Condition<N> {
    fn default() -> Self {
        Self {
            conjuncts: Vec::new(),
        }
    }
}

impl<N> Condition<N> {
    /// Does it ask for nothing?
    #[must_use = "reading has no other effect"]
    pub fn is_unconditional(&self) -> bool {
        self.conjuncts.is_empty()
    }
}

/// One part of a conjunction.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Conjunct<N = Iri> {
    /// `left op right`.
    Compare {
        /// Left of the operator.
        left: Term<N>,
        /// The operator.
        comparison: Comparison,
        /// Right of the operator.
        right: Term<N>,
    },
    /// `path is type`: some value of the path is of that class.
    Is {
        /// What is looked at.
        path: Path<N>,
        /// The class.
        of_type: N,
    },
    /// `path in {a, b}`: some value of the path is one of them.
    In {
        /// What is looked at.
        path: Path<N>,
        /// The values.
        values: Vec<Atom<N>>,
    },
    /// `path contains value`.
    Contains {
        /// The set.
        path: Path<N>,
        /// The member.
        value: Atom<N>,
    },
    /// `exists path`: there is a value.
    Exists {
        /// Where.
        path: Path<N>,
    },
    /// `not conjunct`.
    Not(Box<Conjunct<N>>),
    /// `(a or b)`.
    Either(Vec<Condition<N>>),
}

/// The operator of a comparison.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Comparison {
    /// `==`
    #[serde(rename = "==")]
    Equal,
    /// `!=`, which is `not ==`.
    #[serde(rename = "!=")]
    Unequal,
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    AtMost,
    /// `>`
    #[serde(rename = ">")]
    Greater,
    /// `>=`
    #[serde(rename = ">=")]
    AtLeast,
}

impl Comparison {
    /// The operator as written.
    #[must_use = "reading has no other effect"]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }

    /// Is it one of `<`, `<=`, `>`, `>=`?
    #[must_use = "reading has no other effect"]
    pub fn is_order(self) -> bool {
        !matches!(self, Self::Equal | Self::Unequal)
    }
}

/// A value, or a sum of values.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Term<N = Iri> {
    /// The first summand.
    pub first: Atom<N>,
    /// What is added and taken away, left to right.
    pub rest: Vec<(Sign, Atom<N>)>,
}

impl<N> From<Atom<N>> for Term<N> {
    fn from(first: Atom<N>) -> Self {
        Self {
            first,
            rest: Vec::new(),
        }
    }
}

impl<N> Term<N> {
    /// The atom, when the term is just one.
    #[must_use = "reading has no other effect"]
    pub fn as_atom(&self) -> Option<&Atom<N>> {
        self.rest.is_empty().then_some(&self.first)
    }

    /// All atoms, left to right.
    pub fn atoms(&self) -> impl Iterator<Item = &Atom<N>> {
        std::iter::once(&self.first).chain(self.rest.iter().map(|(_, atom)| atom))
    }
}

/// Added or taken away.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Sign {
    /// `+`
    #[serde(rename = "+")]
    Plus,
    /// `-`
    #[serde(rename = "-")]
    Minus,
}

/// One summand of a term.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Atom<N = Iri> {
    /// A literal.
    Literal(Literal),
    /// What stands at a path; an individual is a path without properties.
    Path(Path<N>),
    /// `count(path)`: how many values it has.
    Count(Path<N>),
}

/// A root and the properties followed from it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Path<N = Iri> {
    /// Where it starts.
    pub root: Root<N>,
    /// What is followed, in order.
    pub properties: Vec<N>,
}

/// Where a path starts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Root<N = Iri> {
    /// The request's subject.
    Subject,
    /// The subject's account.
    Account,
    /// The subject's service individual.
    Service,
    /// The subject's provider.
    Provider,
    /// A parameter, an outcome, or a wanted thing, by its name.
    Variable(Name),
    /// A named individual.
    Individual(N),
}

/// One part of a postcondition.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect<N = Iri> {
    /// `path = value`: it holds exactly that.
    Set {
        /// What changes.
        path: Path<N>,
        /// To what.
        value: Term<N>,
    },
    /// `path += value`: adds a member, or counts up a number.
    Add {
        /// What changes.
        path: Path<N>,
        /// By what.
        value: Term<N>,
    },
    /// `path -= value`: takes a member away, or counts down a number.
    Remove {
        /// What changes.
        path: Path<N>,
        /// By what.
        value: Term<N>,
    },
    /// `clear path`: it holds nothing.
    Clear(Path<N>),
    /// `renew path`: it holds a value that nobody knows until an operation reads it.
    Renew(Path<N>),
    /// `create outcome * n`: a new thing, or n of them.
    Create {
        /// The outcome that names it.
        outcome: Name,
        /// How many, one when not said.
        count: Option<Term<N>>,
    },
    /// `delete path`: the thing there is no more.
    Delete(Path<N>),
}

impl<N> Effect<N> {
    /// Where values change; nowhere where things begin or end.
    pub fn changed(&self) -> Option<&Path<N>> {
        match self {
            Self::Set { path, .. }
            | Self::Add { path, .. }
            | Self::Remove { path, .. }
            | Self::Clear(path)
            | Self::Renew(path) => Some(path),
            Self::Create { .. } | Self::Delete(_) => None,
        }
    }

    /// Its left side: where values change, or what is deleted.
    pub fn path(&self) -> Option<&Path<N>> {
        match self {
            Self::Delete(path) => Some(path),
            other => other.changed(),
        }
    }
}

#[cfg(test)]
mod tests;
