//! HAProxy's runtime interface: one command line to its socket, one answer, then it hangs up.
//!
//! The socket knows no status and no format: the document is what it says, as text, and the mapping knows which words are an
//! error. Commands on one line, with semicolons between them, are the mapping's too; its templates let no value add one.

use std::path::PathBuf;

use futures::future::BoxFuture;
use samos_mapping::{Answer, Call};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::driver::{Driver, SendError, SendOptions, wrong_kind};
use crate::retry;

/// The largest answer that is read, in bytes.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// A running HAProxy.
#[derive(Clone, Debug)]
pub struct HaproxyDriver {
    socket: PathBuf,
}

impl HaproxyDriver {
    /// The one that listens at that socket, at level `admin`.
    #[must_use = "this makes a value and changes nothing"]
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        Self {
            socket: socket.into(),
        }
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
            let mut text = String::new();
            let mut whole = stream.take(MOST_BYTES);
            whole.read_to_string(&mut text).await.map_err(lost)?;
            if whole.limit() == 0 {
                return Err(SendError::Malformed {
                    message: format!("it is larger than {} MiB", MOST_BYTES / 1024 / 1024),
                });
            }
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

impl Driver for HaproxyDriver {
    fn send<'a>(
        &'a self,
        call: &'a Call,
        options: &'a SendOptions,
    ) -> BoxFuture<'a, Result<Answer, SendError>> {
        Box::pin(async move {
            let Call::Socket { command } = call else {
                return Err(wrong_kind("HAProxy"));
            };
            // What would be two lines is refused here too, whoever rendered it.
            if command.contains(['\n', '\r', '\0']) {
                return Err(SendError::not_sent("a command is one line"));
            }
            retry::while_safe(options, || self.attempt(command, options)).await
        })
    }
}
