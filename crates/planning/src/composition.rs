//! Composition: wanted types from given types, through operations that only give.
//!
//! Where every operation that could matter asks for nothing but its parameters and changes nothing, a question is about
//! types alone and nothing is ever lost. Then an exact solver applies: fewest operations, fewest layers, or every
//! trade-off between the two, with proof. Anything else is left to the search over states.

mod choosing;
mod forward;
mod missing;
mod weighing;

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use samos_model::{Iri, Limit, Limits, Objective, Operation, SearchReport};

use crate::catalogue::Catalogue;
use crate::minimum::{Earliest, Effort, Problem, Producer};
use crate::view::{T, V, View};
pub(crate) use missing::Missing;
use weighing::Scale;

/// Effort for each state that a search might look at: what proves thousands of services that all feed each other takes
/// no longer than as many states would.
const EFFORT: u64 = 10_000;

/// What was found.
pub(crate) enum Composed {
    /// The question is not about types alone.
    NotApplicable,
    /// Sets of operations, best first.
    Found(Vec<Schedule>, SearchReport),
    /// None exists; this would make one.
    None(SearchReport, Option<Missing>),
}

/// Operations by catalogue place in the order in which they end, each with how many of those before it ended before it
/// begins.
pub(crate) type Schedule = Vec<(usize, usize)>;

/// A question about types.
pub(crate) struct Types<'a> {
    pub(crate) given: &'a [T],
    pub(crate) wanted: &'a [T],
    pub(crate) new: bool,
    pub(crate) objective: Objective,
    pub(crate) alternatives: usize,
}

struct Composition<'a> {
    question: &'a Types<'a>,
    /// Fact numbers by type; a wanted type that must be new has one of its own.
    facts: BTreeMap<(T, bool), usize>,
    /// Catalogue places by producer.
    operations: Vec<usize>,
    problem: Problem,
    scale: Scale,
}

/// Answers a question about types, if it is one.
pub(crate) fn compose(
    catalogue: &Catalogue<'_, '_>,
    question: &Types<'_>,
    limits: &Limits,
) -> Composed {
    // Where all operations only give, what can be reached at all is far less than what could matter.
    let composition = Composition::reachable(catalogue, question)
        .or_else(|| Composition::build(catalogue, question));
    match composition {
        Some(composition) => composition.answer(limits, catalogue.view),
        None => Composed::NotApplicable,
    }
}

/// Upward closures of types, each asked for once.
struct Above<'c, 'w> {
    view: &'c View<'w>,
    known: FxHashMap<T, Rc<[T]>>,
}

impl Above<'_, '_> {
    fn of(&mut self, of_type: T) -> Rc<[T]> {
        if let Some(above) = self.known.get(&of_type) {
            return Rc::clone(above);
        }
        let iris: Vec<Iri> = self.view.world.types_above(&self.view.type_iri(of_type));
        let above: Rc<[T]> = iris
            .iter()
            .map(|iri| self.view.type_number(iri))
            .chain([of_type])
            .collect();
        self.known.insert(of_type, Rc::clone(&above));
        above
    }
}

impl<'a> Composition<'a> {
    /// The problem over the operations that could matter; `None` where one of them does more than give.
    fn build(catalogue: &Catalogue<'_, '_>, question: &'a Types<'a>) -> Option<Self> {
        let view = catalogue.view;
        let mut above = Above {
            view,
            known: FxHashMap::default(),
        };
        let mut makers: FxHashMap<T, Vec<usize>> = FxHashMap::default();
        for (outcome, operations) in catalogue.outcomes() {
            for one in above.of(*outcome).iter() {
                makers
                    .entry(*one)
                    .or_default()
                    .extend(operations.iter().copied());
            }
        }
        let mut have: FxHashMap<T, bool> = FxHashMap::default();
        for given in question.given {
            have.extend(above.of(*given).iter().map(|one| (*one, true)));
        }
        let mut is_at_hand = |of_type: T| {
            *have
                .entry(of_type)
                .or_insert_with(|| !view.some(of_type, 1).is_empty())
        };
        let mut composition = Self {
            question,
            facts: BTreeMap::new(),
            operations: Vec::new(),
            problem: Problem::default(),
            scale: Scale::default(),
        };
        let mut places: FxHashMap<usize, usize> = FxHashMap::default();
        let mut open: Vec<T> = question.wanted.to_vec();
        let mut seen: FxHashMap<T, ()> = FxHashMap::default();
        let mut inputs: Vec<Vec<T>> = Vec::new();
        while let Some(of_type) = open.pop() {
            let needed = question.new && question.wanted.contains(&of_type) || !is_at_hand(of_type);
            if !needed || seen.insert(of_type, ()).is_some() {
                continue;
            }
            for index in makers.get(&of_type).into_iter().flatten() {
                if places.contains_key(index) {
                    continue;
                }
                let needs = only_gives(view, *index)?;
                places.insert(*index, composition.operations.len());
                composition.operations.push(*index);
                open.extend(needs.iter().copied().filter(|need| !is_at_hand(*need)));
                inputs.push(
                    needs
                        .into_iter()
                        .filter(|need| !is_at_hand(*need))
                        .collect(),
                );
            }
        }
        for of_type in question.wanted {
            if question.new || !is_at_hand(*of_type) {
                let fact = composition.fact(*of_type, question.new);
                composition.problem.goal.push(fact);
            }
        }
        let mut producers = Vec::new();
        for needs in inputs {
            let needs = needs
                .into_iter()
                .map(|need| composition.fact(need, false))
                .collect();
            producers.push(Producer {
                needs,
                adds: Vec::new(),
                weight: 0,
                duration: 1,
            });
        }
        for (place, index) in composition.operations.iter().enumerate() {
            let outcomes = view
                .world
                .operations()
                .get(*index)
                .map(|operation| operation.outcomes.as_slice())
                .unwrap_or_default();
            let mut adds: Vec<usize> = Vec::new();
            for outcome in outcomes {
                for one in above.of(view.type_number(&outcome.of_type)).iter() {
                    adds.extend(composition.facts.get(&(*one, false)));
                    adds.extend(composition.facts.get(&(*one, true)));
                }
            }
            adds.sort_unstable();
            adds.dedup();
            if let Some(producer) = producers.get_mut(place) {
                producer.adds = adds;
            }
        }
        for producer in &mut producers {
            producer.needs.sort_unstable();
            producer.needs.dedup();
        }
        composition.problem.facts = composition.facts.len();
        composition.problem.producers = producers;
        composition.weigh(view)?;
        Some(composition)
    }

