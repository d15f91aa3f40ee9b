//! From a document to an HTTP request, by the protocol of the service.

mod body_cbor;
mod body_json;
mod body_xml;
mod form;
mod rest;

use std::io::Write as _;

use serde_json::{Map, Value};

use super::checksum;
use super::error::{Error, nearest_name};
use super::model::{Member, Operation, Protocol, Service};
use super::value::{below, percent_encoded_path};

/// The token that stands in a request that is only shown.
const SHOWN_TOKEN: &str = "00000000-0000-4000-8000-000000000000";
/// A body from this size on is compressed where the model allows it; the vendor's own default.
const COMPRESSED_FROM_BYTES: usize = 10_240;

/// Where requests go: what stands before the operation's own path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAddress {
    /// `https` or `http`.
    pub scheme: String,
    /// Name and port, as in the `Host` header.
    pub host: String,
    /// What each path begins with; no slash at its end.
    pub path: String,
}

impl ServiceAddress {
    /// Takes an address apart: `https://host:port/path`.
    ///
    /// # Errors
    /// When it has no scheme or no host.
    pub fn parse(address: &str) -> Result<Self, Error> {
        let unusable = || Error::Endpoint {
            message: format!("`{address}` is no address like `https://host/path`"),
        };
        let (scheme, rest) = address.split_once("://").ok_or_else(unusable)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at_checked(end).ok_or_else(unusable)?;
        if !matches!(scheme, "http" | "https") || host.is_empty() {
            return Err(unusable());
        }
        Ok(Self {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            path: path.trim_end_matches('/').to_owned(),
        })
    }
}

/// What a request depends on beside model, operation and input.
#[derive(Debug, Clone, Default)]
pub struct RenderOptions {
    /// Where it goes. Left out: what the model says, or `example.com`.
    pub address: Option<ServiceAddress>,
    /// What fills an idempotency token that the input leaves out. Left out: zeros, for a request that is only shown.
    pub token: Option<String>,
    /// The bucket stands in `address` already, and is left out of the path.
    pub bucket_in_address: bool,
    /// The vendor's host prefix is left out (an address of one's own often cannot take it).
    pub without_host_prefix: bool,
}

/// An HTTP request, not signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedRequest {
    /// `GET`, `POST` …
    pub method: String,
    /// `https` or `http`.
    pub scheme: String,
    /// Name and port.
    pub host: String,
    /// Path and query.
    pub uri: String,
    /// Names as the model writes them.
    pub headers: Vec<(String, String)>,
    /// The body, empty where there is none.
    pub body: Vec<u8>,
}

impl RenderedRequest {
    /// The value of a header, its name in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn set_header(&mut self, name: &str, value: impl Into<String>) {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
    }
}

/// Makes the request that `operation` is with this input. Nothing is sent.
///
/// # Errors
/// When the model has no such operation, or the input does not fit it.
pub fn render(
    service: &Service,
    operation: &str,
    input: &Value,
    options: &RenderOptions,
) -> Result<RenderedRequest, Error> {
    let name = operation;
    let operation = service.operation(name)?;
    let protocol = service.protocol()?;
    let shape = operation
        .input
        .as_ref()
        .map(|input| service.member(input))
        .transpose()?;
    let input = completed(shape.as_ref(), input, options)?;
    let address = match &options.address {
        Some(address) => address.clone(),
        None => address_of_model(service)?,
    };
    let mut request = RenderedRequest {
        method: operation.http.method.clone(),
        scheme: address.scheme,
        host: address.host,
        uri: "/".to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let asked = Asked {
        service,
        name,
        operation,
        shape,
        input: &input,
        bucket_in_address: options.bucket_in_address,
    };
    match protocol {
        Protocol::Query | Protocol::Ec2 => form::write(&asked, protocol, &mut request)?,
        Protocol::Json => body_json::write(&asked, &mut request)?,
        Protocol::RestJson | Protocol::RestXml => rest::write(&asked, protocol, &mut request)?,
        Protocol::Cbor => body_cbor::write(&asked, &mut request)?,
    }
    request.uri = format!("{}{}", address.path, request.uri);
    if !request.uri.starts_with('/') {
        request.uri.insert(0, '/');
    }
    if !options.without_host_prefix {
        request.host = prefixed_host(&asked, &request.host)?;
    }
    compress(operation, &mut request)?;
    checksum::add(&asked, &mut request)?;
    if !request.body.is_empty() && request.header("content-length").is_none() {
        request.set_header("Content-Length", request.body.len().to_string());
    }
    Ok(request)
}

/// One operation with one input.
pub(crate) struct Asked<'a> {
    pub(crate) service: &'a Service,
    pub(crate) name: &'a str,
    pub(crate) operation: &'a Operation,
    pub(crate) shape: Option<Member<'a>>,
    pub(crate) input: &'a Map<String, Value>,
    pub(crate) bucket_in_address: bool,
}

impl<'a> Asked<'a> {
    /// The members that the input gives, in its order, those that are null left out.
    pub(crate) fn given(&self) -> Result<Vec<(&'a str, Member<'a>, &'a Value)>, Error> {
        match &self.shape {
            Some(shape) => given(shape, self.input, ""),
            None => Ok(Vec::new()),
        }
    }
}

