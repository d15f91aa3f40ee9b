//! Reading what is not known: the information requests that a verifier or a plan asks for, sent and kept.
//!
//! In: needs. Out: facts with time and source, in the store and in the data directory. Each request is run like a plan
//! of one step, so that what an answer means is told in one place. Not here: changing anything, and worlds that files
//! describe: of those nothing is fetched.

use std::collections::{BTreeMap, BTreeSet};

use samos_execution::host::{MemoryJournal, drive};
use samos_execution::{Event, Policy, Provider as _, Run};
use samos_model::plan::{Answer, Argument, Cost, FORMAT, PlanGoal, Step};
use samos_model::request::Need;
use samos_model::{Kind, Name, Plan, Request, Value, World};
use samos_simulation::Simulation;

use crate::runs::{from_execution, observed};
use crate::{Error, RunOptions, Samos, store};

impl Samos {
    /// Sends the first request of each need and keeps what the answers tell. Gives how many requests were answered;
    /// none where files describe the world.
    ///
    /// # Errors
    /// When what was observed cannot be kept.
    pub fn fetch(&mut self, needs: &[Need]) -> Result<usize, Error> {
        if self.home.is_none() || self.is_of_files {
            return Ok(0);
        }
        let requests: BTreeSet<&Request> =
            needs.iter().filter_map(|need| need.reads.first()).collect();
        self.read(requests)
    }

    /// Sends every information request of a thing that needs no argument and may be sent now, and takes note of the
    /// answers, which are kept where the world is that of a data directory. Gives how many were answered.
    ///
    /// # Errors
    /// When there is no such thing, or what was observed cannot be kept.
    pub fn refresh(&mut self, name: &str) -> Result<usize, Error> {
        let subject = self.entity(name)?;
        let world = self.world();
        let reading = world.operations_of(&subject).into_iter();
        let requests: BTreeSet<Request> = reading
            .filter(|operation| operation.kind == Kind::Information)
            .map(|operation| Request {
                operation: operation.iri.clone(),
                subject: subject.clone(),
                arguments: BTreeMap::new(),
            })
            .filter(|request| {
                let verified = samos_verifiers::verify_request(world, request);
                verified.findings.is_empty()
            })
            .collect();
        self.read(requests.iter().collect())
    }

    /// Sends information requests and takes note of the answers.
    fn read(&mut self, requests: BTreeSet<&Request>) -> Result<usize, Error> {
        let mut entries = Vec::new();
        {
            let world = self.world();
            let mut provider = Simulation::new(world, RunOptions::default().faults);
            provider.set_clock(self.clock_ms());
            for request in requests {
                let Some(plan) = reading(world, request) else {
                    continue;
                };
                let policy = Policy {
                    approved: Some(0),
                    ..Policy::default()
                };
                let began = Run::new(world, "fetch", plan, policy, provider.now_ms());
                let (mut run, _) = began.map_err(|error| from_execution(&error))?;
                let mut journal = MemoryJournal::default();
                let halt = drive(
                    world,
                    &mut run,
                    &mut provider,
                    &mut journal,
                    Event::Started,
                    &mut |_| {},
                );
                halt.map_err(|error| from_execution(&error))?;
                if run.ending() == Some(&samos_execution::Ending::Succeeded) {
                    entries.push(observed(&run));
                }
            }
        }
        for entry in &entries {
            if let Some(home) = self.home.as_ref().filter(|_| !self.is_of_files) {
                home.append(entry)?;
            }
            store::replay_one(&mut self.knowledge, entry.clone())?;
        }
        self.snapshot = self.knowledge.world();
        Ok(entries.len())
    }

    /// What would have to be read before nothing in these plans is taken for granted, as far as it can be read now.
    #[must_use = "reading has no other effect"]
    pub fn needs_of(&self, answer: &Answer) -> Vec<Need> {
        let world = self.world();
        let mut needs = BTreeSet::new();
        for plan in &answer.plans {
            let assuming = plan.steps.iter().filter(|step| {
                plan.assumptions
                    .iter()
                    .any(|assumed| assumed.step == step.id)
            });
            for request in assuming.filter_map(known_request) {
                needs.extend(samos_verifiers::verify_request(world, &request).needs);
            }
        }
        needs.into_iter().collect()
    }
}

/// A plan that is one information request.
fn reading(world: &dyn World, request: &Request) -> Option<Plan> {
    let step = Step {
        id: 1,
        layer: 1,
        ..samos_planning::goals::step(world, request)?
    };
    if step.kind != Kind::Information {
        return None;
    }
    let plan = Plan {
        format: FORMAT,
        fingerprint: String::new(),
        goal: PlanGoal::default(),
        assumptions: Vec::new(),
        made_from: world.made_from(),
        steps: vec![step],
        edges: Vec::new(),
        cost: Cost {
            operations: 1,
            layers: 1,
            ..Cost::default()
        },
        group: None,
        not_ready: None,
    };
    plan.sealed().ok()
}

/// The request of a step all of whose values are known.
fn known_request(step: &Step) -> Option<Request> {
    let subject = step.subject.as_known()?.as_entity()?.clone();
    let values = |argument: &Argument| {
        argument
            .values()
            .iter()
            .map(samos_model::plan::PlanValue::as_known)
            .collect::<Option<Vec<Value>>>()
    };
    let arguments = step
        .arguments
        .iter()
        .map(|(name, argument)| Some((name.clone(), values(argument)?)));
    Some(Request {
        operation: step.operation.clone(),
        subject,
        arguments: arguments.collect::<Option<BTreeMap<Name, Vec<Value>>>>()?,
    })
}
