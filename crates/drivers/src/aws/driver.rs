//! The driver: finds model, endpoint and credentials, signs, sends, reads.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use backon::Retryable as _;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use samos_mapping::call::{Answer, ApiError, Call};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::catalogue::{Catalogue, Loaded};
use super::credentials::{Chain, Credentials, Environment, Found, Profiles, assumed};
use super::endpoints::{Destination, Whereabouts, destination};
use super::error::Error;
use super::model::Operation;
use super::request::{RenderOptions, RenderedRequest, render};
use super::response::{Reading, read};
use super::sign::{SignedPath, SigningScope, is_anonymous, scope_of_model, sign};
use super::value::Timestamps;
use crate::driver::{Driver, Preview, PreviewHeader, SendError, SendOptions, wrong_kind};
use crate::limits::Limits;
use crate::retry::waits;
use crate::transport::{ConnectionSettings, Transport};

/// Credentials that end sooner than this are fetched anew.
const FRESH_FOR: Duration = Duration::from_secs(300);

/// How one account of AWS is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder of the vendor's models (botocore's `data`).
    pub models: PathBuf,
    /// The region of calls that name none. Left out: what environment and profile say.
    pub region: Option<String>,
    /// One address for all services, as of a test server.
    pub address: Option<String>,
    /// Addresses of single services, by the vendor's name of them.
    pub addresses: BTreeMap<String, String>,
    /// Who asks. Left out: the chain of places that users of AWS know.
    pub credentials: Option<Credentials>,
    /// The environment for that chain.
    pub environment: Environment,
    /// How many requests a second each region gets at most.
    pub requests_per_second: Option<NonZeroU32>,
    /// Certificates, where they are not the usual.
    pub connections: ConnectionSettings,
    /// What time it is.
    pub clock: fn() -> SystemTime,
}

impl Settings {
    /// Models in this folder, everything else from an empty environment and by the machine's clock.
    #[must_use = "this makes a value and changes nothing"]
    pub fn new(models: impl Into<PathBuf>) -> Self {
        Self {
            models: models.into(),
            region: None,
            address: None,
            addresses: BTreeMap::new(),
            credentials: None,
            environment: Environment::default(),
            requests_per_second: None,
            connections: ConnectionSettings::default(),
            clock: machine_clock,
        }
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a signature carries the time; drivers are the edge, and tests set another clock"
)]
fn machine_clock() -> SystemTime {
    SystemTime::now()
}

/// Sends calls to AWS, or to what speaks like it.
pub struct AwsDriver {
    settings: Settings,
    profiles: Profiles,
    catalogue: Catalogue,
    transport: Transport,
    limits: Limits,
    found: Mutex<Option<Credentials>>,
}

impl AwsDriver {
    /// A driver for one account.
    ///
    /// # Errors
    /// When the models, the profile files or a certificate cannot be read.
    pub fn new(settings: Settings) -> Result<Self, SendError> {
        Ok(Self {
            profiles: Profiles::read(&settings.environment).map_err(SendError::not_sent)?,
            catalogue: Catalogue::open(&settings.models).map_err(SendError::not_sent)?,
            transport: Transport::new(&settings.connections)?,
            limits: settings
                .requests_per_second
                .map(Limits::per_second)
                .unwrap_or_default(),
            found: Mutex::new(None),
            settings,
        })
    }

