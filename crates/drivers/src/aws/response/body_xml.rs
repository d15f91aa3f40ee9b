//! XML bodies into documents.

use serde_json::{Map, Value};

use crate::aws::error::Error;
use crate::aws::model::{Kind, Member};
use crate::aws::value::{Timestamps, scalar_outcome};
use crate::aws::xml::Element;

/// The members that the model knows; what else stands there is left out.
pub(super) fn structure(
    shape: &Member<'_>,
    element: &Element,
    timestamps: Timestamps,
) -> Result<Map<String, Value>, Error> {
    let mut outcome = Map::new();
    for entry in shape.members() {
        let (name, member) = entry?;
        if member.is_outside_answer_body() {
            continue;
        }
        if member.is_attribute() {
            if let Some(text) = element.attribute(member.location_name().unwrap_or(name)) {
                outcome.insert(name.to_owned(), scalar_outcome(&member, text, timestamps)?);
            }
            continue;
        }
        let found = found(&member, name, element)?;
        if !found.is_empty() {
            outcome.insert(name.to_owned(), value(&member, &found, timestamps)?);
        }
    }
    Ok(outcome)
}

/// The elements of a member: one, or many of a flattened list or map.
fn found<'e>(
    member: &Member<'_>,
    name: &str,
    element: &'e Element,
) -> Result<Vec<&'e Element>, Error> {
    let own_name = member.location_name().unwrap_or(name);
    let mut names = vec![own_name];
    if member.kind() == Kind::List && member.is_flattened() {
        // Some models name the element at what the list holds.
        names.extend(member.element()?.location_name());
    }
    if own_name.eq_ignore_ascii_case("message") {
        names.extend(["message", "Message"]);
    }
    for name in names {
        let found: Vec<&Element> = element
            .children
            .iter()
            .filter(|child| child.name == name)
            .collect();
        if !found.is_empty() {
            return Ok(found);
        }
    }
    // S3 says a bucket's location by a root that is the member itself.
    let is_root =
        element.name == own_name && element.children.is_empty() && !element.text.is_empty();
    Ok(if is_root { vec![element] } else { Vec::new() })
}

/// One value, of the elements that stand for it.
pub(super) fn value(
    member: &Member<'_>,
    found: &[&Element],
    timestamps: Timestamps,
) -> Result<Value, Error> {
    let Some(first) = found.first() else {
        return Ok(Value::Null);
    };
    match member.kind() {
        Kind::Structure => structure(member, first, timestamps).map(Value::Object),
        Kind::List => {
            let element = member.element()?;
            let items: Vec<&Element> = if member.is_flattened() {
                found.to_vec()
            } else {
                first.children.iter().collect()
            };
            let values = items
                .into_iter()
                .map(|item| value(&element, &[item], timestamps));
            values.collect::<Result<Vec<_>, _>>().map(Value::Array)
        }
        Kind::Map => {
            let entries: Vec<&Element> = if member.is_flattened() {
                found.to_vec()
            } else {
                first.children.iter().collect()
            };
            map(member, &entries, timestamps)
        }
        _ => scalar_outcome(member, &first.text, timestamps),
    }
}

fn map(member: &Member<'_>, entries: &[&Element], timestamps: Timestamps) -> Result<Value, Error> {
    let (key, held) = (member.map_key()?, member.map_value()?);
    let key_name = key.location_name().unwrap_or("key");
    let value_name = held.location_name().unwrap_or("value");
    let mut outcome = Map::new();
    for entry in entries {
        let key = entry
            .child(key_name)
            .ok_or_else(|| Error::answer(format!("an entry lacks its `{key_name}`")))?;
        if let Some(element) = entry.child(value_name) {
            outcome.insert(key.text.clone(), value(&held, &[element], timestamps)?);
        }
    }
    Ok(Value::Object(outcome))
}
