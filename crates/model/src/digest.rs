//! Fingerprints: SHA-256 over canonical JSON (RFC 8785).

use serde::Serialize;
use sha2::Digest as _;

/// A SHA-256.
pub type Sha256 = [u8; 32];

/// The SHA-256 of bytes.
#[must_use = "computing has no other effect"]
pub fn digest(bytes: &[u8]) -> Sha256 {
    sha2::Sha256::digest(bytes).into()
}

/// `sha256:` and the hexadecimal SHA-256 of bytes.
#[must_use = "computing has no other effect"]
pub fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("sha256:");
    for byte in digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The SHA-256 of a value's canonical JSON.
///
/// # Errors
/// When the value cannot be written as JSON (a number that is not finite).
pub fn of_json(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value).map(|bytes| sha256(&bytes))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_order_of_keys_does_not_matter() {
        let left = serde_json::json!({"b": 1.0, "a": [true]});
        let right = serde_json::json!({"a": [true], "b": 1});
        assert_eq!(
            super::of_json(&left).unwrap(),
            super::of_json(&right).unwrap()
        );
        assert_eq!(super::sha256(b"").len(), "sha256:".len() + 64);
    }
}
