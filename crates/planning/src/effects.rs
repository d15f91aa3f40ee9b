//! Progression: the state after a request, in a hypothetical world.
//!
//! Right sides and the things that change are read in the state before; then values are removed, then added; then each
//! change is carried to equivalent, super- and inverse properties. What is not named stays.

mod assuming;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use samos_model::{Decimal, Sign, Truth};

use crate::compiled::{Change, Compiled, Named, Part, Start, Sum, Way};
use crate::evaluation::{Binding, Evaluator, Found, is_left_out, number_value};
use crate::state::State;
use crate::view::{Cell, Origin, P, Symbol, T, V, View};

pub(crate) use assuming::{assume, take_found};

/// More things than this are not created by one request.
const MOST_CREATED: u32 = 10_000;

/// How each cell that an operation touches changed.
pub(crate) type Writes = BTreeMap<(V, P), Write>;

/// How a cell changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Write {
    /// Members were added to a set: two such commute.
    Added,
    /// Anything else.
    Changed,
}

/// A request, carried out.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) state: State,
    /// The binding with its outcomes.
    pub(crate) binding: Binding,
    pub(crate) writes: Writes,
    pub(crate) reads: BTreeSet<(V, P)>,
    pub(crate) deleted: BTreeSet<V>,
}

/// One change, its sides read.
enum Step {
    Set(V, P, Found),
    Add(V, P, Found),
    Remove(V, P, Found),
    Renew(V, P),
    Delete(V),
}

/// The state after a request, or `None` where its effects cannot be told: what changes is not known.
///
/// The outcomes at the places `found` are taken to find something, whatever is known of it.
pub(crate) fn apply(
    view: &View<'_>,
    state: &State,
    operation: &Compiled,
    binding: &Binding,
    found: &[usize],
) -> Option<Applied> {
    let mut progress = Progress::new(view, state.clone());
    let mut binding = binding.clone();
    bind_outcomes(view, state, operation, &mut binding, &mut progress)?;
    let mut steps = Vec::new();
    for change in &operation.changes {
        let reads = read_change(view, state, operation, &binding, change, &mut steps)?;
        progress.reads.extend(reads);
    }
    for step in &steps {
        progress.take_away(step);
    }
    for step in &steps {
        progress.put_in(step);
    }
    read_outcomes(operation, found, &mut binding, &mut progress);
    Some(progress.finish(binding))
}

/// Gives values to the outcomes that are made by the call.
fn bind_outcomes(
    view: &View<'_>,
    state: &State,
    operation: &Compiled,
    binding: &mut Binding,
    progress: &mut Progress<'_, '_>,
) -> Option<()> {
    binding.outputs = vec![Rc::from([].as_slice()); operation.outputs.len()];
    let arguments: Vec<V> = binding
        .subject
        .into_iter()
        .chain(
            binding
                .inputs
                .iter()
                .flat_map(|values| values.iter().copied()),
        )
        .collect();
    for (at, output) in operation.outputs.iter().enumerate() {
        let made = if output.created {
            created_count(view, state, operation, binding, at)?
        } else if output.reads.is_none() {
            1
        } else {
            if let Some((way, _)) = &output.reads {
                let mut found = Evaluator::new(view, state, binding).follow(binding, way);
                if found.members.is_empty() && !found.complete {
                    found
                        .members
                        .extend(unread(progress, binding, way, output.of_type));
                }
                if let Some(slot) = binding.outputs.get_mut(at) {
                    *slot = Rc::from(found.members);
                }
            }
            continue;
        };
        let values: Vec<V> = (0..made)
            .map(|index| {
                let origin = Origin::Created {
                    operation: operation.index,
                    arguments: arguments.clone(),
                    outcome: at,
                    index,
                };
                progress.fresh(origin, output.of_type, binding.subject)
            })
            .collect();
        for value in &values {
            progress.state.give(*value);
        }
        if let Some(slot) = binding.outputs.get_mut(at) {
            *slot = Rc::from(values);
        }
    }
    Some(())
}

