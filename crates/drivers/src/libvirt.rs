//! libvirt: functions of its library, asked of its daemon by the protocol that the library itself speaks to it.
//!
//! The library is C, under the LGPL, and blocks; its daemon answers the same calls at a socket, with no library needed here, so
//! that every build of samos can speak to a hypervisor and a deadline is a deadline. In: calls of functions by name. Out: their
//! results by the library's names, its errors by their numbers. Not here: events, streams, migration, hosts reached by SSH or TLS.

mod functions;
mod xdr;

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use futures::future::BoxFuture;
use samos_mapping::call::ApiError;
use samos_mapping::{Answer, Call};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout_at};

use crate::driver::{Driver, Preview, SendError, SendOptions, wrong_kind};
use crate::limits::Limits;
use crate::retry;
use functions::{Domain, Function, Gives};
use xdr::{Broken, Reader, Writer};

/// The program and version of every message.
const PROGRAM: u32 = 0x2000_8086;
const VERSION: u32 = 1;
const OPEN: u32 = 1;
const CLOSE: u32 = 2;
const LIST_AUTHENTICATION: u32 = 66;
const AUTHENTICATE_BY_POLICY: u32 = 70;
/// Length, program, version, procedure, type, serial, status: in bytes.
const HEADER: usize = 28;
/// The largest message of the protocol, in bytes.
const LARGEST: usize = 32 * 1024 * 1024;

const NO_AUTHENTICATION: i32 = 0;
const BY_POLICY: i32 = 2;

const A_REPLY: u32 = 1;
const SUCCEEDED: u32 = 0;
const FAILED: u32 = 1;

/// A hypervisor.
#[derive(Debug)]
pub struct LibvirtDriver {
    sockets: Vec<PathBuf>,
    uri: String,
    limits: Limits,
}

/// A connection URI that cannot be used here.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{uri}` {reason}")]
pub struct UnusableUri {
    /// As it was given.
    pub uri: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl LibvirtDriver {
    /// The one that a connection URI names, such as `qemu:///system` or `test+unix:///default?socket=/run/libvirt/libvirt-sock`.
    ///
    /// # Errors
    /// When it is no URI of this machine's daemon.
    pub fn new(uri: &str) -> Result<Self, UnusableUri> {
        let unusable = |reason| UnusableUri {
            uri: uri.to_owned(),
            reason,
        };
        let (scheme, rest) = uri
            .split_once("://")
            .ok_or_else(|| unusable("is no connection URI, such as `qemu:///system`"))?;
        let (hypervisor, transport) = scheme.split_once('+').unwrap_or((scheme, "unix"));
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let is_word = |word: &str| word.chars().all(|one| one.is_ascii_alphanumeric());
        if hypervisor.is_empty() || !is_word(hypervisor) {
            return Err(unusable("names no hypervisor, such as `qemu` or `xen`"));
        }
        if transport != "unix" || !address.starts_with('/') {
            return Err(unusable(
                "is of another machine; run samos there, or forward its socket and name that by `?socket=`",
            ));
        }
        let (mut socket, mut others) = (None, form_urlencoded::Serializer::new(String::new()));
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name == "socket" {
                socket = Some(PathBuf::from(&*value));
            } else {
                others.append_pair(&name, &value);
            }
        }
        let sockets = match socket {
            Some(socket) => vec![socket],
            None if address.ends_with("/session") => {
                return Err(unusable(
                    "is a session of one user; name its socket by `?socket=`",
                ));
            }
            // One daemon for all, or one for each hypervisor.
            None => vec![
                PathBuf::from("/run/libvirt/libvirt-sock"),
                PathBuf::from(format!("/run/libvirt/virt{hypervisor}d-sock")),
            ],
        };
        let others = others.finish();
        let mark = if others.is_empty() { "" } else { "?" };
        Ok(Self {
            sockets,
            uri: format!("{hypervisor}://{address}{mark}{others}"),
            limits: Limits::default(),
        })
    }

    /// The same, calling no more than so many functions a second.
    #[must_use = "this returns the new value"]
    pub fn limited_to(mut self, per_second: NonZeroU32) -> Self {
        self.limits = Limits::per_second(per_second);
        self
    }

    async fn attempt(
        &self,
        function: &Function,
        arguments: &Map<String, Value>,
        options: &SendOptions,
    ) -> Result<Answer, SendError> {
        let end = Instant::now() + options.deadline;
        let mut connection = match timeout_at(end, self.open()).await {
            Ok(opened) => opened?,
            Err(_) => {
                return Err(SendError::Unreachable {
                    message: format!("{} does not let anybody in in time", self.uri),
                });
            }
        };
        let answer = timeout_at(end, connection.call(function, arguments))
            .await
            .map_err(|_| SendError::late(options.deadline))?;
        // A farewell that gets lost loses nothing.
        let _ = timeout_at(end, connection.tell(CLOSE, &[])).await;
        answer
    }

