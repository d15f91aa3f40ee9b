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
        let name = package.split(['=', '[']).next().unwrap_or(package);
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

/// The vendor's protocol suites: the folder of botocore's source package, where the drivers' tests keep it as well.
pub(crate) fn botocore(python: &str) -> Result<PathBuf, String> {
    const RELEASE: &str = "botocore-1.44.5";
    let kept = process::target().join("tmp").join(RELEASE);
    if kept.exists() {
        return Ok(kept);
    }
    // Whole or not there.
    let new = process::target().join("tmp/botocore.new");
    let _ = std::fs::remove_dir_all(&new);
    std::fs::create_dir_all(&new).map_err(|problem| problem.to_string())?;
    let place = new.to_string_lossy().into_owned();
    let pip =
        "-m pip download --quiet --disable-pip-version-check --no-deps --no-binary botocore --dest";
    let package = RELEASE.replacen('-', "==", 1);
    let words = pip.split(' ').chain([place.as_str(), package.as_str()]);
    process::output(&mut process::command(python, words))?;
    let archive = format!("{place}/{RELEASE}.tar.gz");
    process::output(&mut process::command(
        "tar",
        ["-xzf", &archive, "-C", &place],
    ))?;
    std::fs::rename(new.join(RELEASE), &kept).map_err(|problem| problem.to_string())?;
    let _ = std::fs::remove_dir_all(&new);
    Ok(kept)
}

/// A Python 2.7, for servers that never left it: `MIMIC_PYTHON`, one of pyenv's, or the system's.
fn python_2_7() -> Result<String, String> {
    let named = std::env::var("MIMIC_PYTHON").ok();
    let pyenv = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    let pyenv = pyenv.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".pyenv")));
    let versions = pyenv.and_then(|root| std::fs::read_dir(root.join("versions")).ok());
    let mut built: Vec<PathBuf> = versions
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("2.7."))
        })
        .map(|path| path.join("bin/python"))
        .collect();
    built.sort();
    let built = built
        .into_iter()
        .map(|path| path.to_string_lossy().into_owned());
    let known = ["python2.7", "python2"].map(str::to_owned);
    let is_2_7 = |python: &String| {
        let script = "import sys; sys.exit(sys.version_info[:2] != (2, 7))";
        process::is_there(python, &["-c", script])
    };
    named.into_iter().chain(built).chain(known).find(is_2_7).ok_or_else(|| {
        "Python 2.7, under which mimic runs: `pyenv install 2.7.18`, or name one in MIMIC_PYTHON".into()
    })
}

/// mimic, kept under the target folder: the Python 2.7 that runs it, and the folder in which it is installed.
pub(crate) fn mimic() -> Result<(String, PathBuf), String> {
    let python = python_2_7()?;
    let folder = process::target().join("mimic");
    if !folder.join("mimic").exists() {
        // Whole or not there.
        let new = process::target().join("mimic.new");
        let _ = std::fs::remove_dir_all(&new);
        let place = new.to_string_lossy().into_owned();
        let words = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--target",
            &place,
            // Later ones do not run under Python 2.7.
            "mimic==2.2.0",
            "automat<21",
        ];
        process::output(&mut process::command(&python, words))?;
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::rename(&new, &folder).map_err(|problem| problem.to_string())?;
    }
    Ok((python, folder))
}

/// OpenStack's services, and the servers of Debian's that they rest on.
pub(crate) fn openstack_with_servers() -> Result<PathBuf, String> {
    let debian = [
        ("mariadbd", "mariadb-server"),
        ("epmd", "erlang-base"),
        ("rabbitmq-server", "rabbitmq-server"),
        ("gcc", "gcc"),
    ];
    for (program, package) in debian {
        of_debian(program, package)?;
    }
    openstack()
}

/// OpenStack's services in an environment of their own, in the versions that were tried together.
fn openstack() -> Result<PathBuf, String> {
    const VERSIONS: &str = "tests/endpoints/openstack-versions.txt";
    const SERVICES: &str = "keystone openstack-placement glance neutron nova PyMySQL uwsgi";
    let versions = process::root().join(VERSIONS);
    let wanted = std::fs::read(&versions).map_err(|problem| problem.to_string())?;
    let folder = process::target().join("openstack");
    // Said last, so that it is whole or not there.
    let kept = folder.join("versions");
    if std::fs::read(&kept).is_ok_and(|kept| kept == wanted) {
        return Ok(folder);
    }
    let system = python()?;
    let _ = std::fs::remove_dir_all(&folder);
    let place = folder.to_string_lossy().into_owned();
    process::output(&mut process::command(system, ["-m", "venv", &place]))?;
    let program = folder.join("bin/python").to_string_lossy().into_owned();
    let words = "-m pip install --quiet --disable-pip-version-check --constraint";
    let words = words.split(' ').chain([VERSIONS]);
    let words = words.chain(SERVICES.split(' '));
    // One of them is compiled.
    process::output(&mut process::command(&program, words))
        .map_err(|said| format!("OpenStack: `apt-get install gcc python3-dev`\n{said}"))?;
    std::fs::write(&kept, wanted).map_err(|problem| problem.to_string())?;
    Ok(folder)
}

/// A program of one of Debian's packages, which continuous integration installs.
pub(crate) fn of_debian(program: &str, package: &str) -> Result<(), String> {
    let is_there = || {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut folders = path.split(':').chain(["/usr/sbin"]);
        folders.any(|folder| PathBuf::from(folder).join(program).exists())
    };
    if !is_there() && process::is_ci() {
        let words = [
            "install",
            "--yes",
            "--no-remove",
            "--no-install-recommends",
            package,
        ];
        // A package that brings a service shall not start it.
        process::output(process::command("apt-get", words).env("RUNLEVEL", "1"))?;
    }
    if is_there() {
        Ok(())
    } else {
        Err(format!("{program}: `apt-get install {package}`"))
    }
}

/// A file or folder among the inputs that are kept beside the repository, if it is there.
pub(crate) fn beside(path: &str) -> Option<PathBuf> {
    let folder = match std::env::var_os("SAMOS_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => process::root().join("../shared"),
    };
    folder.join(path).canonicalize().ok()
}
