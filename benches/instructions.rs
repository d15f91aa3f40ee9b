//! Instructions of three fixed searches, as callgrind counts them: a regression shows whatever else the machine does.
//!
//! In: `instructions.json` beside this file, the counts that are kept. Out: each search's count beside the one kept; five
//! per cent more make the bench fail. `--keep` writes the counts of this run. Where valgrind is not installed nothing is
//! counted, and that is said.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench says what it counts, and is told by its command line what to do with it"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use samos_benches::{Setting, ended, measure};
use serde_json::json;

/// Only what is done within this function is counted: no loading, no printing.
const COUNTED: &str = "samos_reasoners::goals::plan";
const LIMIT_S: u32 = 600;
/// So much more than the kept count is a regression.
const MORE: f64 = 1.05;

fn main() -> ExitCode {
    ended("instructions", bench())
}

fn bench() -> Result<bool, String> {
    let is_there = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !is_there {
        println!("instructions: not counted, valgrind is missing: `apt-get install valgrind`\n");
        return Ok(true);
    }
    let setting = Setting::read()?;
    let kept_at = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json");
    let kept = std::fs::read_to_string(&kept_at).unwrap_or_default();
    let kept: BTreeMap<String, u64> = serde_json::from_str(&kept).unwrap_or_default();
    let mut counts = BTreeMap::new();
    for (name, words) in searches(&setting)? {
        counts.insert(name, counted(&setting, &words)?);
    }
    if std::env::args().any(|word| word == "--keep") {
        let text = format!("{:#}\n", json!(counts));
        std::fs::write(&kept_at, text).map_err(|problem| problem.to_string())?;
    }
    let mut is_right = true;
    if setting.is_json {
        println!(
            "{}",
            json!({"bench": "instructions", "counts": counts, "kept": kept})
        );
    } else {
        println!("instructions: at most 5 % more than are kept\n");
    }
    for (name, count) in &counts {
        let said = match kept.get(name) {
            #[allow(clippy::cast_precision_loss, reason = "a ratio of counts")]
            Some(kept) => {
                let ratio = *count as f64 / *kept as f64;
                is_right &= ratio <= MORE;
                let wrong = if ratio > MORE { "  WRONG" } else { "" };
                format!("{:+.2} % of {kept}{wrong}", (ratio - 1.0) * 100.0)
            }
            None => "none is kept".to_owned(),
        };
        if !setting.is_json {
            println!("{name:<34} {count:>14}  {said}");
        }
    }
    println!();
    Ok(is_right)
}

/// A goal of the demo world, a composition of types, and a problem of the field's kind.
fn searches(setting: &Setting) -> Result<Vec<(String, Vec<String>)>, String> {
    let place = setting.scratch("instructions")?;
    let at = |name: &str| place.join(name).to_string_lossy().into_owned();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let script = |name: &str| tests.join(name).to_string_lossy().into_owned();
    let run = |words: &[&str]| match measure(LIMIT_S, &setting.python, words)?.code {
        Some(0) => Ok(()),
        _ => Err(format!("{words:?} fails")),
    };
    let set = at("set");
    run(&[&script("composition/large.py"), &set, "--services", "1000"])?;
    run(&[&script("composition/convert.py"), &set, &set])?;
    let text = |name: &str| {
        std::fs::read_to_string(place.join(name)).map_err(|problem| format!("{name}: {problem}"))
    };
    let mut composition = words(&["plan", "--minimize", "operations", "--world"]);
    composition.push(at("set/world.ttl"));
    for (option, file) in [("--given", "set/given.txt"), ("--want", "set/wanted.txt")] {
        for class in text(file)?.lines() {
            composition.extend(words(&[option, class]));
        }
    }
    let problem = at("problem.pddl");
    run(&[
        &script("planning/generate.py"),
        "haulage",
        "5",
        "--out",
        &problem,
    ])?;
    let domain = script("planning/domains/haulage.pddl");
    let out = at("haulage");
    let import = [
        "import", "pddl", &domain, &problem, "--out", &out, "-o", "json",
    ];
    let imported = measure(LIMIT_S, &setting.samos, &import)?.json()?;
    let goal = imported.pointer("/goal").and_then(|goal| goal.as_str());
    let goal = goal.ok_or("the import names no goal")?;
    let world = at("haulage/world.ttl");
    let haulage = words(&[
        "plan",
        "--minimize",
        "cost",
        "--world",
        &world,
        "--goal",
        goal,
    ]);
    let demo = words(&[
        "plan",
        "--world",
        "demo",
        "--goal",
        "ec2:web-2.type == ec2:m3-large",
    ]);
    Ok(vec![
        ("a goal of the demo world".to_owned(), demo),
        ("a composition of 1,000 services".to_owned(), composition),
        ("five bundles to haul".to_owned(), haulage),
    ])
}

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|word| (*word).to_owned()).collect()
}

/// The instructions of a search.
fn counted(setting: &Setting, words: &[String]) -> Result<u64, String> {
    let toggle = format!("--toggle-collect={COUNTED}");
    let mut command = Command::new("valgrind");
    command
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            &toggle,
        ])
        .arg(&setting.samos)
        .args(words)
        .stdin(Stdio::null());
    let ended = command
        .output()
        .map_err(|problem| format!("valgrind does not start: {problem}"))?;
    let said = String::from_utf8_lossy(&ended.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    let count = collected.and_then(|(_, count)| count.trim().replace(',', "").parse().ok());
    match (ended.status.code(), count) {
        (Some(0), Some(count)) if count > 0 => Ok(count),
        (code, _) => Err(format!(
            "`samos {}` ends with {code:?}: {said}",
            words.join(" ")
        )),
    }
}
