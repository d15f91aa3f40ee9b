//! What the names in a condition stand for while it is written out.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::text::{Atom, Conjunct, Effect, Path, Root, Term};

use super::mentions::{visit_atoms, visit_effect};

/// The words that roots stand for.
#[derive(Clone, Default, Debug)]
pub(super) struct Scope {
    words: BTreeMap<Root, Vec<String>>,
    multiple: BTreeSet<Root>,
    taken: BTreeSet<String>,
}

impl Scope {
    pub(super) fn bind(&mut self, root: Root, word: String) {
        self.words.insert(root, vec![word]);
    }

    /// A parameter or outcome of several elements.
    pub(super) fn bind_all(&mut self, root: Root, words: Vec<String>) {
        self.multiple.insert(root.clone());
        self.words.insert(root, words);
    }

    /// A variable that nothing else is called.
    pub(super) fn variable(&mut self, wish: &str) -> String {
        let base = format!("?{}", super::super::naming::safe(wish).to_lowercase());
        let mut name = base.clone();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{base}_{number}");
            number += 1;
        }
        name
    }

    /// The words of a root, if it has any.
    pub(super) fn of(&self, root: &Root) -> Option<&[String]> {
        self.words.get(root).map(Vec::as_slice)
    }

    pub(super) fn is_multiple(&self, root: &Root) -> bool {
        self.multiple.contains(root)
    }

    fn is_nothing(&self, root: &Root) -> bool {
        matches!(root, Root::Variable(_)) && !self.words.contains_key(root)
    }

    /// Does the conjunct speak of a parameter that is not given?
    pub(super) fn leaves_out(&self, conjunct: &Conjunct) -> bool {
        let mut found = false;
        visit_atoms(conjunct, &mut |atom| found |= self.is_left_out(atom));
        found
    }

    /// Does the effect speak of a parameter that is not given?
    pub(super) fn leaves_out_effect(&self, effect: &Effect) -> bool {
        let mut found = false;
        visit_effect(effect, &mut |atom| found |= self.is_left_out(atom));
        found
    }

    fn is_left_out(&self, atom: &Atom) -> bool {
        match atom {
            Atom::Path(path) | Atom::Count(path) => self.is_nothing(&path.root),
            Atom::Literal(_) => false,
        }
    }

    /// One scope for each choice of elements of the roots of several.
    pub(super) fn each(&self, roots: &BTreeSet<Root>) -> Vec<Self> {
        let mut scopes = vec![self.clone()];
        for root in roots.iter().filter(|root| self.is_multiple(root)) {
            let words = self.words.get(root).cloned().unwrap_or_default();
            scopes = scopes
                .iter()
                .flat_map(|scope| {
                    words.iter().map(|word| {
                        let mut own = scope.clone();
                        own.multiple.remove(root);
                        own.bind(root.clone(), word.clone());
                        own
                    })
                })
                .collect();
        }
        scopes
    }
}

/// The roots that a conjunct looks at one element at a time: all but the bare ones inside `count(…)`.
pub(super) fn singly(conjunct: &Conjunct) -> BTreeSet<Root> {
    let mut roots = BTreeSet::new();
    visit_atoms(conjunct, &mut |atom| match atom {
        Atom::Path(path) => {
            roots.insert(path.root.clone());
        }
        Atom::Count(path) if !path.properties.is_empty() => {
            roots.insert(path.root.clone());
        }
        Atom::Count(_) | Atom::Literal(_) => {}
    });
    roots
}

/// The root and, where the term is nothing more, that it is bare.
pub(super) fn bare_root(term: &Term) -> Option<&Root> {
    match term.as_atom() {
        Some(Atom::Path(Path { root, properties })) if properties.is_empty() => Some(root),
        _ => None,
    }
}
