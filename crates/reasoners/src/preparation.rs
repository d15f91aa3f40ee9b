//! What is still missing before an operation of this subject can run, and what would bring each missing thing about.
//!
//! Paper: BASR, table 3 and section "Basic Assisted Service Operation Request (BASR) assistance reasoning".
//!
//! In: a subject and the arguments at hand. Out: for every operation of the subject its verified arguments and its open
//! findings, each with concrete options: arguments at hand and live entities that fit, operations that give a value or
//! make a condition true (ready or not), requests that read what is unknown, states that pass by themselves.
//! One provider, one step ahead; no effect of one request on another. Nothing is chosen and nothing is sent.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use samos_model::plan::{Argument, PlanValue};
use samos_model::request::Need;
use samos_model::{
    Iri, Kind, Limit, Limits, Name, Operation, RequestFinding, SearchReport, Supplied, Value, World,
};
use samos_verifiers::{Judged, Manner, Verification, Verifier};

mod catalogue;
mod makers;
mod supposition;
mod ways;

use catalogue::Catalogue;

/// What a subject's operations need.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Preparation {
    /// The subject.
    pub subject: Iri,
    /// Its operations: those that change nothing first, then by name.
    pub operations: Vec<PreparedOperation>,
    /// How far the search for options went.
    pub search: SearchReport,
}

/// One operation, prepared as far as the arguments at hand go.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PreparedOperation {
    /// The operation.
    pub operation: Iri,
    /// Reads or changes.
    pub kind: Kind,
    /// Can it run now?
    pub ready: bool,
    /// The arguments that are verified; defaults are among them.
    pub arguments: BTreeMap<Name, Argument>,
    /// Each conjunct of the precondition with its truth and the facts it rests on.
    pub conditions: Vec<Judged>,
    /// What is open, each with its options.
    pub findings: Vec<RequestFinding>,
    /// The facts to be read before it can be told, and by what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// Arguments at hand that it has no use for, as given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unused: Vec<String>,
}

/// Prepares every operation of a subject with the arguments at hand.
#[must_use = "preparing has no other effect"]
pub fn prepare(
    world: &dyn World,
    subject: &Iri,
    supplied: &[Supplied],
    limits: &Limits,
) -> Preparation {
    let subject = world.canonical(subject);
    let mut operations = world.operations_of(&subject);
    operations.sort_by_key(|operation| (operation.kind, &operation.iri));
    let meanings = meanings(&operations, supplied);
    let mut search = Search::new(world, &subject, supplied, meanings, limits);
    let prepared: Vec<_> = operations
        .into_iter()
        .map(|operation| search.prepared(operation, false))
        .collect();
    Preparation {
        subject,
        search: search.report(prepared.len()),
        operations: prepared,
    }
}

/// Prepares one operation with the arguments meant for it: one that it has no use for is a finding.
#[must_use = "preparing has no other effect"]
pub fn prepare_operation(
    world: &dyn World,
    operation: &Operation,
    subject: &Iri,
    supplied: &[Supplied],
    limits: &Limits,
) -> Preparation {
    let subject = world.canonical(subject);
    let meanings = meanings(&[operation], supplied);
    let mut search = Search::new(world, &subject, supplied, meanings, limits);
    let prepared = search.prepared(operation, true);
    Preparation {
        subject,
        operations: vec![prepared],
        search: search.report(1),
    }
}

/// The types that the names of the arguments have as parameters of some operations.
pub(crate) fn meanings(
    operations: &[&Operation],
    supplied: &[Supplied],
) -> BTreeMap<Name, BTreeSet<Iri>> {
    let names: BTreeSet<_> = supplied
        .iter()
        .filter_map(|one| one.name.as_ref())
        .collect();
    let mut meanings: BTreeMap<Name, BTreeSet<Iri>> = BTreeMap::new();
    for parameter in operations.iter().flat_map(|one| &one.parameters) {
        if names.contains(&parameter.name) {
            let types = meanings.entry(parameter.name.clone()).or_default();
            types.insert(parameter.of_type.clone());
        }
    }
    meanings
}

