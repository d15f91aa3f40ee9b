//! Real clouds: what a request of the plan becomes, who sends it, in which account's name.
//!
//! In: requests. Out: what the providers answered. A request goes to the account of its subject. Only what no mapping
//! serves, or an account that was added as a simulated one stands for, is played by the simulated provider. Each call is
//! allowed by the account's policies and noted in the audit log before it leaves. Not here: what to send when;
//! `samos-execution` decides that.

mod answering;
mod connecting;
pub(crate) mod openstack;
mod showing;
mod verifying;

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{FutureExt as _, LocalBoxFuture};
use samos_access::{AccountProfile, Accounts, AuditEntry, Credentials, Decision, Deed, Policies};
use samos_drivers::{Driver, SendError, SendOptions};
use samos_execution::host::{Remote, SteadyClock};
use samos_execution::{Advice, Facts, Live, Policy, Provider, TaskId, learn};
use samos_mapping::{Answer, Call, Mappings, Resend};
use samos_model::plan::Undo;
use samos_model::reply::{CallError, ErrorClass, Outcomes};
use samos_model::{Finding, Iri, Kind, Plan, Request, Value, World};
use tokio::sync::Semaphore;
use tracing::Instrument as _;

pub(crate) use answering::Answers;
pub(crate) use connecting::{Asking, connect};
pub(crate) use showing::Shown;

/// How many pages of one listing are read.
const MOST_PAGES: usize = 10_000;
const DEADLINE: Duration = Duration::from_secs(60);
/// How many requests are under way, over all runs of the process.
const AT_ONCE: usize = 64;

/// An account with what sends in its name.
pub(crate) struct Cloud {
    profile: AccountProfile,
    policies: Policies,
    /// None where the simulated provider answers, as was chosen when the account was added.
    driver: Option<Box<dyn Driver>>,
    credentials: Credentials,
}

/// All accounts of a data directory, ready to be used.
pub(crate) struct Clouds {
    mappings: Arc<Mappings>,
    clouds: Vec<Cloud>,
    runtime: tokio::runtime::Handle,
    /// What the handle belongs to; taken when all ends.
    threads: Option<tokio::runtime::Runtime>,
    accounts: Mutex<Accounts>,
    gate: Semaphore,
    /// The machine's clock, which may jump.
    wall: fn() -> u64,
}

impl Drop for Clouds {
    fn drop(&mut self) {
        // Who lets go last may be a thread that must not wait, such as a server's.
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

impl std::fmt::Debug for Clouds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.clouds.iter().map(|cloud| &cloud.profile.name);
        f.debug_list().entries(names).finish()
    }
}

