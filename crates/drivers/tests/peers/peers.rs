//! A peer for each thing that drivers speak to, all playing from the same script.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::num::NonZeroU32;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use samos_drivers::aws::{AwsDriver, Credentials, Settings};
use samos_drivers::haproxy::HaproxyDriver;
use samos_drivers::http::{Authentication, HttpDriver};
use samos_drivers::libvirt::LibvirtDriver;
use samos_drivers::{ConnectionSettings, Driver, Transport};
use samos_mapping::{Answer, Body, Call};
use serde_json::json;

use super::fetch::botocore;
use super::scripted::{Reply, Server};

/// Stands for whatever an account proves itself with.
pub(crate) const SECRET: &str = "planted-secret";

/// What a peer does with one call that it hears.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    Answer,
    /// No, in the way of the protocol.
    Refuse,
    /// Goes away without a word.
    HangUp,
    /// Stays without a word.
    Silence,
    /// Half of the answer.
    Cut,
    /// What is of no protocol.
    Garbage,
    /// An answer larger than anybody reads.
    Endless,
}

/// What is spoken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Speaks {
    Aws,
    Rest,
    Libvirt,
    Haproxy,
}

/// A driver, and whom it speaks to.
pub(crate) struct Peer {
    pub(crate) driver: Box<dyn Driver>,
    heard: Heard,
}

enum Heard {
    Requests(Server),
    Calls(Arc<AtomicUsize>),
}

impl Peer {
    pub(crate) fn play(speaks: Speaks, script: Vec<Act>) -> Self {
        Self::limited(speaks, script, NonZeroU32::new(1000).unwrap())
    }

    pub(crate) fn limited(speaks: Speaks, script: Vec<Act>, per_second: NonZeroU32) -> Self {
        match speaks {
            Speaks::Aws | Speaks::Rest => {
                let replies = script.into_iter().map(|act| speaks.reply(act));
                let server = Server::play(replies.collect());
                let driver = speaks.driver(&server.address(), per_second);
                Self {
                    driver,
                    heard: Heard::Requests(server),
                }
            }
            Speaks::Libvirt | Speaks::Haproxy => {
                let socket = socket();
                let heard = listen(&socket, speaks, script);
                let driver = speaks.driver(&socket.to_string_lossy(), per_second);
                Self {
                    driver,
                    heard: Heard::Calls(heard),
                }
            }
        }
    }

    /// How often a call came through; opening a connection is none.
    pub(crate) fn heard(&self) -> usize {
        match &self.heard {
            Heard::Requests(server) => server.requests().len(),
            Heard::Calls(count) => count.load(Ordering::SeqCst),
        }
    }
}

impl Speaks {
    pub(crate) fn change(self) -> Call {
        match self {
            Self::Aws => model("StartInstances", json!({"InstanceIds": ["i-1"]})),
            Self::Rest => rest("POST", Some(Body::Json(json!({"wake": true})))),
            Self::Libvirt => libvirt("virDomainDefineXML", json!({"xml": "<domain/>"})),
            Self::Haproxy => line("set server b/s1 state maint"),
        }
    }

    pub(crate) fn question(self) -> Call {
        match self {
            Self::Aws => model("DescribeInstances", json!({})),
            Self::Rest => rest("GET", None),
            Self::Libvirt => libvirt("virConnectListAllDomains", json!({})),
            Self::Haproxy => line("show backend"),
        }
    }

    /// HAProxy has no form for a no: its mapping knows the words.
    pub(crate) fn is_refusal(self, answer: &Answer) -> bool {
        match self {
            Self::Haproxy => answer.document == json!("No such server.\n\n"),
            _ => answer
                .error
                .as_ref()
                .is_some_and(|error| !error.code.is_empty()),
        }
    }

