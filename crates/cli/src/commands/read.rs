//! `samos read --model FILE --operation NAME --status N --headers JSON --body FILE`.

use std::path::PathBuf;

use clap::Args;
use samos::wire;

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `read`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The vendor's model of the service, such as botocore's `service-2.json`.
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// The operation that was answered.
    #[arg(long, value_name = "NAME")]
    operation: String,
    /// The status of the answer.
    #[arg(long, value_name = "N", default_value_t = 200)]
    status: u16,
    /// The headers of the answer, as a JSON object.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    headers: String,
    /// The body of the answer, none when left out; a CBOR body may be in base64.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
}

/// Prints the outcome or the error that an answer means.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let Arguments {
        model,
        operation,
        status,
        headers,
        body,
    } = arguments;
    let text =
        std::fs::read_to_string(model).map_err(|error| Failure::file(model, "read", &error))?;
    let body = match body {
        Some(path) => std::fs::read(path).map_err(|error| Failure::file(path, "read", &error))?,
        None => Vec::new(),
    };
    let reading = wire::read(&text, operation, *status, headers, &body)?;
    session.output.value(&reading)?;
    Ok(Exit::Done)
}