    /// Connects, says who is there, and asks for the hypervisor.
    async fn open(&self) -> Result<Connection, SendError> {
        let stream = self.connect().await?;
        let mut connection = Connection { stream, serial: 0 };
        let refused = |problem: Problem| match problem {
            Problem::Error(error) => SendError::NotSignedIn {
                message: error.message,
            },
            Problem::Send(SendError::Lost { message }) => SendError::Unreachable { message },
            Problem::Send(error) => error,
        };
        let ways = connection
            .ask(LIST_AUTHENTICATION, &[])
            .await
            .map_err(refused)?;
        let ways = Reader::new(&ways)
            .list(Reader::signed)
            .map_err(|broken| refused(broken.into()))?;
        if ways.contains(&BY_POLICY) {
            connection
                .ask(AUTHENTICATE_BY_POLICY, &[])
                .await
                .map_err(refused)?;
        } else if !ways.is_empty() && !ways.contains(&NO_AUTHENTICATION) {
            return Err(SendError::NotSignedIn {
                message: "the daemon wants a password (SASL); allow this user by socket permissions or polkit".into(),
            });
        }
        let mut name = Writer::default();
        name.unsigned(1); // it is there
        name.text(&self.uri);
        name.unsigned(0); // no flags
        connection
            .ask(OPEN, &name.into_bytes())
            .await
            .map_err(refused)?;
        Ok(connection)
    }

    /// At the first socket where somebody listens.
    async fn connect(&self) -> Result<UnixStream, SendError> {
        let mut problems = Vec::new();
        for socket in &self.sockets {
            match UnixStream::connect(socket).await {
                Ok(stream) => return Ok(stream),
                Err(error) => problems.push(format!("{}: {error}", Path::display(socket))),
            }
        }
        Err(SendError::Unreachable {
            message: problems.join("; "),
        })
    }
}

/// The function that a call names, and its arguments.
fn named(call: &Call) -> Result<(&'static Function, &Map<String, Value>), SendError> {
    let Call::Libvirt {
        function,
        arguments,
    } = call
    else {
        return Err(wrong_kind("libvirt"));
    };
    let found = functions::find(function).ok_or_else(|| {
        SendError::not_sent(format!("`{function}` is no function that can be called"))
    })?;
    Ok((found, arguments))
}

impl Driver for LibvirtDriver {
    fn preview<'a>(
        &'a self,
        call: &'a Call,
        _options: &'a SendOptions,
        _signed: bool,
    ) -> BoxFuture<'a, Result<Option<Preview>, SendError>> {
        Box::pin(async move {
            named(call)?;
            Ok(Some(Preview {
                method: None,
                address: self.uri.clone(),
                headers: Vec::new(),
                body: serde_json::to_vec(call).map_err(SendError::not_sent)?,
            }))
        })
    }

    fn send<'a>(
        &'a self,
        call: &'a Call,
        options: &'a SendOptions,
    ) -> BoxFuture<'a, Result<Answer, SendError>> {
        Box::pin(async move {
            let (function, arguments) = named(call)?;
            let limits = (&self.limits, "");
            let attempt = || self.attempt(function, arguments, options);
            retry::while_safe(options, limits, attempt).await
        })
    }
}

/// An open connection.
struct Connection {
    stream: UnixStream,
    serial: u32,
}

/// Why there is no result.
enum Problem {
    /// libvirt says so.
    Error(ApiError),
    /// There is no answer.
    Send(SendError),
}

impl From<Broken> for Problem {
    fn from(_: Broken) -> Self {
        Self::Send(SendError::Malformed {
            message: "a message of the daemon that cannot be read".into(),
        })
    }
}

impl Connection {
    /// Calls a function; an error of libvirt is an answer.
    async fn call(
        &mut self,
        function: &Function,
        arguments: &Map<String, Value>,
    ) -> Result<Answer, SendError> {
        match self.result(function, arguments).await {
            Ok(document) => Ok(Answer {
                status: 200,
                document,
                ..Answer::default()
            }),
            Err(Problem::Error(error)) => Ok(Answer {
                status: 500,
                error: Some(error),
                ..Answer::default()
            }),
            Err(Problem::Send(error)) => Err(error),
        }
    }

    async fn result(
        &mut self,
        function: &Function,
        arguments: &Map<String, Value>,
    ) -> Result<Value, Problem> {
        let unfit = |problem: functions::Misfit| {
            let message = format!("{}: {}", function.name, problem.0);
            Problem::Send(SendError::not_sent(message))
        };
        let domain = if function.takes_a_domain() {
            let name = functions::text(arguments, "domain").map_err(unfit)?;
            Some(self.look_up(name).await?)
        } else {
            None
        };
        let content = function
            .arguments(arguments, domain.as_ref())
            .map_err(unfit)?;
        let reply = self.ask(function.number, &content).await?;
        let mut document = function.gives.read(&mut Reader::new(&reply))?;
        if function.gives == Gives::Domains {
            let listed = Reader::new(&reply).list(Domain::read)?;
            self.add_states(&listed, &mut document).await?;
        }
        Ok(document)
    }

