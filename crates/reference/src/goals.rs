//! Goals by brute force: every request in every state, cheapest first, until the goal holds or nothing is left.
//!
//! In: a world, a goal, bounds. Out: the least cost of a plan and one plan, or whether there certainly is none.
//! Deliberately not here: relevance, heuristics, explanation.

mod every;
mod lifted;

use std::collections::{BTreeMap, BTreeSet};

use samos_model::{
    Atom, Condition, Conjunct, Given, Goal, Iri, Kind, Literal, Name, Operation, Term, Truth, Want,
    World,
};

use crate::evaluation::{
    Cell, Nature, Progress, Scope, State, Thing, Touched, View, progress, progress_unrefined,
};
use crate::requests::{Call, calls, known_entities};

pub use every::{Taken, every_plan};
pub use lifted::fewest_lifted;

/// How far brute force may go.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Steps of the longest plan.
    pub steps: usize,
    /// States looked at.
    pub states: usize,
    /// Things created in one plan.
    pub created: usize,
    /// Requests tried when looking for the fewest layers among the cheapest plans.
    pub layering: usize,
    /// "Only an unknown precondition is ever assumed: no goal": must the goal hold without what a precondition taken for
    /// granted would tell? Else it may rest on that.
    pub earned: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            steps: 7,
            states: 150,
            created: 3,
            layering: 4_000,
            earned: false,
        }
    }
}

/// What a plan takes, in the order of goodness.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Price {
    /// Unknown preconditions taken for granted, but for guards over values that the plan itself reads.
    pub assumptions: usize,
    /// Steps that change something.
    pub manipulations: usize,
    /// Steps.
    pub operations: usize,
}

/// What brute force found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The least price of a plan, if one was found.
    pub best: Option<Price>,
    /// The fewest layers among plans of that price, where all of them were looked at.
    pub layers: Option<usize>,
    /// One plan of that price.
    pub plan: Vec<Call>,
    /// Was everything looked at that is cheaper than the best, or everything where there is none?
    pub exhausted: bool,
}

#[derive(Clone)]
struct Node<'w> {
    state: State<'w>,
    /// The same without what was taken for granted; `None` once it cannot be told.
    earned: Option<State<'w>>,
    at_hand: BTreeSet<Thing>,
    made: BTreeSet<Thing>,
    price: Price,
    calls: Vec<Call>,
    touched: Vec<Touched<'w>>,
    /// What each call gave that a later one may take.
    gave: Vec<BTreeMap<Name, Vec<Thing>>>,
    link: Option<Link>,
    providers: Option<BTreeSet<Iri>>,
}

/// What the last step of an orchestration must be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Link {
    /// The operation that gives, and its subject.
    pub producer: (Iri, Iri),
    /// Its outcome.
    pub outcome: Name,
    /// The operation that takes, and its subject.
    pub consumer: (Iri, Iri),
    /// Its parameter.
    pub parameter: Name,
}

/// Looks for the cheapest plan.
#[must_use = "searching has no other effect"]
pub fn search(world: &dyn World, goal: &Goal, bounds: &Bounds) -> Found {
    search_linked(world, goal, None, None, bounds)
}

/// Looks for the cheapest plan that ends with the link's consumer, its parameter taken from the link's producer, with
/// operations of these providers alone.
#[must_use = "searching has no other effect"]
pub fn search_linked(
    world: &dyn World,
    goal: &Goal,
    link: Option<&Link>,
    providers: Option<&BTreeSet<Iri>>,
    bounds: &Bounds,
) -> Found {
    let mut start = start(world, goal);
    start.link = link.cloned();
    start.providers = providers.cloned();
    let mut waiting: BTreeMap<(Price, usize), Node<'_>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut exhausted = true;
    let mut number = 0;
    waiting.insert((Price::default(), 0), start.clone());
    while let Some((_, node)) = waiting.pop_first() {
        if !seen.insert(signature(&node, bounds.earned)) {
            continue;
        }
        if holds(&node, goal, bounds.earned) {
            let layers = fewest_layers(&start, goal, node.price, bounds);
            return Found {
                best: Some(node.price),
                layers,
                plan: node.calls,
                exhausted,
            };
        }
        if seen.len() > bounds.states {
            exhausted = false;
            break;
        }
        if node.calls.len() >= bounds.steps {
            // What could still be asked is not looked at.
            exhausted = false;
            continue;
        }
        for next in successors(&node, goal.assume) {
            if next.made.len() > bounds.created {
                exhausted = false;
                continue;
            }
            number += 1;
            waiting.insert((next.price, number), next);
        }
    }
    Found {
        best: None,
        layers: None,
        plan: Vec::new(),
        exhausted,
    }
}

