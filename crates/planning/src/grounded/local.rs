//! A goal about a whole estate, one small piece after the other, each over the few things that bear on it.
//!
//! In: rules, and a goal of many needs. Out: a plan, or none where the pieces get in each other's way. The needs that
//! speak of the same thing make a piece. What a piece names, what those things point at, and a few of each kind of
//! interchangeable things (a free address is as good as the next) make a task of a few hundred actions however large
//! the estate is. What was reached before is kept; where that fails, more things are looked at.

use std::collections::{BTreeSet, VecDeque};

use rustc_hash::FxHashMap;
use samos_model::Deadline;

use super::grounding::{Costs, Grounding, Within};
use super::lifted::{Need, Rule, Term, merged};
use super::now::{Before, Now};
use super::relaxed::Relaxed;
use super::{Way, search, windows};
use crate::view::{P, V, View};
use around::{Around, Reach};

mod around;

/// Needs in one piece, at most.
pub(super) const PIECE: usize = 8;

/// What more needs than this speak of does not tie them together.
const SHARED: usize = 6;

/// States looked at for one piece, and to improve what was found for it.
const STATES: u64 = 400;
const IMPROVING: u64 = 300;

/// Actions that all states of all pieces together may touch.
const TOUCHED: u64 = 1_000_000_000;

/// What making one action costs, beside looking at it once.
const MADE: u64 = 100;

const REACHES: &[Reach] = &[
    Reach {
        each: 2,
        all: false,
        most: 5_000,
    },
    Reach {
        each: 2,
        all: true,
        most: 20_000,
    },
    Reach {
        each: 6,
        all: true,
        most: 60_000,
    },
];

/// A plan, and how many states were looked at.
pub(super) fn in_pieces(
    view: &View<'_>,
    rules: &[Rule],
    given: &[V],
    goal: &Rule,
    costs: &Costs<'_>,
    is_priced: bool,
) -> Option<(Way, u64)> {
    let rules = merged(rules);
    let mut estate = Estate::new(view, &rules, given, goal)?;
    let mut way: Way = Vec::new();
    let (mut considered, mut touched) = (0, 0);
    let mut open: VecDeque<Vec<usize>> = estate.pieces().into();
    let mut put_off = 0;
    let mut rounds = 0;
    while let Some(piece) = open.pop_front() {
        let mut found = None;
        if piece.iter().all(|need| estate.is_met(*need)) {
            continue;
        }
        for reach in REACHES {
            let near = estate.near(&piece, reach);
            let solved = estate.solve(&piece, &near, reach, costs, is_priced);
            considered += solved.considered;
            touched += solved.touched;
            if touched > TOUCHED {
                return None;
            }
            if let Some(steps) = solved.steps {
                found = Some(steps);
                break;
            }
        }
        match found {
            Some(steps) => {
                way.extend(steps);
                put_off = 0;
            }
            None => {
                put_off += 1;
                if put_off > open.len() {
                    return None;
                }
                open.push_back(piece);
            }
        }
        if open.is_empty() && rounds < 3 {
            rounds += 1;
            open.extend(estate.pieces());
            open.retain(|piece| !piece.iter().all(|need| estate.is_met(*need)));
        }
    }
    let is_reached = (0..estate.goal.needs.len()).all(|need| estate.is_met(need));
    is_reached.then_some((way, considered))
}

/// What a piece gave.
#[derive(Default)]
struct Solved {
    steps: Option<Way>,
    considered: u64,
    touched: u64,
}

struct Estate<'r, 'w> {
    view: &'r View<'w>,
    rules: &'r [Rule],
    given: &'r [V],
    goal: &'r Rule,
    now: Now,
    around: Around<'r, 'w>,
    /// By owner: the goal's needs.
    needs_of: FxHashMap<V, Vec<usize>>,
}

impl<'r, 'w> Estate<'r, 'w> {
    fn new(view: &'r View<'w>, rules: &'r [Rule], given: &'r [V], goal: &'r Rule) -> Option<Self> {
        let mut estate = Self {
            view,
            rules,
            given,
            goal,
            now: Now::default(),
            around: Around::new(view, rules, given),
            needs_of: FxHashMap::default(),
        };
        for (at, need) in goal.needs.iter().enumerate() {
            let (owner, value) = sides(need);
            let Term::Known(owner) = owner else {
                return None;
            };
            estate.needs_of.entry(owner).or_default().push(at);
            estate.around.mention(owner);
            if let Some(Term::Known(value)) = value {
                estate.around.mention(value);
            }
        }
        Some(estate)
    }

    fn is_met(&self, need: usize) -> bool {
        self.goal
            .needs
            .get(need)
            .is_some_and(|need| self.now.meets(self.view, need))
    }

    /// The open needs, those that speak of the same things together.
    fn pieces(&self) -> Vec<Vec<usize>> {
        let mut by_thing: FxHashMap<V, Vec<usize>> = FxHashMap::default();
        let mut things: Vec<V> = Vec::new();
        for (at, need) in self.goal.needs.iter().enumerate() {
            let (owner, value) = sides(need);
            for term in [owner].into_iter().chain(value) {
                if let Term::Known(thing) = term
                    && self.around.is_movable(thing)
                {
                    let all = by_thing.entry(thing).or_default();
                    if all.is_empty() {
                        things.push(thing);
                    }
                    all.push(at);
                }
            }
        }
        things.sort_by_key(|thing| (by_thing.get(thing).map_or(0, Vec::len), *thing));
        let mut piece_of: Vec<usize> = (0..self.goal.needs.len()).collect();
        let mut pieces: Vec<Vec<usize>> =
            (0..self.goal.needs.len()).map(|need| vec![need]).collect();
        for thing in things {
            let needs = by_thing.remove(&thing).unwrap_or_default();
            if needs.len() > SHARED {
                continue;
            }
            let own: BTreeSet<usize> = needs
                .iter()
                .filter_map(|need| piece_of.get(*need).copied())
                .collect();
            let size: usize = own
                .iter()
                .filter_map(|piece| pieces.get(*piece))
                .map(Vec::len)
                .sum();
            let Some(into) = own.first().copied().filter(|_| size <= PIECE) else {
                continue;
            };
            for piece in own.into_iter().skip(1) {
                let moved = pieces.get_mut(piece).map(std::mem::take);
                for need in moved.unwrap_or_default() {
                    if let Some(slot) = piece_of.get_mut(need) {
                        *slot = into;
                    }
                    if let Some(piece) = pieces.get_mut(into) {
                        piece.push(need);
                    }
                }
            }
        }
        pieces.retain(|piece| !piece.is_empty() && !piece.iter().all(|need| self.is_met(*need)));
        pieces
    }

