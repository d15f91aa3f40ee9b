//! The driver of a run: hands events to the run and does what it asks for, until it ends or waits for somebody.
//!
//! In: a run with its journal, a remote, an attendant. Out: why it stopped. All that a turn decides is on the disk before
//! anything is done because of it. What a turn sends is under way at once, and each answer is acted on as it comes; what the
//! attendant says is heard meanwhile. A request whose sending panics, or that nobody answers, is a lost answer. A run's time
//! never begins before what its journal says.
//! Not here: rendering and sending requests, and what threads there are.

use std::panic::AssertUnwindSafe;

use futures::future::{Either, FutureExt as _, LocalBoxFuture, join_all, select};
use futures::stream::{FuturesUnordered, StreamExt as _};
use samos_model::Request;
use samos_model::reply::{CallError, Outcomes};
use samos_model::world::World;
use tokio::sync::Semaphore;

use super::attendance::{Attendant, Hearing, Said};
use super::remote::Remote;
use super::{Halt, Journal};
use crate::error::Error;
use crate::run::Run;
use crate::transition::{Command, Event, Reading, Record, TaskId};

/// An answer that takes longer counts as lost.
const ANSWER_MS: u64 = 600_000;

/// Drives runs in one world against one remote. Nothing is shared between its runs but the remote.
#[derive(Clone, Copy)]
pub struct Host<'h> {
    world: &'h dyn World,
    remote: &'h dyn Remote,
    gate: Option<&'h Semaphore>,
}

impl std::fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("gate", &self.gate)
            .finish_non_exhaustive()
    }
}

impl<'h> Host<'h> {
    /// A host that sends through `remote`.
    #[must_use = "a host does nothing until a run is given to it"]
    pub fn new(world: &'h dyn World, remote: &'h dyn Remote) -> Self {
        Self {
            world,
            remote,
            gate: None,
        }
    }

    /// Sends no more at once than the gate lets through, which many runs may share.
    #[must_use = "a host does nothing until a run is given to it"]
    pub fn within(self, gate: &'h Semaphore) -> Self {
        Self {
            gate: Some(gate),
            ..self
        }
    }

    /// Drives a run from what happens first until it ends, is paused with nothing under way, or waits for approval.
    ///
    /// # Errors
    /// When an event does not fit, or the journal cannot be written; the run can then be recovered and driven on.
    pub async fn drive(
        &self,
        run: &mut Run,
        journal: &mut dyn Journal,
        first: Vec<Event>,
        attendant: &mut dyn Attendant,
    ) -> Result<Halt, Error> {
        let behind_ms = run.latest_ms().saturating_sub(self.remote.now_ms());
        let hearing = attendant.hearing();
        let driver = Driver {
            host: *self,
            run,
            journal,
            attendant,
            behind_ms,
            under_way: FuturesUnordered::new(),
            wake_ms: None,
            halt: None,
        };
        driver.drive(first, hearing).await
    }

    /// Sends a request when it is its turn. What panics or takes too long is an answer that was lost.
    async fn send(self, request: Request, token: Option<String>) -> Result<Outcomes, CallError> {
        let _turn = match self.gate {
            Some(gate) => gate.acquire().await.ok(),
            None => None,
        };
        let lost = |message: &str| {
            let message = message.to_owned();
            Err(CallError::Lost { message })
        };
        let remote = self.remote;
        let call = async move { remote.call(request, token).await };
        let call = Box::pin(AssertUnwindSafe(call).catch_unwind());
        let late = remote.until(remote.now_ms().saturating_add(ANSWER_MS));
        match select(call, late).await {
            Either::Left((Ok(answer), _)) => answer,
            Either::Left((Err(_), _)) => {
                lost("sending it failed in a way that must not be; see the log")
            }
            Either::Right(_) => lost("no answer came in time"),
        }
    }
}

/// One run being driven.
struct Driver<'h, 'r> {
    host: Host<'h>,
    run: &'r mut Run,
    journal: &'r mut dyn Journal,
    attendant: &'r mut dyn Attendant,
    /// How much later it is for the run than for the remote: its journal was begun when a clock was ahead.
    behind_ms: u64,
    under_way: FuturesUnordered<LocalBoxFuture<'h, Event>>,
    wake_ms: Option<u64>,
    /// Why nothing is left to do for now.
    halt: Option<Halt>,
}

/// What comes next.
enum Next {
    Said(Said),
    NobodyLeft,
    Happened(Event),
}

