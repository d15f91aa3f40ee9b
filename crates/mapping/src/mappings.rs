//! All loaded mappings: requests out of steps, outcomes out of answers.
//!
//! In: mapping files; then a request against the [`World`], or an answer. Out: calls, outcomes, errors with their class.
//! Not here: sending.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::codes::mapping as codes;
use samos_model::reply::{CallError, Outcomes};
use samos_model::{Finding, Iri, Request, World};
use serde_json::Value;

use crate::call::{Answer, ApiError, Call};
use crate::confirmation::Confirmation;
use crate::entry::{Entry, MappingFile, RequestShape};
use crate::errors::{Error, Rule, classify, error_of};
use crate::paging;
use crate::reading;
use crate::rendering::{alternative, is_of, looked_up, render, scope, specified};
use crate::shape::plain;

/// All loaded mappings.
#[derive(Debug, Default)]
pub struct Mappings {
    pub(crate) files: Vec<MappingFile>,
    /// By operation: file and entry, in the order of libraries.
    by_operation: BTreeMap<Iri, Vec<(usize, usize)>>,
    preferred: Vec<String>,
}

/// May a call whose answer was lost be sent again?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resend {
    /// Yes: it reads, or doing it twice is doing it once.
    Safe,
    /// Yes, with the same token.
    WithToken,
    /// Not before it is known whether it took effect.
    Never,
}

impl Mappings {
    /// Loads files, each a name and a text. What cannot be read is left out and reported.
    #[must_use = "the findings say what was left out"]
    pub fn load<N: AsRef<str>, T: AsRef<str>>(files: &[(N, T)]) -> (Self, Vec<Finding>) {
        let mut findings = Vec::new();
        let mut read: Vec<MappingFile> = files
            .iter()
            .filter_map(|(name, text)| {
                crate::entry::compile(name.as_ref(), text.as_ref(), &mut findings)
            })
            .collect();
        read.sort_by(|a, b| {
            let key = |file: &MappingFile| {
                let name = file.place.as_ref().map(|place| place.file.clone());
                (file.library.clone(), name)
            };
            key(a).cmp(&key(b))
        });
        let mut by_operation: BTreeMap<Iri, Vec<(usize, usize)>> = BTreeMap::new();
        for (at, file) in read.iter().enumerate() {
            for (index, entry) in file.entries.iter().enumerate() {
                let entries = by_operation.entry(entry.operation.clone()).or_default();
                let twice = entries.iter().any(|(other, _)| {
                    read.get(*other)
                        .is_some_and(|it| it.library == file.library)
                });
                if twice {
                    findings.push(
                        Finding::error(
                            codes::MAPPED_TWICE,
                            format!(
                                "library `{}` maps `{}` a second time",
                                file.library,
                                entry.operation.local()
                            ),
                            "Remove one entry, or give it another library.",
                        )
                        .at(entry.place.clone()),
                    );
                    continue;
                }
                entries.push((at, index));
            }
        }
        findings.sort_by(|a, b| a.place.cmp(&b.place));
        let mappings = Self {
            files: read,
            by_operation,
            preferred: Vec::new(),
        };
        (mappings, findings)
    }

    /// The same, with these libraries before the others wherever several serve an operation.
    #[must_use = "this returns the new value"]
    pub fn preferring(mut self, libraries: &[String]) -> Self {
        self.preferred = libraries.to_vec();
        for entries in self.by_operation.values_mut() {
            let files = &self.files;
            entries.sort_by_key(|(file, _)| {
                let library = files.get(*file).map_or("", |file| file.library.as_str());
                rank(libraries, library)
            });
        }
        self
    }

    /// The libraries that go before others, the first first.
    pub(crate) fn preferred(&self) -> &[String] {
        &self.preferred
    }

    /// The libraries that serve an operation, the preferred first.
    #[must_use = "reading has no other effect"]
    pub fn libraries(&self, operation: &Iri) -> Vec<&str> {
        self.served(operation)
            .map(|(file, _)| file.library.as_str())
            .collect()
    }

    /// All libraries.
    #[must_use = "reading has no other effect"]
    pub fn all_libraries(&self) -> BTreeSet<&str> {
        self.files
            .iter()
            .filter(|file| !file.entries.is_empty())
            .map(|file| file.library.as_str())
            .collect()
    }

    /// All mapped operations.
    pub fn operations(&self) -> impl Iterator<Item = &Iri> {
        self.by_operation.keys()
    }

    /// The requests to send one after the other for one request, where its interface takes one value of a multiple parameter
    /// at a time; else just the request.
    #[must_use = "this makes requests and sends none"]
    pub fn split(&self, request: &Request, library: Option<&str>) -> Vec<Request> {
        let entry = self
            .served(&request.operation)
            .find(|(file, _)| library.is_none_or(|library| file.library == library));
        let each = entry.and_then(|(_, entry)| entry.each.as_ref());
        let values = each.and_then(|(name, _)| Some((name, request.arguments.get(name)?)));
        let Some((name, values)) = values else {
            return vec![request.clone()];
        };
        values
            .iter()
            .map(|value| {
                let mut one = request.clone();
                one.arguments.insert(name.clone(), vec![value.clone()]);
                one
            })
            .collect()
    }