    /// The things to look at for a piece.
    fn near(&self, piece: &[usize], reach: &Reach) -> BTreeSet<V> {
        let needs = piece.iter().filter_map(|need| self.goal.needs.get(*need));
        let named = needs.flat_map(|need| {
            let (owner, value) = sides(need);
            [Some(owner), value]
        });
        let named = named.filter_map(|term| match term {
            Some(Term::Known(thing)) => Some(thing),
            _ => None,
        });
        self.around.near(&self.now, &named.collect(), reach)
    }

    /// Looks for steps that reach a piece and keep what was reached, and takes them.
    fn solve(
        &mut self,
        piece: &[usize],
        near: &BTreeSet<V>,
        reach: &Reach,
        costs: &Costs<'_>,
        is_priced: bool,
    ) -> Solved {
        let mut needs: BTreeSet<usize> = piece.iter().copied().collect();
        let of_near = near.iter().filter_map(|thing| self.needs_of.get(thing));
        needs.extend(of_near.flatten().filter(|need| self.is_met(**need)));
        let goal = Rule {
            needs: needs
                .iter()
                .filter_map(|need| self.goal.needs.get(*need).copied())
                .collect(),
            tests: Vec::new(),
            ..self.goal.clone_without_needs()
        };
        let things: Vec<V> = near.iter().copied().collect();
        let within = Within {
            now: &self.now,
            near: Some(&things),
            most: reach.most,
        };
        let grounding = Grounding::new(self.view, self.rules, self.given, within);
        let Some((task, instances)) = grounding.run(std::slice::from_ref(&goal), costs) else {
            return Solved {
                touched: reach.most as u64 * MADE,
                ..Solved::default()
            };
        };
        let size = (task.actions.len() + task.facts) as u64;
        let mut relaxed = Relaxed::new(&task, is_priced);
        let found = search::greedy(
            &task,
            &mut relaxed,
            &task.initial,
            &task.goal,
            STATES.into(),
        );
        let mut solved = Solved {
            steps: None,
            considered: found.considered,
            touched: (found.considered + MADE) * size,
        };
        let Some(plan) = found.plan else {
            return solved;
        };
        let plan = task.trimmed(plan);
        let patience = windows::Patience {
            states: IMPROVING,
            deadline: Deadline::default(),
        };
        let plan = windows::improved(&task, &mut relaxed, plan, is_priced, patience);
        let mut steps = Vec::with_capacity(plan.len());
        let mut before: Vec<Before> = Vec::new();
        for number in &plan {
            let taken = task
                .actions
                .get(*number as usize)
                .map(|action| action.instance as usize);
            let taken = taken.and_then(|at| Some((instances.get(at)?, task.bindings.get(at)?)));
            let Some((instance, Some(request))) = taken else {
                return solved;
            };
            let rule = self.rules.get(instance.rule);
            let changed =
                rule.and_then(|rule| self.now.carry_out(self.view, rule, &instance.values));
            before.extend(changed);
            steps.push(request.clone());
        }
        if before.len() == steps.len() && self.keeps(&needs, &before) {
            self.around.follow(&self.now, &before);
            solved.steps = Some(steps);
        } else {
            self.now.take_back(before);
        }
        solved
    }

    /// Do the needs hold, and all those met before whose cells were touched?
    fn keeps(&self, needs: &BTreeSet<usize>, before: &[Before]) -> bool {
        let mut earlier = Now::default();
        earlier.take_back(before.to_vec());
        needs.iter().all(|need| self.is_met(*need))
            && before.iter().flatten().all(|((owner, _), _)| {
                self.needs_of.get(owner).into_iter().flatten().all(|need| {
                    self.is_met(*need)
                        || self
                            .goal
                            .needs
                            .get(*need)
                            .is_some_and(|need| !earlier.meets(self.view, need))
                })
            })
    }
}

/// Does the goal ask two values of what holds one?
pub(super) fn is_contradictory(view: &View<'_>, goal: &Rule) -> bool {
    let mut only: FxHashMap<(V, P), V> = FxHashMap::default();
    goal.needs.iter().any(|need| match need {
        Need::Has(Term::Known(owner), property, Term::Known(value))
            if view.schema(*property).functional =>
        {
            *only.entry((*owner, *property)).or_insert(*value) != *value
        }
        _ => false,
    })
}

/// Whose cell a need looks at, and for which value.
fn sides(need: &Need) -> (Term, Option<Term>) {
    match need {
        Need::Has(owner, _, value) | Need::Lacks(owner, _, value) => (*owner, Some(*value)),
        Need::Some(owner, _) | Need::Empty(owner, _) => (*owner, None),
    }
}

fn property_of(need: &Need) -> P {
    let (Need::Has(_, p, _) | Need::Lacks(_, p, _) | Need::Some(_, p) | Need::Empty(_, p)) = need;
    *p
}
