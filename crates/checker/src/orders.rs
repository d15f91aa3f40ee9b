//! Replays a plan in every order that its graph allows.
//!
//! In: a case. Out: problems, each with the order it shows in, and what each step saw and did in the plan's own order.
//!
//! Few orders are tried one and all; orders that led to the same state go on as one. Where there are too many, it is
//! enough that the plan's own order holds and that any two steps without an order between them commute: neither
//! writes what the other looks at. Then trading two neighbours changes nothing that either sees, and every order is
//! reached from the plan's own by such trades.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::codes::checking as codes;

use crate::binding::Before;
use crate::carry::Write;
use crate::goal;
use crate::graph::Steps;
use crate::names::conjunct_in_words;
use crate::replay::{Assumed, Case, Trace};
use crate::report::{Problem, Report};
use crate::state::{Place, State};
use crate::undo;

/// Up to so many orders, all are tried.
const ALL_ORDERS: u64 = 2_000;
/// Where steps do not commute, so many steps are tried before giving up.
const MOST_STEPS_TRIED: usize = 20_000;

/// Replays the plan in all its orders; the traces of its own order and the state it ends in, when that holds.
pub(crate) fn check(case: &Case<'_>, report: &mut Report) -> Option<(Vec<Trace>, State)> {
    let errors = report.errors();
    let mut needed = BTreeSet::new();
    let mut state = case.start();
    let mut traces = Vec::new();
    let mut before = Before::new();
    for at in 0..case.calls.len() {
        let mut trace = undo::perform_and_check(case, &mut state, at, &mut before, report);
        needed.append(&mut trace.needed);
        for problem in std::mem::take(&mut trace.problems) {
            report.problem(problem);
        }
        if !trace.acted {
            // What comes after a step that cannot run says nothing.
            return None;
        }
        traces.push(trace);
    }
    goal::check_end(case, &state, None, report);
    let holds = report.errors() == errors;
    if holds {
        other_orders(case, &traces, &mut needed, report);
    }
    if report.errors() == errors {
        needless_assumptions(case, &needed, report);
    }
    holds.then_some((traces, state))
}

/// Performs every step of a group on its own in the live world: no effect of one on another.
pub(crate) fn check_each_alone(case: &Case<'_>, report: &mut Report) {
    let errors = report.errors();
    let mut needed = BTreeSet::new();
    for at in 0..case.calls.len() {
        let mut trace =
            undo::perform_and_check(case, &mut case.start(), at, &mut Before::new(), report);
        needed.append(&mut trace.needed);
        for problem in trace.problems {
            report.problem(problem);
        }
    }
    if !case.goal.is_unconditional() || !case.plan.goal.wants.is_empty() {
        let mut state = case.start();
        for at in 0..case.calls.len() {
            case.perform(&mut state, at);
        }
        goal::check_end(case, &state, None, report);
    }
    if report.errors() == errors {
        needless_assumptions(case, &needed, report);
    }
}

fn other_orders(
    case: &Case<'_>,
    traces: &[Trace],
    needed: &mut BTreeSet<Assumed>,
    report: &mut Report,
) {
    let few = case.graph.orders(ALL_ORDERS);
    if few == Some(1) {
        return;
    }
    if few.is_some() {
        let errors = report.errors();
        try_all(case, usize::MAX, needed, report);
        // INVARIANT: what commutes holds in every order; tests try it wherever all orders are few.
        if cfg!(test) {
            assert!(report.errors() == errors || clash(case, traces).is_some());
        }
        return;
    }
    let Some((one, other)) = clash(case, traces) else {
        return;
    };
    if !try_all(case, MOST_STEPS_TRIED, needed, report) {
        let number = |at: usize| case.calls.get(at).map_or(0, |call| call.step);
        let (one, other) = (number(one), number(other));
        report.problem(Problem::new(
            codes::UNDECIDED,
            one,
            other.to_string(),
            format!(
                "steps {one} and {other} may run in any order and touch the same fact, and there are too many orders to try"
            ),
            "add an edge between them",
        ));
    }
}

/// A way to have done some of the steps: the state it led to, and the order.
type Way = (State, Vec<usize>);

