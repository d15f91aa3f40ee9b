//! Which worlds a run goes through, and how a difference is told.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use samos_model::Limits;
use samos_reference::worlds::{RandomWorld, world};

/// The worlds of an ordinary run.
const ORDINARY: u64 = 500;
/// The worlds of a long run.
const LONG: u64 = 10_000;

/// Enough for worlds that brute force can go through.
pub(crate) fn limits() -> Limits {
    Limits {
        considered: 3_000,
        ..Limits::default()
    }
}

/// The seeds of this run: one, or so many from the first on, so that a long run may be made in pieces.
pub(crate) fn seeds() -> Vec<u64> {
    if let Some(seed) = number("SAMOS_SEED") {
        return vec![seed];
    }
    let long = number("SAMOS_LONG").is_some_and(|long| long > 0);
    let count = number("SAMOS_WORLDS").unwrap_or(if long { LONG } else { ORDINARY });
    let first = number("SAMOS_FROM").unwrap_or(0);
    (first..first + count).collect()
}

/// Are there so many worlds that everything must have been seen at least once?
pub(crate) fn are_many() -> bool {
    seeds().len() >= 300
}

fn number(name: &str) -> Option<u64> {
    #[allow(
        clippy::disallowed_methods,
        reason = "a test may be asked for one seed, or for many"
    )]
    let text = std::env::var(name).ok()?;
    text.parse().ok()
}

/// Runs a comparison on every world, and fails with the smallest that differs after naming a few others.
pub(crate) fn on_every_world(
    what: &str,
    compare: impl Fn(&RandomWorld, &mut Tally) -> Result<(), String>,
) -> Tally {
    let seeds = seeds();
    println!(
        "{what}: {} worlds, from seed {:?}",
        seeds.len(),
        seeds.first()
    );
    let mut tally = Tally::default();
    let mut differences = Vec::new();
    for seed in &seeds {
        let made = world(*seed);
        let compared = catch_unwind(AssertUnwindSafe(|| compare(&made, &mut tally)));
        let compared = compared.unwrap_or_else(|_| Err("something panicked".to_owned()));
        if let Err(difference) = compared {
            differences.push((made.describe().len(), *seed, difference, made));
        }
    }
    println!("{what}: {tally:?}");
    differences.sort_by_key(|(size, seed, ..)| (*size, *seed));
    for (_, seed, difference, _) in differences.iter().skip(1).take(8) {
        println!("seed {seed}: {difference}\n");
    }
    let count = differences.len();
    if let Some((_, seed, difference, made)) = differences.into_iter().next() {
        let world = made.describe();
        panic!(
            "{count} of {} worlds differ; the smallest is of seed {seed}: {difference}\n{world}",
            seeds.len()
        );
    }
    tally
}

/// How often what was seen, so that an idle comparison shows.
#[derive(Default, Debug)]
pub(crate) struct Tally(BTreeMap<&'static str, usize>);

impl Tally {
    pub(crate) fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    pub(crate) fn of(&self, what: &str) -> usize {
        self.0.get(what).copied().unwrap_or(0)
    }
}
