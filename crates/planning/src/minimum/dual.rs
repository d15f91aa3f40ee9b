//! How much a hitting set weighs at least, by shares of the sets in the weights of their items (Lagrangian relaxation of set
//! covering: Beasley 1990; items settled by reduced weights: Caprara, Fischetti, Toth 1999).
//!
//! In: sets of items with weights, and what is sought less than. Out: a bound, and by how much each item raises it when it is
//! taken, or left out. Shares are looked for with fractions, but what is told of them is counted in whole numbers.
//! Not here: the search that is bounded.

use fixedbitset::FixedBitSet;

/// Into how many parts weights are cut where they are shared: many divisors, so that little is lost.
const PARTS: i128 = 5_040;
/// Rounds without a better bound after which steps become half as long.
const PATIENCE: u32 = 8;
/// Steps that are shorter than this lead nowhere.
const SHORTEST: f64 = 0.01;

/// Shares of the sets, and what follows from them. Weights are in parts.
pub(super) struct Dual {
    bound: i128,
    /// What is left of each item's weight by the sets that hold it: below nothing where they ask for more.
    left: Vec<i128>,
}

/// The sets as lists of places in `items`.
struct Lists {
    items: Vec<usize>,
    sets: Vec<Vec<u32>>,
    weights: Vec<f64>,
}

impl Lists {
    fn of(sets: &[FixedBitSet], weights: &[u64]) -> Self {
        let length = sets.first().map_or(0, FixedBitSet::len);
        let mut place = vec![u32::MAX; length];
        let mut items = Vec::new();
        let mut lists = Vec::with_capacity(sets.len());
        for set in sets {
            let mut list = Vec::with_capacity(set.count_ones(..));
            for item in set.ones() {
                if place[item] == u32::MAX {
                    place[item] = items.len() as u32;
                    items.push(item);
                }
                list.push(place[item]);
            }
            lists.push(list);
        }
        #[allow(
            clippy::cast_precision_loss,
            reason = "only leads to shares; what they are worth is counted"
        )]
        let weights = items.iter().map(|item| weights[*item] as f64).collect();
        Self {
            items,
            sets: lists,
            weights,
        }
    }

    fn size(&self) -> u64 {
        self.sets.iter().map(Vec::len).sum::<usize>() as u64
    }

    /// What some hitting set weighs: again and again the item that is cheapest by the sets it still hits.
    fn some(&self) -> f64 {
        let mut held: Vec<Vec<u32>> = vec![Vec::new(); self.items.len()];
        for (at, set) in self.sets.iter().enumerate() {
            set.iter()
                .for_each(|item| held[*item as usize].push(at as u32));
        }
        let mut hits: Vec<u32> = held.iter().map(|sets| sets.len() as u32).collect();
        let mut open = FixedBitSet::with_capacity(self.sets.len());
        open.insert_range(..);
        let mut weight = 0.0;
        while !open.is_clear() {
            let worth = |item: &usize| f64::from(hits[*item]) / self.weights[*item].max(1e-9);
            let best = (0..hits.len()).max_by(|a, b| worth(a).total_cmp(&worth(b)));
            let Some(best) = best.filter(|best| hits[*best] > 0) else {
                break;
            };
            weight += self.weights[best];
            for set in &held[best] {
                if open.contains(*set as usize) {
                    open.remove(*set as usize);
                    for item in &self.sets[*set as usize] {
                        hits[*item as usize] -= 1;
                    }
                }
            }
        }
        weight
    }
}

impl Dual {
    /// Looks for shares that bound well, for so many rounds at most, or until nothing can weigh less than there is `room`
    /// for; and says what that took.
    pub(super) fn of(sets: &[FixedBitSet], weights: &[u64], room: u64, rounds: u32) -> (Self, u64) {
        let lists = Lists::of(sets, weights);
        #[allow(clippy::cast_precision_loss, reason = "only leads to shares")]
        let target = lists.some().min(room as f64);
        let mut shares = lists.first_shares();
        let (mut best, mut best_shares) = (lists.worth(&shares).0, shares.clone());
        let (mut step, mut since, mut spent) = (1.0, 0, 3);
        for _ in 0..rounds {
            if best > target - 1.0 + 1e-6 || step < SHORTEST {
                break;
            }
            spent += 1;
            let (worth, left) = lists.worth(&shares);
            if worth > best + 1e-9 {
                best = worth;
                best_shares.clone_from(&shares);
                since = 0;
            } else {
                since += 1;
                if since >= PATIENCE {
                    step *= 0.5;
                    since = 0;
                    shares.clone_from(&best_shares);
                    continue;
                }
            }
            // Towards sets that are not hit by what is worth taking, and away from those that are hit often.
            let lacks: Vec<f64> = lists
                .sets
                .iter()
                .map(|set| {
                    let taken = set.iter().filter(|item| left[**item as usize] < 0.0);
                    1.0 - f64::from(taken.count() as u32)
                })
                .collect();
            let mut steep = 0.0;
            for (lack, share) in lacks.iter().zip(&shares) {
                if *lack > 0.0 || *share > 0.0 {
                    steep += lack * lack;
                }
            }
            if steep == 0.0 {
                break;
            }
            let length = step * (target.max(best + 1.0) - worth) / steep;
            for (share, lack) in shares.iter_mut().zip(&lacks) {
                *share = (*share + length * lack).max(0.0);
            }
        }
        let dual = lists.counted(&best_shares, sets, weights);
        (dual, lists.size() * spent)
    }

