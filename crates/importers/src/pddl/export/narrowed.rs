//! A problem cut down to what a plan and its goal look at: validators list every fact that there might be.
//!
//! In: a problem, the plan as calls of its actions, and the goal. Out: the same problem without the facts, effects and
//! things that none of them looks at, so that the plan is valid in the one just where it is in the other.
//!
//! A thing that a quantified variable may stand for is left out only where a fact that has to hold of it never does: neither
//! at the start nor by what the plan brings about. It makes no difference then. Other plans are not the question.

use std::collections::{BTreeMap, BTreeSet};

use super::actions::Shape;
use super::formula::{Change, Fact, Formula, Typed};
use super::ground::{Facts, Objects};
use super::play::{Call, Problem};

/// What a word may stand for; a word that is not here stands for itself.
type May = BTreeMap<String, BTreeSet<String>>;

/// Leaves out what nobody looks at.
pub(super) fn narrow(problem: &mut Problem, calls: &[Call], goal: &Formula) {
    let called: BTreeSet<&String> = calls.iter().map(|call| &call.action).collect();
    let is_called = |shape: &Shape| called.contains(&shape.name);
    problem
        .shapes
        .values_mut()
        .for_each(|own| own.retain(is_called));
    problem.waits.retain(|_, shape| is_called(shape));
    let read = read(problem, goal);
    let shapes = problem.shapes.values_mut().flatten();
    for shape in shapes.chain(problem.waits.values_mut()) {
        shape
            .changes
            .retain(|change| read.contains(&change.fact.name));
    }
    let mut look = Look {
        start: &problem.start,
        ever: ever(problem, calls),
        objects: &problem.objects,
        facts: Facts::default(),
        things: BTreeSet::new(),
    };
    look.at(goal, &May::new());
    let shapes: BTreeMap<&String, &Shape> = problem
        .shapes
        .values()
        .flatten()
        .chain(problem.waits.values())
        .map(|shape| (&shape.name, shape))
        .collect();
    for call in calls {
        let may: May = call
            .bound
            .iter()
            .map(|(word, own)| (word.clone(), BTreeSet::from([own.clone()])))
            .collect();
        look.things.extend(call.bound.values().cloned());
        let Some(shape) = shapes.get(&call.action) else {
            continue;
        };
        look.at(&shape.condition, &may);
        for change in &shape.changes {
            look.at_effect(change, &may);
        }
    }
    let (facts, things) = (look.facts, look.things);
    problem.start = facts;
    problem.objects.all.retain(|name| things.contains(name));
    for members in problem.objects.of_type.values_mut() {
        members.retain(|name| things.contains(name));
    }
}

/// The predicates that the goal and conditions speak of, and the conditions of effects on such.
fn read(problem: &Problem, goal: &Formula) -> BTreeSet<String> {
    let shapes: Vec<&Shape> = problem
        .shapes
        .values()
        .flatten()
        .chain(problem.waits.values())
        .collect();
    let mut read = BTreeSet::new();
    goal.predicates(&mut read);
    for shape in &shapes {
        shape.condition.predicates(&mut read);
    }
    loop {
        let before = read.len();
        for change in shapes.iter().flat_map(|shape| &shape.changes) {
            if read.contains(&change.fact.name) {
                change.when.predicates(&mut read);
            }
        }
        if read.len() == before {
            return read;
        }
    }
}

/// All facts that hold at any time of the plan.
fn ever(problem: &Problem, calls: &[Call]) -> Facts {
    let (mut now, mut ever) = (problem.start.clone(), problem.start.clone());
    let all = || {
        problem
            .shapes
            .values()
            .flatten()
            .chain(problem.waits.values())
    };
    for call in calls {
        if let Some(shape) = all().find(|shape| shape.name == call.action) {
            now = now.after(&shape.changes, &call.bound, &problem.objects);
            now.listed().into_iter().for_each(|fact| ever.add(fact));
        }
    }
    ever
}

/// Looks through conditions, taking note of the facts and things that they depend on.
struct Look<'p> {
    start: &'p Facts,
    ever: Facts,
    objects: &'p Objects,
    facts: Facts,
    things: BTreeSet<String>,
}

