//! What there is to try: questions in plain words, filled cards for the demo world, and that world as at the start.

use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::Listing;
use crate::configuration::WorldKind;
use crate::problem::Problem;
use crate::running::everything;
use crate::server::Server;

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
    Problem,
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
        "runs",
        "auditor",
        "What did runs change, when, and on what?",
        "SELECT ?started ?operation ?thing ?property ?after WHERE {\n  ?step samos:ofRun ?run ; samos:operation ?operation ; prov:startedAtTime ?started .\n  ?change prov:wasGeneratedBy ?step ; prov:specializationOf ?thing ;\n          samos:property ?property ; samos:after ?after .\n} ORDER BY DESC(?started)",
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
    Problem,
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
    Problem,
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
    let turn = server.turns.place(everything());
    turn.comes().await;
    let load = Arc::clone(&server.configuration.load);
    server.plans.clear();
    server.world.hide_all();
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