    /// What any hitting set weighs at least.
    pub(super) fn bound(&self) -> u64 {
        let whole = self.bound.max(0) + PARTS - 1;
        u64::try_from(whole / PARTS).unwrap_or(u64::MAX)
    }

    /// Is no set that holds the item lighter than there is room for?
    pub(super) fn is_out(&self, item: usize, room: u64) -> bool {
        self.bound + self.left[item].max(0) > (i128::from(room) - 1) * PARTS
    }

    /// What is left of the item's weight: the less, the more is it worth taking.
    pub(super) fn left(&self, item: usize) -> i128 {
        self.left[item]
    }
}

impl Lists {
    /// As much as each item can give to all of its sets alike, then what is left, the smallest sets first.
    fn first_shares(&self) -> Vec<f64> {
        let mut holding = vec![0.0; self.items.len()];
        for item in self.sets.iter().flatten() {
            holding[*item as usize] += 1.0;
        }
        let mut left = self.weights.clone();
        let least = |of: &dyn Fn(usize) -> f64, set: &[u32]| {
            let all = set.iter().map(|item| of(*item as usize));
            all.fold(f64::INFINITY, f64::min).max(0.0)
        };
        let mut shares = Vec::with_capacity(self.sets.len());
        for set in &self.sets {
            let share = least(&|item| self.weights[item] / holding[item], set);
            set.iter().for_each(|item| left[*item as usize] -= share);
            shares.push(share);
        }
        for (set, share) in self.sets.iter().zip(&mut shares) {
            let more = least(&|item| left[item], set);
            set.iter().for_each(|item| left[*item as usize] -= more);
            *share += more;
        }
        shares
    }

    /// What the shares prove, and what they leave of each item's weight.
    fn worth(&self, shares: &[f64]) -> (f64, Vec<f64>) {
        let mut left = self.weights.clone();
        for (set, share) in self.sets.iter().zip(shares) {
            for item in set {
                left[*item as usize] -= share;
            }
        }
        let short: f64 = left.iter().filter(|left| **left < 0.0).sum();
        (shares.iter().sum::<f64>() + short, left)
    }

    /// The same in whole parts.
    fn counted(&self, shares: &[f64], sets: &[FixedBitSet], weights: &[u64]) -> Dual {
        let length = sets.first().map_or(0, FixedBitSet::len);
        let mut left = vec![0; length];
        for item in &self.items {
            left[*item] = i128::from(weights[*item]) * PARTS;
        }
        let mut bound = 0;
        for (set, share) in self.sets.iter().zip(shares) {
            #[allow(clippy::cast_precision_loss, reason = "a small number")]
            let parts = (share * PARTS as f64).round().clamp(0.0, 1e30);
            #[allow(clippy::cast_possible_truncation, reason = "within the bounds above")]
            let parts = parts as i128;
            bound += parts;
            for item in set {
                left[self.items[*item as usize]] -= parts;
            }
        }
        bound += left.iter().filter(|left| **left < 0).sum::<i128>();
        Dual { bound, left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEMS: usize = 9;

    /// The weights of all hitting sets, with their items as bits.
    fn hitting(sets: &[FixedBitSet], weights: &[u64]) -> Vec<(u64, u32)> {
        let hits = |chosen: u32| {
            let mut sets = sets.iter();
            sets.all(|set| set.ones().any(|item| chosen >> item & 1 == 1))
        };
        let weight = |chosen: u32| {
            let items = (0..ITEMS).filter(|item| chosen >> item & 1 == 1);
            items.map(|item| weights[item]).sum::<u64>()
        };
        let all = (0..1_u32 << ITEMS).filter(|chosen| hits(*chosen));
        all.map(|chosen| (weight(chosen), chosen)).collect()
    }

    #[test]
    fn nothing_is_lighter_than_the_bound_and_nothing_light_is_left_out() {
        let (mut bounded, mut left_out) = (0, 0);
        for seed in 0..600_u64 {
            let mut state = seed;
            let mut below = |bound: u64| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) % bound
            };
            let weights: Vec<u64> = (0..ITEMS).map(|_| 1 + below(5)).collect();
            let count = 2 + below(9);
            let sets: Vec<FixedBitSet> = (0..count)
                .map(|_| {
                    let mut set = FixedBitSet::with_capacity(ITEMS);
                    (0..2 + below(3)).for_each(|_| set.insert(below(ITEMS as u64) as usize));
                    set
                })
                .collect();
            let all = hitting(&sets, &weights);
            let least = all.iter().map(|(weight, _)| *weight).min().unwrap();
            for room in [u64::MAX, least + 2, least + 1, least] {
                let (dual, _) = Dual::of(&sets, &weights, room, 100);
                assert!(dual.bound() <= least, "seed {seed}");
                bounded += u32::from(dual.bound() == least);
                for item in sets.iter().flat_map(FixedBitSet::ones) {
                    if dual.is_out(item, room) {
                        left_out += 1;
                        let lighter = all.iter().filter(|(weight, _)| *weight < room);
                        let mut holding = lighter.filter(|(_, chosen)| chosen >> item & 1 == 1);
                        assert_eq!(holding.next(), None, "seed {seed}, item {item}");
                    }
                }
            }
        }
        // What bounds nothing, and leaves nothing out, would be right as well.
        assert!(bounded > 1_200, "{bounded} of 2,400 bounds are met");
        assert!(left_out > 1_000, "{left_out} items are left out");
    }
}
