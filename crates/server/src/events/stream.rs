//! `/events`: one reader's stream.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use samos::model::codes::serving;
use serde::Deserialize;

use super::Next;
use crate::extract::Query;
use crate::problem::Problem;
use crate::server::Server;

/// How often a stream without events says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// What may be chosen about a stream.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Choice {
    /// Only what is about this run or plan.
    run: Option<String>,
    /// Only events of this kind, such as `run.transition`.
    kind: Option<String>,
    /// From where on, for readers that cannot send `Last-Event-ID`.
    after: Option<u64>,
}

/// The events as they happen, in CloudEvents' structured form; `Last-Event-ID` resumes.
#[utoipa::path(
    get, path = "/events", tag = "events", params(
        Choice,
        ("Last-Event-ID" = Option<String>, Header, description = "the last event that was seen"),
    ),
    responses(
        (status = 200, description = "a stream that does not end; `data` is a CloudEvent", content_type = "text/event-stream", body = String),
        (status = 503, description = "too many streams", content_type = "application/problem+json", body = crate::schema::Problem),
    )
)]
pub(crate) async fn events(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Query(choice): Query<Choice>,
) -> Result<Response, Problem> {
    let Some(open) = Open::new(&server) else {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            serving::BUSY,
            "too many event streams are open",
            "close one, or start the server with a larger --max-streams",
        ));
    };
    let last = headers.get("last-event-id");
    let last = last.and_then(|last| last.to_str().ok()?.parse().ok());
    let place = last.or(choice.after).map_or_else(
        || server.events.latest(),
        |last: u64| last.min(server.events.latest()),
    );
    let stream = reading(Arc::clone(&server), open, choice, place);
    let stream = Sse::new(stream).keep_alive(KeepAlive::new().interval(ALIVE).text("alive"));
    Ok(([("x-accel-buffering", "no")], stream).into_response())
}

/// Counts the open streams.
struct Open(Arc<Server>);

impl Open {
    fn new(server: &Arc<Server>) -> Option<Self> {
        let most = server.configuration.max_streams;
        let counter: &AtomicUsize = &server.streams;
        let added = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |open| {
            (open < most).then_some(open + 1)
        });
        added.ok()?;
        server.metrics.streams.inc();
        Some(Self(Arc::clone(server)))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
        self.0.metrics.streams.dec();
    }
}

fn reading(
    server: Arc<Server>,
    open: Open,
    choice: Choice,
    place: u64,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let latest = server.events.watch();
    let ending = server.ending.clone();
    let state = (
        server,
        open,
        choice,
        place,
        latest,
        ending,
        Vec::new().into_iter(),
    );
    futures::stream::unfold(state, async |state| {
        let (server, open, choice, mut place, mut latest, mut ending, mut ready) = state;
        loop {
            if let Some(event) = ready.next() {
                return Some((
                    Ok(event),
                    (server, open, choice, place, latest, ending, ready),
                ));
            }
            latest.mark_unchanged();
            match server.events.after(place) {
                Next::Events(events) => {
                    place = events.last().map_or(place, |event| event.number);
                    let wanted = events.iter().filter(|event| {
                        choice.run.as_ref().is_none_or(|run| *run == event.subject)
                            && choice.kind.as_ref().is_none_or(|kind| *kind == event.kind)
                    });
                    let made: Vec<Event> = wanted
                        .map(|event| {
                            Event::default()
                                .id(event.number.to_string())
                                .event(event.kind.as_str())
                                .data(event.text.as_str())
                        })
                        .collect();
                    ready = made.into_iter();
                }
                Next::Missed { count, from } => {
                    place = from - 1;
                    let gap = serde_json::json!({"missed": count, "from": from}).to_string();
                    let gap = Event::default()
                        .id(place.to_string())
                        .event("gap")
                        .data(gap);
                    ready = vec![gap].into_iter();
                }
                Next::Nothing => {
                    tokio::select! {
                        changed = latest.changed() => changed.ok()?,
                        _ = ending.changed() => return None,
                    }
                }
            }
        }
    })
}
