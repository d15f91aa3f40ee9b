//! HTTP as every driver here uses it: pooled connections, a deadline, a limit on answers, no redirects.
//!
//! Redirects are not followed: a request carries a signature or a token that is meant for one place.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use secrecy::{ExposeSecret as _, SecretString};

use crate::driver::SendError;

/// The largest answer that is read, in bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
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
    client: reqwest::Client,
}

impl Transport {
    /// A pool of connections.
    ///
    /// # Errors
    /// When a certificate cannot be read.
    pub fn new(settings: &ConnectionSettings) -> Result<Self, SendError> {
        // An embedder may have chosen its own already, which then stands.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("samos/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_WITHIN)
            .pool_idle_timeout(IDLE_FOR)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
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
        let client = builder.build().map_err(SendError::not_sent)?;
        Ok(Self { client })
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
        let exchange = async {
            let answer = self.client.execute(request).await.map_err(unanswered)?;
            read(answer).await
        };
        tokio::time::timeout(deadline, exchange)
            .await
            .map_err(|_| SendError::late(deadline))?
    }
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
