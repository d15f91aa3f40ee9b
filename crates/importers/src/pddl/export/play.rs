//! Plays a plan on the facts of the start, for the words of its arguments, and finds what it takes for granted.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::codes::import as codes;
use samos_model::plan::{PlanValue, Step, Waiting};
use samos_model::text::{Path, Root};
use samos_model::{Finding, Iri, Kind, Plan, Value};

use super::actions::{Shape, Slot};
use super::estate::key;
use super::formula::{Fact, Formula};
use super::ground::{Bound, Facts, Objects, bind};
use super::{Pool, PoolKey};

/// So many ways to make something true are tried.
const MOST_TRIED: usize = 20_000;

/// How a property is written.
#[derive(Clone, Debug)]
pub(super) struct Predicate {
    pub(super) name: String,
    pub(super) is_alone: bool,
    pub(super) is_flag: bool,
    pub(super) is_functional: bool,
}

/// The problem as values.
#[derive(Clone, Debug, Default)]
pub(super) struct Problem {
    pub(super) shapes: BTreeMap<Iri, Vec<Shape>>,
    /// How a state passes, by property.
    pub(super) waits: BTreeMap<Iri, Shape>,
    /// What the outcomes of each operation read.
    pub(super) reads: BTreeMap<Iri, Vec<(String, Path)>>,
    pub(super) predicates: BTreeMap<Iri, Predicate>,
    pub(super) pools: BTreeMap<PoolKey, Pool>,
    pub(super) owners: BTreeMap<(Root, String), String>,
    pub(super) objects: Objects,
    pub(super) start: Facts,
    /// What values are called, by what tells them apart.
    pub(super) words: BTreeMap<String, String>,
    /// What a literal of a plan is that stands for a thing.
    pub(super) meant: BTreeMap<Value, String>,
    pub(super) givens: BTreeMap<Iri, String>,
    pub(super) truth: String,
    /// Is it written for a plan, of which every step is judged, also those that only read?
    pub(super) is_of_plan: bool,
    /// What is drawn instead of the next of a pool: by step and argument.
    pub(super) drawn: BTreeMap<(u32, usize), String>,
}

/// An action with what its arguments stand for.
pub(super) struct Call {
    pub(super) action: String,
    pub(super) bound: Bound,
}

/// A plan, played.
pub(super) struct Played {
    pub(super) lines: Vec<String>,
    /// What the lines say.
    pub(super) calls: Vec<Call>,
    /// The first step that something is taken for granted for which is not so.
    pub(super) unmet: Option<Unmet>,
}

/// A step that takes something for granted.
pub(super) struct Unmet {
    pub(super) step: u32,
    pub(super) shape: (Iri, usize),
    pub(super) bound: Bound,
    state: Facts,
    /// The values that were drawn, with where.
    drawn: BTreeMap<String, (u32, usize)>,
}

/// What makes a condition true.
#[derive(Clone, Debug)]
pub(super) enum Fix {
    /// The property has that value from the start.
    Start(Iri, String, String),
    /// At the step's argument, that is drawn instead of the other.
    Draw((u32, usize), String, String),
}

type Outcomes = BTreeMap<(u32, String), Vec<String>>;

/// What a step makes, by outcome: the thing of a pool that it takes.
type Chosen = Vec<(String, String)>;

