//! Is a plan good? Replays it in every order its graph allows, with the reference's own evaluation.
//!
//! In: a world and a plan. Out: nothing, or the first thing that is wrong with it, in words.
//! Not here: explanations, undo, fingerprints, which the checker looks at.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::plan::{Argument, Assumption, EdgeKind, OutcomeOf, PlanValue, Step, Waiting};
use samos_model::text::parse_condition;
use samos_model::{Condition, Given, Kind, Name, Operation, Plan, Truth, Value, World};

use crate::estate::resolve_full;
use crate::evaluation::{Scope, State, Thing, View, progress};
use crate::goals::given_thing;

/// The most orders of one plan that are replayed.
const MOST_ORDERS: usize = 500;

/// Refuses a plan that is not good, with the reason.
///
/// # Errors
/// What is wrong with it, in words.
pub fn judge(world: &dyn World, plan: &Plan) -> Result<(), String> {
    let graph = Graph::of(plan)?;
    for step in &plan.steps {
        structure(world, plan, &graph, step)?;
    }
    costs(world, plan, &graph)?;
    if plan.group.is_some() {
        // "A group runs concurrently; no effect of one on another."
        for step in &plan.steps {
            replay(world, plan, &[step.id])?;
        }
        return Ok(());
    }
    let mut needed = BTreeSet::new();
    for order in graph.orders() {
        needed.extend(replay(world, plan, &order)?.needed);
    }
    for assumption in &plan.assumptions {
        if !needed.contains(assumption) {
            return Err(format!(
                "step {} never needs `{}` assumed",
                assumption.step, assumption.condition
            ));
        }
    }
    Ok(())
}

/// How many assumptions of a good plan count: all but guards over values that the plan itself reads.
///
/// # Errors
/// What is wrong with the plan, in words.
pub fn unknowns(world: &dyn World, plan: &Plan) -> Result<usize, String> {
    let order: Vec<u32> = plan.steps.iter().map(|step| step.id).collect();
    Ok(replay(world, plan, &order)?.unknowns)
}

struct Graph {
    /// Step → all steps it waits for, directly or not.
    before: BTreeMap<u32, BTreeSet<u32>>,
}

impl Graph {
    fn of(plan: &Plan) -> Result<Self, String> {
        let mut before: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for (place, step) in plan.steps.iter().enumerate() {
            if usize::try_from(step.id).ok() != Some(place + 1) {
                return Err(format!("step {} stands at place {}", step.id, place + 1));
            }
            before.insert(step.id, BTreeSet::new());
        }
        for edge in &plan.edges {
            if edge.from >= edge.to || !before.contains_key(&edge.from) {
                return Err(format!("an edge goes from {} to {}", edge.from, edge.to));
            }
            match before.get_mut(&edge.to) {
                Some(own) => own.insert(edge.from),
                None => return Err(format!("an edge goes to {}, which is no step", edge.to)),
            };
        }
        // Steps stand after those they wait for, so one pass in order closes it.
        for step in &plan.steps {
            let direct = before.get(&step.id).cloned().unwrap_or_default();
            let mut all = direct.clone();
            for earlier in direct {
                all.extend(before.get(&earlier).cloned().unwrap_or_default());
            }
            before.insert(step.id, all);
        }
        Ok(Self { before })
    }

    fn orders(&self) -> Vec<Vec<u32>> {
        let mut all = Vec::new();
        self.extend(&mut Vec::new(), &mut all);
        all
    }

    fn extend(&self, order: &mut Vec<u32>, all: &mut Vec<Vec<u32>>) {
        if all.len() >= MOST_ORDERS {
            return;
        }
        if order.len() == self.before.len() {
            all.push(order.clone());
            return;
        }
        for (step, before) in &self.before {
            if !order.contains(step) && before.iter().all(|earlier| order.contains(earlier)) {
                order.push(*step);
                self.extend(order, all);
                order.pop();
            }
        }
    }

    fn layer(&self, plan: &Plan, step: u32) -> u32 {
        let direct = plan.edges.iter().filter(|edge| edge.to == step);
        1 + direct
            .map(|edge| self.layer(plan, edge.from))
            .max()
            .unwrap_or(0)
    }
}

fn operation_of<'w>(world: &'w dyn World, step: &Step) -> Result<&'w Operation, String> {
    let known = world.operation(&step.operation);
    known.ok_or_else(|| format!("step {} asks for no operation known", step.id))
}

