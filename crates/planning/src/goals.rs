//! Goals: bring about a state, obtain a thing, at least cost, with alternatives, or say what is missing.

mod choosing;
mod explaining;
mod misses;
mod paths;

use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use samos_model::plan::{Answer, Step};
use samos_model::{
    Condition, Given, Goal, Iri, Limits, Literal, Plan, Request, SearchReport, Value, World,
};

use crate::assembly::{Purpose, assemble};
use crate::candidates::Candidates;
use crate::catalogue::Catalogue;
use crate::compiled::compile_goal;
use crate::composition::{Composed, Schedule, Types, compose, subject_for};
use crate::evaluation::Binding;
use crate::search::{Link, Path, Question, Search};
use crate::slice::{Filter, Slice, Slicer, Target, Template};
use crate::state::State;
use crate::view::{Origin, Symbol, T, V, View};
use choosing::{far_apart, proof_of};
use misses::missing_types;

pub use explaining::explain;

/// Plans found for each that is to be far from the others, and at least and at most.
const CHOICE: usize = 8;
const LEAST_CHOICE: usize = 64;
const MOST_CHOICE: usize = 2_000;

/// The best plans for a goal, or what would make one.
#[must_use = "planning has no other effect"]
pub fn plan(world: &dyn World, goal: &Goal, limits: &Limits) -> Answer {
    let view = View::new(world);
    plan_in(&Catalogue::new(&view, None), goal, true, limits)
}

/// The best plans for a goal that ask for nothing but these operations; none says nothing about others.
#[must_use = "planning has no other effect"]
pub fn plan_with(
    world: &dyn World,
    goal: &Goal,
    operations: &BTreeSet<Iri>,
    limits: &Limits,
) -> Answer {
    let view = View::new(world);
    let all = world.operations();
    let places = operations.iter().filter_map(|iri| {
        let place = all.binary_search_by(|operation| operation.iri.cmp(iri));
        place.ok()
    });
    let catalogue = Catalogue::new(&view, None).only(places.collect());
    plan_in(&catalogue, goal, false, limits)
}

fn plan_in(catalogue: &Catalogue<'_, '_>, goal: &Goal, misses: bool, limits: &Limits) -> Answer {
    let view = catalogue.view;
    let asked = Asked::new(view, goal);
    if let Some(answer) = asked.by_types(catalogue, limits) {
        return answer;
    }
    let names: Vec<_> = goal.wants.iter().map(|want| want.name.clone()).collect();
    let question = Question {
        clauses: compile_goal(view, &goal.condition, &names),
        wants: asked.wants.clone(),
        new: goal.new,
        link: None,
        objective: goal.objective,
        alternatives: asked.choice(),
        assume: goal.assume,
        wait: goal.assume,
        ..Question::default()
    };
    if let Some(answer) = asked.contradicted(catalogue, &question, limits) {
        return answer;
    }
    let slice = sliced(catalogue, &question);
    let mut answer = asked.search(catalogue, &slice, &question, misses, limits);
    if goal.diverse {
        answer.plans = far_apart(answer.plans, goal.alternatives.max(1));
        answer.search.kept = answer.plans.len() as u64;
    }
    if let Some(best) = answer.plans.first().filter(|_| answer.search.complete) {
        let proof = answer.search.proof;
        answer.search.proof = proof.or_else(|| Some(proof_of(best, goal.objective)));
    }
    answer
}

/// An orchestration point: an outcome of one operation on one subject, a parameter of another on another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct OrchestrationPoint {
    /// The operation that gives, and its subject.
    pub producer: (Iri, Iri),
    /// Its outcome's place.
    pub outcome: usize,
    /// The operation that takes, and its subject.
    pub consumer: (Iri, Iri),
    /// Its parameter's place.
    pub parameter: usize,
}

/// For each point, plans that end with the consumer's request, its parameter taken from the producer's outcome.
///
/// `providers` bounds whose operations may be brought in; with `misses`, a point without a plan says what would make one.
pub fn link(
    world: &dyn World,
    points: &[OrchestrationPoint],
    goal: &Goal,
    providers: Option<&[Iri]>,
    misses: bool,
    limits: &Limits,
) -> Vec<Answer> {
    let view = View::new(world);
    let allowed = providers.map(|providers| providers.iter().map(|iri| view.entity(iri)).collect());
    let catalogue = Catalogue::new(&view, allowed);
    points
        .iter()
        .map(|point| link_in(&catalogue, point, goal, misses, limits))
        .collect()
}

