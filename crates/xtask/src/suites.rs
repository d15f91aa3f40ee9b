//! `cargo xtask test`: every suite of the commit tier, one after the other, each with its time budget; `--long` adds
//! the rest.
//!
//! A suite that fails does not stop the others. A budget is a statement, not a verdict: what takes longer is marked.
//! Where continuous integration runs us (`CI=true`), what is missing is a failure; elsewhere the closing line names it.

use std::time::{Duration, Instant};

use crate::process::{self, cargo, command};
use crate::{demo, long, peers, tidy, ui};

/// One suite: what it is called, how long it may take, what it does.
pub(crate) struct Suite {
    name: &'static str,
    budget_min: u64,
    run: Box<dyn Fn() -> Result<(), Failure>>,
}

/// Why a suite did not pass.
pub(crate) enum Failure {
    /// It ran and found something.
    Failed(String),
    /// What it needs is not here; the text names it.
    Missing(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Failed(message)
    }
}

impl Suite {
    pub(crate) fn new(
        name: &'static str,
        budget_min: u64,
        run: impl Fn() -> Result<(), Failure> + 'static,
    ) -> Self {
        Self {
            name,
            budget_min,
            run: Box::new(run),
        }
    }
}

/// Runs the suites and closes with their count. A word other than `--long` picks those with the word in their name.
pub(crate) fn run(words: &[&str]) -> Result<(), String> {
    let is_long = words.contains(&"--long");
    let mut suites = commit_tier(is_long);
    if is_long {
        suites.extend(long::suites());
    }
    let picks: Vec<&&str> = words.iter().filter(|word| **word != "--long").collect();
    suites.retain(|suite| picks.is_empty() || picks.iter().any(|word| suite.name.contains(**word)));
    if suites.is_empty() {
        return Err(format!("no suite is called `{}`", words.join(" ")));
    }
    let (mut rows, mut missing) = (Vec::new(), Vec::new());
    let (mut passed, mut failed) = (0, 0);
    for suite in &suites {
        println!("\n── {} (budget {} min)", suite.name, suite.budget_min);
        let start = Instant::now();
        let result = match (suite.run)() {
            Ok(()) => {
                passed += 1;
                "passed"
            }
            Err(Failure::Missing(what)) if !process::is_ci() => {
                println!("{what}");
                missing.push(format!("{} ({what})", suite.name));
                "missing"
            }
            Err(Failure::Failed(message) | Failure::Missing(message)) => {
                println!("{message}");
                failed += 1;
                "FAILED"
            }
        };
        rows.push((suite, start.elapsed(), result));
    }
    table(&rows);
    if missing.is_empty() {
        println!("{passed} passed, {failed} failed");
    } else {
        println!(
            "{passed} passed, {failed} failed, {} skipped: {}",
            missing.len(),
            missing.join("; ")
        );
    }
    if failed == 0 {
        Ok(())
    } else {
        Err(format!("{failed} suites failed"))
    }
}

fn commit_tier(is_long: bool) -> Vec<Suite> {
    vec![
        Suite::new("tidy", 1, || Ok(tidy::run()?)),
        Suite::new("lints", 10, || {
            let line = "clippy --workspace --all-targets --locked -- --deny warnings";
            Ok(process::run(&mut cargo(line))?)
        }),
        Suite::new("documentation", 4, || {
            let mut doc = cargo("doc --workspace --no-deps --locked");
            Ok(process::run(doc.env("RUSTDOCFLAGS", "--deny warnings"))?)
        }),
        Suite::new("crates", 15, move || tests(None, is_long)),
        Suite::new("command line transcripts", 3, || {
            tests(Some("samos-cli"), false)
        }),
        Suite::new("scenarios", 5, move || tests(Some("samos-tests"), is_long)),
        Suite::new("random worlds", 10, move || {
            tests(Some("samos-differential"), is_long)
        }),
        Suite::new("code in documentation", 3, || {
            Ok(process::run(
                cargo("test --workspace --doc --locked --quiet").args(FEATURES),
            )?)
        }),
        Suite::new("web interface, built", 3, ui::built),
        Suite::new("release build", 15, || {
            demo::release_binary().map(drop).map_err(Failure::from)
        }),
        Suite::new("web interface, agrees", 3, ui::agreed),
        Suite::new("web interface, walked", 5, ui::walked),
        Suite::new("composition against brute force", 2, composition),
        Suite::new("least costs beside another planner", 3, move || {
            least_costs(is_long)
        }),
        Suite::new("some plans before outside validators", 2, || {
            validated(&["--sample", "3"])
        }),
        Suite::new("clients of the server", 5, clients),
        Suite::new("users of an issuer", 2, issuer),
        Suite::new("protocols of the vendor", 2, protocols),
        Suite::new("servers of other makers", 15, move || endpoints(is_long)),
        Suite::new("acceptance", 3, acceptance),
    ]
}

