//! Which requests a template allows in a state: subjects, and what may stand for each parameter.
//!
//! Entities that nothing in the slice tells apart are one: only the first of them is tried. How parameters are bound
//! together is told in [`binding`].

mod binding;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use samos_model::{Iri, Truth, Value};

use crate::catalogue::Catalogue;
use crate::compiled::{Change, Compiled, Start};
use crate::evaluation::Binding;
use crate::slice::{Accept, Filter, Slice, Target, Template};
use crate::state::State;
use crate::view::{P, T, Thing, V, View};
use binding::Binder;

/// Of so many things all combinations are tried for a multiple parameter.
const MOST_COMBINED: usize = 5;

/// Passing over so many entities costs as much as one binding.
const PASSED_OVER: usize = 64;

/// Telling an entity apart from others costs as much as so many.
const TOLD_APART: u64 = 8;

/// With more patience than this, everything there is may be looked at.
const PATIENT: u64 = 100_000;

/// An entity that more others point at by one property is like no other.
const MOST_HOLDERS: usize = 64;

/// What tells an entity apart from others, as far as the slice looks.
type Signature = (
    Vec<Iri>,
    [Option<V>; 3],
    Vec<(P, Vec<V>, Vec<V>, bool)>,
    Vec<(P, Vec<Iri>)>,
);

/// Binds templates.
pub(crate) struct Candidates<'a, 'c, 'w> {
    pub(crate) catalogue: &'a Catalogue<'c, 'w>,
    slice: &'a Slice,
    /// Values that may be used anywhere: givens, and literals of the question.
    pub(crate) given: Vec<V>,
    /// Values by parameter name that the question insists on.
    pub(crate) wishing: bool,
    signatures: RefCell<FxHashMap<Signature, u32>>,
    classes: RefCell<FxHashMap<V, u32>>,
    /// How many bindings, whole or in part, may still be tried.
    patience: Cell<u64>,
    /// Were there sets of things that were not tried?
    has_left_out: Cell<bool>,
}

impl<'a, 'c, 'w> Candidates<'a, 'c, 'w> {
    pub(crate) fn new(
        catalogue: &'a Catalogue<'c, 'w>,
        slice: &'a Slice,
        given: Vec<V>,
        wishing: bool,
    ) -> Self {
        Self {
            catalogue,
            slice,
            given,
            wishing,
            signatures: RefCell::default(),
            classes: RefCell::default(),
            patience: Cell::new(u64::MAX),
            has_left_out: Cell::default(),
        }
    }

    /// Tries no more than so many bindings from here on.
    pub(crate) fn be_patient(&self, bindings: u64) {
        self.patience.set(bindings);
    }

    /// Were there more bindings than it had patience for?
    pub(crate) fn is_out_of_patience(&self) -> bool {
        self.patience.get() == 0
    }

    /// Were there sets of things that were not tried, of more things than all sets are tried of?
    pub(crate) fn has_left_out(&self) -> bool {
        self.has_left_out.get()
    }

    fn lose_patience(&self, with: u64) {
        self.patience.set(self.patience.get().saturating_sub(with));
    }

    /// Are there no more things of the type than it has patience to tell apart?
    fn is_patient_with(&self, of_type: T) -> bool {
        let patience = self.patience.get();
        let most = usize::try_from(patience / TOLD_APART).unwrap_or(usize::MAX);
        let is_patient =
            patience > PATIENT || self.view().some(of_type, most.saturating_add(1)).len() <= most;
        if !is_patient {
            self.patience.set(0);
        }
        is_patient
    }

    fn view(&self) -> &'c View<'w> {
        self.catalogue.view
    }

    /// How many templates the slice has.
    pub(crate) fn templates(&self) -> usize {
        self.slice.templates.len()
    }

    /// Could something use the outcome at that place of the operation?
    pub(crate) fn obtains(&self, operation: usize, outcome: usize) -> bool {
        self.slice.obtained.contains(&(operation, outcome))
    }

    /// All bindings of some templates whose conditions are not false, without repetition, in the order given.
    pub(crate) fn requests(
        &self,
        state: &State,
        templates: &[usize],
    ) -> Vec<(Rc<Compiled>, Binding)> {
        let mut seen: FxHashSet<(usize, Binding)> = FxHashSet::default();
        let mut found = Vec::new();
        for template in templates
            .iter()
            .filter_map(|at| self.slice.templates.get(*at))
        {
            let Some(operation) = self.catalogue.operation(template.operation) else {
                continue;
            };
            let binder = Binder::new(self, state, &operation, template);
            for subject in self.subjects(state, &operation, template) {
                for binding in binder.bindings(subject) {
                    if seen.insert((operation.index, binding.clone())) {
                        found.push((Rc::clone(&operation), binding));
                    }
                }
            }
        }
        found
    }

