//! The web interface: its files, and its one page for every address that is no file.
//!
//! In: a request that no route takes. Out: a file with how long it may be kept, or the page, which shows what the address
//! names. Not here: addresses of protocols; what is not found there is a problem, not a page.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Addresses under which no page of the interface stands.
const NO_PAGES: [&str; 6] = ["/api/", "/assets/", "/sparql", "/store", "/events", "/mcp"];

/// Nothing comes from elsewhere; styles stand in the elements, as its drawings want it.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The interface in the place of a plain page, for those who ask for a page.
pub(super) async fn instead(request: Request, next: Next) -> Response {
    let found = answer(&request);
    match found {
        Some(found) => found,
        None => next.run(request).await,
    }
}

/// What the interface has for a request; `None` where it is not built or has nothing there.
pub(super) fn answer(request: &Request) -> Option<Response> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let path = request.uri().path();
    let file = (path != "/").then(|| samos_ui::asset(path)).flatten();
    let accepts = request.headers().get(header::ACCEPT);
    let wants_page = accepts.is_some_and(|accepts| {
        let accepts = accepts.to_str().unwrap_or_default();
        accepts.contains("text/html")
    });
    let is_page = wants_page && !NO_PAGES.iter().any(|no| path.starts_with(no));
    let asset = match file {
        Some(asset) => asset,
        None if is_page => samos_ui::asset(samos_ui::PAGE)?,
        None => return None,
    };
    let keeps = if asset.is_immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let seen = request.headers().get(header::IF_NONE_MATCH);
    let is_known = seen.is_some_and(|seen| seen.as_bytes() == asset.etag.as_bytes());
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, asset.mime)], asset.bytes).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keeps));
    headers.insert(header::ETAG, HeaderValue::from_str(&asset.etag).ok()?);
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    Some(response)
}
