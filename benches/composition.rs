//! Composition of services by their types: proven optima, beside an answer-set solver's proof of the same.
//!
//! In: folders in the format of the Web Service Challenge, and `optimum.py` beside them (clingo); and sets of the same
//! kind that `large.py` makes up. Out: for each, the fewest operations, the fewest layers and every trade-off between
//! the two, ours and the peer's, with the CPU time of the search alone (loading left out on both sides) and of the whole
//! process. An answer that is not the optimum makes the bench fail.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use samos_benches::{Row, Setting, count, ended, is_true, measure, median, number, print};
use serde_json::Value;

const PROMISE: &str =
    "proven minimum by operations and by layers; search with proof at least 10 times as fast";
const LIMIT_S: u32 = 300;
const REPEATS: usize = 5;
/// What takes longer is measured once.
const LONG_MS: f64 = 5_000.0;
/// How many times as fast the search is promised to be.
const TIMES: f64 = 10.0;
/// Sets that are made up: sizes, several parents for a concept, objectives that disagree, nothing that works.
const MADE_UP: &[&str] = &[
    "--services 1000 --concepts 3000",
    "--services 1000 --concepts 3000 --parents 3",
    "--services 1000 --concepts 3000 --disagree",
    "--services 1000 --concepts 3000 --unsolvable",
    "--services 1000 --concepts 3000 --dense",
    "--services 4113 --concepts 6000 --layers 12",
    "--services 8119 --concepts 12337 --layers 15 --parents 2",
    "--services 8301 --concepts 18673 --layers 10 --width 4 --disagree",
    "--services 8301 --concepts 18673 --unsolvable --parents 2",
];

fn main() -> ExitCode {
    ended("composition", bench())
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
        let name = set.file_name().unwrap_or_default().to_string_lossy();
        rows.extend(one_set(&setting, &solver, &name, &set, &set)?);
    }
    if setting.named_data.is_none() {
        for words in MADE_UP {
            let name = words.replace("--", "");
            let (set, spelled) = made_up(&setting, words)?;
            rows.extend(one_set(&setting, &solver, &name, &set, &spelled)?);
        }
    }
    Ok(print(&setting, "composition", PROMISE, &rows))
}

/// A set that is made up, and the same one for the peer, to which a concept has one parent.
fn made_up(setting: &Setting, words: &str) -> Result<(PathBuf, PathBuf), String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/composition/large.py");
    let place = setting.scratch(&format!("made-up{}", words.replace(' ', "")))?;
    let (set, spelled) = (place.join("set"), place.join("spelled"));
    let files = [&script, &set, &spelled].map(|path| path.to_string_lossy().into_owned());
    let [script, out, flat] = &files;
    let mut all = vec![script.as_str(), out.as_str(), "--flat", flat.as_str()];
    all.extend(words.split(' '));
    match measure(LIMIT_S, &setting.python, &all)?.code {
        Some(0) if words.contains("--parents") => Ok((set, spelled)),
        Some(0) => Ok((set.clone(), set)),
        _ => Err(format!("no set can be made up by {words}")),
    }
}

