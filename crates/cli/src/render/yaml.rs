//! Prints a JSON value as YAML 1.2.
//!
//! Strings are left bare only where no reader of any YAML version can take them for something else; all others
//! stand in JSON's quotes, which YAML reads too.

use std::fmt::Write as _;

use serde_json::Value;

/// The value as a YAML document.
pub(crate) fn print(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value, 0, false);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Writes a value after a key (`inline`) or at the start of a line or list item.
fn write_value(out: &mut String, value: &Value, indent: usize, inline: bool) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (at, (key, field)) in fields.iter().enumerate() {
                if at > 0 || inline {
                    line_start(out, indent, at == 0 && inline);
                }
                out.push_str(&scalar(key));
                out.push(':');
                write_field(out, field, indent);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 || inline {
                    line_start(out, indent, at == 0 && inline);
                }
                out.push_str("- ");
                write_value(out, item, indent + 2, false);
                end_line(out);
            }
        }
        Value::Object(_) => out.push_str("{}"),
        Value::Array(_) => out.push_str("[]"),
        Value::String(text) => out.push_str(&scalar(text)),
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

fn write_field(out: &mut String, field: &Value, indent: usize) {
    let nested = match field {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if nested {
        write_value(out, field, indent + 2, true);
    } else {
        out.push(' ');
        write_value(out, field, indent + 2, false);
    }
    end_line(out);
}

fn end_line(out: &mut String) {
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

fn line_start(out: &mut String, indent: usize, first_after_key: bool) {
    if first_after_key || !out.ends_with('\n') {
        end_line(out);
    }
    for _ in 0..indent {
        out.push(' ');
    }
}

fn scalar(text: &str) -> String {
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
        );
    if bare {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_value_prints_as_a_block() {
        let value = json!({
            "plans": [{"format": 1, "goal": {}, "steps": [{"id": 1, "because": []}, {"id": 2}]}],
            "search": {"complete": true, "limit": null},
            "odd: key": "yes",
            "list": [[1, 2], "a b"],
        });
        let expected = "\
plans:
  - format: 1
    goal: {}
    steps:
      - id: 1
        because: []
      - id: 2
search:
  complete: true
  limit: null
\"odd: key\": \"yes\"
list:
  - - 1
    - 2
  - \"a b\"
";
        assert_eq!(super::print(&value), expected);
    }
}
