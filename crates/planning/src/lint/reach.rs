//! What can ever be so: which operations may be carried out at some time, which states they lead to, and which of those
//! they lead out of.
//!
//! In: a world. Out: answers by relaxed reachability: what was reached once is never lost. What an operation reads may
//! have any value, and so may what is said elsewhere: where no thing of a class is known, its facts are not judged.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::vocabulary::samos;
use samos_model::{Conjunct, Effect, Iri, Operation, Path, Root, Value};

use super::values::{Values, constant, path_of};
use crate::words;

/// The values that a property may come to have; `None`: any.
type Sources = Option<BTreeSet<Value>>;

pub(super) struct Reach<'v, 'w> {
    values: &'v Values<'w>,
    applicable: Vec<bool>,
    sources: BTreeMap<Iri, Sources>,
    /// Classes and datatypes of outcomes.
    given: BTreeSet<Iri>,
}

impl<'v, 'w> Reach<'v, 'w> {
    /// Operations in `contradictory` have been reported already, and lead nowhere.
    pub(super) fn new(values: &'v Values<'w>, contradictory: &[&Iri]) -> Self {
        let operations = values.world.operations();
        let mut reach = Self {
            values,
            applicable: vec![false; operations.len()],
            sources: BTreeMap::new(),
            given: BTreeSet::new(),
        };
        let excluded: BTreeSet<&Iri> = contradictory.iter().copied().collect();
        loop {
            let mut grown = false;
            for (at, operation) in operations.iter().enumerate() {
                let is_done = reach.applicable.get(at).copied().unwrap_or(true);
                if is_done || excluded.contains(&operation.iri) || reach.lacks(operation).is_some()
                {
                    continue;
                }
                if let Some(slot) = reach.applicable.get_mut(at) {
                    *slot = true;
                }
                reach.add(operation);
                grown = true;
            }
            if !grown {
                // What was reported for itself is no reason to report others as well.
                for operation in operations.iter().filter(|one| excluded.contains(&one.iri)) {
                    reach.add(operation);
                }
                return reach;
            }
        }
    }

    /// The operations that can never be carried out, each with what it lacks.
    pub(super) fn never(&self) -> Vec<(&'w Operation, String)> {
        let operations = self.operations();
        let never = operations.filter(|(_, is_applicable)| !is_applicable);
        never
            .filter_map(|(operation, _)| Some((operation, self.lacks(operation)?)))
            .collect()
    }

