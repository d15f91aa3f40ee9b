//! What a server is told when it starts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use samos::Samos;

/// Loads the world; asked again when the demo world is to be as at the start.
pub type Load = Arc<dyn Fn() -> Result<Samos, samos::Error> + Send + Sync>;

/// What kind of world is served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WorldKind {
    /// The demo world, which can be begun anew.
    Demo,
    /// A world that files describe.
    Files,
    /// The facts of a data directory.
    Data,
}

/// Who may ask.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Access {
    /// Whoever knows the token.
    Token(String),
    /// Everybody who can reach the address.
    Open,
}

/// An issuer whose access tokens count beside the server's own (OpenID Connect).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Oidc {
    /// Its address, as its tokens name it.
    pub issuer: String,
    /// For whom tokens must be made: any of these.
    pub audience: Vec<String>,
    /// The claim that holds a user's roles, or the path to it, such as `realm_access.roles`.
    pub roles: String,
    /// What users may do, in Cedar; without it they may read.
    pub policy: Option<String>,
}

/// Certificate and key, in PEM.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tls {
    /// The certificate chain.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What a server is told when it starts.
#[derive(Clone)]
pub struct Configuration {
    /// Loads the world.
    pub load: Load,
    /// What kind of world it is.
    pub kind: WorldKind,
    /// What it is called.
    pub world: String,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who may ask.
    pub access: Access,
    /// Whose access tokens count beside the token.
    pub oidc: Option<Oidc>,
    /// Names under which the server is reached, beside its own address and `localhost`.
    pub hosts: Vec<String>,
    /// Pages of other origins that may ask.
    pub origins: Vec<String>,
    /// HTTPS.
    pub tls: Option<Tls>,
    /// May facts be changed by updates, graphs and observations?
    pub may_update: bool,
    /// May plans be run?
    pub may_run: bool,
    /// May agents run plans that a person approved?
    pub agents_may_run: bool,
    /// How long a query or a search may take, at most.
    pub timeout: Duration,
    /// How many rows or triples an answer to a query has at most.
    pub max_rows: usize,
    /// How many bytes a request's body has at most.
    pub max_body: usize,
    /// How many event streams may be open at once.
    pub max_streams: usize,
    /// How many events are kept for those who come back.
    pub events_kept: usize,
    /// Where events are kept, so that their numbers go on after a restart.
    pub event_log: Option<PathBuf>,
    /// How many times faster than its clock a simulated run goes; `None` as fast as it can.
    pub speed: Option<f64>,
    /// How many runs go on at once; those that change the same things follow one another.
    pub runs_at_once: usize,
}

impl Configuration {
    /// What is usual: loopback, a token, nothing changed, plans run only where providers are simulated.
    #[must_use = "this makes a value and changes nothing"]
    pub fn new(load: Load, kind: WorldKind, world: impl Into<String>, access: Access) -> Self {
        Self {
            load,
            kind,
            world: world.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            access,
            oidc: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            tls: None,
            may_update: false,
            may_run: kind != WorldKind::Data,
            agents_may_run: false,
            timeout: Duration::from_secs(10),
            max_rows: 100_000,
            max_body: 16 << 20,
            max_streams: 2_000,
            events_kept: 4_096,
            event_log: None,
            speed: None,
            runs_at_once: 16,
        }
    }
}

/// A token that nobody guesses.
#[must_use = "this makes a value and changes nothing"]
pub fn new_token() -> String {
    let halves = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()];
    halves.map(|half| half.simple().to_string()).concat()
}