fn link_in(
    catalogue: &Catalogue<'_, '_>,
    point: &OrchestrationPoint,
    goal: &Goal,
    misses: bool,
    limits: &Limits,
) -> Answer {
    let view = catalogue.view;
    let place = |iri: &Iri| {
        view.world
            .operations()
            .iter()
            .position(|operation| operation.iri == *iri)
    };
    let (Some(producer), Some(consumer)) = (place(&point.producer.0), place(&point.consumer.0))
    else {
        return none(SearchReport {
            complete: true,
            limit: None,
            considered: 0,
            kept: 0,
            proof: None,
        });
    };
    let (giver, taker) = (
        view.entity(&point.producer.1),
        view.entity(&point.consumer.1),
    );
    let asked = Asked::new(view, goal);
    let names: Vec<_> = goal.wants.iter().map(|want| want.name.clone()).collect();
    let question = Question {
        clauses: compile_goal(view, &goal.condition, &names),
        wants: asked.wants.clone(),
        new: goal.new,
        link: Some(Link {
            producer: (producer, giver, point.outcome),
            consumer: (consumer, taker, point.parameter),
        }),
        objective: goal.objective,
        alternatives: goal.alternatives,
        assume: goal.assume,
        wait: goal.assume,
        ..Question::default()
    };
    let these = |thing: V| {
        vec![Filter::Target(Target::These(
            BTreeSet::from([thing]),
            false,
        ))]
    };
    let mut slicer = Slicer::new(catalogue);
    slicer.goal(&question.clauses, &asked.wants, goal.new);
    let giving = Template {
        operation: producer,
        subject: these(giver),
        inputs: Default::default(),
    };
    slicer.producer(giving, point.outcome);
    let produced = Filter::Produced;
    slicer.consumer(Template {
        operation: consumer,
        subject: these(taker),
        inputs: [(point.parameter, vec![produced])].into(),
    });
    let slice = slicer.finish();
    asked.search(catalogue, &slice, &question, misses, limits)
}

/// One request as the only step of a plan, with its undo; `None` where it is not ready, unknown conditions aside.
#[must_use = "planning has no other effect"]
pub fn step(world: &dyn World, request: &Request) -> Option<Step> {
    let view = View::new(world);
    let catalogue = Catalogue::new(&view, None);
    let index = world
        .operations()
        .binary_search_by(|operation| operation.iri.cmp(&request.operation))
        .ok()?;
    let operation = catalogue.operation(index)?;
    let given: Vec<V> = request
        .arguments
        .values()
        .flatten()
        .map(|value| view.value(value))
        .collect();
    let inputs = operation
        .inputs
        .iter()
        .map(|input| match request.arguments.get(&input.name) {
            Some(values) => values.iter().map(|value| view.value(value)).collect(),
            None => input.default.into_iter().collect(),
        });
    let binding = Binding {
        subject: Some(view.entity(&request.subject)),
        inputs: inputs.collect(),
        ..Binding::default()
    };
    let (slice, limits) = (Slice::default(), Limits::default());
    let question = Question {
        assume: true,
        ..Question::default()
    };
    let candidates = Candidates::new(&catalogue, &slice, Vec::new(), false);
    let action = Search::new(&catalogue, &slice, &candidates, &question, &limits).act(
        &State::default(),
        &operation,
        &binding,
        &[],
    )?;
    let path = Path {
        actions: vec![action],
        wants: Vec::new(),
        wished_goals: Vec::new(),
    };
    let literals = given.into_iter().collect();
    let empty = Condition::default();
    let purpose = Purpose {
        condition: &empty,
        wants: &[],
        new: false,
        givens: Vec::new(),
        subjects: &[],
        literals: &literals,
    };
    assemble(&catalogue, &question, &purpose, &path)?
        .steps
        .into_iter()
        .next()
}

fn none(search: SearchReport) -> Answer {
    Answer {
        plans: Vec::new(),
        search,
        nearest: None,
        dropped: Vec::new(),
    }
}

/// A goal, its values interned.
struct Asked<'g> {
    goal: &'g Goal,
    wants: Vec<T>,
    /// Values usable anywhere.
    given: Vec<V>,
    given_types: Vec<T>,
    literals: BTreeSet<V>,
}

