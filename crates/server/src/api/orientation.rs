//! Where one is: what is served, what can be found, what there is to try.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use samos::model::codes::{self, Entry};
use samos::{Iri, Samos, catalogue, export};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::catalog::now_of;
use super::details::{class_of, kind_word, title_of};
use super::{Listing, holds};
use crate::clock;
use crate::configuration::WorldKind;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::schema;
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
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn status(State(server): State<Arc<Server>>) -> Result<Reply<Status>, Problem> {
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
            update: configuration.may_update,
            run: configuration.may_run,
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
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn search(
    State(server): State<Arc<Server>>,
    Query(looked): Query<Looked>,
) -> Result<Reply<Listing<Hit>>, Problem> {
    let shelf = server.plans.fingerprints();
    let hits = server.compute(move |samos| {
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
    });
    Ok(Reply(hits.await?))
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
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
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
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
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

/// A question in plain words with its query.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExampleQuestion {
    /// Stable.
    id: String,
    /// In plain words.
    question: String,
    /// Who asks such a thing.
    persona: String,
    /// The query; declared prefixes need no PREFIX.
    sparql: String,
}

/// Questions to begin with, by who asks them.
#[utoipa::path(get, path = "/api/v1/questions", tag = "orientation", responses(
    (status = 200, body = Listing<ExampleQuestion>),
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn questions() -> Reply<Listing<ExampleQuestion>> {
    let row = |(id, persona, question, sparql): &(&str, &str, &str, &str)| ExampleQuestion {
        id: (*id).to_owned(),
        question: (*question).to_owned(),
        persona: (*persona).to_owned(),
        sparql: (*sparql).to_owned(),
    };
    Reply(Listing::of(QUESTIONS, None, None, row))
}

/// Identifier, persona, question, query.
const QUESTIONS: &[(&str, &str, &str, &str)] = &[
    (
        "stopped",
        "operator",
        "Which machines are stopped?",
        "SELECT ?machine ?name WHERE {\n  ?machine a samos:VirtualMachine ; samos:state ?state .\n  ?state a samos:Stopped .\n  OPTIONAL { ?machine samos:name ?name }\n} ORDER BY ?machine",
    ),
    (
        "states",
        "operator",
        "What state is everything in, across clouds?",
        "SELECT ?thing ?state ?kind WHERE {\n  ?thing samos:state ?state .\n  ?state a ?kind .\n  ?kind rdfs:subClassOf samos:State .\n  FILTER(?kind != samos:State)\n} ORDER BY ?thing",
    ),
    (
        "per-provider",
        "operator",
        "How many things does each provider hold?",
        "SELECT ?provider (COUNT(?thing) AS ?things) WHERE {\n  ?thing a samos:ServiceInstance ; samos:provider ?provider .\n} GROUP BY ?provider ORDER BY ?provider",
    ),
    (
        "behind",
        "operator",
        "Which addresses stand behind a load balancer?",
        "SELECT ?balancer ?node ?address WHERE {\n  ?balancer rackspace:nodes ?node .\n  ?node rackspace:address ?thing .\n  ?thing samos:ipAddress ?address .\n} ORDER BY ?balancer ?node",
    ),
    (
        "needs-stopped",
        "developer",
        "Which operations need a stopped machine?",
        "SELECT DISTINCT ?operation WHERE {\n  ?operation samos:requiresState ?state .\n  FILTER(?state = samos:Stopped || EXISTS { ?state a samos:Stopped })\n} ORDER BY ?operation",
    ),
    (
        "leads-running",
        "developer",
        "Which operations lead to a running machine?",
        "SELECT DISTINCT ?operation WHERE {\n  ?operation samos:leadsToState ?state .\n  FILTER(?state = samos:Running || EXISTS { ?state a samos:Running })\n} ORDER BY ?operation",
    ),
    (
        "takes-address",
        "developer",
        "Which operations take a public address, and which give one?",
        "SELECT ?operation ?how ?type WHERE {\n  { ?operation samos:hasParameter [ samos:type ?type ] . BIND(\"takes\" AS ?how) }\n  UNION\n  { ?operation samos:hasOutcome [ samos:type ?type ] . BIND(\"gives\" AS ?how) }\n  ?type rdfs:subClassOf samos:PublicIPAddress .\n} ORDER BY ?how ?operation",
    ),
    (
        "same",
        "architect",
        "What do two clouds call by different names, though it is the same?",
        "SELECT ?left ?right WHERE {\n  ?left owl:equivalentClass ?right .\n  FILTER(STR(?left) < STR(?right) && isIRI(?left) && isIRI(?right))\n} ORDER BY ?left",
    ),
    (
        "points",
        "architect",
        "Where can one cloud's outcome become another's argument?",
        "SELECT DISTINCT ?giver ?taker ?type WHERE {\n  ?giver samos:hasOutcome [ samos:type ?given ] ; samos:ofProvider ?one .\n  ?taker samos:hasParameter [ samos:type ?type ] ; samos:ofProvider ?other .\n  ?given rdfs:subClassOf ?type .\n  ?type a owl:Class .\n  FILTER(?one != ?other)\n} ORDER BY ?type ?giver LIMIT 100",
    ),
    (
        "offers",
        "architect",
        "How many reads and changes does each provider offer?",
        "SELECT ?provider ?kind (COUNT(DISTINCT ?operation) AS ?operations) WHERE {\n  ?operation samos:ofProvider ?provider ; a ?kind .\n  VALUES ?kind { samos:InformationRequest samos:ManipulationRequest }\n} GROUP BY ?provider ?kind ORDER BY ?provider ?kind",
    ),
    (
        "observed",
        "auditor",
        "What was observed, when, and by which operation?",
        "SELECT ?batch ?at ?by WHERE {\n  ?batch prov:generatedAtTime ?at ; prov:wasGeneratedBy ?by .\n} ORDER BY DESC(?at) LIMIT 100",
    ),
    (
        "plans",
        "auditor",
        "Which plans were run, and what did each step ask?",
        "SELECT ?plan ?number ?operation WHERE {\n  GRAPH ?graph {\n    ?plan a samos:Plan .\n    ?step <http://purl.org/net/p-plan#isStepOfPlan> ?plan ;\n          samos:number ?number ; samos:operation ?operation .\n  }\n} ORDER BY ?plan ?number",
    ),
    (
        "graph",
        "researcher",
        "Show everything stated about one machine as a graph.",
        "DESCRIBE ec2:web-1",
    ),
    (
        "asserted",
        "researcher",
        "What is stated of a machine, leaving out what is inferred?",
        "SELECT ?property ?value FROM <urn:samos:asserted> WHERE {\n  ec2:web-1 ?property ?value .\n} ORDER BY ?property",
    ),
];

/// A filled question.
#[derive(Serialize, ToSchema)]
pub(crate) struct DemoCard {
    /// Stable.
    id: String,
    /// In a few words.
    title: String,
    /// In a sentence.
    sentence: String,
    /// `connect`, `together` or `check`.
    reasoner: String,
    /// Where to send it.
    path: String,
    /// What to send.
    request: Value,
}

/// Three filled questions for the demo world; none elsewhere.
#[utoipa::path(get, path = "/api/v1/demo", tag = "orientation", responses(
    (status = 200, body = Listing<DemoCard>),
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn demo(State(server): State<Arc<Server>>) -> Reply<Listing<DemoCard>> {
    let all = if server.configuration.kind == WorldKind::Demo {
        cards()
    } else {
        Vec::new()
    };
    Reply(Listing::of(
        &all,
        None,
        None,
        |(id, title, sentence, reasoner, request)| DemoCard {
            id: (*id).to_owned(),
            title: (*title).to_owned(),
            sentence: (*sentence).to_owned(),
            reasoner: (*reasoner).to_owned(),
            path: format!("/api/v1/{reasoner}"),
            request: request.clone(),
        },
    ))
}

type Card = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Value,
);

