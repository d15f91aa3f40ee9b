//! The lexical forms, order and hierarchy of XML Schema's own datatypes.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::OnceLock;

use regex::Regex;
use samos_model::world::FormatProblem;

use crate::vocabulary::xsd;

/// What sort of values a datatype has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Family {
    Text,
    Boolean,
    Number,
    Time,
    Duration,
    Binary,
}

/// Local name, parent, lexical form, lowest and highest value.
type Row = (
    &'static str,
    &'static str,
    Family,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
);

const INTEGER: &str = "[+-]?[0-9]+";
const FLOAT: &str = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([Ee][+-]?[0-9]+)?|[+-]?INF|NaN";
const ZONE: &str = r"(Z|[+-][0-9]{2}:[0-9]{2})?";

#[rustfmt::skip]
const TYPES: &[Row] = &[
    ("string", "", Family::Text, "(?s).*", None, None),
    ("normalizedString", "string", Family::Text, r"[^\r\n\t]*", None, None),
    ("token", "normalizedString", Family::Text, r"(\S+( \S+)*)?", None, None),
    ("language", "token", Family::Text, "[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*", None, None),
    ("NMTOKEN", "token", Family::Text, r"[\w.:-]+", None, None),
    ("Name", "token", Family::Text, r"[A-Za-z_:\u{80}-\u{10FFFF}][\w.:-]*", None, None),
    ("NCName", "Name", Family::Text, r"[A-Za-z_\u{80}-\u{10FFFF}][\w.-]*", None, None),
    ("anyURI", "", Family::Text, r#"[^\s<>"{}|\\^`]*"#, None, None),
    ("boolean", "", Family::Boolean, "true|false|0|1", None, None),
    ("decimal", "", Family::Number, r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", None, None),
    ("integer", "decimal", Family::Number, INTEGER, None, None),
    ("nonNegativeInteger", "integer", Family::Number, INTEGER, Some("0"), None),
    ("positiveInteger", "nonNegativeInteger", Family::Number, INTEGER, Some("1"), None),
    ("nonPositiveInteger", "integer", Family::Number, INTEGER, None, Some("0")),
    ("negativeInteger", "nonPositiveInteger", Family::Number, INTEGER, None, Some("-1")),
    ("long", "integer", Family::Number, INTEGER, Some("-9223372036854775808"), Some("9223372036854775807")),
    ("int", "long", Family::Number, INTEGER, Some("-2147483648"), Some("2147483647")),
    ("short", "int", Family::Number, INTEGER, Some("-32768"), Some("32767")),
    ("byte", "short", Family::Number, INTEGER, Some("-128"), Some("127")),
    ("unsignedLong", "nonNegativeInteger", Family::Number, INTEGER, Some("0"), Some("18446744073709551615")),
    ("unsignedInt", "unsignedLong", Family::Number, INTEGER, Some("0"), Some("4294967295")),
    ("unsignedShort", "unsignedInt", Family::Number, INTEGER, Some("0"), Some("65535")),
    ("unsignedByte", "unsignedShort", Family::Number, INTEGER, Some("0"), Some("255")),
    ("double", "", Family::Number, FLOAT, None, None),
    ("float", "", Family::Number, FLOAT, None, None),
    ("dateTime", "", Family::Time, "-?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?ZONE", None, None),
    ("dateTimeStamp", "dateTime", Family::Time, "-?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})", None, None),
    ("date", "", Family::Time, "-?[0-9]{4,}-[0-9]{2}-[0-9]{2}ZONE", None, None),
    ("time", "", Family::Time, "[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?ZONE", None, None),
    ("gYear", "", Family::Time, "-?[0-9]{4,}ZONE", None, None),
    ("gYearMonth", "", Family::Time, "-?[0-9]{4,}-[0-9]{2}ZONE", None, None),
    ("gMonth", "", Family::Time, "--[0-9]{2}ZONE", None, None),
    ("gDay", "", Family::Time, "---[0-9]{2}ZONE", None, None),
    ("gMonthDay", "", Family::Time, "--[0-9]{2}-[0-9]{2}ZONE", None, None),
    ("duration", "", Family::Duration, "-?P([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\\.[0-9]+)?S)?)?", None, None),
    ("dayTimeDuration", "duration", Family::Duration, "-?P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\\.[0-9]+)?S)?)?", None, None),
    ("yearMonthDuration", "duration", Family::Duration, "-?P([0-9]+Y)?([0-9]+M)?", None, None),
    ("hexBinary", "", Family::Binary, "([0-9a-fA-F]{2})*", None, None),
    ("base64Binary", "", Family::Binary, r"[A-Za-z0-9+/=\s]*", None, None),
];

fn row(iri: &str) -> Option<&'static Row> {
    let local = iri.strip_prefix(xsd::NAMESPACE)?;
    TYPES.iter().find(|row| row.0 == local)
}

/// The family of one of XML Schema's datatypes (and of language-tagged text); `None` for other IRIs.
pub(crate) fn builtin_family(iri: &str) -> Option<Family> {
    match iri {
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
        | "http://www.w3.org/2000/01/rdf-schema#Literal" => Some(Family::Text),
        _ => row(iri).map(|row| row.2),
    }
}

/// The datatype directly above one of XML Schema's.
pub(crate) fn builtin_parent(iri: &str) -> Option<&'static str> {
    let parent = row(iri)?.1;
    samos_parents().find(|known| known.strip_prefix(xsd::NAMESPACE) == Some(parent))
}

