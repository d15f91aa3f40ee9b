//! Where effects and outcomes stand in the catalogue: from a property or a type to the operations that bear on it.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use samos_model::Bearings;

use crate::compiled::{Compiled, compile_operation};
use crate::view::{P, T, V, View};

/// Where effects and outcomes stand in the catalogue.
pub(crate) struct Catalogue<'a, 'w> {
    pub(crate) view: &'a View<'w>,
    bearings: Arc<Bearings>,
    compiled: RefCell<FxHashMap<usize, Rc<Compiled>>>,
    by_effect: RefCell<FxHashMap<P, Rc<[usize]>>>,
    by_outcome: OnceCell<BTreeMap<T, Rc<[usize]>>>,
    /// Only operations of these providers may be used.
    providers: Option<BTreeSet<V>>,
    /// Only these operations may be used.
    operations: Option<BTreeSet<usize>>,
}

impl<'a, 'w> Catalogue<'a, 'w> {
    pub(crate) fn new(view: &'a View<'w>, providers: Option<BTreeSet<V>>) -> Self {
        Self {
            view,
            bearings: view.world.bearings(),
            compiled: RefCell::default(),
            by_effect: RefCell::default(),
            by_outcome: OnceCell::new(),
            providers,
            operations: None,
        }
    }

    /// The same, of which only these operations may be used.
    pub(crate) fn only(mut self, operations: BTreeSet<usize>) -> Self {
        self.operations = Some(operations);
        self
    }

    /// Operations with an effect on that very property, in order.
    pub(crate) fn on(&self, property: P) -> Rc<[usize]> {
        let mut by_effect = self.by_effect.borrow_mut();
        let places = by_effect
            .entry(property)
            .or_insert_with(|| Rc::from(self.bearings.on(&self.view.property_iri(property))));
        Rc::clone(places)
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
            .flat_map(|(source, _)| self.on(*source).to_vec())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Outcome types and the operations that give them.
    pub(crate) fn outcomes(&self) -> &BTreeMap<T, Rc<[usize]>> {
        self.by_outcome.get_or_init(|| {
            let all = self.bearings.outcomes();
            all.map(|(of_type, places)| (self.view.type_number(of_type), Rc::from(places)))
                .collect()
        })
    }

    /// Operations that delete something, in order.
    pub(crate) fn deleting(&self) -> &[usize] {
        self.bearings.deleting()
    }

    pub(crate) fn is_allowed(&self, operation: &Compiled) -> bool {
        if let Some(allowed) = &self.operations
            && !allowed.contains(&operation.index)
        {
            return false;
        }
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
