//! Random worlds are small, varied, and the same for the same seed.

use super::*;
use crate::goals::{Bounds, search};

#[test]
fn brute_force_ends_soon_and_worlds_differ() {
    let mut solved = 0;
    let mut none = 0;
    let mut open = 0;
    for seed in 0..40 {
        let made = world(seed);
        assert_eq!(
            made.estate.to_turtle(),
            world(seed).estate.to_turtle(),
            "seed {seed}"
        );
        let Question::Goal(goal) = question(&made, 0) else {
            continue;
        };
        let found = search(&made.estate, &goal, &Bounds::default());
        match (found.best, found.exhausted) {
            (Some(_), _) => solved += 1,
            (None, true) => none += 1,
            (None, false) => open += 1,
        }
    }
    assert!(
        solved > 10 && none > 3,
        "{solved} solved, {none} without a plan, {open} open"
    );
}
