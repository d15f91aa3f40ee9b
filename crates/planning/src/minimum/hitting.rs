//! Least hitting sets: of each set of a family at least one item, of least weight, proven least.
//!
//! In: sets of numbered items with weights. Out: items. What one item or one set says already is left out first, parts
//! that share no item are solved apart, and what is left is searched by branch and bound.

use fixedbitset::FixedBitSet;

use super::Effort;
use super::dual::Dual;

/// Items of least weight of which each set holds one, where they weigh less than there is `room` for; `floor` is what
/// they are known to weigh at least. The outer `None` when the effort ran out.
pub(super) fn least(
    sets: &[FixedBitSet],
    weights: &[u64],
    (floor, room): (u64, u64),
    effort: &mut Effort<'_>,
) -> Option<Option<Vec<usize>>> {
    let mut family = Family {
        weights,
        effort,
        depth: 0,
    };
    let found = family.least(sets.to_vec(), floor, room)?;
    Some(found.map(|(_, items)| items))
}

struct Family<'w, 'e, 'd> {
    weights: &'w [u64],
    effort: &'e mut Effort<'d>,
    /// How many items have been chosen on the way here.
    depth: u32,
}

/// Sets that share no item with others, and what they weigh at least.
struct Part {
    sets: Vec<FixedBitSet>,
    dual: Dual,
    bound: u64,
}

/// For how many rounds a bound is looked for at first, and after some items have been chosen.
const ROUNDS: u32 = 400;
const ROUNDS_BELOW: u32 = 40;

/// Nothing where no set of less weight than there is room for hits all.
type Found = Option<(u64, Vec<usize>)>;

