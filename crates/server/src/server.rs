//! The server as a whole: its parts, its routes, its beginning and its end.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use samos::model::codes::serving as codes;
use samos::{Answer, Samos};
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::Instrument as _;
use utoipa::OpenApi as _;
use utoipa::openapi::RefOr;
use utoipa_axum::router::OpenApiRouter;

use crate::access::{self, Names};
use crate::clock::Stopwatch;
use crate::configuration::{Access, Configuration};
use crate::events::EventLog;
use crate::issuer::Issuer;
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::published::{Published, Publisher};
use crate::running::Approvals;
use crate::shelf::Shelf;
use crate::turns::Turns;
use crate::{api, mcp, pages, spans, sparql};

/// How long open answers may take when the server ends.
const FAREWELL: Duration = Duration::from_secs(5);
/// Shorter answers are not compressed.
const COMPRESSED_FROM: u64 = 1_024;

/// Why a server does not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The world cannot be loaded.
    #[error(transparent)]
    World(#[from] samos::Error),
    /// The address cannot be listened at, or a file not be read.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: String,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Everything that requests share.
pub(crate) struct Server {
    pub(crate) configuration: Configuration,
    pub(crate) names: Names,
    /// Whose users may ask beside the operator.
    pub(crate) issuer: Option<Issuer>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    pub(crate) world: Publisher,
    pub(crate) events: EventLog,
    pub(crate) metrics: Metrics,
    pub(crate) streams: AtomicUsize,
    /// Plans that were answered or saved, by fingerprint.
    pub(crate) plans: Shelf,
    pub(crate) approvals: Approvals,
    /// What the runs that are under way have come to, by name.
    pub(crate) under_way: Mutex<BTreeMap<String, crate::running::UnderWay>>,
    /// Which runs go on at once.
    pub(crate) turns: Arc<Turns>,
    /// How many searches and queries compute at once.
    pub(crate) workers: Arc<Semaphore>,
    /// Turns true when the server ends.
    pub(crate) ending: watch::Receiver<bool>,
}

impl Server {
    /// The address under which graphs and the service itself are named.
    pub(crate) fn base(&self) -> String {
        let scheme = if self.configuration.tls.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}/", self.address)
    }

    /// The world as it is now.
    pub(crate) fn now(&self) -> Arc<Published> {
        self.world.now()
    }

    /// Computes an answer off the threads that serve, within the time allowed.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Samos) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = Arc::clone(&self.workers).acquire_owned();
        let permit = permit.await.map_err(Problem::internal)?;
        let published = self.now();
        let task = spans::aside(move || {
            let result = work(&published.samos);
            drop(permit);
            result
        });
        match tokio::time::timeout(self.configuration.timeout, task).await {
            Ok(done) => done.map_err(Problem::internal)?,
            Err(_) => Err(self.too_late(self.configuration.timeout)),
        }
    }

    /// The same, as the body of a response.
    pub(crate) async fn answer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Samos) -> Result<T, Problem> + Send + 'static,
    ) -> Result<Json<T>, Problem> {
        self.compute(work).await.map(Json)
    }

    /// Computes plans and keeps them, so that they can be named by their fingerprint.
    pub(crate) async fn planned(
        &self,
        work: impl FnOnce(&Samos) -> Result<Answer, Problem> + Send + 'static,
    ) -> Result<Json<Answer>, Problem> {
        let answer = self.compute(work).await?;
        self.keep(&answer);
        Ok(Json(answer))
    }

    /// Keeps the plans of an answer, so that they can be named by their fingerprints.
    pub(crate) fn keep(&self, answer: &Answer) {
        for plan in &answer.plans {
            self.plans.keep(plan, false);
            self.metrics.plans.inc();
        }
    }

    /// The problem of an answer that did not come in time.
    pub(crate) fn too_late(&self, allowed: Duration) -> Problem {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            codes::TIMEOUT,
            format!("no answer within {} s", allowed.as_secs_f64()),
            format!(
                "ask for less; up to {} s are allowed, and limits bound a search",
                self.configuration.timeout.as_secs_f64()
            ),
        )
        .with_header(header::RETRY_AFTER, "1")
    }
}

/// A server that is answering.
pub struct Serving {
    /// Where it listens.
    pub address: SocketAddr,
    /// `http` or `https`.
    pub scheme: &'static str,
    handle: Handle<SocketAddr>,
    ending: watch::Sender<bool>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
    access: Access,
}