    /// Nothing has been changed when this fails.
    async fn look_up(&mut self, name: &str) -> Result<Domain, Problem> {
        let mut writer = Writer::default();
        writer.text(name);
        let content = writer.into_bytes();
        let asked = self.ask(functions::LOOK_UP_BY_NAME, &content).await;
        let reply = asked.map_err(|problem| match problem {
            Problem::Send(SendError::Lost { message }) => {
                Problem::Send(SendError::Unreachable { message })
            }
            other => other,
        })?;
        Ok(Domain::read(&mut Reader::new(&reply))?)
    }

    /// A listing tells no states; one that went away since has none.
    async fn add_states(&mut self, listed: &[Domain], document: &mut Value) -> Result<(), Problem> {
        let documents = document.as_array_mut().into_iter().flatten();
        for (domain, document) in listed.iter().zip(documents) {
            let mut writer = Writer::default();
            domain.write(&mut writer);
            writer.unsigned(0); // no flags
            let reply = match self.ask(functions::GET_STATE, &writer.into_bytes()).await {
                Ok(reply) => reply,
                Err(Problem::Error(_)) => continue,
                Err(problem) => return Err(problem),
            };
            let state = Gives::State.read(&mut Reader::new(&reply))?;
            if let (Value::Object(document), Value::Object(state)) = (document, state) {
                document.extend(state);
            }
        }
        Ok(())
    }

    /// Sends a procedure and waits for its result.
    async fn ask(&mut self, procedure: u32, content: &[u8]) -> Result<Vec<u8>, Problem> {
        self.tell(procedure, content).await.map_err(Problem::Send)?;
        let (status, reply) = self.hear(procedure).await?;
        match status {
            SUCCEEDED => Ok(reply),
            FAILED => Err(Problem::Error(error(&mut Reader::new(&reply))?)),
            _ => Err(Broken.into()),
        }
    }

    async fn tell(&mut self, procedure: u32, content: &[u8]) -> Result<(), SendError> {
        self.serial += 1;
        let mut message = Writer::default();
        let length = u32::try_from(HEADER + content.len())
            .ok()
            .filter(|length| *length as usize <= LARGEST)
            .ok_or_else(|| SendError::not_sent("a message larger than 32 MiB"))?;
        // The last two: a call, which has no status yet.
        for word in [length, PROGRAM, VERSION, procedure, 0, self.serial, 0] {
            message.unsigned(word);
        }
        message.raw(content);
        let lost = |error: std::io::Error| SendError::Lost {
            message: error.to_string(),
        };
        self.stream
            .write_all(&message.into_bytes())
            .await
            .map_err(lost)
    }

    /// The reply to the last call; other messages, such as events, are passed over.
    async fn hear(&mut self, procedure: u32) -> Result<(u32, Vec<u8>), Problem> {
        let lost = |error: std::io::Error| {
            Problem::Send(SendError::Lost {
                message: format!("the daemon hung up: {error}"),
            })
        };
        loop {
            let mut header = [0; HEADER];
            self.stream.read_exact(&mut header).await.map_err(lost)?;
            let mut reader = Reader::new(&header);
            let length = reader.unsigned()? as usize;
            let (program, _version, said) =
                (reader.unsigned()?, reader.unsigned()?, reader.unsigned()?);
            let (kind, serial, status) =
                (reader.unsigned()?, reader.unsigned()?, reader.unsigned()?);
            let content = length
                .checked_sub(HEADER)
                .filter(|_| length <= LARGEST)
                .ok_or(Broken)?;
            let mut content = vec![0; content];
            self.stream.read_exact(&mut content).await.map_err(lost)?;
            if program == PROGRAM && kind == A_REPLY && serial == self.serial && said == procedure {
                return Ok((status, content));
            }
        }
    }
}

fn error(reader: &mut Reader<'_>) -> Result<ApiError, Broken> {
    let (code, origin) = (reader.signed()?, reader.signed()?);
    let message = reader.optional(Reader::text)?;
    let level = reader.signed()?;
    reader.optional(Domain::read)?;
    let mut texts = Vec::new();
    for _ in 0..3 {
        texts.extend(reader.optional(Reader::text)?);
    }
    Ok(ApiError {
        code: code.to_string(),
        message: message.unwrap_or_default(),
        fields: json!({ "domain": origin, "level": level, "texts": texts }),
    })
}

#[cfg(test)]
mod tests;
