//! How good a path is known to be: what any other takes at least, beside what it takes.

use samos_model::{Limit, Measure, Objective, Proof, SearchReport};

use super::tally::Tally;
use super::{Key, Path, Search};
use crate::bound::Remaining;
use crate::state::State;

/// A unit of price in the search's own numbers, and a second.
const PRICE: f64 = 1e6;
const SECOND: f64 = 1e3;

impl Search<'_, '_, '_> {
    /// The best paths, how the search went, and what any plan that has not been found takes at least, where the search
    /// ended early.
    pub(crate) fn run_proving(&self) -> (Vec<Path>, SearchReport, Option<Key>) {
        let (paths, mut report) = self.run();
        // The first path that comes to the front is a best one.
        let is_whole = !self.has_given_up.get() && !self.candidates.has_left_out();
        let least = match is_whole {
            true => None,
            false => self.at_the_start(),
        };
        report.proof = paths.first().map(|path| self.proof(path, least));
        // What was left out cannot be better than what nothing is better than.
        let is_least = report.proof.is_some_and(|proof| proof.gap == 0.0);
        if !is_whole && is_least && paths.len() >= self.question.alternatives.max(1) {
            report.complete = true;
            report.limit = None;
        }
        let has_stopped = matches!(report.limit, Some(Limit::Considered | Limit::Time));
        let frontier = match has_stopped {
            true if is_whole && self.frontier.get() > Key::default() => Some(self.frontier.get()),
            true => self.at_the_start(),
            false => None,
        };
        (paths, report, frontier)
    }

    /// What any plan takes at least, as far as it shows before anything is searched.
    pub(crate) fn at_the_start(&self) -> Option<Key> {
        let remaining = self
            .bound
            .remaining(&State::default(), false, self.candidates)?;
        Some(self.key(&Tally::default(), &remaining))
    }

    /// How good a path is, if no other takes less than that; best of all without one.
    pub(crate) fn proof(&self, path: &Path, frontier: Option<Key>) -> Proof {
        let mut tally = Tally::default();
        for action in &path.actions {
            tally = self.counted(&tally, action);
            self.add_times(&mut tally, action);
        }
        let own = self.key(&tally, &Remaining::default());
        let least = frontier.filter(|least| *least < own).unwrap_or(own);
        // Wishes come first, and are of no plan.
        let measured = own.iter().zip(&least).zip(self.measures());
        let mut measured = measured.skip(1);
        let open = measured.clone().find(|((own, least), _)| own > least);
        let first = || measured.nth(1);
        match open.or_else(first) {
            Some(((own, least), measure)) => {
                let unit = match measure {
                    Measure::Cost => PRICE,
                    Measure::Makespan => SECOND,
                    _ => 1.0,
                };
                #[allow(clippy::cast_precision_loss, reason = "no plan takes that much")]
                let in_units = |amount: u64| amount as f64 / unit;
                Proof {
                    measure,
                    bound: in_units(*least),
                    gap: in_units(own - least),
                }
            }
            None => Proof {
                measure: Measure::Operations,
                bound: 0.0,
                gap: 0.0,
            },
        }
    }

    /// What the numbers of a key count.
    fn measures(&self) -> [Measure; 6] {
        use Measure::{Assumptions, Cost, Layers, Makespan, Manipulations, Operations};
        let [first, second, third, fourth] = match self.question.objective {
            Objective::Default => [Manipulations, Operations, Layers, Layers],
            Objective::Operations | Objective::Pareto => {
                [Operations, Layers, Manipulations, Manipulations]
            }
            Objective::Layers => [Layers, Operations, Manipulations, Manipulations],
            Objective::Makespan => [Makespan, Operations, Manipulations, Manipulations],
            Objective::Cost => [Cost, Manipulations, Operations, Layers],
        };
        [Assumptions, Assumptions, first, second, third, fourth]
    }
}
