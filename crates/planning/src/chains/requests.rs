//! The requests that chains are made of, and how each of them stands at a point of a chain.
//!
//! In: requests, all arguments given. Out: which of them may come next, and the point after it. Of the orders of steps
//! that commute one is followed: what could as well have come earlier sleeps until a step comes that it must stay behind.
//! Not here: which points are visited, and in what order.

use std::rc::Rc;

use fixedbitset::FixedBitSet;
use samos_model::{Condition, Request, Truth, Value};

use crate::assembly::must_keep_order;
use crate::catalogue::Catalogue;
use crate::compiled::{Clause, Compiled, Named, compile_goal};
use crate::effects::{Write, Writes};
use crate::evaluation::{Binding, Evaluator};
use crate::search::{Action, Search};
use crate::state::State;
use crate::view::{P, V, View};
use crate::words;

/// The requests of a question about chains, bound.
pub(super) struct Requests<'c, 'w> {
    pub(super) view: &'c View<'w>,
    pub(super) all: Vec<Bound>,
    pub(super) goal: Vec<Named<Clause>>,
}

/// One request, bound.
pub(super) struct Bound {
    pub(super) operation: Rc<Compiled>,
    pub(super) binding: Binding,
    /// Requests for the same operation on the same subject have one number: a chain has at most one of them.
    pub(super) group: usize,
    /// The number of its first condition among those of all requests.
    first_condition: usize,
}

/// A point of a chain: what its steps have done, as far as it matters to what may follow.
#[derive(Clone)]
pub(super) struct Point {
    pub(super) state: State,
    /// Requests that no step so far rules out.
    pub(super) left: FixedBitSet,
    /// Conditions, of all requests, that did not hold somewhere on the way.
    pub(super) failed: FixedBitSet,
    /// Requests that could as well have come earlier: the chains where they come next are met in another order.
    pub(super) asleep: FixedBitSet,
}

/// How a request stands at a point.
pub(super) struct Standing {
    /// Which of its conditions hold.
    holds: Vec<bool>,
    /// What it does there, or why it cannot come next.
    pub(super) action: Result<Rc<Action>, &'static str>,
    /// The cells it looked at.
    pub(super) reads: Vec<(V, P)>,
    /// Do all its conditions hold, though what it would change cannot be told?
    pub(super) is_opaque: bool,
}

impl Standing {
    /// The cells it would write.
    pub(super) fn writes(&self) -> Option<&Writes> {
        self.action.as_ref().ok().map(|action| &action.writes)
    }
}

impl<'c, 'w> Requests<'c, 'w> {
    pub(super) fn new(
        catalogue: &Catalogue<'c, 'w>,
        requests: &[Request],
        goal: Option<&Condition>,
    ) -> Self {
        let view = catalogue.view;
        let mut all: Vec<Bound> = Vec::new();
        let mut conditions = 0;
        for request in requests {
            let operations = view.world.operations();
            let Ok(index) =
                operations.binary_search_by(|operation| operation.iri.cmp(&request.operation))
            else {
                continue;
            };
            let Some(operation) = catalogue.operation(index) else {
                continue;
            };
            let inputs = operation.inputs.iter().map(|input| {
                let values: Vec<_> = match request.arguments.get(&input.name) {
                    Some(values) => values.iter().map(|value| view.value(value)).collect(),
                    None => input.default.into_iter().collect(),
                };
                Rc::from(values)
            });
            let binding = Binding {
                subject: Some(view.value(&Value::Entity(request.subject.clone()))),
                inputs: inputs.collect(),
                ..Binding::default()
            };
            let same = all.iter().find(|other| {
                other.operation.index == index && other.binding.subject == binding.subject
            });
            let group = same.map_or(all.len(), |other| other.group);
            let first_condition = conditions;
            conditions += operation.clauses.len();
            all.push(Bound {
                operation,
                binding,
                group,
                first_condition,
            });
        }
        let goal = goal
            .map(|goal| compile_goal(view, goal, &[]))
            .unwrap_or_default();
        Self { view, all, goal }
    }

    /// By request: the numbers of its conditions.
    pub(super) fn conditions(&self) -> Vec<FixedBitSet> {
        let each = self.all.iter().map(|bound| {
            let end = bound.first_condition + bound.operation.clauses.len();
            let mut own = FixedBitSet::with_capacity(end);
            own.insert_range(bound.first_condition..end);
            own
        });
        each.collect()
    }

    /// Before any step.
    pub(super) fn start(&self) -> Point {
        let mut left = FixedBitSet::with_capacity(self.all.len());
        left.insert_range(..);
        let conditions = self.all.last().map_or(0, |last| {
            last.first_condition + last.operation.clauses.len()
        });
        Point {
            state: State::default(),
            left,
            failed: FixedBitSet::with_capacity(conditions),
            asleep: FixedBitSet::with_capacity(self.all.len()),
        }
    }

