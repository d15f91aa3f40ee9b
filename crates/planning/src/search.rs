//! Best-first search over hypothetical states, forward from the live world, inside the slice.
//!
//! Each state is reached at least cost first, so the first plan found is a best one, and a search that ends without
//! one has looked at everything the slice allows. Steps commute freely here; `assembly` orders what it must.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::rc::Rc;

use samos_model::{Limit, Limits, Objective, SearchReport, Truth};

use crate::bound::{Bound, Remaining};
use crate::candidates::Candidates;
use crate::catalogue::Catalogue;
use crate::compiled::{Clause, Compiled, Named};
use crate::effects::Writes;
use crate::evaluation::{Binding, Evaluator};

use crate::slice::Slice;
use crate::state::State;
use crate::view::{Origin, P, T, Thing, V, View};
use crate::waiting::Wait;
use space::{Space, Successor};
use tally::Tally;
pub(crate) use tally::{is_wished, millionths, milliseconds, price};

mod acting;
mod dominance;
mod proving;
mod space;
mod tally;

/// Bindings tried for each state that may be looked at, and at least: what has more of them is not worth the wait.
const BINDINGS: u64 = 10;
const LEAST_BINDINGS: u64 = 200_000;

/// Turns after which it asks for the time.
const TURNS_UNASKED: u64 = 16;

/// How many times what remains counts, where any plan will do.
const HASTE: u64 = 5;

/// Where a plan is known already: bindings tried to see in how many ways a plan may begin, and states among which a
/// better plan or the proof that there is none may be found.
const FIRST_BINDINGS: u64 = 5_000;
const PROVABLE: u64 = 6_000;

/// What a search is to reach.
#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    /// What must hold at the end.
    pub(crate) clauses: Vec<Named<Clause>>,
    /// What must be at hand at the end.
    pub(crate) wants: Vec<T>,
    /// Must wanted things be made by the plan?
    pub(crate) new: bool,
    /// The request the plan ends with, if it must end with one.
    pub(crate) link: Option<Link>,
    pub(crate) objective: Objective,
    pub(crate) alternatives: usize,
    /// May unknown conditions be taken for granted?
    pub(crate) assume: bool,
    /// May false conditions be waited for, where a state passes by itself?
    pub(crate) wait: bool,
    /// How many false conditions or missing values may be wished away, to find the nearest miss.
    pub(crate) wishes: u64,
    /// Places of the goal's clauses that may be wished away.
    pub(crate) wishable: Vec<usize>,
    /// May what is wanted be wished for itself?
    pub(crate) wishes_for_wants: bool,
}

/// An orchestration point to realise: an outcome of a producer becomes an argument of a consumer, which ends the plan.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) producer: (usize, V, usize),
    pub(crate) consumer: (usize, V, usize),
}

/// One step of a path through states.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) operation: Rc<Compiled>,
    /// Subject, arguments and outcomes.
    pub(crate) binding: Binding,
    pub(crate) before: State,
    /// The state its precondition was judged in, with what is taken for granted.
    pub(crate) assumed: State,
    pub(crate) after: State,
    pub(crate) reads: BTreeSet<(V, P)>,
    pub(crate) writes: Writes,
    pub(crate) deleted: BTreeSet<V>,
    /// Places of its clauses that are taken for granted.
    pub(crate) assumptions: Vec<usize>,
    /// How many of those are about what nobody has looked at, rather than about a value that the plan will read.
    pub(crate) unknowns: usize,
    /// The states it waits for.
    pub(crate) waits: Vec<Wait>,
    /// Places of its outcomes that read what nobody knows to be there, taken to be there because a later step uses them.
    pub(crate) found: Vec<usize>,
    /// Places of its clauses that are false and were wished away.
    pub(crate) wished: Vec<usize>,
    /// Places of its outcomes that read nothing, and were wished to read something.
    pub(crate) wished_readings: Vec<usize>,
}

/// A path that reaches the goal.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) actions: Vec<Action>,
    /// What each want is.
    pub(crate) wants: Vec<V>,
    /// Goal clauses wished away.
    pub(crate) wished_goals: Vec<usize>,
}

/// wishes, assumptions, then what the objective says.
pub(crate) type Key = [u64; 6];

