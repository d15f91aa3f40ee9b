//! The reasoners, the verifiers, the checker: questions in, answers out.

use std::sync::Arc;
use std::time::Duration;

use axum::Json as Reply;
use axum::extract::State;
use samos::model::plan::GoalExplanation;
use samos::{
    Answer, ChainOptions, ConnectOptions, Finding, Format, Limits, Literal, Objective, Plan,
    Preparation, Question, Source,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::problem::Problem;
use crate::schema;
use crate::server::Server;

/// More states than this are not looked at for one question.
const MOST_CONSIDERED: u64 = 5_000_000;
/// Nothing is searched for longer.
const MOST_TIME_MS: u64 = 600_000;
/// More answers than this are not given.
const MOST_ANSWERS: usize = 1_000;
/// Longer plans are not looked for.
const MOST_STEPS: usize = 1_000;

/// How far a search may go.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bounds {
    /// States, partial plans or chains that may be looked at.
    considered: Option<u64>,
    /// Steps of the longest plan.
    steps: Option<usize>,
    /// How many answers.
    answers: Option<usize>,
    /// Milliseconds after which the best found by then is answered. Without `considered` the time alone ends the search.
    time_limit_ms: Option<u64>,
}

/// The limits of a search that takes no longer than so many milliseconds, where that is said.
pub(crate) fn limits_within(time_limit_ms: Option<u64>) -> Limits {
    match time_limit_ms {
        Some(time) => samos::within_time(Duration::from_millis(time.min(MOST_TIME_MS))),
        None => Limits::default(),
    }
}

/// The limits asked for, within those of the server.
pub(crate) fn limits(bounds: Option<&Bounds>, answers: Option<usize>) -> Limits {
    let bounds = bounds.cloned().unwrap_or_default();
    let usual = limits_within(bounds.time_limit_ms);
    let most = match bounds.time_limit_ms {
        Some(_) => u64::MAX,
        None => MOST_CONSIDERED,
    };
    Limits {
        considered: bounds.considered.unwrap_or(usual.considered).min(most),
        steps: bounds.steps.unwrap_or(usual.steps).min(MOST_STEPS),
        answers: bounds
            .answers
            .or(answers)
            .unwrap_or(usual.answers)
            .clamp(1, MOST_ANSWERS),
        deadline: usual.deadline,
    }
}

/// Characters and the datatype that they shall pass.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormatQuestion {
    /// The datatype's name.
    #[serde(rename = "type")]
    of_type: String,
    /// The characters.
    value: String,
}

/// Whether characters pass a datatype.
#[derive(Serialize, ToSchema)]
pub(crate) struct FormatAnswer {
    /// Do they?
    ok: bool,
    /// What is wrong.
    message: Option<String>,
    /// What would be right.
    expected: Option<String>,
}

/// Checks characters against a datatype, as for one field of a form.
#[utoipa::path(post, path = "/api/v1/format", tag = "assist", request_body = FormatQuestion, responses(
    (status = 200, body = FormatAnswer),
    Problem,
))]
pub(crate) async fn format(
    State(server): State<Arc<Server>>,
    Json(question): Json<FormatQuestion>,
) -> Result<Reply<FormatAnswer>, Problem> {
    let published = server.now();
    let datatype = published.samos.type_named(&question.of_type)?;
    let literal = Literal::new(question.value, datatype.clone());
    let problem = published
        .samos
        .world()
        .check_literal(&literal, &datatype)
        .err();
    Ok(Reply(FormatAnswer {
        ok: problem.is_none(),
        message: problem.as_ref().map(|problem| problem.message.clone()),
        expected: problem.map(|problem| problem.expected),
    }))
}

/// One operation on one subject.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckQuestion {
    /// The operation's name.
    operation: String,
    /// The subject's name.
    subject: String,
    /// Arguments at hand, `name=value`; a name twice for several values.
    #[serde(default)]
    arguments: Vec<String>,
    /// How far to look for ways.
    limits: Option<Bounds>,
}

/// Verifies one operation on one subject, with ways to satisfy what is open.
#[utoipa::path(post, path = "/api/v1/check", tag = "assist", request_body = CheckQuestion, responses(
    (status = 200, body = schema::Preparation),
    Problem,
))]
pub(crate) async fn check(
    State(server): State<Arc<Server>>,
    Json(question): Json<CheckQuestion>,
) -> Result<Reply<Preparation>, Problem> {
    server
        .answer(move |samos| {
            let limits = limits(question.limits.as_ref(), None);
            let CheckQuestion {
                operation,
                subject,
                arguments,
                ..
            } = &question;
            Ok(samos.check(operation, subject, arguments, &limits)?)
        })
        .await
}

/// A subject with the arguments at hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrepareQuestion {
    /// The subject's name.
    subject: String,
    /// Arguments at hand, `name=value`.
    #[serde(default)]
    arguments: Vec<String>,
    /// How far to look for ways.
    limits: Option<Bounds>,
}

