//! Chains within one provider: every request after the first has a condition that an earlier one made true.
//!
//! Paper: table 3, SCSR. In: requests, all arguments given. Out: chains, best first, as many as are asked for, and how
//! many there are, which is counted without listing them. Chains that differ only in the order of steps that commute are
//! one. Judged by progression, so that no factorial of orders is ever listed: a prefix that is no chain is not followed,
//! nor one from which no way leads to the goal.

mod counting;
mod requests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::rc::Rc;

use samos_model::plan::{Answer, Dropped};
use samos_model::{Condition, Iri, Limits, Plan, Request, SearchReport, World};

use crate::assembly::{Purpose, assemble, must_keep_order};
use crate::candidates::Candidates;
use crate::catalogue::Catalogue;
use crate::search::{Action, Path, Question, Search, price};
use crate::slice::Slice;
use crate::view::View;
use counting::Counting;
use requests::{Point, Requests, Standing};

/// Chains of at least two of the requests, best first; with a goal, those after which it holds.
///
/// `search.kept` counts all chains, of which `limits.answers` are returned; where the search is not complete there are
/// at least so many.
#[must_use = "planning has no other effect"]
pub fn chains(
    world: &dyn World,
    subjects: &[Iri],
    requests: &[Request],
    goal: Option<&Condition>,
    limits: &Limits,
) -> Answer {
    let view = View::new(world);
    let catalogue = Catalogue::new(&view, None);
    let requests = Requests::new(&catalogue, requests, goal);
    let (slice, question) = (Slice::default(), Question::default());
    let candidates = Candidates::new(&catalogue, &slice, Vec::new(), false);
    let search = Search::following(&catalogue, &slice, &candidates, &question, limits);
    let mut counting = Counting::new(&requests, &search, limits);
    let counted = counting.chains();
    let counted_limit = counting.limit;
    let (paths, listed) = Listing {
        requests: &requests,
        search: &search,
        counting: counted_limit.is_none().then_some(&mut counting),
        limits,
        considered: 0,
        dropped: BTreeMap::new(),
    }
    .run();
    let considered = counting.considered + listed.considered;
    let literals = requests.all.iter().flat_map(|bound| {
        let inputs = bound.binding.inputs.iter();
        inputs.flat_map(|values| values.iter().copied())
    });
    let empty = Condition::default();
    let literals = literals.collect();
    let purpose = Purpose {
        condition: goal.unwrap_or(&empty),
        wants: &[],
        new: false,
        givens: Vec::new(),
        subjects,
        literals: &literals,
    };
    let asked = Question {
        clauses: requests.goal.clone(),
        ..Question::default()
    };
    let plans: Vec<Plan> = paths
        .iter()
        .filter_map(|path| assemble(&catalogue, &asked, &purpose, path))
        .collect();
    // What was listed to the end, or counted to the end, is exact.
    let exact = if listed.is_complete {
        Some(listed.found)
    } else if counted_limit.is_none() {
        u64::try_from(counted).ok()
    } else {
        None
    };
    let at_least = u64::try_from(counted).unwrap_or(u64::MAX).max(listed.found);
    Answer {
        plans,
        search: SearchReport {
            complete: exact.is_some(),
            limit: counted_limit.filter(|_| exact.is_none()),
            considered,
            kept: exact.unwrap_or(at_least),
            proof: None,
        },
        nearest: None,
        dropped: listed.dropped,
    }
}

/// A chain so far: the places of its requests and what they did.
struct Prefix {
    length: usize,
    /// Those before the last, and the last with its round, when all that can run at once does.
    steps: Option<Rc<Steps>>,
    point: Point,
    changes: u64,
    rounds: u32,
    /// In millionths.
    price: u64,
}

/// Steps, last first.
struct Steps {
    before: Option<Rc<Steps>>,
    action: Rc<Action>,
    round: u32,
}

impl Prefix {
    fn steps(&self) -> Vec<&Steps> {
        let mut found: Vec<&Steps> = Vec::with_capacity(self.length);
        let mut next = self.steps.as_deref();
        while let Some(step) = next {
            found.push(step);
            next = step.before.as_deref();
        }
        found.reverse();
        found
    }
}

/// Lists chains, best first.
struct Listing<'a, 's, 'k, 'c, 'w> {
    requests: &'a Requests<'c, 'w>,
    search: &'a Search<'s, 'c, 'w>,
    /// Tells how far it is to the goal, where everything was counted.
    counting: Option<&'a mut Counting<'k, 's, 'c, 'w>>,
    limits: &'a Limits,
    considered: u64,
    dropped: BTreeMap<&'static str, (u64, String)>,
}

/// How listing went.
struct Listed {
    /// Were all chains listed?
    is_complete: bool,
    found: u64,
    considered: u64,
    dropped: Vec<Dropped>,
}

