//! Binds the parameters of a request, one after the other, the one with the fewest choices first.
//!
//! In: what may stand for each parameter. Out: the bindings whose conditions are not false, in the order of the
//! parameters. A choice that makes a condition false by itself is left out before anything is combined with it; one that
//! does so together with what is bound already is given up at once.

use std::cell::OnceCell;
use std::rc::Rc;

use samos_model::Truth;

use super::Candidates;
use crate::compiled::{Clause, Compiled, Named, Start};
use crate::evaluation::{Binding, Evaluator, is_left_out};
use crate::slice::Template;
use crate::state::State;
use crate::view::V;
use crate::waiting::is_false_for_now;

/// A parameter that a condition ties to what is bound already has so many times fewer choices left, as a guess.
const TIED: usize = 16;

/// What may stand for a parameter, each with its place in the order.
type Pool = Vec<(usize, Rc<[V]>)>;

/// Binds the parameters of one template in one state.
pub(super) struct Binder<'b, 'a, 'c, 'w> {
    candidates: &'b Candidates<'a, 'c, 'w>,
    state: &'b State,
    operation: &'b Compiled,
    template: &'b Template,
    pools: OnceCell<Vec<Pool>>,
    /// By clause: the parameters that it names; none where it names something that is not bound here.
    named: Vec<Option<Vec<usize>>>,
}

/// A binding on the way.
struct Partial {
    binding: Binding,
    bound: Vec<bool>,
    /// The place in its order of what each parameter is bound to.
    places: Vec<usize>,
}

impl<'b, 'a, 'c, 'w> Binder<'b, 'a, 'c, 'w> {
    pub(super) fn new(
        candidates: &'b Candidates<'a, 'c, 'w>,
        state: &'b State,
        operation: &'b Compiled,
        template: &'b Template,
    ) -> Self {
        let named = operation.clauses.iter().map(|clause| {
            let parameters = clause
                .variables
                .iter()
                .filter_map(|variable| match variable {
                    Start::Parameter(at) => Some(Some(*at)),
                    Start::Outcome(_) => Some(None),
                    _ => None,
                });
            let mut parameters = parameters.collect::<Option<Vec<usize>>>()?;
            parameters.sort_unstable();
            parameters.dedup();
            Some(parameters)
        });
        Self {
            candidates,
            state,
            operation,
            template,
            pools: OnceCell::new(),
            named: named.collect(),
        }
    }

    /// All bindings with that subject, in the order of the parameters and of what may stand for them.
    pub(super) fn bindings(&self, subject: V) -> Vec<Binding> {
        let count = self.operation.inputs.len();
        let mut partial = Partial {
            binding: Binding {
                subject: Some(subject),
                inputs: vec![Rc::from([].as_slice()); count],
                ..Binding::default()
            },
            bound: vec![false; count],
            places: vec![0; count],
        };
        self.candidates.lose_patience(1);
        if self.candidates.is_out_of_patience()
            || self.is_hopeless(&partial.binding, &|named| named.is_empty())
        {
            return Vec::new();
        }
        let all = self.pools.get_or_init(|| {
            let pool = |at| {
                let choices =
                    (self.candidates).choices(self.state, self.operation, self.template, at);
                choices.into_iter().enumerate().collect()
            };
            (0..count).map(pool).collect()
        });
        let mut pools: Vec<Pool> = Vec::with_capacity(count);
        for (at, pool) in all.iter().enumerate() {
            let pool = self.by_itself(&mut partial, at, pool);
            if pool.is_empty() || self.candidates.is_out_of_patience() {
                return Vec::new();
            }
            pools.push(pool);
        }
        let mut found: Vec<(Vec<usize>, Binding)> = Vec::new();
        self.bind_next(&pools, &mut partial, 0, &mut found);
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        found.into_iter().map(|(_, binding)| binding).collect()
    }

