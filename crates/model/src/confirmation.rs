//! Whether what was asked for has come about, by asking an operation that reads until it says so.
//!
//! In: a confirmation, as a mapping words it, a request and what it gave; then each answer. Out: the requests to ask with; what an
//! answer means. In the manner of the vendors' waiters: the first acceptor that fits decides, else one asks again.
//! Not here: waiting, and proving that the effect is there: that is for the postcondition.

use serde::{Deserialize, Serialize};

use crate::reply::{Bindings, CallError, ErrorClass, Outcomes};
use crate::request::Request;
use crate::world::World;
use crate::{Iri, Name, Value};

/// How an operation's effect is confirmed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Polled {
    /// Of the request's subject.
    Subject,
    /// Of the values of a parameter.
    Argument(Name),
    /// Of what came back, such as the thing made.
    Outcome(Name),
}

/// What one answer means.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Acceptor {
    /// Which answer.
    pub on: Sign,
    /// What it means.
    pub verdict: Verdict,
}

/// By what an answer is known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    /// An outcome has that word: a literal, or the key of what it names.
    Outcome {
        /// The outcome of the poll.
        name: Name,
        /// The word.
        expected: String,
    },
    /// The poll was refused for that reason.
    Refused(ErrorClass),
    /// The poll was not answered.
    Lost,
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

impl std::fmt::Display for Sign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Outcome { name, expected } => write!(f, "`{name}` is `{expected}`"),
            Self::Refused(class) => write!(f, "reading it is refused ({class})"),
            Self::Lost => f.write_str("reading it is not answered"),
        }
    }
}

impl Confirmation {
    /// The requests to ask with, one for each thing.
    #[must_use = "this makes requests and sends none"]
    pub fn requests(&self, request: &Request, outcomes: &Bindings) -> Vec<Request> {
        let named = |values: Option<&Vec<Value>>| -> Vec<Iri> {
            let values = values.into_iter().flatten();
            values
                .filter_map(|value| value.as_entity().cloned())
                .collect()
        };
        let subjects = match &self.of {
            Polled::Subject => vec![request.subject.clone()],
            Polled::Argument(name) => named(request.arguments.get(name)),
            Polled::Outcome(name) => named(outcomes.get(name)),
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

    /// The first acceptor that an answer to one of them fits; without any, one asks again.
    #[must_use = "judging has no other effect"]
    pub fn judge(
        &self,
        world: &dyn World,
        answer: &Result<Outcomes, CallError>,
    ) -> Option<&Acceptor> {
        let fits = |acceptor: &&Acceptor| match (&acceptor.on, answer) {
            (Sign::Outcome { name, expected }, Ok(outcomes)) => {
                let values = outcomes.values.get(name);
                values
                    .into_iter()
                    .flatten()
                    .any(|value| word(world, outcomes, value).as_ref() == Some(expected))
            }
            (Sign::Refused(class), Err(CallError::Refused { class: was, .. })) => class == was,
            (Sign::Lost, Err(CallError::Lost { .. })) => true,
            _ => false,
        };
        self.acceptors.iter().find(fits)
    }
}

/// A literal's text, or the key of a thing.
fn word(world: &dyn World, outcomes: &Outcomes, value: &Value) -> Option<String> {
    let entity = match value {
        Value::Literal(literal) => return Some(literal.lexical.to_string()),
        Value::Entity(entity) => entity,
    };
    let types = world.types_of(entity);
    let known = types
        .iter()
        .filter_map(|of_type| world.key_of(of_type))
        .flat_map(|key| world.values(entity, &key).members)
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
