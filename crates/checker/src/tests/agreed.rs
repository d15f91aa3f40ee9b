//! Random walks through random worlds: what the reference can do the checker accepts, what it cannot is refused, and
//! both find the same facts at the end.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::plan::{
    Argument, Assumption, Edge, EdgeKind, OutcomeOf, PlanValue, Step, Undo, Wait, Waiting,
};
use samos_model::{Conjunct, Iri, Kind, Path, Plan, Root, Truth, Value, World};
use samos_reference::evaluation::{Owner, Scope, State, Thing, View, progress};
use samos_reference::requests::{Call, calls, known_entities};
use samos_reference::worlds::{Random, RandomWorld, world};
use serde_json::json;

use super::world::{counted, errors, plan};

const WORLDS: u64 = 120;
const LONGEST: usize = 4;

/// A walk so far: the plan as written, and the reference's state.
struct Walk<'w> {
    world: &'w RandomWorld,
    plan: Plan,
    state: State<'w>,
    /// How the plan writes each thing at hand.
    at_hand: BTreeMap<Thing, PlanValue>,
}

impl<'w> Walk<'w> {
    fn new(world: &'w RandomWorld) -> Self {
        let state = State::live(&world.estate);
        let written = |thing: &Thing| match thing {
            Thing::Entity(entity) => PlanValue::known(&Value::Entity(entity.clone())),
            other => panic!("{other} is not known"),
        };
        Self {
            world,
            plan: plan(&world.estate, json!({}), vec![], &[]),
            at_hand: known_entities(&state)
                .into_iter()
                .map(|thing| (thing.clone(), written(&thing)))
                .collect(),
            state,
        }
    }

    /// The plan with one more step.
    fn with(&self, call: &Call) -> Plan {
        let mut plan = self.plan.clone();
        let id = u32::try_from(plan.steps.len()).unwrap() + 1;
        let estate = &self.world.estate;
        let operation = World::operation(estate, &call.operation).unwrap();
        let value = |thing: &Thing| match thing {
            Thing::Literal(literal) => PlanValue::known(&Value::Literal(literal.clone())),
            other => self.at_hand[other].clone(),
        };
        let account = self.state.owner(&call.subject, Owner::Account);
        plan.steps.push(Step {
            id,
            operation: call.operation.clone(),
            provider: operation.provider.clone(),
            account: account.and_then(|account| match account {
                Thing::Entity(account) => Some(account),
                Thing::Literal(_) | Thing::Symbol(_) => None,
            }),
            library: None,
            kind: operation.kind,
            subject: value(&call.subject),
            arguments: call
                .arguments
                .iter()
                .map(|(name, things)| {
                    (
                        name.clone(),
                        Argument::Many(things.iter().map(value).collect()),
                    )
                })
                .collect(),
            layer: 1,
            because: Vec::new(),
            holds: Vec::new(),
            undo: if operation.kind == Kind::Information {
                Undo::Nothing { reads_only: true }
            } else {
                Undo::Irreversible {
                    irreversible: String::new(),
                }
            },
        });
        let values = std::iter::once(&call.subject).chain(call.arguments.values().flatten());
        let givers: BTreeSet<u32> = values
            .filter_map(|thing| match self.at_hand.get(thing) {
                Some(PlanValue::From { from }) => Some(from.step),
                _ => None,
            })
            .collect();
        for from in 1..id {
            let kind = match givers.contains(&from) {
                true => EdgeKind::Data,
                false => EdgeKind::Order,
            };
            plan.edges.push(Edge {
                from,
                to: id,
                kind,
                because: Default::default(),
            });
        }
        plan
    }

