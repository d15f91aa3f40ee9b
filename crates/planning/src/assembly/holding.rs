//! What must hold while a plan runs: each condition of a step and of the goal, and the steps that see to it.
//!
//! In: the actions and the order between them. Out: for each step, and for the goal, the conditions with the steps after which
//! they must hold. Where none sees to it, a condition holds from the start.
//!
//! A step sees to a condition when it must come before it and writes, whatever it writes, what the condition looks at, deletes
//! what stands there, or gives what the condition speaks of. While such a step is still to come, what stands there now says
//! nothing about what will stand there when it is needed.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use samos_model::Conjunct;
use samos_model::plan::Holding;

use super::{Assembly, Bond};
use crate::compiled::{Clause, Compiled, Named, Start};
use crate::evaluation::{Binding, Evaluator, is_left_out};
use crate::search::Action;
use crate::state::State;
use crate::view::{P, V};
use crate::words;

/// Which actions touched what, and which come before which.
pub(super) struct Makers {
    /// By action, those that must come before it.
    before: Vec<FixedBitSet>,
    writers: BTreeMap<(V, P), Vec<usize>>,
    deleters: Vec<usize>,
}

impl Makers {
    /// Of bonds that stand by what comes later.
    pub(super) fn new(actions: &[Action], kept: &[(usize, usize, Bond)]) -> Self {
        let mut direct: Vec<Vec<usize>> = vec![Vec::new(); actions.len()];
        for (from, to, _) in kept {
            if let Some(list) = direct.get_mut(*to) {
                list.push(*from);
            }
        }
        let mut before: Vec<FixedBitSet> = Vec::with_capacity(actions.len());
        for list in direct {
            let mut own = FixedBitSet::with_capacity(actions.len());
            for from in list {
                own.insert(from);
                if let Some(earlier) = before.get(from) {
                    own.union_with(earlier);
                }
            }
            before.push(own);
        }
        let mut writers: BTreeMap<(V, P), Vec<usize>> = BTreeMap::new();
        let mut deleters = Vec::new();
        for (at, action) in actions.iter().enumerate() {
            for cell in action.writes.keys() {
                writers.entry(*cell).or_default().push(at);
            }
            if !action.deleted.is_empty() {
                deleters.push(at);
            }
        }
        Self {
            before,
            writers,
            deleters,
        }
    }

    /// Must the one come before the other? All come before the end.
    fn is_before(&self, one: usize, other: Option<usize>) -> bool {
        other.is_none_or(|other| {
            self.before
                .get(other)
                .is_some_and(|before| before.contains(one))
        })
    }
}

