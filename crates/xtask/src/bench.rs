//! `cargo xtask bench`: runs the benches of `benches/`, each of which runs its peers in the same call.

use crate::process;
use crate::{demo, peers};

/// A bench, and the packages of Python's index that its peers are.
const BENCHES: &[(&str, &[&str])] = &[
    ("composition", &["clingo"]),
    (
        "planbench",
        &["up-fast-downward", "up-aries", "unified-planning"],
    ),
    (
        "domains",
        &["up-fast-downward", "up-aries", "unified-planning"],
    ),
    (
        "alternatives",
        &["kstar-planner", "up-aries", "unified-planning"],
    ),
    ("instructions", &[]),
    (DURABLE, &[]),
    (REQUESTS, &["moto[server]==5.2.5", "boto3", "awscli"]),
    (OPENSTACK, &["python-openstackclient"]),
    ("server", &[]),
    ("standing", &[]),
];

/// Several benches under one name: all that is promised of chains of operations.
const PLANNING: (&str, &[&str]) = (
    "planning",
    &[
        "composition",
        "planbench",
        "domains",
        "alternatives",
        "instructions",
    ],
);

/// The bench whose peer is part of it: an example of the crate whose inner parts it drives.
const DURABLE: &str = "execution";

/// The benches of requests at endpoints, which belong to it.
const REQUESTS: &str = "requests";
const OPENSTACK: &str = "openstack";

/// Builds what is measured, gets the peers, and runs the benches that were named (all, if none was).
pub(crate) fn run(words: &[&str]) -> Result<(), String> {
    let mut names = Vec::new();
    let mut passed_on = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--json" | "--keep" => passed_on.push((*word).to_owned()),
            "--data" => {
                let folder = words.next().ok_or("--data wants a folder")?;
                let folder = std::fs::canonicalize(folder)
                    .map_err(|problem| format!("{folder}: {problem}"))?;
                passed_on.extend(["--data".to_owned(), folder.to_string_lossy().into_owned()]);
            }
            name if name == PLANNING.0 => {
                let all = BENCHES
                    .iter()
                    .filter(|(bench, _)| PLANNING.1.contains(bench));
                names.extend(all);
            }
            name => match BENCHES.iter().find(|(bench, _)| *bench == name) {
                Some(bench) => names.push(bench),
                None => {
                    let known = BENCHES.iter().map(|(bench, _)| *bench);
                    let known: Vec<&str> = known.chain([PLANNING.0]).collect();
                    let known = known.join(", ");
                    return Err(format!("no bench is called `{name}`; there are {known}"));
                }
            },
        }
    }
    if names.is_empty() {
        names.extend(BENCHES);
    }
    // One that fails does not stop the others.
    let mut failed = Vec::new();
    if names.iter().any(|(name, _)| *name == DURABLE) {
        // Requests are the other half of execution.
        for other in [REQUESTS, OPENSTACK] {
            if !names.iter().any(|(name, _)| *name == other) {
                names.extend(BENCHES.iter().find(|(name, _)| *name == other));
            }
        }
        let example = "run --quiet --release --package samos-execution --example durable";
        let mut bench = process::cargo(example);
        bench
            .arg("--")
            .args(passed_on.iter().filter(|word| *word == "--json"));
        failed.extend(process::run(&mut bench).err());
        names.retain(|(name, _)| *name != DURABLE);
    }
    let samos = demo::release_binary()?;
    for (name, packages) in names {
        let python = peers::python_with(packages)?;
        let mut bench = process::cargo("bench --quiet --package samos-benches");
        bench
            .args(["--bench", name, "--"])
            .args(&passed_on)
            .env("SAMOS_BINARY", &samos)
            .env("SAMOS_PYTHON", python);
        if let Some(data) = peers::beside("data") {
            bench.env("SAMOS_BENCH_DATA", data);
        }
        if *name == OPENSTACK {
            match peers::openstack_with_servers() {
                Ok(folder) => bench.env("SAMOS_OPENSTACK", folder),
                Err(problem) => {
                    failed.push(problem);
                    continue;
                }
            };
        }
        failed.extend(process::run(&mut bench).err());
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failed.join("\n"))
    }
}
