//! The command line as people see it: every transcript in `tests/transcripts`, and those of the README, are run again
//! and compared character by character.
//!
//! `TRYCMD=overwrite cargo test -p samos-cli` writes down what is printed now; read the difference before keeping it.
//! A folder `NAME.in` holds the files a transcript starts with; where there is a `NAME.out`, all commands of the
//! transcript share one scratch folder.

use std::fs;
use std::path::Path;

/// The paths a transcript may not depend on: everything is kept in the scratch folder.
fn cases() -> trycmd::TestCases {
    let cases = trycmd::TestCases::new();
    cases
        .env("NO_COLOR", "1")
        .env("SAMOS_DATA", "data")
        .timeout(std::time::Duration::from_secs(60));
    cases
}

#[test]
fn transcripts() {
    cases().case("tests/transcripts/*.md");
}

/// The README's transcript runs in a scratch folder of its own, so that what it saves does not land in the repository.
#[test]
fn readme() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    let copy = scratch.join("README.md");
    fs::create_dir_all(scratch.join("README.in")).unwrap();
    fs::create_dir_all(scratch.join("README.out")).unwrap();
    fs::copy("../../README.md", &copy).unwrap();
    cases().case(&copy).run();
    if fs::read(&copy).unwrap() != fs::read("../../README.md").unwrap() {
        // Only TRYCMD=overwrite changes the copy.
        fs::copy(&copy, "../../README.md").unwrap();
    }
}
