//! Compiling an entry's confirmation, named or in place.

use samos_model::codes::mapping as codes;
use samos_model::finding::nearest;
use samos_model::{Name, Place};
use serde_json::Value;

use super::Compiler;
use crate::confirmation::{Acceptor, Confirmation, Polled, Sign, sign_of};
use crate::file::ConfirmationText;

impl Compiler<'_> {
    pub(super) fn confirmation(&mut self, value: &Value, place: &Place) -> Option<Confirmation> {
        if let Value::String(name) = value {
            let named = &self.file.confirmations.0;
            let Some((at, found)) = named.iter().find(|(key, _)| key.value == *name) else {
                let known = nearest(name, named.iter().map(|(key, _)| key.value.as_str()));
                let help = known.map_or_else(
                    || "Define it under `confirmations`.".to_owned(),
                    |known| format!("Did you mean `{known}`?"),
                );
                self.report(
                    codes::NAME_UNKNOWN,
                    place.clone(),
                    format!("`{name}` is no confirmation of this file"),
                    &help,
                );
                return None;
            };
            let at = self.source.at(at);
            return match found {
                Value::String(_) => None,
                found => self.confirmation(found, &at),
            };
        }
        let text: ConfirmationText = self.value(value, place)?;
        let poll = self.name(&text.poll, place)?;
        let of = match text.of.as_deref() {
            None | Some("subject") => Polled::Subject,
            Some(of) => match of.split_once('.') {
                Some(("arguments", name)) => Polled::Argument(Name::from(name)),
                Some(("outcomes", name)) => Polled::Outcome(Name::from(name)),
                _ => {
                    self.report(
                        codes::CONFIRMATION_UNFIT,
                        self.source.fragment(place, of),
                        format!("`{of}` is nothing to poll of"),
                        "It is `subject`, `arguments.NAME` or `outcomes.NAME`.",
                    );
                    return None;
                }
            },
        };
        let mut acceptors = Vec::new();
        for acceptor in text.accept {
            let on = match (acceptor.outcome, acceptor.expected, acceptor.error) {
                (Some(name), Some(expected), None) => Sign::Outcome {
                    name: Name::from(name),
                    expected,
                },
                (None, None, Some(class)) => sign_of(class),
                _ => {
                    self.report(
                        codes::CONFIRMATION_UNFIT,
                        place.clone(),
                        "an acceptor has `outcome` and `expected`, or `error`".to_owned(),
                        "Hold the file against `mappings/mapping.schema.json`.",
                    );
                    return None;
                }
            };
            acceptors.push(Acceptor {
                on,
                verdict: acceptor.verdict,
            });
        }
        Some(Confirmation {
            poll,
            of,
            acceptors,
            delay_ms: text.delay_ms,
            limit: text.limit,
        })
    }
}
