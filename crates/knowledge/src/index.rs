//! A set of triples that answers any pattern: three sorted orders for what has settled, small trees for what is new.
//!
//! In: triples of term numbers. Out: iterators over those that match, in a fixed order.
//! A clone shares everything; writing after cloning copies only the new part. Not here: graphs and origins.

use std::collections::BTreeSet;
use std::collections::btree_set::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::terms::TermId;

/// Subject, predicate, object.
pub(crate) type Triple = [TermId; 3];

/// The set.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub(crate) struct TripleIndex {
    settled: Arc<Settled>,
    recent: Arc<Recent>,
    /// What came (or else went) since someone began to watch, as long as that is not too much to be told.
    #[serde(skip)]
    touched: Option<Vec<(Triple, bool)>>,
}

/// So much more than this is not told.
const TOLD: usize = 1 << 16;

#[derive(Clone, Default, Debug, Serialize, Deserialize)]
struct Settled {
    len: usize,
    /// Per subject: predicate, object.
    by_subject: Rows,
    /// Per predicate: object, subject.
    by_predicate: Rows,
    /// Per object: subject, predicate.
    by_object: Rows,
}

/// Pairs grouped by a first term, which is not stored.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
struct Rows {
    starts: Vec<u32>,
    pairs: Vec<(TermId, TermId)>,
}

#[derive(Clone, Default, Debug, Serialize, Deserialize)]
struct Recent {
    spo: BTreeSet<Triple>,
    pos: BTreeSet<Triple>,
    osp: BTreeSet<Triple>,
    removed: BTreeSet<Triple>,
}

/// Which order of a triple's terms a source of matches uses.
#[derive(Clone, Copy, Debug)]
enum Order {
    Spo,
    Pos,
    Osp,
}

impl Order {
    fn restore(self, [a, b, c]: Triple) -> Triple {
        match self {
            Self::Spo => [a, b, c],
            Self::Pos => [c, a, b],
            Self::Osp => [b, c, a],
        }
    }
}

impl Rows {
    /// Groups a sorted list.
    fn new(sorted: impl Iterator<Item = Triple>, len: usize) -> Self {
        let mut rows = Self {
            starts: vec![0],
            pairs: Vec::with_capacity(len),
        };
        for [first, second, third] in sorted {
            while rows.starts.len() <= first.0 as usize {
                rows.starts.push(rows.pairs.len() as u32);
            }
            rows.pairs.push((second, third));
        }
        rows.starts.push(rows.pairs.len() as u32);
        rows
    }

    /// The rows with sorted new triples among them, and without those that are gone.
    fn merged(
        &self,
        new: impl ExactSizeIterator<Item = Triple>,
        gone: impl Fn(&Triple) -> bool,
    ) -> Self {
        let mut old = self.iter().filter(|triple| !gone(triple)).peekable();
        let len = self.pairs.len() + new.len();
        let mut new = new.peekable();
        let both = std::iter::from_fn(|| match (old.peek(), new.peek()) {
            (Some(left), Some(right)) if right < left => new.next(),
            (Some(_), _) => old.next(),
            (None, _) => new.next(),
        });
        Self::new(both, len)
    }

    fn of(&self, first: TermId) -> &[(TermId, TermId)] {
        let at = first.0 as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(start), Some(end)) => self
                .pairs
                .get(*start as usize..*end as usize)
                .unwrap_or(&[]),
            _ => &[],
        }
    }

    fn narrowed(&self, first: TermId, second: TermId) -> &[(TermId, TermId)] {
        let row = self.of(first);
        let start = row.partition_point(|pair| pair.0 < second);
        let end = row.partition_point(|pair| pair.0 <= second);
        row.get(start..end).unwrap_or(&[])
    }

    fn has(&self, [first, second, third]: Triple) -> bool {
        self.of(first).binary_search(&(second, third)).is_ok()
    }

    fn iter(&self) -> impl Iterator<Item = Triple> + '_ {
        self.starts
            .windows(2)
            .enumerate()
            .flat_map(move |(first, bounds)| {
                let row = match bounds {
                    [start, end] => self.pairs.get(*start as usize..*end as usize),
                    _ => None,
                };
                row.unwrap_or(&[])
                    .iter()
                    .map(move |&(second, third)| [TermId(first as u32), second, third])
            })
    }

    fn bytes(&self) -> usize {
        self.starts.capacity() * 4 + self.pairs.capacity() * 8
    }
}

