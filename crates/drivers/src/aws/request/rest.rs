//! The REST protocols: members in path, query and headers, the rest in the body, as JSON or XML.

use serde_json::Value;

use super::{Asked, RenderedRequest, body_json, body_xml, label, list, object, without_bucket};
use crate::aws::error::Error;
use crate::aws::model::{Kind, Location, Member, Protocol};
use crate::aws::value::{TimeFormat, base64_text, blob_of, percent_encoded, scalar_text};

pub(super) fn write(
    asked: &Asked<'_>,
    protocol: Protocol,
    request: &mut RenderedRequest,
) -> Result<(), Error> {
    let mut template = asked.operation.http.request_uri.as_str();
    if asked.bucket_in_address {
        template = without_bucket(template);
    }
    let mut query = Query::default();
    let mut in_body = Vec::new();
    for (name, member, value) in asked.given()? {
        match member.location() {
            Some(Location::Uri) => {}
            Some(Location::QueryString) => query.add(&member, name, value)?,
            Some(Location::Header) => header(&member, name, value, request)?,
            Some(Location::Headers) => prefixed_headers(&member, name, value, request)?,
            Some(Location::StatusCode) | None => in_body.push((name, member, value)),
        }
    }
    request.uri = path(asked, template)?;
    query.append_to(&mut request.uri);
    body(asked, protocol, in_body, request)
}

/// The path with its labels filled.
fn path(asked: &Asked<'_>, template: &str) -> Result<String, Error> {
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| Error::model(format!("path `{template}` has a loose brace")))?;
        let (name, greedy) = match name.strip_suffix('+') {
            Some(name) => (name, true),
            None => (name, false),
        };
        path.push_str(before);
        path.push_str(&label(&label_value(asked, name)?, greedy));
        rest = after;
    }
    path.push_str(rest);
    Ok(path)
}

fn label_value(asked: &Asked<'_>, label: &str) -> Result<String, Error> {
    for (name, member, value) in asked.given()? {
        let is_label = member.location() == Some(Location::Uri);
        if is_label && member.location_name().unwrap_or(name) == label {
            let text = scalar_text(&member, value, TimeFormat::Iso8601, name)?;
            if text.is_empty() {
                return Err(Error::input(
                    name,
                    "it is part of the path and must not be empty",
                ));
            }
            return Ok(bare_id(asked, &member, text));
        }
    }
    Err(Error::input(
        label,
        "it is part of the path and must be given",
    ))
}

/// Route 53 answers with ids such as `/hostedzone/Z1`, and wants them back without what stands before.
fn bare_id(asked: &Asked<'_>, member: &Member<'_>, text: String) -> String {
    let is_id = ["ResourceId", "DelegationSetId", "ChangeId"].contains(&member.name);
    match text.rsplit_once('/') {
        Some((_, id))
            if is_id && asked.service.metadata.service_id.as_deref() == Some("Route 53") =>
        {
            id.to_owned()
        }
        _ => text,
    }
}

/// The query: what members name goes before what a map gives.
#[derive(Default)]
struct Query {
    named: Vec<(String, String)>,
    mapped: Vec<(String, String)>,
}

impl Query {
    fn add(&mut self, member: &Member<'_>, name: &str, value: &Value) -> Result<(), Error> {
        let key = member.location_name().unwrap_or(name);
        match member.kind() {
            Kind::Map => {
                let held = member.map_value()?;
                for (key, value) in object(value, name)? {
                    let texts = texts(&held, value, name)?;
                    self.mapped
                        .extend(texts.into_iter().map(|text| (key.clone(), text)));
                }
            }
            _ => {
                let texts = texts(member, value, name)?;
                self.named
                    .extend(texts.into_iter().map(|text| (key.to_owned(), text)));
            }
        }
        Ok(())
    }

    fn append_to(self, uri: &mut String) {
        let Self { named, mapped } = self;
        let unnamed = mapped
            .into_iter()
            .filter(|(key, _)| !named.iter().any(|(other, _)| other == key));
        let mapped: Vec<_> = unnamed.collect();
        for (key, value) in named.iter().chain(&mapped) {
            uri.push(if uri.contains('?') { '&' } else { '?' });
            uri.push_str(&percent_encoded(key));
            uri.push('=');
            uri.push_str(&percent_encoded(value));
        }
    }
}

/// The texts that a query member stands for: several for a list.
fn texts(member: &Member<'_>, value: &Value, at: &str) -> Result<Vec<String>, Error> {
    if member.kind() != Kind::List {
        return Ok(vec![scalar_text(member, value, TimeFormat::Iso8601, at)?]);
    }
    let element = member.element()?;
    let values = list(value, at)?.iter().filter(|value| !value.is_null());
    values
        .map(|value| scalar_text(&element, value, TimeFormat::Iso8601, at))
        .collect()
}

fn header(
    member: &Member<'_>,
    name: &str,
    value: &Value,
    request: &mut RenderedRequest,
) -> Result<(), Error> {
    let text = header_text(member, value, name)?;
    checked_header(member.location_name().unwrap_or(name), text, name, request)
}

