//! Effects on all things of a kind, written out thing by thing: some validators read no `forall` in effects.
//!
//! In: a problem. Out: the same, where each variable of an effect is replaced by what it may stand for, going by what each
//! predicate may ever hold of.

use std::collections::{BTreeMap, BTreeSet};

use super::formula::{Change, Fact, Formula, Typed};
use super::ground::{Bound, bind, word};
use super::play::Problem;

/// An effect on more things than these stays as it is.
const MOST_THINGS: usize = 3_000;

/// What each place of each predicate may ever be.
type Possible = BTreeMap<(String, usize), BTreeSet<String>>;

/// Writes all effects out.
pub(super) fn unroll(problem: &mut Problem) {
    let possible = possible(problem);
    let objects = problem.objects.clone();
    let all = |of_type: Option<&String>| -> BTreeSet<String> {
        match of_type {
            Some(of_type) => objects.of_type.get(of_type).cloned().unwrap_or_default(),
            None => objects.all.clone(),
        }
        .into_iter()
        .collect()
    };
    let shapes = problem.shapes.values_mut().flatten();
    for shape in shapes.chain(problem.waits.values_mut()) {
        let mut changes: Vec<Change> = Vec::new();
        for change in &shape.changes {
            let mut ways = vec![Bound::new()];
            for variable in &change.each {
                let held = (!change.adds).then(|| Formula::Holds(change.fact.clone()));
                let parts: Vec<Formula> = [change.when.clone()].into_iter().chain(held).collect();
                let choices = choices(variable, &Formula::all(parts), &possible, &all);
                ways = ways
                    .iter()
                    .flat_map(|way| {
                        choices.iter().map(|choice| {
                            let mut way = way.clone();
                            way.insert(variable.0.clone(), choice.clone());
                            way
                        })
                    })
                    .take(MOST_THINGS + 1)
                    .collect();
            }
            if ways.len() > MOST_THINGS {
                changes.push(change.clone());
                continue;
            }
            for way in ways {
                let when = bound(&change.when, &way);
                if !when.is_false() {
                    changes.push(Change {
                        each: Vec::new(),
                        when,
                        adds: change.adds,
                        fact: bind(&change.fact, &way),
                    });
                }
            }
        }
        // Together with those under the same condition.
        changes.sort_by_key(|change| (!change.when.is_true(), change.when.to_string()));
        shape.changes = changes;
    }
}

/// What a variable may stand for where a condition holds.
fn choices(
    variable: &Typed,
    condition: &Formula,
    possible: &Possible,
    all: &dyn Fn(Option<&String>) -> BTreeSet<String>,
) -> BTreeSet<String> {
    let mut choices = all(variable.1.as_ref());
    for part in condition.conjuncts() {
        let Formula::Holds(Fact { name, words }) = part else {
            continue;
        };
        for (at, _) in words
            .iter()
            .enumerate()
            .filter(|(_, own)| **own == variable.0)
        {
            let held = possible.get(&(name.clone(), at));
            choices.retain(|choice| held.is_some_and(|held| held.contains(choice)));
        }
    }
    choices
}

fn possible(problem: &Problem) -> Possible {
    let mut possible = Possible::new();
    for fact in problem.start.listed() {
        for (at, own) in fact.words.into_iter().enumerate() {
            possible
                .entry((fact.name.clone(), at))
                .or_default()
                .insert(own);
        }
    }
    let objects = &problem.objects;
    let all = |of_type: Option<&String>| -> BTreeSet<String> {
        match of_type {
            Some(of_type) => objects.of_type.get(of_type).cloned().unwrap_or_default(),
            None => objects.all.clone(),
        }
        .into_iter()
        .collect()
    };
    loop {
        let mut more: Vec<((String, usize), BTreeSet<String>)> = Vec::new();
        let shapes = problem.shapes.values().flatten();
        for shape in shapes.chain(problem.waits.values()) {
            for change in shape.changes.iter().filter(|change| change.adds) {
                let condition = Formula::all([shape.condition.clone(), change.when.clone()]);
                for (at, own) in change.fact.words.iter().enumerate() {
                    let mut variables = shape.listed.iter().chain(&change.each);
                    let found = match variables.find(|(name, _)| name == own) {
                        Some(variable) => choices(variable, &condition, &possible, &all),
                        None => BTreeSet::from([own.clone()]),
                    };
                    more.push(((change.fact.name.clone(), at), found));
                }
            }
        }
        let mut is_new = false;
        for (place, found) in more {
            let own = possible.entry(place).or_default();
            let before = own.len();
            own.extend(found);
            is_new |= own.len() > before;
        }
        if !is_new {
            return possible;
        }
    }
}

/// The condition with the variables replaced, and made as short as it can be then.
fn bound(formula: &Formula, way: &Bound) -> Formula {
    match formula {
        Formula::Holds(fact) => Formula::Holds(bind(fact, way)),
        Formula::Equal(left, right) => Formula::equal(&word(left, way), &word(right, way)),
        Formula::Not(inner) => bound(inner, way).negated(),
        Formula::All(parts) => Formula::all(parts.iter().map(|part| bound(part, way))),
        Formula::Any(parts) => Formula::any(parts.iter().map(|part| bound(part, way))),
        Formula::Some(variables, inner) => Formula::some(variables.clone(), bound(inner, way)),
    }
}
