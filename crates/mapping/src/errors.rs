//! What kind of no an error is, and what goes wrong here.
//!
//! In: an error as an API words it, the rules of an entry and its library. Out: a class, or that nobody knows whether the
//! call took effect. The first rule that fits decides; the entry's come before the file's, these before the library's.

use samos_model::codes::mapping as codes;
use samos_model::reply::ErrorClass;
use serde::{Deserialize, Serialize};

use crate::call::{Answer, ApiError};
use crate::pattern::Pattern;

/// Why a request cannot be rendered.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No mapping serves the operation, or none of that library.
    #[error("`{operation}` is not mapped{}", .library.as_ref().map(|library| format!(" in library `{library}`")).unwrap_or_default())]
    NotMapped {
        /// The operation.
        operation: String,
        /// The library that was asked for.
        library: Option<String>,
        /// Those that serve it.
        served_by: Vec<String>,
    },
    /// A template needs what is not known.
    #[error("`{{{hole}}}` cannot be filled: {reason}")]
    NotFilled {
        /// The path.
        hole: String,
        /// Why.
        reason: String,
    },
    /// A value holds what cannot stand there.
    #[error("the value at `{{{hole}}}` cannot stand in {position}: {reason}")]
    Unsafe {
        /// The path.
        hole: String,
        /// Where it was to stand.
        position: &'static str,
        /// Why not. The value itself is not repeated.
        reason: String,
    },
    /// No alternative of the entry is for these arguments.
    #[error("no request of `{operation}` is for these arguments")]
    NoAlternative {
        /// The operation.
        operation: String,
    },
    /// An answer on the way to the request is of another shape.
    #[error("unexpected answer: {0}")]
    Answer(String),
}

impl Error {
    /// The stable code.
    #[must_use = "reading has no other effect"]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotMapped { .. } => codes::NOT_MAPPED,
            Self::NotFilled { .. } | Self::NoAlternative { .. } => codes::NOT_FILLED,
            Self::Unsafe { .. } => codes::VALUE_UNSAFE,
            Self::Answer(_) => codes::ANSWER_UNEXPECTED,
        }
    }

    /// The next action.
    #[must_use = "reading has no other effect"]
    pub fn help(&self) -> String {
        match self {
            Self::NotMapped { served_by, .. } if served_by.is_empty() => {
                "Map it in `mappings/`; `mappings/README.md` shows how.".to_owned()
            }
            Self::NotMapped { served_by, .. } => {
                format!("It is served by {}.", served_by.join(", "))
            }
            Self::NotFilled { .. } => {
                "Read the fact first: `samos check` names the operation that does.".to_owned()
            }
            Self::Unsafe { .. } => "Give another value.".to_owned(),
            Self::NoAlternative { .. } => {
                "Look at the entry's `when`: the arguments are for none of them.".to_owned()
            }
            Self::Answer(_) => {
                "Compare the answer with the mapping; `samos conform` shows where an endpoint departs."
                    .to_owned()
            }
        }
    }
}

/// A class of errors, or that nobody knows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Too many requests.
    Throttled,
    /// Out of order for now.
    Unavailable,
    /// Something else is under way.
    Conflict,
    /// Does not exist.
    NotFound,
    /// Not permitted.
    Denied,
    /// An allowance is used up.
    Quota,
    /// In a state in which that cannot be done.
    State,
    /// Malformed.
    Invalid,
    /// Whether it took effect is unknown.
    Lost,
}

impl Class {
    /// The class of a refusal; `None` when it is none.
    #[must_use = "reading has no other effect"]
    pub fn refusal(self) -> Option<ErrorClass> {
        Some(match self {
            Self::Throttled => ErrorClass::Throttled,
            Self::Unavailable => ErrorClass::Unavailable,
            Self::Conflict => ErrorClass::Conflict,
            Self::NotFound => ErrorClass::NotFound,
            Self::Denied => ErrorClass::Denied,
            Self::Quota => ErrorClass::Quota,
            Self::State => ErrorClass::State,
            Self::Invalid => ErrorClass::Invalid,
            Self::Lost => return None,
        })
    }
}

/// Which errors are of a class: all that is said must fit.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) class: Class,
    /// Codes; `*` stands for anything.
    pub(crate) codes: Vec<String>,
    /// Statuses such as `404` or `5xx`.
    pub(crate) statuses: Vec<String>,
    pub(crate) message: Option<Pattern>,
}

impl Rule {
    fn fits(&self, status: u16, error: &ApiError) -> bool {
        (self.codes.is_empty() || self.codes.iter().any(|code| matches(code, &error.code)))
            && (self.statuses.is_empty() || self.statuses.iter().any(|it| is_status(it, status)))
            && self
                .message
                .as_ref()
                .is_none_or(|message| message.is_match(&error.message))
    }

