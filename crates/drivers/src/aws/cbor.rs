//! CBOR bodies: documents into bytes and back, steered by the model's shapes.

use aws_smithy_cbor::data::Type;
use aws_smithy_cbor::decode::DeserializeError;
use aws_smithy_cbor::{Decoder, Encoder};
use serde_json::{Map, Value};

use super::error::Error;
use super::model::{Kind, Member};
use super::request::{given, list, object};
use super::value::{
    Timestamps, below, blob_of, blob_outcome, number_of, number_outcome, time_of, time_outcome,
};

/// Deeper than any true answer: what nests further is refused, so that no answer exhausts the stack.
const DEEPEST: usize = 96;

/// Writes a structure.
pub(crate) fn encode(shape: &Member<'_>, input: &Map<String, Value>) -> Result<Vec<u8>, Error> {
    let mut encoder = Encoder::new(Vec::new());
    structure(&mut encoder, shape, input, "")?;
    Ok(encoder.into_writer())
}

fn structure(
    encoder: &mut Encoder,
    shape: &Member<'_>,
    input: &Map<String, Value>,
    at: &str,
) -> Result<(), Error> {
    let members = given(shape, input, at)?;
    encoder.map(members.len());
    for (name, member, value) in members {
        encoder.str(member.location_name().unwrap_or(name));
        write(encoder, &member, value, &below(at, name))?;
    }
    Ok(())
}

fn write(encoder: &mut Encoder, member: &Member<'_>, value: &Value, at: &str) -> Result<(), Error> {
    let misfit = |wanted: &str| Error::input(at, format!("{wanted} is wanted, not `{value}`"));
    if value.is_null() {
        encoder.null();
        return Ok(());
    }
    match member.kind() {
        Kind::Structure => structure(encoder, member, object(value, at)?, at)?,
        Kind::List => {
            let values = list(value, at)?;
            let element = member.element()?;
            encoder.array(values.len());
            for (index, value) in values.iter().enumerate() {
                write(encoder, &element, value, &format!("{at}[{index}]"))?;
            }
        }
        Kind::Map => {
            let entries = object(value, at)?;
            let held = member.map_value()?;
            encoder.map(entries.len());
            for (name, value) in entries {
                encoder.str(name);
                write(encoder, &held, value, &below(at, name))?;
            }
        }
        Kind::Boolean => {
            encoder.boolean(value.as_bool().ok_or_else(|| misfit("true or false"))?);
        }
        Kind::Byte | Kind::Short | Kind::Integer | Kind::Long | Kind::BigInteger => {
            encoder.long(value.as_i64().ok_or_else(|| misfit("a whole number"))?);
        }
        Kind::Float => {
            let number = number_of(value).ok_or_else(|| misfit("a number"))?;
            #[allow(clippy::cast_possible_truncation, reason = "the model says 32 bits")]
            encoder.float(number as f32);
        }
        Kind::Double | Kind::BigDecimal => {
            encoder.double(number_of(value).ok_or_else(|| misfit("a number"))?);
        }
        Kind::Timestamp => {
            encoder.timestamp(&time_of(value).ok_or_else(|| misfit("a point in time"))?);
        }
        Kind::Blob => {
            encoder.blob_bytes(&blob_of(value).ok_or_else(|| misfit("a blob"))?);
        }
        Kind::String | Kind::Character => {
            encoder.str(value.as_str().ok_or_else(|| misfit("text"))?);
        }
    }
    Ok(())
}

/// Reads a structure; an empty body is an empty one.
pub(crate) fn decode(
    shape: &Member<'_>,
    body: &[u8],
    timestamps: Timestamps,
) -> Result<Map<String, Value>, Error> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    let mut reader = Reader {
        decoder: Decoder::new(body),
        timestamps,
        depth: 0,
    };
    reader.structure(shape)
}

