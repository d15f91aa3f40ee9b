//! Traces for a collector: spans of this program, sent as OTLP over HTTP.
//!
//! In: spans of `tracing`. Out: batches of them, in Protobuf, from a thread of their own; a collector that does not answer
//! holds nobody up. What a caller's `traceparent` names is gone on with. Not here: what is worth a span (`spans`).

use axum::http::HeaderMap;
use opentelemetry::KeyValue;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::server::Error;

/// Where a collector takes traces.
const PATH: &str = "/v1/traces";

/// Spans are sent while this lives; what is left is sent when it is dropped.
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Sends the spans of this program to a collector, such as `http://localhost:4318`. Once in a program, and not where
    /// an asynchronous runtime runs.
    ///
    /// # Errors
    /// When the address cannot be read, or spans go elsewhere already.
    pub fn begin(collector: &str) -> Result<Self, Error> {
        let failed = |source| Error::System {
            what: format!("cannot send traces to `{collector}`"),
            source,
        };
        // An embedder may have chosen its own already, which then stands.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let at = collector.trim_end_matches('/');
        let at = if at.ends_with(PATH) {
            at.to_owned()
        } else {
            format!("{at}{PATH}")
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(at)
            .build()
            .map_err(|error| failed(std::io::Error::other(error)))?;
        let resource = Resource::builder()
            .with_service_name("samos")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .build();
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("samos"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            // Sending spans makes spans in the libraries that send them: only our own are told.
            .with_filter(Targets::new().with_target("samos", Level::DEBUG));
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::set_global_default(subscriber)
            .map_err(|error| failed(std::io::Error::other(error)))?;
        Ok(Self { provider })
    }

    /// Sends what waits to be sent.
    pub fn flush(&self) {
        // A collector that is gone is not waited for twice.
        let _ = self.provider.force_flush();
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // What the collector does not take any more is lost, as at any time.
        let _ = self.provider.shutdown();
    }
}

/// Makes a span part of the trace that a request names.
pub(crate) fn follow(span: &Span, headers: &HeaderMap) {
    let context = TraceContextPropagator::new().extract(&Named(headers));
    if context.span().span_context().is_valid() {
        // Nobody listens, or the span has begun already: then it stays as it is.
        let _ = span.set_parent(context);
    }
}

struct Named<'a>(&'a HeaderMap);

impl Extractor for Named<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
