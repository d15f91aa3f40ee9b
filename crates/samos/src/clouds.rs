//! Real clouds: what a request of the plan becomes, who sends it, in which account's name.
//!
//! In: requests. Out: what the providers answered. A request goes to the account of its subject. Only what no mapping
//! serves, or an account that was added as a simulated one stands for, is played by the simulated provider. Each call is
//! allowed by the account's policies and noted in the audit log before it leaves. Not here: what to send when;
//! `samos-execution` decides that.

mod answering;
mod connecting;

use std::sync::Mutex;
use std::time::Duration;

use futures::future::join_all;
use samos_access::{AccountProfile, Accounts, AuditEntry, Credentials, Decision, Deed, Policies};
use samos_drivers::{Driver, SendError, SendOptions};
use samos_execution::{Facts, Live, Patience, Policy, Provider, learn};
use samos_mapping::{Answer, Call, Mappings, Resend};
use samos_model::reply::{CallError, ErrorClass, Outcomes};
use samos_model::{Finding, Iri, Kind, Request, World};
use tracing::Instrument as _;

pub(crate) use answering::Answers;
pub(crate) use connecting::{Asking, connect};

/// How many pages of one listing are read.
const MOST_PAGES: usize = 10_000;
const DEADLINE: Duration = Duration::from_secs(60);

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
    mappings: Mappings,
    clouds: Vec<Cloud>,
    runtime: tokio::runtime::Handle,
    /// What the handle belongs to; taken when all ends.
    threads: Option<tokio::runtime::Runtime>,
    accounts: Mutex<Accounts>,
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

    /// What mappings say about how long an operation's effect is waited for, and whether it may be sent again when its answer
    /// was lost. Looking begins sooner than a mapping's pause, and goes on for as long as it says.
    pub(crate) fn advise(&self, world: &dyn World, operation: &Iri, policy: &mut Policy) {
        let provider = world
            .operation(operation)
            .and_then(|one| one.provider.clone());
        let account = self
            .clouds
            .iter()
            .find(|cloud| provider.is_none() || Some(&cloud.profile.provider) == provider.as_ref());
        let Some(account) = account else {
            return;
        };
        let library = account.profile.library.as_deref();
        if let Some(confirmation) = self.mappings.confirmation(operation, library) {
            let patience = Patience {
                delay_ms: policy.backoff_ms.min(confirmation.delay_ms),
                limit_ms: confirmation
                    .delay_ms
                    .saturating_mul(u64::from(confirmation.limit)),
            };
            policy.patience.insert(operation.clone(), patience);
        }
        let resend = self.mappings.resend(world, operation, library);
        if resend != Resend::Never {
            policy.resendable.insert(operation.clone());
        }
    }

    /// Sends one request and reads what it was answered.
    async fn perform(
        &self,
        cloud: &Cloud,
        world: &dyn World,
        request: &Request,
        token: Option<&str>,
    ) -> Result<Outcomes, CallError> {
        let operation = world.operation(&request.operation);
        let reads = operation.is_some_and(|one| one.kind == Kind::Information);
        if let Decision::Denied { by, message } = cloud.policies.decide(world, request) {
            self.note(cloud, request, token, Deed::Denied { by })?;
            return Err(CallError::refused(ErrorClass::Denied, message));
        }
        if !reads {
            self.note(cloud, request, token, Deed::Sent)?;
        }
        let span = tracing::info_span!(
            "call",
            otel.kind = "client",
            samos.operation = %world.compact(&request.operation),
            samos.subject = %world.compact(&request.subject),
            samos.account = %cloud.profile.name,
        );
        let exchange = self.exchange(cloud, world, request, token, reads);
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
        world: &dyn World,
        request: &Request,
        token: Option<&str>,
        reads: bool,
    ) -> Result<Outcomes, CallError> {
        let library = cloud.profile.library.as_deref();
        let mut all = Outcomes::default();
        for request in self.mappings.split(request, library) {
            let found = match self
                .mappings
                .lookup(world, &request, library)
                .map_err(unrendered)?
            {
                Some(call) => {
                    let answer = self.send(cloud, &call, true, None).await?;
                    self.mappings.check(&request, &call, &answer)?;
                    Some(answer)
                }
                None => None,
            };
            let call = self
                .mappings
                .render_after(world, &request, token, library, found.as_ref())
                .map_err(unrendered)?;
            let answer = self.whole(cloud, &request, &call, token, reads).await?;
            let outcomes = self.mappings.read(world, &request, &call, &answer)?;
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
        let options = SendOptions {
            deadline: DEADLINE,
            token: token.map(str::to_owned),
            information,
        };
        let Some(driver) = &cloud.driver else {
            let message = "the account is a simulated one".to_owned();
            return Err(unanswered(SendError::NotSent { message }));
        };
        driver.send(call, &options).await.map_err(unanswered)
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
        let entry = AuditEntry::of(moment(now_ms()), name, token, request, deed);
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

/// Why a driver has no answer, as execution acts on it.
fn unanswered(error: SendError) -> CallError {
    let message = error.to_string();
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

/// Real clouds where there is an account, and the simulated provider where there cannot be one.
pub(crate) struct Connected<'c> {
    clouds: &'c Clouds,
    simulated: &'c mut dyn Provider,
    world: &'c dyn World,
    /// What answers brought to light since: requests name the things they told of.
    facts: Facts,
}

impl<'c> Connected<'c> {
    /// `facts` are those that a run observed before it is gone on with.
    pub(crate) fn new(
        clouds: &'c Clouds,
        world: &'c dyn World,
        facts: Facts,
        simulated: &'c mut dyn Provider,
    ) -> Self {
        Self {
            clouds,
            simulated,
            world,
            facts,
        }
    }

    fn learn(&mut self, request: &Request, outcomes: &Outcomes) {
        if let Some(operation) = self.world.operation(&request.operation) {
            let at = moment(now_ms());
            learn(
                &mut self.facts,
                self.world,
                operation,
                request,
                outcomes,
                &at,
            );
        }
    }
}

impl Provider for Connected<'_> {
    fn call(&mut self, request: &Request, token: Option<&str>) -> Result<Outcomes, CallError> {
        let world = Live::new(self.world, &self.facts);
        let cloud = match self.clouds.answers(&world, request) {
            Answers::Account(cloud) => cloud,
            Answers::Simulation => return self.simulated.call(request, token),
            Answers::Nobody(finding) => return Err(nobody(&finding)),
        };
        let performed = self.clouds.perform(cloud, &world, request, token);
        let outcomes = self.clouds.runtime.block_on(performed)?;
        self.learn(request, &outcomes);
        Ok(outcomes)
    }

    fn call_all(
        &mut self,
        calls: &[(Request, Option<String>)],
    ) -> Vec<Result<Outcomes, CallError>> {
        let world = &Live::new(self.world, &self.facts);
        let answering: Vec<Answers<'_>> = calls
            .iter()
            .map(|(request, _)| self.clouds.answers(world, request))
            .collect();
        let both = calls.iter().zip(&answering);
        let sent = join_all(both.map(async |((request, token), answers)| {
            let cloud = match answers {
                Answers::Account(cloud) => cloud,
                Answers::Simulation => return None,
                Answers::Nobody(finding) => return Some(Err(nobody(finding))),
            };
            let performed = self.clouds.perform(cloud, world, request, token.as_deref());
            Some(performed.await)
        }));
        let answers = self.clouds.runtime.block_on(sent);
        let mut all = Vec::with_capacity(answers.len());
        for ((request, token), answer) in calls.iter().zip(answers) {
            let is_real = answer.is_some();
            let answer = match answer {
                Some(answer) => answer,
                None => self.simulated.call(request, token.as_deref()),
            };
            if is_real && let Ok(outcomes) = &answer {
                self.learn(request, outcomes);
            }
            all.push(answer);
        }
        all
    }

    fn now_ms(&self) -> u64 {
        now_ms().max(self.simulated.now_ms())
    }

    fn advance(&mut self, ms: u64) {
        self.simulated.advance(ms);
        std::thread::sleep(Duration::from_millis(ms));
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
