//! Is the rest of a plan still good? The monitor's answer against brute force, on random worlds in which somebody meddles.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use samos_execution::monitor::Changed;
use samos_execution::{Cell, Facts, Monitor, Provider as _, learn};
use samos_model::plan::{Argument, Holding, OutcomeOf, PlanValue, Step};
use samos_model::{Iri, Limits, Name, Plan, Request, Value, World};
use samos_reference::estate::{Estate, iri, many, one, value};
use samos_reference::plans::{Rest, carry_on};
use samos_reference::worlds::{Question, Random, RandomWorld, question, world};
use samos_simulation::{Faults, Simulation};

/// A plan on its way: what has happened, who watches, and what steps gave.
struct OnItsWay<'w> {
    plan: &'w Plan,
    simulation: Simulation<'w>,
    given: BTreeMap<(u32, Name), Vec<Value>>,
    done: BTreeSet<u32>,
    monitor: Monitor,
}

fn resolve(given: &BTreeMap<(u32, Name), Vec<Value>>, value: &PlanValue) -> Vec<Value> {
    match value {
        PlanValue::From {
            from:
                OutcomeOf {
                    step,
                    outcome,
                    index,
                },
        } => {
            let all = given.get(&(*step, outcome.clone())).cloned();
            let all = all.unwrap_or_default();
            match index {
                None => all,
                Some(index) => all.get(*index as usize).cloned().into_iter().collect(),
            }
        }
        known => known.as_known().into_iter().collect(),
    }
}

impl<'w> OnItsWay<'w> {
    fn begin(estate: &'w Estate, plan: &'w Plan) -> Self {
        let simulation = Simulation::new(estate, Faults::default());
        let given = BTreeMap::new();
        let none = BTreeSet::new();
        let known = |value: &PlanValue| resolve(&given, value);
        let monitor = Monitor::new(simulation.world(), plan, &known, &none, &none);
        Self {
            plan,
            simulation,
            given,
            done: BTreeSet::new(),
            monitor,
        }
    }

    /// The facts change by that, and who watches is told what did.
    fn while_told<T>(&mut self, happen: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.simulation.world().facts().clone();
        let result = happen(self);
        let after = self.simulation.world().facts();
        let changed = difference(&before, after);
        let given = &self.given;
        let known = |value: &PlanValue| resolve(given, value);
        self.monitor
            .changed(&changed, self.simulation.world(), self.plan, &known);
        result
    }

    /// Asks for a step; `None` where the provider does not do it.
    fn perform(&mut self, step: &Step) -> Option<()> {
        self.monitor.asked_for(step.id);
        let arguments = step.arguments.iter().map(|(name, argument)| {
            let values = argument.values().iter();
            let values = values.flat_map(|value| resolve(&self.given, value));
            (name.clone(), values.collect::<Vec<_>>())
        });
        let [subject] = resolve(&self.given, &step.subject).try_into().ok()?;
        let request = Request {
            operation: step.operation.clone(),
            subject: subject.as_entity()?.clone(),
            arguments: arguments.filter(|(_, values)| !values.is_empty()).collect(),
        };
        let operation = self.simulation.world().operation(&step.operation)?.clone();
        let outcomes = self.while_told(|this| this.simulation.call(&request, None).ok())?;
        let live = self.simulation.world();
        let mut seen = Facts::default();
        let bound = learn(&mut seen, &live, &operation, &request, &outcomes, "now");
        for (name, values) in bound {
            self.given.insert((step.id, name), values);
        }
        self.done.insert(step.id);
        let given = &self.given;
        let known = |value: &PlanValue| resolve(given, value);
        self.monitor.done(step.id, live, self.plan, &known);
        Some(())
    }

    /// The plan with what the steps gave in place of where it comes from.
    fn with_values(&self) -> Plan {
        let mut plan = self.plan.clone();
        let put = |value: &mut PlanValue| {
            if let [known] = resolve(&self.given, value).as_slice() {
                *value = PlanValue::known(known);
            }
        };
        for step in &mut plan.steps {
            put(&mut step.subject);
            for argument in step.arguments.values_mut() {
                match argument {
                    Argument::One(value) => put(value),
                    Argument::Many(values) => values.iter_mut().for_each(put),
                }
            }
        }
        plan.goal
            .wants
            .iter_mut()
            .for_each(|want| put(&mut want.is));
        plan
    }

