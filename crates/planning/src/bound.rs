//! A lower bound on what is still to be done: landmark cuts over the slice's and/or graph.
//!
//! Nothing is taken away in the relaxed problem, and each template stands for all its requests, so no entity is
//! enumerated. A need that cannot be judged without choosing an argument counts as met. Where two templates may be
//! served by one request they share its cost. All of this can only lower the bound: it never says too much.
//!
//! The method is LM-cut (Helmert, Domshlak 2009): the cheapest way to the dearest need is cut again and again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::rc::Rc;

use samos_model::Truth;

use crate::candidates::Candidates;
use crate::catalogue::Catalogue;
use crate::compiled::{Clause, Compiled, Named, Start};
use crate::evaluation::{Binding, Evaluator, is_left_out};
use crate::slice::{Accept, Filter, Need, Slice, Target, Template, Test, template_target};
use crate::state::State;
use crate::view::{T, V, View};
use crate::waiting::may_pass;

mod landmarks;

pub(crate) use landmarks::Landmark;

/// Needs and templates that all cuts of one state may look at: fewer cuts make a lower bound, but no wrong one.
const LOOKED_AT: usize = 2_000_000;

/// No way leads there.
const NEVER: u32 = u32::MAX;

/// One template, as far as it is bound beforehand; or a wish, which meets one need at no other cost.
struct Sketch {
    operation: Option<Rc<Compiled>>,
    binding: Binding,
    /// Which variables have their value in `binding`.
    fixed: Vec<Start>,
    /// Which cost it shares.
    cost: usize,
}

/// The and/or graph of a slice. Needs are numbered through: those of the goal first.
pub(crate) struct Bound<'a, 'c, 'w> {
    view: &'c View<'w>,
    slice: &'a Slice,
    clauses: &'a [Named<Clause>],
    sketches: Vec<Sketch>,
    /// Needs of the goal and of each template, as ranges of numbers.
    goal: std::ops::Range<usize>,
    needs: Vec<std::ops::Range<usize>>,
    /// By need: whose it is (`None`: the goal's).
    owners: Vec<Option<usize>>,
    flat: Vec<&'a Need>,
    /// By cost: what it is of.
    costs: Vec<Weight>,
    /// The needs that a wish may meet, in the order of the wishes, which follow the templates.
    wishes: Vec<usize>,
    /// By need: the wish that meets it.
    wish_of: Vec<Option<usize>>,
    may_assume: bool,
}

/// How a need stands in a state.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Open,
    Unknown,
    Met,
}

impl From<bool> for Standing {
    fn from(met: bool) -> Self {
        if met { Self::Met } else { Self::Open }
    }
}

/// What a cost is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Information,
    Manipulation,
    Wish,
}

/// Least manipulations and least operations still to come.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Remaining {
    pub(crate) wishes: u64,
    pub(crate) assumptions: u64,
    pub(crate) manipulations: u64,
    pub(crate) operations: u64,
    /// Templates of the cuts: one of each cut must be carried out, so these are tried first.
    pub(crate) landmarks: Vec<usize>,
}

