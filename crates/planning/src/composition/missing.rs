//! What is missing where wanted types are out of reach: the fewest things that somebody would have to give.
//!
//! In: the problem of a question about types. Out: types to be given, wanted ones last among as few, and wanted types of
//! which a new thing would have to be made. A thing of one type may stand for several that are missing.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{Above, Composition};
use crate::minimum::{Effort, Producer, Solved, Within};
use crate::view::{T, View};

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
    pub(super) fn missing(&self, view: &View<'_>, effort: &mut Effort<'_>) -> Missing {
        let mut problem = self.problem.clone();
        let first_gift = problem.producers.len();
        for producer in &mut problem.producers {
            producer.weight = 0;
        }
        // What is to be new is made, and cannot be given.
        let mut gifts: Vec<(T, bool)> = Vec::new();
        for (of_type, stands_for) in self.gifts(view) {
            let is_goal = stands_for.iter().any(|fact| problem.goal.contains(fact));
            problem.producers.push(Producer {
                needs: Vec::new(),
                adds: stands_for,
                weight: GIFT + u64::from(is_goal),
                duration: 1,
            });
            gifts.push((of_type, false));
        }
        for ((of_type, is_new), fact) in &self.facts {
            if *is_new {
                problem.producers.push(Producer {
                    needs: Vec::new(),
                    adds: vec![*fact],
                    weight: GIFT + 2,
                    duration: 1,
                });
                gifts.push((*of_type, true));
            }
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
        Missing {
            types: types.into_iter().map(|(of_type, _)| of_type).collect(),
            makers: makers.into_iter().map(|(of_type, _)| of_type).collect(),
            is_proven,
        }
    }

    /// Types something of which could be given, with the facts that it would be: every type that is missing, and
    /// those that operations name which stand for several of these at once.
    fn gifts(&self, view: &View<'_>) -> Vec<(T, Vec<usize>)> {
        let mut above = Above {
            view,
            known: FxHashMap::default(),
        };
        let bearings = view.world.bearings();
        let named = bearings.types().iter().map(|iri| view.type_number(iri));
        let missing = self.facts.keys().filter(|(_, is_new)| !is_new);
        let types: BTreeSet<T> = missing.map(|(of_type, _)| *of_type).chain(named).collect();
        let mut gifts = Vec::new();
        for of_type in types {
            let facts = above.of(of_type);
            let facts = facts
                .iter()
                .filter_map(|one| self.facts.get(&(*one, false)));
            let facts: BTreeSet<usize> = facts.copied().collect();
            if facts.len() > 1 || self.facts.contains_key(&(of_type, false)) {
                gifts.push((of_type, facts.into_iter().collect()));
            }
        }
        gifts
    }
}
