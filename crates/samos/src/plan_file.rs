//! Plan files: reading what `--out` wrote, or what a script kept of an answer.

use std::fs;
use std::path::Path;

use samos_model::codes::interface as codes;
use samos_model::plan::FORMAT;
use samos_model::{Finding, Place, Plan};

use crate::Error;

/// Reads a plan from a file.
///
/// # Errors
/// When there is no such file, or it is not one plan as samos writes it.
pub fn read_plan(path: impl AsRef<Path>) -> Result<Plan, Error> {
    let path = path.as_ref();
    let text = fs::read_to_string(path).map_err(|error| Error::file(path, "read", &error))?;
    parse_plan(&text, &path.to_string_lossy())
}

/// Reads a plan from text; `name` is what findings call it. A whole answer will do when it has exactly one plan.
///
/// # Errors
/// When it is not one plan as samos writes it.
pub fn parse_plan(text: &str, name: &str) -> Result<Plan, Error> {
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| not_a_plan(name, &error))?;
    if let Some(plans) = value.get("plans").and_then(|plans| plans.as_array()) {
        return match plans.as_slice() {
            [only] => {
                serde_json::from_value(only.clone()).map_err(|error| not_a_plan(name, &error))
            }
            several => Err(Finding::error(
                codes::NOT_A_PLAN,
                format!(
                    "`{name}` is an answer with {} plans, not one plan",
                    several.len()
                ),
                "keep one of its `plans`, or save the best with --out FILE",
            )
            .into()),
        };
    }
    match value.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format != u64::from(FORMAT) => Err(Finding::error(
            codes::NOT_A_PLAN,
            format!("`{name}` is a plan of format {format}; this samos reads format {FORMAT}"),
            "ask the question again with this version",
        )
        .into()),
        _ => serde_json::from_str(text).map_err(|error| not_a_plan(name, &error)),
    }
}

fn not_a_plan(name: &str, error: &serde_json::Error) -> Error {
    let mut message = error.to_string();
    if let Some(at) = message.find(" at line ") {
        message.truncate(at);
    }
    let finding = Finding::error(
        codes::NOT_A_PLAN,
        format!("`{name}` is not a plan: {message}"),
        "make one with `samos plan … --out FILE` or `samos connect … --out FILE`",
    );
    let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
    let column = u32::try_from(error.column()).unwrap_or(u32::MAX);
    if line == 0 {
        return finding.into();
    }
    finding
        .at(Place {
            file: name.to_owned(),
            line,
            column: column.max(1),
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::parse_plan;

    #[test]
    fn what_is_no_plan_is_told_with_its_place() {
        for (text, line) in [
            ("{\n \"format\": 1,\n}", 3),
            ("{\"format\": 1}", 1),
            ("[]", 1),
            ("", 1),
        ] {
            let error = parse_plan(text, "a.plan").unwrap_err();
            let finding = error.findings().first().unwrap();
            assert_eq!(finding.code, "I0201", "{text}");
            let place = finding.place.as_ref();
            assert_eq!(
                place.map_or(1, |place| place.line),
                line,
                "{text}: {finding}"
            );
        }
        let error = parse_plan("{\"format\": 9}", "a.plan").unwrap_err();
        assert!(error.to_string().contains("format 9"), "{error}");
    }
}
