//! Calls out of requests: which alternative, filled with what.
//!
//! In: a request's shapes and the facts it is filled from. Out: a call. Not here: what fills a template ([`crate::shape`]).

use std::collections::BTreeMap;

use samos_model::{Iri, Operation, Request, World};
use serde_json::Value;

use crate::call::{Answer, Body, Call};
use crate::entry::{BodyShape, Entry, MappingFile, RequestKind, RequestShape};
use crate::errors::Error;
use crate::scope::Scope;
use crate::shape::{Filled, Position, Shape, fill, fill_text, plain, stands};
use crate::template::{Part, Template};

pub(crate) fn specified<'a>(world: &'a dyn World, operation: &Iri) -> Result<&'a Operation, Error> {
    world.operation(operation).ok_or_else(|| Error::NotFilled {
        hole: "subject".to_owned(),
        reason: format!("`{}` is not specified", world.compact(operation)),
    })
}

pub(crate) fn scope<'a>(
    world: &'a dyn World,
    file: &'a MappingFile,
    entry: &'a Entry,
    operation: &'a Operation,
    request: &'a Request,
) -> Scope<'a> {
    Scope {
        world,
        prefixes: &file.prefixes,
        operation,
        request,
        token: None,
        each: None,
        key: None,
        found: BTreeMap::new(),
        single: entry.each.as_ref().map(|(name, _)| name),
    }
}

/// What a lookup's answer says.
pub(crate) fn looked_up(
    value: &crate::entry::LookupValue,
    scope: &Scope<'_>,
    answer: &Answer,
) -> Result<Value, Error> {
    let Some(key) = &value.key else {
        return value.path.select(&answer.document).map_err(Error::Answer);
    };
    let mut wanted = Vec::new();
    for (member, template) in &value.filter {
        wanted.push((member, needed(template, scope, Position::Member)?));
    }
    let items = value.path.items(&answer.document).map_err(Error::Answer)?;
    let is_meant = |item: &&Value| {
        wanted.iter().all(|(member, text)| {
            item.get(member.as_str())
                .is_some_and(|it| plain(it) == *text)
        })
    };
    match items.iter().find(is_meant) {
        Some(item) => key.select(item).map_err(Error::Answer),
        None => Ok(Value::Null),
    }
}

/// The first whose `when` holds.
pub(crate) fn alternative<'a>(
    shapes: &'a [RequestShape],
    scope: &Scope<'_>,
) -> Result<&'a RequestShape, Error> {
    for shape in shapes {
        let mut holds = true;
        for (hole, words) in &shape.when {
            let mut hole = hole.clone();
            hole.optional = true;
            let stands = stands(&hole, scope)?;
            let is_word = |word: &Option<String>| match word {
                None => stands.values.is_empty(),
                Some(word) => stands
                    .values
                    .iter()
                    .any(|value| value.as_literal().is_some_and(|it| *it.lexical == **word)),
            };
            holds &= words.iter().any(is_word);
        }
        if holds {
            return Ok(shape);
        }
    }
    Err(Error::NoAlternative {
        operation: scope.world.compact(&scope.operation.iri),
    })
}

/// What the holes of templates are filled from.
pub(crate) trait Filling {
    /// Why one cannot be filled.
    type Problem;

    /// A text; `None` where it is left out.
    fn text(
        &self,
        template: &Template,
        position: Position,
    ) -> Result<Option<String>, Self::Problem>;

    /// A text that cannot be left out.
    fn needed(&self, template: &Template, position: Position) -> Result<String, Self::Problem>;

    /// Names and texts; several values make several pairs, none makes none.
    fn pairs(
        &self,
        templates: &[(String, Template)],
        position: Position,
    ) -> Result<Vec<(String, String)>, Self::Problem>;

    /// A document; without any member where all is left out.
    fn document(&self, shape: &Shape) -> Result<Value, Self::Problem>;
}

pub(crate) fn render<F: Filling>(shape: &RequestShape, from: &F) -> Result<Call, F::Problem> {
    let region = match &shape.region {
        Some(region) => from.text(region, Position::Member)?,
        None => None,
    };
    let service = shape.service.clone();
    Ok(match &shape.kind {
        RequestKind::Model { operation, input } => Call::Model {
            service,
            operation: operation.clone(),
            input: from.document(input)?,
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
            path: from.needed(path, Position::Path)?,
            query: from.pairs(query, Position::Member)?,
            headers: from.pairs(headers, Position::Header)?,
            body: match body {
                None => None,
                Some(BodyShape::Json(shape)) => Some(Body::Json(from.document(shape)?)),
                Some(BodyShape::Form(fields)) => {
                    Some(Body::Form(from.pairs(fields, Position::Member)?))
                }
                Some(BodyShape::Xml(text)) => Some(Body::Xml(from.needed(text, Position::Xml)?)),
                Some(BodyShape::Text(text)) => from.text(text, Position::Member)?.map(Body::Text),
            },
            region,
        },
        RequestKind::Libvirt {
            function,
            arguments,
        } => Call::Libvirt {
            function: function.clone(),
            arguments: match from.document(arguments)? {
                Value::Object(arguments) => arguments,
                _ => serde_json::Map::new(),
            },
        },
        RequestKind::Socket { command } => Call::Socket {
            command: from.needed(command, Position::Command)?,
        },
    })
}

impl Filling for Scope<'_> {
    type Problem = Error;

    fn text(&self, template: &Template, position: Position) -> Result<Option<String>, Error> {
        fill_text(template, self, position)
    }

    fn needed(&self, template: &Template, position: Position) -> Result<String, Error> {
        needed(template, self, position)
    }

    fn pairs(
        &self,
        templates: &[(String, Template)],
        position: Position,
    ) -> Result<Vec<(String, String)>, Error> {
        let mut pairs = Vec::new();
        for (name, template) in templates {
            let values = match fill(template, self, position)? {
                Filled::Nothing => Vec::new(),
                Filled::One(value) => vec![value],
                Filled::Several(values) => values,
            };
            pairs.extend(values.iter().map(|value| (name.clone(), plain(value))));
        }
        Ok(pairs)
    }

    fn document(&self, shape: &Shape) -> Result<Value, Error> {
        let filled = shape.fill(self)?;
        Ok(filled.unwrap_or_else(|| Value::Object(serde_json::Map::new())))
    }
}

/// A text that cannot be left out.
fn needed(template: &Template, scope: &Scope<'_>, position: Position) -> Result<String, Error> {
    fill_text(template, scope, position)?.ok_or_else(|| Error::NotFilled {
        hole: template.source.clone(),
        reason: "an argument that it needs is left out".to_owned(),
    })
}

/// Could this call have been rendered from that shape?
pub(crate) fn is_of(shape: &RequestShape, call: &Call) -> bool {
    match (&shape.kind, call) {
        (RequestKind::Model { operation, .. }, Call::Model { operation: its, .. }) => {
            operation == its
        }
        (
            RequestKind::Http { method, path, .. },
            Call::Http {
                method: its,
                path: at,
                ..
            },
        ) => {
            let first = path.parts.first();
            method == its
                && match first {
                    Some(Part::Text(text)) => at.starts_with(text.as_str()),
                    _ => true,
                }
        }
        (RequestKind::Libvirt { function, .. }, Call::Libvirt { function: its, .. }) => {
            function == its
        }
        (RequestKind::Socket { command }, Call::Socket { command: its }) => {
            match command.parts.first() {
                Some(Part::Text(text)) => its.starts_with(text.as_str()),
                _ => true,
            }
        }
        _ => false,
    }
}
