//! Who may ask: the token, the names this server goes by, the pages that may speak to it.
//!
//! In: a request's headers. Out: yes, or a problem. A name that is not ours in `Host` is what DNS rebinding looks like; a
//! foreign `Origin` is what a forged request looks like. Tokens are compared in the same time whatever they are.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use samos::model::codes::serving;
use subtle::ConstantTimeEq as _;

use crate::caller::{Caller, deed_of};
use crate::configuration::{Access, Configuration};
use crate::issuer::Issuer;
use crate::problem::Problem;
use crate::server::Server;

const COOKIE: &str = "samos_token";
/// Paths that tell nothing and need no token.
const OPEN: [&str; 3] = ["/livez", "/readyz", "/version"];

/// The names this server goes by.
#[derive(Debug)]
pub(crate) struct Names {
    hosts: Vec<String>,
    origins: Vec<String>,
    any_host: bool,
}

impl Names {
    pub(crate) fn new(configuration: &Configuration, bound: SocketAddr) -> Self {
        let port = bound.port();
        let mut names = vec![
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
            "[::1]".to_owned(),
        ];
        names.push(match bound {
            SocketAddr::V4(address) => address.ip().to_string(),
            SocketAddr::V6(address) => format!("[{}]", address.ip()),
        });
        let mut hosts: Vec<String> = names.iter().map(|name| format!("{name}:{port}")).collect();
        if port == 80 || port == 443 {
            hosts.extend(names);
        }
        hosts.extend(
            configuration
                .hosts
                .iter()
                .map(|host| host.to_ascii_lowercase()),
        );
        Self {
            hosts,
            origins: configuration.origins.clone(),
            any_host: configuration.hosts.iter().any(|host| host == "*"),
        }
    }

    fn is_ours(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.any_host || self.hosts.contains(&host)
    }

    fn may_ask(&self, origin: &str, host: &str) -> bool {
        let own = origin.split_once("://").is_some_and(|(_, rest)| {
            rest.eq_ignore_ascii_case(host) || (!self.any_host && self.is_ours(rest))
        });
        own || self
            .origins
            .iter()
            .any(|allowed| allowed == "*" || allowed == origin)
    }
}

/// Lets a request through, or says why not.
pub(crate) async fn guard(
    State(server): State<Arc<Server>>,
    mut request: Request,
    next: Next,
) -> Response {
    let names = &server.names;
    let headers = request.headers();
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    // In HTTP/2 the name stands in the address.
    let authority = request
        .uri()
        .authority()
        .map(|authority| authority.as_str());
    let host = text(header::HOST).or(authority).unwrap_or_default();
    if !names.is_ours(host) {
        return foreign(format!("this server is not called `{host}`")).into_response();
    }
    if let Some(origin) = text(header::ORIGIN)
        && !names.may_ask(origin, host)
    {
        return foreign(format!("a page of `{origin}` may not ask here")).into_response();
    }
    let path = request.uri().path();
    let caller = if OPEN.contains(&path) || request.method() == Method::OPTIONS {
        Caller::Operator
    } else {
        if let Access::Token(token) = &server.configuration.access
            && let Some(response) = exchange(&request, token, server.configuration.tls.is_some())
        {
            return response;
        }
        // The body is not held while the issuer is asked.
        let found = match recognised(&server, request.method(), request.headers()) {
            Recognised::Operator => Ok(Caller::Operator),
            Recognised::Issued(issuer, token) => issuer
                .judge(&token)
                .await
                .map(|user| Caller::User(Arc::new(user))),
            Recognised::Nobody => Err(no_token()),
        };
        match found {
            Ok(caller) => caller,
            Err(problem) => return problem.into_response(),
        }
    };
    let deed = deed_of(request.method(), request.uri().path());
    if let Err(problem) = caller.may(&server, deed) {
        return problem.into_response();
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Who asks, as far as the request alone tells.
enum Recognised<'a> {
    /// Whoever has the server's token.
    Operator,
    /// Somebody with what may be a token of the issuer's.
    Issued(&'a Issuer, String),
    Nobody,
}

fn recognised<'a>(server: &'a Server, method: &Method, headers: &HeaderMap) -> Recognised<'a> {
    let Access::Token(token) = &server.configuration.access else {
        return Recognised::Operator;
    };
    let given = bearer(headers);
    let by_header = given.as_ref().is_some_and(|given| is_same(given, token));
    let by_cookie = cookie(headers).is_some_and(|given| is_same(&given, token));
    // A browser sends the cookie with whatever page asks; what changes something says where it comes from.
    let is_safe = method.is_safe() || headers.contains_key(header::ORIGIN) || is_own_page(headers);
    if by_header || (by_cookie && is_safe) {
        return Recognised::Operator;
    }
    match (&server.issuer, given) {
        // Whoever sent it is told what is wrong with it.
        (Some(issuer), Some(given)) if given.split('.').count() == 3 => {
            Recognised::Issued(issuer, given)
        }
        _ => Recognised::Nobody,
    }
}

