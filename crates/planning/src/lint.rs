//! Specifications that cannot mean what they say: conditions that exclude each other, operations that can never be
//! carried out, states that are never left.
//!
//! In: a world of specifications, with or without facts. Out: warnings, each at the place of an operation. What is
//! known is taken from the same relaxed view that the search has: what is reached is never lost, and what somebody reads
//! may have any value. Not here: names and types, which loading checks.

mod reach;
mod values;

use samos_model::codes::planning as codes;
use samos_model::vocabulary::samos;
use samos_model::{Condition, Conjunct, Effect, Finding, Iri, Operation, Path, Value, World};

use crate::words;
use reach::Reach;
use values::{Values, constant, path_of};

/// Combinations of alternatives that are looked at, at most.
const MOST_COMBINATIONS: usize = 64;

/// Everything that looks wrong in the operations of a world.
#[must_use = "reading has no other effect"]
pub fn findings(world: &dyn World) -> Vec<Finding> {
    let values = Values::new(world);
    let mut found = Vec::new();
    let mut contradictory: Vec<&Iri> = Vec::new();
    for operation in world.operations() {
        let own = conditions(&values, operation);
        if own
            .iter()
            .any(|finding| finding.code != codes::IMPOSSIBLE_ALTERNATIVE)
        {
            contradictory.push(&operation.iri);
        }
        found.extend(own);
        found.extend(effects(&values, operation));
    }
    let reach = Reach::new(&values, &contradictory);
    for (operation, lacking) in reach.never() {
        let message = format!(
            "`{}` can never be carried out: {lacking}",
            world.compact(&operation.iri)
        );
        let help = "specify the operation that leads there or reads it, state it as a fact, or correct the condition";
        found.push(at(
            operation,
            Finding::warning(codes::NEVER_APPLICABLE, message, help),
        ));
    }
    found.extend(states(&values, &reach));
    found
}

fn at(operation: &Operation, finding: Finding) -> Finding {
    match &operation.place {
        Some(place) => finding.at(place.clone()),
        None => finding,
    }
}

/// Conjuncts, and the alternatives taken: which of the choices, and which of its sides.
type Combination<'c> = (Vec<&'c Conjunct>, Vec<(usize, usize)>);

/// A condition with every combination of its alternatives; `None` where there are too many.
fn combinations(condition: &Condition) -> Option<Vec<Combination<'_>>> {
    let mut all: Vec<Combination<'_>> = vec![Default::default()];
    let mut choices = 0;
    for conjunct in &condition.conjuncts {
        match conjunct {
            Conjunct::Either(alternatives) => {
                let number = choices;
                choices += 1;
                let mut next = Vec::new();
                for (before, taken) in &all {
                    for (at, alternative) in alternatives.iter().enumerate() {
                        let mut conjuncts = before.clone();
                        conjuncts.extend(&alternative.conjuncts);
                        let mut taken = taken.clone();
                        taken.push((number, at));
                        next.push((conjuncts, taken));
                    }
                }
                all = next;
            }
            plain => all
                .iter_mut()
                .for_each(|(conjuncts, _)| conjuncts.push(plain)),
        }
        if all.len() > MOST_COMBINATIONS {
            return None;
        }
    }
    Some(all)
}

