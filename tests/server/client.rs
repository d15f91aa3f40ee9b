//! A client that speaks HTTP/1.1 over a plain socket and hides nothing, and servers to speak to.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use samos::Samos;
use samos_server::{Access, Configuration, Serving, WorldKind};

/// The token of all servers here.
pub(crate) const TOKEN: &str = "a-token-for-tests-only";

/// A server that ends with this value.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
    serving: Option<Serving>,
    folder: PathBuf,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

impl Server {
    /// The demo world.
    pub(crate) fn demo() -> Self {
        Self::with(WorldKind::Demo, |_| {})
    }

    /// A data directory in which everything may be changed.
    pub(crate) fn writable() -> Self {
        Self::with(WorldKind::Data, |configuration| {
            configuration.may_update = true
        })
    }

    pub(crate) fn with(kind: WorldKind, change: impl FnOnce(&mut Configuration)) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let name = format!("samos-server-{}-{}", std::process::id(), next());
        let folder = std::env::temp_dir().join(name);
        let data = folder.clone();
        let load: samos_server::Load = Arc::new(move || {
            // The demo world begins anew each time, as `samos serve --demo` has it.
            let data = match kind {
                WorldKind::Demo => data.join(next().to_string()),
                _ => data.clone(),
            };
            let builder = Samos::builder().data_directory(&data);
            match kind {
                WorldKind::Data => builder.build(),
                _ => builder.world("demo").build(),
            }
        });
        let mut configuration =
            Configuration::new(load, kind, "test", Access::Token(TOKEN.to_owned()));
        // Without optimisation, on a machine that others use too, a search takes its time.
        configuration.timeout = Duration::from_secs(120);
        configuration.event_log = Some(folder.join("events.jsonl"));
        std::fs::create_dir_all(&folder).unwrap();
        change(&mut configuration);
        let serving = runtime
            .block_on(samos_server::start(configuration))
            .unwrap();
        Self {
            address: serving.address,
            runtime: Some(runtime),
            serving: Some(serving),
            folder,
        }
    }

    /// Sends a request with the token.
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let token = format!("Bearer {TOKEN}");
        let mut all = vec![("Authorization", token.as_str())];
        all.extend(headers);
        self.send(method, path, &all, body)
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], "")
    }

    pub(crate) fn post(&self, path: &str, body: &serde_json::Value) -> Reply {
        let headers = [("Content-Type", "application/json")];
        self.ask("POST", path, &headers, &body.to_string())
    }

    /// Sends exactly these headers, with `Host` where none is given.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let mut reader = self.open(method, path, headers, body);
        let (status, headers) = head(&mut reader);
        let mut bytes = Vec::new();
        if headers
            .get("transfer-encoding")
            .is_some_and(|coding| coding == "chunked")
        {
            while let Some(chunk) = chunk(&mut reader) {
                bytes.extend(chunk);
            }
        } else {
            reader.read_to_end(&mut bytes).unwrap();
        }
        Reply {
            status,
            headers,
            body: String::from_utf8(bytes).unwrap(),
        }
    }

    /// Sends a request and leaves the answer to be read.
    pub(crate) fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(180)))
            .unwrap();
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("host"))
        {
            text.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || matches!(method, "POST" | "PUT") {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        stream.write_all(text.as_bytes()).unwrap();
        BufReader::new(stream)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let (Some(runtime), Some(serving)) = (self.runtime.take(), self.serving.take()) {
            // A test that failed has said why.
            let _ = runtime.block_on(serving.end());
            runtime.shutdown_background();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn next() -> u32 {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// Status and headers.
pub(crate) fn head(reader: &mut BufReader<TcpStream>) -> (u16, BTreeMap<String, String>) {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line
        .split_whitespace()
        .nth(1)
        .and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no answer: `{line}`"));
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    (status, headers)
}

/// The next chunk of a chunked body.
pub(crate) fn chunk(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let length = usize::from_str_radix(line.trim(), 16).ok()?;
    let mut bytes = vec![0; length + 2];
    reader.read_exact(&mut bytes).ok()?;
    bytes.truncate(length);
    (length > 0).then_some(bytes)
}

/// As it stands in an address.
pub(crate) fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
