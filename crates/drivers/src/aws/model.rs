//! A vendor's model of one service: its operations and the shapes of what goes in and comes out.
//!
//! In goes the text of a `service-2.json`. Shapes and operations are parsed when they are first asked for, since a call
//! touches a few of the thousands that EC2's model has.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::error::{Error, nearest_name};

/// One service as its vendor describes it.
#[derive(Debug)]
pub struct Service {
    /// What holds for the whole service.
    pub(crate) metadata: Metadata,
    /// The address that a protocol test suite wants to be used.
    pub(crate) client_endpoint: Option<String>,
    operations: HashMap<String, Lazy<Operation>>,
    shapes: HashMap<String, Lazy<Shape>>,
    text: String,
}

impl Service {
    /// Reads a model.
    ///
    /// # Errors
    /// When the text is not JSON, or not of a model's form.
    pub fn parse(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        let file: File<'_> =
            serde_json::from_str(&text).map_err(|error| Error::model(error.to_string()))?;
        Ok(Self {
            metadata: file.metadata,
            client_endpoint: file.client_endpoint,
            operations: lazily(file.operations, &text),
            shapes: lazily(file.shapes, &text),
            text,
        })
    }

    /// How the service speaks: of several protocols the one that the vendor's own tools prefer.
    pub(crate) fn protocol(&self) -> Result<Protocol, Error> {
        let offered = self.metadata.protocols.iter();
        let preferred = offered.filter_map(|name| Protocol::of_name(name)).min();
        let named = self.metadata.protocol.as_deref();
        preferred
            .or_else(|| named.and_then(Protocol::of_name))
            .ok_or_else(|| {
                let named = named.unwrap_or_default();
                Error::model(format!("protocol `{named}` is not supported"))
            })
    }

    /// Are its bodies CBOR, which is no text?
    #[must_use]
    pub fn speaks_cbor(&self) -> bool {
        self.protocol()
            .is_ok_and(|protocol| protocol == Protocol::Cbor)
    }

    pub(crate) fn operation(&self, name: &str) -> Result<&Operation, Error> {
        match self.operations.get(name) {
            Some(lazy) => lazy.get(&self.text),
            None => Err(Error::UnknownOperation {
                name: name.to_owned(),
                nearest: nearest_name(name, self.operations.keys().map(String::as_str)),
            }),
        }
    }

    /// The names of all operations, sorted.
    pub fn operation_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.operations.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// Follows a reference to the shape that it names.
    pub(crate) fn member<'m>(&'m self, reference: &'m Shape) -> Result<Member<'m>, Error> {
        let name = reference
            .shape
            .as_deref()
            .ok_or_else(|| Error::model("a member refers to no shape"))?;
        Ok(Member {
            service: self,
            shape: self.shape(name)?,
            reference,
            name,
        })
    }

    pub(crate) fn shape(&self, name: &str) -> Result<&Shape, Error> {
        self.shapes
            .get(name)
            .ok_or_else(|| Error::model(format!("shape `{name}` is missing")))?
            .get(&self.text)
    }

    pub(crate) fn shape_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.shapes.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

/// How a service speaks, in the order in which the vendor's own tools choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Protocol {
    Json,
    RestJson,
    RestXml,
    Cbor,
    Query,
    Ec2,
}

impl Protocol {
    fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "query" => Self::Query,
            "ec2" => Self::Ec2,
            "json" => Self::Json,
            "rest-json" => Self::RestJson,
            "rest-xml" => Self::RestXml,
            "smithy-rpc-v2-cbor" => Self::Cbor,
            _ => return None,
        })
    }
}

/// What holds for a whole service.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Metadata {
    pub(crate) api_version: Option<String>,
    pub(crate) endpoint_prefix: Option<String>,
    pub(crate) signing_name: Option<String>,
    pub(crate) service_id: Option<String>,
    pub(crate) protocol: Option<String>,
    pub(crate) protocols: Vec<String>,
    pub(crate) json_version: Option<String>,
    pub(crate) target_prefix: Option<String>,
    pub(crate) aws_query_compatible: Option<serde::de::IgnoredAny>,
}

/// One operation of a service.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Operation {
    #[serde(default)]
    pub(crate) http: Http,
    pub(crate) input: Option<Shape>,
    pub(crate) output: Option<Shape>,
    #[serde(default)]
    pub(crate) errors: Vec<Shape>,
    pub(crate) endpoint: Option<EndpointTrait>,
    #[serde(rename = "requestcompression")]
    pub(crate) request_compression: Option<RequestCompression>,
    #[serde(default)]
    pub(crate) http_checksum_required: bool,
    pub(crate) http_checksum: Option<HttpChecksum>,
    pub(crate) authtype: Option<String>,
    #[serde(default)]
    pub(crate) auth: Vec<String>,
    #[serde(default)]
    pub(crate) unsigned_payload: bool,
    #[serde(default)]
    pub(crate) static_context_params: IndexMap<String, ContextValue>,
}

