//! Beginning a run: what a plan must fulfil, and how its values are resolved.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::plan::{PathBefore, Plan, PlanValue, Step, Undo};
use samos_model::text::{self, FullNames, Path, Resolve as _};
use samos_model::value::Value;
use samos_model::world::World;
use samos_model::{Iri, Request};

use super::{Phase, Run, Task};
use crate::error::Error;
use crate::facts::Facts;
use crate::policy::Policy;
use crate::scope::with_defaults;
use crate::transition::{Command, Record, TaskId, Transition};
use samos_model::reply::Bindings;

impl Run {
    /// A new run of a plan, and the command that journals its beginning. Nothing is sent before [`Event::Started`].
    ///
    /// The plan is expected to have passed the independent checker; here is looked at only what a run relies on.
    ///
    /// [`Event::Started`]: crate::Event::Started
    ///
    /// # Errors
    /// When the plan was edited, is stale, rests on givens, or names what does not exist.
    pub fn new(
        world: &dyn World,
        id: impl Into<String>,
        plan: Plan,
        policy: Policy,
        now_ms: u64,
    ) -> Result<(Self, Vec<Command>), Error> {
        admit(world, &plan)?;
        let id = id.into();
        let record = Record {
            at_ms: now_ms,
            transition: Transition::Begun {
                run: id.clone(),
                plan: Box::new(plan.clone()),
                policy: Box::new(policy.clone()),
            },
        };
        let run = Self::begun(id, plan, policy, now_ms);
        Ok((run, vec![Command::Journal(Box::new(record))]))
    }

    pub(super) fn begun(id: String, plan: Plan, policy: Policy, at_ms: u64) -> Self {
        let tasks = plan
            .steps
            .iter()
            .map(|step| (TaskId::step(step.id), Task::waiting()))
            .collect();
        Self {
            id,
            plan,
            policy,
            phase: Phase::AwaitingApproval,
            paused: false,
            started_ms: at_ms,
            timed_from_ms: at_ms,
            latest_ms: at_ms,
            ended_ms: None,
            tasks,
            undo_order: Vec::new(),
            exceptions: Vec::new(),
            goal_failure: None,
            unheeded: BTreeSet::new(),
            monitor: None,
            facts: Facts::default(),
            transitions: 1,
            awaited: BTreeSet::new(),
        }
    }

    /// The request of a step, its values resolved. `Err` says what is missing.
    pub(super) fn request_of(&self, world: &dyn World, step: &Step) -> Result<Request, String> {
        let subjects = self.resolve(&step.subject);
        let request = self.bind(
            world,
            &step.operation,
            &subjects,
            &step.arguments,
            "the subject",
        )?;
        request
            .into_iter()
            .next()
            .ok_or_else(|| "the subject has no value".to_owned())
            .and_then(|request| {
                if subjects.len() == 1 {
                    Ok(request)
                } else {
                    Err(format!("the subject has {} values", subjects.len()))
                }
            })
    }

    /// One request for each subject.
    pub(super) fn bind(
        &self,
        world: &dyn World,
        operation: &Iri,
        subjects: &[Value],
        arguments: &BTreeMap<samos_model::Name, samos_model::plan::Argument>,
        role: &str,
    ) -> Result<Vec<Request>, String> {
        let live = self.live(world);
        let Some(specified) = world.operation(operation) else {
            return Err(format!(
                "the operation `{}` is not known",
                world.compact(operation)
            ));
        };
        let mut bound = Bindings::new();
        for (name, argument) in arguments {
            let values: Vec<Value> = argument
                .values()
                .iter()
                .flat_map(|value| self.resolve(value))
                .collect();
            let parameter = specified.parameter(name.as_str());
            if parameter.is_some_and(|parameter| !parameter.multiple) && values.len() > 1 {
                return Err(format!(
                    "`{name}` takes one value, and there are {}",
                    values.len()
                ));
            }
            if parameter.is_some_and(|parameter| parameter.mandatory) && values.is_empty() {
                return Err(format!("there is no value for `{name}`"));
            }
            if !values.is_empty() {
                bound.insert(name.clone(), values);
            }
        }
        let mut requests = Vec::new();
        for subject in subjects {
            let entity = match subject {
                Value::Entity(entity) => world.canonical(entity),
                Value::Literal(key) => live
                    .entity_by_key(&key.datatype, key, None)
                    .ok_or_else(|| format!("{role} `{}` is not known", key.lexical))?,
            };
            let request = Request {
                operation: operation.clone(),
                subject: entity,
                arguments: bound.clone(),
            };
            requests.push(with_defaults(specified, request));
        }
        Ok(requests)
    }

    /// The values that a value of the plan has now.
    pub(super) fn resolve(&self, value: &PlanValue) -> Vec<Value> {
        match value {
            PlanValue::From { from } => {
                let task = self.tasks.get(&TaskId::step(from.step));
                let values = task
                    .and_then(|task| task.outcomes.get(&from.outcome))
                    .cloned()
                    .unwrap_or_default();
                match from.index {
                    None => values,
                    Some(index) => usize::try_from(index)
                        .ok()
                        .and_then(|index| values.get(index))
                        .cloned()
                        .into_iter()
                        .collect(),
                }
            }
            PlanValue::Before { before } => {
                let task = self.tasks.get(&TaskId::step(before.step));
                task.and_then(|task| task.before.get(&before.path))
                    .cloned()
                    .unwrap_or_default()
            }
            known => known.as_known().into_iter().collect(),
        }
    }

