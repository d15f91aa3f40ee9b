//! A moto server of our own, from PyPI, for as long as a test lasts.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const RELEASE: &str = "moto[server]==5.2.5";

/// The server; it ends with the value.
pub(crate) struct Moto {
    process: Child,
    port: u16,
}

impl Moto {
    pub(crate) fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut process = Command::new(program())
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("INITIAL_NO_AUTH_ACTION_COUNT", "inf")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("Running on") {
            line.clear();
            assert_ne!(
                said.read_line(&mut line).unwrap(),
                0,
                "moto ended before it ran"
            );
        }
        // A full pipe would stop it.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { process, port }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From here on keys, signatures and policies count.
    pub(crate) fn check_signatures(&self) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head =
            "POST /moto-api/reset-auth HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n";
        write!(
            stream,
            "{head}content-length: 1\r\nconnection: close\r\n\r\n0"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The installed server; the first test that needs it installs it.
fn program() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (home, done) = (folder.join("moto"), folder.join("moto/installed"));
    let turn = File::create(folder.join("moto.lock")).unwrap();
    turn.lock().unwrap();
    let program = home.join("bin/moto_server");
    if !done.exists() {
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&home));
        let pip = "-m pip install --quiet --disable-pip-version-check".split(' ');
        run(Command::new(home.join("bin/python")).args(pip.chain([RELEASE])));
        File::create(done).unwrap();
    }
    program
}

fn run(command: &mut Command) {
    let done = command.status().is_ok_and(|status| status.success());
    assert!(
        done,
        "{command:?} failed: it needs python3 with venv (`apt-get install python3-venv`) and PyPI"
    );
}
