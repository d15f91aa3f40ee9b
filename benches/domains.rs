//! Planning problems of the field's kinds, through PDDL import, beside Fast Downward on the same files.
//!
//! In: the domains and the generator of `tests/planning/`, and those of `--data FOLDER` (pairs `NAME/domain.pddl`,
//! `NAME/*.pddl`). Out: for each problem, our whole process beside the peer's translation and first iteration of LAMA,
//! with the cost of both plans. Each plan of ours is exported and judged by two outside validators, in the original
//! problem and in the exported one; a plan that one of them refuses makes the bench fail.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use samos_benches::{
    Planner, Row, Setting, count, ended, is_accepted_outside, measure, number, print,
};

const PROMISE: &str = "solved, validated from outside, and timed: wins and losses alike";
const LIMIT_S: u32 = 60;
/// Domains of `tests/planning/domains`.
const DOMAINS: &[&str] = &[
    "freight",
    "grabber",
    "elevator",
    "orbiter",
    "chauffeur",
    "airline",
    "haulage",
    "canteen",
];
const SIZES: &[u32] = &[2, 5, 8, 12];

fn main() -> ExitCode {
    ended("domains", bench())
}

fn bench() -> Result<bool, String> {
    let setting = Setting::read()?;
    let planner = Planner::find(&setting, LIMIT_S)?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/planning");
    let mut rows = Vec::new();
    match &setting.named_data {
        Some(data) => {
            for (domain, problem) in pairs(data)? {
                let name = |path: &Path| {
                    path.file_stem()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned()
                };
                let parent = problem.parent().map(&name).unwrap_or_default();
                let case = format!("{parent} {}", name(&problem));
                rows.push(one(&setting, &planner, &folder, &case, &domain, &problem)?);
            }
        }
        None => {
            for domain in DOMAINS {
                for size in SIZES {
                    let case = format!("{domain} {size}");
                    let place = setting.scratch(&case.replace(' ', "-"))?;
                    let problem = place.join("problem.pddl");
                    let words = [
                        text(&folder.join("generate.py")),
                        (*domain).to_owned(),
                        size.to_string(),
                        "--out".to_owned(),
                        text(&problem),
                    ];
                    let words: Vec<&str> = words.iter().map(String::as_str).collect();
                    if measure(LIMIT_S, &setting.python, &words)?.code != Some(0) {
                        return Err(format!("{case} cannot be generated"));
                    }
                    let domain = folder.join("domains").join(format!("{domain}.pddl"));
                    rows.push(one(&setting, &planner, &folder, &case, &domain, &problem)?);
                }
            }
        }
    }
    Ok(print(&setting, "domains", PROMISE, &rows))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Domain and problem files of a folder of folders.
fn pairs(data: &Path) -> Result<Vec<(PathBuf, PathBuf)>, String> {
    let listed = |folder: &Path| -> Result<Vec<PathBuf>, String> {
        let read = std::fs::read_dir(folder)
            .map_err(|problem| format!("{}: {problem}", folder.display()))?;
        let mut found: Vec<PathBuf> = read
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .collect();
        found.sort();
        Ok(found)
    };
    let mut found = Vec::new();
    for folder in listed(data)?.into_iter().filter(|path| path.is_dir()) {
        let domain = folder.join("domain.pddl");
        let problems = listed(&folder)?.into_iter();
        let problems = problems
            .filter(|path| path != &domain && path.extension().is_some_and(|end| end == "pddl"));
        found.extend(problems.map(|problem| (domain.clone(), problem)));
    }
    Ok(found)
}

fn one(
    setting: &Setting,
    planner: &Planner<'_>,
    scripts: &Path,
    case: &str,
    domain: &Path,
    problem: &Path,
) -> Result<Row, String> {
    let place = setting.scratch(&case.replace(' ', "-"))?;
    let ours = ask(setting, scripts, &place, domain, problem)?;
    let (peer, peer_ms) = planner.ask(domain, problem, &place)?;
    Ok(Row {
        case: case.into(),
        work: "import, plan, check".into(),
        answer: ours.answer,
        ours_ms: ours.ms,
        peer: format!("lama-first: {peer}"),
        peer_ms,
        is_right: ours.is_right,
        promise: None,
    })
}

struct Ours {
    answer: String,
    ms: Option<f64>,
    /// Do both validators accept the plan? Having none in time is a loss, not a wrong answer.
    is_right: bool,
}

fn ask(
    setting: &Setting,
    scripts: &Path,
    place: &Path,
    domain: &Path,
    problem: &Path,
) -> Result<Ours, String> {
    let without = |answer: String, is_right: bool| Ours {
        answer,
        ms: None,
        is_right,
    };
    let (domain, problem, out) = (text(domain), text(problem), text(place));
    let imported = measure(
        LIMIT_S,
        &setting.samos,
        &[
            "import", "pddl", &domain, &problem, "--out", &out, "-o", "json",
        ],
    )?;
    if imported.code != Some(0) {
        return Ok(without("not imported".into(), true));
    }
    let said = imported.json()?;
    let goal = said
        .pointer("/goal")
        .and_then(|goal| goal.as_str())
        .unwrap_or_default()
        .to_owned();
    let is_priced = said.pointer("/minimize").and_then(|word| word.as_str()) == Some("cost");
    let (world, plan) = (
        text(&place.join("world.ttl")),
        text(&place.join("plan.json")),
    );
    let mut words = vec![
        "plan", "--world", &world, "--goal", &goal, "-o", "json", "--out", &plan,
    ];
    if is_priced {
        words.extend(["--minimize", "cost"]);
    }
    let run = measure(LIMIT_S, &setting.samos, &words)?;
    match run.code {
        Some(0) => {}
        None => return Ok(without(format!("none in {LIMIT_S} s"), true)),
        Some(6) => return Ok(without("a limit".into(), true)),
        Some(code) => return Ok(without(format!("exit {code}"), false)),
    }
    let answer = run.json()?;
    let cost = if is_priced {
        number(&answer, "/plans/0/cost/price").map(|price| format!("cost {price}"))
    } else {
        count(&answer, "/plans/0/cost/operations").map(|steps| format!("{steps} steps"))
    };
    let is_accepted = is_accepted_outside(setting, place, &["--world", &world], &plan)?;
    let script = text(&scripts.join("validate.py"));
    let steps = text(&place.join("exported/plan.txt"));
    let original = measure(
        LIMIT_S,
        &setting.python,
        &[&script, "--original", &domain, &problem, &steps],
    )?;
    let is_right = is_accepted && original.code == Some(0);
    Ok(Ours {
        answer: cost.unwrap_or_else(|| "no plan".into()),
        ms: Some(imported.cpu_ms + run.cpu_ms),
        is_right,
    })
}
