//! Checksums of a request's body, where the model asks for one.

use crc::{CRC_32_ISCSI, CRC_32_ISO_HDLC, CRC_64_NVME, Crc};
use md5::{Digest as _, Md5};
use serde_json::Value;
use sha1::Sha1;
use sha2::Sha256;

use super::error::Error;
use super::request::{Asked, RenderedRequest};
use super::value::base64_text;

/// Adds the header that the operation's model asks for, unless the input brought one.
pub(crate) fn add(asked: &Asked<'_>, request: &mut RenderedRequest) -> Result<(), Error> {
    let brought = |(name, _): &(String, String)| {
        let name = name.to_ascii_lowercase();
        name == "content-md5" || name.starts_with("x-amz-checksum-")
    };
    if request.headers.iter().any(brought) {
        return Ok(());
    }
    let Some(checksum) = &asked.operation.http_checksum else {
        if asked.operation.http_checksum_required {
            request.set_header("Content-MD5", base64_text(&Md5::digest(&request.body)));
        }
        return Ok(());
    };
    let member = checksum.request_algorithm_member.as_deref();
    let wanted = member
        .and_then(|member| asked.input.get(member))
        .and_then(Value::as_str);
    if member.is_none() && !checksum.request_checksum_required {
        return Ok(());
    }
    let algorithm = wanted.unwrap_or("CRC32");
    let sum = sum(algorithm, &request.body).ok_or_else(|| {
        let message = format!(
            "checksum `{algorithm}` is not supported: CRC32, CRC32C, CRC64NVME, SHA1 or SHA256"
        );
        Error::input(member.unwrap_or_default(), message)
    })?;
    if let Some((member, header)) = member.and_then(|member| {
        let reference = asked.shape?.shape.members.get(member)?;
        Some((member, reference.location_name.as_deref()?))
    }) && wanted.is_none()
        && asked
            .shape
            .is_some_and(|shape| shape.shape.members.contains_key(member))
    {
        request.set_header(header, algorithm);
    }
    request.set_header(
        &format!("x-amz-checksum-{}", algorithm.to_ascii_lowercase()),
        base64_text(&sum),
    );
    Ok(())
}

fn sum(algorithm: &str, body: &[u8]) -> Option<Vec<u8>> {
    Some(match algorithm {
        "CRC32" => Crc::<u32>::new(&CRC_32_ISO_HDLC)
            .checksum(body)
            .to_be_bytes()
            .to_vec(),
        "CRC32C" => Crc::<u32>::new(&CRC_32_ISCSI)
            .checksum(body)
            .to_be_bytes()
            .to_vec(),
        "CRC64NVME" => Crc::<u64>::new(&CRC_64_NVME)
            .checksum(body)
            .to_be_bytes()
            .to_vec(),
        "SHA1" => Sha1::digest(body).to_vec(),
        "SHA256" => Sha256::digest(body).to_vec(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_values_of_the_algorithms() {
        let sum_of = |algorithm| base64_text(&sum(algorithm, b"123456789").unwrap());
        // The published check values of the CRC catalogue.
        assert_eq!(
            sum("CRC32", b"123456789").unwrap(),
            0xcbf4_3926_u32.to_be_bytes()
        );
        assert_eq!(
            sum("CRC32C", b"123456789").unwrap(),
            0xe306_9283_u32.to_be_bytes()
        );
        assert_eq!(
            sum("CRC64NVME", b"123456789").unwrap(),
            0xae8b_1486_0a79_9888_u64.to_be_bytes()
        );
        assert_eq!(sum_of("SHA1"), "98O8HYCOBHMq32eZZczDTKeuNEE=");
    }
}
