//! One small goal in a large estate, and goals about all of it, beside Fast Downward on the same problem in PDDL.
//!
//! In: `gen.py` among the inputs kept beside the repository, which writes the problem; `planbench/estate.py` turns it
//! into a world for us. Out: for each size, our search and our whole process beside the peer's translation and search.
//! Each plan of ours is replayed in the original domain, and those of a size that two outside validators can take are
//! exported and judged by these; one that does not execute, or is refused, makes the bench fail.

use std::path::Path;
use std::process::ExitCode;

use samos_benches::{
    Planner, Row, Setting, count, ended, is_accepted_outside, measure, median, number, print,
};

const PROMISE: &str = "a goal about one machine: the whole process at least 100 times as fast at 100 machines; the \
     search at most 10 ms, flat from 1,000 to 1,000,000 things (2.75 for each machine), and whatever other operations there are";
const LIMIT_S: u32 = 60;
const REPEATS: usize = 3;
/// Machines in the estate, machines that the goal speaks of, and operations that have nothing to do with the goal.
const CASES: &[(u32, u32, u32)] = &[
    (20, 1, 0),
    (50, 1, 0),
    (100, 1, 0),
    (200, 1, 0),
    (400, 1, 0),
    (4_000, 1, 0),
    (40_000, 1, 0),
    (400_000, 1, 0),
    (100, 1, 100),
    (100, 1, 10_000),
    (100, 1, 100_000),
    (20, 5, 0),
    (100, 5, 0),
    (200, 5, 0),
    (1_000, 5, 0),
    (4_000, 5, 0),
    (20, 20, 0),
    (100, 100, 0),
    (200, 200, 0),
    (1_000, 1_000, 0),
];
/// Plans of more steps, and estates of more machines, are not put before outside validators: these take minutes.
const VALIDATED_MOST_STEPS: u64 = 20;
const VALIDATED_MOST: u32 = 4_000;
/// The peer is not asked about an estate larger than this, or about more operations that have nothing to do with the
/// goal: it has no answer in time, and takes all memory.
const PEER_MOST: u32 = 200;
const PEER_MOST_IRRELEVANT: u32 = 100;

fn main() -> ExitCode {
    ended("planbench", bench())
}

fn bench() -> Result<bool, String> {
    let setting = Setting::read()?;
    let generator = setting.data("planbench")?.join("gen.py");
    let planner = Planner::find(&setting, LIMIT_S)?;
    let mut rows = Vec::new();
    for (size, asked, irrelevant) in CASES {
        let machines = size;
        let case = match irrelevant {
            0 => format!("{asked} of {machines} machines"),
            count => format!("{asked} of {machines} machines +{count} ops"),
        };
        let promise = match (*machines, *asked) {
            (_, 1) if *irrelevant > 0 => None,
            (100, 1) => Some(100.0),
            (200, 1) => Some(1_000.0),
            (100, 100) => Some(10.0),
            _ => None,
        };
        let is_asked_of_peer = *machines <= PEER_MOST && *irrelevant <= PEER_MOST_IRRELEVANT;
        let folder = setting.scratch(&case.replace(' ', "-"))?;
        let (machines, asked, irrelevant, place) = (
            machines.to_string(),
            asked.to_string(),
            irrelevant.to_string(),
            folder.to_string_lossy(),
        );
        let generator = generator.to_string_lossy();
        let sizes = [
            "--vms",
            &machines,
            "--goal-vms",
            &asked,
            "--irrelevant",
            &irrelevant,
            "--seed",
            "1",
        ];
        let words = [&[&*generator, "--out", &*place], &sizes[..]].concat();
        let _ = measure(LIMIT_S, &setting.python, &words)?.well("the generator")?;
        let planner = is_asked_of_peer.then_some(&planner);
        let is_validated = *size <= VALIDATED_MOST;
        rows.extend(one_case(
            &setting,
            planner,
            &case,
            &folder,
            is_validated,
            promise,
        )?);
    }
    rows.extend(flat(&rows));
    Ok(print(&setting, "planbench", PROMISE, &rows))
}

const PROCESS: &str = "goal, process";
const SEARCH: &str = "goal, search";

