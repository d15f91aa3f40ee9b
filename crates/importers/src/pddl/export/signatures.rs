//! The types of what predicates speak of, as narrow as their uses allow: readers list facts by type.
//!
//! In: all places where predicates stand, and which type is below which. Out: a type for each place of each predicate, none
//! where only `object` is wide enough.

use std::collections::BTreeMap;

use super::formula::{Fact, Formula, Typed};
use super::lines::Said;

/// Each type with the one directly above it.
pub(super) type Above = BTreeMap<String, Option<String>>;

/// What stands at each place of each predicate.
type Places<'a> = BTreeMap<(&'a str, usize), Option<String>>;

/// The types of all places.
pub(super) fn of<'a>(
    said: &'a Said<'_>,
    lowest: &dyn Fn(&str) -> Option<String>,
    above: &Above,
) -> Places<'a> {
    let mut seen = Seen {
        places: Places::new(),
        lowest,
        above,
    };
    for fact in said.start {
        seen.fact(fact, &[]);
    }
    seen.formula(said.goal, &mut Vec::new());
    for shape in said.actions {
        let mut scope: Vec<&Typed> = shape.listed.iter().collect();
        seen.formula(&shape.condition, &mut scope);
        for change in &shape.changes {
            let before = scope.len();
            scope.extend(&change.each);
            seen.formula(&change.when, &mut scope);
            seen.fact(&change.fact, &scope);
            scope.truncate(before);
        }
    }
    seen.places
}

struct Seen<'a, 's> {
    places: Places<'a>,
    lowest: &'s dyn Fn(&str) -> Option<String>,
    above: &'s Above,
}

impl<'a> Seen<'a, '_> {
    fn formula(&mut self, formula: &'a Formula, scope: &mut Vec<&'a Typed>) {
        match formula {
            Formula::Holds(fact) => self.fact(fact, scope),
            Formula::Equal(..) => {}
            Formula::Not(inner) => self.formula(inner, scope),
            Formula::All(parts) | Formula::Any(parts) => {
                parts.iter().for_each(|part| self.formula(part, scope));
            }
            Formula::Some(variables, inner) => {
                let before = scope.len();
                scope.extend(variables);
                self.formula(inner, scope);
                scope.truncate(before);
            }
        }
    }

    fn fact(&mut self, fact: &'a Fact, scope: &[&Typed]) {
        for (at, word) in fact.words.iter().enumerate() {
            let own = if word.starts_with('?') {
                let variable = scope.iter().rev().find(|(name, _)| name == word);
                variable.and_then(|(_, of_type)| of_type.clone())
            } else {
                (self.lowest)(word)
            };
            let place = (fact.name.as_str(), at);
            let joined = match self.places.get(&place) {
                Some(other) => self.joined(other.as_deref(), own.as_deref()),
                None => own,
            };
            self.places.insert(place, joined);
        }
    }

    /// The lowest type above both.
    fn joined(&self, one: Option<&str>, other: Option<&str>) -> Option<String> {
        let mut above_other: Vec<&str> = Vec::new();
        let mut next = other;
        while let Some(own) = next {
            above_other.push(own);
            next = self.above.get(own).and_then(Option::as_deref);
        }
        let mut next = one;
        while let Some(own) = next {
            if above_other.contains(&own) {
                return Some(own.to_owned());
            }
            next = self.above.get(own).and_then(Option::as_deref);
        }
        None
    }
}
