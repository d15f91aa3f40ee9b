//! XML bodies.

use serde_json::Value;

use super::{given, list, object};
use crate::aws::error::Error;
use crate::aws::model::{Kind, Member, Namespace};
use crate::aws::value::{TimeFormat, below, scalar_text};
use crate::aws::xml::escaped;

/// A document whose root is a structure, of which only these members stand in the body.
pub(super) fn structure_document(
    name: &str,
    shape: &Member<'_>,
    members: Vec<(&str, Member<'_>, &Value)>,
) -> Result<String, Error> {
    let mut writer = Writer::default();
    writer.structure(name, shape, members, "")?;
    Ok(writer.text)
}

/// A document with this one element.
pub(super) fn document(
    name: &str,
    member: &Member<'_>,
    value: &Value,
    at: &str,
) -> Result<String, Error> {
    let mut writer = Writer::default();
    writer.element(name, member, value, at)?;
    Ok(writer.text)
}

#[derive(Default)]
struct Writer {
    text: String,
}

impl Writer {
    fn element(
        &mut self,
        name: &str,
        member: &Member<'_>,
        value: &Value,
        at: &str,
    ) -> Result<(), Error> {
        match member.kind() {
            Kind::Structure => {
                let members = given(member, object(value, at)?, at)?;
                self.structure(name, member, members, at)
            }
            Kind::List => self.list(name, member, value, at),
            Kind::Map => self.map(name, member, value, at),
            _ => {
                let text = scalar_text(member, value, TimeFormat::Iso8601, at)?;
                self.open(name, member, "");
                self.text.push_str(&escaped(&text));
                self.close(name);
                Ok(())
            }
        }
    }

    fn structure(
        &mut self,
        name: &str,
        shape: &Member<'_>,
        members: Vec<(&str, Member<'_>, &Value)>,
        at: &str,
    ) -> Result<(), Error> {
        let mut attributes = String::new();
        for (name, member, value) in members
            .iter()
            .filter(|(_, member, _)| member.is_attribute())
        {
            let text = scalar_text(member, value, TimeFormat::Iso8601, &below(at, name))?;
            let name = member.location_name().unwrap_or(name);
            attributes.push_str(&format!(" {name}=\"{}\"", escaped(&text)));
        }
        self.open(name, shape, &attributes);
        for (name, member, value) in members
            .iter()
            .filter(|(_, member, _)| !member.is_attribute())
        {
            let element = member.location_name().unwrap_or(name);
            self.element(element, member, value, &below(at, name))?;
        }
        self.close(name);
        Ok(())
    }

    fn list(
        &mut self,
        name: &str,
        member: &Member<'_>,
        value: &Value,
        at: &str,
    ) -> Result<(), Error> {
        let element = member.element()?;
        let flat = member.is_flattened();
        let element_name = if flat {
            name
        } else {
            element.location_name().unwrap_or("member")
        };
        if !flat {
            self.open(name, member, "");
        }
        for (index, value) in list(value, at)?.iter().enumerate() {
            if !value.is_null() {
                self.element(element_name, &element, value, &format!("{at}[{index}]"))?;
            }
        }
        if !flat {
            self.close(name);
        }
        Ok(())
    }

    fn map(
        &mut self,
        name: &str,
        member: &Member<'_>,
        value: &Value,
        at: &str,
    ) -> Result<(), Error> {
        let (key, held) = (member.map_key()?, member.map_value()?);
        let flat = member.is_flattened();
        let entry = if flat { name } else { "entry" };
        let key_name = key.location_name().unwrap_or("key");
        let value_name = held.location_name().unwrap_or("value");
        if !flat {
            self.open(name, member, "");
        }
        for (name, value) in object(value, at)? {
            if value.is_null() {
                continue;
            }
            self.text.push_str(&format!("<{entry}>"));
            self.element(key_name, &key, &Value::String(name.clone()), at)?;
            self.element(value_name, &held, value, &below(at, name))?;
            self.close(entry);
        }
        if !flat {
            self.close(name);
        }
        Ok(())
    }

    fn open(&mut self, name: &str, member: &Member<'_>, attributes: &str) {
        self.text.push('<');
        self.text.push_str(name);
        match member.namespace() {
            Some(Namespace::Text(uri)) => {
                self.text.push_str(&format!(" xmlns=\"{}\"", escaped(uri)));
            }
            Some(Namespace::Prefixed { uri, prefix }) => {
                let colon = prefix
                    .as_ref()
                    .map(|prefix| format!(":{prefix}"))
                    .unwrap_or_default();
                self.text
                    .push_str(&format!(" xmlns{colon}=\"{}\"", escaped(uri)));
            }
            None => {}
        }
        self.text.push_str(attributes);
        self.text.push('>');
    }

    fn close(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }
}
