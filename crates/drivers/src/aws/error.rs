//! What can go wrong between a document and the wire.

/// Why a request could not be made, or an answer not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model file is no model, or contradicts itself.
    #[error("the vendor's model cannot be used: {message}")]
    Model {
        /// What is wrong with it.
        message: String,
    },
    /// The service has no such operation.
    #[error("the model has no operation `{name}`{}", did_you_mean(.nearest.as_deref()))]
    UnknownOperation {
        /// What was asked for.
        name: String,
        /// The name that comes closest.
        nearest: Option<String>,
    },
    /// The input does not fit the model.
    #[error("the input does not fit the model at `{at}`: {message}")]
    Input {
        /// The member, dotted.
        at: String,
        /// What is wrong there.
        message: String,
    },
    /// The answer is not what the model says an answer looks like.
    #[error("the answer cannot be read: {message}")]
    Answer {
        /// What is wrong with it.
        message: String,
    },
    /// No address could be found for the call.
    #[error("no endpoint for this call: {message}")]
    Endpoint {
        /// Why not.
        message: String,
    },
    /// No credentials could be found, or they cannot be used.
    #[error("no usable credentials: {message}")]
    Credentials {
        /// What was tried and what to do.
        message: String,
    },
}

impl Error {
    pub(crate) fn model(message: impl Into<String>) -> Self {
        Self::Model {
            message: message.into(),
        }
    }

    pub(crate) fn input(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Input {
            at: at.into(),
            message: message.into(),
        }
    }

    pub(crate) fn answer(message: impl Into<String>) -> Self {
        Self::Answer {
            message: message.into(),
        }
    }
}

/// The name among `names` that needs the fewest changes to become `wanted`, where that is few enough to help.
pub(crate) fn nearest_name<'n>(
    wanted: &str,
    names: impl Iterator<Item = &'n str>,
) -> Option<String> {
    let wanted = wanted.to_lowercase();
    names
        .map(|name| (distance(&wanted, &name.to_lowercase()), name))
        .min()
        .filter(|(changes, name)| *changes <= name.len().div_ceil(3))
        .map(|(_, name)| name.to_owned())
}

/// How many letters must be added, taken or changed.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, letter) in left.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(above + 1);
        for ((&other, &diagonal), &over) in right.iter().zip(&row).zip(row.iter().skip(1)) {
            let beside = next.last().copied().unwrap_or(0);
            next.push(
                (diagonal + usize::from(letter != other))
                    .min(over + 1)
                    .min(beside + 1),
            );
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

fn did_you_mean(name: Option<&str>) -> String {
    name.map(|name| format!(" (did you mean `{name}`?)"))
        .unwrap_or_default()
}
