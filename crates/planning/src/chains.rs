//! Chains within one provider: every request after the first has a condition that an earlier one made true.
//!
//! Paper: table 3, SCSR. In: requests, all arguments given. Out: chains, best first, and how many there are. Chains that
//! differ only in the order of steps that commute are one. Judged by progression, so that no factorial of orders is
//! ever listed: a prefix that is no chain is not followed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::rc::Rc;

use samos_model::plan::{Answer, Dropped};
use samos_model::{Condition, Iri, Limit, Limits, Request, SearchReport, Truth, Value, World};

use crate::assembly::{Purpose, assemble, must_keep_order};
use crate::candidates::Candidates;
use crate::catalogue::Catalogue;
use crate::compiled::{Clause, Compiled, Named, compile_goal};
use crate::evaluation::{Binding, Evaluator};
use crate::search::{Action, Path, Question, Search};
use crate::slice::Slice;
use crate::state::State;
use crate::view::View;
use crate::words;

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
    Chaining::new(&catalogue, requests, goal).run(subjects, goal, limits)
}

struct Chaining<'a, 'c, 'w> {
    catalogue: &'a Catalogue<'c, 'w>,
    view: &'c View<'w>,
    links: Vec<(Rc<Compiled>, Binding)>,
    goal: Vec<Named<Clause>>,
}

/// A chain so far: the places of its requests and what they did.
struct Prefix {
    places: Vec<usize>,
    actions: Vec<Rc<Action>>,
    /// The round of each action, when all that can run at once does.
    layers: Vec<u32>,
    state: State,
}

impl<'a, 'c, 'w> Chaining<'a, 'c, 'w> {
    fn new(
        catalogue: &'a Catalogue<'c, 'w>,
        requests: &[Request],
        goal: Option<&Condition>,
    ) -> Self {
        let view = catalogue.view;
        let mut links = Vec::new();
        for request in requests {
            let operations = view.world.operations();
            let Ok(index) =
                operations.binary_search_by(|operation| operation.iri.cmp(&request.operation))
            else {
                continue;
            };
            let Some(operation) = catalogue.operation(index) else {
                continue;
            };
            let inputs = operation.inputs.iter().map(|input| {
                let values: Vec<_> = match request.arguments.get(&input.name) {
                    Some(values) => values.iter().map(|value| view.value(value)).collect(),
                    None => input.default.into_iter().collect(),
                };
                Rc::from(values)
            });
            let binding = Binding {
                subject: Some(view.value(&Value::Entity(request.subject.clone()))),
                inputs: inputs.collect(),
                ..Binding::default()
            };
            links.push((operation, binding));
        }
        let goal = goal
            .map(|goal| compile_goal(view, goal, &[]))
            .unwrap_or_default();
        Self {
            catalogue,
            view,
            links,
            goal,
        }
    }

    fn run(&self, subjects: &[Iri], goal: Option<&Condition>, limits: &Limits) -> Answer {
        let (slice, question, empty) =
            (Slice::default(), Question::default(), Condition::default());
        let candidates = Candidates::new(self.catalogue, &slice, Vec::new(), false);
        let search = Search::new(self.catalogue, &slice, &candidates, &question, limits);
        let literals = self.links.iter().flat_map(|(_, binding)| {
            binding
                .inputs
                .iter()
                .flat_map(|values| values.iter().copied())
        });
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
            clauses: self.goal.clone(),
            ..Question::default()
        };

