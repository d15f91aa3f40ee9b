//! Performs one step on a state: binds it, holds its precondition against the state, reads, and makes its effects.
//!
//! In: a state, a step. Out: the state after it, what was looked at and written, and every problem met.
//! An unknown conjunct passes only where the plan lists it as an assumption; what follows from it is then known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use samos_model::codes::checking as codes;
use samos_model::operation::Reads;
use samos_model::plan::Wait;
use samos_model::{
    Condition, Conjunct, Decimal, Effect, Iri, Name, Outcome, Path, Plan, Truth, World,
};

use crate::assuming::{self, Learnt};
use crate::binding::Call;
use crate::carry::{Writer, Written};
use crate::effects::{Maker, read_changes};
use crate::graph::Graph;
use crate::names::{conjunct_in_words, path_in_words};
use crate::report::Problem;
use crate::scope::{Named, Scope, Variable};
use crate::state::{Known, Looked, Place, State, View, schema};
use crate::thing::{Made, Owners, Symbol, Thing};

/// A conjunct taken for granted by a step, and how it is waited for if it is false now.
pub(crate) type Assumed = (u32, Conjunct, Option<Wait>);

/// A plan whose numbers and names have been found in order, ready to be replayed.
pub(crate) struct Case<'a> {
    pub(crate) world: &'a dyn World,
    pub(crate) plan: &'a Plan,
    /// What each step asks, in their order.
    pub(crate) calls: Vec<Call<'a>>,
    pub(crate) givens: &'a BTreeMap<Iri, Symbol>,
    /// Outcomes that later steps or wants use.
    pub(crate) used: BTreeSet<(u32, Name)>,
    /// By step, the paths at which an undo wants what stood there before that step.
    pub(crate) paths_before: BTreeMap<u32, BTreeSet<&'a str>>,
    /// What the plan lists as assumptions.
    pub(crate) assumed: BTreeSet<Assumed>,
    pub(crate) graph: Graph,
    /// What must hold at the end.
    pub(crate) goal: Condition,
}

/// What performing a step saw and did.
#[derive(Default)]
pub(crate) struct Trace {
    pub(crate) problems: Vec<Problem>,
    /// The assumptions that were needed.
    pub(crate) needed: BTreeSet<Assumed>,
    pub(crate) looked: Looked,
    pub(crate) written: Written,
    /// Could it be bound, and its effects made?
    pub(crate) acted: bool,
    /// Of what was written, what is otherwise than before.
    pub(crate) changed: BTreeSet<Place>,
    /// The conditions that were held against the state, with what each looked at.
    pub(crate) conditions: Vec<(Conjunct, Looked)>,
}

/// A step bound, its precondition passed, its outcomes there; its effects not yet made.
pub(crate) struct Prepared<'a> {
    call: Call<'a>,
    pub(crate) scope: Scope,
    maker: Maker,
}

impl<'a> Case<'a> {
    /// The live world, with the givens at hand.
    pub(crate) fn start(&self) -> State {
        let made = |class: &Iri| Made {
            created: false,
            types: BTreeSet::from([class.clone()]),
            owners: Owners::default(),
        };
        let givens = self.givens.iter();
        State {
            symbols: givens
                .map(|(class, symbol)| (*symbol, Arc::new(made(class))))
                .collect(),
            ..State::default()
        }
    }

    /// Performs one step by its place among the steps.
    pub(crate) fn perform(&self, state: &mut State, at: usize) -> Trace {
        let mut trace = Trace::default();
        if let Some(call) = self.calls.get(at)
            && let Some(prepared) = self.prepare(state, *call, &mut trace)
        {
            self.act(state, prepared, &mut trace);
        }
        trace
    }

