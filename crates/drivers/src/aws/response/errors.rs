//! Errors that a service reports: code, message, and the members that the model gives them.

use samos_mapping::call::ApiError;
use serde_json::{Map, Value};

use super::{Answered, body_json};
use crate::aws::cbor;
use crate::aws::error::Error;
use crate::aws::model::{Member, Protocol};
use crate::aws::xml::Element;

/// Reads an answer whose status says that it is an error.
pub(super) fn read(answer: &Answered<'_>) -> Result<ApiError, Error> {
    match answer.protocol {
        Protocol::Query | Protocol::Ec2 | Protocol::RestXml => xml(answer),
        Protocol::Json | Protocol::RestJson => json(answer),
        Protocol::Cbor => cbor_error(answer),
    }
}

/// What is left to say where the body says nothing.
pub(super) fn of_status(status: u16) -> ApiError {
    let known = http::StatusCode::from_u16(status).ok();
    let reason = known.and_then(|status| status.canonical_reason());
    ApiError {
        code: status.to_string(),
        message: reason.unwrap_or_default().to_owned(),
        fields: Value::Object(Map::new()),
    }
}

/// An error under a status that says all is well: S3 does that when it has begun to answer too early.
pub(super) fn hidden(answer: &Answered<'_>) -> Result<Option<ApiError>, Error> {
    let s3_like = answer.protocol == Protocol::RestXml && answer.streams_body()?.is_none();
    if !s3_like || answer.body.is_empty() {
        return Ok(None);
    }
    match Element::parse(answer.body) {
        Ok(root) if root.name == "Error" && root.child("Code").is_some() => xml(answer).map(Some),
        _ => Ok(None),
    }
}

fn xml(answer: &Answered<'_>) -> Result<ApiError, Error> {
    if answer.body.trim_ascii().is_empty() {
        return Ok(of_status(answer.status));
    }
    let root = match Element::parse(answer.body) {
        Ok(root) => root,
        // Other words under an error's status are still an error.
        Err(_) => return Ok(of_status(answer.status)),
    };
    let errors = root.child("Errors").unwrap_or(&root);
    let element = errors.child("Error").unwrap_or(&root);
    let text = |name: &str| {
        element
            .child(name)
            .map(|child| child.text.trim().to_owned())
    };
    let code = text("Code").unwrap_or_else(|| answer.status.to_string());
    let message = text("Message")
        .or_else(|| text("message"))
        .unwrap_or_default();
    let fields = match shape_of(answer, &[&code])? {
        Some(shape) => {
            let mut fields = headers(answer, &shape)?;
            fields.extend(super::body_xml::structure(
                &shape,
                element,
                answer.timestamps,
            )?);
            fields
        }
        None => plain(element),
    };
    Ok(ApiError {
        code,
        message,
        fields: Value::Object(fields),
    })
}

/// What an error that the model does not know says beside code and message.
fn plain(element: &Element) -> Map<String, Value> {
    let told = ["Code", "Message", "message"];
    let others = element
        .children
        .iter()
        .filter(|child| !told.contains(&child.name.as_str()));
    others
        .map(|child| (child.name.clone(), plain_value(child)))
        .collect()
}

fn plain_value(element: &Element) -> Value {
    if element.children.is_empty() {
        return Value::from(element.text.as_str());
    }
    let children = element.children.iter();
    Value::Object(
        children
            .map(|child| (child.name.clone(), plain_value(child)))
            .collect(),
    )
}

fn json(answer: &Answered<'_>) -> Result<ApiError, Error> {
    let document = if answer.body.trim_ascii().is_empty() {
        Value::Object(Map::new())
    } else {
        match body_json::parse(answer.body) {
            Ok(document) => document,
            // Some front ends word refusals in XML, whatever the service speaks.
            Err(_) => return xml(answer),
        }
    };
    let told = document.as_object().cloned().unwrap_or_default();
    let (code, wire_code, message) = code_and_message(answer, &told);
    let fields = match shape_of(answer, &[&wire_code, &code])? {
        Some(shape) => {
            let mut fields = headers(answer, &shape)?;
            fields.extend(body_json::structure(&shape, &document, answer.timestamps)?);
            fields
        }
        None => told
            .into_iter()
            .filter(|(name, _)| !["__type", "message", "Message"].contains(&name.as_str()))
            .collect(),
    };
    Ok(ApiError {
        code,
        message,
        fields: Value::Object(fields),
    })
}

fn cbor_error(answer: &Answered<'_>) -> Result<ApiError, Error> {
    let told = match cbor::top_texts(answer.body) {
        Ok(told) => told,
        Err(_) => return xml(answer),
    };
    let (code, wire_code, message) = code_and_message(answer, &told);
    let fields = match shape_of(answer, &[&wire_code, &code])? {
        Some(shape) => cbor::decode(&shape, answer.body, answer.timestamps)?,
        None => Map::new(),
    };
    Ok(ApiError {
        code,
        message,
        fields: Value::Object(fields),
    })
}

/// The code that counts, the code as the protocol gives it, and the message.
fn code_and_message(answer: &Answered<'_>, told: &Map<String, Value>) -> (String, String, String) {
    let text = |name: &str| told.get(name).and_then(Value::as_str);
    let given = answer
        .headers
        .get("x-amzn-errortype")
        .or_else(|| text("__type"))
        .or_else(|| text("code"))
        .or_else(|| text("Code"));
    let wire_code = match given {
        Some(given) => bare_code(given).to_owned(),
        None => answer.status.to_string(),
    };
    // A service that once spoke the query protocol says here what the error was called then.
    let former = answer
        .headers
        .get("x-amzn-query-error")
        .and_then(|text| text.split(';').next());
    let code = match former.map(str::trim).filter(|former| !former.is_empty()) {
        Some(former) => former.to_owned(),
        None => wire_code.clone(),
    };
    let message = text("message")
        .or_else(|| text("Message"))
        .unwrap_or_default();
    (code, wire_code, message.to_owned())
}

/// `name.space#Code:http://…` without what stands around the code.
fn bare_code(text: &str) -> &str {
    let text = text.split(':').next().unwrap_or_default();
    text.rsplit('#').next().unwrap_or_default().trim()
}

/// The shape of an error with one of these codes: the operation's own first.
fn shape_of<'a>(answer: &Answered<'a>, codes: &[&str]) -> Result<Option<Member<'a>>, Error> {
    let fits = |member: &Member<'_>| {
        let own = member
            .shape
            .error
            .as_ref()
            .and_then(|error| error.code.as_deref());
        codes
            .iter()
            .any(|code| *code == member.name || Some(*code) == own)
    };
    for reference in &answer.operation.errors {
        let member = answer.service.member(reference)?;
        if fits(&member) {
            return Ok(Some(member));
        }
    }
    for code in codes {
        if let Some(name) = answer
            .service
            .shape_names()
            .into_iter()
            .find(|name| name == code)
        {
            let member = Member::of_shape(answer.service, name)?;
            return Ok(member.shape.exception.then_some(member));
        }
    }
    Ok(None)
}

/// The members of an error that stand in headers.
fn headers(answer: &Answered<'_>, shape: &Member<'_>) -> Result<Map<String, Value>, Error> {
    let mut fields = Map::new();
    for entry in shape.members() {
        let (name, member) = entry?;
        if let Some(value) = answer.outside_body(name, &member)? {
            fields.insert(name.to_owned(), value);
        }
    }
    Ok(fields)
}
