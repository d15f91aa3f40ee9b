//! One operation of a vendor's model, as `render` and `read` name it.

use std::path::PathBuf;

use clap::Args;

use crate::failure::Failure;

/// Which operation of which model.
#[derive(Args, Debug)]
pub(super) struct ModelArguments {
    /// The vendor's model of the service, such as botocore's `service-2.json`.
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// The operation's name in it.
    #[arg(long, value_name = "NAME")]
    pub(super) operation: String,
}

impl ModelArguments {
    /// The model's text.
    pub(super) fn text(&self) -> Result<String, Failure> {
        std::fs::read_to_string(&self.model)
            .map_err(|error| Failure::file(&self.model, "read", &error))
    }
}
