//! Values that facts, arguments and outcomes hold, and the three truth values of a condition.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Not;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::name::Iri;
use crate::vocabulary::xsd;

/// A typed literal: lexical form and datatype.
///
/// A literal whose datatype is a *class* stands for the individual of that class with that key, where no such
/// individual is known yet: `"203.0.113.9"` of class `samos:PublicIPAddress`. It has no facts; it equals only itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Literal {
    /// The characters as written.
    pub lexical: Arc<str>,
    /// The datatype's IRI.
    pub datatype: Iri,
}

impl Literal {
    /// A literal of any datatype.
    pub fn new(lexical: impl Into<Arc<str>>, datatype: impl Into<Iri>) -> Self {
        Self {
            lexical: lexical.into(),
            datatype: datatype.into(),
        }
    }

    /// An `xsd:string`.
    pub fn string(lexical: impl Into<Arc<str>>) -> Self {
        Self::new(lexical, xsd::STRING)
    }

    /// An `xsd:integer`.
    #[must_use = "this makes a value and changes nothing"]
    pub fn integer(number: i64) -> Self {
        Self::new(number.to_string(), xsd::INTEGER)
    }

    /// An `xsd:boolean`.
    #[must_use = "this makes a value and changes nothing"]
    pub fn boolean(truth: bool) -> Self {
        Self::new(if truth { "true" } else { "false" }, xsd::BOOLEAN)
    }

    /// The number it stands for, exactly. Numeric datatypes of XML Schema have one, and so has a literal of a
    /// datatype of an ontology (such as a port) whose characters are those of a number.
    #[must_use = "reading has no other effect"]
    pub fn number(&self) -> Option<Decimal> {
        let derived = !self.datatype.as_str().starts_with(xsd::NAMESPACE);
        if !(self.is_numeric() || derived) {
            return None;
        }
        let text = self.lexical.trim();
        let text = text.strip_prefix('+').unwrap_or(text);
        Decimal::from_str_exact(text)
            .or_else(|_| Decimal::from_scientific(text))
            .ok()
            .map(|number| number.normalize())
    }

    /// Is the datatype one of the numeric ones of XML Schema?
    #[must_use = "reading has no other effect"]
    pub fn is_numeric(&self) -> bool {
        xsd::NUMERIC.contains(&self.datatype.as_str())
    }
}

/// What a property or an argument holds: a literal or an entity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Value {
    /// A typed literal.
    Literal(Literal),
    /// An entity, by its IRI.
    Entity(Iri),
}

impl Value {
    /// The entity, if this is one.
    #[must_use = "reading has no other effect"]
    pub fn as_entity(&self) -> Option<&Iri> {
        match self {
            Self::Entity(iri) => Some(iri),
            Self::Literal(_) => None,
        }
    }

    /// The literal, if this is one.
    #[must_use = "reading has no other effect"]
    pub fn as_literal(&self) -> Option<&Literal> {
        match self {
            Self::Literal(literal) => Some(literal),
            Self::Entity(_) => None,
        }
    }
}

impl From<Iri> for Value {
    fn from(iri: Iri) -> Self {
        Self::Entity(iri)
    }
}

impl From<Literal> for Value {
    fn from(literal: Literal) -> Self {
        Self::Literal(literal)
    }
}

/// Prints a literal in the notation of conditions and an entity as `<IRI>`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(literal) => literal.fmt(f),
            Self::Entity(iri) => write!(f, "<{iri}>"),
        }
    }
}

/// Kleene's three truth values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Truth {
    /// It does not hold.
    False,
    /// Nobody knows.
    Unknown,
    /// It holds.
    True,
}

impl Truth {
    /// Conjunction: the lesser of the two.
    #[must_use = "reading has no other effect"]
    pub fn and(self, other: Self) -> Self {
        match self.cmp(&other) {
            Ordering::Less => self,
            Ordering::Equal | Ordering::Greater => other,
        }
    }

    /// Disjunction: the greater of the two.
    #[must_use = "reading has no other effect"]
    pub fn or(self, other: Self) -> Self {
        match self.cmp(&other) {
            Ordering::Greater => self,
            Ordering::Equal | Ordering::Less => other,
        }
    }
}

impl From<bool> for Truth {
    fn from(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Literal;
    use super::Truth::{False, True, Unknown};

    #[test]
    fn numbers_are_read_by_value() {
        let number = |text: &str| Literal::new(text, super::xsd::DOUBLE).number();
        assert_eq!(number("1e2"), Literal::integer(100).number());
        assert_eq!(number("0.10"), number("0.1"));
        assert_eq!(Literal::string("1").number(), None);
    }

    #[test]
    fn unknown_yields_only_to_what_decides() {
        assert_eq!(Unknown.and(False), False);
        assert_eq!(Unknown.and(True), Unknown);
        assert_eq!(Unknown.or(True), True);
        assert_eq!(Unknown.or(False), Unknown);
        assert_eq!(!Unknown, Unknown);
    }
}