struct Node {
    /// The number of its state.
    state: usize,
    /// Without the times of its last step until its turn comes.
    tally: Tally,
    parent: Option<usize>,
    action: Option<Rc<Action>>,
    /// Have the times of its last step and the bound from here on been added to its place in the queue?
    is_judged: bool,
    /// Templates one of which a plan from here on needs.
    landmarks: Rc<[usize]>,
    /// Set on a node that ends a plan: its wants, and the goal clauses wished away.
    end: Option<(Vec<V>, Vec<usize>)>,
}

impl Node {
    fn start() -> Self {
        Self::at(0, Tally::default())
    }

    fn at(state: usize, tally: Tally) -> Self {
        Self {
            state,
            tally,
            parent: None,
            action: None,
            is_judged: false,
            landmarks: Rc::from([]),
            end: None,
        }
    }
}

/// What the search does next: look at a node, or add its successors.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Look(usize),
    Expand(usize, bool),
}

/// By cost; of equal cost what is farther on first, then by landmark, then the less paid, then the earlier found.
type Queue = BinaryHeap<Reverse<(Key, Tie, Turn)>>;
type Tie = (u64, u64, u64, usize);

fn tie(tally: &Tally, rank: u64, number: usize) -> Tie {
    (u64::MAX - tally.operations, rank, tally.price, number)
}

pub(crate) struct Search<'a, 'c, 'w> {
    view: &'c View<'w>,
    candidates: &'a Candidates<'a, 'c, 'w>,
    bound: Bound<'a, 'c, 'w>,
    question: &'a Question,
    limits: &'a Limits,
    /// Rounds that any plan takes.
    least_rounds: u64,
    /// Turns after which it gives up.
    turns: u64,
    /// Bindings after which it gives up, where that does not follow from how many states may be looked at.
    bindings: Option<u64>,
    /// Only what is better than this is of use.
    known: Option<Key>,
    /// What any plan that has not been found takes at least.
    frontier: Cell<Key>,
    /// Was a way given up though it might have led to something better?
    has_given_up: Cell<bool>,
    /// Is it to go on however little hope there is that something better will be found?
    is_stubborn: bool,
    /// Of a front: what takes no fewer rounds than this is of no use.
    rounds_below: Cell<u64>,
    /// How many times what remains counts: more than once, and a plan is found sooner, but need not be a best one.
    haste: u64,
}

impl<'a, 'c, 'w> Search<'a, 'c, 'w> {
    pub(crate) fn new(
        catalogue: &'a Catalogue<'c, 'w>,
        slice: &'a Slice,
        candidates: &'a Candidates<'a, 'c, 'w>,
        question: &'a Question,
        limits: &'a Limits,
    ) -> Self {
        let bound = Bound::new(
            catalogue,
            slice,
            &question.clauses,
            question.assume,
            (question.wishes > 0).then_some(question.wishable.as_slice()),
        );
        let timed = question.objective == Objective::Makespan;
        let least_rounds = if timed {
            0
        } else {
            bound.rounds(&State::default(), candidates)
        };
        Self {
            view: catalogue.view,
            candidates,
            bound,
            question,
            limits,
            least_rounds,
            turns: u64::MAX,
            bindings: None,
            known: None,
            frontier: Cell::default(),
            has_given_up: Cell::default(),
            is_stubborn: false,
            rounds_below: Cell::new(u64::MAX),
            haste: 1,
        }
    }

    /// One that only follows what is given: nothing is worked out ahead.
    pub(crate) fn following(
        catalogue: &'a Catalogue<'c, 'w>,
        slice: &'a Slice,
        candidates: &'a Candidates<'a, 'c, 'w>,
        question: &'a Question,
        limits: &'a Limits,
    ) -> Self {
        Self {
            view: catalogue.view,
            candidates,
            bound: Bound::new(catalogue, slice, &question.clauses, question.assume, None),
            question,
            limits,
            least_rounds: 0,
            turns: 0,
            bindings: None,
            known: None,
            frontier: Cell::default(),
            has_given_up: Cell::default(),
            is_stubborn: false,
            rounds_below: Cell::new(u64::MAX),
            haste: 1,
        }
    }

    /// Gives up after so many turns, however few states were looked at.
    pub(crate) fn within(mut self, turns: u64) -> Self {
        self.turns = turns;
        self
    }

