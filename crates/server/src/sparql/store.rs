//! `/store`: graphs by name, as the Graph Store Protocol has it.
//!
//! A graph is named by `?graph=IRI`, by its own address below `/store/`, or is the default one (`?default`). The default graph
//! shows what is stated outside of all named graphs; statements can be added to it, but it is not replaced or dropped as a
//! whole, since the ontology stands in it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use samos::model::codes::serving;
use samos::{Format, GraphText, Iri};
use serde_json::json;
use utoipa::IntoParams;

use super::{negotiation, refused};
use crate::extract::{Query, body_problem, content_type, not_read, text_of};
use crate::problem::Problem;
use crate::server::Server;

/// Which graph.
#[derive(serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Choice {
    /// The graph's IRI.
    graph: Option<String>,
    /// The default graph: `?default`, without a value.
    default: Option<String>,
}

/// A graph that is meant.
enum Target {
    Default,
    Named(Iri),
}

impl Choice {
    fn target(self) -> Result<Target, Problem> {
        match (self.graph, self.default) {
            (Some(graph), None) => Ok(Target::Named(super::protocol::iri(graph)?)),
            (None, Some(_)) => Ok(Target::Default),
            (None, None) => Err(Problem::bad_request(
                "which graph? `?graph=IRI` or `?default`",
            )),
            _ => Err(Problem::bad_request(
                "`graph` and `default` do not go together",
            )),
        }
    }
}

/// A graph.
#[utoipa::path(get, path = "/store", tag = "store", operation_id = "store_get", params(Choice), responses(
    (status = 200, content((String = "text/turtle"), (String = "application/n-triples"), (String = "application/rdf+xml"), (serde_json::Value = "application/ld+json"))),
    Problem,
))]
pub(crate) async fn get(
    State(server): State<Arc<Server>>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    read(&server, choice.target()?, &headers)
}

/// Whether there is such a graph, and how large it is.
#[utoipa::path(head, path = "/store", tag = "store", operation_id = "store_head", params(Choice), responses(
    (status = 200),
    (status = "default", description = "no such graph, or no such form"),
))]
pub(crate) async fn head(
    State(server): State<Arc<Server>>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    read(&server, choice.target()?, &headers)
}

fn read(server: &Arc<Server>, target: Target, headers: &HeaderMap) -> Result<Response, Problem> {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    let offer = negotiation::choose(accept, negotiation::GRAPHS)?;
    let name = match &target {
        Target::Default => None,
        Target::Named(name) => Some(name),
    };
    let graph = server.now().queries.graph(name);
    let graph = graph.ok_or_else(|| absent(name))?;
    let text = graph
        .serialize(offer.format)
        .map_err(|error| refused(&error))?;
    let headers = [(header::CONTENT_TYPE, offer.media_type)];
    Ok((headers, text).into_response())
}

fn absent(name: Option<&Iri>) -> Problem {
    let name = name.map_or("", Iri::as_str);
    let help = "`SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }` lists the graphs";
    Problem::not_there(format!("there is no graph `{name}`"), help)
}