fn start<'w>(world: &'w dyn World, goal: &Goal) -> Node<'w> {
    let mut state = State::live(world);
    let mut at_hand = known_entities(&state);
    for given in &goal.givens {
        let thing = given_thing(&mut state, given);
        at_hand.insert(thing);
    }
    for literal in literals_of(&goal.condition) {
        at_hand.insert(Thing::Literal(literal));
    }
    Node {
        earned: Some(state.clone()),
        state,
        at_hand,
        made: BTreeSet::new(),
        price: Price::default(),
        calls: Vec::new(),
        touched: Vec::new(),
        gave: Vec::new(),
        link: None,
        providers: None,
    }
}

/// "`--given TYPE`: one reusable anonymous thing of exactly that class": opaque, of no provider.
pub(crate) fn given_thing(state: &mut State<'_>, given: &Given) -> Thing {
    match given {
        Given::Value(value) => state.thing(value),
        Given::Type(of_type) => state.make(
            &format!("given {of_type}"),
            Nature {
                created: false,
                types: BTreeSet::from([of_type.clone()]),
                provider: None,
                account: None,
                service: None,
            },
        ),
    }
}

fn successors<'w>(node: &Node<'w>, assume: bool) -> Vec<Node<'w>> {
    successors_by(node, assume, &|operation| vec![operation.clone()])
}

/// The successors where each operation is one of what it may be taken to be.
fn successors_by<'w>(
    node: &Node<'w>,
    assume: bool,
    taken_as: &dyn Fn(&Operation) -> Vec<Operation>,
) -> Vec<Node<'w>> {
    let mut all = Vec::new();
    for call in calls(&node.state, &node.at_hand) {
        let before = node
            .calls
            .iter()
            .filter(|earlier| **earlier == call)
            .count();
        let Some(operation) = node.state.world.operation(&call.operation) else {
            continue;
        };
        let allowed = |providers: &BTreeSet<Iri>| {
            (operation.provider.as_ref()).is_none_or(|own| providers.contains(own))
        };
        if !node.providers.as_ref().is_none_or(allowed) {
            continue;
        }
        // Nobody reads again what nothing changed; and a third time the same never brings what two times did not.
        if before >= 2 || (operation.kind == Kind::Information && node.has_read(&call)) {
            continue;
        }
        let tag = format!("{call}#{before}");
        for operation in &taken_as(operation) {
            let ask = |used: &BTreeSet<Name>| {
                progress(
                    &node.state,
                    operation,
                    &call.subject,
                    &call.arguments,
                    &tag,
                    assume,
                    used,
                )
            };
            let Some(plain) = ask(&BTreeSet::new()) else {
                continue;
            };
            let manipulates = operation.kind == Kind::Manipulation;
            all.push(node.after(&call, &tag, plain, &BTreeSet::new(), manipulates));
            // An outcome that is read is at hand only when "exists PATH" stands in its precondition.
            let reading: BTreeSet<Name> = operation
                .outcomes
                .iter()
                .filter(|outcome| outcome.reads.is_some())
                .map(|outcome| outcome.name.clone())
                .collect();
            if !reading.is_empty()
                && let Some(used) = ask(&reading)
            {
                all.push(node.after(&call, &tag, used, &reading, manipulates));
            }
        }
    }
    all
}

impl<'w> Node<'w> {
    /// For each symbol that a call names: the places of the earlier calls whose outcomes gave it.
    fn givers(&self, place: usize) -> Vec<Vec<usize>> {
        let Some(call) = self.calls.get(place) else {
            return Vec::new();
        };
        let named = call.arguments.values().flatten().chain([&call.subject]);
        let symbols = named.filter(|thing| matches!(thing, Thing::Symbol(_)));
        let gave = |symbol: &Thing| {
            let earlier = self.gave.iter().take(place).enumerate();
            let gives =
                earlier.filter(|(_, gave)| gave.values().flatten().any(|one| one == symbol));
            gives.map(|(earlier, _)| earlier).collect()
        };
        symbols.map(gave).collect()
    }