fn header_text(member: &Member<'_>, value: &Value, at: &str) -> Result<String, Error> {
    if member.is_json_value() {
        // Text that is JSON already is taken as it is.
        let text = match value {
            Value::String(text) if serde_json::from_str::<Value>(text).is_ok() => text.clone(),
            value => value.to_string(),
        };
        return Ok(base64_text(text.as_bytes()));
    }
    if member.kind() != Kind::List {
        return scalar_text(member, value, TimeFormat::HttpDate, at);
    }
    let element = member.element()?;
    let mut texts = Vec::new();
    for value in list(value, at)?.iter().filter(|value| !value.is_null()) {
        let text = scalar_text(&element, value, TimeFormat::HttpDate, at)?;
        // An HTTP date has a comma of its own and is never quoted.
        let quoted = element.kind() == Kind::String && text.contains([',', '"']);
        texts.push(if quoted {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
        } else {
            text
        });
    }
    Ok(texts.join(", "))
}

fn prefixed_headers(
    member: &Member<'_>,
    name: &str,
    value: &Value,
    request: &mut RenderedRequest,
) -> Result<(), Error> {
    let prefix = member.location_name().unwrap_or_default();
    let held = member.map_value()?;
    for (key, value) in object(value, name)? {
        if !value.is_null() {
            let text = header_text(&held, value, name)?;
            checked_header(&format!("{prefix}{key}"), text, name, request)?;
        }
    }
    Ok(())
}

/// Sets a header that cannot break out of its line.
fn checked_header(
    header: &str,
    text: String,
    at: &str,
    request: &mut RenderedRequest,
) -> Result<(), Error> {
    let token = |letter: char| letter.is_ascii_graphic() && !"\"(),/:;<=>?@[\\]{}".contains(letter);
    if header.is_empty() || !header.chars().all(token) {
        return Err(Error::input(
            at,
            format!("`{header}` is no name of a header"),
        ));
    }
    if text
        .chars()
        .any(|letter| letter.is_control() && letter != '\t')
    {
        return Err(Error::input(at, "a header has one line"));
    }
    request.set_header(header, text);
    Ok(())
}

fn body(
    asked: &Asked<'_>,
    protocol: Protocol,
    in_body: Vec<(&str, Member<'_>, &Value)>,
    request: &mut RenderedRequest,
) -> Result<(), Error> {
    let Some(shape) = &asked.shape else {
        return Ok(());
    };
    let payload = shape.shape.payload.as_deref();
    if let Some(name) = payload {
        let given = in_body.iter().find(|(other, _, _)| *other == name);
        let member = shape
            .member(name)?
            .ok_or_else(|| Error::model(format!("payload `{name}` is no member")))?;
        return payload_body(
            protocol,
            &member,
            name,
            given.map(|(_, _, value)| *value),
            request,
        );
    }
    let has_body_members = shape
        .shape
        .members
        .values()
        .any(|member| member.location.is_none());
    if !has_body_members {
        return Ok(());
    }
    match protocol {
        Protocol::RestJson => {
            let object = body_json::structure(in_body, "")?;
            written(
                request,
                "application/json",
                Value::Object(object).to_string().into_bytes(),
            );
        }
        _ if in_body.is_empty() => {}
        _ => {
            // A name that the shape brings along goes before the one that the operation gives it.
            let own = shape.shape.location_name.as_deref();
            let name = own
                .or(shape.reference.location_name.as_deref())
                .unwrap_or(shape.name);
            let body = body_xml::structure_document(name, shape, in_body)?;
            written(request, "application/xml", body.into_bytes());
        }
    }
    Ok(())
}

/// The body where one member is all of it.
fn payload_body(
    protocol: Protocol,
    member: &Member<'_>,
    name: &str,
    value: Option<&Value>,
    request: &mut RenderedRequest,
) -> Result<(), Error> {
    if member.is_event_stream() {
        return Err(Error::input(name, "event streams cannot be sent"));
    }
    let Some(value) = value else {
        // An empty document, but of a union there is no empty one.
        let empty = protocol == Protocol::RestJson
            && member.kind() == Kind::Structure
            && !member.is_document()
            && !member.shape.union;
        if empty {
            written(request, "application/json", b"{}".to_vec());
        }
        return Ok(());
    };
    match member.kind() {
        Kind::Blob => {
            let bytes = blob_of(value)
                .ok_or_else(|| Error::input(name, format!("a blob is wanted, not `{value}`")))?;
            written(request, "application/octet-stream", bytes);
        }
        Kind::String => {
            let text = scalar_text(member, value, TimeFormat::Iso8601, name)?;
            written(request, "text/plain", text.into_bytes());
        }
        _ if protocol == Protocol::RestJson => {
            let document = body_json::document(member, value, name)?;
            written(
                request,
                "application/json",
                document.to_string().into_bytes(),
            );
        }
        _ => {
            let element = payload_element(member, name);
            let body = body_xml::document(element, member, value, name)?;
            written(request, "application/xml", body.into_bytes());
        }
    }
    Ok(())
}

/// What the root of a payload is called. A model that says no more of the reference than its member's name means the shape.
fn payload_element<'m>(member: &Member<'m>, name: &str) -> &'m str {
    let has_namespace = member.reference.xml_namespace.is_some();
    let given = member.reference.location_name.as_deref();
    let given = given.filter(|given| has_namespace || *given != name);
    given
        .or(member.shape.location_name.as_deref())
        .unwrap_or(member.name)
}

fn written(request: &mut RenderedRequest, content_type: &str, body: Vec<u8>) {
    request.body = body;
    if request.header("content-type").is_none() {
        request.set_header("Content-Type", content_type);
    }
}