impl Settled {
    fn new(mut triples: Vec<Triple>) -> Self {
        triples.sort_unstable();
        triples.dedup();
        let len = triples.len();
        let by_subject = Rows::new(triples.iter().copied(), len);
        for triple in &mut triples {
            let [s, p, o] = *triple;
            *triple = [p, o, s];
        }
        triples.sort_unstable();
        let by_predicate = Rows::new(triples.iter().copied(), len);
        for triple in &mut triples {
            let [p, o, s] = *triple;
            *triple = [o, s, p];
        }
        triples.sort_unstable();
        let by_object = Rows::new(triples.iter().copied(), len);
        Self {
            len,
            by_subject,
            by_predicate,
            by_object,
        }
    }
}

impl TripleIndex {
    /// A settled set of these triples, in any order, repeats allowed.
    pub(crate) fn settled(triples: Vec<Triple>) -> Self {
        Self {
            settled: Arc::new(Settled::new(triples)),
            recent: Arc::default(),
            touched: None,
        }
    }

    /// From now on takes note of what comes and goes; gives what did since the last time. More than is told of, where that
    /// was too much.
    pub(crate) fn watch(&mut self) -> Vec<(Triple, bool)> {
        self.touched.replace(Vec::new()).unwrap_or_default()
    }

    fn touch(&mut self, triple: Triple, came: bool) {
        if let Some(touched) = &mut self.touched
            && touched.len() <= TOLD
        {
            touched.push((triple, came));
        }
    }

    /// How many triples there are.
    pub(crate) fn len(&self) -> usize {
        self.settled.len + self.recent.spo.len() - self.recent.removed.len()
    }

