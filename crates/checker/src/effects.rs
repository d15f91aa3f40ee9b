//! What a postcondition does to a state: all right sides are read in the old one, then values go, then values come.
//!
//! Paper: section "Request post condition".
//!
//! In: a view of the old state, the effects, what the names stand for. Out: changes, and the state with them made.
//! An effect whose left side leads nobody knows where cannot be made; that is said, never guessed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use samos_model::{Atom, Decimal, Effect, Iri, Literal, Path, Root, Term, World};

use crate::carry::{Writer, Written};
use crate::scope::{Named, Scope};
use crate::state::{Looked, Place, State, View, schema};
use crate::thing::{Made, Owners, Symbol, Thing};

/// Makes the symbols of one step.
pub(crate) struct Maker {
    step: u32,
    next: u32,
    owners: Owners,
    made: Vec<(Symbol, Arc<Made>)>,
    /// The type of the outcome whose value is taken to be there at the moment.
    pub(crate) finding: Option<Iri>,
}

impl Maker {
    pub(crate) fn new(step: u32, owners: Owners) -> Self {
        Self {
            step,
            next: 0,
            owners,
            made: Vec::new(),
            finding: None,
        }
    }

    /// A thing that was not there before.
    pub(crate) fn create(&mut self, of_type: &Iri) -> Thing {
        self.make(true, BTreeSet::from([of_type.clone()]))
    }

    /// A value that is there, though nobody knows which.
    pub(crate) fn opaque(&mut self, types: impl IntoIterator<Item = Iri>) -> Thing {
        self.make(false, types.into_iter().collect())
    }

    fn make(&mut self, created: bool, types: BTreeSet<Iri>) -> Thing {
        let symbol = Symbol {
            step: self.step,
            number: self.next,
        };
        self.next += 1;
        let made = Made {
            created,
            types,
            owners: self.owners.clone(),
        };
        self.made.push((symbol, Arc::new(made)));
        Thing::Symbol(symbol)
    }

    /// Makes the new symbols known to the state.
    pub(crate) fn hand_over(&mut self, state: &mut State) {
        state.symbols.extend(self.made.drain(..));
    }
}

/// One change, everything in it read.
enum Change {
    Assign(Place, Vec<Thing>),
    Clear(Place),
    Insert(Place, Vec<Thing>),
    Withdraw(Place, Vec<Thing>),
    Delete(Thing),
}

/// Why an effect cannot be made.
#[derive(Debug)]
pub(crate) struct Misplaced {
    /// The left side, as specified.
    pub(crate) path: Path,
}

/// The changes that effects make, read in the old state.
#[derive(Default)]
pub(crate) struct Changes {
    list: Vec<Change>,
    /// What is counted at a place: effects on one number add up. `None` where a summand is unknown.
    counted: BTreeMap<Place, Option<Decimal>>,
}

/// Reads what effects change.
///
/// # Errors
/// The first left side that leads nobody knows where.
pub(crate) fn read_changes(
    view: View<'_>,
    scope: &Scope,
    effects: &[Effect],
    maker: &mut Maker,
) -> Result<Changes, Misplaced> {
    let mut changes = Changes::default();
    for effect in effects {
        if scope.leaves_out(&Named::in_effect(effect)) {
            continue;
        }
        let Some(path) = effect.path() else {
            continue;
        };
        let misplaced = || Misplaced { path: path.clone() };
        let mut own = BTreeSet::new();
        if let Root::Variable(name) = &path.root {
            own.insert(name.clone());
        }
        for scope in scope.each(&own).ok_or_else(misplaced)? {
            changes
                .read(view, &scope, effect, path, maker)
                .ok_or_else(misplaced)?;
        }
    }
    changes.count(view, maker);
    Ok(changes)
}

