//! Going on with what a run could not finish: as much as can be of the plan that there was.
//!
//! In: the goal, the steps that were left, with what is known of their values by now. Out: plans from the live state, the best to
//! go on with first, each saying how much of the old one it keeps. In this order: the same operations, if need be with other
//! bindings; a way on that keeps as many of the steps left as any of the cheapest plans does; everything anew.
//! Not here: what is left, and running it.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::plan::{Argument, PlanValue, Repair, Repaired, Step};
use samos_model::{Answer, Goal, Iri, Limits, Name, Plan, World};
use samos_planning::goals;

/// So many of the cheapest plans are looked at for the one that keeps the most.
const REBINDINGS: usize = 8;
const WAYS_ON: usize = 32;

/// What a run left.
#[derive(Clone, Debug)]
pub struct Left<'a> {
    /// Its name.
    pub run: &'a str,
    /// The steps that are not done; what steps that are done gave stands in them as the values that it is.
    pub steps: &'a [Step],
    /// How much those steps took for granted.
    pub assumptions: usize,
}

/// Plans that go on with what is left.
#[must_use = "planning has no other effect"]
pub fn repair(world: &dyn World, goal: &Goal, left: &Left<'_>, limits: &Limits) -> Answer {
    let operations: BTreeSet<Iri> = left
        .steps
        .iter()
        .map(|step| step.operation.clone())
        .collect();
    let several = |alternatives| Goal {
        alternatives,
        ..goal.clone()
    };
    let mut rebound = goals::plan_with(world, &several(REBINDINGS), &operations, limits);
    rebound.plans.retain(|plan| {
        plan.assumptions.len() <= left.assumptions && Kept::of(plan, left).is_rebinding
    });
    let answer = match rebound.plans.is_empty() {
        true => goals::plan(world, &several(WAYS_ON), limits),
        false => rebound,
    };
    let mut answer = go_on(answer, left);
    answer.plans.truncate(goal.alternatives.max(1));
    answer.search.kept = answer.plans.len() as u64;
    answer
}

/// The same answer, with the plan first that keeps the most, each saying what it keeps. Among those that keep as much, the order
/// stays.
#[must_use = "this returns another answer"]
pub fn go_on(mut answer: Answer, left: &Left<'_>) -> Answer {
    let told = answer.plans.into_iter().map(|plan| {
        let kept = Kept::of(&plan, left);
        let rank = (kept.repair.how, std::cmp::Reverse(kept.repair.kept.len()));
        let plan = Plan {
            repair: Some(kept.repair),
            ..plan
        };
        (rank, plan)
    });
    let mut told: Vec<_> = told.collect();
    told.sort_by_key(|(rank, _)| *rank);
    let plans = told.into_iter().filter_map(|(_, plan)| plan.sealed().ok());
    answer.plans = plans.collect();
    answer
}

/// What a plan keeps of what was left.
struct Kept {
    repair: Repair,
    /// Does it ask for no operation more often than was left?
    is_rebinding: bool,
}

impl Kept {
    fn of(plan: &Plan, left: &Left<'_>) -> Self {
        let mut same: BTreeMap<String, usize> = BTreeMap::new();
        let mut operations: BTreeMap<&Iri, usize> = BTreeMap::new();
        for step in left.steps {
            *same.entry(call(step, left.steps)).or_default() += 1;
            *operations.entry(&step.operation).or_default() += 1;
        }
        let take = |left: Option<&mut usize>| match left {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        };
        let mut kept = Vec::new();
        for step in &plan.steps {
            if take(same.get_mut(&call(step, &plan.steps))) {
                let _ = take(operations.get_mut(&step.operation));
                kept.push(step.id);
            }
        }
        let others = plan.steps.iter().filter(|step| !kept.contains(&step.id));
        let rebound: Vec<u32> = others
            .filter(|step| take(operations.get_mut(&step.operation)))
            .map(|step| step.id)
            .collect();
        let is_rebinding = kept.len() + rebound.len() == plan.steps.len();
        let how = match (is_rebinding, kept.is_empty()) {
            (true, _) => Repaired::Rebound,
            (false, false) => Repaired::Suffix,
            (false, true) => Repaired::Anew,
        };
        Self {
            repair: Repair {
                run: left.run.to_owned(),
                how,
                kept,
                rebound,
            },
            is_rebinding,
        }
    }
}

/// A step as what is asked, of what and with what; a value that a step gives, by that step's operation and outcome.
fn call(step: &Step, among: &[Step]) -> String {
    let value = |value: &PlanValue| match value {
        PlanValue::From { from } => {
            let giver = among.iter().find(|step| step.id == from.step);
            let operation = giver.map(|step| &step.operation);
            format!("{operation:?} {} {:?}", from.outcome, from.index)
        }
        known => format!("{known:?}"),
    };
    let arguments: BTreeMap<&Name, Vec<String>> = step
        .arguments
        .iter()
        .map(|(name, argument): (_, &Argument)| {
            (name, argument.values().iter().map(value).collect())
        })
        .collect();
    format!("{} {} {arguments:?}", step.operation, value(&step.subject))
}
