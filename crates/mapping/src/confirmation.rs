//! Whether what was asked for has come about, by asking an operation that reads until it says so.
//!
//! In: a mapping's confirmation, a request and its outcomes; then each answer. Out: the requests to ask with; what an
//! answer means. In the manner of the vendors' waiters: the first acceptor that fits decides, else one asks again.
//! Not here: waiting.

use samos_model::reply::{CallError, Outcomes};
use samos_model::{Iri, Name, Request, Value, World};
use serde::{Deserialize, Serialize};

use crate::errors::Class;

/// How an operation's effect is confirmed.
#[derive(Clone, PartialEq, Debug)]
pub struct Confirmation {
    /// The operation that reads.
    pub poll: Iri,
    /// Of what it is asked.
    pub of: Polled,
    /// What answers mean; the first that fits decides.
    pub acceptors: Vec<Acceptor>,
    /// How long to wait between two askings.
    pub delay_ms: u64,
    /// How often to ask.
    pub limit: u32,
}

/// Of what a confirmation is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Polled {
    /// Of the request's subject.
    Subject,
    /// Of the values of a parameter.
    Argument(Name),
    /// Of what came back, such as the thing made.
    Outcome(Name),
}

/// What one answer means.
#[derive(Clone, PartialEq, Debug)]
pub struct Acceptor {
    /// Which answer.
    pub on: Sign,
    /// What it means.
    pub verdict: Verdict,
}

/// By what an answer is known.
#[derive(Clone, PartialEq, Debug)]
pub enum Sign {
    /// An outcome has that word: a literal, or the key of what it names.
    Outcome {
        /// The outcome of the poll.
        name: Name,
        /// The word.
        expected: String,
    },
    /// The poll was refused for that reason.
    Error(Class),
}

/// What an answer to a poll means.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The effect is there.
    Success,
    /// It will not come.
    Failure,
    /// Not yet: ask again.
    Retry,
}

impl Confirmation {
    /// The requests to ask with, one for each thing.
    #[must_use = "this makes requests and sends none"]
    pub fn requests(&self, request: &Request, outcomes: &Outcomes) -> Vec<Request> {
        let named = |values: Option<&Vec<Value>>| -> Vec<Iri> {
            values
                .into_iter()
                .flatten()
                .filter_map(|value| value.as_entity().cloned())
                .collect()
        };
        let subjects = match &self.of {
            Polled::Subject => vec![request.subject.clone()],
            Polled::Argument(name) => named(request.arguments.get(name)),
            Polled::Outcome(name) => named(outcomes.values.get(name)),
        };
        subjects
            .into_iter()
            .map(|subject| Request {
                operation: self.poll.clone(),
                subject,
                arguments: std::collections::BTreeMap::new(),
            })
            .collect()
    }

    /// What an answer to one of them means.
    #[must_use = "judging has no other effect"]
    pub fn judge(&self, world: &dyn World, answer: &Result<Outcomes, CallError>) -> Verdict {
        let fits = |acceptor: &&Acceptor| match (&acceptor.on, answer) {
            (Sign::Outcome { name, expected }, Ok(outcomes)) => outcomes
                .values
                .get(name)
                .into_iter()
                .flatten()
                .any(|value| word(world, outcomes, value).as_deref() == Some(expected.as_str())),
            (Sign::Error(class), Err(CallError::Refused { class: was, .. })) => {
                class.refusal() == Some(*was)
            }
            (Sign::Error(class), Err(CallError::Lost { .. })) => *class == Class::Lost,
            _ => false,
        };
        self.acceptors
            .iter()
            .find(fits)
            .map_or(Verdict::Retry, |acceptor| acceptor.verdict)
    }
}

/// A literal's text, or the key of a thing.
fn word(world: &dyn World, outcomes: &Outcomes, value: &Value) -> Option<String> {
    let entity = match value {
        Value::Literal(literal) => return Some(literal.lexical.to_string()),
        Value::Entity(entity) => entity,
    };
    let keys: Vec<Iri> = world
        .types_of(entity)
        .iter()
        .filter_map(|of_type| world.key_of(of_type))
        .collect();
    let known = keys
        .iter()
        .flat_map(|key| world.values(entity, key).members)
        .find_map(|key| Some(key.as_literal()?.lexical.to_string()));
    known.or_else(|| {
        let described = outcomes.entities.iter().find(|it| it.entity == *entity)?;
        let (_, key) = described
            .facts
            .iter()
            .find(|(_, it)| it.as_literal().is_some())?;
        Some(key.as_literal()?.lexical.to_string())
    })
}