    /// Does it name such errors, rather than everything of that kind of status? Where an interface has codes of its own, a
    /// status names none.
    fn names(&self, status: u16, error: &ApiError) -> bool {
        let has_code = !error.code.is_empty() && error.code != status.to_string();
        let is_exact = |status: &String| status.chars().all(|c| c.is_ascii_digit());
        !self.codes.is_empty()
            || self.message.is_some()
            || (!has_code && self.statuses.iter().any(is_exact))
    }

    /// Does it decide about every error of that code, or of that status?
    pub(crate) fn covers(&self, code: Option<&str>, status: Option<u16>) -> bool {
        self.message.is_none()
            && (self.codes.is_empty()
                || code.is_some_and(|code| self.codes.iter().any(|it| matches(it, code))))
            && (self.statuses.is_empty()
                || status
                    .is_some_and(|status| self.statuses.iter().any(|it| is_status(it, status))))
    }
}

/// The error that an answer is, if it is one.
pub(crate) fn error_of(answer: &Answer) -> Option<ApiError> {
    answer.error.clone().or_else(|| {
        (answer.status >= 400).then(|| ApiError {
            code: answer.status.to_string(),
            message: match &answer.document {
                serde_json::Value::String(text) => text.chars().take(200).collect(),
                _ => format!("HTTP status {}", answer.status),
            },
            fields: serde_json::Value::Null,
        })
    })
}

/// The class of an error, and whether a rule names it. What no rule speaks of is judged by the status: a server's own
/// failure may have taken effect.
pub(crate) fn classify<'a>(
    rules: impl IntoIterator<Item = &'a Rule>,
    status: u16,
    error: &ApiError,
) -> (Class, bool) {
    rules
        .into_iter()
        .find(|rule| rule.fits(status, error))
        .map_or_else(
            || (by_status(status), false),
            |rule| (rule.class, rule.names(status, error)),
        )
}

fn by_status(status: u16) -> Class {
    match status {
        401 | 403 => Class::Denied,
        404 | 410 => Class::NotFound,
        409 | 423 => Class::Conflict,
        429 => Class::Throttled,
        503 => Class::Unavailable,
        500.. => Class::Lost,
        _ => Class::Invalid,
    }
}

fn is_status(pattern: &str, status: u16) -> bool {
    let status = status.to_string();
    pattern.len() == status.len()
        && pattern
            .chars()
            .zip(status.chars())
            .all(|(p, s)| p == s || matches!(p, 'x' | 'X'))
}

/// Does a text fit a pattern in which `*` stands for anything?
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
        last = Some(part);
    }
    match last {
        None => rest.is_empty(),
        Some(part) => part.is_empty() || text.ends_with(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("*.NotFound", "InvalidInstanceID.NotFound"));
        assert!(matches("Invalid*", "InvalidInstanceID.NotFound"));
        assert!(matches("*Throttl*", "RequestThrottledException"));
        assert!(!matches("*.NotFound", "InvalidInstanceID.Malformed"));
        assert!(!matches("Throttling", "ThrottlingException"));
    }

    #[test]
    fn a_servers_own_failure_is_no_refusal_unless_a_rule_says_so() {
        let error = ApiError::default();
        assert_eq!(classify([], 500, &error), (Class::Lost, false));
        let rule = Rule {
            class: Class::Unavailable,
            codes: Vec::new(),
            statuses: vec!["5xx".into()],
            message: None,
        };
        assert_eq!(classify([&rule], 502, &error), (Class::Unavailable, false));
    }

    #[test]
    fn an_error_is_listed_by_its_code_or_where_there_is_none_by_its_status() {
        let rule = |codes: &[&str], statuses: &[&str]| Rule {
            class: Class::State,
            codes: codes.iter().map(|&code| code.to_owned()).collect(),
            statuses: statuses.iter().map(|&status| status.to_owned()).collect(),
            message: None,
        };
        let error = |code: &str| ApiError {
            code: code.to_owned(),
            ..ApiError::default()
        };
        let is_listed = |rule: Rule, code: &str| classify([&rule], 409, &error(code)).1;
        assert!(is_listed(rule(&["Incorrect*"], &[]), "IncorrectState"));
        assert!(is_listed(rule(&[], &["409"]), "409"));
        assert!(is_listed(rule(&[], &["409"]), ""));
        assert!(!is_listed(rule(&[], &["409"]), "NeverHeardOf"));
        assert!(!is_listed(rule(&[], &["4xx"]), "409"));
    }
}
