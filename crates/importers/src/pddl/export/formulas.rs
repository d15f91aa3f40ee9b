//! Conditions and effects as PDDL writes them.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::text::{Atom, Comparison, Condition, Conjunct, Effect, Path, Root, Term};
use samos_model::{Iri, Operation, Value};

use super::Estate;
use super::mentions::{constant, visit_paths};

/// The words that roots stand for.
#[derive(Default)]
pub(super) struct Scope {
    words: BTreeMap<Root, String>,
    taken: BTreeSet<String>,
}

impl Scope {
    pub(super) fn bind(&mut self, root: Root, word: String) {
        self.words.insert(root, word);
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

    /// Does the conjunct speak of a parameter that is not given?
    pub(super) fn names_nothing(&self, conjunct: &Conjunct) -> bool {
        let mut found = false;
        visit_paths(conjunct, &mut |path| found |= self.is_nothing(&path.root));
        found
    }

    fn is_nothing(&self, root: &Root) -> bool {
        matches!(root, Root::Variable(_)) && !self.words.contains_key(root)
    }

    fn is_left_out(&self, path: &Path, value: Option<&Term>) -> bool {
        let named = value
            .into_iter()
            .flat_map(Term::atoms)
            .any(|atom| match atom {
                Atom::Path(path) | Atom::Count(path) => self.is_nothing(&path.root),
                Atom::Literal(_) => false,
            });
        named || self.is_nothing(&path.root)
    }
}

/// A part of a condition.
pub(super) enum Clause {
    /// `owner.property` has that value.
    Fact {
        property: Iri,
        owner: String,
        value: String,
        text: String,
    },
    Other(String),
}

impl Clause {
    pub(super) fn text(self) -> String {
        match self {
            Self::Fact { text, .. } | Self::Other(text) => text,
        }
    }
}

/// What the precondition knows of `owner.property`.
pub(super) type Known = BTreeMap<(String, Iri), String>;

impl Estate<'_> {
    pub(super) fn condition(
        &mut self,
        condition: &Condition,
        scope: &mut Scope,
    ) -> Result<Vec<String>, String> {
        condition
            .conjuncts
            .iter()
            .map(|part| Ok(self.conjunct(part, scope)?.text()))
            .collect()
    }

    pub(super) fn conjunct(
        &mut self,
        conjunct: &Conjunct,
        scope: &mut Scope,
    ) -> Result<Clause, String> {
        let text = match conjunct {
            Conjunct::Compare {
                left,
                comparison,
                right,
            } => return self.compare(left, *comparison, right, scope),
            Conjunct::Contains { path, value } => return self.equal(path, value, scope),
            Conjunct::Exists { path } => self.exists(path, scope)?,
            Conjunct::Is { path, of_type } => {
                let members: Vec<Value> = self
                    .world
                    .entities_of(of_type)
                    .into_iter()
                    .map(Value::Entity)
                    .collect();
                self.among(path, &members, scope)?
            }
            Conjunct::In { path, values } => {
                let members = values
                    .iter()
                    .map(|value| constant(value).ok_or("`in` lists what is no constant"));
                let members = members.collect::<Result<Vec<Value>, _>>()?;
                self.among(path, &members, scope)?
            }
            Conjunct::Not(inner) => format!("(not {})", self.conjunct(inner, scope)?.text()),
            Conjunct::Either(alternatives) => {
                let mut parts = Vec::new();
                for alternative in alternatives {
                    parts.push(format!(
                        "(and{})",
                        spaced(&self.condition(alternative, scope)?)
                    ));
                }
                format!("(or{})", spaced(&parts))
            }
        };
        Ok(Clause::Other(text))
    }

    fn compare(
        &mut self,
        left: &Term,
        comparison: Comparison,
        right: &Term,
        scope: &mut Scope,
    ) -> Result<Clause, String> {
        let (Some(left), Some(right)) = (left.as_atom(), right.as_atom()) else {
            return Err("it calculates".to_owned());
        };
        let is =
            |number: &str| matches!(right, Atom::Literal(literal) if &*literal.lexical == number);
        if let Atom::Count(path) = left {
            let some = self.exists(path, scope)?;
            return match comparison {
                Comparison::Equal if is("0") => Ok(Clause::Other(format!("(not {some})"))),
                Comparison::Less if is("1") => Ok(Clause::Other(format!("(not {some})"))),
                Comparison::Greater if is("0") => Ok(Clause::Other(some)),
                Comparison::AtLeast if is("1") => Ok(Clause::Other(some)),
                _ => Err("it counts".to_owned()),
            };
        }
        let equal = match (left, right) {
            (Atom::Path(path), value) if !path.properties.is_empty() => {
                self.equal(path, value, scope)?
            }
            (value, Atom::Path(path)) => self.equal(path, value, scope)?,
            (left, right) => {
                let (left, right) = (self.word(left, scope)?, self.word(right, scope)?);
                Clause::Other(format!("(= {left} {right})"))
            }
        };
        match comparison {
            Comparison::Equal => Ok(equal),
            Comparison::Unequal => Ok(Clause::Other(format!("(not {})", equal.text()))),
            _ => Err("it compares in order".to_owned()),
        }
    }