    pub(crate) fn driver_to_nobody(self) -> Box<dyn Driver> {
        let address = match self {
            // A port that was free a moment ago.
            Self::Aws | Self::Rest => {
                let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                format!("http://{}", listener.local_addr().unwrap())
            }
            Self::Libvirt | Self::Haproxy => socket().to_string_lossy().into_owned(),
        };
        self.driver(&address, NonZeroU32::MAX)
    }

    fn driver(self, address: &str, per_second: NonZeroU32) -> Box<dyn Driver> {
        match self {
            Self::Aws => {
                let mut settings = Settings::new(botocore());
                settings.address = Some(address.to_owned());
                settings.region = Some("eu-west-1".into());
                settings.credentials = Some(Credentials::new("AKID", SECRET));
                settings.requests_per_second = Some(per_second);
                Box::new(AwsDriver::new(settings).unwrap())
            }
            Self::Rest => {
                let transport = Transport::new(&ConnectionSettings::default()).unwrap();
                let bearer = Authentication::Bearer(SECRET.to_owned().into());
                let everywhere = BTreeMap::from([(String::new(), address.to_owned())]);
                let driver = HttpDriver::new(transport, bearer, everywhere, None);
                Box::new(driver.limited_to(per_second))
            }
            Self::Libvirt => {
                let driver = LibvirtDriver::new(&format!("test:///default?socket={address}"));
                Box::new(driver.unwrap().limited_to(per_second))
            }
            Self::Haproxy => Box::new(HaproxyDriver::new(address).limited_to(per_second)),
        }
    }

