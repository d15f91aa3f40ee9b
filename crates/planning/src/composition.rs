//! Composition: wanted types from given types, through operations that only give.
//!
//! Where every operation that could matter asks for nothing but its parameters and changes nothing, a question is about
//! types alone and nothing is ever lost. Then an exact solver applies: fewest operations, fewest layers, or every
//! trade-off between the two, with proof. Anything else is left to the search over states.

mod forward;

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use samos_model::{Iri, Kind, Limit, Limits, Objective, SearchReport};

use crate::catalogue::Catalogue;
use crate::minimum::{Effort, Problem, Producer, Solved};
use crate::view::{T, V, View};

/// Actions of manipulation weigh so much more, that no number of readings outweighs one.
const MANIPULATION: u64 = 1 << 32;

/// What was found.
pub(crate) enum Composed {
    /// The question is not about types alone.
    NotApplicable,
    /// Sets of operations by catalogue place, best first, each with its rounds in which it runs.
    Found(Vec<Vec<Vec<usize>>>, SearchReport),
    /// None exists; these types would make one, fewest first, and whether fewer are proven not enough.
    None(SearchReport, Option<(Vec<T>, bool)>),
}

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
        Some(composition) => composition.answer(limits),
        None => Composed::NotApplicable,
    }
}

/// A part of the sets there are: its best set with weight, and what all of its sets hold and lack.
type Part = (u64, Vec<usize>, Vec<usize>, Vec<usize>);

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
        for (place, needs) in inputs.into_iter().enumerate() {
            let needs = needs
                .into_iter()
                .map(|need| composition.fact(need, false))
                .collect();
            let kind = composition
                .operations
                .get(place)
                .and_then(|index| view.world.operations().get(*index))
                .map(|operation| operation.kind);
            producers.push(Producer {
                needs,
                adds: Vec::new(),
                weight: weight(kind, question.objective),
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
        Some(composition)
    }

    fn fact(&mut self, of_type: T, new: bool) -> usize {
        let next = self.facts.len();
        *self.facts.entry((of_type, new)).or_insert(next)
    }

    fn answer(&self, limits: &Limits) -> Composed {
        let mut effort = Effort {
            left: limits.considered.saturating_mul(200),
        };
        let spent = |effort: &Effort| limits.considered.saturating_mul(200) - effort.left;
        let report = |complete: bool, kept: usize, effort: &Effort| SearchReport {
            complete,
            limit: (!complete).then_some(Limit::Considered),
            considered: (self.operations.len() as u64).saturating_add(spent(effort)),
            kept: kept as u64,
            proof: None,
        };
        let (_, reached) = self.problem.rounds(&|_| true);
        let Some(least_rounds) = reached else {
            let missing = self.missing(&mut effort);
            return Composed::None(report(true, 0, &effort), missing);
        };
        let sets = match self.best(least_rounds, limits, &mut effort) {
            Some(sets) => sets,
            None => return Composed::Found(Vec::new(), report(false, 0, &effort)),
        };
        let found: Vec<Vec<Vec<usize>>> = sets.iter().map(|set| self.layered(set)).collect();
        Composed::Found(found.clone(), report(true, found.len(), &effort))
    }

    /// The best sets by the objective; `None` when the effort was not enough.
    fn best(
        &self,
        least_rounds: usize,
        limits: &Limits,
        effort: &mut Effort,
    ) -> Option<Vec<Vec<usize>>> {
        let most_answers = self
            .question
            .alternatives
            .max(1)
            .min(limits.answers.max(1).max(self.question.alternatives));
        match self.question.objective {
            Objective::Layers | Objective::Makespan => {
                self.enumerate(least_rounds, most_answers, effort)
            }
            Objective::Pareto => {
                let (reduced, kept) = self.problem.reduced(&[], &[]);
                let least = |rounds: usize, effort: &mut Effort| {
                    let solved = reduced.least(rounds, &[], effort);
                    solved.into_set().map(|set| places(&kept, &set))
                };
                let overall = least(usize::MAX, effort)?;
                let mut front: Vec<Vec<usize>> = Vec::new();
                for rounds in least_rounds.. {
                    let set = least(rounds, effort)?;
                    let weight = self.weight(&set);
                    if front.last().is_none_or(|last| weight < self.weight(last)) {
                        front.push(set);
                    }
                    if weight <= self.weight(&overall) {
                        break;
                    }
                }
                Some(front)
            }
            Objective::Default | Objective::Operations | Objective::Cost => {
                if most_answers > 1 {
                    return self.enumerate(usize::MAX, most_answers, effort);
                }
                let (reduced, kept) = self.problem.reduced(&[], &[]);
                let overall = reduced.least(usize::MAX, &[], effort).into_set()?;
                let overall = places(&kept, &overall);
                // Of the smallest sets one with the fewest rounds.
                for rounds in least_rounds..self.layered(&overall).len() {
                    let set = reduced.least(rounds, &[], effort).into_set()?;
                    let set = places(&kept, &set);
                    if self.weight(&set) == self.weight(&overall) {
                        return Some(vec![set]);
                    }
                }
                Some(vec![overall])
            }
        }
    }

    fn weight(&self, set: &[usize]) -> u64 {
        set.iter()
            .filter_map(|at| self.problem.producers.get(*at))
            .map(|producer| producer.weight)
            .sum()
    }

    /// The best sets in order, none holding all of another: what is left is split by the first action that differs.
    fn enumerate(
        &self,
        rounds: usize,
        most: usize,
        effort: &mut Effort,
    ) -> Option<Vec<Vec<usize>>> {
        let mut open: Vec<Part> = Vec::new();
        let mut found: Vec<Vec<usize>> = Vec::new();
        let push = |open: &mut Vec<Part>,
                    forced: Vec<usize>,
                    forbidden: Vec<usize>,
                    effort: &mut Effort|
         -> Option<()> {
            match self.problem.minimum(rounds, &forced, &forbidden, effort) {
                Solved::Best(set) => open.push((self.weight(&set), set, forced, forbidden)),
                Solved::Impossible => {}
                Solved::Limit => return None,
            }
            Some(())
        };
        push(&mut open, Vec::new(), Vec::new(), effort)?;
        while !open.is_empty() && found.len() < most {
            open.sort_by(|left, right| {
                (right.0, self.layered(&right.1).len(), &right.1).cmp(&(
                    left.0,
                    self.layered(&left.1).len(),
                    &left.1,
                ))
            });
            let Some((_, set, forced, forbidden)) = open.pop() else {
                break;
            };
            if self.is_minimal(&set, rounds) && !found.contains(&set) {
                found.push(set.clone());
                if found.len() == most {
                    break;
                }
            }
            let mut kept = forced.clone();
            for at in set.iter().filter(|at| !forced.contains(at)) {
                let mut without = forbidden.clone();
                without.push(*at);
                if push(&mut open, kept.clone(), without, effort).is_none() {
                    return (!found.is_empty()).then_some(found);
                }
                kept.push(*at);
            }
        }
        Some(found)
    }

    fn is_minimal(&self, set: &[usize], rounds: usize) -> bool {
        set.iter().all(|left_out| {
            let (_, reached) = self
                .problem
                .rounds(&|at| at != *left_out && set.binary_search(&at).is_ok());
            reached.is_none_or(|reached| reached > rounds)
        })
    }

    /// Catalogue places of a set, round by round.
    fn layered(&self, set: &[usize]) -> Vec<Vec<usize>> {
        let (ran, _) = self.problem.rounds(&|at| set.binary_search(&at).is_ok());
        let mut layers: Vec<Vec<usize>> = Vec::new();
        for at in set {
            let (Some(round), Some(operation)) =
                (ran.get(*at).copied().flatten(), self.operations.get(*at))
            else {
                continue;
            };
            if layers.len() < round {
                layers.resize(round, Vec::new());
            }
            if let Some(layer) = layers.get_mut(round - 1) {
                layer.push(*operation);
            }
        }
        for layer in &mut layers {
            layer.sort_unstable();
        }
        layers
    }

    /// The fewest types that somebody would have to give; wanted types themselves last among equals.
    fn missing(&self, effort: &mut Effort) -> Option<(Vec<T>, bool)> {
        let mut problem = self.problem.clone();
        let first_gift = problem.producers.len();
        for producer in &mut problem.producers {
            producer.weight = 0;
        }
        let mut gifts: Vec<T> = Vec::new();
        for ((of_type, new), fact) in &self.facts {
            if !*new || problem.goal.contains(fact) {
                let is_goal = problem.goal.contains(fact);
                problem.producers.push(Producer {
                    needs: Vec::new(),
                    adds: vec![*fact],
                    weight: 1_000_000 + u64::from(is_goal),
                });
                gifts.push(*of_type);
            }
        }
        let Solved::Best(set) = problem.minimum(usize::MAX, &[], &[], effort) else {
            let goals = self
                .facts
                .iter()
                .filter(|(_, fact)| self.problem.goal.contains(fact));
            return Some((goals.map(|((of_type, _), _)| *of_type).collect(), false));
        };
        Some((
            set.iter()
                .filter_map(|at| gifts.get(at.checked_sub(first_gift)?))
                .copied()
                .collect(),
            true,
        ))
    }
}

/// What an operation counts for.
fn weight(kind: Option<Kind>, objective: Objective) -> u64 {
    if kind == Some(Kind::Manipulation) && objective == Objective::Default {
        MANIPULATION + 1
    } else {
        1
    }
}

/// Where the actions of a reduced problem stood before.
fn places(kept: &[usize], set: &[usize]) -> Vec<usize> {
    set.iter().filter_map(|at| kept.get(*at).copied()).collect()
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