impl<'a, 'c, 'w> Bound<'a, 'c, 'w> {
    pub(crate) fn new(
        catalogue: &Catalogue<'c, 'w>,
        slice: &'a Slice,
        clauses: &'a [Named<Clause>],
        may_assume: bool,
        wishable: Option<&[usize]>,
    ) -> Self {
        let mut shared: BTreeMap<(usize, Option<V>), usize> = BTreeMap::new();
        let open: std::collections::BTreeSet<usize> = slice
            .templates
            .iter()
            .filter(|template| single_subject(template).is_none())
            .map(|template| template.operation)
            .collect();
        let mut costs = Vec::new();
        let mut sketches = Vec::new();
        let mut flat: Vec<&Need> = slice.goal.iter().collect();
        let mut owners = vec![None; flat.len()];
        let goal = 0..flat.len();
        let mut needs = Vec::new();
        for (place, template) in slice.templates.iter().enumerate() {
            let Some(operation) = catalogue.operation(template.operation) else {
                continue;
            };
            // Requests on different subjects are different; where a template leaves the subject open, all may be one.
            let subject = single_subject(template).filter(|_| !open.contains(&template.operation));
            let next = shared.len();
            let cost = *shared.entry((template.operation, subject)).or_insert(next);
            if cost == costs.len() {
                costs.push(if operation.is_manipulation() {
                    Weight::Manipulation
                } else {
                    Weight::Information
                });
            }
            let begin = flat.len();
            for need in slice.needs.get(place).into_iter().flatten() {
                flat.push(need);
                owners.push(Some(place));
            }
            needs.push(begin..flat.len());
            sketches.push(sketch(template, operation, cost));
        }
        let mut wishes = Vec::new();
        let may_wish = |number: usize, need: &Need| {
            let is_kept = |clause| wishable.is_none_or(|wishable| !wishable.contains(&clause));
            let is_step = matches!(need.test, Test::Done | Test::Produced);
            let is_earned = goal.contains(&number) && need.clause().is_some_and(is_kept);
            !is_step && !is_earned
        };
        for (number, need) in flat.iter().enumerate().filter(|_| wishable.is_some()) {
            if may_wish(number, need) {
                wishes.push(number);
                needs.push(flat.len()..flat.len());
                sketches.push(Sketch {
                    operation: None,
                    binding: Binding::default(),
                    fixed: Vec::new(),
                    cost: costs.len(),
                });
                costs.push(Weight::Wish);
            }
        }
        let templates = sketches.len() - wishes.len();
        let mut wish_of = vec![None; flat.len()];
        for (at, need) in wishes.iter().enumerate() {
            if let Some(slot) = wish_of.get_mut(*need) {
                *slot = Some(templates + at);
            }
        }
        Self {
            view: catalogue.view,
            slice,
            clauses,
            sketches,
            goal,
            needs,
            owners,
            flat,
            costs,
            wishes,
            wish_of,
            may_assume,
        }
    }

    /// A lower bound from a state on, the last request of an orchestration done or not; or `None` where the goal cannot be reached at all.
    pub(crate) fn remaining(
        &self,
        state: &State,
        done: bool,
        candidates: &Candidates<'_, '_, '_>,
    ) -> Option<Remaining> {
        let mut standing: Vec<Standing> = (0..self.flat.len())
            .map(|need| self.standing(state, candidates, need))
            .collect();
        if done {
            for (one, need) in standing.iter_mut().zip(&self.flat) {
                if matches!(need.test, Test::Done) {
                    *one = Standing::Met;
                }
            }
        }
        let met: Vec<bool> = standing
            .iter()
            .map(|one| *one != Standing::Open && (*one == Standing::Met || self.may_assume))
            .collect();
        if self
            .goal
            .clone()
            .all(|need| met.get(need).copied().unwrap_or(true))
        {
            return Some(Remaining::default());
        }
        let weigh = |counts: &dyn Fn(Weight) -> bool| {
            self.costs
                .iter()
                .map(|cost| u32::from(counts(*cost)))
                .collect()
        };
        let mut landmarks = Vec::new();
        let operations = self.cut(&met, weigh(&|cost| cost != Weight::Wish), &mut landmarks)?;
        landmarks.retain(|template| *template < self.slice.templates.len());
        landmarks.sort_unstable();
        landmarks.dedup();
        let mut rest = Vec::new();
        let manipulations = if self.costs.contains(&Weight::Information) {
            self.cut(&met, weigh(&|cost| cost == Weight::Manipulation), &mut rest)?
        } else {
            operations
        };
        let wishes = if self.wishes.is_empty() {
            0
        } else {
            self.cut(&met, weigh(&|cost| cost == Weight::Wish), &mut rest)?
        };
        let assumptions = u64::from(self.may_assume && self.needs_the_unknown(&standing));
        Some(Remaining {
            wishes,
            assumptions,
            manipulations,
            operations,
            landmarks,
        })
    }

    /// The goal's clauses to which no way leads from a state.
    pub(crate) fn out_of_reach(
        &self,
        state: &State,
        candidates: &Candidates<'_, '_, '_>,
    ) -> Vec<usize> {
        let met = self.met(state, candidates);
        let (values, _) = self.dearest(&met, &vec![0; self.costs.len()]);
        let missing = self
            .goal
            .clone()
            .filter(|need| values.get(*need) == Some(&NEVER));
        let missing = missing.filter_map(|need| match self.flat.get(need)?.test {
            Test::Clause(clause) => Some(clause),
            _ => None,
        });
        missing.collect()
    }

    /// Which needs are met in a state, or may be taken to be.
    fn met(&self, state: &State, candidates: &Candidates<'_, '_, '_>) -> Vec<bool> {
        (0..self.flat.len())
            .map(|need| match self.standing(state, candidates, need) {
                Standing::Met => true,
                Standing::Unknown => self.may_assume,
                Standing::Open => false,
            })
            .collect()
    }

