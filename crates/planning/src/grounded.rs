//! A plan found soon, where the best one is too far: the slice's operations as actions over numbered facts.
//!
//! In: a slice and a question that facts can say. Out: requests in an order that reaches the goal, not proven best.
//! What the plan is worth is judged again by the search's own evaluator, and by the checker after that, so nothing here
//! needs to be believed. Left to the best-first search: making new things, reading, assumptions, sums and order.

mod grounding;
mod lifted;
mod local;
mod now;
mod relaxed;
mod search;
mod serial;
mod task;
mod windows;

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::catalogue::Catalogue;
use crate::compiled::{Clause, Compiled, Named};
use crate::evaluation::Binding;
use crate::slice::Slice;
use crate::view::{T, V, View};

use grounding::{Grounding, Within};
use lifted::{Domain, Rule};
use now::Now;
use relaxed::Relaxed;
use task::Task;

/// States looked at to improve a plan, at most.
const IMPROVING: u64 = 4_000;

/// Actions and facts that all of these together may touch: in a large task each state takes longer.
const TOUCHED: u64 = 20_000_000;

/// The same to find a first plan.
const SEARCHED: u64 = 3_000_000_000;

/// With more actions and facts than this, the parts of a goal are reached one after the other.
const LARGE: usize = 30_000;

/// Of more things of a kind than this, a small question looks at those that are near.
const MANY: usize = 60;

/// More actions than this are not looked at.
const MOST_ACTIONS: usize = 600_000;

/// What is asked.
pub(crate) struct Wanted<'a> {
    pub(crate) clauses: &'a [Named<Clause>],
    /// Values usable anywhere.
    pub(crate) given: &'a [V],
    /// Do prices count?
    pub(crate) is_priced: bool,
    /// States that may be looked at.
    pub(crate) considered: u64,
}

/// Requests one after the other.
pub(crate) type Way = Vec<(Rc<Compiled>, Binding)>;

/// Requests that reach the goal, and how many states were looked at.
pub(crate) fn find(
    catalogue: &Catalogue<'_, '_>,
    slice: &Slice,
    wanted: &Wanted<'_>,
) -> Option<(Way, u64)> {
    let view = catalogue.view;
    let mut rules = Vec::new();
    for template in &slice.templates {
        if let Some(operation) = catalogue.operation(template.operation) {
            rules.extend(lifted::rules(view, &operation, template));
        }
    }
    let first = rules.first()?;
    let goals = lifted::goals(view, &Rc::clone(&first.operation), wanted.clauses);
    if goals.iter().all(|goal| local::is_contradictory(view, goal)) {
        return None;
    }
    let live = Now::default();
    let grounding =
        |most: usize| Grounding::new(view, &rules, wanted.given, Within::everything(&live, most));
    let is_plain = |goal: &Rule| grounding(0).is_plain(&goal.needs);
    if !goals.iter().all(is_plain) {
        return None;
    }
    let costs = |operation: &Compiled| {
        let cost = view
            .world
            .operations()
            .get(operation.index)
            .and_then(|operation| operation.cost);
        let cost = cost
            .filter(|cost| wanted.is_priced && cost.is_finite())
            .unwrap_or(0.0);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounded just before"
        )]
        let whole = cost.clamp(0.0, 100_000.0).round() as u32;
        whole
    };
    let in_pieces = || match goals.as_slice() {
        [goal] if goal.variables.is_empty() => {
            local::in_pieces(view, &rules, wanted.given, goal, &costs, wanted.is_priced)
        }
        _ => None,
    };
    // A small question about a large estate is answered from what is near; a large one in small pieces, before all at
    // once.
    let is_small = goals.iter().all(|goal| goal.needs.len() <= local::PIECE);
    let is_near = is_small && has_many_things(view, &rules);
    if is_near && let Some(found) = in_pieces() {
        return Some(found);
    }
    let mut grounded = grounding(LARGE).run(&goals, &costs);
    if grounded.is_none() {
        if !is_near && let Some(found) = in_pieces() {
            return Some(found);
        }
        grounded = grounding(MOST_ACTIONS).run(&goals, &costs);
    }
    let (task, _) = grounded?;
    let (plan, considered) = solve(&task, wanted)?;
    let requests = plan.iter().filter_map(|action| {
        let action = task.actions.get(*action as usize)?;
        task.bindings.get(action.instance as usize)?.clone()
    });
    let requests: Vec<(Rc<Compiled>, Binding)> = requests.collect();
    (requests.len() == plan.len()).then_some((requests, considered))
}

/// Are there more things of some kind than a small question needs to look at?
fn has_many_things(view: &View<'_>, rules: &[Rule]) -> bool {
    let domains = rules.iter().flat_map(|rule| &rule.variables);
    let types: BTreeSet<T> = domains
        .filter_map(|domain| match domain {
            Domain::Type(of_type) => Some(*of_type),
            _ => None,
        })
        .collect();
    types
        .into_iter()
        .any(|of_type| view.some(of_type, MANY + 1).len() > MANY)
}

fn solve(task: &Task, wanted: &Wanted<'_>) -> Option<(Vec<u32>, u64)> {
    let mut relaxed = Relaxed::new(task, wanted.is_priced);
    let size = (task.actions.len() + task.facts) as u64;
    let in_turn = if size > LARGE as u64 && task.goal.len() > 1 {
        serial::in_turn(task, wanted.is_priced, SEARCHED)
    } else {
        None
    };
    let (plan, considered) = match in_turn {
        Some(found) => found,
        None => {
            let (from, goal) = (&task.initial, &task.goal);
            let states = wanted.considered.min(SEARCHED / size.max(1));
            let found = search::greedy(task, &mut relaxed, from, goal, states);
            (found.plan?, found.considered)
        }
    };
    let plan = task.trimmed(plan);
    let states = (TOUCHED / size.max(1)).min(IMPROVING);
    let plan = windows::improved(task, &mut relaxed, plan, wanted.is_priced, states);
    Some((plan, considered))
}