    fn to_come(&self) -> Vec<u32> {
        let steps = self.plan.steps.iter().map(|step| step.id);
        steps.filter(|id| !self.done.contains(id)).collect()
    }

    /// Are all done that see to these?
    fn is_up_to(&self, holds: &[Holding]) -> bool {
        let mut after = holds.iter().flat_map(|holding| &holding.after);
        after.all(|step| self.done.contains(step))
    }
}

fn difference(before: &Facts, after: &Facts) -> Changed {
    let mut changed = Changed::default();
    for (entity, property, known) in after.cells() {
        let was = before.cell(entity, property);
        if was.is_none_or(|was| was != known) {
            changed.cells.insert(Cell::new(entity, property));
        }
        if before.types(entity) != after.types(entity) {
            changed.things.insert(entity.clone());
        }
    }
    let things = |facts: &Facts| -> BTreeSet<Iri> {
        let all = facts.gone().iter().chain(facts.made());
        all.cloned().collect()
    };
    let (before, after) = (things(before), things(after));
    changed
        .things
        .extend(before.symmetric_difference(&after).cloned());
    changed
}

/// The properties that the plan's conditions speak of.
fn properties(plan: &Plan) -> BTreeSet<Iri> {
    let of_steps = plan.steps.iter().flat_map(|step| &step.holds);
    let all = of_steps.chain(&plan.goal.holds);
    let mut found = BTreeSet::new();
    for holding in all {
        for part in holding.condition.split(".<").skip(1) {
            found.extend(part.split('>').next().map(Iri::from));
        }
    }
    found
}

/// Somebody else changes something that is known.
fn meddle(made: &RandomWorld, way: &mut OnItsWay<'_>, random: &mut Random) -> Option<String> {
    let properties: Vec<Iri> = properties(way.plan).into_iter().collect();
    let named = made.instances.iter().chain(&made.addresses);
    let mut entities: Vec<Iri> = named
        .flat_map(|(_, names)| names.iter().map(|name| iri(name)))
        .collect();
    entities.extend(made.providers.iter().map(|p| iri(&format!("{p}:compute"))));
    let property = random.pick(&properties)?.clone();
    let live = way.simulation.world();
    let held = entities.iter().map(|entity| live.values(entity, &property));
    let pool: BTreeSet<Value> = held.flat_map(|values| values.members).collect();
    let mut pool: Vec<Value> = pool.into_iter().collect();
    if pool.iter().any(|value| value.as_literal().is_some()) {
        pool.extend([value("0"), value("7")]);
    }
    let fit: Vec<&Iri> = entities
        .iter()
        .filter(|entity| {
            let values = live.values(entity, &property);
            values.complete && !values.members.is_empty()
        })
        .collect();
    let entity = (*random.pick(&fit)?).clone();
    let other = random.pick(&pool)?.clone();
    let mut values = live.values(&entity, &property).members;
    let is_single = live.property(&property).is_some_and(|it| it.functional);
    if is_single {
        values = BTreeSet::from([other]);
    } else if !values.remove(&other) {
        values.insert(other);
    }
    let told = format!("{entity}.{property} := {values:?}");
    way.while_told(|way| way.simulation.set(&entity, &property, values));
    Some(told)
}

