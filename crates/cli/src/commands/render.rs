//! `samos render --model FILE --operation NAME --input JSON`: the request that would be sent. Nothing is.

use clap::Args;
use samos::wire;

use super::model::ModelArguments;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `render`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
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
        input,
        endpoint,
    } = arguments;
    let text = model.text()?;
    let input = session.text_or_input(input)?;
    let request = wire::render(&text, &model.operation, &input, endpoint.as_deref())?;
    session.output.value(&request)?;
    Ok(Exit::Done)
}
