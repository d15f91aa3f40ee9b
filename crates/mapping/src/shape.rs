//! Documents with templates in them, and how they are filled.
//!
//! In: JSON whose texts are templates. Out: JSON. A template that is one hole keeps its value's type; several values become
//! a list, or go into the list around them; what an optional parameter left out takes its member with it, and a member left
//! without any content goes too. `$each` repeats an object for every value of a path.
//! Not here: what a path leads to ([`crate::scope`]).

use samos_model::vocabulary::xsd;
use samos_model::{Iri, Literal, Value as Fact};
use serde_json::{Map, Value};

use crate::errors::Error;
use crate::scope::{PathProblem, Scope, Stands};
use crate::template::{Conversion, Hole, Part, Template, TemplateError};

/// A document with templates.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Fixed(Value),
    Text(Template),
    List(Vec<Shape>),
    Members(Vec<(String, Shape)>),
    Each(Hole, Box<Shape>),
}

/// Where a value is to stand; each place has signs that would change the request's meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Position {
    /// A member of a document, which its encoder protects.
    Member,
    /// A segment of a path.
    Path,
    /// A header.
    Header,
    /// A word of a command.
    Command,
    /// Text within XML.
    Xml,
}

impl Shape {
    pub(crate) fn compile(document: Value) -> Result<Self, TemplateError> {
        Ok(match document {
            Value::String(text) => {
                let template = Template::parse(&text)?;
                match template.parts.as_slice() {
                    [] => Self::Fixed(Value::String(String::new())),
                    [Part::Text(text)] => Self::Fixed(Value::String(text.clone())),
                    _ => Self::Text(template),
                }
            }
            Value::Array(items) => Self::List(
                items
                    .into_iter()
                    .map(Self::compile)
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(mut members) => {
                let each = members.shift_remove("$each");
                let members = members
                    .into_iter()
                    .map(|(name, value)| Ok((name, Self::compile(value)?)))
                    .collect::<Result<Vec<_>, TemplateError>>()?;
                match each {
                    Some(Value::String(path)) => {
                        Self::Each(Hole::parse(&path)?, Box::new(Self::Members(members)))
                    }
                    Some(other) => {
                        return Err(TemplateError {
                            fragment: "$each".to_owned(),
                            message: format!("`$each` takes a path, not `{other}`"),
                        });
                    }
                    None => Self::Members(members),
                }
            }
            other => Self::Fixed(other),
        })
    }

    /// All holes, with the hole of the `$each` around them.
    pub(crate) fn holes<'a>(
        &'a self,
        each: Option<&'a Hole>,
        found: &mut Vec<(&'a Hole, Option<&'a Hole>)>,
    ) {
        match self {
            Self::Fixed(_) => {}
            Self::Text(template) => found.extend(template.holes().map(|hole| (hole, each))),
            Self::List(items) => items.iter().for_each(|item| item.holes(each, found)),
            Self::Members(members) => members
                .iter()
                .for_each(|(_, value)| value.holes(each, found)),
            Self::Each(hole, item) => {
                found.push((hole, each));
                item.holes(Some(hole), found);
            }
        }
    }

    /// Fills it; `None` when nothing of it is left.
    pub(crate) fn fill(&self, scope: &Scope<'_>) -> Result<Option<Value>, Error> {
        Ok(match self {
            Self::Fixed(value) => Some(value.clone()),
            Self::Text(template) => match fill(template, scope, Position::Member)? {
                Filled::Nothing => None,
                Filled::One(value) => Some(value),
                Filled::Several(values) => Some(Value::Array(values)),
            },
            Self::List(items) => {
                let mut list = Vec::new();
                for item in items {
                    match item {
                        Self::Text(template) => match fill(template, scope, Position::Member)? {
                            Filled::Nothing => {}
                            Filled::One(value) => list.push(value),
                            Filled::Several(values) => list.extend(values),
                        },
                        Self::Each(..) => {
                            if let Some(Value::Array(values)) = item.fill(scope)? {
                                list.extend(values);
                            }
                        }
                        other => list.extend(other.fill(scope)?),
                    }
                }
                (!list.is_empty() || items.is_empty()).then_some(Value::Array(list))
            }
            Self::Members(members) => {
                let mut object = Map::new();
                for (name, member) in members {
                    if let Some(value) = member.fill(scope)? {
                        object.insert(name.clone(), value);
                    }
                }
                (!object.is_empty() || members.is_empty()).then_some(Value::Object(object))
            }
            Self::Each(hole, item) => {
                let stands = stands(hole, scope)?;
                let mut list = Vec::new();
                for value in stands.values {
                    let of_type = stands
                        .of_type
                        .clone()
                        .unwrap_or_else(|| Iri::from(xsd::STRING));
                    let inner = Scope {
                        each: Some((value, of_type)),
                        ..scope.clone()
                    };
                    list.extend(item.fill(&inner)?);
                }
                (!list.is_empty()).then_some(Value::Array(list))
            }
        })
    }
}

