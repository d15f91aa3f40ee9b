//! One thing, operation or type with all that is known of it; why something holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use samos::model::operation::DefaultValue;
use samos::model::request::RequestFinding;
use samos::model::{Kind, Operation};
use samos::{Iri, Limits, PreparedOperation, Samos, Truth, Value, World, catalogue, export};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::catalog::{EntityItem, OperationKind, item, label_of, now_of, seen};
use crate::clock;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::schema;
use crate::server::Server;

/// How many candidates for a parameter are named.
const CANDIDATES: usize = 50;

/// A thing with all that is known of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntityDetail {
    /// Its row in a list.
    #[serde(flatten)]
    row: EntityItem,
    /// Its classes, the most specific ones first.
    types: Vec<Named>,
    /// What its author says of it.
    comment: Option<String>,
    /// Its account.
    account: Option<Named>,
    /// Its service.
    service: Option<Named>,
    /// What is known of its properties.
    facts: Vec<Fact>,
    /// What can be read of it.
    information: Vec<Offered>,
    /// What can be changed of it.
    manipulation: Vec<Offered>,
}

/// A name, short and in full.
#[derive(Serialize, ToSchema)]
pub(crate) struct Named {
    /// With its prefix.
    name: String,
    /// In full.
    iri: String,
}

impl Named {
    pub(crate) fn of(iri: &Iri, world: &dyn World) -> Self {
        Self {
            name: export::short(iri, world),
            iri: iri.to_string(),
        }
    }
}

/// One property of a thing.
#[derive(Serialize, ToSchema)]
pub(crate) struct Fact {
    /// In full.
    property: String,
    /// With its prefix.
    name: String,
    /// Its values; none where it is known to have none.
    values: Vec<FactValue>,
    /// Are these all?
    complete: bool,
    /// When they were observed; `null` where they are stated or inferred.
    observed_at: Option<String>,
    /// By what.
    source: Option<String>,
    /// How many seconds ago, on the world's clock.
    age_s: Option<i64>,
}

/// One value of a property.
#[derive(Serialize, ToSchema)]
pub(crate) struct FactValue {
    /// The IRI, or the characters of the literal.
    value: String,
    /// In short.
    text: String,
    /// Is it a thing that can be looked at?
    is_entity: bool,
    /// The datatype of a literal.
    datatype: Option<String>,
    /// Does it follow from something else, so that it can be asked why?
    inferred: bool,
}

/// An operation that can be asked of a thing.
#[derive(Serialize, ToSchema)]
pub(crate) struct Offered {
    /// In full.
    operation: String,
    /// With its prefix.
    name: String,
    /// Reads or changes.
    kind: OperationKind,
    /// Can it be asked now?
    ready: bool,
    /// `ready`, `needs_inputs`, `blocked` by what is so, or `unknown`.
    chip: String,
    /// The mandatory parameters.
    needs: Vec<String>,
    /// What comes back.
    gives: Vec<String>,
    /// What is open.
    #[schema(value_type = Vec<schema::RequestFinding>)]
    findings: Vec<RequestFinding>,
}

