//! A thousand plans that differ, beside K*'s thousand on the same problem in PDDL.
//!
//! In: `gen.py` among the inputs kept beside the repository. Out: our whole process beside the peer's, with how many
//! different sets of operations and subjects there are among the plans of each. Two of ours with the same set make the
//! bench fail, and so does one of some of them that an outside validator refuses. Powerlifted, the lifted leader, is no package and wants a compiler's afternoon: it is not run.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use samos_benches::{Row, Setting, ended, is_accepted_outside, measure, print};
use serde_json::Value;

const PROMISE: &str = "1,000 plans no two of which have the same operations on the same subjects, \
     as fast as K* has 1,000 plans";
const LIMIT_S: u32 = 120;
const PLANS: u32 = 1_000;
/// One of so many plans is put before outside validators, which take seconds for each.
const VALIDATED_EVERY: usize = 100;
/// Machines in the estate; the goal is about one.
const MACHINES: &[u32] = &[5, 10, 20];

/// Asks the peer, and counts the sets of operations and subjects among its plans; an action's first argument is its subject.
const PEER: &str = "\
import sys, pathlib
from kstar_planner import planners
found = planners.plan_topk(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), number_of_plans_bound=int(sys.argv[3]), timeout=int(sys.argv[4]))
plans = found.get('plans') or []
asked = lambda action: ' '.join(action.strip('()').split()[:2])
print(len(plans), len({frozenset(map(asked, plan['actions'])) for plan in plans}))
";

fn main() -> ExitCode {
    ended("alternatives", bench())
}

fn bench() -> Result<bool, String> {
    let setting = Setting::read()?;
    let generator = setting.data("planbench")?.join("gen.py");
    let mut rows = Vec::new();
    for machines in MACHINES {
        rows.push(one(&setting, &generator, *machines)?);
    }
    Ok(print(&setting, "alternatives", PROMISE, &rows))
}

fn one(setting: &Setting, generator: &Path, machines: u32) -> Result<Row, String> {
    let case = format!("1 of {machines} machines");
    let folder = setting.scratch(&case.replace(' ', "-"))?;
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("planbench");
    let beside = |name: &str| beside.join(name).to_string_lossy().into_owned();
    let (place, size) = (folder.to_string_lossy().into_owned(), machines.to_string());
    let generator = generator.to_string_lossy().into_owned();
    let made = format!("--out {place} --vms {size} --goal-vms 1 --irrelevant 0 --seed 1");
    let made: Vec<&str> = std::iter::once(generator.as_str())
        .chain(made.split(' '))
        .collect();
    let converter = beside("estate.py");
    for words in [made.as_slice(), &[&converter, "convert", &place, &place]] {
        if measure(LIMIT_S, &setting.python, words)?.code != Some(0) {
            return Err(format!("{case} cannot be made"));
        }
    }
    let goal = std::fs::read_to_string(file("goal.txt")).map_err(|problem| problem.to_string())?;
    let (domain, estate, plans) = (beside("domain.ttl"), file("estate.ttl"), PLANS.to_string());
    let worlds = ["--world", &domain, "--world", &estate];
    let words = [
        "plan",
        "--goal",
        goal.trim(),
        "--alternatives",
        &plans,
        "-o",
        "json",
    ];
    let ours = measure(LIMIT_S, &setting.samos, &[&words[..], &worlds[..]].concat())?;
    let answer = match ours.code {
        Some(0) => ours.json()?,
        _ => Value::Null,
    };
    let (count, differ) = sets(&answer);
    let mut is_accepted = true;
    for plan in plans_of(&answer).into_iter().step_by(VALIDATED_EVERY) {
        let kept = file("plan.json");
        std::fs::write(&kept, plan.to_string()).map_err(|problem| problem.to_string())?;
        is_accepted &= is_accepted_outside(setting, &folder, &worlds, &kept)?;
    }
    let (domain, problem, limit) = (
        file("domain.pddl"),
        file("problem.pddl"),
        LIMIT_S.to_string(),
    );
    let peer = measure(
        LIMIT_S,
        &setting.python,
        &["-c", PEER, &domain, &problem, &plans, &limit],
    )?;
    let said = peer.output.lines().last().unwrap_or_default().to_owned();
    let told = said.split_once(' ').filter(|_| peer.code == Some(0));
    let theirs = told.and_then(|(_, sets)| sets.parse().ok()).unwrap_or(0);
    Ok(Row {
        case,
        work: format!("{PLANS} plans, process"),
        answer: format!("{count}, {differ} differ"),
        // There may be fewer than were asked for: whoever has more that differ has the better answer.
        ours_ms: (differ >= theirs).then_some(ours.cpu_ms),
        peer: match told {
            Some((plans, sets)) => format!("K*: {plans}, {sets} differ"),
            None => format!("K*: none in {LIMIT_S} s"),
        },
        peer_ms: told.map(|_| peer.cpu_ms),
        is_right: count == differ && count > 0 && is_accepted,
        promise: Some(1.0),
    })
}

fn plans_of(answer: &Value) -> Vec<&Value> {
    let plans = answer.pointer("/plans").and_then(Value::as_array);
    plans.into_iter().flatten().collect()
}

/// How many plans there are, and how many sets of operations and subjects among them.
fn sets(answer: &Value) -> (usize, usize) {
    let plans = plans_of(answer);
    let set = |plan: &&Value| -> BTreeSet<String> {
        let steps = plan.pointer("/steps").and_then(Value::as_array);
        let steps = steps.into_iter().flatten();
        steps
            .map(|step| format!("{} {}", step["operation"], step["subject"]))
            .collect()
    };
    let differ: BTreeSet<BTreeSet<String>> = plans.iter().map(set).collect();
    (plans.len(), differ.len())
}