    /// Some value of the path is that value, or one of those of that path.
    fn equal(&mut self, path: &Path, value: &Atom, scope: &mut Scope) -> Result<Clause, String> {
        if let Atom::Path(other) = value
            && !other.properties.is_empty()
        {
            let met = scope.variable("met");
            let (left, right) = (
                self.holds(path, &met, scope)?,
                self.holds(other, &met, scope)?,
            );
            return Ok(Clause::Other(format!(
                "(exists ({met}) (and {left} {right}))"
            )));
        }
        let value = self.word(value, scope)?;
        let text = self.holds(path, &value, scope)?;
        Ok(match path.properties.as_slice() {
            [only] => Clause::Fact {
                property: only.clone(),
                owner: self.root(&path.root, scope)?,
                value,
                text,
            },
            _ => Clause::Other(text),
        })
    }

    /// The path has that value.
    fn holds(&mut self, path: &Path, value: &str, scope: &mut Scope) -> Result<String, String> {
        let mut owner = self.root(&path.root, scope)?;
        let Some((last, before)) = path.properties.split_last() else {
            return Ok(format!("(= {owner} {value})"));
        };
        let (mut parts, mut variables) = (Vec::new(), Vec::new());
        for property in before {
            let next = scope.variable("via");
            parts.push(self.atom(property, &owner, Some(&next)));
            variables.push(next.clone());
            owner = next;
        }
        let end = self.atom(last, &owner, Some(value));
        if variables.is_empty() {
            return Ok(end);
        }
        parts.push(end);
        Ok(format!(
            "(exists ({}) (and{}))",
            variables.join(" "),
            spaced(&parts)
        ))
    }

    /// The path has a value.
    fn exists(&mut self, path: &Path, scope: &mut Scope) -> Result<String, String> {
        let Some(last) = path.properties.last() else {
            return Ok("(and)".to_owned());
        };
        if self.is_flag(last) {
            return self.holds(path, "", scope);
        }
        let some = scope.variable("some");
        Ok(format!(
            "(exists ({some}) {})",
            self.holds(path, &some, scope)?
        ))
    }

    /// Some value of the path is one of these.
    fn among(
        &mut self,
        path: &Path,
        members: &[Value],
        scope: &mut Scope,
    ) -> Result<String, String> {
        let mut parts = Vec::new();
        for member in members {
            let word = self.labels.object(member);
            parts.push(self.holds(path, &word, scope)?);
        }
        Ok(match parts.as_slice() {
            [only] => only.clone(),
            _ => format!("(or{})", spaced(&parts)),
        })
    }

    fn root(&mut self, root: &Root, scope: &Scope) -> Result<String, String> {
        if let Some(word) = scope.words.get(root) {
            return Ok(word.clone());
        }
        match root {
            Root::Individual(iri) => Ok(self
                .labels
                .object(&Value::Entity(self.world.canonical(iri)))),
            Root::Service | Root::Account | Root::Provider => {
                Err("it speaks of the subject's service, account or provider".to_owned())
            }
            Root::Subject | Root::Variable(_) => Err("it speaks of what has no value".to_owned()),
        }
    }

    fn word(&mut self, atom: &Atom, scope: &Scope) -> Result<String, String> {
        match atom {
            Atom::Literal(literal) => Ok(self.labels.object(&Value::Literal(literal.clone()))),
            Atom::Path(path) if path.properties.is_empty() => self.root(&path.root, scope),
            Atom::Path(_) => Err("it takes a value from a path".to_owned()),
            Atom::Count(_) => Err("it counts".to_owned()),
        }
    }

