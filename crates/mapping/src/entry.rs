//! A mapping file's entries, compiled: templates and expressions read, names within the file resolved.
//!
//! In: a file as it is written ([`compile`]). Out: [`Entry`]s, and findings about what could not be read; an entry with a
//! finding is left out. Not here: whether entries agree with the specification ([`crate::validation`]).

use std::collections::BTreeMap;

use samos_model::{Iri, Name, Place};

use crate::confirmation::Confirmation;
use crate::errors::{Class, Rule};
use crate::expression::Query;
use crate::library::{SignIn, Verification};
use crate::paging::Paging;
use crate::pattern::Pattern;
use crate::scope::Prefixes;
use crate::shape::Shape;
use crate::template::{Hole, Template};

mod compile;

pub(crate) use compile::compile;

/// A compiled file.
#[derive(Debug, Default)]
pub(crate) struct MappingFile {
    pub(crate) library: String,
    pub(crate) place: Option<Place>,
    pub(crate) prefixes: Prefixes,
    pub(crate) errors: Vec<Rule>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) sign_in: Option<SignIn>,
    pub(crate) verification: Option<Verification>,
    /// The file's text, so that findings can point into it.
    pub(crate) text: String,
}

/// How one library serves one operation.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) operation: Iri,
    pub(crate) place: Place,
    /// The first whose `when` holds is used.
    pub(crate) requests: Vec<RequestShape>,
    pub(crate) lookup: Option<Lookup>,
    pub(crate) outcomes: Vec<(Name, Place, OutcomeShape)>,
    pub(crate) confirmation: Option<(Place, Confirmation)>,
    pub(crate) errors: Vec<Rule>,
    pub(crate) ignored: Vec<(Name, Place)>,
    pub(crate) idempotent: bool,
    /// What an error says about outcomes: who is not found is deleted.
    pub(crate) instead: BTreeMap<Class, BTreeMap<String, String>>,
    /// The parameter of which the interface takes one value at a time.
    pub(crate) each: Option<(Name, Place)>,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct RequestShape {
    pub(crate) when: Vec<(Hole, Vec<Option<String>>)>,
    pub(crate) kind: RequestKind,
    pub(crate) service: String,
    pub(crate) region: Option<Template>,
    pub(crate) paging: Option<Paging>,
    pub(crate) failure: Option<Query>,
}

/// How a request is made.
#[derive(Clone, Debug)]
pub(crate) enum RequestKind {
    Model {
        operation: String,
        input: Shape,
    },
    Http {
        method: String,
        path: Template,
        query: Vec<(String, Template)>,
        headers: Vec<(String, Template)>,
        body: Option<BodyShape>,
    },
    Libvirt {
        function: String,
        arguments: Shape,
    },
    Socket {
        command: Template,
    },
}

/// What an HTTP request carries.
#[derive(Clone, Debug)]
pub(crate) enum BodyShape {
    Json(Shape),
    Form(Vec<(String, Template)>),
    Xml(Template),
    Text(Template),
}

/// What must be asked first.
#[derive(Debug)]
pub(crate) struct Lookup {
    pub(crate) requests: Vec<RequestShape>,
    pub(crate) values: BTreeMap<String, LookupValue>,
}

/// Where a looked-up value is found.
#[derive(Debug)]
pub(crate) struct LookupValue {
    pub(crate) path: Query,
    /// Members that an item must have, and what they must be.
    pub(crate) filter: Vec<(String, Template)>,
    /// The value within the item.
    pub(crate) key: Option<Query>,
}

/// Where an outcome is found.
#[derive(Debug)]
pub(crate) struct OutcomeShape {
    pub(crate) found: Found,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) key: Option<Query>,
    pub(crate) written_as: Option<Template>,
    pub(crate) words: BTreeMap<String, Option<String>>,
    /// May the answer lack it?
    pub(crate) optional: bool,
    /// Members that an item must have, and what they must be.
    pub(crate) filter: Vec<(String, Template)>,
    /// The word for an answer that lacks it.
    pub(crate) default: Option<String>,
    pub(crate) facts: Vec<(String, FactShape)>,
}

/// In which part of an answer.
#[derive(Debug)]
pub(crate) enum Found {
    Path(Query),
    Header(String),
    Filled(Template),
}

/// What else an answer tells of a thing.
#[derive(Debug)]
pub(crate) enum FactShape {
    Path(Query),
    Filled(Template),
}

impl RequestShape {
    /// All holes, with the `$each` around them.
    pub(crate) fn holes(&self) -> Vec<(&Hole, Option<&Hole>)> {
        let mut found: Vec<(&Hole, Option<&Hole>)> =
            self.when.iter().map(|(hole, _)| (hole, None)).collect();
        match &self.kind {
            RequestKind::Model { input, .. } => input.holes(None, &mut found),
            RequestKind::Libvirt { arguments, .. } => arguments.holes(None, &mut found),
            RequestKind::Socket { command } => {
                found.extend(command.holes().map(|hole| (hole, None)));
            }
            RequestKind::Http {
                path,
                query,
                headers,
                body,
                ..
            } => {
                let named = query.iter().chain(headers).map(|(_, template)| template);
                for template in std::iter::once(path).chain(named) {
                    found.extend(template.holes().map(|hole| (hole, None)));
                }
                match body {
                    Some(BodyShape::Json(shape)) => shape.holes(None, &mut found),
                    Some(BodyShape::Form(fields)) => {
                        for (_, template) in fields {
                            found.extend(template.holes().map(|hole| (hole, None)));
                        }
                    }
                    Some(BodyShape::Xml(template) | BodyShape::Text(template)) => {
                        found.extend(template.holes().map(|hole| (hole, None)));
                    }
                    None => {}
                }
            }
        }
        if let Some(region) = &self.region {
            found.extend(region.holes().map(|hole| (hole, None)));
        }
        found
    }
}
