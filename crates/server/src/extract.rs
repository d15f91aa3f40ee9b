//! Reading requests so that what cannot be read is answered with problem details.

use axum::body::HttpBody as _;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use bytes::Bytes;
use samos::model::codes::serving;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                serving::MEDIA_TYPE,
                "the body is read as JSON only",
                "send it with `Content-Type: application/json`",
            )),
            Err(JsonRejection::BytesRejection(error)) => Err(body_problem(error.status())),
            Err(error) => Err(Problem::bad_request(error.body_text())),
        }
    }
}

/// A JSON body, or none, which says nothing.
pub(crate) struct JsonOrNothing<T>(pub(crate) T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for JsonOrNothing<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if request.body().is_end_stream() {
            return Ok(Self(T::default()));
        }
        let Json(value) = Json::from_request(request, state).await?;
        Ok(Self(value))
    }
}

/// The problem of a body that could not be received.
pub(crate) fn body_problem(status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            status,
            serving::TOO_LARGE,
            "the body is larger than is read here",
            "send it in parts, or start the server with a larger --max-body",
        );
    }
    Problem::bad_request("the body broke off, or is not UTF-8")
}

/// A body as text.
pub(crate) fn text_of(body: &Bytes) -> Result<&str, Problem> {
    std::str::from_utf8(body).map_err(|_| Problem::bad_request("the body is not UTF-8"))
}

/// The problem of a body in a format that is not read; `help` names those that are.
pub(crate) fn not_read(media_type: Option<&str>, help: impl Into<String>) -> Problem {
    let what = media_type.map_or_else(
        || "a body without a type".to_owned(),
        |media_type| format!("`{media_type}`"),
    );
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        serving::MEDIA_TYPE,
        format!("{what} is not read here"),
        help,
    )
}

/// The query of the address.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Query(value)| Self(value))
            .map_err(|error: QueryRejection| Problem::bad_request(error.body_text()))
    }
}

/// The variable parts of the path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(value)| Self(value))
            .map_err(|error: PathRejection| Problem::bad_request(error.body_text()))
    }
}

/// The media type that a body is said to have, without its parameters.
pub(crate) fn content_type(headers: &axum::http::HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let name = value.split(';').next().unwrap_or(value);
    Some(name.trim().to_ascii_lowercase())
}