fn structure(world: &dyn World, plan: &Plan, graph: &Graph, step: &Step) -> Result<(), String> {
    let operation = operation_of(world, step)?;
    if step.kind != operation.kind || step.provider != operation.provider {
        return Err(format!("step {} says its operation is another", step.id));
    }
    if step.layer != graph.layer(plan, step.id) {
        return Err(format!(
            "step {} cannot be in round {}",
            step.id, step.layer
        ));
    }
    let mut values: Vec<(Option<&Name>, &PlanValue)> = vec![(None, &step.subject)];
    for (name, argument) in &step.arguments {
        values.extend(argument.values().iter().map(|value| (Some(name), value)));
    }
    for (_, value) in values {
        let PlanValue::From { from } = value else {
            continue;
        };
        let before = graph.before.get(&step.id);
        if !before.is_some_and(|before| before.contains(&from.step)) {
            return Err(format!("step {} does not wait for {}", step.id, from.step));
        }
        let direct = (plan.edges.iter()).any(|edge| {
            edge.from == from.step && edge.to == step.id && edge.kind == EdgeKind::Data
        });
        if !direct {
            return Err(format!("no value flows from {} to {}", from.step, step.id));
        }
    }
    Ok(())
}

fn costs(world: &dyn World, plan: &Plan, graph: &Graph) -> Result<(), String> {
    let mut price = Some(0.0);
    let mut makespan = Some(0.0_f64);
    let mut ends: BTreeMap<u32, f64> = BTreeMap::new();
    for step in &plan.steps {
        let operation = operation_of(world, step)?;
        price = price.zip(operation.cost).map(|(sum, own)| sum + own);
        let before = graph.before.get(&step.id).cloned().unwrap_or_default();
        let start = before
            .iter()
            .filter_map(|earlier| ends.get(earlier))
            .copied()
            .fold(0.0, f64::max);
        let end = operation.duration_s.map(|own| start + own);
        ends.extend(end.map(|end| (step.id, end)));
        makespan = makespan.zip(end).map(|(so_far, end)| so_far.max(end));
    }
    let differs = |own: Option<f64>, said: Option<f64>| match (own, said) {
        (Some(own), Some(said)) => (own - said).abs() > 1e-6,
        (None, None) => false,
        _ => true,
    };
    let manipulations = plan
        .steps
        .iter()
        .filter(|step| step.kind == Kind::Manipulation)
        .count();
    let layers = plan.steps.iter().map(|step| step.layer).max().unwrap_or(0);
    let said = &plan.cost;
    if usize::try_from(said.operations).ok() != Some(plan.steps.len())
        || usize::try_from(said.manipulations).ok() != Some(manipulations)
        || said.layers != layers
        || differs(price, said.price)
        || differs(makespan, said.makespan_s)
    {
        return Err(format!("it does not cost {said:?}"));
    }
    Ok(())
}

/// What came back from the steps so far.
type Outcomes = BTreeMap<(u32, Name), Vec<Thing>>;

/// What one order takes for granted.
#[derive(Default)]
struct Replayed {
    needed: BTreeSet<Assumption>,
    unknowns: usize,
}

