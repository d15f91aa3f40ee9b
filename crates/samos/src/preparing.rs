//! What is still missing before an operation can run, asked by name.

use samos_model::Limits;
use samos_reasoners::preparation::{self, Preparation};

use crate::{Error, Samos};

impl Samos {
    /// All operations of a subject: what each still needs, and how to get it. Paper: BASR.
    ///
    /// # Errors
    /// When a name is not known.
    #[doc(alias = "BASR")]
    pub fn prepare(
        &self,
        subject: &str,
        arguments: &[impl AsRef<str>],
        limits: &Limits,
    ) -> Result<Preparation, Error> {
        let subject = self.entity(subject)?;
        let supplied = self.supplied(arguments)?;
        Ok(preparation::prepare(
            self.world(),
            &subject,
            &supplied,
            limits,
        ))
    }

    /// One operation on one subject: parameters and precondition verified, with ways to satisfy what is open.
    ///
    /// # Errors
    /// When a name is not known.
    pub fn check(
        &self,
        operation: &str,
        subject: &str,
        arguments: &[impl AsRef<str>],
        limits: &Limits,
    ) -> Result<Preparation, Error> {
        let operation = self.operation(operation)?;
        let subject = self.entity(subject)?;
        let supplied = self.supplied(arguments)?;
        let Some(operation) = self.world().operation(&operation) else {
            return Err(Error::internal(
                "an operation was resolved that is not there",
            ));
        };
        Ok(preparation::prepare_operation(
            self.world(),
            operation,
            &subject,
            &supplied,
            limits,
        ))
    }
}
