//! One operation or type with all that is known of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use samos::model::Operation;
use samos::model::operation::DefaultValue;
use samos::{Iri, Samos, World, export};
use serde::Serialize;
use utoipa::ToSchema;

use super::catalog::OperationKind;
use super::naming::Named;
use crate::extract::Path;
use crate::problem::Problem;
use crate::server::Server;

/// How many candidates for a parameter are named.
const CANDIDATES: usize = 50;

/// An operation with its form.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperationDetail {
    /// With its prefix.
    name: String,
    /// In full.
    iri: String,
    /// What its author says of it.
    comment: Option<String>,
    /// Reads or changes.
    kind: OperationKind,
    /// `IaaS`, `PaaS`, `SaaS` or `Common`.
    category: String,
    /// Whose it is.
    provider: Option<Named>,
    /// The class of its subjects.
    subject: Named,
    /// The things it can be asked of, the first ones.
    subjects: Vec<Named>,
    /// Its inputs.
    parameters: Vec<ParameterDetail>,
    /// What comes back.
    outcomes: Vec<OutcomeDetail>,
    /// What must hold before, conjunct by conjunct.
    requires: Vec<String>,
    /// What holds after, effect by effect.
    makes: Vec<String>,
    /// The price of a call.
    cost: Option<f64>,
    /// How long it usually takes.
    duration_s: Option<f64>,
    /// Operations declared equivalent.
    same_as: Vec<Named>,
    /// The file in which it is specified.
    specified_at: Option<String>,
}

/// One input.
#[derive(Serialize, ToSchema)]
pub(crate) struct ParameterDetail {
    /// Its name.
    name: String,
    /// The class or datatype of its values.
    #[serde(rename = "type")]
    of_type: String,
    /// The same in short.
    type_name: String,
    /// Must it be given?
    mandatory: bool,
    /// May it have several values?
    multiple: bool,
    /// What it is when not given.
    default: Option<String>,
    /// Is its value a thing rather than characters?
    is_entity: bool,
    /// What characters are accepted, where the datatype restricts them.
    expected: Option<String>,
    /// Things that fit, the first ones.
    candidates: Vec<Named>,
}

/// One thing that comes back.
#[derive(Serialize, ToSchema)]
pub(crate) struct OutcomeDetail {
    /// Its name.
    name: String,
    /// The class or datatype of its values.
    #[serde(rename = "type")]
    of_type: String,
    /// The same in short.
    type_name: String,
    /// May there be several?
    multiple: bool,
}

/// An operation: its form, what it requires, gives and makes.
#[utoipa::path(get, path = "/api/v1/operations/{name}", tag = "catalog",
    params(("name" = String, Path, description = "a name with prefix, a full IRI, or a bare name")), responses(
    (status = 200, body = OperationDetail),
    Problem,
))]
pub(crate) async fn operation(
    State(server): State<Arc<Server>>,
    Path(name): Path<String>,
) -> Result<Json<OperationDetail>, Problem> {
    server
        .answer(move |samos| {
            let iri = samos.operation(&name)?;
            let found = samos.world().operation(&iri);
            let found = found
                .ok_or_else(|| Problem::internal("an operation was resolved that is not there"))?;
            let samos::Explanation::Operation(explained) = samos.explain(&format!("<{iri}>"))?
            else {
                return Err(Problem::internal(
                    "an operation is explained as something else",
                ));
            };
            Ok(operation_detail(samos, found, *explained))
        })
        .await
}