    /// Takes a step; false when the reference cannot.
    fn step(&mut self, call: &Call) -> Result<bool, String> {
        let estate = &self.world.estate;
        let operation = World::operation(estate, &call.operation).unwrap();
        let mut plan = self.with(call);
        let id = u32::try_from(plan.steps.len()).unwrap();
        let done = progress(
            &self.state,
            operation,
            &call.subject,
            &call.arguments,
            &id.to_string(),
            true,
            &BTreeSet::new(),
        );
        let Some(done) = done else {
            // Whatever is assumed of it.
            for conjunct in &operation.precondition.conjuncts {
                plan.assumptions.push(assumption(id, conjunct));
            }
            let plan = counted(estate, plan);
            return match errors(estate, &plan).as_slice() {
                [] => Err(format!(
                    "step {id}, {call}, is impossible to the reference only"
                )),
                _ => Ok(false),
            };
        };
        plan.assumptions.extend(
            done.assumptions
                .iter()
                .map(|conjunct| assumption(id, conjunct)),
        );
        for waited in &done.waits {
            let of = match self.at_hand.get(&waited.thing) {
                Some(PlanValue::From { from }) => Waiting::From { from: from.clone() },
                _ => Waiting::Entity {
                    entity: entity(&waited.thing),
                },
            };
            let mut assumption = assumption(id, &waited.conjunct);
            assumption.wait = Some(Wait {
                of,
                property: waited.property.clone(),
                becomes: entity(&waited.becomes),
            });
            plan.assumptions.push(assumption);
        }
        self.plan = counted(estate, plan);
        self.agrees(&format!("step {id}, {call}"))?;
        for (name, things) in done.outcomes {
            for (thing, index) in things.into_iter().zip(0..) {
                let multiple = operation.outcome(name.as_str()).unwrap().multiple;
                let from = OutcomeOf {
                    step: id,
                    outcome: name.clone(),
                    index: multiple.then_some(index),
                };
                if matches!(&thing, Thing::Symbol(_)) {
                    // What was read may not be there: taking it asks for more than this walk says.
                    let read = operation.outcome(name.as_str()).unwrap().reads.is_some();
                    if !read {
                        self.at_hand
                            .entry(thing)
                            .or_insert(PlanValue::From { from });
                    }
                }
            }
        }
        self.state = done.state;
        self.at_hand
            .retain(|thing, _| !self.state.deleted.contains(thing));
        Ok(true)
    }

    fn agrees(&self, when: &str) -> Result<(), String> {
        let findings: Vec<String> = crate::check(&self.world.estate, &self.plan)
            .into_iter()
            .filter(|finding| finding.severity == samos_model::Severity::Error)
            .map(|finding| finding.to_string())
            .collect();
        if findings.is_empty() {
            Ok(())
        } else {
            Err(format!(
                "{when} is impossible to the checker only: {findings:#?}"
            ))
        }
    }

    /// Asks both for the same fact.
    fn probe(&mut self, conjunct: Conjunct) -> Result<(), String> {
        let scope = Scope::default();
        let truth = View::new(&self.state, &scope).conjunct(&conjunct);
        let text = conjunct.to_string();
        let names = |thing: &Thing| matches!(thing, Thing::Entity(entity) if text.ends_with(&format!("<{entity}>")));
        if self.state.deleted.iter().any(names) {
            // The checker has no deleted thing stand anywhere, not even where it is named outright.
            return Ok(());
        }
        self.plan.goal.condition = Some(conjunct.to_string());
        let plan = counted(&self.world.estate, self.plan.clone());
        let own = match errors(&self.world.estate, &plan)
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .as_slice()
        {
            [] => Truth::True,
            ["C0402"] => Truth::False,
            ["C0403"] => Truth::Unknown,
            other => return Err(format!("{conjunct}: {other:?}")),
        };
        self.plan.goal.condition = None;
        if own == truth {
            return Ok(());
        }
        let steps: Vec<String> = plan
            .steps
            .iter()
            .map(|step| {
                let operation = World::operation(&self.world.estate, &step.operation).unwrap();
                format!(
                    "{} on {:?} with {:?}: {} => {:?}",
                    step.operation,
                    step.subject,
                    step.arguments,
                    operation.precondition,
                    operation
                        .postcondition
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                )
            })
            .collect();
        Err(format!(
            "{conjunct} is {own:?} to the checker, {truth:?} to the reference after {steps:#?} assuming {:?}",
            plan.assumptions
        ))
    }
}

fn entity(thing: &Thing) -> Iri {
    match thing {
        Thing::Entity(entity) => entity.clone(),
        other => panic!("{other} is no entity"),
    }
}

fn assumption(step: u32, conjunct: &Conjunct) -> Assumption {
    Assumption {
        step,
        condition: conjunct.to_string(),
        text: String::new(),
        wait: None,
    }
}