/// A thing: facts with time and source, what can be read and changed.
#[utoipa::path(get, path = "/api/v1/entities/{name}", tag = "catalog",
    params(("name" = String, Path, description = "a name with prefix, a full IRI, or a bare name")), responses(
    (status = 200, body = EntityDetail),
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn entity(
    State(server): State<Arc<Server>>,
    Path(name): Path<String>,
) -> Result<Json<EntityDetail>, Problem> {
    let kind = server.configuration.kind;
    let detail = server.compute(move |samos| {
        let iri = samos.entity(&name)?;
        let now = now_of(samos, kind);
        Ok(detail_of(samos, &iri, &now)?)
    });
    Ok(Json(detail.await?))
}

fn detail_of(samos: &Samos, iri: &Iri, now: &str) -> Result<EntityDetail, samos::Error> {
    let world = samos.world();
    let prepared = samos.prepare(&format!("<{iri}>"), &[] as &[&str], &Limits::default())?;
    let (information, manipulation) = prepared
        .operations
        .into_iter()
        .map(|one| offered(one, world))
        .partition(|one: &Offered| one.kind == OperationKind::Information);
    let comment = Iri::from("http://www.w3.org/2000/01/rdf-schema#comment");
    let comment = world.values(iri, &comment).members.into_iter();
    let mut types: Vec<Iri> = world.types_of(iri);
    types.sort_by_key(|class| std::cmp::Reverse(above(class, world)));
    let link = |property: &str| {
        let found = world.entity_at(iri, &format!("https://w3id.org/samos#{property}"));
        found.map(|found| Named::of(&found, world))
    };
    Ok(EntityDetail {
        row: item(world, iri, now),
        types: types.iter().map(|class| Named::of(class, world)).collect(),
        comment: comment
            .filter_map(|value| Some(value.as_literal()?.lexical.to_string()))
            .next(),
        account: link("account"),
        service: link("service"),
        facts: facts_of(samos, iri, now),
        information,
        manipulation,
    })
}

/// How specific a class is among others: how many stand above it.
fn above(class: &Iri, world: &dyn World) -> usize {
    world.types_above(class).len()
}

fn facts_of(samos: &Samos, iri: &Iri, now: &str) -> Vec<Fact> {
    let world = samos.world();
    let mut facts = Vec::new();
    for property in samos.properties_known() {
        let values = world.values(iri, &property);
        let seen = seen(world, iri, &property);
        if values.members.is_empty() && (!values.complete || seen.is_none()) {
            continue;
        }
        let shown = values.members.iter().map(|value| {
            let (text, is_entity, datatype) = match value {
                Value::Entity(entity) => {
                    (export::short(entity, world), world.is_entity(entity), None)
                }
                Value::Literal(literal) => (
                    literal.lexical.to_string(),
                    false,
                    Some(literal.datatype.to_string()),
                ),
            };
            FactValue {
                value: match value {
                    Value::Entity(entity) => entity.to_string(),
                    Value::Literal(literal) => literal.lexical.to_string(),
                },
                text,
                is_entity,
                datatype,
                inferred: !samos.is_stated(iri, &property, value),
            }
        });
        facts.push(Fact {
            name: export::short(&property, world),
            property: property.to_string(),
            values: shown.collect(),
            complete: values.complete,
            age_s: seen
                .as_ref()
                .and_then(|seen| clock::seconds_between(&seen.at, now)),
            observed_at: seen.as_ref().map(|seen| seen.at.clone()),
            source: seen.map(|seen| seen.source),
        });
    }
    facts
}

fn offered(one: PreparedOperation, world: &dyn World) -> Offered {
    let operation = world.operation(&one.operation);
    let names = |all: Vec<String>| all;
    let needs = operation.map_or_else(Vec::new, |operation| {
        let mandatory = operation
            .parameters
            .iter()
            .filter(|parameter| parameter.mandatory);
        mandatory
            .map(|parameter| parameter.name.to_string())
            .collect()
    });
    let gives = operation.map_or_else(Vec::new, |operation| {
        operation
            .outcomes
            .iter()
            .map(|outcome| outcome.name.to_string())
            .collect()
    });
    Offered {
        name: export::short(&one.operation, world),
        operation: one.operation.to_string(),
        kind: one.kind.into(),
        ready: one.ready,
        chip: chip(&one).to_owned(),
        needs: names(needs),
        gives: names(gives),
        findings: one.findings,
    }
}

/// In a word, what an operation waits for.
fn chip(one: &PreparedOperation) -> &'static str {
    use samos::model::codes::verification as codes;
    if one.ready {
        return "ready";
    }
    let is = |code: &str| one.findings.iter().any(|finding| finding.code == code);
    let is_false = one
        .findings
        .iter()
        .any(|finding| finding.truth == Truth::False);
    if is(codes::CONDITION_FALSE) {
        "blocked"
    } else if is(codes::MISSING_PARAMETER) {
        "needs_inputs"
    } else if is_false {
        "blocked"
    } else {
        "unknown"
    }
}

/// How many requests were answered.
#[derive(Serialize, ToSchema)]
pub(crate) struct Refreshed {
    /// How many information requests were answered.
    answered: usize,
}

