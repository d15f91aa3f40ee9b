//! Conditions and effects of PDDL.

use std::collections::BTreeMap;

use samos_model::codes::import as codes;

use super::reading::Reader;
use super::task::{Atom, Cost, Formula, Kind, TOTAL_COST, Task, Term};
use super::tree::Tree;

/// The names that a formula may use.
pub(super) struct Scope<'t> {
    variables: Vec<&'t str>,
    objects: BTreeMap<&'t str, ()>,
    predicates: &'t BTreeMap<String, Vec<Kind>>,
    functions: &'t BTreeMap<String, Vec<Kind>>,
}

impl<'t> Scope<'t> {
    pub(super) fn new(task: &'t Task, parameters: &'t [(String, Kind)]) -> Self {
        Self {
            variables: parameters.iter().map(|(name, _)| name.as_str()).collect(),
            objects: task
                .objects
                .iter()
                .map(|(name, _)| (name.as_str(), ()))
                .collect(),
            predicates: &task.predicates,
            functions: &task.functions,
        }
    }
}

/// What an action does.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) adds: Vec<Atom>,
    pub(super) deletes: Vec<Atom>,
    pub(super) cost: Option<Cost>,
}

impl Reader<'_> {
    /// A condition.
    pub(super) fn formula(&mut self, tree: &Tree, scope: &Scope<'_>) -> Option<Formula> {
        let Some((head, parts)) = tree.headed() else {
            if tree.list().is_some_and(<[Tree]>::is_empty) {
                return Some(Formula::All(Vec::new()));
            }
            self.misplaced(tree, "a condition");
            return None;
        };
        let all = |reader: &mut Self, parts: &[Tree]| -> Option<Vec<Formula>> {
            let read: Vec<Option<Formula>> = parts
                .iter()
                .map(|part| reader.formula(part, scope))
                .collect();
            read.into_iter().collect()
        };
        match (head, parts) {
            ("and", parts) => Some(Formula::All(all(self, parts)?)),
            ("or", []) => {
                self.cannot(
                    tree,
                    "a choice among nothing",
                    "name what there is to choose from",
                );
                None
            }
            ("or", parts) => Some(Formula::Any(all(self, parts)?)),
            ("not", [inner]) => Some(Formula::Not(Box::new(self.formula(inner, scope)?))),
            ("imply", [given, then]) => Some(Formula::Any(vec![
                Formula::Not(Box::new(self.formula(given, scope)?)),
                self.formula(then, scope)?,
            ])),
            ("=", [left, right]) if left.word().is_some() && right.word().is_some() => {
                let (left, right) = (self.term(left, scope), self.term(right, scope));
                Some(Formula::Equal(left?, right?))
            }
            ("=" | "<" | ">" | "<=" | ">=", _) => {
                self.cannot(
                    tree,
                    "a comparison of numbers",
                    "say it with predicates, as in `(next ?low ?high)`",
                );
                None
            }
            ("forall" | "exists", _) => {
                self.cannot(
                    tree,
                    "a quantifier",
                    "name the objects, or make the quantified variable a parameter",
                );
                None
            }
            ("preference", _) => {
                self.cannot(tree, "a preference", "leave it out, or demand it");
                None
            }
            _ => Some(Formula::Holds(self.atom(tree, scope)?)),
        }
    }

    /// An effect.
    pub(super) fn effect(&mut self, tree: &Tree, scope: &Scope<'_>, effects: &mut Effects) {
        match tree.headed() {
            Some(("and", parts)) => parts
                .iter()
                .for_each(|part| self.effect(part, scope, effects)),
            Some(("not", [inner])) => effects.deletes.extend(self.atom(inner, scope)),
            Some(("increase", [function, by])) => self.cost(tree, function, by, scope, effects),
            Some(("decrease" | "assign" | "scale-up" | "scale-down", _)) => {
                self.cannot(
                    tree,
                    "a number other than the total cost",
                    "say it with predicates, as in `(level ?tank ?amount)`",
                );
            }
            Some(("when", _)) => self.cannot(
                tree,
                "a conditional effect",
                "make it two actions, one with the condition and one with its negation",
            ),
            Some(("forall", _)) => self.cannot(
                tree,
                "an effect on all things of a kind",
                "make it an action for each, or name them",
            ),
            Some(_) => effects.adds.extend(self.atom(tree, scope)),
            None if tree.list().is_some_and(<[Tree]>::is_empty) => {}
            None => self.misplaced(tree, "an effect"),
        }
    }

    fn cost(
        &mut self,
        tree: &Tree,
        function: &Tree,
        by: &Tree,
        scope: &Scope<'_>,
        effects: &mut Effects,
    ) {
        if function
            .headed()
            .map(|(name, _)| name)
            .or_else(|| function.word())
            != Some(TOTAL_COST)
        {
            self.cannot(
                tree,
                "a number other than the total cost",
                "say it with predicates, as in `(level ?tank ?amount)`",
            );
            return;
        }
        if effects.cost.is_some() {
            self.cannot(
                tree,
                "a cost in two parts",
                "add the two up in one function",
            );
            return;
        }
        effects.cost = match by.word() {
            Some(number) if number.parse::<f64>().is_ok_and(|number| number >= 0.0) => {
                Some(Cost::Number(number.to_owned()))
            }
            Some(_) => {
                self.misplaced(by, "a number that is not negative");
                None
            }
            None if by
                .headed()
                .is_some_and(|(head, _)| scope.functions.contains_key(head)) =>
            {
                let atom = self.function(by, scope);
                if atom.as_ref().is_some_and(|atom| atom.terms.len() > 2) {
                    self.cannot(
                        by,
                        "a cost that depends on more than two things",
                        "let it depend on two",
                    );
                }
                atom.map(Cost::Function)
            }
            None => {
                self.cannot(
                    by,
                    "a calculated cost",
                    "state the result as a function of two things at most",
                );
                None
            }
        };
    }

    /// A predicate of terms.
    pub(super) fn atom(&mut self, tree: &Tree, scope: &Scope<'_>) -> Option<Atom> {
        self.applied(tree, scope, scope.predicates, "predicate")
    }

    /// A function of terms.
    pub(super) fn function(&mut self, tree: &Tree, scope: &Scope<'_>) -> Option<Atom> {
        self.applied(tree, scope, scope.functions, "function")
    }

    fn applied(
        &mut self,
        tree: &Tree,
        scope: &Scope<'_>,
        declared: &BTreeMap<String, Vec<Kind>>,
        what: &str,
    ) -> Option<Atom> {
        let Some((name, parts)) = tree.headed() else {
            self.misplaced(tree, &format!("a {what}"));
            return None;
        };
        let Some(kinds) = declared.get(name) else {
            self.unknown(tree, what, name, declared.keys().map(String::as_str));
            return None;
        };
        if kinds.len() != parts.len() {
            let message = format!(
                "`{name}` is declared of {} things and used of {}",
                kinds.len(),
                parts.len()
            );
            self.report(
                codes::ARITY,
                tree,
                message,
                "give it as many as it is declared with",
            );
            return None;
        }
        let terms: Vec<Option<Term>> = parts.iter().map(|part| self.term(part, scope)).collect();
        Some(Atom {
            name: name.to_owned(),
            terms: terms.into_iter().collect::<Option<_>>()?,
        })
    }

    fn term(&mut self, tree: &Tree, scope: &Scope<'_>) -> Option<Term> {
        let Some(word) = tree.word() else {
            self.misplaced(tree, "a variable or an object");
            return None;
        };
        match word.strip_prefix('?') {
            Some(variable) if scope.variables.contains(&variable) => {
                Some(Term::Variable(variable.to_owned()))
            }
            Some(variable) => {
                self.unknown(tree, "variable", variable, scope.variables.iter().copied());
                None
            }
            None if scope.objects.contains_key(word) => Some(Term::Object(word.to_owned())),
            None => {
                self.unknown(tree, "object", word, scope.objects.keys().copied());
                None
            }
        }
    }
}
