//! Where one is: what is served, what can be found, what codes mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use samos::access::ServerDeed;
use samos::model::codes::{self, Entry};
use samos::{Iri, Samos, catalogue, export};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::catalog::now_of;
use super::naming::{class_of, kind_word, title_of};
use super::{Listing, holds};
use crate::caller::Caller;
use crate::clock;
use crate::configuration::WorldKind;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::server::Server;

/// What is served.
#[derive(Serialize, ToSchema)]
pub(crate) struct Status {
    /// Of samos.
    version: String,
    /// The world.
    world: WorldStatus,
    /// The number of the published world, which grows with each change.
    number: u64,
    /// When the newest fact was observed.
    facts_at: Option<String>,
    /// How many seconds ago; 0 where providers are simulated, whose clock stands still between runs.
    facts_age_s: Option<i64>,
    /// How many there are of each kind.
    counts: Counts,
    /// What the operator allows.
    allows: Allows,
    /// The declared prefixes.
    prefixes: BTreeMap<String, String>,
    /// The number of the newest event.
    last_event: u64,
    /// How many seconds a question may take.
    timeout_s: f64,
    /// How many rows an answer to a query has at most.
    max_rows: usize,
}

/// The world that is served.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorldStatus {
    /// What it is called.
    name: String,
    /// `demo`, `files` or `data`.
    kind: String,
    /// `DEMO`, `READ-ONLY` or `LIVE`.
    badge: String,
}

/// How many there are of each kind.
#[derive(Serialize, ToSchema)]
pub(crate) struct Counts {
    services: usize,
    instances: usize,
    aspects: usize,
    operations: usize,
    providers: usize,
    runs: usize,
    plans: usize,
}

/// What the operator allows.
#[derive(Serialize, ToSchema)]
pub(crate) struct Allows {
    /// Changing facts.
    update: bool,
    /// Running plans.
    run: bool,
}

/// What is served, how fresh it is, what is allowed.
#[utoipa::path(get, path = "/api/v1/status", tag = "orientation", responses(
    (status = 200, body = Status),
    Problem,
))]
pub(crate) async fn status(
    State(server): State<Arc<Server>>,
    caller: Caller,
) -> Result<Reply<Status>, Problem> {
    let published = server.now();
    let samos = &published.samos;
    let world = samos.world();
    let configuration = &server.configuration;
    let facts_at = world.made_from().facts_at;
    let now = now_of(samos, configuration.kind);
    let members =
        |level: &str| catalogue::members(world, &format!("https://w3id.org/samos#{level}")).len();
    let (kind, badge) = match configuration.kind {
        WorldKind::Demo => ("demo", "DEMO"),
        WorldKind::Files => ("files", "READ-ONLY"),
        WorldKind::Data if configuration.may_run => ("data", "LIVE"),
        WorldKind::Data => ("data", "READ-ONLY"),
    };
    Ok(Reply(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        world: WorldStatus {
            name: configuration.world.clone(),
            kind: kind.to_owned(),
            badge: badge.to_owned(),
        },
        number: published.number,
        facts_age_s: facts_at
            .as_ref()
            .and_then(|at| clock::seconds_between(at, &now)),
        facts_at,
        counts: Counts {
            services: members("Service"),
            instances: members("ServiceInstance"),
            aspects: members("Aspect"),
            operations: world.operations().len(),
            providers: catalogue::providers(world).len(),
            runs: samos.runs()?.len(),
            plans: server.plans.len(),
        },
        allows: Allows {
            update: configuration.may_update && caller.may(&server, ServerDeed::Update).is_ok(),
            run: configuration.may_run && caller.may(&server, ServerDeed::Run).is_ok(),
        },
        prefixes: samos.prefixes_known(),
        last_event: server.events.latest(),
        timeout_s: configuration.timeout.as_secs_f64(),
        max_rows: configuration.max_rows,
    }))
}

/// What is looked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Looked {
    /// Part of a name.
    q: String,
    /// At most so many.
    limit: Option<usize>,
}

/// Something that was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct Hit {
    /// `entity`, `operation`, `type`, `provider`, `plan`, `run` or `code`.
    kind: String,
    /// The name to ask with.
    name: String,
    /// In full, where it has one.
    iri: Option<String>,
    /// What people call it.
    label: Option<String>,
    /// What it is, in a few words.
    note: Option<String>,
}

