//! Is the rest of a plan still good? Told again after each fact that changes, by looking only at what looks at that fact.
//!
//! In: a plan, what its values are by now, the live world, and which cells changed, which steps were asked for and which are done.
//! Out: the conditions that do not hold any more though no step still to come sees to them, so that a later step, or the goal,
//! is spoiled. What nobody knows spoils nothing, nor does a state that passes by itself into one that will do.
//! Not here: reading anything, and what to do about it.
//!
//! A plan says of each of its conditions which steps see to it ([`Holding`]). A condition is watched from when the last of them is
//! done until the step that needs it is asked for. While it is, it stands in an index under each cell and each thing that it
//! looked at; a change is a look-up there, and judging what is found. So a change costs what the conditions at that cell cost,
//! however long the plan and however large the estate.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use samos_model::plan::{Holding, Plan, PlanValue, Step};
use samos_model::text::{self, FullNames};
use samos_model::value::{Truth, Value};
use samos_model::vocabulary::samos;
use samos_model::world::World;
use samos_model::{Conjunct, Iri, Operation, Request};
use samos_verifiers::evaluation;

use crate::facts::{Cell, Facts, Live};
use crate::looking::bindings;
use crate::scope::with_defaults;
use samos_model::reply::Bindings;

/// The most states that one passes through.
const MOST_PASSED: usize = 8;

/// What a value of the plan is by now; nothing where that is not known yet.
pub type Resolve<'a> = &'a dyn Fn(&PlanValue) -> Vec<Value>;

/// What changed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Changed {
    /// Properties of things.
    pub cells: BTreeSet<Cell>,
    /// Things that appeared, are gone, or are of more classes.
    pub things: BTreeSet<Iri>,
}

/// A condition that does not hold any more.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Spoiled {
    /// The step that needs it; `None` for the goal.
    pub step: Option<u32>,
    /// What does not hold, in words.
    pub text: String,
}

/// Watches over what is left of a plan.
#[derive(Clone, Debug, Default)]
pub struct Monitor {
    clauses: Vec<Clause>,
    by_cell: HashMap<Cell, BTreeSet<usize>>,
    by_thing: HashMap<Iri, BTreeSet<usize>>,
    /// The clauses that a step sees to, and those that are its own.
    by_maker: BTreeMap<u32, Vec<usize>>,
    by_step: BTreeMap<u32, Vec<usize>>,
    spoiled: BTreeSet<usize>,
    judged: u64,
}

/// One condition of a step, or of the goal.
#[derive(Clone, Debug)]
struct Clause {
    step: Option<u32>,
    what: What,
    text: String,
    /// The steps that see to it and are not done.
    awaited: BTreeSet<u32>,
    is_over: bool,
    /// Under what it stands in the index.
    cells: BTreeSet<Cell>,
    things: BTreeSet<Iri>,
}

#[derive(Clone, Debug)]
enum What {
    Holds(Conjunct),
    /// What the step names is there; which things were, once that was known.
    IsThere(Option<BTreeSet<Iri>>),
}

impl Monitor {
    /// Watches over a plan of which these steps are done and those have been asked for.
    #[must_use = "watching changes nothing by itself"]
    pub fn new(
        live: Live<'_>,
        plan: &Plan,
        resolve: Resolve<'_>,
        done: &BTreeSet<u32>,
        asked_for: &BTreeSet<u32>,
    ) -> Self {
        let mut monitor = Self::default();
        for step in plan
            .steps
            .iter()
            .filter(|step| !asked_for.contains(&step.id))
        {
            for holding in &step.holds {
                monitor.add(Some(step.id), holding, done);
            }
            let givers = values_of(step).filter_map(|value| match value {
                PlanValue::From { from } => Some(from.step),
                _ => None,
            });
            let awaited = givers.filter(|giver| !done.contains(giver)).collect();
            monitor.push(Some(step.id), What::IsThere(None), String::new(), awaited);
        }
        for holding in &plan.goal.holds {
            monitor.add(None, holding, done);
        }
        for at in 0..monitor.clauses.len() {
            monitor.judge(at, live, plan, resolve);
        }
        monitor
    }

    /// A step is done: what only it was still to see to must hold from now on.
    pub fn done(&mut self, step: u32, live: Live<'_>, plan: &Plan, resolve: Resolve<'_>) {
        for at in self.by_maker.remove(&step).unwrap_or_default() {
            if let Some(clause) = self.clauses.get_mut(at) {
                clause.awaited.remove(&step);
            }
            self.judge(at, live, plan, resolve);
        }
    }

    /// A step is asked for: its own conditions are looked at there, and are nobody's business afterwards.
    pub fn asked_for(&mut self, step: u32) {
        for at in self.by_step.remove(&step).unwrap_or_default() {
            self.index(at, BTreeSet::new(), BTreeSet::new());
            self.spoiled.remove(&at);
            if let Some(clause) = self.clauses.get_mut(at) {
                clause.is_over = true;
            }
        }
    }

