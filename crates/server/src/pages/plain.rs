//! Plain pages: home, a plan as table and drawing, a form for SPARQL.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use samos::{changes_of, export};
use serde::Deserialize;

use crate::api::{examples, wording};
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::server::Server;
use crate::sparql::{self, Asked};

/// Nothing comes from elsewhere, and no script runs.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page with what protects it.
pub(super) fn html(text: String) -> Response {
    let mut response = axum::response::Html(text).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

fn page(template: &impl Template) -> Result<Response, Problem> {
    Ok(html(template.render().map_err(Problem::internal)?))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    world: String,
    facts_at: String,
    cards: Vec<(String, String, String)>,
    instances: Vec<(String, String, String, String)>,
    plans: Vec<(String, String)>,
}

/// The home page.
pub(super) async fn home(State(server): State<Arc<Server>>) -> Result<Response, Problem> {
    let published = server.now();
    let world = published.samos.world();
    let all = samos::catalogue::members(world, "https://w3id.org/samos#ServiceInstance");
    let instances = all.iter().take(100).map(|iri| {
        let row = samos::catalogue::entity(world, iri);
        let state = row.state.unwrap_or_else(|| "not known".to_owned());
        (row.name, row.provider.unwrap_or_default(), row.kind, state)
    });
    let kept = server.plans.recent(20);
    page(&Home {
        world: server.configuration.world.clone(),
        facts_at: world
            .made_from()
            .facts_at
            .unwrap_or_else(|| "no observation".to_owned()),
        cards: examples::card_titles(&server),
        instances: instances.collect(),
        plans: kept
            .iter()
            .map(|plan| {
                (
                    plan.fingerprint.clone(),
                    wording::title_of(plan, &published.samos),
                )
            })
            .collect(),
    })
}

/// One of the filled questions, asked.
pub(super) async fn card(
    State(server): State<Arc<Server>>,
    Path(card): Path<String>,
) -> Result<Response, Problem> {
    let subjects = examples::card_subjects(&server, &card).ok_or_else(|| {
        Problem::not_there(
            format!("there is no card `{card}`"),
            "/ shows those that there are",
        )
    })?;
    let answer = server.planned(move |samos| {
        Ok(match card.as_str() {
            "together" => samos.together(&subjects, &[] as &[&str])?,
            _ => samos.connect(&subjects)?,
        })
    });
    let axum::Json(answer) = answer.await?;
    match answer.plans.first() {
        Some(plan) => Ok(Redirect::to(&format!("/plans/{}", plan.fingerprint)).into_response()),
        None => Err(Problem::not_there(
            answer
                .nearest
                .map_or_else(|| "no plan exists".to_owned(), |nearest| nearest.text),
            "change the facts, or ask something else",
        )),
    }
}

#[derive(Template)]
#[template(path = "plan.html")]
struct PlanPage {
    title: String,
    fingerprint: String,
    changes: u32,
    assumptions: Vec<String>,
    rows: Vec<Row>,
    edges: Vec<(u32, u32, String, String)>,
    boxes: Vec<Node>,
    lines: Vec<Line>,
    width: u32,
    height: u32,
}

struct Row {
    step: u32,
    sign: String,
    operation: String,
    subject: String,
    arguments: String,
    because: String,
    undo: String,
}

/// A step in the drawing.
struct Node {
    x: u32,
    y: u32,
    label: String,
    subject: String,
}

/// An edge in the drawing.
struct Line {
    x1: u32,
    y1: u32,
    x2: u32,
    y2: u32,
    dash: &'static str,
}

const WIDE: u32 = 230;
const HIGH: u32 = 90;

/// A plan as table and drawing.
pub(super) async fn plan(
    State(server): State<Arc<Server>>,
    Path(fingerprint): Path<String>,
) -> Result<Response, Problem> {
    let plan = server.plans.plan(&fingerprint)?;
    let published = server.now();
    let world = published.samos.world();
    let sentences = wording::sentences(&plan, &published.samos);
    let mut places = std::collections::BTreeMap::new();
    let mut in_layer: std::collections::BTreeMap<u32, u32> = std::collections::BTreeMap::new();
    let boxes: Vec<Node> = plan
        .steps
        .iter()
        .map(|step| {
            let column = in_layer.entry(step.layer).or_default();
            let (x, y) = (
                20 + *column * WIDE,
                20 + step.layer.saturating_sub(1) * HIGH,
            );
            *column += 1;
            places.insert(step.id, (x, y));
            Node {
                x,
                y,
                label: format!("{} {}", step.id, export::short(&step.operation, world)),
                subject: export::value_text(&step.subject, world),
            }
        })
        .collect();
    let lines = plan.edges.iter().filter_map(|edge| {
        let ((x1, y1), (x2, y2)) = (places.get(&edge.from)?, places.get(&edge.to)?);
        Some(Line {
            x1: x1 + 100,
            y1: y1 + 50,
            x2: x2 + 100,
            y2: *y2,
            dash: if edge.kind == samos::model::plan::EdgeKind::Data {
                "none"
            } else {
                "4 4"
            },
        })
    });
    let columns = in_layer.values().max().copied().unwrap_or(1);
    let layers = u32::try_from(in_layer.len()).unwrap_or(1);
    let rows = sentences.into_iter().map(|one| {
        let arguments: Vec<String> = one
            .arguments
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        Row {
            step: one.step,
            sign: one.sign,
            operation: one.operation,
            subject: one.subject,
            arguments: arguments.join(", "),
            because: one.because.join("; "),
            undo: one.undo,
        }
    });
    page(&PlanPage {
        title: wording::title_of(&plan, &published.samos),
        fingerprint: plan.fingerprint.clone(),
        changes: changes_of(&plan),
        assumptions: plan
            .assumptions
            .iter()
            .map(|assumed| assumed.text.clone())
            .collect(),
        rows: rows.collect(),
        edges: plan
            .edges
            .iter()
            .map(|edge| {
                let kind = format!("{:?}", edge.kind).to_lowercase();
                (edge.from, edge.to, kind, edge.because.conditions.join("; "))
            })
            .collect(),
        boxes,
        lines: lines.collect(),
        width: 20 + columns * WIDE,
        height: 20 + layers * HIGH,
    })
}

/// A query typed into the form.
#[derive(Deserialize)]
pub(super) struct Typed {
    query: Option<String>,
}

#[derive(Template)]
#[template(path = "explore.html")]
struct Explore {
    query: String,
    questions: Vec<(String, String)>,
    problem: Option<String>,
    heading: Vec<String>,
    rows: Vec<Vec<String>>,
    note: String,
}

/// A form for SPARQL with its answer.
pub(super) async fn explore(
    State(server): State<Arc<Server>>,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    let mut shown = Explore {
        query: typed.query.clone().unwrap_or_else(|| {
            "SELECT ?thing ?state WHERE { ?thing samos:state ?state }".to_owned()
        }),
        questions: examples::question_texts(),
        problem: None,
        heading: Vec::new(),
        rows: Vec::new(),
        note: String::new(),
    };
    if let Some(text) = typed.query {
        let asked = Asked {
            text,
            max_rows: Some(1_000),
            ..Asked::default()
        };
        match sparql::ask(&server, asked).await {
            Ok(answer) => {
                (shown.heading, shown.rows) = answer.table();
                let more = if answer.is_truncated() {
                    ", and more that are left out"
                } else {
                    ""
                };
                shown.note = format!("{} rows{more}", shown.rows.len());
            }
            Err(problem) => {
                shown.problem = problem.findings.first().map(ToString::to_string);
            }
        }
    }
    page(&shown)
}
