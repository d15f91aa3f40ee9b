//! Which search answers a question: for a best path where it is near, for one soon where it is far.
//!
//! In: a question and its slice. Out: paths, and how far they are proven to be best. What is found soon is held against
//! a lower bound, and improved as long as that is likely to help.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use samos_model::{Limit, Limits, Objective, SearchReport, Truth};

use super::Asked;
use super::choosing::proven;
use crate::candidates::Candidates;
use crate::catalogue::Catalogue;
use crate::evaluation::{Binding, Evaluator};
use crate::grounded::{self, Wanted};
use crate::search::{Path, Question, Search};
use crate::slice::Slice;
use crate::state::State;
use crate::view::V;

/// States looked at before some plan is looked for instead of a best one.
const NEAR: u64 = 200;

/// Bindings tried for that.
const NEAR_BINDINGS: u64 = 2_000;

/// A goal with no more open parts than this may have a best plan nearby.
const FEW: usize = 3;

/// A goal with more open parts than this is not reached by looking for a best plan.
const MANY: usize = 30;

/// Turns of the search for such a goal, at least: whether it can be reached at all shows at once.
const FEWEST: u64 = 2;

/// Bindings tried for several best plans before several good ones are looked for.
const FEW_BINDINGS: u64 = 20_000;

/// Partial plans looked at for each plan of several, and so many times as many before the first.
const ENDS: u64 = 60;

/// Ways that an operation may matter, beyond which no bound is worked out for a plan found soon.
const MOST_COMPARED: usize = 600;

/// Turns of the search for each state that it may look at.
const TURNS: u64 = 20;

/// The part of a time that is set in which a best plan is looked for, before any is taken.
const BEST: f64 = 0.8;

/// Where no best plan was found, some plan is looked for among so many times fewer states.
const HASTE: u64 = 4;

