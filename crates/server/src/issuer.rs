//! Access tokens of an issuer (OpenID Connect): who somebody is, as far as the issuer vouches for it.
//!
//! In: the issuer's discovery document and published keys; a token. Out: a user with roles, or why the token does not count:
//! not signed by a published key, of another issuer or for another audience, not valid now. Keys that are not known are
//! asked for again, though not for every token that names one, and keys that were withdrawn are forgotten in minutes.
//! Not here: logging anybody in, which is between the user's client and the issuer; and what a user may do.

mod judging;

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::http::{StatusCode, header};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, Header, Validation, decode, decode_header,
};
use samos::access::{User, UserPolicies};
use samos::model::codes::serving;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clock::Stopwatch;
use crate::configuration::Oidc;
use crate::problem::Problem;

/// The clocks of issuer and server may differ by that much.
const LEEWAY_S: u64 = 30;
/// How long the issuer may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Keys are asked for again when they have been known for so long.
const KNOWN_FOR: Duration = Duration::from_secs(300);
/// Tokens that name keys nobody knows make the issuer be asked no more often than that.
const ASKED_EVERY: Duration = Duration::from_secs(5);
/// What an issuer publishes is not larger.
const MOST_BYTES: usize = 1 << 20;
/// Longer tokens are not looked at.
const LONGEST_TOKEN: usize = 16 << 10;

/// What an issuer says of itself; the rest is for those who log in.
#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

/// The keys that an issuer publishes.
struct Known {
    keys: Vec<Jwk>,
    since: Stopwatch,
}

/// An issuer whose tokens count here, and what its users may do.
pub(crate) struct Issuer {
    pub(crate) policies: UserPolicies,
    oidc: Oidc,
    client: reqwest::Client,
    keys_at: String,
    known: RwLock<Arc<Known>>,
    /// Held while the issuer is asked.
    asking: tokio::sync::Mutex<()>,
}

impl Issuer {
    /// Asks the issuer for its keys.
    pub(crate) async fn discover(oidc: Oidc, policies: UserPolicies) -> Result<Self, String> {
        judging::install();
        // An embedder may have chosen its own already, which then stands.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("samos/", env!("CARGO_PKG_VERSION")))
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| error.to_string())?;
        let at = format!(
            "{}/.well-known/openid-configuration",
            oidc.issuer.trim_end_matches('/')
        );
        let discovered: Discovered = fetched(&client, &at).await?;
        if discovered.issuer != oidc.issuer {
            return Err(format!(
                "it calls itself `{}`, so its tokens would never count",
                discovered.issuer
            ));
        }
        let set: JwkSet = fetched(&client, &discovered.jwks_uri).await?;
        Ok(Self {
            policies,
            oidc,
            client,
            keys_at: discovered.jwks_uri,
            known: RwLock::new(Arc::new(Known {
                keys: set.keys,
                since: Stopwatch::start(),
            })),
            asking: tokio::sync::Mutex::new(()),
        })
    }

    /// Whose token that is.
    pub(crate) async fn judge(&self, token: &str) -> Result<User, Problem> {
        if token.len() > LONGEST_TOKEN {
            return Err(refused("it is too long"));
        }
        let header = decode_header(token).map_err(|error| refused(reason(error.kind())))?;
        if header.alg.family() == AlgorithmFamily::Hmac {
            return Err(refused(
                "it is signed with a shared secret, which is no key of the issuer's",
            ));
        }
        if header.crit.is_some() {
            return Err(refused("its header asks for what is not understood here"));
        }
        let is_token = header.typ.as_deref().is_none_or(|typ| {
            let typ = typ.to_ascii_lowercase();
            matches!(typ.as_str(), "jwt" | "at+jwt" | "application/at+jwt")
        });
        if !is_token {
            return Err(refused("it is a token of another kind"));
        }
        let key = match self.key(&header) {
            Some(key) => key,
            None => {
                self.ask_again(&header).await?;
                self.key(&header)
                    .ok_or_else(|| refused("no key that the issuer publishes fits it"))?
            }
        };
        let claims = decode::<Value>(token, &key, &self.validation(header.alg))
            .map_err(|error| refused(reason(error.kind())))?
            .claims;
        let name = claims.get("sub").and_then(Value::as_str);
        Ok(User {
            name: name.ok_or_else(|| refused("it names nobody"))?.to_owned(),
            roles: roles(&claims, &self.oidc.roles),
        })
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY_S;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.oidc.issuer]);
        validation.set_audience(&self.oidc.audience);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation
    }

    /// The key that a token says it is signed with, where it is known and has not been for too long.
    fn key(&self, header: &Header) -> Option<DecodingKey> {
        let known = self.known();
        if known.since.elapsed() > KNOWN_FOR {
            return None;
        }
        fitting(&known.keys, header)
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks the issuer for its keys again, unless it was asked just now.
    async fn ask_again(&self, header: &Header) -> Result<(), Problem> {
        let asking = self.asking.lock().await;
        if self.known().since.elapsed() < ASKED_EVERY || self.key(header).is_some() {
            return Ok(());
        }
        let set: JwkSet = fetched(&self.client, &self.keys_at)
            .await
            .map_err(|message| {
                Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    serving::ISSUER,
                    format!("the issuer's keys cannot be had: {message}"),
                    "try again in a moment, or use the token that the server printed",
                )
                .with_header(header::RETRY_AFTER, "5")
            })?;
        let known = Arc::new(Known {
            keys: set.keys,
            since: Stopwatch::start(),
        });
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        drop(asking);
        Ok(())
    }
}

