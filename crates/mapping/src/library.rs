//! What all requests of a library have in common: how they travel, how one signs in, what shows that one is let in.
//!
//! In: loaded mappings. Out: what whoever connects an account must know; the libraries that serve a provider. Not here: what
//! an operation becomes ([`crate::rendering`]), and credentials.

use std::collections::BTreeSet;

use samos_model::{Iri, World};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{Answer, Call};
use crate::entry::{RequestKind, RequestShape};
use crate::errors::{Class, classify};
use crate::expression::Query;
use crate::mappings::{Mappings, rank};
use crate::rendering::{Filling, render};
use crate::shape::{Position, Shape};
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
    mappings: &'m Mappings,
}

impl Library<'_> {
    /// What class of error an answer to its verification is; `None` where it is none.
    #[must_use = "reading has no other effect"]
    pub fn class_of(&self, answer: &Answer) -> Option<Class> {
        let error = answer.error.as_ref()?;
        let files = self.mappings.files.iter();
        let mut own = files.filter(|file| file.library == self.name);
        let file = own.find(|file| file.verification.is_some())?;
        Some(classify(self.mappings.rules(file), answer.status, error).0)
    }
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
            mappings: self,
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
        render(self, &Nothing).ok()
    }
}

/// Fills no hole: only templates without any can be filled from it.
struct Nothing;

/// There is a hole.
struct Hole;

impl Filling for Nothing {
    type Problem = Hole;

    fn text(&self, template: &Template, position: Position) -> Result<Option<String>, Hole> {
        self.needed(template, position).map(Some)
    }

    fn needed(&self, template: &Template, _position: Position) -> Result<String, Hole> {
        let parts = template.parts.iter().map(|part| match part {
            Part::Text(text) => Ok(text.as_str()),
            Part::Hole(_) => Err(Hole),
        });
        parts.collect()
    }

    fn pairs(
        &self,
        templates: &[(String, Template)],
        position: Position,
    ) -> Result<Vec<(String, String)>, Hole> {
        let pairs = templates.iter();
        pairs
            .map(|(name, template)| Ok((name.clone(), self.needed(template, position)?)))
            .collect()
    }

    fn document(&self, shape: &Shape) -> Result<Value, Hole> {
        Ok(match shape {
            Shape::Fixed(value) => value.clone(),
            Shape::Text(_) | Shape::Each(..) => return Err(Hole),
            Shape::List(items) => {
                let items = items.iter().map(|item| self.document(item));
                Value::Array(items.collect::<Result<_, Hole>>()?)
            }
            Shape::Members(members) => {
                let members = members.iter();
                let filled = members.map(|(name, shape)| Ok((name.clone(), self.document(shape)?)));
                Value::Object(filled.collect::<Result<_, Hole>>()?)
            }
        })
    }
}