/// All operations of a subject: what each still needs. Paper: BASR.
#[utoipa::path(post, path = "/api/v1/prepare", tag = "assist", request_body = PrepareQuestion, responses(
    (status = 200, body = schema::Preparation),
    Problem,
))]
pub(crate) async fn prepare(
    State(server): State<Arc<Server>>,
    Json(question): Json<PrepareQuestion>,
) -> Result<Reply<Preparation>, Problem> {
    server
        .answer(move |samos| {
            let limits = limits(question.limits.as_ref(), None);
            Ok(samos.prepare(&question.subject, &question.arguments, &limits)?)
        })
        .await
}

/// Several subjects with the arguments at hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TogetherQuestion {
    /// The subjects' names.
    subjects: Vec<String>,
    /// Arguments at hand, `name=value`.
    #[serde(default)]
    arguments: Vec<String>,
    /// How far to search.
    limits: Option<Bounds>,
}

/// Groups of operations that do the same on several subjects, across clouds. Paper: CCSR.
#[utoipa::path(post, path = "/api/v1/together", tag = "assist", request_body = TogetherQuestion, responses(
    (status = 200, body = schema::Answer),
    Problem,
))]
pub(crate) async fn together(
    State(server): State<Arc<Server>>,
    Json(question): Json<TogetherQuestion>,
) -> Result<Reply<Answer>, Problem> {
    server
        .planned(move |samos| {
            let limits = limits(question.limits.as_ref(), None);
            Ok(samos.together_within(&question.subjects, &question.arguments, &limits)?)
        })
        .await
}

/// Subjects of one cloud, and where the chain shall lead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChainQuestion {
    /// The subjects' names.
    subjects: Vec<String>,
    /// Arguments at hand, `name=value`.
    #[serde(default)]
    arguments: Vec<String>,
    /// What must hold at the end.
    goal: Option<String>,
    /// How far to search.
    limits: Option<Bounds>,
}

/// Chains in which one request makes the next possible. Paper: SCSR.
#[utoipa::path(post, path = "/api/v1/chain", tag = "assist", request_body = ChainQuestion, responses(
    (status = 200, body = schema::Answer),
    Problem,
))]
pub(crate) async fn chain(
    State(server): State<Arc<Server>>,
    Json(question): Json<ChainQuestion>,
) -> Result<Reply<Answer>, Problem> {
    server
        .planned(move |samos| {
            let options = ChainOptions {
                goal: question.goal,
                limits: limits(question.limits.as_ref(), None),
            };
            Ok(samos.chain_with(&question.subjects, &question.arguments, &options)?)
        })
        .await
}

/// Services or things of different clouds that shall work together.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectQuestion {
    /// The subjects' names.
    subjects: Vec<String>,
    /// What must hold at the end.
    goal: Option<String>,
    /// May unknown preconditions be assumed? They may, unless said otherwise.
    assume: Option<bool>,
    /// Offer also what keeps things apart?
    #[serde(default)]
    excluding: bool,
    /// How many plans at most; 8 unless said otherwise.
    alternatives: Option<usize>,
    /// How far to search.
    limits: Option<Bounds>,
}

/// Plans that make services of different clouds work together. Paper: IOSR.
#[utoipa::path(post, path = "/api/v1/connect", tag = "assist", request_body = ConnectQuestion, responses(
    (status = 200, body = schema::Answer),
    Problem,
))]
pub(crate) async fn connect(
    State(server): State<Arc<Server>>,
    Json(question): Json<ConnectQuestion>,
) -> Result<Reply<Answer>, Problem> {
    server
        .planned(move |samos| {
            let options = ConnectOptions {
                goal: question.goal,
                assume: question.assume.unwrap_or(true),
                excluding: question.excluding,
                limits: limits(
                    question.limits.as_ref(),
                    Some(question.alternatives.unwrap_or(8)),
                ),
            };
            Ok(samos.connect_with(&question.subjects, &options)?)
        })
        .await
}

/// What is to be reached or obtained; or a plan whose question is asked again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanQuestion {
    /// What must hold at the end.
    goal: Option<String>,
    /// Types of things to obtain, `[name=]TYPE`.
    #[serde(default)]
    wants: Vec<String>,
    /// Must wanted things be new ones?
    #[serde(default)]
    new: bool,
    /// What is at hand: types or values.
    #[serde(default)]
    givens: Vec<String>,
    /// The subjects to plan with; empty for all that matter.
    #[serde(default)]
    subjects: Vec<String>,
    /// `operations`, `layers`, `cost`, `makespan` or `pareto`.
    #[schema(value_type = Option<String>, pattern = "^(default|operations|layers|cost|makespan|pareto)$")]
    minimize: Option<Objective>,
    /// How many plans at most.
    alternatives: Option<usize>,
    /// Plans that are far apart in what they ask of whom, instead of the cheapest ones after the best.
    #[serde(default)]
    diverse: bool,
    /// Say also what every plan must pass.
    #[serde(default)]
    explain: bool,
    /// Say also why this operation is not in the best plan.
    why_not: Option<String>,
    /// May unknown preconditions be assumed? They may, unless said otherwise.
    assume: Option<bool>,
    /// A plan whose question is asked again of today's facts; nothing else is then said.
    #[schema(value_type = Option<schema::Plan>)]
    from: Option<Plan>,
    /// How far to search.
    limits: Option<Bounds>,
}

