//! JSON bodies, and the JSON protocols 1.0 and 1.1.

use serde_json::{Map, Value};

use super::{Asked, RenderedRequest, given, list, object};
use crate::aws::error::Error;
use crate::aws::model::{Kind, Member};
use crate::aws::value::{TimeFormat, base64_text, below, blob_of, time_json, time_of};

pub(super) fn write(asked: &Asked<'_>, request: &mut RenderedRequest) -> Result<(), Error> {
    let metadata = &asked.service.metadata;
    let target = metadata.target_prefix.as_deref().unwrap_or_default();
    let version = metadata.json_version.as_deref().unwrap_or("1.0");
    request.set_header("X-Amz-Target", format!("{target}.{}", asked.name));
    request.set_header("Content-Type", format!("application/x-amz-json-{version}"));
    if metadata.aws_query_compatible.is_some() {
        request.set_header("x-amzn-query-mode", "true");
    }
    request.body = Value::Object(structure(asked.given()?, "")?)
        .to_string()
        .into_bytes();
    Ok(())
}

/// The members of a structure under the names that they have on the wire.
pub(super) fn structure(
    members: Vec<(&str, Member<'_>, &Value)>,
    at: &str,
) -> Result<Map<String, Value>, Error> {
    let mut object = Map::new();
    for (name, member, value) in members {
        let written = document(&member, value, &below(at, name))?;
        object.insert(member.location_name().unwrap_or(name).to_owned(), written);
    }
    Ok(object)
}

/// A value as JSON on the wire.
pub(super) fn document(member: &Member<'_>, value: &Value, at: &str) -> Result<Value, Error> {
    let misfit = |wanted: &str| Error::input(at, format!("{wanted} is wanted, not `{value}`"));
    if member.is_document() {
        return Ok(value.clone());
    }
    match member.kind() {
        Kind::Structure => {
            let members = given(member, object(value, at)?, at)?;
            Ok(Value::Object(structure(members, at)?))
        }
        Kind::List => {
            let element = member.element()?;
            let mut written = Vec::new();
            for (index, value) in list(value, at)?.iter().enumerate() {
                if value.is_null() {
                    written.push(Value::Null);
                } else {
                    written.push(document(&element, value, &format!("{at}[{index}]"))?);
                }
            }
            Ok(Value::Array(written))
        }
        Kind::Map => {
            let held = member.map_value()?;
            let mut written = Map::new();
            for (name, value) in object(value, at)? {
                let value = match value {
                    Value::Null => Value::Null,
                    value => document(&held, value, &below(at, name))?,
                };
                written.insert(name.clone(), value);
            }
            Ok(Value::Object(written))
        }
        Kind::Timestamp => {
            let time = time_of(value).ok_or_else(|| misfit("a point in time"))?;
            time_json(time, TimeFormat::of(member, TimeFormat::Epoch))
        }
        Kind::Blob => {
            let bytes = blob_of(value).ok_or_else(|| misfit("a blob"))?;
            Ok(Value::String(base64_text(&bytes)))
        }
        _ if value.is_object() || value.is_array() => Err(misfit("a scalar")),
        _ => Ok(value.clone()),
    }
}
