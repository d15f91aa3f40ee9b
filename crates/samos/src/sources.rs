//! Files and folders as sources to load.
//!
//! In: paths. Out: texts with their formats, in an order that depends on names alone. Not here: parsing.

use std::fs;
use std::path::{Path, PathBuf};

use samos_knowledge::{Format, Source};
use samos_model::codes::interface as codes;
use samos_model::{Finding, Place};

use crate::error::{Error, file_finding};

/// Folders are followed no deeper than this: links may lead in circles.
const DEEPEST: usize = 32;

/// Everything that a file or folder holds.
pub(crate) fn read(path: &Path) -> Result<Vec<Source>, Error> {
    read_each(path)?
        .into_iter()
        .map(|source| source.map_err(Error::from))
        .collect()
}

/// The same, with what cannot be read beside what can.
pub(crate) fn read_each(path: &Path) -> Result<Vec<Result<Source, Finding>>, Error> {
    let about = fs::metadata(path).map_err(|error| Error::file(path, "read", &error))?;
    if !about.is_dir() {
        return Ok(vec![file(path)]);
    }
    let mut paths = Vec::new();
    walk(path, &mut paths, 0, &is_taken_from_folder)?;
    paths.sort();
    if paths.is_empty() {
        return Err(Finding::error(
            codes::EMPTY_FOLDER,
            format!("no RDF file in `{}`", path.display()),
            "name a folder with .ttl, .trig, .nt, .nq, .rdf, .owl or .jsonld files",
        )
        .into());
    }
    Ok(paths.iter().map(|path| file(path)).collect())
}

/// The mapping files that a path names or a folder holds, in order.
pub(crate) fn mappings_in(path: &Path) -> Vec<PathBuf> {
    let is_mapping = |path: &Path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| matches!(extension, "yaml" | "yml"))
    };
    let mut paths = Vec::new();
    if path.is_dir() {
        // A folder that cannot be read is told of where its ontologies are looked for.
        let _ = walk(path, &mut paths, 0, &is_mapping);
        paths.sort();
    } else if is_mapping(path) {
        paths.push(path.to_owned());
    }
    paths
}

/// Does a folder hold anything to load?
pub(crate) fn has_any(folder: &Path) -> bool {
    let mut paths = Vec::new();
    walk(folder, &mut paths, 0, &is_taken_from_folder).is_ok() && !paths.is_empty()
}

fn walk(
    folder: &Path,
    paths: &mut Vec<PathBuf>,
    depth: usize,
    is_taken: &dyn Fn(&Path) -> bool,
) -> Result<(), Error> {
    if depth > DEEPEST {
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(|error| Error::file(folder, "read", &error))?;
    for entry in entries {
        let path = entry
            .map_err(|error| Error::file(folder, "read", &error))?
            .path();
        if path.is_dir() {
            walk(&path, paths, depth + 1, is_taken)?;
        } else if is_taken(&path) {
            paths.push(path);
        }
    }
    Ok(())
}

/// In a folder, `.json` and `.xml` are more likely anything else; they are read when named.
fn is_taken_from_folder(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let Some(extension) = extension.map(str::to_ascii_lowercase) else {
        return false;
    };
    !matches!(extension.as_str(), "json" | "xml")
        && Format::of_file(&path.to_string_lossy()).is_some()
}

fn file(path: &Path) -> Result<Source, Finding> {
    let name = path.to_string_lossy();
    let Some(format) = Format::of_file(&name) else {
        return Err(Finding::error(
            codes::UNKNOWN_FORMAT,
            format!("the format of `{name}` is not known"),
            "give it the extension .ttl, .trig, .nt, .nq, .rdf, .owl or .jsonld",
        ));
    };
    let bytes = fs::read(path).map_err(|error| file_finding(path, "read", &error))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text, format)),
        Err(error) => Err(not_utf8(
            &name,
            error.as_bytes(),
            error.utf8_error().valid_up_to(),
        )),
    }
}

/// The finding for bytes that are no UTF-8, at the first of them.
fn not_utf8(name: &str, bytes: &[u8], good: usize) -> Finding {
    let before = String::from_utf8_lossy(bytes.get(..good).unwrap_or(bytes));
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |line| line.chars().count())
        + 1;
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Finding::error(
        codes::NOT_UTF8,
        format!("`{name}` is not UTF-8 text"),
        "save the file as UTF-8; nothing of it was loaded",
    )
    .at(Place {
        file: name.to_owned(),
        line: number(line),
        column: number(column),
    })
}