/// Packages whose tests are suites of their own.
const TOLD_APART: [&str; 3] = ["samos-cli", "samos-tests", "samos-differential"];

/// Traces are a feature. The tests are built with it at once, rather than a second time for theirs; what is published is
/// built without.
const FEATURES: [&str; 2] = ["--features", "samos-tests/opentelemetry"];

/// The tests of one package, or of all but those told apart; by nextest where it is installed, for which all are built
/// the same way and nothing twice.
fn tests(of: Option<&str>, is_long: bool) -> Result<(), Failure> {
    let mut run = if process::is_there("cargo", &["nextest", "--version"]) {
        let profile = if is_long { "long" } else { "default" };
        let mut run = cargo("nextest run --workspace --locked --profile");
        run.arg(profile)
            .args(FEATURES)
            .arg("--filterset")
            .arg(match of {
                Some(package) => format!("package({package})"),
                None => format!("not (package({}))", TOLD_APART.join(") or package(")),
            });
        run
    } else {
        let mut run = cargo("test --locked --quiet --lib --bins --tests");
        match of {
            Some("samos-tests") => run.args(["--package", "samos-tests"]).args(FEATURES),
            Some(package) => run.args(["--package", package]),
            None => run
                .arg("--workspace")
                .args(TOLD_APART.map(|package| format!("--exclude={package}"))),
        };
        run
    };
    if is_long {
        run.env("SAMOS_LONG", "1");
    }
    Ok(process::run(&mut run)?)
}

/// Small made-up composition tasks, through the command line, against exhaustive search.
fn composition() -> Result<(), Failure> {
    let python = peers::python().map_err(Failure::Missing)?;
    let samos = demo::release_binary()?;
    let words = ["tests/composition/check.py", "--samos", &samos];
    Ok(process::run(&mut command(python, words))?)
}

/// Small random planning tasks, whose least cost and fewest operations Fast Downward proves.
fn least_costs(is_long: bool) -> Result<(), Failure> {
    let python = peers::python_with(&["up-fast-downward"]).map_err(Failure::Missing)?;
    let samos = demo::release_binary()?;
    let tasks = if is_long { "3000" } else { "40" };
    let words = [
        "tests/planning/tasks.py",
        "--samos",
        &samos,
        "--tasks",
        tasks,
    ];
    Ok(process::run(&mut command(
        &python.to_string_lossy(),
        words,
    ))?)
}

/// Plans of many kinds, exported to PDDL, before two validators of other makers.
fn validated(words: &[&str]) -> Result<(), Failure> {
    let packages = ["up-aries", "unified-planning"];
    let python = peers::python_with(&packages).map_err(Failure::Missing)?;
    let samos = demo::release_binary()?;
    let mut run = command(
        &python.to_string_lossy(),
        ["tests/planning/outside.py", "--samos", &samos],
    );
    Ok(process::run(run.args(words))?)
}

/// All of them, and those of the scenarios and of random worlds as the tests of these keep them.
pub(crate) fn outside() -> Result<(), Failure> {
    let kept = process::target().join("tmp/kept-plans");
    let _ = std::fs::remove_dir_all(&kept);
    std::fs::create_dir_all(&kept).map_err(|problem| problem.to_string())?;
    // Built as the suites of these tests build them, so that nothing is built twice.
    let keepers = [
        ("samos-tests", "rows::"),
        ("samos-differential", "the_planner_is_as_good"),
        ("samos-differential", "what_must_be_waited_for"),
        ("samos-differential", "chains_are"),
        ("samos-differential", "orchestrations_are"),
    ];
    for (package, tests) in keepers {
        let mut run = if process::is_there("cargo", &["nextest", "--version"]) {
            let mut run = cargo("nextest run --workspace --locked");
            run.args(FEATURES)
                .arg("--filterset")
                .arg(format!("package({package}) and test({tests})"));
            run
        } else {
            let mut run = cargo("test --locked --quiet --tests --package");
            run.args([package, "--", tests]);
            run
        };
        run.env("SAMOS_KEEP_PLANS", &kept);
        process::run(run.env("SAMOS_WORLDS", "60"))?;
    }
    validated(&["--long", "--kept", &kept.to_string_lossy()])
}

/// What real clients of other makers say of the server.
fn clients() -> Result<(), Failure> {
    let packages = [
        "SPARQLWrapper",
        "rdflib",
        "mcp",
        "httpx",
        "openapi-python-client",
        "trustme",
        "schemathesis",
    ];
    let python = peers::python_with(&packages).map_err(Failure::Missing)?;
    let samos = demo::release_binary()?;
    let words = ["tests/server/clients/check.py", "--samos", &samos];
    Ok(process::run(&mut command(
        &python.to_string_lossy(),
        words,
    ))?)
}

