//! Where effects and outcomes stand in the catalogue: from a property or a type to the operations that bear on it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use samos_model::Effect;

use crate::compiled::{Compiled, compile_operation};
use crate::view::{P, T, V, View};

/// Where effects and outcomes stand in the catalogue.
pub(crate) struct Catalogue<'a, 'w> {
    pub(crate) view: &'a View<'w>,
    compiled: RefCell<FxHashMap<usize, Rc<Compiled>>>,
    pub(crate) by_effect: FxHashMap<P, Vec<usize>>,
    pub(crate) deleting: Vec<usize>,
    pub(crate) by_outcome: BTreeMap<T, Vec<usize>>,
    /// Only operations of these providers may be used.
    providers: Option<BTreeSet<V>>,
}

impl<'a, 'w> Catalogue<'a, 'w> {
    pub(crate) fn new(view: &'a View<'w>, providers: Option<BTreeSet<V>>) -> Self {
        let mut by_effect: FxHashMap<P, Vec<usize>> = FxHashMap::default();
        let mut by_outcome: BTreeMap<T, Vec<usize>> = BTreeMap::new();
        let mut deleting = Vec::new();
        for (index, operation) in view.world.operations().iter().enumerate() {
            for effect in &operation.postcondition {
                match effect {
                    Effect::Set { path, .. }
                    | Effect::Add { path, .. }
                    | Effect::Remove { path, .. }
                    | Effect::Clear(path)
                    | Effect::Renew(path) => {
                        if let Some(property) = path.properties.last() {
                            let list = by_effect.entry(view.property(property)).or_default();
                            if list.last() != Some(&index) {
                                list.push(index);
                            }
                        }
                    }
                    Effect::Delete(_) => deleting.push(index),
                    Effect::Create { .. } => {}
                }
            }
            for outcome in &operation.outcomes {
                let list = by_outcome
                    .entry(view.type_number(&outcome.of_type))
                    .or_default();
                if list.last() != Some(&index) {
                    list.push(index);
                }
            }
        }
        deleting.dedup();
        Self {
            view,
            compiled: RefCell::default(),
            by_effect,
            deleting,
            by_outcome,
            providers,
        }
    }

    pub(crate) fn operation(&self, index: usize) -> Option<Rc<Compiled>> {
        if let Some(found) = self.compiled.borrow().get(&index) {
            return Some(Rc::clone(found));
        }
        let operation = self.view.world.operations().get(index)?;
        let compiled = Rc::new(compile_operation(self.view, index, operation));
        self.compiled
            .borrow_mut()
            .insert(index, Rc::clone(&compiled));
        Some(compiled)
    }

    /// Operations with an effect that shows on that property, in order.
    pub(crate) fn changing(&self, property: P) -> Vec<usize> {
        let mut found: Vec<usize> = self
            .sources(property)
            .iter()
            .flat_map(|(source, _)| self.by_effect.get(source).into_iter().flatten().copied())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Outcome types and the operations that give them.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = (T, &[usize])> {
        self.by_outcome
            .iter()
            .map(|(of_type, operations)| (*of_type, operations.as_slice()))
    }

    /// Operations that delete something, in order.
    pub(crate) fn deleting(&self) -> &[usize] {
        &self.deleting
    }

    pub(crate) fn is_allowed(&self, operation: &Compiled) -> bool {
        match (&self.providers, operation.provider) {
            (Some(allowed), Some(provider)) => allowed.contains(&provider),
            _ => true,
        }
    }

    /// Properties an effect on which shows on this one, and whether from the other end.
    pub(crate) fn sources(&self, property: P) -> Vec<(P, bool)> {
        let schema = self.view.schema(property);
        let mut found: Vec<(P, bool)> = Vec::new();
        let related = std::iter::once(property)
            .chain(schema.equivalents.iter().copied())
            .chain(schema.subs.iter().copied())
            .chain(schema.supers.iter().copied());
        for one in related {
            found.push((one, false));
            found.extend(
                self.view
                    .schema(one)
                    .inverses
                    .iter()
                    .map(|inverse| (*inverse, true)),
            );
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
