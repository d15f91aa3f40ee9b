//! Regular expressions of mappings, compiled when they are first needed: of the hundreds there are, a process needs few.

use std::sync::OnceLock;

use regex::{Captures, Regex};

/// A regular expression whose form was looked at, and that is compiled at its first use.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The pattern, or what is wrong with it in a line.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        regex_syntax::parse(text).map_err(|error| {
            let error = error.to_string();
            error.lines().last().unwrap_or_default().to_owned()
        })?;
        Ok(Self {
            text: text.to_owned(),
            compiled: OnceLock::new(),
        })
    }

    /// Does it occur? One that is too large to be compiled occurs nowhere.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// Where it occurs first, with its groups.
    pub(crate) fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.regex()?.captures(text)
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled
            .get_or_init(|| Regex::new(&self.text).ok())
            .as_ref()
    }
}