    fn asked<'c>(&self, call: &'c Call, within: Duration) -> Result<Asked<'c>, SendError> {
        let Call::Model {
            service,
            operation,
            input,
            region,
        } = call
        else {
            return Err(wrong_kind("AWS"));
        };
        let loaded = self
            .catalogue
            .service(service)
            .map_err(SendError::not_sent)?;
        let environment = &self.settings.environment;
        let region = region
            .as_deref()
            .or(self.settings.region.as_deref())
            .or_else(|| environment.variable("AWS_REGION"))
            .or_else(|| environment.variable("AWS_DEFAULT_REGION"))
            .or_else(|| self.profiles.value("region"));
        Ok(Asked {
            service,
            operation,
            input,
            region: region.unwrap_or_default().to_owned(),
            loaded,
            until: Instant::now() + within,
        })
    }

    /// The request of a call and what it must be signed for; nothing where it is not signed.
    fn rendered(
        &self,
        asked: &Asked<'_>,
        token: Option<&str>,
    ) -> Result<(RenderedRequest, Option<SigningScope>), Error> {
        let service = &asked.loaded.service;
        let operation = service.operation(asked.operation)?;
        let environment = &self.settings.environment;
        let flag = |variable: &str, key: &str| {
            environment.is_true(variable)
                || self
                    .profiles
                    .value(key)
                    .is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        let whereabouts = Whereabouts {
            region: asked.region.clone(),
            address: self.address(asked),
            is_fips: flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            is_dual_stack: flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
        };
        let partitions = self.catalogue.partitions()?;
        let rules = asked.loaded.rules.as_ref();
        let destination = destination(
            service,
            operation,
            rules,
            &partitions,
            asked.input,
            &whereabouts,
        )?;
        let name = destination
            .address
            .host
            .split(':')
            .next()
            .unwrap_or_default();
        let is_bare = name == "localhost"
            || name.starts_with('[')
            || name.parse::<std::net::Ipv4Addr>().is_ok();
        let options = RenderOptions {
            address: Some(destination.address.clone()),
            token: token.map(str::to_owned),
            bucket_in_address: destination.has_bucket,
            without_host_prefix: is_bare,
        };
        let mut request = render(service, asked.operation, asked.input, &options)?;
        for (name, value) in &destination.headers {
            request.set_header(name, value);
        }
        let scope = scope(asked, operation, &destination, &request);
        Ok((request, scope))
    }

    /// An address of one's own for the service: from the settings, then as other tools of AWS look for it.
    fn address(&self, asked: &Asked<'_>) -> Option<String> {
        let settings = &self.settings;
        let own = settings
            .addresses
            .get(asked.service)
            .or(settings.address.as_ref());
        if let Some(address) = own {
            return Some(address.clone());
        }
        let environment = &settings.environment;
        if environment.is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
            return None;
        }
        let id = asked
            .loaded
            .service
            .metadata
            .service_id
            .as_deref()
            .unwrap_or(asked.service);
        let id = id.replace([' ', '-'], "_").to_ascii_uppercase();
        let address = environment
            .variable(&format!("AWS_ENDPOINT_URL_{id}"))
            .or_else(|| environment.variable("AWS_ENDPOINT_URL"))
            .or_else(|| self.profiles.value("endpoint_url"));
        address.map(str::to_owned)
    }

    /// Who asks, fetched anew when it ends soon.
    async fn credentials(&self) -> Result<Credentials, SendError> {
        if let Some(credentials) = &self.settings.credentials {
            return Ok(credentials.clone());
        }
        let mut found = self.found.lock().await;
        let now = (self.settings.clock)();
        let is_fresh = |credentials: &Credentials| {
            credentials
                .expires
                .is_none_or(|expires| expires > now + FRESH_FOR)
        };
        if let Some(credentials) = found.as_ref().filter(|credentials| is_fresh(credentials)) {
            return Ok(credentials.clone());
        }
        let chain = Chain {
            environment: &self.settings.environment,
            profiles: &self.profiles,
            transport: &self.transport,
            now,
        };
        let start = chain.find().await.map_err(not_signed_in)?;
        let credentials = self.taken(start).await?;
        *found = Some(credentials.clone());
        Ok(credentials)
    }

    /// Takes the roles that stand between what was found and credentials.
    fn taken(&self, found: Found) -> BoxFuture<'_, Result<Credentials, SendError>> {
        async move {
            let role = match found {
                Found::Credentials(credentials) => return Ok(credentials),
                Found::Role(role) => *role,
            };
            let by = match role.by {
                Some(by) => Some(self.taken(by).await?),
                None => None,
            };
            let call = Call::Model {
                service: "sts".to_owned(),
                operation: role.operation.to_owned(),
                input: role.input,
                region: None,
            };
            let options = SendOptions::reading();
            let asked = self.asked(&call, options.deadline)?;
            // To take a role changes nothing.
            let answer = self.once(&asked, &options, by.as_ref()).await?;
            if let Some(error) = answer.error {
                return Err(SendError::NotSignedIn {
                    message: format!("the role is refused: {} ({})", error.message, error.code),
                });
            }
            assumed(&answer.document).ok_or_else(|| SendError::Malformed {
                message: "STS gave no credentials for the role".to_owned(),
            })
        }
        .boxed()
    }

    /// Sends a call once.
    async fn once(
        &self,
        asked: &Asked<'_>,
        options: &SendOptions,
        credentials: Option<&Credentials>,
    ) -> Result<Answer, SendError> {
        let fresh;
        let token = match options.token.as_deref() {
            Some(token) => token,
            None => {
                fresh = uuid::Uuid::new_v4().to_string();
                &fresh
            }
        };
        let (mut request, scope) = self
            .rendered(asked, Some(token))
            .map_err(SendError::not_sent)?;
        if let (Some(scope), Some(credentials)) = (&scope, credentials) {
            let now = (self.settings.clock)();
            sign(&mut request, credentials, scope, now).map_err(SendError::not_sent)?;
        }
        self.limits.wait(&asked.region).await;
        let answer = self
            .transport
            .exchange(
                wire(request)?,
                asked.until.saturating_duration_since(Instant::now()),
            )
            .await?;
        let status = answer.status().as_u16();
        let headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.as_str().to_owned(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        let service = &asked.loaded.service;
        let reading = read(
            service,
            asked.operation,
            status,
            &headers,
            answer.body(),
            Timestamps::Iso8601,
        )
        .map_err(|error| SendError::Malformed {
            message: format!("status {status}: {error}"),
        })?;
        let (document, error) = match reading {
            Reading::Outcome(outcome) => (outcome, None),
            Reading::Error(error) => (Value::Null, Some(error)),
        };
        Ok(Answer {
            status,
            headers: headers.into_iter().collect(),
            document,
            error,
        })
    }

    /// Sends a call in somebody's name: in that of credentials fetched anew where the first have ended, as what is refused
    /// took no effect.
    async fn signed(&self, asked: &Asked<'_>, options: &SendOptions) -> Result<Answer, SendError> {
        let operation = asked.loaded.service.operation(asked.operation);
        if is_anonymous(operation.map_err(SendError::not_sent)?) {
            return self.with_patience(asked, options, None).await;
        }
        let credentials = self.credentials().await?;
        let answer = self
            .with_patience(asked, options, Some(&credentials))
            .await?;
        let answer = match refusal_of_credentials(&answer) {
            None => return Ok(answer),
            Some(_) if self.settings.credentials.is_some() => answer,
            Some(_) => {
                let secret = credentials.secret_key.expose_secret();
                self.found
                    .lock()
                    .await
                    .take_if(|held| held.secret_key.expose_secret() == secret);
                let credentials = self.credentials().await?;
                self.with_patience(asked, options, Some(&credentials))
                    .await?
            }
        };
        match refusal_of_credentials(&answer) {
            None => Ok(answer),
            Some(error) => Err(SendError::NotSignedIn {
                message: format!(
                    "the account's credentials have ended or are not known: {} ({})",
                    error.message, error.code
                ),
            }),
        }
    }

    /// Sends a call, and again after growing waits where that is safe and a moment may help.
    async fn with_patience(
        &self,
        asked: &Asked<'_>,
        options: &SendOptions,
        credentials: Option<&Credentials>,
    ) -> Result<Answer, SendError> {
        // A token that the operation takes makes a second sending the same request.
        let is_repeatable = options.information || (options.token.is_some() && asked.takes_token());
        let send = || async {
            match self.once(asked, options, credentials).await {
                Ok(answer) if asks_for_patience(&answer, is_repeatable) => {
                    Err(Setback::Answer(Box::new(answer)))
                }
                Ok(answer) => Ok(answer),
                Err(error) => Err(Setback::Error(error)),
            }
        };
        let sent = send
            .retry(waits(options.deadline))
            .sleep(tokio::time::sleep)
            .when(|setback| match setback {
                Setback::Answer(_) => true,
                Setback::Error(SendError::Unreachable { .. }) => true,
                Setback::Error(SendError::Lost { .. }) => is_repeatable,
                Setback::Error(_) => false,
            });
        match sent.await {
            Ok(answer) => Ok(answer),
            Err(Setback::Answer(answer)) => Ok(*answer),
            Err(Setback::Error(error)) => Err(error),
        }
    }
}