impl Clouds {
    /// The accounts that are connected.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.clouds.iter().map(|cloud| cloud.profile.name.as_str())
    }

    /// The library that requests to things of an account are really sent through; of its provider's only one, where none is
    /// named.
    pub(crate) fn library(&self, provider: &Iri, account: Option<&Iri>) -> Option<&str> {
        let mut fitting = self.clouds.iter().filter(|cloud| {
            let of = cloud.profile.entity.as_ref();
            cloud.profile.provider == *provider
                && (of.is_none() || account.is_none() || of == account)
        });
        let first = fitting.next()?;
        let is_meant = first.driver.is_some() && (account.is_some() || fitting.next().is_none());
        first.profile.library.as_deref().filter(|_| is_meant)
    }

    /// How much is sent at once, whoever sends.
    pub(crate) fn gate(&self) -> &Semaphore {
        &self.gate
    }

    /// Milliseconds since 1970, as the machine has it now.
    pub(crate) fn wall_ms(&self) -> u64 {
        (self.wall)()
    }

    /// Waits for work that sends requests; not for use within an asynchronous task.
    pub(crate) fn wait_for<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// What the mapping of its account's library says about each request of a plan, and about the ones that take it back.
    pub(crate) fn advise(&self, world: &dyn World, plan: &Plan, policy: &mut Policy) {
        for step in &plan.steps {
            let mut asked = vec![(&step.operation, &step.subject)];
            if let Undo::By {
                operation, subject, ..
            } = &step.undo
            {
                asked.push((operation, subject));
            }
            for (operation, subject) in asked {
                let subject = subject.as_known();
                let subject = subject.as_ref().and_then(Value::as_entity);
                if let Some(advice) = self.advice(world, operation, subject) {
                    let of_step = policy.advice.entry(TaskId::step(step.id)).or_default();
                    of_step.insert(operation.clone(), advice);
                }
            }
        }
    }

    /// The same about one request.
    pub(crate) fn advice(
        &self,
        world: &dyn World,
        operation: &Iri,
        subject: Option<&Iri>,
    ) -> Option<Advice> {
        let answers = answering::answers(&self.clouds, &self.mappings, world, operation, subject);
        let Answers::Account(account) = answers else {
            return None;
        };
        let library = account.profile.library.as_deref();
        let advice = Advice {
            confirmation: self.mappings.confirmation(operation, library).cloned(),
            resendable: self.mappings.resend(world, operation, library) != Resend::Never,
        };
        (advice != Advice::default()).then_some(advice)
    }

    /// Sends one request and reads what it was answered.
    async fn perform(
        &self,
        cloud: &Cloud,
        view: &View<'_>,
        request: &Request,
        token: Option<&str>,
    ) -> Result<Outcomes, CallError> {
        let operation = view.world.operation(&request.operation);
        let reads = operation.is_some_and(|one| one.kind == Kind::Information);
        let decision = view.with(|world| cloud.policies.decide(world, request));
        if let Decision::Denied { by, message } = decision {
            self.note(cloud, request, token, Deed::Denied { by })?;
            return Err(CallError::refused(ErrorClass::Denied, message));
        }
        if !reads {
            self.note(cloud, request, token, Deed::Sent)?;
        }
        let span = tracing::info_span!(
            "call",
            otel.kind = "client",
            samos.operation = %view.world.compact(&request.operation),
            samos.subject = %view.world.compact(&request.subject),
            samos.account = %cloud.profile.name,
        );
        let exchange = self.exchange(cloud, view, request, token, reads);
        let result = exchange.instrument(span).await;
        if !reads {
            let deed = match &result {
                Ok(_) => Deed::Answered,
                Err(CallError::Refused { class, .. }) => Deed::Refused { class: *class },
                Err(CallError::Lost { .. }) => Deed::Lost,
            };
            // It is done or it is not: a log that cannot be written now changes nothing about that.
            let _ = self.note(cloud, request, token, deed);
        }
        result.map_err(|error| redacted(error, &cloud.credentials))
    }

    async fn exchange(
        &self,
        cloud: &Cloud,
        view: &View<'_>,
        request: &Request,
        token: Option<&str>,
        reads: bool,
    ) -> Result<Outcomes, CallError> {
        let library = cloud.profile.library.as_deref();
        let mut all = Outcomes::default();
        for request in self.mappings.split(request, library) {
            let lookup = view.with(|world| self.mappings.lookup(world, &request, library));
            let found = match lookup.map_err(unrendered)? {
                Some(call) => {
                    let answer = self.send(cloud, &call, true, None).await?;
                    self.mappings.check(&request, &call, &answer)?;
                    Some(answer)
                }
                None => None,
            };
            let call = view.with(|world| {
                self.mappings
                    .render_after(world, &request, token, library, found.as_ref())
            });
            let call = call.map_err(unrendered)?;
            let answer = self.whole(cloud, &request, &call, token, reads).await?;
            let outcomes =
                view.with(|world| self.mappings.read(world, &request, &call, &answer))?;
            for (name, values) in outcomes.values {
                all.values.entry(name).or_default().extend(values);
            }
            all.entities.extend(outcomes.entities);
        }
        all.entities.sort();
        all.entities.dedup();
        Ok(all)
    }

    /// An answer with all its pages.
    async fn whole(
        &self,
        cloud: &Cloud,
        request: &Request,
        call: &Call,
        token: Option<&str>,
        reads: bool,
    ) -> Result<Answer, CallError> {
        let mut pages = vec![self.send(cloud, call, reads, token).await?];
        let mut current = call.clone();
        while let Some(last) = pages.last()
            && let Some(next) = self.mappings.next_page(request, &current, last)?
        {
            if pages.len() == MOST_PAGES {
                let message = format!("the listing has more than {MOST_PAGES} pages");
                return Err(CallError::Lost { message });
            }
            pages.push(self.send(cloud, &next, reads, None).await?);
            current = next;
        }
        let joined = self.mappings.join_pages(request, call, pages);
        joined.ok_or_else(|| CallError::Lost {
            message: "the listing has no page".to_owned(),
        })
    }

    async fn send(
        &self,
        cloud: &Cloud,
        call: &Call,
        information: bool,
        token: Option<&str>,
    ) -> Result<Answer, CallError> {
        let name = cloud.profile.name.as_str();
        let options = SendOptions {
            deadline: DEADLINE,
            token: token.map(str::to_owned),
            information,
        };
        let Some(driver) = &cloud.driver else {
            let message = "the account is a simulated one".to_owned();
            return Err(unanswered(name, &SendError::NotSent { message }));
        };
        let sent = driver.send(call, &options).await;
        sent.map_err(|error| unanswered(name, &error))
    }

    fn note(
        &self,
        cloud: &Cloud,
        request: &Request,
        token: Option<&str>,
        deed: Deed,
    ) -> Result<(), CallError> {
        let name = cloud.profile.name.as_str();
        let token = token.map(str::to_owned);
        let entry = AuditEntry::of(moment((self.wall)()), name, token, request, deed);
        let mut accounts = self
            .accounts
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let noted = accounts.note(&entry).map(|_| ());
        // What cannot be noted is not sent.
        noted.map_err(|error| {
            let message = format!("the audit log cannot be written: {error}");
            CallError::refused(ErrorClass::Denied, message)
        })
    }
}

