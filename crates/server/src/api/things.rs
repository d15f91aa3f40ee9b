//! One thing with all that is known of it; looking at it again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use samos::model::request::RequestFinding;
use samos::{Iri, Limits, PreparedOperation, Samos, Truth, Value, World, export};
use serde::Serialize;
use utoipa::ToSchema;

use super::catalog::{EntityItem, OperationKind, item, now_of, seen};
use super::naming::Named;
use crate::clock;
use crate::extract::Path;
use crate::problem::Problem;
use crate::schema;
use crate::server::Server;

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
    Problem,
))]
pub(crate) async fn entity(
    State(server): State<Arc<Server>>,
    Path(name): Path<String>,
) -> Result<Json<EntityDetail>, Problem> {
    let kind = server.configuration.kind;
    server
        .answer(move |samos| {
            let iri = samos.entity(&name)?;
            let now = now_of(samos, kind);
            Ok(detail_of(samos, &iri, &now)?)
        })
        .await
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
    Problem,
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
