//! Composition of services by their types: proven optima, beside an answer-set solver's proof of the same.
//!
//! In: folders in the format of the Web Service Challenge, and `optimum.py` beside them (clingo). Out: for each, the
//! fewest operations and the fewest layers, ours and the peer's, with the CPU time of the search alone (loading left
//! out on both sides) and of the whole process. An answer that is not the optimum makes the bench fail.
#![allow(clippy::print_stderr, reason = "a bench says why it cannot run")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use samos_benches::{Row, Setting, count, is_true, measure, median, number, print};
use serde_json::Value;

const PROMISE: &str =
    "proven minimum by operations and by layers; search with proof at least 10 times as fast";
const LIMIT_S: u32 = 300;
const REPEATS: usize = 5;

fn main() -> ExitCode {
    match bench() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("composition: {message}");
            ExitCode::FAILURE
        }
    }
}

fn bench() -> Result<bool, String> {
    let setting = Setting::read()?;
    let data = setting.data("wsc08")?;
    let solver = data.join("optimum.py");
    if !solver.exists() {
        return Err(format!("{} is the peer and is not there", solver.display()));
    }
    let listed =
        std::fs::read_dir(&data).map_err(|problem| format!("{}: {problem}", data.display()))?;
    let mut sets: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
    sets.retain(|folder| folder.join("services.xml").exists());
    sets.sort();
    let mut rows = Vec::new();
    for set in sets {
        rows.extend(one_set(&setting, &solver, &set)?);
    }
    Ok(print(&setting, "composition", PROMISE, &rows))
}

/// The rows of one set: by operations, by layers, and the whole process of the first.
fn one_set(setting: &Setting, solver: &Path, set: &Path) -> Result<Vec<Row>, String> {
    let name = set
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let world = setting.scratch(&name)?;
    let converter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/composition/convert.py");
    let words = [
        converter.to_string_lossy(),
        set.to_string_lossy(),
        world.to_string_lossy(),
    ];
    let converted = measure(
        LIMIT_S,
        &setting.python,
        &words.each_ref().map(AsRef::as_ref),
    )?;
    if converted.code != Some(0) {
        return Err(format!("set {name} cannot be converted"));
    }

    let peer = proof(setting, solver, set, None)?;
    let fewest_layers = count(&peer.answer, "/min_steps");
    let mut rows = Vec::new();
    let ours = ask(setting, &world, "operations")?;
    rows.push(row(
        &name,
        "fewest operations, search",
        &ours,
        ours.search_ms,
        &peer,
        peer.search_ms,
    ));
    rows.push(row(
        &name,
        "fewest operations, process",
        &ours,
        Some(ours.process_ms),
        &peer,
        Some(peer.process_ms),
    ));
    if fewest_layers.is_some() {
        let peer = proof(setting, solver, set, fewest_layers)?;
        let ours = ask(setting, &world, "layers")?;
        rows.push(row(
            &name,
            "fewest layers, search",
            &ours,
            ours.search_ms,
            &peer,
            peer.search_ms,
        ));
    }
    Ok(rows)
}

/// Our answer and its times, the middle ones of several runs.
struct Ours {
    /// Operations and layers; none where no plan exists.
    cost: Option<(u64, u64)>,
    is_complete: bool,
    search_ms: Option<f64>,
    process_ms: f64,
}

fn ask(setting: &Setting, world: &Path, objective: &str) -> Result<Ours, String> {
    let file = |name: &str| {
        std::fs::read_to_string(world.join(name)).map_err(|problem| format!("{name}: {problem}"))
    };
    let (ontology, given, wanted) = (
        world.join("world.ttl"),
        file("given.txt")?,
        file("wanted.txt")?,
    );
    let ontology = ontology.to_string_lossy();
    let mut words = vec![
        "plan",
        "--world",
        &ontology,
        "--minimize",
        objective,
        "--timing",
        "-o",
        "json",
    ];
    words.extend(given.lines().flat_map(|class| ["--given", class]));
    words.extend(wanted.lines().flat_map(|class| ["--want", class]));
    let (mut searches, mut processes, mut last) = (Vec::new(), Vec::new(), Value::Null);
    for _ in 0..REPEATS {
        let run = measure(LIMIT_S, &setting.samos, &words)?;
        last = run.json()?;
        processes.push(run.cpu_ms);
        searches.extend(number(&last, "/search/cpu_ms"));
    }
    Ok(Ours {
        cost: count(&last, "/plans/0/cost/operations").zip(count(&last, "/plans/0/cost/layers")),
        is_complete: is_true(&last, "/search/complete"),
        search_ms: (!searches.is_empty()).then(|| median(searches)),
        process_ms: median(processes),
    })
}

/// The peer's answer and its times.
struct Proof {
    answer: Value,
    search_ms: Option<f64>,
    process_ms: f64,
}

fn proof(
    setting: &Setting,
    solver: &Path,
    set: &Path,
    steps: Option<u64>,
) -> Result<Proof, String> {
    let (solver, set, steps) = (
        solver.to_string_lossy(),
        set.to_string_lossy(),
        steps.map(|steps| steps.to_string()),
    );
    let mut words = vec![&*solver, &*set];
    if let Some(steps) = &steps {
        words.extend(["--steps", steps]);
    }
    let (mut searches, mut processes, mut answer) = (Vec::new(), Vec::new(), Value::Null);
    for _ in 0..REPEATS {
        let run = measure(LIMIT_S, &setting.python, &words)?;
        answer = run.json()?;
        processes.push(run.cpu_ms);
        searches.extend(number(&answer, "/cpu_s").map(|seconds| seconds * 1000.0));
    }
    Ok(Proof {
        answer,
        search_ms: (!searches.is_empty()).then(|| median(searches)),
        process_ms: median(processes),
    })
}

fn row(
    case: &str,
    work: &str,
    ours: &Ours,
    ours_ms: Option<f64>,
    peer: &Proof,
    peer_ms: Option<f64>,
) -> Row {
    let best = count(&peer.answer, "/services");
    let is_right = match (ours.cost, best) {
        (Some((operations, layers)), Some(best)) => {
            let fewest = count(&peer.answer, "/min_steps");
            operations == best && (!work.contains("layers") || Some(layers) == fewest)
        }
        (None, None) => true,
        _ => false,
    };
    let shown = |cost: Option<(u64, u64)>| match cost {
        Some((operations, layers)) => format!("{operations} in {layers}"),
        None => "no plan".into(),
    };
    let proven = if is_true(&peer.answer, "/proven") {
        "proven"
    } else {
        "not proven"
    };
    Row {
        case: case.into(),
        work: work.into(),
        answer: shown(ours.cost),
        ours_ms,
        peer: format!(
            "clingo: {}, {proven}",
            shown(best.zip(count(&peer.answer, "/steps")))
        ),
        peer_ms,
        is_right: is_right && ours.is_complete,
    }
}