/// What the monitor says after that many steps and some meddling, against brute force.
fn compare(made: &RandomWorld, plan: &Plan, random: &mut Random, tally: &mut Tally) {
    let mut way = OnItsWay::begin(&made.estate, plan);
    assert!(
        way.monitor.is_good(),
        "seed {}: {:?}\n{}",
        made.seed,
        way.monitor.spoiled(),
        serde_json::to_string_pretty(&plan).unwrap()
    );
    let first = random.below(plan.steps.len() + 1);
    for step in &plan.steps[..first] {
        if way.perform(step).is_none() {
            // What a plan takes for granted may turn out not to be so.
            return tally.count("not so as assumed");
        }
    }
    let mut told = Vec::new();
    for _ in 0..=random.below(2) {
        told.extend(meddle(made, &mut way, random));
    }
    let rest = carry_on(&way.simulation.world(), &way.with_values(), &way.to_come());
    let about = format!(
        "seed {} after {first} steps, {told:?}: {rest:?}, {:?}\n{}",
        made.seed,
        way.monitor.spoiled(),
        serde_json::to_string_pretty(&plan).unwrap()
    );
    match &rest {
        Rest::Reaches => {
            assert!(way.monitor.is_good(), "{about}");
            tally.count("still good");
        }
        Rest::Unclear(_) => tally.count("nobody knows"),
        Rest::StopsAt(id) => {
            let step = plan.step(*id).unwrap();
            is_noticed(&mut way, &step.holds, Some(*id), &about, tally);
        }
        // Whoever plans waits for no goal; whoever watches lets a state pass.
        Rest::Misses if way.monitor.is_good() && settled(made, &way) != Rest::Misses => {
            tally.count("the goal passes into what is wanted");
        }
        Rest::Misses => is_noticed(&mut way, &plan.goal.holds, None, &about, tally),
    }
}

/// What the rest comes to once each state that passes by itself has passed.
fn settled(made: &RandomWorld, way: &OnItsWay<'_>) -> Rest {
    let state = way.simulation.state().clone();
    let mut later = Simulation::restore(&made.estate, Faults::default(), state);
    let becomes = iri("samos:becomes");
    let things = made.instances.iter().flat_map(|(_, names)| names);
    for thing in things.map(|name| iri(name)) {
        for property in properties(way.plan) {
            let live = later.world();
            let members = live.values(&thing, &property).members;
            let next = members.first().and_then(|state| state.as_entity());
            let next = next.and_then(|state| live.entity_at(state, becomes.as_str()));
            if let Some(next) = next {
                later.set(&thing, &property, [Value::Entity(next)]);
            }
        }
    }
    carry_on(&later.world(), &way.with_values(), &way.to_come())
}

/// It is noticed at once where no step still to come sees to it, and else as soon as the last of those is done, so before the
/// step's turn in any case.
fn is_noticed(
    way: &mut OnItsWay<'_>,
    holds: &[Holding],
    stops_at: Option<u32>,
    about: &str,
    tally: &mut Tally,
) {
    let far = way
        .plan
        .steps
        .iter()
        .position(|step| !way.done.contains(&step.id));
    let stop = stops_at.and_then(|id| way.plan.steps.iter().position(|step| step.id == id));
    if way.is_up_to(holds) {
        assert!(!way.monitor.is_good(), "{about}");
        tally.count(match (far, stop) {
            (Some(next), Some(stop)) if stop > next => "noticed steps ahead",
            (_, None) => "noticed of the goal",
            _ => "noticed at the next step",
        });
        return;
    }
    for id in way.to_come() {
        if Some(id) == stops_at || !way.monitor.is_good() {
            break;
        }
        let plan = way.plan;
        if way.perform(plan.step(id).unwrap()).is_none() {
            return tally.count("not so as assumed");
        }
    }
    assert!(!way.monitor.is_good(), "later: {about}");
    tally.count("noticed when what sees to it was done");
}

#[derive(Default, Debug)]
struct Tally(BTreeMap<&'static str, usize>);

impl Tally {
    fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }
}

