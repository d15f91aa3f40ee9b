//! What is kept of a run: its folder, the state of the simulated provider, what it saw.
//!
//! In: values to keep. Out: files that are whole or not there. Not here: driving a run.

use std::fs;
use std::path::{Path, PathBuf};

use samos_execution::{CallError, Facts, Outcomes, Provider, Run};
use samos_knowledge::ObservedFact;
use samos_model::codes::execution as execution_codes;
use samos_model::{Finding, Iri, Observation, Request, Value};
use samos_simulation::Simulation;
use serde::Serialize;

use crate::Error;
use crate::home::{Entry, write_whole};

/// Where a run is kept.
pub(crate) struct Kept {
    pub(super) id: String,
    pub(super) folder: PathBuf,
    pub(super) journals: PathBuf,
}

impl Kept {
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// What a run saw, for the data directory's facts.
pub(crate) fn observed(run: &Run) -> Entry {
    observed_facts(run.id(), run.facts())
}

/// What was seen under that name.
pub(crate) fn observed_facts(name: &str, facts: &Facts) -> Entry {
    let latest: Option<Observation> = facts
        .cells()
        .filter_map(|(_, _, known)| known.seen.clone())
        .max_by(|left, right| left.at.cmp(&right.at));
    let mut kept: Vec<ObservedFact> = Vec::new();
    for (entity, property, known) in facts.cells() {
        // What identifies a thing came with the answer that named it.
        let named_with = latest.as_ref().filter(|_| facts.made().contains(entity));
        let Some(seen) = known.seen.as_ref().or(named_with) else {
            continue;
        };
        let fact = ObservedFact {
            entity: entity.clone(),
            property: property.clone(),
            values: known.members.clone(),
            complete: known.complete,
            seen: seen.clone(),
        };
        kept.push(fact);
    }
    for entity in facts.made() {
        let (Some(types), Some(seen)) = (facts.types(entity), &latest) else {
            continue;
        };
        let fact = ObservedFact {
            entity: entity.clone(),
            property: Iri::from("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"),
            values: types.iter().cloned().map(Value::Entity).collect(),
            complete: false,
            seen: seen.clone(),
        };
        kept.push(fact);
    }
    Entry::Observed {
        run: name.to_owned(),
        facts: kept,
        gone: facts.gone().iter().cloned().collect(),
    }
}

pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let mut text = serde_json::to_string_pretty(value).map_err(Error::internal)?;
    text.push('\n');
    write_whole(path, &text)
}

pub(super) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(path).map_err(|error| Error::file(path, "read", &error))?;
    let read = serde_json::from_str(&text).map_err(|error| {
        Finding::error(
            execution_codes::STATE_UNREADABLE,
            format!("`{}` cannot be read: {error}", path.display()),
            "restore it from a copy, or remove it to start from the world's own facts",
        )
    })?;
    Ok(Some(read))
}

/// A simulated provider whose state outlives the process: written after every call, as a real one would keep it.
pub(super) struct SavedProvider<'w> {
    pub(super) simulation: Simulation<'w>,
    pub(super) path: Option<PathBuf>,
    pub(super) failed: Option<Error>,
}

impl Provider for SavedProvider<'_> {
    fn call(&mut self, request: &Request, token: Option<&str>) -> Result<Outcomes, CallError> {
        let answer = self.simulation.call(request, token);
        if let Some(path) = &self.path
            && let Err(error) = write_json(path, self.simulation.state())
        {
            let message = error.to_string();
            self.failed = Some(error);
            return Err(CallError::Lost { message });
        }
        answer
    }

    fn now_ms(&self) -> u64 {
        self.simulation.now_ms()
    }

    fn advance(&mut self, ms: u64) {
        self.simulation.advance(ms);
    }
}