    /// The effects' parts: what is taken away, then what is added.
    pub(super) fn effects(
        &mut self,
        operation: &Operation,
        scope: &mut Scope,
        known: &Known,
    ) -> Result<Vec<String>, String> {
        let (mut removed, mut added) = (Vec::new(), Vec::new());
        let not = |atoms: Vec<String>| atoms.into_iter().map(|atom| format!("(not {atom})"));
        for effect in &operation.postcondition {
            let (path, value) = match effect {
                Effect::Create { count: None, .. } => continue,
                Effect::Create { .. } => return Err("it creates several".to_owned()),
                Effect::Renew(_) => return Err("it renews a value".to_owned()),
                Effect::Delete(_) => return Err("it deletes a thing".to_owned()),
                Effect::Set { path, value }
                | Effect::Add { path, value }
                | Effect::Remove { path, value } => (path, Some(value)),
                Effect::Clear(path) => (path, None),
            };
            if scope.is_left_out(path, value) {
                continue;
            }
            let [property] = path.properties.as_slice() else {
                return Err("an effect is on something farther away".to_owned());
            };
            let owner = self.root(&path.root, scope)?;
            let word = match value {
                Some(value) => Some(self.word(value.as_atom().ok_or("it calculates")?, scope)?),
                None => None,
            };
            let functional = self
                .world
                .property(property)
                .is_some_and(|schema| schema.functional);
            match (effect, word) {
                (Effect::Add { .. } | Effect::Remove { .. }, Some(word)) => {
                    if self
                        .world
                        .property(property)
                        .is_some_and(|schema| schema.functional && !schema.object)
                    {
                        return Err("it counts".to_owned());
                    }
                    let atoms = self.carried(property, &owner, &word);
                    if matches!(effect, Effect::Remove { .. }) {
                        removed.extend(not(atoms));
                    } else {
                        if functional {
                            removed.extend(self.cleared(
                                &owner,
                                property,
                                known,
                                Some(&word),
                                scope,
                            ));
                        }
                        added.extend(atoms);
                    }
                }
                (_, Some(word)) => {
                    if !self.is_flag(property) {
                        removed.extend(self.cleared(&owner, property, known, Some(&word), scope));
                    }
                    added.extend(self.carried(property, &owner, &word));
                }
                (_, None) => removed.extend(self.cleared(&owner, property, known, None, scope)),
            }
        }
        removed.retain(|text| !added.iter().any(|atom| *text == format!("(not {atom})")));
        removed.extend(added);
        Ok(removed)
    }

    /// What takes all values away but one.
    fn cleared(
        &mut self,
        owner: &str,
        property: &Iri,
        known: &Known,
        keep: Option<&str>,
        scope: &mut Scope,
    ) -> Vec<String> {
        let functional = self
            .world
            .property(property)
            .is_some_and(|schema| schema.functional);
        if self.is_flag(property) {
            return vec![format!("(not {})", self.atom(property, owner, None))];
        }
        let negated = |atoms: Vec<String>| {
            atoms
                .into_iter()
                .map(|atom| format!("(not {atom})"))
                .collect::<Vec<_>>()
        };
        if functional && let Some(value) = known.get(&(owner.to_owned(), property.clone())) {
            return negated(self.carried(property, owner, value));
        }
        let old = scope.variable("old");
        let gone = negated(self.carried(property, owner, &old));
        let gone = if gone.len() == 1 {
            gone.concat()
        } else {
            format!("(and{})", spaced(&gone))
        };
        match keep {
            Some(keep) => vec![format!(
                "(forall ({old}) (when (not (= {old} {keep})) {gone}))"
            )],
            None => vec![format!("(forall ({old}) {gone})")],
        }
    }

    /// The fact, and what it says of equivalent properties, those above and inverses.
    fn carried(&mut self, property: &Iri, owner: &str, value: &str) -> Vec<String> {
        let mut atoms = vec![self.atom(property, owner, Some(value))];
        let Some(schema) = self.world.property(property).cloned() else {
            return atoms;
        };
        for other in schema.equivalents.iter().chain(&schema.supers) {
            if self.properties.contains_key(other) {
                atoms.push(self.atom(other, owner, Some(value)));
            }
        }
        for inverse in &schema.inverses {
            if self.properties.contains_key(inverse) {
                atoms.push(self.atom(inverse, value, Some(owner)));
            }
        }
        atoms
    }
}

/// Each with a space before it.
fn spaced(parts: &[String]) -> String {
    parts.iter().map(|part| format!(" {part}")).collect()
}
