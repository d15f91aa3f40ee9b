//! Credentials that something nearby serves: a program, the host of a container, the instance itself.

use std::time::Duration;

use http::{Method, Request};
use serde_json::Value;

use super::chain::{instant, nothing};
use super::{Credentials, Environment};
use crate::aws::error::Error;
use crate::transport::Transport;

const CONTAINER_HOST: &str = "http://169.254.170.2";
const INSTANCE_HOST: &str = "http://169.254.169.254";
/// Whoever is not on an instance should not wait long to learn it.
const INSTANCE_WITHIN: Duration = Duration::from_secs(1);
const CONTAINER_WITHIN: Duration = Duration::from_secs(5);
const PROCESS_WITHIN: Duration = Duration::from_secs(60);

/// What the program of a profile prints.
pub(super) async fn of_process(command: &str) -> Result<Credentials, Error> {
    let mut words = words(command).into_iter();
    let program = words
        .next()
        .ok_or_else(|| nothing("credential_process is empty"))?;
    let mut process = tokio::process::Command::new(&program);
    process
        .args(words)
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true);
    let ended = tokio::time::timeout(PROCESS_WITHIN, process.output())
        .await
        .map_err(|_| {
            nothing(&format!(
                "credential_process `{program}` took more than a minute"
            ))
        })?
        .map_err(|error| {
            nothing(&format!(
                "credential_process `{program}` does not start: {error}"
            ))
        })?;
    if !ended.status.success() {
        // What it said may quote a secret.
        return Err(nothing(&format!(
            "credential_process `{program}` ended with {}",
            ended.status
        )));
    }
    let told: Value = serde_json::from_slice(&ended.stdout)
        .map_err(|_| nothing(&format!("credential_process `{program}` printed no JSON")))?;
    if told.get("Version").and_then(Value::as_u64) != Some(1) {
        return Err(nothing(&format!(
            "credential_process `{program}` speaks another version than 1"
        )));
    }
    credentials(&told, "SessionToken").ok_or_else(|| {
        nothing(&format!(
            "credential_process `{program}` printed no AccessKeyId"
        ))
    })
}

/// What the host of a container serves, where there is one.
pub(super) async fn of_container(
    environment: &Environment,
    transport: &Transport,
) -> Result<Option<Credentials>, Error> {
    let address = match (
        environment.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
        environment.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    ) {
        (Some(path), _) => format!("{CONTAINER_HOST}{path}"),
        (None, Some(address)) => address.to_owned(),
        (None, None) => return Ok(None),
    };
    let token = match environment.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(file) => Some(
            std::fs::read_to_string(file)
                .map_err(|error| nothing(&format!("cannot read `{file}`: {error}")))?,
        ),
        None => environment
            .variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")
            .map(str::to_owned),
    };
    check_container_host(&address)?;
    let headers: Vec<(&str, &str)> = token
        .iter()
        .map(|token| ("authorization", token.trim()))
        .collect();
    let body = fetch(transport, Method::GET, &address, &headers, CONTAINER_WITHIN)
        .await
        .ok_or_else(|| nothing("the container's credential address does not answer"))?;
    let told = serde_json::from_str(&body).unwrap_or(Value::Null);
    let found = credentials(&told, "Token");
    found
        .map(Some)
        .ok_or_else(|| nothing("the container's credential address serves none"))
}

/// A token is sent in the clear only to this machine and the two addresses that hosts of containers have.
fn check_container_host(address: &str) -> Result<(), Error> {
    let host = address.split("://").nth(1).unwrap_or_default();
    let host = host.split(['/', '?']).next().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let near = [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "169.254.170.2",
        "169.254.170.23",
        "[fd00:ec2::23]",
    ];
    if address.starts_with("https://") || near.contains(&name) {
        return Ok(());
    }
    Err(nothing(&format!(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI names `{host}`: only https, or this machine"
    )))
}

/// What the instance that we run on serves, where it is one.
pub(super) async fn of_instance(
    environment: &Environment,
    transport: &Transport,
) -> Result<Option<Credentials>, Error> {
    if environment.is_true("AWS_EC2_METADATA_DISABLED") {
        return Ok(None);
    }
    let host = environment
        .variable("AWS_EC2_METADATA_SERVICE_ENDPOINT")
        .unwrap_or(INSTANCE_HOST);
    let host = host.trim_end_matches('/');
    let life = [("x-aws-ec2-metadata-token-ttl-seconds", "21600")];
    let address = format!("{host}/latest/api/token");
    let Some(token) = fetch(transport, Method::PUT, &address, &life, INSTANCE_WITHIN).await else {
        return Ok(None);
    };
    let proof = [("x-aws-ec2-metadata-token", token.trim())];
    let roles = format!("{host}/latest/meta-data/iam/security-credentials/");
    let Some(role) = fetch(transport, Method::GET, &roles, &proof, INSTANCE_WITHIN).await else {
        return Ok(None);
    };
    let role = role.lines().next().unwrap_or_default().trim();
    let Some(body) = fetch(
        transport,
        Method::GET,
        &format!("{roles}{role}"),
        &proof,
        INSTANCE_WITHIN,
    )
    .await
    else {
        return Ok(None);
    };
    let told = serde_json::from_str(&body).unwrap_or(Value::Null);
    let found = credentials(&told, "Token");
    found
        .map(Some)
        .ok_or_else(|| nothing("the instance's metadata serve no credentials for its role"))
}

/// The text of an answer that says all is well.
async fn fetch(
    transport: &Transport,
    method: Method,
    address: &str,
    headers: &[(&str, &str)],
    within: Duration,
) -> Option<String> {
    let mut request = Request::builder().method(method).uri(address);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = transport
        .exchange(request.body(Vec::new()).ok()?, within)
        .await
        .ok()?;
    if !answer.status().is_success() {
        return None;
    }
    String::from_utf8(answer.into_body().to_vec()).ok()
}

fn credentials(told: &Value, token: &str) -> Option<Credentials> {
    let text = |name: &str| told.get(name).and_then(Value::as_str);
    let mut credentials = Credentials::new(text("AccessKeyId")?, text("SecretAccessKey")?);
    credentials.session_token = text(token).map(|token| token.to_owned().into());
    credentials.expires = text("Expiration").and_then(instant);
    Some(credentials)
}

/// The words of a command line, quotes respected.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut is_open) = (Vec::new(), String::new(), None, false);
    for letter in command.chars() {
        match (letter, quote) {
            (letter, Some(mark)) if letter == mark => quote = None,
            (letter, Some(_)) => word.push(letter),
            ('"' | '\'', None) => {
                quote = Some(letter);
                is_open = true;
            }
            (letter, None) if letter.is_whitespace() => {
                if is_open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                is_open = false;
            }
            (letter, None) => word.push(letter),
        }
    }
    if is_open || !word.is_empty() {
        words.push(word);
    }
    words
}