impl Driver for AwsDriver {
    fn sign_in(&self, _deadline: Duration) -> BoxFuture<'_, Result<(), SendError>> {
        async move { self.credentials().await.map(drop) }.boxed()
    }

    fn preview<'a>(
        &'a self,
        call: &'a Call,
        options: &'a SendOptions,
        signed: bool,
    ) -> BoxFuture<'a, Result<Option<Preview>, SendError>> {
        async move {
            let asked = self.asked(call, options.deadline)?;
            let rendered = self.rendered(&asked, options.token.as_deref());
            let (mut request, scope) = rendered.map_err(SendError::not_sent)?;
            if let (true, Some(scope)) = (signed, &scope) {
                let credentials = self.credentials().await?;
                let now = (self.settings.clock)();
                sign(&mut request, &credentials, scope, now).map_err(SendError::not_sent)?;
            }
            let is_secret = |name: &str| {
                ["authorization", "x-amz-security-token"]
                    .iter()
                    .any(|secret| name.eq_ignore_ascii_case(secret))
            };
            let headers = request.headers.into_iter();
            Ok(Some(Preview {
                method: Some(request.method),
                address: format!("{}://{}{}", request.scheme, request.host, request.uri),
                headers: headers
                    .map(|(name, value)| PreviewHeader {
                        is_secret: is_secret(&name),
                        name,
                        value: value.into(),
                    })
                    .collect(),
                body: request.body,
            }))
        }
        .boxed()
    }

    fn send<'a>(
        &'a self,
        call: &'a Call,
        options: &'a SendOptions,
    ) -> BoxFuture<'a, Result<Answer, SendError>> {
        async move {
            let asked = self.asked(call, options.deadline)?;
            let span = tracing::info_span!(
                "aws",
                service = asked.service,
                operation = asked.operation,
                region = asked.region.as_str(),
                status = tracing::field::Empty,
                error = tracing::field::Empty,
            );
            let answer = self.signed(&asked, options).instrument(span.clone()).await;
            match &answer {
                Ok(answer) => {
                    span.record("status", answer.status);
                    if let Some(error) = &answer.error {
                        span.record("error", error.code.as_str());
                    }
                }
                Err(error) => {
                    span.record("error", tracing::field::display(error));
                }
            }
            answer
        }
        .boxed()
    }
}

