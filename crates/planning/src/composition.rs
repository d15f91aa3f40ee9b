//! Composition: wanted types from given types, through operations that only give.
//!
//! Where every operation that could matter asks for nothing but its parameters and changes nothing, a question is about
//! types alone and nothing is ever lost. Then an exact solver applies: fewest operations, fewest layers, or every
//! trade-off between the two, with proof. Anything else is left to the search over states.

mod choosing;
mod missing;
mod numbers;
mod operations;
mod weighing;

use rustc_hash::FxHashMap;
use samos_model::{Limit, Limits, Objective, Operation, SearchReport};

use crate::catalogue::Catalogue;
use crate::minimum::{Earliest, Effort, Problem, Producer};
use crate::view::{T, V, View};
pub(crate) use missing::Missing;
use numbers::Numbers;
use operations::{relevant, runnable};
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
    facts: Vec<Fact>,
    /// The fact of each type, where something needs it.
    by_type: Vec<Option<usize>>,
    /// Catalogue places by producer.
    operations: Vec<usize>,
    problem: Problem,
    scale: Scale,
}

/// Something of a type is there. That something new of it is, where that is wanted, is a fact of its own.
struct Fact {
    /// The type, by number.
    number: usize,
    new: bool,
}

/// Answers a question about types, if it is one.
pub(crate) fn compose(
    catalogue: &Catalogue<'_, '_>,
    question: &Types<'_>,
    limits: &Limits,
) -> Composed {
    let mut numbers = Numbers::of(catalogue.view, question);
    match Composition::of(&mut numbers, question) {
        Some(composition) => composition.answer(limits, &numbers),
        None => Composed::NotApplicable,
    }
}

impl<'a> Composition<'a> {
    /// The problem over the operations that can run, or over those that could matter where these do not give all that is
    /// wanted; `None` where one of them does more than give.
    fn of(numbers: &mut Numbers<'_, '_>, question: &'a Types<'a>) -> Option<Self> {
        let mut composition = Self {
            question,
            facts: Vec::new(),
            by_type: vec![None; numbers.count()],
            operations: Vec::new(),
            problem: Problem::default(),
            scale: Scale::default(),
        };
        let mut made_new: FxHashMap<usize, usize> = FxHashMap::default();
        let mut wanted = Vec::new();
        for of_type in question.wanted {
            let number = numbers.number(&numbers.view.type_iri(*of_type))?;
            if !question.new && numbers.is_at_hand(number) {
                continue;
            }
            let fact = match question.new {
                true => *made_new.entry(number).or_insert_with(|| {
                    composition.facts.push(Fact { number, new: true });
                    composition.facts.len() - 1
                }),
                false => composition.fact(number),
            };
            composition.problem.goal.push(fact);
            wanted.push(number);
        }
        composition.operations =
            runnable(numbers, &wanted).or_else(|| relevant(numbers, &wanted))?;
        composition.lay_out(numbers, &made_new);
        composition.weigh(numbers.view)?;
        Some(composition)
    }

    /// The fact that something of a type is there, new or not.
    fn fact(&mut self, number: usize) -> usize {
        if let Some(Some(fact)) = self.by_type.get(number) {
            return *fact;
        }
        self.facts.push(Fact { number, new: false });
        let fact = self.facts.len() - 1;
        if let Some(slot) = self.by_type.get_mut(number) {
            *slot = Some(fact);
        }
        fact
    }

    /// What each operation needs and adds, as far as something needs it.
    fn lay_out(&mut self, numbers: &mut Numbers<'_, '_>, made_new: &FxHashMap<usize, usize>) {
        for place in self.operations.clone() {
            let exchange = numbers.bearings().exchanges().get(place);
            let needs = exchange.map(|one| one.needs.clone()).unwrap_or_default();
            let needs = needs.into_iter().filter(|one| !numbers.is_at_hand(*one));
            let mut needs: Vec<usize> = needs.map(|number| self.fact(number)).collect();
            needs.sort_unstable();
            self.problem.producers.push(Producer {
                needs,
                adds: Vec::new(),
                weight: 0,
                duration: 1,
            });
        }
        self.problem.facts = self.facts.len();
        let mut shown: FxHashMap<usize, Box<[usize]>> = FxHashMap::default();
        let shown_by = |given: usize| {
            let facts = numbers.above(given).flat_map(|number| {
                let known = self.by_type.get(number).copied().flatten();
                known.into_iter().chain(made_new.get(&number).copied())
            });
            facts.collect::<Box<[usize]>>()
        };
        for (producer, place) in self.problem.producers.iter_mut().zip(&self.operations) {
            let gives = numbers.bearings().exchanges().get(*place);
            for given in gives.into_iter().flat_map(|one| &one.gives) {
                let facts = shown.entry(*given).or_insert_with(|| shown_by(*given));
                producer.adds.extend(facts.iter().copied());
            }
            producer.adds.sort_unstable();
            producer.adds.dedup();
        }
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

    fn answer(&self, limits: &Limits, numbers: &Numbers<'_, '_>) -> Composed {
        let allowed = limits.considered.saturating_mul(EFFORT);
        let mut effort = Effort::new(allowed, &limits.deadline);
        let soonest = Earliest::of(&self.problem, &|_| true).reached;
        let Some(soonest) = soonest else {
            let missing = self.missing(numbers, &mut effort);
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
