//! The park: a server with one machine that can be woken, for those whom it knows.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct State {
    admitted: Vec<String>,
    outage: Option<u16>,
    is_awake: bool,
    heard: Vec<String>,
}

pub(crate) struct Park {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Park {
    /// Lets in whose `Authorization` is one of these.
    pub(crate) fn open(admitted: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let park = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            state: Arc::default(),
        };
        park.admit(admitted);
        let state = Arc::clone(&park.state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &state);
            }
        });
        park
    }

    pub(crate) fn admit(&self, admitted: &[&str]) {
        let admitted = admitted.iter().map(|one| (*one).to_owned());
        self.state.lock().unwrap().admitted = admitted.collect();
    }

    /// From now on it has this status for everybody.
    pub(crate) fn fail(&self, status: u16) {
        self.state.lock().unwrap().outage = Some(status);
    }

    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    pub(crate) fn is_awake(&self) -> bool {
        self.state.lock().unwrap().is_awake
    }

    /// The requests that begin so.
    pub(crate) fn heard(&self, beginning: &str) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let heard = state.heard.iter();
        heard
            .filter(|one| one.starts_with(beginning))
            .cloned()
            .collect()
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let request = read(&mut stream)?;
    let mut state = state.lock().unwrap();
    let proof = request
        .lines()
        .find_map(|line| line.strip_prefix("authorization: "));
    let is_admitted = state.admitted.iter().any(|one| Some(one.as_str()) == proof);
    let wakes = request.starts_with("POST /machines/m000001/wake ")
        || request.starts_with("POST /do ") && request.ends_with("action=wake&machine=m000001");
    let (status, body) = if let Some(status) = state.outage {
        (status, r#"{"message": "not now"}"#.to_owned())
    } else if !is_admitted {
        (401, r#"{"message": "who are you?"}"#.to_owned())
    } else if wakes {
        state.is_awake = true;
        (202, "{}".to_owned())
    } else if request.starts_with("GET /machines/m000001 ") {
        let word = if state.is_awake { "awake" } else { "asleep" };
        (200, format!(r#"{{"machine": {{"state": "{word}"}}}}"#))
    } else if request.starts_with("GET /keeper ") {
        (200, r#"{"name": "the keeper"}"#.to_owned())
    } else {
        (404, r#"{"message": "no such"}"#.to_owned())
    };
    state.heard.push(request);
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

fn read(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut request = Vec::new();
    let mut block = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Ok(text);
            }
        }
        match stream.read(&mut block)? {
            0 => return Ok(text),
            read => request.extend_from_slice(block.get(..read).unwrap_or_default()),
        }
    }
}
