//! What an operation, a type, a thing or a code is: everything a person asks before using it.
//!
//! In: a name and the world. Out: values that can be printed or serialised. Not here: how they look.

use std::collections::BTreeMap;

use samos_model::codes::Entry;
use samos_model::operation::Kind;
use samos_model::vocabulary::samos;
use samos_model::{Category, Iri, Name, Operation, Place, World};
use serde::Serialize;

use crate::catalogue;
use crate::export::short;
use crate::wording;

/// What a name stands for.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "is", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Explanation {
    /// Something that can be asked of a subject.
    Operation(Box<OperationExplanation>),
    /// A class or datatype.
    Type(Box<TypeExplanation>),
    /// An entity.
    Thing(Box<ThingExplanation>),
    /// The code of a finding.
    Code(CodeExplanation),
}

/// What an operation needs, requires, gives and makes.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct OperationExplanation {
    /// In short.
    pub name: String,
    /// In full.
    pub operation: Iri,
    /// What its author says of it.
    pub comment: Option<String>,
    /// Reads or changes.
    pub kind: Kind,
    /// The service model.
    pub category: Category,
    /// Whose it is.
    pub provider: Option<Iri>,
    /// The class of its subjects.
    pub subject: Iri,
    /// Its parameters: name and, in words, type and default.
    pub needs: BTreeMap<Name, String>,
    /// What must hold before, conjunct by conjunct.
    pub requires: Vec<String>,
    /// What comes back.
    pub gives: BTreeMap<Name, String>,
    /// What holds after, effect by effect.
    pub makes: Vec<String>,
    /// The price of a call.
    pub cost: Option<f64>,
    /// How long it usually takes.
    pub duration_s: Option<f64>,
    /// Operations declared equivalent.
    pub same_as: Vec<Iri>,
    /// Where it is specified.
    pub specified_at: Option<Place>,
}

/// What a class or datatype is among others.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct TypeExplanation {
    /// In short.
    pub name: String,
    /// In full.
    #[serde(rename = "type")]
    pub of_type: Iri,
    /// What its author says of it.
    pub comment: Option<String>,
    /// The classes equivalent to it.
    pub same_as: Vec<Iri>,
    /// The classes above it.
    pub above: Vec<Iri>,
    /// The property that tells its individuals apart.
    pub key: Option<Iri>,
    /// How many individuals are known.
    pub known: usize,
    /// Operations that can be asked of its individuals.
    pub operations: Vec<Iri>,
    /// Operations that give one, with the outcome.
    pub given_by: Vec<(Iri, Name)>,
    /// Operations that take one, with the parameter.
    pub taken_by: Vec<(Iri, Name)>,
}

/// What is known of a thing.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ThingExplanation {
    /// Its row in a list.
    #[serde(flatten)]
    pub row: catalogue::EntityRow,
    /// What its author says of it.
    pub comment: Option<String>,
    /// Its account.
    pub account: Option<Iri>,
    /// Its service.
    pub service: Option<Iri>,
    /// The values of its properties that are known, in words.
    pub facts: Vec<FactExplanation>,
    /// The operations that can be asked of it.
    pub operations: Vec<Iri>,
}

/// One property of a thing.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FactExplanation {
    /// The property.
    pub property: Iri,
    /// Its values, in words; none where it is known to have none.
    pub values: Vec<String>,
    /// When it was observed; `None` where it is asserted or inferred.
    pub observed_at: Option<String>,
}

/// What a code means.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CodeExplanation {
    /// The code.
    pub code: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// In a few sentences.
    pub explanation: &'static str,
}

impl From<&Entry> for CodeExplanation {
    fn from(entry: &Entry) -> Self {
        Self {
            code: entry.code,
            title: entry.title,
            explanation: entry.explanation,
        }
    }
}

