//! Sums, orders and counts over the numbers that occur: order and sums of them are facts that never change.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::text::{Atom, Comparison, Path, Sign, Term};
use samos_model::vocabulary::xsd;
use samos_model::{Decimal, Iri, Literal, Value};

use super::Estate;
use super::conditions::Sought;
use super::formula::{Fact, Formula, Typed};
use super::scope::Scope;

/// More numbers than these are not set in order.
const MOST_NUMBERS: usize = 120;

/// More things than these are not told apart one by one.
const MOST_COUNTED: usize = 4;

/// The predicates that say how numbers relate.
pub(super) const LESS: &str = "less";
pub(super) const SUM: &str = "sum";

/// The numbers that occur, and what was asked about them.
#[derive(Default)]
pub(super) struct Numbers {
    pub(super) words: BTreeMap<Decimal, String>,
    is_ordered: bool,
    addends: BTreeSet<String>,
    is_added: bool,
}

impl Numbers {
    /// Adds what can be reached by adding these to each other so many times.
    pub(super) fn reach(
        &mut self,
        by: &BTreeSet<Decimal>,
        times: usize,
        mut name: impl FnMut(Decimal) -> String,
    ) {
        let zero = name(Decimal::ZERO);
        self.words.insert(Decimal::ZERO, zero);
        for _ in 0..times {
            let now: Vec<Decimal> = self.words.keys().copied().collect();
            for number in now {
                for next in by.iter().flat_map(|by| {
                    [number.checked_add(*by), number.checked_sub(*by)]
                        .into_iter()
                        .flatten()
                }) {
                    if self.words.len() >= MOST_NUMBERS {
                        return;
                    }
                    let next = next.normalize();
                    self.words.entry(next).or_insert_with(|| name(next));
                }
            }
        }
    }

    /// The facts about numbers that conditions ask for.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let fact = |name: &str, words: &[&String]| Fact {
            name: name.to_owned(),
            words: words.iter().map(|word| (*word).clone()).collect(),
        };
        let mut facts = Vec::new();
        if self.is_ordered {
            for (low, one) in &self.words {
                let above = self.words.range(low..).skip(1);
                facts.extend(above.map(|(_, other)| fact(LESS, &[one, other])));
            }
        }
        if self.is_added {
            let any = self.addends.iter().any(|word| word.starts_with('?'));
            for (number, one) in &self.words {
                for (by, other) in &self.words {
                    if !any && !self.addends.contains(other) {
                        continue;
                    }
                    let total = number.checked_add(*by).map(|total| total.normalize());
                    if let Some(total) = total.and_then(|total| self.words.get(&total)) {
                        facts.push(fact(SUM, &[one, other, total]));
                    }
                }
            }
        }
        facts
    }

    fn of(&self, word: &str) -> Option<Decimal> {
        let mut found = self.words.iter();
        found.find_map(|(number, own)| (own == word).then_some(*number))
    }
}