    /// Binds a call, holds its precondition against the state and lets its outcomes appear.
    ///
    /// `None` when it cannot be bound; a precondition that does not hold is noted and passed by.
    pub(crate) fn prepare<'c>(
        &self,
        state: &mut State,
        call: Call<'c>,
        trace: &mut Trace,
    ) -> Option<Prepared<'c>> {
        let view = self.view(state, trace);
        let mut scope = match call.bind(view) {
            Ok(scope) => scope,
            Err(problems) => {
                trace.problems.extend(problems);
                return None;
            }
        };
        let mut maker = Maker::new(call.symbols, scope.owners.clone());
        self.wait(state, call, &scope, trace);
        for conjunct in &call.operation.precondition.conjuncts {
            self.require(state, call, &scope, conjunct, &mut maker, trace);
        }
        for outcome in &call.operation.outcomes {
            let things = match &outcome.reads {
                _ if call.operation.creates(outcome.name.as_str()) => {
                    self.create(state, call, &scope, outcome, &mut maker, trace)
                }
                Some(reads) => self.read(state, call, &scope, outcome, reads, &mut maker, trace),
                None => vec![maker.create(&outcome.of_type)],
            };
            maker.hand_over(state);
            let things: Arc<[Thing]> = things.into();
            let key = (call.symbols, outcome.name.clone());
            state.outcomes.insert(key, Arc::clone(&things));
            let variable = Variable::new(things, outcome.multiple);
            scope.variables.insert(outcome.name.clone(), variable);
        }
        Some(Prepared { call, scope, maker })
    }

    /// Makes the effects of a prepared step.
    pub(crate) fn act(&self, state: &mut State, prepared: Prepared<'_>, trace: &mut Trace) {
        let Prepared {
            call,
            scope,
            mut maker,
        } = prepared;
        let effects = &call.operation.postcondition;
        let read = read_changes(self.view(state, trace), &scope, effects, &mut maker);
        match read {
            Ok(changes) => {
                maker.hand_over(state);
                let Trace {
                    looked, written, ..
                } = trace;
                changes.make(self.world, state, looked, written);
                trace.acted = true;
            }
            Err(misplaced) => {
                let path = path_in_words(self.world, &misplaced.path);
                trace.problems.push(Problem::new(
                    codes::EFFECT,
                    call.step,
                    path.clone(),
                    format!(
                        "step {}: nobody knows what it changes at `{path}`",
                        call.step
                    ),
                    "read what stands before the last property first",
                ));
            }
        }
    }

    fn view<'s>(&'s self, state: &'s State, trace: &'s Trace) -> View<'s> {
        View {
            world: self.world,
            state,
            looked: &trace.looked,
        }
    }

    /// Holds one conjunct against the state, for every element it speaks of.
    fn require(
        &self,
        state: &mut State,
        call: Call<'_>,
        scope: &Scope,
        conjunct: &Conjunct,
        maker: &mut Maker,
        trace: &mut Trace,
    ) {
        let named = Named::in_conjunct(conjunct);
        if scope.leaves_out(&named) {
            return;
        }
        let words = || conjunct_in_words(self.world, conjunct);
        let Some(scopes) = scope.each(&named.singly) else {
            let message = format!(
                "step {}: `{}` speaks of more combinations of values than can be checked",
                call.step,
                words()
            );
            trace.problems.push(Problem::new(
                codes::TOO_LARGE,
                call.step,
                words(),
                message,
                "give fewer values at once",
            ));
            return;
        };
        let own = Looked::default();
        for scope in &scopes {
            let view = View {
                world: self.world,
                state,
                looked: &own,
            };
            let _ = view.conjunct(scope, conjunct);
        }
        trace.conditions.push((conjunct.clone(), own));
        for scope in scopes {
            let view = self.view(state, trace);
            let truth = view.conjunct(&scope, conjunct);
            if truth == Truth::True {
                continue;
            }
            let assumed = (call.step, conjunct.clone(), None);
            let listed = self.assumed.contains(&assumed) && call.symbols == call.step;
            let about_deleted = || view.names_deleted(&scope, &named);
            let (code, message, help) = match truth {
                Truth::Unknown if listed && !about_deleted() => {
                    let learnt = assuming::learnt(view, &scope, conjunct, maker);
                    maker.hand_over(state);
                    trace.needed.insert(assumed);
                    if let Some((place, learnt)) = learnt {
                        self.take_for_granted(state, trace, &place, learnt);
                    }
                    continue;
                }
                Truth::Unknown if listed => (
                    codes::ASSUMED_OF_DELETED,
                    "is assumed of a thing that an earlier step deleted",
                    "nothing may be assumed of a deleted thing: order the steps otherwise",
                ),
                Truth::Unknown => (
                    codes::UNKNOWN,
                    "is unknown, and not listed as an assumption",
                    "read the fact first, list it as an assumption, or plan again",
                ),
                Truth::False | Truth::True => (
                    codes::FALSE,
                    "is false",
                    "add a step that makes it true, or an edge that keeps it true",
                ),
            };
            let message = format!("step {}: `{}` {message}", call.step, words());
            trace
                .problems
                .push(Problem::new(code, call.step, words(), message, help));
        }
    }

    fn take_for_granted(
        &self,
        state: &mut State,
        trace: &mut Trace,
        (thing, property): &Place,
        learnt: Learnt,
    ) {
        let mut known = state.raw(self.world, thing, property);
        let Trace {
            looked, written, ..
        } = trace;
        let mut writer = Writer::new(self.world, state, looked, written);
        match learnt {
            Learnt::Holds(value) => writer.add(thing, property, &value),
            Learnt::HoldsNot(value) => {
                known.absent.insert(value);
                writer.learn(thing, property, known);
            }
            Learnt::Empty => {
                writer.clear(thing, property);
                writer.settle();
            }
        }
    }

    /// The new things of an outcome that effects create.
    fn create(
        &self,
        state: &State,
        call: Call<'_>,
        scope: &Scope,
        outcome: &Outcome,
        maker: &mut Maker,
        trace: &mut Trace,
    ) -> Vec<Thing> {
        let view = self.view(state, trace);
        let mut things = Vec::new();
        for effect in &call.operation.postcondition {
            let Effect::Create {
                outcome: name,
                count,
            } = effect
            else {
                continue;
            };
            if *name != outcome.name || scope.leaves_out(&Named::in_effect(effect)) {
                continue;
            }
            let count = match count {
                None => Some(1),
                Some(count) => how_many(&view.term(scope, count)),
            };
            let Some(count) = count else {
                let message = format!(
                    "step {}: how many `{name}` it creates is not a known whole number of up to {MOST_CREATED}",
                    call.step
                );
                trace.problems.push(Problem::new(
                    codes::EFFECT,
                    call.step,
                    name.as_str(),
                    message,
                    "give the number as a literal",
                ));
                break;
            };
            things.extend((0..count).map(|_| maker.create(&outcome.of_type)));
        }
        things
    }

    /// What an outcome reports: what stands at its path, if only as a symbol. To have looked is no proof that there is
    /// something: where a step uses the outcome, that is a condition of its own.
    #[allow(
        clippy::too_many_arguments,
        reason = "one step's parts, each borrowed apart from the others"
    )]
    fn read(
        &self,
        state: &mut State,
        call: Call<'_>,
        scope: &Scope,
        outcome: &Outcome,
        reads: &Reads,
        maker: &mut Maker,
        trace: &mut Trace,
    ) -> Vec<Thing> {
        let exists = Conjunct::Exists {
            path: reads.path.clone(),
        };
        if scope.leaves_out(&Named::in_conjunct(&exists)) {
            return Vec::new();
        }
        if self.used.contains(&(call.symbols, outcome.name.clone())) {
            maker.finding = Some(outcome.of_type.clone());
            self.require(state, call, scope, &exists, maker, trace);
            maker.finding = None;
        }
        let view = self.view(state, trace);
        let found = view.path(scope, &reads.path);
        if found.complete || !found.members.is_empty() {
            return found.members.into_iter().collect();
        }
        let mut types = BTreeSet::from([outcome.of_type.clone()]);
        if let Some(property) = reads.path.properties.last() {
            types.extend(schema(self.world, property).ranges);
        }
        let value = maker.opaque(types);
        maker.hand_over(state);
        vec![value]
    }

    /// What stands at a path in the scope of a prepared step, for an undo that puts it back. Where nobody knows,
    /// a symbol for it is put there.
    pub(crate) fn before(
        &self,
        state: &mut State,
        prepared: &mut Prepared<'_>,
        path: &Path,
    ) -> Arc<[Thing]> {
        let looked = Looked::default();
        let view = View {
            world: self.world,
            state,
            looked: &looked,
        };
        let known = view.path(&prepared.scope, path);
        if known.complete || !known.members.is_empty() {
            return known.members.into_iter().collect();
        }
        let Some((prefix, property)) = view.prefix(&prepared.scope, path) else {
            return Arc::new([]);
        };
        let symbol = prepared.maker.opaque(schema(self.world, property).ranges);
        prepared.maker.hand_over(state);
        let mut trace = Trace::default();
        for thing in prefix.members.iter().filter(|it| !it.is_literal()) {
            let known = Known::exactly([symbol.clone()]);
            let Trace {
                looked, written, ..
            } = &mut trace;
            Writer::new(self.world, state, looked, written).learn(thing, property, known);
        }
        Arc::new([symbol])
    }
}

/// The most things one step creates.
const MOST_CREATED: usize = 10_000;

fn how_many(known: &Known) -> Option<usize> {
    let Some(Thing::Literal(literal)) = known.only() else {
        return None;
    };
    let number = literal.number()?;
    let whole = number.fract().is_zero() && number <= Decimal::from(MOST_CREATED);
    whole.then(|| usize::try_from(number).ok()).flatten()
}

impl View<'_> {
    /// Does the conjunct start a path at a deleted thing?
    fn names_deleted(&self, scope: &Scope, named: &Named) -> bool {
        named
            .roots
            .iter()
            .flat_map(|root| self.things_at(scope, root))
            .any(|thing| self.is_deleted(&thing))
    }
}