impl Listing<'_, '_, '_, '_, '_> {
    fn run(mut self) -> (Vec<Path>, Listed) {
        let mut is_complete = true;
        let mut prefixes = vec![Prefix {
            length: 0,
            steps: None,
            point: self.requests.start(),
            changes: 0,
            rounds: 0,
            price: 0,
        }];
        let mut queue = BinaryHeap::from([Reverse(((0_u64, 0_u64, 0_u32, 0_u64), 0_usize))]);
        let mut paths = Vec::new();
        while let Some(Reverse((_, at))) = queue.pop() {
            let Some(prefix) = prefixes.get(at) else {
                continue;
            };
            if prefix.length >= 2 && self.reaches(prefix) {
                paths.push(path(prefix));
                if paths.len() >= self.limits.answers {
                    is_complete = false;
                    break;
                }
            }
            if self.considered >= self.limits.considered || self.limits.deadline.is_over() {
                is_complete = false;
                break;
            }
            let longer = self.longer(prefix);
            if prefix.length >= self.limits.steps {
                is_complete &= longer.is_empty();
                continue;
            }
            for (next, rest) in longer {
                let key = (
                    next.changes + rest.0,
                    next.length as u64 + rest.1,
                    next.rounds,
                    next.price,
                );
                prefixes.push(next);
                queue.push(Reverse((key, prefixes.len() - 1)));
            }
        }
        let dropped = self.dropped.into_iter();
        let dropped = dropped.map(|(reason, (count, example))| Dropped {
            reason: reason.to_owned(),
            count,
            example,
        });
        let listed = Listed {
            is_complete,
            found: paths.len() as u64,
            considered: self.considered,
            dropped: dropped.collect(),
        };
        (paths, listed)
    }

    fn reaches(&self, prefix: &Prefix) -> bool {
        let state = &prefix.point.state;
        (0..self.requests.goal.len()).all(|part| self.requests.holds(state, part).0)
    }

    /// The chains with one step more, each with what the best way from there to the goal takes at least.
    fn longer(&mut self, prefix: &Prefix) -> Vec<(Prefix, (u64, u64))> {
        let is_first = prefix.length == 0;
        let before = prefix.steps();
        let actions: Vec<Rc<Action>> = before.iter().map(|step| Rc::clone(&step.action)).collect();
        let mut standings: Vec<(usize, Standing)> = Vec::new();
        for place in 0..self.requests.all.len() {
            self.considered += 1;
            if !prefix.point.left.contains(place) {
                let reason = "the same operation on the same subject again";
                self.drop(prefix, &actions, place, reason);
                continue;
            }
            let standing = self
                .requests
                .standing(self.search, &prefix.point, place, is_first);
            standings.push((place, standing));
        }
        let mut longer = Vec::new();
        for (place, standing) in &standings {
            let action = match &standing.action {
                Ok(_) if prefix.point.asleep.contains(*place) => {
                    self.drop(prefix, &actions, *place, "another order of the same steps");
                    continue;
                }
                Ok(action) => action,
                Err(reason) => {
                    self.drop(prefix, &actions, *place, reason);
                    continue;
                }
            };
            let point = self
                .requests
                .after(&prefix.point, *place, action, &standings);
            let rest = match &mut self.counting {
                Some(counting) => counting.ways(&point).least,
                None => Some((0, 0)),
            };
            let Some(rest) = rest else {
                self.drop(
                    prefix,
                    &actions,
                    *place,
                    "no way leads from there to the goal",
                );
                continue;
            };
            let held = before
                .iter()
                .filter(|earlier| must_keep_order(self.requests.view, &earlier.action, action));
            let round = 1 + held.map(|earlier| earlier.round).max().unwrap_or(0);
            longer.push((
                Prefix {
                    length: prefix.length + 1,
                    steps: Some(Rc::new(Steps {
                        before: prefix.steps.clone(),
                        action: Rc::clone(action),
                        round,
                    })),
                    point,
                    changes: prefix.changes + u64::from(action.operation.is_manipulation()),
                    rounds: prefix.rounds.max(round),
                    price: prefix.price + price(self.requests.view, action),
                },
                rest,
            ));
        }
        longer
    }

    fn drop(
        &mut self,
        prefix: &Prefix,
        actions: &[Rc<Action>],
        place: usize,
        reason: &'static str,
    ) {
        let example = || self.requests.clash(&prefix.point, actions, place);
        let slot = self.dropped.entry(reason);
        slot.or_insert_with(|| (0, example())).0 += 1;
    }
}

fn path(prefix: &Prefix) -> Path {
    let actions = prefix.steps().into_iter();
    Path {
        actions: actions.map(|step| (*step.action).clone()).collect(),
        wants: Vec::new(),
        wished_goals: Vec::new(),
    }
}
