//! What is said of the paths found: how good the first is known to be, and which of many are far apart.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use samos_model::{Iri, Measure, Objective, Plan, Proof, SearchReport};

use crate::search::{Key, Path, Search};

/// Paths with the gap between the first of them and what any plan takes at least.
pub(super) fn proven(
    search: &Search<'_, '_, '_>,
    (paths, mut report): (Vec<Path>, SearchReport),
    least: Option<Key>,
) -> (Vec<Path>, SearchReport) {
    if let (Some(path), Some(least)) = (paths.first(), least) {
        let proof = search.proof(path, Some(least));
        if proof.gap == 0.0 && paths.len() == 1 {
            report.complete = true;
            report.limit = None;
        }
        report.proof = Some(proof);
    }
    (paths, report)
}

/// A plan that is known to be a best one, by what it was to have the least of.
pub(super) fn proof_of(plan: &Plan, objective: Objective) -> Proof {
    let (measure, bound) = match objective {
        Objective::Default => (Measure::Manipulations, f64::from(plan.cost.manipulations)),
        Objective::Operations => (Measure::Operations, f64::from(plan.cost.operations)),
        Objective::Layers | Objective::Pareto => (Measure::Layers, f64::from(plan.cost.layers)),
        Objective::Cost => (Measure::Cost, plan.cost.price.unwrap_or(0.0)),
        Objective::Makespan => (Measure::Makespan, plan.cost.makespan_s.unwrap_or(0.0)),
    };
    Proof {
        measure,
        bound,
        gap: 0.0,
    }
}

/// Of plans, so many that are far apart in what they ask of whom: the best, then each time the one farthest from all
/// before.
pub(super) fn far_apart(plans: Vec<Plan>, count: usize) -> Vec<Plan> {
    let asked: Vec<BTreeSet<(Iri, String)>> = plans
        .iter()
        .map(|plan| {
            let steps = plan.steps.iter();
            steps
                .map(|step| (step.operation.clone(), format!("{:?}", step.subject)))
                .collect()
        })
        .collect();
    // In thousandths of what either asks.
    let apart = |one: &BTreeSet<_>, other: &BTreeSet<_>| {
        let common = one.intersection(other).count();
        let all = one.len() + other.len() - common;
        ((all - common) * 1_000).checked_div(all).unwrap_or(0)
    };
    let mut nearest: Vec<usize> = vec![usize::MAX; plans.len()];
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < count.min(plans.len()) {
        let left = (0..plans.len()).filter(|at| !chosen.contains(at));
        let far = |at: &usize| nearest.get(*at).copied().unwrap_or(0);
        let Some(next) = left.max_by_key(|at| (far(at), Reverse(*at))) else {
            break;
        };
        chosen.push(next);
        let Some(own) = asked.get(next) else { break };
        for (slot, other) in nearest.iter_mut().zip(&asked) {
            *slot = (*slot).min(apart(own, other));
        }
    }
    chosen.sort_unstable();
    let mut at = 0;
    let mut plans = plans;
    plans.retain(|_| {
        at += 1;
        chosen.binary_search(&(at - 1)).is_ok()
    });
    plans
}
