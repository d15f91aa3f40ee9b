//! Carries out a plan: a pure state machine, event in, commands out, and hosts that drive it.
//!
//! Paper: figure 8 and section "SAMOS architecture" (execution with its condition checker), made durable.
//!
//! In: a plan, the user's [`Policy`], a [`World`](samos_model::World) for the catalogue and the facts known before,
//! and events. Out: commands (observe, call, wait, journal, finish), facts with time and source, a [`Receipt`].
//! A request is sent only after its intent was journalled; a lost answer is never sent again blind; [`Run::recover`]
//! gives back the exact run from its journal.
//! Not here: choosing (planning does), rendering requests (mapping), and any I/O outside [`host`].

pub mod expectation;
pub mod facts;
pub mod host;
pub mod monitor;
pub mod run;
pub mod scope;

mod error;
mod looking;
mod policy;
mod provider;
mod receipt;
mod transition;

pub use error::Error;
pub use facts::{Cell, Facts, Live};
pub use looking::learn;
pub use monitor::Monitor;
pub use policy::{Advice, Allowance, OnFailure, Policy};
pub use provider::Provider;
pub use receipt::{ChangedCell, FORMAT as RECEIPT_FORMAT, Receipt, Statement, StepReceipt};
pub use run::{Phase, Run, Task, TaskState};
pub use samos_model::reply::{Bindings, CallError, Described, ErrorClass, Outcomes};
pub use transition::{
    Cause, Command, Ending, Event, Exception, Failure, Reading, Record, TaskId, Transition,
    UndoTask,
};