impl Problem {
    /// Plays a plan; where so asked, up to the first step that takes for granted what is not so.
    pub(super) fn play(&self, plan: &Plan, stops: bool) -> Result<Played, Vec<Finding>> {
        let mut state = self.start.clone();
        let mut outcomes = Outcomes::new();
        let mut owners = self.owners.clone();
        let mut drawn: BTreeMap<String, (u32, usize)> = BTreeMap::new();
        let mut played = Played {
            lines: Vec::new(),
            calls: Vec::new(),
            unmet: None,
        };
        for step in &plan.steps {
            for wait in plan.assumptions.iter().filter(|own| own.step == step.id) {
                let Some(wait) = &wait.wait else {
                    continue;
                };
                let shape = self.waits.get(&wait.property);
                let of = match &wait.of {
                    Waiting::Entity { entity } => self.words.get(entity.as_str()).cloned(),
                    Waiting::From { from } => {
                        let index = from.index.unwrap_or(0);
                        let own = outcomes.get(&(from.step, from.outcome.as_str().to_owned()));
                        own.zip(usize::try_from(index).ok())
                            .and_then(|(own, at)| own.get(at).cloned())
                    }
                };
                let to = self.words.get(wait.becomes.as_str());
                let (Some(shape), Some(of), Some(to)) = (shape, of, to) else {
                    return Err(missing(step, "what it waits for has no name"));
                };
                played.lines.push(format!("({} {of} {to})\n", shape.name));
                let bound = shape.slots.iter().map(|(word, _)| word.clone());
                let bound: Bound = bound.zip([of, to.clone()]).collect();
                state = state.after(&shape.changes, &bound, &self.objects);
                let action = shape.name.clone();
                played.calls.push(Call { action, bound });
            }
            let found = self.shape(step, &outcomes)?;
            let Some((at, shape)) = found else {
                // Reads what nobody has to come across.
                let own = self.read(step, &outcomes, &state, &owners);
                outcomes.extend(own);
                continue;
            };
            let (bound, made) = self.bound(step, shape, &outcomes, &owners, &mut drawn)?;
            let assumes = plan
                .assumptions
                .iter()
                .any(|own| own.step == step.id && own.wait.is_none());
            if assumes && played.unmet.is_none() {
                let unmet = Unmet {
                    step: step.id,
                    shape: (step.operation.clone(), at),
                    bound: bound.clone(),
                    state: state.clone(),
                    drawn: drawn.clone(),
                };
                if self.is_unmet(shape, plan, &unmet) {
                    played.unmet = Some(unmet);
                    if stops {
                        return Ok(played);
                    }
                }
            }
            outcomes.extend(self.read(step, &outcomes, &state, &owners));
            for (name, word) in made {
                self.inherit(step, &word, &outcomes, &mut owners);
                outcomes.entry((step.id, name)).or_default().push(word);
            }
            if self.is_of_plan || !(step.kind == Kind::Information && shape.changes.is_empty()) {
                let words = shape.slots.iter().map(|(word, _)| bound.get(word).cloned());
                let words: Vec<String> = std::iter::once(shape.name.clone())
                    .chain(words.flatten())
                    .collect();
                played.lines.push(format!("({})\n", words.join(" ")));
                state = state.after(&shape.changes, &bound, &self.objects);
                let action = shape.name.clone();
                played.calls.push(Call { action, bound });
            }
        }
        Ok(played)
    }

    /// Is something not so that the step takes for granted?
    fn is_unmet(&self, shape: &Shape, plan: &Plan, unmet: &Unmet) -> bool {
        let mut bound = unmet.bound.clone();
        let holds = unmet
            .state
            .meet(&shape.condition, &mut bound, &self.objects);
        !holds || !self.unread(plan, unmet).is_empty()
    }

    /// What the step reads, a later one uses, and is not there: the property and its holder.
    pub(super) fn unread(&self, plan: &Plan, unmet: &Unmet) -> Vec<(Iri, String)> {
        let reads = self.reads.get(&unmet.shape.0).into_iter().flatten();
        let mut missing = Vec::new();
        for (name, path) in reads {
            let is_used = plan.steps.iter().any(|step| {
                let values = step.arguments.values().flat_map(|own| own.values());
                values.chain([&step.subject]).any(|value| {
                    matches!(value, PlanValue::From { from } if from.step == unmet.step && from.outcome.as_str() == name)
                })
            }) || plan.goal.wants.iter().any(|want| {
                matches!(&want.is, PlanValue::From { from } if from.step == unmet.step && from.outcome.as_str() == name)
            });
            let Some((last, before)) = path.properties.split_last() else {
                continue;
            };
            let shape = self.shapes.get(&unmet.shape.0);
            let Some(shape) = shape.and_then(|all| all.get(unmet.shape.1)) else {
                continue;
            };
            let roots = self.roots(&path.root, shape, &unmet.bound);
            let holders = self.follow(&unmet.state, roots, before);
            for holder in holders.into_iter().filter(|_| is_used) {
                if self
                    .follow(
                        &unmet.state,
                        vec![holder.clone()],
                        std::slice::from_ref(last),
                    )
                    .is_empty()
                {
                    missing.push((last.clone(), holder));
                }
            }
        }
        missing
    }