/// What filling a template gives.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Filled {
    /// An optional parameter was left out.
    Nothing,
    One(Value),
    Several(Vec<Value>),
}

/// Fills a template that gives one text.
pub(crate) fn fill_text(
    template: &Template,
    scope: &Scope<'_>,
    position: Position,
) -> Result<Option<String>, Error> {
    match fill(template, scope, position)? {
        Filled::Nothing => Ok(None),
        Filled::One(value) => Ok(Some(plain(&value))),
        Filled::Several(_) => Err(Error::NotFilled {
            hole: template.source.clone(),
            reason: "there are several values where one is needed".to_owned(),
        }),
    }
}

/// A value as text: a text without quotes.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Fills a template.
pub(crate) fn fill(
    template: &Template,
    scope: &Scope<'_>,
    position: Position,
) -> Result<Filled, Error> {
    if let (Some(hole), Position::Member) = (template.lone(), position) {
        let stands = stands(hole, scope)?;
        if stands.values.is_empty() {
            return Ok(Filled::Nothing);
        }
        if hole.conversion == Some(Conversion::Object) {
            return object(hole, &stands).map(Filled::One);
        }
        let several = stands.multiple && hole.equals.is_none();
        let mut values = typed(hole, scope, &stands)?;
        return match (several, values.len()) {
            (true, _) => Ok(Filled::Several(values)),
            (false, 1) => Ok(values.pop().map_or(Filled::Nothing, Filled::One)),
            (false, _) => Err(too_many(hole)),
        };
    }
    let mut texts = vec![String::new()];
    let mut several = false;
    for part in &template.parts {
        match part {
            Part::Text(text) => texts.iter_mut().for_each(|built| built.push_str(text)),
            Part::Hole(hole) => {
                let stands = stands(hole, scope)?;
                if stands.values.is_empty() {
                    return Ok(Filled::Nothing);
                }
                let values = typed(hole, scope, &stands)?
                    .iter()
                    .map(|value| safe(&plain(value), hole, position))
                    .collect::<Result<Vec<_>, _>>()?;
                if stands.multiple {
                    if std::mem::replace(&mut several, true) {
                        return Err(too_many(hole));
                    }
                } else if values.len() > 1 {
                    return Err(too_many(hole));
                }
                texts = texts
                    .iter()
                    .flat_map(|built| values.iter().map(move |value| format!("{built}{value}")))
                    .collect();
            }
        }
    }
    let mut values: Vec<Value> = texts.into_iter().map(Value::String).collect();
    Ok(match (several, values.pop()) {
        (_, None) => Filled::Nothing,
        (false, Some(value)) => Filled::One(value),
        (true, Some(last)) => {
            values.push(last);
            Filled::Several(values)
        }
    })
}

/// The values at a hole; none only where it may be left out.
pub(crate) fn stands(hole: &Hole, scope: &Scope<'_>) -> Result<Stands, Error> {
    let fail = |reason: String| Error::NotFilled {
        hole: hole.source.clone(),
        reason,
    };
    let stands = scope
        .follow(hole)
        .map_err(|problem| fail(problem_text(scope, &problem)))?;
    if stands.values.is_empty() && !stands.left_out && !hole.optional {
        return Err(fail("no value is known there".to_owned()));
    }
    Ok(stands)
}

/// A path's problem in words.
pub(crate) fn problem_text(scope: &Scope<'_>, problem: &PathProblem) -> String {
    let compact = |iri: &Iri| scope.world.compact(iri);
    match problem {
        PathProblem::Parameter(name) => format!("the operation has no parameter `{name}`"),
        PathProblem::Property {
            name,
            of_type,
            several,
        } if several.is_empty() => {
            format!("`{}` has no property `{name}`", compact(of_type))
        }
        PathProblem::Property { name, several, .. } => {
            let several: Vec<String> = several.iter().map(compact).collect();
            format!("`{name}` may mean {}", several.join(" or "))
        }
        PathProblem::NoKey(class) => format!("`{}` declares no key", compact(class)),
        PathProblem::Thing(of_type) => {
            format!("`{}` has no properties", compact(of_type))
        }
        PathProblem::Root(root) => format!("`{root}` means nothing here"),
    }
}

