//! Bodies as JSON documents, and errors as each REST interface words them.

use std::collections::BTreeMap;

use bytes::Bytes;
use quick_xml::Reader;
use quick_xml::events::Event;
use samos_mapping::{Answer, ApiError};
use serde_json::{Map, Value};

use crate::driver::SendError;

/// Elements within elements deeper than this are no answer.
const DEEPEST: usize = 200;

/// Reads a whole answer.
///
/// # Errors
/// When a success carries what cannot be read, such as a page for people.
pub(super) fn answer(answer: &http::Response<Bytes>) -> Result<Answer, SendError> {
    let status = answer.status().as_u16();
    let headers: BTreeMap<String, String> = answer
        .headers()
        .iter()
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect();
    let kind = headers.get("content-type").map_or("", String::as_str);
    let document = document(kind, answer.body());
    let (document, error) = match (status, document) {
        (..400, Ok(document)) => (document, None),
        (..400, Err(message)) => return Err(SendError::Malformed { message }),
        (_, Ok(document)) => {
            let error = error(status, &document);
            (document, Some(error))
        }
        // An error may be a page of a proxy: its status still says something.
        (_, Err(message)) => {
            let error = ApiError {
                code: status.to_string(),
                message,
                fields: Value::Null,
            };
            (Value::Null, Some(error))
        }
    };
    Ok(Answer {
        status,
        headers,
        document,
        error,
    })
}

/// A body as JSON, or what is wrong with it.
fn document(kind: &str, body: &[u8]) -> Result<Value, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let text = std::str::from_utf8(body).map_err(|_| "it is no UTF-8".to_owned())?;
    let start = text.trim_start().to_ascii_lowercase();
    // Some frameworks call everything a page unless they are told otherwise.
    let is_called_page = kind.ends_with("html");
    if is_called_page
        && start.starts_with(['{', '['])
        && let Ok(document) = serde_json::from_str(text)
    {
        return Ok(document);
    }
    if is_called_page || start.starts_with("<!doctype html") || start.starts_with("<html") {
        return Err(format!("it is a web page{}", title(text)));
    }
    if kind.ends_with("json") || start.starts_with(['{', '[']) {
        return serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"));
    }
    if kind.ends_with("xml") || start.starts_with("<?xml") {
        return xml(text);
    }
    Ok(Value::String(text.to_owned()))
}

fn title(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let found = lower.find("<title>").zip(lower.find("</title>"));
    let title = found.and_then(|(from, to)| page.get(from + "<title>".len()..to));
    title.map_or_else(String::new, |title| format!(" (`{}`)", title.trim()))
}

/// The error in a document. Interfaces wrap it in an object of its name (`{"itemNotFound": {"message": …}}`), in
/// `error`, or not at all.
fn error(status: u16, document: &Value) -> ApiError {
    let unnamed = || status.to_string();
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let Value::Object(whole) = document else {
        return ApiError {
            code: unnamed(),
            message: text(Some(document)).unwrap_or_default(),
            fields: Value::Null,
        };
    };
    let mut only = whole.iter();
    let (name, inner) = match (only.next(), only.next()) {
        (Some((name, Value::Object(inner))), None) => (Some(name.as_str()), inner),
        _ => (None, whole),
    };
    let named = name.filter(|name| !matches!(*name, "error" | "errors" | "fault" | "Error"));
    let first = |names: &[&str]| names.iter().find_map(|name| text(inner.get(*name)));
    ApiError {
        code: named
            .map(str::to_owned)
            .or_else(|| first(&["title", "type", "error", "Code", "code", "status"]))
            .unwrap_or_else(unnamed),
        message: first(&[
            "message",
            "error_description",
            "detail",
            "details",
            "Message",
            "title",
        ])
        .map(|said| plain(&said))
        .unwrap_or_default(),
        fields: Value::Object(inner.clone()),
    }
}

