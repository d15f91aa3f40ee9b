//! The embedded host: drives many runs at once, in tasks of their own, against real providers.
//!
//! In: runs with their journals, and what the user says meanwhile (approve, pause, go on, cancel, undo, decide). Out:
//! what each run came to. Readings are sent at once, manipulations in the plan's order with the run's width; over all
//! runs no more than [`Limits::requests_at_once`] are under way. Everything is on the disk before anything is done
//! because of it. A run's time goes forward steadily from the provider's clock as it stood at the start, whatever that
//! clock does later, and never begins before what the journal says.
//! Not here: rendering and sending requests, which [`Remote`] does; runs are held one at a time by their journals.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _, join_all};
use futures::stream::{FuturesUnordered, StreamExt as _};
use samos_model::Request;
use samos_model::reply::{CallError, Outcomes};
use samos_model::world::World;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{Halt, Journal, answered, records_of};
use crate::error::Error;
use crate::run::Run;
use crate::transition::{Command, Event, Reading, Record, TaskId};

/// Something that sends requests and has a clock.
pub trait Remote: Send + Sync {
    /// Sends a request and waits for its answer. `token` names the step, not the attempt: a provider that keeps tokens
    /// takes effect at most once for each. Information requests have none.
    fn call(
        &self,
        request: Request,
        token: Option<String>,
    ) -> BoxFuture<'static, Result<Outcomes, CallError>>;

    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;
}

/// A world that tasks may share.
pub type SharedWorld = Arc<dyn World + Send + Sync>;

/// How much is done at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Requests under way, over all runs.
    pub requests_at_once: usize,
    /// An answer that takes longer counts as lost.
    pub answer_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_at_once: 64,
            answer_ms: 120_000,
        }
    }
}

/// Drives runs against one remote.
#[derive(Clone)]
pub struct Embedded {
    remote: Arc<dyn Remote>,
    gate: Arc<Semaphore>,
    answer_in: Duration,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded")
            .field("answer_in", &self.answer_in)
            .finish_non_exhaustive()
    }
}

/// Who wants to see every record once it is on the disk.
pub type Watch = Box<dyn FnMut(&Record) + Send>;

/// A run that is being driven. Dropping it lets the run go on until it ends or waits for somebody.
#[derive(Debug)]
pub struct Driven {
    said: mpsc::UnboundedSender<Said>,
    task: JoinHandle<Result<(Run, Halt), Error>>,
}

/// What a user says to a run, and where the answer goes.
#[derive(Debug)]
struct Said {
    event: Event,
    answer: oneshot::Sender<Result<(), Error>>,
}

impl Embedded {
    /// A host that sends through `remote`.
    #[must_use = "a host does nothing until a run is given to it"]
    pub fn new(remote: Arc<dyn Remote>, limits: Limits) -> Self {
        Self {
            remote,
            gate: Arc::new(Semaphore::new(limits.requests_at_once.max(1))),
            answer_in: Duration::from_millis(limits.answer_ms),
        }
    }

    /// Milliseconds since 1970, as the remote has it.
    #[must_use = "reading has no other effect"]
    pub fn now_ms(&self) -> u64 {
        self.remote.now_ms()
    }

    /// Begins a new run, in a task of the current Tokio runtime.
    #[must_use = "the run's end is told here"]
    pub fn begin(
        &self,
        world: SharedWorld,
        (run, commands): (Run, Vec<Command>),
        journal: Box<dyn Journal + Send>,
        watch: Watch,
    ) -> Driven {
        self.spawn(
            world,
            run,
            records_of(commands),
            journal,
            Event::Started,
            watch,
        )
    }

    /// Goes on with a recovered run, in a task of the current Tokio runtime.
    #[must_use = "the run's end is told here"]
    pub fn go_on(
        &self,
        world: SharedWorld,
        run: Run,
        journal: Box<dyn Journal + Send>,
        event: Event,
        watch: Watch,
    ) -> Driven {
        self.spawn(world, run, Vec::new(), journal, event, watch)
    }

    fn spawn(
        &self,
        world: SharedWorld,
        run: Run,
        unwritten: Vec<Record>,
        journal: Box<dyn Journal + Send>,
        event: Event,
        watch: Watch,
    ) -> Driven {
        let (said, hears) = mpsc::unbounded_channel();
        let clock = Clock::start(self.remote.now_ms().max(run.latest_ms()));
        let driver = Driver {
            host: self.clone(),
            world,
            run,
            journal,
            watch,
            clock,
            unwritten,
            under_way: FuturesUnordered::new(),
            wake_ms: None,
            halt: None,
        };
        let task = tokio::spawn(driver.drive(event, hears));
        Driven { said, task }
    }

    /// Sends a request when it is its turn. What panics or takes too long is an answer that was lost.
    fn send(
        &self,
        request: Request,
        token: Option<String>,
    ) -> impl Future<Output = Result<Outcomes, CallError>> + Send + use<> {
        let host = self.clone();
        async move {
            let _turn = host.gate.acquire().await;
            let lost = |message: &str| {
                let message = message.to_owned();
                Err(CallError::Lost { message })
            };
            let call = AssertUnwindSafe(async { host.remote.call(request, token).await });
            match tokio::time::timeout(host.answer_in, call.catch_unwind()).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => lost("sending it failed in a way that must not be; see the log"),
                Err(_) => lost("no answer came in time"),
            }
        }
    }
}