/// An operation explained.
pub(crate) fn operation(
    world: &dyn World,
    operation: &Operation,
    comment: Option<String>,
) -> OperationExplanation {
    let parameters = operation.parameters.iter();
    let outcomes = operation.outcomes.iter();
    let stated = world
        .operations()
        .iter()
        .filter(|other| other.similar_to.contains(&operation.iri));
    let mut same_as: Vec<Iri> = operation.similar_to.clone();
    same_as.extend(stated.map(|other| other.iri.clone()));
    same_as.sort();
    same_as.dedup();
    OperationExplanation {
        name: short(&operation.iri, world),
        operation: operation.iri.clone(),
        comment,
        kind: operation.kind,
        category: operation.category,
        provider: operation.provider.clone(),
        subject: operation.subject.clone(),
        needs: parameters
            .map(|parameter| (parameter.name.clone(), wording::parameter(parameter, world)))
            .collect(),
        requires: wording::conjuncts(&operation.precondition, world),
        gives: outcomes
            .map(|outcome| (outcome.name.clone(), wording::outcome(outcome, world)))
            .collect(),
        makes: wording::effects(&operation.postcondition, world),
        cost: operation.cost,
        duration_s: operation.duration_s,
        same_as,
        specified_at: operation.place.clone(),
    }
}

/// A class or datatype explained.
pub(crate) fn type_(world: &dyn World, of_type: &Iri, comment: Option<String>) -> TypeExplanation {
    let all = world.types_above(of_type);
    let (same_as, above): (Vec<Iri>, Vec<Iri>) = all
        .into_iter()
        .filter(|other| other != of_type)
        .partition(|other| world.is_subtype(other, of_type));
    let operations = world.operations();
    let of_subject = operations
        .iter()
        .filter(|one| world.is_subtype(of_type, &one.subject));
    let given = operations.iter().flat_map(|one| {
        let fitting = one
            .outcomes
            .iter()
            .filter(|outcome| world.is_subtype(&outcome.of_type, of_type));
        fitting.map(|outcome| (one.iri.clone(), outcome.name.clone()))
    });
    let taken = operations.iter().flat_map(|one| {
        let fitting = one
            .parameters
            .iter()
            .filter(|parameter| world.is_subtype(of_type, &parameter.of_type));
        fitting.map(|parameter| (one.iri.clone(), parameter.name.clone()))
    });
    TypeExplanation {
        name: short(of_type, world),
        of_type: of_type.clone(),
        comment,
        same_as,
        above,
        key: world.key_of(of_type),
        known: if world.is_class(of_type) {
            world.entities_of(of_type).len()
        } else {
            0
        },
        operations: of_subject.map(|one| one.iri.clone()).collect(),
        given_by: given.collect(),
        taken_by: taken.collect(),
    }
}

/// An entity explained; `properties` are those of which something may be known.
pub(crate) fn thing(
    world: &dyn World,
    entity: &Iri,
    properties: &[Iri],
    comment: Option<String>,
) -> ThingExplanation {
    let mut facts = Vec::new();
    for property in properties {
        if [samos::PROVIDER, samos::ACCOUNT, samos::SERVICE_OF].contains(&property.as_str()) {
            continue;
        }
        let values = world.values(entity, property);
        // What a property below says is not said twice.
        let repeats = world.property(property).is_some_and(|schema| {
            schema
                .subs
                .iter()
                .any(|sub| world.values(entity, sub).members == values.members)
        });
        if repeats && !values.members.is_empty() {
            continue;
        }
        if values.members.is_empty() && !values.complete {
            continue;
        }
        let words = values.members.iter().map(|value| match value {
            samos_model::Value::Entity(other) => short(other, world),
            samos_model::Value::Literal(literal) => literal.lexical.to_string(),
        });
        facts.push(FactExplanation {
            property: property.clone(),
            values: words.collect(),
            observed_at: world.observation(entity, property).map(|seen| seen.at),
        });
    }
    ThingExplanation {
        row: catalogue::entity(world, entity),
        comment,
        account: world.account_of(entity),
        service: world.service_of(entity),
        facts,
        operations: world
            .operations_of(entity)
            .iter()
            .map(|one| one.iri.clone())
            .collect(),
    }
}
