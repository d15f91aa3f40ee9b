//! Offsets and lines: from a byte of a file to its line and column, and from a byte of a literal's value to the file.

/// Where lines start.
#[derive(Debug)]
pub(crate) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        let after = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        Self {
            starts: std::iter::once(0).chain(after).collect(),
        }
    }

    /// Line and column of a byte, both from 1, the column in characters.
    pub(crate) fn place(&self, text: &str, offset: usize) -> (u32, u32) {
        let line = self
            .starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = text.get(start..offset.min(text.len())).unwrap_or("");
        (line as u32 + 1, before.chars().count() as u32 + 1)
    }
}

/// The byte of the file at which the character stands that is `inside` bytes into a Turtle string's value.
/// `start` is the byte of the opening quote.
pub(super) fn offset_in_turtle_string(text: &str, start: usize, inside: usize) -> usize {
    let rest = text.get(start..).unwrap_or("");
    let quotes = if rest.starts_with("\"\"\"") || rest.starts_with("'''") {
        3
    } else {
        1
    };
    let mut at = start + quotes;
    let mut value = 0;
    while value < inside {
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else {
            return at;
        };
        let (raw, decoded) = if c == '\\' {
            escape(text.get(at..).unwrap_or(""))
        } else {
            (c.len_utf8(), c.len_utf8())
        };
        if value + decoded > inside {
            return at;
        }
        at += raw;
        value += decoded;
    }
    at
}

/// How long a Turtle escape is in the file and in the value.
fn escape(raw: &str) -> (usize, usize) {
    let digits = match raw.as_bytes().get(1) {
        Some(b'u') => 4,
        Some(b'U') => 8,
        _ => return (2.min(raw.len()), 1),
    };
    let code = raw
        .get(2..2 + digits)
        .and_then(|digits| u32::from_str_radix(digits, 16).ok());
    (
        2 + digits,
        code.and_then(char::from_u32).map_or(1, char::len_utf8),
    )
}

const XML: &[(char, &str)] = &[
    ('&', "&amp;"),
    ('<', "&lt;"),
    ('>', "&gt;"),
    ('"', "&quot;"),
    ('\'', "&apos;"),
];
const JSON: &[(char, &str)] = &[
    ('\\', "\\\\"),
    ('"', "\\\""),
    ('\n', "\\n"),
    ('\t', "\\t"),
    ('\r', "\\r"),
    ('/', "\\/"),
];

/// Where a literal's value stands in RDF/XML or JSON-LD, plain or escaped: the first such place.
pub(super) fn find_escaped(text: &str, literal: &str) -> Option<usize> {
    let escaped = |table: &[(char, &str)], all: bool| -> String {
        let write = |c: char| {
            table
                .iter()
                .find(|(plain, _)| *plain == c && (all || !matches!(c, '>' | '"' | '\'' | '/')))
                .map(|(_, code)| (*code).to_owned())
        };
        literal
            .chars()
            .map(|c| write(c).unwrap_or_else(|| c.to_string()))
            .collect()
    };
    let json: String = literal
        .chars()
        .map(|c| {
            JSON.iter()
                .find(|(plain, _)| *plain == c && c != '/')
                .map_or_else(|| c.to_string(), |(_, code)| (*code).to_owned())
        })
        .collect();
    [
        literal.to_owned(),
        escaped(XML, false),
        escaped(XML, true),
        json,
    ]
    .iter()
    .find_map(|form| text.find(form.as_str()))
}

/// The byte of the file for a byte of the value, skipping escapes of XML or JSON on the way.
pub(super) fn offset_in_escaped(text: &str, start: usize, literal: &str, inside: usize) -> usize {
    let mut at = start;
    for c in literal.get(..inside).unwrap_or(literal).chars() {
        let rest = text.get(at..).unwrap_or("");
        let code = XML
            .iter()
            .chain(JSON)
            .find(|(plain, code)| *plain == c && rest.starts_with(code));
        at += code.map_or(c.len_utf8(), |(_, code)| code.len());
    }
    at
}
