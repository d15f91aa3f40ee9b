//! The stream of events: live, resumed, and not held up by whoever does not read.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::client::{Server, TOKEN, chunk, head};

/// One reader.
pub(crate) struct Stream {
    reader: BufReader<TcpStream>,
    rest: String,
}

impl Stream {
    pub(crate) fn open(server: &Server, after: Option<u64>) -> Self {
        let token = format!("Bearer {TOKEN}");
        let after = after.map(|after| after.to_string());
        let mut headers = vec![
            ("Authorization", token.as_str()),
            ("Accept", "text/event-stream"),
        ];
        if let Some(after) = &after {
            headers.push(("Last-Event-ID", after));
        }
        let mut reader = server.open("GET", "/events", &headers, "");
        let (status, headers) = head(&mut reader);
        assert_eq!(status, 200);
        assert_eq!(headers["content-type"], "text/event-stream");
        Self {
            reader,
            rest: String::new(),
        }
    }

    /// The next event: its number and its data.
    pub(crate) fn next(&mut self) -> (u64, Value) {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let field = |name: &str| {
                    let mut lines = event.lines();
                    lines.find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
                };
                let parsed = field("id:").zip(field("data:"));
                self.rest = rest.to_owned();
                if let Some((id, data)) = parsed {
                    return (id.parse().unwrap(), serde_json::from_str(&data).unwrap());
                }
                continue;
            }
            let bytes = chunk(&mut self.reader).expect("the stream goes on");
            self.rest.push_str(&String::from_utf8(bytes).unwrap());
        }
    }
}

/// The first event after a number that is wanted.
pub(crate) fn until(server: &Server, after: u64, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let mut stream = Stream::open(server, Some(after));
    loop {
        let (_, event) = stream.next();
        if is_wanted(&event) {
            return event;
        }
    }
}

/// The number of the newest event.
pub(crate) fn latest(server: &Server) -> u64 {
    server.get("/api/v1/status").json()["last_event"]
        .as_u64()
        .unwrap()
}

fn observe(server: &Server, count: usize) {
    for number in 0..count {
        let facts = json!([{"entity": "https://example.com/thing", "property": "https://w3id.org/samos#name", "values": [format!("\"{number}\"")]}]);
        let reply = server.post("/api/v1/observations", &facts);
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
}

#[test]
fn events_are_numbered_and_resumed_without_loss() {
    let server = Server::writable();
    let mut live = Stream::open(&server, None);
    observe(&server, 3);
    let numbers: Vec<u64> = (0..3).map(|_| live.next().0).collect();
    assert_eq!(numbers, [1, 2, 3]);
    drop(live);
    observe(&server, 2);
    let mut resumed = Stream::open(&server, Some(3));
    let (number, event) = resumed.next();
    assert_eq!(number, 4);
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["id"], "4");
    assert_eq!(event["type"], "io.samos.facts.changed");
    assert_eq!(event["data"]["count"], 1);
}

#[test]
fn whoever_was_away_too_long_is_told_what_is_gone() {
    let server = Server::with(samos_server::WorldKind::Data, |configuration| {
        configuration.may_update = true;
        configuration.events_kept = 4;
    });
    observe(&server, 10);
    let mut resumed = Stream::open(&server, Some(1));
    let (_, gap) = resumed.next();
    assert_eq!(gap, json!({"missed": 5, "from": 7}));
    assert_eq!(resumed.next().0, 7);
}

#[test]
fn many_may_listen_and_one_that_does_not_read_holds_nobody_up() {
    let server = Server::with(samos_server::WorldKind::Data, |configuration| {
        configuration.may_update = true;
        configuration.max_streams = 100;
    });
    let mut streams: Vec<Stream> = (0..100).map(|_| Stream::open(&server, None)).collect();
    let one_more = server.get("/events");
    assert_eq!(one_more.status, 503, "{}", one_more.body);
    observe(&server, 20);
    for stream in streams.iter_mut().skip(1) {
        assert_eq!(stream.next().0, 1);
    }
    let mut line = String::new();
    // The one that has not read so far reads all of it now.
    let late = &mut streams[0];
    late.reader.read_line(&mut line).unwrap();
    assert!(usize::from_str_radix(line.trim(), 16).is_ok(), "{line}");
}
