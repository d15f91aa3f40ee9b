//! The same requests again and again on real accounts: `repeated DATA TIMES [WORLD] < rows`, each row a line of JSON.
//!
//! In: a data directory with accounts, or a world whose providers are simulated; rows `{"name", "requests": [{"operation", "subject", "arguments": ["name=value"],
//! "as"}]}` whose later requests may name what an earlier one gave by `{as}`. Out: for each row a line of JSON with how
//! often its requests were all done, the milliseconds that each request took (the middle one of all times), and what went
//! wrong first. Every request is checked, planned, verified, journalled and confirmed, as through the command line.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test talks and looks at the clock"
)]

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::time::Instant;

use samos::access::{Environment, Opener, SecretString};
use samos::{Limits, RunOptions, Samos, Value, changes_of};
use serde::Deserialize;
use serde_json::json;

/// A row of the paper's tables 5 and 6.
#[derive(Deserialize)]
struct Row {
    name: String,
    requests: Vec<Wanted>,
}

#[derive(Deserialize)]
struct Wanted {
    operation: String,
    subject: String,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    r#as: Option<String>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [data, times, worlds @ ..] = words.as_slice() else {
        return Err("repeated DATA TIMES [WORLD] < rows".into());
    };
    let times: usize = times.parse()?;
    let mut builder = Samos::builder().data_directory(data);
    for world in worlds {
        builder = builder.world(world);
    }
    let mut samos = builder.build()?;
    if worlds.is_empty() {
        let key = std::path::Path::new(data).join("accounts.key");
        let opener = Opener::KeyFile(SecretString::from(std::fs::read_to_string(key)?));
        samos.connect_accounts(Some(&opener), &Environment::default())?;
    }
    for line in std::io::stdin().lock().lines() {
        let row: Row = serde_json::from_str(&line?)?;
        println!("{}", repeat(&mut samos, &row, times));
    }
    Ok(())
}

fn repeat(samos: &mut Samos, row: &Row, times: usize) -> serde_json::Value {
    let mut took: Vec<Vec<f64>> = vec![Vec::new(); row.requests.len()];
    let (mut done, mut wrong) = (0, None::<String>);
    for _ in 0..times {
        let mut known = BTreeMap::new();
        let all = row
            .requests
            .iter()
            .zip(&mut took)
            .try_for_each(|(wanted, took)| {
                let start = Instant::now();
                request(samos, wanted, &mut known)?;
                took.push(start.elapsed().as_secs_f64() * 1e3);
                Ok(())
            });
        match all {
            Ok(()) => done += 1,
            Err(error) => wrong = wrong.or(Some(error)),
        }
    }
    let middle: Vec<f64> = took.iter_mut().map(|times| middle(times)).collect();
    json!({"name": row.name, "times": times, "done": done, "ms": middle, "wrong": wrong})
}

/// Makes one request, and takes note of what it gave.
fn request(
    samos: &mut Samos,
    wanted: &Wanted,
    known: &mut BTreeMap<String, String>,
) -> Result<(), String> {
    let filled = |text: &str| {
        let fill = |text: String, (name, value): (&String, &String)| {
            text.replace(&format!("{{{name}}}"), value)
        };
        known.iter().fold(text.to_owned(), fill)
    };
    let subject = filled(&wanted.subject);
    let arguments: Vec<String> = wanted.arguments.iter().map(|one| filled(one)).collect();
    let problem = |error: samos::Error| format!("{}: {error}", wanted.operation);
    let check =
        |samos: &Samos| samos.check(&wanted.operation, &subject, &arguments, &Limits::default());
    let mut prepared = check(samos).map_err(problem)?;
    let needs: Vec<_> = prepared
        .operations
        .iter()
        .flat_map(|one| one.needs.clone())
        .collect();
    if !needs.is_empty() && samos.fetch(&needs).map_err(problem)? > 0 {
        prepared = check(samos).map_err(problem)?;
    }
    let plan = prepared
        .operations
        .first()
        .and_then(|one| samos.plan_of(&prepared.subject, one));
    let Some(plan) = plan else {
        let open = prepared
            .operations
            .first()
            .map(|one| format!("{:?}", one.findings));
        return Err(format!("{} is not ready: {open:?}", wanted.operation));
    };
    let options = RunOptions::approving(changes_of(&plan));
    let run = samos.carry_out(&plan, &options).map_err(problem)?;
    if !run.is_done() {
        return Err(format!("{}: {:?}", wanted.operation, run.receipt));
    }
    let given = run
        .receipt
        .steps
        .first()
        .and_then(|step| step.outcomes.values().flatten().next());
    if let (Some(name), Some(Value::Entity(made))) = (&wanted.r#as, given) {
        known.insert(name.clone(), made.to_string());
    }
    Ok(())
}

fn middle(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times
        .get(times.len() / 2)
        .map_or(0.0, |ms| (ms * 10.0).round() / 10.0)
}
