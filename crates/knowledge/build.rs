//! Gives the code that writes and reads images a name of its own: a digest of the sources of all types that stand in one.

use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    for folder in ["src", "../model/src"] {
        println!("cargo::rerun-if-changed={folder}");
        // Outside the workspace the model is one of the registry, whose version is told below.
        if Path::new(folder).is_dir() {
            collect(Path::new(folder), &mut files)?;
        }
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(&fs::read(file)?);
    }
    let version = env!("CARGO_PKG_VERSION");
    println!(
        "cargo::rustc-env=SAMOS_IMAGE_LAYOUT={version}-{:016x}",
        hasher.finish()
    );
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
