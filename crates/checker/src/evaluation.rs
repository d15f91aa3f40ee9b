//! What a condition is worth in a state: true, false or unknown.
//!
//! Paper: sections "Request pre condition" and "Request post condition".
//!
//! In: a view of a state, a scope for the roots, a conjunct. Out: Kleene truth values, and the values of paths and
//! terms. Not here: assuming what is unknown, and changing anything.

use std::cmp::Ordering;

use samos_model::{
    Atom, Comparison, Condition, Conjunct, Decimal, Iri, Path, Root, Sign, Term, Truth,
};

use crate::scope::{MOST_COMBINATIONS, Scope};
use crate::state::{Known, View};
use crate::thing::Thing;

impl View<'_> {
    /// What stands at a path.
    pub(crate) fn path(&self, scope: &Scope, path: &Path) -> Known {
        let root = self.root(scope, &path.root);
        path.properties
            .iter()
            .fold(root, |from, property| self.follow(&from, property))
    }

    /// What stands at a path without its last property, and that property.
    pub(crate) fn prefix<'p>(&self, scope: &Scope, path: &'p Path) -> Option<(Known, &'p Iri)> {
        let (last, before) = path.properties.split_last()?;
        let root = self.root(scope, &path.root);
        let prefix = before
            .iter()
            .fold(root, |from, property| self.follow(&from, property));
        Some((prefix, last))
    }

    fn root(&self, scope: &Scope, root: &Root) -> Known {
        match root {
            Root::Variable(name) if !scope.variables.contains_key(name) => Known::nothing(),
            root => self.present(self.things_at(scope, root)),
        }
    }

    /// What a root stands for, deleted or not.
    pub(crate) fn things_at(&self, scope: &Scope, root: &Root) -> Vec<Thing> {
        match root {
            Root::Subject => scope.subject.iter().cloned().collect(),
            Root::Account => scope.owners.account.iter().cloned().collect(),
            Root::Service => scope.owners.service.iter().cloned().collect(),
            Root::Provider => scope.owners.provider.iter().cloned().collect(),
            Root::Individual(iri) => vec![Thing::Entity(self.world.canonical(iri))],
            Root::Variable(name) => match scope.variables.get(name) {
                None => Vec::new(),
                Some(variable) => match &variable.focus {
                    Some(element) => vec![element.clone()],
                    None => variable.elements.to_vec(),
                },
            },
        }
    }

    fn follow(&self, from: &Known, property: &Iri) -> Known {
        let mut found = Known {
            complete: from.complete,
            ..Known::default()
        };
        let alone = from.only().is_some();
        for member in from.members.iter().filter(|member| !member.is_literal()) {
            let values = self.values(member, property);
            found.complete &= values.complete;
            found.members.extend(values.members);
            if alone {
                found.absent = values.absent;
            }
        }
        found
    }

    /// What a term is worth: one value, several, or numbers.
    pub(crate) fn term(&self, scope: &Scope, term: &Term) -> Known {
        match term.as_atom() {
            Some(atom) => self.atom(scope, atom),
            None => self.sum(scope, term),
        }
    }

    pub(crate) fn atom(&self, scope: &Scope, atom: &Atom) -> Known {
        match atom {
            Atom::Literal(literal) => Known::exactly([Thing::Literal(literal.clone())]),
            Atom::Path(path) => self.path(scope, path),
            Atom::Count(path) => match self.count(scope, path) {
                Some(count) => Known::exactly([Thing::number(Decimal::from(count))]),
                None => Known::nothing(),
            },
        }
    }

    /// How many values a path has, when that is known: opaque symbols may stand for each other or for known values.
    fn count(&self, scope: &Scope, path: &Path) -> Option<usize> {
        let known = match &path.root {
            Root::Variable(name) if path.properties.is_empty() => {
                let variable = scope.variables.get(name)?;
                self.present(variable.elements.iter().cloned())
            }
            _ => self.path(scope, path),
        };
        let opaque = |thing: &Thing| {
            let symbol = thing.as_symbol();
            symbol.is_some_and(|symbol| !self.state.is_created(symbol))
        };
        let blurred = known.members.len() > 1 && known.members.iter().any(opaque);
        (known.complete && !blurred).then_some(known.members.len())
    }

    /// All sums over the numbers of the summands.
    fn sum(&self, scope: &Scope, term: &Term) -> Known {
        let mut sums = vec![Decimal::ZERO];
        let mut complete = true;
        let signed = std::iter::once((Sign::Plus, &term.first));
        let rest = term.rest.iter().map(|(sign, atom)| (*sign, atom));
        for (sign, atom) in signed.chain(rest) {
            let known = self.atom(scope, atom);
            let (numbers, known_all) = numbers(&known);
            complete &= known_all;
            let mut next = Vec::new();
            for sum in &sums {
                for number in &numbers {
                    let total = match sign {
                        Sign::Plus => sum.checked_add(*number),
                        Sign::Minus => sum.checked_sub(*number),
                    };
                    // A number too large to write is a number nobody knows.
                    complete &= total.is_some();
                    next.extend(total);
                }
            }
            next.sort_unstable();
            next.dedup();
            complete &= next.len() <= MOST_COMBINATIONS;
            next.truncate(MOST_COMBINATIONS);
            sums = next;
        }
        Known {
            members: sums.into_iter().map(Thing::number).collect(),
            complete,
            ..Known::default()
        }
    }

    /// What a condition is worth.
    pub(crate) fn condition(&self, scope: &Scope, condition: &Condition) -> Truth {
        condition
            .conjuncts
            .iter()
            .map(|conjunct| self.conjunct(scope, conjunct))
            .fold(Truth::True, Truth::and)
    }

    /// What a conjunct is worth for the elements that the scope has in focus.
    pub(crate) fn conjunct(&self, scope: &Scope, conjunct: &Conjunct) -> Truth {
        match conjunct {
            Conjunct::Compare {
                left,
                comparison,
                right,
            } => {
                let (left, right) = (self.term(scope, left), self.term(scope, right));
                match comparison {
                    Comparison::Equal => self.some_equal(&left, &right),
                    Comparison::Unequal => !self.some_equal(&left, &right),
                    order => self.some_in_order(&left, *order, &right),
                }
            }
            Conjunct::Is { path, of_type } => self.some_of(&self.path(scope, path), of_type),
            Conjunct::In { path, values } => {
                let known = self.path(scope, path);
                values
                    .iter()
                    .map(|value| self.some_equal(&known, &self.atom(scope, value)))
                    .fold(Truth::False, Truth::or)
            }
            Conjunct::Contains { path, value } => {
                self.some_equal(&self.path(scope, path), &self.atom(scope, value))
            }
            Conjunct::Exists { path } => {
                let known = self.path(scope, path);
                match (known.members.is_empty(), known.complete) {
                    (false, _) => Truth::True,
                    (true, true) => Truth::False,
                    (true, false) => Truth::Unknown,
                }
            }
            Conjunct::Not(inner) => !self.conjunct(scope, inner),
            Conjunct::Either(alternatives) => alternatives
                .iter()
                .map(|alternative| self.condition(scope, alternative))
                .fold(Truth::False, Truth::or),
        }
    }

    /// Is some value of the one side the same as some value of the other?
    pub(crate) fn some_equal(&self, left: &Known, right: &Known) -> Truth {
        let mut answer = Truth::False;
        for one in &left.members {
            for other in &right.members {
                answer = answer.or(self.equal(one, other));
                if answer == Truth::True {
                    return answer;
                }
            }
        }
        let nothing_else = match (left.complete, right.complete) {
            (true, true) => true,
            (true, false) => self.all_absent(left, right),
            (false, true) => self.all_absent(right, left),
            (false, false) => false,
        };
        if nothing_else || cfg!(feature = "planted-fault") {
            answer
        } else {
            answer.or(Truth::Unknown)
        }
    }

    /// Are all values of a known side known to be absent from the other?
    fn all_absent(&self, known: &Known, other: &Known) -> bool {
        known.members.iter().all(|member| {
            let mut absent = other.absent.iter();
            absent.any(|absent| self.equal(member, absent) == Truth::True)
        })
    }

    fn some_of(&self, known: &Known, class: &Iri) -> Truth {
        let open = if known.complete {
            Truth::False
        } else {
            Truth::Unknown
        };
        known
            .members
            .iter()
            .map(|member| self.is_of(member, class))
            .fold(open, Truth::or)
    }

    fn some_in_order(&self, left: &Known, order: Comparison, right: &Known) -> Truth {
        let empty = |side: &Known| side.complete && side.members.is_empty();
        if empty(left) || empty(right) {
            return Truth::False;
        }
        let mut answer = if left.complete && right.complete {
            Truth::False
        } else {
            Truth::Unknown
        };
        for one in &left.members {
            for other in &right.members {
                answer = answer.or(in_order(one, order, other));
            }
        }
        answer
    }
}