/// Access tokens of a certified OpenID provider, and what does not count as one.
fn issuer() -> Result<(), Failure> {
    let folder = provider_of_tokens().map_err(Failure::Missing)?;
    let samos = demo::release_binary()?;
    let words = ["check.mjs", "--samos", &samos];
    Ok(process::run(&mut ui::inside(folder, "node", &words))?)
}

/// Where the OpenID provider is, with what it needs.
fn provider_of_tokens() -> Result<&'static str, String> {
    ui::node()?;
    let folder = "tests/server/issuer";
    let fetch = ["ci", "--no-audit", "--no-fund"];
    process::run(&mut ui::inside(folder, "npm", &fetch))?;
    Ok(folder)
}

/// The vendor's protocol suites through `samos render` and `samos read`, judged by the vendor's own reader and signer.
fn protocols() -> Result<(), Failure> {
    let python = peers::python_with(&["boto3"]).map_err(Failure::Missing)?;
    let python = python.to_string_lossy();
    let suites = peers::botocore(&python)?;
    let samos = demo::release_binary()?;
    let words = [
        "tests/protocols/check.py",
        "--samos",
        &samos,
        "--botocore",
        &suites.to_string_lossy(),
    ];
    Ok(process::run(&mut command(&python, words))?)
}

/// Real servers on loopback, asked through the command line: moto for AWS, mimic for Rackspace, libvirt, HAProxy.
fn endpoints(is_long: bool) -> Result<(), Failure> {
    let packages = ["moto[server]==5.2.5", "boto3", "trustme"];
    let python = peers::python_with(&packages).map_err(Failure::Missing)?;
    let tokens = provider_of_tokens();
    let samos = demo::release_binary()?;
    let repeated = process::target()
        .join("release/repeated")
        .to_string_lossy()
        .into_owned();
    let mut words = vec![
        "tests/endpoints/check.py",
        "--samos",
        &samos,
        "--repeated",
        &repeated,
    ];
    let mimic =
        peers::mimic().map(|(python, folder)| (python, folder.to_string_lossy().into_owned()));
    if let Ok((python, folder)) = &mimic {
        words.extend(["--python2", python, "--mimic", folder]);
    }
    if is_long {
        words.push("--long");
    }
    let debian = [
        ("haproxy", "haproxy"),
        ("libvirtd", "libvirt-daemon"),
        ("virsh", "libvirt-clients"),
    ];
    let debian = debian.map(|(program, package)| peers::of_debian(program, package).err());
    process::run(&mut command(&python.to_string_lossy(), words))?;
    // What could be tried was.
    let others = [mimic.err(), tokens.err()].into_iter().chain(debian);
    let missing: Vec<String> = others.flatten().collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Failure::Missing(missing.join("; ")))
    }
}

/// A whole OpenStack on loopback, asked through the command line: its state machine, and every operation once.
pub(crate) fn openstack() -> Result<(), Failure> {
    let folder = peers::openstack_with_servers().map_err(Failure::Missing)?;
    let folder = folder.to_string_lossy().into_owned();
    let packages = ["moto[server]==5.2.5", "boto3"];
    let python = peers::python_with(&packages).map_err(Failure::Missing)?;
    let samos = demo::release_binary()?;
    let check = "tests/endpoints/check.py";
    let words = [
        check,
        "--samos",
        &samos,
        "--openstack",
        &folder,
        "openstack",
    ];
    Ok(process::run(&mut command(
        &python.to_string_lossy(),
        words,
    ))?)
}

/// The acceptance script that is kept beside the repository.
fn acceptance() -> Result<(), Failure> {
    let python = peers::python().map_err(Failure::Missing)?;
    let script = peers::beside("acceptance/core.py").ok_or_else(|| {
        Failure::Missing("acceptance/core.py beside the repository, or in SAMOS_SHARED".into())
    })?;
    let samos = demo::release_binary()?;
    let words = [&script.to_string_lossy(), "--samos", &samos];
    Ok(process::run(&mut command(python, words))?)
}

fn table(rows: &[(&Suite, Duration, &str)]) {
    println!("\n{:<34} {:>8} {:>8}  result", "suite", "time", "budget");
    for (suite, took, result) in rows {
        let over = if took.as_secs() > suite.budget_min * 60 {
            ", over budget"
        } else {
            ""
        };
        println!(
            "{:<34} {:>6.0} s {:>6} s  {result}{over}",
            suite.name,
            took.as_secs_f64(),
            suite.budget_min * 60
        );
    }
    let budget: u64 = rows.iter().map(|(suite, ..)| suite.budget_min * 60).sum();
    let took: Duration = rows.iter().map(|(_, took, _)| *took).sum();
    println!(
        "{:<34} {:>6.0} s {budget:>6} s\n",
        "all",
        took.as_secs_f64()
    );
}