fn operation_detail(
    samos: &Samos,
    operation: &Operation,
    explained: samos::explanation::OperationExplanation,
) -> OperationDetail {
    let world = samos.world();
    let fitting = |class: &Iri| -> Vec<Named> {
        let all = world.entities_of(class);
        let own = all.iter().filter(|entity| {
            let provider = world.provider_of(entity);
            operation.provider.is_none() || provider.is_none() || provider == operation.provider
        });
        own.take(CANDIDATES)
            .map(|entity| Named::of(entity, world))
            .collect()
    };
    let parameters = operation.parameters.iter().map(|parameter| {
        let class = &parameter.of_type;
        let is_entity = world.is_class(class);
        ParameterDetail {
            name: parameter.name.to_string(),
            type_name: export::short(class, world),
            mandatory: parameter.mandatory,
            multiple: parameter.multiple,
            default: parameter.default.as_ref().map(|default| match default {
                DefaultValue::Literal(literal) => literal.lexical.to_string(),
                DefaultValue::Individual(iri) => export::short(iri, world),
            }),
            is_entity,
            expected: expected(world, class).filter(|_| !is_entity),
            candidates: if is_entity {
                fitting(class)
            } else {
                Vec::new()
            },
            of_type: class.to_string(),
        }
    });
    let outcomes = operation.outcomes.iter().map(|outcome| OutcomeDetail {
        name: outcome.name.to_string(),
        type_name: export::short(&outcome.of_type, world),
        of_type: outcome.of_type.to_string(),
        multiple: outcome.multiple,
    });
    OperationDetail {
        name: explained.name,
        iri: operation.iri.to_string(),
        comment: explained.comment,
        kind: operation.kind.into(),
        category: operation.category.to_string(),
        provider: operation.provider.as_ref().map(|iri| Named::of(iri, world)),
        subject: Named::of(&operation.subject, world),
        subjects: fitting(&operation.subject),
        parameters: parameters.collect(),
        outcomes: outcomes.collect(),
        requires: explained.requires,
        makes: explained.makes,
        cost: operation.cost,
        duration_s: operation.duration_s,
        same_as: explained
            .same_as
            .iter()
            .map(|iri| Named::of(iri, world))
            .collect(),
        specified_at: explained.specified_at.map(|place| place.to_string()),
    }
}

/// What characters a datatype accepts, as it says of ones that it surely does not.
fn expected(world: &dyn World, datatype: &Iri) -> Option<String> {
    let wrong = samos::Literal::new("\u{1}", datatype.clone());
    let problem = world.check_literal(&wrong, datatype).err()?;
    (!problem.expected.is_empty()).then_some(problem.expected)
}

/// A class or datatype.
#[derive(Serialize, ToSchema)]
pub(crate) struct TypeDetail {
    /// With its prefix.
    name: String,
    /// In full.
    iri: String,
    /// What its author says of it.
    comment: Option<String>,
    /// The classes equivalent to it.
    same_as: Vec<Named>,
    /// The classes above it.
    above: Vec<Named>,
    /// The property that tells its individuals apart.
    key: Option<String>,
    /// How many individuals are known.
    known: usize,
    /// Its individuals, the first ones.
    individuals: Vec<Named>,
    /// Operations that can be asked of its individuals.
    operations: Vec<Named>,
    /// Operations that give one.
    given_by: Vec<Passing>,
    /// Operations that take one.
    taken_by: Vec<Passing>,
}

/// An operation through which a type passes.
#[derive(Serialize, ToSchema)]
pub(crate) struct Passing {
    /// The operation.
    operation: Named,
    /// The parameter or outcome.
    by: String,
}

/// A class or datatype: what it is among others, and who gives and takes one.
#[utoipa::path(get, path = "/api/v1/types/{name}", tag = "catalog",
    params(("name" = String, Path, description = "a name with prefix, a full IRI, or a bare name")), responses(
    (status = 200, body = TypeDetail),
    Problem,
))]
pub(crate) async fn type_(
    State(server): State<Arc<Server>>,
    Path(name): Path<String>,
) -> Result<Json<TypeDetail>, Problem> {
    server
        .answer(move |samos| {
            let iri = samos.type_named(&name)?;
            let samos::Explanation::Type(explained) = samos.explain(&format!("<{iri}>"))? else {
                return Err(Problem::not_there(
                    format!("`{name}` is the name of an operation too"),
                    "look at it with /api/v1/operations/{name}",
                ));
            };
            let world = samos.world();
            let named = |all: &[Iri]| all.iter().map(|iri| Named::of(iri, world)).collect();
            let passing = |all: &[(Iri, samos::Name)]| {
                let all = all.iter().map(|(operation, by)| Passing {
                    operation: Named::of(operation, world),
                    by: by.to_string(),
                });
                all.collect()
            };
            let individuals = world.entities_of(&iri);
            let first = individuals.iter().take(CANDIDATES);
            Ok(TypeDetail {
                individuals: first.map(|iri| Named::of(iri, world)).collect(),
                name: explained.name,
                iri: iri.to_string(),
                comment: explained.comment,
                same_as: named(&explained.same_as),
                above: named(&explained.above),
                key: explained.key.map(|key| export::short(&key, world)),
                known: explained.known,
                operations: named(&explained.operations),
                given_by: passing(&explained.given_by),
                taken_by: passing(&explained.taken_by),
            })
        })
        .await
}
