//! A fault planted in any one evaluator makes the differential tests fail.
//!
//! Each evaluator has a feature `planted-fault` that takes one of its decisions wrongly. This test builds the
//! differential tests with each of them in turn and expects a difference. It builds, so it is asked for by name:
//! `cargo test -p samos-tests --features faults --test faults`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a comparison says what it saw, and ends the test where something differs"
)]

use std::process::Command;

/// Worlds that are enough to meet each of the faults.
const WORLDS: &str = "150";

fn differential(feature: Option<&str>) -> (bool, String) {
    let mut command = Command::new(env!("CARGO"));
    command
        .args([
            "test",
            "--quiet",
            "--package",
            "samos-tests",
            "--test",
            "differential",
        ])
        .env("SAMOS_WORLDS", WORLDS);
    if let Some(feature) = feature {
        command.args(["--features", feature]);
    }
    let output = command.output().expect("cargo runs");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

fn is_noticed(feature: &str) {
    let (passed, output) = differential(Some(feature));
    assert!(!passed, "`{feature}` was not noticed in {WORLDS} worlds");
    assert!(
        output.contains("worlds differ"),
        "`{feature}` did not build or run:\n{output}"
    );
}

#[test]
fn without_a_fault_nothing_differs() {
    let (passed, output) = differential(None);
    assert!(passed, "{output}");
}

#[test]
fn a_fault_in_the_checker_is_noticed() {
    is_noticed("fault-in-checker");
}

#[test]
fn a_fault_in_the_reference_is_noticed() {
    is_noticed("fault-in-reference");
}
