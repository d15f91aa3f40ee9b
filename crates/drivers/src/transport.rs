//! HTTP as every driver here uses it: pooled connections, a deadline, a limit on answers, no redirects.
//!
//! Redirects are not followed: a request carries a signature or a token that is meant for one place.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use secrecy::{ExposeSecret as _, SecretString};

use crate::driver::SendError;

/// The largest answer that is read, in bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Shorter ones are words that may stand anywhere.
const LEAST_SECRET: usize = 8;
const IDLE_FOR: Duration = Duration::from_secs(60);

/// How connections are made.
#[derive(Clone, Debug, Default)]
pub struct ConnectionSettings {
    /// Certificate and key of the client (PEM), for servers that ask who connects.
    pub client_certificate: Option<SecretString>,
    /// A further authority whose certificates are trusted (PEM).
    pub authority: Option<String>,
}

/// Sends HTTP requests. A clone shares the connections.
#[derive(Clone, Debug)]
pub struct Transport {
    connections: Arc<Connections>,
}

/// Connections without and with TLS. Reading all authorities that a machine trusts takes longer than a request: they are
/// read for the first one that needs them.
#[derive(Debug)]
struct Connections {
    plain: reqwest::Client,
    secure: OnceLock<reqwest::Client>,
}

impl Transport {
    /// A pool of connections.
    ///
    /// # Errors
    /// When a certificate cannot be read.
    pub fn new(settings: &ConnectionSettings) -> Result<Self, SendError> {
        // An embedder may have chosen its own already, which then stands.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let plain = builder().tls_certs_only([]).build();
        let connections = Connections {
            plain: plain.map_err(SendError::not_sent)?,
            secure: OnceLock::new(),
        };
        if settings.client_certificate.is_none() && settings.authority.is_none() {
            return Ok(Self {
                connections: Arc::new(connections),
            });
        }
        let mut builder = builder();
        if let Some(pem) = &settings.client_certificate {
            // What the library says of a key may quote it.
            let identity = reqwest::Identity::from_pem(pem.expose_secret().as_bytes())
                .map_err(|_| SendError::not_sent("the client's certificate or key is no PEM"))?;
            builder = builder.identity(identity);
        }
        if let Some(pem) = &settings.authority {
            let authority =
                reqwest::Certificate::from_pem(pem.as_bytes()).map_err(SendError::not_sent)?;
            builder = builder.tls_certs_merge([authority]);
        }
        let secure = builder.build().map_err(SendError::not_sent)?;
        let _ = connections.secure.set(secure);
        Ok(Self {
            connections: Arc::new(connections),
        })
    }

    /// What sends to an address of that scheme.
    fn client(&self, scheme: &str) -> Result<&reqwest::Client, SendError> {
        let Connections { plain, secure } = &*self.connections;
        if scheme != "https" {
            return Ok(plain);
        }
        if secure.get().is_none() {
            let built = builder().build().map_err(SendError::not_sent)?;
            let _ = secure.set(built);
        }
        Ok(secure.get().unwrap_or(plain))
    }

    /// Sends one request, once, and reads the whole answer.
    ///
    /// # Errors
    /// When it was not sent, or no whole answer came before the deadline.
    pub async fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
        deadline: Duration,
    ) -> Result<http::Response<Bytes>, SendError> {
        let request = reqwest::Request::try_from(request).map_err(SendError::not_sent)?;
        let secrets = secrets(request.headers());
        let client = self.client(request.url().scheme())?;
        let exchange = async {
            let answer = client.execute(request).await.map_err(unanswered)?;
            let answer = read(answer).await?;
            // Some servers say back what they were told, and errors are shown and kept.
            let is_error = answer.status().as_u16() >= 400;
            Ok(match is_error {
                true => answer.map(|body| hidden(body, &secrets)),
                false => answer,
            })
        };
        tokio::time::timeout(deadline, exchange)
            .await
            .map_err(|_| SendError::late(deadline))?
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("samos/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_WITHIN)
        .pool_idle_timeout(IDLE_FOR)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
}

/// What stands in headers that nobody may see, and the part of it after the word that says what it is, as in `Bearer …`.
fn secrets(headers: &http::HeaderMap) -> Vec<Vec<u8>> {
    let sensitive = headers.values().filter(|value| value.is_sensitive());
    let both = sensitive.flat_map(|value| {
        let whole = value.as_bytes();
        [Some(whole), whole.rsplit(|byte| *byte == b' ').next()]
    });
    let all = both.flatten().filter(|one| one.len() >= LEAST_SECRET);
    all.map(<[u8]>::to_vec).collect()
}

/// A text without these parts.
fn hidden(text: Bytes, secrets: &[Vec<u8>]) -> Bytes {
    let mut text = text;
    for secret in secrets {
        let mut kept = BytesMut::new();
        let mut rest = &text[..];
        while let Some(at) = find(rest, secret) {
            let (before, after) = rest.split_at(at);
            kept.extend_from_slice(before);
            kept.extend_from_slice(b"[hidden]");
            rest = after.get(secret.len()..).unwrap_or_default();
        }
        if !kept.is_empty() {
            kept.extend_from_slice(rest);
            text = kept.freeze();
        }
    }
    text
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

async fn read(mut answer: reqwest::Response) -> Result<http::Response<Bytes>, SendError> {
    let too_large = || SendError::Malformed {
        message: format!("it is larger than {} MiB", MOST_BYTES / 1024 / 1024),
    };
    let announced = answer.content_length().unwrap_or(0);
    if usize::try_from(announced).unwrap_or(usize::MAX) > MOST_BYTES {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MOST_BYTES => return Err(too_large()),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => {
                return Err(SendError::Malformed {
                    message: format!("it broke off: {}", cause(&error)),
                });
            }
        }
    }
    let mut whole = http::Response::new(body.freeze());
    *whole.status_mut() = answer.status();
    *whole.headers_mut() = answer.headers().clone();
    Ok(whole)
}

fn unanswered(error: reqwest::Error) -> SendError {
    let message = cause(&error);
    if error.is_connect() {
        SendError::Unreachable { message }
    } else if error.is_builder() {
        SendError::NotSent { message }
    } else {
        SendError::Lost { message }
    }
}

/// The innermost reason, without the address, whose query may hold what is not for everybody.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    if std::ptr::eq(inner, error as &dyn std::error::Error) {
        return match () {
            () if error.is_timeout() => "it took too long".to_owned(),
            () if error.is_connect() => "no connection".to_owned(),
            () => "the connection failed".to_owned(),
        };
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_back_holds_no_secret() {
        let mut headers = http::HeaderMap::new();
        headers.insert("accept", http::HeaderValue::from_static("application/json"));
        let mut token = http::HeaderValue::from_static("Bearer abcdefgh12345");
        token.set_sensitive(true);
        headers.insert("authorization", token);
        let said = "{\"error\": \"not abcdefgh12345, Bearer abcdefgh12345 for application/json\"}";
        let shown = hidden(Bytes::from_static(said.as_bytes()), &secrets(&headers));
        let expected = "{\"error\": \"not [hidden], [hidden] for application/json\"}";
        assert_eq!(shown, expected.as_bytes());
        let harmless = Bytes::from_static(b"no such server");
        assert_eq!(hidden(harmless.clone(), &secrets(&headers)), harmless);
    }
}
