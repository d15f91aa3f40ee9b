//! The SPARQL protocol, the graph store protocol, and who may ask.

use samos_server::WorldKind;
use serde_json::json;

use super::cases;
use super::client::{Server, TOKEN};

#[test]
fn queries_as_the_protocol_sends_them() {
    cases::run(&Server::demo(), include_str!("cases/query.txt"));
}

#[test]
fn updates_as_the_protocol_sends_them() {
    cases::run(&Server::writable(), include_str!("cases/update.txt"));
}

#[test]
fn graphs_as_the_store_protocol_sends_them() {
    cases::run(&Server::writable(), include_str!("cases/store.txt"));
}

#[test]
fn reasoners_are_services_and_their_plans_are_graphs() {
    let server = Server::demo();
    let text = "SELECT ?plan ?operations WHERE { SERVICE <urn:samos:connect> { [] samos:subject ec2:web-1, rackspace:lb-1 ; samos:plan ?plan ; samos:operations ?operations } }";
    let path = format!("/sparql?query={}", super::client::escaped(text));
    let reply = server.get(&path);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let rows = reply.json()["results"]["bindings"]
        .as_array()
        .unwrap()
        .clone();
    assert!(
        rows.iter().any(|row| row["operations"]["value"] == "3"),
        "{}",
        reply.body
    );
    let unknown = "SELECT * WHERE { SERVICE <https://example.com/> { ?s ?p ?o } }";
    let reply = server.get(&format!(
        "/sparql?query={}",
        super::client::escaped(unknown)
    ));
    assert_eq!(reply.status, 400, "{}", reply.body);
}

#[test]
fn a_service_gives_as_many_plans_as_are_asked_for() {
    let server = Server::demo();
    let asked = |more: &str| {
        let text = format!(
            "SELECT ?plan WHERE {{ SERVICE <urn:samos:plan> {{ [] samos:goal \"ec2:web-2.type == ec2:m3-large\" ; samos:plan ?plan {more} }} }}"
        );
        let path = format!("/sparql?query={}", super::client::escaped(&text));
        server.get(&path)
    };
    let count = |more: &str| {
        let reply = asked(more);
        assert_eq!(reply.status, 200, "{}", reply.body);
        let reply = reply.json();
        reply["results"]["bindings"].as_array().unwrap().len()
    };
    assert_eq!(count(""), 1);
    assert!(count("; samos:alternatives 3 ; samos:diverse true") > 1);
    let wrong = asked("; samos:alternatives \"some\"");
    assert_eq!(wrong.status, 400, "{}", wrong.body);
}

#[test]
fn whoever_has_no_token_or_comes_from_elsewhere_is_refused() {
    let server = Server::demo();
    let good = format!("Bearer {TOKEN}");
    let cookie = format!("samos_token={TOKEN}");
    let host = server.address.to_string();
    let own = format!("http://{host}");
    let status = |method: &str, path: &str, headers: &[(&str, &str)]| {
        server.send(method, path, headers, "").status
    };

    assert_eq!(status("GET", "/api/v1/status", &[]), 401);
    assert_eq!(
        status(
            "GET",
            "/api/v1/status",
            &[("Authorization", "Bearer wrong")]
        ),
        401
    );
    assert_eq!(status("GET", "/livez", &[]), 200);
    assert_eq!(status("GET", "/metrics", &[]), 401);
    assert_eq!(
        status("GET", "/api/v1/status", &[("Authorization", &good)]),
        200
    );
    // Rebinding: our address under another's name.
    let elsewhere = [
        ("Authorization", good.as_str()),
        ("Host", "attacker.example"),
    ];
    assert_eq!(status("GET", "/api/v1/status", &elsewhere), 403);
    // Forgery: another's page with our cookie.
    let forged = [
        ("Cookie", cookie.as_str()),
        ("Origin", "https://attacker.example"),
    ];
    assert_eq!(status("POST", "/api/v1/demo/reset", &forged), 403);
    assert_eq!(
        status("POST", "/api/v1/demo/reset", &[("Cookie", &cookie)]),
        401
    );
    let mine = [("Cookie", cookie.as_str()), ("Origin", own.as_str())];
    assert_eq!(status("POST", "/api/v1/demo/reset", &mine), 204);
    assert_eq!(status("GET", "/api/v1/status", &[("Cookie", &cookie)]), 200);

    let opened = server.send("GET", &format!("/?token={TOKEN}"), &[], "");
    assert_eq!(opened.status, 303);
    assert_eq!(opened.header("location"), "/");
    assert!(
        opened
            .header("set-cookie")
            .contains("HttpOnly; SameSite=Strict")
    );
}

#[test]
fn what_is_too_large_or_takes_too_long_is_ended_and_said() {
    let server = Server::with(WorldKind::Demo, |configuration| {
        configuration.max_body = 1_000;
        configuration.max_rows = 5;
        configuration.timeout = std::time::Duration::from_millis(300);
    });
    let large = json!({"subjects": ["x".repeat(5_000)]});
    assert_eq!(server.post("/api/v1/connect", &large).status, 413);
    let all = super::client::escaped("SELECT * WHERE { ?s ?p ?o }");
    let reply = server.get(&format!("/sparql?query={all}"));
    assert_eq!(reply.header("samos-truncated"), "5");
    assert_eq!(
        reply.json()["results"]["bindings"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
    let endless = super::client::escaped(
        "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }",
    );
    let reply = server.get(&format!("/sparql?query={endless}"));
    assert_eq!(reply.status, 503, "{}", reply.body);
    assert_eq!(reply.json()["code"], "H0108");
}

#[test]
fn problems_say_what_to_do() {
    let server = Server::demo();
    let reply = server.get("/api/v1/entities/ec2:web-9");
    assert_eq!(reply.status, 404);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    let problem = reply.json();
    assert_eq!(problem["code"], "I0101");
    assert!(
        problem["findings"][0]["help"]
            .as_str()
            .unwrap()
            .contains("did you mean"),
        "{problem}"
    );
    assert_eq!(server.get(problem["type"].as_str().unwrap()).status, 200);
    assert_eq!(server.get("/nowhere").status, 404);
    assert_eq!(server.ask("PATCH", "/api/v1/status", &[], "").status, 405);
}

#[test]
fn pages_and_the_description_need_no_network() {
    let server = Server::demo();
    for path in ["/", "/explore", "/api/docs", "/explore?query=ASK%20%7B%7D"] {
        let reply = server.get(path);
        assert_eq!(reply.status, 200, "{path}");
        assert!(
            reply
                .header("content-security-policy")
                .starts_with("default-src 'none'"),
            "{path}"
        );
        assert!(!reply.body.contains("src=\"http"), "{path}");
    }
    let reply = server.get("/api/openapi.json");
    assert_eq!(
        reply.json()["openapi"].as_str().unwrap().get(..3),
        Some("3.1")
    );
    assert_eq!(server.get("/assist/connect").status, 303);
}

#[test]
fn what_operators_ask() {
    let server = Server::demo();
    server.get("/api/v1/instances");
    let metrics = server.get("/metrics").body;
    assert!(
        metrics.contains(
            "samos_http_requests_total{method=\"GET\",route=\"/api/v1/instances\",status=\"200\"} 1"
        ),
        "{metrics}"
    );
    assert_eq!(server.get("/readyz").body, "ready\n");
    assert_eq!(server.get("/version").json()["name"], "samos");
}
