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
use crate::shape::{Filled, Position, fill, fill_text, plain, stands};

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

pub(crate) fn render(shape: &RequestShape, scope: &Scope<'_>) -> Result<Call, Error> {
    let region = match &shape.region {
        Some(region) => fill_text(region, scope, Position::Member)?,
        None => None,
    };
    let service = shape.service.clone();
    let object = |shape: &crate::shape::Shape| match shape.fill(scope)? {
        Some(value) => Ok(value),
        None => Ok(Value::Object(serde_json::Map::new())),
    };
    Ok(match &shape.kind {
        RequestKind::Model { operation, input } => Call::Model {
            service,
            operation: operation.clone(),
            input: object(input)?,
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
            path: needed(path, scope, Position::Path)?,
            query: pairs(query, scope, Position::Member)?,
            headers: pairs(headers, scope, Position::Header)?,
            body: match body {
                None => None,
                Some(BodyShape::Json(shape)) => Some(Body::Json(object(shape)?)),
                Some(BodyShape::Form(fields)) => {
                    Some(Body::Form(pairs(fields, scope, Position::Member)?))
                }
                Some(BodyShape::Xml(text)) => Some(Body::Xml(needed(text, scope, Position::Xml)?)),
                Some(BodyShape::Text(text)) => {
                    fill_text(text, scope, Position::Member)?.map(Body::Text)
                }
            },
            region,
        },
        RequestKind::Libvirt {
            function,
            arguments,
        } => Call::Libvirt {
            function: function.clone(),
            arguments: match object(arguments)? {
                Value::Object(arguments) => arguments,
                _ => serde_json::Map::new(),
            },
        },
        RequestKind::Socket { command } => Call::Socket {
            command: needed(command, scope, Position::Command)?,
        },
    })
}

/// A text that cannot be left out.
fn needed(
    template: &crate::template::Template,
    scope: &Scope<'_>,
    position: Position,
) -> Result<String, Error> {
    fill_text(template, scope, position)?.ok_or_else(|| Error::NotFilled {
        hole: template.source.clone(),
        reason: "an argument that it needs is left out".to_owned(),
    })
}

/// Names and texts; several values make several pairs, none makes none.
fn pairs(
    templates: &[(String, crate::template::Template)],
    scope: &Scope<'_>,
    position: Position,
) -> Result<Vec<(String, String)>, Error> {
    let mut pairs = Vec::new();
    for (name, template) in templates {
        let values = match fill(template, scope, position)? {
            Filled::Nothing => Vec::new(),
            Filled::One(value) => vec![value],
            Filled::Several(values) => values,
        };
        pairs.extend(values.iter().map(|value| (name.clone(), plain(value))));
    }
    Ok(pairs)
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
                    Some(crate::template::Part::Text(text)) => at.starts_with(text.as_str()),
                    _ => true,
                }
        }
        (RequestKind::Libvirt { function, .. }, Call::Libvirt { function: its, .. }) => {
            function == its
        }
        (RequestKind::Socket { command }, Call::Socket { command: its }) => {
            match command.parts.first() {
                Some(crate::template::Part::Text(text)) => its.starts_with(text.as_str()),
                _ => true,
            }
        }
        _ => false,
    }
}
