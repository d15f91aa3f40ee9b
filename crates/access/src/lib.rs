//! Accounts: whose credentials, what each may do, and a log of what was done with them.
//!
//! In: profiles, credentials, policies, requests that are about to be sent. Out: a yes or a no with its reason, and
//! credentials for as long as they are needed. Credentials are encrypted at rest and print as nothing; every
//! manipulation is noted in a log whose entries are tied to one another.
//! Not here: sending, and knowing what a provider's credentials look like. Files are named in `store` only.

mod account;
mod audit;
mod credentials;
mod error;
mod policy;
mod sealing;
mod store;
#[cfg(test)]
mod tests;
mod users;
mod verification;

pub use account::AccountProfile;
pub use audit::{AuditEntry, AuditHead, Deed};
pub use credentials::Credentials;
pub use error::Error;
pub use policy::{Decision, Policies};
pub use sealing::{Opener, new_key_file};
pub use secrecy::{ExposeSecret, SecretString};
pub use store::{Accounts, Unlocked};
pub use users::{ServerDeed, User, UserPolicies};
pub use verification::{CheckFailure, CredentialCheck, Whom};
