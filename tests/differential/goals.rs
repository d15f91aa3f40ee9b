//! Goals: the planner against brute force, every plan before the checker, and every mutant of it.

use std::collections::BTreeMap;

use samos_model::plan::{Change, Step};
use samos_model::{Answer, Goal, Measure, Objective, Plan, World};
use samos_reference::goals::{Bounds, Taken, every_plan, fewest_lifted, search};
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
    if goal.objective != Objective::Default {
        is_least(world, goal, &fast, tally).map_err(|why| format!("{asked}\n  {why}"))?;
    }
    match (found, slow.best) {
        (Some(_), Some(_)) if goal.objective != Objective::Default => {}
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
        (None, None) if fast.search.complete && slow.exhausted => {
            tally.count("proven none");
            is_near(world, goal, &fast, tally).map_err(|why| format!("{asked}\n  {why}"))?;
        }
        (None, Some(_)) => tally.count("given up by the planner"),
        (Some(_), None) | (None, None) => tally.count("beyond brute force"),
    }
    Ok(())
}

/// What a plan takes, as the reference counts it.
fn taken(world: &RandomWorld, plan: &Plan) -> Taken {
    let specified = |step: &Step| World::operation(&world.estate, &step.operation);
    let whole = |amount: f64| -> u64 {
        let whole = format!("{amount:.0}").parse();
        whole.expect("an amount is a number")
    };
    let mut ends: BTreeMap<u32, u64> = BTreeMap::new();
    let mut cost = 0;
    for step in &plan.steps {
        let before = plan.edges.iter().filter(|edge| edge.to == step.id);
        let begin = before.filter_map(|edge| ends.get(&edge.from)).max();
        let operation = specified(step).expect("a plan names operations that there are");
        let length = whole(operation.duration_s.unwrap_or(1.0) * 1e3);
        ends.insert(step.id, begin.copied().unwrap_or(0) + length);
        cost += whole(operation.cost.unwrap_or(0.0) * 1e6);
    }
    Taken {
        price: price(world, plan),
        layers: u64::from(plan.cost.layers),
        makespan: ends.values().copied().max().unwrap_or(0),
        cost,
    }
}

/// Is no plan that brute force finds better than what is said to be best? Of a front: is each as good as one of it?
fn is_least(
    world: &RandomWorld,
    goal: &Goal,
    fast: &Answer,
    tally: &mut Tally,
) -> Result<(), String> {
    let own: Vec<Taken> = fast.plans.iter().map(|plan| taken(world, plan)).collect();
    if own.is_empty() || !fast.search.complete {
        tally.count("objectives without an answer");
        return Ok(());
    }
    let objective = goal.objective;
    let is_met = |other: &Taken| match objective {
        Objective::Pareto => {
            let fewest = own.iter().map(|own| own.price.assumptions).min();
            fewest < Some(other.price.assumptions)
                || own.iter().any(|own| {
                    own.price.assumptions <= other.price.assumptions
                        && own.price.operations <= other.price.operations
                        && own.layers <= other.layers
                })
        }
        _ => own
            .first()
            .is_some_and(|own| own.key(objective) <= other.key(objective)),
    };
    let mut bounds = Bounds {
        layering: 600,
        steps: 5,
        ..Bounds::default()
    };
    let every = |bounds: &Bounds| -> Vec<Taken> {
        let (all, _) = every_plan(&world.estate, goal, bounds);
        all.into_iter().map(|(taken, _)| taken).collect()
    };
    let mut all = every(&bounds);
    if !all.iter().all(is_met) {
        // A goal may happen to rest on what a step takes for granted; nobody has to look for a plan like that.
        bounds.earned = true;
        all = every(&bounds);
    }
    if let Some(better) = all.iter().filter(|one| !is_met(one)).min() {
        return Err(format!(
            "{objective:?}: {own:?}, but {better:?} is better{}",
            fast.plans.first().map(told).unwrap_or_default()
        ));
    }
    if objective == Objective::Pareto {
        let trades = own.windows(2).all(|pair| match pair {
            [one, next] => one.layers < next.layers && one.price.operations > next.price.operations,
            _ => true,
        });
        if !trades {
            return Err(format!("{own:?} is no front"));
        }
    }
    if let Some(proof) = fast.search.proof.filter(|proof| proof.gap > 0.0) {
        return Err(format!("complete, and yet {proof:?}"));
    }
    let by_default = all.iter().min_by_key(|one| one.key(Objective::Default));
    let differs = by_default.zip(all.iter().map(|one| one.key(objective)).min());
    if differs.is_some_and(|(usual, least)| usual.key(objective) > least) {
        tally.count("the objective makes a difference");
    }
    tally.count(match objective {
        Objective::Default | Objective::Operations => "fewest operations",
        Objective::Layers => "fewest layers",
        Objective::Cost => "least cost",
        Objective::Makespan => "least makespan",
        Objective::Pareto if own.len() > 1 => "fronts of several",
        Objective::Pareto => "fronts of one",
    });
    Ok(())
}

/// Where there is no plan: would fewer conditions out of the way do than are said to be the fewest, or are so few not
/// enough?
fn is_near(
    world: &RandomWorld,
    goal: &Goal,
    fast: &Answer,
    tally: &mut Tally,
) -> Result<(), String> {
    let Some(miss) = &fast.nearest else {
        tally.count("no nearest miss");
        return Ok(());
    };
    if miss.changes.is_empty() {
        return Err(format!(
            "nothing is missing, and there is no plan: {miss:?}"
        ));
    }
    let of_goal = |change: &&Change| matches!(change, Change::Permission { .. });
    if !miss.proven_smallest || miss.changes.iter().any(|change| of_goal(&change)) {
        tally.count(match miss.proven_smallest {
            true => "nearest misses that nothing leads to",
            false => "nearest misses not proven smallest",
        });
        return Ok(());
    }
    let own = miss.changes.len();
    let bounds = Bounds {
        states: 40,
        steps: 3,
        ..Bounds::default()
    };
    let are_facts = miss.changes.iter().all(|change| match change {
        Change::Fact { text } => !text.starts_with("exists "),
        _ => false,
    });
    // Whether so few are enough can be seen of conditions alone.
    let most = if are_facts {
        own.min(3)
    } else {
        own.min(4) - 1
    };
    let (fewest, exhausted) = fewest_lifted(&world.estate, goal, most, &bounds);
    match fewest {
        // A plan that rests on what is assumed was judged before.
        Some(0) if goal.assume => tally.count("nearest misses of what rests on assumptions"),
        Some(fewest) if fewest < own => {
            return Err(format!("{miss:?}: {fewest} would do"));
        }
        None if are_facts && exhausted && own <= 3 => {
            return Err(format!("{miss:?}: so few would not do"));
        }
        Some(_) => tally.count("nearest misses"),
        None => tally.count("nearest misses beyond brute force"),
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
        "nearest misses",
    ] {
        assert!(
            !are_many() || tally.of(what) >= 10,
            "hardly any {what}: {tally:?}"
        );
    }
}

#[test]
fn whatever_is_to_be_least_brute_force_finds_nothing_better() {
    let tally = on_every_world("objectives", |world, tally| match question(world, 6) {
        Question::Goal(goal) => compare(world, &goal, tally),
        _ => Ok(()),
    });
    for what in [
        "fewest operations",
        "fewest layers",
        "least cost",
        "least makespan",
        "fronts of one",
    ] {
        assert!(
            !are_many() || tally.of(what) >= 10,
            "hardly any {what}: {tally:?}"
        );
    }
}
