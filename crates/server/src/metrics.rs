//! What the server counts, for Prometheus.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// What tells requests apart: never more than the routes there are.
#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub(crate) struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

/// What tells durations apart.
#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub(crate) struct RouteLabels {
    route: String,
}

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub(crate) struct EndingLabels {
    pub(crate) ending: String,
}

/// Everything that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram>,
    /// Open event streams.
    pub(crate) streams: Gauge,
    /// Facts observed or changed from outside.
    pub(crate) facts: Counter,
    /// Plans that reasoners gave.
    pub(crate) plans: Counter,
    /// Runs that ended.
    pub(crate) runs: Family<EndingLabels, Counter>,
    /// The number of the published world.
    pub(crate) published: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let histogram: fn() -> Histogram = || {
            Histogram::new([
                0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0,
            ])
        };
        let mut metrics = Self {
            registry: Registry::with_prefix("samos"),
            requests: Family::default(),
            seconds: Family::new_with_constructor(histogram),
            streams: Gauge::default(),
            facts: Counter::default(),
            plans: Counter::default(),
            runs: Family::default(),
            published: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register(
            "http_requests",
            "Requests answered",
            metrics.requests.clone(),
        );
        let help = "Seconds from request to the beginning of its answer";
        registry.register("http_request_seconds", help, metrics.seconds.clone());
        registry.register(
            "event_streams",
            "Open event streams",
            metrics.streams.clone(),
        );
        registry.register("facts", "Facts written from outside", metrics.facts.clone());
        registry.register("plans", "Plans that reasoners gave", metrics.plans.clone());
        registry.register("runs", "Runs that ended", metrics.runs.clone());
        let help = "Number of the published world, which grows with each change";
        registry.register("world_published", help, metrics.published.clone());
        metrics
    }

    /// Counts a request.
    pub(crate) fn count(&self, method: &str, route: &str, status: u16, took: Duration) {
        self.requests
            .get_or_create(&RequestLabels {
                method: method.to_owned(),
                route: route.to_owned(),
                status,
            })
            .inc();
        let route = RouteLabels {
            route: route.to_owned(),
        };
        self.seconds
            .get_or_create(&route)
            .observe(took.as_secs_f64());
    }

    /// All of it in the text form.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