    fn operations(&self) -> impl Iterator<Item = (&'w Operation, bool)> + '_ {
        let all = self.values.world.operations().iter();
        all.zip(self.applicable.iter().copied())
    }

    fn add(&mut self, operation: &Operation) {
        for outcome in &operation.outcomes {
            self.given.insert(outcome.of_type.clone());
            if let Some(last) = outcome
                .reads
                .as_ref()
                .and_then(|reads| reads.path.properties.last())
            {
                self.comes_to_have(last, None);
            }
        }
        for effect in &operation.postcondition {
            match effect {
                Effect::Set { path, value } | Effect::Add { path, value } => {
                    let value = constant(value);
                    if let Some(last) = path.properties.last() {
                        self.comes_to_have(last, value);
                    }
                }
                Effect::Renew(path) | Effect::Remove { path, .. } => {
                    if let Some(last) = path.properties.last() {
                        self.comes_to_have(last, None);
                    }
                }
                Effect::Clear(_) | Effect::Create { .. } | Effect::Delete(_) => {}
            }
        }
    }

    /// The property, and what follows from it, may have the value; without one, any.
    fn comes_to_have(&mut self, property: &Iri, value: Option<Value>) {
        let world = self.values.world;
        let mut widened: Vec<(Iri, Option<Value>)> = Vec::new();
        let schema = world.property(property);
        for one in schema.iter().flat_map(|schema| schema.inverses.iter()) {
            widened.push((one.clone(), None));
        }
        let above = schema
            .iter()
            .flat_map(|schema| schema.supers.iter().chain(&schema.equivalents));
        for one in above.chain([property]) {
            let mut value = value.clone();
            // A passing state turns into another.
            while let Some(now) = value {
                widened.push((one.clone(), Some(now.clone())));
                value = self
                    .next_of(&now)
                    .filter(|next| !widened.contains(&(one.clone(), Some(next.clone()))));
            }
        }
        if value.is_none() {
            let above = schema
                .iter()
                .flat_map(|schema| schema.supers.iter().chain(&schema.equivalents));
            widened.extend(above.chain([property]).map(|one| (one.clone(), None)));
            // What is read of a property may be read of those below it, too.
            let below = schema.iter().flat_map(|schema| schema.subs.iter());
            widened.extend(below.map(|one| (one.clone(), None)));
        }
        for (property, value) in widened {
            let known = self
                .sources
                .entry(property)
                .or_insert_with(|| Some(BTreeSet::new()));
            match (known, value) {
                (slot, None) => *slot = None,
                (Some(values), Some(value)) => {
                    values.insert(value);
                }
                (None, Some(_)) => {}
            }
        }
    }

    fn next_of(&self, state: &Value) -> Option<Value> {
        let state = state.as_entity()?;
        let becomes = self.values.world.values(state, &Iri::from(samos::BECOMES));
        becomes.members.into_iter().next()
    }

    /// The values that a property may have: those that facts say, and those that operations lead to.
    fn sources(&self, property: &Iri) -> Sources {
        let world = self.values.world;
        let schema = world.property(property)?;
        let led_to = match self.sources.get(property) {
            Some(None) => return None,
            Some(Some(values)) => values.clone(),
            None => BTreeSet::new(),
        };
        let mut values = led_to;
        let mut is_known = false;
        for entity in schema
            .domains
            .iter()
            .flat_map(|domain| self.values.entities_of(domain).to_vec())
        {
            is_known = true;
            let held = world.values(&entity, property);
            values.extend(held.members.iter().cloned());
            for member in held.members {
                let mut next = self.next_of(&member);
                while let Some(state) = next.filter(|state| !values.contains(state)) {
                    next = self.next_of(&state);
                    values.insert(state);
                }
            }
        }
        is_known.then_some(values)
    }

    /// What an operation lacks, as far as it can be told, in words.
    fn lacks(&self, operation: &Operation) -> Option<String> {
        let world = self.values.world;
        if self.values.entities_of(&operation.subject).is_empty() {
            // Nothing of its kind is known here: its facts are elsewhere.
            return None;
        }
        for parameter in &operation.parameters {
            let of_type = &parameter.of_type;
            let is_needed = parameter.mandatory && parameter.default.is_none();
            let is_class = world.is_class(of_type);
            if !is_needed || !is_class || world.key_of(of_type).is_some() {
                continue;
            }
            let mut given = self.given.iter();
            if self.values.entities_of(of_type).is_empty()
                && !given.any(|given| world.is_subtype(given, of_type))
            {
                return Some(format!(
                    "no `{}` for its parameter `{}` is known, and no operation gives one",
                    world.compact(of_type),
                    parameter.name
                ));
            }
        }
        let conjuncts = operation.precondition.conjuncts.iter();
        let mut conjuncts = conjuncts.filter(|one| !self.may_hold(operation, one));
        conjuncts.next().map(|conjunct| {
            format!(
                "no operation and no fact makes `{}` true",
                words::conjunct(world, conjunct, None)
            )
        })
    }

    fn may_hold(&self, operation: &Operation, conjunct: &Conjunct) -> bool {
        if let Conjunct::Either(alternatives) = conjunct {
            return alternatives.iter().any(|alternative| {
                let mut conjuncts = alternative.conjuncts.iter();
                conjuncts.all(|one| self.may_hold(operation, one))
            });
        }
        let Some(path) = path_of(conjunct) else {
            return true;
        };
        // What is optional, and what the operation itself gives, is not judged.
        if let Root::Variable(name) = &path.root {
            let mandatory = operation.parameter(name.as_str());
            if mandatory.is_none_or(|parameter| !parameter.mandatory) {
                return true;
            }
        }
        let sources = path.properties.last().and_then(|last| self.sources(last));
        sources.is_none_or(|sources| self.values.can_hold(path, &[conjunct], Some(&sources)))
    }

    /// The states that operations lead to, each with its property and the first operation that leads there.
    pub(super) fn entered(&self) -> Vec<(Iri, Iri, &'w Operation)> {
        let mut found: Vec<(Iri, Iri, &'w Operation)> = Vec::new();
        for (operation, is_applicable) in self.operations() {
            let sets = operation
                .postcondition
                .iter()
                .filter_map(|effect| match effect {
                    Effect::Set { path, value } => {
                        Some((path.properties.last()?, constant(value)?))
                    }
                    _ => None,
                });
            for (property, value) in sets.filter(|_| is_applicable) {
                let is_state = self.values.states(property).is_some();
                let mut next = Some(value).filter(|_| is_state);
                while let Some(Value::Entity(state)) = next {
                    let seen =
                        |(other, theirs, _): &(Iri, Iri, _)| other == property && *theirs == state;
                    if found.iter().any(seen) {
                        break;
                    }
                    found.push((property.clone(), state.clone(), operation));
                    next = self.next_of(&Value::Entity(state));
                }
            }
        }
        found
    }

    /// Does a state pass, or may an operation be carried out in it that changes it?
    pub(super) fn leaves(&self, property: &Iri, state: &Iri) -> bool {
        let state = Value::Entity(state.clone());
        if self.next_of(&state).is_some() {
            return true;
        }
        let world = self.values.world;
        let schema = world.property(property);
        let related = |other: &Iri| {
            other == property
                || schema.is_some_and(|schema| {
                    [&schema.equivalents, &schema.supers, &schema.subs]
                        .iter()
                        .any(|others| others.contains(other))
                })
        };
        self.operations().any(|(operation, is_applicable)| {
            is_applicable
                && operation.postcondition.iter().any(|effect| {
                    let path = match effect {
                        Effect::Set { path, value } if constant(value).as_ref() != Some(&state) => {
                            path
                        }
                        Effect::Clear(path) | Effect::Renew(path) => path,
                        Effect::Delete(path) => {
                            let whose = schema.is_none_or(|schema| {
                                schema.domains.is_empty()
                                    || schema
                                        .domains
                                        .iter()
                                        .any(|domain| self.is_of(operation, path, domain))
                            });
                            let mut at = path.clone();
                            at.properties.push(property.clone());
                            return whose && self.admits(operation, &at, &state);
                        }
                        _ => return false,
                    };
                    path.properties.last().is_some_and(related)
                        && self.admits(operation, path, &state)
                })
        })
    }

    /// May the thing at a path be of a class?
    fn is_of(&self, operation: &Operation, path: &Path, class: &Iri) -> bool {
        let world = self.values.world;
        let near =
            |of_type: &Iri| world.is_subtype(of_type, class) || world.is_subtype(class, of_type);
        match (path.properties.last(), &path.root) {
            (Some(last), _) => world
                .property(last)
                .is_none_or(|schema| schema.ranges.is_empty() || schema.ranges.iter().any(near)),
            (None, Root::Subject) => near(&operation.subject),
            (None, Root::Variable(name)) => operation
                .parameter(name.as_str())
                .is_none_or(|parameter| near(&parameter.of_type)),
            (None, _) => true,
        }
    }

    /// Does the precondition leave it open that the state stands at the path?
    fn admits(&self, operation: &Operation, path: &Path, state: &Value) -> bool {
        let conjuncts = operation.precondition.conjuncts.iter();
        let about: Vec<&Conjunct> = conjuncts.filter(|one| path_of(one) == Some(path)).collect();
        self.values.holds(path, &about, state)
    }
}