    fn roots(&self, root: &Root, shape: &Shape, bound: &Bound) -> Vec<String> {
        if let Root::Individual(iri) = root {
            return self.words.get(iri.as_str()).cloned().into_iter().collect();
        }
        let words = shape.scope.of(root).unwrap_or_default();
        words
            .iter()
            .map(|word| super::ground::word(word, bound))
            .collect()
    }

    /// The action that a step is, if it is one.
    fn shape(
        &self,
        step: &Step,
        outcomes: &Outcomes,
    ) -> Result<Option<(usize, &Shape)>, Vec<Finding>> {
        let Some(shapes) = self.shapes.get(&step.operation) else {
            if step.kind == Kind::Information {
                return Ok(None);
            }
            return Err(missing(step, "its operation was left out of the PDDL"));
        };
        let mut given: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (name, argument) in &step.arguments {
            let mut words = Vec::new();
            for value in argument.values() {
                match self.word(value, outcomes) {
                    Some(own) => words.extend(own),
                    None => {
                        return Err(missing(
                            step,
                            &format!("its argument `{name}` has no name in the PDDL"),
                        ));
                    }
                }
            }
            given.insert(name.as_str(), words);
        }
        let fits = |shape: &Shape| {
            let all_there = shape.variant.given.iter().all(|(name, number)| {
                given
                    .get(name.as_str())
                    .is_some_and(|words| words.len() == *number)
            });
            let all_used = given.iter().all(|(name, words)| {
                if shape.variant.given.contains_key(*name) {
                    return true;
                }
                let root = Root::Variable((*name).into());
                words.is_empty() || shape.scope.of(&root) == Some(words.as_slice())
            });
            all_there && all_used
        };
        let found = shapes.iter().enumerate().find(|(_, shape)| fits(shape));
        match found {
            Some(found) => Ok(Some(found)),
            None => Err(missing(step, "no action is given so many values")),
        }
    }

    fn bound(
        &self,
        step: &Step,
        shape: &Shape,
        outcomes: &Outcomes,
        owners: &BTreeMap<(Root, String), String>,
        drawn: &mut BTreeMap<String, (u32, usize)>,
    ) -> Result<(Bound, Chosen), Vec<Finding>> {
        let (mut bound, mut made) = (Bound::new(), Vec::new());
        let subject = self.word(&step.subject, outcomes);
        let subject = subject.and_then(|words| words.first().cloned());
        for (at, (variable, slot)) in shape.slots.iter().enumerate() {
            let word = match slot {
                Slot::Subject => subject.clone(),
                Slot::Owner(root) => subject
                    .clone()
                    .and_then(|subject| owners.get(&(root.clone(), subject)).cloned()),
                Slot::Parameter(name, index) => {
                    let argument = step.arguments.iter().find(|(own, _)| own.as_str() == name);
                    let words: Option<Vec<Vec<String>>> = argument.and_then(|(_, argument)| {
                        let values = argument.values().iter();
                        values.map(|value| self.word(value, outcomes)).collect()
                    });
                    words.and_then(|words| words.concat().get(*index).cloned())
                }
                Slot::Draw(key, outcome) => {
                    let word = match self.drawn.get(&(step.id, at)) {
                        Some(word) => Some(word.clone()),
                        None => self.pools.get(key).and_then(|pool| {
                            let mut free = pool.names.iter();
                            free.find(|name| !drawn.contains_key(*name)).cloned()
                        }),
                    };
                    if let Some(word) = &word {
                        drawn.insert(word.clone(), (step.id, at));
                        if let Some((name, _)) = outcome {
                            made.push((name.clone(), word.clone()));
                        }
                    }
                    word
                }
            };
            let Some(word) = word else {
                return Err(missing(
                    step,
                    "one of its arguments has no name in the PDDL",
                ));
            };
            bound.insert(variable.clone(), word);
        }
        Ok((bound, made))
    }

