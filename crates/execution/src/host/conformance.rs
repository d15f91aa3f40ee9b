//! A specification held against what really happens: one request is sent, and what is seen before and after is compared
//! with what its operation says.
//!
//! In: a request and whatever answers it. Out: what agrees, what disagrees and what nothing can show, each in words.
//! Unlike a run, it also sends what is not ready: whether a provider enforces a condition shows in no other way.
//! Not here: choosing what to try, asking for approval, keeping what was seen.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use samos_model::reply::{Bindings, CallError, ErrorClass, Outcomes};
use samos_model::value::{Truth, Value};
use samos_model::world::World;
use samos_model::{Kind, Operation, Request};
use serde::Serialize;

use crate::expectation::{Expectation, Holder, Is, Look, expectations, judge, to_confirm};
use crate::facts::{Cell, Facts, Live};
use crate::host::Remote;
use crate::looking::{
    Readers, cells_before, learn, open_conjuncts, precondition, reader_of, readers,
};
use crate::policy::{Advice, Policy};
use crate::run::time;

/// Rounds of looking, as one listing may lead to what stands in it.
const ROUNDS: usize = 5;

/// What came of holding one request against its specification.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Conformance {
    /// What was sent.
    pub request: Request,
    /// Did its precondition hold before?
    pub ready: Truth,
    /// What was compared.
    pub checks: Vec<Check>,
    /// What it gave, by outcome.
    pub outcomes: Bindings,
    /// What was seen; the facts of the world are as before where it says nothing.
    #[serde(skip)]
    pub facts: Facts,
}

/// One comparison.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Check {
    /// Of what.
    pub aspect: Aspect,
    /// How it came out.
    pub verdict: Verdict,
    /// The same in words.
    pub text: String,
}

/// A part of a specification.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Aspect {
    /// When it may be asked.
    Precondition,
    /// What it gives.
    Outcome,
    /// What it brings about.
    Postcondition,
    /// How it says no.
    Error,
}

/// How a comparison came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As specified.
    Agrees,
    /// Otherwise.
    Disagrees,
    /// Nothing shows it.
    Unseen,
}

impl Conformance {
    /// Does nothing that was seen disagree?
    #[must_use = "reading has no other effect"]
    pub fn agrees(&self) -> bool {
        self.checks
            .iter()
            .all(|check| check.verdict != Verdict::Disagrees)
    }
}

/// Sends a request once and compares. The operation is the request's; `advice` is what its mapping says, so that effects are
/// awaited as long as in a run.
pub async fn conform(
    world: &dyn World,
    remote: &dyn Remote,
    operation: &Operation,
    request: &Request,
    policy: &Policy,
    advice: Option<&Advice>,
) -> Conformance {
    let mut trial = Trial {
        world,
        remote,
        operation,
        request,
        advice,
        readers: readers(world),
        facts: Facts::default(),
        checks: Vec::new(),
    };
    let ready = trial.before().await;
    let outcomes = trial.send(ready, policy).await;
    Conformance {
        request: request.clone(),
        ready,
        checks: trial.checks,
        outcomes,
        facts: trial.facts,
    }
}

struct Trial<'a> {
    world: &'a dyn World,
    remote: &'a dyn Remote,
    operation: &'a Operation,
    request: &'a Request,
    advice: Option<&'a Advice>,
    readers: Readers<'a>,
    facts: Facts,
    checks: Vec<Check>,
}

