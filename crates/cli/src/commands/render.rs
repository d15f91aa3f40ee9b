//! `samos render OP --on SUBJECT`, or `samos render --model FILE --operation NAME --input JSON`: the request that would be
//! sent, signed where that is asked for. Nothing is.

use std::path::PathBuf;

use clap::Args;
use samos::wire::{self, Credentials, Signer};

use crate::failure::{Exit, Failure};
use crate::keys;
use crate::session::Session;

/// The arguments of `render`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// An operation, rendered by its mapping.
    #[arg(value_name = "OP", requires = "on", conflicts_with_all = ["model", "operation"])]
    op: Option<String>,
    /// The subject.
    #[arg(long, value_name = "SUBJECT", requires = "op")]
    on: Option<String>,
    /// An argument; may be repeated, also for several values of one name.
    #[arg(long, value_name = "NAME=VALUE", requires = "op")]
    set: Vec<String>,
    /// The library, where several serve the operation, such as `aws/botocore`.
    #[arg(long, value_name = "LIBRARY", requires = "op")]
    library: Option<String>,
    /// The vendor's model of the service, such as botocore's `service-2.json`.
    #[arg(long, value_name = "FILE", required_unless_present = "op")]
    model: Option<PathBuf>,
    /// The operation's name in the model.
    #[arg(long, value_name = "NAME", required_unless_present = "op")]
    operation: Option<String>,
    /// Its input in the model's member names; `-` reads standard input.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    input: String,
    /// The address that the request is for.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Signed: in the name of the subject's account; with --model by AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
    /// AWS_SESSION_TOKEN.
    #[arg(long)]
    sign: bool,
    /// With what proves who asks in full, which is hidden else.
    #[arg(long, requires = "op")]
    show_secrets: bool,
    /// The region that it is signed for.
    #[arg(
        long,
        value_name = "REGION",
        requires = "sign",
        conflicts_with = "op",
        default_value = "us-east-1"
    )]
    region: String,
    /// The moment at which it is signed, such as 2026-01-31T12:00:00Z. Left out: now.
    #[arg(long, value_name = "TIME", requires = "sign", conflicts_with = "op")]
    at: Option<String>,
}

/// Prints the request.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    if let (Some(operation), Some(subject)) = (&arguments.op, &arguments.on) {
        let samos = session.samos()?;
        let options = samos::RenderOptions {
            library: arguments.library.clone(),
            signed: arguments.sign,
            secrets: arguments.show_secrets,
        };
        let calls = samos.rendered(operation, subject, &arguments.set, &options)?;
        session.output.value(&calls)?;
        return Ok(Exit::Done);
    }
    let (Some(model), Some(operation)) = (&arguments.model, &arguments.operation) else {
        return Err(Failure::usage(
            "neither an operation nor a model is named",
            "write `samos render OP --on SUBJECT`, or --model FILE --operation NAME",
        ));
    };
    let text =
        std::fs::read_to_string(model).map_err(|error| Failure::file(model, "read", &error))?;
    let input = session.text_or_input(&arguments.input)?;
    let endpoint = arguments.endpoint.as_deref();
    let signer = arguments.sign.then(|| signer(arguments)).transpose()?;
    let request = wire::render(&text, operation, &input, endpoint, signer.as_ref())?;
    session.output.value(&request)?;
    Ok(Exit::Done)
}

/// Who signs, by the variables that users of AWS know.
fn signer(arguments: &Arguments) -> Result<Signer, Failure> {
    let environment = keys::environment();
    let (Some(key), Some(secret)) = (
        environment.variable("AWS_ACCESS_KEY_ID"),
        environment.variable("AWS_SECRET_ACCESS_KEY"),
    ) else {
        return Err(Failure::usage(
            "there is no key to sign with",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ));
    };
    let mut credentials = Credentials::new(key, secret);
    if let Some(token) = environment.variable("AWS_SESSION_TOKEN") {
        credentials = credentials.with_session_token(token);
    }
    Ok(Signer {
        credentials,
        region: arguments.region.clone(),
        at: arguments.at.clone(),
    })
}
