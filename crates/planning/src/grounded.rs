//! A plan found soon, where the best one is too far: the slice's operations as actions over numbered facts.
//!
//! In: a slice and a question that facts can say. Out: requests in an order that reaches the goal, not proven best.
//! What the plan is worth is judged again by the search's own evaluator, and by the checker after that, so nothing here
//! needs to be believed. Left to the best-first search: making new things, reading, assumptions, sums and order.

mod avoiding;
mod grounding;
mod leaps;
mod lifted;
mod local;
mod now;
mod relaxed;
mod search;
mod serial;
mod several;
mod task;
mod windows;

use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use samos_model::Deadline;

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
const IMPROVING: u64 = 12_000;

/// The part of a time that is set after which a plan is no longer improved in stretches.
const IMPROVED_BY: f64 = 0.5;

/// Actions and facts that all of these together may touch: in a large task each state takes longer.
const TOUCHED: u64 = 20_000_000;

/// States that may be looked at where nobody says otherwise.
const USUAL: u64 = 200_000;

/// The same to find a first plan.
const SEARCHED: u64 = 3_000_000_000;

/// With more actions and facts than this, the parts of a goal are reached one after the other.
const LARGE: usize = 30_000;

/// States looked at by leaps before that.
const LEAPT: u64 = 300;

/// Of more things of a kind than this, a small question looks at those that are near.
const MANY: usize = 60;

/// Where there are no more ways than this to reach a goal, all of them are found first.
const FEW: usize = 50;

/// Where there seem to be no more ways than were found, so many times fewer partial plans are looked at.
const HARDLY_ANY: u64 = 4;

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
    /// When it must end; as long as it may go on, the plan is improved.
    pub(crate) deadline: &'a Deadline,
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
    let lifted = Lifted::new(catalogue, slice, wanted)?;
    let (rules, goals) = (&lifted.rules, &lifted.goals);
    let live = Now::default();
    let grounding =
        |most: usize| Grounding::new(view, rules, wanted.given, Within::everything(&live, most));
    let costs = |operation: &Compiled| cost_of(view, operation, wanted.is_priced);
    let in_pieces = || match goals.as_slice() {
        [goal] if goal.variables.is_empty() => {
            local::in_pieces(view, rules, wanted.given, goal, &costs, wanted.is_priced)
        }
        _ => None,
    };
    // A small question about a large estate is answered from what is near; a large one in small pieces, before all at
    // once.
    let is_small = goals.iter().all(|goal| goal.needs.len() <= local::PIECE);
    let is_near = is_small && has_many_things(view, rules);
    if is_near && let Some(found) = in_pieces() {
        return Some(found);
    }
    let mut grounded = grounding(LARGE).run(goals, &costs);
    if grounded.is_none() {
        if !is_near && let Some(found) = in_pieces() {
            return Some(found);
        }
        grounded = grounding(MOST_ACTIONS).run(goals, &costs);
    }
    let (task, _) = grounded?;
    let (plan, considered) = solve(&task, wanted)?;
    Some((requests(&task, &plan)?, considered))
}

