//! Which worlds a run goes through, and how a difference is told.

use samos_reference::worlds::{RandomWorld, world};

/// The worlds of an ordinary run.
const ORDINARY: u64 = 500;
/// The worlds of a long run.
const LONG: u64 = 10_000;

/// The seeds of this run.
pub(crate) fn seeds() -> Vec<u64> {
    if let Some(seed) = number("SAMOS_SEED") {
        return vec![seed];
    }
    let count = number("SAMOS_WORLDS");
    let long = number("SAMOS_LONG").is_some_and(|long| long > 0);
    let count = count.unwrap_or(if long { LONG } else { ORDINARY });
    (0..count).collect()
}

fn number(name: &str) -> Option<u64> {
    #[allow(
        clippy::disallowed_methods,
        reason = "a test may be asked for one seed, or for many"
    )]
    let text = std::env::var(name).ok()?;
    text.parse().ok()
}

/// Runs a comparison on every world, collects what differs, and fails with the first few.
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
        if let Err(difference) = compare(&made, &mut tally) {
            differences.push((made.describe().len(), *seed, difference, made));
        }
    }
    println!("{what}: {tally:?}");
    if !differences.is_empty() {
        differences.sort_by_key(|(size, seed, ..)| (*size, *seed));
        for (_, seed, difference, _) in differences.iter().take(8) {
            println!("seed {seed}: {difference}\n");
        }
        let count = differences.len();
        let smallest = differences.first().map(|(_, seed, difference, made)| {
            format!("seed {seed}: {difference}\n{}", made.describe())
        });
        panic!(
            "{count} of {} worlds differ; the smallest:\n{}",
            seeds.len(),
            smallest.unwrap_or_default()
        );
    }
    tally
}

/// How often what was seen, so that an idle comparison shows.
#[derive(Default, Debug)]
pub(crate) struct Tally(std::collections::BTreeMap<&'static str, usize>);

impl Tally {
    pub(crate) fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    pub(crate) fn of(&self, what: &str) -> usize {
        self.0.get(what).copied().unwrap_or(0)
    }
}
