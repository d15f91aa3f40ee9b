//! The suite `fuzz`: every target of `tests/fuzz` for a while, each going on from the corpus that it had.
//!
//! In: the targets, and `SAMOS_FUZZ_SECONDS` where each is to run for another time. Out: a failure with the inputs that
//! crash, which stay in `target/fuzz/crashes`. Built with the stable compiler: what a fuzzer needs to see which branches
//! are reached is an ordinary pass of it; sanitizers are left out, there is no unsafe code of ours for them to watch.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::{self, cargo, command};
use crate::suites::Failure;

const MANIFEST: &str = "tests/fuzz/Cargo.toml";
/// How long each target runs.
const SECONDS: u64 = 60;
/// No input is longer; parsers that are slow on long texts would spend the time on few.
const LONGEST_INPUT: &str = "-max_len=4096";
/// An input that takes longer is a finding.
const SLOWEST: &str = "-timeout=60";
const MEMORY: &str = "-rss_limit_mb=3072";
/// Lines shown of what a target said before it crashed.
const SHOWN: usize = 40;
/// Counters at every edge and what comparisons compare, as libFuzzer reads them.
const INSTRUMENTED: &[&str] = &[
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// Builds the targets and runs them one after the other; all run, however many crash.
pub(crate) fn run() -> Result<(), Failure> {
    if !["c++", "g++", "clang++"]
        .iter()
        .any(|compiler| process::is_there(compiler, &["--version"]))
    {
        return Err(Failure::Missing(
            "a C++ compiler, for the fuzzer".to_owned(),
        ));
    }
    let folder = process::target().join("fuzz");
    let programs = build(&folder)?;
    let seconds = std::env::var("SAMOS_FUZZ_SECONDS").ok();
    let seconds = seconds
        .and_then(|text| text.parse().ok())
        .unwrap_or(SECONDS);
    let mut crashed = Vec::new();
    for target in targets()? {
        println!("fuzzing {target} for {seconds} s");
        if let Err(said) = fuzz(&folder, &programs.join(&target), &target, seconds) {
            println!("{said}");
            crashed.push(target);
        }
    }
    if crashed.is_empty() {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "crashed: {}; the inputs are in {}",
        crashed.join(", "),
        folder.join("crashes").display()
    )))
}

/// The names of the targets, as their manifest lists them.
fn targets() -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(process::root().join(MANIFEST))
        .map_err(|problem| format!("{MANIFEST}: {problem}"))?;
    let manifest: toml::Table = text
        .parse()
        .map_err(|problem| format!("{MANIFEST}: {problem}"))?;
    let programs = manifest.get("bin").and_then(toml::Value::as_array);
    let names = programs.into_iter().flatten();
    let names = names.filter_map(|program| program.get("name")?.as_str().map(str::to_owned));
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        return Err(format!("{MANIFEST} names no target"));
    }
    Ok(names)
}

/// Builds all targets; the folder that they are in. Versions are those of the workspace: its lock file is given to the
/// package outside of it, to which only the fuzzer is added.
fn build(folder: &Path) -> Result<PathBuf, String> {
    let (from, to) = ("Cargo.lock", "tests/fuzz/Cargo.lock");
    let root = process::root();
    std::fs::copy(root.join(from), root.join(to)).map_err(|problem| format!("{to}: {problem}"))?;
    let host = host()?;
    // Named, so that flags are for the targets alone, and not for what runs while they are built.
    let mut build = cargo("build --release --target");
    build
        .args([&host, "--manifest-path", MANIFEST, "--target-dir"])
        .arg(folder.join("build"))
        .env("CARGO_ENCODED_RUSTFLAGS", INSTRUMENTED.join("\u{1f}"));
    process::run(&mut build)?;
    Ok(folder.join("build").join(host).join("release"))
}

/// The triple of this machine.
fn host() -> Result<String, String> {
    let said = process::output(&mut command("rustc", ["--version", "--verbose"]))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| format!("rustc names no host:\n{said}"))
}

/// Runs one target on its corpus. What it says is shown only when it crashes.
fn fuzz(folder: &Path, program: &Path, target: &str, seconds: u64) -> Result<(), String> {
    let corpus = folder.join("corpus").join(target);
    let crashes = folder.join("crashes");
    for folder in [&corpus, &crashes] {
        std::fs::create_dir_all(folder).map_err(|problem| problem.to_string())?;
    }
    let prefix = crashes.join(format!("{target}-"));
    let mut run: Command = command(&program.to_string_lossy(), []);
    run.arg(&corpus)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}", prefix.display()))
        .args([LONGEST_INPUT, SLOWEST, MEMORY]);
    let ended = run
        .stdin(Stdio::null())
        .output()
        .map_err(|problem| format!("{target} does not start: {problem}"))?;
    let said = String::from_utf8_lossy(&ended.stderr);
    let lines: Vec<&str> = said.lines().collect();
    if ended.status.success() {
        let reached = lines.iter().rev().find(|line| line.contains(" cov: "));
        println!("{}", reached.copied().unwrap_or_default());
        return Ok(());
    }
    let last = lines.len().saturating_sub(SHOWN);
    Err(lines.get(last..).unwrap_or_default().join("\n"))
}
