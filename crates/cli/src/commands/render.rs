//! `samos render --model FILE --operation NAME --input JSON`: the request that would be sent. Nothing is.

use std::path::PathBuf;

use clap::Args;
use samos::wire;

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `render`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The vendor's model of the service, such as botocore's `service-2.json`.
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// The operation to show.
    #[arg(long, value_name = "NAME")]
    operation: String,
    /// Its input in the model's member names; `-` reads standard input.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    input: String,
    /// The address that the request is for.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
}

/// Prints the request.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let Arguments {
        model,
        operation,
        input,
        endpoint,
    } = arguments;
    let text =
        std::fs::read_to_string(model).map_err(|error| Failure::file(model, "read", &error))?;
    let input = session.text_or_input(input)?;
    let request = wire::render(&text, operation, &input, endpoint.as_deref())?;
    session.output.value(&request)?;
    Ok(Exit::Done)
}
