//! Plain REST: calls that a mapping spells out, sent to where the account's catalogue says, in the account's name.
//!
//! In: [`Call::Http`]. Out: [`Answer`]s whose document is JSON, whatever the body was ([`document`]). How one signs in is one
//! module each ([`identity`]); a session that ran out is renewed once, as what is refused took no effect.

mod document;
pub mod identity;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use samos_mapping::{Answer, Body, Call};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use tracing::Instrument as _;

use crate::driver::{Driver, Preview, PreviewHeader, SendError, SendOptions, wrong_kind};
use crate::limits::Limits;
use crate::retry;
use crate::transport::Transport;

pub use identity::{Authentication, Session};

/// How long before its end a session is renewed.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// An account of a REST interface.
#[derive(Debug)]
pub struct HttpDriver {
    transport: Transport,
    authentication: Authentication,
    /// Addresses by service, in front of the catalogue; the empty name stands for every service.
    endpoints: BTreeMap<String, String>,
    region: Option<String>,
    limits: Limits,
    held: Mutex<Option<Arc<Session>>>,
}

impl HttpDriver {
    /// An account that signs in by `authentication`.
    #[must_use = "this makes a value and changes nothing"]
    pub fn new(
        transport: Transport,
        authentication: Authentication,
        endpoints: BTreeMap<String, String>,
        region: Option<String>,
    ) -> Self {
        Self {
            transport,
            authentication,
            endpoints,
            region,
            limits: Limits::default(),
            held: Mutex::new(None),
        }
    }

    /// The same, sending no more than so many requests a second to each region.
    #[must_use = "this returns the new value"]
    pub fn limited_to(mut self, per_second: std::num::NonZeroU32) -> Self {
        self.limits = Limits::per_second(per_second);
        self
    }

    /// Signs in, and gives what the account may use: shows that the credentials are good.
    ///
    /// # Errors
    /// When they are not, or the identity service does not answer.
    pub async fn session(&self, deadline: Duration) -> Result<Arc<Session>, SendError> {
        let mut held = self.held.lock().await;
        let now = now();
        if let Some(session) = held.as_ref().filter(|one| one.lasts(now + RENEW_BEFORE)) {
            return Ok(Arc::clone(session));
        }
        let session = self
            .authentication
            .sign_in(&self.transport, deadline)
            .await?;
        let session = Arc::new(session);
        *held = Some(Arc::clone(&session));
        Ok(session)
    }

    /// The request as it would be sent; `None` for the session leaves who asks out of it.
    ///
    /// # Errors
    /// When nobody knows where the service is, or a part cannot stand in a request.
    pub fn request(
        &self,
        call: &Call,
        session: Option<&Session>,
    ) -> Result<http::Request<Vec<u8>>, SendError> {
        let Call::Http {
            service,
            method,
            path,
            query,
            headers,
            body,
            region,
        } = call
        else {
            return Err(wrong_kind("HTTP"));
        };
        let region = region.as_deref().or(self.region.as_deref());
        let base = self.address(service, region, session)?;
        // The next page is named by its whole address: it must be one of the same place.
        let mut address = match path.strip_prefix(base.trim_end_matches('/')) {
            Some(rest) => format!("{}{rest}", base.trim_end_matches('/')),
            None if path.contains("://") => {
                return Err(SendError::not_sent(format!(
                    "`{}` is not below the endpoint of `{service}`",
                    path.split('?').next().unwrap_or_default()
                )));
            }
            None => format!("{}{path}", base.trim_end_matches('/')),
        };
        if !query.is_empty() {
            let encoded = form(query);
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(&encoded);
        }
        let mut request = http::Request::builder()
            .method(method.as_str())
            .uri(address)
            .header(http::header::ACCEPT, accepted(headers));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let (content_type, bytes) = match body {
            None => (None, Vec::new()),
            Some(Body::Json(json)) => (Some("application/json"), json.to_string().into_bytes()),
            Some(Body::Form(fields)) => (
                Some("application/x-www-form-urlencoded"),
                form(fields).into_bytes(),
            ),
            Some(Body::Xml(text)) => (Some("application/xml"), text.clone().into_bytes()),
            Some(Body::Text(text)) => {
                (Some("text/plain; charset=utf-8"), text.clone().into_bytes())
            }
        };
        let mut request = request.body(bytes).map_err(SendError::not_sent)?;
        if let Some(content_type) = content_type {
            let own = HeaderValue::from_static(content_type);
            request.headers_mut().entry(CONTENT_TYPE).or_insert(own);
        }
        for (name, value) in session.map(Session::headers).unwrap_or_default() {
            let mut value = HeaderValue::from_str(value.expose_secret())
                .map_err(|_| SendError::not_sent("the session's token is no header"))?;
            value.set_sensitive(true);
            request.headers_mut().insert(name, value);
        }
        Ok(request)
    }

