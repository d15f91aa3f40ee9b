//! One request in a hypothetical state: what it assumes, what comes back, what it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rust_decimal::prelude::ToPrimitive as _;
use samos_model::{Conjunct, Decimal, Effect, Iri, Name, Operation, Path, Root, Term};

use super::carry::Change;
use super::condition::{number, variables_of_term};
use super::scope::scope_of;
use super::waiting::Waited;
use super::{Cell, Scope, State, Thing, View};

/// "count term must be a known integer 0..=10000".
const MOST_CREATED: u64 = 10_000;

/// What a request did.
#[derive(Clone)]
pub struct Progress<'w> {
    /// The state after it.
    pub state: State<'w>,
    /// What came back.
    pub outcomes: BTreeMap<Name, Vec<Thing>>,
    /// The conjuncts of its precondition that were taken for granted.
    pub assumptions: Vec<Conjunct>,
    /// How many of those are about what nobody has looked at.
    pub unknowns: usize,
    /// The states that are waited for.
    pub waits: Vec<Waited>,
    /// What it looked at and changed.
    pub touched: Touched<'w>,
}

/// "Unordered steps must commute": all that decides whether two do.
#[derive(Clone, Default)]
pub struct Touched<'w> {
    /// Cells looked at.
    pub read: BTreeSet<(Thing, Iri)>,
    /// What was found there: a delete of it is seen.
    pub met: BTreeSet<Thing>,
    /// Sets that a member was added to.
    pub added: BTreeSet<(Thing, Iri)>,
    /// Cells changed in any other way.
    pub written: BTreeSet<(Thing, Iri)>,
    /// Subject and arguments.
    pub named: BTreeSet<Thing>,
    /// Things made: whoever names one of them waits for it.
    pub made: BTreeSet<Thing>,
    /// Things deleted.
    pub deleted: BTreeSet<Thing>,
    /// The state in which it deleted them: whoever looks where one stood comes after it, or saw it before.
    pub standing: Option<Rc<State<'w>>>,
}

impl Touched<'_> {
    /// "They may be unordered iff neither writes a cell that the other reads or writes (two `+=` of sets on one cell
    /// commute), no data flow, no delete of what the other names."
    #[must_use = "comparing has no other effect"]
    pub fn commutes(&self, other: &Self) -> bool {
        let clear = |one: &Self, two: &Self| {
            let changed =
                |cell: &(Thing, Iri)| two.written.contains(cell) || two.added.contains(cell);
            !one.read.iter().any(changed)
                && !one.written.iter().any(changed)
                && one.named.is_disjoint(&two.made)
                && one.named.is_disjoint(&two.deleted)
                && one.met.is_disjoint(&two.deleted)
                && !(one.read.iter().chain(&one.written).chain(&one.added))
                    .any(|(thing, _)| two.deleted.contains(thing))
                && !one.read.iter().any(|cell| two.takes_from(cell))
        };
        clear(self, other) && clear(other, self)
    }

    /// Did something that it deleted stand in that cell?
    fn takes_from(&self, (thing, property): &(Thing, Iri)) -> bool {
        let held = |state: &Rc<State<'_>>| state.cell(thing, property).members;
        (self.standing.as_ref()).is_some_and(|state| !held(state).is_disjoint(&self.deleted))
    }
}

/// The state after the request without what is taken for granted on the way: whatever holds there does not rest on an
/// assumption.
#[must_use = "the state after it is returned, not written"]
pub fn progress_unrefined<'w>(
    state: &State<'w>,
    operation: &Operation,
    subject: &Thing,
    arguments: &BTreeMap<Name, Vec<Thing>>,
    tag: &str,
) -> Option<State<'w>> {
    let scope = scope_of(state, operation, subject, arguments)?;
    let mut run = Run::new(state, subject, tag);
    let (scope, _) = run.outcomes(operation, scope)?;
    run.effects(operation, &scope)?;
    Some(run.state)
}

