//! What can be done now, of everything there is: kept up to date with each change, so that asking costs no judging.

use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use samos::{Ready, ReadyQuestion, ReadyTogether, Samos, Standing};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::Json;
use crate::problem::Problem;
use crate::published::stands;
use crate::schema;
use crate::server::Server;

/// More subjects of one operation are not listed.
const MOST_LISTED: usize = 10_000;
/// So many are where nothing is said.
const LISTED: usize = 100;

/// Which operation, which subjects; nothing for all.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StandingQuestion {
    /// Only this operation.
    operation: Option<String>,
    /// Only these subjects.
    #[serde(default)]
    subjects: Vec<String>,
    /// How many subjects are listed at most, of those that are ready and of those that are not; 100 where nothing is said.
    limit: Option<usize>,
}

impl StandingQuestion {
    fn asked(self) -> ReadyQuestion {
        ReadyQuestion {
            operation: self.operation,
            subjects: self.subjects,
            listed: self.limit.unwrap_or(LISTED).min(MOST_LISTED),
        }
    }
}

/// What can be done now, and what stands in the way of the rest.
#[utoipa::path(post, path = "/api/v1/ready", tag = "assist", request_body = StandingQuestion, responses(
    (status = 200, body = schema::Ready),
    Problem,
))]
pub(crate) async fn ready(
    State(server): State<Arc<Server>>,
    Json(question): Json<StandingQuestion>,
) -> Result<Reply<Ready>, Problem> {
    let question = question.asked();
    answered(&server, move |samos, standing| {
        samos.ready_in(standing, &question)
    })
    .await
}

/// What can be done now to many at once: groups of operations that do the same, across clouds.
#[utoipa::path(post, path = "/api/v1/ready/together", tag = "assist", request_body = StandingQuestion, responses(
    (status = 200, body = schema::ReadyTogether),
    Problem,
))]
pub(crate) async fn ready_together(
    State(server): State<Arc<Server>>,
    Json(question): Json<StandingQuestion>,
) -> Result<Reply<ReadyTogether>, Problem> {
    let question = question.asked();
    answered(&server, move |samos, standing| {
        samos.ready_together_in(standing, &question)
    })
    .await
}

async fn answered<T: Send + 'static>(
    server: &Server,
    ask: impl FnOnce(&Samos, &Standing) -> Result<T, samos::Error> + Send + 'static,
) -> Result<Reply<T>, Problem> {
    let kept = server.world.standing().await?;
    server
        .answer(move |samos| match stands(&kept).as_ref() {
            Some(standing) => Ok(ask(samos, standing)?),
            None => Err(Problem::internal("nobody judged what can be done")),
        })
        .await
}
