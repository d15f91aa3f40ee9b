//! `cargo xtask tidy`: rules of the tree that neither the compiler nor clippy checks.
//!
//! In: the files git knows of (also new ones), `.config/tidy.toml`, `cargo metadata`. Out: one line a breach with its
//! place, and an error if there was any. Long files are only remarked upon before they are refused.

mod agreement;
mod layers;
mod text;

use std::collections::BTreeMap;
use std::path::Path;

use crate::process;

/// A file of the repository.
pub(crate) struct Source {
    /// Its path from the root, with `/`.
    pub(crate) path: String,
    /// What it says; empty if it is no text.
    pub(crate) text: String,
}

impl Source {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// What the rules find.
#[derive(Default)]
pub(crate) struct Report {
    breaches: Vec<String>,
    remarks: Vec<String>,
}

impl Report {
    /// A rule is broken here.
    pub(crate) fn breach(&mut self, place: &str, message: impl AsRef<str>) {
        self.breaches.push(format!("{place}: {}", message.as_ref()));
    }

    /// Not broken yet.
    pub(crate) fn remark(&mut self, place: &str, message: impl AsRef<str>) {
        self.remarks.push(format!("{place}: {}", message.as_ref()));
    }
}

/// The settings of `.config/tidy.toml`.
pub(crate) struct Settings(toml::Table);

impl Settings {
    /// A list of words in a table.
    pub(crate) fn words(&self, table: &str, key: &str) -> Vec<String> {
        let value = self.0.get(table).and_then(|table| table.get(key));
        let list = value.and_then(toml::Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(|word| word.as_str().map(String::from))
            .collect()
    }

    /// A table whose every value is a list of words.
    pub(crate) fn lists(&self, table: &str) -> BTreeMap<String, Vec<String>> {
        let keys = self
            .0
            .get(table)
            .and_then(toml::Value::as_table)
            .map(|table| table.keys().cloned());
        keys.into_iter()
            .flatten()
            .map(|key| (key.clone(), self.words(table, &key)))
            .collect()
    }

    /// A number in a table; as large as can be if it is not there.
    pub(crate) fn number(&self, table: &str, key: &str) -> usize {
        let value = self.0.get(table).and_then(|table| table.get(key));
        let number = value.and_then(toml::Value::as_integer);
        number
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(usize::MAX)
    }

    /// One word in a table; empty if it is not there.
    pub(crate) fn word(&self, table: &str, key: &str) -> &str {
        let value = self.0.get(table).and_then(|table| table.get(key));
        value.and_then(toml::Value::as_str).unwrap_or_default()
    }
}

/// Checks every rule and prints what it finds.
pub(crate) fn run() -> Result<(), String> {
    let settings = process::root().join(".config/tidy.toml");
    let settings = std::fs::read_to_string(settings)
        .map_err(|problem| format!(".config/tidy.toml: {problem}"))?;
    let settings = Settings(
        settings
            .parse()
            .map_err(|problem| format!(".config/tidy.toml: {problem}"))?,
    );
    let sources = sources(&process::root())?;
    let mut report = Report::default();

    layers::check(&settings, &mut report)?;
    text::check(&settings, &sources, &mut report);
    agreement::check(&sources, &mut report);
    formatting(&mut report);

    for remark in &report.remarks {
        println!("remark  {remark}");
    }
    for breach in &report.breaches {
        println!("breach  {breach}");
    }
    match report.breaches.len() {
        0 => {
            println!("tidy: {} files, no breach", sources.len());
            Ok(())
        }
        count => Err(format!("tidy: {count} breaches of the rules")),
    }
}

/// Files that rustfmt's defaults would change.
fn formatting(report: &mut Report) {
    let Err(said) = process::output(&mut process::cargo(
        "fmt --all -- --check --files-with-diff",
    )) else {
        return;
    };
    let root = process::root();
    let files: Vec<&str> = said.lines().filter(|line| line.ends_with(".rs")).collect();
    for file in &files {
        let file = Path::new(file)
            .strip_prefix(&root)
            .unwrap_or(Path::new(file));
        report.breach(&file.to_string_lossy(), "`cargo fmt --all` would change it");
    }
    if files.is_empty() {
        report.breach("rustfmt", said);
    }
}

/// Every file that git tracks or would.
fn sources(root: &Path) -> Result<Vec<Source>, String> {
    let words = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let listed = process::output(&mut process::command("git", words))?;
    let mut paths: Vec<&str> = listed
        .lines()
        .filter(|path| root.join(path).is_file())
        .collect();
    paths.sort_unstable();
    paths.dedup();
    Ok(paths
        .into_iter()
        .map(|path| Source {
            path: path.into(),
            text: std::fs::read_to_string(root.join(path)).unwrap_or_default(),
        })
        .collect())
}
