//! A hypothetical state: the world with the effects of some steps laid over it.
//!
//! Only what differs from the world is held, in canonical form, so that equal states are equal values.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::FxHashSet;
use samos_model::Truth;

use crate::view::{Cell, P, T, Thing, V, View};

/// Cells of things with numbers near each other.
type Stretch = BTreeMap<(V, P), Rc<Cell>>;

/// What differs from the world, and what the steps so far have brought to hand.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct State {
    /// By stretch of things: a step copies the stretches that it writes in, however long the plan is. None is empty.
    cells: Rc<BTreeMap<u32, Rc<Stretch>>>,
    deleted: Rc<BTreeSet<V>>,
    types: Rc<BTreeMap<V, BTreeSet<T>>>,
    /// Values that outcomes of earlier steps have given: symbols, and literals read from the world.
    pub(crate) at_hand: Rc<BTreeSet<V>>,
    /// Of those, the ones taken to be there because a later step uses them, where none has yet.
    pub(crate) owed: Rc<BTreeSet<V>>,
    /// What the outcome that an orchestration starts from has given.
    pub(crate) produced: Rc<BTreeSet<V>>,
}

impl State {
    /// What is known of a cell here.
    pub(crate) fn cell(&self, view: &View<'_>, thing: V, property: P) -> Rc<Cell> {
        if self.deleted.contains(&thing) {
            return Rc::new(Cell::known(Vec::new()));
        }
        let cell = self
            .changed(thing, property)
            .map_or_else(|| view.cell(thing, property), Rc::clone);
        if !self.deleted.is_empty()
            && cell
                .members
                .iter()
                .any(|member| self.deleted.contains(member))
        {
            let mut left = (*cell).clone();
            left.members.retain(|member| !self.deleted.contains(member));
            return Rc::new(left);
        }
        cell
    }

    /// The same with members that are deleted by now, as the cell was left.
    pub(crate) fn raw_cell(&self, view: &View<'_>, thing: V, property: P) -> Rc<Cell> {
        let changed = self.changed(thing, property);
        changed.map_or_else(|| view.cell(thing, property), Rc::clone)
    }

    fn changed(&self, thing: V, property: P) -> Option<&Rc<Cell>> {
        self.cells.get(&thing.stretch())?.get(&(thing, property))
    }

    pub(crate) fn put(&mut self, view: &View<'_>, thing: V, property: P, cell: Cell) {
        let cells = Rc::make_mut(&mut self.cells);
        let stretch = cells.entry(thing.stretch()).or_default();
        if *view.cell(thing, property) != cell {
            Rc::make_mut(stretch).insert((thing, property), Rc::new(cell));
            return;
        }
        if stretch.contains_key(&(thing, property)) {
            Rc::make_mut(stretch).remove(&(thing, property));
        }
        if stretch.is_empty() {
            cells.remove(&thing.stretch());
        }
    }

    pub(crate) fn is_deleted(&self, thing: V) -> bool {
        self.deleted.contains(&thing)
    }

    pub(crate) fn delete(&mut self, thing: V) {
        Rc::make_mut(&mut self.deleted).insert(thing);
        Rc::make_mut(&mut self.at_hand).remove(&thing);
    }

    pub(crate) fn add_type(&mut self, view: &View<'_>, thing: V, of_type: T) {
        if !self.has_type(view, thing, of_type) {
            Rc::make_mut(&mut self.types)
                .entry(thing)
                .or_default()
                .insert(of_type);
        }
    }

    /// Is the thing certainly of that type here?
    pub(crate) fn has_type(&self, view: &View<'_>, thing: V, of_type: T) -> bool {
        view.has_type(thing, of_type)
            || self
                .types
                .get(&thing)
                .is_some_and(|types| types.iter().any(|own| view.is_subtype(*own, of_type)))
    }

    /// The same question with three answers: of a symbol one only knows what it is, never what it is not.
    pub(crate) fn is_of_type(&self, view: &View<'_>, thing: V, of_type: T) -> Truth {
        if self.has_type(view, thing, of_type) {
            return Truth::True;
        }
        match &*view.thing(thing) {
            Thing::Symbol(_) => Truth::Unknown,
            Thing::Known(_) => Truth::False,
        }
    }

    /// Have things there no other types than here?
    pub(crate) fn has_types_of(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.types, &other.types) || self.types == other.types
    }

    pub(crate) fn fits(&self, view: &View<'_>, thing: V, of_type: T) -> bool {
        view.fits(thing, of_type)
            || (!view.is_literal(thing) && self.has_type(view, thing, of_type))
    }

    pub(crate) fn give(&mut self, value: V) {
        if !self.at_hand.contains(&value) {
            Rc::make_mut(&mut self.at_hand).insert(value);
        }
    }

    /// A later step is to use it.
    pub(crate) fn owe(&mut self, value: V) {
        Rc::make_mut(&mut self.owed).insert(value);
    }

    /// A step uses it.
    pub(crate) fn use_up(&mut self, value: V) {
        if self.owed.contains(&value) {
            Rc::make_mut(&mut self.owed).remove(&value);
        }
    }

    /// Does the symbol stand anywhere here?
    pub(crate) fn mentions(&self, value: V) -> bool {
        self.at_hand.contains(&value)
            || self.deleted.contains(&value)
            || self.types.contains_key(&value)
            || self.all_changed().any(|((thing, _), cell)| {
                *thing == value || cell.members.binary_search(&value).is_ok()
            })
    }

    /// The things of which an effect has touched a cell, or that stand in one.
    pub(crate) fn touched(&self) -> FxHashSet<V> {
        let mut touched: FxHashSet<V> = self.types.keys().copied().collect();
        for ((thing, _), cell) in self.all_changed() {
            touched.insert(*thing);
            touched.extend(&cell.members);
        }
        touched
    }

    /// How many things are deleted here.
    pub(crate) fn deletions(&self) -> usize {
        self.deleted.len()
    }

    fn all_changed(&self) -> impl Iterator<Item = (&(V, P), &Rc<Cell>)> {
        self.cells.values().flat_map(|stretch| stretch.iter())
    }
}