/// The numbers among the values, and whether these are all.
fn numbers(known: &Known) -> (Vec<Decimal>, bool) {
    let mut numbers = Vec::new();
    let mut complete = known.complete;
    for member in &known.members {
        match member {
            Thing::Literal(literal) => numbers.extend(literal.number()),
            Thing::Entity(_) => {}
            Thing::Symbol(_) => complete = false,
        }
    }
    (numbers, complete)
}

fn in_order(left: &Thing, order: Comparison, right: &Thing) -> Truth {
    let (left, right) = match (left, right) {
        (Thing::Symbol(_), _) | (_, Thing::Symbol(_)) => return Truth::Unknown,
        (Thing::Literal(left), Thing::Literal(right)) => (left, right),
        (Thing::Entity(_), _) | (_, Thing::Entity(_)) => return Truth::False,
    };
    let found = match (left.number(), right.number()) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ if left.datatype == right.datatype => left.lexical.cmp(&right.lexical),
        _ => return Truth::False,
    };
    let holds = match order {
        Comparison::Less => found == Ordering::Less,
        Comparison::AtMost => found != Ordering::Greater,
        Comparison::Greater => found == Ordering::Greater,
        Comparison::AtLeast => found != Ordering::Less,
        Comparison::Equal => found == Ordering::Equal,
        Comparison::Unequal => found != Ordering::Equal,
    };
    holds.into()
}