impl Family<'_, '_, '_> {
    /// A least hitting set that weighs less than `room`; the outer `None` when the effort ran out.
    fn least(&mut self, mut sets: Vec<FixedBitSet>, floor: u64, room: u64) -> Option<Found> {
        let (mut weight, mut items) = (0, Vec::new());
        // Each set is held against each other one.
        self.effort.spend((sets.len() * sets.len()) as u64 + 1)?;
        if !self.reduce(&mut sets, &mut weight, &mut items) || weight >= room {
            return Some(None);
        }
        if sets.is_empty() {
            return Some(Some((weight, items)));
        }
        let parts = parts(sets);
        let is_one = parts.len() == 1;
        let rounds = if self.depth == 0 {
            ROUNDS
        } else {
            ROUNDS_BELOW
        };
        let mut bounded = Vec::with_capacity(parts.len());
        let mut rest = 0_u64;
        for sets in parts {
            // Others weigh something too, so that alone is left less than this.
            let own_room = if is_one { room - weight } else { u64::MAX };
            let (dual, spent) = Dual::of(&sets, self.weights, own_room, rounds);
            self.effort.spend(spent)?;
            let floor = if is_one {
                floor.saturating_sub(weight)
            } else {
                0
            };
            let bound = dual.bound().max(floor);
            rest = rest.saturating_add(bound);
            bounded.push(Part { sets, dual, bound });
        }
        for part in bounded {
            if weight.saturating_add(rest) >= room {
                return Some(None);
            }
            rest -= part.bound;
            match self.solve(part, room - weight - rest)? {
                Some((more, chosen)) => {
                    weight += more;
                    items.extend(chosen);
                }
                None => return Some(None),
            }
        }
        Some((weight < room).then_some((weight, items)))
    }

    /// Leaves out what the bound says is in no set light enough; where that changes nothing, takes items in turn.
    fn solve(&mut self, mut part: Part, room: u64) -> Option<Found> {
        let mut out = FixedBitSet::with_capacity(self.weights.len());
        let items = part.sets.iter().flat_map(FixedBitSet::ones);
        out.extend(items.filter(|item| part.dual.is_out(*item, room)));
        if out.is_clear() {
            return self.branch(part, room);
        }
        for set in &mut part.sets {
            set.difference_with(&out);
        }
        self.least(part.sets, part.bound, room)
    }

    /// Takes an item of the smallest set, each in turn; leaves out those tried before.
    fn branch(&mut self, part: Part, room: u64) -> Option<Found> {
        let Part {
            mut sets,
            dual,
            bound,
        } = part;
        let mut best: Found = None;
        let Some(smallest) = sets.iter().min_by_key(|set| set.count_ones(..)) else {
            return Some(Some((0, Vec::new())));
        };
        let mut choices: Vec<usize> = smallest.ones().collect();
        choices.sort_by_key(|item| (dual.left(*item), *item));
        for item in choices {
            let room = best.as_ref().map_or(room, |(weight, _)| *weight);
            if room <= bound {
                break;
            }
            let own = self.weights[item];
            let open = sets.iter().filter(|set| !set.contains(item));
            self.depth += 1;
            let rest = match own < room {
                true => self.least(
                    open.cloned().collect(),
                    bound.saturating_sub(own),
                    room - own,
                ),
                false => Some(None),
            };
            self.depth -= 1;
            if let Some((weight, mut items)) = rest? {
                items.push(item);
                best = Some((weight + own, items));
            }
            for set in &mut sets {
                set.remove(item);
            }
            if sets.iter().any(FixedBitSet::is_clear) {
                break;
            }
        }
        Some(best)
    }

    /// Takes what is the only item of a set; leaves out sets that hold another, and items that another one outdoes.
    /// False where a set is empty.
    fn reduce(
        &self,
        sets: &mut Vec<FixedBitSet>,
        weight: &mut u64,
        items: &mut Vec<usize>,
    ) -> bool {
        loop {
            if sets.iter().any(FixedBitSet::is_clear) {
                return false;
            }
            while let Some(only) = sets.iter().find_map(only) {
                *weight += self.weights[only];
                items.push(only);
                sets.retain(|set| !set.contains(only));
            }
            sets.sort_by_cached_key(|set| set.count_ones(..));
            let mut kept: Vec<FixedBitSet> = Vec::with_capacity(sets.len());
            for set in sets.drain(..) {
                if !kept.iter().any(|smaller| smaller.is_subset(&set)) {
                    kept.push(set);
                }
            }
            *sets = kept;
            if !self.drop_outdone(sets) {
                return true;
            }
        }
    }

    /// Leaves out items that hit no set which another, no heavier one does not hit too. Were there any?
    fn drop_outdone(&self, sets: &mut [FixedBitSet]) -> bool {
        let Some(length) = sets.first().map(FixedBitSet::len) else {
            return false;
        };
        let mut hit: Vec<FixedBitSet> = vec![FixedBitSet::with_capacity(sets.len()); length];
        let mut all = FixedBitSet::with_capacity(length);
        for (at, set) in sets.iter().enumerate() {
            for item in set.ones() {
                hit[item].insert(at);
                all.insert(item);
            }
        }
        let mut gone = FixedBitSet::with_capacity(length);
        for item in all.ones() {
            let Some(first) = hit[item].minimum() else {
                continue;
            };
            let outdone = sets[first].ones().any(|other| {
                other != item
                    && !gone.contains(other)
                    && self.weights[other] <= self.weights[item]
                    && hit[item].is_subset(&hit[other])
            });
            if outdone {
                gone.insert(item);
            }
        }
        for set in sets.iter_mut() {
            set.difference_with(&gone);
        }
        !gone.is_clear()
    }
}

fn only(set: &FixedBitSet) -> Option<usize> {
    let mut items = set.ones();
    let first = items.next()?;
    items.next().is_none().then_some(first)
}

/// The sets by which of them are tied together by items they share.
fn parts(sets: Vec<FixedBitSet>) -> Vec<Vec<FixedBitSet>> {
    let mut parts: Vec<(FixedBitSet, Vec<FixedBitSet>)> = Vec::new();
    for set in sets {
        let (mut items, mut own) = (set.clone(), vec![set]);
        let mut apart = Vec::with_capacity(parts.len());
        for (others, mut sets) in parts {
            if others.is_disjoint(&items) {
                apart.push((others, sets));
            } else {
                items.union_with(&others);
                sets.append(&mut own);
                own = sets;
            }
        }
        apart.push((items, own));
        parts = apart;
    }
    parts.into_iter().map(|(_, sets)| sets).collect()
}
