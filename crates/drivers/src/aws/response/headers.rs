//! Members in headers.

use serde_json::{Map, Value};

use crate::aws::error::Error;
use crate::aws::model::{Kind, Member};
use crate::aws::value::{Timestamps, base64_bytes, scalar_outcome};

/// The headers of an answer, looked up in any case.
pub(super) struct Headers<'h> {
    pairs: &'h [(String, String)],
}

impl<'h> Headers<'h> {
    pub(super) fn new(pairs: &'h [(String, String)]) -> Self {
        Self { pairs }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'h str> {
        let mut pairs = self.pairs.iter();
        let found = pairs.find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Those whose names begin with `prefix`, by what follows it.
    pub(super) fn with_prefix(&self, prefix: &str) -> Map<String, Value> {
        let mut found = Map::new();
        for (name, value) in self.pairs {
            let start = name.get(..prefix.len()).unwrap_or_default();
            if start.eq_ignore_ascii_case(prefix) {
                let rest = name.get(prefix.len()..).unwrap_or_default();
                found.insert(rest.to_owned(), Value::from(value.as_str()));
            }
        }
        found
    }
}

/// Reads the value of a header.
pub(super) fn value(
    member: &Member<'_>,
    text: &str,
    timestamps: Timestamps,
) -> Result<Value, Error> {
    if member.is_json_value() {
        let bytes = base64_bytes(text).ok_or_else(|| Error::answer("a header is not base64"))?;
        // The model calls it text that happens to be JSON: it stays text.
        let text = String::from_utf8(bytes);
        return text
            .map(Value::String)
            .map_err(|_| Error::answer("a header is not UTF-8"));
    }
    if member.kind() != Kind::List {
        return scalar_outcome(member, text, timestamps);
    }
    let element = member.element()?;
    let texts = if element.kind() == Kind::Timestamp && text.contains("GMT") {
        dates(text)
    } else {
        elements(text)
    };
    let values = texts
        .iter()
        .map(|text| scalar_outcome(&element, text, timestamps));
    values.collect::<Result<Vec<_>, _>>().map(Value::Array)
}

/// HTTP dates have one comma each.
fn dates(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    parts.chunks(2).map(|pair| pair.join(", ")).collect()
}

/// Elements between commas, quoted where they hold one.
fn elements(text: &str) -> Vec<String> {
    let mut elements = Vec::new();
    let mut letters = text.trim().chars().peekable();
    while letters.peek().is_some() {
        let mut element = String::new();
        if letters.next_if_eq(&'"').is_some() {
            while let Some(letter) = letters.next() {
                match letter {
                    '"' => break,
                    '\\' => element.extend(letters.next()),
                    letter => element.push(letter),
                }
            }
            while letters.next_if(|letter| *letter != ',').is_some() {}
        } else {
            while let Some(letter) = letters.next_if(|letter| *letter != ',') {
                element.push(letter);
            }
            element = element.trim().to_owned();
        }
        elements.push(element);
        letters.next();
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
    }
    elements
}
