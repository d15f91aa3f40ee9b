//! Goals: the planner against brute force, and every plan before the checker.

use samos_model::{Goal, Limits, Plan, Severity};
use samos_reference::goals::{Bounds, Price, search};
use samos_reference::plans::judge;
use samos_reference::worlds::{Question, RandomWorld, question};

use crate::worlds::{Tally, on_every_world};

fn price(plan: &Plan) -> Price {
    let size = |number: u32| usize::try_from(number).expect("a plan is small");
    Price {
        assumptions: plan.assumptions.len(),
        manipulations: size(plan.cost.manipulations),
        operations: size(plan.cost.operations),
    }
}

pub(crate) fn refused(world: &RandomWorld, plan: &Plan) -> Option<String> {
    let findings = samos_checker::check(&world.estate, plan);
    let errors: Vec<String> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}

pub(crate) fn steps(plan: &Plan) -> String {
    let steps: Vec<String> = plan
        .steps
        .iter()
        .map(|step| {
            let arguments = serde_json::to_string(&step.arguments).unwrap_or_default();
            let subject = serde_json::to_string(&step.subject).unwrap_or_default();
            format!(
                "{} {} on {subject} with {arguments}",
                step.layer, step.operation
            )
        })
        .collect();
    format!("{} assuming {:?}", steps.join("\n    "), plan.assumptions)
}

/// A plan that was answered must be good to the checker and to the reference.
pub(crate) fn both_accept(world: &RandomWorld, plan: &Plan) -> Result<(), String> {
    if let Some(errors) = refused(world, plan) {
        return Err(format!(
            "the checker refuses: {errors}\n    {}\n reference says {:?}",
            steps(plan),
            judge(&world.estate, plan)
        ));
    }
    judge(&world.estate, plan)
        .map_err(|why| format!("the reference refuses: {why}\n    {}", steps(plan)))
}

fn compare(world: &RandomWorld, goal: &Goal, tally: &mut Tally) -> Result<(), String> {
    let bounds = Bounds::default();
    let fast = samos_reasoners::goals::plan(&world.estate, goal, &Limits::default());
    let asked = || {
        format!(
            "goal {} wants {:?} new {} assume {}",
            goal.condition, goal.wants, goal.new, goal.assume
        )
    };
    for plan in &fast.plans {
        both_accept(world, plan).map_err(|why| format!("{}\n  {why}", asked()))?;
    }
    let mut slow = search(&world.estate, goal, &bounds);
    // A goal may happen to rest on what a step takes for granted; nobody has to look for a plan like that.
    if slow.best.is_some_and(|best| {
        best.assumptions > 0 && fast.plans.first().is_none_or(|plan| price(plan) > best)
    }) {
        slow = search(
            &world.estate,
            goal,
            &Bounds {
                earned: true,
                ..bounds
            },
        );
    }
    let calls: Vec<String> = slow.plan.iter().map(ToString::to_string).collect();
    let found = fast.plans.first();
    let told = || {
        format!(
            "{}\n  fast {:?} complete {} {:?} nearest {:?}\n  slow {:?} layers {:?} exhausted {} {calls:?}",
            asked(),
            found.map(price),
            fast.search.complete,
            found.map(steps),
            fast.nearest.as_ref().map(|miss| &miss.text),
            slow.best,
            slow.layers,
            slow.exhausted
        )
    };
    match (found, slow.best) {
        (Some(plan), Some(best)) => {
            let own = price(plan);
            if own > best || (own < best && slow.exhausted) {
                return Err(format!("prices differ: {}", told()));
            }
            let layers = usize::try_from(plan.cost.layers).unwrap_or(usize::MAX);
            if own == best && slow.layers.is_some_and(|fewest| fewest != layers) {
                return Err(format!("layers differ: {}", told()));
            }
            tally.count(match plan.steps.len() {
                0 => "already true",
                1 => "plans of one step",
                _ => "plans of several steps",
            });
        }
        (Some(_), None) if slow.exhausted => {
            return Err(format!("only fast found one: {}", told()));
        }
        (None, Some(_)) => return Err(format!("only slow found one: {}", told())),
        (None, None) if fast.search.complete && slow.exhausted => tally.count("proven none"),
        (None, None) if slow.exhausted => {
            return Err(format!("fast does not know that there is none: {}", told()));
        }
        (Some(_), None) | (None, None) => tally.count("beyond brute force"),
    }
    Ok(())
}

#[test]
fn the_planner_is_as_good_as_brute_force() {
    let tally = on_every_world("goals", |world, tally| match question(world, 0) {
        Question::Goal(goal) => compare(world, &goal, tally),
        _ => Ok(()),
    });
    assert!(
        crate::worlds::seeds().len() < 100 || tally.of("plans of several steps") > 5,
        "{tally:?}"
    );
}