/// The one key that a token can be signed with.
fn fitting(keys: &[Jwk], header: &Header) -> Option<DecodingKey> {
    let mut fitting = keys.iter().filter(|key| {
        let common = &key.common;
        let family = match key.algorithm {
            AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa,
            AlgorithmParameters::EllipticCurve(_) => AlgorithmFamily::Ec,
            AlgorithmParameters::OctetKeyPair(_) => AlgorithmFamily::Ed,
            // What is secret is not published, and what is published is no secret.
            _ => return false,
        };
        let is_named = header.kid.is_none() || header.kid == common.key_id;
        let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
        let is_for = common.key_algorithm.as_ref().is_none_or(|algorithm| {
            algorithm.to_string().parse::<Algorithm>().ok() == Some(header.alg)
        });
        is_named && signs && is_for && family == header.alg.family()
    });
    let key = fitting.next()?;
    // Without a name it must be clear which is meant.
    if fitting.next().is_some() {
        return None;
    }
    DecodingKey::from_jwk(key).ok()
}

/// What a claim says, under its name or along a path: a list of words, or words with blanks between them.
fn roles(claims: &Value, path: &str) -> BTreeSet<String> {
    let along = || {
        path.split('.')
            .try_fold(claims, |value, name| value.get(name))
    };
    match claims.get(path).or_else(along) {
        Some(Value::Array(words)) => words
            .iter()
            .filter_map(|word| word.as_str().map(str::to_owned))
            .collect(),
        Some(Value::String(words)) => words.split_whitespace().map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

/// Reads what an issuer publishes, over HTTPS wherever it leaves this machine.
async fn fetched<T: DeserializeOwned>(client: &reqwest::Client, at: &str) -> Result<T, String> {
    let url = reqwest::Url::parse(at).map_err(|error| format!("`{at}`: {error}"))?;
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
        return Err(format!(
            "`{at}` is not HTTPS, so anybody could answer for it"
        ));
    }
    let failed = |error: reqwest::Error| {
        let mut message = format!("`{at}`: {error}");
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            message = format!("{message}: {inner}");
            cause = inner.source();
        }
        message
    };
    let mut answer = client.get(url).send().await.map_err(failed)?;
    if answer.status() != StatusCode::OK {
        return Err(format!("`{at}` answers {}", answer.status()));
    }
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(failed)? {
        body.extend_from_slice(&part);
        if body.len() > MOST_BYTES {
            return Err(format!("`{at}` answers more than {MOST_BYTES} bytes"));
        }
    }
    serde_json::from_slice(&body).map_err(|error| format!("`{at}`: {error}"))
}

/// The problem of a token that does not count. The reason never quotes the token.
fn refused(reason: impl Into<String>) -> Problem {
    let reason = reason.into();
    let challenge =
        format!("Bearer realm=\"samos\", error=\"invalid_token\", error_description=\"{reason}\"");
    Problem::new(
        StatusCode::UNAUTHORIZED,
        serving::BAD_TOKEN,
        format!("the access token does not count: {reason}"),
        "ask the issuer for a new one, for the audience of this server",
    )
    .with_header(header::WWW_AUTHENTICATE, &challenge)
}

fn reason(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::ExpiredSignature => "it has expired".to_owned(),
        ErrorKind::ImmatureSignature => "it is not valid yet".to_owned(),
        ErrorKind::InvalidAudience => "it is for another audience".to_owned(),
        ErrorKind::InvalidIssuer => "it is of another issuer".to_owned(),
        ErrorKind::InvalidSignature => "its signature is not the issuer's".to_owned(),
        ErrorKind::MissingRequiredClaim(claim) => format!("it has no claim `{claim}`"),
        ErrorKind::InvalidAlgorithm
        | ErrorKind::InvalidAlgorithmName
        | ErrorKind::UnsupportedAlgorithm => "its algorithm is none that counts here".to_owned(),
        _ => {
            "it is no token that can be read, or its algorithm is none that counts here".to_owned()
        }
    }
}