/// The cheapest plans that reach a goal, on states and on types.
#[utoipa::path(post, path = "/api/v1/plan", tag = "assist", request_body = PlanQuestion, responses(
    (status = 200, body = schema::ExplainedAnswer),
    Problem,
))]
pub(crate) async fn plan(
    State(server): State<Arc<Server>>,
    Json(question): Json<PlanQuestion>,
) -> Result<Reply<Explained>, Problem> {
    if question.from.is_none() && question.goal.is_none() && question.wants.is_empty() {
        return Err(Problem::bad_request(
            "a plan needs something to reach: `goal`, `wants` or `from`",
        ));
    }
    let is_explained = question.explain || question.why_not.is_some();
    if is_explained && question.from.is_some() {
        return Err(Problem::bad_request(
            "a plan's own question is not explained: ask it by `goal` or `wants`",
        ));
    }
    let told = server
        .compute(move |samos| {
            let limits = limits(question.limits.as_ref(), question.alternatives);
            let assume = question.assume.unwrap_or(true);
            if let Some(plan) = &question.from {
                return Ok((samos.ask_again(plan, assume, &limits)?, None));
            }
            let goal = samos.goal(&Question {
                goal: question.goal,
                wants: question.wants,
                new: question.new,
                givens: question.givens,
                subjects: question.subjects,
                objective: question.minimize.unwrap_or_default(),
                alternatives: question.alternatives.unwrap_or(1).min(MOST_ANSWERS),
                diverse: question.diverse,
                assume,
            })?;
            let answer = samos.plan_within(&goal, &limits)?;
            let why_not = question.why_not.as_deref();
            let explanation = match is_explained {
                true => Some(samos.explain_goal(&goal, why_not, &limits)?),
                false => None,
            };
            Ok((answer, explanation))
        })
        .await?;
    let (answer, explanation) = told;
    server.keep(&answer);
    Ok(Reply(Explained {
        answer,
        explanation,
    }))
}

/// What a reasoner answers, and what every plan must pass.
#[derive(Serialize)]
pub(crate) struct Explained {
    #[serde(flatten)]
    answer: Answer,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<GoalExplanation>,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct Found {
    /// Nothing where all is well.
    #[schema(value_type = Vec<schema::Finding>)]
    pub(crate) findings: Vec<Finding>,
}

/// Checks a plan independently of whatever made it.
#[utoipa::path(post, path = "/api/v1/verify", tag = "plans", request_body = schema::Plan, responses(
    (status = 200, body = Found),
    Problem,
))]
pub(crate) async fn verify(
    State(server): State<Arc<Server>>,
    Json(plan): Json<Plan>,
) -> Result<Reply<Found>, Problem> {
    server
        .answer(move |samos| {
            Ok(Found {
                findings: samos.verify(&plan)?,
            })
        })
        .await
}

/// Texts of ontologies to be validated, beside the framework.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValidateQuestion {
    /// The texts.
    sources: Vec<SourceText>,
}

/// A text with the name that findings call it by.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceText {
    /// A file's name; its ending tells the format where none is named.
    name: String,
    /// `turtle`, `trig`, `ntriples`, `nquads`, `rdfxml` or `jsonld`.
    format: Option<String>,
    /// The text.
    text: String,
}

/// Validates texts of ontologies as `samos validate` does files; nothing is kept.
#[utoipa::path(post, path = "/api/v1/validate", tag = "why", request_body = ValidateQuestion, responses(
    (status = 200, body = Found),
    Problem,
))]
pub(crate) async fn validate(
    State(server): State<Arc<Server>>,
    Json(question): Json<ValidateQuestion>,
) -> Result<Reply<Found>, Problem> {
    let sources = question.sources.into_iter().map(|source| {
        let format = match &source.format {
            Some(name) => format_named(name),
            None => Format::of_file(&source.name),
        };
        let format = format.ok_or_else(|| {
            Problem::bad_request(format!("the format of `{}` is not known", source.name))
        })?;
        Ok(Source::new(source.name, source.text, format))
    });
    let sources = sources.collect::<Result<Vec<Source>, Problem>>()?;
    server
        .answer(move |samos| {
            let mut knowledge = samos.knowledge().clone();
            let mut findings = Vec::new();
            for source in &sources {
                findings.extend(knowledge.load(source).findings);
            }
            findings.extend(knowledge.validate());
            findings.sort();
            findings.dedup();
            let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
            findings.retain(|finding| {
                finding
                    .place
                    .as_ref()
                    .is_none_or(|place| names.contains(&place.file.as_str()))
            });
            Ok(Found { findings })
        })
        .await
}

fn format_named(name: &str) -> Option<Format> {
    Some(match name.to_ascii_lowercase().as_str() {
        "turtle" | "ttl" => Format::Turtle,
        "trig" => Format::TriG,
        "ntriples" | "nt" => Format::NTriples,
        "nquads" | "nq" => Format::NQuads,
        "rdfxml" | "rdf" | "xml" => Format::RdfXml,
        "jsonld" => Format::JsonLd,
        _ => return None,
    })
}