    /// How a request stands at a point, before `is_first` or any later step.
    pub(super) fn standing(
        &self,
        search: &Search<'_, '_, '_>,
        point: &Point,
        place: usize,
        is_first: bool,
    ) -> Standing {
        let mut standing = Standing {
            holds: Vec::new(),
            action: Err("unknown"),
            reads: Vec::new(),
            is_opaque: false,
        };
        let Some(bound) = self.all.get(place) else {
            return standing;
        };
        let evaluator = Evaluator::new(self.view, &point.state, &bound.binding);
        for clause in &bound.operation.clauses {
            let truth = evaluator.top(Some(&bound.operation), clause);
            standing.holds.push(truth == Truth::True);
        }
        standing.reads = evaluator.reads.into_inner().into_iter().collect();
        standing.action = self.action(search, point, bound, &standing.holds, is_first);
        if let Ok(action) = &standing.action {
            standing.reads.extend(action.reads.iter().copied());
        }
        standing.is_opaque = standing.action.is_err() && standing.holds.iter().all(|holds| *holds);
        standing
    }

    fn action(
        &self,
        search: &Search<'_, '_, '_>,
        point: &Point,
        bound: &Bound,
        holds: &[bool],
        is_first: bool,
    ) -> Result<Rc<Action>, &'static str> {
        let inputs = bound.binding.inputs.iter();
        let mut named = bound
            .binding
            .subject
            .iter()
            .chain(inputs.flat_map(|values| values.iter()));
        if named.any(|value| point.state.is_deleted(*value)) {
            return Err("it names what an earlier step deletes");
        }
        // One of its conditions was not so somewhere on the way, and is so now.
        let mut enabling = holds.iter().enumerate();
        let is_enabled =
            enabling.any(|(at, holds)| *holds && point.failed.contains(bound.first_condition + at));
        if !is_first && !is_enabled {
            return Err("no earlier step makes one of its conditions true");
        }
        let failure = if is_first {
            "its precondition is not true now, and nothing stands before it"
        } else {
            "contradiction: an earlier step leaves its precondition false"
        };
        if !holds.iter().all(|holds| *holds) {
            return Err(failure);
        }
        search
            .act(&point.state, &bound.operation, &bound.binding, &[])
            .map(Rc::new)
            .ok_or(failure)
    }

    /// The point after a step. `standings` tells how the requests that are left stood before it.
    pub(super) fn after(
        &self,
        point: &Point,
        place: usize,
        action: &Action,
        standings: &[(usize, Standing)],
    ) -> Point {
        let mut next = Point {
            state: action.after.clone(),
            ..point.clone()
        };
        let group = self.all.get(place).map(|bound| bound.group);
        for (other, bound) in self.all.iter().enumerate() {
            if Some(bound.group) == group {
                next.left.set(other, false);
            }
        }
        next.asleep.clear();
        for (other, standing) in standings {
            let Some(bound) = self.all.get(*other).filter(|_| next.left.contains(*other)) else {
                continue;
            };
            for (at, _) in standing
                .holds
                .iter()
                .enumerate()
                .filter(|(_, holds)| !**holds)
            {
                next.failed.insert(bound.first_condition + at);
            }
        }
        // What could have come next before this step sleeps on, unless it must stay behind it.
        for (other, standing) in standings {
            let could = *other < place || point.asleep.contains(*other);
            if !could || !next.left.contains(*other) {
                continue;
            }
            // What reads nothing that the step writes does the same behind it.
            if let Ok(later) = &standing.action
                && !must_keep_order(self.view, action, later)
            {
                next.asleep.insert(*other);
            }
        }
        next
    }

    /// Does a part of the goal hold, and on which cells does that depend?
    pub(super) fn holds(&self, state: &State, part: usize) -> (bool, Vec<(V, P)>) {
        let nothing = Binding::default();
        let evaluator = Evaluator::new(self.view, state, &nothing);
        let holds = self
            .goal
            .get(part)
            .is_none_or(|clause| evaluator.top(None, clause) == Truth::True);
        (holds, evaluator.reads.into_inner().into_iter().collect())
    }

    /// A request that cannot come next, in words: behind what it stands, and what it lacks.
    pub(super) fn clash(&self, point: &Point, before: &[Rc<Action>], place: usize) -> String {
        let Some(bound) = self.all.get(place) else {
            return String::new();
        };
        let world = self.view.world;
        let (operation, binding) = (&bound.operation, &bound.binding);
        let subject = binding
            .subject
            .map(|subject| self.view.words(subject))
            .unwrap_or_default();
        let here = format!("{} on {subject}", world.compact(&operation.iri));
        let before: Vec<String> = before
            .iter()
            .map(|action| world.compact(&action.operation.iri))
            .collect();
        let specified = world.operations().get(operation.index);
        let conditions = specified.into_iter().flat_map(|specified| {
            let conjuncts = &specified.precondition.conjuncts;
            operation.clauses.iter().zip(conjuncts)
        });
        let unmet = conditions.filter_map(|(clause, conjunct)| {
            let truth =
                Evaluator::new(self.view, &point.state, binding).top(Some(operation), clause);
            (truth != Truth::True).then(|| words::conjunct(world, conjunct, Some(&subject)))
        });
        let unmet: Vec<String> = unmet.collect();
        let after = if before.is_empty() {
            String::new()
        } else {
            format!(" after {}", before.join(", "))
        };
        let because = if unmet.is_empty() {
            String::new()
        } else {
            format!(": {} is not so", unmet.join(" and "))
        };
        format!("{here}{after}{because}")
    }
}

/// Does a write keep out of the way of another to the same cell?
pub(super) fn commutes(write: Write, other: Write) -> bool {
    write == Write::Added && other == Write::Added
}
