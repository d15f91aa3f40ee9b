//! Predicates of three things and more, as predicates of two: one for each choice of the others.
//!
//! In: a task. Out: the same task, where an action that speaks of such a predicate is one for each choice of what its
//! variables there may stand for, which its name ends with and its precondition says. Those places are chosen that leave
//! the fewest. What can never be asked for, as a fact is missing that nothing brings about, is left out.

use std::collections::{BTreeMap, BTreeSet};

use super::task::{Action, Atom, Formula, Kind, Task, Term};

/// More actions than these are too many.
const MOST_ACTIONS: usize = 5_000;

/// What variables stand for.
type Choice = BTreeMap<String, String>;

/// Splits a task.
///
/// # Errors
/// The predicate that there are too many choices of.
pub(super) fn split(task: &mut Task) -> Result<(), String> {
    let places: BTreeMap<String, Vec<usize>> = task
        .predicates
        .iter()
        .filter(|(_, kinds)| kinds.len() > 2)
        .map(|(name, kinds)| (name.clone(), chosen(task, kinds)))
        .collect();
    let Some(first) = places.keys().next().cloned() else {
        return Ok(());
    };
    let actions = task.actions.iter().map(|action| &action.name);
    let declared = task.predicates.keys().chain(actions);
    let mut split = Split {
        added: added(task),
        known: BTreeSet::new(),
        names: BTreeMap::new(),
        taken: declared.cloned().collect(),
        places,
    };
    for atom in &task.init {
        split.known.extend(split.picked(atom, &Choice::new()));
    }
    let mut actions: Vec<Action> = Vec::new();
    for action in &task.actions {
        let mut choices = vec![Choice::new()];
        for (name, kind) in split.variables(action) {
            let objects = of_kind(task, &kind);
            if choices.len() * objects.len() + actions.len() > MOST_ACTIONS {
                return Err(first);
            }
            choices = choices
                .iter()
                .flat_map(|own| {
                    objects.iter().map(|object| {
                        let mut own = own.clone();
                        own.insert(name.clone(), (*object).clone());
                        own
                    })
                })
                .collect();
        }
        choices.retain(|choice| split.may_hold(&action.precondition, choice));
        actions.extend(choices.iter().map(|choice| split.action(action, choice)));
    }
    task.actions = actions;
    for atom in &mut task.init {
        *atom = split.atom(atom, &Choice::new());
    }
    let goal = task.goal.take();
    task.goal = goal.map(|goal| split.formula(&goal, &Choice::new()));
    for ((name, _), short) in split.names {
        let kinds = task.predicates.get(&name).cloned().unwrap_or_default();
        let fixed = split.places.get(&name).cloned().unwrap_or_default();
        task.predicates.insert(short, kept(&kinds, &fixed));
    }
    task.predicates
        .retain(|name, _| !split.places.contains_key(name));
    Ok(())
}

/// All but two places: those of the types with the fewest objects.
fn chosen(task: &Task, kinds: &[Kind]) -> Vec<usize> {
    let mut places: Vec<(usize, usize)> = kinds
        .iter()
        .enumerate()
        .map(|(at, kind)| (of_kind(task, kind).len(), at))
        .collect();
    places.sort_unstable();
    places.truncate(kinds.len().saturating_sub(2));
    let mut places: Vec<usize> = places.into_iter().map(|(_, at)| at).collect();
    places.sort_unstable();
    places
}

fn of_kind<'t>(task: &'t Task, kind: &Kind) -> BTreeSet<&'t String> {
    let fits = task
        .objects
        .iter()
        .filter(|(_, own)| task.is_below(own, kind));
    fits.map(|(name, _)| name).collect()
}

/// The predicates that some action brings about.
fn added(task: &Task) -> BTreeSet<String> {
    let adds = task.actions.iter().flat_map(|action| &action.adds);
    adds.map(|atom| atom.name.clone()).collect()
}

/// What stands at other places than these.
fn kept<T: Clone>(all: &[T], fixed: &[usize]) -> Vec<T> {
    let others = all.iter().enumerate().filter(|(at, _)| !fixed.contains(at));
    others.map(|(_, own)| own.clone()).collect()
}