/// Facts to ask for: everything that effects speak of, on everything that is known.
fn probes(world: &RandomWorld, random: &mut Random) -> Vec<Conjunct> {
    let state = State::live(&world.estate);
    let entities: Vec<Thing> = known_entities(&state).into_iter().collect();
    let mut properties: BTreeSet<Iri> = BTreeSet::new();
    for operation in world.estate.operations() {
        for effect in &operation.postcondition {
            use samos_model::Effect::{Add, Clear, Remove, Renew, Set};
            if let Set { path, .. }
            | Add { path, .. }
            | Remove { path, .. }
            | Clear(path)
            | Renew(path) = effect
            {
                for property in &path.properties {
                    properties.insert(property.clone());
                    let Some(schema) = World::property(&world.estate, property) else {
                        continue;
                    };
                    properties.extend(
                        schema
                            .supers
                            .iter()
                            .chain(&schema.inverses)
                            .chain(&schema.subs)
                            .cloned(),
                    );
                }
            }
        }
    }
    let properties: Vec<Iri> = properties.into_iter().collect();
    let path = |random: &mut Random| {
        let (Some(Thing::Entity(entity)), Some(property)) = (
            random.pick(&entities).cloned(),
            random.pick(&properties).cloned(),
        ) else {
            return None;
        };
        Some(Path {
            root: Root::Individual(entity),
            properties: vec![property],
        })
    };
    let mut asked = Vec::new();
    for _ in 0..12 {
        let (Some(one), Some(other)) = (path(random), path(random)) else {
            continue;
        };
        let conjunct = match random.below(4) {
            0 => Conjunct::Exists { path: one },
            1 => Conjunct::Contains {
                path: one,
                value: samos_model::Atom::Path(other),
            },
            2 => Conjunct::Contains {
                path: one,
                value: samos_model::Atom::Path(Path {
                    properties: vec![],
                    ..other
                }),
            },
            _ => Conjunct::Compare {
                left: samos_model::Atom::Count(one).into(),
                comparison: samos_model::Comparison::AtMost,
                right: samos_model::Atom::Literal(samos_model::Literal::integer(1)).into(),
            },
        };
        asked.push(conjunct);
    }
    asked
}

fn walk(seed: u64) -> Result<(usize, bool), String> {
    let made = world(seed);
    let mut random = Random::new(seed + 1);
    let mut walk = Walk::new(&made);
    let mut taken = 0;
    for _ in 0..3 * LONGEST {
        let at_hand: BTreeSet<Thing> = walk.at_hand.keys().cloned().collect();
        let possible = calls(&walk.state, &at_hand);
        let Some(call) = random.pick(&possible).cloned() else {
            break;
        };
        taken += usize::from(walk.step(&call)?);
        if taken == LONGEST {
            break;
        }
    }
    // With fewer edges there are more orders; whether they hold or not, the checker must not contradict itself: what
    // commutes holds in every order (asserted where it tries them all).
    let mut free = walk.plan.clone();
    free.edges.retain(|edge| {
        let to = &free.steps[edge.to as usize - 1];
        let data = crate::steps::values(&to.subject, &to.arguments)
            .any(|value| matches!(value, PlanValue::From { from } if from.step == edge.from));
        data || random.chance(10)
    });
    let free = counted(&made.estate, free);
    let held = errors(&made.estate, &free).is_empty();
    for conjunct in probes(&made, &mut random) {
        walk.probe(conjunct)?;
    }
    Ok((taken, held))
}

#[test]
fn the_checker_agrees_with_the_reference_on_random_walks() {
    let mut taken = 0;
    let mut free = 0_u64;
    let mut differences = Vec::new();
    for seed in 0..WORLDS {
        match walk(seed) {
            Ok((steps, held)) => {
                taken += steps;
                free += u64::from(held);
            }
            Err(difference) => differences.push(format!("seed {seed}: {difference}")),
        }
    }
    println!("{WORLDS} worlds from seed 0, {taken} steps, {free} plans hold in more orders");
    assert!(
        differences.is_empty(),
        "{} differ:\n{}",
        differences.len(),
        differences
            .iter()
            .take(6)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n\n")
    );
    assert!(taken > 100, "only {taken} steps were possible");
    assert!(0 < free && free < WORLDS, "{free} of {WORLDS} hold");
}