/// Tries every order; false when that took too many steps.
fn try_all(
    case: &Case<'_>,
    most: usize,
    needed: &mut BTreeSet<Assumed>,
    report: &mut Report,
) -> bool {
    let mut tried = 0_usize;
    let start = (case.start(), Vec::new());
    let mut level = BTreeMap::from([(Steps::none(case.graph.len()), vec![start])]);
    for _ in 0..case.graph.len() {
        let mut next: BTreeMap<Steps, Vec<Way>> = BTreeMap::new();
        for (done, ways) in &level {
            let ready = case.graph.ready(done);
            for (state, order) in ways {
                for step in &ready {
                    tried = tried.saturating_add(1);
                    if tried > most {
                        return false;
                    }
                    let mut order = order.clone();
                    order.push(*step);
                    let mut state = state.clone();
                    let mut trace = case.perform(&mut state, *step);
                    needed.append(&mut trace.needed);
                    if trace.problems.is_empty() {
                        let mut done = done.clone();
                        done.insert(*step);
                        let ways = next.entry(done).or_default();
                        if !ways.iter().any(|(known, _)| *known == state) {
                            ways.push((state, order.clone()));
                        }
                    }
                    for problem in trace.problems {
                        report.problem(in_order(case, problem, &order));
                    }
                }
            }
        }
        level = next;
    }
    for (state, order) in level.values().flatten() {
        goal::check_end(case, state, Some(order), report);
    }
    true
}

/// The problem, saying in which order it shows.
pub(crate) fn in_order(case: &Case<'_>, mut problem: Problem, order: &[usize]) -> Problem {
    let numbers: Vec<String> = order
        .iter()
        .filter_map(|at| case.calls.get(*at))
        .map(|call| call.step.to_string())
        .collect();
    let order = numbers.join(", ");
    problem.message = format!("{}, in an order the plan allows: {order}", problem.message);
    problem
}

/// Two steps without an order between them that do not commute.
///
/// Only steps that touch a place in common, and write it, can be such; where things are deleted, any two.
fn clash(case: &Case<'_>, traces: &[Trace]) -> Option<(usize, usize)> {
    let deletes = traces.iter().any(|trace| !trace.written.deleted.is_empty());
    let mut writers: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
    let mut lookers: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
    for (at, trace) in traces.iter().enumerate() {
        let earlier: BTreeSet<usize> = if deletes {
            (0..at).collect()
        } else {
            let looked = trace.looked.places.borrow();
            let written = trace.written.places.keys();
            let read = written.clone().filter_map(|place| lookers.get(place));
            let met = looked.iter().chain(written);
            let met = met.filter_map(|place| writers.get(place));
            met.chain(read).flatten().copied().collect()
        };
        for other in earlier {
            let apart = !case.graph.is_before(other, at);
            if apart
                && traces
                    .get(other)
                    .is_some_and(|other| !commute(trace, other))
            {
                return Some((other, at));
            }
        }
        for place in trace.written.places.keys() {
            writers.entry(place.clone()).or_default().push(at);
        }
        for place in trace.looked.places.borrow().iter() {
            lookers.entry(place.clone()).or_default().push(at);
        }
    }
    None
}

/// May two steps trade places?
pub(crate) fn commute(one: &Trace, other: &Trace) -> bool {
    !disturbs(one, other) && !disturbs(other, one)
}

/// Does the one write what the other looks at or writes otherwise, or delete what it names?
fn disturbs(one: &Trace, other: &Trace) -> bool {
    let looked = other.looked.places.borrow();
    let named = other.looked.things.borrow();
    let writes = one.written.places.iter().any(|(place, write)| {
        looked.contains(place)
            || match other.written.places.get(place) {
                None => false,
                Some(also) => (*write, *also) != (Write::Add, Write::Add),
            }
    });
    writes || one.written.deleted.iter().any(|gone| named.contains(gone))
}

fn needless_assumptions(case: &Case<'_>, needed: &BTreeSet<Assumed>, report: &mut Report) {
    for assumed in case.assumed.difference(needed) {
        let (step, conjunct, wait) = assumed;
        let words = conjunct_in_words(case.world, conjunct);
        if wait.is_some() {
            report.warning(Problem::new(
                codes::NEEDLESS_ASSUMPTION,
                *step,
                words.clone(),
                format!("step {step}: `{words}` is waited for, but not by that wait or not false"),
                "take the wait out",
            ));
            continue;
        }
        report.warning(Problem::new(
            codes::NEEDLESS_ASSUMPTION,
            *step,
            words.clone(),
            format!("step {step}: `{words}` is assumed, but known to hold"),
            "take the assumption out",
        ));
    }
}
