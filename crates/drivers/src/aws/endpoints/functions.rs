//! The functions that endpoint rules call.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};

use super::rules::Partitions;
use crate::aws::error::Error;
use crate::aws::value::percent_encoded;

/// Calls a function; null stands for no value.
pub(super) fn call(
    name: &str,
    arguments: &[Value],
    partitions: &Partitions,
) -> Result<Value, Error> {
    let argument = |index: usize| arguments.get(index).unwrap_or(&Value::Null);
    let text = |index: usize| argument(index).as_str();
    let flag = |index: usize| argument(index).as_bool().unwrap_or(false);
    Ok(match name {
        "isSet" => Value::Bool(!argument(0).is_null()),
        "not" => Value::Bool(matches!(argument(0), Value::Null | Value::Bool(false))),
        "booleanEquals" | "stringEquals" => Value::Bool(argument(0) == argument(1)),
        "getAttr" => attribute(argument(0), text(1).unwrap_or_default()),
        "substring" => text(0)
            .and_then(|text| {
                let place = |index: usize| {
                    argument(index)
                        .as_u64()
                        .and_then(|at| usize::try_from(at).ok())
                };
                substring(text, place(1)?, place(2)?, flag(3))
            })
            .map_or(Value::Null, Value::from),
        "isValidHostLabel" => Value::Bool(text(0).is_some_and(|text| is_host_label(text, flag(1)))),
        "uriEncode" => text(0).map_or(Value::Null, |text| percent_encoded(text).into()),
        "parseURL" => text(0).and_then(parsed_address).unwrap_or(Value::Null),
        "aws.partition" => partitions
            .of_region(text(0).unwrap_or_default())
            .cloned()
            .unwrap_or(Value::Null),
        "aws.parseArn" => text(0).and_then(parsed_arn).unwrap_or(Value::Null),
        "aws.isVirtualHostableS3Bucket" => {
            Value::Bool(text(0).is_some_and(|text| is_hostable_bucket(text, flag(1))))
        }
        other => {
            return Err(Error::model(format!(
                "the endpoint rules call `{other}`, which is not known"
            )));
        }
    })
}

/// Follows `a.b[1]`.
fn attribute(value: &Value, path: &str) -> Value {
    let mut value = value;
    for part in path.split('.') {
        let (name, index) = match part.split_once('[') {
            Some((name, index)) => (name, index.trim_end_matches(']').parse::<usize>().ok()),
            None => (part, None),
        };
        let named = if name.is_empty() {
            Some(value)
        } else {
            value.get(name)
        };
        let found = match index {
            Some(index) => named.and_then(|value| value.get(index)),
            None => named,
        };
        let Some(found) = found else {
            return Value::Null;
        };
        value = found;
    }
    value.clone()
}

fn substring(text: &str, start: usize, stop: usize, from_end: bool) -> Option<String> {
    if start >= stop || text.len() < stop || !text.is_ascii() {
        return None;
    }
    let range = if from_end {
        text.len() - stop..text.len() - start
    } else {
        start..stop
    };
    text.get(range).map(str::to_owned)
}

fn is_host_label(text: &str, with_dots: bool) -> bool {
    if with_dots {
        return text.split('.').all(|label| is_host_label(label, false));
    }
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    (1..=63).contains(&text.len())
        && text.chars().all(fits)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_hostable_bucket(text: &str, with_dots: bool) -> bool {
    (3..=63).contains(&text.len())
        && !text.chars().any(|letter| letter.is_ascii_uppercase())
        && text.parse::<Ipv4Addr>().is_err()
        && is_host_label(text, with_dots)
}

fn parsed_arn(text: &str) -> Option<Value> {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next();
    let (arn, partition, service) = (next()?, next()?, next()?);
    let (region, account, resource) = (next()?, next()?, next()?);
    if arn != "arn" || partition.is_empty() || service.is_empty() || resource.is_empty() {
        return None;
    }
    let resource: Vec<&str> = resource.split([':', '/']).collect();
    Some(json!({
        "partition": partition,
        "service": service,
        "region": region,
        "accountId": account,
        "resourceId": resource,
    }))
}

fn parsed_address(text: &str) -> Option<Value> {
    let (scheme, rest) = text.split_once("://")?;
    if !matches!(scheme, "http" | "https") || rest.contains('?') {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if host.is_empty() || port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return None;
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_ip = host.parse::<Ipv4Addr>().is_ok()
        || (host.starts_with('[') && bare.parse::<Ipv6Addr>().is_ok());
    let slash = if path.ends_with('/') { "" } else { "/" };
    Some(json!({
        "scheme": scheme,
        "authority": authority,
        "path": path,
        "normalizedPath": format!("{path}{slash}"),
        "isIp": is_ip,
    }))
}
