//! Single values between JSON documents and the wire: points in time, blobs, numbers, text.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Number, Value};

use super::error::Error;
use super::model::{Kind, Member};

/// How timestamps of an answer are written in the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timestamps {
    /// Seconds since 1970, as the vendors' test suites write them.
    #[default]
    Epoch,
    /// ISO 8601 in UTC, as people and RDF write them.
    Iso8601,
}

/// How a timestamp travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeFormat {
    Iso8601,
    HttpDate,
    Epoch,
}

impl TimeFormat {
    /// The member's own format, or else `default`.
    pub(crate) fn of(member: &Member<'_>, default: Self) -> Self {
        match member
            .timestamp_format()
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Some("iso8601") => Self::Iso8601,
            Some("rfc822") => Self::HttpDate,
            Some("unixtimestamp") => Self::Epoch,
            _ => default,
        }
    }
}

/// Reads a point in time that somebody wrote: seconds since 1970, ISO 8601, or an HTTP date.
pub(crate) fn time_of(value: &Value) -> Option<DateTime> {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(seconds) => Some(DateTime::from_secs(seconds)),
            None => number.as_f64().and_then(time_of_seconds),
        },
        Value::String(text) => time_of_text(text),
        _ => None,
    }
}

/// The same for text.
pub(crate) fn time_of_text(text: &str) -> Option<DateTime> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(DateTime::from_secs(seconds));
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return time_of_seconds(seconds);
    }
    DateTime::from_str(text, Format::DateTimeWithOffset)
        .or_else(|_| DateTime::from_str(text, Format::HttpDate))
        .ok()
}

fn time_of_seconds(seconds: f64) -> Option<DateTime> {
    // Whole microseconds: what a double can carry of a present-day instant.
    let micros = (seconds * 1e6).round();
    (micros.is_finite() && micros.abs() < 9e18).then(|| {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "the range was just checked"
        )]
        let nanos = (micros as i128) * 1_000;
        DateTime::from_nanos(nanos).unwrap_or_else(|_| DateTime::from_secs(0))
    })
}

/// Writes a point in time for the wire.
pub(crate) fn time_text(time: DateTime, format: TimeFormat) -> Result<String, Error> {
    let written = match format {
        TimeFormat::Iso8601 => time.fmt(Format::DateTime),
        TimeFormat::HttpDate => DateTime::from_secs(time.secs()).fmt(Format::HttpDate),
        TimeFormat::Epoch => time.fmt(Format::EpochSeconds),
    };
    written.map_err(|error| Error::input("", format!("a point in time out of range: {error}")))
}

/// Writes a point in time as JSON on the wire.
pub(crate) fn time_json(time: DateTime, format: TimeFormat) -> Result<Value, Error> {
    match format {
        TimeFormat::Epoch => Ok(epoch(time)),
        _ => Ok(Value::String(time_text(time, format)?)),
    }
}

/// Writes a point in time for an outcome.
pub(crate) fn time_outcome(time: DateTime, timestamps: Timestamps) -> Value {
    match timestamps {
        Timestamps::Epoch => epoch(time),
        Timestamps::Iso8601 => time
            .fmt(Format::DateTime)
            .map_or_else(|_| epoch(time), Value::String),
    }
}

fn epoch(time: DateTime) -> Value {
    if time.subsec_nanos() == 0 {
        Value::from(time.secs())
    } else {
        Value::from(time.as_secs_f64())
    }
}

/// The bytes that a document gives for a blob: text, or `{"base64": "…"}`.
pub(crate) fn blob_of(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.as_bytes().to_vec()),
        Value::Object(object) if object.len() == 1 => {
            BASE64_STANDARD.decode(object.get("base64")?.as_str()?).ok()
        }
        _ => None,
    }
}

/// How bytes look in a document.
pub(crate) fn blob_outcome(bytes: Vec<u8>) -> Value {
    match String::from_utf8(bytes) {
        Ok(text) => Value::String(text),
        Err(error) => {
            let mut object = Map::new();
            object.insert("base64".to_owned(), base64_text(error.as_bytes()).into());
            Value::Object(object)
        }
    }
}

pub(crate) fn base64_text(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

pub(crate) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let text: String = text
        .chars()
        .filter(|letter| !letter.is_ascii_whitespace())
        .collect();
    BASE64_STANDARD.decode(text).ok()
}

/// Writes a scalar as text: for a path, a query, a header, a form or XML.
pub(crate) fn scalar_text(
    member: &Member<'_>,
    value: &Value,
    times: TimeFormat,
    at: &str,
) -> Result<String, Error> {
    let misfit = |wanted: &str| Error::input(at, format!("{wanted} is wanted, not `{value}`"));
    match member.kind() {
        Kind::Timestamp => {
            let time = time_of(value).ok_or_else(|| misfit("a point in time"))?;
            time_text(time, TimeFormat::of(member, times))
        }
        Kind::Blob => {
            let bytes = blob_of(value).ok_or_else(|| misfit("a blob"))?;
            Ok(base64_text(&bytes))
        }
        Kind::Structure | Kind::List | Kind::Map => Err(misfit("a scalar")),
        _ => match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(truth) => Ok(truth.to_string()),
            _ => Err(misfit("a scalar")),
        },
    }
}

/// Reads a scalar that stood in text.
pub(crate) fn scalar_outcome(
    member: &Member<'_>,
    text: &str,
    timestamps: Timestamps,
) -> Result<Value, Error> {
    let misfit = |wanted: &str| Error::answer(format!("`{text}` is not {wanted}"));
    Ok(match member.kind() {
        Kind::Boolean => match text.trim() {
            "true" | "True" | "1" => Value::Bool(true),
            "false" | "False" | "0" | "" => Value::Bool(false),
            _ => return Err(misfit("true or false")),
        },
        Kind::Timestamp => time_outcome(
            time_of_text(text).ok_or_else(|| misfit("a point in time"))?,
            timestamps,
        ),
        Kind::Blob => blob_outcome(base64_bytes(text).ok_or_else(|| misfit("base64"))?),
        _ if member.is_number() => number_of_text(text.trim()).ok_or_else(|| misfit("a number"))?,
        _ => Value::String(text.to_owned()),
    })
}

/// A number, or one of the three names that stand for what JSON cannot write.
pub(crate) fn number_of_text(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Value::from(whole));
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(Value::from(whole));
    }
    text.parse::<f64>().ok().map(number_outcome)
}

/// The same for a number that came as bits.
pub(crate) fn number_outcome(number: f64) -> Value {
    if number.is_nan() {
        Value::from("NaN")
    } else if number.is_infinite() {
        Value::from(if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        })
    } else {
        Number::from_f64(number).map_or(Value::Null, Value::Number)
    }
}

/// The number that a document gives, the three names among them.
pub(crate) fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            text => text.parse().ok(),
        },
        _ => None,
    }
}

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const UNRESERVED_AND_SLASH: &AsciiSet = &UNRESERVED.remove(b'/');

/// Everything but unreserved characters escaped, as the vendor's signatures demand.
pub(crate) fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// The same, slashes left alone.
pub(crate) fn percent_encoded_path(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED_AND_SLASH).to_string()
}

/// `at.member`, or the member alone at the top.
pub(crate) fn below(at: &str, member: &str) -> String {
    if at.is_empty() {
        member.to_owned()
    } else {
        format!("{at}.{member}")
    }
}
