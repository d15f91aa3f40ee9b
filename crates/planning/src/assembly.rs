//! Makes a plan of a path: orders only what must be ordered, and says why each step and each edge is there.
//!
//! Two steps stay unordered when neither touches what the other looks at or touches. The reason of an edge goes down to
//! the effect and the condition it serves, the axioms that make two types fit, and the live facts it rests on.

mod bonds;
mod holding;
mod meeting;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use samos_model::plan::{
    Argument, Assumption, Because, Cost, Edge, EdgeKind, FORMAT, Holding, MadeFrom, OutcomeOf,
    PathBefore, PlanGoal, PlanValue, Point, Reason, Step, Undo, Waiting, Wanted,
};
use samos_model::text::PrintName;
use samos_model::{Condition, Iri, Kind, Name, Operation, Plan, Truth, Want};

use crate::catalogue::Catalogue;
use crate::compiled::Compiled;
use crate::evaluation::{Binding, Evaluator};
use crate::search::{Action, Link, Path, Question};
use crate::state::State;
use crate::undo;
use crate::view::{Origin, P, Thing, V, View};
use crate::waiting::Wait;
use crate::words;

/// What the plan is for, as the question said it.
pub(crate) struct Purpose<'a> {
    pub(crate) condition: &'a Condition,
    pub(crate) wants: &'a [Want],
    pub(crate) new: bool,
    pub(crate) givens: Vec<Iri>,
    pub(crate) subjects: &'a [Iri],
    /// Literals of the question: written out rather than taken from a reading.
    pub(crate) literals: &'a BTreeSet<V>,
}

pub(crate) use bonds::must_keep_order;
use bonds::without_implied;
use holding::Makers;
use meeting::is_near;

/// Makes the plan. `None` only where a number in it is not finite.
pub(crate) fn assemble(
    catalogue: &Catalogue<'_, '_>,
    question: &Question,
    purpose: &Purpose<'_>,
    path: &Path,
) -> Option<Plan> {
    Assembly {
        catalogue,
        view: catalogue.view,
        question,
        purpose,
        path,
        givers: givers(path),
        order: Vec::new(),
        ids: Vec::new(),
    }
    .plan()
}

/// The first action that gives a value, with outcome and index.
fn givers(path: &Path) -> FxHashMap<V, (usize, usize, usize)> {
    let mut givers = FxHashMap::default();
    for (from, action) in path.actions.iter().enumerate() {
        for (outcome, values) in action.binding.outputs.iter().enumerate() {
            for (index, value) in values.iter().enumerate() {
                givers.entry(*value).or_insert((from, outcome, index));
            }
        }
    }
    givers
}

struct Assembly<'a, 'c, 'w> {
    catalogue: &'a Catalogue<'c, 'w>,
    view: &'c View<'w>,
    question: &'a Question,
    purpose: &'a Purpose<'a>,
    path: &'a Path,
    /// The first action that gives a value, with outcome and index.
    givers: FxHashMap<V, (usize, usize, usize)>,
    /// Places of the actions in the order of their layers.
    order: Vec<usize>,
    /// Step identifiers by place of the action.
    ids: Vec<u32>,
}

/// Why one action waits for another.
#[derive(Clone, Debug)]
struct Bond {
    kind: EdgeKind,
    because: Because,
}

