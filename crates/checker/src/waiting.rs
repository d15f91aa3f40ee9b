//! Waiting, before a step, for states that pass by themselves.
//!
//! In: a step's call and the waits that the plan lists for it. Out: the state when these are over.
//! A listed wait is made only where its condition is false and nothing nearer in the passage makes it true; what is
//! then still false is for the replay to say.

use samos_model::plan::{Wait, Waiting};
use samos_model::vocabulary::samos;
use samos_model::{Conjunct, Iri, Truth, World};

use crate::binding::Call;
use crate::carry::{Writer, Written};
use crate::replay::{Case, Trace};
use crate::scope::{Named, Scope};
use crate::state::{Looked, Place, State, View, schema};
use crate::thing::Thing;

impl Case<'_> {
    /// Makes the waits listed for a step, conjunct by conjunct.
    pub(crate) fn wait(&self, state: &mut State, call: Call<'_>, scope: &Scope, trace: &mut Trace) {
        // What takes a step back is asked on its own, and waits for nothing.
        if call.symbols != call.step {
            return;
        }
        for conjunct in &call.operation.precondition.conjuncts {
            let listed = self.assumed.iter().filter_map(|(step, own, wait)| {
                wait.as_ref()
                    .filter(|_| *step == call.step && own == conjunct)
            });
            let listed: Vec<&Wait> = listed.collect();
            let named = Named::in_conjunct(conjunct);
            if listed.is_empty() || scope.leaves_out(&named) {
                continue;
            }
            for scope in scope.each(&named.singly).unwrap_or_default() {
                let view = View {
                    world: self.world,
                    state,
                    looked: &trace.looked,
                };
                if view.conjunct(&scope, conjunct) != Truth::False {
                    continue;
                }
                let mut made = listed.iter().filter_map(|wait| {
                    Some((*wait, self.waited_for(state, &scope, conjunct, wait)?))
                });
                if let Some((wait, (after, written))) = made.next() {
                    *state = after;
                    for (place, write) in written.places {
                        trace.written.note(place, write);
                    }
                    let needed = (call.step, conjunct.clone(), Some(wait.clone()));
                    trace.needed.insert(needed);
                }
            }
        }
    }

    /// The state after a wait, if it is the nearest that makes the conjunct true.
    fn waited_for(
        &self,
        state: &State,
        scope: &Scope,
        conjunct: &Conjunct,
        wait: &Wait,
    ) -> Option<(State, Written)> {
        let thing = whose(self.world, state, &wait.of)?;
        if state.deleted.contains(&thing) {
            return None;
        }
        let looked = Looked::default();
        let view = View {
            world: self.world,
            state,
            looked: &looked,
        };
        let old = view.values(&thing, &wait.property).only()?.clone();
        let place = (thing, wait.property.clone());
        for next in passage(self.world, &old) {
            let (after, written) = self.passed(state, &place, &old, &next);
            let view = View {
                world: self.world,
                state: &after,
                looked: &looked,
            };
            if view.conjunct(scope, conjunct) == Truth::True {
                let said = Thing::Entity(self.world.canonical(&wait.becomes));
                return (said == next).then_some((after, written));
            }
        }
        None
    }

    /// The state in which one value has turned into another, at a place and at those below it that held it.
    fn passed(
        &self,
        state: &State,
        (thing, property): &Place,
        old: &Thing,
        new: &Thing,
    ) -> (State, Written) {
        let (mut after, mut written) = (state.clone(), Written::default());
        let looked = Looked::default();
        let mut holding: Vec<Iri> = vec![property.clone()];
        holding.extend(schema(self.world, property).subs);
        holding.retain(|one| state.raw(self.world, thing, one).members.contains(old));
        let mut writer = Writer::new(self.world, &mut after, &looked, &mut written);
        writer.withdraw(thing, property, old);
        writer.settle();
        for one in &holding {
            writer.add(thing, one, new);
        }
        (after, written)
    }
}

/// A known entity, or what an earlier step creates.
fn whose(world: &dyn World, state: &State, of: &Waiting) -> Option<Thing> {
    match of {
        Waiting::Entity { entity } => Some(Thing::Entity(world.canonical(entity))),
        Waiting::From { from } => {
            let things = state.outcomes.get(&(from.step, from.outcome.clone()))?;
            let thing = match from.index {
                Some(index) => things.get(usize::try_from(index).ok()?)?,
                None if things.len() == 1 => things.first()?,
                None => return None,
            };
            let symbol = thing.as_symbol()?;
            state.is_created(symbol).then(|| thing.clone())
        }
    }
}

/// What a state turns into by itself, nearest first, until it would come round.
fn passage(world: &dyn World, from: &Thing) -> Vec<Thing> {
    let mut passage: Vec<Thing> = vec![from.clone()];
    while let Some(Thing::Entity(state)) = passage.last() {
        let next = world.entity_at(state, samos::BECOMES);
        let next = next.map(|next| Thing::Entity(world.canonical(&next)));
        match next {
            Some(next) if !passage.contains(&next) => passage.push(next),
            _ => break,
        }
    }
    passage.split_off(1)
}