    fn subjects(&self, state: &State, operation: &Compiled, template: &Template) -> Vec<V> {
        let mut things = self.things(state, operation.subject, &template.subject, true);
        things.retain(|thing| self.accepts(state, operation, *thing));
        things
    }

    /// May the operation be asked of the thing?
    pub(crate) fn accepts(&self, state: &State, operation: &Compiled, thing: V) -> bool {
        let view = self.view();
        let own = match &*view.thing(thing) {
            Thing::Known(Value::Literal(_)) => return false,
            Thing::Symbol(symbol) if symbol.home.is_none() => true,
            _ => operation.provider.is_none() || view.provider(thing) == operation.provider,
        };
        own && !state.is_deleted(thing) && state.has_type(view, thing, operation.subject)
    }

    /// Things that may stand for a variable.
    fn things(&self, state: &State, of_type: T, filters: &[Filter], is_subject: bool) -> Vec<V> {
        let view = self.view();
        let mut pool: Option<Vec<V>> = None;
        for filter in filters {
            let some = match filter {
                Filter::Target(Target::These(things, symbols)) => {
                    let mut some: Vec<V> = things.iter().copied().collect();
                    if *symbols {
                        some.extend(
                            state
                                .at_hand
                                .iter()
                                .copied()
                                .filter(|value| view.is_symbol(*value)),
                        );
                    }
                    some
                }
                Filter::Produced => state.produced.iter().copied().collect(),
                Filter::Accept(Accept::Values(values)) if !is_subject => {
                    values.iter().copied().collect()
                }
                Filter::Accept(Accept::Cells(cells)) if !is_subject => {
                    let mut some: Vec<V> = Vec::new();
                    for (thing, property) in cells {
                        some.extend(state.cell(view, *thing, *property).members.iter().copied());
                    }
                    some
                }
                _ => continue,
            };
            pool = Some(match pool {
                None => some,
                Some(before) => before
                    .into_iter()
                    .filter(|value| some.contains(value))
                    .collect(),
            });
        }
        let mut pool = pool.unwrap_or_else(|| self.open_pool(state, of_type));
        pool.sort_by_cached_key(|value| self.order(*value));
        pool.dedup();
        pool.retain(|value| {
            self.is_usable(state, *value, is_subject)
                && filters
                    .iter()
                    .all(|filter| self.passes(state, *value, filter))
        });
        pool.retain(|value| {
            if is_subject {
                !view.is_literal(*value)
            } else {
                state.fits(view, *value, of_type)
            }
        });
        pool
    }

    /// Known things before those made on the way, in the order of their names.
    fn order(&self, value: V) -> (u8, String, V) {
        match &*self.view().thing(value) {
            Thing::Known(Value::Entity(iri)) => (0, iri.to_string(), value),
            Thing::Known(Value::Literal(literal)) => (1, literal.lexical.to_string(), value),
            Thing::Symbol(_) => (2, String::new(), value),
        }
    }

    /// Everything of a type: one known entity of each kind that matters, what is at hand, what is given.
    fn open_pool(&self, state: &State, of_type: T) -> Vec<V> {
        let view = self.view();
        let mut pool = if self.is_patient_with(of_type) {
            self.representatives(state, &view.extent(of_type))
        } else {
            Vec::new()
        };
        pool.extend(
            state
                .at_hand
                .iter()
                .copied()
                .filter(|value| state.fits(view, *value, of_type)),
        );
        pool.extend(
            self.given
                .iter()
                .copied()
                .filter(|value| state.fits(view, *value, of_type)),
        );
        pool
    }

    /// The first of each class of entities that nothing here tells apart, and all that something does.
    pub(crate) fn representatives(&self, state: &State, entities: &[V]) -> Vec<V> {
        let mut taken: FxHashSet<u32> = FxHashSet::default();
        let mut kept = Vec::new();
        let touched = state.touched();
        self.lose_patience((entities.len() / PASSED_OVER) as u64);
        for entity in entities {
            if state.is_deleted(*entity) {
                continue;
            }
            let special = self.slice.named.contains(entity)
                || self.given.contains(entity)
                || touched.contains(entity);
            if special || taken.insert(self.class(*entity)) {
                kept.push(*entity);
            }
        }
        kept
    }

