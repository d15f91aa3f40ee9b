//! The description of the interface as a page that needs no script and no network.

use std::collections::BTreeMap;

use askama::Template;
use serde_json::Value;
use utoipa::openapi::OpenApi;

/// The page.
#[derive(Template)]
#[template(path = "docs.html")]
struct Docs {
    groups: Vec<(String, Vec<Operation>)>,
    shapes: Vec<(String, String)>,
}

/// One method of one path.
struct Operation {
    method: String,
    path: String,
    summary: String,
    parameters: Vec<(String, String)>,
    body: Option<String>,
    answers: Vec<(String, String)>,
}

/// Makes the page from the description.
pub(super) fn page(document: &OpenApi) -> String {
    let document = serde_json::to_value(document).unwrap_or_default();
    let mut groups: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    let empty = serde_json::Map::new();
    let paths = document
        .get("paths")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap_or(&empty) {
            let tag = operation
                .pointer("/tags/0")
                .and_then(Value::as_str)
                .unwrap_or("other");
            let all = groups.entry(tag.to_owned()).or_default();
            all.push(of(method, path, operation));
        }
    }
    let shapes = document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    let shapes = shapes.unwrap_or(&empty).iter().map(|(name, shape)| {
        (
            name.clone(),
            serde_json::to_string_pretty(shape).unwrap_or_default(),
        )
    });
    let docs = Docs {
        groups: groups.into_iter().collect(),
        shapes: shapes.collect(),
    };
    docs.render().unwrap_or_default()
}

fn of(method: &str, path: &str, operation: &Value) -> Operation {
    let text = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let list = |name: &str| {
        operation
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let answers = operation
        .get("responses")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let body = operation
        .pointer("/requestBody/content")
        .and_then(Value::as_object);
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(operation, "summary"),
        parameters: list("parameters")
            .iter()
            .map(|one| (text(one, "name"), text(one, "description")))
            .collect(),
        body: body.and_then(|content| {
            let (media_type, of_type) = content.iter().next()?;
            Some(format!("{media_type}: {}", shape(of_type)))
        }),
        answers: answers
            .iter()
            .map(|(status, answer)| {
                let content = answer.get("content").and_then(Value::as_object);
                let content = content.and_then(|content| content.iter().next());
                let shown = content.map_or_else(
                    || text(answer, "description"),
                    |(media_type, of_type)| format!("{media_type}: {}", shape(of_type)),
                );
                (status.clone(), shown)
            })
            .collect(),
    }
}

/// The name of a shape, or its kind.
fn shape(content: &Value) -> String {
    let schema = content.get("schema").unwrap_or(&Value::Null);
    let name = schema.get("$ref").and_then(Value::as_str);
    let name = name.and_then(|name| name.rsplit('/').next());
    name.or_else(|| schema.get("type").and_then(Value::as_str))
        .unwrap_or("any")
        .to_owned()
}
