//! What `cargo xtask test --long` adds: line coverage, faults planted on purpose that the tests must find,
//! fuzzing, a whole OpenStack, and plans before outside validators.

use std::process::Command;

use serde_json::Value;

use crate::fuzz;
use crate::process::{self, cargo};
use crate::suites::{self, Failure, Suite};

/// Crates whose lines the tests must nearly all reach.
const COVERED: &[&str] = &["model", "verifiers", "planning", "checker", "reasoners"];
const COVERAGE_ABOVE_PERCENT: f64 = 90.0;
/// Those who judge conditions, each with code of its own.
const EVALUATORS: &[&str] = &["planning", "checker", "reference"];

/// The suites of the long tier alone.
pub(crate) fn suites() -> Vec<Suite> {
    vec![
        Suite::new("coverage", 60, coverage),
        Suite::new("planted faults", 45, planted_faults),
        Suite::new("fuzz", 25, fuzz::run),
        Suite::new("OpenStack", 30, suites::openstack),
        // The validators take a second or more for a plan.
        Suite::new("all plans before outside validators", 60, suites::outside),
    ]
}

/// Those whose tests reach them; not the whole workspace, which would be instrumented to no purpose.
const REACHING: &[&str] = &["differential", "tests"];

/// Line coverage by tarpaulin, crate by crate, by the compiler's own counters. Built without optimisation: what is inlined
/// or merged has no counter of its own, and would count as never reached.
fn coverage() -> Result<(), Failure> {
    if !process::is_there("cargo", &["tarpaulin", "--version"]) {
        process::run(&mut cargo("install --locked --quiet cargo-tarpaulin"))?;
    }
    let folder = process::target().join("coverage");
    std::fs::create_dir_all(&folder).map_err(|problem| problem.to_string())?;
    let mut run = cargo(
        "tarpaulin --engine llvm --locked --skip-clean --no-fail-fast --timeout 1800 --out Json
         --rustflags=-Copt-level=0",
    );
    for name in COVERED.iter().chain(REACHING) {
        run.arg("--package").arg(format!("samos-{name}"));
    }
    // Without optimisation a hundred worlds take as long as thousands with it, and reach the same lines.
    run.env("SAMOS_WORLDS", "100");
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

/// In each evaluator a fault is planted by a feature of their package; the differential tests must then fail, and
/// without one they must not.
fn planted_faults() -> Result<(), Failure> {
    process::output(&mut differential(""))
        .map_err(|said| format!("the tests fail before any fault is planted\n{said}"))?;
    let mut unseen = Vec::new();
    for evaluator in EVALUATORS {
        let fault = format!("--features fault-in-{evaluator}");
        process::output(differential(&fault).arg("--no-run"))?;
        let is_seen = process::output(&mut differential(&fault)).is_err();
        println!(
            "a fault in {evaluator} is {}",
            if is_seen { "noticed" } else { "NOT NOTICED" }
        );
        if !is_seen {
            unseen.push(*evaluator);
        }
    }
    if unseen.is_empty() {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "faults went unnoticed in {}",
        unseen.join(", ")
    )))
}

fn differential(features: &str) -> Command {
    cargo(&format!(
        "test --package samos-differential --locked --quiet {features}"
    ))
}
