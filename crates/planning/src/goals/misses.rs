//! What is missing where there is no plan: a smallest set of facts, values or permissions that would make one.

use std::collections::BTreeMap;

use samos_model::plan::{Answer, Change, NearestMiss};
use samos_model::{Comparison, Limits, Objective, SearchReport, Truth};

use super::Asked;
use crate::bound::Bound;
use crate::candidates::Candidates;
use crate::catalogue::Catalogue;
use crate::compiled::{Clause, Named, Part, Start};
use crate::composition::Missing;
use crate::search::{Path, Question, Search, is_wished};
use crate::slice::{Need, Slice};
use crate::state::State;
use crate::view::{P, V, View};
use crate::words;

/// States looked at for each way of looking for the nearest miss.
const MISS_LIMIT: u64 = 20_000;

/// So many missing things at most are proven to be the fewest.
const PROVEN: u64 = 3;

/// More missing things than this are not told.
const MOST: u64 = 1_000;

/// Of a goal with more parts than this, only those that nothing leads to are looked for.
const MANY: usize = 30;

impl Asked<'_> {
    /// A smallest set of conditions, values and permissions that stand in the way of a plan.
    ///
    /// What an operation could make true of the goal is not wished for itself, as long as something else will do.
    pub(super) fn nearest(
        &self,
        catalogue: &Catalogue<'_, '_>,
        slice: &Slice,
        question: &Question,
        limits: &Limits,
    ) -> Option<NearestMiss> {
        if question.clauses.len() > MANY {
            return self.out_of_reach(catalogue, slice, question, limits);
        }
        let candidates = Candidates::new(catalogue, slice, self.given.clone(), true);
        let limits = Limits {
            considered: MISS_LIMIT,
            deadline: limits.deadline.clone(),
            ..Limits::default()
        };
        let wishing = |wishes: u64, goal: Vec<usize>| Question {
            objective: Objective::Default,
            alternatives: 1,
            wishes,
            wishable: goal,
            wishes_for_wants: false,
            ..question.clone()
        };
        // What nothing leads to can only be wished for.
        let achieved = |need: &Need| !need.achievers.is_empty();
        let led_to = slice.goal.iter().filter(|need| achieved(need));
        let led_to: Vec<usize> = led_to.filter_map(Need::clause).collect();
        let all = 0..question.clauses.len();
        let out_of_reach = all.clone().filter(|at| !led_to.contains(at)).collect();
        let fewest = wishing(PROVEN, out_of_reach);
        let few = Search::new(catalogue, slice, &candidates, &fewest, &limits);
        let (paths, report) = few.run();
        if let Some(path) = paths.first() {
            return Some(self.miss(catalogue.view, path, report.complete));
        }
        let most = wishing(MOST, fewest.wishable.clone());
        let some = Search::new(catalogue, slice, &candidates, &most, &limits).in_haste();
        if let Some(path) = some.run().0.first() {
            return Some(self.miss(catalogue.view, path, false));
        }
        let last = Question {
            wishes_for_wants: true,
            ..wishing(MOST, all.collect())
        };
        let any = Search::new(catalogue, slice, &candidates, &last, &limits);
        let (paths, _) = any.run();
        let path = paths.into_iter().next().or_else(|| any.wished_at_once())?;
        Some(self.miss(catalogue.view, &path, false))
    }

    /// What nothing leads to, taking no account of what gets in the way: without it, the rest may have a plan.
    fn out_of_reach(
        &self,
        catalogue: &Catalogue<'_, '_>,
        slice: &Slice,
        question: &Question,
        limits: &Limits,
    ) -> Option<NearestMiss> {
        let candidates = Candidates::new(catalogue, slice, self.given.clone(), false);
        let bound = Bound::new(catalogue, slice, &question.clauses, question.assume, None);
        let missing = bound.out_of_reach(&State::default(), &candidates);
        if missing.is_empty() || !self.has_plan_without(catalogue, question, &missing, limits) {
            return None;
        }
        let path = Path {
            actions: Vec::new(),
            wants: Vec::new(),
            wished_goals: missing,
        };
        let is_only = path.wished_goals.len() == 1;
        Some(self.miss(catalogue.view, &path, is_only))
    }

    /// The answer where a goal asks two values of what holds one: none, and what would have to be left out.
    pub(super) fn contradicted(
        &self,
        catalogue: &Catalogue<'_, '_>,
        question: &Question,
        limits: &Limits,
    ) -> Option<Answer> {
        let pairs = contradictions(catalogue.view, &question.clauses);
        let excess: Vec<usize> = pairs.iter().map(|(_, second)| *second).collect();
        if excess.is_empty() {
            return None;
        }
        let has_rest = self.has_plan_without(catalogue, question, &excess, limits);
        if !has_rest && question.clauses.len() <= MANY {
            return None;
        }
        let words = |clause: usize| {
            let conjunct = self.goal.condition.conjuncts.get(clause)?;
            Some(words::conjunct(catalogue.view.world, conjunct, None))
        };
        let changes = pairs.iter().filter_map(|(first, second)| {
            let (kept, left_out) = (words(*first)?, words(*second)?);
            let text =
                format!("`{left_out}` left out: it and `{kept}` ask two values of what holds one");
            Some(Change::Permission { text })
        });
        // Each of these contradicts one that stays, so none of them could be kept beside it.
        let nearest = has_rest.then(|| told(changes.collect(), true, None));
        Some(Answer {
            nearest,
            ..super::none(SearchReport {
                complete: true,
                limit: None,
                considered: 0,
                kept: 0,
                proof: None,
            })
        })
    }

    /// Would there be a plan if the goal did not have some of its parts?
    fn has_plan_without(
        &self,
        catalogue: &Catalogue<'_, '_>,
        question: &Question,
        left_out: &[usize],
        limits: &Limits,
    ) -> bool {
        let clauses = question.clauses.iter().enumerate();
        let rest = clauses.filter(|(at, _)| !left_out.contains(at));
        let rest = Question {
            clauses: rest.map(|(_, clause)| clause.clone()).collect(),
            link: None,
            objective: Objective::Default,
            alternatives: 1,
            ..question.clone()
        };
        let slice = super::sliced(catalogue, &rest);
        let candidates = Candidates::new(catalogue, &slice, self.given.clone(), false);
        let (paths, _) = self.paths(catalogue, &slice, &candidates, &rest, limits);
        !paths.is_empty()
    }

    fn miss(&self, view: &View<'_>, path: &Path, proven: bool) -> NearestMiss {
        let mut changes = Vec::new();
        let mut blocked_at = None;
        for action in &path.actions {
            let Some(specified) = view.world.operations().get(action.operation.index) else {
                continue;
            };
            let subject = action
                .binding
                .subject
                .map(|subject| view.words(subject))
                .unwrap_or_default();
            let here = format!("{} on {subject}", view.world.compact(&specified.iri));
            for clause in &action.wished {
                if let Some(conjunct) = specified.precondition.conjuncts.get(*clause) {
                    blocked_at.get_or_insert(here.clone());
                    let text = words::conjunct(view.world, conjunct, Some(&subject));
                    changes.push(Change::Fact {
                        text: format!("{text} (for {here})"),
                    });
                }
            }
            for outcome in &action.wished_readings {
                if let Some(reads) = specified
                    .outcomes
                    .get(*outcome)
                    .and_then(|outcome| outcome.reads.as_ref())
                {
                    blocked_at.get_or_insert(here.clone());
                    let text = words::path(view.world, &reads.path, Some(&subject));
                    changes.push(Change::Fact {
                        text: format!("exists {text} (for {here})"),
                    });
                }
            }
            for (input, values) in action.operation.inputs.iter().zip(&action.binding.inputs) {
                if values.iter().any(|value| is_wished(view, *value)) {
                    blocked_at.get_or_insert(here.clone());
                    let of_type = view.type_iri(input.of_type);
                    let text = format!(
                        "a {} for parameter `{}` of {here}",
                        view.world.compact(&of_type),
                        input.name
                    );
                    changes.push(Change::Value { of_type, text });
                }
            }
        }
        for (of_type, value) in self.wants.iter().zip(&path.wants) {
            if !is_wished(view, *value) {
                continue;
            }
            let of_type = view.type_iri(*of_type);
            let name = view.world.compact(&of_type);
            changes.push(match self.goal.new {
                true => Change::Permission {
                    text: format!("an operation that makes a new {name}"),
                },
                false => Change::Value {
                    text: format!("a {name} given"),
                    of_type,
                },
            });
        }
        for clause in &path.wished_goals {
            if let Some(conjunct) = self.goal.condition.conjuncts.get(*clause) {
                let text = words::conjunct(view.world, conjunct, None);
                changes.push(Change::Permission {
                    text: format!("an operation that makes `{text}` true, or that fact itself"),
                });
            }
        }
        changes.dedup();
        told(changes, proven, blocked_at)
    }
}

