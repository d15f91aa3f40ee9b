//! Signatures: AWS Signature Version 4, in headers.
//!
//! In go a request, credentials and the time; headers are added to the request. The time comes from outside.

use std::time::SystemTime;

use aws_credential_types::Credentials as SignerCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign as signature,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use secrecy::ExposeSecret as _;

use super::credentials::Credentials;
use super::error::Error;
use super::model::{Metadata, Operation, Service};
use super::request::RenderedRequest;

/// What a signature is valid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningScope {
    /// The service's name in signatures, such as `ec2`.
    pub service: String,
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// How the path is signed.
    pub path: SignedPath,
    /// The body is not part of the signature.
    pub unsigned_payload: bool,
}

/// How a path enters a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedPath {
    /// Escaped a second time, dot segments resolved: most services.
    EscapedTwice,
    /// As it is sent, dot segments resolved.
    EscapedOnce,
    /// As it is sent, and the body's digest in a header: S3.
    AsSent,
}

impl SigningScope {
    /// What a request of a vendor's model is signed for in a region; nothing for an operation that nobody signs.
    ///
    /// # Errors
    /// When the model has no such operation.
    pub fn of(
        service: &Service,
        operation: &str,
        region: &str,
        request: &RenderedRequest,
    ) -> Result<Option<Self>, Error> {
        let operation = service.operation(operation)?;
        let scope = scope_of_model(&service.metadata, operation, None, "service", region);
        Ok(scope.map(|mut scope| {
            scope.unsigned_payload &= request.scheme == "https";
            scope
        }))
    }
}

/// The scope that model and operation say. `name` is what the endpoint calls the service in signatures, `called` what it
/// is called where nobody says.
pub(crate) fn scope_of_model(
    metadata: &Metadata,
    operation: &Operation,
    name: Option<&str>,
    called: &str,
    region: &str,
) -> Option<SigningScope> {
    if is_anonymous(operation) {
        return None;
    }
    let name = name
        .or(metadata.signing_name.as_deref())
        .or(metadata.endpoint_prefix.as_deref())
        .unwrap_or(called);
    let is_s3 = matches!(
        name,
        "s3" | "s3-outposts" | "s3-object-lambda" | "s3express"
    );
    Some(SigningScope {
        service: name.to_owned(),
        region: region.to_owned(),
        path: if is_s3 {
            SignedPath::AsSent
        } else {
            SignedPath::EscapedTwice
        },
        unsigned_payload: operation.unsigned_payload
            || operation.authtype.as_deref() == Some("v4-unsigned-body"),
    })
}

/// Is the operation one that nobody signs?
pub(super) fn is_anonymous(operation: &Operation) -> bool {
    operation.authtype.as_deref() == Some("none")
        || operation
            .auth
            .first()
            .is_some_and(|scheme| scheme == "smithy.api#noAuth")
}

/// Signs a request: adds the headers of the signature.
///
/// # Errors
/// When the request cannot be signed, as when its address is no URI.
pub fn sign(
    request: &mut RenderedRequest,
    credentials: &Credentials,
    scope: &SigningScope,
    time: SystemTime,
) -> Result<(), Error> {
    let mut settings = SigningSettings::default();
    if scope.path != SignedPath::EscapedTwice {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
    }
    if scope.path == SignedPath::AsSent {
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let identity: Identity = SignerCredentials::new(
        credentials.access_key.clone(),
        credentials.secret_key.expose_secret(),
        credentials
            .session_token
            .as_ref()
            .map(|token| token.expose_secret().to_owned()),
        None,
        "samos",
    )
    .into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&scope.region)
        .name(&scope.service)
        .time(time)
        .settings(settings)
        .build()
        .map_err(unsigned)?
        .into();
    let body = if scope.unsigned_payload {
        SignableBody::UnsignedPayload
    } else {
        SignableBody::Bytes(&request.body)
    };
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let uri = format!("{}://{}{}", request.scheme, request.host, request.uri);
    let signable = SignableRequest::new(&request.method, uri, headers, body).map_err(unsigned)?;
    let (instructions, _) = signature(signable, &parameters)
        .map_err(unsigned)?
        .into_parts();
    let added: Vec<(String, String)> = instructions
        .headers()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    for (name, value) in added {
        request.set_header(&name, value);
    }
    Ok(())
}

fn unsigned(error: impl std::fmt::Display) -> Error {
    Error::Credentials {
        message: format!("the request cannot be signed: {error}"),
    }
}