impl Estate<'_> {
    fn ordered(&mut self) -> Result<(), String> {
        self.numbers.is_ordered = true;
        if self.numbers.words.len() > MOST_NUMBERS {
            return Err("it sets more numbers in order than can be listed".to_owned());
        }
        Ok(())
    }

    /// Some pair of values is in that order.
    pub(super) fn in_order(
        &mut self,
        left: &Term,
        order: Comparison,
        right: &Term,
        scope: &mut Scope,
    ) -> Result<Formula, String> {
        self.ordered()?;
        let (left, right) = (self.sought(left, scope)?, self.sought(right, scope)?);
        let (low, high) = match order {
            Comparison::Less | Comparison::AtMost => (&left.word, &right.word),
            _ => (&right.word, &left.word),
        };
        for word in [low, high] {
            if !word.starts_with('?') && self.numbers.of(word).is_none() {
                return Err("it sets in order what is no number".to_owned());
            }
        }
        let less = Formula::fact(LESS, &[low, high]);
        let holds = match order {
            Comparison::Less | Comparison::Greater => less,
            _ => Formula::any([less, self.same_number(low, high)]),
        };
        let parts = left.parts.into_iter().chain(right.parts).chain([holds]);
        let variables = left.variables.into_iter().chain(right.variables).collect();
        Ok(Formula::some(variables, Formula::all(parts)))
    }

    /// Equal, and a number: what is no number is in no order.
    fn same_number(&self, one: &str, other: &str) -> Formula {
        Formula::equal(one, other)
    }

    /// The value of a sum.
    pub(super) fn sum(&mut self, term: &Term, scope: &mut Scope) -> Result<Sought, String> {
        let mut total = self.sought_atom(&term.first, scope)?;
        for (sign, atom) in &term.rest {
            let next = self.sought_atom(atom, scope)?;
            total.variables.extend(next.variables);
            total.parts.extend(next.parts);
            let result = scope.variable("sum");
            let sum = self.added(&total.word, &next.word, &result, *sign);
            total.parts.push(sum);
            total.variables.push((result.clone(), None));
            total.word = result;
        }
        Ok(total)
    }

    /// `result = one ± other`.
    pub(super) fn added(&mut self, one: &str, other: &str, result: &str, sign: Sign) -> Formula {
        self.numbers.is_added = true;
        self.numbers.addends.insert(other.to_owned());
        match sign {
            Sign::Plus => Formula::fact(SUM, &[one, other, result]),
            Sign::Minus => Formula::fact(SUM, &[result, other, one]),
        }
    }

    /// A comparison in which something is counted.
    pub(super) fn counted(
        &mut self,
        left: &Term,
        comparison: Comparison,
        right: &Term,
        scope: &mut Scope,
    ) -> Result<Formula, String> {
        let signed = |term: &Term, flip: bool| -> Vec<(bool, Atom)> {
            let first = std::iter::once((Sign::Plus, term.first.clone()));
            let rest = term.rest.iter().cloned();
            first
                .chain(rest)
                .map(|(sign, atom)| ((sign == Sign::Plus) != flip, atom))
                .collect()
        };
        // Everything on one side: the count, compared with the rest taken away.
        let mut all = signed(left, false);
        all.extend(signed(right, true));
        let mut fixed = Decimal::ZERO;
        let mut counted: Option<(bool, Path)> = None;
        let mut measured: Option<(bool, Atom)> = None;
        for (is_plus, atom) in all {
            let known = match &atom {
                Atom::Count(path) if path.properties.is_empty() => {
                    let words = scope.of(&path.root).map_or(1, <[String]>::len);
                    Some(Decimal::from(words))
                }
                Atom::Count(path) => {
                    if counted.replace((is_plus, path.clone())).is_some() {
                        return Err("it counts twice".to_owned());
                    }
                    continue;
                }
                Atom::Literal(literal) => literal.number(),
                Atom::Path(path) if path.properties.is_empty() => {
                    let word = self.root(&path.root, scope)?;
                    self.numbers.of(&word)
                }
                Atom::Path(_) => None,
            };
            match known {
                Some(number) if is_plus => fixed += number,
                Some(number) => fixed -= number,
                None if measured.replace((is_plus, atom)).is_some() => {
                    return Err("it counts against a sum".to_owned());
                }
                None => {}
            }
        }
        let Some((is_plus, path)) = counted else {
            return Ok(if decided(fixed, comparison, Decimal::ZERO) {
                Formula::truth()
            } else {
                self.undecided(fixed, comparison, measured, scope)?
            });
        };
        // count + fixed ± measured ? 0, with the count's sign made plus.
        let comparison = if is_plus {
            comparison
        } else {
            turned(comparison)
        };
        let fixed = if is_plus { fixed } else { -fixed };
        match measured {
            None => self.count_is(&path, comparison, -fixed, scope),
            Some((sign, atom)) => {
                let sought = self.sought_atom(&atom, scope)?;
                let mut cases = Vec::new();
                for (number, word) in self.measures(&atom) {
                    let number = if sign == is_plus { -number } else { number };
                    let count = self.count_is(&path, comparison, number - fixed, scope)?;
                    cases.push(Formula::all([Formula::equal(&sought.word, &word), count]));
                }
                let parts = sought.parts.into_iter().chain([Formula::any(cases)]);
                Ok(Formula::some(sought.variables, Formula::all(parts)))
            }
        }
    }

    /// A comparison in which only elements of a parameter are counted.
    fn undecided(
        &mut self,
        fixed: Decimal,
        comparison: Comparison,
        measured: Option<(bool, Atom)>,
        scope: &mut Scope,
    ) -> Result<Formula, String> {
        let Some((sign, atom)) = measured else {
            return Ok(Formula::falsehood());
        };
        let sought = self.sought_atom(&atom, scope)?;
        let mut cases = Vec::new();
        for (number, word) in self.measures(&atom) {
            let number = if sign { number } else { -number };
            if decided(fixed + number, comparison, Decimal::ZERO) {
                cases.push(Formula::equal(&sought.word, &word));
            }
        }
        let parts = sought.parts.into_iter().chain([Formula::any(cases)]);
        Ok(Formula::some(sought.variables, Formula::all(parts)))
    }

    /// The numbers that an atom may be: those its property has, where nothing writes it.
    fn measures(&self, atom: &Atom) -> Vec<(Decimal, String)> {
        let property = match atom {
            Atom::Path(path) => path.properties.last(),
            _ => None,
        };
        let held = property
            .filter(|property| !self.written.contains(*property))
            .and_then(|property| self.held.get(property));
        let all = self.numbers.words.iter();
        all.filter(|(_, word)| held.is_none_or(|held| held.contains(*word)))
            .map(|(number, word)| (*number, word.clone()))
            .collect()
    }

    fn count_is(
        &mut self,
        path: &Path,
        comparison: Comparison,
        number: Decimal,
        scope: &mut Scope,
    ) -> Result<Formula, String> {
        let whole = |number: Decimal| i64::try_from(number).unwrap_or(i64::MAX);
        let (floor, ceil) = (whole(number.floor()), whole(number.ceil()));
        match comparison {
            Comparison::AtLeast => self.at_least(path, ceil, scope),
            Comparison::Greater => self.at_least(path, floor + 1, scope),
            Comparison::AtMost => Ok(self.at_least(path, floor + 1, scope)?.negated()),
            Comparison::Less => Ok(self.at_least(path, ceil, scope)?.negated()),
            Comparison::Equal | Comparison::Unequal => {
                let is = if floor == ceil {
                    let more = self.at_least(path, floor + 1, scope)?.negated();
                    Formula::all([self.at_least(path, floor, scope)?, more])
                } else {
                    Formula::falsehood()
                };
                Ok(if comparison == Comparison::Equal {
                    is
                } else {
                    is.negated()
                })
            }
        }
    }

    /// The path has so many values or more.
    fn at_least(&mut self, path: &Path, least: i64, scope: &mut Scope) -> Result<Formula, String> {
        let Ok(least) = usize::try_from(least) else {
            return Ok(Formula::truth());
        };
        if least == 0 {
            return Ok(Formula::truth());
        }
        let last = path.properties.last().cloned();
        let range = last.as_ref().and_then(|last| self.universe(last));
        let of_type = match &range {
            Some(range) => self.kinds.typed(range, &mut self.labels),
            None => None,
        };
        let all = range.as_ref().and_then(|range| self.kinds.members(range));
        let all = all.map(BTreeSet::len);
        if all.is_some_and(|all| all < least) {
            return Ok(Formula::falsehood());
        }
        // Where nearly all would have to be there, it is shorter to say that so many are missing.
        let missing = all.map(|all| all - least + 1);
        let is_single = path.properties.len() == 1;
        let by_missing =
            missing.filter(|missing| *missing < least && is_single && of_type.is_some());
        let number = by_missing.unwrap_or(least);
        if number > MOST_COUNTED {
            return Err(format!("it counts up to {least}"));
        }
        let (mut variables, mut parts): (Vec<Typed>, Vec<Formula>) = (Vec::new(), Vec::new());
        for _ in 0..number {
            let one = scope.variable("one");
            for (other, _) in &variables {
                parts.push(Formula::equal(&one, other).negated());
            }
            let holds = self.holds(path, &one, scope)?;
            parts.push(if by_missing.is_some() {
                holds.negated()
            } else {
                holds
            });
            variables.push((one, of_type.clone()));
        }
        let found = Formula::some(variables, Formula::all(parts));
        Ok(if by_missing.is_some() {
            found.negated()
        } else {
            found
        })
    }

    /// A class that has everything that a property can hold.
    fn universe(&self, property: &Iri) -> Option<Iri> {
        let schema = self.world.property(property)?;
        let held = self.held.get(property);
        let mut ranges = schema.ranges.iter();
        ranges
            .find(|range| {
                let members = self.kinds.members(range);
                members.is_some_and(|members| held.is_none_or(|held| held.is_subset(members)))
            })
            .cloned()
    }

    /// The word of a number.
    pub(super) fn number(&mut self, number: Decimal) -> String {
        let number = number.normalize();
        let datatype = if number.scale() == 0 {
            xsd::INTEGER
        } else {
            xsd::DECIMAL
        };
        let value = Value::Literal(Literal::new(number.to_string(), datatype));
        self.object(&value)
    }
}

fn decided(left: Decimal, comparison: Comparison, right: Decimal) -> bool {
    match comparison {
        Comparison::Equal => left == right,
        Comparison::Unequal => left != right,
        Comparison::Less => left < right,
        Comparison::AtMost => left <= right,
        Comparison::Greater => left > right,
        Comparison::AtLeast => left >= right,
    }
}

/// The comparison with its sides changed.
fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::AtMost => Comparison::AtLeast,
        Comparison::Greater => Comparison::Less,
        Comparison::AtLeast => Comparison::AtMost,
        same => same,
    }
}