impl Driven {
    /// Says something to the run: approve, pause, resume, cancel, undo, decide.
    ///
    /// # Errors
    /// When it does not fit the state of the run, which goes on unchanged.
    pub async fn say(&self, event: Event) -> Result<(), Error> {
        let (answer, told) = oneshot::channel();
        let over = || Error::WrongMoment {
            verb: "speak to",
            state: "not under way".to_owned(),
        };
        self.said.send(Said { event, answer }).map_err(|_| over())?;
        told.await.map_err(|_| over())?
    }

    /// Waits until the run ends, or until it waits for somebody to speak: nobody can after this.
    ///
    /// # Errors
    /// When the journal cannot be written, or another took the run over.
    pub async fn halted(self) -> Result<(Run, Halt), Error> {
        let Self { said, task } = self;
        drop(said);
        match task.await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::NoProgress),
        }
    }
}

/// One run being driven.
struct Driver {
    host: Embedded,
    world: SharedWorld,
    run: Run,
    journal: Box<dyn Journal + Send>,
    watch: Watch,
    clock: Clock,
    unwritten: Vec<Record>,
    under_way: FuturesUnordered<BoxFuture<'static, Event>>,
    wake_ms: Option<u64>,
    /// Why nothing is left to do for now.
    halt: Option<Halt>,
}

impl Driver {
    async fn drive(
        mut self,
        first: Event,
        mut hears: mpsc::UnboundedReceiver<Said>,
    ) -> Result<(Run, Halt), Error> {
        self.write().await?;
        self.turn(first).await?;
        let mut is_heard = true;
        loop {
            if let Some(halt @ Halt::Ended(_)) = self.halt {
                return Ok((self.run, halt));
            }
            let waits = self.under_way.is_empty() && self.wake_ms.is_none();
            if waits && !is_heard {
                return match self.halt {
                    Some(halt) => Ok((self.run, halt)),
                    None if self.run.is_paused() => Ok((self.run, Halt::Paused)),
                    None => Err(Error::NoProgress),
                };
            }
            let wake = self.clock.until(self.wake_ms.unwrap_or_default());
            tokio::select! {
                biased;
                said = hears.recv(), if is_heard => match said {
                    Some(Said { event, answer }) => self.hear(event, answer).await?,
                    None => is_heard = false,
                },
                Some(event) = self.under_way.next() => self.turn(event).await?,
                () = tokio::time::sleep_until(wake), if self.wake_ms.is_some() => self.turn(Event::Tick).await?,
            }
        }
    }

    /// What a user says that does not fit changes nothing.
    async fn hear(
        &mut self,
        event: Event,
        answer: oneshot::Sender<Result<(), Error>>,
    ) -> Result<(), Error> {
        let outcome = match self.run.handle(&*self.world, self.clock.now_ms(), event) {
            Ok(commands) => {
                let done = self.carry_out(commands).await;
                let _ = answer.send(done.clone());
                return done;
            }
            Err(error) => Err(error),
        };
        let _ = answer.send(outcome);
        Ok(())
    }

    async fn turn(&mut self, event: Event) -> Result<(), Error> {
        let commands = self.run.handle(&*self.world, self.clock.now_ms(), event)?;
        self.carry_out(commands).await
    }

    async fn carry_out(&mut self, commands: Vec<Command>) -> Result<(), Error> {
        self.halt = None;
        self.wake_ms = None;
        for command in commands {
            if let Command::Journal(record) = command {
                self.unwritten.push(*record);
                continue;
            }
            self.write().await?;
            match command {
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
                    self.under_way.push(event.boxed());
                }
                Command::Wait { until_ms } => self.wake_ms = Some(until_ms),
                Command::Finish(ending) => self.halt = Some(Halt::Ended(ending)),
            }
        }
        self.write().await
    }

    fn observe(&self, task: TaskId, requests: Vec<Request>) {
        let readings = requests.into_iter().map(|request| {
            self.host
                .send(request.clone(), None)
                .map(|answer| Reading { request, answer })
        });
        let event = join_all(readings).map(move |readings| Event::Observed { task, readings });
        self.under_way.push(event.boxed());
    }

    async fn write(&mut self) -> Result<(), Error> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        self.journal.append(&self.unwritten).await?;
        for record in self.unwritten.drain(..) {
            (self.watch)(&record);
        }
        Ok(())
    }
}

/// A time that goes forward steadily.
#[derive(Clone, Copy, Debug)]
struct Clock {
    start_ms: u64,
    started: Instant,
}

impl Clock {
    fn start(start_ms: u64) -> Self {
        Self {
            start_ms,
            started: Instant::now(),
        }
    }

    fn now_ms(self) -> u64 {
        let passed_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.start_ms.saturating_add(passed_ms)
    }

    /// When it will be that late.
    fn until(self, at_ms: u64) -> Instant {
        self.started + Duration::from_millis(at_ms.saturating_sub(self.start_ms))
    }
}
