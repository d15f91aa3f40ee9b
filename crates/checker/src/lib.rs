//! The independent checker of plans, with its own evaluation.
//!
//! In: the catalogue and the live world, and a plan, made by whomever. Out: findings; none means accepted.
//!
//! Every obligation is replayed in every order that the plan's edges allow: the precondition of each step true, or
//! unknown exactly where the plan assumes it, or waited for where it says so; the goal true at the end; each undo restoring what its step changed.
//! Nothing here is shared with the search but types and the parser of texts, so that a fault in either shows.
//! Not here: searching for a plan, and mending one.
//!
//! Where to look: [`structure`] and [`steps`] hold what needs no replay; [`replay`] performs one step with
//! [`binding`], [`evaluation`], [`assuming`], [`waiting`], [`effects`] and [`carry`]; [`orders`] runs through all orders;
//! [`goal`], [`undo`], [`edges`] and [`holding`] look at what came out.

mod assuming;
mod binding;
mod carry;
mod edges;
mod effects;
mod evaluation;
mod goal;
mod graph;
mod group;
mod holding;
mod names;
mod orders;
mod places;
mod replay;
mod report;
mod scope;
mod state;
mod steps;
mod structure;
mod thing;
mod undo;
mod waiting;

use std::collections::BTreeMap;

use samos_model::{Finding, Operation, Plan, World};

use crate::replay::Case;
use crate::report::Report;
use crate::thing::Symbol;

/// Checks a plan against the catalogue and the live world. No findings: accepted.
///
/// Findings of severity error refuse the plan; warnings say what is superfluous in it.
#[must_use = "a plan with errors must not run"]
pub fn check(world: &dyn World, plan: &Plan) -> Vec<Finding> {
    let mut report = Report::default();
    if structure::check_envelope(world, plan, &mut report) {
        check_content(world, plan, &mut report);
    }
    report.into_findings()
}

fn check_content(world: &dyn World, plan: &Plan, report: &mut Report) {
    let Some(graph) = structure::graph(plan, report) else {
        return;
    };
    let givens = plan.goal.givens.iter().zip(0..).map(|(class, number)| {
        let symbol = Symbol { step: 0, number };
        (class.clone(), symbol)
    });
    let givens: BTreeMap<_, _> = givens.collect();
    let assumed = steps::assumptions(world, plan, report);
    goal::check_points(world, plan, report);
    group::check(world, plan, report);
    structure::check_data_edges(plan, &graph, report);
    let goal = goal::read(plan, report);
    let calls = steps::calls(world, plan, &givens, &graph, report);
    let (Some(calls), Some(goal)) = (calls, goal) else {
        return;
    };
    let operations: Vec<&Operation> = calls.iter().map(|call| call.operation).collect();
    structure::check_numbers(plan, &graph, &operations, report);
    let case = Case {
        world,
        plan,
        calls,
        givens: &givens,
        used: steps::used_outcomes(plan),
        paths_before: steps::paths_before(plan),
        assumed,
        graph,
        goal,
    };
    if plan.group.is_some() {
        orders::check_each_alone(&case, report);
    } else if let Some((traces, end)) = orders::check(&case, report) {
        edges::check(&case, &traces, report);
        holding::check(&case, &traces, &end, report);
    }
}

#[cfg(test)]
mod tests;
