//! Requests and answers on the wire, for any model that a vendor publishes. Nothing is sent.
//!
//! In: the text of a model file, the name of an operation, a JSON document in the model's member names, or an answer. Out:
//! `{method, uri, headers, body, host}`, or `{"outcome": …}` or `{"error": {code, message, fields}}`. A body that is
//! not text is in base64, and `encoding` says so. Timestamps go in as seconds since 1970 or as ISO 8601, and come out as
//! seconds; blobs are text, or `{"base64": …}` where they are not UTF-8.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use samos_drivers::aws::{
    self, RenderOptions, RenderedRequest, Service, ServiceAddress, SigningScope, Timestamps,
};
use samos_model::Finding;
use samos_model::codes::interface as codes;
use serde_json::{Map, Value, json};

use crate::Error;

pub use samos_drivers::aws::Credentials;

/// Who signs a request that is shown, where, and when.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The key.
    pub credentials: Credentials,
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// The moment, as RFC 3339 writes it. Left out: now.
    pub at: Option<String>,
}

/// The request that an operation of a vendor's model is with this input, for `endpoint` where one is given, signed where
/// somebody signs.
///
/// # Errors
/// When model, input or endpoint cannot be used.
pub fn render(
    model: &str,
    operation: &str,
    input: &str,
    endpoint: Option<&str>,
    signer: Option<&Signer>,
) -> Result<Value, Error> {
    let service = Service::parse(model).map_err(unusable)?;
    let input = json_of("input", input)?;
    let address = endpoint
        .map(ServiceAddress::parse)
        .transpose()
        .map_err(unusable)?;
    let options = RenderOptions {
        address,
        ..RenderOptions::default()
    };
    let mut request = aws::render(&service, operation, &input, &options).map_err(unusable)?;
    if let Some(signer) = signer {
        let scope = SigningScope::of(&service, operation, &signer.region, &request);
        if let Some(scope) = scope.map_err(unusable)? {
            let at_ms = match &signer.at {
                Some(text) => moment_ms(text)?,
                None => crate::clouds::now_ms(),
            };
            let time = UNIX_EPOCH + Duration::from_millis(at_ms);
            aws::sign(&mut request, &signer.credentials, &scope, time).map_err(unusable)?;
        }
    }
    Ok(shown(&request, service.speaks_cbor()))
}

/// What an answer to an operation of a vendor's model means. `headers` is a JSON object; a CBOR body may be in base64.
///
/// # Errors
/// When the model cannot be used, or the answer is not of its form.
pub fn read(
    model: &str,
    operation: &str,
    status: u16,
    headers: &str,
    body: &[u8],
) -> Result<Value, Error> {
    let service = Service::parse(model).map_err(unusable)?;
    let headers = headers_of(&json_of("headers", headers)?)?;
    // What begins with a letter is no CBOR document of a service: those are maps.
    let is_text = service.speaks_cbor() && body.first().is_some_and(u8::is_ascii);
    let decoded = is_text
        .then(|| BASE64_STANDARD.decode(body.trim_ascii()).ok())
        .flatten();
    let body = decoded.as_deref().unwrap_or(body);
    let reading = aws::read(
        &service,
        operation,
        status,
        &headers,
        body,
        Timestamps::Epoch,
    );
    Ok(reading.map_err(unusable)?.to_json())
}

fn shown(request: &RenderedRequest, always_base64: bool) -> Value {
    let headers: Map<String, Value> = request
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    let text = std::str::from_utf8(&request.body)
        .ok()
        .filter(|_| !always_base64);
    let encoding = if text.is_some() { "text" } else { "base64" };
    let body = text.map_or_else(|| BASE64_STANDARD.encode(&request.body), str::to_owned);
    json!({
        "method": request.method,
        "uri": request.uri,
        "headers": headers,
        "body": body,
        "host": request.host,
        "encoding": encoding,
    })
}

fn moment_ms(text: &str) -> Result<u64, Error> {
    let moment: Option<jiff::Timestamp> = text.parse().ok();
    moment
        .and_then(|moment| u64::try_from(moment.as_millisecond()).ok())
        .ok_or_else(|| {
            invalid(
                format!("`{text}` is no moment since 1970"),
                "write it as 2026-01-31T12:00:00Z",
            )
        })
}

fn headers_of(headers: &Value) -> Result<Vec<(String, String)>, Error> {
    let object = headers.as_object().ok_or_else(|| {
        invalid(
            "the headers are no JSON object".to_owned(),
            "write them as `{\"Content-Type\": \"text/xml\"}`",
        )
    })?;
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    Ok(object
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect())
}

fn json_of(what: &str, text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|error| {
        invalid(
            format!("the {what} is not JSON: {error}"),
            "quote it for the shell",
        )
    })
}

fn unusable(error: aws::Error) -> Error {
    let help = match &error {
        aws::Error::UnknownOperation { .. } => {
            "look up the name under `operations` in the model file"
        }
        aws::Error::Model { .. } => "give a `service-2.json` of botocore, or a file of its form",
        aws::Error::Answer { .. } => "compare status, headers and body with what the service sent",
        _ => "compare the input with the operation's input shape in the model",
    };
    invalid(error.to_string(), help)
}

fn invalid(message: String, help: &str) -> Error {
    Error::Invalid(vec![Finding::error(codes::USAGE, message, help)])
}
