//! `samos serve`: the world over HTTP, until it is interrupted. Prints one address once it answers.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use clap::Args;
use samos::Samos;
use samos_server::{Access, Configuration, Error, Load, Oidc, Tls, WorldKind, new_token};

use crate::failure::{Exit, Failure};
use crate::keys;
use crate::session::Session;

/// The name of the built-in world.
const DEMO: &str = "demo";
/// Where events are kept in the data directory.
const EVENTS: &str = "events.jsonl";

/// The arguments of `serve`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Serve the demo world; what is run in it is forgotten at the end, unless --data names a folder.
    #[arg(long)]
    demo: bool,
    /// Print the description of the interface, OpenAPI 3.1, and serve nothing.
    #[arg(long)]
    openapi: bool,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7878")]
    listen: SocketAddr,
    /// Read the token from a file; without it one is made and printed once.
    #[arg(long, value_name = "FILE", conflicts_with = "no_token")]
    token_file: Option<PathBuf>,
    /// Let everybody ask who can reach the address.
    #[arg(long)]
    no_token: bool,
    /// Allow facts to be changed: updates, graphs, observations.
    #[arg(long)]
    allow_update: bool,
    /// Allow plans to be run on real accounts; in a simulated world they always may.
    #[arg(long)]
    allow_run: bool,
    /// Let agents run plans that a person approved.
    #[arg(long)]
    allow_execute: bool,
    /// A further name under which the server is reached, with its port; may be repeated.
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// An origin whose pages may ask; may be repeated.
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// The certificate chain for HTTPS, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Its private key, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Accept the access tokens of this issuer too (OpenID Connect), as its tokens name it.
    #[arg(
        long,
        value_name = "URL",
        requires = "oidc_audience",
        conflicts_with = "no_token"
    )]
    oidc_issuer: Option<String>,
    /// For whom such a token must be made: this server's name at the issuer; may be repeated.
    #[arg(long, value_name = "NAME", requires = "oidc_issuer")]
    oidc_audience: Vec<String>,
    /// The claim that holds a user's roles, or the path to it, such as realm_access.roles.
    #[arg(long, value_name = "CLAIM", default_value = "roles")]
    oidc_roles: String,
    /// What such users may do, in Cedar; without it they may read. `samos explain U0304` shows some.
    #[arg(long, value_name = "FILE", requires = "oidc_issuer")]
    oidc_policy: Option<PathBuf>,
    /// Send traces to this collector, OTLP over HTTP, such as http://localhost:4318.
    #[arg(long, value_name = "URL")]
    otlp: Option<String>,
    /// How many seconds a question may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    timeout: u64,
    /// How many rows or triples an answer to a query has at most.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    max_rows: usize,
    /// How many bytes a request has at most.
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    max_body: usize,
    /// How many event streams may be open at once.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    max_streams: usize,
    /// How many runs go on at once; those that change the same things follow one another.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    runs_at_once: u16,
    /// How many times faster than its clock a simulated run goes; 0 as fast as it can.
    #[arg(long, value_name = "TIMES", default_value_t = 20.0)]
    speed: f64,
}

/// Serves.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.openapi {
        let description = samos_server::document().to_pretty_json();
        let description = description.map_err(|error| Failure::internal(&error))?;
        session.output.data(&description)?;
        return Ok(Exit::Done);
    }
    // What was under way at the end is told, too: this goes last.
    let _traces = arguments.otlp.as_deref().map(traces).transpose()?;
    let mut world = world(session, arguments.demo)?;
    let configuration = &mut world.configuration;
    configuration.access = access(arguments)?;
    configuration.oidc = oidc(arguments)?;
    configuration.listen = arguments.listen;
    configuration.hosts.clone_from(&arguments.allow_host);
    configuration.origins.clone_from(&arguments.allow_origin);
    let tls = arguments
        .tls_certificate
        .clone()
        .zip(arguments.tls_key.clone());
    configuration.tls = tls.map(|(certificate, key)| Tls { certificate, key });
    configuration.may_update = arguments.allow_update;
    configuration.may_run |= arguments.allow_run;
    configuration.agents_may_run = arguments.allow_execute;
    configuration.timeout = Duration::from_secs(arguments.timeout);
    configuration.max_rows = arguments.max_rows;
    configuration.max_body = arguments.max_body;
    configuration.max_streams = arguments.max_streams;
    configuration.runs_at_once = usize::from(arguments.runs_at_once);
    configuration.speed = (arguments.speed > 0.0).then_some(arguments.speed);
    let output = &session.output;
    let served = samos_server::serve(world.configuration.clone(), |serving| {
        // Whoever cannot read the address does not use it either.
        let _ = output.data(&serving.url());
        output.say(if arguments.no_token {
            "Open to everybody who reaches it. Ctrl-C ends."
        } else {
            "Open it, or send the token as `Authorization: Bearer`. Ctrl-C ends."
        });
    });
    served.map_err(failed)?;
    Ok(Exit::Done)
}