/// Asks the request of the state. `None` when it is not applicable. `used` are the outcomes a later step, or the goal,
/// takes: "an outcome bound to a later step adds `exists PATH` to its SIR's precondition".
#[must_use = "the state after it is returned, not written"]
pub fn progress<'w>(
    state: &State<'w>,
    operation: &Operation,
    subject: &Thing,
    arguments: &BTreeMap<Name, Vec<Thing>>,
    tag: &str,
    assume: bool,
    used: &BTreeSet<Name>,
) -> Option<Progress<'w>> {
    let scope = scope_of(state, operation, subject, arguments)?;
    let mut run = Run::new(state, subject, tag);
    run.touched.named.insert(subject.clone());
    run.touched
        .named
        .extend(scope.variables.values().flatten().cloned());
    // "Waits come first; the precondition is judged once they are over."
    let waits = if assume {
        run.wait(&operation.precondition, &scope)
    } else {
        Vec::new()
    };
    let mut taken = run.assume(&operation.precondition, &scope, assume)?;
    for outcome in operation
        .outcomes
        .iter()
        .filter(|outcome| used.contains(&outcome.name))
    {
        run.assume_found(outcome, &scope, assume, &mut taken)?;
    }
    let (scope, outcomes) = run.outcomes(operation, scope)?;
    run.effects(operation, &scope)?;
    Some(Progress {
        state: run.state,
        outcomes,
        unknowns: taken.unknowns(),
        assumptions: taken.conjuncts(),
        waits,
        touched: run.touched,
    })
}

pub(super) struct Run<'w> {
    pub(super) state: State<'w>,
    subject: Thing,
    tag: String,
    made: usize,
    /// Symbols that assumptions made are counted apart, so that those of outcomes are called the same without them.
    refined: usize,
    pub(super) refining: bool,
    pub(super) touched: Touched<'w>,
}

impl<'w> Run<'w> {
    fn new(state: &State<'w>, subject: &Thing, tag: &str) -> Self {
        Self {
            state: state.clone(),
            subject: subject.clone(),
            tag: tag.to_owned(),
            made: 0,
            refined: 0,
            refining: false,
            touched: Touched::default(),
        }
    }

    pub(super) fn symbol(&mut self, created: bool, types: BTreeSet<Iri>) -> Thing {
        let number = if self.refining {
            self.refined += 1;
            format!("assumed{}", self.refined)
        } else {
            self.made += 1;
            self.made.to_string()
        };
        let nature = self.state.nature_from(&self.subject, created, types);
        let name = format!("{}.{number}", self.tag);
        let symbol = self.state.make(&name, nature.clone());
        if created {
            // "Created ones have those three as known facts."
            for (property, value) in [
                ("samos:provider", nature.provider),
                ("samos:account", nature.account),
                ("samos:service", nature.service),
            ] {
                if let Some(value) = value {
                    let cell = (symbol.clone(), crate::estate::iri(property));
                    self.state.cells.insert(cell, Cell::known([value]));
                }
            }
        }
        self.touched.made.insert(symbol.clone());
        symbol
    }

    pub(super) fn opaque(&mut self, property: &Iri) -> Thing {
        let schema = self.state.world.property(property);
        let ranges = schema
            .map(|schema| schema.ranges.clone())
            .unwrap_or_default();
        self.symbol(false, ranges)
    }

    pub(super) fn look(&mut self, scope: &Scope, path: &Path) -> Cell {
        let view = View::new(&self.state, scope);
        let found = view.look(path);
        self.touched.read.extend(view.seen.into_inner());
        self.touched.met.extend(view.met.into_inner());
        found
    }

    pub(super) fn value(&mut self, scope: &Scope, term: &Term) -> Cell {
        let view = View::new(&self.state, scope);
        let found = view.term(term);
        self.touched.read.extend(view.seen.into_inner());
        self.touched.met.extend(view.met.into_inner());
        found
    }

    pub(super) fn change(&mut self, change: impl FnOnce(&mut Change<'_, 'w>)) {
        let mut changing = Change {
            state: &mut self.state,
            added: BTreeSet::new(),
            written: BTreeSet::new(),
        };
        change(&mut changing);
        let Change { added, written, .. } = changing;
        self.touched.added.extend(added);
        self.touched.written.extend(written);
    }

    /// "Outcome variables: created → fresh created symbols; `reads` → what stands there; neither → fresh created symbol."
    fn outcomes(
        &mut self,
        operation: &Operation,
        mut scope: Scope,
    ) -> Option<(Scope, BTreeMap<Name, Vec<Thing>>)> {
        let mut counts = BTreeMap::new();
        for effect in &operation.postcondition {
            if let Effect::Create { outcome, count } = effect {
                let count = match count {
                    None => 1,
                    Some(term) if self.is_left_out(&variables_of_term(term), &scope) => continue,
                    Some(term) => self.known_count(term, &scope)?,
                };
                counts.insert(outcome.clone(), count);
            }
        }
        let mut outcomes = BTreeMap::new();
        for outcome in &operation.outcomes {
            let of_type = BTreeSet::from([outcome.of_type.clone()]);
            let values: Vec<Thing> = match (counts.get(&outcome.name), &outcome.reads) {
                (Some(count), _) => (0..*count)
                    .map(|_| self.symbol(true, of_type.clone()))
                    .collect(),
                (None, Some(reads)) => self.read(&reads.path, &of_type, &scope),
                (None, None) => vec![self.symbol(true, of_type)],
            };
            if outcome.multiple {
                scope.multiple.insert(outcome.name.clone());
            }
            scope.variables.insert(outcome.name.clone(), values.clone());
            outcomes.insert(outcome.name.clone(), values);
        }
        Some((scope, outcomes))
    }

