//! What every way to the goal passes: facts, and operations, without which nothing leads there.
//!
//! In: the and/or graph of a slice, and a state. Out: landmarks, in the order in which they can come to be. One is found
//! by taking it away and looking whether the goal can still be reached where nothing is ever lost; so each that is named
//! is one, though not all need be named. Not here: what they are called.

use std::collections::BTreeMap;

use super::Bound;
use crate::candidates::Candidates;
use crate::slice::Test;
use crate::state::State;

/// More needs than this are not looked at one by one.
const MOST: usize = 4_000;

/// Something that every way passes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Landmark<'a> {
    /// That must come to hold: for a template, or for the goal.
    Fact(Option<usize>, &'a Test),
    /// One of the requests of this template, and of those that share its cost, must be carried out.
    Request(usize),
}

/// What is taken away.
enum Barred<'a> {
    Nothing,
    Needs(&'a [usize]),
    Cost(usize),
}

impl<'a> Bound<'a, '_, '_> {
    /// The landmarks from a state on; facts of one name are one. `None` where there is too much to look at.
    pub(crate) fn landmarks(
        &self,
        state: &State,
        candidates: &Candidates<'_, '_, '_>,
        name: &dyn Fn(Option<usize>, &Test) -> Option<String>,
    ) -> Option<Vec<Landmark<'a>>> {
        if self.flat.len() > MOST {
            return None;
        }
        let met = self.met(state, candidates);
        if !self.leads(&met, &Barred::Nothing) {
            return Some(Vec::new());
        }
        let costs = vec![1; self.costs.len()];
        let (values, _) = self.dearest(&met, &costs);
        let mut found: Vec<(u32, usize, Landmark<'a>)> = Vec::new();
        let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, need) in self.flat.iter().enumerate() {
            let owner = self.owners.get(number).copied().flatten();
            if !met.get(number).copied().unwrap_or(true)
                && let Some(called) = name(owner, &need.test)
            {
                alike.entry(called).or_default().push(number);
            }
        }
        for needs in alike.values() {
            let soonest = needs.iter().min_by_key(|need| values.get(**need));
            if let Some(first) = soonest
                && !self.leads(&met, &Barred::Needs(needs))
                && let Some(need) = self.flat.get(*first)
            {
                let owner = self.owners.get(*first).copied().flatten();
                let level = values.get(*first).copied().unwrap_or(0);
                found.push((
                    level.saturating_mul(2),
                    *first,
                    Landmark::Fact(owner, &need.test),
                ));
            }
        }
        for cost in 0..self.costs.len() {
            let first = self.sketches.iter().position(|sketch| sketch.cost == cost);
            if let Some(template) = first
                && self
                    .sketches
                    .get(template)
                    .is_some_and(|one| one.operation.is_some())
                && !self.leads(&met, &Barred::Cost(cost))
            {
                let level = self.needs.get(template).into_iter().cloned().flatten();
                let level = level
                    .filter_map(|need| values.get(need))
                    .max()
                    .copied()
                    .unwrap_or(0);
                found.push((
                    level.saturating_mul(2).saturating_add(1),
                    template,
                    Landmark::Request(template),
                ));
            }
        }
        found.sort_by_key(|(level, number, _)| (*level, *number));
        Some(found.into_iter().map(|(_, _, landmark)| landmark).collect())
    }

    /// For an operation: a need of one of its templates that can never be met, or whether it can be carried out.
    pub(crate) fn never_met(
        &self,
        state: &State,
        candidates: &Candidates<'_, '_, '_>,
        templates: &[usize],
    ) -> Option<(usize, &'a Test)> {
        let met = self.reached(&self.met(state, candidates), &Barred::Nothing);
        let mut first = None;
        for template in templates {
            let needs = self.needs.get(*template)?;
            let mut open = needs
                .clone()
                .filter(|need| !met.get(*need).copied().unwrap_or(true));
            let need = open.next()?;
            first = first.or_else(|| Some((*template, &self.flat.get(need)?.test)));
        }
        first
    }

    fn leads(&self, met: &[bool], barred: &Barred<'_>) -> bool {
        let reached = self.reached(met, barred);
        let mut goal = self.goal.clone();
        goal.all(|need| reached.get(need).copied().unwrap_or(true))
    }

    /// The needs that can come to be met.
    fn reached(&self, met: &[bool], barred: &Barred<'_>) -> Vec<bool> {
        let mut reached = met.to_vec();
        let is_barred = |need: usize| match barred {
            Barred::Needs(needs) => needs.contains(&need),
            Barred::Nothing | Barred::Cost(_) => false,
        };
        let is_out = |template: usize| match barred {
            Barred::Cost(cost) => self
                .sketches
                .get(template)
                .is_some_and(|one| one.cost == *cost),
            Barred::Nothing | Barred::Needs(_) => false,
        };
        let mut missing: Vec<usize> = self
            .needs
            .iter()
            .map(|needs| {
                let open = needs
                    .clone()
                    .filter(|need| !met.get(*need).copied().unwrap_or(true));
                open.count()
            })
            .collect();
        let ready = missing
            .iter()
            .enumerate()
            .filter(|(_, missing)| **missing == 0);
        let mut ready: Vec<usize> = ready.map(|(template, _)| template).collect();
        while let Some(template) = ready.pop() {
            if is_out(template) {
                continue;
            }
            for need in self.achieved_by(template) {
                let is_new = reached.get(*need).is_some_and(|reached| !reached);
                if !is_new || is_barred(*need) {
                    continue;
                }
                if let Some(slot) = reached.get_mut(*need) {
                    *slot = true;
                }
                if let Some(Some(owner)) = self.owners.get(*need)
                    && let Some(count) = missing.get_mut(*owner)
                {
                    *count -= 1;
                    if *count == 0 {
                        ready.push(*owner);
                    }
                }
            }
        }
        reached
    }
}