impl Asked<'_> {
    /// The best paths where they are near; where they are far and nothing says what to minimise, one found soon.
    pub(super) fn paths(
        &self,
        catalogue: &Catalogue<'_, '_>,
        slice: &Slice,
        candidates: &Candidates<'_, '_, '_>,
        question: &Question,
        limits: &Limits,
    ) -> (Vec<Path>, SearchReport) {
        if question.objective == Objective::Pareto {
            return self.front(catalogue, slice, candidates, question, limits);
        }
        let is_simple = question.wants.is_empty() && question.link.is_none();
        let is_quick = is_simple
            && question.alternatives <= 1
            && matches!(question.objective, Objective::Default | Objective::Cost);
        if is_quick && limits.considered > NEAR {
            let state = State::default();
            let nothing = Binding::default();
            let now = Evaluator::new(catalogue.view, &state, &nothing);
            let open = question
                .clauses
                .iter()
                .filter(|clause| now.top(None, clause) != Truth::True);
            let open = open.count();
            if open <= FEW {
                let near = Limits {
                    considered: NEAR,
                    ..limits.clone()
                };
                let search = Search::new(catalogue, slice, candidates, question, &near);
                let search = search.within(NEAR * TURNS).with_bindings(NEAR_BINDINGS);
                let (paths, report, _) = search.run_proving();
                if report.limit.is_none() || !paths.is_empty() {
                    return (paths, report);
                }
            }
            if let Some((path, report)) =
                self.found_soon(catalogue, slice, candidates, question, limits)
            {
                return self.no_worse(catalogue, slice, candidates, question, limits, path, report);
            }
            if open > MANY {
                // Each state takes longer the more is asked, and so do the many between here and the goal.
                let times = (open / FEW) as u64;
                let states = (limits.considered / times.saturating_mul(times)).max(FEWEST);
                let search = Search::new(catalogue, slice, candidates, question, limits);
                return search.within(states).run();
            }
        }
        let has_many = is_simple
            && question.alternatives > 1
            && matches!(
                question.objective,
                Objective::Default | Objective::Operations | Objective::Cost
            );
        if has_many && limits.considered > NEAR {
            let near = Limits {
                considered: NEAR,
                ..limits.clone()
            };
            let search = Search::new(catalogue, slice, candidates, question, &near);
            let search = search.within(NEAR * TURNS).with_bindings(FEW_BINDINGS);
            let (paths, report, _) = search.run_proving();
            if report.limit.is_none() || paths.len() >= question.alternatives {
                return (paths, report);
            }
            let found = self.several(catalogue, slice, candidates, question, limits);
            if let Some(found) = found.filter(|found| found.0.len() >= paths.len()) {
                return compared(catalogue, slice, candidates, question, found);
            }
        }
        // Of a time that is set, some is kept for a plan that need not be best.
        let most = Limits {
            deadline: limits.deadline.until(BEST),
            ..limits.clone()
        };
        let search = Search::new(catalogue, slice, candidates, question, &most);
        let (paths, report, frontier) = search.run_proving();
        if !paths.is_empty() || report.limit.is_none() || is_quick {
            return (paths, report);
        }
        let found = if is_simple {
            let found = self.found_soon(catalogue, slice, candidates, question, limits);
            found.map(|(path, _)| path)
        } else {
            let few = Limits {
                considered: limits.considered / HASTE,
                ..limits.clone()
            };
            let hasty = Search::new(catalogue, slice, candidates, question, &few).in_haste();
            hasty.run().0.into_iter().next()
        };
        match found {
            Some(path) => {
                let report = SearchReport { kept: 1, ..report };
                proven(&search, (vec![path], report), frontier)
            }
            None => (paths, report),
        }
    }

    /// Every trade-off between layers and operations: the fewest layers first, then ever fewer operations.
    fn front(
        &self,
        catalogue: &Catalogue<'_, '_>,
        slice: &Slice,
        candidates: &Candidates<'_, '_, '_>,
        question: &Question,
        limits: &Limits,
    ) -> (Vec<Path>, SearchReport) {
        let layered = Question {
            objective: Objective::Layers,
            alternatives: 1,
            ..question.clone()
        };
        let (mut paths, report) = self.paths(catalogue, slice, candidates, &layered, limits);
        let Some(first) = paths.first().filter(|_| report.complete) else {
            return (paths, report);
        };
        let search = Search::new(catalogue, slice, candidates, question, limits);
        let most = search.cost_of(first);
        let (fewer, rest) = search.better_than(most).stubbornly().run();
        paths.extend(fewer.into_iter().rev());
        let report = SearchReport {
            considered: report.considered + rest.considered,
            kept: paths.len() as u64,
            proof: report.proof,
            ..rest
        };
        (paths, report)
    }

    /// The path, or a better one where that is likely to be found, and proof that it is best where that is near.
    #[allow(
        clippy::too_many_arguments,
        reason = "what every search takes, and what was found"
    )]
    fn no_worse(
        &self,
        catalogue: &Catalogue<'_, '_>,
        slice: &Slice,
        candidates: &Candidates<'_, '_, '_>,
        question: &Question,
        limits: &Limits,
        path: Path,
        report: SearchReport,
    ) -> (Vec<Path>, SearchReport) {
        // The shorter the plan, the likelier a proof that none is better.
        let is_timed = limits.deadline.is_set();
        let considered = match path.actions.len() {
            _ if is_timed => limits.considered,
            0..=8 => limits.considered,
            9..=12 => limits.considered / 20,
            13..=16 => limits.considered / 200,
            _ => return compared(catalogue, slice, candidates, question, (vec![path], report)),
        };
        let patience = Limits {
            considered,
            ..limits.clone()
        };
        let search = Search::new(catalogue, slice, candidates, question, &patience);
        let cost = search.cost_of(&path);
        let mut search = search
            .within(considered.saturating_mul(TURNS))
            .better_than(cost);
        if is_timed {
            search = search.stubbornly();
        }
        let (better, mut proof, frontier) = search.run_proving();
        let considered = report.considered + proof.considered;
        if better.is_empty() && proof.limit.is_some() {
            let report = SearchReport {
                considered,
                limit: proof.limit,
                ..report
            };
            return proven(&search, (vec![path], report), frontier);
        }
        let best = if better.is_empty() {
            proof.proof = Some(search.proof(&path, None));
            vec![path]
        } else {
            better
        };
        (
            best,
            SearchReport {
                considered,
                kept: 1,
                ..proof
            },
        )
    }

    /// A path that is not proven best, each step judged as the search judges it.
    fn found_soon(
        &self,
        catalogue: &Catalogue<'_, '_>,
        slice: &Slice,
        candidates: &Candidates<'_, '_, '_>,
        question: &Question,
        limits: &Limits,
    ) -> Option<(Path, SearchReport)> {
        let wanted = Wanted {
            clauses: &question.clauses,
            given: &self.given,
            is_priced: question.objective == Objective::Cost,
            considered: limits.considered,
            deadline: &limits.deadline,
        };
        let (requests, considered) = grounded::find(catalogue, slice, &wanted)?;
        // Who sets a limit of steps means it; the one that is set anyway bounds the search for best plans only.
        let most = limits.steps;
        if most < Limits::default().steps && requests.len() > most {
            return None;
        }
        let search = Search::following(catalogue, slice, candidates, question, limits);
        let path = search.followed(&requests)?;
        let report = SearchReport {
            complete: false,
            limit: Some(Limit::Considered),
            considered: NEAR + considered,
            kept: 1,
            proof: None,
        };
        Some((path, report))
    }

    /// Paths that are not proven best, no two of which ask the same of the same subjects.
    fn several(
        &self,
        catalogue: &Catalogue<'_, '_>,
        slice: &Slice,
        candidates: &Candidates<'_, '_, '_>,
        question: &Question,
        limits: &Limits,
    ) -> Option<(Vec<Path>, SearchReport)> {
        let (one, _) = self.found_soon(catalogue, slice, candidates, question, limits)?;
        // As many of each kind as one plan takes, and one to choose.
        let mut taken: BTreeMap<u32, BTreeSet<V>> = BTreeMap::new();
        for binding in one.actions.iter().map(|action| &action.binding) {
            let inputs = binding.inputs.iter().flat_map(|values| values.iter());
            for thing in binding.subject.iter().chain(inputs) {
                if let Some(kind) = candidates.kind(*thing) {
                    taken.entry(kind).or_default().insert(*thing);
                }
            }
        }
        let most = taken.values().map(BTreeSet::len).max().unwrap_or(0) + 1;
        let first: RefCell<BTreeMap<u32, V>> = RefCell::default();
        let alike = |thing: V| match candidates.kind(thing) {
            Some(kind) => *first.borrow_mut().entry(kind).or_insert(thing),
            None => thing,
        };
        let wanted = Wanted {
            clauses: &question.clauses,
            given: &self.given,
            is_priced: question.objective == Objective::Cost,
            considered: limits
                .considered
                .min(ENDS * (question.alternatives as u64 + ENDS)),
            deadline: &limits.deadline,
        };
        let near = |things: &[V]| candidates.few_of_each(things, most);
        let (ways, considered) = grounded::several(
            catalogue,
            slice,
            &wanted,
            &near,
            &alike,
            question.alternatives,
        )?;
        let search = Search::following(catalogue, slice, candidates, question, limits);
        let mut paths: Vec<Path> = ways
            .iter()
            .filter(|way| way.len() <= limits.steps)
            .filter_map(|way| search.followed(way))
            .collect();
        paths.sort_by_cached_key(|path| search.cost_of(path));
        let report = SearchReport {
            complete: false,
            limit: Some(Limit::Considered),
            considered: NEAR + considered,
            kept: paths.len() as u64,
            proof: None,
        };
        Some((paths, report))
    }
}

/// Paths beside what shows before anything is searched that any plan takes, where that does not take long.
fn compared(
    catalogue: &Catalogue<'_, '_>,
    slice: &Slice,
    candidates: &Candidates<'_, '_, '_>,
    question: &Question,
    found: (Vec<Path>, SearchReport),
) -> (Vec<Path>, SearchReport) {
    if slice.templates.len() > MOST_COMPARED {
        return found;
    }
    let limits = Limits::default();
    let search = Search::new(catalogue, slice, candidates, question, &limits);
    let least = search.at_the_start();
    proven(&search, found, least)
}