pub(super) fn missing_types(view: &View<'_>, missing: &Missing) -> NearestMiss {
    let given = missing.types.iter().map(|of_type| {
        let of_type = view.type_iri(*of_type);
        Change::Value {
            text: format!("a {} given", view.world.compact(&of_type)),
            of_type,
        }
    });
    let makers = missing.makers.iter().map(|of_type| {
        let of_type = view.world.compact(&view.type_iri(*of_type));
        Change::Permission {
            text: format!("an operation that makes a new {of_type}"),
        }
    });
    told(given.chain(makers).collect(), missing.is_proven, None)
}

fn told(changes: Vec<Change>, proven: bool, blocked_at: Option<String>) -> NearestMiss {
    let texts: Vec<&str> = changes.iter().map(text_of).collect();
    let text = format!("a plan would exist with: {}", texts.join("; "));
    NearestMiss {
        proven_smallest: proven,
        changes,
        blocked_at,
        text,
    }
}

/// A known thing or value, or one property of it.
fn side(part: &Part) -> Option<(V, Option<P>)> {
    match part {
        Part::Value(value) => Some((*value, None)),
        Part::Way(way) => match (way.start, way.properties.as_slice()) {
            (Start::Known(value), []) => Some((value, None)),
            (Start::Known(thing), [property]) => Some((thing, Some(*property))),
            _ => None,
        },
        Part::Count(_) => None,
    }
}

/// Pairs of a goal's parts that ask two values of what holds one; the second of each is one too many.
fn contradictions(view: &View<'_>, clauses: &[Named<Clause>]) -> Vec<(usize, usize)> {
    let mut only: BTreeMap<(V, P), (usize, V)> = BTreeMap::new();
    let mut found = Vec::new();
    for (at, clause) in clauses.iter().enumerate() {
        let Clause::Compare(left, Comparison::Equal, right) = &clause.what else {
            continue;
        };
        let sides = [left.single(), right.single()].map(|part| part.map(side));
        if let [Some((thing, Some(property))), Some((value, None))]
        | [Some((value, None)), Some((thing, Some(property)))] = sides.map(Option::flatten)
            && view.schema(property).functional
        {
            let (first, other) = *only.entry((thing, property)).or_insert((at, value));
            if view.same(other, value) == Truth::False {
                found.push((first, at));
            }
        }
    }
    found
}

fn text_of(change: &Change) -> &str {
    match change {
        Change::Fact { text } | Change::Value { text, .. } | Change::Permission { text } => text,
    }
}