    /// What must be asked before the request can be rendered, where its interface wants what no fact says (such as the id of
    /// an attachment).
    ///
    /// # Errors
    /// The operation is not mapped, or what is needed is not known.
    pub fn lookup(
        &self,
        world: &dyn World,
        request: &Request,
        library: Option<&str>,
    ) -> Result<Option<Call>, Error> {
        let (file, entry) = self.entry(world, &request.operation, library)?;
        let Some(lookup) = &entry.lookup else {
            return Ok(None);
        };
        let operation = specified(world, &request.operation)?;
        let scope = scope(world, file, entry, operation, request);
        let shape = alternative(&lookup.requests, &scope)?;
        render(shape, &scope).map(Some)
    }

    /// The call that carries a request out. `token` makes a repetition harmless where the interface has a place for one.
    ///
    /// # Errors
    /// The operation is not mapped, what is needed is not known, or a value cannot stand where it is to stand.
    pub fn render(
        &self,
        world: &dyn World,
        request: &Request,
        token: Option<&str>,
        library: Option<&str>,
    ) -> Result<Call, Error> {
        self.render_after(world, request, token, library, None)
    }

    /// The same, with the answer to what [`Mappings::lookup`] had to ask.
    ///
    /// # Errors
    /// As [`Mappings::render`]; or the answer lacks what was looked up.
    pub fn render_after(
        &self,
        world: &dyn World,
        request: &Request,
        token: Option<&str>,
        library: Option<&str>,
        found: Option<&Answer>,
    ) -> Result<Call, Error> {
        let (file, entry) = self.entry(world, &request.operation, library)?;
        let operation = specified(world, &request.operation)?;
        let mut scope = scope(world, file, entry, operation, request);
        scope.token = token;
        if let (Some(lookup), Some(answer)) = (&entry.lookup, found) {
            for (name, query) in &lookup.values {
                let value = looked_up(query, &scope, answer)?;
                if matches!(value, Value::Array(_) | Value::Object(_)) {
                    return Err(Error::Answer(format!("`{name}` is no single value")));
                }
                if !value.is_null() {
                    scope.found.insert(name.clone(), plain(&value));
                }
            }
        }
        render(alternative(&entry.requests, &scope)?, &scope)
    }

    /// What an answer means for the request: its outcomes, or why there are none.
    ///
    /// # Errors
    /// The provider's refusal with its class; or that the answer tells nothing: it is a server's failure, or of another
    /// shape than the mapping expects.
    pub fn read(
        &self,
        world: &dyn World,
        request: &Request,
        call: &Call,
        answer: &Answer,
    ) -> Result<Outcomes, CallError> {
        let lost = |message: String| CallError::Lost { message };
        let Some((file, entry)) = self.entry_of(&request.operation, call) else {
            return Err(lost(format!(
                "no mapping of `{}` makes such a call",
                world.compact(&request.operation)
            )));
        };
        let shape = entry.requests.iter().find(|shape| is_of(shape, call));
        let operation =
            specified(world, &request.operation).map_err(|error| lost(error.to_string()))?;
        let scope = scope(world, file, entry, operation, request);
        if let Some(error) = self.error_in(file, entry, shape, answer).map_err(lost)? {
            let told = entry.instead.iter().find(|(class, _)| {
                matches!(&error, CallError::Refused { class: was, .. } if class.refusal() == Some(*was))
            });
            return match told {
                Some((_, words)) => reading::told(&scope, words).map_err(lost),
                None => Err(error),
            };
        }
        reading::outcomes(&scope, entry, answer).map_err(lost)
    }

