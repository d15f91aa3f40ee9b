//! Which facts a request looks at and changes, to keep apart requests that would disturb each other.
//!
//! In: a verified request. Out: its [`Footprint`], and where two of them clash. Two additions to one set do not.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::{Atom, Iri, Operation, Path, Value, World};
use samos_verifiers::effects::{
    Expectation, Holding, Operand, Place, expect, left_side, right_side,
};
use samos_verifiers::evaluation::{looked_along, looked_at};
use samos_verifiers::{Bindings, Verification};

type Cell = (Iri, Iri);

/// What one request looks at and changes.
#[derive(Debug, Default)]
pub(super) struct Footprint {
    read: BTreeSet<Cell>,
    /// Whether a change only adds to a set.
    changed: BTreeMap<Cell, bool>,
    deleted: BTreeSet<Iri>,
    named: BTreeSet<Iri>,
    words: BTreeMap<Cell, String>,
}

impl Footprint {
    pub(super) fn of(
        world: &dyn World,
        operation: &Operation,
        verification: &Verification,
    ) -> Self {
        let bindings = Bindings::new(operation, &verification.subject, &verification.arguments);
        let mut footprint = Self::default();
        footprint.named.insert(verification.subject.clone());
        let values = verification.arguments.values().flatten();
        footprint
            .named
            .extend(values.filter_map(Value::as_entity).cloned());
        for conjunct in &operation.precondition.conjuncts {
            let looked = looked_at(world, conjunct, &bindings, false);
            let cells = looked.into_iter().map(|fact| (fact.entity, fact.property));
            footprint.read.extend(cells);
        }
        let mut paths: Vec<Path> = Vec::new();
        for effect in &operation.postcondition {
            paths.extend(left_side(effect).and_then(|path| {
                let (_, steps) = path.properties.split_last()?;
                Some(Path {
                    root: path.root.clone(),
                    properties: steps.to_vec(),
                })
            }));
            let atoms = right_side(effect).into_iter().flat_map(|term| term.atoms());
            paths.extend(atoms.filter_map(|atom| match atom {
                Atom::Path(path) | Atom::Count(path) => Some(path.clone()),
                Atom::Literal(_) => None,
            }));
        }
        let outcomes = operation.outcomes.iter();
        paths.extend(outcomes.filter_map(|outcome| Some(outcome.reads.as_ref()?.path.clone())));
        for path in paths {
            let looked = looked_along(world, &path, &bindings);
            let cells = looked.into_iter().map(|fact| (fact.entity, fact.property));
            footprint.read.extend(cells);
        }
        for expectation in expect(world, operation, &bindings) {
            footprint.change(world, expectation);
        }
        let cells: Vec<Cell> = footprint.changed.keys().cloned().collect();
        for (entity, property) in cells.into_iter().chain(footprint.read.clone()) {
            let words = format!("`{}` of `{}`", property.local(), world.compact(&entity));
            footprint.words.insert((entity, property), words);
        }
        footprint
    }

    fn change(&mut self, world: &dyn World, expectation: Expectation) {
        let (of, property, holds) = match expectation {
            Expectation::Deleted { entity } => {
                self.deleted.insert(entity);
                return;
            }
            Expectation::Created { .. } | Expectation::Untold => return,
            Expectation::Cell {
                of,
                property,
                holds,
            } => (of, property, holds),
        };
        let schema = world.property(&property);
        let mut ends = BTreeSet::from([property.clone()]);
        if let Some(schema) = schema {
            ends.extend(schema.equivalents.iter().cloned());
            ends.extend(schema.supers.iter().cloned());
            ends.extend(schema.subs.iter().cloned());
        }
        let adds = matches!(holds, Holding::Contains(_));
        let (entity, is_new) = match &of {
            Place::Entity(entity) => (Some(entity.clone()), false),
            Place::EachOf(_) => (None, true),
        };
        let mut others: BTreeSet<Iri> = operands(&holds)
            .iter()
            .filter_map(|operand| match operand {
                Operand::Value(value) => value.as_entity().cloned(),
                Operand::AllOf(_) | Operand::Itself => None,
            })
            .collect();
        if let Some(entity) = &entity {
            if !adds {
                let before = world.values(entity, &property).members;
                others.extend(before.iter().filter_map(Value::as_entity).cloned());
            }
            for end in &ends {
                self.mark((entity.clone(), end.clone()), adds);
            }
        }
        let inverses: BTreeSet<Iri> = ends
            .iter()
            .filter_map(|end| world.property(end))
            .flat_map(|end| end.inverses.iter().cloned())
            .collect();
        for other in others {
            for inverse in &inverses {
                let set = world
                    .property(inverse)
                    .is_none_or(|schema| !schema.functional);
                self.mark((other.clone(), inverse.clone()), (adds || is_new) && set);
            }
        }
    }

    fn mark(&mut self, cell: Cell, adds: bool) {
        let entry = self.changed.entry(cell).or_insert(adds);
        *entry = *entry && adds;
    }

    /// What both touch such that they cannot run at once, in words.
    pub(super) fn clash(&self, other: &Self) -> Option<String> {
        self.clash_into(other).or_else(|| other.clash_into(self))
    }

    fn clash_into(&self, other: &Self) -> Option<String> {
        let named = |entity: &&Iri| {
            other.named.contains(*entity) || other.read.iter().any(|(of, _)| of == *entity)
        };
        if self.deleted.iter().any(|entity| named(&entity)) {
            return Some("what is deleted".to_owned());
        }
        let (cell, _) = self.changed.iter().find(|(cell, adds)| {
            let written = other.changed.get(*cell);
            other.read.contains(*cell) || written.is_some_and(|both| !(*both && **adds))
        })?;
        self.words.get(cell).cloned()
    }
}

fn operands(holds: &Holding) -> &[Operand] {
    match holds {
        Holding::Exactly(operands) | Holding::Contains(operands) | Holding::Lacks(operands) => {
            operands
        }
        Holding::Nothing | Holding::Something | Holding::Untold => &[],
    }
}
