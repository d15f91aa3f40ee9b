//! Spans: what is under way, for whoever follows it. Names and fields are those of OpenTelemetry's conventions.
//!
//! In: requests, runs. Out: spans of `tracing`, which cost next to nothing where nobody listens. Addresses are told without
//! their query, which may hold a token. Not here: where spans go (`traces`, a feature).

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method};
use samos::{Samos, TaskId, Transition};
use tokio::task::JoinHandle;
use tracing::Span;
use tracing::field::Empty;

/// A request, from its first line to the head of its answer; part of the trace that its caller names.
pub(crate) fn of_request(method: &Method, route: &str, path: &str, headers: &HeaderMap) -> Span {
    let span = tracing::info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = %method,
        http.route = route,
        url.path = path,
        http.response.status_code = Empty,
    );
    #[cfg(feature = "opentelemetry")]
    crate::traces::follow(&span, headers);
    #[cfg(not(feature = "opentelemetry"))]
    let _ = headers;
    span
}

/// How a request was answered.
pub(crate) fn answered(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// Work on a thread that may wait, as part of what is under way here.
pub(crate) fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    let span = Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
}

/// A run and the steps that are under way in it.
pub(crate) struct RunSpans {
    run: Span,
    tasks: BTreeMap<TaskId, Span>,
}

impl RunSpans {
    /// A run that begins or goes on, as part of what asks for it.
    pub(crate) fn begin(run: &str, fingerprint: &str) -> Self {
        Self {
            run: tracing::info_span!(
                "run",
                samos.run = run,
                samos.plan = fingerprint,
                samos.ending = Empty,
                otel.status_code = Empty,
            ),
            tasks: BTreeMap::new(),
        }
    }

    /// The run's own span.
    pub(crate) fn run(&self) -> &Span {
        &self.run
    }

    /// A step begins with its request and ends with what became of it.
    pub(crate) fn saw(&mut self, samos: &Samos, transition: &Transition) {
        let (task, state) = match transition {
            Transition::Bound { task, request } => {
                let world = samos.world();
                let run = &self.run;
                self.tasks.entry(*task).or_insert_with(|| {
                    tracing::info_span!(
                        parent: run,
                        "step",
                        samos.task = %task,
                        samos.operation = %world.compact(&request.operation),
                        samos.subject = %world.compact(&request.subject),
                        samos.attempts = Empty,
                        samos.state = Empty,
                        otel.status_code = Empty,
                    )
                });
                return;
            }
            Transition::Intent { task, attempt, .. } => {
                if let Some(span) = self.tasks.get(task) {
                    span.record("samos.attempts", *attempt);
                }
                return;
            }
            Transition::Done { task } => (task, "done"),
            Transition::Failed { task, .. } => (task, "failed"),
            Transition::Undecided { task, .. } => (task, "unknown"),
            Transition::Skipped { task } => (task, "skipped"),
            _ => return,
        };
        if let Some(span) = self.tasks.remove(task) {
            span.record("samos.state", state);
            if state != "done" {
                span.record("otel.status_code", "ERROR");
            }
        }
    }

    /// The run ended like that.
    pub(crate) fn end(self, ending: &str) {
        self.run.record("samos.ending", ending);
        if !matches!(ending, "done" | "undone" | "cancelled") {
            self.run.record("otel.status_code", "ERROR");
        }
    }
}
