//! What the names in a condition stand for while one step is looked at.
//!
//! In: a subject, the values of parameters and outcomes. Out: the roots of paths; for a conjunct that speaks of
//! multiple variables, one scope for each combination of their elements.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use samos_model::{Atom, Condition, Conjunct, Effect, Name, Path, Root, Term};

use crate::thing::{Owners, Thing};

/// More combinations of elements than this are not looked at.
pub(crate) const MOST_COMBINATIONS: usize = 100_000;

/// A parameter, an outcome or a wanted thing.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) elements: Arc<[Thing]>,
    pub(crate) multiple: bool,
    /// Was it given, or has it a default?
    pub(crate) given: bool,
    /// The element that is looked at, inside a quantified conjunct or effect.
    pub(crate) focus: Option<Thing>,
}

impl Variable {
    pub(crate) fn new(elements: impl Into<Arc<[Thing]>>, multiple: bool) -> Self {
        let elements = elements.into();
        Self {
            given: !(multiple && elements.is_empty()),
            elements,
            multiple,
            focus: None,
        }
    }

    pub(crate) fn not_given(multiple: bool) -> Self {
        Self {
            elements: Arc::new([]),
            multiple,
            given: false,
            focus: None,
        }
    }
}

/// What the roots of paths stand for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) subject: Option<Thing>,
    pub(crate) owners: Owners,
    pub(crate) variables: BTreeMap<Name, Variable>,
}

impl Scope {
    /// Does it name an optional variable that has no value?
    pub(crate) fn leaves_out(&self, named: &Named) -> bool {
        let missing = |name: &Name| self.variables.get(name).is_some_and(|it| !it.given);
        named.all.iter().any(missing)
    }

    /// One scope for each combination of elements of the multiple variables among those named;
    /// `None` when there are too many.
    pub(crate) fn each(&self, named: &BTreeSet<Name>) -> Option<Vec<Self>> {
        let mut scopes = vec![self.clone()];
        for name in named {
            let Some(variable) = self.variables.get(name).filter(|it| it.multiple) else {
                continue;
            };
            if scopes.len().saturating_mul(variable.elements.len()) > MOST_COMBINATIONS {
                return None;
            }
            let focused = |scope: &Self, element: &Thing| {
                let mut scope = scope.clone();
                if let Some(variable) = scope.variables.get_mut(name) {
                    variable.focus = Some(element.clone());
                }
                scope
            };
            scopes = scopes
                .iter()
                .flat_map(|scope| {
                    let elements = variable.elements.iter();
                    elements.map(|element| focused(scope, element))
                })
                .collect();
        }
        Some(scopes)
    }
}

/// The variables that a text names.
#[derive(Default, Debug)]
pub(crate) struct Named {
    /// All of them.
    pub(crate) all: BTreeSet<Name>,
    /// Those that are looked at one element at a time: all but the bare ones inside `count(…)`.
    pub(crate) singly: BTreeSet<Name>,
    /// Where its paths start.
    pub(crate) roots: BTreeSet<Root>,
}

impl Named {
    pub(crate) fn in_conjunct(conjunct: &Conjunct) -> Self {
        let mut named = Self::default();
        named.conjunct(conjunct);
        named
    }

    pub(crate) fn in_effect(effect: &Effect) -> Self {
        let mut named = Self::default();
        match effect {
            Effect::Set { path, value }
            | Effect::Add { path, value }
            | Effect::Remove { path, value } => {
                named.path(path);
                named.term(value);
            }
            Effect::Clear(path) | Effect::Renew(path) | Effect::Delete(path) => named.path(path),
            Effect::Create { count, .. } => count.iter().for_each(|count| named.term(count)),
        }
        named
    }

    fn conjunct(&mut self, conjunct: &Conjunct) {
        match conjunct {
            Conjunct::Compare { left, right, .. } => {
                self.term(left);
                self.term(right);
            }
            Conjunct::Is { path, .. } | Conjunct::Exists { path } => self.path(path),
            Conjunct::In { path, values } => {
                self.path(path);
                values.iter().for_each(|value| self.atom(value));
            }
            Conjunct::Contains { path, value } => {
                self.path(path);
                self.atom(value);
            }
            Conjunct::Not(inner) => self.conjunct(inner),
            Conjunct::Either(alternatives) => {
                for Condition { conjuncts } in alternatives {
                    conjuncts.iter().for_each(|inner| self.conjunct(inner));
                }
            }
        }
    }

    fn term(&mut self, term: &Term) {
        term.atoms().for_each(|atom| self.atom(atom));
    }

    fn atom(&mut self, atom: &Atom) {
        match atom {
            Atom::Literal(_) => {}
            Atom::Count(Path {
                root: Root::Variable(name),
                properties,
            }) if properties.is_empty() => {
                self.all.insert(name.clone());
                self.roots.insert(Root::Variable(name.clone()));
            }
            Atom::Path(path) | Atom::Count(path) => self.path(path),
        }
    }

    fn path(&mut self, path: &Path) {
        self.roots.insert(path.root.clone());
        if let Root::Variable(name) = &path.root {
            self.all.insert(name.clone());
            self.singly.insert(name.clone());
        }
    }
}