    /// Facts changed: what looks at them is judged again, and nothing else.
    pub fn changed(
        &mut self,
        changed: &Changed,
        live: Live<'_>,
        plan: &Plan,
        resolve: Resolve<'_>,
    ) {
        let cells = changed
            .cells
            .iter()
            .filter_map(|cell| self.by_cell.get(cell));
        let things = changed.things.iter();
        let things = things.filter_map(|thing| self.by_thing.get(thing));
        let met: BTreeSet<usize> = cells.chain(things).flatten().copied().collect();
        for at in met {
            self.judge(at, live, plan, resolve);
        }
    }

    /// What does not hold any more, step by step, the goal first.
    #[must_use = "reading has no other effect"]
    pub fn spoiled(&self) -> Vec<Spoiled> {
        let clauses = self.spoiled.iter().filter_map(|at| self.clauses.get(*at));
        let spoiled = clauses.map(|clause| Spoiled {
            step: clause.step,
            text: clause.text.clone(),
        });
        let mut spoiled: Vec<Spoiled> = spoiled.collect();
        spoiled.sort();
        spoiled
    }

    /// Is the rest of the plan still good, as far as anybody knows?
    #[must_use = "reading has no other effect"]
    pub fn is_good(&self) -> bool {
        self.spoiled.is_empty()
    }

    /// How many conditions were judged so far.
    #[must_use = "counting has no other effect"]
    pub fn judged(&self) -> u64 {
        self.judged
    }

    fn add(&mut self, step: Option<u32>, holding: &Holding, done: &BTreeSet<u32>) {
        let Some(conjunct) = read(&holding.condition) else {
            return;
        };
        let after = holding.after.iter().copied();
        let awaited = after.filter(|maker| !done.contains(maker)).collect();
        self.push(step, What::Holds(conjunct), holding.text.clone(), awaited);
    }

    fn push(&mut self, step: Option<u32>, what: What, text: String, awaited: BTreeSet<u32>) {
        let at = self.clauses.len();
        for maker in &awaited {
            self.by_maker.entry(*maker).or_default().push(at);
        }
        if let Some(step) = step {
            self.by_step.entry(step).or_default().push(at);
        }
        self.clauses.push(Clause {
            step,
            what,
            text,
            awaited,
            is_over: false,
            cells: BTreeSet::new(),
            things: BTreeSet::new(),
        });
    }

    fn judge(&mut self, at: usize, live: Live<'_>, plan: &Plan, resolve: Resolve<'_>) {
        let Some(clause) = self.clauses.get_mut(at) else {
            return;
        };
        if clause.is_over || !clause.awaited.is_empty() {
            return;
        }
        self.judged += 1;
        let step = clause.step.and_then(|step| plan.step(step));
        let judged = match (&mut clause.what, step) {
            (What::IsThere(known), Some(step)) => is_there(live, step, resolve, known),
            (What::Holds(conjunct), Some(step)) => {
                let request = request_of(live, step, resolve);
                request.map(|(operation, request)| {
                    let bound = bindings(live, operation, &request);
                    holds(live, conjunct, &bound)
                })
            }
            (What::Holds(conjunct), None) => {
                Some(holds(live, conjunct, &bindings_of_goal(plan, resolve)))
            }
            (What::IsThere(_), None) => None,
        };
        let Some(judged) = judged else {
            return;
        };
        if let Some(text) = judged.text {
            clause.text = text;
        }
        if judged.is_spoiled {
            self.spoiled.insert(at);
        } else {
            self.spoiled.remove(&at);
        }
        self.index(at, judged.cells, judged.things);
    }

    /// Puts a clause under what it looked at, in place of where it stood.
    fn index(&mut self, at: usize, cells: BTreeSet<Cell>, things: BTreeSet<Iri>) {
        let Some(clause) = self.clauses.get_mut(at) else {
            return;
        };
        if clause.cells == cells && clause.things == things {
            return;
        }
        for cell in clause.cells.difference(&cells) {
            if let Some(list) = self.by_cell.get_mut(cell) {
                list.remove(&at);
            }
        }
        for thing in clause.things.difference(&things) {
            if let Some(list) = self.by_thing.get_mut(thing) {
                list.remove(&at);
            }
        }
        for cell in cells.difference(&clause.cells) {
            self.by_cell.entry(cell.clone()).or_default().insert(at);
        }
        for thing in things.difference(&clause.things) {
            self.by_thing.entry(thing.clone()).or_default().insert(at);
        }
        (clause.cells, clause.things) = (cells, things);
    }
}

/// What a clause is worth, and what that depends on.
struct Judged {
    is_spoiled: bool,
    cells: BTreeSet<Cell>,
    things: BTreeSet<Iri>,
    text: Option<String>,
}

