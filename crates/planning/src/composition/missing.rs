//! What is missing where wanted types are out of reach: the fewest things that somebody would have to give.
//!
//! In: the problem of a question about types. Out: types to be given, wanted ones last among as few, and wanted types of
//! which a new thing would have to be made. A thing of one type may stand for several that are missing.

use super::Composition;
use super::numbers::Numbers;
use crate::minimum::{Effort, Producer, Solved, Within};
use crate::view::T;

/// What would make a plan.
pub(crate) struct Missing {
    /// Types of which something would have to be given.
    pub(crate) types: Vec<T>,
    /// Wanted types of which something new would have to be made.
    pub(crate) makers: Vec<T>,
    /// Is it proven that fewer are not enough?
    pub(crate) is_proven: bool,
}

/// One thing given.
const GIFT: u64 = 1_000_000;

impl Composition<'_> {
    /// The fewest things that somebody would have to give.
    pub(super) fn missing(&self, numbers: &Numbers<'_, '_>, effort: &mut Effort<'_>) -> Missing {
        let mut problem = self.problem.clone();
        let first_gift = problem.producers.len();
        for producer in &mut problem.producers {
            producer.weight = 0;
        }
        // What is to be new is made, and cannot be given.
        let mut gifts: Vec<(usize, bool)> = Vec::new();
        for (number, stands_for) in self.gifts(numbers) {
            let is_goal = stands_for.iter().any(|fact| problem.goal.contains(fact));
            problem.producers.push(Producer {
                needs: Vec::new(),
                adds: stands_for,
                weight: GIFT + u64::from(is_goal),
                duration: 1,
            });
            gifts.push((number, false));
        }
        for (at, fact) in self.facts.iter().enumerate().filter(|(_, it)| it.new) {
            problem.producers.push(Producer {
                needs: Vec::new(),
                adds: vec![at],
                weight: GIFT + 2,
                duration: 1,
            });
            gifts.push((fact.number, true));
        }
        let (set, is_proven) = match problem.minimum(Within::Anything, &[], &[], effort) {
            Solved::Best(set) => (set, true),
            Solved::Limit(set, _) => (set, false),
            Solved::Impossible => (Vec::new(), false),
        };
        let given = set
            .iter()
            .filter_map(|at| gifts.get(at.checked_sub(first_gift)?).copied());
        let (makers, types): (Vec<_>, Vec<_>) = given.partition(|(_, is_new)| *is_new);
        let interned = |given: Vec<(usize, bool)>| {
            let given = given.into_iter();
            given
                .filter_map(|(number, _)| numbers.interned(number))
                .collect()
        };
        Missing {
            types: interned(types),
            makers: interned(makers),
            is_proven,
        }
    }

    /// Types something of which could be given, with the facts that it would be: every type that is missing, and
    /// those that operations name which stand for several of these at once.
    fn gifts(&self, numbers: &Numbers<'_, '_>) -> Vec<(usize, Vec<usize>)> {
        let fact = |number: usize| self.by_type.get(number).copied().flatten();
        let mut gifts = Vec::new();
        for number in 0..numbers.count() {
            let mut facts: Vec<usize> = numbers.above(number).filter_map(fact).collect();
            facts.sort_unstable();
            facts.dedup();
            if facts.len() > 1 || fact(number).is_some() {
                gifts.push((number, facts));
            }
        }
        gifts
    }
}