        let mut report = SearchReport {
            complete: true,
            limit: None,
            considered: 0,
            kept: 0,
        };
        let mut dropped: BTreeMap<&str, (u64, String)> = BTreeMap::new();
        let mut prefixes = vec![Prefix {
            places: Vec::new(),
            actions: Vec::new(),
            layers: Vec::new(),
            state: State::default(),
        }];
        let mut queue = BinaryHeap::from([Reverse(((0_u64, 0_usize, 0_u32), 0_usize))]);
        let mut plans = Vec::new();
        while let Some(Reverse((_, at))) = queue.pop() {
            let Some(prefix) = prefixes.get(at) else {
                continue;
            };
            if prefix.places.len() >= 2 && self.reaches(&prefix.state) {
                report.kept += 1;
                if plans.len() < limits.answers {
                    let path = Path {
                        actions: prefix
                            .actions
                            .iter()
                            .map(|action| (**action).clone())
                            .collect(),
                        wants: Vec::new(),
                        wished_goals: Vec::new(),
                    };
                    plans.extend(assemble(self.catalogue, &asked, &purpose, &path));
                }
            }
            if prefix.places.len() >= limits.steps {
                report.complete = false;
                report.limit = Some(Limit::Steps);
                continue;
            }
            let mut longer = Vec::new();
            for place in 0..self.links.len() {
                if report.considered >= limits.considered {
                    report.complete = false;
                    report.limit = Some(Limit::Considered);
                    return self.answer(plans, report, dropped);
                }
                report.considered += 1;
                match self.extend(&search, prefix, place) {
                    Ok(action) => longer.push((place, action)),
                    Err(reason) => {
                        let slot = dropped
                            .entry(reason)
                            .or_insert_with(|| (0, self.clash(prefix, place)));
                        slot.0 += 1;
                    }
                }
            }
            let (places, actions) = (prefix.places.clone(), prefix.actions.clone());
            let layers = prefix.layers.clone();
            for (place, action) in longer {
                let state = action.after.clone();
                let before = actions.iter().zip(&layers);
                let before = before
                    .filter(|(earlier, _)| must_keep_order(self.view, earlier, &action))
                    .map(|(_, layer)| *layer);
                let layer = 1 + before.max().unwrap_or(0);
                let next = Prefix {
                    layers: layers.iter().copied().chain([layer]).collect(),
                    places: places.iter().copied().chain([place]).collect(),
                    actions: actions.iter().cloned().chain([Rc::new(action)]).collect(),
                    state,
                };
                let changes = next
                    .actions
                    .iter()
                    .filter(|action| action.operation.is_manipulation())
                    .count() as u64;
                let rounds = next.layers.iter().copied().max().unwrap_or(0);
                let key = (changes, next.places.len(), rounds);
                prefixes.push(next);
                queue.push(Reverse((key, prefixes.len() - 1)));
            }
        }
        self.answer(plans, report, dropped)
    }

    fn answer(
        &self,
        plans: Vec<samos_model::Plan>,
        search: SearchReport,
        dropped: BTreeMap<&str, (u64, String)>,
    ) -> Answer {
        let dropped = dropped
            .into_iter()
            .map(|(reason, (count, example))| Dropped {
                reason: reason.to_owned(),
                count,
                example,
            })
            .collect();
        Answer {
            plans,
            search,
            nearest: None,
            dropped,
        }
    }

    fn reaches(&self, state: &State) -> bool {
        let binding = Binding::default();
        self.goal.iter().all(|clause| {
            Evaluator::new(self.view, state, &binding).top(None, clause) == Truth::True
        })
    }

    /// The request as the next of a chain, or why it cannot be.
    fn extend(
        &self,
        search: &Search<'_, '_, '_>,
        prefix: &Prefix,
        place: usize,
    ) -> Result<Action, &'static str> {
        let Some((operation, binding)) = self.links.get(place) else {
            return Err("unknown");
        };
        let repeats = prefix.places.iter().any(|other| {
            self.links.get(*other).is_some_and(|(other, theirs)| {
                other.index == operation.index && theirs.subject == binding.subject
            })
        });
        if repeats {
            return Err("the same operation on the same subject again");
        }
        let named = binding
            .subject
            .iter()
            .chain(binding.inputs.iter().flat_map(|values| values.iter()));
        if named
            .into_iter()
            .any(|value| prefix.state.is_deleted(*value))
        {
            return Err("it names what an earlier step deletes");
        }
        if !prefix.places.is_empty() && !self.is_enabled(prefix, operation, binding) {
            return Err("no earlier step makes one of its conditions true");
        }
        let failure = if prefix.places.is_empty() {
            "its precondition is not true now, and nothing stands before it"
        } else {
            "contradiction: an earlier step leaves its precondition false"
        };
        let action = search
            .act(&prefix.state, operation, binding, &[])
            .ok_or(failure)?;
        // Of the orders of steps that commute, only the first by place is followed: the request stands nowhere behind
        // what it could as well stand before.
        let behind = prefix.places.iter().zip(&prefix.actions).skip(1).rev();
        let mut movable =
            behind.take_while(|(_, earlier)| !must_keep_order(self.view, earlier, &action));
        if movable.any(|(other, _)| place < *other) {
            return Err("another order of the same steps");
        }
        Ok(action)
    }

    /// Has the request a condition that was not true at some earlier point of the chain, and is true now?
    fn is_enabled(&self, prefix: &Prefix, operation: &Compiled, binding: &Binding) -> bool {
        let holds = |state: &State, clause: &Named<Clause>| {
            Evaluator::new(self.view, state, binding).top(Some(operation), clause) == Truth::True
        };
        operation.clauses.iter().any(|clause| {
            holds(&prefix.state, clause)
                && prefix
                    .actions
                    .iter()
                    .any(|action| !holds(&action.before, clause))
        })
    }

    fn clash(&self, prefix: &Prefix, place: usize) -> String {
        let Some((operation, binding)) = self.links.get(place) else {
            return String::new();
        };
        let world = self.view.world;
        let subject = binding
            .subject
            .map(|subject| self.view.words(subject))
            .unwrap_or_default();
        let here = format!("{} on {subject}", world.compact(&operation.iri));
        let before: Vec<String> = prefix
            .actions
            .iter()
            .map(|action| world.compact(&action.operation.iri))
            .collect();
        let unmet = world
            .operations()
            .get(operation.index)
            .into_iter()
            .flat_map(|specified| {
                operation
                    .clauses
                    .iter()
                    .zip(&specified.precondition.conjuncts)
                    .filter_map(|(clause, conjunct)| {
                        let truth = Evaluator::new(self.view, &prefix.state, binding)
                            .top(Some(operation), clause);
                        (truth != Truth::True)
                            .then(|| words::conjunct(world, conjunct, Some(&subject)))
                    })
            });
        let unmet: Vec<String> = unmet.collect();
        let after = if before.is_empty() {
            String::new()
        } else {
            format!(" after {}", before.join(", "))
        };
        let because = if unmet.is_empty() {
            String::new()
        } else {
            format!(": {} is not so", unmet.join(" and "))
        };
        format!("{here}{after}{because}")
    }
}
