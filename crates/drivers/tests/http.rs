//! The REST driver against a server that plays tricks: who signs in how, where requests go, what is renewed, refused, sent again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

#[path = "peers/authority.rs"]
mod authority;
#[path = "peers/scripted.rs"]
mod scripted;

use std::collections::BTreeMap;
use std::time::Duration;

use samos_drivers::http::identity::{
    ClientCredentials, Domain, Keystone, Proof, RackspaceKey, Scope, Shown,
};
use samos_drivers::http::{Authentication, HttpDriver};
use samos_drivers::{ConnectionSettings, Driver as _, SendError, SendOptions, Transport};
use samos_mapping::{Answer, Body, Call};
use scripted::{Reply, Server};
use secrecy::ExposeSecret as _;
use serde_json::json;

const SECRET: &str = "planted-secret";

fn waited<T>(of: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(of)
}

fn transport() -> Transport {
    Transport::new(&ConnectionSettings::default()).unwrap()
}

/// A driver whose every service is at one address.
fn at(address: &str, authentication: Authentication) -> HttpDriver {
    let everywhere = BTreeMap::from([(String::new(), address.to_owned())]);
    HttpDriver::new(transport(), authentication, everywhere, None)
}

fn call(method: &str, path: &str, body: Option<Body>) -> Call {
    Call::Http {
        service: "machines".into(),
        method: method.into(),
        path: path.into(),
        query: Vec::new(),
        headers: Vec::new(),
        body,
        region: None,
    }
}

fn get(path: &str) -> Call {
    call("GET", path, None)
}

fn send(driver: &HttpDriver, call: &Call, options: &SendOptions) -> Result<Answer, SendError> {
    waited(driver.send(call, options))
}

fn client(address: &str) -> Authentication {
    Authentication::ClientCredentials(ClientCredentials {
        address: format!("{address}/token"),
        client: "samos".into(),
        secret: SECRET.to_owned().into(),
        scope: "machines".into(),
        shown: Shown::Form,
    })
}

fn token(token: &str) -> Reply {
    let body = json!({"access_token": token, "expires_in": 3600, "token_type": "Bearer"});
    Reply::text(200, &body.to_string())
}

