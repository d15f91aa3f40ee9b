//! A small synchronous host: drives a run against a provider and writes its journal.
//!
//! The edge of this crate: time passes here, requests are sent here, and [`FileJournal`] does I/O. Another host may
//! drive the same [`Run`] otherwise.

mod journal;

use samos_model::Request;
use samos_model::world::World;

pub use journal::{FileJournal, MemoryJournal};

use crate::error::Error;
use crate::provider::Provider;
use crate::run::Run;
use crate::transition::{Command, Ending, Event, Reading, Record, TaskId};
use samos_model::reply::CallError;

/// Where transitions are written before anything is done because of them.
pub trait Journal {
    /// Writes a record durably.
    ///
    /// # Errors
    /// When it is not certain that the record will be there after a crash.
    fn append(&mut self, record: &Record) -> Result<(), Error>;
}

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

/// Begins a run: journals that it exists, then drives it.
///
/// # Errors
/// When the plan is not fit to run, or the journal cannot be written.
pub fn begin(
    world: &dyn World,
    (run, commands): (Run, Vec<Command>),
    provider: &mut dyn Provider,
    journal: &mut dyn Journal,
) -> Result<(Run, Halt), Error> {
    let mut run = run;
    for command in commands {
        if let Command::Journal(record) = command {
            journal.append(&record)?;
        }
    }
    let halt = drive(
        world,
        &mut run,
        provider,
        journal,
        Event::Started,
        &mut |_| {},
    )?;
    Ok((run, halt))
}

/// Drives a run from an event until it ends, is paused, or waits for approval. `watch` sees every transition after it
/// was journalled.
///
/// # Errors
/// When the event does not fit, or the journal cannot be written; the run can then be recovered and driven on.
pub fn drive(
    world: &dyn World,
    run: &mut Run,
    provider: &mut dyn Provider,
    journal: &mut dyn Journal,
    first: Event,
    watch: &mut dyn FnMut(&Record),
) -> Result<Halt, Error> {
    let mut events = std::collections::VecDeque::from([first]);
    let mut wake_ms = None;
    while let Some(event) = events.pop_front() {
        for command in run.handle(world, provider.now_ms(), event)? {
            match command {
                Command::Journal(record) => {
                    journal.append(&record)?;
                    watch(&record);
                }
                Command::AskApproval {
                    manipulations,
                    irreversible,
                } => {
                    return Ok(Halt::NeedsApproval {
                        manipulations,
                        irreversible,
                    });
                }
                Command::Observe { task, requests } => {
                    let readings = requests
                        .into_iter()
                        .map(|request| read(provider, request))
                        .collect();
                    events.push_back(Event::Observed { task, readings });
                }
                Command::Call {
                    task,
                    request,
                    token,
                    ..
                } => {
                    events.push_back(answered(task, provider.call(&request, Some(&token))));
                }
                Command::Wait { until_ms } => wake_ms = Some(until_ms),
                Command::Finish(ending) => return Ok(Halt::Ended(ending)),
            }
        }
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

fn read(provider: &mut dyn Provider, request: Request) -> Reading {
    let answer = provider.call(&request, None);
    Reading { request, answer }
}

fn answered(task: TaskId, answer: Result<samos_model::reply::Outcomes, CallError>) -> Event {
    match answer {
        Ok(outcomes) => Event::Answered { task, outcomes },
        Err(CallError::Refused { class, message }) => Event::Refused {
            task,
            class,
            message,
        },
        Err(CallError::Lost { message }) => Event::Lost { task, message },
    }
}
