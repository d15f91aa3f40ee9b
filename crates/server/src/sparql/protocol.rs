//! `/sparql`: query by GET, by a form and directly; update by POST where it is allowed.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use samos::access::ServerDeed;
use samos::{Iri, UpdateOptions};
use serde_json::json;

use super::{Asked, ask, description, respond};
use crate::caller::Caller;
use crate::clock::Stopwatch;
use crate::extract::{body_problem, content_type, not_read, text_of};
use crate::problem::Problem;
use crate::server::Server;

const FORM: &str = "application/x-www-form-urlencoded";
const QUERY: &str = "application/sparql-query";
const UPDATE: &str = "application/sparql-update";
/// What leaves out what is inferred.
const ASSERTED: &str = "urn:samos:asserted";

/// The parameters of a request, wherever they stood.
#[derive(Debug, Default)]
struct Parameters {
    queries: Vec<String>,
    updates: Vec<String>,
    default_graphs: Vec<Iri>,
    named_graphs: Vec<Iri>,
    using: Vec<Iri>,
    using_named: Vec<Iri>,
    inferred: Option<bool>,
    same_as: Option<bool>,
    timeout: Option<Duration>,
    limit: Option<usize>,
}

impl Parameters {
    fn read(&mut self, text: &str) -> Result<(), Problem> {
        for (name, value) in form(text) {
            match name.as_str() {
                "query" => self.queries.push(value),
                "update" => self.updates.push(value),
                "default-graph-uri" => self.default_graphs.push(iri(value)?),
                "named-graph-uri" => self.named_graphs.push(iri(value)?),
                "using-graph-uri" => self.using.push(iri(value)?),
                "using-named-graph-uri" => self.using_named.push(iri(value)?),
                "inferred" => self.inferred = Some(truth(&value)?),
                "sameAs" => self.same_as = Some(truth(&value)?),
                "timeout" => {
                    let seconds: f64 = number(&name, &value)?;
                    let timeout = Duration::try_from_secs_f64(seconds);
                    self.timeout =
                        Some(timeout.map_err(|error| {
                            Problem::bad_request(format!("`timeout`: {error}"))
                        })?);
                }
                "limit" => self.limit = Some(number(&name, &value)?),
                // The protocol leaves room for others, which mean nothing here.
                _ => {}
            }
        }
        Ok(())
    }

    fn only(mut all: Vec<String>, name: &str) -> Result<String, Problem> {
        match (all.pop(), all.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => Err(Problem::bad_request(format!("`{name}` is missing"))),
            _ => Err(Problem::bad_request(format!(
                "`{name}` stands more than once"
            ))),
        }
    }

    fn query(self) -> Result<Asked, Problem> {
        if !self.updates.is_empty() {
            return Err(Problem::bad_request(
                "`query` and `update` do not go together",
            ));
        }
        if !self.using.is_empty() || !self.using_named.is_empty() {
            return Err(Problem::bad_request(
                "`using-graph-uri` belongs to an update",
            ));
        }
        let mut default_graphs = self.default_graphs;
        if self.inferred == Some(false) && default_graphs.is_empty() && self.named_graphs.is_empty()
        {
            default_graphs.push(Iri::from(ASSERTED));
        }
        Ok(Asked {
            text: Self::only(self.queries, "query")?,
            default_graphs,
            named_graphs: self.named_graphs,
            one_name: self.same_as == Some(false),
            timeout: self.timeout,
            max_rows: self.limit,
        })
    }
}

pub(super) fn iri(text: String) -> Result<Iri, Problem> {
    let is_absolute = text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    let is_clean = !text.chars().any(|c| c <= ' ' || "<>\"{}|\\^`".contains(c));
    if is_absolute && is_clean {
        Ok(Iri::from(text))
    } else {
        Err(Problem::bad_request(format!(
            "`{text}` is not an IRI in full"
        )))
    }
}

fn truth(text: &str) -> Result<bool, Problem> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other => Err(Problem::bad_request(format!(
            "`{other}` is neither `true` nor `false`"
        ))),
    }
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse()
        .map_err(|_| Problem::bad_request(format!("`{name}`: `{text}` is not a number that fits")))
}

