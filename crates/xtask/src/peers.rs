//! What tests and benches need that is not Rust: Python, packages of its index, and the inputs kept beside the
//! repository.

use std::path::PathBuf;

use crate::process;

/// The system's Python 3, or how to get it.
pub(crate) fn python() -> Result<&'static str, String> {
    if process::is_there("python3", &["--version"]) {
        Ok("python3")
    } else {
        Err("python3 is missing: `apt-get install python3 python3-venv`".into())
    }
}

/// A Python with these packages, kept under the target folder and made at the first call.
pub(crate) fn python_with(packages: &[&str]) -> Result<PathBuf, String> {
    let system = python()?;
    let folder = process::target().join("python");
    let python = folder.join("bin/python");
    if !python.exists() {
        let place = folder.to_string_lossy().into_owned();
        process::output(&mut process::command(system, ["-m", "venv", &place])).map_err(|said| {
            format!(
                "python3 cannot make a virtual environment: `apt-get install python3-venv`\n{said}"
            )
        })?;
    }
    let program = python.to_string_lossy().into_owned();
    for package in packages {
        let name = package.split("==").next().unwrap_or(package);
        if !process::is_there(&program, &["-m", "pip", "show", "--quiet", name]) {
            let words = [
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                package,
            ];
            process::output(&mut process::command(&program, words))?;
        }
    }
    Ok(python)
}

/// A file or folder among the inputs that are kept beside the repository, if it is there.
pub(crate) fn beside(path: &str) -> Option<PathBuf> {
    let folder = match std::env::var_os("SAMOS_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => process::root().join("../shared"),
    };
    folder.join(path).canonicalize().ok()
}