/// What a precondition asks for that excludes itself.
fn conditions(values: &Values<'_>, operation: &Operation) -> Vec<Finding> {
    let world = values.world;
    let name = world.compact(&operation.iri);
    let Some(all) = combinations(&operation.precondition) else {
        return Vec::new();
    };
    let judged: Vec<Option<Vec<&Conjunct>>> = all
        .iter()
        .map(|(conjuncts, _)| contradiction(values, conjuncts))
        .collect();
    let say = |conjuncts: &[&Conjunct]| {
        let texts: Vec<String> = conjuncts
            .iter()
            .map(|one| format!("`{}`", words::conjunct(world, one, None)))
            .collect();
        texts.join(" and ")
    };
    if let Some(Some(first)) = judged.first()
        && judged.iter().all(Option::is_some)
    {
        let finding = match first.as_slice() {
            [only] => Finding::warning(
                codes::UNKNOWN_STATE,
                format!(
                    "{} of `{name}` can never hold: no declared value is so",
                    say(&[only])
                ),
                "declare the value with its state class, or ask for another",
            ),
            several => Finding::warning(
                codes::CONTRADICTORY_CONDITION,
                format!("{} of `{name}` can never hold together", say(several)),
                "take one of them away, or join them with `or`",
            ),
        };
        return vec![at(operation, finding)];
    }
    let mut found = Vec::new();
    let mut choices: Vec<(usize, usize)> = all
        .iter()
        .flat_map(|(_, taken)| taken.iter().copied())
        .collect();
    choices.sort_unstable();
    choices.dedup();
    for choice in choices {
        let mut with_it = all
            .iter()
            .zip(&judged)
            .filter(|((_, taken), _)| taken.contains(&choice));
        let Some(first) = with_it.clone().find_map(|(_, judged)| judged.as_ref()) else {
            continue;
        };
        if with_it.all(|(_, judged)| judged.is_some()) {
            let message = format!("an alternative of `{name}` can never hold: {}", say(first));
            let help = "correct the alternative, or take it away";
            found.push(at(
                operation,
                Finding::warning(codes::IMPOSSIBLE_ALTERNATIVE, message, help),
            ));
        }
    }
    found
}

/// The fewest conjuncts that exclude each other, found by leaving one out after the other.
fn contradiction<'c>(values: &Values<'_>, conjuncts: &[&'c Conjunct]) -> Option<Vec<&'c Conjunct>> {
    let mut paths: Vec<&Path> = conjuncts.iter().filter_map(|one| path_of(one)).collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        if !values.is_single(path) {
            continue;
        }
        let mut about: Vec<&Conjunct> = conjuncts
            .iter()
            .copied()
            .filter(|one| path_of(one) == Some(path))
            .collect();
        if values.can_hold(path, &about, None) {
            continue;
        }
        let mut place = 0;
        while place < about.len() {
            let mut fewer = about.clone();
            fewer.remove(place);
            if values.can_hold(path, &fewer, None) {
                place += 1;
            } else {
                about = fewer;
            }
        }
        return Some(about);
    }
    None
}

/// Properties that are set to two values at once.
fn effects(values: &Values<'_>, operation: &Operation) -> Vec<Finding> {
    let world = values.world;
    let set = |effect: &Effect| match effect {
        Effect::Set { path, value } => Some((path.clone(), constant(value)?)),
        _ => None,
    };
    let sets: Vec<(Path, Value)> = operation.postcondition.iter().filter_map(set).collect();
    let mut found = Vec::new();
    for (place, (path, value)) in sets.iter().enumerate() {
        let other = sets
            .iter()
            .take(place)
            .find(|(other, theirs)| other == path && theirs != value);
        if let Some((_, other)) = other.filter(|_| values.is_single(path)) {
            let message = format!(
                "`{}` sets `{}` to {} and to {} at once",
                world.compact(&operation.iri),
                words::path(world, path, None),
                values.say(other),
                values.say(value),
            );
            let help = "an operation leads to one of them; keep that one";
            found.push(at(
                operation,
                Finding::warning(codes::CONTRADICTORY_EFFECT, message, help),
            ));
        }
    }
    found
}

/// States that operations lead to and nothing leads out of.
fn states(values: &Values<'_>, reach: &Reach<'_, '_>) -> Vec<Finding> {
    let world = values.world;
    let ended = Iri::from(samos::ENDED);
    let mut found = Vec::new();
    for (property, state, entering) in reach.entered() {
        if world.has_type(&state, &ended) || reach.leaves(&property, &state) {
            continue;
        }
        let message = format!(
            "`{}` leads to `{}`, and nothing leads out of it: whose `{}` is that stays so",
            world.compact(&entering.iri),
            world.compact(&state),
            world.compact(&property),
        );
        let help = "say what it turns into with samos:becomes, specify the operation that ends it, or declare it a samos:Ended state";
        found.push(at(
            entering,
            Finding::warning(codes::NEVER_LEFT, message, help),
        ));
    }
    found
}