impl Serving {
    /// The address to open, with the token where one is needed.
    #[must_use = "this makes a text and changes nothing"]
    pub fn url(&self) -> String {
        let base = format!("{}://{}/", self.scheme, self.address);
        match &self.access {
            Access::Token(token) => format!("{base}?token={token}"),
            Access::Open => base,
        }
    }

    /// Lets what is under way end, then ends.
    ///
    /// # Errors
    /// When the server failed before.
    pub async fn end(self) -> Result<(), Error> {
        // Nobody may listen.
        let _ = self.ending.send(true);
        self.handle.graceful_shutdown(Some(FAREWELL));
        self.ended().await
    }

    /// Waits until the server ends.
    ///
    /// # Errors
    /// When it failed.
    pub async fn ended(self) -> Result<(), Error> {
        let result = self.task.await.unwrap_or(Ok(()));
        result.map_err(|source| Error::System {
            what: "serving".to_owned(),
            source,
        })
    }
}

/// Loads the world and begins to answer.
///
/// # Errors
/// When the world cannot be loaded or the address not be listened at.
pub async fn start(configuration: Configuration) -> Result<Serving, Error> {
    let system = |what: String| |source| Error::System { what, source };
    let listener = TcpListener::bind(configuration.listen)
        .map_err(system(format!("cannot listen at {}", configuration.listen)))?;
    let prepared = listener.set_nonblocking(true);
    let address = prepared
        .and_then(|()| listener.local_addr())
        .map_err(system("cannot listen".to_owned()))?;
    let load = Arc::clone(&configuration.load);
    let samos = tokio::task::spawn_blocking(move || load())
        .await
        .map_err(|error| Error::System {
            what: "loading the world".to_owned(),
            source: std::io::Error::other(error),
        })??;
    let (ending, is_ending) = watch::channel(false);
    let issuer = match &configuration.oidc {
        None => None,
        Some(oidc) => {
            let policies = samos.user_policies(oidc.policy.as_deref())?;
            let found = Issuer::discover(oidc.clone(), policies).await;
            Some(found.map_err(|message| Error::System {
                what: format!("the issuer `{}` cannot be used", oidc.issuer),
                source: std::io::Error::other(message),
            })?)
        }
    };
    let server = assemble(configuration, samos, issuer, address, is_ending)?;
    crate::running::take_up(&server)?;
    let access = server.configuration.access.clone();
    let tls = server.configuration.tls.clone();
    let app = router(&server);
    let handle = Handle::new();
    let accepting = axum_server::from_tcp(listener).map_err(system("cannot listen".to_owned()))?;
    let accepting = accepting.handle(handle.clone());
    let (scheme, task) = match tls {
        None => {
            let serving = accepting.serve(app.into_make_service());
            ("http", tokio::spawn(serving))
        }
        Some(tls) => {
            // An embedder may have chosen its own already, which then stands.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let config = RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await;
            let config = config.map_err(system(format!(
                "cannot use the certificate `{}`",
                tls.certificate.display()
            )))?;
            let accepting =
                accepting.acceptor(axum_server::tls_rustls::RustlsAcceptor::new(config));
            let serving = accepting.serve(app.into_make_service());
            ("https", tokio::spawn(serving))
        }
    };
    Ok(Serving {
        address,
        scheme,
        handle,
        ending,
        task,
        access,
    })
}

fn assemble(
    configuration: Configuration,
    mut samos: Samos,
    issuer: Option<Issuer>,
    address: SocketAddr,
    ending: watch::Receiver<bool>,
) -> Result<Arc<Server>, Error> {
    let runs = samos.runs()?;
    // The world goes on as the last run left it.
    if samos.is_of_files()
        && let Some(last) = runs.last()
    {
        samos.go_on_after(last.id())?;
    }
    let world = Publisher::start(samos, &runs).map_err(|source| Error::System {
        what: "cannot begin a thread".to_owned(),
        source,
    })?;
    let plans = Shelf::default();
    for run in &runs {
        plans.keep(&run.plan, true);
    }
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let events = EventLog::open(configuration.events_kept, configuration.event_log.clone());
    let server = Arc::new(Server {
        names: Names::new(&configuration, address),
        issuer,
        address,
        world,
        events,
        metrics: Metrics::new(),
        streams: AtomicUsize::new(0),
        plans,
        approvals: Approvals::default(),
        under_way: Mutex::default(),
        turns: Arc::new(Turns::new(configuration.runs_at_once)),
        workers: Arc::new(Semaphore::new(workers * 2)),
        ending,
        configuration,
    });
    Ok(server)
}

