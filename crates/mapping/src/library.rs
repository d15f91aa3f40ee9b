//! What all requests of a library have in common: how they travel, how one signs in, what shows that one is let in.
//!
//! In: loaded mappings. Out: what whoever connects an account must know; the libraries that serve a provider. Not here: what
//! an operation becomes ([`crate::rendering`]), and credentials.

use std::collections::BTreeSet;

use samos_model::{Iri, World};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::{Answer, Body, Call};
use crate::entry::{BodyShape, RequestKind, RequestShape};
use crate::expression::Query;
use crate::mappings::{Mappings, rank};
use crate::shape::Shape;
use crate::template::{Part, Template};

/// How requests of a library travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// By a vendor's models.
    Model,
    /// As plain HTTP.
    Http,
    /// As functions of libvirt.
    Libvirt,
    /// As lines to a socket.
    Socket,
}

/// How one signs in, where credentials alone do not tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    /// At OpenStack's identity service, version 3.
    Keystone,
    /// At Rackspace's identity service, version 2, by API key.
    RackspaceKey,
}

/// A call that changes nothing, and is answered only to those who are let in.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The call.
    pub call: Call,
    /// Where the answer says who asks.
    pub(crate) name: Option<Query>,
}

impl Verification {
    /// Who the answer says that one is.
    #[must_use = "reading has no other effect"]
    pub fn name_in(&self, answer: &Answer) -> Option<String> {
        match self.name.as_ref()?.select(&answer.document).ok()? {
            Value::String(name) => Some(name),
            _ => None,
        }
    }
}

/// A library, as whoever connects to it sees it.
#[derive(Clone, Copy, Debug)]
pub struct Library<'m> {
    /// Its name, such as `aws/botocore`.
    pub name: &'m str,
    /// How its requests travel.
    pub transport: Transport,
    /// How one signs in, where its files say so.
    pub sign_in: Option<SignIn>,
    /// What shows that credentials are good, where its files say so.
    pub verification: Option<&'m Verification>,
}

impl Mappings {
    /// A library by its name; `None` for one that maps nothing.
    #[must_use = "reading has no other effect"]
    pub fn library(&self, name: &str) -> Option<Library<'_>> {
        let files = || self.files.iter().filter(|file| file.library == name);
        let first = files().flat_map(|file| &file.entries).next()?;
        Some(Library {
            name: files().next()?.library.as_str(),
            transport: match first.requests.first()?.kind {
                RequestKind::Model { .. } => Transport::Model,
                RequestKind::Http { .. } => Transport::Http,
                RequestKind::Libvirt { .. } => Transport::Libvirt,
                RequestKind::Socket { .. } => Transport::Socket,
            },
            sign_in: files().find_map(|file| file.sign_in),
            verification: files().find_map(|file| file.verification.as_ref()),
        })
    }

    /// The libraries that serve operations of a provider, the preferred first.
    #[must_use = "reading has no other effect"]
    pub fn libraries_of(&self, world: &dyn World, provider: &Iri) -> Vec<&str> {
        let operations = world.operations().iter();
        let serving: BTreeSet<&str> = operations
            .filter(|operation| operation.provider.as_ref() == Some(provider))
            .flat_map(|operation| self.libraries(&operation.iri))
            .collect();
        let mut serving: Vec<&str> = serving.into_iter().collect();
        serving.sort_by_key(|library| rank(self.preferred(), library));
        serving
    }
}

impl RequestShape {
    /// The call that it is, where nothing has to be filled in.
    pub(crate) fn fixed(&self) -> Option<Call> {
        let region = match &self.region {
            Some(region) => Some(text(region)?),
            None => None,
        };
        let service = self.service.clone();
        Some(match &self.kind {
            RequestKind::Model { operation, input } => Call::Model {
                service,
                operation: operation.clone(),
                input: document(input)?,
                region,
            },
            RequestKind::Http {
                method,
                path,
                query,
                headers,
                body,
            } => Call::Http {
                service,
                method: method.clone(),
                path: text(path)?,
                query: pairs(query)?,
                headers: pairs(headers)?,
                body: match body {
                    None => None,
                    Some(BodyShape::Json(shape)) => Some(Body::Json(document(shape)?)),
                    Some(BodyShape::Form(fields)) => Some(Body::Form(pairs(fields)?)),
                    Some(BodyShape::Xml(template)) => Some(Body::Xml(text(template)?)),
                    Some(BodyShape::Text(template)) => Some(Body::Text(text(template)?)),
                },
                region,
            },
            RequestKind::Libvirt {
                function,
                arguments,
            } => Call::Libvirt {
                function: function.clone(),
                arguments: match document(arguments)? {
                    Value::Object(arguments) => arguments,
                    _ => Map::new(),
                },
            },
            RequestKind::Socket { command } => Call::Socket {
                command: text(command)?,
            },
        })
    }
}

/// A template without holes.
fn text(template: &Template) -> Option<String> {
    let parts = template.parts.iter().map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        Part::Hole(_) => None,
    });
    parts.collect()
}

fn pairs(templates: &[(String, Template)]) -> Option<Vec<(String, String)>> {
    let pairs = templates.iter();
    pairs
        .map(|(name, template)| Some((name.clone(), text(template)?)))
        .collect()
}

/// A document without holes.
fn document(shape: &Shape) -> Option<Value> {
    Some(match shape {
        Shape::Fixed(value) => value.clone(),
        Shape::Text(_) | Shape::Each(..) => return None,
        Shape::List(items) => Value::Array(items.iter().map(document).collect::<Option<_>>()?),
        Shape::Members(members) => {
            let members = members.iter();
            let filled = members.map(|(name, shape)| Some((name.clone(), document(shape)?)));
            Value::Object(filled.collect::<Option<_>>()?)
        }
    })
}
