//! Every case of the vendor's signature suite.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use samos_drivers::aws::{Credentials, RenderedRequest, SignedPath, SigningScope, sign};

use crate::fetch;

/// 30 August 2015, 12:36:00 UTC: when all cases were signed.
const TIME: Duration = Duration::from_secs(1_440_938_160);

#[test]
fn every_signature() {
    let mut folders = Vec::new();
    collect(
        &fetch::botocore().join("tests/unit/auth/aws4_testsuite"),
        &mut folders,
    );
    folders.sort();
    let mut failed = Vec::new();
    for folder in &folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let text = |kind: &str| {
            std::fs::read_to_string(folder.join(format!("{name}.{kind}")))
                .unwrap()
                .replace('\r', "")
        };
        let (mut request, was_raw) = request(&text("req"));
        let token = text("creq").lines().find_map(|line| {
            line.strip_prefix("x-amz-security-token:")
                .map(str::to_owned)
        });
        let mut credentials =
            Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        if let Some(token) = token {
            credentials = credentials.with_session_token(token);
        }
        let scope = SigningScope {
            service: "service".into(),
            region: "us-east-1".into(),
            // The canonical path escapes what is sent once more; where we had to escape it before sending, it is done.
            path: if was_raw {
                SignedPath::EscapedOnce
            } else {
                SignedPath::EscapedTwice
            },
            unsigned_payload: false,
        };
        let signed = sign(
            &mut request,
            &credentials,
            &scope,
            SystemTime::UNIX_EPOCH + TIME,
        );
        let found = request.header("authorization").unwrap_or_default();
        if signed.is_err() || found != text("authz").trim() {
            failed.push(format!(
                "{name}: {signed:?}\n   is {found}\n  not {}",
                text("authz")
            ));
        }
    }
    println!(
        "signatures: {} of {}",
        folders.len() - failed.len(),
        folders.len()
    );
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!(folders.len(), 34);
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "req") {
            found.push(folder.to_owned());
        }
    }
}

/// Takes apart what would be sent, and tells whether its request line could not be sent as it stands.
fn request(text: &str) -> (RenderedRequest, bool) {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let line = lines.next().unwrap();
    let (method, rest) = line.split_once(' ').unwrap();
    let (uri, _) = rest.rsplit_once(' ').unwrap();
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        match line.split_once(':') {
            Some((name, value)) if !line.starts_with(' ') => {
                headers.push((name.to_owned(), value.to_owned()))
            }
            // A value goes on in the next line.
            _ => {
                let (_, value) = headers.last_mut().unwrap();
                value.push_str(&format!(" {}", line.trim()));
            }
        }
    }
    let host = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("host"))
        .unwrap()
        .1
        .clone();
    let request = RenderedRequest {
        method: method.to_owned(),
        scheme: "https".to_owned(),
        host,
        uri: escaped(uri),
        headers,
        body: body.as_bytes().to_vec(),
    };
    let was_raw = request.uri != uri;
    (request, was_raw)
}

/// What a client escapes before it sends: the suite's request lines are raw.
fn escaped(uri: &str) -> String {
    uri.bytes()
        .map(|byte| match byte {
            b' ' => "%20".to_owned(),
            byte if byte.is_ascii() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