impl Trial<'_> {
    fn live(&self) -> Live<'_> {
        Live::new(self.world, &self.facts)
    }

    fn says(&mut self, aspect: Aspect, verdict: Verdict, text: impl Into<String>) {
        self.checks.push(Check {
            aspect,
            verdict,
            text: text.into(),
        });
    }

    /// Looks at what the precondition and the effects speak of. Does the precondition hold?
    async fn before(&mut self) -> Truth {
        let mut asked = BTreeSet::new();
        for _ in 0..ROUNDS {
            let look = Look {
                cells: cells_before(self.live(), self.operation, self.request, &[]),
                probes: BTreeSet::new(),
            };
            if !self.look(&look, &mut asked).await {
                break;
            }
        }
        precondition(self.live(), self.operation, self.request)
    }

    /// Reads what was not read in this round; was there anything?
    async fn look(&mut self, look: &Look, asked: &mut BTreeSet<Request>) -> bool {
        let live = self.live();
        let readable = look.cells.iter();
        let mut requests: BTreeSet<Request> = readable
            .filter_map(|cell| reader_of(live, &self.readers, cell))
            .collect();
        requests.extend(look.probes.iter().cloned());
        let requests: Vec<Request> = requests
            .into_iter()
            .filter(|request| !live.is_gone(&request.subject) && asked.insert(request.clone()))
            .collect();
        let sent = requests.iter();
        let answers = join_all(sent.map(|request| self.remote.call(request.clone(), None))).await;
        let at = time(self.remote.now_ms());
        for (request, answer) in requests.iter().zip(answers) {
            let Some(operation) = self.world.operation(&request.operation) else {
                continue;
            };
            match answer {
                Ok(outcomes) => {
                    let facts = &mut self.facts;
                    learn(facts, self.world, operation, request, &outcomes, &at);
                }
                Err(CallError::Refused {
                    class: ErrorClass::NotFound,
                    ..
                }) => self.facts.delete(self.world, &request.subject),
                Err(_) => {}
            }
        }
        !requests.is_empty()
    }

    /// Sends it and compares; what it gave.
    async fn send(&mut self, ready: Truth, policy: &Policy) -> Bindings {
        let expected = match self.operation.kind {
            Kind::Information => Vec::new(),
            Kind::Manipulation => expectations(self.live(), self.operation, self.request),
        };
        // As it stands now: what was known may be old, and a refusal would be blamed for the difference.
        let touched = to_confirm(self.live(), &expected, &Bindings::new());
        self.look(&touched, &mut BTreeSet::new()).await;
        match self.remote.call(self.request.clone(), None).await {
            Ok(outcomes) => {
                self.accepted(ready);
                let bound = self.gave(&outcomes);
                self.brought_about(&expected, &bound, policy).await;
                return bound;
            }
            Err(CallError::Refused {
                class,
                message,
                listed,
            }) => {
                self.refused(ready, class, &message);
                if !listed {
                    let text = format!("`{message}` is an error that is not listed");
                    self.says(Aspect::Error, Verdict::Disagrees, text);
                }
                self.left_alone(&touched).await;
            }
            Err(CallError::Lost { message }) => {
                let text = format!("no answer came, so nothing can be said: {message}");
                self.says(Aspect::Outcome, Verdict::Unseen, text);
            }
        }
        Bindings::new()
    }

    /// A provider may have said no for what is none of the precondition's business.
    fn refused(&mut self, ready: Truth, class: ErrorClass, message: &str) {
        let is_about_something_else = matches!(
            class,
            ErrorClass::Denied | ErrorClass::Throttled | ErrorClass::Unavailable
        );
        let (verdict, text) = match ready {
            _ if is_about_something_else => (
                Verdict::Unseen,
                format!("refused ({class}) for another reason than its precondition: {message}"),
            ),
            Truth::False => (
                Verdict::Agrees,
                format!("refused ({class}), as the precondition says: {message}"),
            ),
            Truth::True => (
                Verdict::Disagrees,
                format!("refused ({class}) although the precondition holds: {message}"),
            ),
            Truth::Unknown => (
                Verdict::Unseen,
                format!("refused ({class}); nobody knows whether it was ready: {message}"),
            ),
        };
        self.says(Aspect::Precondition, verdict, text);
    }

    fn accepted(&mut self, ready: Truth) {
        let open: Vec<String> = open_conjuncts(self.live(), self.operation, self.request)
            .into_iter()
            .filter(|(_, truth)| *truth == ready)
            .map(|(text, _)| format!("`{text}`"))
            .collect();
        let open = open.join(" and ");
        let (verdict, text) = match ready {
            Truth::True => (Verdict::Agrees, "accepted, as it was ready".to_owned()),
            Truth::False => (
                Verdict::Disagrees,
                format!("accepted although {open} does not hold: the provider does not ask for it"),
            ),
            Truth::Unknown => (
                Verdict::Unseen,
                format!("accepted; nobody knows whether {open} held"),
            ),
        };
        self.says(Aspect::Precondition, verdict, text);
    }

    /// Compares what was given with what the outcomes say.
    fn gave(&mut self, outcomes: &Outcomes) -> Bindings {
        let world = self.world;
        for outcome in &self.operation.outcomes {
            let values = outcomes.values.get(&outcome.name);
            let name = &outcome.name;
            let of_type = world.compact(&outcome.of_type);
            let Some(values) = values else {
                let what = format!("gave no `{name}`");
                self.says(Aspect::Outcome, Verdict::Disagrees, what);
                continue;
            };
            if values.len() > 1 && !outcome.multiple {
                let what = format!("gave {} of `{name}`, which is one thing", values.len());
                self.says(Aspect::Outcome, Verdict::Disagrees, what);
                continue;
            }
            let misfit = values.iter().find_map(|value| match value {
                Value::Literal(literal) => {
                    let problem = world.check_literal(literal, &outcome.of_type).err()?;
                    (!world.is_class(&outcome.of_type)).then_some(problem.message)
                }
                Value::Entity(entity) => {
                    let stated = outcomes.entities.iter().find(|one| one.entity == *entity);
                    let mut types = stated.into_iter().flat_map(|one| &one.types);
                    let fits = !world.is_entity(entity)
                        || world.has_type(entity, &outcome.of_type)
                        || types.any(|one| world.is_subtype(one, &outcome.of_type));
                    let name = world.compact(entity);
                    (!fits).then(|| format!("`{name}` is known to be something else"))
                }
            });
            let (verdict, text) = match misfit {
                Some(problem) => (
                    Verdict::Disagrees,
                    format!("`{name}` is no `{of_type}`: {problem}"),
                ),
                None => (Verdict::Agrees, format!("gave `{name}`, a `{of_type}`")),
            };
            self.says(Aspect::Outcome, verdict, text);
        }
        let at = time(self.remote.now_ms());
        let (facts, operation) = (&mut self.facts, self.operation);
        learn(facts, world, operation, self.request, outcomes, &at)
    }

    /// Waits until all effects show, or for as long as the operation may take; then compares.
    async fn brought_about(&mut self, expected: &[Expectation], bound: &Bindings, policy: &Policy) {
        let until_ms = self
            .remote
            .now_ms()
            .saturating_add(policy.patience_ms(Some(self.operation), self.advice));
        let mut rounds = 0;
        loop {
            let mut asked = BTreeSet::new();
            for _ in 0..ROUNDS {
                let look = to_confirm(self.live(), expected, bound);
                if !self.look(&look, &mut asked).await {
                    break;
                }
            }
            let live = self.live();
            let shown = |one: &Expectation| judge(live, one, bound, false) != Truth::False;
            if expected.iter().all(shown) || self.remote.now_ms() >= until_ms {
                break;
            }
            let pause = policy.pause_ms(self.advice, rounds);
            rounds += 1;
            let again_ms = self.remote.now_ms().saturating_add(pause);
            self.remote.until(again_ms).await;
        }
        for one in expected {
            let verdict = match judge(self.live(), one, bound, false) {
                Truth::True => Verdict::Agrees,
                Truth::False => Verdict::Disagrees,
                Truth::Unknown => Verdict::Unseen,
            };
            let text = self.in_words(one, bound, verdict);
            self.says(Aspect::Postcondition, verdict, text);
        }
    }

    /// What was refused must have changed nothing.
    async fn left_alone(&mut self, look: &Look) {
        let stands = |trial: &Self| -> BTreeMap<Cell, BTreeSet<Value>> {
            let live = trial.live();
            let cells = look.cells.iter();
            cells
                .map(|cell| {
                    let values = live.values(&cell.entity, &cell.property);
                    (cell.clone(), values.members)
                })
                .collect()
        };
        let before = stands(self);
        self.look(look, &mut BTreeSet::new()).await;
        for (cell, after) in stands(self) {
            if before.get(&cell) != Some(&after) {
                let what = format!(
                    "refused, yet {} of {} changed from {} to {}",
                    cell.property.local(),
                    self.world.compact(&cell.entity),
                    self.listed(before.get(&cell).into_iter().flatten()),
                    self.listed(&after),
                );
                self.says(Aspect::Postcondition, Verdict::Disagrees, what);
            }
        }
    }

    fn listed<'v>(&self, values: impl IntoIterator<Item = &'v Value>) -> String {
        let words: Vec<String> = values
            .into_iter()
            .map(|value| match value {
                Value::Entity(iri) => self.world.compact(iri),
                Value::Literal(literal) => literal.to_string(),
            })
            .collect();
        if words.is_empty() {
            "nothing".to_owned()
        } else {
            words.join(", ")
        }
    }

    fn in_words(&self, expectation: &Expectation, bound: &Bindings, verdict: Verdict) -> String {
        let ending = match verdict {
            Verdict::Agrees => "",
            Verdict::Disagrees => ": it does not come about",
            Verdict::Unseen => ": no operation reads it",
        };
        match expectation {
            Expectation::Created { outcome, .. } => format!("creates `{outcome}`{ending}"),
            Expectation::Gone { entity, .. } => {
                format!("deletes {}{ending}", self.world.compact(entity))
            }
            Expectation::Holds {
                holder,
                property,
                is,
                ..
            } => {
                let holders: Vec<&samos_model::Iri> = match holder {
                    Holder::Entity(entity) => vec![entity],
                    Holder::Outcome(name) => bound
                        .get(name)
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_entity)
                        .collect(),
                };
                let of = match holder {
                    Holder::Entity(entity) => self.world.compact(entity),
                    Holder::Outcome(name) => format!("`{name}`"),
                };
                let change = match is {
                    Is::Exactly(_) | Is::Number(_) => "sets",
                    Is::With(_) => "adds to",
                    Is::Without(_) => "takes from",
                    Is::Renewed { .. } => "renews",
                };
                let stands: BTreeSet<Value> = holders
                    .iter()
                    .flat_map(|holder| self.live().values(holder, property).members)
                    .collect();
                let now = match verdict {
                    Verdict::Unseen => String::new(),
                    _ => format!(", now {}", self.listed(&stands)),
                };
                format!("{change} {} of {of}{now}{ending}", property.local())
            }
        }
    }
}