    /// The outcomes of a step that others, an undo or the goal will need.
    pub(super) fn needed_outcomes(&self, step: u32) -> BTreeSet<samos_model::Name> {
        self.plan
            .steps
            .iter()
            .flat_map(values_of)
            .chain(self.plan.goal.wants.iter().map(|wanted| &wanted.is))
            .filter_map(|value| match value {
                PlanValue::From { from } if from.step == step => Some(from.outcome.clone()),
                _ => None,
            })
            .collect()
    }

    /// The paths of a step whose values its undo needs to know from before it.
    pub(super) fn needed_before(&self, step: u32) -> BTreeMap<String, Path> {
        befores(&self.plan)
            .filter(|before| before.step == step)
            .filter_map(|before| Some((before.path.clone(), parse(&before.path)?)))
            .collect()
    }
}

/// Looks at what a run relies on.
fn admit(world: &dyn World, plan: &Plan) -> Result<(), Error> {
    if plan.computed_fingerprint().ok().as_ref() != Some(&plan.fingerprint) {
        return Err(Error::PlanEdited);
    }
    let today = world.made_from();
    if plan.made_from.ontology != today.ontology {
        return Err(Error::PlanStale { what: "ontology" });
    }
    if plan.made_from.mapping != today.mapping {
        return Err(Error::PlanStale { what: "mapping" });
    }
    let malformed = |message: String| Err(Error::PlanMalformed { message });
    let mut seen = BTreeSet::new();
    for step in &plan.steps {
        if !seen.insert(step.id) {
            return malformed(format!("step {} stands twice", step.id));
        }
        let Some(operation) = world.operation(&step.operation) else {
            return malformed(format!(
                "the operation `{}` of step {} is not known",
                step.operation, step.id
            ));
        };
        if operation.kind != step.kind {
            return malformed(format!(
                "step {} says it is of another kind than its operation is",
                step.id
            ));
        }
        for value in values_of(step) {
            if let PlanValue::Given { given } = value {
                return Err(Error::PlanHasGivens {
                    step: step.id,
                    class: world.compact(given),
                });
            }
            if let PlanValue::From { from } = value
                && plan
                    .step(from.step)
                    .and_then(|earlier| world.operation(&earlier.operation))
                    .is_none_or(|earlier| earlier.outcome(from.outcome.as_str()).is_none())
            {
                return malformed(format!(
                    "step {} needs `{}` of step {}, which does not exist",
                    step.id, from.outcome, from.step
                ));
            }
        }
    }
    for before in befores(plan) {
        if parse(&before.path).is_none() {
            return malformed(format!("`{}` is no path with full names", before.path));
        }
    }
    for edge in &plan.edges {
        if !(seen.contains(&edge.from) && seen.contains(&edge.to)) {
            return malformed(format!(
                "an edge leads from step {} to step {}",
                edge.from, edge.to
            ));
        }
    }
    admit_order(plan)
}

/// Every value comes from a step that is certainly done before, and no step waits for itself.
fn admit_order(plan: &Plan) -> Result<(), Error> {
    let mut earlier: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let mut left: BTreeSet<u32> = plan.steps.iter().map(|step| step.id).collect();
    while !left.is_empty() {
        let waits = |id: u32| {
            plan.edges
                .iter()
                .any(|edge| edge.to == id && left.contains(&edge.from))
        };
        let Some(next) = left.iter().copied().find(|id| !waits(*id)) else {
            return Err(Error::PlanMalformed {
                message: "the edges form a circle".to_owned(),
            });
        };
        let mut before = BTreeSet::new();
        for edge in plan.edges.iter().filter(|edge| edge.to == next) {
            before.insert(edge.from);
            before.extend(earlier.get(&edge.from).into_iter().flatten().copied());
        }
        earlier.insert(next, before);
        left.remove(&next);
    }
    for step in &plan.steps {
        let own = std::iter::once(&step.subject).chain(
            step.arguments
                .values()
                .flat_map(|argument| argument.values()),
        );
        for value in own {
            if let PlanValue::From { from } = value
                && !earlier
                    .get(&step.id)
                    .is_some_and(|earlier| earlier.contains(&from.step))
            {
                return Err(Error::PlanMalformed {
                    message: format!(
                        "step {} needs a value of step {} but does not wait for it",
                        step.id, from.step
                    ),
                });
            }
        }
    }
    Ok(())
}

/// The values of a step and of its undo.
fn values_of(step: &Step) -> impl Iterator<Item = &PlanValue> {
    let own = std::iter::once(&step.subject).chain(
        step.arguments
            .values()
            .flat_map(|argument| argument.values()),
    );
    let undo = match &step.undo {
        Undo::By {
            subject, arguments, ..
        } => Some(
            std::iter::once(subject)
                .chain(arguments.values().flat_map(|argument| argument.values())),
        ),
        Undo::Irreversible { .. } | Undo::Nothing { .. } => None,
    };
    own.chain(undo.into_iter().flatten())
}

fn befores(plan: &Plan) -> impl Iterator<Item = &PathBefore> {
    plan.steps
        .iter()
        .flat_map(values_of)
        .filter_map(|value| match value {
            PlanValue::Before { before } => Some(before),
            _ => None,
        })
}

/// A path with full names.
fn parse(text: &str) -> Option<Path> {
    let raw = text::parse_path(text).ok()?;
    FullNames.path(&raw).ok()
}
