//! The facade of samos: load knowledge, ask the reasoners, check plans and run them.
//!
//! In: names and text as people write them, files, plans. Out: the values of [`model`], every plan checked
//! independently before it is returned. Not here: deciding anything itself. It wires the crates below it, and is the
//! only one an embedder names.
//!
//! ```
//! use samos::{RunOptions, Samos};
//!
//! # fn main() -> Result<(), samos::Error> {
//! let samos = Samos::demo()?;
//! let answer = samos.connect(&["ec2:web-1", "rackspace:lb-1"])?;
//! let plan = answer.plans.first().expect("the demo world has one");
//! assert!(samos.verify(plan)?.is_empty());
//! let run = samos.apply(plan, &RunOptions::approving(2))?;
//! assert!(run.is_done());
//! # Ok(())
//! # }
//! ```

mod accounts;
mod builder;
pub mod catalogue;
mod clouds;
mod conforming;
mod embedded;
mod error;
pub mod explanation;
pub mod export;
mod fetching;
mod goals;
mod home;
mod libraries;
mod names;
mod plan_file;
mod preparing;
mod providing;
mod question;
mod reasoning;
mod rendering;
mod runs;
mod samos;
mod serving;
mod sign;
mod sources;
mod standing;
mod store;
mod users;
mod validation;
pub mod wire;
pub mod wording;

/// Accounts, as the facade takes and gives them.
pub mod access {
    pub use samos_access::{
        AccountProfile, AuditEntry, Credentials, Deed, ExposeSecret, Opener, SecretString,
        ServerDeed, User, UserPolicies, Whom, new_key_file,
    };
    pub use samos_drivers::aws::Environment;

    pub use crate::clouds::openstack::{account_of_clouds_file, account_of_variables};
}

pub use builder::Builder;
pub use error::Error;
pub use explanation::Explanation;
pub use goals::Question;
pub use libraries::LibraryState;
pub use plan_file::{parse_plan, read_plan};
pub use providing::{AccountState, CredentialState, Usable};
pub use question::{ChainOptions, ConnectOptions, within_time};
pub use rendering::{RenderOptions, Rendered, RenderedCall, RenderedRequest};
pub use runs::{GoingOn, OpenRun, RunOptions, RunReport, changes_of};
pub use samos::{Samos, explain_code};
pub use samos_execution::host::conformance;
pub use samos_execution::host::{Attendant, Hearing, Unattended, Voice, conversation};
pub use samos_execution::{
    Allowance, Ending, Event, OnFailure, Receipt, Record, StepReceipt, TaskId, TaskState,
    Transition,
};
pub use samos_importers::pddl;
pub use samos_knowledge::{
    Answer as QueryAnswer, AnswerFormat, AnswerKind, Because, Changed, ClosureSize, Proof, Report,
};
pub use samos_knowledge::{
    Cancellation, GraphText, KnowledgeError, QueryOptions, QueryService, QueryView,
    ServiceQuestion, UpdateOptions,
};
pub use samos_knowledge::{Format, Knowledge, ObservedFact, Source};
pub use samos_mapping::{Count as MappedCount, Coverage};
pub use samos_model as model;
pub use samos_model::{
    Answer, Finding, Given, Goal, Iri, Limits, Literal, Name, Objective, Place, Plan, Severity,
    Truth, Value, Want, World,
};
pub use samos_reasoners::preparation::{Preparation, PreparedOperation};
pub use samos_reasoners::standing::{Changed as KeptUp, Counts, Missing, Standing};
pub use samos_simulation::{Fault, Faults};
pub use serving::run_of;
pub use sign::{Sign, sign_of};
pub use standing::{
    Open, OpenCondition, Ready, ReadyGroup, ReadyOperation, ReadyQuestion, ReadyTogether, ServedBy,
};
pub use validation::{Validation, validate, validate_with};