    /// What is made belongs to whom its maker belongs to.
    fn inherit(
        &self,
        step: &Step,
        made: &str,
        outcomes: &Outcomes,
        owners: &mut BTreeMap<(Root, String), String>,
    ) {
        let subject = self.word(&step.subject, outcomes);
        let Some(subject) = subject.and_then(|words| words.first().cloned()) else {
            return;
        };
        for root in [Root::Service, Root::Account, Root::Provider] {
            if let Some(owner) = owners.get(&(root.clone(), subject.clone())).cloned() {
                owners.insert((root, made.to_owned()), owner);
            }
        }
    }

    /// What the outcomes of a step read.
    fn read(
        &self,
        step: &Step,
        outcomes: &Outcomes,
        state: &Facts,
        owners: &BTreeMap<(Root, String), String>,
    ) -> Outcomes {
        let mut found = Outcomes::new();
        for (name, path) in self.reads.get(&step.operation).into_iter().flatten() {
            let subject = self.word(&step.subject, outcomes).unwrap_or_default();
            let roots = match &path.root {
                Root::Subject => subject,
                Root::Variable(variable) => {
                    let argument = step.arguments.get(variable);
                    let values = argument.into_iter().flat_map(|own| own.values());
                    values
                        .filter_map(|value| self.word(value, outcomes))
                        .flatten()
                        .collect()
                }
                Root::Individual(iri) => {
                    self.words.get(iri.as_str()).cloned().into_iter().collect()
                }
                root => {
                    let owner = subject.first().cloned();
                    let owner = owner.and_then(|one| owners.get(&(root.clone(), one)).cloned());
                    owner.into_iter().collect()
                }
            };
            let values = self.follow(state, roots, &path.properties);
            found.insert((step.id, name.clone()), values);
        }
        found
    }

    /// What stands at the end of some properties.
    fn follow(&self, state: &Facts, from: Vec<String>, properties: &[Iri]) -> Vec<String> {
        let mut now: BTreeSet<String> = from.into_iter().collect();
        for property in properties {
            let Some(predicate) = self.predicates.get(property) else {
                return Vec::new();
            };
            let mut next = BTreeSet::new();
            for words in state.of(&predicate.name) {
                let (owner, value) = match (predicate.is_alone, words.as_slice()) {
                    (true, [value]) => (None, Some(value)),
                    (true, _) => (None, None),
                    (false, [owner, value]) => (Some(owner), Some(value)),
                    (false, [owner]) => (Some(owner), None),
                    _ => continue,
                };
                if owner.is_none_or(|owner| now.contains(owner)) {
                    next.insert(value.map_or_else(|| self.truth.clone(), Clone::clone));
                }
            }
            now = next;
        }
        now.into_iter().collect()
    }

    fn word(&self, value: &PlanValue, outcomes: &Outcomes) -> Option<Vec<String>> {
        match value {
            PlanValue::From { from } => {
                let own = outcomes.get(&(from.step, from.outcome.as_str().to_owned()))?;
                match from.index {
                    None => Some(own.clone()),
                    Some(index) => own
                        .get(usize::try_from(index).ok()?)
                        .map(|word| vec![word.clone()]),
                }
            }
            PlanValue::Given { given } => self.givens.get(given).map(|word| vec![word.clone()]),
            PlanValue::Before { .. } => None,
            PlanValue::Entity { .. } | PlanValue::Literal { .. } => {
                let value = value.as_known()?;
                let meant = self.meant.get(&value);
                let word = meant.or_else(|| self.words.get(&key(&value, None)))?;
                Some(vec![word.clone()])
            }
        }
    }

    /// What makes these conditions true at a step: facts of the start, and other values drawn.
    pub(super) fn suppose(&self, parts: &[Formula], unmet: &Unmet) -> Option<Vec<Fix>> {
        let mut search = Search {
            problem: self,
            unmet,
            tried: 0,
        };
        let parts: Vec<(Formula, Bound)> = parts
            .iter()
            .map(|part| (part.clone(), unmet.bound.clone()))
            .collect();
        search.all(&parts, &unmet.state, &[])
    }
}