/// One order, step by step; returns the assumptions it needs.
fn replay(world: &dyn World, plan: &Plan, order: &[u32]) -> Result<Replayed, String> {
    let mut state = State::live(world);
    let givens = givens_of(plan, &mut state);
    let mut outcomes = Outcomes::new();
    let mut replayed = Replayed::default();
    let mut made = BTreeSet::new();
    for id in order {
        let Asked {
            operation,
            subject,
            arguments,
        } = asked(&state, plan, *id, &givens, &outcomes)?;
        let used = used_outcomes(plan, *id);
        let tag = format!("step{id}");
        let done = progress(&state, operation, &subject, &arguments, &tag, true, &used);
        let done = done.ok_or_else(|| format!("step {id} is not applicable in order {order:?}"))?;
        for conjunct in &done.assumptions {
            let text = conjunct.to_string();
            let listed = |own: &Assumption| {
                own.step == *id && own.wait.is_none() && same_condition(&own.condition, &text)
            };
            match plan.assumptions.iter().find(|own| listed(own)) {
                Some(own) => replayed.needed.insert(own.clone()),
                None => {
                    return Err(format!(
                        "step {id} takes `{text}` for granted and does not say so"
                    ));
                }
            };
        }
        for waited in &done.waits {
            let text = waited.conjunct.to_string();
            let listed = |own: &Assumption| {
                own.step == *id
                    && same_condition(&own.condition, &text)
                    && own.wait.as_ref().is_some_and(|wait| {
                        wait.property == waited.property
                            && state.thing(&Value::Entity(wait.becomes.clone())) == waited.becomes
                            && waits_for(&state, &outcomes, &wait.of).as_ref()
                                == Some(&waited.thing)
                    })
            };
            match plan.assumptions.iter().find(|own| listed(own)) {
                Some(own) => replayed.needed.insert(own.clone()),
                None => {
                    return Err(format!("step {id} waits for `{text}` and does not say so"));
                }
            };
        }
        replayed.unknowns += done.unknowns + done.waits.len();
        for (name, values) in done.outcomes {
            if operation
                .outcome(name.as_str())
                .is_some_and(|outcome| outcome.reads.is_none())
            {
                made.extend(values.iter().cloned());
            }
            outcomes.insert((*id, name), values);
        }
        state = done.state;
    }
    if plan.group.is_none() {
        match goal(plan, &state, &givens, &outcomes, &made)? {
            Truth::True => {}
            Truth::Unknown | Truth::False => {
                let text = plan.goal.condition.as_deref().unwrap_or_default();
                return Err(format!("`{text}` does not hold at the end"));
            }
        }
    }
    Ok(replayed)
}

/// What carrying on with a plan comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rest {
    /// All steps can be done, and the goal holds then.
    Reaches,
    /// That step cannot be done: a condition of it is false.
    StopsAt(u32),
    /// All steps can be done, and the goal is false then.
    Misses,
    /// Nobody knows.
    Unclear(String),
}

/// Carries on with a plan in the world as it is now, in that order of the steps still to come; what is unknown is taken for granted.
#[must_use = "nothing is done"]
pub fn carry_on(world: &dyn World, plan: &Plan, order: &[u32]) -> Rest {
    let mut state = State::live(world);
    let givens = givens_of(plan, &mut state);
    let mut outcomes = Outcomes::new();
    for id in order {
        let asked = match asked(&state, plan, *id, &givens, &outcomes) {
            Ok(asked) => asked,
            Err(why) => return Rest::Unclear(why),
        };
        let used = used_outcomes(plan, *id);
        let tag = format!("step{id}");
        let (subject, arguments) = (&asked.subject, &asked.arguments);
        let done = progress(
            &state,
            asked.operation,
            subject,
            arguments,
            &tag,
            true,
            &used,
        );
        let Some(done) = done else {
            return Rest::StopsAt(*id);
        };
        for (name, values) in done.outcomes {
            outcomes.insert((*id, name), values);
        }
        state = done.state;
    }
    // Which things are new is not told here: some were made before.
    let mut old = plan.clone();
    old.goal.wants.iter_mut().for_each(|want| want.new = false);
    match goal(&old, &state, &givens, &outcomes, &BTreeSet::new()) {
        Ok(Truth::True) => Rest::Reaches,
        Ok(Truth::False) => Rest::Misses,
        Ok(Truth::Unknown) => Rest::Unclear("the goal".to_owned()),
        Err(why) => Rest::Unclear(why),
    }
}

/// A step with its values.
struct Asked<'w> {
    operation: &'w Operation,
    subject: Thing,
    arguments: BTreeMap<Name, Vec<Thing>>,
}

fn asked<'w>(
    state: &State<'w>,
    plan: &Plan,
    id: u32,
    givens: &Givens,
    outcomes: &Outcomes,
) -> Result<Asked<'w>, String> {
    let step = plan.step(id).ok_or("a step is missing")?;
    let operation = operation_of(state.world, step)?;
    let find = |value: &PlanValue| {
        let found = things(state, givens, outcomes, value);
        found.map_err(|why| format!("step {id}: {why}"))
    };
    let [subject] = find(&step.subject)?
        .try_into()
        .map_err(|_| "a subject is not one thing")?;
    let mut arguments = BTreeMap::new();
    for (name, argument) in &step.arguments {
        let parameter = operation
            .parameter(name.as_str())
            .ok_or("no such parameter")?;
        if matches!(argument, Argument::Many(_)) && !parameter.multiple {
            return Err(format!("step {id}: `{name}` is not multiple"));
        }
        let mut values = Vec::new();
        for value in argument.values() {
            values.extend(find(value)?);
        }
        arguments.insert(name.clone(), values);
    }
    Ok(Asked {
        operation,
        subject,
        arguments,
    })
}