    /// Bytes taken, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let settled = &self.settled;
        settled.by_subject.bytes()
            + settled.by_predicate.bytes()
            + settled.by_object.bytes()
            + self.recent.spo.len() * 60
    }

    /// Is it there?
    pub(crate) fn contains(&self, triple: Triple) -> bool {
        (self.settled.by_subject.has(triple) && !self.recent.removed.contains(&triple))
            || self.recent.spo.contains(&triple)
    }

    /// Adds one; false when it was there.
    pub(crate) fn insert(&mut self, triple: Triple) -> bool {
        let in_settled = self.settled.by_subject.has(triple);
        if in_settled {
            if !self.recent.removed.contains(&triple) {
                return false;
            }
            self.touch(triple, true);
            return Arc::make_mut(&mut self.recent).removed.remove(&triple);
        }
        if self.recent.spo.contains(&triple) {
            return false;
        }
        self.touch(triple, true);
        let [s, p, o] = triple;
        let recent = Arc::make_mut(&mut self.recent);
        recent.spo.insert(triple);
        recent.pos.insert([p, o, s]);
        recent.osp.insert([o, s, p]);
        if recent.spo.len() > self.most_recent() {
            self.settle();
        }
        true
    }

    /// Adds many; gives those that were not there.
    pub(crate) fn extend(&mut self, triples: impl IntoIterator<Item = Triple>) -> Vec<Triple> {
        let mut new: Vec<Triple> = triples
            .into_iter()
            .filter(|triple| !self.contains(*triple))
            .collect();
        new.sort_unstable();
        new.dedup();
        if new.len() <= self.most_recent() {
            new.retain(|triple| self.insert(*triple));
            return new;
        }
        // So many are sorted faster than they are inserted one by one.
        for triple in &new {
            self.touch(*triple, true);
        }
        self.settle();
        let ordered = |order: fn(Triple) -> Triple| {
            let mut all: Vec<Triple> = new.iter().map(|triple| order(*triple)).collect();
            all.sort_unstable();
            all.into_iter()
        };
        let settled = &self.settled;
        let by_subject = settled
            .by_subject
            .merged(new.iter().copied(), |_: &Triple| false);
        let pos = ordered(|[s, p, o]| [p, o, s]);
        let osp = ordered(|[s, p, o]| [o, s, p]);
        self.settled = Arc::new(Settled {
            len: settled.len + new.len(),
            by_subject,
            by_predicate: settled.by_predicate.merged(pos, |_: &Triple| false),
            by_object: settled.by_object.merged(osp, |_: &Triple| false),
        });
        new
    }

    /// How many new ones are kept apart before they are sorted among the others.
    fn most_recent(&self) -> usize {
        4096 + self.settled.len / 12
    }

    /// Takes one out; false when it was not there.
    pub(crate) fn remove(&mut self, triple: Triple) -> bool {
        if !self.contains(triple) {
            return false;
        }
        self.touch(triple, false);
        let [s, p, o] = triple;
        let recent = Arc::make_mut(&mut self.recent);
        if recent.spo.remove(&triple) {
            recent.pos.remove(&[p, o, s]);
            recent.osp.remove(&[o, s, p]);
        } else {
            recent.removed.insert(triple);
        }
        true
    }

    /// Moves what is new into the sorted orders.
    pub(crate) fn settle(&mut self) {
        let recent = &self.recent;
        if recent.spo.is_empty() && recent.removed.is_empty() {
            return;
        }
        let gone = |order: Order| {
            move |triple: &Triple| {
                !recent.removed.is_empty() && recent.removed.contains(&order.restore(*triple))
            }
        };
        let settled = &self.settled;
        self.settled = Arc::new(Settled {
            len: self.len(),
            by_subject: settled
                .by_subject
                .merged(recent.spo.iter().copied(), gone(Order::Spo)),
            by_predicate: settled
                .by_predicate
                .merged(recent.pos.iter().copied(), gone(Order::Pos)),
            by_object: settled
                .by_object
                .merged(recent.osp.iter().copied(), gone(Order::Osp)),
        });
        self.recent = Arc::default();
    }

    /// All, in no promised order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Triple> + '_ {
        let removed = &self.recent.removed;
        let settled = self
            .settled
            .by_subject
            .iter()
            .filter(move |triple| removed.is_empty() || !removed.contains(triple));
        settled.chain(self.recent.spo.iter().copied())
    }

    /// Those with the given terms.
    pub(crate) fn matching(
        &self,
        s: Option<TermId>,
        p: Option<TermId>,
        o: Option<TermId>,
    ) -> Matches<'_> {
        match (s, p, o) {
            (Some(s), Some(p), Some(o)) => {
                let found = self.contains([s, p, o]).then_some([s, p, o]);
                Matches {
                    one: found,
                    rows: None,
                    recent: None,
                    removed: None,
                }
            }
            (Some(s), Some(p), None) => {
                self.matches(Order::Spo, self.settled.by_subject.narrowed(s, p), &[s, p])
            }
            (Some(s), None, None) => self.matches(Order::Spo, self.settled.by_subject.of(s), &[s]),
            (None, Some(p), Some(o)) => self.matches(
                Order::Pos,
                self.settled.by_predicate.narrowed(p, o),
                &[p, o],
            ),
            (None, Some(p), None) => {
                self.matches(Order::Pos, self.settled.by_predicate.of(p), &[p])
            }
            (Some(s), None, Some(o)) => {
                self.matches(Order::Osp, self.settled.by_object.narrowed(o, s), &[o, s])
            }
            (None, None, Some(o)) => self.matches(Order::Osp, self.settled.by_object.of(o), &[o]),
            (None, None, None) => {
                let rows = Box::new(self.settled.by_subject.iter());
                let recent = self.recent.spo.range::<Triple, _>(..);
                Matches {
                    one: None,
                    rows: Some(Row::All(rows)),
                    recent: Some((Order::Spo, recent)),
                    removed: self.removed(),
                }
            }
        }
    }

    fn removed(&self) -> Option<&BTreeSet<Triple>> {
        (!self.recent.removed.is_empty()).then_some(&self.recent.removed)
    }

    fn matches<'a>(
        &'a self,
        order: Order,
        row: &'a [(TermId, TermId)],
        bound: &[TermId],
    ) -> Matches<'a> {
        let (low, high) = (TermId(0), TermId(u32::MAX));
        let first = bound.first().copied().unwrap_or(low);
        let second = bound.get(1).copied();
        let range = [first, second.unwrap_or(low), low]..=[first, second.unwrap_or(high), high];
        let tree = match order {
            Order::Spo => &self.recent.spo,
            Order::Pos => &self.recent.pos,
            Order::Osp => &self.recent.osp,
        };
        let recent = (!tree.is_empty()).then(|| (order, tree.range(range)));
        Matches {
            one: None,
            rows: Some(Row::Of(order, first, row.iter())),
            recent,
            removed: self.removed(),
        }
    }

    /// The objects of a subject under a predicate.
    pub(crate) fn objects(&self, s: TermId, p: TermId) -> impl Iterator<Item = TermId> + '_ {
        self.matching(Some(s), Some(p), None).map(|[_, _, o]| o)
    }

    /// The subjects that have an object under a predicate.
    pub(crate) fn subjects(&self, p: TermId, o: TermId) -> impl Iterator<Item = TermId> + '_ {
        self.matching(None, Some(p), Some(o)).map(|[s, _, _]| s)
    }

    /// The objects of a predicate, each once, in order; its triples are not all looked at.
    pub(crate) fn objects_of(&self, p: TermId) -> BTreeSet<TermId> {
        let mut found = BTreeSet::new();
        let mut rest = self.settled.by_predicate.of(p);
        while let Some((object, _)) = rest.first() {
            found.insert(*object);
            let end = rest.partition_point(|pair| pair.0 <= *object);
            rest = rest.get(end..).unwrap_or(&[]);
        }
        let (first, last) = (TermId(0), TermId(u32::MAX));
        let recent = self.recent.pos.range([p, first, first]..=[p, last, last]);
        found.extend(recent.map(|[_, object, _]| *object));
        found.retain(|object| self.subjects(p, *object).next().is_some());
        found
    }
}