#[test]
fn each_way_to_sign_in_proves_itself_in_its_header() {
    let basic = Authentication::Basic {
        user: "Aladdin".into(),
        password: "open sesame".to_owned().into(),
    };
    for (authentication, proof) in [
        (Authentication::Open, None),
        (
            Authentication::Bearer(SECRET.to_owned().into()),
            Some("authorization: Bearer planted-secret"),
        ),
        // The example of RFC 7617.
        (
            basic,
            Some("authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ),
    ] {
        let server = Server::play(vec![Reply::text(200, "{}")]);
        let driver = at(&server.address(), authentication);
        send(&driver, &get("/a"), &SendOptions::default()).unwrap();
        let request = server.requests().remove(0);
        assert!(request.starts_with("GET /a HTTP/1.1\r\n"), "{request}");
        match proof {
            Some(proof) => assert!(request.contains(proof), "{request}"),
            None => assert!(!request.contains("authorization"), "{request}"),
        }
        assert!(!format!("{driver:?}").contains("planted"), "{driver:?}");
    }
}

#[test]
fn a_client_gets_a_token_and_keeps_it() {
    let server = Server::play(vec![
        token("t-1"),
        Reply::text(200, "{}"),
        Reply::text(200, "{}"),
    ]);
    let driver = at(&server.address(), client(&server.address()));
    for _ in 0..2 {
        send(&driver, &get("/a"), &SendOptions::default()).unwrap();
    }
    let requests = server.requests();
    assert!(requests[0].starts_with("POST /token "), "{}", requests[0]);
    let form =
        "grant_type=client_credentials&client_id=samos&client_secret=planted-secret&scope=machines";
    assert!(requests[0].ends_with(form), "{}", requests[0]);
    for request in &requests[1..] {
        assert!(request.contains("authorization: Bearer t-1"), "{request}");
    }
}

#[test]
fn a_client_shows_its_secret_as_the_server_wants_it() {
    let server = Server::play(vec![token("t-1"), Reply::text(200, "{}")]);
    let client = Authentication::ClientCredentials(ClientCredentials {
        address: format!("{}/token", server.address()),
        client: "a client:1".into(),
        secret: "what it knows".to_owned().into(),
        scope: String::new(),
        shown: Shown::default(),
    });
    let driver = at(&server.address(), client);
    send(&driver, &get("/a"), &SendOptions::default()).unwrap();
    let asked = server.requests().remove(0);
    // `a+client%3A1:what+it+knows`
    let proof = "authorization: Basic YStjbGllbnQlM0ExOndoYXQraXQra25vd3M=";
    assert!(asked.contains(proof), "{asked}");
    assert!(
        asked.ends_with("\r\n\r\ngrant_type=client_credentials"),
        "{asked}"
    );
}

#[test]
fn a_session_that_ended_early_is_renewed_once_and_the_request_sent_again() {
    let server = Server::play(vec![
        token("t-1"),
        Reply::text(401, r#"{"error": "expired"}"#),
        token("t-2"),
        Reply::text(200, r#"{"woken": true}"#),
    ]);
    let driver = at(&server.address(), client(&server.address()));
    // What is refused took no effect, so that a change is sent again too.
    let wake = call("POST", "/machines/1/wake", None);
    let answer = send(&driver, &wake, &SendOptions::default()).unwrap();
    assert_eq!(answer.document, json!({"woken": true}));
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert!(requests[3].contains("Bearer t-2"), "{}", requests[3]);
}

#[test]
fn who_is_refused_after_that_is_told_so() {
    let refused = || Reply::text(401, r#"{"message": "who are you?"}"#);
    let server = Server::play(vec![token("t-1"), refused(), token("t-2"), refused()]);
    let driver = at(&server.address(), client(&server.address()));
    let error = send(&driver, &get("/a"), &SendOptions::reading()).unwrap_err();
    assert!(matches!(error, SendError::NotSignedIn { .. }), "{error}");
    assert!(error.to_string().contains("who are you?"), "{error}");
    assert_eq!(server.requests().len(), 4);

    // A token of one's own cannot be renewed: it is refused once.
    let server = Server::play(vec![refused(), refused()]);
    let bearer = Authentication::Bearer(SECRET.to_owned().into());
    let driver = at(&server.address(), bearer);
    let error = send(&driver, &get("/a"), &SendOptions::reading()).unwrap_err();
    assert!(matches!(error, SendError::NotSignedIn { .. }), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_token_that_is_refused_is_no_session() {
    for (reply, is_refusal) in [
        (Reply::text(401, r#"{"error": "invalid_client"}"#), true),
        (Reply::text(503, "busy"), false),
        (Reply::text(200, r#"{"token_type": "Bearer"}"#), false),
        (Reply::text(200, "<html>Welcome</html>"), false),
    ] {
        let server = Server::play(vec![reply]);
        let driver = at(&server.address(), client(&server.address()));
        let error = waited(driver.sign_in(Duration::from_secs(5))).unwrap_err();
        let is_told = matches!(error, SendError::NotSignedIn { .. });
        assert_eq!(is_told, is_refusal, "{error}");
        assert!(!error.to_string().contains("planted"), "{error}");
    }
}

/// Signs in with a catalogue of two regions; every request is answered with an empty document.
fn keystone(address: &str, requests: usize) -> Vec<Reply> {
    let endpoint = |region: &str, path: &str| json!({"interface": "public", "region": region, "url": format!("{address}/{path}")});
    let document = json!({"token": {"expires_at": "2999-01-01T00:00:00Z", "catalog": [
        {"type": "machines", "name": "park", "endpoints": [endpoint("North", "north"), endpoint("South", "south/v1/")]},
    ]}});
    let signed_in = vec![("X-Subject-Token", "t-1".to_owned())];
    let mut script = vec![Reply::With(201, signed_in, document.to_string())];
    script.extend((0..requests).map(|_| Reply::text(200, "{}")));
    script
}

fn by_catalogue(server: &Server, endpoints: &[(&str, &str)], region: Option<&str>) -> HttpDriver {
    let keystone = Keystone {
        address: format!("{}/v3", server.address()),
        proof: Proof::Password {
            user: "demo".into(),
            domain: Domain::Named("Default".into()),
            password: SECRET.to_owned().into(),
        },
        scope: Scope::Implied,
    };
    let endpoints = endpoints.iter();
    let endpoints =
        endpoints.map(|(name, path)| ((*name).to_owned(), format!("{}{path}", server.address())));
    let authentication = Authentication::Keystone(keystone);
    HttpDriver::new(
        transport(),
        authentication,
        endpoints.collect(),
        region.map(str::to_owned),
    )
}

#[test]
fn the_catalogue_says_where_a_service_is_unless_the_account_does() {
    let first_line = |server: &Server| server.requests()[1].lines().next().unwrap().to_owned();
    for (endpoints, region, expected) in [
        (vec![], Some("South"), "GET /south/v1/a HTTP/1.1"),
        (vec![], Some("north"), "GET /north/a HTTP/1.1"),
        (
            vec![("machines", "/own")],
            Some("South"),
            "GET /own/a HTTP/1.1",
        ),
    ] {
        let server = Server::knowing_itself(|address| keystone(address, 1));
        let driver = by_catalogue(&server, &endpoints, region);
        send(&driver, &get("/a"), &SendOptions::default()).unwrap();
        assert_eq!(first_line(&server), expected);
        assert!(server.requests()[1].contains("x-auth-token: t-1"));
    }
    let server = Server::knowing_itself(|address| keystone(address, 1));
    let driver = by_catalogue(&server, &[], Some("East"));
    let error = send(&driver, &get("/a"), &SendOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not sent: the account has no endpoint of `machines` in East"
    );
    assert_eq!(server.requests().len(), 1, "only who signs in is heard");
}

#[test]
fn an_api_key_gives_a_token_and_a_catalogue() {
    let server = Server::knowing_itself(|address| {
        let url = format!("{address}/v2/1");
        let document = json!({"access": {
            "token": {"id": "t-9", "expires": "2999-01-01T00:00:00Z"},
            "serviceCatalog": [{"type": "compute", "name": "machines", "endpoints": [{"region": "DFW", "publicURL": url}]}],
        }});
        vec![
            Reply::text(200, &document.to_string()),
            Reply::text(200, "{}"),
        ]
    });
    let key = Authentication::RackspaceKey(RackspaceKey {
        address: format!("{}/v2.0", server.address()),
        user: "demo".into(),
        key: SECRET.to_owned().into(),
    });
    let driver = HttpDriver::new(transport(), key, BTreeMap::new(), Some("DFW".into()));
    send(&driver, &get("/servers"), &SendOptions::default()).unwrap();
    let requests = server.requests();
    assert!(
        requests[0].starts_with("POST /v2.0/tokens "),
        "{}",
        requests[0]
    );
    assert!(
        requests[1].starts_with("GET /v2/1/servers "),
        "{}",
        requests[1]
    );
    assert!(requests[1].contains("x-auth-token: t-9"), "{}", requests[1]);
}

#[test]
fn the_next_page_is_asked_of_the_same_place_only() {
    let server = Server::play(vec![Reply::text(200, "{}")]);
    let bearer = Authentication::Bearer(SECRET.to_owned().into());
    let driver = at(&server.address(), bearer);
    let elsewhere = Server::play(vec![Reply::text(200, "{}")]);
    let lookalike = format!("{}.example.org/machines", server.address());
    for foreign in [
        format!("{}/machines?marker=1", elsewhere.address()),
        "https://example.org/machines".to_owned(),
        lookalike,
    ] {
        let error = send(&driver, &get(&foreign), &SendOptions::reading()).unwrap_err();
        assert!(
            matches!(error, SendError::NotSent { .. }),
            "{foreign}: {error}"
        );
    }
    assert!(elsewhere.requests().is_empty());
    let own = format!("{}/machines?marker=1", server.address());
    send(&driver, &get(&own), &SendOptions::reading()).unwrap();
    assert!(server.requests()[0].starts_with("GET /machines?marker=1 "));
}

#[test]
fn bodies_are_written_as_their_kind_says() {
    for (body, kind, written) in [
        (
            Body::Json(json!({"a": "ü"})),
            "application/json",
            r#"{"a":"ü"}"#,
        ),
        (
            Body::Form(vec![("a b".into(), "1&2".into()), ("c".into(), "ü".into())]),
            "application/x-www-form-urlencoded",
            "a+b=1%262&c=%C3%BC",
        ),
        (Body::Xml("<a>1</a>".into()), "application/xml", "<a>1</a>"),
        (
            Body::Text("plain".into()),
            "text/plain; charset=utf-8",
            "plain",
        ),
    ] {
        let server = Server::play(vec![Reply::text(200, "<a><b>1</b></a>")]);
        let driver = at(&server.address(), Authentication::Open);
        send(
            &driver,
            &call("POST", "/a", Some(body)),
            &SendOptions::default(),
        )
        .unwrap();
        let request = server.requests().remove(0);
        assert!(
            request.contains(&format!("content-type: {kind}\r\n")),
            "{request}"
        );
        assert!(
            request.ends_with(&format!("\r\n\r\n{written}")),
            "{request}"
        );
    }
}

#[test]
fn a_mappings_own_headers_and_query_go_along() {
    let server = Server::play(vec![Reply::With(
        200,
        vec![("content-type", "application/xml".into())],
        "<list><id>1</id></list>".into(),
    )]);
    let driver = at(&server.address(), Authentication::Open);
    let call = Call::Http {
        service: "machines".into(),
        method: "GET".into(),
        path: "/a%20b".into(),
        query: vec![("name".into(), "x&y".into()), ("all".into(), "1".into())],
        headers: vec![
            ("accept".into(), "application/xml".into()),
            ("OpenStack-API-Version".into(), "compute 2.90".into()),
        ],
        body: None,
        region: None,
    };
    let answer = send(&driver, &call, &SendOptions::reading()).unwrap();
    assert_eq!(answer.document, json!({"list": {"id": "1"}}));
    let request = server.requests().remove(0);
    assert!(
        request.starts_with("GET /a%20b?name=x%26y&all=1 "),
        "{request}"
    );
    assert!(request.contains("accept: application/xml\r\n"), "{request}");
    assert!(
        request.contains("openstack-api-version: compute 2.90\r\n"),
        "{request}"
    );
}

#[test]
fn unreadable_answers_are_told_as_such() {
    for (reply, words) in [
        (
            Reply::text(200, "<!DOCTYPE html><title>Hotel</title>"),
            "it is a web page (`Hotel`)",
        ),
        (Reply::text(200, r#"{"machines": ["#), "it is no JSON"),
        (
            Reply::Announced {
                bytes: 500,
                sent: r#"{"machines""#,
            },
            "broke off",
        ),
        (Reply::Endless, "larger than 64 MiB"),
    ] {
        let server = Server::play(vec![reply]);
        let driver = at(&server.address(), Authentication::Open);
        let wake = call("POST", "/wake", None);
        let error = send(&driver, &wake, &SendOptions::default()).unwrap_err();
        assert!(matches!(error, SendError::Malformed { .. }), "{error}");
        assert!(error.may_have_taken_effect());
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_redirect_is_an_answer_and_not_followed() {
    let elsewhere = Server::play(vec![Reply::text(200, "{}")]);
    let to = vec![("location", elsewhere.address())];
    let server = Server::play(vec![Reply::With(302, to, String::new())]);
    let bearer = Authentication::Bearer(SECRET.to_owned().into());
    let answer = send(
        &at(&server.address(), bearer),
        &get("/a"),
        &SendOptions::reading(),
    );
    assert_eq!(answer.unwrap().status, 302);
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn what_is_shown_is_what_would_be_sent_and_hides_who_asks() {
    let server = Server::knowing_itself(|address| keystone(address, 0));
    let driver = by_catalogue(&server, &[], Some("North"));
    let (call, options) = (get("/a"), SendOptions::reading());
    let unsigned = waited(driver.preview(&call, &options, false)).unwrap();
    assert!(unsigned.is_none(), "only the catalogue knows where it is");
    assert!(server.requests().is_empty());
    let signed = waited(driver.preview(&call, &options, true))
        .unwrap()
        .unwrap();
    assert_eq!(signed.address, format!("{}/north/a", server.address()));
    let token = signed.headers.iter().find(|one| one.name == "x-auth-token");
    let token = token.expect("who asks is in it");
    assert!(token.is_secret);
    assert_eq!(token.value.expose_secret(), "t-1");
    assert!(!format!("{signed:?}").contains("t-1"));
    assert_eq!(
        server.requests().len(),
        1,
        "signing in is all that was sent"
    );
}

#[test]
fn client_and_server_show_each_other_certificates() {
    let authority = authority::Authority::new();
    let trusting = |client: bool, authority_known: bool| {
        let settings = ConnectionSettings {
            client_certificate: client.then(|| authority.client().into()),
            authority: authority_known.then(|| authority.certificate()),
        };
        Transport::new(&settings).unwrap()
    };
    let asked = |client: bool, authority_known: bool| {
        let server = Server::encrypted(vec![Reply::text(200, "{}")], authority.server());
        let everywhere = BTreeMap::from([(String::new(), server.address())]);
        let transport = trusting(client, authority_known);
        let driver = HttpDriver::new(transport, Authentication::Open, everywhere, None);
        let options = SendOptions {
            deadline: Duration::from_millis(500),
            ..SendOptions::default()
        };
        let answer = send(&driver, &get("/a"), &options);
        (answer, server.requests().concat())
    };
    let (answer, heard) = asked(true, true);
    assert_eq!(answer.unwrap().status, 200);
    assert!(heard.starts_with("GET /a "));
    for (client, authority_known) in [(false, true), (true, false)] {
        let (answer, heard) = asked(client, authority_known);
        assert!(answer.is_err(), "{client} {authority_known}: {answer:?}");
        assert_eq!(heard, "", "nothing is said to who is not trusted");
    }
    let broken = ConnectionSettings {
        client_certificate: Some("no PEM, but planted-secret".to_owned().into()),
        authority: None,
    };
    let error = Transport::new(&broken).unwrap_err();
    assert!(!error.to_string().contains("planted"), "{error}");
}