/// Puts a graph in the place of what stood under its name.
#[utoipa::path(put, path = "/store", tag = "store", operation_id = "store_put", params(Choice),
    request_body(content((String = "text/turtle"), (String = "application/n-triples"), (String = "application/rdf+xml"), (String = "application/ld+json"))), responses(
    (status = 201, description = "there was none before"), (status = 204, description = "in the place of the one before"),
    Problem,
))]
pub(crate) async fn put(
    State(server): State<Arc<Server>>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Response, Problem> {
    write(&server, choice.target()?, &headers, body, true).await
}

/// Adds to a graph.
#[utoipa::path(post, path = "/store", tag = "store", operation_id = "store_post", params(Choice),
    request_body(content((String = "text/turtle"), (String = "application/n-triples"), (String = "application/rdf+xml"), (String = "application/ld+json"))), responses(
    (status = 201, description = "there was none before"), (status = 204, description = "added"),
    Problem,
))]
pub(crate) async fn post(
    State(server): State<Arc<Server>>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Response, Problem> {
    // Without a graph, the protocol makes a new one and says where it is.
    if choice.graph.is_none() && choice.default.is_none() {
        let name = format!("{}store/{}", server.base(), uuid::Uuid::now_v7());
        let target = Target::Named(Iri::from(name.as_str()));
        let mut response = write(&server, target, &headers, body, false).await?;
        *response.status_mut() = StatusCode::CREATED;
        if let Ok(place) = header::HeaderValue::from_str(&name) {
            response.headers_mut().insert(header::LOCATION, place);
        }
        return Ok(response);
    }
    write(&server, choice.target()?, &headers, body, false).await
}

/// Takes a graph away.
#[utoipa::path(delete, path = "/store", tag = "store", operation_id = "store_delete", params(Choice), responses(
    (status = 204),
    Problem,
))]
pub(crate) async fn delete(
    State(server): State<Arc<Server>>,
    Query(choice): Query<Choice>,
) -> Result<Response, Problem> {
    let target = choice.target()?;
    let name = allowed(&server, &target, true)?;
    if server.now().queries.graph(name).is_none() {
        return Err(absent(name));
    }
    let update = format!("DROP GRAPH <{}>", name.map_or("", Iri::as_str));
    change(&server, update, name).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The graphs that have an address below `/store/`.
pub(crate) async fn direct(
    State(server): State<Arc<Server>>,
    request: Request,
) -> Result<Response, Problem> {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let graph = Choice {
        graph: Some(format!("{}{path}", server.base())),
        default: None,
    };
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    let body = async || {
        let limit = server.configuration.max_body;
        let body = axum::body::to_bytes(body, limit).await;
        body.map_err(|_| body_problem(StatusCode::PAYLOAD_TOO_LARGE))
    };
    match parts.method {
        Method::GET | Method::HEAD => read(&server, graph.target()?, &headers),
        Method::PUT => {
            let body = body().await?;
            write(&server, graph.target()?, &headers, Ok(body), true).await
        }
        Method::POST => {
            let body = body().await?;
            write(&server, graph.target()?, &headers, Ok(body), false).await
        }
        Method::DELETE => delete(State(Arc::clone(&server)), Query(graph)).await,
        other => Err(Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            serving::METHOD,
            format!("`{other}` is not offered for a graph"),
            "use GET, HEAD, PUT, POST or DELETE",
        )
        .with_header(header::ALLOW, "GET, HEAD, PUT, POST, DELETE")),
    }
}

/// The graph's name, where it may be written.
fn allowed<'a>(
    server: &Server,
    target: &'a Target,
    whole: bool,
) -> Result<Option<&'a Iri>, Problem> {
    if !server.configuration.may_update {
        return Err(Problem::not_allowed("changing graphs", "--allow-update"));
    }
    match target {
        Target::Named(name) => Ok(Some(name)),
        Target::Default if whole => Err(Problem::new(
            StatusCode::FORBIDDEN,
            serving::NOT_ALLOWED,
            "the default graph holds the ontology and is not replaced or dropped as a whole",
            "add to it with POST, or change statements with SPARQL Update",
        )),
        Target::Default => Ok(None),
    }
}

async fn write(
    server: &Arc<Server>,
    target: Target,
    headers: &HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
    replace: bool,
) -> Result<Response, Problem> {
    let name = allowed(server, &target, replace)?;
    let body = body.map_err(|error| body_problem(error.status()))?;
    let format = match content_type(headers).as_deref() {
        Some("text/turtle" | "application/x-turtle") => Format::Turtle,
        Some("application/n-triples" | "text/plain") => Format::NTriples,
        Some("application/rdf+xml") => Format::RdfXml,
        Some("application/ld+json") => Format::JsonLd,
        other => {
            return Err(not_read(
                other,
                "send text/turtle, application/n-triples, application/rdf+xml or application/ld+json",
            ));
        }
    };
    let text = text_of(&body)?;
    let base = name.map_or_else(|| server.base(), |name| name.as_str().to_owned());
    let read = GraphText::read(text, format, &base).map_err(|finding| Problem {
        status: StatusCode::BAD_REQUEST,
        findings: vec![finding],
        headers: Vec::new(),
    })?;
    let was_there = server.now().queries.graph(name).is_some();
    let update = match name {
        Some(name) => {
            let drop = if replace {
                format!("DROP SILENT GRAPH <{name}> ;\n")
            } else {
                String::new()
            };
            format!(
                "{drop}INSERT DATA {{ GRAPH <{name}> {{\n{}}} }}",
                read.ntriples
            )
        }
        None => format!("INSERT DATA {{\n{}}}", read.ntriples),
    };
    change(server, update, name).await?;
    let status = if was_there {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::CREATED
    };
    Ok(status.into_response())
}

async fn change(server: &Arc<Server>, update: String, name: Option<&Iri>) -> Result<(), Problem> {
    let changed = server
        .world
        .change(move |samos| samos.update_with(&update, &samos::UpdateOptions::default()))
        .await?;
    server
        .metrics
        .facts
        .inc_by((changed.added + changed.removed) as u64);
    let about = name.map_or("default", Iri::as_str);
    let data = json!({"by": "store", "graph": name, "added": changed.added, "removed": changed.removed, "world": server.now().number});
    server.events.tell("facts.changed", about, &data);
    Ok(())
}
