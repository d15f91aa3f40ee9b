//! Which values a property may have as far as conditions can tell, and whether any of them is what they ask for.
//!
//! In: conditions on one path. Out: can they hold together? The values of a state property are those that are declared;
//! of anything else there may be a value that nobody has named.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use samos_model::text::Comparison;
use samos_model::vocabulary::samos;
use samos_model::{Atom, Conjunct, Decimal, Iri, Path, Root, Term, Value, World};

/// What may stand at a path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Candidate {
    /// Nothing.
    Nothing,
    /// That value.
    Value(Value),
    /// A number nobody names, between those that somebody does.
    Number(Decimal),
    /// Anything else: equal to nothing that is named, and of any class.
    Other,
}

pub(super) struct Values<'w> {
    pub(super) world: &'w dyn World,
    entities: RefCell<BTreeMap<Iri, Rc<Vec<Iri>>>>,
}

impl<'w> Values<'w> {
    pub(super) fn new(world: &'w dyn World) -> Self {
        Self {
            world,
            entities: RefCell::default(),
        }
    }

    pub(super) fn entities_of(&self, class: &Iri) -> Rc<Vec<Iri>> {
        let mut known = self.entities.borrow_mut();
        let entities = known
            .entry(class.clone())
            .or_insert_with(|| Rc::new(self.world.entities_of(class)));
        Rc::clone(entities)
    }

    /// Does the path lead to one value at most?
    pub(super) fn is_single(&self, path: &Path) -> bool {
        let mut schemas = path.properties.iter().map(|one| self.world.property(one));
        !path.properties.is_empty()
            && schemas.all(|schema| schema.is_some_and(|schema| schema.functional))
    }

    /// The declared states of a property whose values are states; `None` for any other.
    pub(super) fn states(&self, property: &Iri) -> Option<Rc<Vec<Iri>>> {
        let state = Iri::from(samos::STATE);
        let schema = self.world.property(property)?;
        let of_state = schema
            .ranges
            .iter()
            .filter(|range| self.world.is_subtype(range, &state));
        // The narrowest range says the most.
        let declared = of_state.map(|range| self.entities_of(range));
        declared
            .filter(|states| !states.is_empty())
            .min_by_key(|states| states.len())
    }

    /// Can conditions on a path hold together? With `among`, only with one of those values or with none.
    pub(super) fn can_hold(
        &self,
        path: &Path,
        conjuncts: &[&Conjunct],
        among: Option<&BTreeSet<Value>>,
    ) -> bool {
        let mut candidates = BTreeSet::from([Candidate::Nothing]);
        let mut numbers: BTreeSet<Decimal> = BTreeSet::new();
        let states = path.properties.last().and_then(|last| self.states(last));
        if let Some(states) = &states {
            let states = states.iter().cloned().map(Value::Entity);
            candidates.extend(states.map(Candidate::Value));
        } else {
            candidates.insert(Candidate::Other);
            for value in conjuncts.iter().flat_map(|one| constants(one)) {
                numbers.extend(number(&value));
                candidates.insert(Candidate::Value(value));
            }
        }
        if let Some(among) = among {
            candidates.retain(|one| match one {
                Candidate::Value(value) => among.contains(value),
                Candidate::Nothing => true,
                _ => false,
            });
            candidates.extend(among.iter().cloned().map(Candidate::Value));
        } else {
            let half = Decimal::new(5, 1);
            for number in &numbers {
                for near in [
                    *number - half,
                    *number - Decimal::ONE,
                    *number + half,
                    *number + Decimal::ONE,
                ] {
                    candidates.insert(Candidate::Number(near));
                }
            }
            let pairs = numbers.iter().zip(numbers.iter().skip(1));
            candidates
                .extend(pairs.map(|(one, next)| Candidate::Number((*one + *next) / Decimal::TWO)));
        }
        candidates.iter().any(|candidate| {
            conjuncts
                .iter()
                .all(|one| self.may_be(candidate, path, one))
        })
    }

    /// Can conditions on a path hold where that value stands there?
    pub(super) fn holds(&self, path: &Path, conjuncts: &[&Conjunct], value: &Value) -> bool {
        let candidate = Candidate::Value(value.clone());
        conjuncts
            .iter()
            .all(|one| self.may_be(&candidate, path, one))
    }

    /// Could a condition on the path hold if that stood there? What cannot be told could.
    fn may_be(&self, candidate: &Candidate, path: &Path, conjunct: &Conjunct) -> bool {
        self.judge(candidate, path, conjunct).unwrap_or(true)
    }