    /// Gives every operation its weight; none where these do not fit into one number.
    fn weigh(&mut self, view: &View<'_>) -> Option<()> {
        let all = view.world.operations();
        let operations = self.operations.iter().filter_map(|index| all.get(*index));
        let operations: Vec<&Operation> = operations.collect();
        self.scale = Scale::of(operations.iter().copied(), self.question.objective)?;
        for (producer, operation) in self.problem.producers.iter_mut().zip(operations) {
            producer.weight = self.scale.weight(operation);
            producer.duration = self.scale.duration(operation);
        }
        Some(())
    }

    fn fact(&mut self, of_type: T, new: bool) -> usize {
        let next = self.facts.len();
        *self.facts.entry((of_type, new)).or_insert(next)
    }

    fn answer(&self, limits: &Limits, view: &View<'_>) -> Composed {
        let allowed = limits.considered.saturating_mul(EFFORT);
        let mut effort = Effort::new(allowed, &limits.deadline);
        let soonest = Earliest::of(&self.problem, &|_| true).reached;
        let Some(soonest) = soonest else {
            let missing = self.missing(view, &mut effort);
            return Composed::None(self.report(&effort), Some(missing));
        };
        let chosen = self.best(soonest, &mut effort);
        let report = SearchReport {
            complete: chosen.open.is_none(),
            limit: chosen.open.map(|_| match effort.is_late() {
                true => Limit::Time,
                false => Limit::Considered,
            }),
            kept: chosen.sets.len() as u64,
            proof: chosen.open.or_else(|| self.proof(&chosen.sets, soonest)),
            ..self.report(&effort)
        };
        let schedules = chosen.sets.iter().map(|set| self.scheduled(set));
        Composed::Found(schedules.collect(), report)
    }

    fn report(&self, effort: &Effort<'_>) -> SearchReport {
        SearchReport {
            complete: true,
            limit: None,
            considered: (self.operations.len() as u64).saturating_add(effort.spent()),
            kept: 0,
            proof: None,
        }
    }

    /// The operations of a set, each as soon as it can.
    fn scheduled(&self, set: &[usize]) -> Schedule {
        let earliest = Earliest::of(&self.problem, &|at| set.binary_search(&at).is_ok());
        let order = earliest.order.iter();
        order
            .filter_map(|(at, after)| Some((*self.operations.get(*at)?, *after)))
            .collect()
    }
}

/// The mandatory inputs of an operation that does nothing but give: no condition, no effect, nothing read from a fact.
fn only_gives(view: &View<'_>, index: usize) -> Option<Vec<T>> {
    let operation = view.world.operations().get(index)?;
    let gives = operation.precondition.is_unconditional()
        && operation.postcondition.is_empty()
        && operation
            .outcomes
            .iter()
            .all(|outcome| outcome.reads.is_none());
    if !gives || subject_for(view, index).is_none() {
        return None;
    }
    let mandatory = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.mandatory && parameter.default.is_none());
    Some(
        mandatory
            .map(|parameter| view.type_number(&parameter.of_type))
            .collect(),
    )
}

/// The first entity the operation may be asked of.
pub(crate) fn subject_for(view: &View<'_>, index: usize) -> Option<V> {
    let operation = view.world.operations().get(index)?;
    let provider = operation.provider.as_ref().map(|iri| view.entity(iri));
    let extent = view.extent(view.type_number(&operation.subject));
    extent
        .iter()
        .copied()
        .find(|subject| provider.is_none() || view.provider(*subject) == provider)
}