/// The texts that stand at the top of a map: how an error says what it is.
pub(crate) fn top_texts(body: &[u8]) -> Result<Map<String, Value>, Error> {
    let mut texts = Map::new();
    if body.is_empty() {
        return Ok(texts);
    }
    let mut reader = Reader {
        decoder: Decoder::new(body),
        timestamps: Timestamps::Epoch,
        depth: 0,
    };
    let length = reader.decoder.map().map_err(broken)?;
    let mut read = 0;
    while reader.has_more(length, &mut read)? {
        let name = reader.decoder.str().map_err(broken)?.into_owned();
        match reader.decoder.datatype().map_err(broken)? {
            Type::String | Type::StringIndef => {
                let text = reader.decoder.str().map_err(broken)?.into_owned();
                texts.insert(name, Value::String(text));
            }
            _ => reader.decoder.skip().map_err(broken)?,
        }
    }
    Ok(texts)
}

struct Reader<'b> {
    decoder: Decoder<'b>,
    timestamps: Timestamps,
    depth: usize,
}

impl Reader<'_> {
    fn structure(&mut self, shape: &Member<'_>) -> Result<Map<String, Value>, Error> {
        let length = self.decoder.map().map_err(broken)?;
        let mut read = 0;
        let mut object = Map::new();
        while self.has_more(length, &mut read)? {
            let wire_name = self.decoder.str().map_err(broken)?;
            let known = shape.members().find(|entry| {
                entry
                    .as_ref()
                    .is_ok_and(|(name, member)| member.location_name().unwrap_or(name) == wire_name)
            });
            match known.transpose()? {
                Some((name, member)) => {
                    let value = self.value(&member)?;
                    if !value.is_null() {
                        object.insert(name.to_owned(), value);
                    }
                }
                None => self.decoder.skip().map_err(broken)?,
            }
        }
        Ok(object)
    }

    fn value(&mut self, member: &Member<'_>) -> Result<Value, Error> {
        let found = self.decoder.datatype().map_err(broken)?;
        if matches!(found, Type::Null | Type::Undefined) {
            self.decoder.skip().map_err(broken)?;
            return Ok(Value::Null);
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Error::answer("it is nested too deeply"));
        }
        let value = match member.kind() {
            Kind::Structure => Value::Object(self.structure(member)?),
            Kind::List => self.list(member)?,
            Kind::Map => self.map(member)?,
            Kind::Boolean => Value::Bool(self.decoder.boolean().map_err(broken)?),
            Kind::Blob => blob_outcome(self.decoder.blob().map_err(broken)?.into_inner()),
            Kind::Timestamp => {
                let time = self.decoder.timestamp().map_err(broken)?;
                time_outcome(time, self.timestamps)
            }
            _ if member.is_number() => match found {
                Type::F16 | Type::F32 | Type::F64 => {
                    number_outcome(self.decoder.double().map_err(broken)?)
                }
                _ => Value::from(self.decoder.long().map_err(broken)?),
            },
            _ => Value::String(self.decoder.str().map_err(broken)?.into_owned()),
        };
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self, member: &Member<'_>) -> Result<Value, Error> {
        let element = member.element()?;
        let length = self.decoder.list().map_err(broken)?;
        let mut read = 0;
        let mut values = Vec::new();
        while self.has_more(length, &mut read)? {
            let value = self.value(&element)?;
            if !value.is_null() || member.shape.sparse {
                values.push(value);
            }
        }
        Ok(Value::Array(values))
    }

    fn map(&mut self, member: &Member<'_>) -> Result<Value, Error> {
        let held = member.map_value()?;
        let length = self.decoder.map().map_err(broken)?;
        let mut read = 0;
        let mut object = Map::new();
        while self.has_more(length, &mut read)? {
            let name = self.decoder.str().map_err(broken)?.into_owned();
            let value = self.value(&held)?;
            if !value.is_null() || member.shape.sparse {
                object.insert(name, value);
            }
        }
        Ok(Value::Object(object))
    }

    /// Is there another item? Of an indefinite collection the end mark is taken.
    fn has_more(&mut self, length: Option<u64>, read: &mut u64) -> Result<bool, Error> {
        match length {
            Some(length) => {
                *read += 1;
                Ok(*read <= length)
            }
            None if self.decoder.datatype().map_err(broken)? == Type::Break => {
                self.decoder.skip().map_err(broken)?;
                Ok(false)
            }
            None => Ok(true),
        }
    }
}

fn broken(error: DeserializeError) -> Error {
    Error::answer(format!("it is not the CBOR of the model: {error}"))
}