    fn is_left_out(&self, names: &BTreeSet<Name>, scope: &Scope) -> bool {
        !names.is_disjoint(&scope.left_out)
    }

    fn known_count(&mut self, term: &Term, scope: &Scope) -> Option<u64> {
        let found = self.value(scope, term);
        let mut members = found.members.iter();
        let (Some(Thing::Literal(literal)), None, true) =
            (members.next(), members.next(), found.complete)
        else {
            return None;
        };
        let count = literal.number().filter(|number| number.fract().is_zero())?;
        count.to_u64().filter(|count| *count <= MOST_CREATED)
    }

    /// "An SIR's outcome is what stands at the path it `reads`": a value nobody knows where nothing is known of it. Looking is
    /// no proof that there is something: only "exists PATH", which an outcome that is used adds to the precondition, says so.
    fn read(&mut self, path: &Path, of_type: &BTreeSet<Iri>, scope: &Scope) -> Vec<Thing> {
        let found = self.look(scope, path);
        if found.complete || !found.members.is_empty() {
            return found.members.into_iter().collect();
        }
        let mut types = of_type.clone();
        types.extend(self.ranges(path));
        vec![self.symbol(false, types)]
    }

    /// The classes of what stands at the end of a path.
    pub(super) fn ranges(&self, path: &Path) -> BTreeSet<Iri> {
        let last = path.properties.last();
        let schema = last.and_then(|last| self.state.world.property(last));
        schema
            .map(|schema| schema.ranges.clone())
            .unwrap_or_default()
    }

    /// "All right sides, prefixes read in the old state; then removals, then additions."
    fn effects(&mut self, operation: &Operation, scope: &Scope) -> Option<()> {
        let before = Rc::new(self.state.clone());
        let mut writes = Vec::new();
        for effect in &operation.postcondition {
            let named = names_in(effect);
            if self.is_left_out(&named, scope) {
                continue;
            }
            // "LHS rooted in a multiple variable: for each element; a RHS rooted in the same variable: the same element;
            // otherwise a multiple RHS variable means all its elements."
            let scopes = match effect.path().map(|path| &path.root) {
                Some(Root::Variable(name)) if scope.multiple.contains(name) => {
                    scope.each(name, std::slice::from_ref(scope))
                }
                _ => vec![scope.clone()],
            };
            for scope in scopes {
                self.write(effect, &scope, &mut writes)?;
            }
        }
        for write in &writes {
            self.withdraw(write);
        }
        for write in &writes {
            self.bring(write);
        }
        let deleted = writes.iter().flat_map(|write| write.delete.iter().cloned());
        let deleted: BTreeSet<Thing> = deleted.collect();
        if !deleted.is_empty() {
            self.touched.standing = Some(before);
        }
        self.touched.deleted.extend(deleted.iter().cloned());
        self.state.deleted.extend(deleted);
        Some(())
    }

    /// What one effect will do to each place it names, decided in the old state.
    fn write(&mut self, effect: &Effect, scope: &Scope, writes: &mut Vec<Write>) -> Option<()> {
        if let Effect::Delete(path) = effect {
            let found = self.look(scope, path);
            if !found.complete {
                return None;
            }
            writes.push(Write::deleting(found.members));
            return Some(());
        }
        let Some(path) = effect.path() else {
            return Some(());
        };
        let (property, before) = path.properties.split_last()?;
        let prefix = Path {
            root: path.root.clone(),
            properties: before.to_vec(),
        };
        // "LHS prefix (all but last property) must be complete, else step not applicable (false, never assumed)."
        let places = self.look(scope, &prefix);
        if !places.complete {
            return None;
        }
        let functional = self
            .state
            .world
            .property(property)
            .is_some_and(|own| own.functional);
        for thing in places.members {
            if matches!(thing, Thing::Literal(_)) {
                continue;
            }
            let mut write = Write::at(&thing, property);
            match effect {
                Effect::Set { value, .. } => {
                    write.empty = true;
                    write.add = self.right_side(value, property, scope, functional);
                }
                Effect::Add { value, .. } if functional => {
                    write.empty = true;
                    write.add = vec![self.counted(&thing, property, value, scope, Decimal::ONE)];
                }
                Effect::Remove { value, .. } if functional => {
                    write.empty = true;
                    write.add =
                        vec![self.counted(&thing, property, value, scope, Decimal::NEGATIVE_ONE)];
                }
                Effect::Add { value, .. } => {
                    write.add = self.right_side(value, property, scope, functional);
                }
                Effect::Remove { value, .. } => {
                    write.remove = self.right_side(value, property, scope, functional);
                }
                Effect::Clear(_) => {
                    write.empty = true;
                    write.clear = true;
                }
                Effect::Renew(_) => {
                    write.empty = true;
                    write.add = vec![self.opaque(property)];
                }
                Effect::Create { .. } | Effect::Delete(_) => {}
            }
            writes.push(write);
        }
        Some(())
    }

