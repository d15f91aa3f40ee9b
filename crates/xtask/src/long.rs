//! What `cargo xtask test --long` adds: line coverage, and faults planted on purpose that the tests must find.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process::{self, cargo};
use crate::suites::{Failure, Suite};

/// Crates whose lines the tests must nearly all reach.
const COVERED: &[&str] = &["model", "verifiers", "planning", "checker", "reasoners"];
const COVERAGE_ABOVE_PERCENT: f64 = 90.0;

/// The suites of the long tier alone.
pub(crate) fn suites() -> Vec<Suite> {
    vec![
        Suite::new("coverage", 60, coverage),
        Suite::new("planted faults", 45, planted_faults),
    ]
}

/// Line coverage by tarpaulin, crate by crate.
fn coverage() -> Result<(), Failure> {
    if !process::is_there("cargo", &["tarpaulin", "--version"]) {
        process::run(&mut cargo("install --locked --quiet cargo-tarpaulin"))?;
    }
    let folder = process::target().join("coverage");
    std::fs::create_dir_all(&folder).map_err(|problem| problem.to_string())?;
    let mut run = cargo(
        "tarpaulin --engine ptrace --workspace --exclude xtask --exclude samos-benches --locked
         --skip-clean --no-fail-fast --timeout 1800 --out Json",
    );
    run.arg("--output-dir")
        .arg(&folder)
        .arg("--target-dir")
        .arg(folder.join("build"));
    process::run(&mut run)?;
    let report = folder.join("tarpaulin-report.json");
    let report = std::fs::read_to_string(report).map_err(|problem| problem.to_string())?;
    let report: Value = serde_json::from_str(&report).map_err(|problem| problem.to_string())?;
    judge_coverage(&report)
}

fn judge_coverage(report: &Value) -> Result<(), Failure> {
    let mut low = Vec::new();
    for name in COVERED {
        let source = format!("crates/{name}/src/");
        let (mut covered, mut coverable) = (0, 0);
        for file in report["files"].as_array().into_iter().flatten() {
            let parts = file["path"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            let path = parts.collect::<Vec<_>>().join("/");
            let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
            if path.contains(&source) && !is_test {
                covered += file["covered"].as_u64().unwrap_or_default();
                coverable += file["coverable"].as_u64().unwrap_or_default();
            }
        }
        let percent = 100.0 * covered as f64 / coverable.max(1) as f64;
        println!("{name:<12} {covered:>6} of {coverable:>6} lines  {percent:>5.1} %");
        if percent <= COVERAGE_ABOVE_PERCENT {
            low.push(*name);
        }
    }
    if low.is_empty() {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "not above {COVERAGE_ABOVE_PERCENT} % of the lines: {}",
        low.join(", ")
    )))
}

/// Each fault of `tests/differential/faults.toml` is planted in a copy of the tree, where the differential tests must
/// fail. A row says `file`, `find` (text that stands there once), `replace`, and `fault` (what is then wrong).
fn planted_faults() -> Result<(), Failure> {
    let list = process::root().join("tests/differential/faults.toml");
    let list = std::fs::read_to_string(list)
        .map_err(|problem| format!("tests/differential/faults.toml: {problem}"))?;
    let list: toml::Table = list
        .parse()
        .map_err(|problem| format!("faults.toml: {problem}"))?;
    let rows = list
        .get("planted")
        .and_then(toml::Value::as_array)
        .cloned()
        .unwrap_or_default();
    if rows.is_empty() {
        return Err(Failure::Failed("faults.toml lists no fault".into()));
    }
    let copy = process::target().join("planted");
    copy_tree(&copy)?;
    println!("without a fault");
    differential(&copy)
        .map_err(|said| format!("the tests fail before any fault is planted\n{said}"))?;
    let mut unseen = Vec::new();
    for row in &rows {
        let word = |key: &str| {
            row.get(key)
                .and_then(toml::Value::as_str)
                .unwrap_or_default()
        };
        let fault = format!("{}: {}", word("file"), word("fault"));
        let path = copy.join(word("file"));
        let sound =
            std::fs::read_to_string(&path).map_err(|problem| format!("{fault}: {problem}"))?;
        if sound.matches(word("find")).count() != 1 {
            return Err(Failure::Failed(format!(
                "{fault}: the text to find must stand there exactly once"
            )));
        }
        write(&path, &sound.replacen(word("find"), word("replace"), 1))?;
        build(&copy).map_err(|said| format!("{fault}: it does not build\n{said}"))?;
        let is_seen = differential(&copy).is_err();
        println!("{} {fault}", if is_seen { "found " } else { "UNSEEN" });
        if !is_seen {
            unseen.push(fault);
        }
        write(&path, &sound)?;
    }
    match unseen.len() {
        0 => Ok(()),
        count => Err(Failure::Failed(format!("{count} faults went unseen"))),
    }
}

/// Copies the files that git tracks, so that the faults never stand in the tree itself.
fn copy_tree(to: &Path) -> Result<(), String> {
    let listed = process::output(&mut process::command("git", ["ls-files"]))?;
    for path in listed.lines() {
        let (from, to) = (process::root().join(path), to.join(path));
        let Ok(text) = std::fs::read(&from) else {
            continue;
        };
        if std::fs::read(&to).is_ok_and(|there| there == text) {
            continue;
        }
        let folder = to.parent().map(PathBuf::from).unwrap_or_default();
        std::fs::create_dir_all(&folder)
            .map_err(|problem| format!("{}: {problem}", folder.display()))?;
        std::fs::write(&to, text).map_err(|problem| format!("{}: {problem}", to.display()))?;
    }
    Ok(())
}

fn build(copy: &Path) -> Result<(), String> {
    let mut build = cargo("test --package samos-tests --locked --quiet --no-run");
    process::output(in_copy(&mut build, copy)).map(drop)
}

fn differential(copy: &Path) -> Result<(), String> {
    let mut test = cargo("test --package samos-tests --locked --quiet --test differential");
    process::output(in_copy(&mut test, copy)).map(drop)
}

fn in_copy<'a>(
    command: &'a mut std::process::Command,
    copy: &Path,
) -> &'a mut std::process::Command {
    command
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", copy.join("target"))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|problem| format!("{}: {problem}", path.display()))
}