/// Looks for facts that make conditions true.
struct Search<'p> {
    problem: &'p Problem,
    unmet: &'p Unmet,
    tried: usize,
}

impl Search<'_> {
    fn all(
        &mut self,
        parts: &[(Formula, Bound)],
        state: &Facts,
        fixes: &[Fix],
    ) -> Option<Vec<Fix>> {
        self.tried += 1;
        if self.tried > MOST_TRIED {
            return None;
        }
        let objects = &self.problem.objects;
        let open = parts
            .iter()
            .position(|(part, bound)| !state.meet(part, &mut bound.clone(), objects));
        let Some((at, (part, bound))) = open.and_then(|at| Some((at, parts.get(at)?))) else {
            return Some(fixes.to_vec());
        };
        // Its parts take its place.
        let with = |search: &mut Self, more: Vec<(Formula, Bound)>| {
            let others = parts.iter().enumerate().filter(|(own, _)| *own != at);
            let others = others.map(|(_, part)| part.clone());
            let all: Vec<(Formula, Bound)> = more.into_iter().chain(others).collect();
            search.all(&all, state, fixes)
        };
        match part {
            Formula::Holds(fact) => self.hold(&bind(fact, bound), parts, state, fixes),
            Formula::Equal(..) => None,
            Formula::All(inner) => {
                let more = inner.iter().map(|one| (one.clone(), bound.clone()));
                with(self, more.collect())
            }
            Formula::Any(inner) => inner
                .iter()
                .find_map(|one| with(self, vec![(one.clone(), bound.clone())])),
            Formula::Some(variables, inner) => {
                let (first, rest) = variables.split_first()?;
                let candidates = match &first.1 {
                    Some(of_type) => objects.of_type.get(of_type).cloned().unwrap_or_default(),
                    None => objects.all.clone(),
                };
                candidates.into_iter().find_map(|candidate| {
                    let mut own = bound.clone();
                    own.insert(first.0.clone(), candidate);
                    let inner = Formula::some(rest.to_vec(), (**inner).clone());
                    with(self, vec![(inner, own)])
                })
            }
            // What is unknown counts as absent; what is known stays.
            Formula::Not(_) => None,
        }
    }

    /// Makes a fact of a property hold.
    fn hold(
        &mut self,
        fact: &Fact,
        parts: &[(Formula, Bound)],
        state: &Facts,
        fixes: &[Fix],
    ) -> Option<Vec<Fix>> {
        let problem = self.problem;
        let mut predicates = problem.predicates.iter();
        let (property, predicate) = predicates.find(|(_, own)| own.name == fact.name)?;
        let (owner, value) = match (predicate.is_alone, fact.words.as_slice()) {
            (true, [value]) => (String::new(), value.clone()),
            (true, []) => (String::new(), problem.truth.clone()),
            (false, [owner, value]) => (owner.clone(), value.clone()),
            (false, [owner]) => (owner.clone(), problem.truth.clone()),
            _ => return None,
        };
        let mut state = state.clone();
        let mut fix = Fix::Start(property.clone(), owner.clone(), value.clone());
        if predicate.is_functional && !predicate.is_flag {
            let roots = vec![owner];
            let now = problem.follow(&state, roots, std::slice::from_ref(property));
            if let Some(other) = now.first() {
                let place = self.unmet.drawn.get(other)?;
                fix = Fix::Draw(*place, other.clone(), value);
                state.remove(&Fact {
                    name: fact.name.clone(),
                    words: fact
                        .words
                        .iter()
                        .rev()
                        .skip(1)
                        .rev()
                        .cloned()
                        .chain([other.clone()])
                        .collect(),
                });
            }
        }
        state.add(fact.clone());
        let fixes: Vec<Fix> = fixes.iter().cloned().chain([fix]).collect();
        self.all(parts, &state, &fixes)
    }
}

fn missing(step: &Step, why: &str) -> Vec<Finding> {
    vec![Finding::error(
        codes::CANNOT_EXPORT,
        format!("step {} cannot be said in PDDL: {why}", step.id),
        "plan a goal that needs only what PDDL can say",
    )]
}
