//! A mapping file as it is written, and places in it.
//!
//! In: YAML. Out: its parts, unchecked but for their shape, with the line and column of each.
//! Not here: what the parts mean ([`crate::entry`]).

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use samos_model::codes::mapping as codes;
use samos_model::{Finding, Place};
use serde::de::{self, Deserialize, Deserializer};
use serde_json::Value;
use serde_saphyr::Spanned;

/// The file.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileText {
    pub(crate) format: Spanned<u32>,
    pub(crate) library: Spanned<String>,
    #[serde(default)]
    pub(crate) service: Option<String>,
    #[serde(default)]
    pub(crate) region: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(crate) failure: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) sign_in: Option<crate::library::SignIn>,
    #[serde(default)]
    pub(crate) verify: Option<Spanned<Value>>,
    #[serde(default)]
    pub(crate) prefixes: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) errors: Vec<Spanned<ErrorText>>,
    #[serde(default)]
    pub(crate) requests: Keyed<Value>,
    #[serde(default)]
    pub(crate) confirmations: Keyed<Value>,
    #[serde(default)]
    pub(crate) operations: Keyed<EntryText>,
}

/// What shows that credentials are good.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerificationText {
    pub(crate) request: Value,
    #[serde(default)]
    pub(crate) name: Option<String>,
}

/// How one operation is served.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryText {
    pub(crate) request: Spanned<Value>,
    #[serde(default)]
    pub(crate) lookup: Option<Spanned<Value>>,
    #[serde(default)]
    pub(crate) outcomes: Keyed<Value>,
    #[serde(default)]
    pub(crate) confirm: Option<Spanned<Value>>,
    #[serde(default)]
    pub(crate) errors: Vec<Spanned<ErrorText>>,
    #[serde(default)]
    pub(crate) ignore: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) idempotent: bool,
    #[serde(default)]
    pub(crate) instead: BTreeMap<crate::errors::Class, BTreeMap<String, String>>,
    #[serde(default)]
    pub(crate) each: Option<Spanned<String>>,
}

/// One request, of whichever kind.
#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RequestText {
    pub(crate) when: serde_json::Map<String, Value>,
    pub(crate) service: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) operation: Option<String>,
    pub(crate) input: Option<Value>,
    pub(crate) method: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) query: serde_json::Map<String, Value>,
    pub(crate) headers: serde_json::Map<String, Value>,
    pub(crate) body: Option<BodyText>,
    pub(crate) function: Option<String>,
    pub(crate) arguments: Option<Value>,
    pub(crate) command: Option<String>,
    pub(crate) paging: Option<crate::paging::Paging>,
    pub(crate) failure: Option<String>,
}

/// What an HTTP request carries.
#[derive(serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BodyText {
    Json(Value),
    Form(serde_json::Map<String, Value>),
    Xml(String),
    Text(String),
}

/// What must be asked first.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookupText {
    pub(crate) request: Value,
    pub(crate) values: BTreeMap<String, LookupValueText>,
}

/// Where a looked-up value is found.
#[derive(serde::Deserialize)]
#[serde(untagged)]
pub(crate) enum LookupValueText {
    Path(String),
    Of {
        path: String,
        #[serde(rename = "where")]
        filter: BTreeMap<String, String>,
        key: String,
    },
}

/// Where an outcome is found.
#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OutcomeText {
    pub(crate) path: Option<String>,
    pub(crate) header: Option<String>,
    pub(crate) template: Option<String>,
    #[serde(rename = "match")]
    pub(crate) pattern: Option<String>,
    pub(crate) key: Option<String>,
    #[serde(rename = "as")]
    pub(crate) written_as: Option<String>,
    pub(crate) words: BTreeMap<String, Option<String>>,
    pub(crate) optional: bool,
    #[serde(rename = "where")]
    pub(crate) filter: BTreeMap<String, String>,
    pub(crate) default: Option<String>,
    pub(crate) facts: BTreeMap<String, FactText>,
}

/// What else an answer tells of a thing.
#[derive(serde::Deserialize)]
#[serde(untagged)]
pub(crate) enum FactText {
    Path(String),
    Filled { template: String },
}

/// Which errors are of a class.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorText {
    pub(crate) class: crate::errors::Class,
    #[serde(default)]
    pub(crate) code: Vec<String>,
    #[serde(default)]
    pub(crate) status: Vec<String>,
    #[serde(default)]
    pub(crate) message: Option<String>,
}

/// How it is found out whether the postcondition holds.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmationText {
    pub(crate) poll: String,
    #[serde(default)]
    pub(crate) of: Option<String>,
    #[serde(default)]
    pub(crate) accept: Vec<AcceptorText>,
    pub(crate) delay_ms: u64,
    pub(crate) limit: u32,
}

/// What one answer of the poll means.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptorText {
    #[serde(default)]
    pub(crate) outcome: Option<String>,
    #[serde(default)]
    pub(crate) expected: Option<String>,
    #[serde(default)]
    pub(crate) error: Option<crate::errors::Class>,
    pub(crate) verdict: crate::confirmation::Verdict,
}

/// A mapping with the place of each key, in the order of the file.
pub(crate) struct Keyed<V>(pub(crate) Vec<(Spanned<String>, V)>);

impl<V> Default for Keyed<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Keyed<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> de::Visitor<'de> for Visitor<V> {
            type Value = Keyed<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names and what they stand for")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Keyed<V>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Keyed(entries))
            }
        }
        deserializer.deserialize_map(Visitor(PhantomData))
    }
}

/// A file's text, to find places in.
pub(crate) struct Source<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    /// Reads the file.
    pub(crate) fn read(&self) -> Result<FileText, Box<Finding>> {
        // Only `true` and `false` are booleans: a state may well be called `on`.
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(self.text, options).map_err(|error| {
            let (line, column) = error
                .location()
                .map_or((1, 1), |at| (number(at.line()), number(at.column())));
            let message = error.without_snippet().to_string();
            let message = message.lines().next().unwrap_or_default().to_owned();
            Box::new(
                Finding::error(
                    codes::FILE_MALFORMED,
                    message,
                    "Hold the file against `mappings/mapping.schema.json`; `mappings/README.md` has an example.",
                )
                .at(self.place(line, column)),
            )
        })
    }

    pub(crate) fn place(&self, line: u32, column: u32) -> Place {
        Place {
            file: self.name.to_owned(),
            line: line.max(1),
            column: column.max(1),
        }
    }

    /// Where a value stands.
    pub(crate) fn at<T>(&self, spanned: &Spanned<T>) -> Place {
        let at = &spanned.referenced;
        self.place(number(at.line()), number(at.column()))
    }

    /// Where a fragment stands at or after a place; the place itself when it is written in another way there.
    pub(crate) fn fragment(&self, from: &Place, fragment: &str) -> Place {
        let lines = self
            .text
            .lines()
            .enumerate()
            .skip(from.line.saturating_sub(1) as usize);
        for (at, line) in lines {
            if let Some(found) = line.find(fragment) {
                let before = line.get(..found).unwrap_or_default();
                return self.place(
                    u32::try_from(at + 1).unwrap_or(u32::MAX),
                    u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX),
                );
            }
        }
        from.clone()
    }
}

fn number(at: u64) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
