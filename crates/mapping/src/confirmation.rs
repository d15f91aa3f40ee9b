//! How a mapping words whether what was asked for has come about. What an answer means stands in `samos_model`, as execution
//! judges by it; here are the words of a mapping file for it.

pub(crate) use samos_model::confirmation::{Acceptor, Polled, Sign};
pub use samos_model::confirmation::{Confirmation, Verdict};

use crate::errors::Class;

/// By what an answer is known that is an error of that class.
pub(crate) fn sign_of(class: Class) -> Sign {
    class.refusal().map_or(Sign::Lost, Sign::Refused)
}
