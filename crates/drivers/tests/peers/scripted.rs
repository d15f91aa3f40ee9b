//! A server on loopback that gives the answers of a script, one a connection, and remembers what it was asked.

// Each test takes what it needs.
#![allow(dead_code, reason = "several tests share it")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One answer.
pub(crate) enum Reply {
    /// A status and a body.
    Text(u16, String),
    /// A status, headers and a body.
    With(u16, Vec<(&'static str, String)>, String),
    /// The connection is closed without an answer.
    Hangup,
    /// Fewer bytes than announced.
    Announced { bytes: usize, sent: &'static str },
    /// Bytes without an end.
    Endless,
    /// Nothing, for as long as the other side waits.
    Silence,
}

impl Reply {
    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::Text(status, body.to_owned())
    }
}

/// The server; it ends with its script.
pub(crate) struct Server {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn play(script: Vec<Reply>) -> Self {
        Self::knowing_itself(|_| script)
    }

    /// The script may name the server's own address.
    pub(crate) fn knowing_itself(script: impl FnOnce(&str) -> Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let script = script(&address);
        Self::serve(listener, address, script, |stream| stream)
    }

    /// Behind TLS.
    pub(crate) fn encrypted(script: Vec<Reply>, settings: Arc<rustls::ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = format!("https://localhost:{port}");
        Self::serve(listener, address, script, move |stream| {
            let session = rustls::ServerConnection::new(Arc::clone(&settings)).unwrap();
            rustls::StreamOwned::new(session, stream)
        })
    }

    fn serve<S: Read + Write>(
        listener: TcpListener,
        address: String,
        script: Vec<Reply>,
        through: impl Fn(TcpStream) -> S + Send + 'static,
    ) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&requests);
        std::thread::spawn(move || {
            for reply in script {
                let Ok((stream, _)) = listener.accept() else {
                    return;
                };
                let mut stream = through(stream);
                let request = read(&mut stream);
                heard.lock().unwrap().push(request);
                // Whoever asked may have gone.
                let _ = answer(&mut stream, reply);
            }
        });
        Self { address, requests }
    }

    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn answer(stream: &mut (impl Read + Write), reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::With(status, headers, body) => {
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\nconnection: close\r\n"
            )?;
            for (name, value) in headers {
                write!(stream, "{name}: {value}\r\n")?;
            }
            write!(stream, "\r\n{body}")?;
            stream.flush()
        }
        Reply::Text(status, body) => {
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
        }
        Reply::Hangup => Ok(()),
        Reply::Announced { bytes, sent } => {
            write!(
                stream,
                "HTTP/1.1 200 Said\r\ncontent-length: {bytes}\r\nconnection: close\r\n\r\n{sent}"
            )
        }
        Reply::Endless => {
            write!(stream, "HTTP/1.1 200 Said\r\nconnection: close\r\n\r\n")?;
            let block = vec![b' '; 1 << 20];
            loop {
                stream.write_all(&block)?;
            }
        }
        Reply::Silence => stream.read(&mut [0]).map(drop),
    }
}

fn read(stream: &mut impl Read) -> String {
    let mut request = Vec::new();
    let mut block = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lengths = head.lines().filter_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length:")
                    .map(str::to_owned)
            });
            let length: usize = lengths
                .next_back()
                .map_or(0, |length| length.trim().parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        let read = stream.read(&mut block).unwrap_or(0);
        if read == 0 {
            return text;
        }
        request.extend_from_slice(&block[..read]);
    }
}
