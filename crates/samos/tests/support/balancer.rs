//! A load balancer of the tests' own: what HAProxy's runtime socket says and does, as far as plans ask it; held up at will.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "every test program uses its own part of this, and fails by panicking"
)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// A test waits no longer for what should come at once.
const LONGEST: Duration = Duration::from_secs(30);

/// A balancer with one backend, `web`, that answers at a socket until this is dropped.
pub struct Balancer {
    socket: PathBuf,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    servers: BTreeMap<String, Server>,
    /// What was asked, in order.
    heard: Vec<String>,
    /// Commands with these words are held up.
    held: Vec<String>,
    /// Commands with these words are answered with that, and do nothing.
    told: Vec<(String, String)>,
    is_over: bool,
}

struct Server {
    address: String,
    weight: u32,
    /// HAProxy's numbers: 0 ready, 1 maintenance, 8 drain.
    admin: u8,
}

impl Balancer {
    /// Servers s1 to sN, ready, behind a socket in that folder.
    pub fn begin(folder: &Path, servers: usize) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let socket = folder.join("haproxy.sock");
        let _ = std::fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).unwrap();
        let shared = Arc::new(Shared::default());
        for n in 1..=servers {
            let server = Server {
                address: format!("10.0.0.{n}"),
                weight: 100,
                admin: 0,
            };
            shared.lock().servers.insert(format!("s{n}"), server);
        }
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.lock().is_over {
                    return;
                }
                let (stream, serving) = (stream.unwrap(), Arc::clone(&serving));
                std::thread::spawn(move || serving.serve(stream));
            }
        });
        Self { socket, shared }
    }

    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// From now on commands with these words are not answered before they are let go.
    pub fn hold(&self, words: &str) {
        self.shared.lock().held.push(words.to_owned());
    }

    /// Lets go what is held by these words.
    pub fn let_go(&self, words: &str) {
        self.shared.lock().held.retain(|held| held != words);
        self.shared.moved.notify_all();
    }

    /// From now on commands with these words are answered like that, and do nothing.
    pub fn tell(&self, words: &str, answer: &str) {
        let told = (words.to_owned(), answer.to_owned());
        self.shared.lock().told.push(told);
    }

    /// What these words were answered with is no more.
    pub fn tell_no_more(&self, words: &str) {
        self.shared.lock().told.retain(|(told, _)| told != words);
    }

    /// Waits until commands with these words were heard so often.
    pub fn until_heard(&self, words: &str, times: usize) {
        let state = self.shared.lock();
        let not_yet = |state: &mut State| {
            let heard = state.heard.iter().filter(|one| one.contains(words));
            heard.count() < times
        };
        let waited = self
            .shared
            .moved
            .wait_timeout_while(state, LONGEST, not_yet);
        assert!(!waited.unwrap().1.timed_out(), "`{words}` was not heard");
    }

    /// How often a command with these words was heard.
    pub fn times_heard(&self, words: &str) -> usize {
        let state = self.shared.lock();
        state.heard.iter().filter(|one| one.contains(words)).count()
    }

    /// Another operator sets the state of a server.
    pub fn set(&self, server: &str, admin: u8) {
        self.shared.lock().servers.get_mut(server).unwrap().admin = admin;
    }

    /// HAProxy's number of a server's state.
    pub fn admin(&self, server: &str) -> u8 {
        self.shared.lock().servers[server].admin
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_over = true;
        state.held.clear();
        drop(state);
        self.shared.moved.notify_all();
        // The listener wakes up, sees that it is over, and ends.
        let _ = UnixStream::connect(&self.socket);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn serve(&self, stream: UnixStream) {
        let mut command = String::new();
        let mut reader = BufReader::new(&stream);
        if reader.read_line(&mut command).is_err() {
            return;
        }
        let command = command.trim();
        let mut state = self.lock();
        state.heard.push(command.to_owned());
        self.moved.notify_all();
        let is_held = |state: &mut State| state.held.iter().any(|words| command.contains(words));
        let mut state = self.moved.wait_while(state, is_held).unwrap();
        let told = state.told.iter().find(|(words, _)| command.contains(words));
        let answer = match told {
            Some((_, answer)) => answer.clone(),
            None => state.answer(command),
        };
        drop(state);
        // An empty line ends an answer. Who asked may have hung up.
        let _ = (&stream).write_all(format!("{answer}\n").as_bytes());
    }
}

impl State {
    fn answer(&mut self, command: &str) -> String {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            ["show", "info"] => "Name: HAProxy\n".to_owned(),
            ["show", "backend"] => "# name\nweb\n".to_owned(),
            ["show", "servers", "state", "web"] => {
                let head = "1\n# be_name srv_name srv_addr srv_op_state srv_admin_state srv_port\n";
                let rows = self.servers.iter().map(|(name, server)| {
                    format!("web {name} {} 2 {} 80\n", server.address, server.admin)
                });
                rows.fold(head.to_owned(), |text, row| text + &row)
            }
            ["get", "weight", path] => match self.servers.get(path.trim_start_matches("web/")) {
                Some(server) => format!("{} (initial 100)\n", server.weight),
                None => "No such server.\n".to_owned(),
            },
            ["set", "server", path, what, value] => {
                let Some(server) = self.servers.get_mut(path.trim_start_matches("web/")) else {
                    return "No such server.\n".to_owned();
                };
                match (*what, *value) {
                    ("state", "ready") => server.admin = 0,
                    ("state", "maint") => server.admin = 1,
                    ("state", "drain") => server.admin = 8,
                    ("weight", number) => server.weight = number.parse().unwrap(),
                    _ => return "Unknown command.\n".to_owned(),
                }
                "\n".to_owned()
            }
            _ => "Unknown command.\n".to_owned(),
        }
    }
}
