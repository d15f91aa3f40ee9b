//! Any specified provider, played from its specifications alone, with faults from a seed.
//!
//! In: a [`World`] (its operations and what is known), [`Faults`] with a seed, then requests. Out: answers as the
//! provider would give them: parameters and preconditions checked, effects applied to a concrete state, identifiers
//! that pass their formats, passing states that settle after a while, and, as the seed says, slow, refused and lost
//! answers and changes by another. What the world leaves unknown is decided by the seed when it is first touched.
//! The same seed and requests give the same bytes. The state is plain data: another process may go on with it.
//! Not here: several providers apart from one another; whatever the world specifies is played by one simulation.

mod answering;
mod chance;
mod effects;
mod faults;
mod formats;
mod hidden;

use std::collections::BTreeMap;

use samos_execution::{Bindings, CallError, Cell, Facts, Live, Outcomes, Provider};
use samos_model::value::Value;
use samos_model::world::World;
use samos_model::{Iri, Request};
use serde::{Deserialize, Serialize};

use chance::Chance;

pub use faults::{Fault, Faults};

/// The virtual clock's start where none is given: 2026-01-01T00:00:00Z.
pub const EPOCH_MS: u64 = 1_767_225_600_000;

/// The specified providers of a world, played.
pub struct Simulation<'w> {
    world: &'w dyn World,
    faults: Faults,
    state: State,
}

/// All that a simulation is made of besides its world and faults.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct State {
    now_ms: u64,
    chance: Chance,
    facts: Facts,
    minted: BTreeMap<String, u64>,
    settling: Vec<Settling>,
    answered: BTreeMap<String, Outcomes>,
    manipulations: u64,
    applied: Vec<Applied>,
}

/// A passing state that will turn into another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Settling {
    due_ms: u64,
    cell: Cell,
    into: Value,
}

/// A manipulation that took effect.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Applied {
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The token it was sent with; `None` for what another did.
    pub token: Option<String>,
    /// The request.
    pub request: Request,
    /// What it created.
    pub created: Bindings,
}

impl std::fmt::Debug for Simulation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulation")
            .field("faults", &self.faults)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl<'w> Simulation<'w> {
    /// Plays the providers of a world from what is known of it.
    #[must_use = "this makes a simulation and changes nothing"]
    pub fn new(world: &'w dyn World, faults: Faults) -> Self {
        let state = State {
            now_ms: EPOCH_MS,
            chance: Chance::new(faults.seed),
            facts: Facts::default(),
            minted: BTreeMap::new(),
            settling: Vec::new(),
            answered: BTreeMap::new(),
            manipulations: 0,
            applied: Vec::new(),
        };
        Self {
            world,
            faults,
            state,
        }
    }

    /// Goes on from a saved state.
    #[must_use = "this makes a simulation and changes nothing"]
    pub fn restore(world: &'w dyn World, faults: Faults, state: State) -> Self {
        Self {
            world,
            faults,
            state,
        }
    }

    /// The state, to be saved.
    #[must_use = "reading has no other effect"]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The live world as the providers know it, hidden facts included as far as they were touched.
    #[must_use = "this makes a view and changes nothing"]
    pub fn world(&self) -> Live<'_> {
        Live::new(self.world, &self.state.facts)
    }

    /// The manipulations that took effect, in order.
    #[must_use = "reading has no other effect"]
    pub fn applied(&self) -> &[Applied] {
        &self.state.applied
    }

    /// Says what stands in a cell, as if it had always stood there.
    pub fn set(&mut self, entity: &Iri, property: &Iri, values: impl IntoIterator<Item = Value>) {
        let values = values.into_iter().collect();
        self.state
            .facts
            .set(self.world, &Cell::new(entity, property), &values, None);
    }

    /// Sets the virtual clock forward to a moment; it never goes back.
    pub fn set_clock(&mut self, now_ms: u64) {
        self.state.now_ms = self.state.now_ms.max(now_ms);
        self.settle_due();
    }

    /// Lets passing states settle whose time has come.
    fn settle_due(&mut self) {
        let now_ms = self.state.now_ms;
        let mut due: Vec<Settling> = Vec::new();
        self.state.settling.retain(|settling| {
            let is_due = settling.due_ms <= now_ms;
            if is_due {
                due.push(settling.clone());
            }
            !is_due
        });
        due.sort_by(|a, b| (a.due_ms, &a.cell).cmp(&(b.due_ms, &b.cell)));
        for settling in due {
            self.state
                .facts
                .set(self.world, &settling.cell, &[settling.into].into(), None);
        }
    }
}

impl Provider for Simulation<'_> {
    fn call(&mut self, request: &Request, token: Option<&str>) -> Result<Outcomes, CallError> {
        self.answer(request, token)
    }

    fn now_ms(&self) -> u64 {
        self.state.now_ms
    }

    fn advance(&mut self, ms: u64) {
        self.state.now_ms = self.state.now_ms.saturating_add(ms);
        self.settle_due();
    }
}

#[cfg(test)]
mod tests;