fn no_token() -> Problem {
    let help = "send `Authorization: Bearer TOKEN` with the token that the server printed, or open the address that it printed";
    let problem = Problem::new(
        StatusCode::UNAUTHORIZED,
        serving::NO_TOKEN,
        "the request carries no valid token",
        help,
    );
    problem.with_header(header::WWW_AUTHENTICATE, "Bearer realm=\"samos\"")
}

/// `?token=` in the address of a page becomes a cookie, so that it stands in no history.
fn exchange(request: &Request, token: &str, is_tls: bool) -> Option<Response> {
    if request.method() != Method::GET {
        return None;
    }
    let query = request.uri().query()?;
    let mut given = None;
    let mut rest = Vec::new();
    for pair in query.split('&') {
        match pair.strip_prefix("token=") {
            Some(value) => given = Some(value),
            None => rest.push(pair),
        }
    }
    if !is_same(given?, token) {
        return None;
    }
    let path = request.uri().path();
    let to = if rest.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", rest.join("&"))
    };
    // `//host` would lead elsewhere.
    let to = format!("/{}", to.trim_start_matches('/'));
    let secure = if is_tls { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{secure}");
    let mut response = Redirect::to(&to).into_response();
    let headers = response.headers_mut();
    headers.insert(header::SET_COOKIE, HeaderValue::from_str(&cookie).ok()?);
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    Some(response)
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, given) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(given.trim().to_owned());
    }
    // Clients of SPARQL often know only names and passwords: the token is the password.
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = String::from_utf8(STANDARD.decode(given.trim()).ok()?).ok()?;
        return decoded
            .split_once(':')
            .map(|(_, password)| password.to_owned());
    }
    None
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == COOKIE).then(|| value.to_owned())
        })
}

fn is_own_page(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "same-origin")
}

fn is_same(given: &str, token: &str) -> bool {
    given.as_bytes().ct_eq(token.as_bytes()).into()
}

fn foreign(message: String) -> Problem {
    let help =
        "use the address that the server printed, or start it with --allow-host or --allow-origin";
    Problem::new(StatusCode::FORBIDDEN, serving::FOREIGN, message, help)
}

#[cfg(test)]
mod tests {
    use super::Names;

    fn names(hosts: &[&str]) -> Names {
        Names {
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            origins: vec!["https://tools.example".to_owned()],
            any_host: false,
        }
    }

    #[test]
    fn only_own_names_and_allowed_pages_are_heard() {
        let names = names(&["127.0.0.1:7000", "localhost:7000"]);
        assert!(names.is_ours("LOCALHOST:7000"));
        assert!(!names.is_ours("localhost:7001"));
        assert!(!names.is_ours("attacker.example:7000"));
        assert!(names.may_ask("http://localhost:7000", "localhost:7000"));
        assert!(names.may_ask("https://tools.example", "localhost:7000"));
        assert!(!names.may_ask("http://attacker.example", "localhost:7000"));
        assert!(!names.may_ask("null", "localhost:7000"));
    }
}
