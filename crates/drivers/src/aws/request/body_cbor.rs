//! The protocol Smithy RPC v2 with CBOR bodies.

use super::{Asked, RenderedRequest};
use crate::aws::cbor;
use crate::aws::error::Error;

pub(super) fn write(asked: &Asked<'_>, request: &mut RenderedRequest) -> Result<(), Error> {
    let metadata = &asked.service.metadata;
    let target = metadata.target_prefix.as_deref().unwrap_or_default();
    request.method = "POST".to_owned();
    request.uri = format!("/service/{target}/operation/{}", asked.name);
    request.set_header("smithy-protocol", "rpc-v2-cbor");
    request.set_header("Accept", "application/cbor");
    if metadata.aws_query_compatible.is_some() {
        request.set_header("x-amzn-query-mode", "true");
    }
    if let Some(shape) = &asked.shape {
        request.body = cbor::encode(shape, asked.input)?;
        request.set_header("Content-Type", "application/cbor");
    }
    Ok(())
}