    /// Is the last call the link's consumer, with what an earlier call of its producer gave?
    fn is_linked(&self) -> bool {
        let Some(link) = &self.link else {
            return true;
        };
        let is = |call: &Call, (operation, subject): &(Iri, Iri)| {
            call.operation == *operation && call.subject == Thing::Entity(subject.clone())
        };
        let Some((last, before)) = self.calls.split_last() else {
            return false;
        };
        let taken = last.arguments.get(&link.parameter);
        is(last, &link.consumer)
            && before.iter().zip(&self.gave).any(|(call, gave)| {
                let given = gave.get(&link.outcome);
                is(call, &link.producer)
                    && taken
                        .zip(given)
                        .is_some_and(|(taken, given)| taken.iter().any(|own| given.contains(own)))
            })
    }

    /// Was that asked, and nothing that it looked at changed since?
    fn has_read(&self, call: &Call) -> bool {
        let Some(place) = self.calls.iter().rposition(|earlier| earlier == call) else {
            return false;
        };
        let mut since = self.touched.iter().skip(place);
        let Some(own) = since.next() else {
            return false;
        };
        !since.any(|later| {
            !later.written.is_disjoint(&own.read) || !later.added.is_disjoint(&own.read)
        })
    }

    fn after(
        &self,
        call: &Call,
        tag: &str,
        done: Progress<'w>,
        used: &BTreeSet<Name>,
        manipulates: bool,
    ) -> Self {
        let mut next = self.clone();
        let operation = self.state.world.operation(&call.operation);
        next.earned = self
            .earned
            .as_ref()
            .zip(operation)
            .and_then(|(earned, operation)| {
                progress_unrefined(earned, operation, &call.subject, &call.arguments, tag)
            });
        next.state = done.state;
        next.price.assumptions += done.unknowns + done.waits.len();
        next.price.manipulations += usize::from(manipulates);
        next.price.operations += 1;
        next.calls.push(call.clone());
        next.touched.push(done.touched);
        let mut gave = BTreeMap::new();
        for (name, values) in done.outcomes {
            let outcome = operation.and_then(|operation| operation.outcome(name.as_str()));
            let reads = outcome.is_some_and(|outcome| outcome.reads.is_some());
            if reads && !used.contains(&name) {
                continue;
            }
            if !reads {
                next.made.extend(values.iter().cloned());
            }
            next.at_hand.extend(values.iter().cloned());
            gave.insert(name, values);
        }
        next.gave.push(gave);
        next
    }
}

type Signature = (
    BTreeMap<(Thing, Iri), Cell>,
    BTreeSet<Thing>,
    BTreeSet<Thing>,
    BTreeSet<Thing>,
    BTreeSet<(Thing, Iri)>,
    Option<BTreeMap<(Thing, Iri), Cell>>,
    Option<(bool, BTreeSet<(Thing, Vec<Thing>)>)>,
);

/// Two nodes alike in this can do the same.
fn signature(node: &Node<'_>, earned: bool) -> Signature {
    let live = State::live(node.state.world);
    let differs = |((thing, property), cell): &(&(Thing, Iri), &Cell)| match thing {
        Thing::Entity(_) => live.cell(thing, property) != **cell,
        Thing::Literal(_) | Thing::Symbol(_) => true,
    };
    let cells = node.state.cells.iter().filter(differs);
    let mut types = BTreeSet::new();
    for (thing, extra) in &node.state.extra_types {
        for of_type in extra {
            if live.is_of(thing, of_type) != Truth::True {
                types.insert((thing.clone(), of_type.clone()));
            }
        }
    }
    (
        cells
            .map(|(cell, held)| (cell.clone(), held.clone()))
            .collect(),
        node.state.deleted.clone(),
        node.at_hand.clone(),
        node.made.clone(),
        types,
        node.earned
            .as_ref()
            .filter(|_| earned)
            .map(|state| state.cells.clone()),
        node.link.as_ref().map(|link| {
            let own = node.calls.iter().zip(&node.gave);
            let own = own.filter(|(call, _)| call.operation == link.producer.0);
            let given = own.filter_map(|(call, gave)| {
                Some((call.subject.clone(), gave.get(&link.outcome)?.clone()))
            });
            (node.is_linked(), given.collect())
        }),
    )
}

/// "Goal condition: no assumption; must be True at the end. Want: some value at hand (known entity, given, or outcome of a
/// step) whose type ⊑ wanted; with `new`: a created symbol of a step of the plan."
fn holds(node: &Node<'_>, goal: &Goal, earned: bool) -> bool {
    if !node.is_linked() {
        return false;
    }
    let mut named = BTreeMap::new();
    meets(node, goal, earned, &goal.wants, &mut named)
}