fn holds(live: Live<'_>, conjunct: &Conjunct, bound: &evaluation::Bindings) -> Judged {
    let looked = evaluation::looked_at(&live, conjunct, bound, false);
    let mut things: BTreeSet<Iri> = bound.subject.iter().cloned().collect();
    let named = bound.arguments.values().flatten();
    things.extend(named.filter_map(|value| value.as_entity().cloned()));
    let mut cells = BTreeSet::new();
    let is_false = evaluation::truth(&live, conjunct, bound) == Truth::False;
    let mut is_spoiled = is_false;
    for fact in looked {
        let cell = Cell::new(&fact.entity, &fact.property);
        is_spoiled = is_spoiled
            && !passes(live, conjunct, bound, &cell, &fact.values.members)
            && !is_over(live, conjunct, bound, &cell);
        let members = fact.values.members.iter();
        things.extend(members.filter_map(|member| member.as_entity().cloned()));
        things.insert(fact.entity);
        cells.insert(cell);
    }
    Judged {
        is_spoiled,
        cells,
        things,
        text: None,
    }
}

/// Does a state at the cell pass by itself into one with which the conjunct is not false?
fn passes(
    live: Live<'_>,
    conjunct: &Conjunct,
    bound: &evaluation::Bindings,
    cell: &Cell,
    members: &BTreeSet<Value>,
) -> bool {
    let mut state = match members.first() {
        Some(Value::Entity(state)) if members.len() == 1 => state.clone(),
        _ => return false,
    };
    for _ in 0..MOST_PASSED {
        let Some(next) = live.entity_at(&state, samos::BECOMES) else {
            return false;
        };
        let mut then = Facts::default();
        then.set(&live, cell, &[Value::Entity(next.clone())].into(), None);
        if evaluation::truth(&Live::new(&live, &then), conjunct, bound) != Truth::False {
            return true;
        }
        state = next;
    }
    false
}

/// Is the thing gone, and would the conjunct not be false of one that has ended? Where ended things are shown no more, that is all
/// that can be seen of their end.
fn is_over(live: Live<'_>, conjunct: &Conjunct, bound: &evaluation::Bindings, cell: &Cell) -> bool {
    live.is_gone(&cell.entity)
        && live
            .entities_of(&Iri::from(samos::ENDED))
            .into_iter()
            .any(|ended| {
                let mut then = live.facts().clone();
                then.make(live.base(), &cell.entity, []);
                then.set(live.base(), cell, &[Value::Entity(ended)].into(), None);
                evaluation::truth(&Live::new(live.base(), &then), conjunct, bound) != Truth::False
            })
}

/// Is all there that the step names and that was there?
fn is_there(
    live: Live<'_>,
    step: &Step,
    resolve: Resolve<'_>,
    known: &mut Option<BTreeSet<Iri>>,
) -> Option<Judged> {
    let things = known.get_or_insert_with(|| {
        let values = values_of(step).flat_map(resolve);
        let things = values.filter_map(|value| value.as_entity().map(|it| live.canonical(it)));
        things.filter(|thing| live.is_entity(thing)).collect()
    });
    let gone = things.iter().find(|thing| live.is_gone(thing));
    Some(Judged {
        is_spoiled: gone.is_some(),
        cells: BTreeSet::new(),
        things: things.clone(),
        text: gone.map(|gone| format!("{} exists", live.compact(gone))),
    })
}

/// The request of a step as far as its values are known; `None` where its subject is not.
fn request_of<'w>(
    live: Live<'w>,
    step: &Step,
    resolve: Resolve<'_>,
) -> Option<(&'w Operation, Request)> {
    let operation = live.base().operation(&step.operation)?;
    let [subject] = resolve(&step.subject).try_into().ok()?;
    let subject = match subject {
        Value::Entity(entity) => live.canonical(&entity),
        Value::Literal(key) => live.entity_by_key(&key.datatype, &key, None)?,
    };
    let arguments = step.arguments.iter().map(|(name, argument)| {
        let values = argument.values().iter().flat_map(resolve);
        (name.clone(), values.collect::<Vec<_>>())
    });
    let arguments: Bindings = arguments.filter(|(_, values)| !values.is_empty()).collect();
    let request = Request {
        operation: step.operation.clone(),
        subject,
        arguments,
    };
    Some((operation, with_defaults(operation, request)))
}

fn bindings_of_goal(plan: &Plan, resolve: Resolve<'_>) -> evaluation::Bindings {
    let subject = match plan.goal.subjects.as_slice() {
        [subject] => Some(subject.clone()),
        _ => None,
    };
    let wants = plan.goal.wants.iter();
    let wanted = wants.filter_map(|want| Some((want.name.clone()?, resolve(&want.is))));
    evaluation::Bindings {
        subject,
        arguments: wanted.collect(),
        outcomes: BTreeMap::new(),
    }
}

fn values_of(step: &Step) -> impl Iterator<Item = &PlanValue> {
    let arguments = step.arguments.values();
    std::iter::once(&step.subject).chain(arguments.flat_map(|argument| argument.values()))
}

fn read(text: &str) -> Option<Conjunct> {
    let raw = text::parse_condition(text).ok()?;
    let condition = text::resolve_condition(&raw, &mut FullNames).ok()?;
    let mut conjuncts = condition.conjuncts.into_iter();
    conjuncts.next().filter(|_| conjuncts.next().is_none())
}
