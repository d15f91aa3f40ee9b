//! Rules about places that must agree: codes and their registry, aliases and the glossary, folders and their map.

use std::collections::{BTreeMap, BTreeSet};

use super::{Report, Source};

const REGISTRY: &str = "crates/model/src/codes/";

/// Compares each pair of places.
pub(crate) fn check(sources: &[Source], report: &mut Report) {
    codes(sources, report);
    glossary(sources, report);
    maps(sources, report);
}

/// Every code in use is in the registry, and every code of the registry is in use.
fn codes(sources: &[Source], report: &mut Report) {
    let mut registered = BTreeMap::new();
    for source in sources
        .iter()
        .filter(|source| source.path.starts_with(REGISTRY))
    {
        for line in source.text.lines() {
            if let Some((name, rest)) = line.trim().split_once(" = \"")
                && let Some((code, _)) = rest.split_once('"')
                && is_code(code)
            {
                registered.insert(code, (name, &source.path));
            }
        }
    }
    let letters: BTreeSet<char> = registered
        .keys()
        .filter_map(|code| code.chars().next())
        .collect();
    let mut used = BTreeSet::new();
    for source in sources {
        let is_rust = source.is_rust() && source.path != "crates/model/src/codes.rs";
        let is_text = [".md", ".trycmd", ".toml"]
            .iter()
            .any(|end| source.path.ends_with(end));
        if source.path.starts_with(REGISTRY) || !(is_rust || is_text) {
            continue;
        }
        let mut is_test = false; // a test may make up a code
        for (line, text) in source.text.lines().enumerate() {
            is_test |= text.contains("#[cfg(test)]");
            for word in text.split(|c: char| !c.is_alphanumeric() && c != '_') {
                used.insert(word);
                let is_ours = !is_test
                    && is_code(word)
                    && word
                        .chars()
                        .next()
                        .is_some_and(|letter| letters.contains(&letter));
                if is_ours && !registered.contains_key(word) && !text.trim_start().starts_with("//")
                {
                    report.breach(
                        &format!("{}:{}", source.path, line + 1),
                        format!("`{word}` is not in {REGISTRY}"),
                    );
                }
            }
        }
    }
    for (code, (name, path)) in &registered {
        if !used.contains(name) && !used.contains(code) {
            report.breach(path, format!("nothing reports `{code}` ({name})"));
        }
    }
}

/// A code: one capital and four digits.
fn is_code(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(|c| c.is_ascii_uppercase())
        && word.len() == 5
        && characters.all(|c| c.is_ascii_digit())
}

/// A word of the paper that is an alias in code has a row in the glossary; a row that places its word in a crate is
/// borne out by an alias.
fn glossary(sources: &[Source], report: &mut Report) {
    let path = "ontology/GLOSSARY.md";
    let Some(glossary) = sources.iter().find(|source| source.path == path) else {
        report.breach(path, "it is missing");
        return;
    };
    let mut aliases = BTreeMap::new();
    for source in sources
        .iter()
        .filter(|source| source.is_rust() && source.path.starts_with("crates/"))
    {
        for (line, text) in source.text.lines().enumerate() {
            let Some((_, rest)) = text
                .trim()
                .strip_prefix("#[doc(alias")
                .and_then(|rest| rest.split_once('"'))
            else {
                continue;
            };
            for alias in rest
                .split('"')
                .step_by(2)
                .filter(|alias| !alias.starts_with(')'))
            {
                aliases.insert(alias, format!("{}:{}", source.path, line + 1));
            }
        }
    }
    for (alias, place) in &aliases {
        if !glossary.text.contains(&format!("`{alias}`")) {
            report.breach(place, format!("alias `{alias}` has no row in {path}"));
        }
    }
    // Layers of the cloud operating system are no names in code: their section is left out.
    let sections = glossary
        .text
        .split("\n## Layers")
        .next()
        .unwrap_or_default();
    for (line, row) in sections.lines().enumerate() {
        let [_, _, paper, place, ..] = row.split('|').collect::<Vec<_>>()[..] else {
            continue;
        };
        let is_in_code = place.contains("crate `") || place.contains("`model::");
        for word in paper.split('`').skip(1).step_by(2) {
            if is_in_code && !aliases.contains_key(word) && !place.contains("when made") {
                report.breach(
                    &format!("{path}:{}", line + 1),
                    format!("`{word}` is said to be in code and is no `#[doc(alias)]` there"),
                );
            }
        }
    }
}

/// README.md has a sentence for each folder, crates/README.md for each crate.
fn maps(sources: &[Source], report: &mut Report) {
    for (map, under) in [("README.md", ""), ("crates/README.md", "crates/")] {
        let Some(text) = sources
            .iter()
            .find(|source| source.path == map)
            .map(|source| &source.text)
        else {
            report.breach(map, "it is missing");
            continue;
        };
        let folders: BTreeSet<&str> = sources
            .iter()
            .filter_map(|source| {
                source
                    .path
                    .strip_prefix(under)?
                    .split_once('/')
                    .map(|(folder, _)| folder)
            })
            .filter(|folder| !folder.starts_with('.'))
            .collect();
        for folder in folders {
            if !text.contains(&format!("`{folder}`")) && !text.contains(&format!("`{folder}/`")) {
                report.breach(map, format!("no sentence about `{folder}`"));
            }
        }
    }
}
