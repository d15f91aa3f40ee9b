//! Makes a plan of a path: orders only what must be ordered, and says why each step and each edge is there.
//!
//! Two steps stay unordered when neither touches what the other looks at or touches. The reason of an edge goes down to
//! the effect and the condition it serves, the axioms that make two types fit, and the live facts it rests on.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::has_path_connecting;
use petgraph::graph::{DiGraph, NodeIndex};
use samos_model::plan::{
    Argument, Assumption, Because, Cost, Edge, EdgeKind, FORMAT, MadeFrom, OutcomeOf, PathBefore,
    PlanGoal, PlanValue, Point, Reason, Step, Undo, Wanted,
};
use samos_model::text::PrintName;
use samos_model::{Condition, Iri, Kind, Name, Operation, Plan, Truth, Want};

use crate::compiled::Compiled;
use crate::effects::Write;
use crate::evaluation::{Binding, Evaluator};
use crate::search::{Action, Link, Path, Question};
use crate::slice::Catalogue;
use crate::undo;
use crate::view::{Origin, P, Thing, V, View};
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
        order: Vec::new(),
        ids: Vec::new(),
    }
    .plan()
}

struct Assembly<'a, 'c, 'w> {
    catalogue: &'a Catalogue<'c, 'w>,
    view: &'c View<'w>,
    question: &'a Question,
    purpose: &'a Purpose<'a>,
    path: &'a Path,
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
        let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(actions.len(), bonds.len());
        let nodes: Vec<NodeIndex> = actions.iter().map(|_| graph.add_node(())).collect();
        let link = |graph: &mut DiGraph<(), ()>, from: usize, to: usize| {
            if let (Some(from), Some(to)) = (nodes.get(from), nodes.get(to)) {
                graph.update_edge(*from, *to, ());
            }
        };
        let connected = |graph: &DiGraph<(), ()>, from: usize, to: usize| match (
            nodes.get(from),
            nodes.get(to),
        ) {
            (Some(from), Some(to)) => has_path_connecting(graph, *from, *to, None),
            _ => false,
        };
        let mut kept: Vec<(usize, usize, Bond)> = Vec::new();
        let (strong, weak): (Vec<_>, Vec<_>) = bonds
            .into_iter()
            .partition(|(.., bond)| bond.kind != EdgeKind::Order);
        for (from, to, bond) in strong {
            link(&mut graph, from, to);
            kept.push((from, to, bond));
        }
        // An order that follows from other edges says nothing; short ones first, so that long ones follow from them.
        let mut weak = weak;
        weak.sort_by_key(|(from, to, _)| (to - from, *from));
        for (from, to, bond) in weak {
            if !connected(&graph, from, to) {
                link(&mut graph, from, to);
                kept.push((from, to, bond));
            }
        }
        let mut layers = vec![1_u32; actions.len()];
        for to in 0..actions.len() {
            let before = kept
                .iter()
                .filter(|(_, other, _)| *other == to)
                .filter_map(|(from, ..)| layers.get(*from))
                .max();
            if let (Some(before), Some(slot)) = (before.copied(), layers.get_mut(to)) {
                *slot = before + 1;
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
        let edges = self.edges(kept);
        let steps: Vec<Step> = self
            .order
            .iter()
            .filter_map(|at| self.step(*at, layers.get(*at).copied().unwrap_or(1), &edges))
            .collect();
        let plan = Plan {
            format: FORMAT,
            fingerprint: String::new(),
            goal: self.goal(),
            assumptions: self.assumptions(),
            made_from: self.made_from(),
            cost: self.cost(&steps, &edges),
            steps,
            edges,
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

    /// All pairs of actions that must not change places, each with the strongest reason.
    fn bonds(&self) -> Vec<(usize, usize, Bond)> {
        let mut bonds = Vec::new();
        for (to, later) in self.path.actions.iter().enumerate() {
            for (from, earlier) in self.path.actions.iter().enumerate().take(to) {
                if let Some(because) = self.data(from, later, to) {
                    bonds.push((
                        from,
                        to,
                        Bond {
                            kind: EdgeKind::Data,
                            because,
                        },
                    ));
                }
                if let Some(because) = self.cause(from, earlier, to, later) {
                    bonds.push((
                        from,
                        to,
                        Bond {
                            kind: EdgeKind::Cause,
                            because,
                        },
                    ));
                } else if let Some(because) = conflict(self.view, earlier, later) {
                    bonds.push((
                        from,
                        to,
                        Bond {
                            kind: EdgeKind::Order,
                            because,
                        },
                    ));
                }
            }
        }
        bonds
    }

    /// The earliest action before `to` that gives the value, with outcome and index.
    fn giver(&self, value: V, to: usize) -> Option<(usize, usize, usize)> {
        self.path
            .actions
            .iter()
            .take(to)
            .enumerate()
            .find_map(|(from, action)| {
                action
                    .binding
                    .outputs
                    .iter()
                    .enumerate()
                    .find_map(|(outcome, values)| {
                        values
                            .iter()
                            .position(|other| *other == value)
                            .map(|index| (from, outcome, index))
                    })
            })
    }

    /// The action and outcome an argument is taken from; `None` for what is known or given.
    fn source(
        &self,
        value: V,
        to: usize,
        parameter: Option<usize>,
    ) -> Option<(usize, usize, usize)> {
        if let (Some(link), Some(parameter)) = (&self.question.link, parameter)
            && to + 1 == self.path.actions.len()
            && parameter == link.consumer.2
        {
            return self.linked(link, value, to);
        }
        match &*self.view.thing(value) {
            Thing::Symbol(symbol) if symbol.origin == Origin::Given => None,
            Thing::Symbol(_) => self.giver(value, to),
            Thing::Known(samos_model::Value::Literal(_))
                if !self.purpose.literals.contains(&value) =>
            {
                let is_default = parameter.is_some_and(|at| {
                    self.path
                        .actions
                        .get(to)
                        .and_then(|action| action.operation.inputs.get(at))
                        .is_some_and(|input| input.default == Some(value))
                });
                if is_default {
                    None
                } else {
                    self.giver(value, to)
                }
            }
            Thing::Known(_) => None,
        }
    }

    fn linked(&self, link: &Link, value: V, to: usize) -> Option<(usize, usize, usize)> {
        self.path
            .actions
            .iter()
            .take(to)
            .enumerate()
            .find_map(|(from, action)| {
                let (operation, subject, outcome) = link.producer;
                let is_it =
                    action.operation.index == operation && action.binding.subject == Some(subject);
                let index = action
                    .binding
                    .outputs
                    .get(outcome)?
                    .iter()
                    .position(|other| *other == value)?;
                is_it.then_some((from, outcome, index))
            })
    }

    fn data(&self, from: usize, later: &Action, to: usize) -> Option<Because> {
        let mut because = Because::default();
        let flows = |value: V, parameter: Option<usize>| {
            self.source(value, to, parameter)
                .filter(|(source, ..)| *source == from)
        };
        let mut say = |outcome: usize, role: String, wanted: crate::view::T| {
            let giver = self
                .path
                .actions
                .get(from)
                .and_then(|action| action.operation.outputs.get(outcome));
            if let Some(output) = giver {
                because
                    .conditions
                    .push(format!("outcome `{}` is {role}", output.name));
                because.axioms.extend(self.axiom(output.of_type, wanted));
            }
        };
        if let Some((_, outcome, _)) = later
            .binding
            .subject
            .and_then(|subject| flows(subject, None))
        {
            say(outcome, "the subject".to_owned(), later.operation.subject);
        }
        for (at, (input, values)) in later
            .operation
            .inputs
            .iter()
            .zip(&later.binding.inputs)
            .enumerate()
        {
            for value in values.iter() {
                if let Some((_, outcome, _)) = flows(*value, Some(at)) {
                    say(
                        outcome,
                        format!("parameter `{}`", input.name),
                        input.of_type,
                    );
                }
            }
        }
        because.axioms.sort();
        because.axioms.dedup();
        (!because.conditions.is_empty()).then_some(because)
    }

    /// Why a thing of one type may stand where another is asked for, unless they are the same.
    fn axiom(&self, given: crate::view::T, wanted: crate::view::T) -> Option<String> {
        if given == wanted {
            return None;
        }
        let sign = if self.view.is_subtype(wanted, given) {
            "≡"
        } else {
            "⊑"
        };
        let world = self.view.world;
        Some(format!(
            "{} {sign} {}",
            world.compact(&self.view.type_iri(given)),
            world.compact(&self.view.type_iri(wanted))
        ))
    }

    /// Does the earlier action make a condition of the later one true that was not so before it?
    fn cause(&self, from: usize, earlier: &Action, to: usize, later: &Action) -> Option<Because> {
        let mut because = Because::default();
        let words = self.view.words(later.binding.subject?);
        let specified = self.specified(&later.operation)?;
        for (clause, conjunct) in later
            .operation
            .clauses
            .iter()
            .zip(&specified.precondition.conjuncts)
        {
            if self.establishes(earlier, later, &|binding, state| {
                let evaluator = Evaluator::new(self.view, state, binding);
                let truth = evaluator.top(Some(&later.operation), clause);
                (truth, evaluator.reads.into_inner())
            }) {
                let text = words::conjunct(self.view.world, conjunct, Some(&words));
                because.conditions.push(format!(
                    "{} makes `{text}` true",
                    self.effects_on(earlier, &self.cells_of(later, clause))
                ));
            }
        }
        for (at, output) in later.operation.outputs.iter().enumerate() {
            let Some((way, _)) = &output.reads else {
                continue;
            };
            let used = later
                .binding
                .outputs
                .get(at)
                .is_some_and(|values| values.iter().any(|value| self.is_used(*value, to)));
            let exists = crate::compiled::Clause::Exists(way.clone());
            if used
                && self.establishes(earlier, later, &|binding, state| {
                    let evaluator = Evaluator::new(self.view, state, binding);
                    let truth = evaluator.clause(binding, &exists);
                    (truth, evaluator.reads.into_inner())
                })
            {
                let path = specified
                    .outcomes
                    .get(at)
                    .and_then(|outcome| outcome.reads.as_ref());
                let text = path
                    .map(|reads| words::path(self.view.world, &reads.path, Some(&words)))
                    .unwrap_or_default();
                let cells: BTreeSet<(V, P)> = later.reads.clone();
                because.conditions.push(format!(
                    "{} makes `exists {text}` true",
                    self.effects_on(earlier, &cells)
                ));
            }
        }
        if because.conditions.is_empty() {
            return None;
        }
        because.axioms = self.state_axioms(from, later);
        because.observations = self.observations(&earlier.reads);
        Some(because)
    }

    /// Was it not true in the state before the earlier action, and is it after, by a cell that the action wrote?
    fn establishes(
        &self,
        earlier: &Action,
        later: &Action,
        judge: &dyn Fn(&Binding, &crate::state::State) -> (Truth, BTreeSet<(V, P)>),
    ) -> bool {
        let (after, reads) = judge(&later.binding, &earlier.after);
        after == Truth::True
            && reads.iter().any(|cell| earlier.writes.contains_key(cell))
            && judge(&later.binding, &earlier.assumed).0 != Truth::True
    }

    fn cells_of(
        &self,
        action: &Action,
        clause: &crate::compiled::Named<crate::compiled::Clause>,
    ) -> BTreeSet<(V, P)> {
        let evaluator = Evaluator::new(self.view, &action.before, &action.binding);
        let _ = evaluator.top(Some(&action.operation), clause);
        evaluator.reads.into_inner()
    }

    /// The effects of an action that wrote one of the cells, in words.
    fn effects_on(&self, action: &Action, cells: &BTreeSet<(V, P)>) -> String {
        let Some(specified) = self.specified(&action.operation) else {
            return String::new();
        };
        let properties: BTreeSet<P> = action
            .writes
            .keys()
            .filter(|cell| cells.contains(cell))
            .map(|(_, property)| *property)
            .collect();
        let subject = action
            .binding
            .subject
            .map(|subject| self.view.words(subject));
        let related = |iri: &Iri| {
            let property = self.view.property(iri);
            let schema = self.view.schema(property);
            properties.iter().any(|written| {
                *written == property
                    || schema.equivalents.contains(written)
                    || schema.supers.contains(written)
                    || schema.subs.contains(written)
                    || schema.inverses.contains(written)
            })
        };
        let texts: Vec<String> = specified
            .postcondition
            .iter()
            .filter(|effect| effect_property(effect).is_none_or(related))
            .map(|effect| {
                format!(
                    "`{}`",
                    words::effect(self.view.world, effect, subject.as_deref())
                )
            })
            .collect();
        texts.join(" and ")
    }

    /// Class memberships by which a state written by one action satisfies `is` conditions of another.
    fn state_axioms(&self, from: usize, later: &Action) -> Vec<String> {
        let Some(earlier) = self.path.actions.get(from) else {
            return Vec::new();
        };
        let mut axioms = BTreeSet::new();
        for clause in &later.operation.clauses {
            if let crate::compiled::Clause::Is(_, of_type) = &clause.what {
                for (thing, property) in earlier.writes.keys() {
                    for value in &earlier.after.cell(self.view, *thing, *property).members {
                        if later.reads.contains(&(*thing, *property))
                            && self.view.has_type(*value, *of_type)
                            && !self.view.is_symbol(*value)
                        {
                            let class = self.view.world.compact(&self.view.type_iri(*of_type));
                            axioms.insert(format!("{} a {class}", self.view.words(*value)));
                        }
                    }
                }
            }
        }
        axioms.into_iter().collect()
    }

    /// The live facts among some cells, with time and source.
    fn observations(&self, cells: &BTreeSet<(V, P)>) -> Vec<String> {
        let mut found = Vec::new();
        for (thing, property) in cells {
            let (Some(samos_model::Value::Entity(entity)), cell) =
                (self.view.known(*thing), self.view.cell(*thing, *property))
            else {
                continue;
            };
            let values: Vec<String> = cell
                .members
                .iter()
                .map(|value| self.view.words(*value))
                .collect();
            if !cell.complete && values.is_empty() {
                continue;
            }
            let iri = self.view.property_iri(*property);
            let shown = if values.is_empty() {
                "nothing".to_owned()
            } else {
                values.join(", ")
            };
            let seen = match self.view.world.observation(&entity, &iri) {
                Some(observation) => {
                    format!("observed {} by {}", observation.at, observation.source)
                }
                None => "asserted".to_owned(),
            };
            found.push(format!(
                "{}.{} is {shown} ({seen})",
                self.view.world.compact(&entity),
                iri.local()
            ));
        }
        found
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
            return self.from_outcome(from, outcome, index);
        }
        match &*self.view.thing(value) {
            Thing::Known(known) => PlanValue::known(known),
            Thing::Symbol(symbol) => PlanValue::Given {
                given: self.view.type_iri(symbol.of_type),
            },
        }
    }

    fn from_outcome(&self, from: usize, outcome: usize, index: usize) -> PlanValue {
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

    fn step(&self, at: usize, layer: u32, edges: &[Edge]) -> Option<Step> {
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
            because: self.reasons(at, edges),
            undo: self.undo(at, action),
        })
    }

    fn reasons(&self, at: usize, edges: &[Edge]) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let id = self.id(at);
        for edge in edges.iter().filter(|edge| edge.from == id) {
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
        reasons.extend(self.goal_reasons(at));
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

    /// The parts of the goal that the action brings about.
    fn goal_reasons(&self, at: usize) -> Vec<Reason> {
        let Some(action) = self.path.actions.get(at) else {
            return Vec::new();
        };
        let mut reasons = Vec::new();
        let goal = Binding {
            wants: self.path.wants.clone(),
            ..Binding::default()
        };
        for (clause, conjunct) in self
            .question
            .clauses
            .iter()
            .zip(&self.purpose.condition.conjuncts)
        {
            let judge = |state: &crate::state::State| {
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
                let cells: Vec<(V, P)> = action
                    .writes
                    .keys()
                    .copied()
                    .filter(|(thing, _)| !self.view.is_symbol(*thing))
                    .collect();
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
                    return self.from_outcome(from, outcome, index);
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

    fn goal(&self) -> PlanGoal {
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
        }
    }

    fn point(&self, link: &Link) -> Option<Point> {
        let to = self.path.actions.len().checked_sub(1)?;
        let consumer = self.path.actions.get(to)?;
        let value = consumer.binding.inputs.get(link.consumer.2)?.first()?;
        let (from, outcome, _) = self.linked(link, *value, to)?;
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
                        });
                    }
                }
            }
            found.extend(
                action
                    .confirmed
                    .iter()
                    .filter_map(|value| self.existence(*value, at)),
            );
        }
        found.extend(
            self.path
                .doubtful_wants
                .iter()
                .filter_map(|value| self.existence(*value, self.path.actions.len())),
        );
        found.sort();
        found.dedup();
        found
    }

    /// That a reading finds something, taken for granted.
    fn existence(&self, value: V, to: usize) -> Option<Assumption> {
        let (from, outcome, _) = self.giver(value, to)?;
        let action = self.path.actions.get(from)?;
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
            step: self.id(from),
            condition: format!("exists {}", reads.path),
            text,
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
    for (step, operation) in steps.iter().zip(operations) {
        let Some(duration) = operation.and_then(|operation| operation.duration_s) else {
            timed = false;
            break;
        };
        let begin = edges
            .iter()
            .filter(|edge| edge.to == step.id)
            .filter_map(|edge| ends.get(&edge.from))
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

/// The property an effect ends with.
fn effect_property(effect: &samos_model::Effect) -> Option<&Iri> {
    use samos_model::Effect;
    match effect {
        Effect::Set { path, .. }
        | Effect::Add { path, .. }
        | Effect::Remove { path, .. }
        | Effect::Clear(path)
        | Effect::Renew(path) => path.properties.last(),
        Effect::Create { .. } => None,
        Effect::Delete(_) => None,
    }
}

/// Why two actions may not change places, unless they may.
fn conflict(view: &View<'_>, earlier: &Action, later: &Action) -> Option<Because> {
    let clash = |cell: &(V, P), other: &Action, write: Write| {
        other.reads.contains(cell)
            || other
                .writes
                .get(cell)
                .is_some_and(|theirs| *theirs == Write::Changed || write == Write::Changed)
    };
    let mut cells: BTreeSet<(V, P)> = BTreeSet::new();
    cells.extend(
        earlier
            .writes
            .iter()
            .filter(|(cell, write)| clash(cell, later, **write))
            .map(|(cell, _)| *cell),
    );
    cells.extend(
        later
            .writes
            .iter()
            .filter(|(cell, write)| clash(cell, earlier, **write))
            .map(|(cell, _)| *cell),
    );
    let gone = earlier
        .deleted
        .iter()
        .find(|thing| names(view, later, **thing))
        .or_else(|| {
            later
                .deleted
                .iter()
                .find(|thing| names(view, earlier, **thing))
        });
    let conditions: Vec<String> = cells
        .iter()
        .map(|(thing, property)| {
            format!(
                "both touch `{}.{}`",
                view.words(*thing),
                view.property_iri(*property).local()
            )
        })
        .chain(
            gone.map(|thing| format!("one deletes {}, which the other names", view.words(*thing))),
        )
        .collect();
    (!conditions.is_empty()).then(|| Because {
        conditions,
        ..Because::default()
    })
}

fn names(view: &View<'_>, action: &Action, thing: V) -> bool {
    action.binding.subject == Some(thing)
        || action
            .binding
            .inputs
            .iter()
            .any(|values| values.contains(&thing))
        || action
            .reads
            .iter()
            .chain(action.writes.keys())
            .any(|(other, property)| {
                *other == thing
                    || action
                        .before
                        .cell(view, *other, *property)
                        .members
                        .contains(&thing)
                    || action
                        .after
                        .cell(view, *other, *property)
                        .members
                        .contains(&thing)
            })
}

/// Must the later action stay behind the earlier one: does it use what that one gives, or do they touch the same cells?
pub(crate) fn must_keep_order(view: &View<'_>, earlier: &Action, later: &Action) -> bool {
    let uses = later
        .binding
        .subject
        .iter()
        .chain(later.binding.inputs.iter().flat_map(|values| values.iter()));
    let flows = uses.into_iter().any(|value| {
        (view.is_symbol(*value) || view.is_literal(*value))
            && earlier
                .binding
                .outputs
                .iter()
                .any(|values| values.contains(value))
    });
    flows || conflict(view, earlier, later).is_some()
}
