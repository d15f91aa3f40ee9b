//! Chains: the fast reasoner against the enumeration of all orders.

use std::collections::BTreeSet;

use samos_model::{Iri, Limits, Supplied};
use samos_reference::requests::Call;
use samos_reference::twins::sequence::chains;
use samos_reference::worlds::{Question, RandomWorld, question};

use crate::plans::{both_accept, call, price, told};
use crate::worlds::{Tally, are_many, on_every_world};

/// Steps of the longest chain looked for.
const LONGEST: usize = 4;
/// Prefixes looked at by the enumeration.
const MOST: usize = 4_000;

/// Chains that differ only in an order that does not matter are one answer: what counts is what is in them.
fn shapes(chains: impl IntoIterator<Item = Vec<Call>>) -> BTreeSet<Vec<Call>> {
    let sorted = chains.into_iter().map(|mut chain| {
        chain.sort();
        chain
    });
    sorted.collect()
}

fn compare(
    world: &RandomWorld,
    subjects: &[Iri],
    supplied: &[Supplied],
    tally: &mut Tally,
) -> Result<(), String> {
    let Some(slow) = chains(&world.estate, subjects, supplied, LONGEST, MOST) else {
        tally.count("beyond enumeration");
        return Ok(());
    };
    let limits = Limits {
        considered: 100_000,
        steps: LONGEST,
        answers: 100_000,
    };
    let fast = samos_reasoners::sequence::chain(&world.estate, subjects, supplied, None, &limits);
    let asked = format!("chains of {subjects:?} with {supplied:?}");
    let mut found = Vec::new();
    let mut before = None;
    for plan in &fast.plans {
        both_accept(world, plan).map_err(|why| format!("{asked}\n  {why}"))?;
        let own = (price(world, plan), plan.cost.layers);
        if before.is_some_and(|before| before > own) {
            return Err(format!("{asked}\n  not best first at{}", told(plan)));
        }
        before = Some(own);
        let calls: Option<Vec<Call>> = plan.steps.iter().map(|step| call(world, step)).collect();
        found.push(calls.ok_or_else(|| {
            format!(
                "{asked}\n  a chain takes what was not given in advance{}",
                told(plan)
            )
        })?);
    }
    let words = |chains: BTreeSet<Vec<Call>>| {
        let each = chains.iter().map(|chain| {
            chain
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" · ")
        });
        each.take(6).collect::<Vec<_>>().join("\n    ")
    };
    let (fast, slow) = (shapes(found), shapes(slow));
    if fast != slow {
        let only_fast: BTreeSet<_> = fast.difference(&slow).cloned().collect();
        let only_slow: BTreeSet<_> = slow.difference(&fast).cloned().collect();
        return Err(format!(
            "{asked}\n  {} only fast:\n    {}\n  {} only slow:\n    {}",
            only_fast.len(),
            words(only_fast),
            only_slow.len(),
            words(only_slow)
        ));
    }
    tally.count(if slow.is_empty() {
        "no chain"
    } else {
        "chains"
    });
    Ok(())
}

#[test]
fn chains_are_those_that_enumeration_finds() {
    let tally = on_every_world("chains", |world, tally| match question(world, 1) {
        Question::Chain { subjects, supplied } => compare(world, &subjects, &supplied, tally),
        _ => Ok(()),
    });
    assert!(!are_many() || tally.of("chains") >= 20, "{tally:?}");
}