    /// "RHS unknown (incomplete): reads as known members, or, if none, one fresh opaque symbol of the property's range."
    /// "On functional property take the one value."
    fn right_side(
        &mut self,
        value: &Term,
        property: &Iri,
        scope: &Scope,
        functional: bool,
    ) -> Vec<Thing> {
        let found = self.value(scope, value);
        if found.members.is_empty() && !found.complete {
            return vec![self.opaque(property)];
        }
        let most = if functional { 1 } else { usize::MAX };
        found.members.into_iter().take(most).collect()
    }

    /// "`+=`/`-=` on a functional property counts on a number (known-empty counts as 0; unknown or symbol stays/becomes one
    /// fresh opaque symbol)."
    fn counted(
        &mut self,
        thing: &Thing,
        property: &Iri,
        value: &Term,
        scope: &Scope,
        sign: Decimal,
    ) -> Thing {
        self.touched.read.insert((thing.clone(), property.clone()));
        let before = self.state.cell(thing, property);
        let by = self.value(scope, value);
        let start = match before.members.first() {
            None if before.complete => Some(Decimal::ZERO),
            Some(Thing::Literal(literal)) => literal.number(),
            None | Some(Thing::Entity(_) | Thing::Symbol(_)) => None,
        };
        let step = match by.members.first() {
            Some(Thing::Literal(literal)) if by.complete && by.members.len() == 1 => {
                literal.number()
            }
            _ => None,
        };
        match (start, step) {
            (Some(start), Some(step)) => number(start + sign * step),
            _ => self.opaque(property),
        }
    }

    fn withdraw(&mut self, write: &Write) {
        let Some((thing, property)) = write.place.clone() else {
            return;
        };
        if write.empty || !write.remove.is_empty() {
            self.touched
                .written
                .insert((thing.clone(), property.clone()));
        }
        self.change(|change| {
            if write.empty {
                let keep = write.add.iter().cloned().collect();
                change.empty(&thing, &property, &keep, write.clear);
            }
            for value in &write.remove {
                change.remove((thing.clone(), property.clone(), value.clone()));
            }
        });
    }

    fn bring(&mut self, write: &Write) {
        if let Some((thing, property)) = write.place.clone() {
            for value in &write.add {
                let fact = (thing.clone(), property.clone(), value.clone());
                self.change(|change| change.add(fact));
            }
        }
    }
}

/// One effect at one place, decided.
struct Write {
    place: Option<(Thing, Iri)>,
    empty: bool,
    clear: bool,
    remove: Vec<Thing>,
    add: Vec<Thing>,
    delete: BTreeSet<Thing>,
}

impl Write {
    fn at(thing: &Thing, property: &Iri) -> Self {
        Self {
            place: Some((thing.clone(), property.clone())),
            empty: false,
            clear: false,
            remove: Vec::new(),
            add: Vec::new(),
            delete: BTreeSet::new(),
        }
    }

    fn deleting(things: BTreeSet<Thing>) -> Self {
        Self {
            place: None,
            empty: false,
            clear: false,
            remove: Vec::new(),
            add: Vec::new(),
            delete: things,
        }
    }
}

fn names_in(effect: &Effect) -> BTreeSet<Name> {
    let mut names = match effect {
        Effect::Set { value, .. } | Effect::Add { value, .. } | Effect::Remove { value, .. } => {
            variables_of_term(value)
        }
        Effect::Create {
            count: Some(term), ..
        } => variables_of_term(term),
        Effect::Create { .. } | Effect::Clear(_) | Effect::Renew(_) | Effect::Delete(_) => {
            BTreeSet::new()
        }
    };
    if let Some(Root::Variable(name)) = effect.path().map(|path| &path.root) {
        names.insert(name.clone());
    }
    names
}