/// The members of a structure that a document gives, in its order, those that are null left out.
pub(crate) fn given<'a>(
    shape: &Member<'a>,
    object: &'a Map<String, Value>,
    at: &str,
) -> Result<Vec<(&'a str, Member<'a>, &'a Value)>, Error> {
    let mut members = Vec::with_capacity(object.len());
    for (name, value) in object {
        let member = shape.member(name)?.ok_or_else(|| {
            let names = shape.shape.members.keys().map(String::as_str);
            let hint = nearest_name(name, names)
                .map(|near| format!(", did you mean `{near}`?"))
                .unwrap_or_default();
            Error::input(
                below(at, name),
                format!("`{}` has no such member{hint}", shape.name),
            )
        })?;
        if !value.is_null() {
            members.push((name.as_str(), member, value));
        }
    }
    Ok(members)
}

/// The object that `value` must be.
pub(crate) fn object<'v>(value: &'v Value, at: &str) -> Result<&'v Map<String, Value>, Error> {
    value
        .as_object()
        .ok_or_else(|| Error::input(at, format!("an object is wanted, not `{value}`")))
}

/// The list that `value` must be.
pub(crate) fn list<'v>(value: &'v Value, at: &str) -> Result<&'v [Value], Error> {
    let list = value.as_array().map(Vec::as_slice);
    list.ok_or_else(|| Error::input(at, format!("a list is wanted, not `{value}`")))
}

/// The input with its idempotency token filled in.
fn completed(
    shape: Option<&Member<'_>>,
    input: &Value,
    options: &RenderOptions,
) -> Result<Map<String, Value>, Error> {
    let mut input = match input {
        Value::Null => Map::new(),
        input => object(input, "")?.clone(),
    };
    let Some(shape) = shape else {
        return match input.keys().next() {
            Some(name) => Err(Error::input(name, "the operation takes no input")),
            None => Ok(input),
        };
    };
    for (name, reference) in &shape.shape.members {
        if reference.idempotency_token && input.get(name).is_none_or(Value::is_null) {
            let token = options.token.as_deref().unwrap_or(SHOWN_TOKEN);
            input.insert(name.clone(), token.into());
        }
    }
    Ok(input)
}

fn address_of_model(service: &Service) -> Result<ServiceAddress, Error> {
    if let Some(address) = &service.client_endpoint {
        return ServiceAddress::parse(address);
    }
    let host = match &service.metadata.endpoint_prefix {
        Some(prefix) => format!("{prefix}.amazonaws.com"),
        None => "example.com".to_owned(),
    };
    Ok(ServiceAddress {
        scheme: "https".to_owned(),
        host,
        path: String::new(),
    })
}

/// Puts before the host what the operation wants there, its labels filled from the input.
fn prefixed_host(asked: &Asked<'_>, host: &str) -> Result<String, Error> {
    let endpoint = asked.operation.endpoint.as_ref();
    let Some(template) = endpoint.and_then(|endpoint| endpoint.host_prefix.as_deref()) else {
        return Ok(host.to_owned());
    };
    let mut prefix = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (label, after) = after
            .split_once('}')
            .ok_or_else(|| Error::model(format!("host prefix `{template}` has a loose brace")))?;
        let value = asked
            .input
            .get(label)
            .and_then(Value::as_str)
            .unwrap_or_default();
        let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
        if value.is_empty() || !value.chars().all(fits) {
            return Err(Error::input(
                label,
                format!(
                    "it becomes part of the host name: letters, digits, `-` and `.`, not `{value}`"
                ),
            ));
        }
        prefix.push_str(before);
        prefix.push_str(value);
        rest = after;
    }
    prefix.push_str(rest);
    Ok(prefix + host)
}

/// Compresses the body where the model allows it and it pays.
fn compress(operation: &Operation, request: &mut RenderedRequest) -> Result<(), Error> {
    let Some(compression) = &operation.request_compression else {
        return Ok(());
    };
    let allowed = compression
        .encodings
        .iter()
        .any(|encoding| encoding == "gzip");
    if !allowed || request.body.len() < COMPRESSED_FROM_BYTES {
        return Ok(());
    }
    let broken = |error: std::io::Error| Error::input("", format!("compression failed: {error}"));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&request.body).map_err(broken)?;
    request.body = encoder.finish().map_err(broken)?;
    let encoding = match request.header("content-encoding") {
        Some(given) => format!("{given}, gzip"),
        None => "gzip".to_owned(),
    };
    request.set_header("Content-Encoding", encoding);
    Ok(())
}

/// The path of a template without its bucket, which the address has already.
pub(crate) fn without_bucket(template: &str) -> &str {
    template.strip_prefix("/{Bucket}").unwrap_or(template)
}

/// A label's value in a path.
pub(crate) fn label(value: &str, greedy: bool) -> String {
    if greedy {
        percent_encoded_path(value)
    } else {
        super::value::percent_encoded(value)
    }
}