    /// The things of a list, of those that nothing here tells apart so many at most.
    pub(crate) fn few_of_each(&self, things: &[V], most: usize) -> Vec<V> {
        let mut taken: FxHashMap<u32, usize> = FxHashMap::default();
        let mut kept = things.to_vec();
        kept.retain(|thing| {
            self.is_special(*thing) || {
                let count = taken.entry(self.class(*thing)).or_default();
                *count += 1;
                *count <= most
            }
        });
        kept
    }

    /// Which of those that nothing here tells apart the thing is one of; `None` where it stands for itself alone.
    pub(crate) fn kind(&self, thing: V) -> Option<u32> {
        (!self.is_special(thing)).then(|| self.class(thing))
    }

    fn is_special(&self, thing: V) -> bool {
        self.view().is_literal(thing)
            || self.slice.named.contains(&thing)
            || self.given.contains(&thing)
    }

    fn class(&self, entity: V) -> u32 {
        if let Some(class) = self.classes.borrow().get(&entity) {
            return *class;
        }
        self.lose_patience(TOLD_APART);
        let next = u32::try_from(self.classes.borrow().len()).unwrap_or(u32::MAX);
        let class = match self.signature(entity) {
            Some(signature) => {
                let mut signatures = self.signatures.borrow_mut();
                *signatures.entry(signature).or_insert(next)
            }
            None => next,
        };
        self.classes.borrow_mut().insert(entity, class);
        class
    }

    /// What tells an entity apart; none where so many others point at it that it is like no other.
    fn signature(&self, entity: V) -> Option<Signature> {
        let view = self.view();
        let (mut types, mut holders) = (Vec::new(), Vec::new());
        if let Some(value @ Value::Entity(iri)) = &view.known(entity) {
            types = view.world.types_of(iri);
            for property in &self.slice.properties {
                let name = view.property_iri(*property);
                let some = view.world.some_holders(&name, value, MOST_HOLDERS + 1);
                if some.len() > MOST_HOLDERS {
                    return None;
                }
                if !some.is_empty() {
                    holders.push((*property, some));
                }
            }
        }
        let cells = self.slice.properties.iter().map(|property| {
            let cell = view.cell(entity, *property);
            (
                *property,
                cell.members.clone(),
                cell.absent.clone(),
                cell.complete,
            )
        });
        Some((
            types,
            [
                view.provider(entity),
                view.account(entity),
                view.service(entity),
            ],
            cells.collect(),
            holders,
        ))
    }

    /// Has a plan the value at this point: is it known, given, or an outcome of an earlier step?
    pub(crate) fn is_usable(&self, state: &State, value: V, is_subject: bool) -> bool {
        if state.is_deleted(value) {
            return false;
        }
        match &*self.view().thing(value) {
            Thing::Known(Value::Entity(_)) => true,
            Thing::Known(Value::Literal(_)) => {
                !is_subject
                    && (self.given.contains(&value)
                        || self.slice.named.contains(&value)
                        || state.at_hand.contains(&value))
            }
            Thing::Symbol(_) => self.given.contains(&value) || state.at_hand.contains(&value),
        }
    }

    fn passes(&self, state: &State, value: V, filter: &Filter) -> bool {
        let view = self.view();
        match filter {
            Filter::Target(Target::Any(of_type)) => {
                view.is_symbol(value) || state.has_type(view, value, *of_type)
            }
            Filter::Target(Target::These(things, symbols)) => {
                things.contains(&value) || (*symbols && view.is_symbol(value))
            }
            Filter::Accept(Accept::OfType(of_type)) => {
                view.is_symbol(value)
                    || state.has_type(view, value, *of_type)
                    || view
                        .passages(value)
                        .iter()
                        .any(|later| state.has_type(view, *later, *of_type))
            }
            Filter::Accept(Accept::Values(values)) => values
                .iter()
                .any(|other| view.same(value, *other) != Truth::False),
            Filter::Accept(Accept::Cells(_) | Accept::Anything | Accept::Change)
            | Filter::Produced => true,
            Filter::Home(which, things) => {
                let home = match which {
                    0 => view.provider(value),
                    1 => view.account(value),
                    _ => view.service(value),
                };
                home.is_some_and(|home| things.contains(&home))
            }
        }
    }