/// How far the search time of one small goal depends on what is in its way: the longest beside what was promised, twice
/// the shortest of estates from 1,000 things on, and a tenth more than that of no irrelevant operations.
fn flat(rows: &[Row]) -> Vec<Row> {
    let time = |case: &str| {
        let mut rows = rows
            .iter()
            .filter(|row| row.case == case && row.work == SEARCH);
        rows.next().and_then(|row| row.ours_ms)
    };
    let of = |machines: &u32| time(&format!("1 of {machines} machines"));
    let with = |count: u32| time(&format!("1 of 100 machines +{count} ops"));
    let row = |case: &str, times: Option<Vec<f64>>, allowed: f64| {
        let times = times?;
        let longest = times.iter().copied().fold(0.0, f64::max);
        let shortest = times.iter().copied().fold(f64::INFINITY, f64::min);
        Some(Row {
            case: case.into(),
            work: "search, longest".into(),
            answer: format!("shortest {shortest:.2}"),
            ours_ms: Some(longest),
            peer: format!("{allowed} times the shortest"),
            peer_ms: Some(shortest * allowed),
            is_right: true,
            promise: Some(1.0),
        })
    };
    let estates = [400, 4_000, 40_000, 400_000];
    let estates = estates.iter().map(of).collect::<Option<Vec<f64>>>();
    let others = [100, 10_000, 100_000].into_iter().map(with);
    let others = std::iter::once(of(&100))
        .chain(others)
        .collect::<Option<Vec<f64>>>();
    let rows = [
        row("10^3 to 10^6 things", estates, 2.0),
        row("0 to 10^5 other ops", others, 1.1),
    ];
    rows.into_iter().flatten().collect()
}

fn one_case(
    setting: &Setting,
    planner: Option<&Planner<'_>>,
    case: &str,
    folder: &Path,
    is_validated: bool,
    promise: Option<f64>,
) -> Result<Vec<Row>, String> {
    let ours = ask(setting, folder, is_validated)?;
    let (peer, peer_ms) = match planner {
        Some(planner) => {
            let file = |name: &str| folder.join(name);
            planner.ask(&file("domain.pddl"), &file("problem.pddl"), folder)?
        }
        None => ("not asked".to_owned(), None),
    };
    let row = |work: &str, ours_ms: Option<f64>, promise: Option<f64>| Row {
        case: case.into(),
        work: work.into(),
        answer: ours.answer.clone(),
        ours_ms,
        peer: format!("Fast Downward: {peer}"),
        peer_ms,
        is_right: ours.is_right,
        promise,
    };
    Ok(vec![
        row(PROCESS, ours.process_ms, promise),
        row(SEARCH, ours.search_ms, None),
    ])
}

/// Our answer and its times, the middle ones of several runs.
struct Ours {
    answer: String,
    /// Does the plan execute in the original domain, and do outside validators accept it? Having none in time is a loss, not a wrong answer.
    is_right: bool,
    search_ms: Option<f64>,
    process_ms: Option<f64>,
}

fn ask(setting: &Setting, folder: &Path, is_validated: bool) -> Result<Ours, String> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("planbench");
    let (script, domain) = (beside.join("estate.py"), beside.join("domain.ttl"));
    let (script, domain, place) = (
        script.to_string_lossy(),
        domain.to_string_lossy(),
        folder.to_string_lossy(),
    );
    let words = [&script, "convert", &place, &place];
    let _ = measure(LIMIT_S, &setting.python, &words)?.well("the converter")?;
    let goal =
        std::fs::read_to_string(folder.join("goal.txt")).map_err(|problem| problem.to_string())?;
    let (estate, plan) = (folder.join("estate.ttl"), folder.join("plan.json"));
    let (estate, plan) = (estate.to_string_lossy(), plan.to_string_lossy());
    let worlds = ["--world", &domain, "--world", &estate];
    let words = [
        &[
            "plan",
            "--goal",
            goal.trim(),
            "--timing",
            "-o",
            "json",
            "--out",
            &plan,
        ],
        &worlds[..],
    ]
    .concat();
    let (mut searches, mut processes, mut operations) = (Vec::new(), Vec::new(), None);
    for _ in 0..REPEATS {
        let run = measure(LIMIT_S, &setting.samos, &words)?;
        if run.code != Some(0) {
            let answer = match run.code {
                None => format!("none in {LIMIT_S} s"),
                Some(code) => format!("exit {code}"),
            };
            let is_right = run.code.is_none() || run.code == Some(6);
            return Ok(Ours {
                answer,
                is_right,
                search_ms: None,
                process_ms: None,
            });
        }
        let answer = run.json()?;
        processes.push(run.cpu_ms);
        searches.extend(number(&answer, "/search/cpu_ms"));
        operations = count(&answer, "/plans/0/cost/operations");
    }
    let replayed = measure(
        LIMIT_S,
        &setting.python,
        &[&script, "replay", &place, &plan],
    )?;
    let is_asked = is_validated && operations.is_some_and(|count| count <= VALIDATED_MOST_STEPS);
    let is_accepted = !is_asked || is_accepted_outside(setting, folder, &worlds, &plan)?;
    Ok(Ours {
        answer: operations.map_or_else(|| "no plan".into(), |count| format!("{count} steps")),
        is_right: replayed.code == Some(0) && operations.is_some() && is_accepted,
        search_ms: (!searches.is_empty()).then(|| median(searches)),
        process_ms: Some(median(processes)),
    })
}
