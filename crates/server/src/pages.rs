//! Pages for people, and what operators ask: is it alive, what does it count, what can it do.
//!
//! In: the published world. Out: the web interface where it is built, else plain pages that work without a script. Not here:
//! the interface itself; `samos-ui` holds it.

mod docs;
mod interface;
mod plain;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::server::Server;

/// What operators ask.
pub(crate) fn operator_routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new()
        .routes(routes!(livez))
        .routes(routes!(readyz))
        .routes(routes!(version))
        .routes(routes!(metrics))
}

/// The pages, and the description of everything.
pub(crate) fn routes(document: OpenApi) -> Router<Arc<Server>> {
    // The same for all who ask, and made once.
    let json = document.to_json().unwrap_or_default();
    let docs = docs::page(&document);
    // Who asks for a page gets the interface where it is built; what asks for anything else, the plain one.
    let pages = Router::new()
        .route("/", get(plain::home))
        .route("/explore", get(plain::explore))
        .route("/plans/{fingerprint}", get(plain::plan))
        .route("/assist/{card}", get(plain::card))
        .route_layer(middleware::from_fn(interface::instead));
    pages
        .route(
            "/api/openapi.json",
            get(move || {
                let json = json.clone();
                async move { ([(header::CONTENT_TYPE, "application/json")], json) }
            }),
        )
        .route(
            "/api/docs",
            get(move || {
                let docs = docs.clone();
                async move { plain::html(docs) }
            }),
        )
}

/// A file or a page of the web interface, or no such page.
pub(crate) async fn nothing(State(_): State<Arc<Server>>, request: Request) -> Response {
    if let Some(found) = interface::answer(&request) {
        return found;
    }
    let problem = Problem::not_there(
        format!("there is nothing at `{}`", request.uri().path()),
        "/api/openapi.json lists the paths, / is the home page",
    );
    problem.into_response()
}

/// Is the process alive?
#[utoipa::path(get, path = "/livez", tag = "operators", responses((status = 200, body = String, content_type = "text/plain")), security(()))]
pub(crate) async fn livez() -> &'static str {
    "alive\n"
}

/// Can it answer?
#[utoipa::path(get, path = "/readyz", tag = "operators", responses(
    (status = 200, body = String, content_type = "text/plain"),
    (status = 503, body = String, content_type = "text/plain"),
), security(()))]
pub(crate) async fn readyz(State(server): State<Arc<Server>>) -> Response {
    if *server.ending.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "ending\n").into_response();
    }
    "ready\n".into_response()
}

/// What runs here.
#[derive(Serialize, ToSchema)]
pub(crate) struct Version {
    /// Always `samos`.
    name: String,
    /// Of samos.
    version: String,
    /// The build of the web interface; `null` where plain pages are served.
    ui: Option<String>,
}

/// What runs here.
#[utoipa::path(get, path = "/version", tag = "operators", responses((status = 200, body = Version)), security(()))]
pub(crate) async fn version() -> Json<Version> {
    Json(Version {
        name: "samos".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ui: samos_ui::build_id(),
    })
}

/// What is counted, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operators", responses(
    (status = 200, body = String, content_type = "application/openmetrics-text"),
    Problem,
))]
pub(crate) async fn metrics(State(server): State<Arc<Server>>) -> Response {
    let number = i64::try_from(server.now().number).unwrap_or(i64::MAX);
    server.metrics.published.set(number);
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, media_type)], server.metrics.text()).into_response()
}