enum Row<'a> {
    Of(Order, TermId, std::slice::Iter<'a, (TermId, TermId)>),
    All(Box<dyn Iterator<Item = Triple> + 'a>),
}

/// The triples that match a pattern.
pub(crate) struct Matches<'a> {
    one: Option<Triple>,
    rows: Option<Row<'a>>,
    recent: Option<(Order, Range<'a, Triple>)>,
    removed: Option<&'a BTreeSet<Triple>>,
}

impl Iterator for Matches<'_> {
    type Item = Triple;

    fn next(&mut self) -> Option<Triple> {
        if let Some(one) = self.one.take() {
            return Some(one);
        }
        loop {
            let next = match &mut self.rows {
                Some(Row::Of(order, first, pairs)) => pairs
                    .next()
                    .map(|&(second, third)| order.restore([*first, second, third])),
                Some(Row::All(all)) => all.next(),
                None => None,
            };
            match next {
                Some(triple)
                    if self
                        .removed
                        .is_some_and(|removed| removed.contains(&triple)) => {}
                Some(triple) => return Some(triple),
                None => {
                    self.rows = None;
                    let (order, recent) = self.recent.as_mut()?;
                    return recent.next().map(|triple| order.restore(*triple));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn many_at_once_are_added_like_one_by_one() {
        let triple = |n: u32| [TermId(n % 97), TermId(n % 5), TermId(n / 3)];
        let mut one_by_one = TripleIndex::settled((0..50).map(triple).collect());
        one_by_one.remove(triple(7));
        one_by_one.insert(triple(9_000));
        let mut at_once = one_by_one.clone();
        let many: Vec<Triple> = (0..8_000).chain(0..10).map(triple).collect();
        let mut new: Vec<Triple> = many.clone();
        new.retain(|triple| one_by_one.insert(*triple));
        new.sort_unstable();
        assert_eq!(at_once.extend(many.iter().copied()), new);
        assert!(at_once.extend(many).is_empty());
        assert_eq!(at_once.len(), one_by_one.len());
        for pattern in [
            (Some(3), None, None),
            (None, Some(2), None),
            (None, None, Some(11)),
            (None, None, None),
        ] {
            let (s, p, o) = pattern;
            let found = |index: &TripleIndex| {
                let term = |n: Option<u32>| n.map(TermId);
                index
                    .matching(term(s), term(p), term(o))
                    .collect::<BTreeSet<_>>()
            };
            assert_eq!(found(&at_once), found(&one_by_one));
        }
    }

    proptest! {
        #[test]
        fn every_pattern_is_answered_like_a_plain_set(
            settled in prop::collection::vec([0u32..6, 0u32..4, 0u32..6], 0..40),
            steps in prop::collection::vec((any::<bool>(), [0u32..6, 0u32..4, 0u32..6]), 0..40),
        ) {
            let triple = |[s, p, o]: [u32; 3]| [TermId(s), TermId(p), TermId(o)];
            let mut plain: BTreeSet<Triple> = settled.iter().copied().map(triple).collect();
            let mut index = TripleIndex::settled(settled.into_iter().map(triple).collect());
            for (adding, step) in steps {
                let step = triple(step);
                if adding {
                    prop_assert_eq!(index.insert(step), plain.insert(step));
                } else {
                    prop_assert_eq!(index.remove(step), plain.remove(&step));
                }
            }
            prop_assert_eq!(index.len(), plain.len());
            for p in (0..4).map(TermId) {
                let wanted: BTreeSet<TermId> =
                    plain.iter().filter(|t| t[1] == p).map(|t| t[2]).collect();
                prop_assert_eq!(index.objects_of(p), wanted);
            }
            let choices = |n: u32| (0..n).map(|at| Some(TermId(at))).chain([None]);
            for s in choices(6) { for p in choices(4) { for o in choices(6) {
                let mut found: Vec<Triple> = index.matching(s, p, o).collect();
                found.sort_unstable();
                let wanted: Vec<Triple> = plain.iter().copied().filter(|t| {
                    s.is_none_or(|s| t[0] == s) && p.is_none_or(|p| t[1] == p) && o.is_none_or(|o| t[2] == o)
                }).collect();
                prop_assert_eq!(found, wanted);
            }}}
        }
    }
}