impl Assembly<'_, '_, '_> {
    /// What must hold when an action is asked for.
    pub(super) fn holdings(&self, at: usize, makers: &Makers) -> Vec<Holding> {
        let Some(action) = self.path.actions.get(at) else {
            return Vec::new();
        };
        let Some(specified) = self.specified(&action.operation) else {
            return Vec::new();
        };
        let subject = action
            .binding
            .subject
            .map(|subject| self.view.words(subject));
        let (operation, state) = (Some(&*action.operation), &action.before);
        let clauses = action.operation.clauses.iter();
        let mut found: Vec<Holding> = clauses
            .zip(&specified.precondition.conjuncts)
            .filter(|(clause, _)| !is_left_out(&action.binding, &clause.variables))
            .map(|(clause, conjunct)| {
                let cells = self.looked_at(state, &action.binding, operation, clause);
                let mut after = self.touching(&cells, Some(at), makers);
                after.extend(self.givers(at, action, &clause.variables));
                self.holding(conjunct, subject.as_deref(), &after)
            })
            .collect();
        found.extend(self.readings(at, action, subject.as_deref(), makers));
        found
    }

    /// That there is something to read, where what is read is used.
    fn readings(
        &self,
        at: usize,
        action: &Action,
        subject: Option<&str>,
        makers: &Makers,
    ) -> Vec<Holding> {
        let Some(specified) = self.specified(&action.operation) else {
            return Vec::new();
        };
        let outputs = action.operation.outputs.iter().enumerate();
        let used = outputs.filter_map(|(nth, output)| {
            let (way, _) = output.reads.as_ref()?;
            let values = action.binding.outputs.get(nth)?;
            let is_used = values.iter().any(|value| self.is_used(*value, at));
            let variables = vec![way.start];
            if !is_used || is_left_out(&action.binding, &variables) {
                return None;
            }
            let reads = specified.outcomes.get(nth)?.reads.as_ref()?;
            let clause = Named {
                what: Clause::Exists(way.clone()),
                variables,
            };
            let operation = Some(&*action.operation);
            let cells = self.looked_at(&action.before, &action.binding, operation, &clause);
            let mut after = self.touching(&cells, Some(at), makers);
            after.extend(self.givers(at, action, &clause.variables));
            let exists = Conjunct::Exists {
                path: reads.path.clone(),
            };
            Some(self.holding(&exists, subject, &after))
        });
        used.collect()
    }

    /// What must hold to the end.
    pub(super) fn holdings_of_goal(&self, makers: &Makers) -> Vec<Holding> {
        let goal = Binding {
            wants: self.path.wants.clone(),
            ..Binding::default()
        };
        let start = State::default();
        let last = self.path.actions.last();
        let end = last.map_or(&start, |action| &action.after);
        let clauses = self.question.clauses.iter();
        clauses
            .zip(&self.purpose.condition.conjuncts)
            .map(|(clause, conjunct)| {
                // Of a thing that is deleted by then, it looks at what stood there.
                let mut cells = self.looked_at(end, &goal, None, clause);
                cells.extend(self.looked_at(&start, &goal, None, clause));
                let mut after = self.touching(&cells, None, makers);
                let wanted = clause.variables.iter().filter_map(|start| match start {
                    Start::Want(nth) => self.path.wants.get(*nth),
                    _ => None,
                });
                after.extend(wanted.filter_map(|value| Some(self.giver(*value, usize::MAX)?.0)));
                self.holding(conjunct, None, &after)
            })
            .collect()
    }

    fn holding(
        &self,
        conjunct: &Conjunct,
        subject: Option<&str>,
        after: &BTreeSet<usize>,
    ) -> Holding {
        let mut after: Vec<u32> = after.iter().map(|at| self.id(*at)).collect();
        after.sort_unstable();
        Holding {
            condition: conjunct.to_string(),
            text: words::conjunct(self.view.world, conjunct, subject),
            after,
        }
    }

    /// All that a clause may look at, though a part of it may decide it.
    fn looked_at(
        &self,
        state: &State,
        binding: &Binding,
        operation: Option<&Compiled>,
        clause: &Named<Clause>,
    ) -> BTreeSet<(V, P)> {
        let evaluator = Evaluator::new(self.view, state, binding);
        for element in evaluator.elements(operation, &clause.variables) {
            evaluator.look(&element, &clause.what);
        }
        evaluator.reads.into_inner()
    }

    /// The actions before one that touch the cells or delete what stands there.
    fn touching(
        &self,
        cells: &BTreeSet<(V, P)>,
        before: Option<usize>,
        makers: &Makers,
    ) -> BTreeSet<usize> {
        let writers = cells.iter().filter_map(|cell| makers.writers.get(cell));
        let mut found: BTreeSet<usize> = writers.flatten().copied().collect();
        for at in &makers.deleters {
            let deletes = self.path.actions.get(*at).is_some_and(|action| {
                cells.iter().any(|(thing, property)| {
                    let stood = action.before.raw_cell(self.view, *thing, *property);
                    action.deleted.contains(thing)
                        || stood.members.iter().any(|one| action.deleted.contains(one))
                })
            });
            if deletes {
                found.insert(*at);
            }
        }
        found.retain(|at| makers.is_before(*at, before));
        found
    }

    /// The actions that give the subject, or what is named.
    fn givers(&self, at: usize, action: &Action, named: &[Start]) -> BTreeSet<usize> {
        let subject = action.binding.subject.iter();
        let mut givers: BTreeSet<usize> = subject
            .filter_map(|subject| Some(self.source(*subject, at, None)?.0))
            .collect();
        for start in named {
            if let Start::Parameter(nth) = start {
                let values = action.binding.inputs.get(*nth);
                let values = values.into_iter().flat_map(|values| values.iter());
                givers.extend(
                    values.filter_map(|value| Some(self.source(*value, at, Some(*nth))?.0)),
                );
            }
        }
        givers
    }
}