    fn judge(&self, candidate: &Candidate, path: &Path, conjunct: &Conjunct) -> Option<bool> {
        match conjunct {
            Conjunct::Compare {
                left,
                comparison,
                right,
            } => {
                let (value, comparison) = match (as_path(left), as_path(right)) {
                    (Some(own), _) if own == path => (constant(right)?, *comparison),
                    (_, Some(own)) if own == path => (constant(left)?, turned(*comparison)),
                    _ => return None,
                };
                Some(match comparison {
                    Comparison::Equal => self.same(candidate, &value),
                    Comparison::Unequal => !self.same(candidate, &value),
                    order => return self.ordered(candidate, order, &value),
                })
            }
            Conjunct::Is { of_type, .. } => match candidate {
                Candidate::Nothing => Some(false),
                Candidate::Value(Value::Entity(entity)) => {
                    Some(self.world.has_type(entity, of_type))
                }
                _ => None,
            },
            Conjunct::In { values, .. } => {
                let values: Option<Vec<Value>> = values.iter().map(atom).collect();
                Some(values?.iter().any(|value| self.same(candidate, value)))
            }
            Conjunct::Contains { value, .. } => Some(self.same(candidate, &atom(value)?)),
            Conjunct::Exists { .. } => Some(*candidate != Candidate::Nothing),
            Conjunct::Not(inner) => self.judge(candidate, path, inner).map(|holds| !holds),
            Conjunct::Either(_) => None,
        }
    }

    fn ordered(
        &self,
        candidate: &Candidate,
        comparison: Comparison,
        value: &Value,
    ) -> Option<bool> {
        let own = match candidate {
            Candidate::Nothing => return Some(false),
            Candidate::Value(own) => number(own)?,
            Candidate::Number(own) => *own,
            Candidate::Other => return Some(false),
        };
        // What is ordered otherwise, such as moments, is not judged.
        let other = number(value)?;
        Some(match comparison {
            Comparison::Less => own < other,
            Comparison::AtMost => own <= other,
            Comparison::Greater => own > other,
            Comparison::AtLeast => own >= other,
            Comparison::Equal | Comparison::Unequal => return None,
        })
    }

    fn same(&self, candidate: &Candidate, value: &Value) -> bool {
        match (candidate, value) {
            (Candidate::Value(Value::Entity(own)), Value::Entity(other)) => {
                self.world.canonical(own) == self.world.canonical(other)
            }
            (Candidate::Value(own), other) => match (number(own), number(other)) {
                (Some(own), Some(other)) => own == other,
                _ => own == other,
            },
            (Candidate::Number(own), other) => number(other) == Some(*own),
            (Candidate::Nothing | Candidate::Other, _) => false,
        }
    }

    /// A value in words.
    pub(super) fn say(&self, value: &Value) -> String {
        match value {
            Value::Entity(iri) => format!("`{}`", self.world.compact(iri)),
            Value::Literal(literal) => format!("`{}`", literal.lexical),
        }
    }
}

fn number(value: &Value) -> Option<Decimal> {
    value.as_literal()?.number()
}

fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::AtMost => Comparison::AtLeast,
        Comparison::Greater => Comparison::Less,
        Comparison::AtLeast => Comparison::AtMost,
        same => same,
    }
}

/// The path that a term is, with at least one property.
fn as_path(term: &Term) -> Option<&Path> {
    match term.as_atom()? {
        Atom::Path(path) if !path.properties.is_empty() => Some(path),
        _ => None,
    }
}

/// The value that a term names.
pub(super) fn constant(term: &Term) -> Option<Value> {
    atom(term.as_atom()?)
}

fn atom(atom: &Atom) -> Option<Value> {
    match atom {
        Atom::Literal(literal) => Some(Value::Literal(literal.clone())),
        Atom::Path(Path {
            root: Root::Individual(iri),
            properties,
        }) if properties.is_empty() => Some(Value::Entity(iri.clone())),
        _ => None,
    }
}

/// The one path that a condition is about, if it compares that with what is named.
pub(super) fn path_of(conjunct: &Conjunct) -> Option<&Path> {
    match conjunct {
        Conjunct::Compare { left, right, .. } => match (as_path(left), as_path(right)) {
            (Some(path), None) => constant(right).map(|_| path),
            (None, Some(path)) => constant(left).map(|_| path),
            _ => None,
        },
        Conjunct::Is { path, .. }
        | Conjunct::In { path, .. }
        | Conjunct::Contains { path, .. }
        | Conjunct::Exists { path } => (!path.properties.is_empty()).then_some(path),
        Conjunct::Not(inner) => path_of(inner),
        Conjunct::Either(_) => None,
    }
}

/// The values that a condition names.
fn constants(conjunct: &Conjunct) -> Vec<Value> {
    match conjunct {
        Conjunct::Compare { left, right, .. } => {
            [left, right].into_iter().filter_map(constant).collect()
        }
        Conjunct::In { values, .. } => values.iter().filter_map(atom).collect(),
        Conjunct::Contains { value, .. } => atom(value).into_iter().collect(),
        Conjunct::Not(inner) => constants(inner),
        Conjunct::Is { .. } | Conjunct::Exists { .. } | Conjunct::Either(_) => Vec::new(),
    }
}