/// How many things a request creates for an outcome; `None` where that cannot be told.
fn created_count(
    view: &View<'_>,
    state: &State,
    operation: &Compiled,
    binding: &Binding,
    outcome: usize,
) -> Option<u32> {
    let mut total = 0;
    for change in &operation.changes {
        let Change::Create(at, count) = &change.what else {
            continue;
        };
        if *at != outcome || is_left_out(binding, &change.variables) {
            continue;
        }
        let Some(count) = count else {
            total += 1;
            continue;
        };
        let found = Evaluator::new(view, state, binding).sum(binding, count);
        let [value] = found.members.as_slice() else {
            return None;
        };
        let number = view.known(*value)?.as_literal()?.number()?;
        if !found.complete
            || !number.is_integer()
            || number.is_sign_negative()
            || number > Decimal::from(MOST_CREATED)
        {
            return None;
        }
        total += u32::try_from(number).ok()?;
    }
    Some(total)
}

/// Reads both sides of a change in the state before; returns the cells looked at.
fn read_change(
    view: &View<'_>,
    state: &State,
    operation: &Compiled,
    binding: &Binding,
    change: &Named<Change>,
    steps: &mut Vec<Step>,
) -> Option<BTreeSet<(V, P)>> {
    let evaluator = Evaluator::new(view, state, binding);
    if is_left_out(binding, &change.variables) {
        return Some(BTreeSet::new());
    }
    let (Change::Set(way, _)
    | Change::Add(way, _)
    | Change::Remove(way, _)
    | Change::Clear(way)
    | Change::Renew(way)
    | Change::Delete(way)) = &change.what
    else {
        return Some(BTreeSet::new());
    };
    for element in evaluator.elements(Some(operation), &[way.start]) {
        if let Change::Delete(_) = &change.what {
            let found = evaluator.follow(&element, way);
            if !found.complete {
                return None;
            }
            steps.extend(found.members.into_iter().map(Step::Delete));
            continue;
        }
        let property = *way.properties.last()?;
        let prefix = evaluator.prefix(&element, way);
        if !prefix.complete {
            return None;
        }
        for thing in prefix.members {
            if view.is_literal(thing) {
                continue;
            }
            steps.push(match &change.what {
                Change::Set(_, value) => Step::Set(thing, property, evaluator.sum(&element, value)),
                Change::Add(_, value) => Step::Add(thing, property, evaluator.sum(&element, value)),
                Change::Remove(_, value) => {
                    Step::Remove(thing, property, evaluator.sum(&element, value))
                }
                Change::Clear(_) => Step::Set(
                    thing,
                    property,
                    Found {
                        complete: true,
                        ..Found::default()
                    },
                ),
                _ => Step::Renew(thing, property),
            });
        }
    }
    let mut reads = evaluator.reads.into_inner();
    // What is counted up or down is read as well as written.
    for step in steps.iter() {
        if let Step::Add(thing, property, _) | Step::Remove(thing, property, _) = step
            && view.schema(*property).functional
        {
            reads.insert((*thing, *property));
        }
    }
    Some(reads)
}

/// A value for what stands at a path of which nothing is known. It is put nowhere: to look is no proof that there is any.
fn unread(progress: &Progress<'_, '_>, binding: &Binding, way: &Way, of_type: T) -> Option<V> {
    let origin = Origin::Cell(binding.subject?, *way.properties.last()?);
    Some(progress.fresh(origin, of_type, binding.subject))
}