fn worlds() -> u64 {
    #[allow(clippy::disallowed_methods, reason = "a test may be asked for many")]
    let asked = std::env::var("SAMOS_WORLDS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(120)
}

#[test]
fn the_rest_is_good_exactly_when_brute_force_reaches_the_goal() {
    let limits = Limits {
        considered: 3_000,
        ..Limits::default()
    };
    let mut tally = Tally::default();
    for seed in 0..worlds() {
        let made = world(seed);
        let mut random = Random::new(seed ^ 0x0E57);
        for which in [0, 5, 6] {
            let Question::Goal(goal) = question(&made, which) else {
                continue;
            };
            let plans = samos_planning::goals::plan(&made.estate, &goal, &limits).plans;
            for plan in plans.iter().take(2) {
                if plan.steps.is_empty() || !plan.goal.givens.is_empty() {
                    continue;
                }
                for _ in 0..6 {
                    compare(&made, plan, &mut random, &mut tally);
                }
            }
        }
    }
    println!("{tally:?}");
    if worlds() >= 100 {
        for what in [
            "still good",
            "noticed of the goal",
            "noticed at the next step",
            "noticed when what sees to it was done",
        ] {
            assert!(tally.0.contains_key(what), "never {what}: {tally:?}");
        }
    }
}

/// So many lamps, one hall whose fuse they all need, and nothing else in common.
fn hall(lamps: usize) -> Estate {
    let mut estate = Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Lamp", &["x:Cloud", "samos:ServiceInstance"])
        .class("x:Fuse", &["x:Cloud", "samos:ServiceInstance"])
        .property("x:lit", one().of("x:Lamp").to("xsd:boolean"))
        .property("x:plugged", one().of("x:Lamp").to("xsd:boolean"))
        .property("x:fuse", one().of("x:Lamp").to("x:Fuse"))
        .property("x:good", one().of("x:Fuse").to("xsd:boolean"))
        .property("x:seen", many().of("x:Fuse").to("x:Lamp"))
        .entity("x:main", &["x:Fuse"])
        .fact("x:main", "x:good", "true")
        .operation(
            samos_model::Kind::Manipulation,
            "x:Light",
            "x:Lamp",
            "",
            "",
            "subject.x:lit == false and subject.x:plugged == true",
            "subject.x:lit = true",
        );
    for lamp in 0..lamps {
        let name = format!("x:lamp{lamp}");
        estate = estate
            .entity(&name, &["x:Lamp"])
            .fact(&name, "x:lit", "false")
            .fact(&name, "x:plugged", "true");
    }
    estate
}

#[test]
fn a_change_costs_the_same_however_long_the_plan_and_large_the_estate() {
    let mut costs = BTreeSet::new();
    for lamps in [3, 12, 40] {
        let estate = hall(lamps);
        let lit: Vec<String> = (0..lamps)
            .map(|lamp| format!("x:lamp{lamp}.x:lit == true"))
            .collect();
        let goal = samos_model::Goal {
            condition: estate.condition(&lit.join(" and ")),
            ..samos_model::Goal::default()
        };
        let answer = samos_planning::goals::plan(&estate, &goal, &Limits::default());
        let plan = &answer.plans[0];
        assert_eq!(plan.steps.len(), lamps);
        let mut way = OnItsWay::begin(&estate, plan);
        let before = way.monitor.judged();
        // Of things that the plan does not touch nothing is judged.
        way.while_told(|way| {
            way.simulation
                .set(&iri("x:main"), &iri("x:good"), [value("false")]);
        });
        assert_eq!(way.monitor.judged(), before);
        let last = iri(&format!("x:lamp{}", lamps - 1));
        way.while_told(|way| {
            way.simulation
                .set(&last, &iri("x:plugged"), [value("false")])
        });
        costs.insert(way.monitor.judged() - before);
        assert_eq!(way.monitor.spoiled().len(), 1);
        way.while_told(|way| {
            way.simulation
                .set(&last, &iri("x:plugged"), [value("true")])
        });
        assert!(way.monitor.is_good());
    }
    assert_eq!(costs, BTreeSet::from([1]));
}

#[test]
fn what_is_gone_counts_as_ended() {
    let world = support::two_clouds()
        .entity("a:deleted", &["samos:Ended"])
        .entity("a:running", &["samos:Running"]);
    let mut plan = support::plan(&world, Vec::new(), &[]);
    let web = iri("a:web-1");
    let state = iri("samos:state");
    let said = |wanted: &str| Holding {
        condition: format!("<{web}>.<{state}> {wanted}"),
        text: wanted.to_owned(),
        after: Vec::new(),
    };
    plan.goal.holds = vec![
        said(&format!("is <{}>", iri("samos:Ended"))),
        said(&format!("== <{}>", iri("a:deleted"))),
        said(&format!("is <{}>", iri("samos:Running"))),
    ];
    let mut facts = Facts::default();
    facts.delete(&world, &web);
    let live = samos_execution::Live::new(&world, &facts);
    let none = BTreeSet::new();
    let monitor = Monitor::new(live, &plan, &|_| Vec::new(), &none, &none);
    let spoiled: Vec<String> = monitor.spoiled().into_iter().map(|it| it.text).collect();
    assert_eq!(spoiled, [format!("is <{}>", iri("samos:Running"))]);
}