/// The things given by their type alone.
type Givens = BTreeMap<samos_model::Iri, Thing>;

fn givens_of(plan: &Plan, state: &mut State<'_>) -> Givens {
    let mut givens = Givens::new();
    for of_type in &plan.goal.givens {
        let thing = given_thing(state, &Given::Type(of_type.clone()));
        givens.insert(of_type.clone(), thing);
    }
    givens
}

/// Whose state is waited for.
fn waits_for(state: &State<'_>, outcomes: &Outcomes, of: &Waiting) -> Option<Thing> {
    match of {
        Waiting::Entity { entity } => Some(state.thing(&Value::Entity(entity.clone()))),
        Waiting::From { from } => {
            let all = outcomes.get(&(from.step, from.outcome.clone()))?;
            let place = usize::try_from(from.index.unwrap_or(0)).ok()?;
            all.get(place).cloned()
        }
    }
}

fn same_condition(left: &str, right: &str) -> bool {
    left == right
        || matches!((parse_condition(left), parse_condition(right)), (Ok(left), Ok(right)) if left == right)
}

fn used_outcomes(plan: &Plan, id: u32) -> BTreeSet<Name> {
    let mut used = BTreeSet::new();
    let mut take = |value: &PlanValue| {
        if let PlanValue::From { from } = value
            && from.step == id
        {
            used.insert(from.outcome.clone());
        }
    };
    for step in &plan.steps {
        take(&step.subject);
        step.arguments
            .values()
            .flat_map(Argument::values)
            .for_each(&mut take);
    }
    plan.goal.wants.iter().for_each(|want| take(&want.is));
    used
}

fn things(
    state: &State<'_>,
    givens: &Givens,
    outcomes: &Outcomes,
    value: &PlanValue,
) -> Result<Vec<Thing>, String> {
    match value {
        PlanValue::Given { given } => {
            let found = givens
                .get(given)
                .ok_or_else(|| format!("`{given}` is not given"))?;
            Ok(vec![found.clone()])
        }
        PlanValue::From {
            from:
                OutcomeOf {
                    step,
                    outcome,
                    index,
                },
        } => {
            let all = outcomes.get(&(*step, outcome.clone()));
            let all = all.ok_or_else(|| format!("step {step} gives no `{outcome}` before"))?;
            match index {
                None => Ok(all.clone()),
                Some(index) => {
                    let place = usize::try_from(*index).map_err(|_| "an index is too large")?;
                    let found = all.get(place).ok_or("an index is too large")?;
                    Ok(vec![found.clone()])
                }
            }
        }
        PlanValue::Entity { entity } if !state.world.is_entity(entity) => {
            Err(format!("`{entity}` is not known"))
        }
        PlanValue::Before { .. } => {
            Err("a value from before a step stands only in an undo".to_owned())
        }
        PlanValue::Entity { .. } | PlanValue::Literal { .. } => {
            let known: Option<Value> = value.as_known();
            Ok(known.iter().map(|value| state.thing(value)).collect())
        }
    }
}

/// "Goal condition: no assumption; must be True at the end." What it is worth; an error where a wanted thing is not there.
fn goal(
    plan: &Plan,
    state: &State<'_>,
    givens: &Givens,
    outcomes: &Outcomes,
    made: &BTreeSet<Thing>,
) -> Result<Truth, String> {
    let mut named = BTreeMap::new();
    for want in &plan.goal.wants {
        let found: Vec<Thing> = things(state, givens, outcomes, &want.is)?;
        let Some(first) = found.first() else {
            return Err(format!("nothing is the wanted `{}`", want.of_type));
        };
        let right = |thing: &Thing| {
            state.is_of(thing, &want.of_type) == Truth::True && !state.deleted.contains(thing)
        };
        if !found.iter().all(right) || (want.new && !found.iter().all(|thing| made.contains(thing)))
        {
            return Err(format!("{first} is not the wanted `{}`", want.of_type));
        }
        if let Some(name) = &want.name {
            named.insert(name.clone(), first.clone());
        }
    }
    let Some(text) = &plan.goal.condition else {
        return Ok(Truth::True);
    };
    let raw = parse_condition(text).map_err(|error| error.to_string())?;
    let condition: Condition = resolve_full(&raw)?;
    let scope = Scope::of_wants(named);
    Ok(View::new(state, &scope).condition(&condition))
}