    /// Rounds that any plan from a state takes, when all that can run at once does.
    pub(crate) fn rounds(&self, state: &State, candidates: &Candidates<'_, '_, '_>) -> u64 {
        let met = self.met(state, candidates);
        let costs: Vec<u32> = self
            .costs
            .iter()
            .map(|cost| u32::from(*cost != Weight::Wish))
            .collect();
        let (values, _) = self.dearest(&met, &costs);
        let most = self
            .goal
            .clone()
            .filter_map(|need| values.get(need))
            .filter(|value| **value != NEVER)
            .max();
        most.copied().map_or(0, u64::from)
    }

    /// Is there no way to the goal on which everything is known?
    fn needs_the_unknown(&self, standing: &[Standing]) -> bool {
        if !standing.contains(&Standing::Unknown) {
            return false;
        }
        let known: Vec<bool> = standing.iter().map(|one| *one == Standing::Met).collect();
        let (values, _) = self.dearest(&known, &vec![0; self.costs.len()]);
        self.goal
            .clone()
            .any(|need| values.get(need) == Some(&NEVER))
    }

    /// Does the need hold in the state? What cannot be told without choosing an argument counts as met.
    fn standing(
        &self,
        state: &State,
        candidates: &Candidates<'_, '_, '_>,
        number: usize,
    ) -> Standing {
        let (Some(need), Some(owner)) = (self.flat.get(number), self.owners.get(number)) else {
            return Standing::Met;
        };
        let sketch = owner.and_then(|owner| self.sketches.get(owner));
        let operation = sketch.and_then(|sketch| sketch.operation.as_ref());
        match (&need.test, sketch, operation) {
            (Test::Done, ..) => Standing::Open,
            (Test::Produced, ..) => Standing::from(!state.produced.is_empty()),
            (Test::Obtain(of_type, accept), ..) => {
                Standing::from(self.has(state, candidates, *of_type, accept))
            }
            (Test::Clause(at), None, _) => {
                Standing::from(self.clauses.get(*at).is_none_or(|clause| {
                    Evaluator::new(self.view, state, &Binding::default()).top(None, clause)
                        == Truth::True
                }))
            }
            (Test::Clause(at), Some(sketch), Some(operation)) => {
                let Some(clause) = operation.clauses.get(*at) else {
                    return Standing::Met;
                };
                if !is_fixed(sketch, &clause.variables)
                    || is_left_out(&sketch.binding, &clause.variables)
                {
                    return Standing::Met;
                }
                let evaluator = Evaluator::new(self.view, state, &sketch.binding);
                match evaluator.top(Some(operation), clause) {
                    Truth::True => Standing::Met,
                    Truth::Unknown if evaluator.met_the_unknown() || !self.may_assume => {
                        Standing::Unknown
                    }
                    Truth::Unknown => Standing::Met,
                    // Waiting is an assumption as well.
                    Truth::False if may_pass(self.view, state, &evaluator.reads.into_inner()) => {
                        Standing::Unknown
                    }
                    Truth::False => Standing::Open,
                }
            }
            (Test::Exists(at), Some(sketch), Some(operation)) => {
                let Some((way, _)) = operation
                    .outputs
                    .get(*at)
                    .and_then(|output| output.reads.as_ref())
                else {
                    return Standing::Met;
                };
                if !is_fixed(sketch, &[way.start]) {
                    return Standing::Met;
                }
                let found =
                    Evaluator::new(self.view, state, &sketch.binding).follow(&sketch.binding, way);
                match (found.members.is_empty(), found.complete) {
                    (false, _) => Standing::Met,
                    (true, false) => Standing::Unknown,
                    (true, true) => Standing::Open,
                }
            }
            _ => Standing::Met,
        }
    }