/// The parts of a server that listens nowhere.
pub(crate) fn alone(configuration: Configuration) -> Result<Arc<Server>, Error> {
    let samos = (configuration.load)()?;
    let (_, ending) = watch::channel(false);
    assemble(
        configuration,
        samos,
        None,
        SocketAddr::from(([127, 0, 0, 1], 0)),
        ending,
    )
}

/// Serves until it is told to end by the system: `announce` hears the address once it answers.
///
/// # Errors
/// When the server does not begin, or fails.
pub fn serve(configuration: Configuration, announce: impl FnOnce(&Serving)) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::System {
            what: "cannot begin".to_owned(),
            source,
        })?;
    let result = runtime.block_on(async {
        let serving = start(configuration).await?;
        announce(&serving);
        told_to_end().await;
        serving.end().await
    });
    // A search that nobody waits for any more holds nobody up.
    runtime.shutdown_background();
    result
}

/// Waits for the system's word to end.
async fn told_to_end() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a way to hear of it there is nothing to wait for but the end itself.
    let _ = interrupt.await;
}

/// The description of everything that is served, as OpenAPI 3.1.
#[must_use = "this makes a value and changes nothing"]
pub fn document() -> utoipa::openapi::OpenApi {
    parts().1
}

/// The routes, and their description with a word about each answer, as OpenAPI 3.1 asks for.
fn parts() -> (Router<Arc<Server>>, utoipa::openapi::OpenApi) {
    let (routes, mut document) = described().split_for_parts();
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.head,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            for (status, answer) in &mut operation.responses.responses {
                let RefOr::T(answer) = answer else { continue };
                if answer.description.is_empty() {
                    answer.description = match status.as_str() {
                        "202" => "It was begun.",
                        "204" => "It is done.",
                        "503" => "Not now.",
                        _ => "What was asked for.",
                    }
                    .to_owned();
                }
            }
        }
    }
    (routes, document)
}

fn described() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::with_openapi(api::Description::openapi())
        .merge(api::routes())
        .merge(sparql::routes())
        .merge(pages::operator_routes())
}

fn router(server: &Arc<Server>) -> Router {
    let (described, document) = parts();
    let limit = server.configuration.max_body;
    let compressed =
        SizeAbove::new(COMPRESSED_FROM).and(NotForContentType::const_new("text/event-stream"));
    described
        .merge(pages::routes(document))
        .route("/store/{*path}", axum::routing::any(sparql::direct))
        .nest_service("/mcp", mcp::service(server))
        .fallback(pages::nothing)
        .method_not_allowed_fallback(method)
        .layer(middleware::from_fn_with_state(
            Arc::clone(server),
            access::guard,
        ))
        .layer(middleware::from_fn_with_state(Arc::clone(server), count))
        .layer(DefaultBodyLimit::max(limit))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().gzip(true).compress_when(compressed))
        .layer(cors(&server.configuration))
        .with_state(Arc::clone(server))
}

/// Counts and marks every answer.
async fn count(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let watch = Stopwatch::start();
    let method = request.method().as_str().to_owned();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "other".to_owned(), |route| route.as_str().to_owned());
    let span = spans::of_request(
        request.method(),
        &route,
        request.uri().path(),
        request.headers(),
    );
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    spans::answered(&span, status);
    server
        .metrics
        .count(&method, &route, status, watch.elapsed());
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::X_FRAME_OPTIONS)
        .or_insert(HeaderValue::from_static("DENY"));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn method(request: Request) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        codes::METHOD,
        format!(
            "`{}` is not offered at `{}`",
            request.method(),
            request.uri().path()
        ),
        "/api/openapi.json lists the methods of each path",
    )
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::internal("a request ended in a panic").into_response()
}

fn cors(configuration: &Configuration) -> CorsLayer {
    // The layer sets `Vary` for all, so it also says what answers in several forms depend on.
    let layer = CorsLayer::new()
        .vary([header::ORIGIN, header::ACCEPT])
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::HeaderName::from_static("last-event-id"),
        ]);
    if configuration.origins.iter().any(|origin| origin == "*") {
        return layer.allow_origin(AllowOrigin::any());
    }
    let origins = configuration.origins.iter();
    layer.allow_origin(AllowOrigin::list(
        origins.filter_map(|origin| HeaderValue::from_str(origin).ok()),
    ))
}
