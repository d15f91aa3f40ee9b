//! Brings botocore's source package, unpacked, into the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The release whose suites are run.
const RELEASE: &str = "1.44.5";

/// The folder of the unpacked source package.
pub(crate) fn botocore() -> PathBuf {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("botocore-{RELEASE}"));
    if !kept.exists() {
        fetch(&kept);
    }
    kept
}

/// Unpacks beside the final place and moves there at the end, so that tests at the same time do not see half of it.
fn fetch(kept: &Path) {
    let work = kept.with_extension(format!("fetching-{}", std::process::id()));
    std::fs::create_dir_all(&work).unwrap();
    run(Command::new("python3").current_dir(&work).args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-binary",
        ":all:",
        &format!("botocore=={RELEASE}"),
    ]));
    run(Command::new("tar")
        .current_dir(&work)
        .args(["-xzf", &format!("botocore-{RELEASE}.tar.gz")]));
    // Another test may have been faster: its copy is as good.
    if std::fs::rename(work.join(format!("botocore-{RELEASE}")), kept).is_err() {
        assert!(
            kept.exists(),
            "{} cannot be moved into place",
            work.display()
        );
    }
    std::fs::remove_dir_all(&work).unwrap();
}

fn run(command: &mut Command) {
    let done = command.status().is_ok_and(|status| status.success());
    assert!(
        done,
        "{command:?} failed: botocore's source package is needed here"
    );
}
