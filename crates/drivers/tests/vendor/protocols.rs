//! Every case of the protocol suites, as a user of `samos render --model` and `samos read --model` meets them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use samos_drivers::aws::{self, RenderOptions, RenderedRequest, Service, Timestamps};
use serde_json::{Value, json};

use crate::fetch;

#[test]
fn every_request_of_the_suites() {
    run("input", request);
}

#[test]
fn every_response_of_the_suites() {
    run("output", response);
}

/// Runs all cases of one direction and holds those that fail against the list of those that may.
fn run(direction: &str, try_case: fn(&Service, &Value, Spoken) -> Result<(), String>) {
    let folder = fetch::botocore()
        .join("tests/unit/protocols")
        .join(direction);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let (mut report, mut failed) = (String::new(), BTreeMap::new());
    let (mut all, mut all_passed) = (0, 0);
    for file in files {
        let name = format!(
            "{direction}/{}",
            file.file_name().unwrap().to_string_lossy()
        );
        let suites: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let (mut cases, mut passed) = (0, 0);
        for suite in suites.as_array().unwrap() {
            for case in suite["cases"].as_array().unwrap() {
                cases += 1;
                let spoken = Spoken {
                    is_cbor: suite["metadata"]["protocol"] == "smithy-rpc-v2-cbor",
                };
                match try_case(&service(suite, case), case, spoken) {
                    Ok(()) => passed += 1,
                    Err(why) => {
                        failed.insert(format!("{name} {}", case["id"].as_str().unwrap()), why);
                    }
                }
            }
        }
        writeln!(report, "{name}: {passed} of {cases}").unwrap();
        all += cases;
        all_passed += passed;
    }
    println!("{report}{direction}: {all_passed} of {all}");
    let expected: Vec<&str> = include_str!("expected_failures.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && line.starts_with(direction))
        .collect();
    let is_expected = |case: &str| {
        expected
            .iter()
            .any(|line| line.starts_with(&format!("{case} ")))
    };
    let surprises: Vec<_> = failed
        .iter()
        .filter(|(case, _)| !is_expected(case))
        .collect();
    for (case, why) in &surprises {
        println!("\n{case}\n{why}");
    }
    assert!(
        surprises.is_empty(),
        "{} cases fail that should pass",
        surprises.len()
    );
    let stale = expected
        .iter()
        .filter(|line| !failed.keys().any(|case| line.starts_with(case.as_str())));
    assert_eq!(
        stale.collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "listed as failing, and pass"
    );
}

/// What a case cannot say itself.
#[derive(Clone, Copy)]
struct Spoken {
    is_cbor: bool,
}

/// A model file made of a suite's metadata and shapes and the case's operation.
fn service(suite: &Value, case: &Value) -> Service {
    let mut file = json!({
        "metadata": suite["metadata"],
        "shapes": suite["shapes"],
        "operations": { case["given"]["name"].as_str().unwrap(): case["given"] },
    });
    if let Some(address) = suite.get("clientEndpoint") {
        file["clientEndpoint"] = address.clone();
    }
    Service::parse(file.to_string()).unwrap()
}

fn request(service: &Service, case: &Value, spoken: Spoken) -> Result<(), String> {
    let operation = case["given"]["name"].as_str().unwrap();
    let wanted = &case["serialized"];
    let request = aws::render(
        service,
        operation,
        &case["params"],
        &RenderOptions::default(),
    )
    .map_err(|error| error.to_string())?;
    let text = |name: &str| wanted[name].as_str().unwrap_or_default();
    same("method", request.method.as_str(), text("method"))?;
    same("uri", request.uri.as_str(), text("uri"))?;
    if let Some(host) = wanted["host"].as_str() {
        // The suites write the path of the address there too.
        same(
            "host",
            request.host.as_str(),
            host.split('/').next().unwrap(),
        )?;
    }
    for (name, value) in wanted["headers"].as_object().into_iter().flatten() {
        let found = request
            .header(name)
            .ok_or_else(|| format!("header {name} is missing"))?;
        same(name, found, value.as_str().unwrap())?;
    }
    for name in wanted["requireHeaders"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        request
            .header(name)
            .ok_or_else(|| format!("header {name} is missing"))?;
    }
    for name in wanted["forbidHeaders"].as_array().into_iter().flatten() {
        if let Some(found) = request.header(name.as_str().unwrap()) {
            return Err(format!("header {name} must not be there, it is {found}"));
        }
    }
    match wanted["body"].as_str() {
        Some(body) => same_body(&request, spoken, body),
        None => Ok(()),
    }
}

fn same_body(request: &RenderedRequest, spoken: Spoken, wanted: &str) -> Result<(), String> {
    if spoken.is_cbor && !wanted.is_empty() {
        let wanted = BASE64_STANDARD.decode(wanted).unwrap();
        return same("body", &cbor(&request.body)?, &cbor(&wanted)?);
    }
    let body = std::str::from_utf8(&request.body).map_err(|error| error.to_string())?;
    let kind = request.header("content-type").unwrap_or_default();
    if kind.contains("json") && !wanted.is_empty() {
        let parse = |text: &str| {
            serde_json::from_str::<Value>(text).map_err(|error| format!("{error} in {text}"))
        };
        return same("body", &parse(body)?, &parse(wanted)?);
    }
    if kind.contains("xml") && wanted.trim_start().starts_with('<') {
        return same("body", &xml(body)?, &xml(wanted)?);
    }
    same("body", body, wanted)
}

fn response(service: &Service, case: &Value, spoken: Spoken) -> Result<(), String> {
    let operation = case["given"]["name"].as_str().unwrap();
    let told = &case["response"];
    let headers: Vec<(String, String)> = told["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    let body = told["body"].as_str().unwrap_or_default();
    let body = if spoken.is_cbor {
        BASE64_STANDARD.decode(body).unwrap()
    } else {
        body.as_bytes().to_vec()
    };
    let status = u16::try_from(told["status_code"].as_u64().unwrap()).unwrap();
    let reading = aws::read(
        service,
        operation,
        status,
        &headers,
        &body,
        Timestamps::Epoch,
    )
    .map_err(|error| error.to_string())?;
    let wanted = match case.get("error") {
        Some(fields) => json!({"error": {
            "code": case["errorCode"],
            "message": case.get("errorMessage").cloned().unwrap_or_default(),
            "fields": fields,
        }}),
        None => json!({"outcome": case["result"]}),
    };
    let mut found = reading.to_json();
    if case.get("error").is_some() && case.get("errorMessage").is_none() {
        found["error"]["message"] = Value::Null;
    }
    same(
        "reading",
        &number_by_value(&found),
        &number_by_value(&wanted),
    )
}

fn same<T: PartialEq + std::fmt::Debug + ?Sized>(
    what: &str,
    found: &T,
    wanted: &T,
) -> Result<(), String> {
    if found == wanted {
        Ok(())
    } else {
        Err(format!("{what}\n   is {found:?}\n  not {wanted:?}"))
    }
}

/// `1` and `1.0` are one number.
fn number_by_value(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64().unwrap()),
        Value::Array(values) => values.iter().map(number_by_value).collect(),
        Value::Object(object) => Value::Object(
            object
                .iter()
                .map(|(name, value)| (name.clone(), number_by_value(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// CBOR as another library reads it, in one spelling.
fn cbor(bytes: &[u8]) -> Result<String, String> {
    let value: ciborium::Value = ciborium::from_reader(bytes).map_err(|error| error.to_string())?;
    Ok(spelt(&value))
}

fn spelt(value: &ciborium::Value) -> String {
    match value {
        ciborium::Value::Map(entries) => {
            let mut entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", spelt(key), spelt(value)))
                .collect();
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
        ciborium::Value::Array(values) => {
            format!("{:?}", values.iter().map(spelt).collect::<Vec<_>>())
        }
        ciborium::Value::Tag(tag, value) => format!("{tag}({})", spelt(value)),
        ciborium::Value::Integer(number) => format!("{}", i128::from(*number) as f64),
        ciborium::Value::Float(number) => format!("{number}"),
        other => format!("{other:?}"),
    }
}

/// XML as nested text, white space between elements left out.
fn xml(text: &str) -> Result<String, String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text.trim());
    let (mut shown, mut held, mut after_start) = (String::new(), String::new(), false);
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => {
                held.clear();
                let mut attributes: Vec<String> = tag
                    .attributes()
                    .map(|attribute| {
                        let attribute = attribute.unwrap();
                        let value = attribute.unescape_value().unwrap();
                        format!(
                            "{}={value}",
                            String::from_utf8_lossy(attribute.key.as_ref())
                        )
                    })
                    .collect();
                attributes.sort();
                let name = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
                write!(shown, "<{name} {}>", attributes.join(" ")).unwrap();
                after_start = true;
            }
            Event::End(tag) => {
                if after_start {
                    shown.push_str(&held);
                }
                held.clear();
                after_start = false;
                write!(shown, "</{}>", String::from_utf8_lossy(tag.name().as_ref())).unwrap();
            }
            Event::Text(text) => {
                held.push_str(&text.unescape().map_err(|error| error.to_string())?)
            }
            Event::Eof => return Ok(shown),
            Event::Empty(_) => return Err("an empty element".into()),
            _ => {}
        }
    }
}
