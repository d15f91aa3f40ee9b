//! Operations: what one can ask of a subject, and what that needs, requires, gives and changes.
//!
//! Paper: section "Cloud service operation object property specifications".

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::finding::Place;
use crate::name::{Iri, Name};
use crate::text::{Condition, Effect, Path};
use crate::value::Literal;

/// Does an operation read or change?
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Reads, changes nothing.
    #[doc(alias = "SIR")]
    Information,
    /// Changes the world.
    #[doc(alias = "SMR")]
    Manipulation,
}

/// The service model an operation belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Category {
    /// Infrastructure as a service.
    IaaS,
    /// Platform as a service.
    PaaS,
    /// Software as a service.
    SaaS,
    /// Found in all service models.
    Common,
}

/// One input of an operation. `N` is how types are named: [`Iri`] once resolved.
#[doc(alias = "SRParameter")]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Parameter<N = Iri> {
    /// Its name within the operation.
    pub name: Name,
    /// The class or datatype its values must fit.
    #[serde(rename = "type")]
    pub of_type: N,
    /// `[…]`: must it be given?
    pub mandatory: bool,
    /// `<…>`: may it have several values?
    pub multiple: bool,
    /// What it is when not given.
    pub default: Option<DefaultValue<N>>,
}

/// The default of a parameter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DefaultValue<N = Iri> {
    /// A literal.
    Literal(Literal),
    /// A named individual.
    Individual(N),
}

/// One thing an operation gives back.
#[doc(alias = "SROutcome")]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Outcome<N = Iri> {
    /// Its name within the operation.
    pub name: Name,
    /// The class or datatype of its values.
    #[serde(rename = "type")]
    pub of_type: N,
    /// `<…>`: may there be several?
    pub multiple: bool,
    /// The fact it reports, if it reports one.
    pub reads: Option<Reads<N>>,
}

/// Which fact an outcome reports.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Reads<N = Iri> {
    /// Where the fact stands.
    pub path: Path<N>,
    /// `reads some`: the answer may leave members out, so it completes nothing.
    pub some: bool,
}

/// An operation's whole specification, interpreted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Operation {
    /// Its IRI; an overload for another subject type has another.
    pub iri: Iri,
    /// Reads or changes.
    pub kind: Kind,
    /// The service model.
    pub category: Category,
    /// The provider whose subjects it applies to; `None` when the specification names none.
    pub provider: Option<Iri>,
    /// The class of subjects it can be asked of.
    pub subject: Iri,
    /// Inputs.
    pub parameters: Vec<Parameter>,
    /// What comes back.
    pub outcomes: Vec<Outcome>,
    /// What must hold before.
    #[doc(alias = "SRPreCondition")]
    pub precondition: Condition,
    /// What holds after.
    #[doc(alias = "SRPostCondition")]
    pub postcondition: Vec<Effect>,
    /// Price of one call, in the provider's currency.
    pub cost: Option<f64>,
    /// Usual seconds until the postcondition holds.
    pub duration_s: Option<f64>,
    /// Operations declared equivalent to it, for grouping.
    pub similar_to: Vec<Iri>,
    /// Where it is specified.
    pub place: Option<Place>,
}

impl Operation {
    /// The parameter of that name.
    #[must_use = "reading has no other effect"]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name.as_str() == name)
    }

    /// The outcome of that name.
    #[must_use = "reading has no other effect"]
    pub fn outcome(&self, name: &str) -> Option<&Outcome> {
        self.outcomes
            .iter()
            .find(|outcome| outcome.name.as_str() == name)
    }

    /// Is the outcome of that name a thing that one of the effects creates?
    #[must_use = "reading has no other effect"]
    pub fn creates(&self, outcome: &str) -> bool {
        self.postcondition
            .iter()
            .any(|effect| matches!(effect, Effect::Create { outcome: name, .. } if name.as_str() == outcome))
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