/// The parents' full IRIs.
fn samos_parents() -> impl Iterator<Item = &'static str> {
    [
        "http://www.w3.org/2001/XMLSchema#string",
        "http://www.w3.org/2001/XMLSchema#normalizedString",
        "http://www.w3.org/2001/XMLSchema#token",
        "http://www.w3.org/2001/XMLSchema#Name",
        "http://www.w3.org/2001/XMLSchema#decimal",
        "http://www.w3.org/2001/XMLSchema#integer",
        "http://www.w3.org/2001/XMLSchema#nonNegativeInteger",
        "http://www.w3.org/2001/XMLSchema#nonPositiveInteger",
        "http://www.w3.org/2001/XMLSchema#long",
        "http://www.w3.org/2001/XMLSchema#int",
        "http://www.w3.org/2001/XMLSchema#short",
        "http://www.w3.org/2001/XMLSchema#unsignedLong",
        "http://www.w3.org/2001/XMLSchema#unsignedInt",
        "http://www.w3.org/2001/XMLSchema#unsignedShort",
        "http://www.w3.org/2001/XMLSchema#dateTime",
        "http://www.w3.org/2001/XMLSchema#duration",
    ]
    .into_iter()
}

/// The lexical forms, each compiled when it is first asked for.
fn form(name: &str) -> Option<&'static Pattern> {
    static FORMS: OnceLock<HashMap<&'static str, Pattern>> = OnceLock::new();
    let forms = FORMS.get_or_init(|| {
        let whole = |form: &str| format!(r"\A(?:{})\z", form.replace("ZONE", ZONE));
        TYPES
            .iter()
            .map(|row| (row.0, Pattern::of(whole(row.3))))
            .collect()
    });
    forms.get(name)
}

/// Is the text a value of one of XML Schema's datatypes?
pub(crate) fn check(text: &str, iri: &str) -> Result<(), FormatProblem> {
    let Some((name, _, family, _, lowest, highest)) = row(iri).copied() else {
        return Ok(());
    };
    let problem = |expected: String| FormatProblem {
        message: format!("`{text}` is not a value of xsd:{name}"),
        expected,
    };
    let matches = form(name).is_none_or(|form| form.is_match(text));
    let real = matches
        && (family != Family::Time || !name.starts_with("date") || is_real_day(text))
        && !(family == Family::Duration && text.ends_with(['P', 'T']));
    if !real {
        return Err(problem(example(name).to_owned()));
    }
    let outside = |bound: Option<&str>, wrong: Ordering| {
        bound.is_some_and(|bound| compare(text, bound, Some(Family::Number)) == Some(wrong))
    };
    if outside(lowest, Ordering::Less) || outside(highest, Ordering::Greater) {
        let range = [
            lowest.map(|low| format!("at least {low}")),
            highest.map(|high| format!("at most {high}")),
        ];
        return Err(problem(
            range
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" and "),
        ));
    }
    Ok(())
}

fn example(name: &str) -> &'static str {
    match name {
        "boolean" => "true or false",
        "decimal" => "a number such as 12.5",
        "double" | "float" => "a number such as 1.5e3",
        "dateTime" | "dateTimeStamp" => "a moment such as 2025-01-31T12:00:00Z",
        "date" => "a day such as 2025-01-31",
        "time" => "a time such as 12:00:00",
        "duration" | "dayTimeDuration" | "yearMonthDuration" => "a duration such as P1D or PT30S",
        "anyURI" => "an address without blanks",
        _ if name.contains("nteger")
            || name.ends_with("nt")
            || name.ends_with("ong")
            || name.ends_with("hort")
            || name.ends_with("yte") =>
        {
            "a whole number such as 12"
        }
        _ => "a value of that datatype",
    }
}

