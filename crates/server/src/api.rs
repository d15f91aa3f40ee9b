//! `/api/v1`: everything the facade offers, as JSON, described by OpenAPI.
//!
//! In: names and text as people write them. Out: the JSON of `interfaces`: answers, plans, findings. Not here: shapes
//! (`schema`), and what an answer is.

pub(crate) mod asking;
pub(crate) mod catalog;
pub(crate) mod examples;
pub(crate) mod facts;
pub(crate) mod naming;
pub(crate) mod orders;
pub(crate) mod orientation;
pub(crate) mod plans;
pub(crate) mod providers;
pub(crate) mod runs;
pub(crate) mod specifications;
pub(crate) mod standing;
pub(crate) mod things;
pub(crate) mod why;
pub(crate) mod wording;

use std::sync::Arc;

use serde::Serialize;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::Server;

/// How many rows a list has when nothing is said.
const ROWS: usize = 200;
/// How many rows a list has at most.
const MOST_ROWS: usize = 10_000;

/// What the description says of itself.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "samos",
        description = "What cloud operations need and give: ask for safe sequences of them, why, and run them.",
    ),
    modifiers(&Security),
    security(("token" = [])),
    components(schemas(crate::schema::Problem)),
)]
pub(crate) struct Description;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token));
    }
}

/// All routes.
pub(crate) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new()
        .routes(routes!(orientation::status))
        .routes(routes!(orientation::search))
        .routes(routes!(orientation::codes))
        .routes(routes!(orientation::code))
        .routes(routes!(examples::questions))
        .routes(routes!(examples::demo))
        .routes(routes!(examples::reset))
        .routes(routes!(catalog::services))
        .routes(routes!(catalog::instances))
        .routes(routes!(catalog::aspects))
        .routes(routes!(catalog::operations))
        .routes(routes!(catalog::types))
        .routes(routes!(providers::providers))
        .routes(routes!(things::entity))
        .routes(routes!(things::refresh))
        .routes(routes!(specifications::operation))
        .routes(routes!(specifications::type_))
        .routes(routes!(why::explain))
        .routes(routes!(why::why))
        .routes(routes!(asking::format))
        .routes(routes!(asking::check))
        .routes(routes!(asking::prepare))
        .routes(routes!(standing::ready))
        .routes(routes!(standing::ready_together))
        .routes(routes!(asking::together))
        .routes(routes!(asking::chain))
        .routes(routes!(asking::connect))
        .routes(routes!(asking::plan))
        .routes(routes!(asking::verify))
        .routes(routes!(asking::validate))
        .routes(routes!(plans::list, plans::save))
        .routes(routes!(plans::one, plans::forget))
        .routes(routes!(plans::export_kept))
        .routes(routes!(plans::export_given))
        .routes(routes!(orders::approve))
        .routes(routes!(orders::apply))
        .routes(routes!(runs::list))
        .routes(routes!(runs::one))
        .routes(routes!(runs::transitions))
        .routes(routes!(runs::resume))
        .routes(routes!(runs::undo))
        .routes(routes!(runs::replan))
        .routes(routes!(runs::pause))
        .routes(routes!(runs::cancel))
        .routes(routes!(facts::observe))
        .routes(routes!(crate::events::stream::events))
}

/// A part of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Listing<T> {
    /// The rows.
    pub(crate) items: Vec<T>,
    /// How many there are in all.
    pub(crate) total: usize,
    /// How many were left out before the first.
    pub(crate) offset: usize,
    /// How many rows were asked for at most.
    pub(crate) limit: usize,
}

impl<T> Listing<T> {
    /// The part of what there is.
    pub(crate) fn of<S>(
        all: &[S],
        limit: Option<usize>,
        offset: Option<usize>,
        row: impl FnMut(&S) -> T,
    ) -> Self {
        let limit = limit.unwrap_or(ROWS).min(MOST_ROWS);
        let offset = offset.unwrap_or(0);
        Self {
            items: all.iter().skip(offset).take(limit).map(row).collect(),
            total: all.len(),
            offset,
            limit,
        }
    }
}

/// Does a text hold what is looked for, whatever the case?
pub(crate) fn holds(text: &str, wanted: &str) -> bool {
    text.to_lowercase().contains(wanted)
}