struct Split {
    /// The places of each such predicate that its choices are of.
    places: BTreeMap<String, Vec<usize>>,
    added: BTreeSet<String>,
    /// The choices that facts of the start are of.
    known: BTreeSet<(String, Vec<String>)>,
    /// What a predicate is called with each choice.
    names: BTreeMap<(String, Vec<String>), String>,
    taken: BTreeSet<String>,
}

impl Split {
    /// The variables of an action that choices are of.
    fn variables(&self, action: &Action) -> BTreeMap<String, Kind> {
        let mut found = BTreeSet::new();
        let mut note = |atom: &Atom| {
            for at in self.places.get(&atom.name).into_iter().flatten() {
                if let Some(Term::Variable(name)) = atom.terms.get(*at) {
                    found.insert(name.clone());
                }
            }
        };
        action.precondition.visit(&mut note);
        action.adds.iter().chain(&action.deletes).for_each(note);
        let own = action.parameters.iter();
        own.filter(|(name, _)| found.contains(name))
            .cloned()
            .collect()
    }

    /// The choice that an atom is of; none of a predicate of two things.
    fn picked(&self, atom: &Atom, choice: &Choice) -> Option<(String, Vec<String>)> {
        let places = self.places.get(&atom.name)?;
        let terms = places.iter().filter_map(|at| atom.terms.get(*at));
        let words = terms.map(|term| match term {
            Term::Object(name) => name.clone(),
            Term::Variable(name) => choice.get(name).unwrap_or(name).clone(),
        });
        Some((atom.name.clone(), words.collect()))
    }

    /// `false` where a fact is missing that nothing brings about.
    fn may_hold(&self, formula: &Formula, choice: &Choice) -> bool {
        match formula {
            Formula::All(parts) => parts.iter().all(|part| self.may_hold(part, choice)),
            Formula::Holds(atom) => match self.picked(atom, choice) {
                Some(own) => self.added.contains(&atom.name) || self.known.contains(&own),
                None => true,
            },
            Formula::Any(_) | Formula::Not(_) | Formula::Equal(..) => true,
        }
    }

    fn action(&mut self, action: &Action, choice: &Choice) -> Action {
        let mut name = action.name.clone();
        if !choice.is_empty() {
            let words: Vec<&str> = choice.values().map(String::as_str).collect();
            name = format!("{name}_for_{}", words.join("_"));
            while !self.taken.insert(name.clone()) {
                name.push('_');
            }
        }
        let said = choice.iter().map(|(variable, object)| {
            Formula::Equal(
                Term::Variable(variable.clone()),
                Term::Object(object.clone()),
            )
        });
        let mut parts: Vec<Formula> = said.collect();
        parts.push(self.formula(&action.precondition, choice));
        let mut atoms = |all: &[Atom]| all.iter().map(|atom| self.atom(atom, choice)).collect();
        Action {
            name,
            parameters: action.parameters.clone(),
            adds: atoms(&action.adds),
            deletes: atoms(&action.deletes),
            precondition: Formula::All(parts),
            cost: action.cost.clone(),
        }
    }

    fn formula(&mut self, formula: &Formula, choice: &Choice) -> Formula {
        let mut all = |parts: &[Formula]| {
            parts
                .iter()
                .map(|part| self.formula(part, choice))
                .collect()
        };
        match formula {
            Formula::All(parts) => Formula::All(all(parts)),
            Formula::Any(parts) => Formula::Any(all(parts)),
            Formula::Not(inner) => Formula::Not(Box::new(self.formula(inner, choice))),
            Formula::Holds(atom) => Formula::Holds(self.atom(atom, choice)),
            Formula::Equal(..) => formula.clone(),
        }
    }

    /// The atom of two things.
    fn atom(&mut self, atom: &Atom, choice: &Choice) -> Atom {
        let (Some(key), Some(places)) = (self.picked(atom, choice), self.places.get(&atom.name))
        else {
            return atom.clone();
        };
        let terms = kept(&atom.terms, places);
        let name = match self.names.get(&key) {
            Some(name) => name.clone(),
            None => {
                let mut name = format!("{}_{}", key.0, key.1.join("_"));
                while !self.taken.insert(name.clone()) {
                    name.push('_');
                }
                self.names.insert(key, name.clone());
                name
            }
        };
        Atom { name, terms }
    }
}
