//! From an HTTP answer to a document, by the protocol of the service.

mod body_json;
mod body_xml;
mod errors;
mod headers;

use samos_mapping::call::ApiError;
use serde_json::{Map, Value};

use super::cbor;
use super::error::Error;
use super::model::{Kind, Location, Member, Protocol, Service};
use super::value::{Timestamps, blob_outcome};
use super::xml::Element;
use headers::Headers;

/// What an answer says.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// The operation's outcome, by the model's member names.
    Outcome(Value),
    /// The error that the service reports.
    Error(ApiError),
}

impl Reading {
    /// `{"outcome": …}` or `{"error": {"code", "message", "fields"}}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Outcome(outcome) => serde_json::json!({ "outcome": outcome }),
            Self::Error(error) => serde_json::json!({
                "error": { "code": error.code, "message": error.message, "fields": error.fields }
            }),
        }
    }
}

/// Reads what a service answered to `operation`.
///
/// # Errors
/// When the model has no such operation, or the answer is not of the model's form: HTML, cut off, of another type.
pub fn read(
    service: &Service,
    operation: &str,
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
    timestamps: Timestamps,
) -> Result<Reading, Error> {
    let answer = Answered {
        service,
        name: operation,
        operation: service.operation(operation)?,
        protocol: service.protocol()?,
        status,
        headers: Headers::new(headers),
        body,
        timestamps,
    };
    // What a proxy on the way says may carry any status.
    if looks_like_html(body) && answer.streams_body()?.is_none() {
        if status >= 500 {
            return Ok(Reading::Error(errors::of_status(status)));
        }
        return Err(Error::answer("it is HTML, which no such service speaks"));
    }
    if status >= 300 {
        return errors::read(&answer).map(Reading::Error);
    }
    if let Some(error) = errors::hidden(&answer)? {
        return Ok(Reading::Error(error));
    }
    let Some(output) = &answer.operation.output else {
        return Ok(Reading::Outcome(Value::Object(Map::new())));
    };
    let output = service.member(output)?;
    answer
        .structure(&output)
        .map(|outcome| Reading::Outcome(Value::Object(outcome)))
}

/// One answer to one operation.
pub(crate) struct Answered<'a> {
    service: &'a Service,
    name: &'a str,
    operation: &'a super::model::Operation,
    protocol: Protocol,
    status: u16,
    headers: Headers<'a>,
    body: &'a [u8],
    timestamps: Timestamps,
}

impl<'a> Answered<'a> {
    /// The output, or an error's members, from everywhere in the message.
    fn structure(&self, shape: &Member<'a>) -> Result<Map<String, Value>, Error> {
        let mut outcome = Map::new();
        let rest = matches!(self.protocol, Protocol::RestJson | Protocol::RestXml);
        if !rest {
            return self.body(shape);
        }
        for entry in shape.members() {
            let (name, member) = entry?;
            if let Some(value) = self.outside_body(name, &member)? {
                outcome.insert(name.to_owned(), value);
            }
        }
        match shape.shape.payload.as_deref() {
            Some(name) => {
                let member = shape
                    .member(name)?
                    .ok_or_else(|| Error::model(format!("payload `{name}` is no member")))?;
                if let Some(value) = self.payload(&member)? {
                    outcome.insert(name.to_owned(), value);
                }
            }
            None => {
                let mut in_body = false;
                for entry in shape.members() {
                    in_body |= !entry?.1.is_outside_answer_body();
                }
                if in_body {
                    outcome.extend(self.body(shape)?);
                }
            }
        }
        Ok(outcome)
    }

    /// A member that stands in the status or in headers.
    fn outside_body(&self, name: &str, member: &Member<'_>) -> Result<Option<Value>, Error> {
        match member.location() {
            Some(Location::StatusCode) => Ok(Some(Value::from(self.status))),
            Some(Location::Header) => {
                let wire_name = member.location_name().unwrap_or(name);
                let Some(text) = self.headers.get(wire_name) else {
                    return Ok(None);
                };
                headers::value(member, text, self.timestamps).map(Some)
            }
            Some(Location::Headers) => {
                let prefix = member.location_name().unwrap_or_default();
                let found = self.headers.with_prefix(prefix);
                Ok(Some(Value::Object(found)))
            }
            _ => Ok(None),
        }
    }

    /// The member that is the whole body.
    fn payload(&self, member: &Member<'_>) -> Result<Option<Value>, Error> {
        if member.is_event_stream() {
            return Err(Error::answer(
                "it is an event stream, which is not read yet",
            ));
        }
        if self.body.is_empty() {
            return Ok(None);
        }
        match member.kind() {
            Kind::Blob => Ok(Some(blob_outcome(self.body.to_vec()))),
            Kind::String if !member.is_document() => {
                let text = std::str::from_utf8(self.body);
                let text = text.map_err(|_| Error::answer("its text is not UTF-8"))?;
                Ok(Some(Value::from(text)))
            }
            _ if self.protocol == Protocol::RestXml => {
                let root = Element::parse(self.body)?;
                body_xml::value(member, &[&root], self.timestamps).map(Some)
            }
            _ => {
                let document = body_json::parse(self.body)?;
                body_json::value(member, &document, self.timestamps).map(Some)
            }
        }
    }

    /// The members that the body holds.
    fn body(&self, shape: &Member<'_>) -> Result<Map<String, Value>, Error> {
        let eventful = shape
            .members()
            .any(|entry| entry.is_ok_and(|(_, member)| member.is_event_stream()));
        if eventful {
            return Err(Error::answer(
                "it is an event stream, which is not read yet",
            ));
        }
        match self.protocol {
            Protocol::Cbor => cbor::decode(shape, self.body, self.timestamps),
            Protocol::Json | Protocol::RestJson => {
                if self.body.is_empty() {
                    return Ok(Map::new());
                }
                let document = body_json::parse(self.body)?;
                body_json::structure(shape, &document, self.timestamps)
            }
            Protocol::Query | Protocol::Ec2 | Protocol::RestXml => {
                if self.body.trim_ascii().is_empty() {
                    return Ok(Map::new());
                }
                let root = Element::parse(self.body)?;
                let default = format!("{}Result", self.name);
                let wrapper = shape.result_wrapper().unwrap_or(&default);
                let start = match self.protocol {
                    Protocol::Query => root.child(wrapper).unwrap_or(&root),
                    _ => &root,
                };
                body_xml::structure(shape, start, self.timestamps)
            }
        }
    }

    /// The member that takes any body as it is.
    fn streams_body(&self) -> Result<Option<Member<'a>>, Error> {
        let Some(output) = &self.operation.output else {
            return Ok(None);
        };
        let output = self.service.member(output)?;
        let Some(name) = output.shape.payload.as_deref() else {
            return Ok(None);
        };
        let member = output.member(name)?;
        let streams = |member: &Member<'_>| matches!(member.kind(), Kind::Blob | Kind::String);
        Ok(member.filter(|member| self.status < 300 && streams(member)))
    }
}

fn looks_like_html(body: &[u8]) -> bool {
    let start: Vec<u8> = body
        .trim_ascii_start()
        .iter()
        .take(15)
        .map(u8::to_ascii_lowercase)
        .collect();
    start.starts_with(b"<html") || start.starts_with(b"<!doctype html")
}
