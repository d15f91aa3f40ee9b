//! JSON bodies into documents.

use serde_json::{Map, Value};

use crate::aws::error::Error;
use crate::aws::model::{Kind, Member};
use crate::aws::value::{
    Timestamps, base64_bytes, blob_outcome, number_of_text, time_of, time_outcome,
};

pub(super) fn parse(body: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(body).map_err(|error| Error::answer(format!("it is not JSON: {error}")))
}

/// The members that the model knows; what else stands there is left out.
pub(super) fn structure(
    shape: &Member<'_>,
    document: &Value,
    timestamps: Timestamps,
) -> Result<Map<String, Value>, Error> {
    let object = match document {
        Value::Object(object) => object,
        Value::Null => return Ok(Map::new()),
        _ => return Err(misfit("an object", document)),
    };
    let mut outcome = Map::new();
    for entry in shape.members() {
        let (name, member) = entry?;
        let elsewhere = member.is_outside_answer_body();
        let found = object.get(member.location_name().unwrap_or(name));
        if let Some(found) = found.filter(|found| !elsewhere && !found.is_null()) {
            outcome.insert(name.to_owned(), value(&member, found, timestamps)?);
        }
    }
    Ok(outcome)
}

/// One value.
pub(super) fn value(
    member: &Member<'_>,
    found: &Value,
    timestamps: Timestamps,
) -> Result<Value, Error> {
    if member.is_document() {
        return Ok(found.clone());
    }
    let text = |wanted: &str| found.as_str().ok_or_else(|| misfit(wanted, found));
    Ok(match member.kind() {
        Kind::Structure => Value::Object(structure(member, found, timestamps)?),
        Kind::List => {
            let element = member.element()?;
            let values = found.as_array().ok_or_else(|| misfit("a list", found))?;
            let mut outcome = Vec::new();
            for found in values {
                if !found.is_null() {
                    outcome.push(value(&element, found, timestamps)?);
                } else if member.shape.sparse {
                    outcome.push(Value::Null);
                }
            }
            Value::Array(outcome)
        }
        Kind::Map => {
            let held = member.map_value()?;
            let entries = found
                .as_object()
                .ok_or_else(|| misfit("an object", found))?;
            let mut outcome = Map::new();
            for (name, found) in entries {
                if !found.is_null() {
                    outcome.insert(name.clone(), value(&held, found, timestamps)?);
                } else if member.shape.sparse {
                    outcome.insert(name.clone(), Value::Null);
                }
            }
            Value::Object(outcome)
        }
        Kind::Blob => {
            let bytes = base64_bytes(text("base64")?).ok_or_else(|| misfit("base64", found))?;
            blob_outcome(bytes)
        }
        Kind::Timestamp => {
            let time = time_of(found).ok_or_else(|| misfit("a point in time", found))?;
            time_outcome(time, timestamps)
        }
        Kind::Boolean => match found {
            Value::Bool(_) => found.clone(),
            Value::String(text) if text == "true" || text == "false" => Value::Bool(text == "true"),
            _ => return Err(misfit("true or false", found)),
        },
        _ if member.is_number() => match found {
            Value::Number(_) => found.clone(),
            Value::String(text) => number_of_text(text).ok_or_else(|| misfit("a number", found))?,
            _ => return Err(misfit("a number", found)),
        },
        _ => Value::from(text("text")?),
    })
}

fn misfit(wanted: &str, found: &Value) -> Error {
    let found: String = found.to_string().chars().take(80).collect();
    Error::answer(format!("{wanted} is wanted where `{found}` stands"))
}