impl Assembly<'_, '_, '_> {
    fn plan(mut self) -> Option<Plan> {
        let actions = &self.path.actions;
        let bonds = self.bonds();
        let kept = without_implied(actions.len(), bonds);
        let mut layers = vec![1_u32; actions.len()];
        // By what comes later: what stands before it has its layer by then.
        for (from, to, _) in &kept {
            let before = layers.get(*from).copied().unwrap_or(0);
            if let Some(slot) = layers.get_mut(*to) {
                *slot = (before + 1).max(*slot);
            }
        }
        self.order = (0..actions.len()).collect();
        self.order.sort_by_key(|at| (layers.get(*at).copied(), *at));
        self.ids = vec![0; actions.len()];
        for (position, at) in self.order.iter().enumerate() {
            if let Some(slot) = self.ids.get_mut(*at) {
                *slot = u32::try_from(position + 1).unwrap_or(u32::MAX);
            }
        }
        let makers = Makers::new(actions, &kept);
        let edges = self.edges(kept);
        let mut leaving: BTreeMap<u32, Vec<&Edge>> = BTreeMap::new();
        for edge in &edges {
            leaving.entry(edge.from).or_default().push(edge);
        }
        let goals = self.goals_by_action();
        let steps: Vec<Step> = self
            .order
            .iter()
            .filter_map(|at| {
                let because = self.reasons(*at, leaving.get(&self.id(*at)), &goals);
                let holds = self.holdings(*at, &makers);
                self.step(*at, layers.get(*at).copied().unwrap_or(1), because, holds)
            })
            .collect();
        let plan = Plan {
            format: FORMAT,
            fingerprint: String::new(),
            goal: self.goal(&makers),
            assumptions: self.assumptions(),
            made_from: self.made_from(),
            cost: self.cost(&steps, &edges),
            steps,
            edges,
            repair: None,
            group: None,
            not_ready: None,
        };
        plan.sealed().ok()
    }

    fn id(&self, at: usize) -> u32 {
        self.ids.get(at).copied().unwrap_or(0)
    }

    fn specified(&self, operation: &Compiled) -> Option<&Operation> {
        self.view.world.operations().get(operation.index)
    }

    fn edges(&self, kept: Vec<(usize, usize, Bond)>) -> Vec<Edge> {
        let mut edges: Vec<Edge> = kept
            .into_iter()
            .map(|(from, to, bond)| Edge {
                from: self.id(from),
                to: self.id(to),
                kind: bond.kind,
                because: bond.because,
            })
            .collect();
        edges.sort_by_key(|edge| (edge.to, edge.from, edge.kind));
        edges
    }

    /// Is the value an argument, subject or want after that action?
    fn is_used(&self, value: V, from: usize) -> bool {
        self.path.wants.contains(&value)
            || self
                .path
                .actions
                .iter()
                .enumerate()
                .skip(from + 1)
                .any(|(to, action)| {
                    let subject = action.binding.subject == Some(value)
                        && self
                            .source(value, to, None)
                            .is_some_and(|source| source.0 == from);
                    subject
                        || action
                            .binding
                            .inputs
                            .iter()
                            .enumerate()
                            .any(|(at, values)| {
                                values.contains(&value)
                                    && self
                                        .source(value, to, Some(at))
                                        .is_some_and(|source| source.0 == from)
                            })
                })
    }

    fn plan_value(&self, value: V, to: usize, parameter: Option<usize>) -> PlanValue {
        if let Some((from, outcome, index)) = self.source(value, to, parameter) {
            return self.outcome_value(from, outcome, index);
        }
        match &*self.view.thing(value) {
            Thing::Known(known) => PlanValue::known(known),
            Thing::Symbol(symbol) => PlanValue::Given {
                given: self.view.type_iri(symbol.of_type),
            },
        }
    }

    fn outcome_value(&self, from: usize, outcome: usize, index: usize) -> PlanValue {
        let output = self
            .path
            .actions
            .get(from)
            .and_then(|action| action.operation.outputs.get(outcome));
        let name = output.map_or_else(|| Name::from(""), |output| output.name.clone());
        let index = output
            .filter(|output| output.multiple)
            .map(|_| u32::try_from(index).unwrap_or(u32::MAX));
        PlanValue::From {
            from: OutcomeOf {
                step: self.id(from),
                outcome: name,
                index,
            },
        }
    }

    fn arguments(
        &self,
        operation: &Compiled,
        binding: &Binding,
        value: &dyn Fn(V, usize) -> PlanValue,
    ) -> BTreeMap<Name, Argument> {
        let mut arguments = BTreeMap::new();
        for (at, (input, values)) in operation.inputs.iter().zip(&binding.inputs).enumerate() {
            let argument = match (input.multiple, values.first()) {
                (true, Some(_)) => {
                    Argument::Many(values.iter().map(|one| value(*one, at)).collect())
                }
                (false, Some(one)) => Argument::One(value(*one, at)),
                (_, None) => continue,
            };
            arguments.insert(input.name.clone(), argument);
        }
        arguments
    }

    fn step(
        &self,
        at: usize,
        layer: u32,
        because: Vec<Reason>,
        holds: Vec<Holding>,
    ) -> Option<Step> {
        let action = self.path.actions.get(at)?;
        let subject = action.binding.subject?;
        let entity = |value: Option<V>| {
            value
                .and_then(|value| self.view.known(value))
                .and_then(|known| known.as_entity().cloned())
        };
        let provider = action
            .operation
            .provider
            .or_else(|| self.view.provider(subject));
        Some(Step {
            id: self.id(at),
            operation: action.operation.iri.clone(),
            provider: entity(provider),
            account: entity(self.view.account(subject)),
            library: None,
            kind: action.operation.kind,
            subject: self.plan_value(subject, at, None),
            arguments: self.arguments(&action.operation, &action.binding, &|value, parameter| {
                self.plan_value(value, at, Some(parameter))
            }),
            layer,
            because,
            holds,
            undo: self.undo(at, action),
        })
    }

    fn reasons(
        &self,
        at: usize,
        leaving: Option<&Vec<&Edge>>,
        goals: &BTreeMap<usize, Vec<usize>>,
    ) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for edge in leaving.into_iter().flatten() {
            match edge.kind {
                EdgeKind::Cause => {
                    for condition in &edge.because.conditions {
                        let made = condition
                            .split(" makes `")
                            .nth(1)
                            .map_or(condition.as_str(), |rest| rest.trim_end_matches("` true"));
                        reasons.push(Reason::Enables {
                            step: edge.to,
                            condition: made.to_owned(),
                        });
                    }
                }
                EdgeKind::Data => reasons.extend(self.gives(at, edge.to)),
                EdgeKind::Order => {}
            }
        }
        reasons.extend(self.goal_reasons(at, goals.get(&at).map_or(&[], Vec::as_slice)));
        reasons
    }

    fn gives(&self, from: usize, to_id: u32) -> Vec<Reason> {
        let Some(to) = self.ids.iter().position(|id| *id == to_id) else {
            return Vec::new();
        };
        let (Some(giver), Some(taker)) = (self.path.actions.get(from), self.path.actions.get(to))
        else {
            return Vec::new();
        };
        let name = |outcome: usize| {
            giver
                .operation
                .outputs
                .get(outcome)
                .map(|output| output.name.clone())
        };
        let mut reasons = Vec::new();
        if let Some((_, outcome, _)) = taker
            .binding
            .subject
            .and_then(|subject| self.source(subject, to, None))
            .filter(|source| source.0 == from)
        {
            reasons.extend(name(outcome).map(|outcome| Reason::Gives {
                step: to_id,
                outcome,
                parameter: Name::from("subject"),
            }));
        }
        for (at, (input, values)) in taker
            .operation
            .inputs
            .iter()
            .zip(&taker.binding.inputs)
            .enumerate()
        {
            let source = values.iter().find_map(|value| {
                self.source(*value, to, Some(at))
                    .filter(|source| source.0 == from)
            });
            if let Some(outcome) = source.and_then(|(_, outcome, _)| name(outcome)) {
                reasons.push(Reason::Gives {
                    step: to_id,
                    outcome,
                    parameter: input.name.clone(),
                });
            }
        }
        reasons
    }

    /// By action: the parts of the goal that it may bring about. Where no part looks further than at the cells of
    /// things that it names, those are the ones whose cells the action wrote.
    fn goals_by_action(&self) -> BTreeMap<usize, Vec<usize>> {
        let mut by: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let everything = State::default();
        let goal = Binding {
            wants: self.path.wants.clone(),
            ..Binding::default()
        };
        let mut looking: BTreeMap<(V, P), Vec<usize>> = BTreeMap::new();
        let mut anywhere: Vec<usize> = Vec::new();
        for (part, clause) in self.question.clauses.iter().enumerate() {
            if !is_near(&clause.what) {
                anywhere.push(part);
                continue;
            }
            let evaluator = Evaluator::new(self.view, &everything, &goal);
            let _ = evaluator.top(None, clause);
            for cell in evaluator.reads.into_inner() {
                looking.entry(cell).or_default().push(part);
            }
        }
        for (at, action) in self.path.actions.iter().enumerate() {
            let mut parts: Vec<usize> = if action.deleted.is_empty() {
                let written = action.writes.keys();
                let written = written.filter_map(|cell| looking.get(cell)).flatten();
                written.chain(&anywhere).copied().collect()
            } else {
                (0..self.question.clauses.len()).collect()
            };
            parts.sort_unstable();
            parts.dedup();
            by.insert(at, parts);
        }
        by
    }

    /// The parts of the goal that the action brings about, of those that it may.
    fn goal_reasons(&self, at: usize, parts: &[usize]) -> Vec<Reason> {
        let Some(action) = self.path.actions.get(at) else {
            return Vec::new();
        };
        let mut reasons = Vec::new();
        let goal = Binding {
            wants: self.path.wants.clone(),
            ..Binding::default()
        };
        for (clause, conjunct) in parts.iter().filter_map(|part| {
            let clause = self.question.clauses.get(*part)?;
            Some((clause, self.purpose.condition.conjuncts.get(*part)?))
        }) {
            let judge = |state: &State| {
                let evaluator = Evaluator::new(self.view, state, &goal);
                (evaluator.top(None, clause), evaluator.reads.into_inner())
            };
            let (after, reads) = judge(&action.after);
            let wrote = reads.iter().any(|cell| action.writes.contains_key(cell))
                || !action.deleted.is_empty();
            if wrote && after == Truth::True && judge(&action.before).0 != Truth::True {
                reasons.push(Reason::Goal {
                    text: words::conjunct(self.view.world, conjunct, None),
                });
            }
        }
        for (value, want) in self.path.wants.iter().zip(self.purpose.wants) {
            if self
                .giver(*value, usize::MAX)
                .is_some_and(|(from, ..)| from == at)
            {
                reasons.push(Reason::Goal {
                    text: format!("gives a {}", self.view.world.compact(&want.of_type)),
                });
            }
        }
        if self.question.link.is_some() && at + 1 == self.path.actions.len() {
            reasons.push(Reason::Goal {
                text: "takes the value at the orchestration point".to_owned(),
            });
        }
        reasons
    }

    fn undo(&self, at: usize, action: &Action) -> Undo {
        if action.operation.kind == Kind::Information || action.operation.changes.is_empty() {
            return Undo::Nothing { reads_only: true };
        }
        if action.writes.is_empty() && action.deleted.is_empty() {
            return Undo::Irreversible {
                irreversible: "nothing that can be read shows what it did".to_owned(),
            };
        }
        let names: BTreeMap<V, String> = action
            .binding
            .subject
            .map(|subject| (subject, "subject".to_owned()))
            .into_iter()
            .collect();
        match undo::undoing(self.catalogue, action) {
            Some(found) => {
                let value = |value: V, _: usize| self.undo_value(value, at, action);
                let subject = found.binding.subject.map_or_else(
                    || self.undo_value(V::default(), at, action),
                    |subject| self.undo_value(subject, at, action),
                );
                Undo::By {
                    operation: found.operation.iri.clone(),
                    subject,
                    arguments: self.arguments(&found.operation, &found.binding, &value),
                    except: undo::paths(self.view, &found.except, &names),
                }
            }
            None => {
                let known = action.writes.keys().copied();
                let known = known.filter(|(thing, _)| !self.view.is_symbol(*thing));
                let (mut cells, implied): (Vec<_>, Vec<_>) =
                    known.partition(|(_, property)| action.operation.is_changing(*property));
                if cells.is_empty() {
                    cells = implied;
                }
                let touched = undo::paths(self.view, &cells, &names);
                let what = if touched.is_empty() {
                    "what it made".to_owned()
                } else {
                    touched.join(", ")
                };
                Undo::Irreversible {
                    irreversible: format!("no operation restores {what}"),
                }
            }
        }
    }

    /// A value as an undo request names it: known, from a step up to and including this one, or as it was before.
    fn undo_value(&self, value: V, at: usize, action: &Action) -> PlanValue {
        match &*self.view.thing(value) {
            Thing::Known(known) => PlanValue::known(known),
            Thing::Symbol(symbol) => {
                if let Some((from, outcome, index)) = self.giver(value, at + 1) {
                    return self.outcome_value(from, outcome, index);
                }
                if let Origin::Cell(thing, property) = &symbol.origin
                    && action.binding.subject == Some(*thing)
                {
                    let mut path = String::from("subject.");
                    let _ = self.view.property_iri(*property).print(&mut path);
                    return PlanValue::Before {
                        before: PathBefore {
                            step: self.id(at),
                            path,
                        },
                    };
                }
                PlanValue::Given {
                    given: self.view.type_iri(symbol.of_type),
                }
            }
        }
    }

    fn goal(&self, makers: &Makers) -> PlanGoal {
        let wants = self
            .path
            .wants
            .iter()
            .zip(self.purpose.wants)
            .map(|(value, want)| Wanted {
                name: want.name.clone(),
                of_type: want.of_type.clone(),
                new: self.purpose.new,
                is: self.plan_value(*value, self.path.actions.len(), None),
            });
        let points = self
            .question
            .link
            .as_ref()
            .and_then(|link| self.point(link));
        PlanGoal {
            condition: (!self.purpose.condition.is_unconditional())
                .then(|| self.purpose.condition.to_string()),
            wants: wants.collect(),
            givens: self.purpose.givens.clone(),
            points: points.into_iter().collect(),
            subjects: self.purpose.subjects.to_vec(),
            holds: self.holdings_of_goal(makers),
        }
    }

    fn point(&self, link: &Link) -> Option<Point> {
        let to = self.path.actions.len().checked_sub(1)?;
        let consumer = self.path.actions.get(to)?;
        let values = consumer.binding.inputs.get(link.consumer.2)?;
        let (from, outcome, _) = values
            .iter()
            .find_map(|value| self.linked(link, *value, to))?;
        let output = self
            .path
            .actions
            .get(from)?
            .operation
            .outputs
            .get(outcome)?
            .clone();
        let input = consumer.operation.inputs.get(link.consumer.2)?;
        Some(Point {
            from: self.id(from),
            outcome: output.name,
            to: self.id(to),
            parameter: input.name.clone(),
            types: (
                self.view.type_iri(output.of_type),
                self.view.type_iri(input.of_type),
            ),
        })
    }

    fn assumptions(&self) -> Vec<Assumption> {
        let mut found = Vec::new();
        for (at, action) in self.path.actions.iter().enumerate() {
            let subject = action
                .binding
                .subject
                .map(|subject| self.view.words(subject));
            if let Some(specified) = self.specified(&action.operation) {
                for clause in &action.assumptions {
                    if let Some(conjunct) = specified.precondition.conjuncts.get(*clause) {
                        let text = words::conjunct(self.view.world, conjunct, subject.as_deref());
                        found.push(Assumption {
                            step: self.id(at),
                            condition: conjunct.to_string(),
                            text,
                            wait: None,
                        });
                    }
                }
            }
            found.extend(
                action
                    .waits
                    .iter()
                    .filter_map(|wait| self.waiting(wait, at)),
            );
            let taken = action.found.iter();
            found.extend(taken.filter_map(|outcome| self.existence(at, *outcome)));
        }
        found.sort();
        found.dedup();
        found
    }

    /// That a reading finds something, taken for granted.
    fn existence(&self, at: usize, outcome: usize) -> Option<Assumption> {
        let action = self.path.actions.get(at)?;
        let reads = self
            .specified(&action.operation)?
            .outcomes
            .get(outcome)?
            .reads
            .as_ref()?;
        let subject = action
            .binding
            .subject
            .map(|subject| self.view.words(subject));
        let text = format!(
            "exists {}",
            words::path(self.view.world, &reads.path, subject.as_deref())
        );
        Some(Assumption {
            step: self.id(at),
            condition: format!("exists {}", reads.path),
            text,
            wait: None,
        })
    }

    /// That a state passes before the step acts.
    fn waiting(&self, wait: &Wait, at: usize) -> Option<Assumption> {
        let action = self.path.actions.get(at)?;
        let precondition = &self.specified(&action.operation)?.precondition;
        let conjunct = precondition.conjuncts.get(wait.clause)?;
        let of = match self.view.known(wait.thing) {
            Some(samos_model::Value::Entity(entity)) => Waiting::Entity { entity },
            Some(samos_model::Value::Literal(_)) => return None,
            None => {
                let (from, outcome, index) = self.giver(wait.thing, at)?;
                match self.outcome_value(from, outcome, index) {
                    PlanValue::From { from } => Waiting::From { from },
                    _ => return None,
                }
            }
        };
        let property = self.view.property_iri(wait.property);
        let becomes = self.view.known(wait.becomes)?.as_entity()?.clone();
        Some(Assumption {
            step: self.id(at),
            condition: conjunct.to_string(),
            text: format!(
                "wait until {}'s {} is {}",
                self.view.words(wait.thing),
                property.local(),
                self.view.world.compact(&becomes)
            ),
            wait: Some(samos_model::plan::Wait {
                of,
                property,
                becomes,
            }),
        })
    }

    /// The digests of the world, and the time of the newest fact that a step looked at.
    fn made_from(&self) -> MadeFrom {
        let mut newest: Option<String> = None;
        for (thing, property) in self.path.actions.iter().flat_map(|action| &action.reads) {
            if let Some(samos_model::Value::Entity(entity)) = self.view.known(*thing)
                && let Some(observation) = self
                    .view
                    .world
                    .observation(&entity, &self.view.property_iri(*property))
            {
                newest = newest.max(Some(observation.at));
            }
        }
        MadeFrom {
            facts_at: newest,
            ..self.view.world.made_from()
        }
    }

    fn cost(&self, steps: &[Step], edges: &[Edge]) -> Cost {
        let operations: Vec<Option<&Operation>> = steps
            .iter()
            .map(|step| self.view.world.operation(&step.operation))
            .collect();
        cost(steps, edges, &operations)
    }
}

