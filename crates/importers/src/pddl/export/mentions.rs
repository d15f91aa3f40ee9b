//! What operations and conditions speak of: properties, constants, the values a property is compared with.

use std::collections::BTreeSet;

use samos_model::text::{Atom, Condition, Conjunct, Effect, Path, Root, Term};
use samos_model::{Iri, Literal, Operation, Value};

/// Visits each atom of a conjunct.
pub(super) fn visit_atoms(conjunct: &Conjunct, visit: &mut dyn FnMut(&Atom)) {
    match conjunct {
        Conjunct::Compare { left, right, .. } => left.atoms().chain(right.atoms()).for_each(visit),
        Conjunct::Is { path, .. } | Conjunct::Exists { path } => visit(&Atom::Path(path.clone())),
        Conjunct::In { path, values } => {
            visit(&Atom::Path(path.clone()));
            values.iter().for_each(visit);
        }
        Conjunct::Contains { path, value } => {
            visit(&Atom::Path(path.clone()));
            visit(value);
        }
        Conjunct::Not(inner) => visit_atoms(inner, visit),
        Conjunct::Either(alternatives) => {
            for one in alternatives.iter().flat_map(|one| &one.conjuncts) {
                visit_atoms(one, visit);
            }
        }
    }
}

/// Visits each atom of an effect.
pub(super) fn visit_effect(effect: &Effect, visit: &mut dyn FnMut(&Atom)) {
    match effect {
        Effect::Set { path, value }
        | Effect::Add { path, value }
        | Effect::Remove { path, value } => {
            visit(&Atom::Path(path.clone()));
            value.atoms().for_each(visit);
        }
        Effect::Clear(path) | Effect::Renew(path) | Effect::Delete(path) => {
            visit(&Atom::Path(path.clone()));
        }
        Effect::Create { count, .. } => count.iter().flat_map(Term::atoms).for_each(visit),
    }
}

fn visit_operation(operation: &Operation, visit: &mut dyn FnMut(&Atom)) {
    for conjunct in &operation.precondition.conjuncts {
        visit_atoms(conjunct, visit);
    }
    for effect in &operation.postcondition {
        visit_effect(effect, visit);
    }
}

/// The properties that operations and a goal speak of, and the constants they name.
pub(super) fn mentioned(
    operations: &[&Operation],
    goal: &Condition,
) -> (BTreeSet<Iri>, BTreeSet<Value>) {
    let (mut properties, mut constants) = (BTreeSet::new(), BTreeSet::new());
    let mut note = |atom: &Atom| match atom {
        Atom::Literal(literal) => {
            constants.insert(Value::Literal(literal.clone()));
        }
        Atom::Path(path) | Atom::Count(path) => {
            properties.extend(path.properties.iter().cloned());
            if let Root::Individual(iri) = &path.root {
                constants.insert(Value::Entity(iri.clone()));
            }
        }
    };
    for operation in operations {
        visit_operation(operation, &mut note);
    }
    for conjunct in &goal.conjuncts {
        visit_atoms(conjunct, &mut note);
    }
    (properties, constants)
}

/// Visits each class that a condition asks for.
pub(super) fn visit_classes(condition: &Condition, visit: &mut dyn FnMut(&Iri)) {
    fn inside(conjunct: &Conjunct, visit: &mut dyn FnMut(&Iri)) {
        match conjunct {
            Conjunct::Is { of_type, .. } => visit(of_type),
            Conjunct::Not(inner) => inside(inner, visit),
            Conjunct::Either(alternatives) => {
                for one in alternatives.iter().flat_map(|one| &one.conjuncts) {
                    inside(one, visit);
                }
            }
            _ => {}
        }
    }
    for conjunct in &condition.conjuncts {
        inside(conjunct, visit);
    }
}

/// Visits each summand of a sum.
pub(super) fn visit_sums(conjunct: &Conjunct, visit: &mut dyn FnMut(&Atom)) {
    match conjunct {
        Conjunct::Compare { left, right, .. } => {
            for term in [left, right] {
                let counts = term.atoms().any(|atom| matches!(atom, Atom::Count(_)));
                if !term.rest.is_empty() && !counts {
                    term.atoms().for_each(&mut *visit);
                }
            }
        }
        Conjunct::Not(inner) => visit_sums(inner, visit),
        Conjunct::Either(alternatives) => {
            for one in alternatives.iter().flat_map(|one| &one.conjuncts) {
                visit_sums(one, visit);
            }
        }
        _ => {}
    }
}

/// The constant that an atom is.
pub(super) fn constant(atom: &Atom) -> Option<Value> {
    match atom {
        Atom::Literal(literal) => Some(Value::Literal(literal.clone())),
        Atom::Path(Path {
            root: Root::Individual(iri),
            properties,
        }) if properties.is_empty() => Some(Value::Entity(iri.clone())),
        _ => None,
    }
}

/// Is the property compared with, or set to, anything but `true`?
pub(super) fn is_more_than_true(
    operations: &[&Operation],
    goal: &Condition,
    property: &Iri,
) -> bool {
    let truth = Value::Literal(Literal::boolean(true));
    let set = operations
        .iter()
        .flat_map(|operation| &operation.postcondition)
        .any(|effect| match effect {
            Effect::Set { path, value }
            | Effect::Add { path, value }
            | Effect::Remove { path, value } => {
                path.properties.last() == Some(property)
                    && value.as_atom().and_then(constant).as_ref() != Some(&truth)
            }
            _ => false,
        });
    let conditions = operations
        .iter()
        .map(|operation| &operation.precondition)
        .chain([goal]);
    set || conditions
        .flat_map(|condition| &condition.conjuncts)
        .any(|one| compares(one, property, &truth))
}

fn compares(conjunct: &Conjunct, property: &Iri, truth: &Value) -> bool {
    let other = |path: &Atom, value: &Atom| {
        matches!(path, Atom::Path(path) if path.properties.last() == Some(property))
            && constant(value).as_ref() != Some(truth)
    };
    match conjunct {
        Conjunct::Compare { left, right, .. } => left.atoms().any(|one| {
            right
                .atoms()
                .any(|another| other(one, another) || other(another, one))
        }),
        Conjunct::Contains { path, value } => other(&Atom::Path(path.clone()), value),
        Conjunct::In { path, values } => values
            .iter()
            .any(|value| other(&Atom::Path(path.clone()), value)),
        Conjunct::Not(inner) => compares(inner, property, truth),
        Conjunct::Either(alternatives) => alternatives
            .iter()
            .flat_map(|one| &one.conjuncts)
            .any(|one| compares(one, property, truth)),
        Conjunct::Is { path, .. } => path.properties.last() == Some(property),
        Conjunct::Exists { .. } => false,
    }
}