/// A call with what was found out about it.
struct Asked<'c> {
    service: &'c str,
    operation: &'c str,
    input: &'c Value,
    region: String,
    loaded: Arc<Loaded>,
    /// When all tries together have taken long enough.
    until: Instant,
}

impl Asked<'_> {
    /// Does the operation take an idempotency token?
    fn takes_token(&self) -> bool {
        let service = &self.loaded.service;
        let operation = service.operation(self.operation).ok();
        let input = operation.and_then(|operation| operation.input.as_ref());
        let shape = input.and_then(|input| service.member(input).ok());
        shape.is_some_and(|shape| {
            shape
                .shape
                .members
                .values()
                .any(|member| member.idempotency_token)
        })
    }
}

/// What went wrong with one sending.
enum Setback {
    Answer(Box<Answer>),
    Error(SendError),
}

/// Is it an error that passes, and is it safe to send again? What was throttled took no effect.
fn asks_for_patience(answer: &Answer, is_repeatable: bool) -> bool {
    const THROTTLED: [&str; 14] = [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
        "429",
    ];
    let Some(error) = &answer.error else {
        return false;
    };
    let is_throttled = THROTTLED.contains(&error.code.as_str());
    is_throttled || (is_repeatable && matches!(answer.status, 500 | 502 | 503 | 504))
}

/// The error that says that whoever asks is not known, or no more.
fn refusal_of_credentials(answer: &Answer) -> Option<&ApiError> {
    const CODES: [&str; 5] = [
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
    ];
    let error = answer.error.as_ref()?;
    CODES.contains(&error.code.as_str()).then_some(error)
}

fn scope(
    asked: &Asked<'_>,
    operation: &Operation,
    destination: &Destination,
    request: &RenderedRequest,
) -> Option<SigningScope> {
    let region = destination
        .signing_region
        .as_deref()
        .unwrap_or(&asked.region);
    let mut scope = scope_of_model(
        &asked.loaded.service.metadata,
        operation,
        destination.signing_name.as_deref(),
        asked.service,
        region,
    )?;
    if scope.path == SignedPath::EscapedTwice && destination.is_signed_as_sent {
        scope.path = SignedPath::EscapedOnce;
    }
    // Without encryption below, the body must be part of what is signed.
    scope.unsigned_payload &= request.scheme == "https";
    Some(scope)
}

/// The request as the transport takes it, its path exactly as it was signed.
fn wire(request: RenderedRequest) -> Result<http::Request<Vec<u8>>, SendError> {
    let path = request.uri.split('?').next().unwrap_or_default();
    let is_dots = |segment: &str| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    };
    if path.split('/').any(is_dots) {
        return Err(SendError::not_sent(
            "a part of the path is `.` or `..`, which HTTP resolves on the way; use another name",
        ));
    }
    let uri = format!("{}://{}{}", request.scheme, request.host, request.uri);
    let mut builder = http::Request::builder()
        .method(request.method.as_str())
        .uri(uri);
    for (name, value) in &request.headers {
        let mut value =
            http::HeaderValue::from_bytes(value.as_bytes()).map_err(SendError::not_sent)?;
        let is_proof = ["authorization", "x-amz-security-token"]
            .iter()
            .any(|secret| name.eq_ignore_ascii_case(secret));
        value.set_sensitive(is_proof);
        builder = builder.header(name, value);
    }
    builder.body(request.body).map_err(SendError::not_sent)
}

fn not_signed_in(error: Error) -> SendError {
    SendError::NotSignedIn {
        message: match error {
            Error::Credentials { message } => message,
            other => other.to_string(),
        },
    }
}
