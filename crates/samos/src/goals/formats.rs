//! Literals of a goal, read as what the property beside them holds.
//!
//! Who writes `volume.size == 200` means a volume size: the same characters in the property's own datatype, which
//! then fit the parameter that sets it. What that datatype does not admit stays as it was written.

use samos_model::text::Conjunct;
use samos_model::{Atom, Comparison, Condition, Iri, Literal, World};

/// The condition with its literals in the datatypes of the properties that they are held against.
pub(super) fn typed(world: &dyn World, condition: &mut Condition) {
    for conjunct in &mut condition.conjuncts {
        type_conjunct(world, conjunct);
    }
}

fn type_conjunct(world: &dyn World, conjunct: &mut Conjunct) {
    match conjunct {
        Conjunct::Compare {
            left,
            comparison: Comparison::Equal,
            right,
        } => {
            if left.rest.is_empty() && right.rest.is_empty() {
                let (of_left, of_right) = (held(world, &left.first), held(world, &right.first));
                read_as(world, &mut left.first, of_right.as_ref());
                read_as(world, &mut right.first, of_left.as_ref());
            }
        }
        Conjunct::In { path, values } => {
            let holds = datatype(world, path.properties.last());
            for value in values {
                read_as(world, value, holds.as_ref());
            }
        }
        Conjunct::Contains { path, value } => {
            read_as(
                world,
                value,
                datatype(world, path.properties.last()).as_ref(),
            );
        }
        Conjunct::Not(inner) => type_conjunct(world, inner),
        Conjunct::Either(alternatives) => {
            for alternative in alternatives {
                typed(world, alternative);
            }
        }
        Conjunct::Compare { .. } | Conjunct::Is { .. } | Conjunct::Exists { .. } => {}
    }
}

fn held(world: &dyn World, atom: &Atom) -> Option<Iri> {
    match atom {
        Atom::Path(path) => datatype(world, path.properties.last()),
        Atom::Literal(_) | Atom::Count(_) => None,
    }
}

/// The one datatype that a property holds.
fn datatype(world: &dyn World, property: Option<&Iri>) -> Option<Iri> {
    let ranges = &world.property(property?)?.ranges;
    let only = ranges.first().filter(|_| ranges.len() == 1)?;
    (!world.is_class(only)).then(|| only.clone())
}

fn read_as(world: &dyn World, atom: &mut Atom, datatype: Option<&Iri>) {
    let (Atom::Literal(literal), Some(datatype)) = (atom, datatype) else {
        return;
    };
    if world.is_subtype(datatype, &literal.datatype) {
        let read = Literal::new(literal.lexical.clone(), datatype.clone());
        if world.check_literal(&read, datatype).is_ok() {
            *literal = read;
        }
    }
}
