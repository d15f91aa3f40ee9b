//! What a path leads to in a hypothetical state: a literal, an entity, or a symbol for what nobody knows yet.
//!
//! In: values of the world and of the plan. Out: things that can be ordered and compared for equality in three values.
//! Not here: what is known of a thing; that is the state's.

use std::collections::BTreeSet;

use samos_model::vocabulary::xsd;
use samos_model::{Iri, Literal, Truth, Value, World};

/// A symbol's name: the step that made it and its place among those it made. Step 0 makes the givens.
///
/// The same step makes the same symbols in whatever order the plan is replayed, so that states can be compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Symbol {
    pub(crate) step: u32,
    pub(crate) number: u32,
}

/// What is known of a symbol from the start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Made {
    /// Was it created, or does it stand for something that was there before?
    pub(crate) created: bool,
    pub(crate) types: BTreeSet<Iri>,
    pub(crate) owners: Owners,
}

/// Whose a thing is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Owners {
    pub(crate) account: Option<Thing>,
    pub(crate) service: Option<Thing>,
    pub(crate) provider: Option<Thing>,
}

/// One value of a hypothetical state. Entities are canonical.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Thing {
    Literal(Literal),
    Entity(Iri),
    Symbol(Symbol),
}

impl Thing {
    pub(crate) fn of_value(world: &dyn World, value: &Value) -> Self {
        match value {
            Value::Literal(literal) => Self::Literal(literal.clone()),
            Value::Entity(entity) => Self::Entity(world.canonical(entity)),
        }
    }

    pub(crate) fn number(number: samos_model::Decimal) -> Self {
        let number = number.normalize();
        let datatype = if number.scale() == 0 {
            xsd::INTEGER
        } else {
            xsd::DECIMAL
        };
        Self::Literal(Literal::new(number.to_string(), datatype))
    }

    pub(crate) fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }

    pub(crate) fn as_symbol(&self) -> Option<Symbol> {
        match self {
            Self::Symbol(symbol) => Some(*symbol),
            Self::Literal(_) | Self::Entity(_) => None,
        }
    }
}

/// Are two literals the same value?
pub(crate) fn same_literal(world: &dyn World, left: &Literal, right: &Literal) -> bool {
    let is_key = |literal: &Literal| world.is_class(&literal.datatype);
    if is_key(left) || is_key(right) {
        let related = world.is_subtype(&left.datatype, &right.datatype)
            || world.is_subtype(&right.datatype, &left.datatype);
        return related && left.lexical == right.lexical;
    }
    if let (Some(left), Some(right)) = (left.number(), right.number()) {
        return left == right;
    }
    if left.datatype.as_str() == xsd::BOOLEAN && right.datatype.as_str() == xsd::BOOLEAN {
        return boolean(&left.lexical) == boolean(&right.lexical);
    }
    left.lexical == right.lexical
}

fn boolean(lexical: &str) -> &str {
    match lexical {
        "1" => "true",
        "0" => "false",
        other => other,
    }
}

/// A symbol against anything else: only what was created is known to differ.
pub(crate) fn differs(created: bool, other_created: bool) -> Truth {
    if created || other_created {
        Truth::False
    } else {
        Truth::Unknown
    }
}