/// Values as JSON of their types.
fn typed(hole: &Hole, scope: &Scope<'_>, stands: &Stands) -> Result<Vec<Value>, Error> {
    stands
        .values
        .iter()
        .map(|value| match value {
            Fact::Literal(literal) => literal_json(hole, scope, literal, stands.of_type.as_ref()),
            Fact::Entity(entity) => Err(Error::NotFilled {
                hole: hole.source.clone(),
                reason: format!(
                    "`{}` is a thing; its `key` can be sent",
                    scope.world.compact(entity)
                ),
            }),
        })
        .collect()
}

fn literal_json(
    hole: &Hole,
    scope: &Scope<'_>,
    literal: &Literal,
    of_type: Option<&Iri>,
) -> Result<Value, Error> {
    let text = &*literal.lexical;
    if let Some(word) = &hole.equals {
        return Ok(Value::Bool(text == word));
    }
    let under = |datatype: &str| {
        let datatype = Iri::from(datatype);
        scope.world.is_subtype(&literal.datatype, &datatype)
            || of_type.is_some_and(|of_type| scope.world.is_subtype(of_type, &datatype))
    };
    let conversion = hole.conversion.unwrap_or_else(|| {
        if under(xsd::BOOLEAN) {
            Conversion::Boolean
        } else if under(xsd::DECIMAL) || under(xsd::INTEGER) || literal.is_numeric() {
            Conversion::Number
        } else {
            Conversion::Text
        }
    });
    let fail = |what: &str| Error::NotFilled {
        hole: hole.source.clone(),
        reason: format!("`{text}` is no {what}"),
    };
    Ok(match conversion {
        Conversion::Text | Conversion::Object => Value::from(text),
        Conversion::Xml => Value::from(xml(text)),
        Conversion::Url => Value::from(encode(text)),
        Conversion::Boolean => match text {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => return Err(fail("boolean")),
        },
        Conversion::Number => {
            if let Ok(number) = text.parse::<i64>() {
                Value::from(number)
            } else if let Some(number) = text.parse::<f64>().ok().filter(|it| it.is_finite()) {
                Value::from(number)
            } else {
                return Err(fail("number"));
            }
        }
    })
}

/// Entries `name=value` as an object.
fn object(hole: &Hole, stands: &Stands) -> Result<Value, Error> {
    let mut members = Map::new();
    for value in &stands.values {
        let text = value.as_literal().map_or("", |literal| &*literal.lexical);
        let Some((name, value)) = text.split_once('=') else {
            return Err(Error::NotFilled {
                hole: hole.source.clone(),
                reason: "an entry has no equals sign".to_owned(),
            });
        };
        members.insert(name.to_owned(), Value::from(value));
    }
    Ok(Value::Object(members))
}

fn too_many(hole: &Hole) -> Error {
    Error::NotFilled {
        hole: hole.source.clone(),
        reason: "there are several values where one is needed".to_owned(),
    }
}

/// The value as it may stand in a text of that kind.
fn safe(text: &str, hole: &Hole, position: Position) -> Result<String, Error> {
    let refuse = |position: &'static str, reason: &str| {
        Err(Error::Unsafe {
            hole: hole.source.clone(),
            position,
            reason: reason.to_owned(),
        })
    };
    match position {
        Position::Member => Ok(text.to_owned()),
        Position::Xml if hole.conversion == Some(Conversion::Xml) => Ok(text.to_owned()),
        Position::Xml => Ok(xml(text)),
        Position::Path if text.is_empty() => refuse("a path", "it is empty"),
        // A server resolves these even when they are encoded.
        Position::Path if text == "." || text == ".." => {
            refuse("a path", "it would lead to another place")
        }
        Position::Path => Ok(encode(text)),
        Position::Header if text.chars().any(char::is_control) => {
            refuse("a header", "it holds a control character")
        }
        Position::Header => Ok(text.to_owned()),
        Position::Command => {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "._:/@%+,=~-[]".contains(c);
            if text.is_empty() || !text.chars().all(allowed) {
                return refuse(
                    "a command",
                    "only letters, digits and ._:/@%+,=~-[] can stand there",
                );
            }
            Ok(text.to_owned())
        }
    }
}

/// Percent-encodes all but the unreserved.
fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

fn xml(text: &str) -> String {
    text.chars()
        // XML 1.0 has no way to say these.
        .filter(|c| !c.is_control() || "\t\n\r".contains(*c))
        .fold(String::new(), |mut escaped, c| {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&apos;"),
                other => escaped.push(other),
            }
            escaped
        })
}
