//! Traces, as a collector receives them: one on loopback that reads HTTP and decodes OTLP's Protobuf.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Told;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use prost::Message as _;
use samos_server::Traces;
use serde_json::json;

use super::client::{Server, TOKEN};
use super::events::until;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// A span as it arrived.
#[derive(Clone, Debug)]
struct Arrived {
    service: String,
    trace: String,
    id: String,
    parent: String,
    name: String,
    kind: i32,
    fields: BTreeMap<String, String>,
}

type Spans = Arc<Mutex<Vec<Arrived>>>;

/// Takes what is sent to `/v1/traces` until the test ends.
fn collector() -> (String, Spans) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let spans = Spans::default();
    let kept = Arc::clone(&spans);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let kept = Arc::clone(&kept);
            std::thread::spawn(move || while take(&stream, &kept).is_some() {});
        }
    });
    (address, spans)
}

/// Reads one request of a connection and answers it.
fn take(stream: &TcpStream, spans: &Spans) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    assert!(line.starts_with("POST /v1/traces "), "{line}");
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).ok()?;
    let told = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
    for of_service in told.resource_spans {
        let resource = fields(&of_service.resource.unwrap().attributes);
        let all = of_service.scope_spans.into_iter().flat_map(|one| one.spans);
        let arrived = all.map(|span| Arrived {
            service: resource["service.name"].clone(),
            trace: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            name: span.name,
            kind: span.kind,
            fields: fields(&span.attributes),
        });
        spans.lock().unwrap().extend(arrived);
    }
    let answer =
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
    reader.into_inner().write_all(answer.as_bytes()).ok()
}

fn fields(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Option<AnyValue>| match value.as_ref().and_then(|one| one.value.as_ref()) {
        Some(Told::StringValue(text)) => text.clone(),
        Some(Told::IntValue(number)) => number.to_string(),
        Some(Told::BoolValue(flag)) => flag.to_string(),
        other => format!("{other:?}"),
    };
    let all = attributes.iter();
    all.map(|one| (one.key.clone(), text(&one.value))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_collector_sees_requests_searches_and_steps_as_one_trace() {
    let (collector, spans) = collector();
    let traces = Traces::begin(&collector).unwrap();
    let server = Server::demo();
    let caller = format!("00-{TRACE}-{CALLER}-01");
    let ask = |path: &str, body: &serde_json::Value| {
        let headers = [
            ("Content-Type", "application/json"),
            ("traceparent", caller.as_str()),
        ];
        server.ask("POST", path, &headers, &body.to_string())
    };
    let question = json!({"subjects": ["ec2:web-1", "rackspace:lb-1"], "alternatives": 1});
    let plan = ask("/api/v1/connect", &question).json()["plans"][0].clone();
    let path = format!(
        "/api/v1/plans/{}/apply",
        plan["fingerprint"].as_str().unwrap()
    );
    let begun = ask(&path, &json!({"approve": 2}));
    assert_eq!(begun.status, 202, "{}", begun.body);
    let run = begun.json()["run"].as_str().unwrap().to_owned();
    until(&server, 0, |event| {
        event["type"] == "io.samos.run.ended" && event["subject"] == run.as_str()
    });
    server.send("GET", &format!("/explore?token={TOKEN}"), &[], "");
    server.get("/nowhere");
    drop(server);
    drop(traces);

    let spans = spans.lock().unwrap().clone();
    assert!(spans.iter().all(|span| span.service == "samos"));
    let ours: Vec<&Arrived> = spans.iter().filter(|span| span.trace == TRACE).collect();
    let named =
        |name: &str| -> Vec<&&Arrived> { ours.iter().filter(|span| span.name == name).collect() };
    let [asked] = named("POST /api/v1/connect")[..] else {
        panic!("{ours:#?}")
    };
    assert_eq!(asked.parent, CALLER);
    assert_eq!(asked.kind, 2, "a server's");
    assert_eq!(asked.fields["http.route"], "/api/v1/connect");
    assert_eq!(asked.fields["http.response.status_code"], "200");
    let [search] = named("plan search")[..] else {
        panic!("{ours:#?}")
    };
    assert_eq!(search.parent, asked.id);
    assert_eq!(search.fields["samos.by"], "connect");
    assert_eq!(search.fields["samos.complete"], "true");

    let [applied] = named("POST /api/v1/plans/{fingerprint}/apply")[..] else {
        panic!("{ours:#?}")
    };
    let [ran] = named("run")[..] else {
        panic!("{ours:#?}")
    };
    assert_eq!(ran.parent, applied.id);
    assert_eq!(ran.fields["samos.run"], run);
    assert_eq!(ran.fields["samos.ending"], "done");
    let steps = named("step");
    let mut operations: Vec<&str> = steps
        .iter()
        .map(|step| step.fields["samos.operation"].as_str())
        .collect();
    operations.sort_unstable();
    assert_eq!(operations.len(), plan["steps"].as_array().unwrap().len());
    assert!(operations.contains(&"ec2:StartInstance"), "{operations:?}");
    assert!(operations.contains(&"rackspace:AddNode"), "{operations:?}");
    for step in steps {
        assert_eq!(step.parent, ran.id, "{step:#?}");
        assert_eq!(step.fields["samos.state"], "done", "{step:#?}");
    }

    assert!(spans.iter().any(|span| span.name == "GET other"));
    let secret = spans.iter().flat_map(|span| span.fields.values());
    assert!(
        !secret.into_iter().any(|value| value.contains(TOKEN)),
        "the token is told nobody"
    );
}