/// A value that an operation always hands to the endpoint rules.
#[derive(Debug, Deserialize)]
pub(crate) struct ContextValue {
    pub(crate) value: serde_json::Value,
}

/// Method and path of an operation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Http {
    pub(crate) method: String,
    pub(crate) request_uri: String,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            method: "POST".to_owned(),
            request_uri: "/".to_owned(),
        }
    }
}

/// What an operation puts before the host name.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndpointTrait {
    pub(crate) host_prefix: Option<String>,
}

/// May the body be compressed?
#[derive(Debug, Deserialize)]
pub(crate) struct RequestCompression {
    #[serde(default)]
    pub(crate) encodings: Vec<String>,
}

/// Which checksum an operation wants.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpChecksum {
    #[serde(default)]
    pub(crate) request_checksum_required: bool,
    pub(crate) request_algorithm_member: Option<String>,
}

/// A shape, or a reference to one: the vendor writes the same traits on both.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Shape {
    pub(crate) shape: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<Kind>,
    pub(crate) members: IndexMap<String, Shape>,
    pub(crate) member: Option<Box<Shape>>,
    pub(crate) key: Option<Box<Shape>>,
    pub(crate) value: Option<Box<Shape>>,
    pub(crate) required: Vec<String>,
    pub(crate) payload: Option<String>,
    pub(crate) location: Option<Location>,
    pub(crate) location_name: Option<String>,
    pub(crate) query_name: Option<String>,
    pub(crate) flattened: Option<bool>,
    pub(crate) xml_attribute: Option<bool>,
    pub(crate) xml_namespace: Option<Namespace>,
    pub(crate) timestamp_format: Option<String>,
    pub(crate) result_wrapper: Option<String>,
    pub(crate) host_label: bool,
    pub(crate) idempotency_token: bool,
    pub(crate) jsonvalue: bool,
    pub(crate) document: bool,
    pub(crate) union: bool,
    pub(crate) sparse: bool,
    pub(crate) streaming: bool,
    pub(crate) eventstream: bool,
    pub(crate) exception: bool,
    pub(crate) error: Option<ErrorTrait>,
    pub(crate) context_param: Option<ContextName>,
}

/// The parameter of the endpoint rules that a member fills.
#[derive(Debug, Deserialize)]
pub(crate) struct ContextName {
    pub(crate) name: String,
}

/// What a query service calls an error.
#[derive(Debug, Deserialize)]
pub(crate) struct ErrorTrait {
    pub(crate) code: Option<String>,
    #[serde(rename = "httpStatusCode")]
    pub(crate) http_status_code: Option<u16>,
}

/// The kinds of shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Structure,
    List,
    Map,
    String,
    Character,
    Byte,
    Short,
    Integer,
    Long,
    #[serde(rename = "biginteger", alias = "bigInteger")]
    BigInteger,
    Float,
    Double,
    #[serde(rename = "bigdecimal", alias = "bigDecimal")]
    BigDecimal,
    Boolean,
    Blob,
    Timestamp,
}

/// Where in a message a member stands, if not in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Location {
    Uri,
    #[serde(rename = "querystring")]
    QueryString,
    Header,
    Headers,
    StatusCode,
}

/// An XML namespace: some models write it as text only.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Namespace {
    Text(String),
    Prefixed { uri: String, prefix: Option<String> },
}

/// A member: the reference, and the shape behind it. What the reference says goes before what the shape says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member<'m> {
    pub(crate) service: &'m Service,
    pub(crate) shape: &'m Shape,
    pub(crate) reference: &'m Shape,
    /// The shape's name.
    pub(crate) name: &'m str,
}

impl<'m> Member<'m> {
    /// A shape on its own, as an error's is.
    pub(crate) fn of_shape(service: &'m Service, name: &'m str) -> Result<Self, Error> {
        let shape = service.shape(name)?;
        Ok(Self {
            service,
            shape,
            reference: shape,
            name,
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.shape.kind.unwrap_or(Kind::String)
    }

    pub(crate) fn location(&self) -> Option<Location> {
        self.reference.location.or(self.shape.location)
    }

    /// The member's name on the wire. What a shape is called on its own names the root of a document only.
    pub(crate) fn location_name(&self) -> Option<&'m str> {
        self.reference.location_name.as_deref()
    }

    /// In an answer: does it stand in the status or in headers?
    pub(crate) fn is_outside_answer_body(&self) -> bool {
        let outside = [Location::Header, Location::Headers, Location::StatusCode];
        self.location()
            .is_some_and(|location| outside.contains(&location))
    }

    pub(crate) fn query_name(&self) -> Option<&'m str> {
        let own = self.reference.query_name.as_deref();
        own.or(self.shape.query_name.as_deref())
    }

