//! Findings as SARIF 2.1.0, the form that code hosts and editors read.

use samos::{Finding, Severity};
use serde_json::{Value, json};

/// One run of `samos validate` as a SARIF log.
pub(crate) fn log(findings: &[Finding]) -> Value {
    let mut rules: Vec<&str> = findings.iter().map(|finding| &*finding.code).collect();
    rules.sort_unstable();
    rules.dedup();
    let rules: Vec<Value> = rules
        .iter()
        .map(|code| match samos::model::codes::entry(code) {
            Some(entry) => json!({
                "id": code,
                "shortDescription": {"text": entry.title},
                "fullDescription": {"text": entry.explanation},
            }),
            None => json!({"id": code}),
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "samos",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(finding: &Finding) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let text = if finding.help.is_empty() {
        finding.message.clone()
    } else {
        format!("{} ({})", finding.message, finding.help)
    };
    let mut result = json!({
        "ruleId": finding.code,
        "level": level,
        "message": {"text": text},
    });
    if let (Some(place), Some(fields)) = (&finding.place, result.as_object_mut()) {
        fields.insert(
            "locations".to_owned(),
            json!([{"physicalLocation": {
                "artifactLocation": {"uri": place.file},
                "region": {"startLine": place.line, "startColumn": place.column},
            }}]),
        );
    }
    result
}
