//! Does one value fit one parameter, and how well? Reads characters as what the parameter's type makes of them.
//!
//! In: a parameter and a value as given. Out: the value with its [`Fit`], or the finding that says what is wrong.

use samos_model::codes::verification as codes;
use samos_model::plan::PlanValue;
use samos_model::request::{Fit, Way};
use samos_model::vocabulary::xsd;
use samos_model::{
    FormatProblem, Iri, Literal, Parameter, RequestFinding, SuppliedValue, Truth, Value, World,
};

use super::finding;
use crate::wording;

/// A value as a parameter takes it and how well it fits, or what is wrong with it.
type Reading = Result<(Value, Fit), Box<RequestFinding>>;

/// How well a type fits another; `May` for one above it; `None` when neither is under the other.
#[must_use = "comparing has no other effect"]
pub fn type_fit(world: &dyn World, have: &Iri, want: &Iri) -> Option<Fit> {
    if have == want {
        return Some(Fit::Exact);
    }
    match (world.is_subtype(have, want), world.is_subtype(want, have)) {
        (true, true) => Some(Fit::Equivalent),
        (true, false) => Some(Fit::Subclass),
        (false, true) => Some(Fit::May),
        (false, false) => None,
    }
}

/// How well an entity fits a class, by the best of its types. It may fit when every type it is known to have is above.
#[must_use = "comparing has no other effect"]
pub fn entity_fit(world: &dyn World, entity: &Iri, want: &Iri) -> Option<Fit> {
    let types = world.types_of(entity);
    if world.has_type(entity, want) {
        let fits = types
            .iter()
            .filter_map(|of_type| type_fit(world, of_type, want));
        let best = fits.filter(|fit| *fit != Fit::May).min();
        return Some(best.unwrap_or(Fit::Subclass));
    }
    let all_above = types.iter().all(|of_type| world.is_subtype(want, of_type));
    (all_above && !types.is_empty()).then_some(Fit::May)
}

/// How well a value fits a parameter, format included; `None` when it does not.
#[must_use = "comparing has no other effect"]
pub fn fits(
    world: &dyn World,
    parameter: &Parameter,
    value: &Value,
    account: Option<&Iri>,
) -> Option<Fit> {
    let supplied = SuppliedValue::Value(value.clone());
    match read(world, parameter, &supplied, account) {
        Ok((_, fit)) => Some(fit),
        Err(finding) if finding.code == codes::MAY_FIT => Some(Fit::May),
        Err(_) => None,
    }
}

/// The individual of a class that characters mean: by its key, its IRI, or its short name.
#[must_use = "looking up has no other effect"]
pub fn individual(
    world: &dyn World,
    class: &Iri,
    text: &str,
    account: Option<&Iri>,
) -> Option<Iri> {
    if !world.is_class(class) {
        return None;
    }
    let key = Literal::new(text, key_datatype(world, class));
    if let Some(entity) = world.entity_by_key(class, &key, account) {
        return Some(entity);
    }
    let iri = Iri::from(text);
    if world.is_entity(&iri) {
        return Some(world.canonical(&iri));
    }
    // A short name has one prefix, and only the world knows how it shortens. Anything else is not looked for.
    let local = text.split_once(':').map(|(_, local)| local);
    if local.is_none_or(|local| local.contains([':', '/'])) {
        return None;
    }
    let entities = world.entities_of(class);
    entities
        .into_iter()
        .find(|entity| world.compact(entity) == text)
}

/// What characters a type takes, in words.
#[must_use = "this makes a text and changes nothing"]
pub fn expected(world: &dyn World, of_type: &Iri) -> String {
    let name = world.compact(of_type);
    if world.is_class(of_type) {
        return match world.key_of(of_type) {
            Some(key) => format!(
                "the name of a `{name}`, or its `{}`, {}",
                key.local(),
                format_of(world, &key_datatype(world, of_type))
            ),
            None => format!("the name of a `{name}`"),
        };
    }
    format!("a `{name}`, {}", format_of(world, of_type))
}