/// Everything whose name holds a text; exact names first.
#[utoipa::path(get, path = "/api/v1/search", tag = "orientation", params(Looked), responses(
    (status = 200, body = Listing<Hit>),
    Problem,
))]
pub(crate) async fn search(
    State(server): State<Arc<Server>>,
    Query(looked): Query<Looked>,
) -> Result<Reply<Listing<Hit>>, Problem> {
    let shelf = server.plans.fingerprints();
    server
        .answer(move |samos| {
            let wanted = looked.q.trim().to_lowercase();
            let mut hits = found(samos, &wanted);
            for fingerprint in shelf.iter().filter(|one| holds(one, &wanted)) {
                hits.push(hit("plan", fingerprint, None));
            }
            for run in samos.runs()? {
                if holds(run.id(), &wanted) {
                    hits.push(hit("run", run.id(), None));
                }
            }
            for entry in codes::all() {
                if holds(entry.code, &wanted) || holds(entry.title, &wanted) {
                    hits.push(Hit {
                        note: Some(entry.title.to_owned()),
                        ..hit("code", entry.code, None)
                    });
                }
            }
            hits.sort_by_key(|hit| {
                let name = hit.name.to_lowercase();
                let local = name.rsplit(':').next().unwrap_or(&name).to_owned();
                (local != wanted, !local.starts_with(&wanted), local.len())
            });
            let limit = looked.limit.unwrap_or(30);
            let total = hits.len();
            hits.truncate(limit.min(1_000));
            Ok(Listing {
                items: hits,
                total,
                offset: 0,
                limit,
            })
        })
        .await
}

fn hit(kind: &str, name: &str, iri: Option<&Iri>) -> Hit {
    Hit {
        kind: kind.to_owned(),
        name: name.to_owned(),
        iri: iri.map(ToString::to_string),
        label: None,
        note: None,
    }
}

fn found(samos: &Samos, wanted: &str) -> Vec<Hit> {
    let world = samos.world();
    let mut hits = Vec::new();
    let mut add = |kind: &str, iri: &Iri, note: Option<String>| {
        let name = export::short(iri, world);
        let label = title_of(world, iri);
        if holds(&name, wanted) || holds(&label, wanted) {
            hits.push(Hit {
                label: Some(label),
                note,
                ..hit(kind, &name, Some(iri))
            });
        }
    };
    for iri in catalogue::members(world, "https://w3id.org/samos#Entity") {
        add("entity", &iri, class_of(world, &iri));
    }
    for iri in catalogue::providers(world) {
        add("provider", &iri, None);
    }
    for operation in world.operations() {
        let subject = export::short(&operation.subject, world);
        add(
            "operation",
            &operation.iri,
            Some(format!("{} {subject}", kind_word(operation.kind))),
        );
    }
    for iri in samos.types_known() {
        add("type", &iri, None);
    }
    hits
}

/// A code and what it means.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeItem {
    /// The code.
    code: String,
    /// In a few words.
    title: String,
    /// In a few sentences.
    explanation: String,
}

impl From<&Entry> for CodeItem {
    fn from(entry: &Entry) -> Self {
        Self {
            code: entry.code.to_owned(),
            title: entry.title.to_owned(),
            explanation: entry.explanation.to_owned(),
        }
    }
}

/// All codes that findings and problems carry.
#[utoipa::path(get, path = "/api/v1/codes", tag = "why", responses(
    (status = 200, body = Listing<CodeItem>),
    Problem,
))]
pub(crate) async fn codes() -> Reply<Listing<CodeItem>> {
    let all: Vec<&Entry> = codes::all().collect();
    Reply(Listing::of(&all, Some(all.len()), None, |entry| {
        CodeItem::from(*entry)
    }))
}

/// What a code means.
#[utoipa::path(get, path = "/api/v1/codes/{code}", tag = "why",
    params(("code" = String, Path, description = "such as S4001")), responses(
    (status = 200, body = CodeItem),
    Problem,
))]
pub(crate) async fn code(Path(code): Path<String>) -> Result<Reply<CodeItem>, Problem> {
    codes::entry(&code)
        .map(|entry| Reply(entry.into()))
        .ok_or_else(|| {
            Problem::not_there(
                format!("`{code}` is no code"),
                "/api/v1/codes lists them all",
            )
        })
}