/// Looks at a thing again: sends its information requests that need nothing and notes the answers.
#[utoipa::path(post, path = "/api/v1/entities/{name}/refresh", tag = "catalog",
    params(("name" = String, Path, description = "a name with prefix, a full IRI, or a bare name")), responses(
    (status = 200, body = Refreshed),
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn refresh(
    State(server): State<Arc<Server>>,
    Path(name): Path<String>,
) -> Result<Json<Refreshed>, Problem> {
    let iri = server.now().samos.entity(&name)?;
    let answered = server
        .world
        .change(move |samos| samos.refresh(&name))
        .await?;
    if answered > 0 {
        let data = serde_json::json!({"by": "refresh", "entity": iri, "answered": answered});
        server.events.tell("facts.changed", iri.as_str(), &data);
    }
    Ok(Json(Refreshed { answered }))
}

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
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn operation(
    State(server): State<Arc<Server>>,
    Path(name): Path<String>,
) -> Result<Json<OperationDetail>, Problem> {
    let detail = server.compute(move |samos| {
        let iri = samos.operation(&name)?;
        let found = samos.world().operation(&iri);
        let found = found
            .ok_or_else(|| Problem::internal("an operation was resolved that is not there"))?;
        let samos::Explanation::Operation(explained) = samos.explain(&format!("<{iri}>"))? else {
            return Err(Problem::internal(
                "an operation is explained as something else",
            ));
        };
        Ok(operation_detail(samos, found, *explained))
    });
    Ok(Json(detail.await?))
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
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn type_(
    State(server): State<Arc<Server>>,
    Path(name): Path<String>,
) -> Result<Json<TypeDetail>, Problem> {
    let detail = server.compute(move |samos| {
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
    });
    Ok(Json(detail.await?))
}

/// What a name stands for; `is` says whether an operation, a type, a thing or a code.
#[utoipa::path(get, path = "/api/v1/explain/{name}", tag = "why",
    params(("name" = String, Path, description = "a name or a code")), responses(
    (status = 200, body = serde_json::Value),
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn explain(
    State(server): State<Arc<Server>>,
    Path(name): Path<String>,
) -> Result<Json<serde_json::Value>, Problem> {
    let explained = server.compute(move |samos| {
        let explained = samos.explain(&name)?;
        serde_json::to_value(explained).map_err(Problem::internal)
    });
    Ok(Json(explained.await?))
}

/// A statement to be proved.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Statement {
    /// What it is about.
    subject: String,
    /// The property; `a` and `same-as` are known.
    predicate: String,
    /// The name of a thing, or a literal as conditions write it.
    object: String,
}

/// Whether a statement holds, and why.
#[derive(Serialize, ToSchema)]
pub(crate) struct Why {
    /// Does it hold?
    holds: bool,
    /// The proof, where it does.
    #[schema(value_type = Option<schema::Proof>)]
    proof: Option<samos::Proof>,
    /// Files, operations and rules that the proof rests on, in short.
    rests_on: BTreeSet<String>,
}

/// Why a statement holds: a proof down to what files state and operations observed.
#[utoipa::path(get, path = "/api/v1/why", tag = "why", params(Statement), responses(
    (status = 200, body = Why),
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn why(
    State(server): State<Arc<Server>>,
    Query(statement): Query<Statement>,
) -> Result<Json<Why>, Problem> {
    let why = server.compute(move |samos| {
        let proof = samos.why(&statement.subject, &statement.predicate, &statement.object)?;
        let mut rests_on = BTreeSet::new();
        if let Some(proof) = &proof {
            grounds(proof, &mut rests_on);
        }
        Ok(Why {
            holds: proof.is_some(),
            proof,
            rests_on,
        })
    });
    Ok(Json(why.await?))
}

fn grounds(proof: &samos::Proof, all: &mut BTreeSet<String>) {
    use samos::Because;
    match &proof.because {
        Because::Stated { place } | Because::Specified { place } => {
            all.extend(place.as_ref().map(ToString::to_string));
        }
        Because::Observed(seen) => {
            all.insert(format!("observed {} by {}", seen.at, seen.source));
        }
        Because::Inferred { rule, premises, .. } => {
            all.insert((*rule).to_owned());
            for premise in premises {
                grounds(premise, all);
            }
        }
        Because::Deeper => {}
    }
}

/// The name in short of what something is called, for whoever lists it.
pub(crate) fn title_of(world: &dyn World, iri: &Iri) -> String {
    label_of(world, iri).unwrap_or_else(|| export::short(iri, world))
}

/// What kind of thing a name stands for in a search.
pub(crate) fn class_of(world: &dyn World, iri: &Iri) -> Option<String> {
    catalogue::kind_of(world, iri).map(|class| export::short(&class, world))
}

/// Reads or changes, in a word.
pub(crate) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Information => "reads",
        Kind::Manipulation => "changes",
    }
}
