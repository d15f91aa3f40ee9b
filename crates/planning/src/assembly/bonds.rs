//! Why one step waits for another: a value flows, an effect establishes a condition, or the two would get in each
//! other's way.
//!
//! The reason goes down to the effect and the condition it serves, the axioms that make two types fit, and the live
//! facts it rests on.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;
use samos_model::plan::{Because, EdgeKind};
use samos_model::{Effect, Iri, Truth, Value};

use super::meeting::Meeting;
use super::{Assembly, Bond};
use crate::compiled::{Clause, Named};
use crate::effects::Write;
use crate::evaluation::{Binding, Evaluator};
use crate::search::{Action, Link};
use crate::state::State;
use crate::view::{Origin, P, T, Thing, V, View};
use crate::waiting::passed;
use crate::words;

/// Tells what something is worth with a binding in a state, and which cells that depends on.
type Judge<'a> = dyn Fn(&Binding, &State) -> (Truth, BTreeSet<(V, P)>) + 'a;

impl Assembly<'_, '_, '_> {
    /// All pairs of actions that must not change places, each with the strongest reason.
    pub(super) fn bonds(&self) -> Vec<(usize, usize, Bond)> {
        let mut bonds = Vec::new();
        let mut meeting = Meeting::new(&self.path.actions);
        for (to, later) in self.path.actions.iter().enumerate() {
            for from in meeting.with(self.view, to, later) {
                let Some(earlier) = self.path.actions.get(from) else {
                    continue;
                };
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
    pub(super) fn giver(&self, value: V, to: usize) -> Option<(usize, usize, usize)> {
        let first = self.givers.get(&value).copied();
        first.filter(|(from, ..)| *from < to)
    }

    /// The action and outcome an argument is taken from; `None` for what is known or given.
    pub(super) fn source(
        &self,
        value: V,
        to: usize,
        parameter: Option<usize>,
    ) -> Option<(usize, usize, usize)> {
        if let (Some(link), Some(parameter)) = (&self.question.link, parameter)
            && to + 1 == self.path.actions.len()
            && parameter == link.consumer.2
            && let Some(source) = self.linked(link, value, to)
        {
            return Some(source);
        }
        match &*self.view.thing(value) {
            Thing::Symbol(symbol) if symbol.origin == Origin::Given => None,
            Thing::Symbol(_) => self.giver(value, to),
            Thing::Known(Value::Literal(_)) if !self.purpose.literals.contains(&value) => {
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

    pub(super) fn linked(&self, link: &Link, value: V, to: usize) -> Option<(usize, usize, usize)> {
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
        let mut say = |outcome: usize, role: String, wanted: T| {
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
    fn axiom(&self, given: T, wanted: T) -> Option<String> {
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
        for (at, (clause, conjunct)) in later
            .operation
            .clauses
            .iter()
            .zip(&specified.precondition.conjuncts)
            .enumerate()
        {
            if self.establishes(earlier, later, &|binding, state| {
                // What the later one waits for has passed.
                let state = passed(self.view, state, &later.waits, at);
                let evaluator = Evaluator::new(self.view, &state, binding);
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
            let exists = Clause::Exists(way.clone());
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
    fn establishes(&self, earlier: &Action, later: &Action, judge: &Judge<'_>) -> bool {
        let (after, reads) = judge(&later.binding, &earlier.after);
        after == Truth::True
            && reads.iter().any(|cell| earlier.writes.contains_key(cell))
            && judge(&later.binding, &earlier.assumed).0 != Truth::True
    }

    fn cells_of(&self, action: &Action, clause: &Named<Clause>) -> BTreeSet<(V, P)> {
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
            if let Clause::Is(_, of_type) = &clause.what {
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
            let (Some(Value::Entity(entity)), cell) =
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
}

/// The bonds without those orders that follow from others, by what comes later.
pub(super) fn without_implied(
    actions: usize,
    bonds: Vec<(usize, usize, Bond)>,
) -> Vec<(usize, usize, Bond)> {
    let mut by: Vec<Vec<(usize, Bond)>> = (0..actions).map(|_| Vec::new()).collect();
    for (from, to, bond) in bonds {
        if let Some(list) = by.get_mut(to) {
            list.push((from, bond));
        }
    }
    let mut before: Vec<FixedBitSet> = Vec::with_capacity(actions);
    let mut kept = Vec::new();
    for (to, mut bonds) in by.into_iter().enumerate() {
        // The nearest first, and of two to the same step the one that says more.
        bonds.sort_by_key(|(from, bond)| (Reverse(*from), bond.kind == EdgeKind::Order));
        let mut own = FixedBitSet::with_capacity(actions);
        for (from, bond) in bonds {
            if bond.kind == EdgeKind::Order && own.contains(from) {
                continue;
            }
            own.insert(from);
            if let Some(earlier) = before.get(from) {
                own.union_with(earlier);
            }
            kept.push((from, to, bond));
        }
        before.push(own);
    }
    kept
}

/// The property an effect ends with.
fn effect_property(effect: &Effect) -> Option<&Iri> {
    effect.changed()?.properties.last()
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
        .find(|thing| names(view, later, **thing, earlier))
        .or_else(|| {
            later
                .deleted
                .iter()
                .find(|thing| names(view, earlier, **thing, later))
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

/// Does an action name a thing, look at it, or look where it stands, before another deletes it or while it does its own
/// work? To write beside it, or to take it out of a set, is neither.
fn names(view: &View<'_>, action: &Action, thing: V, deleter: &Action) -> bool {
    let meets = |(other, property): &(V, P)| {
        [&deleter.before, &action.assumed]
            .into_iter()
            .any(|state| state.cell(view, *other, *property).members.contains(&thing))
    };
    action.binding.subject == Some(thing)
        || action
            .binding
            .inputs
            .iter()
            .any(|values| values.contains(&thing))
        || action
            .reads
            .iter()
            .any(|cell| cell.0 == thing || meets(cell))
        || action.writes.keys().any(|cell| cell.0 == thing)
}

/// Must the later action stay behind the earlier one: does it use what that one gives, or do they touch the same cells?
pub(crate) fn must_keep_order(view: &View<'_>, earlier: &Action, later: &Action) -> bool {
    let uses = later
        .binding
        .subject
        .iter()
        .chain(later.binding.inputs.iter().flat_map(|values| values.iter()));
    let flows = uses.into_iter().any(|value| {
        view.is_symbol(*value)
            && earlier
                .binding
                .outputs
                .iter()
                .any(|values| values.contains(value))
    });
    flows || conflict(view, earlier, later).is_some()
}