/// The format of a datatype: what it says to a number far off, which passes the base of a range, or else to characters
/// that hardly any datatype takes.
fn format_of(world: &dyn World, datatype: &Iri) -> String {
    ["-999999999999", "\u{1}"]
        .into_iter()
        .find_map(|probe| {
            let probe = Literal::new(probe, datatype.clone());
            world.check_literal(&probe, datatype).err()
        })
        .map_or_else(|| "any text".to_owned(), |problem| problem.expected)
}

/// Reads a value as the parameter's type makes of it.
pub(super) fn read(
    world: &dyn World,
    parameter: &Parameter,
    value: &SuppliedValue,
    account: Option<&Iri>,
) -> Reading {
    let want = &parameter.of_type;
    match value {
        SuppliedValue::Text(text) if world.is_class(want) => {
            by_key(world, parameter, text, account)
        }
        SuppliedValue::Text(text) => {
            let literal = Literal::new(text.as_str(), want.clone());
            match world.check_literal(&literal, want) {
                Ok(()) => Ok((Value::Literal(literal), Fit::Exact)),
                Err(problem) => Err(Box::new(wrong_format(parameter, text, &problem))),
            }
        }
        SuppliedValue::Value(Value::Entity(entity)) => read_entity(world, parameter, entity),
        SuppliedValue::Value(Value::Literal(literal)) => {
            read_literal(world, parameter, literal, account)
        }
    }
}

fn read_entity(world: &dyn World, parameter: &Parameter, entity: &Iri) -> Reading {
    let name = world.compact(entity);
    let want = &parameter.of_type;
    if !world.is_entity(entity) {
        return Err(Box::new(unknown_value(world, parameter, &name)));
    }
    let entity = world.canonical(entity);
    match entity_fit(world, &entity, want) {
        Some(Fit::May) => Err(Box::new(may_fit(world, parameter, &entity))),
        Some(fit) => Ok((Value::Entity(entity), fit)),
        None => {
            let types = world.types_of(&entity);
            let types: Vec<_> = types
                .iter()
                .map(|of_type| format!("`{}`", world.compact(of_type)))
                .collect();
            let is = if types.is_empty() {
                "of no known type".to_owned()
            } else {
                format!("a {}", types.join(", "))
            };
            Err(Box::new(wrong_type(
                world,
                parameter,
                &format!("`{name}` is {is}"),
            )))
        }
    }
}

fn read_literal(
    world: &dyn World,
    parameter: &Parameter,
    literal: &Literal,
    account: Option<&Iri>,
) -> Reading {
    let want = &parameter.of_type;
    let text = &*literal.lexical;
    let kind = || format!("`{text}` is a `{}`", world.compact(&literal.datatype));
    if world.is_class(&literal.datatype) {
        // The key of an individual that was not known; by now it may be.
        return match type_fit(world, &literal.datatype, want) {
            Some(Fit::May) | None => Err(Box::new(wrong_type(world, parameter, &kind()))),
            Some(fit) => Ok((
                match individual(world, &literal.datatype, text, account) {
                    Some(entity) => Value::Entity(entity),
                    None => Value::Literal(literal.clone()),
                },
                fit,
            )),
        };
    }
    if world.is_class(want) {
        let key = key_datatype(world, want);
        return if related(world, literal, &key) {
            by_key(world, parameter, text, account)
        } else {
            Err(Box::new(wrong_type(world, parameter, &kind())))
        };
    }
    if !related(world, literal, want) {
        return Err(Box::new(wrong_type(world, parameter, &kind())));
    }
    match world.check_literal(&Literal::new(text, want.clone()), want) {
        // Characters that pass the facets are of the datatype, whichever wider one they came with.
        Ok(()) => Ok((
            Value::Literal(literal.clone()),
            type_fit(world, &literal.datatype, want)
                .filter(|fit| *fit != Fit::May)
                .unwrap_or(Fit::Subclass),
        )),
        Err(problem) => Err(Box::new(wrong_format(parameter, text, &problem))),
    }
}