    /// Is something of a type at hand that would be accepted?
    fn has(
        &self,
        state: &State,
        candidates: &Candidates<'_, '_, '_>,
        of_type: T,
        accept: &Accept,
    ) -> bool {
        let known = match accept {
            Accept::Values(values) => {
                return values.iter().any(|value| {
                    // What an effect does to a thing may add to its types; to a literal nothing can.
                    candidates.is_usable(state, *value, false)
                        && (!self.view.is_literal(*value) || state.fits(self.view, *value, of_type))
                });
            }
            Accept::Cells(cells) => cells.iter().any(|(thing, property)| {
                let cell = state.cell(self.view, *thing, *property);
                cell.members
                    .iter()
                    .any(|value| candidates.is_usable(state, *value, false))
            }),
            Accept::Anything | Accept::Change | Accept::OfType(_) => {
                let most = state.deletions() + 1;
                let mut some = self.view.some(of_type, most).into_iter();
                some.any(|value| !state.is_deleted(value))
            }
        };
        known
            || candidates
                .given
                .iter()
                .any(|value| state.fits(self.view, *value, of_type))
            || state
                .at_hand
                .iter()
                .any(|value| state.fits(self.view, *value, of_type))
    }

    /// The sum of the cuts with these costs, or `None` where no way leads to the goal.
    fn cut(&self, met: &[bool], mut costs: Vec<u32>, landmarks: &mut Vec<usize>) -> Option<u64> {
        let mut total = 0;
        let size = self.flat.len() + self.sketches.len();
        let most = (LOOKED_AT / size.max(1)).max(1);
        for _ in 0..most {
            let (values, supporters) = self.dearest(met, &costs);
            let goal = self
                .goal
                .clone()
                .map(|need| values.get(need).copied().unwrap_or(0))
                .max()
                .unwrap_or(0);
            if goal == NEVER {
                return None;
            }
            if goal == 0 {
                return Some(total);
            }
            let crossing = self.crossing(met, &costs, &values, &supporters);
            let least = crossing
                .iter()
                .filter_map(|template| self.cost(&costs, *template))
                .min()
                .unwrap_or(0);
            if least == 0 {
                return Some(total);
            }
            total += u64::from(least);
            landmarks.extend(crossing.iter().copied());
            let shared: std::collections::BTreeSet<usize> = crossing
                .iter()
                .filter_map(|template| self.sketches.get(*template))
                .map(|sketch| sketch.cost)
                .collect();
            for cost in shared {
                if let Some(slot) = costs.get_mut(cost) {
                    *slot -= least;
                }
            }
        }
        Some(total)
    }

    fn cost(&self, costs: &[u32], template: usize) -> Option<u32> {
        costs.get(self.sketches.get(template)?.cost).copied()
    }

    /// For each need the cost of its cheapest achiever together with that one's dearest need; and for each template its
    /// dearest need.
    fn dearest(&self, met: &[bool], costs: &[u32]) -> (Vec<u32>, Vec<Option<usize>>) {
        let mut values = vec![NEVER; self.flat.len()];
        let mut supporters: Vec<Option<usize>> = vec![None; self.sketches.len()];
        let mut missing: Vec<usize> = self.needs.iter().map(ExactSizeIterator::len).collect();
        let mut queue: BinaryHeap<Reverse<(u32, usize)>> = BinaryHeap::new();
        let mut ready: Vec<(usize, u32)> = missing
            .iter()
            .enumerate()
            .filter(|(_, missing)| **missing == 0)
            .map(|(template, _)| (template, 0))
            .collect();
        let mut closed = met.to_vec();
        // Most needs are met: these cost nothing, and need no queue.
        for (need, _) in met.iter().enumerate().filter(|(_, met)| **met) {
            if let Some(slot) = values.get_mut(need) {
                *slot = 0;
            }
            if let Some(Some(owner)) = self.owners.get(need)
                && let Some(count) = missing.get_mut(*owner)
            {
                *count -= 1;
                if *count == 0 {
                    if let Some(slot) = supporters.get_mut(*owner) {
                        *slot = Some(need);
                    }
                    ready.push((*owner, 0));
                }
            }
        }
        loop {
            while let Some((template, below)) = ready.pop() {
                let value = below.saturating_add(self.cost(costs, template).unwrap_or(0));
                for need in self.achieved_by(template) {
                    if values.get(*need).is_some_and(|old| value < *old) {
                        if let Some(slot) = values.get_mut(*need) {
                            *slot = value;
                        }
                        queue.push(Reverse((value, *need)));
                    }
                }
            }
            let Some(Reverse((value, need))) = queue.pop() else {
                break;
            };
            if closed.get(need).copied().unwrap_or(true)
                || values.get(need).is_some_and(|current| *current < value)
            {
                continue;
            }
            if let Some(slot) = closed.get_mut(need) {
                *slot = true;
            }
            if let Some(Some(owner)) = self.owners.get(need)
                && let Some(count) = missing.get_mut(*owner)
            {
                *count -= 1;
                if *count == 0 {
                    // Needs close in the order of their values, so the last is the dearest.
                    if let Some(slot) = supporters.get_mut(*owner) {
                        *slot = Some(need);
                    }
                    ready.push((*owner, value));
                }
            }
        }
        (values, supporters)
    }