    /// Gives up after so many bindings, however many states may be looked at.
    pub(crate) fn with_bindings(mut self, bindings: u64) -> Self {
        self.bindings = Some(bindings);
        self
    }

    /// Looks only for what is better than what was found otherwise.
    pub(crate) fn better_than(mut self, known: Key) -> Self {
        self.known = Some(known);
        self
    }

    /// Goes on to the end, however little hope there is.
    pub(crate) fn stubbornly(mut self) -> Self {
        self.is_stubborn = true;
        self
    }

    /// Hurries to some plan, which need not be a best one.
    pub(crate) fn in_haste(mut self) -> Self {
        self.haste = HASTE;
        self
    }

    /// What a path costs, as the objective counts.
    pub(crate) fn cost_of(&self, path: &Path) -> Key {
        let mut tally = Tally::default();
        for action in &path.actions {
            tally = self.counted(&tally, action);
            self.add_step(&mut tally, action);
            self.add_times(&mut tally, action);
        }
        self.key(&tally, &Remaining::default())
    }

    /// The best paths, best first, and how the search went.
    pub(crate) fn run(&self) -> (Vec<Path>, SearchReport) {
        let mut nodes = vec![Node::start()];
        let mut queue: Queue =
            BinaryHeap::from([Reverse(([0; 6], (u64::MAX, 0, 0, 0), Turn::Look(0)))]);
        let mut space = Space::new();
        let mut report = SearchReport {
            complete: true,
            limit: None,
            considered: 0,
            kept: 0,
            proof: None,
        };
        let mut found: Vec<Path> = Vec::new();
        let mut kept_steps: Vec<Rc<Vec<(usize, V)>>> = Vec::new();
        let mut turns = 0;
        let bindings = self.limits.considered.saturating_mul(BINDINGS);
        let bindings = self.bindings.unwrap_or(bindings.max(LEAST_BINDINGS));
        let may_give_up = self.known.is_some() && !self.is_stubborn;
        self.candidates.be_patient(match may_give_up {
            true => bindings.min(FIRST_BINDINGS),
            false => bindings,
        });
        while let Some(Reverse((place, _, turn))) = queue.pop() {
            if self.is_no_better(&place) {
                break;
            }
            turns += 1;
            self.frontier.set(place);
            let is_late = turns % TURNS_UNASKED == 1 && self.limits.deadline.is_over();
            if is_late || turns > self.turns || self.candidates.is_out_of_patience() {
                report.complete = false;
                report.limit = Some(match is_late {
                    true => Limit::Time,
                    false => Limit::Considered,
                });
                break;
            }
            let at = match turn {
                Turn::Look(at) => at,
                Turn::Expand(at, first) => {
                    self.expand(&mut nodes, &mut queue, &mut space, at, first, place);
                    if at == 0 && !first && may_give_up {
                        let is_hopeless = self.candidates.is_out_of_patience()
                            || self.is_beyond_proof(nodes.len() - 1, &place);
                        self.candidates
                            .be_patient(if is_hopeless { 0 } else { bindings });
                    }
                    continue;
                }
            };
            if let Some(path) = self.ended(&nodes, at) {
                if self.question.objective == Objective::Pareto {
                    let rounds = nodes.get(at).map_or(0, |node| node.tally.depth);
                    if rounds < self.rounds_below.get() {
                        self.rounds_below.set(rounds);
                        found.push(path);
                        report.kept += 1;
                    }
                    continue;
                }
                let steps = nodes
                    .get(at)
                    .map(|node| Rc::clone(&node.tally.steps))
                    .unwrap_or_default();
                if !kept_steps.iter().any(|kept| contains_all(&steps, kept)) {
                    kept_steps.push(steps);
                    found.push(path);
                    report.kept += 1;
                    if found.len() >= self.question.alternatives.max(1) {
                        break;
                    }
                }
                continue;
            }
            if !self.judge(&mut nodes, &mut queue, &mut space, at, place) {
                continue;
            }
            let Some(node) = nodes.get(at) else { continue };
            let Some(known) = space.known.get_mut(node.state) else {
                continue;
            };
            if report.considered >= self.limits.considered {
                report.complete = false;
                report.limit = Some(Limit::Considered);
                break;
            }
            report.considered += 1;
            let (number, tally) = (node.state, node.tally.clone());
            // The last request of an orchestration ends a plan even where it changes nothing, or leads back.
            let is_last = node
                .action
                .as_ref()
                .is_some_and(|action| self.is_linked(action));
            if !is_last && !self.admit(known, &tally) {
                continue;
            }
            if let Some(end) = self.reaches(&known.state, node.action.as_deref()) {
                let mut ended = tally.clone();
                let wishes = self.wishes_of(&end);
                ended.wishes += wishes;
                let without_reserve = wishes == 0;
                let key = self.key(&ended, &Remaining::default());
                let last = nodes.len();
                queue.push(Reverse((
                    self.no_less(key, place),
                    tie(&ended, 0, last),
                    Turn::Look(last),
                )));
                nodes.push(Node {
                    parent: Some(at),
                    is_judged: true,
                    end: Some(end),
                    ..Node::at(number, ended)
                });
                if without_reserve {
                    // Nothing better lies beyond a goal that is reached without reserve.
                    continue;
                }
            }
            if is_last && !self.admit(known, &tally) {
                continue;
            }
            if tally.operations as usize >= self.limits.steps {
                report.complete = false;
                report.limit = Some(Limit::Steps);
                continue;
            }
            queue.push(Reverse((place, tie(&tally, 0, at), Turn::Expand(at, true))));
            queue.push(Reverse((
                place,
                tie(&tally, 1, at),
                Turn::Expand(at, false),
            )));
        }
        if self.has_given_up.get() || self.candidates.has_left_out() {
            report.complete = false;
            report.limit = report.limit.or(Some(Limit::Considered));
        }
        (found, report)
    }