/// In one line: some interfaces send words that were laid out for a page.
fn plain(said: &str) -> String {
    let words = said.replace("<br />", " ").replace("<br/>", " ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// XML by the names of its elements, without their prefixes: text alone is a string, attributes are `@name`, text beside
/// them is `#text`, elements of one name are a list.
fn xml(text: &str) -> Result<Value, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("it is no XML: {error}");
    let mut reader = Reader::from_str(text);
    let mut open: Vec<(String, Map<String, Value>, String)> =
        vec![(String::new(), Map::new(), String::new())];
    loop {
        let event = reader.read_event().map_err(|error| wrong(&error))?;
        let is_empty = matches!(event, Event::Empty(_));
        match event {
            Event::Start(start) | Event::Empty(start) => {
                if open.len() > DEEPEST {
                    return Err(format!("its elements are more than {DEEPEST} deep"));
                }
                let mut members = Map::new();
                for attribute in start.attributes() {
                    let attribute = attribute.map_err(|error| wrong(&error))?;
                    let name = local(attribute.key.as_ref());
                    let value = attribute.unescape_value().map_err(|error| wrong(&error))?;
                    if !attribute.key.as_ref().starts_with(b"xmlns") {
                        members.insert(format!("@{name}"), Value::String(value.into_owned()));
                    }
                }
                open.push((local(start.name().as_ref()), members, String::new()));
                if is_empty {
                    close(&mut open);
                }
            }
            Event::End(_) => close(&mut open),
            Event::Text(piece) => {
                let piece = piece.unescape().map_err(|error| wrong(&error))?;
                if let Some((_, _, text)) = open.last_mut() {
                    text.push_str(&piece);
                }
            }
            Event::CData(piece) => {
                let piece = piece.decode().map_err(|error| wrong(&error))?;
                if let Some((_, _, text)) = open.last_mut() {
                    text.push_str(&piece);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some((_, members, _)), true) if !members.is_empty() => Ok(Value::Object(members)),
        _ => Err("it is no XML: it breaks off".to_owned()),
    }
}

/// Ends the innermost element and puts it into the one around it.
fn close(open: &mut Vec<(String, Map<String, Value>, String)>) {
    let Some((name, mut members, text)) = open.pop() else {
        return;
    };
    let text = text.trim();
    let value = if members.is_empty() {
        Value::String(text.to_owned())
    } else {
        if !text.is_empty() {
            members.insert("#text".to_owned(), Value::String(text.to_owned()));
        }
        Value::Object(members)
    };
    let Some((_, around, _)) = open.last_mut() else {
        return;
    };
    match around.get_mut(&name) {
        Some(Value::Array(several)) => several.push(value),
        Some(one) => *one = Value::Array(vec![one.take(), value]),
        None => {
            around.insert(name, value);
        }
    }
}

fn local(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn came(status: u16, kind: &str, body: &str) -> Result<Answer, SendError> {
        let response = http::Response::builder()
            .status(status)
            .header("content-type", kind)
            .body(Bytes::from(body.to_owned()));
        answer(&response.unwrap())
    }

    #[test]
    fn xml_is_read_by_its_names() {
        let body = "<?xml version='1.0'?><ns:list xmlns:ns='x' size='2'><item><id>1</id></item><item/><note>a &amp; b</note></ns:list>";
        let read = came(200, "application/xml", body).unwrap();
        assert_eq!(
            read.document,
            json!({"list": {"@size": "2", "item": [{"id": "1"}, ""], "note": "a & b"}})
        );
    }

    #[test]
    fn errors_are_found_however_they_are_wrapped() {
        for (body, code, message) in [
            (
                r#"{"itemNotFound": {"message": "no such", "code": 404}}"#,
                "itemNotFound",
                "no such",
            ),
            (
                r#"{"error": {"message": "no", "code": 401, "title": "Unauthorized"}}"#,
                "Unauthorized",
                "no",
            ),
            (
                r#"{"error": "invalid_client", "error_description": "who?"}"#,
                "invalid_client",
                "who?",
            ),
            (
                r#"{"code": 422, "message": "immutable"}"#,
                "422",
                "immutable",
            ),
            (
                r#"{"code": "403 Forbidden", "title": "Forbidden", "message": "Not allowed in status 'queued'<br /><br />\n\n\n"}"#,
                "Forbidden",
                "Not allowed in status 'queued'",
            ),
            ("[]", "404", ""),
        ] {
            let error = came(404, "application/json", body).unwrap().error.unwrap();
            assert_eq!(
                (error.code.as_str(), error.message.as_str()),
                (code, message),
                "{body}"
            );
        }
    }

    #[test]
    fn a_page_for_people_is_no_answer() {
        let page = "<html><head><title>Sign in</title></head></html>";
        let error = came(200, "text/html", page).unwrap_err();
        assert_eq!(
            error.to_string(),
            "unreadable answer: it is a web page (`Sign in`)"
        );
        let error = came(502, "text/html", page).unwrap().error.unwrap();
        assert_eq!(error.code, "502");
        // What is a document is one, whatever it is called.
        let answer = came(200, "text/html", r#"{"a": 1}"#).unwrap();
        assert_eq!(answer.document, json!({"a": 1}));
        assert!(came(200, "text/html", "{{ page }}").is_err());
    }

    #[test]
    fn what_breaks_off_is_malformed() {
        for (kind, body) in [
            ("application/json", r#"{"servers": ["#),
            ("application/xml", "<list><item>"),
            ("application/xml", "<a></b>"),
        ] {
            assert!(
                matches!(came(200, kind, body), Err(SendError::Malformed { .. })),
                "{body}"
            );
        }
    }
}
