//! Validating files without asking anything of them.

use std::path::Path;

use samos_knowledge::Knowledge;
use samos_model::Finding;

use crate::{embedded, sources};

/// What validating found.
#[derive(Clone, Debug, Default)]
pub struct Validation {
    /// How many files were looked at.
    pub files: usize,
    /// What was found, in the order of files and places.
    pub findings: Vec<Finding>,
}

/// Validates files and folders together; the framework, and the clouds they speak of, are there.
#[must_use = "validating has no other effect"]
pub fn validate(paths: &[impl AsRef<Path>]) -> Validation {
    let mut validation = Validation::default();
    let mut own = Vec::new();
    for path in paths {
        match sources::read_each(path.as_ref()) {
            Ok(read) => {
                for source in read {
                    validation.files += 1;
                    match source {
                        Ok(source) => own.push(source),
                        Err(finding) => validation.findings.push(finding),
                    }
                }
            }
            Err(error) => validation.findings.extend(error.into_findings()),
        }
    }
    let mut knowledge = Knowledge::new();
    for source in embedded::needed_by(&own).iter().chain(&own) {
        // What loading finds, validating finds again.
        let _ = knowledge.load(source);
    }
    validation.findings.extend(knowledge.validate());
    validation
}