fn cards() -> Vec<Card> {
    vec![
        (
            "connect",
            "Put web-1 behind lb-1",
            "A stopped machine of one cloud, a load balancer of another: what must happen, in which order, and why?",
            "connect",
            json!({"subjects": ["ec2:web-1", "rackspace:lb-1"]}),
        ),
        (
            "together",
            "Stop all test machines",
            "The same on several machines of two clouds, with a reason for each that is left out.",
            "together",
            json!({"subjects": ["ec2:web-2", "ec2:db-1", "rackspace:test-1", "rackspace:test-2"]}),
        ),
        (
            "check",
            "Why can't I attach data-1?",
            "A volume that will not attach: which conditions are open, and what would satisfy each.",
            "check",
            json!({"operation": "ec2:AttachVolume", "subject": "ec2:data-1", "arguments": ["instance=ec2:web-1"]}),
        ),
    ]
}

/// The cards for a page: identifier, title, sentence.
pub(crate) fn card_titles(server: &Server) -> Vec<(String, String, String)> {
    let is_demo = server.configuration.kind == WorldKind::Demo;
    let all = cards()
        .into_iter()
        .filter(|card| is_demo && card.3 != "check");
    all.map(|(id, title, sentence, ..)| (id.to_owned(), title.to_owned(), sentence.to_owned()))
        .collect()
}

/// The subjects of a card.
pub(crate) fn card_subjects(server: &Server, id: &str) -> Option<Vec<String>> {
    let is_demo = server.configuration.kind == WorldKind::Demo;
    let card = cards().into_iter().find(|card| is_demo && card.0 == id)?;
    serde_json::from_value(card.4.get("subjects")?.clone()).ok()
}

/// The questions for a page: in words, and as a query.
pub(crate) fn question_texts() -> Vec<(String, String)> {
    let all = QUESTIONS.iter();
    all.map(|(_, _, question, sparql)| ((*question).to_owned(), (*sparql).to_owned()))
        .collect()
}

/// The demo world as at the start: what was run in it is forgotten.
#[utoipa::path(post, path = "/api/v1/demo/reset", tag = "orientation", responses(
    (status = 204),
    (status = "default", body = schema::Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn reset(
    State(server): State<Arc<Server>>,
) -> Result<axum::http::StatusCode, Problem> {
    if server.configuration.kind != WorldKind::Demo {
        return Err(Problem::not_allowed(
            "beginning anew in a world that is not the demo",
            "--demo",
        ));
    }
    let turn = server.turn.lock().await;
    let load = Arc::clone(&server.configuration.load);
    for fingerprint in server.plans.clear() {
        server.world.hide(&fingerprint);
    }
    let replaced = server.world.change(move |samos| {
        *samos = load()?;
        Ok(())
    });
    replaced.await?;
    drop(turn);
    server.events.tell(
        "facts.changed",
        "demo",
        &json!({"by": "reset", "world": server.now().number}),
    );
    Ok(axum::http::StatusCode::NO_CONTENT)
}
