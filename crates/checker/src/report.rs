//! Collects findings, each once, in the order they were found.

use std::collections::BTreeSet;

use samos_model::{Finding, Severity};

/// One thing that is wrong with a plan, before it is known in which order of its steps.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    /// The step, as the message names it; with the code and the thing, what makes the problem the same as another.
    pub(crate) step: u32,
    /// What it is about.
    pub(crate) about: String,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Problem {
    pub(crate) fn new(
        code: &'static str,
        step: u32,
        about: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            code,
            step,
            about: about.into(),
            message: message.into(),
            help: help.into(),
        }
    }
}

/// The findings so far.
#[derive(Default)]
pub(crate) struct Report {
    findings: Vec<Finding>,
    seen: BTreeSet<(&'static str, u32, String)>,
    errors: usize,
}

impl Report {
    /// An error about the plan as a whole.
    pub(crate) fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let message = message.into();
        self.problem(Problem::new(code, 0, message.clone(), message, help));
    }

    /// An error, unless the same was found before.
    pub(crate) fn problem(&mut self, problem: Problem) {
        self.add(Severity::Error, problem);
    }

    /// A warning, unless the same was found before.
    pub(crate) fn warning(&mut self, problem: Problem) {
        self.add(Severity::Warning, problem);
    }

    fn add(&mut self, severity: Severity, problem: Problem) {
        if !self
            .seen
            .insert((problem.code, problem.step, problem.about))
        {
            return;
        }
        let finding = match severity {
            Severity::Error => {
                self.errors += 1;
                Finding::error(problem.code, problem.message, problem.help)
            }
            Severity::Warning | Severity::Note => {
                Finding::warning(problem.code, problem.message, problem.help)
            }
        };
        self.findings.push(finding);
    }

    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}
