//! Which ways to a state are worth following: those that no others are as good as.
//!
//! In: ways to one state, each with what it took. Out: whether a further one may lead to something better. Where rounds
//! or time count, what took less so far may still end later, so a way is only given up for others that are no later in
//! anything that may ever be waited for.

use std::collections::BTreeMap;
use std::rc::Rc;

use samos_model::Objective;

use super::space::{Known, Way};
use super::tally::Tally;
use super::{Key, Search};
use crate::bound::Remaining;

/// Ways to one state that take as little, where rounds only break ties.
const MOST_TIES: usize = 4;

/// More ways to one state than this are not kept; that the search is not complete then is said.
const MOST_WAYS: usize = 64;

impl Search<'_, '_, '_> {
    /// Is it a measure of time that is to be least, before the number of steps or beside it?
    pub(super) fn is_timed(&self) -> bool {
        matches!(
            self.question.objective,
            Objective::Layers | Objective::Makespan | Objective::Pareto
        )
    }

    /// Need a way with steps that are known not be looked at?
    pub(super) fn is_known(&self, known: &Known, tally: &Tally) -> bool {
        let may_be_sooner = self.question.alternatives <= 1 && known.ways.len() < MOST_TIES;
        !self.is_timed() && !may_be_sooner && known.steps.contains(&tally.steps)
    }

    /// Is a way outdone by one that took less, or as little and ends no later? Rounds only break ties here, so no more
    /// than a few that might end sooner are kept.
    fn is_outdone(&self, known: &Known, key: &Key, tally: &Tally) -> bool {
        let counts = match self.question.objective {
            Objective::Operations => 3,
            Objective::Cost => 5,
            _ => 4,
        };
        let taken = |key: &Key| key.get(..counts).map(<[u64]>::to_vec);
        let own = taken(key);
        known.ways.iter().any(|way| {
            let other = taken(&way.key);
            let times = way.tally.as_ref();
            let is_tie = || known.ways.len() < MOST_TIES && other == own;
            way.key <= *key && !(is_tie() && times.is_some_and(|way| !is_no_worse(way, tally)))
        })
    }

    /// Is this way to the state worth following? At most as many different ways as plans were asked for, best first.
    pub(super) fn admit(&self, known: &mut Known, tally: &Tally) -> bool {
        let key = self.key(tally, &Remaining::default());
        let most = self.question.alternatives.max(1);
        if !self.is_timed() {
            let as_good = known.ways.partition_point(|other| other.key <= key);
            let is_outdone = match most {
                1 => self.is_outdone(known, &key, tally),
                _ => as_good >= most || known.steps.contains(&tally.steps),
            };
            if is_outdone {
                return false;
            }
            known.steps.insert(Rc::clone(&tally.steps));
            let times = (most == 1).then(|| tally.clone());
            known.ways.insert(as_good, Way::of(key, times));
            return true;
        }
        let mut outdone = known.ways.iter().filter(|way| {
            way.tally
                .as_ref()
                .is_some_and(|way| is_no_worse(way, tally))
        });
        // Another order of the same steps is no other plan.
        let is_same = |way: &Way| {
            way.tally
                .as_ref()
                .is_some_and(|way| way.steps == tally.steps)
        };
        if outdone.clone().any(is_same) || outdone.nth(most - 1).is_some() {
            return false;
        }
        if known.ways.len() >= MOST_WAYS.max(most) {
            self.has_given_up.set(true);
            return false;
        }
        known.ways.push(Way::of(key, Some(tally.clone())));
        true
    }
}

/// Is whatever follows the one way no worse than after the other?
fn is_no_worse(one: &Tally, other: &Tally) -> bool {
    let counts = |tally: &Tally| {
        [
            tally.wishes,
            tally.assumptions,
            tally.manipulations,
            tally.operations,
            tally.depth,
        ]
    };
    counts(one)
        .iter()
        .zip(counts(other))
        .all(|(one, other)| *one <= other)
        && is_no_later(&one.written, &other.written)
        && is_no_later(&one.changed, &other.changed)
        && is_no_later(&one.read, &other.read)
        && is_no_later(&one.made, &other.made)
        && is_no_later(&one.named, &other.named)
        && is_no_later(&one.gone, &other.gone)
}

fn is_no_later<K: Ord>(one: &BTreeMap<K, u64>, other: &BTreeMap<K, u64>) -> bool {
    one.iter()
        .all(|(key, at)| other.get(key).copied().unwrap_or(0) >= *at)
}

impl Way {
    fn of(key: Key, tally: Option<Tally>) -> Self {
        Self { key, tally }
    }
}