/// Arguments as a plan writes them.
pub(crate) fn written(
    operation: &Operation,
    arguments: &BTreeMap<Name, Vec<Value>>,
) -> BTreeMap<Name, Argument> {
    let pairs = arguments.iter().filter_map(|(name, values)| {
        let multiple = operation
            .parameter(name.as_str())
            .is_some_and(|parameter| parameter.multiple);
        let mut values = values.iter().map(PlanValue::known);
        let argument = if multiple {
            Argument::Many(values.collect())
        } else {
            Argument::One(values.next()?)
        };
        Some((name.clone(), argument))
    });
    pairs.collect()
}

/// One argument as the user gave it.
pub(crate) fn as_given(world: &dyn World, one: &Supplied) -> String {
    let value = match &one.value {
        samos_model::SuppliedValue::Text(text) => text.clone(),
        samos_model::SuppliedValue::Value(value) => samos_verifiers::wording::value(world, value),
    };
    match &one.name {
        Some(name) => format!("{name}={value}"),
        None => value,
    }
}

/// One call's indexes and bounds.
struct Search<'w> {
    verifier: Verifier<'w>,
    catalogue: Catalogue<'w>,
    subject: Iri,
    supplied: Vec<Supplied>,
    meanings: BTreeMap<Name, BTreeSet<Iri>>,
    limits: Limits,
    considered: u64,
    cut: bool,
    /// Live entities by class, those of the subject's provider.
    entities: BTreeMap<Iri, Vec<Iri>>,
    /// A few subjects of each operation that any might be asked of.
    subjects: BTreeMap<Iri, Vec<Iri>>,
}

impl<'w> Search<'w> {
    fn new(
        world: &'w dyn World,
        subject: &Iri,
        supplied: &[Supplied],
        meanings: BTreeMap<Name, BTreeSet<Iri>>,
        limits: &Limits,
    ) -> Self {
        Self {
            verifier: Verifier::new(world),
            catalogue: Catalogue::new(world, world.provider_of(subject)),
            subject: subject.clone(),
            supplied: supplied.to_vec(),
            meanings,
            limits: limits.clone(),
            considered: 0,
            cut: false,
            entities: BTreeMap::new(),
            subjects: BTreeMap::new(),
        }
    }

    fn world(&self) -> &'w dyn World {
        self.verifier.world()
    }

    /// Counts one candidate; false when the limit is reached.
    fn consider(&mut self) -> bool {
        if self.considered >= self.limits.considered {
            self.cut = true;
            return false;
        }
        self.considered += 1;
        true
    }

    fn prepared(&mut self, operation: &Operation, strict: bool) -> PreparedOperation {
        self.consider();
        let manner = if strict {
            Manner::Request
        } else {
            Manner::AtHand(&self.meanings)
        };
        let verification = self
            .verifier
            .verify(operation, &self.subject, &self.supplied, manner);
        let findings = self.with_options(operation, &verification);
        let world = self.world();
        PreparedOperation {
            operation: operation.iri.clone(),
            kind: operation.kind,
            ready: verification.ready,
            arguments: written(operation, &verification.arguments),
            conditions: verification.conditions,
            findings,
            needs: verification.needs,
            unused: verification
                .unused
                .iter()
                .map(|one| as_given(world, one))
                .collect(),
        }
    }

    fn with_options(
        &mut self,
        operation: &Operation,
        verification: &Verification,
    ) -> Vec<RequestFinding> {
        let open = verification.findings.iter().zip(&verification.concerns);
        open.map(|(finding, concern)| {
            let mut finding = finding.clone();
            ways::add_options(self, operation, verification, concern, &mut finding);
            finding
        })
        .collect()
    }

    fn report(&self, kept: usize) -> SearchReport {
        SearchReport {
            complete: !self.cut,
            limit: self.cut.then_some(Limit::Considered),
            considered: self.considered,
            kept: kept as u64,
            proof: None,
        }
    }
}

#[cfg(test)]
mod tests;
