//! Hosts: what carries out the commands of a run. The edge of this crate; time passes, requests are sent and records
//! reach the disk here and nowhere else.
//!
//! A host needs little: it hands [`Event`]s to [`Run::handle`] and does what the [`Command`]s say, in their order:
//! write records to a [`Journal`] before anything after them, send requests, wake up at a time, stop. A run is
//! recovered from its records alone, so any engine that keeps records in order may be the journal, and any that can
//! send and wait may be the host. There is one, [`Host`], which drives a run against a [`Remote`]: real providers, or, by
//! [`Played`], simulated ones whose clock jumps, for which [`drive`] waits. Many runs are driven at once by as many
//! threads, or as futures of one. [`sqlite`] keeps the journals of all.

pub mod conformance;
pub mod sqlite;

mod attendance;
mod driving;
mod journal;
mod remote;

use futures::executor::block_on;
use samos_model::world::World;

pub use attendance::{Attendant, Hearing, Unattended, Voice, conversation};
pub use driving::Host;
pub use journal::{Journal, MemoryJournal};
pub use remote::{Played, Remote, SteadyClock};

use crate::error::Error;
use crate::provider::Provider;
use crate::run::Run;
use crate::transition::{Command, Ending, Event, Record};

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

/// Drives a run against a provider that answers on the spot, from an event until it ends, is paused, or waits for approval.
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
    let remote = Played::new(provider);
    block_on(Host::new(world, &remote).drive(run, journal, vec![first], attendant))
}
