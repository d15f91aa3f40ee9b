//! Brings botocore's source package, unpacked, into the target folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The release whose models and suites are used.
const RELEASE: &str = "1.44.5";

/// The folder of the unpacked source package. The first test that asks fetches it, others wait.
pub(crate) fn botocore() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let kept = folder.join(format!("botocore-{RELEASE}"));
    if !kept.exists() {
        let turn = File::create(folder.join("botocore.lock")).unwrap();
        turn.lock().unwrap();
        if !kept.exists() {
            fetch(folder, &kept);
        }
    }
    kept
}

/// Unpacks beside the final place and moves there at the end, so that nobody sees half of it.
fn fetch(folder: &Path, kept: &Path) {
    let work = folder.join("botocore-on-its-way");
    // What an interrupted run left behind is of no use.
    let _ = std::fs::remove_dir_all(&work);
    std::fs::create_dir_all(&work).unwrap();
    let release = format!("botocore=={RELEASE}");
    let pip = "-m pip download --quiet --disable-pip-version-check --no-deps --no-binary botocore";
    let words = pip.split(' ').chain([release.as_str()]);
    run(Command::new(python(&work)).current_dir(&work).args(words));
    run(Command::new("tar")
        .current_dir(&work)
        .args(["-xzf", &format!("botocore-{RELEASE}.tar.gz")]));
    std::fs::rename(work.join(format!("botocore-{RELEASE}")), kept).unwrap();
    std::fs::remove_dir_all(&work).unwrap();
}

/// A Python that has pip: the one that xtask keeps, the system's, or one made for the purpose.
fn python(work: &Path) -> PathBuf {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../python/bin/python");
    for python in [kept, PathBuf::from("python3")] {
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if pip.status().is_ok_and(|status| status.success()) {
            return python;
        }
    }
    run(Command::new("python3")
        .args(["-m", "venv"])
        .arg(work.join("python")));
    work.join("python/bin/python")
}

fn run(command: &mut Command) {
    let done = command.status().is_ok_and(|status| status.success());
    assert!(
        done,
        "{command:?} failed: it needs python3 with venv (`apt-get install python3-venv`), tar and PyPI"
    );
}
