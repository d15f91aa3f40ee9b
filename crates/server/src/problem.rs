//! Why a request has no answer, as problem details (RFC 9457) with samos' own codes.
//!
//! In: findings of the facade, or what is wrong with a request. Out: a response with status, code, message, next step.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use samos::model::codes::{self, execution, interface, serving};
use samos::{Error, Finding};
use serde_json::{Value, json};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};

/// The media type of problem details.
const MEDIA_TYPE: &str = "application/problem+json";

/// A response that says why there is no answer.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) findings: Vec<Finding>,
    /// Headers that go with the status.
    pub(crate) headers: Vec<(header::HeaderName, HeaderValue)>,
}

/// What every request may be answered with, in the description.
impl utoipa::IntoResponses for Problem {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let shape = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
        let response = ResponseBuilder::new()
            .description("Problem details (RFC 9457) with the findings behind them.")
            .content(MEDIA_TYPE, shape.build());
        BTreeMap::from([("default".to_owned(), response.build().into())])
    }
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            status,
            findings: vec![Finding::error(code, message, help)],
            headers: Vec::new(),
        }
    }

    /// A request that cannot be read.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        let help = "/api/openapi.json describes every request";
        Self::new(StatusCode::BAD_REQUEST, serving::BAD_REQUEST, message, help)
    }

    /// Nothing of that name.
    pub(crate) fn not_there(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, serving::NOT_THERE, message, help)
    }

    /// What the operator has not allowed.
    pub(crate) fn not_allowed(what: &str, flag: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            serving::NOT_ALLOWED,
            format!("{what} is not allowed here"),
            format!("start the server with {flag} to allow it"),
        )
    }

    /// A fault in samos.
    pub(crate) fn internal(error: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            interface::INTERNAL,
            format!("samos failed: {error}"),
            "this is a fault in samos; please report it with the request that shows it",
        )
    }

    pub(crate) fn with_header(mut self, name: header::HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// As problem details.
    pub(crate) fn body(&self) -> Value {
        let first = self.findings.first();
        let code = first.map_or(Cow::Borrowed(interface::INTERNAL), |one| one.code.clone());
        let title = codes::entry(&code).map_or("no answer", |entry| entry.title);
        json!({
            "type": format!("/api/v1/codes/{code}"),
            "title": title,
            "status": self.status.as_u16(),
            "detail": first.map_or_else(String::new, |one| one.message.clone()),
            "code": code,
            "findings": self.findings,
        })
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.body().to_string();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let first = error.findings().first();
        let code = first.map_or("", |finding| &*finding.code);
        let status = match (&error, code) {
            (Error::Stale(_), _) => StatusCode::CONFLICT,
            (Error::NotPermitted(_), _) => StatusCode::FORBIDDEN,
            (Error::Internal(_), _) | (_, interface::INTERNAL | interface::FILE) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            (_, interface::UNKNOWN_NAME | interface::UNKNOWN_RUN | interface::UNKNOWN_PROPERTY) => {
                StatusCode::NOT_FOUND
            }
            (_, interface::NOT_SUPPORTED) => StatusCode::FORBIDDEN,
            (_, execution::WRONG_MOMENT | execution::JOURNAL_IN_USE) => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        };
        Self {
            status,
            findings: error.into_findings(),
            headers: Vec::new(),
        }
    }
}
