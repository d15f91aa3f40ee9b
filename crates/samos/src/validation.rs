//! Validating files without asking anything of them, and counting what is mapped.

use std::path::{Path, PathBuf};

use samos_drivers::aws::Catalogue;
use samos_knowledge::{Format, Knowledge, Source};
use samos_mapping::{BUILT_IN, Coverage, Mappings};
use samos_model::codes::interface as codes;
use samos_model::{Finding, Severity};

use crate::error::file_finding;
use crate::{Error, Samos, embedded, sources};

impl Samos {
    /// How many of each provider's operations can be called by the mappings in use, and which cannot.
    ///
    /// # Errors
    /// When one of the user's own mappings is not well formed.
    pub fn coverage(&self) -> Result<Vec<Coverage>, Error> {
        Ok(self.mappings()?.coverage(self.world()))
    }
}

/// What validating found.
#[derive(Clone, Debug, Default)]
pub struct Validation {
    /// How many files were looked at.
    pub files: usize,
    /// What was found, in the order of files and places.
    pub findings: Vec<Finding>,
}

/// Validates files and folders together; the framework, and the clouds they speak of, are there. Mappings are held against
/// what is specified: in these files, and built in.
#[must_use = "validating has no other effect"]
pub fn validate(paths: &[impl AsRef<Path>]) -> Validation {
    validate_with(paths, None)
}

/// The same, and mappings also against a vendor's models: a folder as botocore has them.
#[must_use = "validating has no other effect"]
pub fn validate_with(paths: &[impl AsRef<Path>], models: Option<&Path>) -> Validation {
    let mut validation = Validation::default();
    let (mut own, mut mappings) = (Vec::new(), Vec::new());
    for path in paths.iter().map(AsRef::as_ref) {
        let found = sources::mappings_in(path);
        let is_of_mappings = !found.is_empty() && (path.is_file() || !sources::has_any(path));
        mappings.extend(found);
        if is_of_mappings {
            continue;
        }
        match sources::read_each(path) {
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
    // A mapping names the clouds that it speaks of as an ontology does.
    let mapped = read_mappings(&mappings, &mut validation);
    let speaking = mapped
        .iter()
        .map(|(name, text)| Source::new(name.as_str(), text.as_str(), Format::Turtle));
    let speaking: Vec<Source> = own.iter().cloned().chain(speaking).collect();
    let mut knowledge = Knowledge::new();
    for source in embedded::needed_by(&speaking).iter().chain(&own) {
        // What loading finds, validating finds again.
        let _ = knowledge.load(source);
    }
    validation.findings.extend(knowledge.validate());
    let mut is_wrong = validation.findings.iter();
    if !is_wrong.any(|finding| finding.severity == Severity::Error) {
        // What specifications lack is told of those that can be read, and of these files only.
        let mut meant = samos_planning::lint::findings(&knowledge.world());
        meant.retain(|finding| {
            let place = finding.place.as_ref();
            place.is_some_and(|place| own.iter().any(|source| source.name == place.file))
        });
        validation.findings.extend(meant);
    }
    let found = validate_mappings(mapped, &mut knowledge, models);
    validation.findings.extend(found);
    validation
}

fn read_mappings(paths: &[PathBuf], validation: &mut Validation) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for path in paths {
        validation.files += 1;
        match std::fs::read_to_string(path) {
            Ok(text) => files.push((path.to_string_lossy().into_owned(), text)),
            Err(error) => validation.findings.push(file_finding(path, "read", &error)),
        }
    }
    files
}

/// Holds mapping files against what is specified.
fn validate_mappings(
    mut files: Vec<(String, String)>,
    knowledge: &mut Knowledge,
    models: Option<&Path>,
) -> Vec<Finding> {
    if files.is_empty() {
        return Vec::new();
    }
    // What a library says for all its files counts for those that are named alone, too.
    for (name, text) in BUILT_IN {
        let is_named = files.iter().any(|(own, _)| own.ends_with(name));
        if name.ends_with("library.yaml") && !is_named {
            files.push(((*name).to_owned(), (*text).to_owned()));
        }
    }
    let (mappings, mut findings) = Mappings::load(&files);
    let world = knowledge.world();
    findings.extend(mappings.validate(&world));
    match models.map(Catalogue::open) {
        None => {}
        Some(Ok(models)) => findings.extend(mappings.validate_models(&world, &models)),
        Some(Err(error)) => findings.push(Finding::error(
            codes::NOT_SUPPORTED,
            error.to_string(),
            "name a folder as botocore's `data`",
        )),
    }
    findings
}