    /// What a web server answers.
    fn reply(self, act: Act) -> Reply {
        let is_aws = self == Self::Aws;
        match act {
            Act::Answer if is_aws => Reply::text(200, "<Response/>"),
            Act::Answer => Reply::text(200, "{}"),
            Act::Refuse if is_aws => Reply::text(
                400,
                "<Response><Errors><Error><Code>IncorrectState</Code><Message>no</Message></Error></Errors></Response>",
            ),
            Act::Refuse => Reply::text(409, r#"{"conflict": {"message": "no"}}"#),
            Act::HangUp => Reply::Hangup,
            Act::Silence => Reply::Silence,
            Act::Cut => Reply::Announced {
                bytes: 500,
                sent: "<",
            },
            Act::Garbage => Reply::text(200, "<!DOCTYPE html><title>Hotel</title>"),
            Act::Endless => Reply::Endless,
        }
    }
}

fn model(operation: &str, input: serde_json::Value) -> Call {
    Call::Model {
        service: "ec2".into(),
        operation: operation.into(),
        input,
        region: None,
    }
}

fn rest(method: &str, body: Option<Body>) -> Call {
    Call::Http {
        service: "machines".into(),
        method: method.into(),
        path: "/machines/1".into(),
        query: Vec::new(),
        headers: Vec::new(),
        body,
        region: None,
    }
}

fn libvirt(function: &str, arguments: serde_json::Value) -> Call {
    Call::Libvirt {
        function: function.into(),
        arguments: arguments.as_object().unwrap().clone(),
    }
}

fn line(command: &str) -> Call {
    Call::Socket {
        command: command.into(),
    }
}

/// A place for a socket, short enough for one.
fn socket() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let path = std::env::temp_dir().join(format!("samos-{}-{number}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

/// Plays one act a connection; gives how many calls were heard.
fn listen(path: &PathBuf, speaks: Speaks, script: Vec<Act>) -> Arc<AtomicUsize> {
    let listener = UnixListener::bind(path).unwrap();
    let heard = Arc::new(AtomicUsize::new(0));
    let (count, path) = (Arc::clone(&heard), path.clone());
    std::thread::spawn(move || {
        for act in script {
            let Ok((mut stream, _)) = listener.accept() else {
                return;
            };
            // Whoever asked may have gone.
            let _ = match speaks {
                Speaks::Libvirt => daemon(&mut stream, act, &count),
                _ => balancer(&mut stream, act, &count),
            };
        }
        let _ = std::fs::remove_file(path);
    });
    heard
}

/// Plays HAProxy for one command.
fn balancer(stream: &mut UnixStream, act: Act, heard: &AtomicUsize) -> std::io::Result<()> {
    let mut line = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte)? == 1 && byte != [b'\n'] {
        line.extend(byte);
    }
    heard.fetch_add(1, Ordering::SeqCst);
    match act {
        Act::Answer => stream.write_all(b"\n"),
        Act::Refuse => stream.write_all(b"No such server.\n\n"),
        Act::HangUp => Ok(()),
        Act::Silence => silence(stream),
        Act::Cut => stream.write_all(b"# name\nb"),
        Act::Garbage => stream.write_all(&[0xff; 64]),
        Act::Endless => endless(stream),
    }
}

const PROGRAM: u32 = 0x2000_8086;
const OPENING: [u32; 2] = [66, 1];
const LIST: u32 = 273;

/// Plays libvirt's daemon: opens the connection as it should be, then acts on the first call.
fn daemon(stream: &mut UnixStream, act: Act, heard: &AtomicUsize) -> std::io::Result<()> {
    loop {
        let (procedure, serial) = message(stream)?;
        if OPENING.contains(&procedure) {
            // No way to prove oneself is wanted; the hypervisor is open.
            let content: &[u8] = if procedure == 66 { &[0; 4] } else { &[] };
            stream.write_all(&reply(procedure, serial, 0, content))?;
            continue;
        }
        heard.fetch_add(1, Ordering::SeqCst);
        let done = match procedure {
            // No domains, and how many that are.
            LIST => reply(procedure, serial, 0, &[0; 8]),
            _ => reply(procedure, serial, 0, &domain()),
        };
        return match act {
            Act::Answer => stream.write_all(&done).and_then(|()| silence(stream)),
            Act::Refuse => stream.write_all(&reply(procedure, serial, 1, &refusal())),
            Act::HangUp => Ok(()),
            Act::Silence => silence(stream),
            Act::Cut => stream.write_all(&done[..done.len() / 2]),
            Act::Garbage => stream.write_all(&[0xff; 64]),
            Act::Endless => stream
                .write_all(&u32::MAX.to_be_bytes())
                .and_then(|()| endless(stream)),
        };
    }
}

/// One message: its procedure and serial.
fn message(stream: &mut UnixStream) -> std::io::Result<(u32, u32)> {
    let mut header = [0; 28];
    stream.read_exact(&mut header)?;
    let word = |at: usize| u32::from_be_bytes(header[at * 4..at * 4 + 4].try_into().unwrap());
    let mut content = vec![0; word(0) as usize - header.len()];
    stream.read_exact(&mut content)?;
    Ok((word(3), word(5)))
}

fn reply(procedure: u32, serial: u32, status: u32, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(28 + content.len()).unwrap();
    let words = [length, PROGRAM, 1, procedure, 1, serial, status];
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.extend(content);
    bytes
}

/// A text: its length, itself, and zeros up to four bytes.
fn text(text: &str) -> Vec<u8> {
    let mut bytes = u32::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn domain() -> Vec<u8> {
    [text("vm"), vec![7; 16], vec![0xff; 4]].concat()
}

/// Code, origin, a message, a level, no domain, three texts that are not there, two numbers, no network.
fn refusal() -> Vec<u8> {
    let words = |words: &[u32]| -> Vec<u8> {
        let bytes = words.iter().flat_map(|word| word.to_be_bytes());
        bytes.collect()
    };
    [
        words(&[55, 10, 1]),
        text("no"),
        words(&[2, 0, 0, 0, 0, 0, 0, 0]),
    ]
    .concat()
}

/// Waits until the other side goes.
fn silence(stream: &mut impl Read) -> std::io::Result<()> {
    let mut rest = [0; 1024];
    while stream.read(&mut rest)? > 0 {}
    Ok(())
}

fn endless(stream: &mut impl Write) -> std::io::Result<()> {
    let block = vec![b' '; 1 << 20];
    loop {
        stream.write_all(&block)?;
    }
}