    /// The templates on the border between what the goal's dearest need comes from free of cost, and the rest.
    fn crossing(
        &self,
        met: &[bool],
        costs: &[u32],
        values: &[u32],
        supporters: &[Option<usize>],
    ) -> Vec<usize> {
        let goal = self
            .goal
            .clone()
            .max_by_key(|need| values.get(*need).copied().unwrap_or(0))
            .unwrap_or(0);
        let mut zone = vec![false; self.flat.len()];
        let mut open = vec![goal];
        while let Some(need) = open.pop() {
            if zone.get(need).copied().unwrap_or(true) || met.get(need).copied().unwrap_or(false) {
                continue;
            }
            if let Some(slot) = zone.get_mut(need) {
                *slot = true;
            }
            for template in self.achievers(need) {
                if self.cost(costs, template) == Some(0)
                    && let Some(Some(supporter)) = supporters.get(template)
                {
                    open.push(*supporter);
                }
            }
        }
        // Forward from what is met: templates whose dearest need lies outside the zone and that achieve one inside it.
        let mut found = Vec::new();
        for (need, inside) in zone.iter().enumerate() {
            if !inside {
                continue;
            }
            for template in self.achievers(need) {
                let reachable = self.needs.get(template).is_some_and(|range| {
                    range
                        .clone()
                        .all(|need| values.get(need).is_some_and(|value| *value != NEVER))
                });
                let outside = match supporters.get(template) {
                    Some(Some(supporter)) => !zone.get(*supporter).copied().unwrap_or(false),
                    _ => true,
                };
                if reachable && outside {
                    found.push(template);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn achievers(&self, need: usize) -> impl Iterator<Item = usize> + '_ {
        let templates = self
            .flat
            .get(need)
            .map(|need| need.achievers.as_slice())
            .unwrap_or_default();
        templates
            .iter()
            .copied()
            .chain(self.wish_of.get(need).copied().flatten())
    }

    fn achieved_by(&self, sketch: usize) -> &[usize] {
        match self.slice.achieved.get(sketch) {
            Some(needs) => needs,
            None => sketch
                .checked_sub(self.slice.achieved.len())
                .and_then(|at| self.wishes.get(at..=at))
                .unwrap_or_default(),
        }
    }
}

/// The one subject a template is restricted to, if it is to one.
fn single_subject(template: &Template) -> Option<V> {
    template.subject.iter().find_map(|filter| match filter {
        Filter::Target(Target::These(things, false)) if things.len() == 1 => {
            things.first().copied()
        }
        _ => None,
    })
}

fn sketch(template: &Template, operation: Rc<Compiled>, cost: usize) -> Sketch {
    let mut fixed = Vec::new();
    let mut binding = Binding::default();
    if let Target::These(things, false) = template_target(template, operation.subject)
        && let (1, Some(subject)) = (things.len(), things.first())
    {
        binding.subject = Some(*subject);
        fixed.extend([
            Start::Subject,
            Start::Account,
            Start::Service,
            Start::Provider,
        ]);
    }
    for (at, input) in operation.inputs.iter().enumerate() {
        let filters = template.inputs.get(&at).map_or(&[][..], Vec::as_slice);
        let single = filters.iter().find_map(|filter| match filter {
            Filter::Target(Target::These(things, false))
            | Filter::Accept(Accept::Values(things))
                if things.len() == 1 && !input.multiple =>
            {
                things.first().copied()
            }
            _ => None,
        });
        match single {
            Some(value) if input.mandatory => {
                binding.inputs.push(Rc::from([value].as_slice()));
                fixed.push(Start::Parameter(at));
            }
            _ => binding.inputs.push(Rc::from([].as_slice())),
        }
    }
    Sketch {
        operation: Some(operation),
        binding,
        fixed,
        cost,
    }
}

fn is_fixed(sketch: &Sketch, variables: &[Start]) -> bool {
    variables
        .iter()
        .all(|variable| matches!(variable, Start::Known(_)) || sketch.fixed.contains(variable))
}
