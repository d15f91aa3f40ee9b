//! Waiting for what passes by itself, sentence by sentence.

use std::collections::BTreeSet;

use samos_model::vocabulary::samos;
use samos_model::{Condition, Conjunct, Iri, Truth};

use super::carry::Change;
use super::effect::Run;
use super::{Scope, State, Thing, View};

/// A state waited for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waited {
    /// The conjunct that is true afterwards.
    pub conjunct: Conjunct,
    /// Whose state passes.
    pub thing: Thing,
    /// The property that holds it.
    pub property: Iri,
    /// What it turns into.
    pub becomes: Thing,
}

impl<'w> Run<'w> {
    /// "Where a conjunct of a precondition is false, and true once the one known value of a cell it reads has turned into
    /// the first of what it `samos:becomes` that makes it so, the step may wait for that."
    pub(super) fn wait(&mut self, precondition: &Condition, scope: &Scope) -> Vec<Waited> {
        let mut waits = Vec::new();
        for (conjunct, scope) in scope.expanded(precondition) {
            let seen = {
                let view = View::new(&self.state, &scope);
                if view.conjunct(conjunct) != Truth::False {
                    continue;
                }
                view.seen.into_inner()
            };
            let found = seen.iter().find_map(|(thing, property)| {
                let old = self.passing(thing, property)?;
                chain(&self.state, &old).into_iter().find_map(|becomes| {
                    let (state, written) = turned(&self.state, thing, property, &old, &becomes);
                    let holds = View::new(&state, &scope).conjunct(conjunct) == Truth::True;
                    let waited = Waited {
                        conjunct: conjunct.clone(),
                        thing: thing.clone(),
                        property: property.clone(),
                        becomes,
                    };
                    holds.then_some((state, written, waited))
                })
            });
            if let Some((state, written, waited)) = found {
                self.touched.read.extend(seen);
                self.touched.written.extend(written);
                self.state = state;
                waits.push(waited);
            }
        }
        waits
    }

    /// "The one known value": of an entity, or of what the plan creates, that is still there.
    fn passing(&self, thing: &Thing, property: &Iri) -> Option<Thing> {
        let may = match thing {
            Thing::Literal(_) => false,
            Thing::Entity(_) => true,
            Thing::Symbol(name) => self.state.symbols.get(name).is_some_and(|own| own.created),
        };
        let cell = self.state.cell(thing, property);
        let alone =
            may && cell.complete && cell.members.len() == 1 && !self.state.deleted.contains(thing);
        cell.members.into_iter().next().filter(|_| alone)
    }
}

/// What a state turns into, one after the other, until it comes round.
fn chain(state: &State<'_>, from: &Thing) -> Vec<Thing> {
    let mut all: Vec<Thing> = Vec::new();
    let mut last = from.clone();
    while let Thing::Entity(entity) = &last {
        let Some(next) = state.world.entity_at(entity, samos::BECOMES) else {
            break;
        };
        last = Thing::Entity(state.world.canonical(&next));
        if last == *from || all.contains(&last) {
            break;
        }
        all.push(last.clone());
    }
    all
}

/// "Afterwards that property, and those below it that held the old value, hold the new one, carried as an effect would be."
fn turned<'w>(
    state: &State<'w>,
    thing: &Thing,
    property: &Iri,
    old: &Thing,
    new: &Thing,
) -> (State<'w>, BTreeSet<(Thing, Iri)>) {
    let mut after = state.clone();
    let mut change = Change {
        state: &mut after,
        added: BTreeSet::new(),
        written: BTreeSet::new(),
    };
    let schema = change.schema(property);
    let mut holding: Vec<Iri> = vec![property.clone()];
    holding.extend(schema.subs);
    holding.retain(|one| state.cell(thing, one).members.contains(old));
    change.remove((thing.clone(), property.clone(), old.clone()));
    for one in holding {
        change.add((thing.clone(), one, new.clone()));
    }
    let mut written = change.written;
    written.append(&mut change.added);
    (after, written)
}
