//! Why a statement follows: the rule that gave it and the statements it was given from.

use serde::{Deserialize, Serialize};

use crate::index::Triple;

/// The rules of OWL 2 RL that are applied, under the names of its specification.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(crate) enum Rule {
    SameAs,
    SubPropertyOf,
    Domain,
    Range,
    Inverse,
    Symmetric,
    Transitive,
    Functional,
    InverseFunctional,
    Chain,
    Key,
    SomeValuesFrom,
    AllValuesFrom,
    HasValueGives,
    HasValueClassifies,
    Intersection,
    OneOf,
    MaxOne,
    SubClassOf,
    EquivalentClass,
    EquivalentProperty,
    SubClassTransitive,
    SubPropertyTransitive,
    ClassesAlike,
    PropertiesAlike,
    IntersectionAbove,
    UnionAbove,
    RestrictionsByFiller,
    RestrictionsByProperty,
    Irreflexive,
    Asymmetric,
    PropertiesDisjoint,
    ClassesDisjoint,
    Complement,
    Nothing,
    Different,
    MaxZero,
    NegativeAssertion,
}

impl Rule {
    /// The name in the specification of OWL 2 RL, and what it says.
    pub(crate) fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::SameAs => (
                "eq-rep",
                "what holds of one name holds of every other name of the same thing",
            ),
            Self::SubPropertyOf => ("prp-spo1", "a property includes its sub-properties"),
            Self::Domain => ("prp-dom", "what has the property is of its domain"),
            Self::Range => ("prp-rng", "a value of the property is of its range"),
            Self::Inverse => ("prp-inv", "the inverse property holds the other way round"),
            Self::Symmetric => ("prp-symp", "a symmetric property holds both ways"),
            Self::Transitive => ("prp-trp", "a transitive property carries on"),
            Self::Functional => (
                "prp-fp",
                "a functional property has one value, so the two are the same",
            ),
            Self::InverseFunctional => (
                "prp-ifp",
                "the value belongs to one thing only, so the two are the same",
            ),
            Self::Chain => ("prp-spo2", "the chain of properties gives the property"),
            Self::Key => ("prp-key", "two members with the same key are the same"),
            Self::SomeValuesFrom => (
                "cls-svf",
                "it has a value of that class, so it belongs to the restriction",
            ),
            Self::AllValuesFrom => (
                "cls-avf",
                "all values of a member of the restriction are of that class",
            ),
            Self::HasValueGives => ("cls-hv1", "every member of the restriction has that value"),
            Self::HasValueClassifies => (
                "cls-hv2",
                "it has that value, so it belongs to the restriction",
            ),
            Self::Intersection => ("cls-int1", "it belongs to all parts of the intersection"),
            Self::OneOf => ("cls-oo", "it is one of the listed members"),
            Self::MaxOne => (
                "cls-maxc2",
                "at most one value is allowed, so the two are the same",
            ),
            Self::SubClassOf => (
                "cax-sco",
                "a member of a class is a member of every class above it",
            ),
            Self::EquivalentClass => (
                "scm-eqc1",
                "equivalent classes are sub-classes of each other",
            ),
            Self::EquivalentProperty => (
                "scm-eqp1",
                "equivalent properties are sub-properties of each other",
            ),
            Self::SubClassTransitive => (
                "scm-sco",
                "what stands above a class's super-class stands above the class",
            ),
            Self::SubPropertyTransitive => (
                "scm-spo",
                "what stands above a property's super-property stands above the property",
            ),
            Self::ClassesAlike => (
                "scm-eqc2",
                "classes that are under each other are equivalent",
            ),
            Self::PropertiesAlike => (
                "scm-eqp2",
                "properties that are under each other are equivalent",
            ),
            Self::IntersectionAbove => ("scm-int", "an intersection is under each of its parts"),
            Self::UnionAbove => ("scm-uni", "each part of a union is under it"),
            Self::RestrictionsByFiller => (
                "scm-svf1",
                "the restriction to a narrower class is narrower",
            ),
            Self::RestrictionsByProperty => (
                "scm-svf2",
                "the restriction on a narrower property is narrower",
            ),
            Self::Irreflexive => (
                "prp-irp",
                "nothing has the irreflexive property with itself",
            ),
            Self::Asymmetric => ("prp-asyp", "an asymmetric property never holds both ways"),
            Self::PropertiesDisjoint => (
                "prp-pdw",
                "disjoint properties never hold between the same two",
            ),
            Self::ClassesDisjoint => ("cax-dw", "nothing belongs to two disjoint classes"),
            Self::Complement => (
                "cls-com",
                "nothing belongs to a class and to its complement",
            ),
            Self::Nothing => ("cls-nothing2", "nothing belongs to `owl:Nothing`"),
            Self::Different => ("eq-diff1", "what is declared different cannot be the same"),
            Self::MaxZero => ("cls-maxc1", "no value is allowed there"),
            Self::NegativeAssertion => ("prp-npa", "what is denied is also stated"),
        }
    }
}

/// One derivation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Reason {
    pub(crate) rule: Rule,
    pub(crate) premises: Box<[Triple]>,
    /// Grows with every derivation: premises had a smaller one, so following reasons always ends.
    pub(crate) rank: u32,
}

/// Statements that cannot all hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) struct Clash {
    pub(crate) rule: Rule,
    pub(crate) premises: Vec<Triple>,
}
