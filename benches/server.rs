//! The server under load: simple reads while facts stream in and a thousand listen, one of them without reading; then it is
//! killed.
//!
//! In: the release binary, which serves a data directory of its own. Out: the server's CPU time for 1,000 reads, beside what
//! all of them waited; whether everybody who read heard everything; how far its memory grew; whether all that was answered
//! before it was killed is there after. What is promised of time is judged by CPU time, as other programs share the machine;
//! how long an answer is waited for is judged where they leave it alone.
#![allow(clippy::disallowed_methods, reason = "a bench measures time")]

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use samos_benches::{Row, Setting, ended, print};

const PROMISE: &str = "5,000 simple reads for a second of CPU, 99 % within 20 ms, while facts stream in; 1,000 event streams; nothing lost";
const READERS: usize = 8;
const READS: usize = 40_000;
const STREAMS: usize = 1_000;
/// Between two facts.
const PAUSE: Duration = Duration::from_millis(20);
/// How long everybody may take to hear the rest.
const PATIENCE: Duration = Duration::from_secs(120);
/// The server may grow by that much under load.
const GROWTH_KIB: u64 = 256 * 1024;
/// So long 99 of 100 answers may be waited for.
const LONGEST: Duration = Duration::from_millis(20);
const READ: &str =
    "/sparql?query=SELECT%20?c%20WHERE%20%7B%20samos:VirtualMachine%20rdfs:subClassOf%20?c%20%7D";
const COUNT: &str = "/sparql?query=SELECT%20(COUNT(DISTINCT%20?t)%20AS%20?n)%20WHERE%20%7B%20?t%20samos:name%20?v%20FILTER(STRSTARTS(STR(?t),%20%22urn:bench:%22))%20%7D";
/// What each event about facts carries once.
const EVENT: &[u8] = b"event: facts.changed";

fn main() -> ExitCode {
    ended("server", bench())
}

fn bench() -> Result<bool, String> {
    let setting = Setting::read()?;
    let is_busy = is_busy();
    let data = setting.scratch("served")?;
    let served = Served::start(&setting, &data)?;
    let before_kib = served.memory_kib()?;
    let mut streams = (0..STREAMS)
        .map(|_| Stream::open(&served.address))
        .collect::<Result<Vec<Stream>, String>>()?;
    let slow = streams.pop();
    let ends = Arc::new(AtomicBool::new(false));
    let writer = {
        let (address, ends) = (served.address.clone(), Arc::clone(&ends));
        std::thread::spawn(move || written(&address, &ends))
    };
    let listener = {
        let ends = Arc::clone(&ends);
        std::thread::spawn(move || heard(streams, &ends))
    };
    let cpu_ms = served.cpu_ms()?;
    let mut waited = read_all(&served.address)?;
    let cpu_ms = served.cpu_ms()? - cpu_ms;
    ends.store(true, Ordering::Relaxed);
    let written = writer.join().map_err(|_| "the writer failed")??;
    let heard = listener.join().map_err(|_| "the listener failed")?;
    let heard_all = heard(written);
    let grown_kib = served.memory_kib()?.saturating_sub(before_kib);
    drop(slow);

    served.kill()?;
    let again = Served::start(&setting, &data)?;
    let answer = Connection::open(&again.address)?.ask("GET", COUNT, "")?;
    let kept = answer.contains(&format!("\"value\":\"{written}\""));
    again.kill()?;

    waited.sort_unstable();
    let at = |part: usize| waited.get(waited.len() * part / 100).copied();
    let milliseconds =
        |time: Option<Duration>| time.map_or(f64::NAN, |time| time.as_secs_f64() * 1e3);
    let per_second = READS as f64 / (cpu_ms / 1e3);
    let row = |work: &str, answer: String, ours_ms, is_right| Row {
        case: format!("{READERS} readers"),
        work: work.to_owned(),
        answer,
        ours_ms,
        peer: "–".to_owned(),
        peer_ms: None,
        is_right,
        promise: None,
    };
    let rows = [
        row(
            "1,000 reads, facts streaming in",
            format!("{per_second:.0}/s"),
            Some(cpu_ms * 1e3 / READS as f64),
            per_second >= 5_000.0,
        ),
        row(
            "waited (wall), half and 99 %",
            format!(
                "{:.1}, {:.1} ms{}",
                milliseconds(at(50)),
                milliseconds(at(99)),
                if is_busy { " (busy)" } else { "" }
            ),
            None,
            is_busy || at(99).is_some_and(|waited| waited < LONGEST),
        ),
        row(
            "streams that heard all",
            format!("{heard_all}/{}", STREAMS - 1),
            None,
            heard_all == STREAMS - 1,
        ),
        row(
            "memory, one not reading",
            format!("+{} MiB", grown_kib / 1024),
            None,
            grown_kib < GROWTH_KIB,
        ),
        row("killed", format!("{written} facts kept"), None, kept),
    ];
    Ok(print(&setting, "server", PROMISE, &rows))
}

