//! Reading what is not known: the information requests that a verifier or a plan asks for, sent and kept.
//!
//! In: needs. Out: facts with time and source, in the store and in the data directory. Each request is run like a plan
//! of one step, so that what an answer means is told in one place. Not here: changing anything, and worlds that files
//! describe: of those nothing is fetched.

use std::collections::{BTreeMap, BTreeSet};

use futures::executor::block_on;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use samos_execution::host::{Host, MemoryJournal, Played, Remote, Unattended};
use samos_execution::{Event, Facts, Policy, Run};
use samos_model::plan::{Answer, Argument, PlanGoal, Step};
use samos_model::request::Need;
use samos_model::{Iri, Kind, Name, Request, Value, World};
use samos_simulation::Simulation;

use crate::clouds::{Answers, Connected};
use crate::home::Entry;
use crate::preparing::single;
use crate::runs::{changes_of, from_execution, observed};
use crate::{Error, RunOptions, Samos, store};

/// How many requests of one reading are under way.
const AT_ONCE: usize = 16;

impl Samos {
    /// Sends the first request of each need and keeps what the answers tell. Gives how many requests were answered;
    /// none where files describe the world.
    ///
    /// # Errors
    /// When what was observed cannot be kept.
    pub fn fetch(&mut self, needs: &[Need]) -> Result<usize, Error> {
        if self.is_played() {
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
    /// When there is no such thing, no account that could be asked of it, or what was observed cannot be kept.
    pub fn refresh(&mut self, name: &str) -> Result<usize, Error> {
        let subject = self.entity(name)?;
        let requests: BTreeSet<Request> = self.readable(&subject).into_iter().collect();
        let asked = requests.iter();
        self.must_be_answered(asked.map(|one| (&one.operation, Some(one.subject.clone()))))?;
        self.read(requests.iter().collect())
    }

    /// Reads what is known of an account by its providers: first its services' listings, then each instance that is listed.
    /// Gives how many requests were answered.
    ///
    /// # Errors
    /// When there is no such account, or what was observed cannot be kept.
    pub fn inventory(&mut self, account: &str) -> Result<usize, Error> {
        let account = self.entity(account)?;
        let of_account = Iri::from("https://w3id.org/samos#account");
        let value = Value::Entity(account);
        let levels = ["Service", "ServiceInstance"]
            .map(|level| Iri::from(format!("https://w3id.org/samos#{level}")));
        let mut asked: BTreeSet<Iri> = BTreeSet::new();
        let mut answered = 0;
        loop {
            let things = self.snapshot.holders(&of_account, &value);
            // Aspects (hundreds of images, sizes) are read when they are needed.
            let new: Vec<Iri> = things
                .into_iter()
                .filter(|one| {
                    levels
                        .iter()
                        .any(|level| self.snapshot.has_type(one, level))
                })
                .filter(|one| asked.insert(one.clone()))
                .collect();
            let requests: BTreeSet<Request> =
                new.iter().flat_map(|thing| self.readable(thing)).collect();
            if requests.is_empty() {
                return Ok(answered);
            }
            answered += self.read(requests.iter().collect())?;
        }
    }

    /// The information requests of a thing that need no argument and may be sent now.
    pub(crate) fn readable(&self, subject: &Iri) -> Vec<Request> {
        let world = self.world();
        let reading = world.operations_of(subject).into_iter();
        reading
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
            .collect()
    }

    /// Sends the information requests that somebody answers, and takes note of the answers.
    pub(crate) fn read(&mut self, requests: BTreeSet<&Request>) -> Result<usize, Error> {
        let is_answered = |request: &&Request| {
            let answers = self.answers(&request.operation, Some(&request.subject));
            !matches!(answers, Answers::Nobody(_))
        };
        let requests: BTreeSet<&Request> = requests.into_iter().filter(is_answered).collect();
        let world = self.world();
        let mut simulation = Simulation::new(world, RunOptions::default().faults);
        simulation.set_clock(self.clock_ms());
        let entries = match self.real_clouds() {
            // A simulated provider is one thing, which is asked one question after the other.
            None => {
                let remote = Played::new(&mut simulation);
                block_on(self.read_all(Host::new(world, &remote), &remote, requests, 1))
            }
            Some(clouds) => {
                let remote = Connected::new(clouds, world, Facts::default(), &mut simulation);
                let host = Host::new(world, &remote).within(clouds.gate());
                clouds.wait_for(self.read_all(host, &remote, requests, AT_ONCE))
            }
        }?;
        if let Some(home) = self.home.as_ref().filter(|_| !self.is_of_files) {
            home.append(&entries)?;
        }
        for entry in &entries {
            store::replay_one(&mut self.knowledge, entry.clone())?;
        }
        self.snapshot = self.knowledge.world();
        Ok(entries.len())
    }

    /// Sends information requests, so many at once; gives what the answers tell, in the order of the requests.
    async fn read_all(
        &self,
        host: Host<'_>,
        remote: &dyn Remote,
        requests: BTreeSet<&Request>,
        at_once: usize,
    ) -> Result<Vec<Entry>, Error> {
        let sent = requests
            .into_iter()
            .map(|request| self.read_one(host, remote.now_ms(), request));
        let answers: Vec<Option<Entry>> =
            stream::iter(sent).buffered(at_once).try_collect().await?;
        Ok(answers.into_iter().flatten().collect())
    }

    /// Sends one information request; gives what the answer tells.
    async fn read_one(
        &self,
        host: Host<'_>,
        now_ms: u64,
        request: &Request,
    ) -> Result<Option<Entry>, Error> {
        let world = self.world();
        let plan = single(world, request, PlanGoal::default());
        let Some(plan) = plan.filter(|plan| changes_of(plan) == 0) else {
            return Ok(None);
        };
        let policy = Policy {
            approved: Some(0),
            ..Policy::default()
        };
        let began = Run::new(world, "fetch", plan, policy, now_ms);
        let (mut run, _) = began.map_err(|error| from_execution(&error))?;
        let mut journal = MemoryJournal::default();
        let nobody = &mut Unattended;
        let driven = host.drive(&mut run, &mut journal, vec![Event::Started], nobody);
        driven.await.map_err(|error| from_execution(&error))?;
        let is_read = run.ending() == Some(&samos_execution::Ending::Succeeded);
        Ok(is_read.then(|| observed(&run)))
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