/// Several ways to the goal, the cheaper first, no two of which ask the same of the same subjects or of others that are
/// not told apart; and how many partial plans were looked at. `near` are the things that there may be a choice of.
pub(crate) fn several(
    catalogue: &Catalogue<'_, '_>,
    slice: &Slice,
    wanted: &Wanted<'_>,
    near: &dyn Fn(&[V]) -> Vec<V>,
    alike: &dyn Fn(V) -> V,
    count: usize,
) -> Option<(Vec<Way>, u64)> {
    let view = catalogue.view;
    let lifted = Lifted::new(catalogue, slice, wanted)?;
    let live = Now::default();
    let everything = Grounding::new(
        view,
        &lifted.rules,
        wanted.given,
        Within::everything(&live, 0),
    );
    let mut things: Vec<V> = Vec::new();
    for rule in &lifted.rules {
        for domain in &rule.variables {
            let all = everything.domain(rule, domain);
            things.extend(match domain {
                Domain::Type(_) => near(&all),
                _ => all,
            });
        }
    }
    things.sort_unstable();
    things.dedup();
    let within = Within {
        now: &live,
        near: Some(&things),
        most: MOST_ACTIONS,
    };
    let costs = |operation: &Compiled| cost_of(view, operation, wanted.is_priced);
    let grounding = Grounding::new(view, &lifted.rules, wanted.given, within);
    let (task, _) = grounding.run(&lifted.goals, &costs)?;
    let mut numbers: FxHashMap<(usize, Option<V>), u32> = FxHashMap::default();
    let asks: Vec<u32> = task
        .bindings
        .iter()
        .map(|request| {
            let Some((operation, binding)) = request else {
                return u32::MAX;
            };
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let ask = (operation.index, binding.subject.map(alike));
            *numbers.entry(ask).or_insert(next)
        })
        .collect();
    // There may be few others: then all of them are found at once by doing without what those before do.
    let nothing = several::Several {
        plans: Vec::new(),
        considered: 0,
    };
    let few = avoiding::avoiding(&task, &asks, wanted, FEW.min(count), nothing);
    let found = match few.is_all {
        Some(true) => few.found,
        is_all => {
            // Those that are cheap are looked for one by one, the longer the more of them there are.
            let patience = if is_all.is_some() { HARDLY_ANY } else { 1 };
            let considered = wanted.considered / patience;
            let mut found = several::several(&task, &asks, wanted.is_priced, count, considered);
            found.considered += few.found.considered;
            avoiding::avoiding(&task, &asks, wanted, count, found).found
        }
    };
    let ways = found.plans.iter().filter_map(|plan| requests(&task, plan));
    Some((ways.collect(), found.considered))
}

/// What the operations of a slice and a goal say, as far as facts can say it.
struct Lifted {
    rules: Vec<Rule>,
    goals: Vec<Rule>,
}

impl Lifted {
    fn new(catalogue: &Catalogue<'_, '_>, slice: &Slice, wanted: &Wanted<'_>) -> Option<Self> {
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
        let grounding = Grounding::new(view, &rules, wanted.given, Within::everything(&live, 0));
        if !goals.iter().all(|goal| grounding.is_plain(&goal.needs)) {
            return None;
        }
        Some(Self { rules, goals })
    }
}

/// The price of an operation in whole units.
fn cost_of(view: &View<'_>, operation: &Compiled, is_priced: bool) -> u32 {
    let cost = view
        .world
        .operations()
        .get(operation.index)
        .and_then(|operation| operation.cost);
    let cost = cost
        .filter(|cost| is_priced && cost.is_finite())
        .unwrap_or(0.0);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded just before"
    )]
    let whole = cost.clamp(0.0, 100_000.0).round() as u32;
    whole
}

/// What the actions of a plan ask for.
fn requests(task: &Task, plan: &[u32]) -> Option<Way> {
    let requests = plan.iter().map(|action| {
        let action = task.actions.get(*action as usize)?;
        task.bindings.get(action.instance as usize)?.clone()
    });
    requests.collect()
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
    let is_large = size > LARGE as u64 && task.goal.len() > 1;
    let mut greedy = |states: u64, is_leaping: bool| {
        let patience = search::Patience {
            states: states.min(SEARCHED / size.max(1)),
            is_leaping,
        };
        search::greedy(task, &mut relaxed, &task.initial, &task.goal, patience)
    };
    let leapt = match is_large {
        true => Some(greedy(LEAPT, true)),
        false => None,
    };
    let leapt = leapt.and_then(|found| Some((found.plan?, found.considered)));
    let in_turn = || match is_large {
        true => serial::in_turn(task, wanted.is_priced, SEARCHED),
        false => None,
    };
    let (plan, considered) = match leapt.or_else(in_turn) {
        Some(found) => found,
        None => {
            let found = greedy(wanted.considered, false);
            (found.plan?, found.considered)
        }
    };
    let plan = task.trimmed(plan);
    // Who lets it look further lets it improve the plan for longer.
    let times = (wanted.considered / USUAL).max(1);
    let states = (TOUCHED.saturating_mul(times) / size.max(1)).min(IMPROVING.saturating_mul(times));
    let patience = windows::Patience {
        states,
        deadline: wanted.deadline.until(IMPROVED_BY),
    };
    let plan = windows::improved(task, &mut relaxed, plan, wanted.is_priced, patience);
    Some((plan, considered))
}