fn meets(
    node: &Node<'_>,
    goal: &Goal,
    earned: bool,
    wants: &[Want],
    named: &mut BTreeMap<Name, Thing>,
) -> bool {
    let Some((want, rest)) = wants.split_first() else {
        let scope = Scope::of_wants(named.clone());
        let holds = |state| View::new(state, &scope).condition(&goal.condition) == Truth::True;
        return holds(&node.state) && (!earned || node.earned.as_ref().is_some_and(holds));
    };
    let at_hand = if goal.new { &node.made } else { &node.at_hand };
    for thing in at_hand {
        if node.state.deleted.contains(thing)
            || node.state.is_of(thing, &want.of_type) != Truth::True
        {
            continue;
        }
        if let Some(name) = &want.name {
            named.insert(name.clone(), thing.clone());
        }
        if meets(node, goal, earned, rest, named) {
            return true;
        }
    }
    false
}

/// The fewest layers among all plans of that price, or `None` when there are too many to look at.
fn fewest_layers(start: &Node<'_>, goal: &Goal, price: Price, bounds: &Bounds) -> Option<usize> {
    let mut left = bounds.layering;
    let mut fewest = None;
    let mut waiting = vec![start.clone()];
    while let Some(node) = waiting.pop() {
        if node.price == price && holds(&node, goal, bounds.earned) {
            let layers = ends(&node.touched, |place| node.givers(place), &|_| 1);
            let layers = layers.into_iter().max().unwrap_or(0);
            let layers = usize::try_from(layers).unwrap_or(usize::MAX);
            fewest = Some(fewest.map_or(layers, |before: usize| before.min(layers)));
        }
        if node.price.operations >= price.operations {
            continue;
        }
        for next in successors(&node, goal.assume) {
            left = left.checked_sub(1)?;
            let within = next.price.assumptions <= price.assumptions
                && next.price.manipulations <= price.manipulations;
            if within {
                waiting.push(next);
            }
        }
    }
    fewest
}

/// "Layer = 1 + max layer of predecessors", where a step follows every earlier one with which it does not commute, and of
/// each list of earlier steps that could give it a value, at least one; with the length of a step in place of one, its end.
fn ends(
    touched: &[Touched<'_>],
    givers: impl Fn(usize) -> Vec<Vec<usize>>,
    length: &dyn Fn(usize) -> u64,
) -> Vec<u64> {
    let mut layers: Vec<u64> = Vec::new();
    for (place, own) in touched.iter().enumerate() {
        let before = touched.iter().take(place).zip(&layers);
        let waits = before.filter(|(earlier, _)| !earlier.commutes(own));
        let after = waits.map(|(_, layer)| *layer).max().unwrap_or(0);
        let of_givers = givers(place).into_iter().filter_map(|givers| {
            let of_each = givers.iter().filter_map(|giver| layers.get(*giver));
            of_each.copied().min()
        });
        let layer = length(place) + of_givers.fold(after, u64::max);
        layers.push(layer);
    }
    layers
}

/// The literals a condition names: values at hand for whoever is to bring it about.
#[must_use = "reading has no other effect"]
pub fn literals_of(condition: &Condition) -> BTreeSet<Literal> {
    let mut found = BTreeSet::new();
    for conjunct in &condition.conjuncts {
        collect(conjunct, &mut found);
    }
    found
}

fn collect(conjunct: &Conjunct, found: &mut BTreeSet<Literal>) {
    let mut atom = |atom: &Atom| {
        if let Atom::Literal(literal) = atom {
            found.insert(literal.clone());
        }
    };
    let mut term = |term: &Term| term.atoms().for_each(&mut atom);
    match conjunct {
        Conjunct::Compare { left, right, .. } => {
            term(left);
            term(right);
        }
        Conjunct::In { values, .. } => values.iter().for_each(atom),
        Conjunct::Contains { value, .. } => atom(value),
        Conjunct::Not(inner) => collect(inner, found),
        Conjunct::Either(alternatives) => alternatives
            .iter()
            .flat_map(|condition| &condition.conjuncts)
            .for_each(|inner| collect(inner, found)),
        Conjunct::Is { .. } | Conjunct::Exists { .. } => {}
    }
}