    /// Is the service's address known without asking?
    fn knows(&self, service: &str) -> bool {
        self.endpoints.contains_key(service) || self.endpoints.contains_key("")
    }

    fn address(
        &self,
        service: &str,
        region: Option<&str>,
        session: Option<&Session>,
    ) -> Result<String, SendError> {
        let own = self.endpoints.get(service);
        if let Some(address) = own.or_else(|| self.endpoints.get("")) {
            return Ok(address.clone());
        }
        let found = session.and_then(|session| session.catalogue.address(service, region));
        found.ok_or_else(|| {
            SendError::not_sent(format!(
                "the account has no endpoint of `{service}`{}",
                region
                    .map(|region| format!(" in {region}"))
                    .unwrap_or_default()
            ))
        })
    }

    async fn attempt(&self, call: &Call, options: &SendOptions) -> Result<Answer, SendError> {
        let session = self.session(options.deadline).await?;
        let answer = self.exchange(call, &session, options).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        // Refused before anything was done: a session may end early.
        let can_renew = self.authentication.can_renew();
        let answer = if can_renew {
            self.held
                .lock()
                .await
                .take_if(|held| Arc::ptr_eq(held, &session));
            let session = self.session(options.deadline).await?;
            self.exchange(call, &session, options).await?
        } else {
            answer
        };
        if answer.status != 401 {
            return Ok(answer);
        }
        let said = answer.error.unwrap_or_default();
        let again = if can_renew {
            " also after signing in anew"
        } else {
            ""
        };
        Err(SendError::NotSignedIn {
            message: format!(
                "the service refuses the account's credentials{again}: {} (401)",
                said.message
            ),
        })
    }

    async fn exchange(
        &self,
        call: &Call,
        session: &Session,
        options: &SendOptions,
    ) -> Result<Answer, SendError> {
        let request = self.request(call, Some(session))?;
        let answer = self.transport.exchange(request, options.deadline).await?;
        document::answer(&answer)
    }
}

impl Driver for HttpDriver {
    fn sign_in(&self, deadline: Duration) -> BoxFuture<'_, Result<(), SendError>> {
        Box::pin(async move { self.session(deadline).await.map(drop) })
    }

    fn preview<'a>(
        &'a self,
        call: &'a Call,
        options: &'a SendOptions,
        signed: bool,
    ) -> BoxFuture<'a, Result<Option<Preview>, SendError>> {
        Box::pin(async move {
            let session = match signed {
                true => Some(self.session(options.deadline).await?),
                false => None,
            };
            let request = match (self.request(call, session.as_deref()), call) {
                // Only the catalogue knows where it would go, and that is asked for when one signs in.
                (Err(_), Call::Http { service, .. }) if !signed && !self.knows(service) => {
                    return Ok(None);
                }
                (request, _) => request?,
            };
            let headers = request.headers().iter().map(|(name, value)| PreviewHeader {
                name: name.as_str().to_owned(),
                value: String::from_utf8_lossy(value.as_bytes())
                    .into_owned()
                    .into(),
                is_secret: value.is_sensitive(),
            });
            Ok(Some(Preview {
                method: Some(request.method().to_string()),
                address: request.uri().to_string(),
                headers: headers.collect(),
                body: request.body().clone(),
            }))
        })
    }

    fn send<'a>(
        &'a self,
        call: &'a Call,
        options: &'a SendOptions,
    ) -> BoxFuture<'a, Result<Answer, SendError>> {
        let Call::Http {
            service,
            method,
            region,
            ..
        } = call
        else {
            return Box::pin(async { Err(wrong_kind("HTTP")) });
        };
        let span = tracing::debug_span!("http call", %service, %method);
        let region = region.as_deref().or(self.region.as_deref()).unwrap_or("");
        Box::pin(
            async move {
                let limits = (&self.limits, region);
                retry::while_safe(options, limits, || self.attempt(call, options)).await
            }
            .instrument(span),
        )
    }
}

fn form(fields: &[(String, String)]) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        text.append_pair(name, value);
    }
    text.finish()
}

fn accepted(headers: &[(String, String)]) -> HeaderValue {
    let own = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("accept"));
    own.and_then(|(_, value)| HeaderValue::from_str(value).ok())
        .unwrap_or(HeaderValue::from_static("application/json"))
}

#[allow(
    clippy::disallowed_methods,
    reason = "tokens end by the clock; drivers are the edge"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

/// `Authorization: SCHEME …`.
fn authorization(scheme: &str, proof: &str) -> (HeaderName, SecretString) {
    (
        AUTHORIZATION,
        SecretString::from(format!("{scheme} {proof}")),
    )
}
