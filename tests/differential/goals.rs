//! Goals: the planner against brute force, every plan before the checker, and every mutant of it.

use samos_model::{Goal, Measure};
use samos_reference::goals::{Bounds, search};
use samos_reference::worlds::{Question, RandomWorld, question};

use crate::mutants;
use crate::plans::{both_accept, price, told};
use crate::worlds::{Tally, are_many, limits, on_every_world};

/// The planner's answer against what brute force finds.
pub(crate) fn compare(world: &RandomWorld, goal: &Goal, tally: &mut Tally) -> Result<(), String> {
    let bounds = Bounds::default();
    let fast = samos_reasoners::goals::plan(&world.estate, goal, &limits());
    let asked = format!(
        "goal {} wants {:?} new {} assume {}",
        goal.condition, goal.wants, goal.new, goal.assume
    );
    for plan in &fast.plans {
        both_accept(world, plan).map_err(|why| format!("{asked}\n  {why}"))?;
    }
    let found = fast.plans.first();
    let mut slow = search(&world.estate, goal, &bounds);
    // A goal may happen to rest on what a step takes for granted; nobody has to look for a plan like that.
    let cheaper = |best| found.is_none_or(|plan| price(world, plan) > best);
    let rests_on_assumptions = slow.best.is_some_and(cheaper);
    if rests_on_assumptions {
        slow = search(
            &world.estate,
            goal,
            &Bounds {
                earned: true,
                ..bounds
            },
        );
    }
    let differ = |what: &str| {
        let calls: Vec<String> = slow.plan.iter().map(ToString::to_string).collect();
        let nearest = fast.nearest.as_ref().map(|miss| miss.text.as_str());
        Err(format!(
            "{what}: {asked}\n  fast {:?} complete {} nearest {nearest:?}{}\n  slow {:?} layers {:?} exhausted {} {calls:?}",
            found.map(|plan| price(world, plan)),
            fast.search.complete,
            found.map(told).unwrap_or_default(),
            slow.best,
            slow.layers,
            slow.exhausted,
        ))
    };
    match (found, slow.best) {
        (Some(plan), Some(best)) => {
            let own = price(world, plan);
            if own > best && fast.search.complete {
                return differ("brute force is cheaper");
            }
            let layers = usize::try_from(plan.cost.layers).unwrap_or(usize::MAX);
            if own == best && slow.layers.is_some_and(|fewest| fewest < layers) {
                return differ("brute force needs fewer layers");
            }
            if let Some(proof) = fast.search.proof {
                let (ours, least) = match proof.measure {
                    Measure::Assumptions => (own.assumptions, best.assumptions),
                    Measure::Manipulations => (own.manipulations, best.manipulations),
                    Measure::Operations => (own.operations, best.operations),
                    _ => (0, 0),
                };
                let is_counted = matches!(
                    proof.measure,
                    Measure::Assumptions | Measure::Manipulations | Measure::Operations
                );
                let is_exact = (proof.bound + proof.gap - ours as f64).abs() < 0.5;
                if is_counted && (!is_exact || own >= best && proof.bound > least as f64) {
                    return differ(&format!("{proof:?} is no bound"));
                }
                tally.count("plans with a bound");
            }
            tally.count(match plan.steps.len() {
                0 => "already true",
                1 => "plans of one step",
                _ => "plans of several steps",
            });
            mutants::are_refused(world, plan, tally).map_err(|why| format!("{asked}\n  {why}"))?;
        }
        (None, Some(_)) if fast.search.complete => return differ("only brute force found a plan"),
        (Some(_), None) if rests_on_assumptions => tally.count("rest on what is assumed"),
        (Some(_), None) if slow.exhausted => {
            return differ("brute force proves that there is no plan");
        }
        (None, None) if fast.search.complete && slow.exhausted => tally.count("proven none"),
        (None, Some(_)) => tally.count("given up by the planner"),
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
    for what in [
        "plans of one step",
        "plans of several steps",
        "proven none",
        "mutants refused by both",
    ] {
        assert!(
            !are_many() || tally.of(what) >= 10,
            "hardly any {what}: {tally:?}"
        );
    }
}
