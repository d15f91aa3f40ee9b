//! Where calls go: the vendor's endpoint rules, and addresses of one's own.

mod functions;
mod rules;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use rules::{Endpoint, Partitions, RuleSet};

use super::error::Error;
use super::model::{Operation, Service};
use super::request::ServiceAddress;

/// What decides where a call goes, beside the operation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Whereabouts {
    pub(crate) region: String,
    /// An address of one's own.
    pub(crate) address: Option<String>,
    pub(crate) is_fips: bool,
    pub(crate) is_dual_stack: bool,
}

/// Where a call goes and how it is signed.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    pub(crate) address: ServiceAddress,
    pub(crate) signing_name: Option<String>,
    pub(crate) signing_region: Option<String>,
    /// The path is signed as it is sent.
    pub(crate) is_signed_as_sent: bool,
    /// The bucket stands in the address.
    pub(crate) has_bucket: bool,
    pub(crate) headers: Vec<(String, String)>,
}

/// Resolves the destination of an operation with this input.
pub(crate) fn destination(
    service: &Service,
    operation: &Operation,
    rules: Option<&RuleSet>,
    partitions: &Partitions,
    input: &Value,
    whereabouts: &Whereabouts,
) -> Result<Destination, Error> {
    let Some(rules) = rules else {
        return without_rules(service, whereabouts);
    };
    let parameters = parameters(service, operation, input, whereabouts)?;
    let endpoint = rules.resolve(&parameters, partitions)?;
    let scheme = endpoint.scheme()?;
    let text = |name: &str| {
        let text = scheme
            .as_ref()
            .and_then(|scheme| scheme.get(name))
            .and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let flag = |name: &str| {
        scheme
            .as_ref()
            .and_then(|scheme| scheme.get(name))
            .and_then(Value::as_bool)
    };
    let takes_bucket = operation.http.request_uri.starts_with("/{Bucket}");
    Ok(Destination {
        address: ServiceAddress::parse(&endpoint.url)?,
        signing_name: text("signingName"),
        signing_region: text("signingRegion"),
        is_signed_as_sent: flag("disableDoubleEncoding").unwrap_or(false),
        has_bucket: takes_bucket && parameters.contains_key("Bucket"),
        headers: endpoint.headers,
    })
}

fn without_rules(service: &Service, whereabouts: &Whereabouts) -> Result<Destination, Error> {
    let address = match &whereabouts.address {
        Some(address) => address.clone(),
        None => {
            let prefix =
                service
                    .metadata
                    .endpoint_prefix
                    .as_deref()
                    .ok_or_else(|| Error::Endpoint {
                        message: "the model names none and has no endpoint rules".to_owned(),
                    })?;
            format!("https://{prefix}.{}.amazonaws.com", whereabouts.region)
        }
    };
    Ok(Destination {
        address: ServiceAddress::parse(&address)?,
        signing_name: None,
        signing_region: None,
        is_signed_as_sent: false,
        has_bucket: false,
        headers: Vec::new(),
    })
}

/// What the rules ask for: built in, from the operation, from the input.
fn parameters(
    service: &Service,
    operation: &Operation,
    input: &Value,
    whereabouts: &Whereabouts,
) -> Result<BTreeMap<String, Value>, Error> {
    let mut parameters = BTreeMap::new();
    let mut set = |name: &str, value: Value| parameters.insert(name.to_owned(), value);
    if !whereabouts.region.is_empty() {
        set("Region", whereabouts.region.as_str().into());
    }
    set("UseFIPS", whereabouts.is_fips.into());
    set("UseDualStack", whereabouts.is_dual_stack.into());
    if let Some(address) = &whereabouts.address {
        set("Endpoint", address.as_str().into());
        // Who gives S3 an address of their own seldom has a wildcard in their name server.
        set("ForcePathStyle", true.into());
    }
    for (name, fixed) in &operation.static_context_params {
        set(name, fixed.value.clone());
    }
    if let (Some(shape), Some(input)) = (&operation.input, input.as_object()) {
        let shape = service.member(shape)?;
        for entry in shape.members() {
            let (name, member) = entry?;
            let context = member.reference.context_param.as_ref();
            if let (Some(context), Some(value)) = (context, given(input, name)) {
                set(&context.name, value.clone());
            }
        }
    }
    Ok(parameters)
}

fn given<'v>(input: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    input.get(name).filter(|value| !value.is_null())
}