impl Changes {
    /// Reads one effect; `None` when its left side leads nobody knows where.
    fn read(
        &mut self,
        view: View<'_>,
        scope: &Scope,
        effect: &Effect,
        path: &Path,
        maker: &mut Maker,
    ) -> Option<()> {
        if let Effect::Delete(path) = effect {
            let found = view.path(scope, path);
            let gone = found.complete.then_some(found.members)?;
            self.list.extend(gone.into_iter().map(Change::Delete));
            return Some(());
        }
        let (prefix, property) = view.prefix(scope, path)?;
        let things = prefix.complete.then_some(prefix.members)?;
        let schema = schema(view.world, property);
        let values = match effect {
            Effect::Set { value, .. }
            | Effect::Add { value, .. }
            | Effect::Remove { value, .. } => right_side(view, scope, value, &schema.ranges, maker),
            Effect::Clear(_) | Effect::Renew(_) | Effect::Create { .. } | Effect::Delete(_) => {
                Vec::new()
            }
        };
        let counts = schema.functional && !schema.object;
        for thing in things.into_iter().filter(|thing| !thing.is_literal()) {
            let place = (thing, property.clone());
            self.list.push(match effect {
                Effect::Add { .. } if counts => {
                    self.add_up(place, number(&values));
                    continue;
                }
                Effect::Remove { .. } if counts => {
                    self.add_up(place, number(&values).map(|number| -number));
                    continue;
                }
                Effect::Set { .. } if schema.functional => {
                    Change::Assign(place, values.first().cloned().into_iter().collect())
                }
                Effect::Set { .. } => Change::Assign(place, values.clone()),
                Effect::Add { .. } => Change::Insert(place, values.clone()),
                Effect::Remove { .. } => Change::Withdraw(place, values.clone()),
                Effect::Renew(_) => {
                    let renewed = maker.opaque(schema.ranges.iter().cloned());
                    Change::Assign(place, vec![renewed])
                }
                Effect::Clear(_) | Effect::Create { .. } | Effect::Delete(_) => {
                    Change::Clear(place)
                }
            });
        }
        Some(())
    }

    fn add_up(&mut self, place: Place, by: Option<Decimal>) {
        let sum = self.counted.entry(place).or_insert(Some(Decimal::ZERO));
        *sum = sum
            .zip(by)
            .and_then(|(sum, number)| sum.checked_add(number));
    }

    /// Turns what is counted into the number that stands there then.
    fn count(&mut self, view: View<'_>, maker: &mut Maker) {
        for ((thing, property), by) in std::mem::take(&mut self.counted) {
            let before = view.values(&thing, &property);
            let members: Vec<&Thing> = before.members.iter().collect();
            let (start, datatype) = match members.as_slice() {
                [] if before.complete => (Some(Decimal::ZERO), None),
                [Thing::Literal(literal)] => (literal.number(), Some(literal.datatype.clone())),
                _ => (None, None),
            };
            let total = start
                .zip(by)
                .and_then(|(start, by)| start.checked_add(by))
                .map(Thing::number);
            let value = match (total, datatype) {
                (Some(Thing::Literal(total)), Some(datatype)) => {
                    Thing::Literal(Literal::new(total.lexical, datatype))
                }
                (Some(total), _) => total,
                (None, _) => maker.opaque(schema(view.world, &property).ranges),
            };
            self.list
                .push(Change::Assign((thing, property), vec![value]));
        }
    }

    /// Makes the changes: first what goes, then what comes, then what is deleted.
    pub(crate) fn make(
        self,
        world: &dyn World,
        state: &mut State,
        looked: &Looked,
        written: &mut Written,
    ) {
        let mut writer = Writer::new(world, state, looked, written);
        for change in &self.list {
            match change {
                Change::Assign((thing, property), values) => {
                    let kept = values.iter().cloned().collect();
                    writer.empty(thing, property, &kept);
                }
                Change::Clear((thing, property)) => writer.clear(thing, property),
                Change::Withdraw((thing, property), values) => {
                    for value in values {
                        writer.withdraw(thing, property, value);
                    }
                }
                Change::Insert(..) | Change::Delete(_) => {}
            }
        }
        writer.settle();
        for change in &self.list {
            if let Change::Assign((thing, property), values)
            | Change::Insert((thing, property), values) = change
            {
                for value in values {
                    writer.add(thing, property, value);
                }
            }
        }
        for change in &self.list {
            if let Change::Delete(thing) = change {
                writer.delete(thing);
            }
        }
    }
}

/// The values of a right side: what is known of it; where nothing is, one symbol for it.
fn right_side(
    view: View<'_>,
    scope: &Scope,
    value: &Term,
    ranges: &BTreeSet<Iri>,
    maker: &mut Maker,
) -> Vec<Thing> {
    let known = view.term(scope, value);
    if known.complete || !known.members.is_empty() {
        return known.members.into_iter().collect();
    }
    let read_from = match value.as_atom() {
        Some(Atom::Path(path)) => path.properties.last(),
        _ => None,
    };
    let types = match read_from {
        Some(property) => schema(view.world, property).ranges,
        None => ranges.clone(),
    };
    vec![maker.opaque(types)]
}

/// The one number.
fn number(values: &[Thing]) -> Option<Decimal> {
    match values {
        [Thing::Literal(literal)] => literal.number(),
        _ => None,
    }
}
