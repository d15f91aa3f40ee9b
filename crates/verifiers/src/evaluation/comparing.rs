//! Comparing sets of values of which some may not be known.
//!
//! In: two [`Values`]. Out: whether some pair of their members compares so; unknown where an unknown member might.

use std::cmp::Ordering;

use samos_model::vocabulary::xsd;
use samos_model::{Comparison, Literal, Truth, Value, Values, World};

use crate::effects;

/// Are the two the same thing? Numbers compare by value, other literals by their characters, entities by individual.
/// Unknown only where one stands for a value that nobody has read yet.
#[must_use = "comparing has no other effect"]
pub fn equal(world: &dyn World, left: &Value, right: &Value) -> Truth {
    match (left, right) {
        (Value::Entity(left), Value::Entity(right)) => {
            if left == right {
                return Truth::True;
            }
            // What is created differs from all else; what was renewed may turn out to be anything.
            if effects::is_created(left) || effects::is_created(right) {
                return Truth::False;
            }
            if effects::is_unread(left) || effects::is_unread(right) {
                return Truth::Unknown;
            }
            Truth::from(world.canonical(left) == world.canonical(right))
        }
        (Value::Literal(left), Value::Literal(right)) => {
            Truth::from(equal_literals(world, left, right))
        }
        (Value::Entity(entity), Value::Literal(_)) | (Value::Literal(_), Value::Entity(entity)) => {
            if effects::is_unread(entity) {
                Truth::Unknown
            } else {
                Truth::False
            }
        }
    }
}

fn equal_literals(world: &dyn World, left: &Literal, right: &Literal) -> bool {
    if let (Some(left), Some(right)) = (left.number(), right.number()) {
        return left == right;
    }
    if left.datatype.as_str() == xsd::BOOLEAN && right.datatype.as_str() == xsd::BOOLEAN {
        return boolean(left) == boolean(right);
    }
    // A literal whose datatype is a class is the key of an individual of that class, and no plain text.
    let keys = world.is_class(&left.datatype) || world.is_class(&right.datatype);
    left.lexical == right.lexical
        && (!keys
            || world.is_subtype(&left.datatype, &right.datatype)
            || world.is_subtype(&right.datatype, &left.datatype))
}

fn boolean(literal: &Literal) -> &str {
    match &*literal.lexical {
        "1" => "true",
        "0" => "false",
        other => other,
    }
}

/// Does the operator hold between some member of the left and some of the right?
pub(crate) fn compare(
    world: &dyn World,
    left: &Values,
    comparison: Comparison,
    right: &Values,
) -> Truth {
    match comparison {
        Comparison::Equal => same(world, left, right),
        Comparison::Unequal => !same(world, left, right),
        Comparison::Less | Comparison::AtMost | Comparison::Greater | Comparison::AtLeast => {
            ordered(left, comparison, right)
        }
    }
}

/// Have the two a member in common?
pub(crate) fn same(world: &dyn World, left: &Values, right: &Values) -> Truth {
    let mut found = Truth::False;
    for one in &left.members {
        for other in &right.members {
            found = found.or(equal(world, one, other));
            if found == Truth::True {
                return found;
            }
        }
    }
    if found == Truth::Unknown || might_share(world, left, right) {
        Truth::Unknown
    } else {
        Truth::False
    }
}

/// Could a value that is not known be in both?
fn might_share(world: &dyn World, left: &Values, right: &Values) -> bool {
    match (left.complete, right.complete) {
        (true, true) => false,
        (false, false) => true,
        (true, false) => !excludes(world, right, left),
        (false, true) => !excludes(world, left, right),
    }
}

/// Are all members of the known side certainly not in the open one?
fn excludes(world: &dyn World, open: &Values, known: &Values) -> bool {
    known.members.iter().all(|member| {
        let mut absent = open.absent.iter();
        absent.any(|other| equal(world, member, other) == Truth::True)
    })
}

fn ordered(left: &Values, comparison: Comparison, right: &Values) -> Truth {
    let empty = |side: &Values| side.complete && side.members.is_empty();
    if empty(left) || empty(right) {
        return Truth::False;
    }
    let mut found = if left.complete && right.complete {
        Truth::False
    } else {
        Truth::Unknown
    };
    for one in &left.members {
        for other in &right.members {
            found = found.or(in_order(one, comparison, other));
        }
    }
    found
}

fn in_order(left: &Value, comparison: Comparison, right: &Value) -> Truth {
    let unread = |value: &Value| value.as_entity().is_some_and(effects::is_unread);
    if unread(left) || unread(right) {
        return Truth::Unknown;
    }
    let (Some(left), Some(right)) = (left.as_literal(), right.as_literal()) else {
        return Truth::False;
    };
    let order = match (left.number(), right.number()) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ if left.datatype == right.datatype => left.lexical.cmp(&right.lexical),
        _ => return Truth::False,
    };
    Truth::from(match comparison {
        Comparison::Less => order == Ordering::Less,
        Comparison::AtMost => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::AtLeast => order != Ordering::Less,
        Comparison::Equal | Comparison::Unequal => false,
    })
}

/// Is it so of some member?
pub(crate) fn any(values: &Values, mut test: impl FnMut(&Value) -> Truth) -> Truth {
    let start = if values.complete {
        Truth::False
    } else {
        Truth::Unknown
    };
    let members = values.members.iter();
    members.fold(start, |found, member| found.or(test(member)))
}