/// The rows of one set: by operations, by layers, every trade-off, and the whole process of the first.
fn one_set(
    setting: &Setting,
    solver: &Path,
    name: &str,
    set: &Path,
    spelled: &Path,
) -> Result<Vec<Row>, String> {
    let world = setting.scratch(&name.replace(' ', "-"))?;
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

    let peer = proof(setting, solver, spelled, None)?;
    let fewest_layers = count(&peer.answer, "/min_steps");
    let mut rows = Vec::new();
    let ours = ask(setting, &world, "operations")?;
    let best = peer.cost();
    let searched = (ours.search_ms, peer.search_ms);
    let mut row = |work: &str, ours: &Ours, (ours_ms, peer_ms), expected: &[Costs], proven| {
        rows.push(Row {
            case: name.into(),
            work: work.into(),
            answer: shown(&ours.costs),
            ours_ms,
            peer: format!("clingo: {}, {proven}", shown(expected)),
            peer_ms,
            is_right: ours.is_complete && agree(work, &ours.costs, expected),
            // Where none exists an answer is promised, with what would make one: the peer looks for no such thing.
            promise: (work.ends_with("search") && !expected.is_empty()).then_some(TIMES),
        });
    };
    let expected: Vec<Costs> = best.into_iter().collect();
    let proven = peer.proven();
    row(
        "fewest operations, search",
        &ours,
        searched,
        &expected,
        proven,
    );
    let processes = (Some(ours.process_ms), Some(peer.process_ms));
    row(
        "fewest operations, process",
        &ours,
        processes,
        &expected,
        proven,
    );
    let (Some(fewest), Some((_, most))) = (fewest_layers, best) else {
        return Ok(rows);
    };
    // Each number of layers from the fewest on; more than the fewest operations take bring nothing.
    let mut front: Vec<Costs> = Vec::new();
    let mut front_ms = peer.search_ms;
    for layers in fewest..most.max(fewest + 1) {
        let peer = proof(setting, solver, spelled, Some(layers))?;
        front_ms = front_ms.zip(peer.search_ms).map(|(one, other)| one + other);
        let Some((operations, _)) = peer.cost() else {
            continue;
        };
        if layers == fewest {
            let ours = ask(setting, &world, "layers")?;
            let expected = [(operations, fewest)];
            let searched = (ours.search_ms, peer.search_ms);
            row(
                "fewest layers, search",
                &ours,
                searched,
                &expected,
                peer.proven(),
            );
        }
        if front.last().is_none_or(|(last, _)| operations < *last) {
            front.push((operations, layers));
        }
    }
    if front
        .last()
        .is_none_or(|last| expected.iter().any(|(fewest, _)| fewest < &last.0))
    {
        front.extend(expected);
    }
    let ours = ask(setting, &world, "pareto")?;
    let searched = (ours.search_ms, front_ms);
    row("front, search", &ours, searched, &front, "each");
    Ok(rows)
}

/// Operations and layers.
type Costs = (u64, u64);

/// Are these the same optima? By operations alone the layers are whatever they are, but ours are no more than the peer's.
fn agree(work: &str, ours: &[Costs], expected: &[Costs]) -> bool {
    if !work.contains("fewest operations") {
        return ours == expected;
    }
    match (ours, expected) {
        ([ours], [best]) => ours.0 == best.0 && ours.1 <= best.1,
        (ours, best) => ours.is_empty() && best.is_empty(),
    }
}

fn shown(costs: &[Costs]) -> String {
    let each = costs
        .iter()
        .map(|(operations, layers)| format!("{operations} in {layers}"));
    let all = each.collect::<Vec<_>>().join(", ");
    if all.is_empty() {
        "no plan".into()
    } else {
        all
    }
}

/// Our answer and its times, the middle ones of several runs.
struct Ours {
    /// Of each plan; none where there is none.
    costs: Vec<Costs>,
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
    let plans = last.pointer("/plans").and_then(Value::as_array);
    let costs = plans
        .into_iter()
        .flatten()
        .filter_map(|plan| count(plan, "/cost/operations").zip(count(plan, "/cost/layers")));
    Ok(Ours {
        costs: costs.collect(),
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
        if run.cpu_ms > LONG_MS {
            break;
        }
    }
    Ok(Proof {
        answer,
        search_ms: (!searches.is_empty()).then(|| median(searches)),
        process_ms: median(processes),
    })
}

impl Proof {
    fn cost(&self) -> Option<Costs> {
        count(&self.answer, "/services").zip(count(&self.answer, "/steps"))
    }

    fn proven(&self) -> &'static str {
        if is_true(&self.answer, "/proven") {
            "proven"
        } else {
            "not proven"
        }
    }
}