/// Lets outcomes report what stands at their paths now.
fn read_outcomes(
    operation: &Compiled,
    taken: &[usize],
    binding: &mut Binding,
    progress: &mut Progress<'_, '_>,
) {
    let view = progress.view;
    for (at, output) in operation.outputs.iter().enumerate() {
        let Some((way, _)) = &output.reads else {
            continue;
        };
        let state = progress.state.clone();
        let evaluator = Evaluator::new(view, &state, binding);
        let mut found = evaluator.follow(binding, way);
        progress.reads.extend(evaluator.reads.into_inner());
        if taken.contains(&at) && found.members.is_empty() && !found.complete {
            found
                .members
                .extend(unread(progress, binding, way, output.of_type));
        }
        for value in &found.members {
            if view.is_symbol(*value) || view.is_literal(*value) {
                progress.state.give(*value);
            }
        }
        if let Some(slot) = binding.outputs.get_mut(at) {
            *slot = Rc::from(found.members);
        }
    }
}

/// The state being made.
struct Progress<'a, 'w> {
    view: &'a View<'w>,
    state: State,
    writes: Writes,
    reads: BTreeSet<(V, P)>,
    deleted: BTreeSet<V>,
}

impl<'a, 'w> Progress<'a, 'w> {
    fn new(view: &'a View<'w>, state: State) -> Self {
        Self {
            view,
            state,
            writes: BTreeMap::new(),
            reads: BTreeSet::new(),
            deleted: BTreeSet::new(),
        }
    }

    fn finish(self, binding: Binding) -> Applied {
        let Self {
            state,
            writes,
            reads,
            deleted,
            ..
        } = self;
        Applied {
            state,
            binding,
            writes,
            reads,
            deleted,
        }
    }

    /// A symbol of that origin that stands nowhere yet: the lowest free number, so that equal histories give equal states.
    fn fresh(&self, origin: Origin, of_type: T, home: Option<V>) -> V {
        let mut nth = 0;
        loop {
            let symbol = self.view.symbol(Symbol {
                origin: origin.clone(),
                nth,
                of_type,
                home,
            });
            if !self.state.mentions(symbol) {
                return symbol;
            }
            nth += 1;
        }
    }

    fn range(&self, property: P) -> T {
        let ranges = &self.view.schema(property).ranges;
        // The lowest of several ranges says the most.
        let lowest = ranges.iter().find(|one| {
            ranges
                .iter()
                .all(|other| self.view.is_subtype(**one, *other))
        });
        lowest
            .or(ranges.first())
            .copied()
            .unwrap_or_else(|| self.view.type_number(&crate::view::OWL_THING.into()))
    }

    fn take_away(&mut self, step: &Step) {
        match step {
            Step::Set(thing, property, value) => {
                let old = self.state.cell(self.view, *thing, *property);
                for member in &old.members {
                    if !value.members.contains(member) {
                        self.remove(*thing, *property, *member);
                    }
                }
                self.settle(*thing, *property, value);
            }
            Step::Remove(thing, property, value) if !self.counts(*property) => {
                for gone in &value.members {
                    self.remove_from_set(*thing, *property, *gone);
                }
                if !value.complete && value.members.is_empty() {
                    self.edit(*thing, *property, Write::Changed, |cell| {
                        cell.members.clear();
                        cell.complete = false;
                    });
                }
            }
            Step::Renew(thing, property) => {
                let old = self.state.cell(self.view, *thing, *property);
                for member in &old.members {
                    self.remove(*thing, *property, *member);
                }
                self.settle(
                    *thing,
                    *property,
                    &Found {
                        complete: true,
                        ..Found::default()
                    },
                );
            }
            Step::Delete(thing) => {
                self.state.delete(*thing);
                self.deleted.insert(*thing);
            }
            Step::Add(..) | Step::Remove(..) => {}
        }
    }

    fn put_in(&mut self, step: &Step) {
        match step {
            Step::Set(thing, property, value) => {
                for member in self.readable(*property, value) {
                    self.add(*thing, *property, member);
                }
            }
            Step::Add(thing, property, value) if self.counts(*property) => {
                self.count(*thing, *property, Sign::Plus, value)
            }
            Step::Remove(thing, property, value) if self.counts(*property) => {
                self.count(*thing, *property, Sign::Minus, value);
            }
            Step::Add(thing, property, value) => {
                for member in self.readable(*property, value) {
                    self.add(*thing, *property, member);
                }
            }
            Step::Renew(thing, property) => {
                let symbol = self.fresh(
                    Origin::Cell(*thing, *property),
                    self.range(*property),
                    Some(*thing),
                );
                self.add(*thing, *property, symbol);
                self.writes.insert((*thing, *property), Write::Changed);
            }
            Step::Remove(..) | Step::Delete(_) => {}
        }
    }

