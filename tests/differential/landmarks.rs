//! What every plan is said to pass, against the plans that brute force finds: each of them must pass it.

use std::collections::BTreeSet;

use samos_model::plan::Must;
use samos_model::{Goal, Truth, World};
use samos_reference::evaluation::{Scope, State, View, progress};
use samos_reference::goals::{Bounds, every_plan};
use samos_reference::requests::Call;
use samos_reference::worlds::{Question, RandomWorld, question};

use crate::worlds::{Tally, are_many, limits, on_every_world};

/// The states along some calls; none where one of them gives what only reading makes known.
fn states<'w>(world: &'w RandomWorld, calls: &[Call], assume: bool) -> Option<Vec<State<'w>>> {
    let mut state = State::live(&world.estate);
    let mut states = vec![state.clone()];
    for (place, call) in calls.iter().enumerate() {
        let before = calls.iter().take(place).filter(|one| *one == call).count();
        let operation = World::operation(&world.estate, &call.operation)?;
        let tag = format!("{call}#{before}");
        let unused = BTreeSet::new();
        let done = progress(
            &state,
            operation,
            &call.subject,
            &call.arguments,
            &tag,
            assume,
            &unused,
        )?;
        state = done.state;
        states.push(state.clone());
    }
    Some(states)
}

/// The condition that a landmark is, where it is told without whom it is for.
fn condition(text: &str) -> Option<&str> {
    let text = text.strip_prefix('`')?.strip_suffix('`')?;
    let told_of_one =
        !text.contains("exists ") && !text.contains("` (for ") && !names_a_parameter(text);
    told_of_one.then_some(text)
}

/// Does it end with a bare word, which only an operation's parameters give a value?
fn names_a_parameter(text: &str) -> bool {
    let last = text.rsplit(' ').next().unwrap_or_default();
    !last.contains([':', '<', '"']) && last.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn compare(world: &RandomWorld, goal: &Goal, tally: &mut Tally) -> Result<(), String> {
    let told = samos_reasoners::goals::explain(&world.estate, goal, None, &limits());
    let bounds = Bounds {
        layering: 400,
        steps: 5,
        ..Bounds::default()
    };
    let (plans, _) = every_plan(&world.estate, goal, &bounds);
    for (_, calls) in &plans {
        // A plan that rests on what is assumed passes what is so, not what must be.
        let states = states(world, calls, false).filter(|states| {
            let scope = Scope::default();
            let last = states.last().map(|state| View::new(state, &scope));
            last.is_some_and(|last| last.condition(&goal.condition) == Truth::True)
        });
        let Some(states) = states else {
            tally.count("plans that rest on what is assumed");
            continue;
        };
        for must in &told.must {
            let is_passed = match must {
                Must::Operation { operation, .. } => {
                    tally.count("operations that must be");
                    calls.iter().any(|call| call.operation == *operation)
                }
                Must::Fact { text } => {
                    let Some(text) = condition(text) else {
                        tally.count("facts that are not told of one thing");
                        continue;
                    };
                    if world.estate.is_ambiguous(text) {
                        tally.count("facts told by a name of several properties");
                        continue;
                    }
                    let condition = world.estate.condition(text);
                    let scope = Scope::default();
                    tally.count("facts that must be");
                    states
                        .iter()
                        .any(|state| View::new(state, &scope).condition(&condition) != Truth::False)
                }
            };
            if !is_passed {
                let calls: Vec<String> = calls.iter().map(ToString::to_string).collect();
                return Err(format!(
                    "goal {}: {must:?} is not passed by {calls:?}",
                    goal.condition
                ));
            }
        }
    }
    Ok(())
}

#[test]
fn what_every_plan_must_pass_is_passed_by_all_that_brute_force_finds() {
    let tally = on_every_world("landmarks", |world, tally| match question(world, 0) {
        Question::Goal(goal) => compare(world, &goal, tally),
        _ => Ok(()),
    });
    for what in ["operations that must be", "facts that must be"] {
        assert!(
            !are_many() || tally.of(what) >= 10,
            "hardly any {what}: {tally:?}"
        );
    }
}