impl<'g> Asked<'g> {
    fn new(view: &View<'_>, goal: &'g Goal) -> Self {
        let mut given = Vec::new();
        let mut given_types = Vec::new();
        let mut literals = BTreeSet::new();
        for one in &goal.givens {
            match one {
                Given::Type(iri) => {
                    let of_type = view.type_number(iri);
                    given_types.push(of_type);
                    given.push(view.symbol(Symbol {
                        origin: Origin::Given,
                        nth: 0,
                        of_type,
                        home: None,
                    }));
                }
                Given::Value(value) => {
                    let value = view.value(value);
                    if view.is_literal(value) {
                        literals.insert(value);
                    }
                    given.push(value);
                }
            }
        }
        for literal in goal_literals(&goal.condition) {
            let value = view.value(&Value::Literal(literal));
            literals.insert(value);
            given.push(value);
        }
        given.sort_unstable();
        given.dedup();
        let wants = goal
            .wants
            .iter()
            .map(|want| view.type_number(&want.of_type))
            .collect();
        Self {
            goal,
            wants,
            given,
            given_types,
            literals,
        }
    }

    fn purpose(&self, view: &View<'_>) -> Purpose<'_> {
        Purpose {
            condition: &self.goal.condition,
            wants: &self.goal.wants,
            new: self.goal.new,
            givens: self
                .given_types
                .iter()
                .map(|of_type| view.type_iri(*of_type))
                .collect(),
            subjects: &self.goal.subjects,
            literals: &self.literals,
        }
    }

    /// How many plans are looked for: more than asked for, where those far apart are to be chosen among them.
    fn choice(&self) -> usize {
        match self.goal.diverse {
            true => self
                .goal
                .alternatives
                .saturating_mul(CHOICE)
                .clamp(LEAST_CHOICE, MOST_CHOICE),
            false => self.goal.alternatives,
        }
    }

    /// The answer where the question is about types alone.
    fn by_types(&self, catalogue: &Catalogue<'_, '_>, limits: &Limits) -> Option<Answer> {
        if !self.goal.condition.is_unconditional() || self.wants.is_empty() {
            return None;
        }
        let types = Types {
            given: &self.given_types,
            wanted: &self.wants,
            new: self.goal.new,
            objective: self.goal.objective,
            alternatives: self.choice(),
        };
        match compose(catalogue, &types, limits) {
            Composed::NotApplicable => None,
            Composed::None(search, missing) => {
                let nearest = missing.map(|missing| missing_types(catalogue.view, &missing));
                Some(Answer {
                    nearest,
                    ..none(search)
                })
            }
            Composed::Found(schedules, search) => {
                let question = Question {
                    wants: self.wants.clone(),
                    new: self.goal.new,
                    ..Question::default()
                };
                let plans = schedules
                    .iter()
                    .filter_map(|schedule| self.realise(catalogue, &question, schedule));
                let mut plans: Vec<Plan> = plans.collect();
                let is_whole = plans.len() == schedules.len();
                if self.goal.diverse {
                    plans = far_apart(plans, self.goal.alternatives.max(1));
                }
                Some(Answer {
                    plans,
                    ..none(SearchReport {
                        complete: search.complete && is_whole,
                        ..search
                    })
                })
            }
        }
    }

    /// A plan of operations that only give, in the order of their ends; each parameter is taken from where it is at hand
    /// first.
    fn realise(
        &self,
        catalogue: &Catalogue<'_, '_>,
        question: &Question,
        schedule: &Schedule,
    ) -> Option<Plan> {
        let view = catalogue.view;
        let slice = Slice::default();
        let candidates = Candidates::new(catalogue, &slice, self.given.clone(), false);
        let limits = Limits::default();
        let search = Search::new(catalogue, &slice, &candidates, question, &limits);
        let mut state = State::default();
        let mut made = Made::default();
        // How much was made when so many operations had ended.
        let mut made_by: Vec<usize> = vec![0];
        let mut actions = Vec::new();
        for (index, after) in schedule {
            let before = made_by.get(*after).copied().unwrap_or(0);
            let operation = catalogue.operation(*index)?;
            let mut binding = Binding {
                subject: subject_for(view, *index),
                ..Binding::default()
            };
            for input in &operation.inputs {
                let needs = input.mandatory && input.default.is_none();
                let value = match input.default {
                    Some(default) => Some(default),
                    None if needs => Some(self.at_hand(view, input.of_type, (&made, before))?),
                    None => None,
                };
                binding.inputs.push(value.map_or_else(
                    || Rc::from([].as_slice()),
                    |value| Rc::from([value].as_slice()),
                ));
            }
            let action = search.act(&state, &operation, &binding, &[])?;
            let outputs = action.binding.outputs.iter();
            let outputs = outputs.flat_map(|values| values.iter().copied());
            outputs.for_each(|value| made.push(view, value));
            made_by.push(made.values.len());
            state = action.after.clone();
            actions.push(action);
        }
        let wants = self.wants.iter().map(|of_type| {
            if self.goal.new {
                made.first(view, *of_type, made.values.len())
            } else {
                self.at_hand(view, *of_type, (&made, made.values.len()))
            }
        });
        let wants = wants.collect::<Option<Vec<V>>>()?;
        let path = Path {
            actions,
            wants,
            wished_goals: Vec::new(),
        };
        assemble(catalogue, question, &self.purpose(view), &path)
    }

    /// Something of a type: given, known, or made earlier, in this order.
    fn at_hand(&self, view: &View<'_>, of_type: T, (made, before): (&Made, usize)) -> Option<V> {
        let given = self
            .given
            .iter()
            .copied()
            .find(|value| view.fits(*value, of_type));
        given
            .or_else(|| view.extent(of_type).first().copied())
            .or_else(|| made.first(view, of_type, before))
    }

    fn search(
        &self,
        catalogue: &Catalogue<'_, '_>,
        slice: &Slice,
        question: &Question,
        misses: bool,
        limits: &Limits,
    ) -> Answer {
        let candidates = Candidates::new(catalogue, slice, self.given.clone(), false);
        let (paths, report) = self.paths(catalogue, slice, &candidates, question, limits);
        let purpose = self.purpose(catalogue.view);
        let mut plans: Vec<Plan> = paths
            .iter()
            .filter_map(|path| assemble(catalogue, question, &purpose, path))
            .collect();
        // A further plan with a step that serves nothing is no alternative.
        let mut first = true;
        plans.retain(|plan| {
            std::mem::take(&mut first) || plan.steps.iter().all(|step| !step.because.is_empty())
        });
        let nearest = if misses && plans.is_empty() && report.complete {
            self.nearest(catalogue, slice, question, limits)
        } else {
            None
        };
        Answer {
            plans,
            search: report,
            nearest,
            dropped: Vec::new(),
        }
    }
}

/// What a plan makes, in the order in which it does.
#[derive(Default)]
struct Made {
    values: Vec<V>,
    /// By type: the first symbol that is of it, and its place.
    firsts: FxHashMap<T, (usize, V)>,
}

impl Made {
    fn push(&mut self, view: &View<'_>, value: V) {
        let place = self.values.len();
        self.values.push(value);
        for of_type in view.types_of_symbol(value).into_iter().flatten() {
            self.firsts.entry(of_type).or_insert((place, value));
        }
    }