    pub(crate) fn is_flattened(&self) -> bool {
        let own = self.reference.flattened;
        own.or(self.shape.flattened).unwrap_or(false)
    }

    pub(crate) fn is_attribute(&self) -> bool {
        let own = self.reference.xml_attribute;
        own.or(self.shape.xml_attribute).unwrap_or(false)
    }

    pub(crate) fn namespace(&self) -> Option<&'m Namespace> {
        let own = self.reference.xml_namespace.as_ref();
        own.or(self.shape.xml_namespace.as_ref())
    }

    pub(crate) fn timestamp_format(&self) -> Option<&'m str> {
        let own = self.reference.timestamp_format.as_deref();
        own.or(self.shape.timestamp_format.as_deref())
    }

    pub(crate) fn result_wrapper(&self) -> Option<&'m str> {
        let own = self.reference.result_wrapper.as_deref();
        own.or(self.shape.result_wrapper.as_deref())
    }

    pub(crate) fn is_document(&self) -> bool {
        self.reference.document || self.shape.document
    }

    pub(crate) fn is_json_value(&self) -> bool {
        self.reference.jsonvalue || self.shape.jsonvalue
    }

    pub(crate) fn is_event_stream(&self) -> bool {
        self.reference.eventstream || self.shape.eventstream
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(
            self.kind(),
            Kind::Byte
                | Kind::Short
                | Kind::Integer
                | Kind::Long
                | Kind::BigInteger
                | Kind::Float
                | Kind::Double
                | Kind::BigDecimal
        )
    }

    /// The members of a structure, in the model's order.
    pub(crate) fn members(
        &self,
    ) -> impl Iterator<Item = Result<(&'m str, Member<'m>), Error>> + use<'m> {
        let service = self.service;
        let members = self.shape.members.iter();
        members.map(move |(name, reference)| Ok((name.as_str(), service.member(reference)?)))
    }

    pub(crate) fn member(&self, name: &str) -> Result<Option<Member<'m>>, Error> {
        let reference = self.shape.members.get(name);
        reference
            .map(|reference| self.service.member(reference))
            .transpose()
    }

    /// What a list holds.
    pub(crate) fn element(&self) -> Result<Member<'m>, Error> {
        self.part(self.shape.member.as_deref())
    }

    /// What a map is keyed by.
    pub(crate) fn map_key(&self) -> Result<Member<'m>, Error> {
        self.part(self.shape.key.as_deref())
    }

    /// What a map holds.
    pub(crate) fn map_value(&self) -> Result<Member<'m>, Error> {
        self.part(self.shape.value.as_deref())
    }

    fn part(&self, reference: Option<&'m Shape>) -> Result<Member<'m>, Error> {
        let reference = reference.ok_or_else(|| {
            Error::model(format!("shape `{}` does not say what it holds", self.name))
        })?;
        self.service.member(reference)
    }
}

#[derive(Deserialize)]
struct File<'t> {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default, borrow)]
    operations: HashMap<Cow<'t, str>, &'t RawValue>,
    #[serde(default, borrow)]
    shapes: HashMap<Cow<'t, str>, &'t RawValue>,
    #[serde(default, rename = "clientEndpoint")]
    client_endpoint: Option<String>,
}

/// A part of the model's text that is parsed when it is first needed.
#[derive(Debug)]
struct Lazy<T> {
    place: Range<usize>,
    parsed: OnceLock<Box<T>>,
}

impl<T: DeserializeOwned> Lazy<T> {
    fn get(&self, text: &str) -> Result<&T, Error> {
        if let Some(parsed) = self.parsed.get() {
            return Ok(parsed);
        }
        let part = text.get(self.place.clone()).unwrap_or_default();
        let parsed = serde_json::from_str(part).map_err(|error| Error::model(error.to_string()))?;
        Ok(self.parsed.get_or_init(|| parsed))
    }
}

/// Where in the text the parts stand that were found in it.
fn lazily<T>(parts: HashMap<Cow<'_, str>, &RawValue>, text: &str) -> HashMap<String, Lazy<T>> {
    let lazies = parts.into_iter().map(|(name, part)| {
        let part = part.get();
        let start = part.as_ptr().addr() - text.as_ptr().addr();
        let lazy = Lazy {
            place: start..start + part.len(),
            parsed: OnceLock::new(),
        };
        (name.into_owned(), lazy)
    });
    lazies.collect()
}