/// Do other programs want more of the machine than there is?
fn is_busy() -> bool {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = load.split_whitespace().next();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // Three programs run here: the server, its readers, its listeners.
    first
        .and_then(|load| load.parse::<f64>().ok())
        .is_some_and(|load| load > cores as f64 / 2.0)
}

/// A server with a data directory of its own.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(setting: &Setting, data: &Path) -> Result<Self, String> {
        let words = "serve --no-token --allow-update --listen 127.0.0.1:0";
        let mut child = Command::new(&setting.samos)
            .arg("--data")
            .arg(data)
            .args(words.split(' '))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|problem| format!("{} does not start: {problem}", setting.samos))?;
        let mut said = String::new();
        let output = child.stdout.take().ok_or("no output")?;
        BufReader::new(output)
            .read_line(&mut said)
            .map_err(|problem| problem.to_string())?;
        let rest = said.trim().strip_prefix("http://").unwrap_or_default();
        let address = rest.split('/').next().unwrap_or_default().to_owned();
        if address.is_empty() {
            let _ = child.kill();
            return Err(format!("samos serve said `{}`", said.trim()));
        }
        Ok(Self { child, address })
    }

    fn process_file(&self, name: &str) -> Result<String, String> {
        let path = PathBuf::from(format!("/proc/{}/{name}", self.child.id()));
        std::fs::read_to_string(&path).map_err(|problem| format!("{}: {problem}", path.display()))
    }

    /// User and system time so far; the system counts it in hundredths of a second.
    fn cpu_ms(&self) -> Result<f64, String> {
        let text = self.process_file("stat")?;
        let after_name = text.rsplit(')').next().unwrap_or_default();
        let fields = after_name.split_whitespace().skip(11).take(2);
        let ticks: f64 = fields.filter_map(|field| field.parse::<f64>().ok()).sum();
        Ok(ticks * 10.0)
    }

    fn memory_kib(&self) -> Result<u64, String> {
        let text = self.process_file("status")?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.ok_or_else(|| "the system does not say how much memory it has".to_owned())
    }

    /// Without a warning.
    fn kill(mut self) -> Result<(), String> {
        self.child.kill().map_err(|problem| problem.to_string())?;
        self.child
            .wait()
            .map(drop)
            .map_err(|problem| problem.to_string())
    }
}

/// A connection that stays open.
struct Connection {
    stream: BufReader<TcpStream>,
    address: String,
}

impl Connection {
    fn open(address: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address).map_err(|problem| problem.to_string())?;
        stream
            .set_nodelay(true)
            .map_err(|problem| problem.to_string())?;
        Ok(Self {
            stream: BufReader::new(stream),
            address: address.to_owned(),
        })
    }

    /// The body of the answer, which must be one that went well.
    fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<String, String> {
        let failed = |problem: std::io::Error| format!("{method} {path}: {problem}");
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let stream = self.stream.get_mut();
        stream.write_all(request.as_bytes()).map_err(failed)?;
        let (mut status, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).map_err(failed)?;
            let line = line.trim().to_ascii_lowercase();
            if let Some(size) = line.strip_prefix("content-length:") {
                length = size.trim().parse().unwrap_or(0);
            }
            if line.is_empty() {
                break;
            }
            if status.is_empty() {
                status = line;
            }
        }
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).map_err(failed)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if status.contains(" 200") {
            Ok(text)
        } else {
            Err(format!("{method} {path}: {status} {text}"))
        }
    }
}