    /// The class of what a lookup was answered with, if it is an error.
    ///
    /// # Errors
    /// The refusal.
    pub fn check(&self, request: &Request, call: &Call, answer: &Answer) -> Result<(), CallError> {
        let lost = |message: String| CallError::Lost { message };
        let Some((file, entry)) = self.served(&request.operation).find(|(_, entry)| {
            let lookups = entry.lookup.iter().flat_map(|lookup| &lookup.requests);
            entry
                .requests
                .iter()
                .chain(lookups)
                .any(|shape| is_of(shape, call))
        }) else {
            return Ok(());
        };
        match self.error_in(file, entry, None, answer).map_err(lost)? {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The call for the page after an answer, where there is one.
    ///
    /// # Errors
    /// The answer's token is no token, or the one before.
    pub fn next_page(
        &self,
        request: &Request,
        call: &Call,
        answer: &Answer,
    ) -> Result<Option<Call>, CallError> {
        if error_of(answer).is_some() {
            return Ok(None);
        }
        match self.paging_of(&request.operation, call) {
            Some(paging) => {
                paging::next(paging, call, answer).map_err(|message| CallError::Lost { message })
            }
            None => Ok(None),
        }
    }

    /// All pages of an answer as one.
    #[must_use = "this makes an answer"]
    pub fn join_pages(&self, request: &Request, call: &Call, pages: Vec<Answer>) -> Option<Answer> {
        match self.paging_of(&request.operation, call) {
            Some(paging) => paging::join(paging, pages),
            None => pages.into_iter().next(),
        }
    }

    /// How it is found out whether an operation's effect is there.
    #[must_use = "reading has no other effect"]
    pub fn confirmation(&self, operation: &Iri, library: Option<&str>) -> Option<&Confirmation> {
        self.served(operation)
            .find(|(file, _)| library.is_none_or(|library| file.library == library))
            .and_then(|(_, entry)| entry.confirmation.as_ref())
            .map(|(_, confirmation)| confirmation)
    }

    /// May a call whose answer was lost be sent again?
    #[must_use = "reading has no other effect"]
    pub fn resend(&self, world: &dyn World, operation: &Iri, library: Option<&str>) -> Resend {
        let reads = world
            .operation(operation)
            .is_some_and(|operation| operation.kind == samos_model::Kind::Information);
        let entry = self
            .served(operation)
            .find(|(file, _)| library.is_none_or(|library| file.library == library));
        let carries_token = |entry: &Entry| {
            entry.requests.iter().all(|shape| {
                let holes = shape.holes();
                holes
                    .iter()
                    .any(|(hole, _)| hole.root == crate::template::HoleRoot::Token)
            })
        };
        match entry {
            _ if reads => Resend::Safe,
            Some((_, entry)) if entry.idempotent => Resend::Safe,
            Some((_, entry)) if carries_token(entry) => Resend::WithToken,
            _ => Resend::Never,
        }
    }

    pub(crate) fn served(&self, operation: &Iri) -> impl Iterator<Item = (&MappingFile, &Entry)> {
        self.by_operation
            .get(operation)
            .into_iter()
            .flatten()
            .filter_map(|(file, entry)| {
                let file = self.files.get(*file)?;
                Some((file, file.entries.get(*entry)?))
            })
    }

    /// The rules of a library: the file's own, then those of files that map nothing.
    pub(crate) fn rules<'a>(&'a self, file: &'a MappingFile) -> impl Iterator<Item = &'a Rule> {
        let shared = self
            .files
            .iter()
            .filter(|other| other.library == file.library && other.entries.is_empty());
        file.errors
            .iter()
            .chain(shared.flat_map(|other| &other.errors))
    }

    fn entry(
        &self,
        world: &dyn World,
        operation: &Iri,
        library: Option<&str>,
    ) -> Result<(&MappingFile, &Entry), Error> {
        self.served(operation)
            .find(|(file, _)| library.is_none_or(|library| file.library == library))
            .ok_or_else(|| Error::NotMapped {
                operation: world.compact(operation),
                library: library.map(str::to_owned),
                served_by: self
                    .libraries(operation)
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
            })
    }

    /// The entry that makes such calls.
    fn entry_of(&self, operation: &Iri, call: &Call) -> Option<(&MappingFile, &Entry)> {
        self.served(operation)
            .find(|(_, entry)| entry.requests.iter().any(|shape| is_of(shape, call)))
    }

    fn paging_of(&self, operation: &Iri, call: &Call) -> Option<&paging::Paging> {
        let (_, entry) = self.entry_of(operation, call)?;
        let shape = entry.requests.iter().find(|shape| is_of(shape, call))?;
        shape.paging.as_ref()
    }

    fn error_in(
        &self,
        file: &MappingFile,
        entry: &Entry,
        shape: Option<&RequestShape>,
        answer: &Answer,
    ) -> Result<Option<CallError>, String> {
        let mut error = error_of(answer);
        if error.is_none()
            && let Some(failure) = shape.and_then(|shape| shape.failure.as_ref())
        {
            let found = failure.select(&answer.document)?;
            let text = |name: &str| {
                let text = found.get(name).and_then(Value::as_str);
                text.unwrap_or_default().to_owned()
            };
            error = match &found {
                Value::String(message) => Some(ApiError {
                    message: message.trim().to_owned(),
                    ..ApiError::default()
                }),
                Value::Object(_) => Some(ApiError {
                    code: text("code"),
                    message: text("message"),
                    fields: Value::Null,
                }),
                _ => None,
            };
        }
        let Some(error) = error else {
            return Ok(None);
        };
        let rules = entry.errors.iter().chain(self.rules(file));
        let said = match (error.code.as_str(), error.message.as_str()) {
            ("", message) => message.to_owned(),
            (code, "") => code.to_owned(),
            (code, message) => format!("{code}: {message}"),
        };
        let (class, listed) = classify(rules, answer.status, &error);
        Ok(Some(match class.refusal() {
            Some(class) => CallError::Refused {
                class,
                message: said,
                listed,
            },
            None => CallError::Lost { message: said },
        }))
    }
}

/// The place of a library among those that are preferred; those that nobody prefers come after them.
pub(crate) fn rank(preferred: &[String], library: &str) -> usize {
    let place = preferred.iter().position(|one| one == library);
    place.unwrap_or(preferred.len())
}
