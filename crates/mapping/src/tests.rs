//! The built-in mappings hold against the built-in ontology, and do to real answers what they should.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use samos_knowledge::{Format, Knowledge, Snapshot, Source};
use samos_model::reply::CallError;
use samos_model::{Iri, Literal, Name, Request, Value, World};

use crate::{Answer, Mappings};

mod cases;
mod injection;
mod malformed;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All files with an ending below a folder, by name.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    fn walk(at: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.extension().is_some_and(|it| it == ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), ending, &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect()
}

static KNOWLEDGE: LazyLock<std::sync::Mutex<Knowledge>> = LazyLock::new(|| {
    let mut knowledge = Knowledge::new();
    for (name, text) in files("ontology", "ttl") {
        let _ = knowledge.load(&Source::new(name, text, Format::Turtle));
    }
    for (name, text) in files("ontology", "trig") {
        let _ = knowledge.load(&Source::new(name, text, Format::TriG));
    }
    for (name, text) in files("crates/mapping/src/tests", "ttl") {
        let _ = knowledge.load(&Source::new(name, text, Format::Turtle));
    }
    std::sync::Mutex::new(knowledge)
});

static WORLD: LazyLock<Snapshot> = LazyLock::new(|| KNOWLEDGE.lock().unwrap().world());

fn iri(name: &str) -> Iri {
    let mut knowledge = KNOWLEDGE.lock().unwrap();
    knowledge
        .expand(name)
        .unwrap_or_else(|| panic!("`{name}` has no known prefix"))
}

fn yaml(text: &str) -> serde_json::Value {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).unwrap()
}

fn mappings() -> Mappings {
    let (mappings, findings) = Mappings::load(&files("mappings", "yaml"));
    let errors: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    mappings
}

/// A request as a case writes it: arguments are names of entities or texts.
fn request(operation: &str, subject: &str, arguments: &serde_json::Value) -> Request {
    let operation = iri(operation);
    let world = &*WORLD;
    let specified = world.operation(&operation).expect("specified");
    let arguments = arguments
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, values)| {
            let parameter = specified.parameter(name).expect("a parameter");
            let one = |text: &serde_json::Value| {
                let text = crate::shape::plain(text);
                let entity = KNOWLEDGE
                    .lock()
                    .unwrap()
                    .expand(&text)
                    .filter(|iri| world.is_entity(iri));
                entity.map_or_else(
                    || Value::Literal(Literal::new(text, parameter.of_type.clone())),
                    Value::Entity,
                )
            };
            let values = match values {
                serde_json::Value::Array(values) => values.iter().map(one).collect(),
                value => vec![one(value)],
            };
            (Name::from(name.as_str()), values)
        })
        .collect();
    Request {
        operation,
        subject: iri(subject),
        arguments,
    }
}

#[test]
fn all_mapping_files_are_built_in() {
    let files = files("mappings", "yaml");
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (&**a, &**b)).collect();
    assert_eq!(crate::BUILT_IN, files);
}

#[test]
fn the_ontology_has_no_findings() {
    let findings = KNOWLEDGE.lock().unwrap().validate();
    let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(texts.is_empty(), "{}", texts.join("\n"));
}

#[test]
fn every_mapping_holds_against_the_specification() {
    let findings = mappings().validate(&*WORLD);
    let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(texts.is_empty(), "{}", texts.join("\n"));
}

#[test]
fn every_described_operation_is_mapped() {
    for row in mappings().coverage(&*WORLD) {
        let Some(provider) = &row.provider else {
            continue;
        };
        println!(
            "{}: {}/{} read, {}/{} change, {:?}",
            WORLD.compact(provider),
            row.information.mapped,
            row.information.specified,
            row.manipulation.mapped,
            row.manipulation.specified,
            row.libraries
        );
        let missing: Vec<String> = row.missing.iter().map(|it| WORLD.compact(it)).collect();
        assert!(missing.is_empty(), "not mapped: {}", missing.join(", "));
    }
}

#[test]
fn every_mapping_file_is_of_the_published_schema() {
    let schema: serde_json::Value = serde_json::from_str(crate::SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, text) in files("mappings", "yaml") {
        let document = yaml(&text);
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{name}: {} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema: serde_json::Value = serde_json::from_str(crate::SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let entry = |entry: &str| {
        format!(
            "format: 1\nlibrary: aws/test\nprefixes: {{ec2: \"https://w3id.org/samos/aws/ec2#\"}}\noperations:\n  ec2:StartInstance: {entry}\n"
        )
    };
    let request = "request: {operation: A}";
    for (text, is_right) in [
        (entry(&format!("{{{request}}}")), true),
        (
            entry(&format!("{{{request}, idempotent: true, ignore: [a]}}")),
            true,
        ),
        (
            entry("{request: [{when: {subject.key: a}, command: x}, {command: y}]}"),
            true,
        ),
        (entry("{}"), false),
        (entry("{request: {operation: A, command: b}}"), false),
        (entry("{request: {imput: {}}}"), false),
        (entry("{request: {method: GET, path: servers}}"), false),
        (
            entry("{request: {method: GET, path: /a, body: {yaml: a}}}"),
            false,
        ),
        (
            entry(&format!(
                "{{{request}, outcomes: {{a: {{path: b, header: c}}}}}}"
            )),
            false,
        ),
        (
            entry(&format!("{{{request}, outcomes: {{a: {{pth: b}}}}}}")),
            false,
        ),
        (
            entry(&format!(
                "{{{request}, confirm: {{poll: ec2:A, delay_ms: 1}}}}"
            )),
            false,
        ),
        (
            entry(&format!("{{{request}, errors: [{{class: odd}}]}}")),
            false,
        ),
        (
            entry(&format!("{{{request}, instead: {{odd: {{a: b}}}}}}")),
            false,
        ),
        ("format: 2\nlibrary: a/b\n".to_owned(), false),
        ("format: 1\n".to_owned(), false),
    ] {
        let document = yaml(&text);
        let by_schema = validator.is_valid(&document);
        let (_, findings) = Mappings::load(&[("x.yaml", &text)]);
        assert_eq!(by_schema, is_right, "schema: {text}");
        assert_eq!(findings.is_empty(), is_right, "reader: {text}{findings:?}");
    }
}