/// All readers at once; how long each answer took.
fn read_all(address: &str) -> Result<Vec<Duration>, String> {
    let readers = (0..READERS).map(|_| {
        let address = address.to_owned();
        std::thread::spawn(move || {
            let mut connection = Connection::open(&address)?;
            let mut waited = Vec::with_capacity(READS / READERS);
            for _ in 0..READS / READERS {
                let begun = Instant::now();
                connection.ask("GET", READ, "")?;
                waited.push(begun.elapsed());
            }
            Ok::<Vec<Duration>, String>(waited)
        })
    });
    let readers: Vec<_> = readers.collect();
    let mut all = Vec::with_capacity(READS);
    for reader in readers {
        all.extend(reader.join().map_err(|_| "a reader failed")??);
    }
    Ok(all)
}

/// Facts one after the other until the end; how many were answered.
fn written(address: &str, ends: &AtomicBool) -> Result<usize, String> {
    let mut connection = Connection::open(address)?;
    let mut count = 0;
    while !ends.load(Ordering::Relaxed) {
        let fact = format!(
            "[{{\"entity\":\"urn:bench:{count}\",\"property\":\"https://w3id.org/samos#name\",\"values\":[\"\\\"{count}\\\"\"]}}]"
        );
        connection.ask("POST", "/api/v1/observations", &fact)?;
        count += 1;
        std::thread::sleep(PAUSE);
    }
    Ok(count)
}

/// Somebody who listens.
struct Stream {
    stream: TcpStream,
    rest: Vec<u8>,
    events: usize,
}

impl Stream {
    fn open(address: &str) -> Result<Self, String> {
        let failed = |problem: std::io::Error| format!("a stream of events: {problem}");
        let mut stream = TcpStream::connect(address).map_err(failed)?;
        let request =
            format!("GET /events HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\r\n");
        stream.write_all(request.as_bytes()).map_err(failed)?;
        // Its head has come before the first fact is written.
        let mut first = [0; 12];
        stream.read_exact(&mut first).map_err(failed)?;
        if !first.ends_with(b"200") {
            return Err(format!(
                "a stream of events: {}",
                String::from_utf8_lossy(&first)
            ));
        }
        stream.set_nonblocking(true).map_err(failed)?;
        Ok(Self {
            stream,
            rest: Vec::new(),
            events: 0,
        })
    }

    /// Reads what is there.
    fn read(&mut self) {
        let mut bytes = [0; 65_536];
        loop {
            match self.stream.read(&mut bytes) {
                Ok(0) => return,
                Ok(count) => self.rest.extend(bytes.iter().take(count)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let found = self.rest.windows(EVENT.len());
        self.events += found.filter(|window| *window == EVENT).count();
        // The beginning of an event may be all that has come of it.
        let kept = self.rest.len().min(EVENT.len() - 1);
        self.rest.drain(..self.rest.len() - kept);
    }
}

/// Listens to the end, then for as long as something may be missing; then says how many heard that many events.
fn heard(mut streams: Vec<Stream>, ends: &AtomicBool) -> impl FnOnce(usize) -> usize + use<> {
    while !ends.load(Ordering::Relaxed) {
        streams.iter_mut().for_each(Stream::read);
        std::thread::sleep(PAUSE);
    }
    move |wanted| {
        let begun = Instant::now();
        loop {
            streams.iter_mut().for_each(Stream::read);
            let all = streams.iter().filter(|one| one.events == wanted).count();
            if all == streams.len() || begun.elapsed() > PATIENCE {
                return all;
            }
            std::thread::sleep(PAUSE);
        }
    }
}