/// What lets through no more than may be under way.
fn gate() -> Semaphore {
    Semaphore::new(AT_ONCE)
}

/// Why a driver has no answer, as execution acts on it.
fn unanswered(account: &str, error: &SendError) -> CallError {
    let message = match error {
        SendError::NotSignedIn { .. } => format!(
            "{error}; `samos accounts verify {account}` asks again, good credentials are given by removing and adding the account"
        ),
        error => error.to_string(),
    };
    let class = match error {
        SendError::Unreachable { .. } => ErrorClass::Unavailable,
        SendError::NotSignedIn { .. } => ErrorClass::Denied,
        SendError::NotSent { .. } => ErrorClass::Invalid,
        _ => return CallError::Lost { message },
    };
    CallError::refused(class, message)
}

/// A request that no call can be made of was never sent.
fn unrendered(error: samos_mapping::Error) -> CallError {
    CallError::refused(ErrorClass::Invalid, format!("{error} ({})", error.code()))
}

fn redacted(error: CallError, credentials: &Credentials) -> CallError {
    match error {
        CallError::Refused {
            class,
            message,
            listed,
        } => CallError::Refused {
            class,
            message: credentials.redact(&message),
            listed,
        },
        CallError::Lost { message } => CallError::Lost {
            message: credentials.redact(&message),
        },
    }
}

/// What execution makes of a request that nobody answers: it was not sent.
fn nobody(finding: &Finding) -> CallError {
    let (message, code, help) = (&finding.message, &finding.code, &finding.help);
    CallError::refused(ErrorClass::Denied, format!("{message} ({code}); {help}"))
}

/// The world, with what answers brought to light since: requests name the things they told of.
struct View<'v> {
    world: &'v dyn World,
    facts: RefCell<Facts>,
}

impl View<'_> {
    fn with<T>(&self, look: impl FnOnce(&dyn World) -> T) -> T {
        look(&Live::new(self.world, &self.facts.borrow()))
    }

    fn learn(&self, request: &Request, outcomes: &Outcomes, at_ms: u64) {
        if let Some(operation) = self.world.operation(&request.operation) {
            let (facts, at) = (&mut self.facts.borrow_mut(), moment(at_ms));
            learn(facts, self.world, operation, request, outcomes, &at);
        }
    }
}

/// Real clouds where there is an account, and the simulated provider where there cannot be one; on a clock that goes
/// steadily from where the simulated one stands: the machine's is looked at once for a run.
pub(crate) struct Connected<'c> {
    clouds: &'c Clouds,
    simulated: RefCell<&'c mut dyn Provider>,
    view: View<'c>,
    clock: SteadyClock,
}

impl<'c> Connected<'c> {
    /// `facts` are those that a run observed before it is gone on with.
    pub(crate) fn new(
        clouds: &'c Clouds,
        world: &'c dyn World,
        facts: Facts,
        simulated: &'c mut dyn Provider,
    ) -> Self {
        let clock = SteadyClock::starting_at(simulated.now_ms());
        let facts = RefCell::new(facts);
        Self {
            clouds,
            simulated: RefCell::new(simulated),
            view: View { world, facts },
            clock,
        }
    }

    fn simulate(&self, request: &Request, token: Option<&str>) -> Result<Outcomes, CallError> {
        let mut simulated = self.simulated.borrow_mut();
        let passed_ms = self.now_ms().saturating_sub(simulated.now_ms());
        simulated.advance(passed_ms);
        simulated.call(request, token)
    }
}

impl Remote for Connected<'_> {
    fn call(
        &self,
        request: Request,
        token: Option<String>,
    ) -> LocalBoxFuture<'_, Result<Outcomes, CallError>> {
        async move {
            let token = token.as_deref();
            let cloud = match self.view.with(|world| self.clouds.answers(world, &request)) {
                Answers::Account(cloud) => cloud,
                Answers::Simulation => return self.simulate(&request, token),
                Answers::Nobody(finding) => return Err(nobody(&finding)),
            };
            let performed = self.clouds.perform(cloud, &self.view, &request, token);
            let outcomes = performed.await?;
            self.view.learn(&request, &outcomes, self.now_ms());
            Ok(outcomes)
        }
        .boxed_local()
    }

    fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    fn until(&self, at_ms: u64) -> LocalBoxFuture<'_, ()> {
        self.clock.until(at_ms).boxed_local()
    }
}

/// A time as facts and logs carry it.
fn moment(at_ms: u64) -> String {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(at_ms).unwrap_or(i64::MAX));
    at.unwrap_or(jiff::Timestamp::MAX).to_string()
}

#[allow(
    clippy::disallowed_methods,
    reason = "real clouds have the machine's time; this is the edge"
)]
pub(crate) fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

#[cfg(test)]
mod tests;