    /// What may stand for the parameter at that place, in order.
    fn choices(
        &self,
        state: &State,
        operation: &Compiled,
        template: &Template,
        at: usize,
    ) -> Vec<Rc<[V]>> {
        let Some(input) = operation.inputs.get(at) else {
            return Vec::new();
        };
        let filters = template.inputs.get(&at).map_or(&[][..], Vec::as_slice);
        let mut choices: Vec<Rc<[V]>> = Vec::new();
        if filters.is_empty() || !input.mandatory {
            if let Some(default) = input.default {
                choices.push(Rc::from([default].as_slice()));
            } else if !input.mandatory {
                choices.push(Rc::from([].as_slice()));
            }
        }
        if input.mandatory && input.default.is_none() || !filters.is_empty() {
            if input.multiple {
                let is_counted = operation
                    .clauses
                    .iter()
                    .any(|clause| clause.what.counts(Start::Parameter(at)));
                choices.extend(self.sets(state, input.of_type, filters, is_counted));
            } else {
                let mut things = self.things(state, input.of_type, filters, false);
                if filters.is_empty() && !self.matters(operation, at) {
                    things.truncate(1);
                }
                choices.extend(things.into_iter().map(|value| Rc::from([value].as_slice())));
            }
        }
        let mut seen = BTreeSet::new();
        choices.retain(|choice| seen.insert(choice.to_vec()));
        if choices.is_empty() && self.wishing {
            choices.push(Rc::from([self.wished(input.of_type)].as_slice()));
        }
        choices
    }

    /// Sets of things for a multiple parameter, small ones first: all of them where there are few things, else single
    /// ones and the whole.
    fn sets(
        &self,
        state: &State,
        of_type: T,
        filters: &[Filter],
        is_counted: bool,
    ) -> Vec<Rc<[V]>> {
        let view = self.view();
        let useful = self.things(state, of_type, filters, false);
        let mut pool: Vec<V> = view.extent(of_type).to_vec();
        pool.extend(
            state
                .at_hand
                .iter()
                .chain(&self.given)
                .copied()
                .filter(|value| state.fits(view, *value, of_type)),
        );
        pool.extend(useful.iter().copied());
        pool.retain(|value| self.is_usable(state, *value, false));
        pool.sort_by_cached_key(|value| self.order(*value));
        pool.dedup();
        if pool.len() > MOST_COMBINED {
            let mut sets: Vec<Rc<[V]>> = useful
                .iter()
                .map(|value| Rc::from([*value].as_slice()))
                .collect();
            if useful.len() > 1 {
                sets.push(Rc::from(useful));
            }
            // Of two, single ones and the whole are all there are; others only matter where they are counted.
            if sets.len() > 3 || is_counted && !sets.is_empty() {
                self.has_left_out.set(true);
            }
            return sets;
        }
        let chosen = |set: u32| {
            pool.iter()
                .enumerate()
                .filter(move |(at, _)| set >> at & 1 == 1)
                .map(|(_, value)| *value)
        };
        let mut sets: Vec<Vec<V>> = (1..1_u32 << pool.len())
            .map(|set| chosen(set).collect::<Vec<V>>())
            .filter(|set| set.iter().any(|value| useful.contains(value)))
            .collect();
        sets.sort_by_key(Vec::len);
        sets.into_iter().map(Rc::from).collect()
    }

    /// Does anything in the slice look at what becomes of the parameter? If not, one value is as good as another.
    fn matters(&self, operation: &Compiled, input: usize) -> bool {
        let variable = Start::Parameter(input);
        let is_demanded = |property: &P| {
            let schema = self.view().schema(*property);
            let related = schema
                .equivalents
                .iter()
                .chain(&schema.supers)
                .chain(&schema.subs)
                .chain(&schema.inverses);
            std::iter::once(property)
                .chain(related)
                .any(|one| self.slice.demanded.contains(one))
        };
        operation
            .clauses
            .iter()
            .any(|clause| clause.variables.contains(&variable))
            || operation
                .changes
                .iter()
                .filter(|change| change.variables.contains(&variable))
                .any(|change| match &change.what {
                    Change::Set(way, _)
                    | Change::Add(way, _)
                    | Change::Remove(way, _)
                    | Change::Clear(way)
                    | Change::Renew(way) => {
                        way.properties.last().is_none_or(is_demanded) || way.start == variable
                    }
                    Change::Create(..) | Change::Delete(_) => true,
                })
            || operation.outputs.iter().any(|output| {
                output
                    .reads
                    .as_ref()
                    .is_some_and(|(way, _)| way.start == variable)
            })
    }

    /// A value of that type that somebody would have to give.
    pub(crate) fn wished(&self, of_type: T) -> V {
        use crate::view::{Origin, Symbol};
        self.view().symbol(Symbol {
            origin: Origin::Given,
            nth: u32::MAX,
            of_type,
            home: None,
        })
    }
}