fn is_real_day(text: &str) -> bool {
    let day = text.get(..10).unwrap_or(text);
    text.starts_with('-')
        || day.parse::<jiff::civil::Date>().is_ok()
        || text.find('T').is_some_and(|at| at > 10)
}

/// The order of two values of a family by value; `None` where there is none.
pub(crate) fn compare(left: &str, right: &str, family: Option<Family>) -> Option<Ordering> {
    match family {
        Some(Family::Number) => compare_numbers(left.trim(), right.trim()),
        Some(Family::Time) => match (
            left.parse::<jiff::Timestamp>(),
            right.parse::<jiff::Timestamp>(),
        ) {
            (Ok(left), Ok(right)) => Some(left.cmp(&right)),
            _ => Some(left.cmp(right)),
        },
        Some(Family::Duration) => {
            let span = |text: &str| text.parse::<jiff::Span>().ok();
            span(left)?
                .compare((span(right)?, jiff::SpanRelativeTo::days_are_24_hours()))
                .ok()
        }
        _ => None,
    }
}

/// Exact for decimals of any length; through floating point where there is an exponent.
fn compare_numbers(left: &str, right: &str) -> Option<Ordering> {
    match (decimal(left), decimal(right)) {
        (Some((left_minus, left)), Some((right_minus, right))) => {
            let by_size = || {
                let width = left.0.len().max(right.0.len());
                let pad = |whole: &str| format!("{whole:0>width$}");
                let fraction = left.1.len().max(right.1.len());
                let tail = |part: &str| format!("{part:0<fraction$}");
                (pad(left.0), tail(left.1)).cmp(&(pad(right.0), tail(right.1)))
            };
            let zero = |part: (&str, &str)| part.0.is_empty() && part.1.is_empty();
            Some(
                match (left_minus && !zero(left), right_minus && !zero(right)) {
                    (false, false) => by_size(),
                    (true, true) => by_size().reverse(),
                    (true, false) => Ordering::Less,
                    (false, true) => Ordering::Greater,
                },
            )
        }
        _ => float(left)?.partial_cmp(&float(right)?),
    }
}

fn float(text: &str) -> Option<f64> {
    match text {
        "INF" | "+INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok(),
    }
}

/// Sign, and the digits before and after the point without needless zeros.
fn decimal(text: &str) -> Option<(bool, (&str, &str))> {
    let minus = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let known = !(whole.is_empty() && fraction.is_empty()) && digits(whole) && digits(fraction);
    known.then(|| {
        (
            minus,
            (
                whole.trim_start_matches('0'),
                fraction.trim_end_matches('0'),
            ),
        )
    })
}

/// How many digits a number has, and how many of them after the point.
pub(crate) fn digits(text: &str) -> (usize, usize) {
    decimal(text.trim()).map_or((usize::MAX, usize::MAX), |(_, (whole, fraction))| {
        (whole.len() + fraction.len(), fraction.len())
    })
}

/// A regular expression that is compiled when the first text is held against it: most of those in an ontology never are.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// An XML Schema pattern, which is about the whole text.
    pub(crate) fn new(text: &str) -> Self {
        Self::of(translated(text))
    }

    fn of(text: String) -> Self {
        Self {
            text,
            compiled: OnceLock::new(),
        }
    }

    /// Is it none? One that is merely too large is a pattern all the same.
    pub(crate) fn is_malformed(&self) -> bool {
        regex_syntax::parse(&self.text).is_err()
    }

    /// What is malformed or too large rules nothing out.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| Regex::new(&self.text).ok());
        compiled
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(text))
    }
}

/// An XML Schema pattern as a regular expression over the whole text.
fn translated(text: &str) -> String {
    let mut translated = String::from(r"\A(?:");
    let mut chars = text.chars().peekable();
    let mut depth = 0_u32;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('i') => translated.push_str(if depth > 0 {
                    r"A-Za-z_:\u{80}-\u{10FFFF}"
                } else {
                    r"[A-Za-z_:\u{80}-\u{10FFFF}]"
                }),
                Some('c') => translated.push_str(if depth > 0 { r"\w.:\-" } else { r"[\w.:\-]" }),
                Some(other) => translated.extend(['\\', other]),
                None => translated.push('\\'),
            },
            '^' if depth == 0 => translated.push_str(r"\^"),
            '$' if depth == 0 => translated.push_str(r"\$"),
            '-' if depth > 0 && chars.peek() == Some(&'[') => translated.push_str("--"),
            '[' => {
                depth += 1;
                translated.push('[');
            }
            ']' => {
                depth = depth.saturating_sub(1);
                translated.push(']');
            }
            c => translated.push(c),
        }
    }
    translated.push_str(r")\z");
    translated
}
