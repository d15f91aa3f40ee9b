//! The problem over the operations that can run at all, found forward from what is at hand.
//!
//! In: a question about types, and operations that all only give. Out: the problem; none where one of them does more
//! than give, or where the wanted types are out of reach and what is missing has to be found.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use samos_model::{Bearings, Iri};

use super::{Composition, Types, subject_for};
use crate::catalogue::Catalogue;
use crate::minimum::{Problem, Producer};
use crate::view::{T, View};

/// Types by number, as far as they are looked at.
struct Reached<'c, 'w> {
    view: &'c View<'w>,
    bearings: &'c Bearings,
    /// Given, or the type of something known.
    at_hand: Vec<Option<bool>>,
    /// At hand, or given by an operation that can run.
    is_there: Vec<bool>,
    /// By type: the types above it that an operation names, itself included.
    above: FxHashMap<usize, Rc<[usize]>>,
}

impl Reached<'_, '_> {
    fn above(&mut self, of_type: &Iri) -> Vec<usize> {
        let above = self.view.world.types_above(of_type);
        let numbers = above.iter().filter_map(|one| self.bearings.number(one));
        let mut found: Vec<usize> = numbers.chain(self.bearings.number(of_type)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn above_number(&mut self, number: usize) -> Rc<[usize]> {
        if let Some(above) = self.above.get(&number) {
            return Rc::clone(above);
        }
        let above: Rc<[usize]> = match self.bearings.types().get(number) {
            Some(of_type) => Rc::from(self.above(of_type)),
            None => Rc::from([].as_slice()),
        };
        self.above.insert(number, Rc::clone(&above));
        above
    }

    fn is_at_hand(&mut self, number: usize) -> bool {
        let Some(of_type) = self.bearings.types().get(number) else {
            return false;
        };
        match self.at_hand.get_mut(number) {
            Some(Some(known)) => *known,
            Some(slot) => {
                let is_at_hand = self.view.world.has_entities(of_type);
                *slot = Some(is_at_hand);
                is_at_hand
            }
            None => false,
        }
    }
}

impl<'a> Composition<'a> {
    /// The problem over the operations that can run.
    pub(super) fn reachable(
        catalogue: &Catalogue<'_, '_>,
        question: &'a Types<'a>,
    ) -> Option<Self> {
        let (view, bearings) = (catalogue.view, catalogue.bearings());
        if !all_only_give(view, bearings) {
            return None;
        }
        let mut reached = Reached {
            view,
            bearings,
            at_hand: vec![None; bearings.types().len()],
            is_there: vec![false; bearings.types().len()],
            above: FxHashMap::default(),
        };
        for given in question.given {
            for number in reached.above(&view.type_iri(*given)) {
                if let Some(slot) = reached.at_hand.get_mut(number) {
                    *slot = Some(true);
                }
            }
        }
        let operations = runnable(&mut reached);
        let mut composition = Self {
            question,
            facts: Default::default(),
            operations,
            problem: Problem::default(),
            scale: Default::default(),
        };
        // The fact of each type, where something needs it; and of each wanted type that must be new.
        let mut facts: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        for of_type in question.wanted {
            let number = bearings.number(&view.type_iri(*of_type));
            let is_known = match number {
                Some(number) => reached.is_at_hand(number),
                None => is_at_hand(view, question, *of_type),
            };
            if question.new || !is_known {
                let number = number?;
                let fact = composition.fact(*of_type, question.new);
                facts.entry(number).or_default().push(fact);
                composition.problem.goal.push(fact);
            }
        }
        composition.lay_out(&mut reached, facts);
        composition.weigh(view)?;
        let (_, round) = composition.problem.rounds(&|_| true);
        round.map(|_| composition)
    }

    fn lay_out(&mut self, reached: &mut Reached<'_, '_>, mut facts: FxHashMap<usize, Vec<usize>>) {
        let (view, bearings) = (reached.view, reached.bearings);
        for place in self.operations.clone() {
            let Some(exchange) = bearings.exchanges().get(place) else {
                continue;
            };
            let mut needs = Vec::new();
            for number in exchange
                .needs
                .iter()
                .filter(|one| !reached.is_at_hand(**one))
            {
                let Some(of_type) = bearings.types().get(*number) else {
                    continue;
                };
                let fact = self.fact(view.type_number(of_type), false);
                let own = facts.entry(*number).or_default();
                if !own.contains(&fact) {
                    own.push(fact);
                }
                needs.push(fact);
            }
            needs.sort_unstable();
            self.problem.producers.push(Producer {
                needs,
                adds: Vec::new(),
                weight: 0,
                duration: 1,
            });
        }
        for (at, place) in self.operations.iter().enumerate() {
            let gives = bearings.exchanges().get(*place).map(|one| &one.gives);
            let mut adds: Vec<usize> = Vec::new();
            for number in gives.into_iter().flatten() {
                for above in reached.above_number(*number).iter() {
                    adds.extend(facts.get(above).into_iter().flatten());
                }
            }
            adds.sort_unstable();
            adds.dedup();
            if let Some(producer) = self.problem.producers.get_mut(at) {
                producer.adds = adds;
            }
        }
        self.problem.facts = self.facts.len();
    }
}

/// Does every operation that gives something do nothing else, and is there something that it may be asked of?
fn all_only_give(view: &View<'_>, bearings: &Bearings) -> bool {
    let operations = view.world.operations();
    let mut askable: FxHashMap<(&Iri, Option<&Iri>), bool> = FxHashMap::default();
    let exchanges = bearings.exchanges().iter().zip(operations).enumerate();
    let mut giving = exchanges.filter(|(_, (exchange, _))| !exchange.gives.is_empty());
    giving.all(|(place, (exchange, operation))| {
        let subject = (&operation.subject, operation.provider.as_ref());
        exchange.only_gives
            && *askable
                .entry(subject)
                .or_insert_with(|| subject_for(view, place).is_some())
    })
}

/// The places of the operations that can run, in order.
fn runnable(reached: &mut Reached<'_, '_>) -> Vec<usize> {
    let bearings = reached.bearings;
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); bearings.types().len()];
    let mut missing: Vec<usize> = Vec::with_capacity(bearings.exchanges().len());
    let mut open: Vec<usize> = Vec::new();
    for (place, exchange) in bearings.exchanges().iter().enumerate() {
        let mut count = 0;
        for number in &exchange.needs {
            if !reached.is_at_hand(*number) {
                count += 1;
                if let Some(users) = users.get_mut(*number) {
                    users.push(place);
                }
            }
        }
        missing.push(count);
        if count == 0 && !exchange.gives.is_empty() {
            open.push(place);
        }
    }
    let mut found = Vec::new();
    while let Some(place) = open.pop() {
        found.push(place);
        let gives = bearings.exchanges().get(place).map(|one| &one.gives);
        for number in gives.into_iter().flatten() {
            for above in reached.above_number(*number).iter() {
                let is_new = reached
                    .is_there
                    .get_mut(*above)
                    .is_some_and(|slot| !std::mem::replace(slot, true));
                if !is_new || reached.is_at_hand(*above) {
                    continue;
                }
                for user in users.get(*above).into_iter().flatten() {
                    if let Some(count) = missing.get_mut(*user) {
                        *count -= 1;
                        let gives = bearings.exchanges().get(*user);
                        if *count == 0 && gives.is_some_and(|one| !one.gives.is_empty()) {
                            open.push(*user);
                        }
                    }
                }
            }
        }
    }
    found.sort_unstable();
    found
}

/// Is a type that no operation names given, or the type of something known?
fn is_at_hand(view: &View<'_>, question: &Types<'_>, of_type: T) -> bool {
    question
        .given
        .iter()
        .any(|given| view.is_subtype(*given, of_type))
        || !view.some(of_type, 1).is_empty()
}
