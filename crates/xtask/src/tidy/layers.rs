//! Who may depend on whom, and under which licences, from `cargo metadata`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Report, Settings};
use crate::process;

/// Compares every dependency with the tables `layers`, `homes` and `licences`.
pub(crate) fn check(settings: &Settings, report: &mut Report) -> Result<(), String> {
    let metadata = process::output(&mut process::cargo("metadata --format-version 1 --locked"))?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|problem| problem.to_string())?;
    let members = list(&metadata, "workspace_members");
    let (ours, others): (Vec<&Value>, Vec<&Value>) = list(&metadata, "packages")
        .iter()
        .partition(|package| members.contains(&package["id"]));

    let folders: BTreeMap<&str, String> = ours
        .iter()
        .map(|package| (word(package, "name"), folder(package)))
        .collect();
    for package in &ours {
        dependencies(package, &folders, settings, report);
    }
    licences(&others, settings, report);
    Ok(())
}

/// One package's edges, to our own and to outside crates.
fn dependencies(
    package: &Value,
    folders: &BTreeMap<&str, String>,
    settings: &Settings,
    report: &mut Report,
) {
    let name = folder(package);
    let place = format!("crate {name}");
    let layers = settings.lists("layers");
    let homes = settings.lists("homes");
    let Some(allowed) = layers.get(&name) else {
        report.breach(
            &place,
            "it has no row in `layers` of .config/tidy.toml: say which crates it may ask of",
        );
        return;
    };
    let for_tests = settings.words("layers-of-tests", "any");
    for dependency in list(package, "dependencies") {
        let on = word(dependency, "name");
        let is_for_tests = dependency["kind"] == "dev";
        if let Some(other) = folders.get(on) {
            let may = allowed.contains(other)
                || (is_for_tests && (for_tests.contains(other) || *other == name));
            if !may {
                report.breach(
                    &place,
                    format!("it may not ask of `{other}`: see `layers` in .config/tidy.toml"),
                );
            }
        } else if let Some(home) = homes.get(on)
            && !home.contains(&name)
        {
            report.breach(
                &place,
                format!("`{on}` stays inside {home:?}: see `homes` in .config/tidy.toml"),
            );
        }
    }
}

/// Every package that is built into ours can be given on under one of the licences listed.
fn licences(packages: &[&Value], settings: &Settings, report: &mut Report) {
    let may = settings.words("licences", "may");
    for package in packages {
        let licence = word(package, "license");
        if !is_met(&licence.replace('/', " OR "), &may) {
            let place = format!(
                "package {} {}",
                word(package, "name"),
                word(package, "version")
            );
            report.breach(
                &place,
                format!("its licence is `{licence}`: see `licences` in .config/tidy.toml"),
            );
        }
    }
}

/// Is this SPDX expression met by the licences at hand? Brackets occur around alternatives only.
fn is_met(expression: &str, may: &[String]) -> bool {
    let expression = expression.trim();
    let is_one = |word: &str| {
        may.iter()
            .any(|licence| licence == word.trim().trim_matches(['(', ')']))
    };
    if expression.contains('(') {
        let parts = expression.split(" AND ");
        return parts.into_iter().all(|part| part.split(" OR ").any(is_one));
    }
    expression
        .split(" OR ")
        .any(|all| all.split(" AND ").all(is_one))
}

/// The folder of a package: what the tables call it.
fn folder(package: &Value) -> String {
    let manifest = word(package, "manifest_path");
    let folder = manifest.rsplit(['/', '\\']).nth(1).unwrap_or_default();
    folder.to_owned()
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::is_met;

    #[test]
    fn one_alternative_suffices_and_every_part_is_needed() {
        let may = ["MIT".to_owned(), "Unicode-3.0".to_owned()];
        assert!(is_met("Apache-2.0 OR MIT", &may));
        assert!(is_met("(MIT OR Apache-2.0) AND Unicode-3.0", &may));
        assert!(!is_met("MIT AND GPL-3.0", &may));
        assert!(!is_met("(MIT OR Apache-2.0) AND GPL-3.0", &may));
        assert!(!is_met("", &may));
    }
}