    /// A functional property's `+=` and `-=` count.
    fn counts(&self, property: P) -> bool {
        self.view.schema(property).functional
    }

    /// The values a right side gives; a symbol where none is known.
    fn readable(&self, property: P, value: &Found) -> Vec<V> {
        if value.members.is_empty() && !value.complete {
            let origin = Origin::Cell(
                self.view.entity(&self.view.property_iri(property)),
                property,
            );
            return vec![self.fresh(origin, self.range(property), None)];
        }
        value.members.clone()
    }

    fn count(&mut self, thing: V, property: P, sign: Sign, by: &Found) {
        let old = self.state.cell(self.view, thing, property);
        let number = |found: &[V]| match found {
            [one] => self
                .view
                .known(*one)
                .and_then(|value| value.as_literal().and_then(samos_model::Literal::number)),
            _ => None,
        };
        let start = if old.complete && old.members.is_empty() {
            Some(Decimal::ZERO)
        } else {
            number(&old.members)
        };
        let sum = match (start, number(&by.members), sign) {
            (Some(start), Some(by), Sign::Plus) => start.checked_add(by),
            (Some(start), Some(by), Sign::Minus) => start.checked_sub(by),
            _ => None,
        };
        for member in &old.members {
            self.remove(thing, property, *member);
        }
        let value = match sum {
            Some(sum) => self.view.value(&number_value(sum)),
            None => self.fresh(
                Origin::Cell(thing, property),
                self.range(property),
                Some(thing),
            ),
        };
        self.add(thing, property, value);
        self.writes.insert((thing, property), Write::Changed);
    }

    fn edit(&mut self, thing: V, property: P, write: Write, change: impl FnOnce(&mut Cell)) {
        let old = self.state.cell(self.view, thing, property);
        let mut new = (*old).clone();
        change(&mut new);
        if new != *old {
            self.state.put(self.view, thing, property, new);
            let slot = self.writes.entry((thing, property)).or_insert(write);
            if write == Write::Changed {
                *slot = Write::Changed;
            }
        }
    }

    /// After `=` a cell and its equivalents are known, and so are sub-properties that were emptied.
    fn settle(&mut self, thing: V, property: P, value: &Found) {
        let complete = value.complete || self.counts(property);
        let schema = self.view.schema(property);
        for one in std::iter::once(property).chain(schema.equivalents.iter().copied()) {
            self.edit(thing, one, Write::Changed, |cell| {
                cell.absent.clear();
                cell.complete = complete;
            });
            self.writes.insert((thing, one), Write::Changed);
        }
        if value.complete && value.members.is_empty() {
            for sub in &schema.subs {
                self.edit(thing, *sub, Write::Changed, |cell| {
                    cell.absent.clear();
                    cell.complete = true;
                });
            }
        }
    }

    /// Takes a value out of one cell, and what follows from it out of others.
    fn remove(&mut self, thing: V, property: P, value: V) {
        let schema = self.view.schema(property);
        let below: Vec<P> = std::iter::once(property)
            .chain(schema.equivalents.iter().copied())
            .chain(schema.subs.iter().copied())
            .collect();
        for one in &below {
            self.remove_here(thing, *one, value);
        }
        for above in &schema.supers {
            let still = self.view.schema(*above).subs.iter().any(|sub| {
                !below.contains(sub)
                    && !schema.supers.contains(sub)
                    && self
                        .state
                        .cell(self.view, thing, *sub)
                        .members
                        .binary_search(&value)
                        .is_ok()
            });
            if !still {
                self.remove_here(thing, *above, value);
            }
        }
    }

