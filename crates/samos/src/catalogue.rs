//! What is known, as rows: services, instances, aspects, operations, providers.
//!
//! In: a world. Out: rows that can be printed as a table or serialised. Rows are made one at a time, so that a
//! listing of a million things can stop early. Not here: how a table looks.

use samos_model::operation::Kind;
use samos_model::vocabulary::samos;
use samos_model::{Category, Iri, Name, Operation, Truth, World};
use samos_verifiers::{Bindings, truth};
use serde::Serialize;

use crate::export::short;

/// A thing in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct EntityRow {
    /// Its name: with a prefix where one is declared.
    pub name: String,
    /// Its IRI.
    pub iri: Iri,
    /// Its provider, in short.
    pub provider: Option<String>,
    /// Its most specific class, in short.
    pub kind: String,
    /// The state it is in, in the provider's word; `None` where that is not known.
    pub state: Option<String>,
    /// How many operations read something of it.
    pub reads: usize,
    /// How many operations change it.
    pub changes: usize,
    /// How many of those are not allowed now, or not known to be.
    pub blocked: usize,
}

/// An operation in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OperationRow {
    /// Its name, with a prefix where one is declared.
    pub name: String,
    /// Its IRI.
    pub iri: Iri,
    /// Reads or changes.
    pub kind: Kind,
    /// The service model.
    pub category: Category,
    /// Its provider, in short.
    pub provider: Option<String>,
    /// The class of its subjects, in short.
    pub subject: String,
    /// What must be given.
    pub needs: Vec<Name>,
    /// What comes back.
    pub gives: Vec<Name>,
}

/// A provider in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ProviderRow {
    /// Its name, with a prefix where one is declared.
    pub name: String,
    /// Its IRI.
    pub iri: Iri,
    /// How many operations are described.
    pub operations: usize,
    /// How many service individuals are known.
    pub services: usize,
    /// How many accounts are known.
    pub accounts: usize,
}

/// The things of a class.
#[must_use = "listing has no other effect"]
pub fn members(world: &dyn World, class: &str) -> Vec<Iri> {
    world.entities_of(&Iri::from(class))
}

/// The providers. A provider's class is also above the classes of its things, which are left out here.
#[must_use = "listing has no other effect"]
pub fn providers(world: &dyn World) -> Vec<Iri> {
    let entity = Iri::from("https://w3id.org/samos#Entity");
    let mut all = members(world, samos::CLOUD_SERVICE_PROVIDER);
    all.retain(|iri| !world.has_type(iri, &entity));
    all
}

/// One thing.
#[must_use = "listing has no other effect"]
pub fn entity(world: &dyn World, iri: &Iri) -> EntityRow {
    let operations = world.operations_of(iri);
    let reads = operations
        .iter()
        .filter(|operation| operation.kind == Kind::Information)
        .count();
    let changes = operations
        .iter()
        .filter(|operation| operation.kind == Kind::Manipulation);
    let blocked = changes
        .clone()
        .filter(|operation| !is_allowed(world, operation, iri))
        .count();
    EntityRow {
        name: short(iri, world),
        iri: iri.clone(),
        provider: world
            .provider_of(iri)
            .map(|provider| provider.local().to_owned()),
        kind: kind_of(world, iri).map_or_else(String::new, |class| short(&class, world)),
        state: world
            .entity_at(iri, "https://w3id.org/samos#state")
            .map(|state| state.local().to_owned()),
        reads,
        changes: changes.count(),
        blocked,
    }
}

/// The most specific class asserted of a thing.
#[must_use = "reading has no other effect"]
pub fn kind_of(world: &dyn World, entity: &Iri) -> Option<Iri> {
    let types = world.types_of(entity);
    let most_specific = types.iter().find(|class| {
        let below = |other: &&Iri| {
            *other != *class && world.is_subtype(other, class) && !world.is_subtype(class, other)
        };
        !types.iter().any(|other| below(&other))
    });
    most_specific.cloned()
}

/// Is the precondition, as far as it does not speak of arguments, true now?
fn is_allowed(world: &dyn World, operation: &Operation, subject: &Iri) -> bool {
    let bindings = Bindings {
        subject: Some(subject.clone()),
        ..Bindings::default()
    };
    operation.precondition.conjuncts.iter().all(|conjunct| {
        crate::names::speaks_of_variables(conjunct)
            || truth(world, conjunct, &bindings) == Truth::True
    })
}

/// One operation.
#[must_use = "listing has no other effect"]
pub fn operation(world: &dyn World, operation: &Operation) -> OperationRow {
    let needs = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.mandatory);
    OperationRow {
        name: short(&operation.iri, world),
        iri: operation.iri.clone(),
        kind: operation.kind,
        category: operation.category,
        provider: operation
            .provider
            .as_ref()
            .map(|provider| provider.local().to_owned()),
        subject: short(&operation.subject, world),
        needs: needs.map(|parameter| parameter.name.clone()).collect(),
        gives: operation
            .outcomes
            .iter()
            .map(|outcome| outcome.name.clone())
            .collect(),
    }
}

/// One provider.
#[must_use = "listing has no other effect"]
pub fn provider(world: &dyn World, iri: &Iri) -> ProviderRow {
    let of_provider = |class: &str| {
        let all = world.entities_of(&Iri::from(class));
        all.iter()
            .filter(|entity| world.provider_of(entity).as_ref() == Some(iri))
            .count()
    };
    let operations = world.operations().iter();
    ProviderRow {
        name: short(iri, world),
        iri: iri.clone(),
        operations: operations
            .filter(|operation| operation.provider.as_ref() == Some(iri))
            .count(),
        services: of_provider(samos::SERVICE),
        accounts: of_provider(samos::ACCOUNT_CLASS),
    }
}