/// Could a literal of its datatype be one of another?
fn related(world: &dyn World, literal: &Literal, want: &Iri) -> bool {
    let have = &literal.datatype;
    type_fit(world, have, want).is_some()
        || have.as_str() == xsd::STRING
        || (literal.number().is_some()
            && (xsd::NUMERIC.contains(&want.as_str())
                || Literal::new(literal.lexical.clone(), want.clone())
                    .number()
                    .is_some()))
}

fn by_key(world: &dyn World, parameter: &Parameter, text: &str, account: Option<&Iri>) -> Reading {
    let want = &parameter.of_type;
    if let Some(entity) = individual(world, want, text, account) {
        return read_entity(world, parameter, &entity);
    }
    if world.key_of(want).is_none() {
        return Err(Box::new(unknown_value(world, parameter, text)));
    }
    let datatype = key_datatype(world, want);
    match world.check_literal(&Literal::new(text, datatype.clone()), &datatype) {
        Ok(()) => Ok((Value::Literal(Literal::new(text, want.clone())), Fit::Exact)),
        Err(problem) => Err(Box::new(wrong_format(parameter, text, &problem))),
    }
}

/// The datatype of a class's key.
fn key_datatype(world: &dyn World, class: &Iri) -> Iri {
    let key = world.key_of(class);
    key.as_ref()
        .and_then(|key| world.property(key))
        .and_then(|property| property.ranges.first().cloned())
        .unwrap_or_else(|| Iri::from(xsd::STRING))
}

fn wrong_format(parameter: &Parameter, text: &str, problem: &FormatProblem) -> RequestFinding {
    let mut wrong = finding(
        codes::WRONG_FORMAT,
        parameter.name.as_str(),
        format!(
            "`{text}` is no value for `{}`: {}",
            parameter.name, problem.message
        ),
        format!("give {}", problem.expected),
    );
    wrong.options.push(Way::Enter {
        expected: problem.expected.clone(),
    });
    wrong
}

fn wrong_type(world: &dyn World, parameter: &Parameter, is: &str) -> RequestFinding {
    let expected = expected(world, &parameter.of_type);
    let mut wrong = finding(
        codes::WRONG_TYPE,
        parameter.name.as_str(),
        format!("{is}, not a `{}`", world.compact(&parameter.of_type)),
        format!("give {expected}"),
    );
    wrong.options.push(Way::Enter { expected });
    wrong
}

fn may_fit(world: &dyn World, parameter: &Parameter, entity: &Iri) -> RequestFinding {
    let name = world.compact(entity);
    let want = world.compact(&parameter.of_type);
    let mut may = finding(
        codes::MAY_FIT,
        parameter.name.as_str(),
        format!("`{name}` may be a `{want}`, but is only known to be something above it"),
        format!("state that `{name}` is a `{want}`, or read what it is"),
    );
    may.truth = Truth::Unknown;
    may.options.push(Way::Use {
        value: PlanValue::Entity {
            entity: entity.clone(),
        },
        fit: Fit::May,
        from: "given".to_owned(),
    });
    may
}

fn unknown_value(world: &dyn World, parameter: &Parameter, text: &str) -> RequestFinding {
    let expected = expected(world, &parameter.of_type);
    let mut unknown = finding(
        codes::UNKNOWN_VALUE,
        parameter.name.as_str(),
        format!("nothing is known of `{text}`"),
        format!("give {expected}"),
    );
    unknown.options.push(Way::Enter { expected });
    unknown
}

/// The text of a value, for a finding.
#[must_use = "this makes a text and changes nothing"]
pub(crate) fn supplied_text(world: &dyn World, value: &SuppliedValue) -> String {
    match value {
        SuppliedValue::Text(text) => text.clone(),
        SuppliedValue::Value(value) => wording::value(world, value),
    }
}
