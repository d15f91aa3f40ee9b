//! HAProxy's runtime interface: one command line to its socket, one answer, then it hangs up.
//!
//! The socket knows no status and no format: the document is what it says, as text, and the mapping knows which words are an
//! error. Commands on one line, with semicolons between them, are the mapping's too; its templates let no value add one.

use std::num::NonZeroU32;
use std::path::PathBuf;

use futures::future::BoxFuture;
use samos_mapping::{Answer, Call};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::driver::{Driver, Preview, SendError, SendOptions, wrong_kind};
use crate::limits::Limits;
use crate::retry;

/// The largest answer that is read, in bytes.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// A running HAProxy.
#[derive(Debug)]
pub struct HaproxyDriver {
    socket: PathBuf,
    limits: Limits,
}

impl HaproxyDriver {
    /// The one that listens at that socket, at level `admin`.
    #[must_use = "this makes a value and changes nothing"]
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        Self {
            socket: socket.into(),
            limits: Limits::default(),
        }
    }

    /// The same, sending no more than so many commands a second.
    #[must_use = "this returns the new value"]
    pub fn limited_to(mut self, per_second: NonZeroU32) -> Self {
        self.limits = Limits::per_second(per_second);
        self
    }

    async fn attempt(&self, command: &str, options: &SendOptions) -> Result<Answer, SendError> {
        let unreachable = |error: std::io::Error| SendError::Unreachable {
            message: format!("{}: {error}", self.socket.display()),
        };
        let mut stream = UnixStream::connect(&self.socket)
            .await
            .map_err(unreachable)?;
        let lost = |error: std::io::Error| SendError::Lost {
            message: error.to_string(),
        };
        let exchange = async {
            stream.write_all(command.as_bytes()).await.map_err(lost)?;
            stream.write_all(b"\n").await.map_err(lost)?;
            let mut bytes = Vec::new();
            let mut whole = stream.take(MOST_BYTES);
            whole.read_to_end(&mut bytes).await.map_err(lost)?;
            let text = whole_text(bytes, options.information)?;
            Ok(Answer {
                status: 200,
                document: Value::String(text),
                ..Answer::default()
            })
        };
        tokio::time::timeout(options.deadline, exchange)
            .await
            .map_err(|_| SendError::late(options.deadline))?
    }
}

/// An answer, which an empty line ends; what is said of changes may end with its last line.
fn whole_text(bytes: Vec<u8>, is_reading: bool) -> Result<String, SendError> {
    let malformed = |message: &str| SendError::Malformed {
        message: message.to_owned(),
    };
    if bytes.len() as u64 >= MOST_BYTES {
        let message = format!("it is larger than {} MiB", MOST_BYTES / 1024 / 1024);
        return Err(malformed(&message));
    }
    if bytes.is_empty() {
        return Err(SendError::Lost {
            message: "the socket hung up".to_owned(),
        });
    }
    let text = String::from_utf8(bytes).map_err(|_| malformed("it is no text"))?;
    let is_whole = match is_reading {
        true => text.ends_with("\n\n") || text == "\n",
        false => text.ends_with('\n'),
    };
    match is_whole {
        true => Ok(text),
        false => Err(malformed("it broke off")),
    }
}

/// The line that a call is.
fn line(call: &Call) -> Result<&str, SendError> {
    let Call::Socket { command } = call else {
        return Err(wrong_kind("HAProxy"));
    };
    // What would be two lines is refused here too, whoever rendered it.
    if command.contains(['\n', '\r', '\0']) {
        return Err(SendError::not_sent("a command is one line"));
    }
    Ok(command)
}

impl Driver for HaproxyDriver {
    fn preview<'a>(
        &'a self,
        call: &'a Call,
        _options: &'a SendOptions,
        _signed: bool,
    ) -> BoxFuture<'a, Result<Option<Preview>, SendError>> {
        Box::pin(async move {
            Ok(Some(Preview {
                method: None,
                address: self.socket.display().to_string(),
                headers: Vec::new(),
                body: format!("{}\n", line(call)?).into_bytes(),
            }))
        })
    }

    fn send<'a>(
        &'a self,
        call: &'a Call,
        options: &'a SendOptions,
    ) -> BoxFuture<'a, Result<Answer, SendError>> {
        Box::pin(async move {
            let command = line(call)?;
            let limits = (&self.limits, "");
            retry::while_safe(options, limits, || self.attempt(command, options)).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_it_ends_as_haproxy_ends_it() {
        let whole =
            |text: &str, is_reading| whole_text(text.as_bytes().to_vec(), is_reading).is_ok();
        assert!(whole("\n", false) && whole("New server registered.\n\n", false));
        assert!(whole("Server deleted.\n", false) && whole("\nServer deleted.\n", false));
        assert!(!whole("Server dele", false));
        assert!(whole("1\n# head\nrow\n\n", true));
        assert!(!whole("1\n", true) && !whole("1\n# head\nrow\n", true));
    }
}