impl Driver<'_, '_> {
    async fn drive(
        mut self,
        first: Vec<Event>,
        mut hearing: Option<Hearing>,
    ) -> Result<Halt, Error> {
        if first == [Event::Started] {
            // What was said before it began is heard before anything is sent.
            while let Some(Said { event, answer }) = hearing.as_mut().and_then(Hearing::waiting) {
                let heard = self.hear(event).await?;
                let _ = answer.send(heard);
            }
        }
        for event in first {
            self.turn(event).await?;
        }
        loop {
            if let Some(halt @ Halt::Ended(_)) = self.halt {
                return Ok(halt);
            }
            if self.under_way.is_empty() && self.wake_ms.is_none() {
                return match self.halt {
                    Some(halt) => Ok(halt),
                    None if self.run.is_paused() => Ok(Halt::Paused),
                    None => Err(Error::NoProgress),
                };
            }
            match self.next(hearing.as_mut()).await {
                Next::Said(Said { event, answer }) => {
                    let heard = self.hear(event).await?;
                    // Whoever said it need not wait for the answer.
                    let _ = answer.send(heard);
                }
                Next::NobodyLeft => hearing = None,
                Next::Happened(event) => self.turn(event).await?,
            }
        }
    }

    /// What a person says goes before what was answered, and that before the passing of time.
    async fn next(&mut self, hearing: Option<&mut Hearing>) -> Next {
        let remote = self.host.remote;
        let wake_ms = self
            .wake_ms
            .map(|at_ms| at_ms.saturating_sub(self.behind_ms));
        let said = async {
            match hearing {
                Some(hearing) => hearing.next().await.map_or(Next::NobodyLeft, Next::Said),
                None => std::future::pending().await,
            }
        };
        let answered = async {
            match self.under_way.next().await {
                Some(event) => Next::Happened(event),
                None => std::future::pending().await,
            }
        };
        let woken = async {
            match wake_ms {
                Some(at_ms) => remote.until(at_ms).await,
                None => std::future::pending().await,
            }
            Next::Happened(Event::Tick)
        };
        tokio::select! {
            biased;
            next = said => next,
            next = answered => next,
            next = woken => next,
        }
    }

    /// What a user says that does not fit changes nothing.
    async fn hear(&mut self, event: Event) -> Result<Result<(), Error>, Error> {
        match self.run.handle(self.host.world, self.now_ms(), event) {
            Ok(commands) => self.carry_out(commands).await.map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn turn(&mut self, event: Event) -> Result<(), Error> {
        let commands = self.run.handle(self.host.world, self.now_ms(), event)?;
        self.carry_out(commands).await
    }

    fn now_ms(&self) -> u64 {
        self.host.remote.now_ms().saturating_add(self.behind_ms)
    }

    /// All that the turn decided is on the disk before anything is sent; what it sends need not wait for each other.
    async fn carry_out(&mut self, commands: Vec<Command>) -> Result<(), Error> {
        self.halt = None;
        self.wake_ms = None;
        let mut records: Vec<Record> = Vec::new();
        let mut deeds = Vec::new();
        for command in commands {
            match command {
                Command::Journal(record) => records.push(*record),
                deed => deeds.push(deed),
            }
        }
        if !records.is_empty() {
            self.journal.append(&records).await?;
            records.iter().for_each(|record| self.attendant.saw(record));
        }
        for deed in deeds {
            match deed {
                Command::Journal(_) => {}
                Command::AskApproval {
                    manipulations,
                    irreversible,
                } => {
                    self.halt = Some(Halt::NeedsApproval {
                        manipulations,
                        irreversible,
                    });
                }
                Command::Observe { task, requests } => self.observe(task, requests),
                Command::Call {
                    task,
                    request,
                    token,
                    ..
                } => {
                    let answer = self.host.send(request, Some(token));
                    let event = answer.map(move |answer| answered(task, answer));
                    self.under_way.push(event.boxed_local());
                }
                Command::Wait { until_ms } => self.wake_ms = Some(until_ms),
                Command::Finish(ending) => self.halt = Some(Halt::Ended(ending)),
            }
        }
        Ok(())
    }

    fn observe(&self, task: TaskId, requests: Vec<Request>) {
        let readings = requests.into_iter().map(|request| {
            let answer = self.host.send(request.clone(), None);
            answer.map(|answer| Reading { request, answer })
        });
        let event = join_all(readings).map(move |readings| Event::Observed { task, readings });
        self.under_way.push(event.boxed_local());
    }
}

/// What an answer to a call means to the run.
fn answered(task: TaskId, answer: Result<Outcomes, CallError>) -> Event {
    match answer {
        Ok(outcomes) => Event::Answered { task, outcomes },
        Err(CallError::Refused { class, message, .. }) => Event::Refused {
            task,
            class,
            message,
        },
        Err(CallError::Lost { message }) => Event::Lost { task, message },
    }
}
