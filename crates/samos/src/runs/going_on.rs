//! Going on with runs: resumed, taken back, decided by their user, taken over from who hangs, taken up after a process ended.
//!
//! In: a run's name and what its user says. Out: what the run did since. Not here: beginning runs.

use std::collections::BTreeMap;

use samos_execution::host::Attendant;
use samos_execution::host::sqlite::SqliteJournal;
use samos_execution::{Allowance, Event, Phase, Record, Run, TaskId};
use samos_simulation::{Faults, Simulation, State};

use super::kept::{Kept, read_json};
use super::{FAULTS, JOURNALS, PROVIDER, RunReport, from_execution, requests_of};
use crate::{Error, Samos};

/// How a run is gone on with, or taken back.
#[derive(Clone, Debug, Default)]
pub struct GoingOn {
    /// What it is allowed from now on.
    pub allowance: Allowance,
    /// What a person knows of steps of which nobody else does: did they take effect?
    pub decided: BTreeMap<TaskId, bool>,
    /// Pass over who executes it, though they live: they hang.
    pub take_over: bool,
}

impl GoingOn {
    /// What happens first.
    fn events(&self, then: Event) -> Vec<Event> {
        let mut events = Vec::new();
        if !self.allowance.is_empty() {
            events.push(Event::Allowed(self.allowance));
        }
        let decided = self.decided.iter();
        events.extend(decided.map(|(task, took_effect)| Event::Decided {
            task: *task,
            took_effect: *took_effect,
        }));
        // What is decided is gone on with.
        if self.decided.is_empty() || then != Event::Resume {
            events.push(then);
        }
        events
    }
}

/// A run that nobody who lives executes, held so that nobody else takes it up.
#[derive(Debug)]
pub struct OpenRun {
    id: String,
    journal: SqliteJournal,
}

impl OpenRun {
    /// The run's name.
    #[must_use = "reading has no other effect"]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl Samos {
    /// Goes on with a run that stopped, failed, or was cut off.
    ///
    /// # Errors
    /// When there is no such run, or it is over.
    pub fn resume(&self, run: &str, attendant: &mut dyn Attendant) -> Result<RunReport, Error> {
        self.resume_with(run, &GoingOn::default(), attendant)
    }

    /// The same, with what is allowed and known by now.
    ///
    /// # Errors
    /// When there is no such run, it is over, another executes it, or what is decided is not open.
    pub fn resume_with(
        &self,
        run: &str,
        how: &GoingOn,
        attendant: &mut dyn Attendant,
    ) -> Result<RunReport, Error> {
        let kept = self.find(run)?;
        self.before(&kept)?
            .go_on(&kept, how, Event::Resume, attendant)
    }

    /// Takes back what a run did, last step first, as far as real inverse operations allow.
    ///
    /// # Errors
    /// When there is no such run, or nothing to take back.
    pub fn undo(&self, run: &str, attendant: &mut dyn Attendant) -> Result<RunReport, Error> {
        self.undo_with(run, &GoingOn::default(), attendant)
    }

    /// The same, with what is allowed and known by now.
    ///
    /// # Errors
    /// As [`Samos::undo`], and when another executes it, or what is decided is not open.
    pub fn undo_with(
        &self,
        run: &str,
        how: &GoingOn,
        attendant: &mut dyn Attendant,
    ) -> Result<RunReport, Error> {
        let kept = self.find(run)?;
        self.before(&kept)?
            .go_on(&kept, how, Event::Undo, attendant)
    }

    /// The approved runs that are not over and that nobody who lives executes, the oldest first; all are held at once. What
    /// a person paused is left alone.
    ///
    /// # Errors
    /// When the journals cannot be read.
    pub fn open_runs(&self) -> Result<Vec<OpenRun>, Error> {
        let path = self.home.as_ref().map(|home| home.runs().join(JOURNALS));
        let Some(path) = path.filter(|path| path.exists()) else {
            return Ok(Vec::new());
        };
        let held = self.journals_at(&path)?.resume_open();
        let mut open = Vec::new();
        for journal in held.map_err(|error| from_execution(&error))? {
            let id = journal.run().to_owned();
            let kept = self.find(&id)?;
            let run = self.before(&kept)?.recover(&kept)?;
            if !run.is_paused() && *run.phase() != Phase::AwaitingApproval {
                open.push(OpenRun { id, journal });
            }
        }
        Ok(open)
    }

    /// Goes on with a run that is held.
    ///
    /// # Errors
    /// When its journal cannot be read or written.
    pub fn take_up(
        &self,
        open: OpenRun,
        attendant: &mut dyn Attendant,
    ) -> Result<RunReport, Error> {
        let kept = self.find(&open.id)?;
        let records = open.journal.records();
        let records = records.map_err(|error| from_execution(&error))?;
        let events = vec![Event::Started];
        self.before(&kept)?
            .go_on_held(&kept, (open.journal, records), events, attendant)
    }

    /// Drives a kept run from an event.
    fn go_on(
        &self,
        kept: &Kept,
        how: &GoingOn,
        event: Event,
        attendant: &mut dyn Attendant,
    ) -> Result<RunReport, Error> {
        self.must_be_answered(requests_of(self.recover(kept)?.plan()))?;
        let journals = self.journals_at(&kept.journals)?;
        let opened = match how.take_over {
            true => journals.take_over(&kept.id),
            false => journals.resume(&kept.id),
        };
        let opened = opened.map_err(|error| from_execution(&error))?;
        self.go_on_held(kept, opened, how.events(event), attendant)
    }

    fn go_on_held(
        &self,
        kept: &Kept,
        (mut journal, records): (SqliteJournal, Vec<Record>),
        events: Vec<Event>,
        attendant: &mut dyn Attendant,
    ) -> Result<RunReport, Error> {
        let last_ms = records.last().map_or(0, |record| record.at_ms);
        let mut run =
            Run::recover(self.world(), records).map_err(|error| from_execution(&error))?;
        let faults: Faults = read_json(&kept.file(FAULTS))?.unwrap_or_default();
        let mut simulation = match read_json::<State>(&kept.file(PROVIDER))? {
            Some(state) => Simulation::restore(self.world(), faults, state),
            None => Simulation::new(self.world(), faults),
        };
        simulation.set_clock(last_ms.max(self.clock_ms()));
        self.carry_on(
            &mut run,
            simulation,
            Some(kept),
            &mut journal,
            events,
            attendant,
        )
    }
}
