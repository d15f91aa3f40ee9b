//! Facts that come in from outside.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use samos::model::Observation;
use samos::{ObservedFact, Samos, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::clock;
use crate::extract::Json;
use crate::problem::Problem;
use crate::server::Server;

/// More facts than these are sent in parts.
const MOST: usize = 10_000;

/// What was seen of one property of one thing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Observed {
    /// The thing's name.
    entity: String,
    /// The property's name; `rdf:type` to say what it is.
    property: String,
    /// The values: names of things, or literals as conditions write them.
    values: Vec<String>,
    /// Are these all there are?
    #[serde(default)]
    complete: bool,
    /// When, RFC 3339; now where nothing is said.
    at: Option<String>,
    /// By what; an IRI.
    source: Option<String>,
}

/// What was noted.
#[derive(Serialize, ToSchema)]
pub(crate) struct Noted {
    /// How many observations.
    noted: usize,
    /// The number of the world in which they can be seen.
    world: u64,
}

/// Takes note of observations; those older than what is known change nothing.
#[utoipa::path(post, path = "/api/v1/observations", tag = "facts", request_body = Vec<Observed>, responses(
    (status = 200, body = Noted),
    Problem,
))]
pub(crate) async fn observe(
    State(server): State<Arc<Server>>,
    Json(observed): Json<Vec<Observed>>,
) -> Result<Reply<Noted>, Problem> {
    if !server.configuration.may_update {
        return Err(Problem::not_allowed("writing facts", "--allow-update"));
    }
    if observed.len() > MOST {
        return Err(Problem::bad_request(format!(
            "at most {MOST} observations are read at once"
        )));
    }
    let samos = &server.now().samos;
    let facts = observed.iter().map(|one| fact(samos, one));
    let facts: Vec<ObservedFact> = facts.collect::<Result<_, Problem>>()?;
    let noted = facts.len();
    server
        .world
        .change(move |samos| samos.observe(&facts))
        .await?;
    server.metrics.facts.inc_by(noted as u64);
    let world = server.now().number;
    server.events.tell(
        "facts.changed",
        "observations",
        &json!({"by": "observations", "count": noted, "world": world}),
    );
    Ok(Reply(Noted { noted, world }))
}

fn fact(samos: &Samos, one: &Observed) -> Result<ObservedFact, Problem> {
    let at = one.at.clone().unwrap_or_else(clock::now);
    if clock::seconds_between(&at, &at).is_none() {
        return Err(Problem::bad_request(format!(
            "`{at}` is not a time as RFC 3339 writes it"
        )));
    }
    let property = match one.property.as_str() {
        "rdf:type" | "a" => samos::Iri::from("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"),
        other => samos.iri(other)?,
    };
    let value = |text: &String| {
        // A thing may be named before anything else is known of it.
        let named = samos
            .iri(text)
            .ok()
            .filter(|_| text.contains(':') && !text.starts_with('"'));
        match named {
            Some(iri) => Ok(Value::Entity(iri)),
            None => samos.value(text),
        }
    };
    let values: BTreeSet<Value> = one.values.iter().map(value).collect::<Result<_, _>>()?;
    Ok(ObservedFact {
        entity: samos.iri(&one.entity)?,
        property,
        values,
        complete: one.complete,
        seen: Observation {
            at,
            source: one
                .source
                .clone()
                .unwrap_or_else(|| "urn:samos:api".to_owned()),
        },
    })
}
