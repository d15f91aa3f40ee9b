//! Hosts: what carries out the commands of a run. The edge of this crate; time passes, requests are sent and records
//! reach the disk here and nowhere else.
//!
//! A host needs little: it hands [`Event`]s to [`Run::handle`] and does what the [`Command`]s say, in their order:
//! write records to a [`Journal`] before anything after them, send requests, wake up at a time, stop. A run is
//! recovered from its records alone, so any engine that keeps records in order may be the journal, and any that can
//! send and wait may be the host. There are two: [`drive`], synchronous, one run against a [`Provider`] with a clock
//! of its own, for simulated providers and for trying a crash everywhere; and [`embedded`], for many runs at once
//! against real ones. [`sqlite`] keeps the journals of both.

pub mod embedded;
pub mod sqlite;

mod journal;

use samos_model::Request;
use samos_model::reply::{CallError, Outcomes};
use samos_model::world::World;

pub use journal::{Journal, MemoryJournal};

use crate::error::Error;
use crate::provider::Provider;
use crate::run::Run;
use crate::transition::{Command, Ending, Event, Reading, Record, TaskId};

/// Why a host returned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Halt {
    /// The run ended.
    Ended(Ending),
    /// The run waits for approval.
    NeedsApproval {
        /// Of how many manipulations.
        manipulations: u32,
        /// The steps that cannot be taken back.
        irreversible: Vec<u32>,
    },
    /// The run is paused, and nothing is under way.
    Paused,
}

/// Who attends a run. Anything that can be called with a [`Record`] only watches.
pub trait Attendant {
    /// Sees a transition after it was journalled.
    fn saw(&mut self, record: &Record);

    /// What the user says meanwhile, such as [`Event::Pause`] or [`Event::Cancel`]; asked after each event. What comes too
    /// late is passed over.
    fn says(&mut self) -> Option<Event> {
        None
    }
}

impl<F: FnMut(&Record)> Attendant for F {
    fn saw(&mut self, record: &Record) {
        self(record);
    }
}

/// Nobody looks, and nobody says anything.
#[derive(Clone, Copy, Debug)]
pub struct Unattended;

impl Attendant for Unattended {
    fn saw(&mut self, _: &Record) {}
}

/// Begins a run: journals that it exists, then drives it.
///
/// # Errors
/// When the plan is not fit to run, or the journal cannot be written.
pub fn begin(
    world: &dyn World,
    (mut run, commands): (Run, Vec<Command>),
    provider: &mut dyn Provider,
    journal: &mut dyn Journal,
) -> Result<(Run, Halt), Error> {
    journal.append_now(&records_of(commands))?;
    let halt = drive(
        world,
        &mut run,
        provider,
        journal,
        Event::Started,
        &mut Unattended,
    )?;
    Ok((run, halt))
}

/// The records among commands: all that the beginning of a run asks for.
#[must_use = "this makes a value and changes nothing"]
pub fn records_of(commands: Vec<Command>) -> Vec<Record> {
    let records = commands.into_iter().filter_map(|command| match command {
        Command::Journal(record) => Some(*record),
        _ => None,
    });
    records.collect()
}

/// Drives a run from an event until it ends, is paused, or waits for approval.
///
/// # Errors
/// When the event does not fit, or the journal cannot be written; the run can then be recovered and driven on.
pub fn drive(
    world: &dyn World,
    run: &mut Run,
    provider: &mut dyn Provider,
    journal: &mut dyn Journal,
    first: Event,
    attendant: &mut dyn Attendant,
) -> Result<Halt, Error> {
    let mut events = std::collections::VecDeque::from([first]);
    let mut wake_ms = None;
    while let Some(event) = events.pop_front() {
        let (mut unwritten, mut sent) = (Vec::new(), Sent::default());
        let mut halt = None;
        for command in run.handle(world, provider.now_ms(), event)? {
            if let Command::Journal(record) = command {
                unwritten.push(*record);
                continue;
            }
            match command {
                Command::Journal(_) => {}
                Command::AskApproval {
                    manipulations,
                    irreversible,
                } => {
                    halt = Some(Halt::NeedsApproval {
                        manipulations,
                        irreversible,
                    });
                }
                Command::Observe { task, requests } => sent.observe(task, requests),
                Command::Call {
                    task,
                    request,
                    token,
                    ..
                } => sent.call(task, request, token),
                Command::Wait { until_ms } => wake_ms = Some(until_ms),
                Command::Finish(ending) => halt = Some(Halt::Ended(ending)),
            }
        }
        // All that the turn decided is on the disk before anything is sent; what it sends need not wait for each other.
        write(journal, &mut unwritten, attendant)?;
        events.extend(sent.answers(provider));
        if let Some(halt) = halt {
            return Ok(halt);
        }
        events.extend(attendant.says().filter(|said| run.takes(said)));
        if events.is_empty() {
            if let Some(until_ms) = wake_ms.take() {
                let now_ms = provider.now_ms();
                provider.advance(until_ms.saturating_sub(now_ms));
                events.push_back(Event::Tick);
            } else if run.is_paused() {
                return Ok(Halt::Paused);
            }
        }
    }
    Err(Error::NoProgress)
}

/// What one turn of a run sends.
#[derive(Default)]
struct Sent {
    calls: Vec<(Request, Option<String>)>,
    /// Whose they are, in the same order: so many readings for a task, or its call.
    whose: Vec<(TaskId, Option<usize>)>,
}

impl Sent {
    fn observe(&mut self, task: TaskId, requests: Vec<Request>) {
        self.whose.push((task, Some(requests.len())));
        let readings = requests.into_iter().map(|request| (request, None));
        self.calls.extend(readings);
    }

    fn call(&mut self, task: TaskId, request: Request, token: String) {
        self.whose.push((task, None));
        self.calls.push((request, Some(token)));
    }

    /// Sends it all; the answers, in the order of the commands.
    fn answers(self, provider: &mut dyn Provider) -> Vec<Event> {
        let answers = provider.call_all(&self.calls);
        let mut all = self.calls.into_iter().zip(answers);
        let events = self.whose.into_iter().filter_map(|(task, count)| {
            let Some(count) = count else {
                return all.next().map(|(_, answer)| answered(task, answer));
            };
            let read = all.by_ref().take(count);
            let readings = read
                .map(|((request, _), answer)| Reading { request, answer })
                .collect();
            Some(Event::Observed { task, readings })
        });
        events.collect()
    }
}

/// What stands before a deed reaches the disk at once.
fn write(
    journal: &mut dyn Journal,
    unwritten: &mut Vec<Record>,
    attendant: &mut dyn Attendant,
) -> Result<(), Error> {
    if !unwritten.is_empty() {
        journal.append_now(unwritten)?;
        unwritten
            .drain(..)
            .for_each(|record| attendant.saw(&record));
    }
    Ok(())
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
