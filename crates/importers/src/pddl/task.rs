//! A planning task: what the two files say, without their brackets.

use std::collections::BTreeMap;

use samos_model::Finding;

/// One of several types: `either`; mostly there is one.
pub(super) type Kind = Vec<String>;

/// Domain and problem.
#[derive(Debug, Default)]
pub(super) struct Task {
    pub(super) domain: String,
    pub(super) problem: String,
    /// Each type and those directly above it.
    pub(super) types: BTreeMap<String, Vec<String>>,
    pub(super) predicates: BTreeMap<String, Vec<Kind>>,
    /// Predicates of more than two things, with what is wrong where they cannot be split.
    pub(super) wide: BTreeMap<String, Finding>,
    pub(super) functions: BTreeMap<String, Vec<Kind>>,
    /// Constants, then objects, in the order they stand in.
    pub(super) objects: Vec<(String, Kind)>,
    pub(super) actions: Vec<Action>,
    pub(super) init: Vec<Atom>,
    /// Values of functions at the start.
    pub(super) values: BTreeMap<(String, Vec<String>), String>,
    pub(super) goal: Option<Formula>,
    pub(super) minimizes_cost: bool,
}

/// The type above all others.
pub(super) const OBJECT: &str = "object";

/// The function that counts what a plan costs.
pub(super) const TOTAL_COST: &str = "total-cost";

/// An action.
#[derive(Debug)]
pub(super) struct Action {
    pub(super) name: String,
    /// Variables, without their question mark.
    pub(super) parameters: Vec<(String, Kind)>,
    pub(super) precondition: Formula,
    pub(super) adds: Vec<Atom>,
    pub(super) deletes: Vec<Atom>,
    pub(super) cost: Option<Cost>,
}

/// What an action adds to the total cost.
#[derive(Clone, Debug)]
pub(super) enum Cost {
    Number(String),
    Function(Atom),
}

/// A predicate, or a function, of terms.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Atom {
    pub(super) name: String,
    pub(super) terms: Vec<Term>,
}

/// A variable or an object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Term {
    Variable(String),
    Object(String),
}

/// A condition.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Formula {
    All(Vec<Formula>),
    Any(Vec<Formula>),
    Not(Box<Formula>),
    Holds(Atom),
    Equal(Term, Term),
}

impl Formula {
    /// The same with `not` in front of atoms only.
    pub(super) fn pushed(self, is_negated: bool) -> Self {
        let all = |parts: Vec<Self>| {
            parts
                .into_iter()
                .map(|part| part.pushed(is_negated))
                .collect()
        };
        match self {
            Self::All(parts) if is_negated => Self::Any(all(parts)),
            Self::Any(parts) if is_negated => Self::All(all(parts)),
            Self::All(parts) => Self::All(all(parts)),
            Self::Any(parts) => Self::Any(all(parts)),
            Self::Not(inner) => inner.pushed(!is_negated),
            atom if is_negated => Self::Not(Box::new(atom)),
            atom => atom,
        }
    }

    /// Visits each atom.
    pub(super) fn visit(&self, visit: &mut impl FnMut(&Atom)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.visit(visit)),
            Self::Not(inner) => inner.visit(visit),
            Self::Holds(atom) => visit(atom),
            Self::Equal(..) => {}
        }
    }
}

impl Task {
    /// Is each of these types at or below one of those?
    pub(super) fn is_below(&self, kind: &Kind, above: &Kind) -> bool {
        kind.iter().all(|one| {
            let ups = self.above(one);
            above.iter().any(|other| ups.contains(other))
        })
    }

    /// A type and all above it, nearest first.
    pub(super) fn above(&self, of_type: &str) -> Vec<String> {
        let mut found = vec![of_type.to_owned()];
        let mut at = 0;
        while let Some(parents) = found.get(at).map(|name| self.types.get(name)) {
            for parent in parents.into_iter().flatten() {
                if !found.contains(parent) {
                    found.push(parent.clone());
                }
            }
            at += 1;
        }
        found.retain(|name| name != OBJECT);
        found.push(OBJECT.to_owned());
        found
    }

    /// The lowest type at or above all of these.
    pub(super) fn common(&self, kinds: &[&Kind]) -> Kind {
        let names: Vec<&String> = kinds.iter().flat_map(|kind| kind.iter()).collect();
        let Some((first, others)) = names.split_first() else {
            return vec![OBJECT.to_owned()];
        };
        let others: Vec<Vec<String>> = others.iter().map(|name| self.above(name)).collect();
        let found = self
            .above(first)
            .into_iter()
            .find(|up| others.iter().all(|ups| ups.contains(up)));
        vec![found.unwrap_or_else(|| OBJECT.to_owned())]
    }
}

/// Each predicate's arguments: as declared, or wider where an action or a fact uses it of more.
pub(super) fn signatures(task: &Task) -> BTreeMap<&str, Vec<Kind>> {
    let objects: BTreeMap<&str, &Kind> = task
        .objects
        .iter()
        .map(|(name, kind)| (name.as_str(), kind))
        .collect();
    let mut used: BTreeMap<&str, Vec<Vec<&Kind>>> = BTreeMap::new();
    for (name, kinds) in &task.predicates {
        used.insert(name, kinds.iter().map(|kind| vec![kind]).collect());
    }
    let none = BTreeMap::new();
    let mut note = |atom: &Atom, variables: &BTreeMap<&str, &'_ Kind>| {
        let Some((_, places)) = task
            .predicates
            .get_key_value(&atom.name)
            .and_then(|(name, _)| Some((name, used.get_mut(name.as_str())?)))
        else {
            return;
        };
        for (term, place) in atom.terms.iter().zip(places) {
            let kind = match term {
                Term::Variable(name) => variables.get(name.as_str()).and_then(|kind| {
                    let found = task.actions.iter().flat_map(|action| &action.parameters);
                    found.map(|(_, one)| one).find(|one| one == kind)
                }),
                Term::Object(name) => objects.get(name.as_str()).copied(),
            };
            if let Some(kind) = kind
                && !place.iter().any(|known| task.is_below(kind, known))
            {
                place.push(kind);
            }
        }
    };
    for action in &task.actions {
        let variables = action
            .parameters
            .iter()
            .map(|(name, kind)| (name.as_str(), kind))
            .collect();
        action
            .precondition
            .visit(&mut |atom| note(atom, &variables));
        for atom in action.adds.iter().chain(&action.deletes) {
            note(atom, &variables);
        }
    }
    for atom in &task.init {
        note(atom, &none);
    }
    if let Some(goal) = &task.goal {
        goal.visit(&mut |atom| note(atom, &none));
    }
    let widened = |kinds: Vec<&Kind>| match kinds.as_slice() {
        [only] => (*only).clone(),
        several => task.common(several),
    };
    used.into_iter()
        .map(|(name, places)| (name, places.into_iter().map(widened).collect()))
        .collect()
}
