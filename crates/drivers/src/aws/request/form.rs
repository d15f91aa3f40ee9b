//! The query protocols: everything in one form, nested names dotted. EC2's names and lists differ a little.

use serde_json::Value;

use super::{Asked, RenderedRequest, given, list, object};
use crate::aws::error::Error;
use crate::aws::model::{Kind, Member, Protocol};
use crate::aws::value::{TimeFormat, below, percent_encoded, scalar_text};

pub(super) fn write(
    asked: &Asked<'_>,
    protocol: Protocol,
    request: &mut RenderedRequest,
) -> Result<(), Error> {
    let version = asked
        .service
        .metadata
        .api_version
        .clone()
        .unwrap_or_default();
    let mut form = Form {
        ec2: protocol == Protocol::Ec2,
        fields: vec![
            ("Action".to_owned(), asked.name.to_owned()),
            ("Version".to_owned(), version),
        ],
    };
    for (name, member, value) in asked.given()? {
        form.member("", name, &member, value, name)?;
    }
    request.body = form.encoded().into_bytes();
    request.set_header("Content-Type", "application/x-www-form-urlencoded");
    Ok(())
}

struct Form {
    ec2: bool,
    fields: Vec<(String, String)>,
}

impl Form {
    fn member(
        &mut self,
        prefix: &str,
        name: &str,
        member: &Member<'_>,
        value: &Value,
        at: &str,
    ) -> Result<(), Error> {
        let own = below(prefix, &self.name_of(member, name));
        // A flattened list may be named by what it holds; the member's own name goes before.
        let flat_list = !self.ec2
            && member.kind() == Kind::List
            && member.is_flattened()
            && member.reference.location_name.is_none();
        if flat_list && let Some(name) = member.element()?.location_name() {
            return self.value(&below(prefix, name), member, value, at);
        }
        self.value(&own, member, value, at)
    }

    fn name_of(&self, member: &Member<'_>, name: &str) -> String {
        if !self.ec2 {
            return member.location_name().unwrap_or(name).to_owned();
        }
        if let Some(name) = member.query_name() {
            return name.to_owned();
        }
        let name = member.location_name().unwrap_or(name);
        let mut letters = name.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect()
    }

    fn value(
        &mut self,
        prefix: &str,
        member: &Member<'_>,
        value: &Value,
        at: &str,
    ) -> Result<(), Error> {
        match member.kind() {
            Kind::Structure => {
                for (name, part, value) in given(member, object(value, at)?, at)? {
                    self.member(prefix, name, &part, value, &below(at, name))?;
                }
                Ok(())
            }
            Kind::List => self.list(prefix, member, list(value, at)?, at),
            Kind::Map => self.map(prefix, member, value, at),
            _ => {
                let text = scalar_text(member, value, TimeFormat::Iso8601, at)?;
                self.fields.push((prefix.to_owned(), text));
                Ok(())
            }
        }
    }

    fn list(
        &mut self,
        prefix: &str,
        member: &Member<'_>,
        values: &[Value],
        at: &str,
    ) -> Result<(), Error> {
        if values.is_empty() && !self.ec2 {
            self.fields.push((prefix.to_owned(), String::new()));
            return Ok(());
        }
        let element = member.element()?;
        let prefix = if self.ec2 || member.is_flattened() {
            prefix.to_owned()
        } else {
            below(prefix, element.location_name().unwrap_or("member"))
        };
        for (index, value) in values.iter().filter(|value| !value.is_null()).enumerate() {
            let number = index + 1;
            self.value(
                &format!("{prefix}.{number}"),
                &element,
                value,
                &format!("{at}[{index}]"),
            )?;
        }
        Ok(())
    }

    fn map(
        &mut self,
        prefix: &str,
        member: &Member<'_>,
        value: &Value,
        at: &str,
    ) -> Result<(), Error> {
        let (key, held) = (member.map_key()?, member.map_value()?);
        let prefix = if self.ec2 || member.is_flattened() {
            prefix.to_owned()
        } else {
            format!("{prefix}.entry")
        };
        let key_name = key.location_name().unwrap_or("key");
        let value_name = held.location_name().unwrap_or("value");
        let entries = object(value, at)?
            .iter()
            .filter(|(_, value)| !value.is_null());
        for (index, (name, value)) in entries.enumerate() {
            let number = index + 1;
            self.fields
                .push((format!("{prefix}.{number}.{key_name}"), name.clone()));
            self.value(
                &format!("{prefix}.{number}.{value_name}"),
                &held,
                value,
                &below(at, name),
            )?;
        }
        Ok(())
    }

    fn encoded(&self) -> String {
        let fields = self.fields.iter();
        let pairs = fields
            .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}