    /// Is something as good known?
    fn is_no_better(&self, key: &Key) -> bool {
        self.known.is_some_and(|known| *key >= known)
    }

    /// With so many ways to begin, are there more states below what is known than can be looked at? Each operation
    /// that the bound does not see multiplies them.
    fn is_beyond_proof(&self, ways: usize, bound: &Key) -> bool {
        let operations = |key: &Key| match self.question.objective {
            Objective::Default | Objective::Layers | Objective::Makespan => {
                key.get(3).copied().unwrap_or(0)
            }
            Objective::Operations | Objective::Pareto => key.get(2).copied().unwrap_or(0),
            Objective::Cost => key.get(4).copied().unwrap_or(0),
        };
        let unseen = self.known.map_or(0, |known| {
            operations(&known).saturating_sub(operations(bound))
        });
        // Steps that do not bear on each other may come in any order: only which they are counts.
        let ways = ways as u64;
        let mut sets: u64 = 1;
        for taken in 0..unseen.min(ways) {
            sets = sets.saturating_mul(ways - taken) / (taken + 1);
            if sets > PROVABLE {
                return true;
            }
        }
        false
    }

    /// Works out what the node takes and what remains from there, once, when it comes to the front. Is it its turn still?
    fn judge(
        &self,
        nodes: &mut [Node],
        queue: &mut Queue,
        space: &mut Space,
        at: usize,
        place: Key,
    ) -> bool {
        let Some(node) = nodes.get_mut(at) else {
            return false;
        };
        if node.is_judged {
            return true;
        }
        node.is_judged = true;
        let Some(known) = space.known.get_mut(node.state) else {
            return false;
        };
        if let Some(action) = &node.action {
            self.add_step(&mut node.tally, action);
            if self.is_known(known, &node.tally) && !self.is_linked(action) {
                return false;
            }
            self.add_times(&mut node.tally, action);
        }
        let done = node
            .action
            .as_ref()
            .is_some_and(|action| self.is_linked(action));
        let [undone, last] = &mut known.remaining;
        let slot = if done { last } else { undone };
        let remaining = slot.get_or_insert_with(|| {
            let remaining = self.bound.remaining(&known.state, done, self.candidates);
            remaining.map(Rc::new)
        });
        let Some(remaining) = remaining else {
            return false;
        };
        if node.tally.wishes + remaining.wishes > self.question.wishes {
            return false;
        }
        let better = self.no_less(self.key(&node.tally, remaining), place);
        let rounds = node.tally.depth.max(self.least_rounds);
        if self.question.objective == Objective::Pareto && rounds >= self.rounds_below.get() {
            return false;
        }
        node.landmarks = Rc::from(remaining.landmarks.as_slice());
        if better > place {
            let tie = tie(&node.tally, 0, at);
            queue.push(Reverse((better, tie, Turn::Look(at))));
        }
        better <= place
    }