    /// Something of a type among the first so many.
    fn first(&self, view: &View<'_>, of_type: T, among: usize) -> Option<V> {
        if let Some((place, value)) = self.firsts.get(&of_type)
            && *place < among
        {
            return Some(*value);
        }
        let mut values = self.values.iter().take(among).copied();
        values.find(|value| view.has_type(*value, of_type))
    }
}

/// The slice of a question without an orchestration.
fn sliced(catalogue: &Catalogue<'_, '_>, question: &Question) -> Slice {
    let mut slicer = Slicer::new(catalogue);
    slicer.goal(&question.clauses, &question.wants, question.new);
    slicer.finish()
}

/// Literals that a condition names: a user who writes them has them at hand.
fn goal_literals(condition: &Condition) -> Vec<Literal> {
    use samos_model::{Atom, Conjunct};
    fn atom(atom: &Atom, found: &mut Vec<Literal>) {
        if let Atom::Literal(literal) = atom {
            found.push(literal.clone());
        }
    }
    fn conjunct(part: &Conjunct, found: &mut Vec<Literal>) {
        match part {
            Conjunct::Compare { left, right, .. } => left
                .atoms()
                .chain(right.atoms())
                .for_each(|one| atom(one, found)),
            Conjunct::In { values, .. } => values.iter().for_each(|one| atom(one, found)),
            Conjunct::Contains { value, .. } => atom(value, found),
            Conjunct::Not(inner) => conjunct(inner, found),
            Conjunct::Either(alternatives) => alternatives
                .iter()
                .flat_map(|all| &all.conjuncts)
                .for_each(|one| conjunct(one, found)),
            Conjunct::Is { .. } | Conjunct::Exists { .. } => {}
        }
    }
    let mut found = Vec::new();
    condition
        .conjuncts
        .iter()
        .for_each(|part| conjunct(part, &mut found));
    found
}
