//! `/sparql` and `/store`: the SPARQL 1.1 Protocol and the Graph Store Protocol.
//!
//! In: queries, updates and graphs as the two standards send them. Out: results in the form that is accepted, with how long it
//! took and whether rows were left out. A query sees the world as it was published when it began, is ended when its time is
//! over, and computes no more rows than are allowed. Not here: evaluating.

mod description;
mod negotiation;
mod protocol;
mod services;
mod store;

use std::sync::Arc;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use samos::model::codes::knowledge as codes;
use samos::{AnswerKind, Cancellation, Finding, Iri, KnowledgeError, QueryAnswer, QueryOptions};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::clock::Stopwatch;
use crate::problem::Problem;
use crate::server::Server;
use negotiation::Offer;
pub(crate) use store::direct;

/// The routes of both protocols.
pub(crate) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new()
        .routes(routes!(protocol::get, protocol::post))
        .routes(routes!(
            store::get,
            store::head,
            store::put,
            store::post,
            store::delete
        ))
}

/// A query and what was chosen about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) text: String,
    pub(crate) default_graphs: Vec<Iri>,
    pub(crate) named_graphs: Vec<Iri>,
    /// Find things under one of their names only?
    pub(crate) one_name: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_rows: Option<usize>,
}

/// Answers a query within the time and the rows allowed.
pub(crate) async fn ask(server: &Arc<Server>, asked: Asked) -> Result<QueryAnswer, Problem> {
    let allowed = server.configuration.timeout;
    let timeout = asked.timeout.map_or(allowed, |wanted| wanted.min(allowed));
    let most = server.configuration.max_rows;
    let cancellation = Cancellation::default();
    let published = server.now();
    let options = QueryOptions {
        default_graphs: asked.default_graphs,
        named_graphs: asked.named_graphs,
        one_name: asked.one_name,
        max_rows: Some(asked.max_rows.map_or(most, |wanted| wanted.min(most))),
        cancellation: cancellation.clone(),
        service: Some(Arc::new(services::Reasoners::new(server, &published))),
    };
    let permit = Arc::clone(&server.workers).acquire_owned();
    let permit = match tokio::time::timeout(timeout, permit).await {
        Ok(permit) => permit.map_err(Problem::internal)?,
        Err(_) => return Err(server.too_late(timeout)),
    };
    let text = asked.text;
    let task = crate::spans::aside(move || {
        let answer = published.queries.ask(&text, &options);
        drop(permit);
        answer
    });
    // Whoever closes the connection ends the query, too.
    let ended = EndsWith(cancellation);
    let answer = match tokio::time::timeout(timeout, task).await {
        Ok(answer) => answer.map_err(Problem::internal)?,
        Err(_) => return Err(server.too_late(timeout)),
    };
    drop(ended);
    answer.map_err(|error| refused(&error))
}

/// Cancels a query when it is dropped.
struct EndsWith(Cancellation);

impl Drop for EndsWith {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The problem of a query that cannot be answered.
pub(crate) fn refused(error: &KnowledgeError) -> Problem {
    let status = match error {
        KnowledgeError::Syntax(_) => StatusCode::BAD_REQUEST,
        KnowledgeError::Form(..) => StatusCode::NOT_ACCEPTABLE,
        KnowledgeError::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    };
    let help = match error {
        KnowledgeError::Syntax(_) => {
            "correct it at the place named; declared prefixes need no PREFIX"
        }
        _ => "look at the query again",
    };
    let mut problem = Problem::new(
        status,
        codes::QUERY_FAILED,
        error.to_string().replace('\n', " "),
        help,
    );
    if matches!(error, KnowledgeError::Syntax(_)) {
        problem.findings = vec![Finding::error(
            codes::BAD_QUERY,
            error.to_string().replace('\n', " "),
            help,
        )];
    }
    problem
}

/// An answer in the form accepted.
fn respond(
    answer: &QueryAnswer,
    accept: Option<&str>,
    watch: Stopwatch,
) -> Result<Response, Problem> {
    let offers = match answer.kind() {
        AnswerKind::Rows => negotiation::ROWS,
        AnswerKind::Boolean => negotiation::BOOLEANS,
        AnswerKind::Graph => negotiation::GRAPHS,
    };
    let Offer {
        media_type, format, ..
    } = *negotiation::choose(accept, offers)?;
    let text = answer.serialize(format).map_err(|error| refused(&error))?;
    let took = watch.elapsed();
    let mut response = ([(header::CONTENT_TYPE, media_type)], text).into_response();
    let headers = response.headers_mut();
    let milliseconds = format!("{:.3}", took.as_secs_f64() * 1e3);
    if let Ok(value) = header::HeaderValue::from_str(&milliseconds) {
        headers.insert("samos-took-ms", value);
    }
    if answer.is_truncated() {
        let count = header::HeaderValue::from(answer.len());
        headers.insert("samos-truncated", count);
    }
    Ok(response)
}
