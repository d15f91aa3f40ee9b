//! Conditions as PDDL writes them.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::text::{Atom, Comparison, Condition, Conjunct, Path, Root, Term};
use samos_model::{Iri, Value};

use super::Estate;
use super::formula::{Formula, Typed};
use super::mentions::constant;
use super::scope::{Scope, singly};

/// Classes with more members are asked for by a fact instead of listing them.
const LISTED: usize = 3;

/// What the precondition knows of `owner.property`.
pub(super) type Known = BTreeMap<(String, Iri), String>;

/// A value that is looked for: where these variables are bound so that the parts hold, it is that word.
pub(super) struct Sought {
    pub(super) variables: Vec<Typed>,
    pub(super) parts: Vec<Formula>,
    pub(super) word: String,
}

impl Estate<'_> {
    pub(super) fn condition(
        &mut self,
        condition: &Condition,
        scope: &mut Scope,
    ) -> Result<Formula, String> {
        let mut parts = Vec::new();
        for conjunct in &condition.conjuncts {
            parts.push(self.conjunct(conjunct, scope)?);
        }
        Ok(Formula::all(parts))
    }

    /// A conjunct, for each element of what has several.
    pub(super) fn quantified(
        &mut self,
        conjunct: &Conjunct,
        scope: &Scope,
    ) -> Result<Formula, String> {
        let mut parts = Vec::new();
        for mut own in scope.each(&singly(conjunct)) {
            parts.push(self.conjunct(conjunct, &mut own)?);
        }
        Ok(Formula::all(parts))
    }

    /// The fact that a conjunct states of a property with one value.
    pub(super) fn states(&mut self, conjunct: &Conjunct, scope: &Scope, known: &mut Known) {
        let (path, value) = match conjunct {
            Conjunct::Compare {
                left,
                comparison: Comparison::Equal,
                right,
            } => match (left.as_atom(), right.as_atom()) {
                (Some(Atom::Path(path)), Some(value)) if !path.properties.is_empty() => {
                    (path, value)
                }
                (Some(value), Some(Atom::Path(path))) => (path, value),
                _ => return,
            },
            Conjunct::Contains { path, value } => (path, value),
            _ => return,
        };
        let [property] = path.properties.as_slice() else {
            return;
        };
        let is_bare = match value {
            Atom::Literal(_) => true,
            Atom::Path(path) => path.properties.is_empty(),
            Atom::Count(_) => false,
        };
        if !is_bare || scope.is_multiple(&path.root) {
            return;
        }
        if let (Ok(owner), Ok(value)) = (self.root(&path.root, scope), self.word(value, scope)) {
            known.insert((owner, property.clone()), value);
        }
    }

    pub(super) fn conjunct(
        &mut self,
        conjunct: &Conjunct,
        scope: &mut Scope,
    ) -> Result<Formula, String> {
        Ok(match conjunct {
            Conjunct::Compare {
                left,
                comparison,
                right,
            } => return self.compare(left, *comparison, right, scope),
            Conjunct::Contains { path, value } => self.same(
                &Atom::Path(path.clone()).into(),
                &value.clone().into(),
                scope,
            )?,
            Conjunct::Exists { path } => self.exists(path, scope)?,
            Conjunct::Is { path, of_type } => self.is_of(path, of_type, scope)?,
            Conjunct::In { path, values } => {
                let mut members = Vec::new();
                for value in values {
                    members.push(match constant(value) {
                        Some(value) => self.object(&value),
                        None => self.word(value, scope)?,
                    });
                }
                self.among(path, &members, scope)?
            }
            Conjunct::Not(inner) => self.conjunct(inner, scope)?.negated(),
            Conjunct::Either(alternatives) => {
                let mut parts = Vec::new();
                for alternative in alternatives {
                    parts.push(self.condition(alternative, scope)?);
                }
                Formula::any(parts)
            }
        })
    }

    fn compare(
        &mut self,
        left: &Term,
        comparison: Comparison,
        right: &Term,
        scope: &mut Scope,
    ) -> Result<Formula, String> {
        let counts = |term: &Term| term.atoms().any(|atom| matches!(atom, Atom::Count(_)));
        if counts(left) || counts(right) {
            return self.counted(left, comparison, right, scope);
        }
        match comparison {
            Comparison::Equal => self.same(left, right, scope),
            Comparison::Unequal => Ok(self.same(left, right, scope)?.negated()),
            order => self.in_order(left, order, right, scope),
        }
    }

    /// Some value of the one side is some value of the other.
    pub(super) fn same(
        &mut self,
        left: &Term,
        right: &Term,
        scope: &mut Scope,
    ) -> Result<Formula, String> {
        let is_path = |term: &Term| matches!(term.as_atom(), Some(Atom::Path(path)) if !path.properties.is_empty());
        let (path, other) = if is_path(left) {
            (left, right)
        } else {
            (right, left)
        };
        let sought = self.sought(other, scope)?;
        let matches = self.matches(path, &sought.word, scope)?;
        let parts = sought.parts.into_iter().chain([matches]);
        Ok(Formula::some(sought.variables, Formula::all(parts)))
    }

    /// Some value of the term is that word.
    pub(super) fn matches(
        &mut self,
        term: &Term,
        word: &str,
        scope: &mut Scope,
    ) -> Result<Formula, String> {
        if let Some(Atom::Path(path)) = term.as_atom() {
            return self.holds(path, word, scope);
        }
        let sought = self.sought(term, scope)?;
        let parts = sought
            .parts
            .into_iter()
            .chain([Formula::equal(&sought.word, word)]);
        Ok(Formula::some(sought.variables, Formula::all(parts)))
    }

    /// The term's value.
    pub(super) fn sought(&mut self, term: &Term, scope: &mut Scope) -> Result<Sought, String> {
        match term.as_atom() {
            Some(atom) => self.sought_atom(atom, scope),
            None => self.sum(term, scope),
        }
    }

    pub(super) fn sought_atom(&mut self, atom: &Atom, scope: &mut Scope) -> Result<Sought, String> {
        let mut sought = Sought {
            variables: Vec::new(),
            parts: Vec::new(),
            word: String::new(),
        };
        match atom {
            Atom::Path(path) if !path.properties.is_empty() => {
                let last = path.properties.last();
                if last.is_some_and(|last| self.is_flag(last)) {
                    sought.word = self.truth();
                    sought.parts.push(self.holds(path, "", scope)?);
                    return Ok(sought);
                }
                sought.word = scope.variable("value");
                let of_type = last.and_then(|last| self.type_of_values(last));
                sought.variables.push((sought.word.clone(), of_type));
                let holds = self.holds(path, &sought.word.clone(), scope)?;
                sought.parts.push(holds);
            }
            atom => sought.word = self.word(atom, scope)?,
        }
        Ok(sought)
    }

    /// The path has that value.
    pub(super) fn holds(
        &mut self,
        path: &Path,
        value: &str,
        scope: &mut Scope,
    ) -> Result<Formula, String> {
        let Some((last, before)) = path.properties.split_last() else {
            let root = self.root(&path.root, scope)?;
            return Ok(Formula::equal(&root, value));
        };
        let (variables, mut parts, owner) = self.followed(&path.root, before, scope)?;
        if self.is_flag(last) && value.starts_with('?') {
            // Of a flag there is one value.
            parts.push(Formula::equal(value, &self.truth()));
        }
        parts.push(Formula::Holds(self.fact(last, &owner, Some(value))));
        Ok(Formula::some(variables, Formula::all(parts)))
    }

    /// What stands at the end of some properties: the variables on the way, what holds of them, the last.
    pub(super) fn followed(
        &mut self,
        root: &Root,
        properties: &[Iri],
        scope: &mut Scope,
    ) -> Result<(Vec<Typed>, Vec<Formula>, String), String> {
        let mut owner = self.root(root, scope)?;
        let (mut parts, mut variables) = (Vec::new(), Vec::new());
        for property in properties {
            let next = scope.variable("via");
            parts.push(Formula::Holds(self.fact(property, &owner, Some(&next))));
            variables.push((next.clone(), self.type_of_values(property)));
            owner = next;
        }
        Ok((variables, parts, owner))
    }

    /// The path has a value.
    fn exists(&mut self, path: &Path, scope: &mut Scope) -> Result<Formula, String> {
        let Some(last) = path.properties.last() else {
            let root = self.root(&path.root, scope)?;
            return Ok(self.is_there(&root));
        };
        if self.is_flag(last) {
            return self.holds(path, "", scope);
        }
        let some = scope.variable("some");
        let of_type = self.type_of_values(last);
        let holds = self.holds(path, &some, scope)?;
        Ok(Formula::some(vec![(some, of_type)], holds))
    }

    /// Some value of the path is of that class.
    fn is_of(&mut self, path: &Path, class: &Iri, scope: &mut Scope) -> Result<Formula, String> {
        self.know(class);
        let members = self.kinds.members(class).cloned().unwrap_or_default();
        if members.len() <= LISTED {
            let members: Vec<String> = members.into_iter().collect();
            return self.among(path, &members, scope);
        }
        let Some(last) = path.properties.last() else {
            let root = self.root(&path.root, scope)?;
            return Ok(self.kinds.is(class, &root, &mut self.labels));
        };
        let some = scope.variable("some");
        let of_type = self.type_of_values(last);
        let holds = self.holds(path, &some, scope)?;
        let is = self.kinds.is(class, &some, &mut self.labels);
        Ok(Formula::some(
            vec![(some, of_type)],
            Formula::all([holds, is]),
        ))
    }

    /// Some value of the path is one of these.
    fn among(
        &mut self,
        path: &Path,
        members: &[String],
        scope: &mut Scope,
    ) -> Result<Formula, String> {
        let mut parts = Vec::new();
        for member in members {
            parts.push(self.holds(path, member, scope)?);
        }
        Ok(Formula::any(parts))
    }

    pub(super) fn root(&mut self, root: &Root, scope: &Scope) -> Result<String, String> {
        if let Some(words) = scope.of(root) {
            return match words {
                [only] if !scope.is_multiple(root) => Ok(only.clone()),
                _ => Err("it takes several things as one".to_owned()),
            };
        }
        match root {
            Root::Individual(iri) => {
                let value = Value::Entity(self.world.canonical(iri));
                Ok(self.object(&value))
            }
            Root::Service | Root::Account | Root::Provider => {
                Err("it speaks of the service, account or provider of nothing".to_owned())
            }
            Root::Subject | Root::Variable(_) => Err("it speaks of what has no value".to_owned()),
        }
    }

    pub(super) fn word(&mut self, atom: &Atom, scope: &Scope) -> Result<String, String> {
        match atom {
            Atom::Literal(literal) => Ok(self.object(&Value::Literal(literal.clone()))),
            Atom::Path(path) if path.properties.is_empty() => self.root(&path.root, scope),
            Atom::Path(_) => Err("it takes a value from a path".to_owned()),
            Atom::Count(_) => Err("it counts".to_owned()),
        }
    }

    /// The type that all values of a property have, if it is one of PDDL's.
    pub(super) fn type_of_values(&mut self, property: &Iri) -> Option<String> {
        let ranges: BTreeSet<Iri> = self.world.property(property)?.ranges.clone();
        let held = self.held.get(property).cloned().unwrap_or_default();
        let fits = |range: &&Iri| {
            let members = self.kinds.members(range);
            members.is_some_and(|members| held.is_subset(members))
        };
        let range = ranges.iter().find(fits)?;
        self.kinds.typed(range, &mut self.labels)
    }
}