#[cfg(feature = "opentelemetry")]
fn traces(collector: &str) -> Result<samos_server::Traces, Failure> {
    samos_server::Traces::begin(collector).map_err(failed)
}

#[cfg(not(feature = "opentelemetry"))]
fn traces(_: &str) -> Result<(), Failure> {
    Err(Failure::usage(
        "this samos was built without traces",
        "build it with `cargo build --release --package samos-cli --features opentelemetry`",
    ))
}

/// Whose access tokens count.
fn oidc(arguments: &Arguments) -> Result<Option<Oidc>, Failure> {
    let Some(issuer) = &arguments.oidc_issuer else {
        return Ok(None);
    };
    let policy = arguments.oidc_policy.as_ref().map(|path| {
        std::fs::read_to_string(path).map_err(|error| Failure::file(path, "read", &error))
    });
    Ok(Some(Oidc {
        issuer: issuer.clone(),
        audience: arguments.oidc_audience.clone(),
        roles: arguments.oidc_roles.clone(),
        policy: policy.transpose()?,
    }))
}

/// What is served, and the folder that goes with it.
pub(crate) struct World {
    pub(crate) configuration: Configuration,
    /// To be removed at the end.
    passing: Option<PathBuf>,
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(folder) = &self.passing {
            // What stays behind lies in the system's folder for such things.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// The world that the global arguments name, to be served.
pub(crate) fn world(session: &Session, demo: bool) -> Result<World, Failure> {
    let worlds = session.worlds().to_vec();
    let is_demo = demo || worlds == [DEMO];
    if demo && !worlds.is_empty() && worlds != [DEMO] {
        return Err(Failure::usage(
            "`--demo` is a world of its own",
            "leave out --demo or --world",
        ));
    }
    if is_demo && !session.is_data_named() {
        let folder = std::env::temp_dir().join(format!(
            "samos-demo-{}",
            new_token().get(..12).unwrap_or("0")
        ));
        let load = demo_in(&folder);
        let mut configuration = Configuration::new(load, WorldKind::Demo, DEMO, Access::Open);
        configuration.event_log = None;
        return Ok(World {
            configuration,
            passing: Some(folder),
        });
    }
    let worlds = if is_demo {
        vec![DEMO.to_owned()]
    } else {
        worlds
    };
    let (kind, name) = match (is_demo, worlds.is_empty()) {
        (true, _) => (WorldKind::Demo, DEMO.to_owned()),
        (false, false) => (WorldKind::Files, worlds.join(", ")),
        (false, true) => (WorldKind::Data, "data directory".to_owned()),
    };
    let data = session.data().cloned();
    let event_log = data.as_ref().map(|data| data.join(EVENTS));
    if let Some(data) = &data {
        std::fs::create_dir_all(data).map_err(|error| Failure::file(data, "make", &error))?;
    }
    let opener = match kind {
        WorldKind::Data => keys::opener(session, false)?,
        _ => None,
    };
    let (builder, has_data) = (session.builder(&worlds), data.is_some());
    let load: Load = Arc::new(move || {
        let mut samos = builder.clone().build()?;
        if kind == WorldKind::Data && has_data {
            samos.connect_accounts(opener.as_ref(), &keys::environment())?;
        }
        Ok(samos)
    });
    let mut configuration = Configuration::new(load, kind, name, Access::Open);
    configuration.event_log = event_log;
    Ok(World {
        configuration,
        passing: None,
    })
}

/// The demo world, in a fresh folder each time it is loaded.
fn demo_in(folder: &Path) -> Load {
    let folder = folder.to_owned();
    let times = AtomicU32::new(0);
    Arc::new(move || {
        let number = times.fetch_add(1, Ordering::Relaxed);
        let data = folder.join(number.to_string());
        Samos::builder().world(DEMO).data_directory(data).build()
    })
}

fn access(arguments: &Arguments) -> Result<Access, Failure> {
    if arguments.no_token {
        return Ok(Access::Open);
    }
    let Some(path) = &arguments.token_file else {
        return Ok(Access::Token(new_token()));
    };
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::file(path, "read", &error))?;
    let token = text.trim();
    let is_good = token.len() >= 16
        && token
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c));
    if is_good {
        return Ok(Access::Token(token.to_owned()));
    }
    Err(Failure::usage(
        format!("`{}` holds no token", path.display()),
        "write at least 16 letters, digits, `-`, `_`, `.` or `~` into it",
    ))
}

/// Why a server did not begin.
pub(crate) fn failed(error: Error) -> Failure {
    match error {
        Error::World(error) => error.into(),
        other => Failure::usage(other.to_string(), "look at the address and the files named"),
    }
}