    /// Of what may stand for a parameter, what makes no condition false by itself.
    fn by_itself(&self, partial: &mut Partial, at: usize, pool: &Pool) -> Pool {
        let is_named = |named: &[usize]| named.contains(&at) && named.iter().all(|one| *one == at);
        if !self.named.iter().flatten().any(|named| is_named(named)) {
            return pool.clone();
        }
        let mut kept = Vec::with_capacity(pool.len());
        for (place, choice) in pool {
            self.candidates.lose_patience(1);
            if self.candidates.is_out_of_patience() {
                break;
            }
            partial.put(at, choice);
            if !self.is_hopeless(&partial.binding, &is_named) {
                kept.push((*place, Rc::clone(choice)));
            }
        }
        partial.put(at, &Rc::from([].as_slice()));
        kept
    }

    fn bind_next(
        &self,
        pools: &[Pool],
        partial: &mut Partial,
        depth: usize,
        found: &mut Vec<(Vec<usize>, Binding)>,
    ) {
        let open = (0..pools.len()).filter(|at| !partial.bound.get(*at).copied().unwrap_or(true));
        let next = open.min_by_key(|at| {
            let size = pools.get(*at).map_or(0, Vec::len);
            (size / self.ties(partial, *at), *at)
        });
        let Some(at) = next else {
            found.push((partial.places.clone(), partial.binding.clone()));
            return;
        };
        partial.bind(at, true);
        // What one parameter alone makes false is left out already.
        let is_due = |named: &[usize]| {
            named.len() > 1
                && named.contains(&at)
                && named.iter().all(|one| is_bound(&partial.bound, *one))
        };
        let due: Vec<bool> = self
            .named
            .iter()
            .map(|named| named.as_deref().is_some_and(is_due))
            .collect();
        for (place, choice) in pools.get(at).into_iter().flatten() {
            if depth > 0 || pools.len() == 1 {
                self.candidates.lose_patience(1);
            }
            if self.candidates.is_out_of_patience() {
                break;
            }
            partial.put(at, choice);
            if let Some(slot) = partial.places.get_mut(at) {
                *slot = *place;
            }
            let clauses = self.operation.clauses.iter().zip(&due);
            let mut clauses = clauses.filter(|(_, is_due)| **is_due);
            if !clauses.any(|(clause, _)| self.is_false(&partial.binding, clause)) {
                self.bind_next(pools, partial, depth + 1, found);
            }
        }
        partial.put(at, &Rc::from([].as_slice()));
        partial.bind(at, false);
    }

    /// More than one where a condition ties the parameter to those that are bound.
    fn ties(&self, partial: &Partial, at: usize) -> usize {
        let is_tied = |named: &Vec<usize>| {
            let mut others = named.iter().filter(|one| **one != at);
            named.contains(&at)
                && named.len() > 1
                && others.all(|one| is_bound(&partial.bound, *one))
        };
        match self.named.iter().flatten().any(is_tied) {
            true => TIED,
            false => 1,
        }
    }

    /// Is a condition false, of those whose parameters are such?
    fn is_hopeless(&self, binding: &Binding, of: &dyn Fn(&[usize]) -> bool) -> bool {
        let clauses = self.operation.clauses.iter().zip(&self.named);
        let mut clauses = clauses.filter(|(_, named)| named.as_deref().is_some_and(of));
        clauses.any(|(clause, _)| self.is_false(binding, clause))
    }

    /// Is the condition false, and will it stay so?
    fn is_false(&self, binding: &Binding, clause: &Named<Clause>) -> bool {
        let view = self.candidates.view();
        if self.candidates.wishing || is_left_out(binding, &clause.variables) {
            return false;
        }
        let evaluator = Evaluator::new(view, self.state, binding);
        evaluator.top(Some(self.operation), clause) == Truth::False
            && !is_false_for_now(view, self.state, self.operation, binding, clause)
    }
}

fn is_bound(bound: &[bool], at: usize) -> bool {
    bound.get(at).copied().unwrap_or(false)
}

impl Partial {
    fn put(&mut self, at: usize, choice: &Rc<[V]>) {
        if let Some(slot) = self.binding.inputs.get_mut(at) {
            *slot = Rc::clone(choice);
        }
    }

    fn bind(&mut self, at: usize, is_bound: bool) {
        if let Some(slot) = self.bound.get_mut(at) {
            *slot = is_bound;
        }
    }
}