    fn remove_here(&mut self, thing: V, property: P, value: V) {
        let drop = |cell: &mut Cell, gone: V| {
            if let Ok(at) = cell.members.binary_search(&gone) {
                cell.members.remove(at);
            }
        };
        self.edit(thing, property, Write::Changed, |cell| drop(cell, value));
        if !self.view.is_literal(value) {
            for inverse in &self.view.schema(property).inverses {
                self.edit(value, *inverse, Write::Changed, |cell| drop(cell, thing));
            }
        }
    }

    fn remove_from_set(&mut self, thing: V, property: P, gone: V) {
        let old = self.state.cell(self.view, thing, property);
        let mut doubtful = false;
        for member in &old.members {
            match self.view.same(*member, gone) {
                Truth::True => self.remove(thing, property, *member),
                Truth::Unknown => {
                    doubtful = true;
                    self.remove(thing, property, *member);
                }
                Truth::False => {}
            }
        }
        self.edit(thing, property, Write::Changed, |cell| {
            if doubtful {
                cell.complete = false;
            }
            if !cell.complete
                && !doubtful
                && let Err(at) = cell.absent.binary_search(&gone)
            {
                cell.absent.insert(at, gone);
            }
        });
        self.writes.insert((thing, property), Write::Changed);
    }

    /// Puts a value into one cell, and what follows from it into others.
    fn add(&mut self, thing: V, property: P, value: V) {
        let schema = self.view.schema(property);
        let above: Vec<P> = std::iter::once(property)
            .chain(schema.equivalents.iter().copied())
            .chain(schema.supers.iter().copied())
            .collect();
        for one in above {
            self.add_here(thing, one, value);
            let schema = self.view.schema(one);
            for domain in &schema.domains {
                self.state.add_type(self.view, thing, *domain);
            }
            if self.view.is_literal(value) {
                continue;
            }
            for range in &schema.ranges {
                self.state.add_type(self.view, value, *range);
            }
            for inverse in &schema.inverses {
                self.add_here(value, *inverse, thing);
            }
        }
    }

    fn add_here(&mut self, thing: V, property: P, value: V) {
        let functional = self.counts(property);
        let old = self.state.cell(self.view, thing, property);
        if functional {
            for member in &old.members {
                if *member != value {
                    self.remove_here(thing, property, *member);
                }
            }
        }
        let write = if functional {
            Write::Changed
        } else {
            Write::Added
        };
        // A member that is there already is written as well: another step may be about to take it out.
        self.writes.entry((thing, property)).or_insert(write);
        self.edit(thing, property, write, |cell| {
            if let Err(at) = cell.members.binary_search(&value) {
                cell.members.insert(at, value);
            }
            cell.absent.retain(|absent| *absent != value);
            if functional {
                cell.complete = true;
                cell.absent.clear();
            }
        });
    }
}

/// The state once a value of a cell has turned into another: wherever that property, or one below it, held the old one,
/// it holds the new one, carried on as an effect would be.
pub(crate) fn pass(
    view: &View<'_>,
    state: &State,
    (thing, property): (V, P),
    old: V,
    new: V,
) -> (State, Writes) {
    let mut progress = Progress::new(view, state.clone());
    let schema = view.schema(property);
    let holding: Vec<P> = std::iter::once(property)
        .chain(schema.subs.iter().copied())
        .filter(|one| state.cell(view, thing, *one).members.contains(&old))
        .collect();
    progress.remove(thing, property, old);
    for one in holding {
        progress.add(thing, one, new);
    }
    for write in progress.writes.values_mut() {
        *write = Write::Changed;
    }
    (progress.state, progress.writes)
}

/// Does a sum name exactly one variable and nothing else?
pub(crate) fn bare_variable(sum: &Sum) -> Option<Start> {
    match sum.single() {
        Some(Part::Way(way)) if way.properties.is_empty() => Some(way.start),
        _ => None,
    }
}