    /// Adds the successors of a node: by the templates of its cuts first, by the others when their turn comes.
    fn expand(
        &self,
        nodes: &mut Vec<Node>,
        queue: &mut Queue,
        space: &mut Space,
        at: usize,
        first: bool,
        place: Key,
    ) {
        let Some(node) = nodes.get(at) else { return };
        let done = node
            .action
            .as_ref()
            .is_some_and(|action| self.is_linked(action));
        let (number, tally) = (node.state, node.tally.clone());
        let Some(known) = space.known.get_mut(number) else {
            return;
        };
        let successors = match known.slot(first, done) {
            Some(successors) => Rc::clone(successors),
            None => {
                let state = known.state.clone();
                let all = 0..self.candidates.templates();
                let templates: Vec<usize> = if first {
                    node.landmarks.to_vec()
                } else {
                    all.filter(|one| node.landmarks.binary_search(one).is_err())
                        .collect()
                };
                let found = self.successors(&state, &templates).into_iter();
                let found: Rc<[Successor]> = found
                    .map(|action| Successor {
                        to: space.number(&action.after),
                        action: Rc::new(action),
                    })
                    .collect();
                if let Some(known) = space.known.get_mut(number) {
                    *known.slot(first, done) = Some(Rc::clone(&found));
                }
                found
            }
        };
        for successor in successors.iter() {
            let tally = self.counted(&tally, &successor.action);
            if tally.wishes > self.question.wishes {
                continue;
            }
            let key = self.no_less(self.key(&tally, &Remaining::default()), place);
            if self.is_no_better(&key) {
                continue;
            }
            queue.push(Reverse((
                key,
                tie(&tally, 0, nodes.len()),
                Turn::Look(nodes.len()),
            )));
            nodes.push(Node {
                parent: Some(at),
                action: Some(Rc::clone(&successor.action)),
                ..Node::at(successor.to, tally)
            });
        }
    }

    /// What follows takes no less than what it follows; in haste that is no help.
    fn no_less(&self, key: Key, place: Key) -> Key {
        match self.haste {
            1 => key.max(place),
            _ => key,
        }
    }

    fn key(&self, tally: &Tally, remaining: &Remaining) -> Key {
        let Tally {
            wishes,
            assumptions,
            manipulations,
            operations,
            price,
            depth,
            ..
        } = tally;
        let (manipulations, operations) = (
            manipulations + remaining.manipulations * self.haste,
            operations + remaining.operations * self.haste,
        );
        // Every complete plan takes the rounds of the bound: without this, flat beginnings would all come first.
        let depth = depth.max(&self.least_rounds);
        let [first, second, third, fourth] = match self.question.objective {
            Objective::Default => [manipulations, operations, *depth, 0],
            Objective::Operations | Objective::Pareto => [operations, *depth, manipulations, 0],
            Objective::Layers | Objective::Makespan => [*depth, operations, manipulations, 0],
            Objective::Cost => [*price, manipulations, operations, *depth],
        };
        [
            wishes + remaining.wishes,
            assumptions + remaining.assumptions,
            first,
            second,
            third,
            fourth,
        ]
    }

    fn ended(&self, nodes: &[Node], at: usize) -> Option<Path> {
        let (wants, wished_goals) = nodes.get(at)?.end.clone()?;
        let mut actions = Vec::new();
        let mut next = Some(at);
        while let Some(node) = next.and_then(|at| nodes.get(at)) {
            actions.extend(node.action.as_deref().cloned());
            next = node.parent;
        }
        actions.reverse();
        Some(Path {
            actions,
            wants,
            wished_goals,
        })
    }

    /// Does the state end a plan? Then with which wants, and which goals wished away.
    fn reaches(&self, state: &State, last: Option<&Action>) -> Option<(Vec<V>, Vec<usize>)> {
        if self.question.link.is_some() && !last.is_some_and(|action| self.is_linked(action)) {
            return None;
        }
        let mut best: Option<(Vec<V>, Vec<usize>)> = None;
        self.choose_wants(state, &mut Vec::new(), &mut best);
        best
    }