fn form(text: &str) -> Vec<(String, String)> {
    let decoded = |part: &str| {
        let mut bytes = Vec::with_capacity(part.len());
        let mut rest = part.bytes();
        while let Some(byte) = rest.next() {
            match byte {
                b'+' => bytes.push(b' '),
                b'%' => {
                    let digits: Vec<u8> = rest.clone().take(2).collect();
                    let digits = std::str::from_utf8(&digits).ok();
                    match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                        Some(decoded) => {
                            bytes.push(decoded);
                            rest.nth(1);
                        }
                        None => bytes.push(b'%'),
                    }
                }
                other => bytes.push(other),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn accept(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ACCEPT)?.to_str().ok()
}

/// SPARQL by GET; without a query, the description of this service.
#[utoipa::path(get, path = "/sparql", tag = "sparql", operation_id = "sparql_get", params(
    ("query" = Option<String>, Query, description = "SELECT, ASK, CONSTRUCT or DESCRIBE; declared prefixes need no PREFIX"),
    ("default-graph-uri" = Option<Vec<String>>, Query, description = "in place of FROM"),
    ("named-graph-uri" = Option<Vec<String>>, Query, description = "in place of FROM NAMED"),
    ("inferred" = Option<bool>, Query, description = "false leaves out what is inferred"),
    ("sameAs" = Option<bool>, Query, description = "false finds each thing under one of its names only"),
    ("timeout" = Option<f64>, Query, description = "seconds, within what the server allows"),
    ("limit" = Option<u32>, Query, description = "rows, within what the server allows"),
), responses(
    (status = 200, description = "`Samos-Truncated` says how many rows there are where more were left out", content(
        (serde_json::Value = "application/sparql-results+json"), (String = "application/sparql-results+xml"),
        (String = "text/csv"), (String = "text/tab-separated-values"), (String = "text/turtle"),
        (String = "application/n-triples"), (String = "application/rdf+xml"), (serde_json::Value = "application/ld+json"),
    )),
    Problem,
))]
pub(crate) async fn get(
    State(server): State<Arc<Server>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let watch = Stopwatch::start();
    let mut parameters = Parameters::default();
    parameters.read(query.as_deref().unwrap_or(""))?;
    if !parameters.updates.is_empty() {
        return Err(Problem::bad_request("an update is sent with POST"));
    }
    if parameters.queries.is_empty() && query.as_deref().unwrap_or("").is_empty() {
        return description::describe(&server, accept(&headers));
    }
    let answer = ask(&server, parameters.query()?).await?;
    respond(&answer, accept(&headers), watch)
}

/// SPARQL by POST: a form, or the query or update itself.
#[utoipa::path(post, path = "/sparql", tag = "sparql", operation_id = "sparql_post", params(
    ("default-graph-uri" = Option<Vec<String>>, Query, description = "in place of FROM"),
    ("named-graph-uri" = Option<Vec<String>>, Query, description = "in place of FROM NAMED"),
    ("using-graph-uri" = Option<Vec<String>>, Query, description = "in place of USING"),
    ("using-named-graph-uri" = Option<Vec<String>>, Query, description = "in place of USING NAMED"),
), request_body(content(
    (String = "application/sparql-query"), (String = "application/sparql-update"), (String = "application/x-www-form-urlencoded"),
)), responses(
    (status = 200, description = "`Samos-Truncated` says how many rows there are where more were left out", content(
        (serde_json::Value = "application/sparql-results+json"), (String = "application/sparql-results+xml"),
        (String = "text/csv"), (String = "text/tab-separated-values"), (String = "text/turtle"),
        (String = "application/n-triples"), (String = "application/rdf+xml"), (serde_json::Value = "application/ld+json"),
    )),
    (status = 204, description = "the update is done"),
    Problem,
))]
pub(crate) async fn post(
    State(server): State<Arc<Server>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Response, Problem> {
    let watch = Stopwatch::start();
    let body = body.map_err(|error| body_problem(error.status()))?;
    let body = text_of(&body)?;
    let mut parameters = Parameters::default();
    parameters.read(query.as_deref().unwrap_or(""))?;
    match content_type(&headers).as_deref() {
        Some(FORM) => {
            if !parameters.queries.is_empty() || !parameters.updates.is_empty() {
                return Err(Problem::bad_request(
                    "with a form, the query stands in the body",
                ));
            }
            parameters.read(body)?;
        }
        Some(QUERY) => parameters.queries.push(body.to_owned()),
        Some(UPDATE) => parameters.updates.push(body.to_owned()),
        other => {
            let help = format!("send it as {QUERY}, {UPDATE} or {FORM}");
            return Err(not_read(other, help).with_header(
                header::HeaderName::from_static("accept-post"),
                &format!("{QUERY}, {UPDATE}, {FORM}"),
            ));
        }
    }
    if parameters.updates.is_empty() {
        let answer = ask(&server, parameters.query()?).await?;
        return respond(&answer, accept(&headers), watch);
    }
    // A query and an update come to the same place.
    caller.may(&server, ServerDeed::Update)?;
    update(&server, parameters).await
}

async fn update(server: &Arc<Server>, parameters: Parameters) -> Result<Response, Problem> {
    if !parameters.queries.is_empty() {
        return Err(Problem::bad_request(
            "`query` and `update` do not go together",
        ));
    }
    if !parameters.default_graphs.is_empty() || !parameters.named_graphs.is_empty() {
        return Err(Problem::bad_request(
            "an update takes `using-graph-uri`, not `default-graph-uri`",
        ));
    }
    let text = Parameters::only(parameters.updates, "update")?;
    if !server.configuration.may_update {
        return Err(Problem::not_allowed("changing facts", "--allow-update"));
    }
    let options = UpdateOptions {
        using: parameters.using,
        using_named: parameters.using_named,
        base: Some(Iri::from(format!("{}sparql", server.base()))),
    };
    let changed = server
        .world
        .change(move |samos| samos.update_with(&text, &options))
        .await?;
    let data = json!({"by": "update", "added": changed.added, "removed": changed.removed, "world": server.now().number});
    server
        .metrics
        .facts
        .inc_by((changed.added + changed.removed) as u64);
    server.events.tell("facts.changed", "update", &data);
    let counts = [
        ("samos-added", changed.added.to_string()),
        ("samos-removed", changed.removed.to_string()),
    ];
    Ok((StatusCode::NO_CONTENT, counts).into_response())
}