/// What a plan of these steps takes; an amount that a specification leaves out makes the sum unknown.
pub(crate) fn cost(steps: &[Step], edges: &[Edge], operations: &[Option<&Operation>]) -> Cost {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let price = operations
        .iter()
        .map(|operation| operation.and_then(|operation| operation.cost))
        .sum::<Option<f64>>();
    let mut ends: BTreeMap<u32, f64> = BTreeMap::new();
    let mut timed = true;
    let mut arriving: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for edge in edges {
        arriving.entry(edge.to).or_default().push(edge.from);
    }
    for (step, operation) in steps.iter().zip(operations) {
        let Some(duration) = operation.and_then(|operation| operation.duration_s) else {
            timed = false;
            break;
        };
        let begin = arriving
            .get(&step.id)
            .into_iter()
            .flatten()
            .filter_map(|from| ends.get(from))
            .fold(0.0_f64, |latest, end| latest.max(*end));
        ends.insert(step.id, begin + duration);
    }
    Cost {
        operations: count(steps.len()),
        layers: steps.iter().map(|step| step.layer).max().unwrap_or(0),
        manipulations: count(
            steps
                .iter()
                .filter(|step| step.kind == Kind::Manipulation)
                .count(),
        ),
        price,
        makespan_s: timed.then(|| ends.values().fold(0.0_f64, |latest, end| latest.max(*end))),
    }
}