    /// How much of an end is only wished for.
    fn wishes_of(&self, (wants, goals): &(Vec<V>, Vec<usize>)) -> u64 {
        let wants = wants.iter().filter(|value| is_wished(self.view, **value));
        (wants.count() + goals.len()) as u64
    }

    /// Tries things for each want until the goal's clauses hold, best choice kept.
    fn choose_wants(
        &self,
        state: &State,
        chosen: &mut Vec<V>,
        best: &mut Option<(Vec<V>, Vec<usize>)>,
    ) {
        if best.as_ref().is_some_and(|end| self.wishes_of(end) == 0) {
            return;
        }
        let Some(of_type) = self.question.wants.get(chosen.len()) else {
            let binding = Binding {
                wants: chosen.clone(),
                ..Binding::default()
            };
            // What was taken to be there is used, or the plan would take it for granted without need.
            if !state.owed.iter().all(|value| chosen.contains(value)) {
                return;
            }
            let evaluator = Evaluator::new(self.view, state, &binding);
            let mut wished = Vec::new();
            for (at, clause) in self.question.clauses.iter().enumerate() {
                if evaluator.top(None, clause) != Truth::True {
                    wished.push(at);
                    let is_wishable = self.question.wishable.contains(&at);
                    if !is_wishable || wished.len() as u64 > self.question.wishes {
                        return;
                    }
                }
            }
            let end = (chosen.clone(), wished);
            let fewest = best.as_ref().map(|best| self.wishes_of(best));
            if fewest.is_none_or(|fewest| self.wishes_of(&end) < fewest) {
                *best = Some(end);
            }
            return;
        };
        let mut pool: Vec<V> = Vec::new();
        if !self.question.new {
            pool.extend(
                self.candidates
                    .representatives(state, &self.view.extent(*of_type)),
            );
            pool.extend(self.candidates.given.iter().copied());
        }
        pool.extend(state.at_hand.iter().copied());
        if self.question.wishes_for_wants {
            let wished = self.candidates.wished(*of_type);
            chosen.push(wished);
            self.choose_wants(state, chosen, best);
            chosen.pop();
        }
        for value in pool {
            let made = matches!(&*self.view.thing(value), Thing::Symbol(symbol) if matches!(symbol.origin, Origin::Created { .. }));
            if (self.question.new && !made)
                || state.is_deleted(value)
                || !state.fits(self.view, value, *of_type)
            {
                continue;
            }
            chosen.push(value);
            self.choose_wants(state, chosen, best);
            chosen.pop();
        }
    }

    fn successors(&self, state: &State, templates: &[usize]) -> Vec<Action> {
        let mut found = Vec::new();
        for (operation, binding) in self.candidates.requests(state, templates) {
            for taken in self.choices(state, &operation, &binding) {
                if let Some(action) = self.act(state, &operation, &binding, &taken)
                    && (action.after != *state || self.is_linked(&action))
                {
                    found.push(action);
                }
            }
        }
        found
    }

    /// Does the action take what the orchestration's outcome has given?
    fn is_linked(&self, action: &Action) -> bool {
        let Some(link) = &self.question.link else {
            return false;
        };
        let (operation, subject, input) = link.consumer;
        action.operation.index == operation
            && action.binding.subject == Some(subject)
            && action.binding.inputs.get(input).is_some_and(|argument| {
                argument
                    .iter()
                    .any(|value| action.before.produced.contains(value))
            })
    }

    /// The path that requests make one after the other, if each may be carried out and the last reaches the goal, and
    /// nothing is taken for granted on the way.
    pub(crate) fn followed(&self, requests: &[(Rc<Compiled>, Binding)]) -> Option<Path> {
        let mut state = State::default();
        let mut actions = Vec::with_capacity(requests.len());
        for (operation, binding) in requests {
            let action = self.act(&state, operation, binding, &[])?;
            if action.unknowns > 0 || !action.wished.is_empty() {
                return None;
            }
            state = action.after.clone();
            actions.push(action);
        }
        let (wants, wished_goals) = self.reaches(&state, actions.last())?;
        wished_goals.is_empty().then_some(Path {
            actions,
            wants,
            wished_goals,
        })
    }
}

/// Does the sorted list hold all of the other?
fn contains_all(list: &[(usize, V)], other: &[(usize, V)]) -> bool {
    let mut rest = list.iter();
    other
        .iter()
        .all(|item| rest.any(|candidate| candidate == item))
}