impl Look<'_> {
    fn at(&mut self, formula: &Formula, may: &May) {
        match formula {
            Formula::Holds(fact) => {
                for words in matching(self.start, fact, may) {
                    self.things.extend(words.iter().cloned());
                    self.facts.add(Fact {
                        name: fact.name.clone(),
                        words: words.clone(),
                    });
                }
                fact.words.iter().for_each(|word| self.name(word));
            }
            Formula::Equal(left, right) => [left, right].iter().for_each(|word| self.name(word)),
            Formula::Not(inner) => self.at(inner, may),
            Formula::All(parts) | Formula::Any(parts) => {
                parts.iter().for_each(|part| self.at(part, may));
            }
            Formula::Some(variables, inner) => {
                let may = self.candidates(variables, inner, may);
                self.at(inner, &may);
            }
        }
    }

    /// A word that is written must be there.
    fn name(&mut self, word: &str) {
        if !word.starts_with('?') {
            self.things.insert(word.to_owned());
        }
    }

    fn at_effect(&mut self, change: &Change, may: &May) {
        // What is taken away has to be there.
        let held = (!change.adds).then(|| Formula::Holds(change.fact.clone()));
        let when = Formula::all([change.when.clone()].into_iter().chain(held));
        let may = self.candidates(&change.each, &when, may);
        self.at(&when, &may);
        change.fact.words.iter().for_each(|word| self.name(word));
    }

    /// What variables may stand for where a condition holds at any time, which are things that matter.
    fn candidates(&mut self, variables: &[Typed], condition: &Formula, may: &May) -> May {
        let mut all = may.clone();
        for (name, of_type) in variables {
            let own = self.objects.of(of_type.as_ref()).iter().cloned().collect();
            all.insert(name.clone(), own);
        }
        let is_open = |word: &String| variables.iter().any(|(name, _)| name == word);
        let mut parts: Vec<&Formula> = Vec::new();
        required(condition, &mut parts);
        loop {
            let before = all.clone();
            for part in &parts {
                match part {
                    Formula::Holds(fact) if fact.words.iter().any(is_open) => {
                        let found: Vec<&Vec<String>> =
                            matching(&self.ever, fact, &before).collect();
                        for (at, word) in fact.words.iter().enumerate() {
                            let fits = found.iter().filter_map(|words| words.get(at).cloned());
                            let fits: BTreeSet<String> = fits.collect();
                            if let Some(own) = all.get_mut(word).filter(|_| is_open(word)) {
                                own.retain(|one| fits.contains(one));
                            }
                        }
                    }
                    Formula::Equal(left, right) => {
                        for (one, other) in [(left, right), (right, left)] {
                            let fits = match all.get(other) {
                                Some(fits) => fits.clone(),
                                None if other.starts_with('?') => continue,
                                None => BTreeSet::from([other.clone()]),
                            };
                            if let Some(own) = all.get_mut(one).filter(|_| is_open(one)) {
                                own.retain(|one| fits.contains(one));
                            }
                        }
                    }
                    _ => {}
                }
            }
            if all == before {
                break;
            }
        }
        for (name, of_type) in variables {
            match all.get(name) {
                Some(own) if !own.is_empty() => self.things.extend(own.iter().cloned()),
                // Some validators misread a quantifier over nothing.
                _ => {
                    let any = self.objects.of(of_type.as_ref()).first();
                    self.things.extend(any.cloned());
                }
            }
        }
        all
    }
}

/// The parts without which a condition cannot hold.
fn required<'f>(formula: &'f Formula, parts: &mut Vec<&'f Formula>) {
    match formula {
        Formula::All(inner) => inner.iter().for_each(|part| required(part, parts)),
        Formula::Holds(_) | Formula::Equal(..) => parts.push(formula),
        Formula::Some(_, inner) => required(inner, parts),
        Formula::Any(_) | Formula::Not(_) => {}
    }
}

/// The facts that a fact with variables may be.
fn matching<'f>(
    facts: &'f Facts,
    fact: &'f Fact,
    may: &'f May,
) -> impl Iterator<Item = &'f Vec<String>> {
    facts.of(&fact.name).filter(move |words| {
        let mut both = words.iter().zip(&fact.words);
        both.all(|(own, word)| match may.get(word) {
            Some(may) => may.contains(own),
            None => own == word || word.starts_with('?'),
        })
    })
}
