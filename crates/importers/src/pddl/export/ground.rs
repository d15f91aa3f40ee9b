//! Plays a problem on facts: is a condition true, and what do effects leave?

use std::collections::{BTreeMap, BTreeSet};

use super::formula::{Change, Fact, Formula, Typed};

/// What variables stand for.
pub(super) type Bound = BTreeMap<String, String>;

/// The objects, by type; all of them where none is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    pub(super) all: Vec<String>,
    pub(super) of_type: BTreeMap<String, Vec<String>>,
}

impl Objects {
    pub(super) fn of(&self, of_type: Option<&String>) -> &[String] {
        match of_type {
            Some(of_type) => self.of_type.get(of_type).map_or(&[], Vec::as_slice),
            None => &self.all,
        }
    }
}

/// The facts that hold, by predicate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts(BTreeMap<String, BTreeSet<Vec<String>>>);

impl Facts {
    pub(super) fn add(&mut self, fact: Fact) {
        self.0.entry(fact.name).or_default().insert(fact.words);
    }

    pub(super) fn remove(&mut self, fact: &Fact) {
        if let Some(all) = self.0.get_mut(&fact.name) {
            all.remove(&fact.words);
        }
    }

    pub(super) fn has(&self, fact: &Fact) -> bool {
        self.0
            .get(&fact.name)
            .is_some_and(|all| all.contains(&fact.words))
    }

    /// What a predicate holds of.
    pub(super) fn of(&self, name: &str) -> impl Iterator<Item = &Vec<String>> {
        self.0.get(name).into_iter().flatten()
    }

    pub(super) fn listed(&self) -> Vec<Fact> {
        let facts = self.0.iter().flat_map(|(name, all)| {
            all.iter().map(|words| Fact {
                name: name.clone(),
                words: words.clone(),
            })
        });
        facts.collect()
    }

    /// Is the condition true?
    pub(super) fn meet(&self, formula: &Formula, bound: &mut Bound, objects: &Objects) -> bool {
        match formula {
            Formula::Holds(fact) => self.has(&bind(fact, bound)),
            Formula::Equal(left, right) => word(left, bound) == word(right, bound),
            Formula::Not(inner) => !self.meet(inner, bound, objects),
            Formula::All(parts) => parts.iter().all(|part| self.meet(part, bound, objects)),
            Formula::Any(parts) => parts.iter().any(|part| self.meet(part, bound, objects)),
            Formula::Some(variables, inner) => {
                let mut found = false;
                self.each(variables, inner, bound, objects, &mut |_| {
                    found = true;
                    true
                });
                found
            }
        }
    }

    /// Calls for each way to bind the variables so that the condition is true, until told to stop.
    fn each(
        &self,
        variables: &[Typed],
        formula: &Formula,
        bound: &mut Bound,
        objects: &Objects,
        visit: &mut dyn FnMut(&mut Bound) -> bool,
    ) -> bool {
        let Some((_, rest)) = variables.split_first() else {
            return self.meet(formula, bound, objects) && visit(bound);
        };
        let next = variables.iter().find(|(name, _)| {
            // One that a fact limits is bound before others.
            limits(formula, name, bound).is_some()
        });
        let (chosen, rest): (&Typed, Vec<Typed>) = match (next, variables.first()) {
            (Some(next), _) => {
                let rest = variables.iter().filter(|other| *other != next);
                (next, rest.cloned().collect())
            }
            (None, Some(first)) => (first, rest.to_vec()),
            (None, None) => return false,
        };
        let (name, of_type) = chosen;
        let candidates: BTreeSet<String> = match limits(formula, name, bound) {
            Some((fact, at)) => self.matching(fact, at, bound),
            None => objects.of(of_type.as_ref()).iter().cloned().collect(),
        };
        let fits = |candidate: &String| {
            of_type.is_none() || objects.of(of_type.as_ref()).contains(candidate)
        };
        for candidate in candidates.into_iter().filter(fits) {
            let before = bound.insert(name.clone(), candidate);
            let is_open = formula
                .conjuncts()
                .iter()
                .filter(|part| is_bound(part, &rest))
                .all(|part| self.meet(part, bound, objects));
            let stop = is_open && self.each(&rest, formula, bound, objects, visit);
            match before {
                Some(before) => bound.insert(name.clone(), before),
                None => bound.remove(name),
            };
            if stop {
                return true;
            }
        }
        false
    }

    /// What may stand at one place of a fact.
    fn matching(&self, fact: &Fact, at: usize, bound: &Bound) -> BTreeSet<String> {
        let wanted: Vec<Option<String>> = fact
            .words
            .iter()
            .map(|word| match word.starts_with('?') {
                true => bound.get(word).cloned(),
                false => Some(word.clone()),
            })
            .collect();
        let fits = |words: &&Vec<String>| {
            words
                .iter()
                .zip(&wanted)
                .enumerate()
                .all(|(place, (word, wanted))| {
                    place == at || wanted.as_ref().is_none_or(|wanted| wanted == word)
                })
        };
        let found = self.of(&fact.name).filter(fits);
        found.filter_map(|words| words.get(at).cloned()).collect()
    }

    /// The facts after the effects: all are read before, what is added stays.
    pub(super) fn after(&self, changes: &[Change], bound: &Bound, objects: &Objects) -> Self {
        let (mut gone, mut come) = (Vec::new(), Vec::new());
        for change in changes {
            let into = if change.adds { &mut come } else { &mut gone };
            let mut own = bound.clone();
            // What is taken away has to be there: that limits what the variables stand for.
            let formula = if change.adds {
                change.when.clone()
            } else {
                Formula::all([change.when.clone(), Formula::Holds(change.fact.clone())])
            };
            self.each(&change.each, &formula, &mut own, objects, &mut |own| {
                into.push(bind(&change.fact, own));
                false
            });
        }
        let mut after = self.clone();
        for fact in gone {
            after.remove(&fact);
        }
        for fact in come {
            after.add(fact);
        }
        after
    }
}

/// A fact among the conjuncts that has the variable, and where in it.
fn limits<'f>(formula: &'f Formula, name: &str, bound: &Bound) -> Option<(&'f Fact, usize)> {
    let others = |fact: &Fact| {
        let mut others = fact.words.iter().filter(|word| word.as_str() != name);
        others.all(|word| !word.starts_with('?') || bound.contains_key(word))
    };
    let mut facts = formula.conjuncts().iter().filter_map(|part| match part {
        Formula::Holds(fact) => {
            let at = fact.words.iter().position(|word| word == name)?;
            others(fact).then_some((fact, at))
        }
        _ => None,
    });
    facts.next()
}

/// Speaks the condition of none of these?
fn is_bound(formula: &Formula, open: &[Typed]) -> bool {
    let free = |word: &String| !open.iter().any(|(name, _)| name == word);
    match formula {
        Formula::Holds(fact) => fact.words.iter().all(free),
        Formula::Equal(left, right) => free(left) && free(right),
        Formula::Not(inner) | Formula::Some(_, inner) => is_bound(inner, open),
        Formula::All(parts) | Formula::Any(parts) => parts.iter().all(|part| is_bound(part, open)),
    }
}

pub(super) fn word(word: &str, bound: &Bound) -> String {
    bound
        .get(word)
        .map_or_else(|| word.to_owned(), Clone::clone)
}

pub(super) fn bind(fact: &Fact, bound: &Bound) -> Fact {
    Fact {
        name: fact.name.clone(),
        words: fact.words.iter().map(|one| word(one, bound)).collect(),
    }
}
